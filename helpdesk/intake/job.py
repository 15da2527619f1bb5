"""From mailbox to mail rows: read what is new, commit rows and cursor together, move on (promises 1 and 2).

Each folder has a cursor (UIDVALIDITY, last UID). The first contact reads the whole folder, newest first, and can be
broken off anywhere: `low_uid` says how far down it came. A changed UIDVALIDITY means a first contact again; the rows'
key (mailbox, Message-ID, body hash) makes reading twice harmless. What comes while it lasts need not wait: `run` reads
and files that between two chunks of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from helpdesk.domain import Folder, Mail, Role
from helpdesk.errors import UnreadableMailError
from helpdesk.intake.judged import Judge
from helpdesk.intake.mailbox import FetchedMail, Folders, FolderState
from helpdesk.intake.read import read
from helpdesk.intake.reading import Reading
from helpdesk.intake.rows import Where, quarantined, row_of
from helpdesk.store import mailboxes, mails
from helpdesk.store.engine import Store

#: UIDs asked for at once (LIBRARIES, aioimaplib 1); the door cuts them into batches by size.
CHUNK = 200

Progress = Callable[[str, int, int], None]  #: folder, mails done, mails in all
#: Asked between two chunks of a first contact (folder, mails done, mails in all); True: it has used the connection.
Beside = Callable[[str, int, int], Awaitable[bool]]


class Door(Protocol):
    """What the job needs of a mailbox; intake/imap.py is one."""

    async def folders(self, *, inbox: str, junk: str, sent: str) -> Folders:
        """The folders' names."""

    async def select(self, folder: str, *, readonly: bool = True) -> FolderState:
        """Open a folder."""

    async def uids_after(self, last_uid: int) -> list[int]:
        """UIDs above, ascending."""

    def fetch(self, uids: Sequence[int]) -> AsyncIterator[list[FetchedMail]]:
        """The mails, in batches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What intake needs to know of one mailbox's configuration."""

    name: str
    address: str
    judge: Judge
    authserv_ids: tuple[str, ...] | None = None
    inbox: str = "INBOX"
    junk: str = "auto"
    sent: str = "auto"
    first_contact: timedelta = timedelta(days=3)


@dataclass(slots=True)
class Fetched:
    """What a pass read."""

    new: int = 0  #: mails not seen before
    quarantined: int = 0
    read: int = 0
    tops: dict[str, int] = field(default_factory=dict)  #: folder → UIDNEXT when it was read


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The folder being read."""

    watch: Watch
    role: Role
    folder: str
    uidvalidity: int
    now: datetime
    old_before: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pass:
    """One reading of a mailbox; `beside` is asked between two chunks of what lay there before."""

    store: Store
    door: Door
    watch: Watch
    now: datetime
    count: Fetched
    progress: Progress | None = None
    beside: Beside | None = None
    new_alone: bool = False


async def run_once(
    store: Store,
    door: Door,
    watch: Watch,
    now: datetime,
    count: Fetched | None = None,
    progress: Progress | None = None,
    beside: Beside | None = None,
) -> int:
    """Read everything new of Sent, Inbox and Junk, in that order; returns how many mails were read."""
    count = Fetched() if count is None else count
    one = _Pass(store=store, door=door, watch=watch, now=now, count=count, progress=progress, beside=beside)
    found = await door.folders(inbox=watch.inbox, junk=watch.junk, sent=watch.sent)
    before = count.read
    roles = [(Role.SENT, found.sent), (Role.INBOX, found.inbox), (Role.JUNK, found.junk)]
    if beside is not None:
        await _begin(one, [(role, name) for role, name in roles if name])
    for role, name in roles:
        if name:
            await _read_folder(one, role, name)
    async with store.write() as tx:
        await mailboxes.note(tx, watch.name, seen_at=now, error="")
    return count.read - before


async def _begin(one: _Pass, folders: Sequence[tuple[Role, str]]) -> None:
    """Mark the end of each folder that was never read: what comes from now on is new, however long the first takes."""
    async with one.store.read() as tx:
        known = await mailboxes.folders(tx, one.watch.name)
    for role, name in folders:
        if name not in known:
            await _first_contact(one, role, name, await one.door.select(name))


async def read_new(store: Store, door: Door, watch: Watch, now: datetime, count: Fetched) -> int:
    """Read what came to Inbox and Junk since a first contact began, and nothing of what lay there before."""
    one = _Pass(store=store, door=door, watch=watch, now=now, count=count, new_alone=True)
    found = await door.folders(inbox=watch.inbox, junk=watch.junk, sent=watch.sent)
    before = count.read
    for role, name in ((Role.INBOX, found.inbox), (Role.JUNK, found.junk)):
        if name:
            await _read_folder(one, role, name)
    async with store.write() as tx:
        await mailboxes.note(tx, watch.name, seen_at=now, error="")
    return count.read - before


async def _read_folder(one: _Pass, role: Role, name: str) -> None:
    door, watch, count = one.door, one.watch, one.count
    state = await door.select(name)
    count.tops[name] = state.uidnext
    async with one.store.read() as tx:
        cursor = (await mailboxes.folders(tx, watch.name)).get(name)
    if cursor is None or cursor.uidvalidity != state.uidvalidity:
        cursor = await _first_contact(one, role, name, state)
    new = await door.uids_after(cursor.last_uid)
    below = cursor.low_uid and not one.new_alone
    old = [u for u in await door.uids_after(0) if u < cursor.low_uid] if below else []
    total, done = len(new) + len(old), 0
    first = cursor.first_at is not None and cursor.low_uid > 0
    place = Place(
        watch=watch, role=role, folder=name, uidvalidity=state.uidvalidity, now=one.now,
        old_before=cursor.first_at - watch.first_contact if first and cursor.first_at else None,
    )  # fmt: skip
    for start in range(0, len(new), CHUNK):
        chunk = new[start : start + CHUNK]
        async for batch in door.fetch(chunk):
            cursor = cursor.evolve(last_uid=max(cursor.last_uid, *(m.uid for m in batch)))
            done += await _take(one.store, place, cursor, batch, count)
            _tell(one.progress, name, done, total)
        cursor = cursor.evolve(last_uid=chunk[-1])  # what vanished meanwhile is passed too
        await _move_cursor(one.store, cursor)
    if below:
        await _read_old(one, place, cursor, old, done)


async def _read_old(one: _Pass, place: Place, cursor: Folder, old: Sequence[int], done: int) -> None:
    """What lay in the folder before, newest first; between two chunks what has come since is seen to."""
    total = done + len(old)
    for stop in range(len(old), 0, -CHUNK):
        chunk = old[max(0, stop - CHUNK) : stop]
        async for batch in one.door.fetch(chunk):
            done += await _take(one.store, place, None, batch, one.count)
            _tell(one.progress, place.folder, done, total)
        cursor = cursor.evolve(low_uid=chunk[0])
        await _move_cursor(one.store, cursor)
        if one.beside is not None and await one.beside(place.folder, done, total):
            if (await one.door.select(place.folder)).uidvalidity != cursor.uidvalidity:
                return  # numbered anew meanwhile: the next pass begins with that
            async with one.store.read() as tx:
                cursor = (await mailboxes.folders(tx, one.watch.name)).get(place.folder, cursor)
    await _move_cursor(one.store, cursor.evolve(low_uid=0))


def _tell(progress: Progress | None, name: str, done: int, total: int) -> None:
    if progress is not None:
        progress(name, done, total)


async def _first_contact(one: _Pass, role: Role, name: str, state: FolderState) -> Folder:
    """A cursor that begins at the folder's present end and works downwards."""
    top = state.uidnext - 1 if state.uidnext else max(await one.door.uids_after(0), default=0)
    cursor = Folder(
        mailbox=one.watch.name, role=role, name=name, uidvalidity=state.uidvalidity, last_uid=top, low_uid=top + 1,
        first_at=one.now,
    )  # fmt: skip
    await _move_cursor(one.store, cursor)
    return cursor


async def _move_cursor(store: Store, cursor: Folder) -> None:
    async with store.write() as tx:
        await mailboxes.save_folder(tx, cursor)


async def _take(store: Store, place: Place, cursor: Folder | None, batch: Sequence[FetchedMail], count: Fetched) -> int:
    """Read, judge and store a batch; the cursor moves in the same transaction."""
    # reading and judging is arithmetic: in a thread, so that clicks and timers are served meanwhile
    rows = await asyncio.to_thread(rows_of, place, batch)
    async with store.write() as tx:
        count.new += await mails.add(tx, rows)
        if cursor is not None:
            await mailboxes.save_folder(tx, cursor)
    count.read += len(batch)
    count.quarantined += sum(1 for row in rows if row.reason)
    return len(batch)


def rows_of(place: Place, batch: Sequence[FetchedMail]) -> list[Mail]:
    """The rows of some fetched mails, in order. A mail that cannot be read becomes a quarantined row."""
    readings: dict[int, Reading] = {}
    reasons: dict[int, str] = {}
    for number, mail in enumerate(batch):
        try:
            readings[number] = read(
                mail.raw,
                own_addresses=(place.watch.address,),
                authserv_id=place.watch.authserv_ids,
                arrived=mail.arrived,
            )
        except UnreadableMailError as error:
            reasons[number] = str(error)
        except Exception as error:  # noqa: BLE001 -- promise 1: whatever a mail breaks, the next one goes on
            reasons[number] = f"{type(error).__name__}: {error}"
    order = list(readings)
    judged = {}
    if place.role != Role.SENT and order:
        judged = dict(zip(order, place.watch.judge([readings[n] for n in order], place.role), strict=True))
    rows: list[Mail] = []
    for number, mail in enumerate(batch):
        where = Where(
            mailbox=place.watch.name, role=place.role, folder=place.folder, uidvalidity=place.uidvalidity, uid=mail.uid,
            arrived=mail.arrived, now=place.now,
        )  # fmt: skip
        if number in reasons:
            rows.append(quarantined(mail.raw, reasons[number], where))
        else:
            row = row_of(readings[number], judged.get(number), mail.raw, where, old_before=place.old_before)
            rows.append(row)
    return rows
