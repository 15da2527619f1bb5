"""Keeps in the database how far a first contact has come, for the pages, the doctor and Slack of any process."""

from __future__ import annotations

import time

from helpdesk.app.parts import Parts
from helpdesk.intake.first_contact import META, Reached
from helpdesk.intake.imap import ImapMailbox
from helpdesk.settings import MailboxSettings
from helpdesk.store import mailboxes, meta

#: A rate is told from this many seconds of reading on.
SOONEST = 3.0


class Telling:
    """One mailbox's first contact, told again and again while it lasts."""

    def __init__(self, parts: Parts, box: MailboxSettings, door: ImapMailbox) -> None:
        self.parts, self.box, self.door = parts, box, door
        self._left: dict[str, int] = {}  # folder → mails below its cursor
        self._whole = 0
        self._began: tuple[float, int] | None = None  # when it was first told of, and how much was read then

    async def read(self, folder: str, left: int) -> None:
        """So many mails of this folder are still to be read. At first the other folders are counted, on the door."""
        if self._began is None:
            await self._count()
        async with self.parts.store.read() as tx:
            cursors = await mailboxes.folders(tx, self.box.name)
        unread = {name for name, cursor in cursors.items() if cursor.low_uid}
        self._left = {name: mails for name, mails in self._left.items() if name in unread} | {folder: left}
        done, now = max(0, self._whole - sum(self._left.values())), time.monotonic()
        self._began = self._began or (now, done)
        since, before = self._began
        known = now - since >= SOONEST and done > before
        rest = (self._whole - done) * (now - since) / (done - before) if known else None
        await self._keep(Reached(done=done, of=self._whole, left=rest))

    async def filing(self) -> None:
        """Everything is read; said only where something was told before."""
        if self._began is not None:
            await self._keep(Reached(done=self._whole, of=self._whole))

    async def _count(self) -> None:
        imap = self.box.imap
        found = await self.door.folders(inbox=imap.inbox, junk=imap.junk, sent=imap.sent)
        async with self.parts.store.read() as tx:
            cursors = await mailboxes.folders(tx, self.box.name)
        for name in filter(None, (found.sent, found.inbox, found.junk)):
            self._whole += (await self.door.select(name)).exists
            low = cursors[name].low_uid if name in cursors else 0
            self._left[name] = sum(uid < low for uid in await self.door.uids_after(0)) if low else 0

    async def _keep(self, reached: Reached) -> None:
        async with self.parts.store.write() as tx:
            await meta.put(tx, META + self.box.name, reached.text(), self.parts.now())
