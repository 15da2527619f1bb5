"""A Slack stand-in with a team in it, and what tests do with it again and again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from helpdesk.domain import Event, Mail, Ticket
from helpdesk.sandbox.slack import SlackStandIn
from helpdesk.slack.board import Board
from helpdesk.slack.door import SlackDoor
from helpdesk.slack.job import Counts, run_once
from helpdesk.store import mails, tickets
from helpdesk.store.engine import Store
from tests.support.databases import with_tables

MIA, BEN, BOSS = "U0MIA0001", "U0BEN0001", "U0BOSS001"
CHANNEL, ESCALATIONS = "#buyer-support", "#buyer-escalations"
NOW = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
BOARD = Board(channel=CHANNEL, escalations=ESCALATIONS, zone=ZoneInfo("Europe/Berlin"), managers=(BOSS,))


def a_team(slack: SlackStandIn) -> SlackStandIn:
    """Three people and two channels."""
    for user, name in ((MIA, "Mia"), (BEN, "Ben"), (BOSS, "Boss")):
        slack.state.add_user(user, name.lower(), real_name=name)
    slack.state.add_channel(CHANNEL)
    slack.state.add_channel(ESCALATIONS)
    return slack


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    """A running stand-in with a team."""
    async with a_team(SlackStandIn()) as running:
        yield running


@pytest.fixture
async def door(slack: SlackStandIn) -> AsyncIterator[SlackDoor]:
    """The door to it."""
    opened = SlackDoor(slack.state.bot_token, slack.url, timeout=2.0)
    yield opened
    await opened.close()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """An empty database."""
    opened = Store.connect(with_tables(tmp_path))
    yield opened
    await opened.close()


class Desk:
    """The job's side of a test: a store with tickets, and passes at a clock that stands still unless moved."""

    def __init__(self, store: Store, door: SlackDoor, worker: str = "one") -> None:
        self.store, self.door, self.worker = store, door, worker
        self.now = NOW
        self.counts = Counts()

    async def work(self, passes: int = 20) -> int:
        """Passes until nothing moves; returns how many rows moved."""
        total = 0
        for _ in range(passes):
            moved = await run_once(self.store, self.door, BOARD, self.now, worker=self.worker, counts=self.counts)
            total += moved
            if not moved:
                break
        return total

    async def add(self, *rows: Ticket) -> list[Ticket]:
        """Tickets into the store."""
        async with self.store.write() as tx:
            return await tickets.add(tx, [row.evolve(id=0) for row in rows])

    async def mail(self, mail: Mail) -> int:
        """A mail into the store; its number."""
        async with self.store.write() as tx:
            await mails.add(tx, [mail.evolve(id=0)])
            found = await mails.by_message_ids(tx, mail.mailbox, [mail.message_id])
            fields: dict[str, Any] = {"verdict": mail.verdict, "reasons": mail.reasons, "ticket_id": mail.ticket_id}
            await mails.change(tx, found[0].id, **fields)
            return found[0].id

    async def change(self, number: int, *events: Event, **values: Any) -> Ticket:
        """A change of a ticket with its events."""
        async with self.store.write() as tx:
            before = await tickets.get(tx, number)
            assert before is not None
            await tickets.change(tx, number, rev=before.rev + 1, **values)
            await tickets.log(tx, [event.evolve(ticket_id=number) for event in events])
        return await self.ticket(number)

    async def ticket(self, number: int) -> Ticket:
        """One ticket as it is now."""
        async with self.store.read() as tx:
            found = await tickets.get(tx, number)
        assert found is not None
        return found
