"""The IMAP door: one mailbox over one connection. The only way from helpdesk to aioimaplib.

Every method may raise MailboxError; after one that says the connection is lost (or after a cancelled call) `connect`
again. Methods may be called by several tasks at once: they take turns, and one that waits ends a running `idle`.
"Reading" methods (uids_after, uids_since, fetch, fetch_part, idle) work on the folder of the last `select`, which is
opened again by itself when a move or a search came between; so one task reads, others may move and search.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import date, datetime

from aioimaplib.aioimaplib import AUTH, SELECTED

from helpdesk.errors import MailboxError
from helpdesk.intake import imap_fetch, imap_move, imap_open
from helpdesk.intake.folders import Listed, NoSuchFolderError, choose
from helpdesk.intake.imap_connection import Connection
from helpdesk.intake.imap_fetch import FIRST_PART, LARGEST_MAIL, SIZES_AT_ONCE, bare_id
from helpdesk.intake.imap_wire import date_text, encode_name, moment_text, quote, search_numbers
from helpdesk.intake.mailbox import FetchedMail, Folders, FolderState, ImapAccess, MoveResult, backoff

__all__ = ["FetchedMail", "FolderState", "Folders", "ImapAccess", "ImapMailbox", "MoveResult", "backoff"]


class ImapMailbox:
    """One mailbox; see the module's words. Not connected before `connect`."""

    def __init__(self, access: ImapAccess) -> None:
        self.access = access
        self._connection: Connection | None = None
        self._lock = asyncio.Lock()
        self._hurry = asyncio.Event()  # somebody waits for the turn: a running idle ends
        self._open_now: tuple[str, bool] | None = None  # wire name, read-only
        self._reading: FolderState | None = None
        self._listed: list[Listed] | None = None

    # ------------------------------------------------------------------ the connection

    async def connect(self) -> None:
        """Connect and log in; an earlier connection is given up. `permanent` when the login was refused."""
        await self.close()
        connection = Connection(self.access)
        await connection.open()
        self._connection = connection
        self._open_now = self._reading = self._listed = None

    async def close(self) -> None:
        """Say goodbye; nothing happens where nothing is open."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    @property
    def connected(self) -> bool:
        """False before `connect` and once the connection ended."""
        return self._connection is not None and self._connection.alive

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[Connection]:
        """The connection, for one task at a time (trap 6)."""
        self._hurry.set()
        async with self._lock:
            self._hurry.clear()
            connection = self._connection
            if connection is None:
                raise MailboxError(f"IMAP {self.access.host}: not connected")
            yield connection

    # ------------------------------------------------------------------ folders

    async def folders(self, *, inbox: str = "INBOX", junk: str = "auto", sent: str = "auto") -> Folders:
        """The folders' names: by configured name, special use (RFC 6154) or known name; None where there is none.

        A configured name that is not there is a permanent MailboxError naming the nearest existing one.
        """
        async with self._turn() as connection:
            listed = await self._list(connection)
        found: dict[str, str | None] = {}
        for role, wanted in (("inbox", inbox or "INBOX"), ("junk", junk), ("sent", sent)):
            try:
                folder = choose(listed, role, wanted)
            except NoSuchFolderError as error:
                near = f": did you mean {error.nearest!r}?" if error.nearest else ""
                raise connection.error(f"there is no folder {error.wanted!r}{near}", permanent=True) from None
            found[role] = folder.name if folder else None
        return Folders(inbox=found["inbox"] or "INBOX", junk=found["junk"], sent=found["sent"])

    async def _list(self, connection: Connection) -> list[Listed]:
        if self._listed is None:
            self._listed = await imap_open.listed(connection)
        return self._listed

    def _wire(self, folder: str) -> str:
        """A folder's name as the server writes it."""
        for listed in self._listed or ():
            if folder in {listed.name, listed.wire}:
                return listed.wire
        return encode_name(folder)

    async def select(self, folder: str, *, readonly: bool = True) -> FolderState:
        """Open a folder for the reading methods (EXAMINE, or SELECT for writing)."""
        async with self._turn() as connection:
            self._reading = await self._open(connection, folder, readonly=readonly)
            return self._reading

    async def _open(self, connection: Connection, folder: str, *, readonly: bool) -> FolderState:
        wire = self._wire(folder)
        self._open_now = None
        connection.protocol.state = AUTH  # a refused SELECT leaves no folder open
        answer = await connection.demand("EXAMINE" if readonly else "SELECT", quote(wire))
        connection.protocol.state = SELECTED
        self._open_now = (wire, readonly)
        return imap_open.state_of(folder, answer)

    async def _reopen(self, connection: Connection) -> FolderState:
        """The reading folder, open again if a move or a search opened another; its numbers must still mean the same."""
        reading = self._reading
        if reading is None:
            raise connection.error("no folder is selected")
        if self._open_now is None or self._open_now[0] != self._wire(reading.folder):
            again = await self._open(connection, reading.folder, readonly=True)
            if again.uidvalidity != reading.uidvalidity:
                raise connection.error(f"{reading.folder} was numbered anew (UIDVALIDITY) while it was read")
        return reading

    # ------------------------------------------------------------------ reading

    async def uids_after(self, last_uid: int) -> list[int]:
        """UIDs above `last_uid`, ascending; `n:*` names the highest UID even below n, so it is filtered."""
        return [uid for uid in await self._search("UID", f"{last_uid + 1}:*") if uid > last_uid]

    async def uids_since(self, day: date) -> list[int]:
        """UIDs of mails that arrived on this day (the server's) or later, ascending."""
        return await self._search("SINCE", date_text(day))

    async def _search(self, *criteria: str) -> list[int]:
        async with self._turn() as connection:
            await self._reopen(connection)
            # no CHARSET: Exchange answers BADCHARSET to one (trap 13)
            answer = await connection.demand("SEARCH", *criteria, prefix="UID")
            return sorted(search_numbers(answer.untagged))

    async def fetch(self, uids: Sequence[int], *, max_bytes: int | None = None) -> AsyncIterator[list[FetchedMail]]:
        """The mails in batches bounded by number and bytes, in the order of `uids`; vanished ones are absent.

        A mail larger than `max_bytes` (default 26 MB) comes as its first part, `truncated`.
        """
        largest = LARGEST_MAIL if max_bytes is None else max_bytes
        for start in range(0, len(uids), SIZES_AT_ONCE):
            async with self._turn() as connection:
                await self._reopen(connection)
                measured = await imap_fetch.sizes(connection, uids[start : start + SIZES_AT_ONCE])
            for batch in imap_fetch.batches(measured, largest):
                first = min(FIRST_PART, largest) if measured[batch[0]] > largest else None
                async with self._turn() as connection:
                    await self._reopen(connection)
                    mails = await imap_fetch.mails(connection, batch, first_part=first)
                yield mails

    async def fetch_part(self, uid: int, part: str) -> bytes:
        """One MIME part's content ("2", "1.2"), its transfer encoding undone."""
        async with self._turn() as connection:
            await self._reopen(connection)
            return await imap_fetch.part(connection, uid, part)

    async def find_message_id(self, folder: str, message_id: str) -> list[int]:
        """UIDs in a folder whose Message-ID is exactly this one."""
        async with self._turn() as connection:
            await self._open(connection, folder, readonly=True)
            return await imap_move.find(connection, message_id)

    # ------------------------------------------------------------------ writing

    async def move(self, uid: int, source: str, target: str, *, expect_message_id: str | None = None) -> MoveResult:
        """Move a mail and mark it as no junk; repeating it is harmless.

        Where the UID is gone or another mail's, the mail is looked for by Message-ID in the source, then in the target.
        """
        expected = bare_id(expect_message_id) if expect_message_id else ""
        async with self._turn() as connection:
            await self._open(connection, source, readonly=False)
            ids = await imap_fetch.message_ids(connection, [uid]) if uid else {}
            if uid not in ids or (expected and ids[uid] != expected):
                there = await imap_move.find(connection, expected, "UNDELETED") if expected else []
                if not there:
                    return await self._moved_before(connection, target, expected)
                uid = there[0]
            twins: Iterable[int] = ()
            if expected and not connection.has("MOVE"):
                twins = await self._twins(connection, uid, source, target, expected)
            await imap_move.mark(connection, uid, junk=False)
            return await imap_move.carry(connection, uid, self._wire(target), list(twins), checked=bool(expected))

    async def _moved_before(self, connection: Connection, target: str, expected: str) -> MoveResult:
        if not expected:
            return MoveResult(done=False)
        state = await self._open(connection, target, readonly=True)
        found = await imap_move.find(connection, expected)
        if not found:
            return MoveResult(done=False)
        return MoveResult(done=True, new_uid=found[-1], new_uidvalidity=state.uidvalidity)

    async def _twins(self, connection: Connection, uid: int, source: str, target: str, expected: str) -> list[int]:
        """Copies of this very mail in the target, left by a COPY whose end was not seen."""
        size = (await imap_fetch.sizes(connection, [uid])).get(uid, 0)
        raw = None
        if size <= imap_move.COMPARED:
            raw = next((m.raw for m in await imap_fetch.mails(connection, [uid], first_part=None)), None)
        await self._open(connection, target, readonly=True)
        found = await imap_move.twins(connection, expected, size, raw)
        await self._open(connection, source, readonly=False)
        return found

    async def append(
        self, folder: str, raw: bytes, *, flags: Sequence[str] = ("\\Seen",), when: datetime | None = None
    ) -> None:
        """Put a mail into a folder. `when`: its INTERNALDATE, aware."""
        moment = [moment_text(when)] if when else []
        async with self._turn() as connection:
            wire = quote(self._wire(folder))
            words = (wire, f"({' '.join(flags)})", *moment, f"{{{len(raw)}}}")
            answer = await connection.ask("APPEND", *words, replies=(raw,))
            if answer.result != "OK":
                raise connection.refusal("APPEND", answer)

    async def noop(self) -> None:
        """Ask for a sign of life."""
        async with self._turn() as connection:
            await connection.demand("NOOP")

    # ------------------------------------------------------------------ waiting

    async def idle(self, *, stop: asyncio.Event, max_seconds: float) -> bool:
        """Wait until something happens in the folder: True, look again; False: the time is over, or `stop` was set.

        Another task that wants the connection ends it too. Without IDLE on the server it is a sleep. Raises
        MailboxError when the connection is dead: DONE must be answered within the time limit (trap 17).
        """
        patience = min(max_seconds, self.access.idle_refresh)
        async with self._turn() as connection:
            await self._reopen(connection)
            if connection.has("IDLE"):
                return await self._idle(connection, stop, patience)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), patience)
        return False

    async def _idle(self, connection: Connection, stop: asyncio.Event, patience: float) -> bool:
        stirred = connection.protocol.stirred
        stirred.clear()
        command = connection.start("IDLE")
        try:
            async with asyncio.timeout(self.access.timeout):
                await command.accepted.wait()
            await _first((stop, stirred, self._hurry), patience)
            connection.protocol.send("DONE")
        except TimeoutError as error:
            connection.protocol.break_off("IDLE was not answered")
            raise connection.error(f"no answer to IDLE within {self.access.timeout:g} s") from error
        except BaseException:
            connection.protocol.break_off("IDLE was cancelled")
            raise
        happened = stirred.is_set()
        await connection.settle(command)
        return happened or stirred.is_set()


async def _first(events: Sequence[asyncio.Event], patience: float) -> None:
    """Return when one of the events is set, or after so many seconds."""
    waiting = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
