"""The IMAP door: one mailbox over one connection. The only way from helpdesk to aioimaplib.

Every method may raise MailboxError; after one that says the connection is lost, and after a cancelled call, `connect`
again. Methods may be called by several tasks at once: they take turns, and one that waits ends a running `idle`.
The reading methods (uids_after, uids_since, fetch, fetch_part, idle) work on the folder of the last `select`, which is
opened again by itself when a move or a search came between; so one task reads while others move, search and append.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import date, datetime
from typing import Final

from helpdesk.errors import MailboxError
from helpdesk.intake import imap_fetch, imap_move
from helpdesk.intake.imap_connection import Connection
from helpdesk.intake.imap_fetch import FIRST_PART, LARGEST_MAIL, SIZES_AT_ONCE
from helpdesk.intake.imap_open import FolderOpener
from helpdesk.intake.imap_wire import date_text, moment_text, quote, search_numbers
from helpdesk.intake.mailbox import FetchedMail, Folders, FolderState, ImapAccess, MoveResult, backoff

__all__ = ["FetchedMail", "FolderState", "Folders", "ImapAccess", "ImapMailbox", "MoveResult", "backoff"]

#: Seconds that each of the two last words of an IDLE may take once `stop` is set: a stop is seen within 0.5 s.
STOP_LIMIT: Final = 0.2
_HIGHEST_UID: Final = 2**32 - 1
_BARE_LF = re.compile(rb"(?<!\r)\n|\r(?!\n)")


class ImapMailbox:
    """A mailbox. Make it, `connect`, use it, `close`; `connect` again after a loss."""

    def __init__(self, access: ImapAccess) -> None:
        self.access = access
        self._lock = asyncio.Lock()
        self._idling = False
        self._waiting = 0  # tasks that want a turn: a running idle makes way for them
        self._connection: Connection | None = None
        self._opener: FolderOpener | None = None
        self._reading: FolderState | None = None
        self._readonly = True
        self._looked: dict[str, int] = {}  # folder → UIDNEXT up to which its reader has looked
        self._junk: str | None = None

    @property
    def connected(self) -> bool:
        """False before `connect`, after `close` and once the connection was lost."""
        return self._connection is not None and self._connection.alive

    @property
    def capabilities(self) -> frozenset[str]:
        """What the server can do, in upper case, as it said after the login; empty without a connection."""
        return frozenset(self._connection.protocol.capabilities if self._connection else ())

    @property
    def socket(self) -> socket.socket | None:
        """The connection's socket, to look at its options; None without one."""
        transport = self._connection.protocol.transport if self._connection else None
        found: socket.socket | None = transport.get_extra_info("socket") if transport else None
        return found

    async def connect(self) -> None:
        """Opens a connection, encrypts as configured and verifies, logs in. An older connection is given up.

        MailboxError is permanent where only a person can help (refused login, certificate, no TLS); TokenError comes
        through as it is.
        """
        await self.close()
        async with self._lock:
            connection = Connection(self.access)
            await connection.open()
            self._connection, self._opener = connection, FolderOpener(connection)
            self._reading, self._looked = None, {}

    async def close(self) -> None:
        """Says goodbye if the server is quick about it, and ends the connection. Never raises MailboxError."""
        connection, self._connection, self._opener, self._reading = self._connection, None, None, None
        if connection is not None:
            await connection.close()

    # ------------------------------------------------------------------ folders

    async def folders(self, *, inbox: str = "INBOX", junk: str = "auto", sent: str = "auto") -> Folders:
        """Finds the folders: "auto" = by SPECIAL-USE, then by known names; "" = None; else that very folder.

        A configured name that does not exist is a permanent MailboxError naming the nearest one that does.
        """
        async with self._turn() as (_, opener):
            found = await opener.folders(inbox=inbox, junk=junk, sent=sent)
            self._junk = found.junk
            return found

    async def select(self, folder: str, *, readonly: bool = True) -> FolderState:
        """Opens a folder for reading (EXAMINE) and asks its present state; the reading methods then work on it."""
        async with self._turn() as (connection, opener):
            connection.protocol.stirred.clear()
            self._reading = state = await opener.open(folder, readonly=readonly)
            self._readonly = readonly
            connection.protocol.stirred.clear()
            if state.uidnext > self._looked.setdefault(folder, state.uidnext):
                connection.protocol.stirred.set()  # news since the reader last looked here: idle must not sleep on it
            return state

    # ------------------------------------------------------------------ reading

    async def uids_after(self, last_uid: int) -> list[int]:
        """UIDs above `last_uid` in the folder selected, ascending."""
        if last_uid >= _HIGHEST_UID:
            return []
        # `n:*` names the highest mail even if that is below n.
        return [uid for uid in await self._search("UID", f"{last_uid + 1}:*") if uid > last_uid]

    async def uids_since(self, day: date) -> list[int]:
        """UIDs of mails that arrived (INTERNALDATE, the server's time zone) on that day or later, ascending."""
        return await self._search("SINCE", date_text(day))

    async def _search(self, *criteria: str) -> list[int]:
        async with self._turn() as (connection, opener):
            state = await self._reopen(opener)
            connection.protocol.stirred.clear()  # what comes from now on may be missing from the answer
            answer = await connection.demand("SEARCH", *criteria, prefix="UID")  # no CHARSET: Exchange refuses it
            found = sorted(search_numbers(answer.untagged))
            self._looked[state.folder] = max(self._looked.get(state.folder, 0), *(u + 1 for u in found[-1:]), 0)
            return found

    async def fetch(self, uids: Iterable[int], *, max_bytes: int | None = None) -> AsyncIterator[list[FetchedMail]]:
        """The mails, in the order of `uids`, in batches of at most 50 mails and 32 MB; leaves \\Seen alone.

        A mail above `max_bytes` (26 MB if None) comes as its first megabyte, truncated. A mail that vanished meanwhile
        is absent; one the server cannot hand out is truncated, down to b"". Other tasks may have their turn between
        two batches. MailboxError if the folder's UIDVALIDITY changed meanwhile.
        """
        largest = LARGEST_MAIL if max_bytes is None else max_bytes
        wanted = list(uids)
        for start in range(0, len(wanted), SIZES_AT_ONCE):
            chunk = wanted[start : start + SIZES_AT_ONCE]
            async with self._turn() as (connection, opener):
                await self._reopen(opener)
                measured = await imap_fetch.sizes(connection, chunk)
            for batch in imap_fetch.batches(measured, largest):
                part = min(FIRST_PART, largest) if measured[batch[0]] > largest else None
                async with self._turn() as (connection, opener):
                    await self._reopen(opener)
                    mails = await imap_fetch.mails(connection, batch, first_part=part)
                if mails:
                    yield mails
                    del mails  # the caller has it: not two batches in memory at once

    async def fetch_part(self, uid: int, part: str) -> bytes:
        """The content of one MIME part ("2", "1.3") of a mail in the folder selected, its transfer encoding undone.

        Permanent MailboxError if the mail or the part is not there.
        """
        async with self._turn() as (connection, opener):
            await self._reopen(opener)
            return await imap_fetch.part(connection, uid, part)

    # ------------------------------------------------------------------ changing

    async def move(
        self,
        uid: int,
        source: str,
        target: str,
        *,
        expect_message_id: str | None = None,
        uidvalidity: int | None = None,
    ) -> MoveResult:
        """Moves one mail and marks it $NotJunk (or $Junk, if the target is the junk folder found by `folders`).

        May be repeated: a mail that is no longer under this UID (or is another one than `expect_message_id`, or whose
        folder has another `uidvalidity`) is looked for by its Message-ID in the target, then in the source. How a mail
        is moved without loss on servers without MOVE or UIDPLUS: see imap_move.
        """
        async with self._turn() as (connection, opener):
            if source == target:
                return MoveResult(done=True, new_uid=uid, new_uidvalidity=uidvalidity)
            junk = self._junk is not None and target == self._junk
            return await imap_move.move(
                connection, opener, uid, source, target,
                expected=expect_message_id or "", uidvalidity=uidvalidity, junk=junk,
            )  # fmt: skip

    async def move_many(
        self, wanted: Mapping[int, str], source: str, target: str, *, uidvalidity: int
    ) -> dict[int, MoveResult]:
        """As `move`, for all at once that lie where they are expected (uid → Message-ID); `move` is for the others."""
        async with self._turn() as (connection, opener):
            junk = self._junk is not None and target == self._junk
            return await imap_move.move_many(
                connection, opener, wanted, source, target, uidvalidity=uidvalidity, junk=junk
            )

    async def find_message_id(self, folder: str, message_id: str) -> list[int]:
        """UIDs in a folder whose Message-ID is exactly this one (with or without brackets), ascending."""
        async with self._turn() as (connection, opener):
            await opener(folder, readonly=True)
            return await imap_move.find(connection, message_id)

    async def append(
        self, folder: str, raw: bytes, *, flags: tuple[str, ...] = ("\\Seen",), when: datetime | None = None
    ) -> None:
        """Puts a mail into a folder, line ends made CRLF. `when` (aware) becomes its INTERNALDATE."""
        mail = _BARE_LF.sub(b"\r\n", raw) if _BARE_LF.search(raw) else raw
        words = [f"({' '.join(flags)})"] if flags else []
        words += [moment_text(when)] if when else []
        async with self._turn() as (connection, opener):
            name = quote(opener.wire(folder))
            answer = await connection.ask("APPEND", name, *words, f"{{{len(mail)}}}", replies=(mail,))
            if answer.result != "OK":
                raise connection.refusal(f"APPEND to {folder!r}", answer)

    async def noop(self) -> None:
        """A sign of life; MailboxError if the server gives none."""
        async with self._turn() as (connection, _):
            await connection.demand("NOOP")

    # ------------------------------------------------------------------ waiting

    async def idle(self, *, stop: asyncio.Event, max_seconds: float) -> bool:
        """Waits for news in the folder selected. True: look again; False: the time is over, or `stop` was set.

        The time: `max_seconds`, at most the access's idle_refresh.

        True also comes when another task wanted a turn, since its command may have swallowed the server's push.
        A connection that died raises MailboxError: at once if the network says so, else when DONE is not answered
        within the timeout (trap 17). Without IDLE it only waits: look again after False.
        """
        async with self._turn() as (connection, opener):
            await self._reopen(opener)
            protocol = connection.protocol
            self._idling = True
            if protocol.stirred.is_set() or self._waiting:
                self._idling = False
                return not stop.is_set()
            idling = connection.start("IDLE") if connection.has("IDLE") else None
            try:
                stirred = await _either(protocol.stirred, stop, min(max_seconds, self.access.idle_refresh))
            except asyncio.CancelledError:
                protocol.break_off("IDLE was cancelled")
                raise
            finally:
                self._idling = False
            if stop.is_set():
                with suppress(MailboxError):
                    await connection.end_idle(idling, STOP_LIMIT)
                return False
            await connection.end_idle(idling, self.access.timeout)
            return stirred

    # ------------------------------------------------------------------ inside

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[tuple[Connection, FolderOpener]]:
        """The lock (trap 6). Ends a running idle, so that nobody waits for it (trap 14)."""
        self._waiting += 1
        try:
            if self._idling and self._connection is not None:
                self._connection.protocol.stirred.set()
            await self._lock.acquire()
        finally:
            self._waiting -= 1
        try:
            if self._connection is None or self._opener is None:
                raise MailboxError(f"IMAP {self.access.host}: not connected")
            yield self._connection, self._opener
        finally:
            self._lock.release()

    async def _reopen(self, opener: FolderOpener) -> FolderState:
        """Opens the reader's folder again if another is open. Its UIDs must still mean the same mails."""
        if self._reading is None:
            raise opener.connection.error("no folder is selected")
        state = await opener(self._reading.folder, readonly=self._readonly)
        if state.uidvalidity != self._reading.uidvalidity:
            raise opener.connection.error(f"the UIDVALIDITY of {state.folder!r} changed; select it again")
        return state


async def _either(stirred: asyncio.Event, stop: asyncio.Event, seconds: float) -> bool:
    """Waits for one of two events, at most so long. True if the first is set."""
    waits = [asyncio.create_task(event.wait()) for event in (stirred, stop)]
    try:
        await asyncio.wait(waits, timeout=max(seconds, 0.0), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
    return stirred.is_set()
