"""The IMAP door in tests: how to reach a mailbox, and a connected door."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from helpdesk.intake.imap import FetchedMail, ImapAccess, ImapMailbox
from tests.support.dovecot import PASSWORD


def access_to(port: int, user: str = "shop@example.test", **changes: Any) -> ImapAccess:
    """How to reach a mailbox on this machine; `changes` to any field."""
    fields: dict[str, Any] = {
        "host": "127.0.0.1", "port": port, "security": "none", "username": user, "password": PASSWORD,
        "timeout": 5.0, "idle_refresh": 60.0,
    }  # fmt: skip
    return ImapAccess(**{**fields, **changes})


@asynccontextmanager
async def door_to(port: int, user: str = "shop@example.test", **changes: Any) -> AsyncIterator[ImapMailbox]:
    """A connected door, closed at the end."""
    door = ImapMailbox(access_to(port, user, **changes))
    await door.connect()
    try:
        yield door
    finally:
        await door.close()


async def fetch_all(door: ImapMailbox, uids: list[int]) -> list[FetchedMail]:
    """All mails of all batches."""
    return [mail async for batch in door.fetch(uids) for mail in batch]


def letter(name: str, *, body: bytes = b"Where is my parcel?\r\n") -> bytes:
    """A small mail; its Message-ID is `name`@buyers.test."""
    head = f"From: a@b.test\r\nSubject: {name}\r\nMessage-ID: <{name}@buyers.test>\r\n\r\n"
    return head.encode() + body
