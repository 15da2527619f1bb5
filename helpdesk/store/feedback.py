"""Named queries over seller feedback and its events."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, case, delete, func, select, update

from helpdesk.domain_feedback import Feedback, FeedbackEvent, FeedbackState
from helpdesk.store.engine import Tx, all_of, of, row
from helpdesk.store.tables import mail, ticket, ticket_order
from helpdesk.store.tables_feedback import feedback, feedback_event

#: SQLite and PostgreSQL both take this many values in one IN.
_CHUNK = 5_000


async def save(tx: Tx, rows: Sequence[Feedback]) -> None:
    """Write whole rows back by number."""
    if not rows:
        return
    fields = [name for name in row(rows[0]) if name not in {"id", "card_rev"}]
    statement = (
        update(feedback).where(feedback.c.id == bindparam("the_id")).values({name: bindparam(name) for name in fields})
    )
    await tx.execute(
        statement, [{**{n: v for n, v in row(r).items() if n != "card_rev"}, "the_id": r.id} for r in rows]
    )


async def seen(tx: Tx, numbers: Sequence[int], at: datetime) -> None:
    """Note that a report still held these."""
    for start in range(0, len(numbers), _CHUNK):
        part = list(numbers[start : start + _CHUNK])
        await tx.execute(update(feedback).where(feedback.c.id.in_(part)).values(last_seen=at))


async def change(tx: Tx, number: int, **values: Any) -> None:
    """Set some columns of one feedback and raise its revision."""
    await tx.execute(update(feedback).where(feedback.c.id == number).values(rev=feedback.c.rev + 1, **values))


async def get(tx: Tx, number: int, *, lock: bool = False) -> Feedback | None:
    """One feedback; `lock` holds it until the transaction ends."""
    statement = select(feedback).where(feedback.c.id == number)
    found = (await tx.execute(statement.with_for_update() if lock else statement)).mappings().first()
    return of(Feedback, found) if found else None


async def listing(tx: Tx, marketplace: str | None = None, since: date | None = None) -> list[Feedback]:
    """All feedback by number, of one marketplace or from a day on if asked."""
    statement = select(feedback).order_by(feedback.c.id)
    if marketplace is not None:
        statement = statement.where(feedback.c.marketplace == marketplace)
    if since is not None:
        statement = statement.where(feedback.c.given_on >= since)
    return all_of(Feedback, (await tx.execute(statement)).mappings())


async def waiting(tx: Tx, until: date) -> list[Feedback]:
    """Removals nobody has asked for yet whose deadline is `until` or earlier, the nearest first."""
    statement = (
        select(feedback)
        .where(
            feedback.c.recommended == "removal",
            feedback.c.state.in_([FeedbackState.NEW, FeedbackState.APPROVED]),
            feedback.c.deadline <= until,
        )
        .order_by(feedback.c.deadline, feedback.c.id)
    )
    return all_of(Feedback, (await tx.execute(statement)).mappings())


#: card_rev of a feedback whose card is not wanted.
NO_CARD = 1_000_000_000


def _behind() -> Any:
    return (feedback.c.rev > feedback.c.card_rev) & (feedback.c.rating <= 3)


async def any_for_cards(tx: Tx) -> bool:
    """Is any card in Slack missing or behind?"""
    return (await tx.execute(select(feedback.c.id).where(_behind()).limit(1))).first() is not None


async def for_cards(tx: Tx, limit: int) -> list[Feedback]:
    """Feedback of 1 to 3 stars whose card in Slack is missing or behind, oldest first."""
    statement = select(feedback).where(_behind()).order_by(feedback.c.id).limit(limit).with_for_update(skip_locked=True)
    return all_of(Feedback, (await tx.execute(statement)).mappings())


async def card_shown(tx: Tx, number: int, rev: int) -> None:
    """The card's post or update for this revision stands in the outbox."""
    await tx.execute(update(feedback).where(feedback.c.id == number).values(card_rev=rev))


async def no_card(tx: Tx, number: int) -> None:
    """This feedback gets no card: it is old and calls for nothing."""
    await card_shown(tx, number, NO_CARD)


async def log(tx: Tx, rows: Iterable[FeedbackEvent]) -> None:
    """Append events."""
    fields = [row(r) for r in rows]
    if fields:
        await tx.execute(feedback_event.insert(), fields)


async def events(tx: Tx, number: int) -> list[FeedbackEvent]:
    """A feedback's events, oldest first."""
    statement = (
        select(feedback_event)
        .where(feedback_event.c.feedback_id == number)
        .order_by(feedback_event.c.at, feedback_event.c.id)
    )
    return all_of(FeedbackEvent, (await tx.execute(statement)).mappings())


async def states_left(tx: Tx, numbers: Sequence[int]) -> dict[int, str]:
    """Number → the state in which a feedback last vanished from the report."""
    found: dict[int, str] = {}
    for start in range(0, len(numbers), _CHUNK):
        part = list(numbers[start : start + _CHUNK])
        statement = (
            select(feedback_event.c.feedback_id, feedback_event.c.detail)
            .where(feedback_event.c.feedback_id.in_(part), feedback_event.c.kind == "removed")
            .order_by(feedback_event.c.at, feedback_event.c.id)
        )
        found |= {number: detail["state"] for number, detail in await tx.execute(statement) if detail.get("state")}
    return found


async def tickets_of(tx: Tx, orders: Sequence[str]) -> dict[str, int]:
    """Order → newest ticket about it."""
    found: dict[str, int] = {}
    for start in range(0, len(orders), _CHUNK):
        part = list(orders[start : start + _CHUNK])
        statement = (
            select(ticket_order.c.order_id, func.max(ticket.c.id))
            .join(ticket, ticket.c.id == ticket_order.c.ticket_id)
            .where(ticket_order.c.order_id.in_(part))
            .group_by(ticket_order.c.order_id)
        )
        found |= {order: int(number) for order, number in (await tx.execute(statement)).all()}
    return found


async def claimed(tx: Tx) -> frozenset[str]:
    """Orders about which the marketplace's notices told of an opened claim; how it ended they do not tell."""
    statement = select(mail.c.order_ids).where(mail.c.kind == "claim_opened")
    return frozenset(str(order) for orders in (await tx.execute(statement)).scalars() for order in orders or ())


async def items_of(tx: Tx, numbers: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Ticket → (SKU, ASIN) of its item, where it names just one."""
    found: dict[int, tuple[str, str]] = {}
    wanted = list(dict.fromkeys(numbers))
    for start in range(0, len(wanted), _CHUNK):
        part = wanted[start : start + _CHUNK]
        for number, items in await tx.execute(select(ticket.c.id, ticket.c["items"]).where(ticket.c.id.in_(part))):
            named = {(str(i.get("sku") or "").strip(), str(i.get("asin") or "").strip()) for i in items or []}
            named.discard(("", ""))
            if len(named) == 1:
                found[int(number)] = named.pop()
    return found


async def any_ticket_order(tx: Tx) -> bool:
    """Is any ticket about any order? Saves a large import from asking in vain."""
    return (await tx.execute(select(ticket_order.c.order_id).limit(1))).first() is not None


async def funnel(tx: Tx, marketplace: str | None = None) -> dict[str, int]:
    """How many removals stand in which state, of one marketplace if asked."""
    statement = (
        select(feedback.c.state, func.count()).where(feedback.c.recommended == "removal").group_by(feedback.c.state)
    )
    if marketplace is not None:
        statement = statement.where(feedback.c.marketplace == marketplace)
    return {state: int(count) for state, count in (await tx.execute(statement)).all()}


def forgotten_order(order_id: str) -> str:
    """What stands in the place of a forgotten buyer's order number: a report that holds it is known again by it."""
    return f"forgotten-{hashlib.sha256(order_id.encode()).hexdigest()[:24]}"


async def erase(tx: Tx, orders: Sequence[str]) -> int:
    """Blank the buyer's words and order number of these orders' feedback (a request to be forgotten).

    Figures keep stars and day, the card in Slack is renewed without the words, an import leaves such a row alone, and
    what was still to be done about it is dropped: nobody can find the order any more.
    """
    return await _blank(tx, feedback.c.order_id.in_(list(orders))) if orders else 0


async def erase_older(tx: Tx, before: date) -> int:
    """The same for feedback given before a day (retention)."""
    return await _blank(tx, (feedback.c.given_on < before) & feedback.c.order_id.not_like("forgotten-%"))


async def _blank(tx: Tx, where: ColumnElement[bool]) -> int:
    found = [
        (number, order) for number, order in await tx.execute(select(feedback.c.id, feedback.c.order_id).where(where))
    ]
    for start in range(0, len(found), _CHUNK):
        part = found[start : start + _CHUNK]
        numbers = [number for number, _ in part]
        await tx.execute(delete(feedback_event).where(feedback_event.c.feedback_id.in_(numbers)))
        words: dict[str, Any] = {
            "comment": "",
            "evidence": [],
            "draft": "",
            "why": "",
            "reason": "",
            "response": "",
            "ticket_id": None,
        }
        blank = update(feedback).where(feedback.c.id == bindparam("the_id"))
        waits = feedback.c.state.in_([FeedbackState.NEW, FeedbackState.APPROVED])
        statement = blank.values(
            **words,
            facts={"forgotten": True},
            rev=feedback.c.rev + 1,
            order_id=bindparam("the_order"),
            state=case((waits, FeedbackState.DISMISSED), else_=feedback.c.state),
        )
        told = [{"the_id": number, "the_order": forgotten_order(order)} for number, order in part]
        await tx.execute(statement, told)
    return len(found)
