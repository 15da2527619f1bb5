"""Figures, times and names as the pages show them. Pure; `now` is an argument."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

MARKETPLACES = {"amazon": "Amazon", "walmart": "Walmart", "ebay": "eBay", "direct": "Direct mail", "phone": "Phone"}
STATES = {
    "on_time": "answered in time",
    "late": "answered late",
    "unanswered": "unanswered, over the limit",
    "open": "open, within the limit",
}
#: Event kind → what happened, for the timeline.
EVENTS = {
    "received": "The buyer wrote",
    "acknowledged": "Acknowledgement sent",
    "ack_suppressed": "No acknowledgement sent",
    "ack_failed": "The acknowledgement was refused",
    "ack_held": "Unknown whether the acknowledgement went out",
    "taken": "Taken",
    "assigned": "Assigned",
    "reply_queued": "An answer is on its way",
    "answered": "Answered",
    "reply_failed": "The answer was refused",
    "reply_held": "Unknown whether the answer went out",
    "refused": "The answer did not reach the buyer",
    "no_response": "No response needed",
    "resolved": "Resolved",
    "reopened": "Opened again",
    "not_a_buyer": "Not a buyer",
    "rescued": "Rescued from Junk",
    "snoozed": "Snoozed",
    "woken": "Awake again",
    "reminded": "A promise to the buyer falls due soon",
    "escalated": "Escalated",
    "call": "Phone call",
    "notice": "Notice of the marketplace",
}


def spoken(name: str | None) -> str:
    """A word of ours for people: "late_shipment" → "late shipment".

    >>> spoken("late_shipment")
    'late shipment'
    """
    return (name or "none").replace("_", " ")


def marketplace(name: str) -> str:
    """A channel's name."""
    return MARKETPLACES.get(name) or spoken(name).capitalize()


def happened(kind: str) -> str:
    """What an event says."""
    return EVENTS.get(kind) or spoken(kind).capitalize()


def span(seconds: float | None) -> str:
    """A length in at most two units.

    >>> [span(n) for n in (None, 20, 240, 12_000, 97_200)]
    ['–', '< 1 min', '4 min', '3 h 20 min', '1 d 3 h']
    """
    if seconds is None:
        return "–"
    minutes = max(0, int(seconds // 60))
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return f"{rest} min" if rest else "< 1 min"


def countdown(due: datetime | None, now: datetime) -> str:
    """Time left until a limit, or past it."""
    if due is None:
        return "no limit"
    left = (due - now).total_seconds()
    return f"{span(left)} left" if left >= 0 else f"{span(-left)} over"


def urgency(due: datetime | None, now: datetime, soon: timedelta) -> str:
    """The class of a countdown: over, soon, fine or none."""
    if due is None:
        return "none"
    if due < now:
        return "over"
    return "soon" if due - now < soon else "fine"


def percent(share: float | None) -> str:
    """A share of one.

    >>> percent(0.9251), percent(None), percent(1.0), percent(0.99999)
    ('92.5 %', '–', '100 %', '99.9 %')
    """
    if share is None:
        return "–"
    shown = int(share * 1000) / 10  # never rounded up: 100 % means every one
    return f"{shown:.0f} %" if shown in {0, 100} else f"{shown:.1f} %"


def number(value: int) -> str:
    """A whole number with thin spaces between thousands."""
    return f"{value:,}".replace(",", "\u2009")


def when(at: datetime | None, zone: tzinfo) -> str:
    """A moment on the team's wall clock."""
    return "–" if at is None else f"{at.astimezone(zone):%a %d %b %Y, %H:%M}"
