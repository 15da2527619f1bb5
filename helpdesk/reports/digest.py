"""What a digest says: the figures of a period against its target and the period before, and who needs help. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from helpdesk.domain import Event, Message
from helpdesk.reports.figures import Figures
from helpdesk.reports.gathering import Quality
from helpdesk.reports.periods import Period

#: Dimensions that a digest tells, in this order.
DIMENSIONS = ("marketplace", "agent", "topic", "hour", "weekday")
HEADINGS = {
    "marketplace": "By marketplace",
    "agent": "By agent",
    "topic": "By topic",
    "hour": "By hour of arrival",
    "weekday": "By weekday of arrival",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """A message that was answered late or not at all, or just in time."""

    ticket: int
    marketplace: str
    received_at: datetime
    seconds: int | None  #: until the answer; None: unanswered
    limit: int | None
    agent: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """Everything a digest tells."""

    period: Period
    zone: str
    target: float
    total: Figures
    before: Figures
    groups: Mapping[str, Mapping[str, Figures]]  #: by dimension
    days: Mapping[str, Figures]  #: day by day, for the chart
    open_now: int
    overdue_now: int
    at_risk: int
    missed: Sequence[Missed] = ()
    near: Sequence[Missed] = ()
    quality: Quality
    reviews: int = 0
    suspects: int = 0
    funnel: Mapping[str, int] = field(default_factory=dict)
    promises: tuple[int, int] = (0, 0)  #: kept, of those that fell due
    watched: Sequence[str] = ()  #: titles of open watch list entries
    url: str = ""
    people: Mapping[str, str] = field(default_factory=dict)  #: agent's id → name


def reason(message: Message, events: Iterable[Event]) -> str:
    """Why a message was not answered in time, from its ticket's history."""
    limit = message.received_at + timedelta(seconds=message.limit_seconds or 0)
    before = [event for event in events if event.at <= limit]
    after = [event for event in events if event.at > limit]
    kinds = {event.kind for event in before}
    if any(event.kind == "rescued" and event.mail_id == message.mail_id for event in after):
        return "lay in Junk past the limit"
    if message.old:
        return "found at first contact"
    if kinds & {"refused", "reply_failed"}:
        return "an answer did not reach the buyer"
    if "reply_held" in kinds:
        return "unknown whether the answer went out"
    last = [event for event in before if event.kind in {"snoozed", "woken"}]
    if last and last[-1].kind == "snoozed":
        why = str(last[-1].detail.get("reason") or "")
        return f"snoozed past the limit: {why}" if why else "snoozed past the limit"
    taken = [event for event in before if event.kind in {"taken", "assigned"}]
    if not taken:
        return "nobody took it"
    return f"with {taken[-1].detail.get('owner') or taken[-1].actor}, not answered in time"


def missed_of(messages: Iterable[Message], events: Mapping[int, Sequence[Event]]) -> list[Missed]:
    """Messages with the reason of each."""
    return [
        Missed(
            ticket=one.ticket_id,
            marketplace=one.marketplace,
            received_at=one.received_at,
            seconds=one.response_seconds,
            limit=one.limit_seconds,
            agent=one.agent,
            reason=reason(one, events.get(one.ticket_id, ())),
        )
        for one in messages
    ]


def promises_kept(
    reminded: Iterable[Event], answers: Mapping[int, Sequence[Event]], since: datetime, until: datetime
) -> tuple[int, int]:
    """(kept, due): promises to buyers that fell due in (since, until], and those answered between reminder and then."""
    kept = due = 0
    for event in reminded:
        try:
            day = datetime.fromisoformat(str(event.detail.get("promised")))
        except ValueError:
            continue
        if not since < day <= until:
            continue
        due += 1
        kept += any(event.at < answer.at <= day for answer in answers.get(event.ticket_id, ()))
    return kept, due


def saved(quality: Quality) -> float | None:
    """By how many points the late rate would have been worse, had the rescued mails stayed in Junk."""
    if quality.cost is None or quality.late_rate is None:
        return None
    return quality.cost - quality.late_rate
