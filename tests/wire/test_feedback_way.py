"""The whole way of a feedback: report, card, edited, approved, submitted, and what the next report tells of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from helpdesk.domain_feedback import Feedback
from helpdesk.feedback.job import Watch, run_once
from helpdesk.sandbox.slack import SlackStandIn
from helpdesk.slack.commands import Clerk
from helpdesk.slack.door import SlackDoor
from helpdesk.slack.job import run_once as slack_once
from helpdesk.slack.listeners import Listeners
from helpdesk.store import feedback as queries
from helpdesk.store.engine import Store
from tests.support.slack import BOARD, CHANNEL, MIA, NOW, door, slack, store
from tests.support.slack_desk import BentDesk

__all__ = ["door", "slack", "store"]

HEAD = "Date\tRating\tComments\tResponse\tOrder ID\tRater Email"
LEAKS = "11/20/26\t1\tKettle leaks after two days.\t\t111-0000001-0000001\ta@raters.test"
LATE = "11/19/26\t2\tArrived two weeks late.\t\t111-0000002-0000002\tb@raters.test"
FRAYS = "11/18/26\t1\tTowel frays and loses colour.\t\t111-0000003-0000003\tc@raters.test"
#: Feedback that stays, so that the next reports cover the same days.
STAYS = (
    "11/23/26\t3\tok\t\t111-0000008-0000008\td@raters.test",
    "11/10/26\t3\tok\t\t111-0000009-0000009\te@raters.test",
)
ORDERS = "amazon-order-id\tfulfillment-channel\tsku\n111-0000002-0000002\tAmazon\tKET-2\n"


@dataclass
class Way:
    """A watched folder at one end, Slack at the other, a clock that the test turns."""

    folder: Path
    store: Store
    slack: SlackStandIn
    door: SlackDoor
    now: datetime = NOW
    reports: int = 0
    clerk: Clerk = field(init=False)

    async def report(self, *rows: str) -> None:
        """The next report comes into the folder, and everybody works until nothing moves."""
        self.reports += 1
        name = self.folder / "US" / f"report-{self.reports}.txt"
        name.write_text("\r\n".join([HEAD, *STAYS, *rows, ""]), encoding="cp1252")
        await self.work()

    async def work(self) -> None:
        """All passes until nothing moves."""
        watch = Watch(channel=CHANNEL, folder=self.folder)
        for _ in range(30):
            moved = await run_once(self.store, watch, self.now)
            moved += await slack_once(self.store, self.door, BOARD, self.now, worker="test")
            if not moved:
                return

    async def feedback(self, order: str) -> Feedback:
        """The feedback of an order, by the order's last digit."""
        async with self.store.read() as tx:
            [found] = [item for item in await queries.listing(tx) if item.order_id.endswith(order)]
        return found

    async def history(self, order: str) -> list[str]:
        """What happened to it."""
        async with self.store.read() as tx:
            return [event.kind for event in await queries.events(tx, (await self.feedback(order)).id)]

    async def card(self, order: str) -> dict[str, Any]:
        """Its card: exactly one, and its renewals stand in its place."""
        number = (await self.feedback(order)).id
        found = self.slack.messages(CHANNEL, "helpdesk_feedback")
        [card] = [
            m for m in found
            if m["metadata"]["event_payload"] == {"feedback": number, "key": f"feedback:{number}"}
        ]  # fmt: skip
        return card

    async def click(self, order: str, button: str) -> None:
        """A click on its card, and what follows."""
        await self.slack.click(await self.card(order), f"feedback_{button}", user=MIA)
        await self.clerk.settle()
        await self.work()


@pytest.fixture
async def way(tmp_path: Path, slack: SlackStandIn, door: SlackDoor, store: Store) -> AsyncIterator[Way]:
    """The folder of the United States with its orders file, and listeners in Slack."""
    folder = tmp_path / "reports"
    (folder / "US").mkdir(parents=True)
    (folder / "US" / "orders.tsv").write_text(ORDERS, encoding="utf-8")
    made = Way(folder, store, slack, door)
    made.clerk = Clerk(BentDesk(store), door, store, BOARD, lambda: made.now)
    listeners = Listeners(
        made.clerk, bot_token=slack.state.bot_token, app_token=slack.state.app_token, api_url=slack.url
    )
    await listeners.start()
    await slack.connected()
    yield made
    await listeners.stop()


def said(card: dict[str, Any]) -> str:
    """All words of a card."""
    return str(card["blocks"])


async def test_from_the_report_to_its_absence(way: Way) -> None:
    """Edited, approved, submitted; the next report lacks it, which is noticed as removed on the same card."""
    await way.report(LEAKS)
    card = await way.card("1")
    assert "Ask Amazon to remove it" in said(card)
    assert "86 days" in said(card)

    await way.slack.click(card, "feedback_edit", user=MIA)
    form = way.slack.open_views(MIA)[-1]
    refused = await way.slack.submit_view(form, {"draft": "Write to me@shop.example about order 111-0000001-0000001"})
    assert refused.ack is not None
    assert refused.ack["response_action"] == "errors", refused.ack
    taken = await way.slack.submit_view(form, {"draft": "The comment judges the kettle alone. Please remove it."})
    assert taken.ack == {}, taken.ack
    await way.work()
    assert "judges the kettle alone" in said(await way.card("1"))

    await way.click("1", "approve")
    assert "Feedback Manager" in said(await way.card("1"))
    assert "Request removal" in said(await way.card("1"))
    await way.click("1", "submitted")
    assert (await way.feedback("1")).state == "submitted"

    await way.report(LEAKS)  # still there: nothing is said
    assert (await way.feedback("1")).state == "submitted"
    await way.report()
    assert (await way.feedback("1")).state == "removed"
    assert "Removed" in said(await way.card("1"))
    assert await way.history("1") == ["edited", "marked", "marked", "removed"]
    assert (await way.feedback("1")).draft == "The comment judges the kettle alone. Please remove it."


async def test_a_refused_request(way: Way) -> None:
    """The outcome is one click; the card says what is left to do, and nothing is asked for again."""
    await way.report(LATE)
    found = await way.feedback("2")
    assert (found.verdict, found.criterion, found.sku) == ("likely", "fba_delivery", "KET-2")
    await way.click("2", "approve")
    await way.click("2", "submitted")
    await way.click("2", "refused")

    assert (await way.feedback("2")).state == "refused"
    assert "open no repeat case" in said(await way.card("2"))
    assert "feedback_submitted" not in said(await way.card("2"))
    way.now += timedelta(days=80)
    await way.work()
    assert "reminded" not in await way.history("2")


async def test_a_deadline_that_passes(way: Way) -> None:
    """Reminders 14, 7 and 2 days before, each once, in the channel; then the card says that the days are over."""
    await way.report(FRAYS)
    deadline = (await way.feedback("3")).deadline
    assert str(deadline) == "2027-02-16"
    before = len(way.slack.messages(CHANNEL, "helpdesk_feedback"))
    told = []
    for left in (15, 14, 13, 7, 2, 1, 0, -1):
        way.now = datetime(deadline.year, deadline.month, deadline.day, 11, tzinfo=NOW.tzinfo) - timedelta(days=left)
        await way.work()
        await way.work()
        told.append(len(way.slack.messages(CHANNEL, "helpdesk_feedback")) - before)

    assert told == [0, 1, 1, 2, 3, 3, 3, 3]
    assert (await way.feedback("3")).state == "expired"
    assert "have passed" in said(await way.card("3"))
    assert "feedback_approve" not in said(await way.card("3"))
