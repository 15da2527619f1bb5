"""What an orders file tells of an order's fulfilment: the facts that delivery criteria need (DOMAIN 4.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What an orders file tells of the order; None: not told."""

    channel: str | None = None  #: "Amazon" (FBA) or "Merchant"
    buy_shipping: bool | None = None
    ship_by: date | datetime | None = None
    shipped_at: date | datetime | None = None

    def on_time(self) -> bool | None:
        """Was it shipped by the date it had to be? By the day where either side names no time."""
        if self.ship_by is None or self.shipped_at is None:
            return None
        due, done = self.ship_by, self.shipped_at
        if isinstance(due, datetime) and isinstance(done, datetime) and (due.tzinfo is None) == (done.tzinfo is None):
            return done <= due
        return _day(done) <= _day(due)


#: Nothing is known of the order.
NOTHING_TOLD = Facts()


def _day(value: date | datetime) -> date:
    return value.date() if isinstance(value, datetime) else value


def facts_of(stored: Mapping[str, Any]) -> Facts:
    """Facts from a feedback's JSON column."""
    if not stored:
        return NOTHING_TOLD
    return Facts(
        channel=stored.get("channel"),
        buy_shipping=stored.get("buy_shipping"),
        ship_by=_moment(stored.get("ship_by")),
        shipped_at=_moment(stored.get("shipped_at")),
    )


def facts_json(facts: Facts) -> dict[str, Any]:
    """Facts for a feedback's JSON column; what is not known is left out."""
    if facts is NOTHING_TOLD:
        return {}
    fields = {
        "channel": facts.channel,
        "buy_shipping": facts.buy_shipping,
        "ship_by": facts.ship_by.isoformat() if facts.ship_by else None,
        "shipped_at": facts.shipped_at.isoformat() if facts.shipped_at else None,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _moment(text: str | None) -> date | datetime | None:
    if not text:
        return None
    return date.fromisoformat(text) if len(text) <= 10 else datetime.fromisoformat(text)
