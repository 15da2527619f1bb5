"""Erasing buyers: their words, names, addresses and orders go; rows that figures and deduplication need stay, blank.

A mail's row keeps (mailbox, Message-ID, body hash): a mail still on the server is then never taken for a new one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, or_, select, update

from helpdesk.domain import Effect, OutboxState, Status
from helpdesk.store import feedback
from helpdesk.store.engine import Tx
from helpdesk.store.tables import event, mail, outbox, sent, ticket, ticket_order

#: Conversations erased in one transaction.
BATCH = 200
_MAIL: dict[str, Any] = {
    "from_addr": "", "from_name": "", "to_addrs": [], "reply_to": "", "customer": "", "subject": "", "in_reply_to": [],
    "references": [], "order_ids": [], "facts": {}, "attachments": [], "text": "", "quoted": "", "reason": "erased",
}  # fmt: skip
_TICKET: dict[str, Any] = {
    "buyer": "", "buyer_name": "", "reply_to": "", "subject": "", "order_ids": [], "status": Status.RESOLVED,
    "anchor_at": None, "due_at": None, "next_step_at": None, "snoozed_until": None, "promised_at": None,
    "remind_at": None, "ack_reason": "",
}  # fmt: skip
#: What an event or an outbox row may keep: facts about us, nothing of the buyer's.
_KEPT = {"kind", "ticket", "mail", "event", "update", "step", "passed", "key", "template", "language", "via", "owner",
         "message_id", "period", "draft", "edited"}  # fmt: skip
#: Posts that show the store as it is: they may still go out, blank.
_LIVE = {"card", "event"}


async def of_address(tx: Tx, address: str) -> list[int]:
    """Conversations with a buyer, by address with or without its +case, or by a caller's number or name."""
    plain = without_case(address)
    by_mail = select(mail.c.ticket_id).where(mail.c.ticket_id.is_not(None), _from(address))
    statement = select(ticket.c.id).where(
        or_(func.lower(ticket.c.buyer).in_([address.lower(), plain]), ticket.c.id.in_(by_mail))
    )
    return [int(number) for number in (await tx.execute(statement.order_by(ticket.c.id))).scalars()]


async def of_order(tx: Tx, order: str) -> list[int]:
    """Conversations about an order."""
    statement = select(ticket_order.c.ticket_id).where(ticket_order.c.order_id == order).distinct()
    return sorted(int(number) for number in (await tx.execute(statement)).scalars())


def without_case(address: str) -> str:
    """The address without what stands behind a plus.

    >>> without_case("Abc123+xyz@marketplace.example")
    'abc123@marketplace.example'
    """
    local, at, domain = address.strip().lower().rpartition("@")
    return f"{local.partition('+')[0]}{at}{domain}"


def _from(address: str) -> ColumnElement[bool]:
    both = list({address.strip().lower(), without_case(address)})
    return or_(*(func.lower(column).in_(both) for column in (mail.c.customer, mail.c.from_addr, mail.c.reply_to)))


async def older(tx: Tx, before: datetime, limit: int = BATCH) -> list[int]:
    """Conversations whose last mail is older, and that are not erased yet."""
    statement = (
        select(ticket.c.id)
        .where(ticket.c.last_mail_at < before, or_(ticket.c.buyer != "", ticket.c.subject != ""))
        .order_by(ticket.c.id)
        .limit(limit)
    )
    return [int(number) for number in (await tx.execute(statement)).scalars()]


async def conversations(tx: Tx, numbers: Sequence[int], now: datetime) -> dict[str, int]:
    """Erase conversations: tickets, mails, events, outbox, orders, feedback. Returns how many of each."""
    if not numbers:
        return {"tickets": 0, "mails": 0, "feedback": 0}
    ours = list(numbers)
    orders = select(ticket_order.c.order_id).where(ticket_order.c.ticket_id.in_(ours))
    rated = await feedback.erase(tx, [str(order) for order in (await tx.execute(orders)).scalars()])
    mails = int((await tx.execute(update(mail).where(mail.c.ticket_id.in_(ours)).values(**_MAIL))).rowcount)
    await _strip(tx, event, "detail", event.c.ticket_id.in_(ours))
    await _clear_outbox(tx, ours)
    await tx.execute(update(sent).where(sent.c.ticket_id.in_(ours)).values(to_addr=""))
    await tx.execute(delete(ticket_order).where(ticket_order.c.ticket_id.in_(ours)))
    changed = update(ticket).where(ticket.c.id.in_(ours))
    found = int((await tx.execute(changed.values(**_TICKET, rev=ticket.c.rev + 1, updated_at=now))).rowcount)
    return {"tickets": found, "mails": mails, "feedback": rated}


async def _clear_outbox(tx: Tx, numbers: Sequence[int]) -> None:
    waiting = select(outbox.c.id, outbox.c.payload).where(
        outbox.c.ticket_id.in_(list(numbers)), outbox.c.state == OutboxState.QUEUED
    )
    drop = [number for number, payload in await tx.execute(waiting) if (payload or {}).get("kind") not in _LIVE]
    await tx.execute(delete(outbox).where(outbox.c.id.in_(drop)))
    await _strip(tx, outbox, "payload", outbox.c.ticket_id.in_(list(numbers)))
    told = update(outbox).where(outbox.c.ticket_id.in_(list(numbers)), outbox.c.effect == Effect.MAIL)
    await tx.execute(told.values(result={}, error=""))


async def _strip(tx: Tx, table: Any, column: str, where: ColumnElement[bool]) -> None:
    """Leave only what is ours in a JSON column."""
    for number, held in (await tx.execute(select(table.c.id, table.c[column]).where(where))).all():
        kept = {name: value for name, value in (held or {}).items() if name in _KEPT}
        if kept != held:
            await tx.execute(update(table).where(table.c.id == number).values({column: kept}))


async def lone_mails(tx: Tx, *, address: str | None = None, before: datetime | None = None) -> int:
    """Erase mails that belong to no conversation: from an address, or older than a moment."""
    where = [mail.c.ticket_id.is_(None), mail.c.reason != "erased"]
    if address is not None:
        where.append(_from(address))
    if before is not None:
        where.append(mail.c.clock_start < before)
    return int((await tx.execute(update(mail).where(*where).values(**_MAIL))).rowcount)
