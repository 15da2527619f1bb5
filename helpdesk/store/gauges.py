"""Named queries for /metrics: how much of what lies where, by indexed counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select

from helpdesk.domain import OutboxState
from helpdesk.store.engine import Tx
from helpdesk.store.tables import event, mail, mailbox, outbox, ticket


@dataclass(slots=True)
class Gauges:
    """Numbers of one moment."""

    tickets: dict[str, int] = field(default_factory=dict)  #: by status
    waiting: int = 0  #: tickets whose clock runs
    overdue: int = 0  #: of them, past their due time
    mails: dict[str, int] = field(default_factory=dict)  #: by verdict; "unjudged" for those without
    outbox: dict[str, int] = field(default_factory=dict)  #: by state, but for done
    events: dict[str, int] = field(default_factory=dict)  #: by kind, ever
    mailbox_age: dict[str, float] = field(default_factory=dict)  #: seconds since each mailbox was seen


async def gauges(tx: Tx, now: datetime) -> Gauges:
    """Count everything."""
    found = Gauges()
    for status, number in await tx.execute(select(ticket.c.status, func.count()).group_by(ticket.c.status)):
        found.tickets[str(status)] = int(number)
    running = ticket.c.anchor_at.is_not(None) & ticket.c.status.in_(["new", "open", "snoozed"])
    found.waiting = int((await tx.execute(select(func.count()).where(running))).scalar_one())
    late = running & (ticket.c.due_at < now)
    found.overdue = int((await tx.execute(select(func.count()).where(late))).scalar_one())
    for verdict, number in await tx.execute(select(mail.c.verdict, func.count()).group_by(mail.c.verdict)):
        found.mails[str(verdict or "unjudged")] = int(number)
    open_ones = outbox.c.state.in_([s for s in OutboxState if s != OutboxState.DONE])
    for state, number in await tx.execute(
        select(outbox.c.state, func.count()).where(open_ones).group_by(outbox.c.state)
    ):
        found.outbox[str(state)] = int(number)
    for kind, number in await tx.execute(select(event.c.kind, func.count()).group_by(event.c.kind)):
        found.events[str(kind)] = int(number)
    for name, seen in await tx.execute(select(mailbox.c.name, mailbox.c.seen_at)):
        found.mailbox_age[str(name)] = (now - seen).total_seconds() if seen else float("inf")
    return found
