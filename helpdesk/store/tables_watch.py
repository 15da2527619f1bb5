"""The table of the watch list's decisions."""

from __future__ import annotations

from sqlmodel import Field

from helpdesk.domain_watch import WatchMark
from helpdesk.store.tables import THAWED, table


class WatchMarkTable(WatchMark, table=True):
    """One decision per rule and item."""

    __tablename__ = "watch_mark"
    model_config = THAWED
    rule: str = Field(primary_key=True)
    item: str = Field(primary_key=True)


watch_mark = table(WatchMarkTable)
