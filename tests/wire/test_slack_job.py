"""The job between outbox and Slack: everything is posted once, whatever breaks."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from typing import Any

import pytest

from helpdesk.domain import Event, OutboxState, Status
from helpdesk.sandbox.slack import SlackStandIn
from helpdesk.slack.board import close_review, post
from helpdesk.slack.door import SlackDoor
from helpdesk.store import outbox, posts
from helpdesk.store.engine import Store
from tests.support.slack import BEN, BOARD, CHANNEL, ESCALATIONS, MIA, NOW, Desk, door, slack, store
from tests.support.slack_samples import a_mail, a_ticket

__all__ = ["door", "slack", "store"]


@pytest.fixture
def desk(store: Store, door: SlackDoor) -> Desk:
    """A desk over an empty store."""
    return Desk(store, door)


def cards(slack: SlackStandIn) -> list[dict[str, Any]]:
    """The cards in the channel."""
    return slack.messages(CHANNEL, "helpdesk_ticket")


def an_event(kind: str, actor: str = MIA, **detail: Any) -> Event:
    """Something that happened."""
    return Event(ticket_id=0, at=NOW, kind=kind, actor=actor, detail=detail)


async def escalate(desk: Desk, number: int, step: str = "12h", lane: str = ESCALATIONS) -> str:
    """Queue an escalation as sla/ does; returns its key."""
    key = f"escalation:{number}:0:{step}"
    payload = {"kind": "escalation", "ticket": number, "step": step, "passed": [], "people": [MIA], "what": "reminder"}
    async with desk.store.write() as tx:
        await outbox.enqueue(tx, post(key, lane, payload, desk.now, ticket=number))
    return key


async def state_of(desk: Desk, key: str) -> tuple[OutboxState, str]:
    """A row's state and error."""
    async with desk.store.read() as tx:
        found = await outbox.by_key(tx, key)
    assert found is not None
    return found.state, found.error


async def test_one_card_a_ticket_kept_up_to_date(slack: SlackStandIn, desk: Desk) -> None:
    """A new ticket is one message; a change replaces it; the metadata names ticket and key."""
    [ticket] = await desk.add(a_ticket(mails=1))
    await desk.work()
    [card] = cards(slack)
    assert card["metadata"]["event_payload"] == {"ticket": ticket.id, "key": f"card:{ticket.id}"}
    await desk.change(ticket.id, owner=MIA, status=Status.OPEN)
    await desk.work()
    assert len(cards(slack)) == 1
    assert f"<@{MIA}>" in str(cards(slack)[0]["blocks"])
    assert cards(slack)[0]["metadata"] == card["metadata"]
    assert await desk.work() == 0


async def test_updates_of_a_busy_card_are_merged(slack: SlackStandIn, desk: Desk) -> None:
    """Twenty changes between two passes are one update."""
    [ticket] = await desk.add(a_ticket())
    await desk.work()
    for number in range(20):
        await desk.change(ticket.id, subject=f"change {number}")
    await desk.work()
    assert [method for method, _ in slack.state.calls].count("chat.update") == 1
    assert "change 19" in str(cards(slack)[0]["blocks"])


async def test_later_things_are_in_the_thread(slack: SlackStandIn, desk: Desk) -> None:
    """What happens to a ticket is told below its card, in order, once."""
    [ticket] = await desk.add(a_ticket())
    await desk.change(ticket.id, an_event("received", "buyer"), an_event("acknowledged", "helpdesk"))
    await desk.work()
    await desk.change(ticket.id, an_event("reply_queued", text="It is <on> its way"), an_event("answered"))
    await desk.work()
    await desk.work()
    lines = [message["text"] for message in slack.thread(cards(slack)[0])]
    assert [line.split(":")[2].split()[0] for line in lines] == ["Acknowledgement", f"<@{MIA}>", f"<@{MIA}>'s"]
    assert "&lt;on&gt;" in str(slack.thread(cards(slack)[0])[1]["blocks"])
    assert all(m["metadata"]["event_payload"]["ticket"] == ticket.id for m in slack.thread(cards(slack)[0]))


async def test_a_further_mail_is_shown_whole_in_the_thread(slack: SlackStandIn, desk: Desk) -> None:
    """The first mail is on the card; the second, 20 kB long, is whole below it, over as many messages as it takes."""
    [ticket] = await desk.add(a_ticket())
    for number, text in enumerate(("first", " ".join(f"w{n}." for n in range(4000))), start=1):
        mail = a_mail(verdict="buyer", text=text, message_id=f"{number}@buyers.test", body_hash=str(number))
        stored = await desk.mail(mail.evolve(ticket_id=ticket.id, uid=number))
        await desk.change(ticket.id, an_event("received", "buyer").evolve(mail_id=stored))
    await desk.change(ticket.id, an_event("taken"))
    await desk.work()
    await desk.change(ticket.id, an_event("resolved"))
    await desk.work()
    *sheets, taken, resolved = slack.thread(cards(slack)[0])
    assert re.findall(r"w\d+\.", str([sheet["blocks"] for sheet in sheets])) == [f"w{n}." for n in range(4000)]
    assert all(f"({n} of 4)" in str(sheet["blocks"]) for n, sheet in enumerate(sheets, start=1))
    assert ("has it" in taken["text"], "Resolved" in resolved["text"]) == (True, True)
    assert "w0. w1." in str(cards(slack)[0]["blocks"])


async def test_the_marketplaces_own_no_response_link_is_on_the_card_and_never_opened(
    slack: SlackStandIn, desk: Desk
) -> None:
    """It comes with the newest mail; Slack is told to open no links either."""
    [ticket] = await desk.add(a_ticket())
    link = "https://sellercentral.amazon.com/messaging/no-response-needed?t=A1&h=0f"
    mail = a_mail(verdict="buyer", facts={"no_response_link": link})
    await desk.mail(mail.evolve(ticket_id=ticket.id))
    await desk.work()
    assert "no-response-needed?t=A1&amp;h=0f|Seller Central>" in str(cards(slack)[0]["blocks"])
    posted = [arguments for method, arguments in slack.state.calls if method == "chat.postMessage"]
    assert {(one["unfurl_links"], one["unfurl_media"]) for one in posted} == {(False, False)}


async def test_a_lost_answer_is_asked_not_repeated(slack: SlackStandIn, desk: Desk) -> None:
    """A card whose answer was lost stands once, and is kept up to date afterwards."""
    [ticket] = await desk.add(a_ticket())
    slack.state.fault("chat.postMessage", "lost", times=2)
    await desk.work()
    desk.now += timedelta(seconds=40)
    await desk.work()
    assert len(cards(slack)) == 1
    await desk.change(ticket.id, owner=MIA)
    await desk.work()
    assert f"<@{MIA}>" in str(cards(slack)[0]["blocks"])
    assert len(slack.messages(CHANNEL)) == 2  # hello and card


async def test_a_post_that_was_cut_off_before_slack_took_it_is_made_up_for(slack: SlackStandIn, desk: Desk) -> None:
    """The history does not show it, so it is posted."""
    await desk.add(a_ticket())
    slack.state.fault("chat.postMessage", "drop", times=2)
    await desk.work()
    desk.now += timedelta(seconds=40)
    await desk.work()
    assert len(cards(slack)) == 1


@pytest.mark.parametrize("taken", [True, False])
async def test_a_worker_that_died_while_sending(slack: SlackStandIn, desk: Desk, taken: bool) -> None:
    """After its lease another worker asks first: no second card, and no card too few."""
    [ticket] = await desk.add(a_ticket())
    async with desk.store.write() as tx:
        await posts.again(
            tx, post(f"card:{ticket.id}", CHANNEL, {"kind": "card", "ticket": ticket.id}, NOW, ticket=ticket.id)
        )
        await posts.set_card_rev(tx, ticket.id, ticket.rev)
        await outbox.claim(tx, effects=posts.EFFECTS, worker="dead", now=NOW, limit=9)
    if taken:
        metadata = {"event_type": "helpdesk_ticket", "event_payload": {"ticket": ticket.id, "key": f"card:{ticket.id}"}}
        await desk.door.post(CHANNEL, "card", [], metadata)
    await desk.work()
    assert len(cards(slack)) == int(taken)
    desk.now += timedelta(seconds=31)
    await desk.work()
    assert len(cards(slack)) == 1
    assert (await desk.ticket(ticket.id)).card_ts == cards(slack)[0]["ts"]


async def test_a_429_slows_its_channel_alone(slack: SlackStandIn, desk: Desk) -> None:
    """The escalation goes out while the cards wait as long as Slack said."""
    slack.state.fault("chat.postMessage", "429", times=1, seconds=9, channel=CHANNEL)
    rows = await desk.add(*[a_ticket(subject=f"{n}") for n in range(12)])
    key = await escalate(desk, rows[0].id)
    await desk.work()
    assert len(slack.messages(ESCALATIONS)) == 1
    assert (await state_of(desk, key))[0] == OutboxState.DONE
    before = len(slack.state.calls)
    desk.now += timedelta(seconds=8)
    await desk.work()
    assert len(slack.state.calls) == before
    desk.now += timedelta(seconds=2)
    await desk.work()
    assert len(cards(slack)) == 12


async def test_an_hours_outage(slack: SlackStandIn, desk: Desk) -> None:
    """Rows stay queued with their error; when Slack is back each is posted once."""
    slack.server.outage(3600)
    rows = await desk.add(*[a_ticket(subject=f"{n}") for n in range(5)])
    key = await escalate(desk, rows[0].id)
    for _ in range(6):
        await desk.work()
        desk.now += timedelta(minutes=10)
        await desk.change(rows[1].id, owner=MIA)
    assert (await state_of(desk, key))[1] != ""
    assert desk.counts.waiting
    slack.server.outage(0)
    for _ in range(3):
        await desk.work()
        desk.now += timedelta(minutes=1)
    assert len(cards(slack)) == 5
    assert len(slack.messages(ESCALATIONS, "helpdesk_escalation")) == 1
    assert desk.counts.failed == 0


async def test_two_workers_post_each_thing_once(slack: SlackStandIn, desk: Desk) -> None:
    """Two passes at once share the work."""
    other = Desk(desk.store, desk.door, worker="two")
    await desk.add(*[a_ticket(subject=f"{n}") for n in range(30)])
    await asyncio.gather(desk.work(), other.work(), desk.work(), other.work())
    keys = [message["metadata"]["event_payload"]["key"] for message in cards(slack)]
    assert len(keys) == len(set(keys)) == 30


async def test_an_escalation_names_step_and_people(slack: SlackStandIn, desk: Desk) -> None:
    """It carries its metadata, mentions who is told and links the card."""
    [ticket] = await desk.add(a_ticket())
    key = await escalate(desk, ticket.id)
    await desk.work()
    [message] = slack.messages(ESCALATIONS)
    assert message["metadata"] == {
        "event_type": "helpdesk_escalation",
        "event_payload": {"ticket": ticket.id, "step": "12h", "key": key},
    }
    assert f"<@{MIA}>" in message["text"]
    assert "archives/" in str(message["blocks"])


async def test_a_missing_channel_is_mended_by_a_person(slack: SlackStandIn, desk: Desk) -> None:
    """Nothing is given up: once the channel exists the escalation is posted, and the card never waited for it."""
    del slack.state.channels[slack.state.channel(ESCALATIONS).id]
    [ticket] = await desk.add(a_ticket())
    key = await escalate(desk, ticket.id)
    await desk.work()
    state, error = await state_of(desk, key)
    assert (state, "channel_not_found" in error, len(cards(slack))) == (OutboxState.QUEUED, True, 1)
    slack.state.add_channel(ESCALATIONS)
    desk.now += timedelta(seconds=30)
    await desk.work()
    assert len(slack.messages(ESCALATIONS)) == 1


async def test_a_refused_post_fails_alone(slack: SlackStandIn, desk: Desk) -> None:
    """What Slack will never take is marked failed with its reason; the rest goes on."""
    [ticket] = await desk.add(a_ticket())
    async with desk.store.write() as tx:
        payload = {"kind": "message", "text": "", "blocks": []}
        await outbox.enqueue(tx, post("bad", CHANNEL, payload, NOW), post("odd", CHANNEL, {"kind": "?"}, NOW))
    await desk.work()
    assert (await state_of(desk, "bad"))[0] == OutboxState.FAILED
    assert (await state_of(desk, "odd"))[0] == OutboxState.FAILED
    assert [m["metadata"]["event_payload"]["ticket"] for m in cards(slack)] == [ticket.id]


async def test_a_deleted_card_comes_back(slack: SlackStandIn, desk: Desk) -> None:
    """Somebody deleted the card by hand: the next change posts a new one."""
    [ticket] = await desk.add(a_ticket())
    await desk.work()
    channel = slack.state.channel(CHANNEL)
    channel.messages.remove(channel.by_ts.pop(cards(slack)[0]["ts"]))
    await desk.change(ticket.id, owner=BEN)
    await desk.work()
    assert f"<@{BEN}>" in str(cards(slack)[-1]["blocks"])


async def test_old_tickets_get_no_card(slack: SlackStandIn, desk: Desk) -> None:
    """What was found too old at first contact does not flood the channel."""
    await desk.add(*[a_ticket(old=True) for _ in range(40)])
    await desk.work()
    assert cards(slack) == []
    assert await desk.work() == 0


@pytest.mark.parametrize(("verdict", "kind"), [("review", "review"), ("suspect", "suspect")])
async def test_uncertain_mails_are_posted_and_closed(slack: SlackStandIn, desk: Desk, verdict: str, kind: str) -> None:
    """The post carries the mail's number; after the decision it is replaced, never deleted."""
    number = await desk.mail(a_mail(verdict=verdict))
    async with desk.store.write() as tx:
        await outbox.enqueue(tx, post(f"review:{number}", CHANNEL, {"kind": kind, "mail": number}, NOW))
    await desk.work()
    [message] = slack.messages(CHANNEL, "helpdesk_review")
    assert message["metadata"]["event_payload"] == {"mail": number, "key": f"review:{number}"}
    async with desk.store.write() as tx:
        await close_review(tx, BOARD, number, "leave", MIA, "", "", NOW)
    await desk.work()
    [closed] = slack.messages(CHANNEL, "helpdesk_review")
    assert closed["ts"] == message["ts"]
    assert "review_leave" not in str(closed["blocks"])
    assert f"<@{MIA}>" in str(closed["blocks"])


async def test_hello_is_said_once(slack: SlackStandIn, desk: Desk) -> None:
    """The bot explains its buttons in the channel, once."""
    for number in range(3):
        await desk.add(a_ticket(subject=str(number)))
        await desk.work()
    assert [m["metadata"]["event_type"] for m in slack.messages(CHANNEL)].count("helpdesk_note") == 1


async def test_what_cannot_be_asked_waits(slack: SlackStandIn, desk: Desk) -> None:
    """Without the right to read history, a post in doubt waits for a person; it is never repeated blindly."""
    slack.state.scopes.discard("channels:history")
    [ticket] = await desk.add(a_ticket())
    slack.state.fault("chat.postMessage", "lost", times=9)
    for _ in range(4):
        await desk.work()
        desk.now += timedelta(seconds=40)
    assert len(cards(slack)) == 1
    state, error = await state_of(desk, f"card:{ticket.id}")
    assert (state, "channels:history" in error) == (OutboxState.SENDING, True)
    slack.state.scopes.add("channels:history")
    await desk.work()
    assert (len(cards(slack)), (await desk.ticket(ticket.id)).card_ts) == (1, cards(slack)[0]["ts"])
