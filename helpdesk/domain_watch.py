"""The noun of the watch list: what a person decided about one of its entries."""

from __future__ import annotations

from datetime import datetime

from helpdesk.domain import Value


class WatchMark(Value):
    """One decision about one entry; a later one replaces it."""

    rule: str  # a rule of reports/watchlist.toml
    item: str  # SKU, else ASIN; "" for a rule that is about no item
    state: str  # snoozed | done
    until: datetime | None = None  # end of a snooze
    actor: str = ""
    at: datetime
