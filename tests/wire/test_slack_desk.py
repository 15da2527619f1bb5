"""From a click in Slack to the mail in the SMTP server and back, through the real desk, message rules and outbox."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from helpdesk.domain import Status
from helpdesk.sandbox.slack_state import Interaction, OpenView
from helpdesk.store import tickets
from tests.store.test_filing import buyer, file, the_ticket
from tests.support.house import TEXT, House, answers, house
from tests.support.slack import BEN, CHANNEL, MIA, door, slack, store
from tests.wire.test_model import model

__all__ = ["door", "house", "slack", "store"]


async def test_an_answer_goes_from_the_form_to_the_buyer(house: House) -> None:
    """The mail arrives at the exact alias; the clock stops; card and thread say so; a new mail opens it again."""
    await house.buyer_writes(1)
    form = await house.form(MIA)
    assert form.view["callback_id"] == "ticket_reply_form"
    done = await house.slack.submit_view(form, {"reply": TEXT})
    assert done.ack == {}, done.ack
    await house.work()
    assert len(answers(house)) == 1
    assert TEXT[:60] in answers(house)[0].replace("\n", " ").replace("\r", "")
    ticket = await the_ticket(house.store)
    assert (ticket.status, ticket.owner, ticket.anchor_at) == (Status.ANSWERED, MIA, None)
    assert "Answered" in str(house.card()["blocks"])
    assert f"<@{MIA}>'s answer was sent" in house.thread()
    await house.buyer_writes(2, clock_start=house.now, text="Thanks, but which carrier?")
    assert "which carrier" in str(house.card()["blocks"])
    assert "The buyer wrote again" in house.thread()
    assert len(house.slack.messages(CHANNEL, "helpdesk_ticket")) == 1


@pytest.mark.parametrize("stalls", [False, True], ids=["answers", "stalls"])
async def test_a_models_draft_comes_into_the_form_and_leaves_by_a_click(house: House, stalls: bool) -> None:
    """The form stands at once; the model's text comes later, marked; a person sends it. A stall leaves the template."""
    await house.buyer_writes(1, text="Hi, Anna Sample here: which carrier has order 111-0000001-0000001?")
    written = "Hello,\n\nwe are looking into order [ORDER_1] and will tell you the carrier.\n\nCustomer Service"
    async with model(written, stall=2.5 if not stalls else 30.0, seconds=8.0 if not stalls else 0.3) as door:
        house.desk.model = door
        form = await house.form(MIA)
        template = initial_text(form)
        assert template
        done = await house.slack.click(form, "template", user=MIA, value="machine")
        assert not done.late
        if not stalls:
            assert "One moment" in str(form.view["blocks"]) or "A draft by" in str(form.view["blocks"])
        await house.slack.until(lambda: initial_text(form) or None)
        await house.clerk.settle()
    if stalls:
        assert initial_text(form) == template
        assert "gave no answer" in str(form.view["blocks"])
        return
    assert "Written by a machine" in str(form.view["blocks"])
    assert answers(house) == []
    text = initial_text(form)
    await house.slack.submit_view(form, {"reply": text})
    await house.work()
    assert "111-0000001-0000001" in answers(house)[0]
    async with house.store.read() as tx:
        [event] = await tickets.events_of(tx, [1], ["reply_queued"])
    assert (event.detail["draft"], event.detail["edited"]) == ("model:any", False)
    assert "from a draft by any, unchanged" in house.thread()


def initial_text(form: OpenView) -> str:
    """What stands in the form's field; "" while there is none."""
    field = next((block for block in form.view["blocks"] if block.get("block_id") == "reply"), None)
    return str(field["element"].get("initial_value") or "") if field else ""


async def test_what_the_message_rules_forbid_never_leaves(house: House) -> None:
    """The reason comes back in the field; put right, the same form is sent."""
    await house.buyer_writes(1)
    form = await house.form(MIA)
    bad = await house.slack.submit_view(form, {"reply": TEXT + " Write to boss@shop.test or see https://shop.test/x"})
    assert bad.ack is not None
    assert bad.ack["response_action"] == "errors"
    assert bad.ack["errors"]["reply"]
    await house.work()
    assert answers(house) == []
    await house.slack.submit_view(form, {"reply": TEXT})
    await house.work()
    assert len(answers(house)) == 1


async def test_a_refused_answer_is_told_and_opens_the_ticket_again(house: House) -> None:
    """The SMTP server says no for good: the thread says why, the ticket waits again."""
    await house.buyer_writes(1)
    await house.slack.submit_view(await house.form(MIA), {"reply": TEXT})
    house.far.fail("rcpt", "550 5.1.1 unknown")
    await house.work()
    assert "refused" in house.thread()
    assert (await the_ticket(house.store)).anchor_at is not None


async def test_two_agents_one_answer(house: House) -> None:
    """Both forms were open; the second is not sent, and its agent is told who answered."""
    await house.buyer_writes(1)
    mine, bens = await house.form(MIA), await house.form(BEN)
    await house.slack.submit_view(bens, {"reply": TEXT})
    done = await house.slack.submit_view(mine, {"reply": TEXT + " Mia"})
    await house.work()
    await house.clerk.settle()
    assert done.ack is not None
    assert "Ben" in done.ack["errors"]["reply"]
    assert any(one["user"] == MIA and f"<@{BEN}>" in one["text"] for one in house.slack.ephemerals)
    assert len(answers(house)) == 1


async def test_a_form_sent_by_many_hands_at_once_leaves_once(house: House) -> None:
    """Copies of an envelope, and forms of ten agents at the same moment: one mail."""
    await house.buyer_writes(1)
    people = [house.slack.state.add_user(f"U0AGENT{n:02d}", f"agent{n}") for n in range(10)]
    house.slack.state.channel(CHANNEL).members.extend(people)
    forms = [await house.form(user) for user in people]
    done = await asyncio.gather(*(house.slack.submit_view(form, {"reply": TEXT}, copies=2) for form in forms))
    await house.work()
    assert sorted(bool(one.ack) for one in done) == [False] + [True] * 9
    assert len(answers(house)) == 1


async def test_a_logged_call_is_a_card_under_the_same_clock(house: House) -> None:
    """From the shortcut to the card, with the caller's words."""
    await house.slack.shortcut("log_call", user=MIA)
    [form] = house.slack.open_views(MIA)
    at = int((house.now - timedelta(hours=1)).timestamp())
    values = {"caller": "+49 30 1234567", "order": "", "at": at, "summary": "Asks for an <invoice>"}
    done = await house.slack.submit_view(form, values)
    assert done.ack == {}, done.ack
    await house.work()
    assert "Asks for an &lt;invoice&gt;" in str(house.card()["blocks"])
    assert (await the_ticket(house.store)).anchor_at == house.now - timedelta(hours=1)
    await house.clerk.settle()
    assert "#1" in house.slack.messages(MIA)[-1]["text"]


async def test_talk_in_the_thread_never_reaches_the_buyer(house: House) -> None:
    """Colleagues' words stay inside; nothing leaves without the form (promise 5)."""
    await house.buyer_writes(1)
    sent = len(house.far.mails)
    house.slack.say(CHANNEL, "what a pain this one is", user=BEN, thread=house.card())
    await house.slack.click(house.card(), "ticket_acknowledge", user=BEN)
    await house.work()
    assert len(house.far.mails) == sent


async def test_every_button_through_the_real_desk(house: House) -> None:
    """Each click changes the ticket as its label says, and the thread tells who did it."""
    await house.buyer_writes(1)
    card = house.card()
    await house.slack.click(card, "ticket_acknowledge", user=MIA)
    assert (await the_ticket(house.store)).status == Status.OPEN
    await house.slack.click(card, "ticket_snooze", user=MIA)
    await house.slack.submit_view(house.slack.open_views(MIA)[-1], {"for": "1h", "why": "the supplier <asks>"})
    assert (await the_ticket(house.store)).status == Status.SNOOZED
    await house.slack.click(card, "ticket_resolve", user=MIA)
    await house.work()
    await house.slack.click(house.card(), "ticket_reopen", user=BEN)
    await house.slack.click(house.card(), "ticket_assign", user=BEN)
    await house.slack.submit_view(house.slack.open_views(BEN)[-1], {"owner": BEN})
    assert (await the_ticket(house.store)).owner == BEN
    await house.slack.click(house.card(), "ticket_no_response", user=BEN)
    assert (await the_ticket(house.store)).anchor_at is None
    await house.slack.click(house.card(), "ticket_not_a_buyer", user=BEN)
    assert (await the_ticket(house.store)).status == Status.NOT_A_BUYER
    await house.work()
    told = house.thread()
    for word in (
        "has it",
        "Snoozed",
        ": the supplier &lt;asks&gt;",
        "Resolved",
        "Opened again",
        "gave it",
        "no response",
        "not a buyer",
    ):
        assert word in told, word


async def test_fifty_agents_on_two_hundred_tickets(house: House) -> None:
    """Each takes and answers eight tickets that others want too.

    Every answer that was called queued left once, every other one not at all; no click was late, each ticket has one
    owner. A second answer to a ticket comes only from a form opened after the first one.
    """
    await file(
        house.store,
        *[
            buyer(n, customer=f"b{n}@marketplace.amazon.com", reply_to=f"b{n}@marketplace.amazon.com",
                  order_ids=[f"111-0000001-{n:07d}"])
            for n in range(1, 201)
        ],
        now=house.now,
    )  # fmt: skip
    await house.work()
    cards = house.slack.messages(CHANNEL, "helpdesk_ticket")
    assert len(cards) == 200
    agents = [house.slack.state.add_user(f"U0AGENT{n:03d}", f"agent{n}") for n in range(50)]
    house.slack.state.channel(CHANNEL).members.extend(agents)
    told: list[Interaction] = []
    slow: list[OpenView] = []

    def shown(agent: str) -> int:
        return sum(1 for one in house.slack.ephemerals if one["user"] == agent and "Slack" in one["text"])

    def answered(agent: str, known: int, told_before: int) -> bool:
        return len(house.slack.open_views(agent)) > known or shown(agent) > told_before

    async def opened(card: dict[str, Any], agent: str) -> OpenView:
        """The reply form. Where Slack found the click too old in the rush, its agent is told, and clicks again."""
        for _ in range(5):
            known, told_before = len(house.slack.open_views(agent)), shown(agent)
            assert not (await house.slack.click(card, "ticket_reply", user=agent)).late
            await house.slack.until(partial(answered, agent, known, told_before))
            if len(house.slack.open_views(agent)) > known:
                return house.slack.open_views(agent)[-1]
        raise AssertionError(f"{agent} was refused a form five times")

    async def works(place: int, agent: str) -> None:
        for step in range(8):
            card = cards[(place * 4 + step) % 200]
            assert not (await house.slack.click(card, "ticket_acknowledge", user=agent)).late
            form = await opened(card, agent)
            done = await house.slack.submit_view(form, {"reply": f"{TEXT} Yours, {agent}"})
            told.append(done)
            if (done.ack or {}).get("response_action") == "update":
                slow.append(form)  # acknowledged before it was done: the view tells the end
            else:
                house.slack.close_view(form)

    await asyncio.gather(*(works(place, agent) for place, agent in enumerate(agents)))
    await house.clerk.settle(60)
    await house.work()
    async with house.store.read() as tx:
        after = await tickets.listing(tx)
    assert len(told) == 400
    assert not [one for one in told if one.late]
    written = Counter(str(mail.parsed["To"]) for mail in house.far.mails if mail.parsed.get("Auto-Submitted") is None)
    sent = sum(1 for one in told if not one.ack) + sum(1 for form in slow if "Done." in str(form.view["blocks"]))
    assert sum(written.values()) == sent
    assert all(ticket.status == Status.ANSWERED and ticket.owner in agents for ticket in after)
    signed = Counter((str(mail.parsed["To"]), str(mail.parsed)[-4000:]) for mail in house.far.mails)
    assert max(signed.values()) == 1
