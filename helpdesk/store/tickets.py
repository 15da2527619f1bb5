"""Named queries over tickets, their events, messages, orders and our own Message-IDs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, select, update

from helpdesk.domain import Ack, Event, Message, Sent, Status, Ticket
from helpdesk.store.engine import Tx, all_of, holding, of, row
from helpdesk.store.outbox import insert
from helpdesk.store.tables import event, message, sent, ticket, ticket_order

#: A status in which nobody has to do anything.
CLOSED = (Status.RESOLVED, Status.NOT_A_BUYER)


async def add(tx: Tx, rows: Sequence[Ticket]) -> list[Ticket]:
    """Insert tickets; returns them with their numbers, in the same order."""
    if not rows:
        return []
    statement = ticket.insert().returning(ticket.c.id, sort_by_parameter_order=True)
    numbers = (await tx.execute(statement, [row(r) for r in rows])).scalars().all()
    stored = [r.evolve(id=int(n)) for r, n in zip(rows, numbers, strict=True)]
    await add_orders(tx, stored)
    return stored


async def add_orders(tx: Tx, rows: Iterable[Ticket]) -> None:
    """Note which orders a ticket is about; known pairs are left alone."""
    pairs = [{"order_id": o, "ticket_id": r.id} for r in rows for o in r.order_ids]
    if pairs:
        await tx.execute(insert(tx)(ticket_order).on_conflict_do_nothing(), pairs)


#: What the Slack job keeps is its own: a card posted meanwhile must not be forgotten by a filing.
CARD = {"card_channel", "card_ts", "card_rev"}
_SAVED = [c for c in ticket.c.keys() if c not in CARD | {"id"}]  # noqa: SIM118 -- columns, not a dict
_SAVE = update(ticket).where(ticket.c.id == bindparam("key")).values({c: bindparam(f"to_{c}") for c in _SAVED})


async def save_all(tx: Tx, rows: Sequence[Ticket]) -> None:
    """Write whole tickets back (the caller holds them under `lock`), but for what the Slack job keeps."""
    if rows:
        await tx.execute(_SAVE, [{"key": item.id, **{f"to_{c}": getattr(item, c) for c in _SAVED}} for item in rows])


async def save(tx: Tx, item: Ticket) -> None:
    """Write one whole ticket back."""
    await save_all(tx, [item])


async def change(tx: Tx, number: int, **values: Any) -> None:
    """Set some columns of one ticket."""
    await tx.execute(update(ticket).where(ticket.c.id == number).values(**values))


async def get(tx: Tx, number: int) -> Ticket | None:
    """One ticket."""
    found = (await tx.execute(select(ticket).where(ticket.c.id == number))).mappings().first()
    return of(Ticket, found) if found else None


async def lock(tx: Tx, numbers: Sequence[int]) -> dict[int, Ticket]:
    """Tickets by number, locked until the transaction ends (on SQLite the whole transaction is the lock)."""
    if not numbers:
        return {}
    statement = select(ticket).where(ticket.c.id.in_(sorted(set(numbers)))).order_by(ticket.c.id).with_for_update()
    return {found["id"]: of(Ticket, found) for found in (await tx.execute(statement)).mappings()}


async def listing(tx: Tx, status: Status | None = None) -> list[Ticket]:
    """All tickets, or those of one status, by number."""
    statement = select(ticket).order_by(ticket.c.id)
    if status is not None:
        statement = statement.where(ticket.c.status == status)
    return all_of(Ticket, (await tx.execute(statement)).mappings())


async def open_ones(tx: Tx, *, owner: str | None = None, limit: int = 100) -> list[Ticket]:
    """Tickets whose clock runs, the most urgent first; of one owner if named."""
    statement = select(ticket).where(ticket.c.anchor_at.is_not(None), ticket.c.status.not_in(CLOSED))
    if owner is not None:
        statement = statement.where(ticket.c.owner == owner)
    statement = statement.order_by(ticket.c.due_at.is_(None), ticket.c.due_at, ticket.c.id).limit(limit)
    return all_of(Ticket, (await tx.execute(statement)).mappings())


async def by_orders(tx: Tx, mailbox: str, order_ids: Sequence[str]) -> list[tuple[str, Ticket]]:
    """(order, ticket) of this mailbox for each of these orders."""
    if not order_ids:
        return []
    statement = (
        select(ticket_order.c.order_id.label("the_order"), *ticket.c)
        .join(ticket, ticket.c.id == ticket_order.c.ticket_id)
        .where(ticket_order.c.order_id.in_(list(order_ids)), ticket.c.mailbox == mailbox)
        .order_by(ticket.c.id)
    )
    found = []
    for fields in (await tx.execute(statement)).mappings():
        rest = dict(fields)
        order = rest.pop("the_order")
        found.append((order, of(Ticket, rest)))
    return found


async def by_buyers(tx: Tx, mailbox: str, buyers: Sequence[str]) -> list[Ticket]:
    """Tickets of this mailbox from these addresses, by number."""
    if not buyers:
        return []
    statement = (
        select(ticket).where(ticket.c.mailbox == mailbox, ticket.c.buyer.in_(list(buyers))).order_by(ticket.c.id)
    )
    return all_of(Ticket, (await tx.execute(statement)).mappings())


async def log(tx: Tx, rows: Sequence[Event]) -> None:
    """Append events."""
    if rows:
        await tx.execute(event.insert(), [row(r) for r in rows])


async def events(tx: Tx, number: int) -> list[Event]:
    """A ticket's events, oldest first."""
    statement = select(event).where(event.c.ticket_id == number).order_by(event.c.at, event.c.id)
    return all_of(Event, (await tx.execute(statement)).mappings())


async def events_of(tx: Tx, numbers: Sequence[int], kinds: Sequence[str]) -> list[Event]:
    """Events of some kinds of some tickets, oldest first."""
    if not numbers:
        return []
    statement = (
        select(event)
        .where(event.c.ticket_id.in_(list(numbers)), event.c.kind.in_(list(kinds)))
        .order_by(event.c.at, event.c.id)
    )
    return all_of(Event, (await tx.execute(statement)).mappings())


async def add_messages(tx: Tx, rows: Sequence[Message]) -> None:
    """Append buyers' messages."""
    if rows:
        await tx.execute(message.insert(), [row(r) for r in rows])


async def messages(tx: Tx, numbers: Sequence[int]) -> list[Message]:
    """Buyers' messages of some tickets, oldest first."""
    if not numbers:
        return []
    statement = (
        select(message).where(message.c.ticket_id.in_(list(numbers))).order_by(message.c.received_at, message.c.id)
    )
    return all_of(Message, (await tx.execute(statement)).mappings())


_SETTLED = ("answered_at", "response_seconds", "agent", "no_response", "topic", "limit_seconds")
_SETTLE = update(message).where(message.c.id == bindparam("key")).values({c: bindparam(f"to_{c}") for c in _SETTLED})


async def save_messages(tx: Tx, rows: Iterable[Message]) -> None:
    """Write back what answered each message."""
    values = [{"key": item.id, **{f"to_{c}": getattr(item, c) for c in _SETTLED}} for item in rows]
    if values:
        await tx.execute(_SETTLE, values)


async def drop_messages(tx: Tx, number: int) -> None:
    """Take a ticket's messages out of every figure: it was not a buyer."""
    await tx.execute(delete(message).where(message.c.ticket_id == number))


async def note_sent(tx: Tx, item: Sent) -> None:
    """Remember a Message-ID of ours; twice does no harm."""
    await tx.execute(insert(tx)(sent).on_conflict_do_nothing(), row(item))


async def sent_by_ids(tx: Tx, ids: Sequence[str]) -> list[Sent]:
    """Our own mails among these Message-IDs."""
    if not ids:
        return []
    return all_of(Sent, (await tx.execute(select(sent).where(sent.c.message_id.in_(list(ids))))).mappings())


async def sent_of(tx: Tx, number: int) -> list[Sent]:
    """Our own mails in a conversation, oldest first."""
    statement = select(sent).where(sent.c.ticket_id == number).order_by(sent.c.at)
    return all_of(Sent, (await tx.execute(statement)).mappings())


async def acks_since(tx: Tx, to_addr: str, since: datetime) -> int:
    """How many acknowledgements an address got since then: the cap of promise 4."""
    statement = select(func.count()).where(sent.c.to_addr == to_addr, sent.c.kind == "ack", sent.c.at >= since)
    return int((await tx.execute(statement)).scalar_one())


async def to_acknowledge(tx: Tx, limit: int) -> list[Ticket]:
    """Tickets whose acknowledgement waits to be written."""
    statement = (
        select(ticket)
        .where(ticket.c.ack == Ack.QUEUED)
        .order_by(ticket.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return all_of(Ticket, (await tx.execute(statement)).mappings())


async def stale_cards(tx: Tx, limit: int) -> list[Ticket]:
    """Tickets whose card in Slack shows an older revision, oldest change first."""
    statement = select(ticket).where(ticket.c.rev > ticket.c.card_rev).order_by(ticket.c.id).limit(limit)
    return all_of(Ticket, (await tx.execute(statement)).mappings())


async def of_owner(tx: Tx, owner: str, limit: int = 100) -> list[Ticket]:
    """An agent's tickets that are not closed, the most urgent first."""
    statement = (
        select(ticket)
        .where(ticket.c.owner == owner, ticket.c.status.not_in(CLOSED))
        .order_by(ticket.c.due_at.is_(None), ticket.c.due_at, ticket.c.id)
        .limit(limit)
    )
    return all_of(Ticket, (await tx.execute(statement)).mappings())


async def numbers_by_order(tx: Tx, order_id: str) -> list[int]:
    """Tickets about an order, the newest first."""
    statement = (
        select(ticket_order.c.ticket_id)
        .where(ticket_order.c.order_id == order_id)
        .order_by(ticket_order.c.ticket_id.desc())
        .limit(20)
    )
    return [int(n) for n in (await tx.execute(statement)).scalars()]


async def numbers_of_buyer(tx: Tx, mailboxes: Sequence[str], address: str) -> list[int]:
    """These mailboxes' tickets of a buyer's whole address, the newest first; one look into an index."""
    statement = (
        select(ticket.c.id)
        .where(ticket.c.mailbox.in_(list(mailboxes)), ticket.c.buyer == address.lower())
        .order_by(ticket.c.id.desc())
        .limit(20)
    )
    return [int(n) for n in (await tx.execute(statement)).scalars()]


async def numbers_by_buyer(tx: Tx, words: str) -> list[int]:
    """Tickets whose buyer's address or name, or whose subject, holds `words`, the newest first; case is ignored."""
    where = holding(tx, words, ticket.c.buyer, ticket.c.buyer_name, ticket.c.subject)
    statement = select(ticket.c.id).where(where).order_by(ticket.c.id.desc()).limit(20)
    return [int(n) for n in (await tx.execute(statement)).scalars()]
