"""Slack out of reach for an hour: nothing is lost, managers get mails, and the posts follow in order."""

from __future__ import annotations

from datetime import timedelta

import pytest

from helpdesk.domain import Effect, Outbox, Ticket
from helpdesk.marketplaces.registry import PROFILES
from helpdesk.sandbox.slack import SlackStandIn
from helpdesk.sla import job
from helpdesk.sla.clock import Clock, Rules, message
from helpdesk.sla.escalations import Desk as ClockDesk
from helpdesk.sla.policy import set_by
from helpdesk.slack.door import SlackDoor
from helpdesk.store import outbox
from helpdesk.store.engine import Store
from tests.support.slack import BOSS, ESCALATIONS, MIA, NOW, Desk, door, slack, store
from tests.support.slack_samples import a_ticket

__all__ = ["door", "slack", "store"]

RULES = Rules(profile=PROFILES["amazon"].sla)
CLOCK = ClockDesk(
    rules_of=lambda _: RULES, channel=ESCALATIONS, managers=(BOSS,), email=("boss@shop.test",), mailbox="shop",
    sender="support@shop.test",
)  # fmt: skip
MINUTE = timedelta(minutes=1)


@pytest.fixture
def desk(store: Store, door: SlackDoor) -> Desk:
    """A desk over an empty store."""
    return Desk(store, door)


def waiting(minutes_to_first_step: int) -> Ticket:
    """A ticket whose twelve hours are over in so many minutes."""
    at = NOW - timedelta(hours=12) + minutes_to_first_step * MINUTE
    ticket: Ticket = a_ticket().evolve(received_at=at, last_mail_at=at, owner=MIA, step=0, anchor_at=None)
    counted = message(RULES, received_at=at, ticket_id=0, marketplace="amazon")
    changed: Ticket = ticket.evolve(**set_by(Clock(rules=RULES).received(counted), ticket, NOW))
    return changed


async def mails_of(store: Store) -> list[Outbox]:
    """The mails that wait to leave."""
    async with store.write() as tx:
        return await outbox.claim(
            tx, effects=[Effect.MAIL], worker="mail", now=NOW + timedelta(days=1), limit=100, lane="shop"
        )


async def minute(desk: Desk) -> None:
    """A minute of `run`, in steps of half a minute: clock, Slack, and mail instead of Slack."""
    for _ in range(2):
        await job.run_once(desk.store, desk.now, CLOCK)
        await desk.work(passes=2)
        await job.fallback_once(desk.store, desk.now, CLOCK)
        desk.now += timedelta(seconds=30)


async def test_an_hour_without_slack(slack: SlackStandIn, desk: Desk) -> None:
    """Each escalation goes by one mail within a minute, and is posted once, in order, when Slack is back."""
    added = await desk.add(*(waiting(n) for n in range(1, 60, 12)))
    fault = slack.state.fault("*", "500", times=100_000)
    told: list[int] = []
    for _ in range(62):
        await minute(desk)
        told += [number for mail in await mails_of(desk.store) for number in mail.payload["tickets"]]
    assert slack.messages(ESCALATIONS) == []
    assert told == [ticket.id for ticket in added]

    fault.times = 0
    await minute(desk)
    await minute(desk)

    posted = [m["metadata"]["event_payload"] for m in slack.messages(ESCALATIONS, "helpdesk_escalation")]
    assert [(one["ticket"], one["step"]) for one in posted] == [(ticket.id, "12h") for ticket in added]
    assert await mails_of(desk.store) == []


async def test_a_minute_is_enough(slack: SlackStandIn, desk: Desk) -> None:
    """The mail leaves within a minute of the step; Slack's return within it spares the mail."""
    [late, soon] = await desk.add(waiting(0), waiting(2))
    fault = slack.state.fault("*", "500", times=100_000)
    await minute(desk)
    assert [mail.payload["tickets"] for mail in await mails_of(desk.store)] == [[late.id]]
    fault.times = 0
    await minute(desk)
    await minute(desk)

    assert await mails_of(desk.store) == []
    posted = [m["metadata"]["event_payload"]["ticket"] for m in slack.messages(ESCALATIONS, "helpdesk_escalation")]
    assert posted == [late.id, soon.id]
