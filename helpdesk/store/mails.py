"""Named queries over mails."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select, tuple_, update

from helpdesk.domain import Mail, MailState, Role, Verdict
from helpdesk.store.engine import Tx, all_of, holding, of, row
from helpdesk.store.outbox import insert
from helpdesk.store.tables import mail, sent

#: Most values of one IN list: SQLite takes 32,766 parameters, PostgreSQL 32,767.
CHUNK = 5_000
#: Most mails looked up by one statement: PostgreSQL nests a list of rows, 10,000 of them exceed its stack.
_AT_ONCE = 1_000


async def add(tx: Tx, rows: Sequence[Mail]) -> int:
    """Insert mails not seen before (mailbox, Message-ID, body hash); a known one only gets its new place.

    Returns how many were new. Promise 2: the place of a rescued or copied mail moves, the mail stays one.
    A copy of our own mail in Sent gets a row, but is nothing new: we wrote it.
    """
    return sum([await _add(tx, rows[start : start + _AT_ONCE]) for start in range(0, len(rows), _AT_ONCE)])


async def _add(tx: Tx, rows: Sequence[Mail]) -> int:
    keys = [(r.mailbox, r.message_id, r.body_hash) for r in rows]
    columns = tuple_(mail.c.mailbox, mail.c.message_id, mail.c.body_hash)
    known: dict[tuple[str, str, str], Any] = {
        (found.mailbox, found.message_id, found.body_hash): found
        for found in await tx.execute(select(*_KNOWN).where(columns.in_(keys)))
    }
    fresh: dict[tuple[str, str, str], Mail] = {}
    for item, where in zip(rows, keys, strict=True):
        if where in known:
            await _moved(tx, known[where], item)
        else:
            fresh.setdefault(where, item)
    if fresh:
        statement = insert(tx)(mail).on_conflict_do_nothing(index_elements=["mailbox", "message_id", "body_hash"])
        await tx.execute(statement, [row(item) for item in fresh.values()])
    return len(fresh) - await _written_here(tx, fresh.values())


async def _written_here(tx: Tx, fresh: Iterable[Mail]) -> int:
    """How many of these are copies in Sent of what we sent ourselves."""
    copies = [item.message_id for item in fresh if item.role == Role.SENT and item.message_id]
    if not copies:
        return 0
    statement = select(func.count()).select_from(sent).where(sent.c.message_id.in_(copies), sent.c.kind != "elsewhere")
    return int((await tx.execute(statement)).scalar_one())


#: What `add` must know of a mail that is here already.
_KNOWN = tuple(
    mail.c[name] for name in ("id", "mailbox", "message_id", "body_hash", "role", "state", "verdict", "ticket_id")
)
#: Verdicts that somebody contradicts by moving the mail out of Junk; forgeries and machines stay what they are.
_CONTRADICTED = {Verdict.SPAM, Verdict.BULK, Verdict.REVIEW}


async def _moved(tx: Tx, known: Any, item: Mail) -> None:
    """Note a known mail's new place; a copy in Sent of what lies in the Inbox too says nothing new.

    What was left in Junk and lies in the Inbox now, somebody has moved: it is filed anew, as it was judged there.
    """
    if known.role != item.role and Role.SENT in (known.role, item.role):
        return
    values: dict[str, Any] = {
        "role": item.role, "folder": item.folder, "uidvalidity": item.uidvalidity, "uid": item.uid,
    }  # fmt: skip
    out_of_junk = known.role == Role.JUNK and item.role == Role.INBOX and known.ticket_id is None
    if out_of_junk and known.state == MailState.FILED and known.verdict in _CONTRADICTED and item.verdict:
        values |= {name: getattr(item, name) for name in _JUDGED if name not in {"ticket_id", "reasons"}}
        values["reasons"] = [*item.reasons, "somebody moved it from Junk to the Inbox"]
    await tx.execute(update(mail).where(mail.c.id == known.id).values(values))


async def last_number(tx: Tx) -> int:
    """The greatest number of any mail, 0 without one."""
    return int((await tx.execute(select(func.max(mail.c.id)))).scalar_one() or 0)


async def new(tx: Tx, mailbox: str, limit: int, *, recent_above: int | None = None) -> list[Mail]:
    """Mails that triage has not judged yet, in the order in which the buyers' clocks started.

    `recent_above`: only those with a greater number that a first contact did not find older than `first_contact`.
    """
    statement = select(mail).where(mail.c.state == MailState.NEW, mail.c.mailbox == mailbox)
    if recent_above is not None:
        statement = statement.where(mail.c.id > recent_above, mail.c.old.is_(False))
    statement = statement.order_by(mail.c.clock_start, mail.c.id).limit(limit)
    return all_of(Mail, (await tx.execute(statement)).mappings())


async def get(tx: Tx, number: int) -> Mail | None:
    """One mail."""
    found = (await tx.execute(select(mail).where(mail.c.id == number))).mappings().first()
    return of(Mail, found) if found else None


_LARGE = {"text", "quoted", "items", "attachments", "facts"}


async def headers_of(tx: Tx, mailbox: str, role: Role) -> list[Mail]:
    """The mails of a mailbox's folders of one role, oldest first, without their texts and what else is large."""
    columns = [c for c in mail.c if c.name not in _LARGE]
    statement = (
        select(*columns).where(mail.c.mailbox == mailbox, mail.c.role == role).order_by(mail.c.clock_start, mail.c.id)
    )
    return all_of(Mail, (await tx.execute(statement)).mappings())


async def change(tx: Tx, number: int, **values: Any) -> None:
    """Set some columns of one mail."""
    await tx.execute(update(mail).where(mail.c.id == number).values(**values))


async def folders_of(tx: Tx, numbers: Sequence[int]) -> dict[int, str]:
    """Number → the folder in which each of these mails was last seen."""
    if not numbers:
        return {}
    found = await tx.execute(select(mail.c.id, mail.c.folder).where(mail.c.id.in_(list(numbers))))
    return {int(one.id): str(one.folder) for one in found}


_JUDGED = ("state", "verdict", "score", "reasons", "model", "topic", "cause", "urgent", "reason", "ticket_id")
_SAVE = update(mail).where(mail.c.id == bindparam("key")).values({c: bindparam(f"to_{c}") for c in _JUDGED})


async def save(tx: Tx, rows: Iterable[Mail]) -> None:
    """Write back what triage decided of mails."""
    values = [{"key": item.id, **{f"to_{c}": getattr(item, c) for c in _JUDGED}} for item in rows]
    if values:
        await tx.execute(_SAVE, values)


async def of_ticket(tx: Tx, ticket_id: int) -> list[Mail]:
    """A conversation's mails, oldest first, ours in Sent included."""
    statement = select(mail).where(mail.c.ticket_id == ticket_id).order_by(mail.c.clock_start, mail.c.id)
    return all_of(Mail, (await tx.execute(statement)).mappings())


async def by_numbers(tx: Tx, numbers: Sequence[int]) -> list[Mail]:
    """Mails by their numbers."""
    found: list[Mail] = []
    for start in range(0, len(numbers), CHUNK):
        statement = select(mail).where(mail.c.id.in_(list(numbers[start : start + CHUNK])))
        found += all_of(Mail, (await tx.execute(statement)).mappings())
    return found


async def by_message_ids(tx: Tx, mailbox: str, ids: Sequence[str]) -> list[Mail]:
    """Mails of this mailbox with one of these Message-IDs."""
    found: list[Mail] = []
    for start in range(0, len(ids), CHUNK):
        chunk = list(ids[start : start + CHUNK])
        statement = select(mail).where(mail.c.mailbox == mailbox, mail.c.message_id.in_(chunk))
        found += all_of(Mail, (await tx.execute(statement)).mappings())
    return found


async def answering(tx: Tx, mailbox: str, customers: Sequence[str]) -> list[Mail]:
    """Buyers' mails that belong to a ticket and name mails they answer, without their texts."""
    if not customers:
        return []
    columns = [c for c in mail.c if c.name not in _LARGE]
    found: list[Mail] = []
    for start in range(0, len(customers), CHUNK):
        statement = select(*columns).where(
            mail.c.mailbox == mailbox,
            mail.c.customer.in_(list(customers[start : start + CHUNK])),
            mail.c.ticket_id.is_not(None),
            mail.c.role != Role.SENT,
        )
        found += all_of(Mail, (await tx.execute(statement)).mappings())
    return [one for one in found if one.in_reply_to or one.references]


async def unmatched_sent(tx: Tx, mailbox: str, customers: Sequence[str]) -> list[Mail]:
    """Mails found in Sent to these addresses that belong to no ticket yet."""
    if not customers:
        return []
    statement = select(mail).where(
        mail.c.mailbox == mailbox,
        mail.c.customer.in_(list(customers)),
        mail.c.role == Role.SENT,
        mail.c.ticket_id.is_(None),
    )
    return all_of(Mail, (await tx.execute(statement)).mappings())


async def waiting_review(tx: Tx, limit: int = 100) -> list[Mail]:
    """Uncertain mails and suspects that still lie unjudged by a person, newest first."""
    statement = (
        select(mail)
        .where(mail.c.verdict.in_([Verdict.REVIEW, Verdict.SUSPECT]), mail.c.reason == "")
        .order_by(mail.c.clock_start.desc())
        .limit(limit)
    )
    return all_of(Mail, (await tx.execute(statement)).mappings())


async def count_state(tx: Tx, state: MailState, mailbox: str | None = None) -> int:
    """How many mails (of one mailbox, or of all) stand in a state."""
    statement = select(func.count()).where(mail.c.state == state)
    if mailbox is not None:
        statement = statement.where(mail.c.mailbox == mailbox)
    return int((await tx.execute(statement)).scalar_one())


async def find(tx: Tx, words: str, limit: int = 20) -> list[int]:
    """Tickets whose mails hold `words` in sender, subject or text, newest first; letters' case is ignored."""
    where = holding(tx, words, mail.c.customer, mail.c.subject, mail.c.text)
    statement = (
        select(mail.c.ticket_id, func.max(mail.c.clock_start).label("last"))
        .where(mail.c.ticket_id.is_not(None), where)
        .group_by(mail.c.ticket_id)
        .order_by(func.max(mail.c.clock_start).desc())
        .limit(limit)
    )
    return [int(found.ticket_id) for found in await tx.execute(statement)]


async def last_clock(tx: Tx, mailbox: str) -> datetime | None:
    """The newest mail's time in a mailbox."""
    found: datetime | None = (
        await tx.execute(select(func.max(mail.c.clock_start)).where(mail.c.mailbox == mailbox))
    ).scalar_one()
    return found
