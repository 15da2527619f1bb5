"""Named queries behind the watch list: what buyers wrote about which item, and what people decided about it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import String, cast, delete, func, or_, select

from helpdesk.domain import Status
from helpdesk.domain_feedback import Feedback, FeedbackState
from helpdesk.domain_watch import WatchMark
from helpdesk.store.engine import Tx, all_of, row
from helpdesk.store.outbox import insert
from helpdesk.store.tables import mail, ticket
from helpdesk.store.tables_feedback import feedback
from helpdesk.store.tables_watch import watch_mark

#: In these a feedback counts in no rating (DOMAIN 4.1).
_GONE = (FeedbackState.REMOVED, FeedbackState.STRUCK, FeedbackState.GONE)
#: Most contacts of a topic looked at, the newest: each is a visit to the table. An item that is written about more
#: often than that stands out all the same.
MOST = 400


async def contacts(tx: Tx, since: Mapping[str, datetime], itemless: Sequence[str]) -> list[dict[str, Any]]:
    """Tickets of each topic since its moment that name an item, and those of the causes `itemless` with or without one.

    Each: id, topic, cause, items, received_at; the newest first within a topic, and of each topic at most MOST.
    """
    items = cast(ticket.c["items"], String)
    named = items.not_in(["[]", "null"])
    read: dict[str, Any] = {}  # thousands of tickets name the same few items
    found: list[dict[str, Any]] = []
    for topic, moment in since.items():  # one after another: each is a walk down the index, without sorting
        statement = (
            select(ticket.c.id, ticket.c.topic, ticket.c.cause, items, ticket.c.received_at)
            .where(
                ticket.c.topic == topic,
                ticket.c.received_at > moment,
                ticket.c.status != Status.NOT_A_BUYER,
                or_(named, ticket.c.cause.in_(list(itemless))),
            )
            .order_by(ticket.c.received_at.desc())
            .limit(MOST)
        )
        for number, about, cause, named_items, at in await tx.execute(statement):
            if named_items not in read:
                read[named_items] = json.loads(named_items or "[]")
            told = {"id": number, "topic": about, "cause": cause, "items": read[named_items], "received_at": at}
            found.append(told)
    return found


async def negative(tx: Tx, since: date) -> list[Feedback]:
    """Counted feedback of one or two stars on an item, given since that day."""
    statement = (
        select(feedback)
        .where(
            feedback.c.rating <= 2,
            feedback.c.given_on >= since,
            feedback.c.gone_at.is_(None),
            feedback.c.state.not_in(_GONE),
            or_(feedback.c.sku != "", feedback.c.asin != ""),
        )
        .order_by(feedback.c.given_on.desc(), feedback.c.id.desc())
        .limit(MOST)
    )
    return all_of(Feedback, (await tx.execute(statement)).mappings())


async def words(tx: Tx, numbers: Sequence[int]) -> dict[int, str]:
    """What the buyers of these tickets wrote first."""
    found: dict[int, str] = {}
    for start in range(0, len(numbers), 1000):
        part = list(numbers[start : start + 1000])
        statement = (
            select(mail.c.ticket_id, func.substr(mail.c.text, 1, 600))
            .where(mail.c.ticket_id.in_(part), mail.c.role != "sent", mail.c.text != "")
            .order_by(mail.c.clock_start.desc(), mail.c.id.desc())
        )
        found |= {int(number): str(text) for number, text in await tx.execute(statement)}
    return found


async def marks(tx: Tx) -> list[WatchMark]:
    """All decisions."""
    return all_of(WatchMark, (await tx.execute(select(watch_mark))).mappings())


async def mark(tx: Tx, item: WatchMark) -> None:
    """Keep a decision; it replaces an earlier one."""
    values = row(item)
    statement = insert(tx)(watch_mark).values(**values)
    rest = {name: value for name, value in values.items() if name not in {"rule", "item"}}
    await tx.execute(statement.on_conflict_do_update(index_elements=["rule", "item"], set_=rest))


async def unmark(tx: Tx, rule: str, item: str) -> None:
    """Take a decision back."""
    await tx.execute(delete(watch_mark).where(watch_mark.c.rule == rule, watch_mark.c.item == item))
