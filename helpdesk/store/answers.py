"""Named queries over what people of ours answered: approved in the desk, or written in another mail program.

Every look is bounded: a form opens as fast with 100,000 old answers as with none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Select, func, select

from helpdesk.domain import Role, Verdict
from helpdesk.store.engine import Tx
from helpdesk.store.tables import event, mail, ticket

QUEUED, ANSWERED = "reply_queued", "answered"

#: Of a kind of event at most so many of the newest are looked at when the first answer of a language is asked for.
NEWEST = 10_000
#: Of a buyer's question at most so many letters are read.
QUESTION = 600


class Asked(NamedTuple):
    """An answered question, without the answer: what is compared with a new one."""

    event: int
    ticket: int
    topic: str | None
    question: str


class Answered(NamedTuple):
    """An answer as it was sent, and what was of that buyer alone in it."""

    event: int
    ticket: int
    language: str
    topic: str | None
    text: str
    orders: tuple[str, ...]
    titles: tuple[str, ...]
    name: str


async def last_event(tx: Tx) -> int:
    """The newest event's number, 0 where there is none."""
    return int((await tx.execute(select(func.max(event.c.id)))).scalar_one() or 0)


async def asked(tx: Tx, language: str, limit: int) -> list[Asked]:
    """The newest answered questions in a language, newest first."""
    found: list[Any] = []
    for kind in (QUEUED, ANSWERED):
        new = select(event.c.id, event.c.ticket_id, event.c.at, event.c.detail).where(event.c.kind == kind)
        inner = new.order_by(event.c.at.desc()).limit(NEWEST).subquery()
        statement = _theirs(inner, language, kind).order_by(inner.c.at.desc()).limit(limit)
        found += (await tx.execute(statement)).all()
    return await _with_questions(tx, sorted(found, key=lambda one: one.at, reverse=True)[:limit])


async def asked_since(tx: Tx, language: str, number: int, limit: int) -> list[Asked]:
    """Those whose answer is a younger event than `number`, newest first."""
    found: list[Any] = []
    for kind in (QUEUED, ANSWERED):
        statement = _theirs(event, language, kind).where(event.c.id > number, event.c.kind == kind)
        found += (await tx.execute(statement.order_by(event.c.id.desc()).limit(limit))).all()
    return await _with_questions(tx, sorted(found, key=lambda one: one.at, reverse=True)[:limit])


def _theirs(source: Any, language: str, kind: str) -> Select[Any]:
    """Of these events those in tickets of a language; of answers those found in Sent (the others were queued here)."""
    statement = (
        select(source.c.id, source.c.ticket_id, source.c.at, ticket.c.topic)
        .join(ticket, ticket.c.id == source.c.ticket_id)
        .where(ticket.c.language == language)
    )
    return statement if kind == QUEUED else statement.where(source.c.detail["via"].as_string() == "sent")


async def _with_questions(tx: Tx, found: Sequence[Any]) -> list[Asked]:
    """To each answer the buyer's last mail before it."""
    if not found:
        return []
    numbers = sorted({one.ticket_id for one in found})
    statement = (
        select(mail.c.ticket_id, mail.c.clock_start, func.substr(mail.c.text, 1, QUESTION).label("text"))
        .where(mail.c.ticket_id.in_(numbers), mail.c.role != Role.SENT, mail.c.verdict == Verdict.BUYER)
        .order_by(mail.c.clock_start)
    )
    mails: dict[int, list[Any]] = {}
    for one in await tx.execute(statement):
        mails.setdefault(one.ticket_id, []).append(one)
    made = []
    for one in found:
        before = [m.text for m in mails.get(one.ticket_id, []) if m.clock_start <= one.at]
        if before and before[-1].strip():
            made.append(Asked(one.id, one.ticket_id, one.topic, before[-1]))
    return made


async def by_events(tx: Tx, numbers: Sequence[int]) -> list[Answered]:
    """The answers of some events, in this order; what was erased meanwhile is left out."""
    if not numbers:
        return []
    statement = (
        select(
            event.c.id, event.c.ticket_id, event.c.detail, ticket.c.language, ticket.c.topic, ticket.c.order_ids,
            ticket.c["items"], ticket.c.buyer_name,
        )
        .join(ticket, ticket.c.id == event.c.ticket_id)
        .where(event.c.id.in_(list(numbers)))
    )  # fmt: skip
    rows = {one.id: one for one in (await tx.execute(statement)).all()}
    theirs = [int(one.detail["mail"]) for one in rows.values() if one.detail.get("via") and one.detail.get("mail")]
    sent: dict[int, str] = {}
    if theirs:
        texts = select(mail.c.id, mail.c.text).where(mail.c.id.in_(theirs), mail.c.auto_submitted.is_(False))
        sent = {one.id: one.text for one in await tx.execute(texts)}
    made = []
    for one in (rows[number] for number in numbers if number in rows):
        text = str(one.detail.get("text") or sent.get(int(one.detail.get("mail") or 0)) or "")
        if text.strip():
            titles = tuple(str(item["title"]) for item in one[6] or () if item.get("title"))
            made.append(
                Answered(one.id, one.ticket_id, one.language, one.topic, text, tuple(one.order_ids), titles,
                         one.buyer_name)
            )  # fmt: skip
    return made
