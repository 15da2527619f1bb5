"""Named queries over mailboxes, their leases and folder cursors."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update

from helpdesk.domain import Folder, Mailbox, OutboxState
from helpdesk.store.engine import Tx, all_of, of, row
from helpdesk.store.outbox import insert
from helpdesk.store.tables import folder, mailbox, outbox

#: A mailbox is held this long by one worker and renewed well before (DESIGN 5: resumes within its lease).
LEASE = timedelta(seconds=30)


async def ensure(tx: Tx, names: Sequence[str]) -> None:
    """Make sure that a row stands for each configured mailbox."""
    if names:
        await tx.execute(insert(tx)(mailbox).on_conflict_do_nothing(), [row(Mailbox(name=n)) for n in names])


async def acquire(tx: Tx, name: str, worker: str, now: datetime, lease: timedelta = LEASE) -> bool:
    """Take or renew the lease of a mailbox; False while another worker's lease lives."""
    statement = (
        update(mailbox)
        .where(
            mailbox.c.name == name,
            or_(mailbox.c.worker == worker, mailbox.c.lease_until.is_(None), mailbox.c.lease_until <= now),
        )
        .values(worker=worker, lease_until=now + lease)
    )
    return bool((await tx.execute(statement)).rowcount)


async def release(tx: Tx, name: str, worker: str) -> None:
    """Give a mailbox up, so that another worker need not wait for the lease to end."""
    await tx.execute(
        update(mailbox).where(mailbox.c.name == name, mailbox.c.worker == worker).values(worker="", lease_until=None)
    )


async def hold(tx: Tx, name: str) -> Mailbox | None:
    """The mailbox's row, locked until the transaction ends: filing into one mailbox happens one batch after another."""
    found = (await tx.execute(select(mailbox).where(mailbox.c.name == name).with_for_update())).mappings().first()
    return of(Mailbox, found) if found else None


async def note(tx: Tx, name: str, **values: Any) -> None:
    """Set some columns: seen_at, error, files_sent, ready_at."""
    await tx.execute(update(mailbox).where(mailbox.c.name == name).values(**values))


async def listing(tx: Tx) -> list[Mailbox]:
    """All mailboxes."""
    return all_of(Mailbox, (await tx.execute(select(mailbox).order_by(mailbox.c.name))).mappings())


async def folders(tx: Tx, name: str) -> dict[str, Folder]:
    """The cursors of a mailbox's folders, by folder name."""
    rows = (await tx.execute(select(folder).where(folder.c.mailbox == name))).mappings()
    return {found["name"]: of(Folder, found) for found in rows}


async def save_folder(tx: Tx, item: Folder) -> None:
    """Move a cursor; in the same transaction as the mails it passes (promise 1)."""
    statement = insert(tx)(folder).values(row(item))
    moved = {c: statement.excluded[c] for c in ("role", "uidvalidity", "last_uid", "low_uid", "first_at")}
    await tx.execute(statement.on_conflict_do_update(index_elements=["mailbox", "name"], set_=moved))


async def workers(tx: Tx) -> list[str]:
    """Every worker that holds a mailbox or an effect."""
    held = select(mailbox.c.worker).where(mailbox.c.worker != "")
    sending = select(outbox.c.worker).where(outbox.c.state == OutboxState.SENDING)
    return sorted({*(await tx.execute(held)).scalars(), *(await tx.execute(sending)).scalars()})


async def bury(tx: Tx, worker: str, now: datetime) -> None:
    """End a dead worker's leases: its mailboxes are free, its effects are asked for."""
    await tx.execute(update(mailbox).where(mailbox.c.worker == worker).values(worker="", lease_until=None))
    mine = (outbox.c.worker == worker, outbox.c.state == OutboxState.SENDING)
    await tx.execute(update(outbox).where(*mine).values(lease_until=now))
