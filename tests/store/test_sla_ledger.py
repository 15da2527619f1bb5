"""Closing and opening again over the store: figures, deadlines and steps follow."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from helpdesk.domain import Ack, Mail, Status
from helpdesk.marketplaces.registry import PROFILES
from helpdesk.reports.figures import Figures, figures
from helpdesk.sla import job
from helpdesk.sla.clock import Rules
from helpdesk.sla.escalations import Desk
from helpdesk.sla.ledger import Ledger
from helpdesk.store import figures as query
from helpdesk.store import tickets
from helpdesk.store.engine import Store
from helpdesk.tickets import lifecycle

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def rules_of(marketplace: str) -> Rules:
    """The profiles as they come."""
    return Rules(profile=PROFILES[marketplace].sla)


async def arrived(store: Store, at: datetime) -> int:
    """A buyer's mail as filing takes it in; the ticket's number."""
    mail = Mail(
        mailbox="shop", role="inbox", folder="INBOX", uidvalidity=1, uid=1, body_hash="0", arrived_at=at,
        clock_start=at, fetched_at=at, customer="anna@buyers.test", subject="The lid", channel="amazon",
    )  # fmt: skip
    async with store.write() as tx:
        ledger = Ledger(tx, rules_of)
        conversation = ledger.begin(lifecycle.begin(mail, marketplace="amazon", ack=Ack.OFF, now=at))
        conversation.receive(mail, at)
        await ledger.save()
    return conversation.ticket.id


async def total(store: Store, now: datetime) -> Figures:
    """The figures of a week."""
    async with store.read() as tx:
        return figures(await query.window(tx, since=now - 168 * HOUR, until=now), None)[1]


@pytest.mark.parametrize("closing", ["not_a_buyer", "no_response"])
async def test_a_closing_taken_back_puts_the_clock_on_again(store: Store, closing: str) -> None:
    """What a click took out of queue and figures is back after "reopen", as old as it is, and escalates at once."""
    number = await arrived(store, NOW - 21 * HOUR)
    async with store.write() as tx:
        ledger = Ledger(tx, rules_of)
        it = await ledger.one(number)
        assert it is not None
        getattr(it, closing)("UANNE", NOW - 10 * HOUR)
        await ledger.save()
    assert await job.run_once(store, NOW, Desk(rules_of=rules_of, channel="#alarm")) == 0
    assert (await total(store, NOW + 10 * HOUR)).unanswered == 0

    async with store.write() as tx:
        ledger = Ledger(tx, rules_of)
        it = await ledger.one(number)
        assert it is not None
        it.reopen("UBEN", NOW)
        await ledger.save()

    async with store.read() as tx:
        after = await tickets.get(tx, number)
    assert after is not None
    assert (after.status, after.due_at) == (Status.OPEN, NOW + 3 * HOUR)
    assert (await total(store, NOW + 10 * HOUR)).unanswered == 1
    assert await job.run_once(store, NOW, Desk(rules_of=rules_of, channel="#alarm")) == 1
