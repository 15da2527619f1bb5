"""Named queries over what is posted to Slack: the outbox rows of a channel, and which card shows what."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select, text, union_all, update

from helpdesk.domain import Effect, Event, Outbox, OutboxState
from helpdesk.store.engine import Tx, all_of, row
from helpdesk.store.outbox import insert
from helpdesk.store.tables import event, outbox, ticket

#: What Slack carries out.
EFFECTS = (Effect.POST, Effect.UPDATE)
#: States in which a row is over and may be queued again.
OVER = (OutboxState.DONE, OutboxState.FAILED)


async def again(tx: Tx, item: Outbox) -> OutboxState:
    """Queue an effect that may happen many times under one key: several wishes before it happens are one.

    Returns QUEUED when it will happen after this transaction, SENDING when it is happening just now.
    """
    values = row(item)
    anew = {
        name: values[name]
        for name in ("state", "payload", "lane", "next_at", "created_at", "tries", "error", "done_at")
    }
    statement = insert(tx)(outbox).values(values)
    statement = statement.on_conflict_do_update(
        index_elements=["key"], set_=anew, where=outbox.c.state.in_(OVER)
    ).returning(outbox.c.state)
    if (await tx.execute(statement)).scalar() is not None:
        return OutboxState.QUEUED
    found = (await tx.execute(select(outbox.c.state).where(outbox.c.key == item.key))).scalar_one()
    return OutboxState.SENDING if found == OutboxState.SENDING else OutboxState.QUEUED


async def anything(tx: Tx, now: datetime) -> bool:
    """Is there a card to update, a post that is due, or one in doubt? One look over indexes."""
    due = select(outbox.c.id).where(
        outbox.c.state == OutboxState.QUEUED, outbox.c.effect.in_(EFFECTS), outbox.c.next_at <= now
    )
    lost = select(outbox.c.id).where(
        outbox.c.state == OutboxState.SENDING, outbox.c.effect.in_(EFFECTS), outbox.c.lease_until <= now
    )
    stale = select(ticket.c.id).where(ticket.c.rev > ticket.c.card_rev)
    return bool((await tx.execute(select(or_(stale.exists(), due.exists(), lost.exists())))).scalar())


async def doubt(tx: Tx, item: Outbox, *, until: datetime, error: str) -> None:
    """Leave a row in `sending`: whether it happened is asked again at `until`."""
    await tx.execute(update(outbox).where(outbox.c.id == item.id).values(lease_until=until, error=error[:500]))


#: A row tried more often than this is broken by itself: the others no longer wait for it.
PATIENCE = 1000


async def ahead(tx: Tx, numbers: Sequence[int]) -> datetime | None:
    """When the first escalation older than these rows is tried again; None: there is none that waits."""
    if not numbers:
        return None
    older = [
        outbox.c.effect == Effect.POST,
        outbox.c.key.startswith("escalation:"),
        outbox.c.id < min(numbers),
        outbox.c.tries <= PATIENCE,
    ]
    queued = select(outbox.c.next_at.label("at")).where(text("state = 'queued'"), *older)
    sending = select(outbox.c.lease_until.label("at")).where(text("state = 'sending'"), *older)
    waits = union_all(queued, sending).subquery()
    found: datetime | None = (await tx.execute(select(func.min(waits.c.at)))).scalar_one()
    return found


async def delay_lane(tx: Tx, lane: str, until: datetime) -> None:
    """Slack asked a channel to wait: nothing more is claimed for it before `until`, by any worker."""
    await tx.execute(
        update(outbox)
        .where(
            outbox.c.state == OutboxState.QUEUED,
            outbox.c.effect.in_(EFFECTS),
            outbox.c.lane == lane,
            outbox.c.next_at < until,
        )
        .values(next_at=until)
    )


async def events_by_ids(tx: Tx, numbers: Sequence[int]) -> list[Event]:
    """Events by number, oldest first."""
    statement = select(event).where(event.c.id.in_(list(numbers))).order_by(event.c.id)
    return all_of(Event, (await tx.execute(statement)).mappings())


async def events_since(tx: Tx, ticket_id: int, limit: int = 60) -> list[Event]:
    """The last events of a ticket, oldest first."""
    statement = select(event).where(event.c.ticket_id == ticket_id).order_by(event.c.id.desc()).limit(limit)
    return all_of(Event, (await tx.execute(statement)).mappings())[::-1]


async def posted(tx: Tx, keys: Sequence[str]) -> set[str]:
    """Which of these keys have a row."""
    return set((await tx.execute(select(outbox.c.key).where(outbox.c.key.in_(list(keys))))).scalars())


async def set_card(tx: Tx, ticket_id: int, channel: str, ts: str) -> None:
    """Where a ticket's card stands."""
    await tx.execute(update(ticket).where(ticket.c.id == ticket_id).values(card_channel=channel, card_ts=ts))


async def set_card_rev(tx: Tx, ticket_id: int, rev: int) -> None:
    """The revision that the card shows, or will show once what is queued has happened."""
    await tx.execute(update(ticket).where(ticket.c.id == ticket_id, ticket.c.card_rev < rev).values(card_rev=rev))


async def other_tickets(tx: Tx, mailbox: str, buyer: str, but: int) -> int:
    """How many other tickets a buyer has."""
    if not buyer:
        return 0
    statement = select(func.count()).where(ticket.c.mailbox == mailbox, ticket.c.buyer == buyer, ticket.c.id != but)
    return int((await tx.execute(statement)).scalar_one())


async def result_of(tx: Tx, key: str) -> dict[str, Any]:
    """Where a post stands: {"channel", "ts"}; {} if it was not posted."""
    found = (await tx.execute(select(outbox.c.result).where(outbox.c.key == key))).scalar()
    return dict(found or {})


async def ticket_at(tx: Tx, channel: str, ts: str) -> int | None:
    """The ticket whose card stands there."""
    statement = select(ticket.c.id).where(ticket.c.card_ts == ts, ticket.c.card_channel == channel)
    found: int | None = (await tx.execute(statement)).scalar()
    return found


async def mail_at(tx: Tx, channel: str, ts: str) -> int | None:
    """The mail whose review stands there."""
    statement = (
        select(outbox.c.payload, outbox.c.result)
        .where(outbox.c.key.startswith("review:"), outbox.c.state == OutboxState.DONE)
        .order_by(outbox.c.id.desc())
        .limit(2000)
    )
    for payload, result in await tx.execute(statement):
        if (result or {}).get("ts") == ts and (result or {}).get("channel") == channel:
            return int(payload["mail"])
    return None
