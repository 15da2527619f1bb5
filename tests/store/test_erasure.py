"""Forgetting a buyer, retention, and taking the data out."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import text

from helpdesk.domain import Effect, Event, Outbox, OutboxState
from helpdesk.reports import gathering
from helpdesk.reports.figures import Window
from helpdesk.store import erasure, exporting, mails, outbox, tickets
from helpdesk.store.engine import Store
from tests.support.managers import NOW, WORDS, fill, invented, letter

SECRETS = ("buyer5@", "Buyer 5", "111-0000005-0000001", "the parcel for Buyer 5")


async def everything(store: Store) -> str:
    """All that the database holds, as text."""
    async with store.read() as tx:
        return "\n".join([json.dumps(row) for name in exporting.TABLES async for row in exporting.rows(tx, name)])


async def filled(store: Store) -> None:
    """A history in which buyer 5 left traces everywhere."""
    await fill(store, invented(40))
    async with store.write() as tx:
        detail = {"text": "the parcel for Buyer 5", "template": "wismo"}
        await tickets.log(tx, [Event(ticket_id=5, at=NOW, kind="reply_queued", actor="U0ANNA", detail=detail)])
        for number, kind in enumerate(("reply", "escalation", "card")):
            await outbox.enqueue(
                tx,
                Outbox(
                    key=f"{kind}:5", effect=Effect.MAIL if kind == "reply" else Effect.POST, lane="shop", ticket_id=5,
                    state=OutboxState.QUEUED, created_at=NOW, next_at=NOW,
                    payload={"kind": kind, "to": "buyer5@buyers.example", "raw": SECRETS[3], "ticket": number},
                ),
            )  # fmt: skip


@pytest.mark.parametrize("address", ["buyer5@buyers.example", "BUYER5+case7@buyers.example"])
async def test_a_forgotten_buyer_leaves_no_trace(store: Store, address: str) -> None:
    """Words, name, address and order are nowhere any more; everybody else's stay."""
    await filled(store)
    async with store.write() as tx:
        numbers = await erasure.of_address(tx, address)
        done = await erasure.conversations(tx, numbers, NOW)
    assert numbers == [5]
    assert done["tickets"] == done["mails"] == 1
    left = await everything(store)
    for secret in SECRETS:
        assert secret not in left, secret
    assert "buyer6@buyers.example" in left
    assert left.count(WORDS) == 2 * 39  # the mails' words, and as quoted


async def test_figures_outlive_the_buyer(store: Store) -> None:
    """The response figures are the same before and after."""
    await filled(store)
    asked = Window(since=NOW - timedelta(days=90), until=NOW, by="topic")
    async with store.read() as tx:
        before = await gathering.response(tx, asked)
    async with store.write() as tx:
        await erasure.conversations(tx, list(range(1, 41)), NOW)
    async with store.read() as tx:
        assert await gathering.response(tx, asked) == before


async def test_nothing_goes_out_to_a_forgotten_buyer(store: Store) -> None:
    """What waited to be sent or told is dropped; only the card follows, blank."""
    await filled(store)
    async with store.write() as tx:
        await erasure.conversations(tx, [5], NOW)
    async with store.read() as tx:
        assert [row.key for row in await outbox.of_ticket(tx, 5)] == ["card:5"]


async def test_a_forgotten_mail_is_not_taken_for_new(store: Store) -> None:
    """The mail still lies on the server: seen again, it stays erased."""
    await filled(store)
    async with store.write() as tx:
        ticket = await tickets.get(tx, 5)
        assert ticket is not None
        again = letter(5, ticket)
        await erasure.conversations(tx, [5], NOW)
        assert await mails.add(tx, [again]) == 0
        found = await mails.of_ticket(tx, 5)
    assert [mail.text for mail in found] == [""]


async def test_retention_takes_only_what_is_old(store: Store) -> None:
    """Conversations whose last mail is older are erased, once."""
    await filled(store)
    before = NOW - timedelta(days=20)
    async with store.write() as tx:
        numbers = await erasure.older(tx, before)
        await erasure.conversations(tx, numbers, NOW)
        assert await erasure.older(tx, before) == []
        kept = [one for one in await tickets.listing(tx) if one.buyer]
    assert numbers
    assert kept
    assert all(one.last_mail_at >= before for one in kept)


async def test_mails_of_no_conversation_go_too(store: Store) -> None:
    """Spam and notices hold names as well."""
    await filled(store)
    async with store.write() as tx:
        await tx.execute(text("UPDATE mail SET ticket_id = NULL WHERE id = 7"))
        assert await erasure.lone_mails(tx, address="buyer7@buyers.example") == 1
        assert await erasure.lone_mails(tx, address="buyer7@buyers.example") == 0
