"""The clock's job over both databases: firing once, catching up, mail instead of Slack, the watchdog."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from email import message_from_string, policy
from typing import Any

from helpdesk.domain import Effect, Message, Outbox, OutboxState, Status, Ticket
from helpdesk.errors import UsageError
from helpdesk.marketplaces.registry import PROFILES
from helpdesk.sla import job
from helpdesk.sla.clock import Clock, Rules, message
from helpdesk.sla.escalations import Desk
from helpdesk.sla.policy import set_by
from helpdesk.store import clocks, mailboxes, outbox, tickets
from helpdesk.store.engine import Store

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
CHANNEL = "#buyer-escalations"


def rules_of(marketplace: str) -> Rules:
    """The profiles as they come."""
    return Rules(profile=PROFILES[marketplace].sla)


DESK = Desk(
    rules_of=rules_of, channel=CHANNEL, on_call=("UONCALL",), managers=("UBOSS",), email=("boss@shop.test",),
    mailbox="shop", sender="support@shop.test",
)  # fmt: skip
NO_SLACK = Desk(rules_of=rules_of, email=("boss@shop.test",), mailbox="shop", sender="support@shop.test")


def a_ticket(age: timedelta, now: datetime = NOW, **changes: Any) -> tuple[Ticket, Message]:
    """A ticket whose buyer's mail came `age` before NOW and was found at `now`."""
    at = NOW - age
    fields: dict[str, Any] = {
        "mailbox": "shop", "marketplace": "amazon", "buyer": "anna@buyers.test", "buyer_name": "Anna Muster",
        "order_ids": ["111-0000001-0000001"], "subject": "Where is it?", "received_at": at, "last_mail_at": at,
        "created_at": at, "updated_at": at, **changes,
    }  # fmt: skip
    ticket = Ticket.model_validate(fields)
    rules = rules_of(ticket.marketplace)
    counted = message(rules, received_at=at, ticket_id=0, marketplace=ticket.marketplace, old=ticket.old)
    clock = Clock(rules=rules).received(counted)
    return ticket.evolve(**set_by(clock, ticket, now)), counted


async def put(store: Store, *rows: tuple[Ticket, Message]) -> list[Ticket]:
    """Store tickets with their messages."""
    async with store.write() as tx:
        stored = await tickets.add(tx, [ticket for ticket, _ in rows])
        await tickets.add_messages(tx, [one.evolve(ticket_id=t.id) for t, (_, one) in zip(stored, rows, strict=True)])
    return stored


async def posts(store: Store, lane: str = CHANNEL, effect: Effect = Effect.POST) -> list[Outbox]:
    """What waits in the outbox for one channel, oldest first."""
    async with store.write() as tx:
        rows = await outbox.claim(
            tx, effects=[effect], worker="test", now=NOW + timedelta(days=30), limit=1000, lane=lane
        )
        for row in rows:
            await outbox.retry(tx, row, next_at=row.next_at, error=row.error)
    return rows


async def test_a_due_step_is_posted_once(store: Store) -> None:
    """Promise 8: a step fires once; its post carries ticket, step and key; the ticket's next step is stored."""
    [ticket] = await put(store, a_ticket(12 * HOUR))

    assert await job.run_once(store, NOW, DESK) == 1
    assert await job.run_once(store, NOW, DESK) == 0

    [post] = await posts(store)
    key = f"escalation:{ticket.id}:{int((NOW - 12 * HOUR).timestamp())}:12h"
    assert post.key == key
    assert post.payload["metadata"] == {"ticket": ticket.id, "step": "12h", "key": key}
    assert (post.payload["passed"], post.payload["orders"]) == ([], ["111-0000001-0000001"])
    async with store.read() as tx:
        after = await tickets.get(tx, ticket.id)
        events = await tickets.events(tx, ticket.id)
    assert after is not None
    assert (after.step, after.next_step_at, after.rev) == (1, NOW + 8 * HOUR, ticket.rev + 1)
    assert [(e.kind, e.detail["step"], e.detail["key"]) for e in events] == [("escalated", "12h", key)]


async def test_a_mail_rescued_after_21_hours_is_escalated_at_once(store: Store) -> None:
    """Promise 3: the highest passed step is posted and names the other; owner and on-call are told in person."""
    [ticket] = await put(store, a_ticket(21 * HOUR, owner="UANNE"))

    assert await job.run_once(store, NOW, DESK) == 1

    [post] = await posts(store)
    assert (post.payload["step"], post.payload["passed"]) == ("20h", ["12h"])
    assert post.payload["people"] == ["UANNE", "UONCALL"]
    for user in ("UANNE", "UONCALL"):
        [told] = await posts(store, user)
        assert (told.payload["kind"], told.payload["ticket"]) == ("escalation_dm", ticket.id)
    assert await posts(store, "UBOSS") == []


async def test_nothing_is_due_before_its_time(store: Store) -> None:
    """A second before the step the poll finds nothing."""
    await put(store, a_ticket(12 * HOUR - timedelta(seconds=1)))

    assert await job.run_once(store, NOW, DESK) == 0
    assert await job.run_once(store, NOW + timedelta(seconds=1), DESK) == 1


async def test_what_changed_meanwhile_is_read_again(store: Store) -> None:
    """A ticket resolved, snoozed or answered after its step was stored fires nothing."""
    rows = await put(store, a_ticket(13 * HOUR), a_ticket(13 * HOUR), a_ticket(13 * HOUR))
    async with store.write() as tx:
        await tickets.change(tx, rows[0].id, status=Status.RESOLVED)
        await tickets.change(tx, rows[1].id, status=Status.SNOOZED, snoozed_until=NOW + HOUR)
        await tickets.change(tx, rows[2].id, anchor_at=None, due_at=None)

    assert await job.run_once(store, NOW, DESK) == 0
    assert await posts(store) == []


async def test_the_end_of_a_snooze_wakes_the_ticket(store: Store) -> None:
    """At the end of a snooze the ticket is open again and the highest passed step is posted."""
    [ticket] = await put(store, a_ticket(13 * HOUR, status=Status.SNOOZED, snoozed_until=NOW, owner="UANNE"))

    assert await job.run_once(store, NOW, DESK) == 1

    async with store.read() as tx:
        after = await tickets.get(tx, ticket.id)
        kinds = [event.kind for event in await tickets.events(tx, ticket.id)]
    assert after is not None
    assert (after.status, after.snoozed_until) == (Status.OPEN, None)
    assert kinds == ["woken", "escalated"]


async def test_an_answer_that_came_back_posts_nothing_twice(store: Store) -> None:
    """A reopened clock has its old anchor: steps posted before stay posted."""
    [ticket] = await put(store, a_ticket(13 * HOUR))
    await job.run_once(store, NOW, DESK)
    async with store.write() as tx:
        await tickets.change(tx, ticket.id, step=0, next_step_at=NOW)

    assert await job.run_once(store, NOW, DESK) == 0
    assert len(await posts(store)) == 1


async def test_after_three_days_each_posts_its_highest_step(store: Store) -> None:
    """A stop of three days over many tickets: one post each, naming the lower steps, none doubled."""
    await put(store, *(a_ticket(timedelta(minutes=n)) for n in range(450)))
    later = NOW + timedelta(days=3)

    assert await job.run_once(store, later, DESK) == 450
    assert await job.run_once(store, later, DESK) == 0

    made = await posts(store)
    assert {post.payload["step"] for post in made} == {"40h"}
    assert {tuple(post.payload["passed"]) for post in made} == {("12h", "20h", "23h", "24h")}
    assert len({post.payload["ticket"] for post in made}) == len(made) == 450


async def test_a_ticket_that_cannot_be_turned_does_not_stop_the_others(store: Store) -> None:
    """An unknown marketplace is put off; the next ticket fires."""

    def refusing(name: str) -> Rules:
        if name == "gone":
            raise UsageError("unknown marketplace 'gone'")
        return rules_of(name)

    bad, good = a_ticket(14 * HOUR), a_ticket(13 * HOUR)
    rows = await put(store, (bad[0].evolve(marketplace="gone"), bad[1]), good)
    desk = Desk(rules_of=refusing, channel=CHANNEL)

    assert await job.run_once(store, NOW, desk) == 1
    assert await job.run_once(store, NOW, desk) == 0
    assert [post.ticket_id for post in await posts(store)] == [rows[1].id]


async def test_without_slack_one_mail_names_ticket_and_order(store: Store) -> None:
    """What is due in one pass goes in one mail to [reports].email, once."""
    rows = await put(store, a_ticket(13 * HOUR), a_ticket(25 * HOUR, order_ids=["111-0000002-0000002"]))

    assert await job.run_once(store, NOW, NO_SLACK) == 2
    assert await job.run_once(store, NOW, NO_SLACK) == 0

    [mail] = await posts(store, "shop", Effect.MAIL)
    read = message_from_string(mail.payload["raw"], policy=policy.default)
    text = read.get_content()
    for ticket, order in zip(rows, ("111-0000001-0000001", "111-0000002-0000002"), strict=True):
        assert f"#{ticket.id}" in text
        assert order in text
    assert (read["To"], read["Auto-Submitted"]) == ("boss@shop.test", "auto-generated")
    assert await posts(store, "") == []


async def test_slack_away_people_get_one_mail_and_the_posts_follow(store: Store) -> None:
    """Promise 8: what Slack has not taken goes by mail once, and stays queued for Slack."""
    await put(store, a_ticket(13 * HOUR), a_ticket(22 * HOUR))
    await job.run_once(store, NOW, DESK)

    assert await job.fallback_once(store, NOW + timedelta(seconds=5), DESK) == 0
    assert await job.fallback_once(store, NOW + timedelta(seconds=25), DESK) == 2
    assert await job.fallback_once(store, NOW + timedelta(seconds=60), DESK) == 0

    assert len(await posts(store, "shop", Effect.MAIL)) == 1
    assert [post.state for post in await posts(store)] == [OutboxState.SENDING] * 2  # as claimed: they could still go
    await put(store, a_ticket(12 * HOUR))
    await job.run_once(store, NOW + timedelta(seconds=61), DESK)
    assert await job.fallback_once(store, NOW + timedelta(seconds=120), DESK) == 1
    assert len(await posts(store, "shop", Effect.MAIL)) == 2


async def test_a_post_that_slack_took_is_not_mailed(store: Store) -> None:
    """Only what is not done goes by mail; a refused post does at once."""
    await put(store, a_ticket(13 * HOUR), a_ticket(22 * HOUR))
    await job.run_once(store, NOW, DESK)
    async with store.write() as tx:
        first, second = await outbox.claim(tx, effects=[Effect.POST], worker="w", now=NOW, limit=2, lane=CHANNEL)
        await outbox.finish(tx, first, at=NOW)
        await outbox.fail(tx, second, error="channel_not_found")

    assert await job.fallback_once(store, NOW, DESK, grace=timedelta(0)) == 1

    [mail] = await posts(store, "shop", Effect.MAIL)
    assert mail.payload["tickets"] == [second.payload["ticket"]]


async def test_old_tickets_are_listed_once(store: Store) -> None:
    """Old mail of a first contact is never escalated; it is listed in one post when the first contact is through."""
    old = await put(store, a_ticket(timedelta(days=90), old=True), a_ticket(timedelta(days=60), old=True))
    async with store.write() as tx:
        await mailboxes.ensure(tx, ["shop"])

    assert await job.run_once(store, NOW, DESK) == 0
    assert await posts(store) == []
    async with store.write() as tx:
        await mailboxes.note(tx, "shop", ready_at=NOW, seen_at=NOW)
    assert [await job.run_once(store, NOW, DESK) for _ in range(3)] == [0, 0, 0]

    [post] = await posts(store)
    assert (post.payload["kind"], post.payload["tickets"]) == ("old_tickets", [ticket.id for ticket in old])


async def test_a_mailbox_out_of_reach_is_told_once(store: Store) -> None:
    """Not reached for 15 minutes: one post; reached again and lost again: another."""
    async with store.write() as tx:
        await mailboxes.ensure(tx, ["shop"])
        await mailboxes.note(tx, "shop", seen_at=NOW, error="timed out")
    made = [await job.watch_once(store, NOW + timedelta(minutes=n), DESK) for n in range(0, 40, 5)]

    assert made == [0, 0, 0, 0, 1, 0, 0, 0]
    async with store.write() as tx:
        await mailboxes.note(tx, "shop", seen_at=NOW + timedelta(minutes=40))
    again = [await job.watch_once(store, NOW + timedelta(minutes=n), DESK) for n in range(40, 70, 5)]
    assert again == [0, 0, 0, 0, 1, 0]
    assert "shop" in (await posts(store))[0].payload["text"]


async def test_a_promise_is_recalled_before_it_falls_due(store: Store) -> None:
    """The owner is reminded once; the answered ticket's clock stays still."""
    ticket, _ = a_ticket(30 * HOUR, owner="UANNE")
    promised = ticket.evolve(
        anchor_at=None, due_at=None, status=Status.ANSWERED, remind_at=NOW, promised_at=NOW + 5 * HOUR, next_step_at=NOW
    )
    async with store.write() as tx:
        [stored] = await tickets.add(tx, [promised])

    assert await job.run_once(store, NOW - timedelta(seconds=1), DESK) == 0
    assert await posts(store, "UANNE") == []
    await job.run_once(store, NOW, DESK)
    await job.run_once(store, NOW, DESK)

    [post] = await posts(store, "UANNE")
    assert (post.payload["kind"], post.payload["ticket"]) == ("reminder", stored.id)
    async with store.read() as tx:
        after = await tickets.get(tx, stored.id)
        assert await clocks.next_due(tx) is None
    assert after is not None
    assert (after.remind_at, after.status) == (None, Status.ANSWERED)


async def test_two_workers_fire_a_step_once(store: Store) -> None:
    """Two workers at the same moment: every ticket fires once."""
    await put(store, *(a_ticket(13 * HOUR) for _ in range(60)))

    fired = await asyncio.gather(*(job.run_once(store, NOW, DESK) for _ in range(3)))

    assert sum(fired) == 60
    assert len(await posts(store)) == 60


async def test_a_stuck_outbox_is_told(store: Store) -> None:
    """Mails tried in vain for more than 15 minutes are an incident of their own."""
    async with store.write() as tx:
        await outbox.enqueue(tx, Outbox(key="k", effect=Effect.MAIL, lane="shop", next_at=NOW, created_at=NOW))
        [row] = await outbox.claim(tx, effects=[Effect.MAIL], worker="w", now=NOW, limit=1)
        await outbox.retry(tx, row, next_at=NOW + timedelta(days=1), error="connection refused")

    made = [await job.watch_once(store, NOW + timedelta(minutes=n), DESK) for n in range(0, 30, 5)]

    assert made == [0, 0, 0, 0, 1, 0]
    async with store.read() as tx:
        assert await clocks.stuck_since(tx, [Effect.MAIL]) == NOW
