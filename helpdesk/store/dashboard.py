"""Named queries behind the dashboard's pages: each looks at an index, to stay quick on a million messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, func, literal_column, or_, select, type_coerce, union_all

from helpdesk.domain import Event, Message, OutboxState, Role, Status, Ticket, Verdict
from helpdesk.domain_learning import Example
from helpdesk.store.engine import Tx, all_of
from helpdesk.store.figures import clock_group
from helpdesk.store.tables import event, mail, message, outbox, ticket
from helpdesk.store.tables_learning import example

#: In these a buyer may wait for an answer.
WAITING = (Status.NEW, Status.OPEN, Status.SNOOZED)
#: The states of a buyer's message, as store/figures.py numbers them.
STATES = ("on_time", "late", "open", "unanswered")
MOST = 200


@dataclass(slots=True)
class Standing:
    """How things stand at this moment."""

    waiting: int = 0  #: whose clock runs
    overdue: int = 0  #: of them, past the limit
    at_risk: int = 0  #: of them, within `soon` of the limit
    free: int = 0  #: new ones: nobody has them


async def standing(tx: Tx, now: datetime, soon: timedelta) -> Standing:
    """Counts over the index of statuses and due times; tickets found old at first contact are left out."""
    found = Standing()
    found.free = await _count(tx, *_shown("free", now, soon))
    found.waiting = await _count(tx, *_shown("waiting", now, soon))
    found.overdue = await _count(tx, *_shown("overdue", now, soon))
    found.at_risk = await _count(tx, *_shown("at_risk", now, soon))
    return found


def _shown(name: str, now: datetime, soon: timedelta) -> list[ColumnElement[bool]]:
    """The tickets behind a number of Standing."""
    if name == "free":
        return [ticket.c.status == Status.NEW]
    running = [ticket.c.status.in_(WAITING), ticket.c.due_at.is_not(None), ticket.c.old.is_(False)]
    more = {"overdue": [ticket.c.due_at < now], "at_risk": [ticket.c.due_at >= now, ticket.c.due_at < now + soon]}
    return [*running, *more.get(name, [])]


#: Numbers of Standing that the queue can be cut down to.
SHOWN = ("waiting", "overdue", "at_risk", "free")


async def behind_standing(
    tx: Tx, name: str, now: datetime, soon: timedelta, limit: int = MOST, start: int = 0
) -> list[Ticket]:
    """The tickets behind a number of Standing, the most urgent first."""
    statement = select(ticket).where(*_shown(name, now, soon)).order_by(ticket.c.due_at, ticket.c.id)
    statement = statement.offset(start).limit(limit)
    return all_of(Ticket, (await tx.execute(statement)).mappings())


async def _count(tx: Tx, *where: ColumnElement[bool]) -> int:
    return int((await tx.execute(select(func.count()).select_from(ticket).where(*where))).scalar_one())


async def queue(tx: Tx, limit: int = MOST) -> list[Ticket]:
    """Tickets whose buyer waits, the most urgent first; those without a limit, and old ones, last."""
    parts = []
    for status in WAITING:
        for dated in (True, False):
            due = ticket.c.due_at.is_not(None) if dated else ticket.c.due_at.is_(None)
            part = select(ticket.c.id).where(ticket.c.status == status, due, ticket.c.anchor_at.is_not(None))
            part = part.order_by(ticket.c.old, ticket.c.due_at, ticket.c.id).limit(limit)
            if dated:
                part = select(ticket.c.id).where(ticket.c.status == status, due, ticket.c.old.is_(False))
                part = part.order_by(ticket.c.due_at).limit(limit)
            parts.append(select(part.subquery().c.id))
    statement = (
        select(ticket)
        .where(ticket.c.id.in_(union_all(*parts)), ticket.c.anchor_at.is_not(None))
        .order_by(ticket.c.old, ticket.c.due_at.is_(None), ticket.c.due_at, ticket.c.id)
        .limit(limit)
    )
    return all_of(Ticket, (await tx.execute(statement)).mappings())


def _state(name: str, now: datetime) -> ColumnElement[bool]:
    """DOMAIN 1.3 as a condition on a message."""
    answered, limit = message.c.response_seconds, message.c.limit_seconds
    age = int(now.timestamp()) - type_coerce(message.c.received_at, BigInteger)
    return {
        "on_time": and_(answered.is_not(None), or_(limit.is_(None), answered <= limit)),
        "late": and_(answered.is_not(None), answered > limit),
        "unanswered": and_(answered.is_(None), age > limit),
        "open": and_(answered.is_(None), or_(limit.is_(None), age <= limit)),
    }[name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A buyer's message with what a list shows of its ticket."""

    message: Message
    subject: str
    owner: str | None
    status: str


async def listed(
    tx: Tx,
    *,
    since: datetime,
    until: datetime,
    states: Sequence[str] = (),
    by: str | None = None,
    group: str | int = "",
    offsets: Sequence[tuple[datetime, int]] = (),
    near: float | None = None,
    start: int = 0,
    limit: int = MOST,
) -> list[Listed]:
    """Messages received in (since, until], the newest first: what stands behind a number.

    `states` of STATES; `by` marketplace, agent or topic with its `group`, or hour, weekday or day with its number and
    the wall clock's `offsets` (both as in store/figures.py); `near`: answered in time, but only after this
    share of the limit.
    """
    where: list[ColumnElement[bool]] = [
        message.c.received_at > since,
        message.c.received_at <= until,
        message.c.no_response.is_(False),
    ]
    if states:
        where.append(or_(*(_state(name, until) for name in states)))
    if by in {"marketplace", "agent", "topic"}:
        where.append(message.c[by] == group)
    if by in {"hour", "weekday", "day"}:
        where.append(literal_column(clock_group(by, offsets), BigInteger) == group)
    if near is not None:
        where.append(_state("on_time", until))
        where.append(message.c.response_seconds >= message.c.limit_seconds * near)
    order = (message.c.received_at.desc(), message.c.id.desc())
    newest = select(message.c.id).where(*where).order_by(*order).offset(start).limit(limit)
    statement = (
        select(message, ticket.c.subject, ticket.c.owner, ticket.c.status)
        .join(ticket, ticket.c.id == message.c.ticket_id)
        .where(message.c.id.in_(newest))
        .order_by(*order)
    )
    found = []
    for fields in (await tx.execute(statement)).mappings():
        rest: dict[str, Any] = dict(fields)
        more = {name: rest.pop(name) for name in ("subject", "owner", "status")}
        found.append(Listed(message=Message.model_construct(**rest), **more))
    return found


async def mail_counts(tx: Tx, since: datetime, until: datetime) -> dict[tuple[str, str], int]:
    """(verdict, folder's role) → mails whose clock began in (since, until]."""
    statement = (
        select(mail.c.verdict, mail.c.role, func.count())
        .where(
            mail.c.verdict.in_(list(Verdict)),
            mail.c.role.in_(list(Role)),
            mail.c.clock_start > since,
            mail.c.clock_start <= until,
        )
        .group_by(mail.c.verdict, mail.c.role)
    )
    return {(str(verdict), str(role)): int(number) for verdict, role, number in await tx.execute(statement)}


async def event_counts(tx: Tx, since: datetime, until: datetime, kinds: Sequence[str]) -> dict[str, int]:
    """Events of these kinds in (since, until]."""
    statement = (
        select(event.c.kind, func.count())
        .where(event.c.kind.in_(list(kinds)), event.c.at > since, event.c.at <= until)
        .group_by(event.c.kind)
    )
    return {str(kind): int(number) for kind, number in await tx.execute(statement)}


async def tickets_with(tx: Tx, kind: str, since: datetime, until: datetime, limit: int = MOST) -> list[Ticket]:
    """Tickets with an event of this kind in (since, until], the newest event first."""
    last = func.max(event.c.at).label("last")
    found = (
        select(event.c.ticket_id, last)
        .where(event.c.kind == kind, event.c.at > since, event.c.at <= until)
        .group_by(event.c.ticket_id)
        .order_by(last.desc())
        .limit(limit)
        .subquery()
    )
    statement = select(ticket).join(found, found.c.ticket_id == ticket.c.id).order_by(found.c.last.desc(), ticket.c.id)
    return all_of(Ticket, (await tx.execute(statement)).mappings())


async def rescued_messages(tx: Tx, since: datetime, until: datetime) -> list[Message]:
    """Buyers' messages that were rescued out of Junk, received in (since, until]."""
    found: list[Message] = []
    rescues = [one for one in await events(tx, ["rescued"], since, until) if one.mail_id is not None]
    for start in range(0, len(rescues), 1000):
        part = rescues[start : start + 1000]
        statement = select(message).where(
            message.c.ticket_id.in_({one.ticket_id for one in part}),
            message.c.mail_id.in_({one.mail_id for one in part}),
            message.c.received_at > since,
            message.c.received_at <= until,
        )
        found += all_of(Message, (await tx.execute(statement)).mappings())
    return found


async def corrections(tx: Tx, since: datetime) -> list[Example]:
    """What people's clicks said of mails since then, oldest first."""
    return all_of(
        Example, (await tx.execute(select(example).where(example.c.at > since).order_by(example.c.at))).mappings()
    )


async def stuck(tx: Tx, limit: int = 50) -> list[dict[str, Any]]:
    """Effects that were refused or are held for a person, the newest first: key, state, lane, error, ticket."""
    columns = (outbox.c.key, outbox.c.effect, outbox.c.state, outbox.c.lane, outbox.c.error, outbox.c.ticket_id)
    statement = (
        select(*columns, outbox.c.created_at)
        .where(outbox.c.state.in_([OutboxState.FAILED, OutboxState.HELD]))
        .order_by(outbox.c.id.desc())
        .limit(limit)
    )
    return [dict(fields) for fields in (await tx.execute(statement)).mappings()]


async def outbox_counts(tx: Tx) -> dict[str, int]:
    """Effects that are not done, by state."""
    states = [state for state in OutboxState if state != OutboxState.DONE]
    statement = select(outbox.c.state, func.count()).where(outbox.c.state.in_(states)).group_by(outbox.c.state)
    return {str(state): int(number) for state, number in await tx.execute(statement)}


async def events(tx: Tx, kinds: Sequence[str], since: datetime, until: datetime) -> list[Event]:
    """Events of these kinds in (since, until], oldest first."""
    statement = (
        select(event)
        .where(event.c.kind.in_(list(kinds)), event.c.at > since, event.c.at <= until)
        .order_by(event.c.at, event.c.id)
    )
    return all_of(Event, (await tx.execute(statement)).mappings())
