"""Figures, times and names as the pages show them. Pure; `now` is an argument."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from helpdesk.marketplaces.registry import label as marketplace
from helpdesk.reports.spoken import percent, span, spoken

__all__ = ["countdown", "happened", "marketplace", "number", "percent", "span", "spoken", "urgency", "when"]

STATES = {
    "on_time": "answered in time",
    "late": "answered late",
    "unanswered": "unanswered, over the limit",
    "open": "open, within the limit",
}
#: States that a number counts together.
TOGETHER = {"missed": "missed", "answered": "answered", "judged": "answered or over the limit"}
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

#: What a person's click said of a mail.
CORRECTIONS = {"buyer": "a buyer after all", "spam": "not a buyer", "topic": "of another topic"}


def happened(kind: str) -> str:
    """What an event says."""
    return EVENTS.get(kind) or spoken(kind).capitalize()


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


def number(value: int) -> str:
    """A whole number with thin spaces between thousands."""
    return f"{value:,}".replace(",", "\u2009")


def when(at: datetime | None, zone: tzinfo) -> str:
    """A moment on the team's wall clock."""
    return "–" if at is None else f"{at.astimezone(zone):%a %d %b %Y, %H:%M}"
