"""The Sent folder of one mailbox, asked and filled on a connection of its own: the other one idles at the Inbox."""

from __future__ import annotations

import asyncio
from datetime import datetime

from helpdesk.app.parts import Parts
from helpdesk.errors import MailboxError
from helpdesk.intake.imap import ImapMailbox
from helpdesk.settings import MailboxSettings


class ImapSent:
    """Opened at the first question; after any trouble the next question opens it anew."""

    def __init__(self, parts: Parts, box: MailboxSettings) -> None:
        self._parts = parts
        self._box = box
        self._door: ImapMailbox | None = None
        self._folder: str | None = None
        self._turn = asyncio.Lock()

    async def _open(self) -> ImapMailbox:
        if self._door is None:
            door = self._parts.imap(self._box)
            await door.connect()
            found = await door.folders(inbox=self._box.imap.inbox, junk=self._box.imap.junk, sent=self._box.imap.sent)
            self._door, self._folder = door, found.sent
        return self._door

    async def sent_has(self, message_id: str) -> bool | None:
        """Does a mail with this Message-ID lie there? None: there is no such folder. Raises MailboxError."""
        async with self._turn:
            try:
                door = await self._open()
                return None if self._folder is None else bool(await door.find_message_id(self._folder, message_id))
            except MailboxError:
                await self._drop()
                raise

    async def file_sent(self, raw: bytes, at: datetime) -> None:
        """Put a copy there, read."""
        async with self._turn:
            try:
                door = await self._open()
                if self._folder is None:
                    raise MailboxError(f"{self._box.name} has no Sent folder for the copy", permanent=True)
                await door.append(self._folder, raw, when=at)
            except MailboxError:
                await self._drop()
                raise

    async def _drop(self) -> None:
        if self._door is not None:
            await self._door.close()
            self._door = None

    async def close(self) -> None:
        """Say goodbye."""
        async with self._turn:
            await self._drop()
