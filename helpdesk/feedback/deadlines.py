"""The days of a removal request: until when it may be made, and when people are reminded (DOMAIN 4.1)."""

from __future__ import annotations

from datetime import date, timedelta

#: A request must be made within 90 days of the feedback.
REQUEST_WITHIN = timedelta(days=90)
#: Days before the deadline at which an open removal is put before people again.
REMIND_AT = (14, 7, 2)


def deadline_of(given_on: date) -> date:
    """The last day on which a removal can be asked for."""
    return given_on + REQUEST_WITHIN


def days_left(deadline: date, today: date) -> int:
    """Whole days until the deadline; negative once it has passed."""
    return (deadline - today).days


def reminder_due(deadline: date, today: date, reminded: int | None) -> int | None:
    """The nearest reminder that has come due and was not given, in days before the deadline.

    `reminded`: the smallest step given so far. Where several have passed at once only the last one is given.

    >>> reminder_due(date(2026, 11, 30), date(2026, 11, 24), None)
    7
    """
    left = days_left(deadline, today)
    if left < 0:
        return None
    due = [step for step in REMIND_AT if left <= step]
    if not due:
        return None
    step = min(due)
    return step if reminded is None or step < reminded else None
