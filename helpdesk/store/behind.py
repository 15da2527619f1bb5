"""Named queries for the rows behind a number of a page: mails, people's corrections, rescues, effects, feedback.

Each takes `start` and `limit`, and gives the newest first; each holds as many rows as the number counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from helpdesk.domain import OutboxState, Role, Verdict
from helpdesk.store.engine import Tx
from helpdesk.store.tables import event, mail, outbox, ticket
from helpdesk.store.tables_learning import example

Rows = list[dict[str, Any]]

#: What a list shows of a mail; never its text, which may be a suspect's.
_MAIL = (mail.c.id, mail.c.clock_start, mail.c.mailbox, mail.c.folder, mail.c.from_addr, mail.c.subject,
         mail.c.verdict, mail.c.score, mail.c.ticket_id)  # fmt: skip
#: A person's look is asked for, and nobody has looked yet.
LOOKS = (Verdict.REVIEW, Verdict.SUSPECT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Which rows of a list are asked for."""

    start: int = 0
    limit: int = 200


async def _rows(tx: Tx, statement: Select[Any], part: Part) -> Rows:
    found = await tx.execute(statement.offset(part.start).limit(part.limit))
    return [dict(fields) for fields in found.mappings()]


async def judged(tx: Tx, since: datetime, until: datetime, verdict: str, junk: bool, part: Part) -> Rows:
    """Mails of a verdict ("": any) whose clock began in (since, until]; ours in Sent are left out."""
    roles = [Role.JUNK] if junk else [role for role in Role if role != Role.SENT]
    where = [
        mail.c.verdict.in_([verdict] if verdict else list(Verdict)),
        mail.c.role.in_(roles),
        mail.c.clock_start > since,
        mail.c.clock_start <= until,
    ]
    return await _rows(tx, select(*_MAIL).where(*where).order_by(mail.c.clock_start.desc(), mail.c.id.desc()), part)


def _unseen(verdicts: Sequence[str]) -> list[ColumnElement[bool]]:
    return [mail.c.verdict.in_(list(verdicts)), mail.c.reason == ""]


async def looks(tx: Tx, verdicts: Sequence[str], part: Part) -> Rows:
    """Mails of these verdicts that no person has looked at yet."""
    statement = select(*_MAIL).where(*_unseen(verdicts)).order_by(mail.c.clock_start.desc(), mail.c.id.desc())
    return await _rows(tx, statement, part)


async def count_looks(tx: Tx) -> dict[str, int]:
    """Verdict → mails that wait for a person's look."""
    statement = select(mail.c.verdict, func.count()).where(*_unseen(LOOKS)).group_by(mail.c.verdict)
    return {str(verdict): int(number) for verdict, number in await tx.execute(statement)}


async def corrected(tx: Tx, since: datetime, until: datetime, labels: Sequence[str], part: Part) -> Rows:
    """What people's clicks said in (since, until], with the mails they said it of; a mail may be gone since."""
    where = [example.c.label.in_(list(labels)), example.c.at > since, example.c.at <= until]
    columns = (example.c.at, example.c.actor, example.c.label, example.c.topic, example.c.topic_before,
               example.c.verdict.label("was"), mail.c.from_addr, mail.c.subject, mail.c.ticket_id)  # fmt: skip
    statement = select(*columns).select_from(example.outerjoin(mail, mail.c.id == example.c.mail_id)).where(*where)
    return await _rows(tx, statement.order_by(example.c.at.desc(), example.c.id.desc()), part)


async def rescues(tx: Tx, since: datetime, until: datetime, part: Part) -> Rows:
    """Rescues out of Junk in (since, until], with their tickets."""
    columns = (event.c.at, event.c.ticket_id, event.c.detail, ticket.c.subject, ticket.c.buyer_name, ticket.c.buyer,
               ticket.c.status)  # fmt: skip
    statement = (
        select(*columns)
        .join(ticket, ticket.c.id == event.c.ticket_id)
        .where(event.c.kind == "rescued", event.c.at > since, event.c.at <= until)
        .order_by(event.c.at.desc(), event.c.id.desc())
    )
    return await _rows(tx, statement, part)


async def effects(tx: Tx, state: str, part: Part) -> Rows:
    """Mails, posts and moves in a state that is not done."""
    columns = (outbox.c.created_at, outbox.c.effect, outbox.c.state, outbox.c.lane, outbox.c.error, outbox.c.tries,
               outbox.c.ticket_id)  # fmt: skip
    wanted = [one for one in OutboxState if one != OutboxState.DONE and state in {"", one}]
    statement = select(*columns).where(outbox.c.state.in_(wanted)).order_by(outbox.c.id.desc())
    return await _rows(tx, statement, part)
