"""Named queries for mails that leave: whose acknowledgement is to be written, what is due where, what became of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, exists, func, literal_column, or_, select, update

from helpdesk.domain import Ack, Effect, Mail, Outbox, OutboxState, Sent, Ticket
from helpdesk.store.engine import Tx, all_of, of, row
from helpdesk.store.outbox import insert
from helpdesk.store.tables import mail, outbox, sent, ticket

#: What an acknowledgement can still move on from: a held or failed one is released by a person.
OPEN = (Ack.QUEUED, Ack.HELD, Ack.FAILED)

# What runs once per handful of mails is built once: building a statement costs as much as running it.
_WANTED = select(ticket.c.id).where(
    ticket.c.id.in_(bindparam("numbers", expanding=True)), ticket.c.ack.in_(OPEN), ticket.c.anchor_at.is_not(None)
)
_MARK = (
    update(ticket)
    .where(
        ticket.c.id == bindparam("number"),
        or_(*(ticket.c.ack == ack for ack in OPEN), literal_column("'sent'") == bindparam("new_ack")),
    )
    .values(
        ack=bindparam("new_ack"),
        ack_reason=bindparam("reason"),
        rev=ticket.c.rev + bindparam("raised"),
        updated_at=bindparam("at"),
    )
)
_FATE = ("result", "error", "next_at", "lease_until", "done_at")
_FINISH = (
    update(outbox)
    .where(outbox.c.id == bindparam("number"), outbox.c.worker == bindparam("holder"))
    .values(state=bindparam("new_state"), **{name: bindparam(f"new_{name}") for name in _FATE})
)


@dataclass(frozen=True)
class Work:
    """Whether there is something to do: `acks` to write, lost rows to ask for, lanes with mails or copies due."""

    acks: bool
    lost: bool
    lanes: tuple[str, ...]


def _unwritten() -> Any:
    """An acknowledgement waits that is not in the outbox yet; once it is, the reason says so."""
    return (ticket.c.ack == Ack.QUEUED) & (ticket.c.ack_reason == "")


async def work(tx: Tx, now: datetime) -> Work:
    """One look at three small indexes."""
    effects = outbox.c.effect.in_([Effect.MAIL, Effect.COPY])
    lost = exists().where(outbox.c.state == OutboxState.SENDING, effects, outbox.c.lease_until <= now)
    due = (
        select(outbox.c.lane)
        .where(outbox.c.state == OutboxState.QUEUED, effects, outbox.c.next_at <= now)
        .distinct()
        .order_by(outbox.c.lane)
    )
    first = (await tx.execute(select(exists().where(_unwritten()), lost))).one()
    return Work(bool(first[0]), bool(first[1]), tuple((await tx.execute(due)).scalars()))


async def unwritten(tx: Tx, limit: int) -> list[Ticket]:
    """Tickets whose acknowledgement is to be written, locked until the transaction ends."""
    statement = select(ticket).where(_unwritten()).order_by(ticket.c.id).limit(limit).with_for_update(skip_locked=True)
    return all_of(Ticket, (await tx.execute(statement)).mappings())


async def mails_by_id(tx: Tx, numbers: Collection[int]) -> dict[int, Mail]:
    """Mails by number."""
    if not numbers:
        return {}
    found = (await tx.execute(select(mail).where(mail.c.id.in_(sorted(numbers))))).mappings()
    return {fields["id"]: of(Mail, fields) for fields in found}


async def sent_to_tickets(tx: Tx, numbers: Sequence[int]) -> list[Sent]:
    """Our own mails in these conversations, oldest first."""
    if not numbers:
        return []
    statement = select(sent).where(sent.c.ticket_id.in_(list(numbers))).order_by(sent.c.at)
    return all_of(Sent, (await tx.execute(statement)).mappings())


async def acks_by_address(tx: Tx, addresses: Collection[str], since: datetime) -> dict[str, int]:
    """How many acknowledgements each address got since then (promise 4)."""
    if not addresses:
        return {}
    statement = (
        select(sent.c.to_addr, func.count())
        .where(sent.c.to_addr.in_(sorted(addresses)), sent.c.kind == "ack", sent.c.at >= since)
        .group_by(sent.c.to_addr)
    )
    return {address: int(number) for address, number in (await tx.execute(statement)).all()}


async def put(tx: Tx, rows: Sequence[Outbox], own: Sequence[Sent] = ()) -> None:
    """Put effects into the outbox, each once under its key, and remember the Message-IDs of our own mails."""
    if rows:
        await tx.execute(insert(tx)(outbox).on_conflict_do_nothing(index_elements=["key"]), [row(r) for r in rows])
    if own:
        await tx.execute(insert(tx)(sent).on_conflict_do_nothing(), [row(s) for s in own])


async def mark_acks(tx: Tx, marks: Sequence[dict[str, Any]]) -> None:
    """Set `ack` and `ack_reason` of tickets: {"number", "ack", "reason", "raised": 0 or 1, "at"}.

    `raised`: whether people see the change (the card is brought up to date). Tickets whose acknowledgement was called
    off meanwhile stay as they are, unless it left all the same.
    """
    if not marks:
        return
    await tx.execute(_MARK, [{**{k: v for k, v in m.items() if k != "ack"}, "new_ack": m["ack"]} for m in marks])


async def wanted(tx: Tx, numbers: Collection[int]) -> set[int]:
    """Which of these tickets still want their acknowledgement: nobody closed or answered them since."""
    if not numbers:
        return set()
    return set((await tx.execute(_WANTED, {"numbers": sorted(numbers)})).scalars())


async def finish(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    """Write what became of effects: {"number", "holder", "state", "result", "error", "next_at", "lease_until",
    "done_at"} each. A row that another worker took over meanwhile (its worker is not `holder`) is left to it.
    """
    if not rows:
        return
    bound = [
        {
            "number": r["number"],
            "holder": r["holder"],
            "new_state": r["state"],
            **{f"new_{name}": r[name] for name in _FATE},
        }
        for r in rows
    ]
    await tx.execute(_FINISH, bound)


async def renew(tx: Tx, numbers: Collection[int], worker: str, until: datetime) -> None:
    """Keep the leases of mails that are still on their way to the server."""
    mine = outbox.c.id.in_(sorted(numbers)) & (outbox.c.worker == worker) & (outbox.c.state == OutboxState.SENDING)
    await tx.execute(update(outbox).where(mine).values(lease_until=until))


async def unclaim(tx: Tx, numbers: Collection[int], worker: str) -> None:
    """Give back rows that were claimed but never begun."""
    mine = outbox.c.id.in_(sorted(numbers)) & (outbox.c.worker == worker) & (outbox.c.state == OutboxState.SENDING)
    await tx.execute(
        update(outbox).where(mine).values(state=OutboxState.QUEUED, lease_until=None, tries=outbox.c.tries - 1)
    )


async def postpone(tx: Tx, lane: str, effect: Effect, now: datetime, until: datetime) -> None:
    """The lane's server is away: what is due now is due later, in the same order."""
    due = (outbox.c.state == OutboxState.QUEUED) & (outbox.c.effect == effect) & (outbox.c.lane == lane)
    await tx.execute(update(outbox).where(due, outbox.c.next_at <= now).values(next_at=until))


async def finish_copies(tx: Tx, lane: str, at: datetime) -> None:
    """The provider files what it sends by itself: copies that wait are not needed."""
    waiting = (outbox.c.state == OutboxState.QUEUED) & (outbox.c.effect == Effect.COPY) & (outbox.c.lane == lane)
    await tx.execute(update(outbox).where(waiting).values(state=OutboxState.DONE, done_at=at))
