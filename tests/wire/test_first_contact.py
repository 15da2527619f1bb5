"""A first contact that lasts: what comes meanwhile does not wait for its end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from helpdesk.app import mailbox as room
from helpdesk.app.judging import LazyJudge
from helpdesk.app.parts import open_parts
from helpdesk.intake.first_contact import under_way
from helpdesk.intake.mailbox import FetchedMail
from helpdesk.sandbox import letters
from helpdesk.sandbox.letters import person
from helpdesk.settings import load
from helpdesk.store import mailboxes, tickets
from tests.support.shop import Shop

BEFORE = 650


async def test_what_comes_during_a_first_contact_is_filed_and_rescued_at_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A buyer in the Inbox and one in Junk have their tickets while old mail is still unread; none of that is lost."""
    now = datetime.now(UTC)
    for number in range(BEFORE):
        shop.deliver(letters.newsletter(number, now - timedelta(days=30, minutes=number)))
    shop.deliver(letters.direct(7, now - timedelta(days=40)))
    assert (
        len(shop.lying("INBOX")) == BEFORE + 1
    )  # numbered before the next: Dovecot numbers what it finds in any order
    shop.deliver(letters.relayed(person(5), now - timedelta(hours=20)))
    monkeypatch.setattr(room, "LOOK", 0.0)
    monkeypatch.setattr(room, "SHARE", 0)
    rang: list[int] = []
    told: list[str] = []
    seen: list[tuple[int, int, bool]] = []  # before each chunk: tickets, mails in Junk, is the first contact through
    parts = await open_parts(load(shop.config), shop.folder, LazyJudge())
    parts.wake = lambda: rang.append(len(seen))
    (box,) = parts.settings.mailbox
    door = parts.imap(box)
    fetch = door.fetch

    async def watched(uids: Sequence[int]) -> AsyncIterator[list[FetchedMail]]:
        async with parts.store.read() as tx:
            (state,) = await mailboxes.listing(tx)
            told.extend(str(one) for one in await under_way(tx, datetime.now(UTC)))
            seen.append((len(await tickets.listing(tx)), len(shop.lying("Junk")), state.ready_at is not None))
        async for batch in fetch(uids):
            yield batch
        if len(seen) == 1:
            shop.deliver(letters.relayed(person(1), now))
            shop.deliver(letters.relayed(person(2), now), "Junk")

    monkeypatch.setattr(door, "fetch", watched)
    await door.connect()
    try:
        passed = await room.one_pass(parts, box, door, beside=True)
        async with parts.store.read() as tx:
            cursors = await mailboxes.folders(tx, "shop")
            (state,) = await mailboxes.listing(tx)
            found = await tickets.listing(tx)
            last = await under_way(tx, datetime.now(UTC))
    finally:
        await door.close()
        await parts.store.close()

    assert seen[-2:] == [(3, 0, False)] * 2  # old mail is still read when three tickets and the rescue are there
    assert min(rang) < len(seen)
    assert sorted((t.buyer, t.old) for t in found) == sorted(
        [(person(n).alias, False) for n in (1, 2, 5)] + [("eva.lind.7@freemail.test", True)]
    )
    assert (passed.fetched.new, passed.counts.rescued) == (BEFORE + 4, 1)
    assert {cursor.low_uid for cursor in cursors.values()} == {0}
    assert cursors["INBOX"].last_uid >= BEFORE + 3
    assert state.ready_at is not None

    # a worker that holds the mailbox would be "going"; here the pass was begun without its lease
    assert told[0].startswith("Reading mailbox shop stopped at ")
    assert any(f" of {BEFORE + 2 + new} mails" in told[0] for new in (0, 1, 2))
    assert last == []
