"""Named queries of the clock: tickets whose moment has come, and posts that Slack did not take."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Select, and_, bindparam, func, or_, select, text, union_all, update

from helpdesk.domain import Effect, Outbox, Ticket
from helpdesk.store.engine import Tx, all_of
from helpdesk.store.tables import mailbox, meta, outbox, ticket

#: What the clock decides of a ticket; all else is left as it is.
_TURNED = ("step", "remind_at", "promised_at", "snoozed_until", "next_step_at", "status", "rev", "updated_at")
_TURN = update(ticket).where(ticket.c.id == bindparam("key")).values({c: bindparam(f"to_{c}") for c in _TURNED})


async def anything(tx: Tx, now: datetime, listed: str) -> bool:
    """Has any ticket's moment come, or is a mailbox `unlisted`? One statement; this is what an idle poll costs."""
    due_now = select(ticket.c.id).where(ticket.c.next_step_at <= now).exists()
    return bool((await tx.execute(select(or_(due_now, _unlisted(listed).exists())))).scalar_one())


async def due(tx: Tx, now: datetime, limit: int) -> list[Ticket]:
    """Tickets whose moment has come, the longest waiting first, locked until the transaction ends."""
    statement = (
        select(ticket)
        .where(ticket.c.next_step_at <= now)
        .order_by(ticket.c.next_step_at, ticket.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return all_of(Ticket, (await tx.execute(statement)).mappings())


async def next_due(tx: Tx) -> datetime | None:
    """When the next ticket's moment comes."""
    found: datetime | None = (
        await tx.execute(select(func.min(ticket.c.next_step_at)).where(ticket.c.next_step_at.is_not(None)))
    ).scalar_one()
    return found


async def save_turned(tx: Tx, rows: Iterable[Ticket]) -> None:
    """Write what the clock decided of tickets."""
    values = [{"key": item.id, **{f"to_{c}": getattr(item, c) for c in _TURNED}} for item in rows]
    if values:
        await tx.execute(_TURN, values)


async def unposted(tx: Tx, lane: str, prefixes: Sequence[str], before: datetime, limit: int) -> list[Outbox]:
    """Posts of a channel made before then that Slack has not taken and nobody was told of by e-mail, oldest first.

    They are locked; their keys begin with one of the prefixes.
    """
    ours = and_(
        outbox.c.effect == Effect.POST,
        outbox.c.mailed_at.is_(None),
        outbox.c.created_at <= before,
        or_(*(outbox.c.key.startswith(prefix, autoescape=True) for prefix in prefixes)),
    )
    # one look per state: each has a small index of its own, and the many that are done are never touched
    looks = [
        select(outbox.c.id).where(ours, outbox.c.lane == lane, text("state = 'queued'")),
        select(outbox.c.id).where(ours, outbox.c.lane == lane, text("state IN ('failed', 'held')")),
        select(outbox.c.id).where(ours, outbox.c.lane == lane, text("state = 'sending'")),
    ]
    found = union_all(*looks).subquery()
    statement = (
        select(outbox)
        .where(outbox.c.id.in_(select(found.c.id)))
        .order_by(outbox.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return all_of(Outbox, (await tx.execute(statement)).mappings())


async def mark_mailed(tx: Tx, numbers: Sequence[int], now: datetime) -> None:
    """People were told of these posts by e-mail."""
    if numbers:
        await tx.execute(update(outbox).where(outbox.c.id.in_(list(numbers))).values(mailed_at=now))


async def stuck_since(tx: Tx, effects: Sequence[Effect]) -> datetime | None:
    """When the oldest effect that is queued, was due and is still tried in vain was made; None where nothing waits."""
    statement = select(func.min(outbox.c.created_at)).where(
        text("state = 'queued'"), outbox.c.effect.in_(list(effects)), outbox.c.tries > 0
    )
    found: datetime | None = (await tx.execute(statement)).scalar_one()
    return found


async def unlisted(tx: Tx, prefix: str) -> list[str]:
    """Mailboxes whose first contact is through and for which no note `prefix + name` stands in meta."""
    return [str(name) for name in (await tx.execute(_unlisted(prefix).order_by(mailbox.c.name))).scalars()]


def _unlisted(prefix: str) -> Select[tuple[str]]:
    noted = select(meta.c.name).where(meta.c.name == prefix + mailbox.c.name).exists()
    return select(mailbox.c.name).where(mailbox.c.ready_at.is_not(None), ~noted)


async def old_ones(tx: Tx, name: str) -> list[Ticket]:
    """A mailbox's unanswered tickets from before its first contact, oldest first."""
    statement = (
        select(ticket)
        .where(
            ticket.c.mailbox == name,
            ticket.c.old.is_(True),
            ticket.c.anchor_at.is_not(None),
            ticket.c.status.not_in(["resolved", "not_a_buyer"]),
        )
        .order_by(ticket.c.anchor_at, ticket.c.id)
    )
    return all_of(Ticket, (await tx.execute(statement)).mappings())
