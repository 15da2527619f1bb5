"""Why a message was missed, and which promises were kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from helpdesk.domain import Event, Message
from helpdesk.reports.digest import promises_kept, reason

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
MESSAGE = Message(ticket_id=1, mail_id=7, marketplace="amazon", received_at=AT, limit_seconds=86_400)


def event(kind: str, hours: float, actor: str = "U0ANNA", **detail: str) -> Event:
    """Something that happened so many hours after the message."""
    return Event(ticket_id=1, mail_id=7, at=AT + timedelta(hours=hours), kind=kind, actor=actor, detail=detail)


@pytest.mark.parametrize(
    ("events", "why"),
    [
        ([], "nobody took it"),
        ([event("taken", 30)], "nobody took it"),
        ([event("taken", 2)], "with U0ANNA, not answered in time"),
        ([event("assigned", 2, owner="U0BEN")], "with U0BEN, not answered in time"),
        ([event("rescued", 26)], "lay in Junk past the limit"),
        ([event("rescued", 3)], "nobody took it"),
        ([event("taken", 1), event("snoozed", 2)], "snoozed past the limit"),
        ([event("snoozed", 2), event("woken", 4), event("taken", 5)], "with U0ANNA, not answered in time"),
        ([event("taken", 1), event("refused", 2)], "an answer did not reach the buyer"),
        ([event("taken", 1), event("reply_held", 2)], "unknown whether the answer went out"),
    ],
)
def test_the_reason_comes_from_the_history(events: list[Event], why: str) -> None:
    """Only what happened before the limit explains it, but for a rescue that came too late."""
    assert reason(MESSAGE, events) == why


def test_old_mail_explains_itself() -> None:
    """A message found at first contact was nobody's fault."""
    assert reason(MESSAGE.evolve(old=True), []) == "found at first contact"


def test_promises_kept() -> None:
    """Answered between the reminder and the day: kept; later, or never: not. Those due elsewhere do not count."""
    day = AT + timedelta(hours=10)
    reminded = event("reminded", 2, promised=str(day))
    since, until = AT, AT + timedelta(days=1)
    assert promises_kept([reminded], {1: [event("answered", 5)]}, since, until) == (1, 1)
    assert promises_kept([reminded], {1: [event("answered", 11)]}, since, until) == (0, 1)
    assert promises_kept([reminded], {}, since, until) == (0, 1)
    assert promises_kept([reminded], {}, since, day - timedelta(seconds=1)) == (0, 0)
    assert promises_kept([event("reminded", 2, promised="soon")], {}, since, until) == (0, 0)
