"""The loop of one mailbox outlives whatever fails in it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import cast

import pytest

from helpdesk.app.mailbox import MailboxLoop
from helpdesk.app.parts import Parts
from helpdesk.settings import MailboxSettings
from helpdesk.store import mailboxes
from helpdesk.store.engine import Store


class Door:
    """Connects never: first the database is away, then the loop is stopped."""

    def __init__(self, stop: asyncio.Event) -> None:
        self.stop, self.tries = stop, 0

    async def connect(self) -> None:
        """An error that is none of ours, as a database driver raises it."""
        self.tries += 1
        if self.tries == 3:
            self.stop.set()
        raise ConnectionRefusedError(111, "Connect call failed")

    async def close(self) -> None:
        """Nothing is open."""


async def test_a_database_that_goes_away_does_not_end_the_mailbox(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is tried again until the stop; even the lease's release may fail."""
    stop = asyncio.Event()
    door = Door(stop)
    box = MailboxSettings.model_validate({"name": "shop", "address": "a@shop.example", "imap": {"host": "127.0.0.1"}})
    parts = SimpleNamespace(store=store, worker="w", imap=lambda _box: door)
    loop = MailboxLoop(cast(Parts, parts), box, stop)
    monkeypatch.setattr(loop, "_pause", lambda _error, _tries: 0.0)
    monkeypatch.setattr(loop, "_renew", stop.wait)  # the lease is another test's matter
    loop.held = True
    write = store.write

    def away() -> object:
        if door.tries:
            raise ConnectionRefusedError(111, "Connect call failed")
        return write()

    monkeypatch.setattr(store, "write", away)
    await asyncio.wait_for(loop.run(), 20)

    assert door.tries == 3


async def test_renewing_the_lease_does_not_end_the_waiting_for_mail(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How often Junk is looked at is `poll`'s to say; only a lease won or lost is told at once."""
    stop = asyncio.Event()
    box = MailboxSettings.model_validate({"name": "shop", "address": "a@shop.example", "imap": {"host": "127.0.0.1"}})
    async with store.write() as tx:
        await mailboxes.ensure(tx, [box.name])
    loop = MailboxLoop(cast(Parts, SimpleNamespace(store=store, worker="w")), box, stop)
    monkeypatch.setattr("helpdesk.app.mailbox.RENEW", timedelta(milliseconds=20))
    renewing = asyncio.create_task(loop._renew())
    await asyncio.wait_for(loop.knock.wait(), 5)
    assert loop.held
    loop.knock.clear()
    await asyncio.sleep(0.3)
    assert not loop.knock.is_set()

    async with store.write() as tx:
        await mailboxes.release(tx, box.name, "w")
        assert await mailboxes.acquire(tx, box.name, "another", datetime.now(UTC))
    await asyncio.wait_for(loop.knock.wait(), 5)
    renewing.cancel()
    assert not loop.held
