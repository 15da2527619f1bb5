"""Clicks, forms, commands and shortcuts, from the person's hand to the desk and back."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from helpdesk.domain import Status, Ticket
from helpdesk.errors import MailboxError
from helpdesk.replies.outcomes import ReplyOutcome
from helpdesk.sandbox.slack import SlackStandIn
from helpdesk.sandbox.slack_state import Interaction, OpenView
from helpdesk.slack.board import Board, post
from helpdesk.slack.clicks import MOST_BYTES
from helpdesk.slack.listeners import PATIENCE
from helpdesk.store import outbox
from tests.support.slack import BEN, BOARD, BOSS, CHANNEL, MIA, NOW, door, slack, store
from tests.support.slack_desk import Office, office
from tests.support.slack_samples import a_mail, a_ticket

__all__ = ["door", "office", "slack", "store"]


async def a_card(office: Office, **changes: Any) -> tuple[Ticket, dict[str, Any]]:
    """A ticket and its card."""
    [ticket] = await office.job.add(a_ticket(**changes))
    await office.job.work()
    return ticket, office.slack.messages(CHANNEL, "helpdesk_ticket")[-1]


async def a_form(office: Office, card: dict[str, Any], action: str, user: str = MIA) -> OpenView:
    """The form that a click opens."""
    done = await office.slack.click(card, action, user=user)
    assert not done.late
    return office.slack.open_views(user)[-1]


def fields_of(form: OpenView) -> dict[str, Any]:
    """block id → element of a form's fields."""
    return {block["block_id"]: block["element"] for block in form.view["blocks"] if block["type"] == "input"}


async def told(office: Office, user: str) -> str:
    """What a person was told last."""
    await office.clerk.settle()
    return str([one["text"] for one in office.slack.ephemerals if one["user"] == user][-1])


@pytest.mark.parametrize(
    ("action", "status", "owner"),
    [
        ("ticket_acknowledge", Status.OPEN, MIA),
        ("ticket_no_response", Status.RESOLVED, MIA),
        ("ticket_resolve", Status.RESOLVED, MIA),
        ("ticket_not_a_buyer", Status.NOT_A_BUYER, MIA),
    ],
)
async def test_a_click_acts_at_once(office: Office, action: str, status: Status, owner: str) -> None:
    """No form opens; the ticket is stored before the click is acknowledged; the card follows."""
    ticket, card = await a_card(office)
    done = await office.slack.click(card, action, user=MIA)
    assert not done.late
    after = await office.job.ticket(ticket.id)
    assert (after.status, after.owner) == (status, owner)
    assert office.slack.open_views() == []
    await office.job.work()
    [card] = office.slack.messages(CHANNEL, "helpdesk_ticket")
    assert f"<@{MIA}>" in str(card["blocks"])


@pytest.mark.parametrize("action", ["ticket_acknowledge", "ticket_assign"])
async def test_who_has_it_is_told(office: Office, action: str) -> None:
    """A click on a ticket that a colleague holds tells the clicker who has it, and changes nothing."""
    ticket, card = await a_card(office)
    await office.slack.click(card, "ticket_acknowledge", user=BEN)
    await office.slack.click(card, action, user=MIA)
    assert f"<@{BEN}>" in await told(office, MIA)
    assert (await office.job.ticket(ticket.id)).owner == BEN


async def test_an_envelope_that_comes_twice_acts_once(office: Office) -> None:
    """Three copies are acknowledged three times and done once."""
    ticket, card = await a_card(office)
    done = await office.slack.click(card, "ticket_acknowledge", user=MIA, copies=3)
    await office.slack.until(lambda: done.answers == 3)
    assert (await office.job.ticket(ticket.id)).rev == ticket.rev + 1


async def test_slow_work_is_acknowledged_all_the_same(office: Office) -> None:
    """Longer than Slack waits: acknowledged in time, done afterwards."""
    ticket, card = await a_card(office)
    office.bent.slow = PATIENCE + 1
    done = await office.slack.click(card, "ticket_acknowledge", user=MIA)
    assert not done.late
    assert (await office.job.ticket(ticket.id)).owner is None
    await office.clerk.settle(5)
    assert (await office.job.ticket(ticket.id)).owner == MIA


async def test_a_slow_refusal_gives_the_text_back(office: Office) -> None:
    """Acknowledged before it was judged: the view then shows why it was not sent, and what was typed."""
    _, card = await a_card(office)
    form = await a_form(office, card, "ticket_reply")
    office.bent.slow = PATIENCE + 0.5
    office.bent.answer = ReplyOutcome(ok=False, message="no", errors={"reply": "No links, please"})
    done = await office.slack.submit_view(form, {"reply": "a long letter"})
    assert not done.late
    await office.clerk.settle(5)
    assert "a long letter" in str(form.view["blocks"])
    assert "No links, please" in str(form.view["blocks"])


async def test_the_reply_form_holds_a_draft(office: Office) -> None:
    """The form shows draft, menu and recipient; its metadata keeps ticket and revision."""
    ticket, card = await a_card(office)
    form = await a_form(office, card, "ticket_reply")
    fields = fields_of(form)
    assert form.view["callback_id"] == "ticket_reply_form"
    assert (fields["reply"]["action_id"], fields["reply"]["initial_value"]) == ("text", "Guten Tag Anna")
    assert (fields["template"]["action_id"], fields["template"]["type"]) == ("template", "static_select")
    assert ticket.reply_to in str(form.view["blocks"])


async def test_another_template_replaces_the_draft(office: Office) -> None:
    """Also what was typed before: Slack keeps that in a field whose name stays."""
    _, card = await a_card(office)
    form = await a_form(office, card, "ticket_reply")
    await office.slack.click(form, "template", user=MIA, value="refund")
    assert fields_of(form)["reply"]["initial_value"] == "Draft refund"
    assert fields_of(form)["reply"]["action_id"] == "text"
    assert form.typed.get("reply", {}) == {}


async def test_a_sent_form_reaches_the_desk_once(office: Office) -> None:
    """The text as typed, by the one who typed it, under the form's own key; three copies are one."""
    ticket, card = await a_card(office)
    form = await a_form(office, card, "ticket_reply")
    done = await office.slack.submit_view(form, {"reply": "It comes <tomorrow>"}, copies=3)
    assert not done.late
    assert list(office.bent.sent.values()) == [(ticket.id, "It comes <tomorrow>", MIA, "")]
    assert office.slack.open_views() == []


async def test_lint_errors_come_back_in_the_field(office: Office) -> None:
    """The form stays open with the reason in the field; nothing is sent."""
    _, card = await a_card(office)
    form = await a_form(office, card, "ticket_reply")
    office.bent.answer = ReplyOutcome(ok=False, message="no", errors={"reply": "A link is not allowed (external_link)"})
    done = await office.slack.submit_view(form, {"reply": "see http://x.test"})
    assert done.ack == {"response_action": "errors", "errors": {"reply": "A link is not allowed (external_link)"}}
    assert (office.bent.sent, len(office.slack.open_views())) == ({}, 1)


async def test_warnings_are_confirmed_with_a_reason(office: Office) -> None:
    """The form comes back with the doubts and a field for the reason; what was typed stays."""
    ticket, card = await a_card(office)
    form = await a_form(office, card, "ticket_reply")
    office.bent.answer = ReplyOutcome(ok=False, message="?", warnings=("No date is named",))
    await office.slack.submit_view(form, {"reply": "Soon"})
    assert "No date is named" in str(form.view["blocks"])
    assert fields_of(form)["reply"]["initial_value"] == "Soon"
    await office.slack.submit_view(form, {"reply": "Soon", "reason": "the buyer knows"})
    assert list(office.bent.sent.values()) == [(ticket.id, "Soon", MIA, "the buyer knows")]


async def test_a_form_older_than_a_colleagues_answer_is_not_sent(office: Office) -> None:
    """Its agent is told who answered, in the field by name and beside it by mention."""
    _, card = await a_card(office)
    mine, bens = await a_form(office, card, "ticket_reply"), await a_form(office, card, "ticket_reply", BEN)
    await office.slack.submit_view(bens, {"reply": "from Ben"})
    done = await office.slack.submit_view(mine, {"reply": "from Mia"})
    assert done.ack is not None
    assert "Ben" in done.ack["errors"]["reply"]
    assert f"<@{BEN}>" in await told(office, MIA)
    assert [text for _, text, _, _ in office.bent.sent.values()] == ["from Ben"]


async def test_the_preview_shows_what_the_buyer_sees(office: Office) -> None:
    """Pushed over the form, with what the message rules say."""
    _, card = await a_card(office)
    form = await a_form(office, card, "ticket_reply")
    await office.slack.click(form, "reply_preview", user=MIA)
    view = office.slack.open_views(MIA)[-1]
    assert view.previous == form.id
    assert "look again" in str(view.view["blocks"])


async def test_assigning_in_a_form(office: Office) -> None:
    """A users_select gives the ticket to somebody; what a colleague took meanwhile is not taken away."""
    ticket, card = await a_card(office)
    form = await a_form(office, card, "ticket_assign")
    assert fields_of(form)["owner"]["type"] == "users_select"
    await office.slack.submit_view(form, {"owner": BEN})
    assert (await office.job.ticket(ticket.id)).owner == BEN
    form = await a_form(office, card, "ticket_assign")
    await office.bent.act(ticket.id, "assign", BOSS, owner=BOSS)
    done = await office.slack.submit_view(form, {"owner": MIA})
    assert done.ack is not None
    assert "Boss" in done.ack["errors"]["owner"]


async def test_a_topic_is_put_right_in_a_form(office: Office) -> None:
    """The form begins with what the ticket counts as; the same once more is said in the field."""
    ticket, card = await a_card(office)
    form = await a_form(office, card, "ticket_topic")
    assert fields_of(form)["topic"]["initial_option"]["value"] == f"{ticket.topic}/{ticket.cause}"
    await office.slack.submit_view(form, {"topic": "wrong_item/incorrect_item_shipped"})
    after = await office.job.ticket(ticket.id)
    assert (after.topic, after.cause) == ("wrong_item", "incorrect_item_shipped")
    form = await a_form(office, card, "ticket_topic")
    done = await office.slack.submit_view(form, {"topic": "wrong_item/incorrect_item_shipped"})
    assert done.ack is not None
    assert "already" in done.ack["errors"]["topic"]


async def test_snoozing_in_a_form(office: Office) -> None:
    """A choice or an exact time; a time gone by is refused in its field."""
    ticket, card = await a_card(office)
    form = await a_form(office, card, "ticket_snooze")
    done = await office.slack.submit_view(form, {"until": int(NOW.timestamp()) - 60})
    assert done.ack is not None
    assert "until" in done.ack["errors"]
    await office.slack.submit_view(form, {"until": None, "for": "4h"})
    after = await office.job.ticket(ticket.id)
    assert (after.status, after.snoozed_until) == (Status.SNOOZED, NOW.replace(hour=15))


async def test_a_phone_call_is_logged(office: Office) -> None:
    """By shortcut and by command; the caller is told the ticket's number."""
    await office.slack.shortcut("log_call", user=MIA)
    await office.slack.command("/helpdesk", "call", user=BEN, channel=CHANNEL)
    for user in (MIA, BEN):
        [form] = office.slack.open_views(user)
        assert form.view["callback_id"] == "call_form"
        assert {block: element["action_id"] for block, element in fields_of(form).items()} == {
            name: name for name in ("caller", "order", "at", "summary")
        }
        values = {"caller": "+49 30 1", "order": "111-0000001-0000001", "summary": "wants a refund"}
        await office.slack.submit_view(form, values)
    assert [call["actor"] for call in office.bent.calls] == [MIA, BEN]
    assert office.bent.calls[0]["at"] == NOW
    await office.clerk.settle()
    assert "#77" in office.slack.messages(MIA)[-1]["text"]


@pytest.mark.parametrize(("kind", "action"), [("review", "review_rescue"), ("suspect", "review_leave")])
async def test_a_review_is_closed_not_deleted(office: Office, kind: str, action: str) -> None:
    """The first click decides and closes the post; a second one is told so."""
    number = await office.job.mail(a_mail(verdict=kind))
    async with office.job.store.write() as tx:
        await outbox.enqueue(tx, post(f"review:{number}", CHANNEL, {"kind": kind, "mail": number}, NOW))
    await office.job.work()
    [before] = office.slack.messages(CHANNEL, "helpdesk_review")
    old = {**before, "blocks": before["blocks"]}
    await office.slack.click(before, action, user=MIA)
    await office.job.work()
    [after] = office.slack.messages(CHANNEL, "helpdesk_review")
    assert (after["ts"], "review_" in str([b["type"] for b in after["blocks"]])) == (old["ts"], False)
    assert "review_leave" not in str(after["blocks"])
    await office.slack.click(old, "review_leave", user=BEN)
    assert "Already decided" in await told(office, BEN)


LINES = [
    "queue", "mine", "find 111-0000001-0000001", "show 1", "sla", "feedback", "dashboard", "help", "",
    "what <!channel>", "show x", "find", "show 999",
]  # fmt: skip


@pytest.mark.parametrize("line", LINES)
async def test_every_command_answers_its_sender(office: Office, line: str) -> None:
    """Each command answers within Slack's time, to the sender alone, and unknown ones name the known."""
    await a_card(office, owner=MIA, status=Status.OPEN)
    done = await office.slack.command("/helpdesk", line, user=MIA, channel=CHANNEL)
    assert not done.late
    answer = office.slack.ephemerals[-1]
    assert (answer["user"], answer["response_type"]) == (MIA, "ephemeral")
    assert answer["text"]
    assert "<!channel" not in str(answer)
    if line.split(" ")[0] in {"queue", "mine"} or line.startswith("find 1"):
        assert "ticket_show" in str(answer["blocks"])
    if line == "show 1":
        assert "ticket_reply" in str(answer["blocks"])


async def test_the_home_tab(office: Office) -> None:
    """My tickets, those at risk, those nobody has, the reviews; a click there acts and renews it."""
    await a_card(office, owner=MIA, status=Status.OPEN)
    number = await office.job.mail(a_mail())
    await office.slack.open_home(MIA)
    await office.slack.until(lambda: office.slack.state.homes.get(MIA))
    shown = office.slack.state.homes[MIA]
    assert "My tickets* (1)" in str(shown.view["blocks"])
    await office.slack.click(shown, "review_leave", user=MIA)
    assert office.bent.reviews == {number: f"leave by <@{MIA}>"}
    await office.slack.until(lambda: shown.updates > 1)


PNG = b"\x89PNG\r\n\x1a\n"


def picture_of(slack: SlackStandIn, user: str) -> str:
    """The file shown on a Home tab; "" without one."""
    home = slack.state.homes.get(user)
    return next((b["slack_file"]["id"] for b in home.view["blocks"] if b["type"] == "image"), "") if home else ""


async def test_managers_see_the_weeks_chart(office: Office) -> None:
    """Uploaded once a day and shown by its id, also to the next manager; agents get none; a deleted one comes anew."""
    slack, drawn = office.slack, []
    second = slack.state.add_user("U0BOSS002", "second")
    office.clerk.board = replace(BOARD, managers=(BOSS, second), dashboard="http://127.0.0.1:8080/")

    async def draw(day: date) -> bytes:
        drawn.append(day)
        return PNG

    office.clerk.chart = draw
    slack.state.file_delay = 0.5
    await slack.open_home(MIA)
    await slack.open_home(BOSS)
    file = await slack.until(lambda: picture_of(slack, BOSS))
    assert slack.state.uploads[file] == PNG
    assert "dashboard" in str(slack.state.homes[BOSS].view["blocks"])
    assert (picture_of(slack, MIA), "dashboard" in str(slack.state.homes[MIA].view["blocks"])) == ("", False)
    await slack.open_home(second)
    assert await slack.until(lambda: picture_of(slack, second)) == file
    assert drawn == [NOW.date()]
    del slack.state.files[file]
    await slack.open_home(BOSS)
    await slack.until(lambda: picture_of(slack, BOSS) not in {"", file})
    assert len(drawn) == 2


async def test_without_its_chart_the_home_tab_stands_all_the_same(office: Office) -> None:
    """Slack takes no file, or there is nothing to draw: lists and figures are shown."""
    office.clerk.board = replace(BOARD, managers=(BOSS,))

    async def draw(_day: date) -> bytes:
        return b""

    office.clerk.chart = draw
    await office.slack.open_home(BOSS)
    await office.slack.until(lambda: office.slack.state.homes.get(BOSS))
    await office.clerk.settle()
    office.slack.state.scopes.discard("files:write")
    office.clerk.chart = lambda _day: asyncio.sleep(0, PNG)
    await office.slack.open_home(BOSS)
    await office.clerk.settle()
    assert "last seven days" in str(office.slack.state.homes[BOSS].view["blocks"])
    assert picture_of(office.slack, BOSS) == ""


async def test_a_ticket_from_a_list_opens_with_its_buttons(office: Office) -> None:
    """From the Home tab to the card to the form, on top of one another."""
    ticket, _ = await a_card(office, owner=MIA, status=Status.OPEN)
    await office.slack.open_home(MIA)
    home = await office.slack.until(lambda: office.slack.state.homes.get(MIA))
    await office.slack.click(home, "ticket_show", user=MIA)
    [view] = office.slack.open_views(MIA)
    await office.slack.click(view, "ticket_reply", user=MIA)
    form = office.slack.open_views(MIA)[-1]
    assert form.previous == view.id
    await office.slack.submit_view(form, {"reply": "hello"})
    assert [number for number, *_ in office.bent.sent.values()] == [ticket.id]


async def test_not_a_buyer_by_shortcut(office: Office) -> None:
    """On the card, or on any message in its thread; on something else it says so."""
    ticket, card = await a_card(office)
    talk = office.slack.say(CHANNEL, "this is an advert", user=BEN, thread=card)
    await office.slack.shortcut("not_a_buyer", user=MIA, message=talk)
    assert (await office.job.ticket(ticket.id)).status == Status.NOT_A_BUYER
    other = office.slack.say(CHANNEL, "lunch?", user=BEN)
    await office.slack.shortcut("not_a_buyer", user=MIA, message=other)
    assert "no ticket" in await told(office, MIA)


async def test_everything_a_buyer_wrote_is_one_click_away(office: Office) -> None:
    """Own words whole, quotes, and a menu of the files."""
    ticket, card = await a_card(office)
    mail = a_mail(
        verdict="buyer", text="word " * 3000, quoted="On Monday " * 3000, attachments=[{"name": "a.jpg", "size": 9}]
    )
    await office.job.mail(mail.evolve(ticket_id=ticket.id))
    await office.job.change(ticket.id)
    await office.job.work()
    [card] = office.slack.messages(CHANNEL, "helpdesk_ticket")
    await office.slack.click(card, "ticket_more", user=MIA)
    [view] = office.slack.open_views(MIA)
    assert str(view.view["blocks"]).count("word") == 3000
    assert "On Monday" in str(view.view["blocks"])
    assert "ticket_attachment" in str(view.view["blocks"])


async def test_an_attachment_is_fetched_into_the_thread(office: Office) -> None:
    """By a click, from the mailbox, with a word on who did it."""
    ticket, card = await a_card(office)
    await office.job.mail(
        a_mail(verdict="buyer", attachments=[{"name": "a.exe", "size": 9}]).evolve(ticket_id=ticket.id)
    )
    await office.job.change(ticket.id)
    await office.job.work()

    async def fetch(_mail: int, _place: int) -> tuple[str, bytes]:
        return "a.exe", b"data"

    office.clerk.fetch = fetch
    await office.slack.click(card := office.slack.messages(CHANNEL, "helpdesk_ticket")[0], "ticket_more", user=MIA)
    [view] = office.slack.open_views(MIA)
    value = next(b for b in view.view["blocks"] if b.get("block_id") == "files")["elements"][0]["option_groups"][0]
    await office.slack.click(view, "ticket_attachment", user=MIA, value=value["options"][0]["value"])
    await office.clerk.settle()
    [file] = [m for m in office.slack.thread(card) if m.get("files")]
    assert "may run a program" in file["text"]
    assert office.slack.state.uploads[file["files"][0]["id"]] == b"data"


async def test_what_cannot_be_fetched_is_told(office: Office) -> None:
    """Larger than the cap, gone from the mailbox, refused by Slack: the agent hears why, and nothing is posted."""
    ticket, _ = await a_card(office)
    files = [{"name": "huge.zip", "size": MOST_BYTES + 1}, {"name": "a.jpg", "size": 9}]
    await office.job.mail(a_mail(verdict="buyer", attachments=files).evolve(ticket_id=ticket.id))
    await office.job.change(ticket.id)
    await office.job.work()
    [card] = office.slack.messages(CHANNEL, "helpdesk_ticket")
    asked = []

    async def fetch(mail: int, place: int) -> tuple[str, bytes]:
        asked.append((mail, place))
        if len(asked) == 1:
            raise MailboxError("the mailbox is away")
        return "a.jpg", b"data"

    office.clerk.fetch = fetch
    office.slack.state.scopes.discard("files:write")
    await office.slack.click(card, "ticket_more", user=MIA)
    [view] = office.slack.open_views(MIA)
    menu = next(b for b in view.view["blocks"] if b.get("block_id") == "files")["elements"][0]
    huge, small = (option["value"] for option in menu["option_groups"][0]["options"])
    for value, words in ((huge, "too large"), (small, "mailbox is away"), (small, "missing_scope")):
        await office.slack.click(view, "ticket_attachment", user=MIA, value=value)
        await office.clerk.settle()
        assert words in str(office.slack.messages(MIA)[-1]["text"])
    assert (len(asked), [m for m in office.slack.thread(card) if m.get("files")]) == (2, [])


async def test_a_whole_conversation_is_fetched_as_text(office: Office) -> None:
    """What no view can hold: a choice in the menu puts all of it into the thread as a text file."""
    ticket, _ = await a_card(office)
    for number in range(3):
        mail = a_mail(
            verdict="buyer", text=f"m{number}. " * 20_000, message_id=f"{number}@x", uid=number, body_hash="b"
        )
        await office.job.mail(mail.evolve(ticket_id=ticket.id))
    await office.job.change(ticket.id)
    await office.job.work()
    [card] = office.slack.messages(CHANNEL, "helpdesk_ticket")
    await office.slack.click(card, "ticket_more", user=MIA)
    [view] = office.slack.open_views(MIA)
    await office.slack.click(view, "ticket_attachment", user=MIA, value=f"text:{ticket.id}")
    await office.clerk.settle()
    [file] = [m for m in office.slack.thread(card) if m.get("files")]
    whole = office.slack.state.uploads[file["files"][0]["id"]].decode()
    assert [whole.count(f"m{n}.") for n in range(3)] == [20_000] * 3


async def test_only_agents_may_act(office: Office) -> None:
    """With a group set, others are told; managers may."""
    ticket, card = await a_card(office)
    office.slack.state.groups["S0AGENTS1"] = [BEN]
    office.clerk.board = Board(
        channel=CHANNEL, escalations=CHANNEL, zone=office.clerk.board.zone, agents="S0AGENTS1", managers=(BOSS,)
    )
    await office.slack.click(card, "ticket_resolve", user=MIA)
    assert "Only agents" in await told(office, MIA)
    assert (await office.job.ticket(ticket.id)).status == Status.NEW
    await office.slack.click(card, "ticket_acknowledge", user=BEN)
    await office.slack.click(card, "ticket_resolve", user=BOSS)
    assert (await office.job.ticket(ticket.id)).status == Status.RESOLVED


async def test_without_a_group_the_channels_members_are_the_agents(office: Office) -> None:
    """Somebody elsewhere in the workspace sees and does nothing; whoever is on call or in the channel may."""
    _, card = await a_card(office)
    slack = office.slack
    office.clerk.board = replace(BOARD, on_call=(BEN,))
    stranger = slack.state.add_user("U0STRANGE", "stranger")
    lunch = slack.state.add_channel("lunch")
    slack.state.channel(CHANNEL).members.remove(BEN)
    for line in ("queue", "show 1", "find Lampe", "call"):
        await slack.command("/helpdesk", line, user=stranger, channel=lunch.id)
        assert "Only agents" in await told(office, stranger)
    await slack.shortcut("log_call", user=stranger)
    await slack.open_home(stranger)
    shown = str((await slack.until(lambda: slack.state.homes.get(stranger))).view["blocks"])
    assert ("Only agents" in shown, "Lampe" in shown) == (True, False)
    assert slack.open_views(stranger) == []
    for user in (BEN, MIA):
        await slack.command("/helpdesk", "queue", user=user, channel=lunch.id)
        assert "Lampe" in str(slack.ephemerals[-1]["blocks"])
    slack.state.scopes.discard("channels:read")
    await slack.click(card, "ticket_acknowledge", user=MIA)
    assert (await office.job.ticket(1)).owner == MIA


async def test_what_is_written_in_a_thread_stays_inside(office: Office) -> None:
    """Talk below a card reaches neither the desk nor a buyer."""
    _, card = await a_card(office)
    office.slack.say(CHANNEL, "this buyer is a pain", user=BEN, thread=card)
    await office.slack.event({"type": "message", "channel": card["channel"], "user": BEN, "text": "a pain"})
    assert office.bent.sent == {}


async def test_the_socket_comes_back(office: Office) -> None:
    """After a cut and after Slack's hourly refresh the next click is heard."""
    ticket, card = await a_card(office)
    for end in (office.slack.server.drop, office.slack.server.refresh):
        await end()
        await office.slack.until(lambda: office.slack.server.sockets and not office.slack.server.sockets[0].closed)
        await asyncio.sleep(0.05)
        assert not (await office.slack.click(card, "ticket_acknowledge", user=MIA)).late
    assert (await office.job.ticket(ticket.id)).owner == MIA
    assert office.listeners.seen_at is not None


async def test_broken_work_does_not_break_the_desk(office: Office) -> None:
    """A click with nonsense in it, a form nobody knows and a failing desk are acknowledged; the next click works."""
    ticket, card = await a_card(office)
    nonsense: list[dict[str, Any]] = [
        {"actions": [{"action_id": "ticket_resolve", "value": "x" * 3000}]},
        {"actions": [{"action_id": "ticket_resolve", "value": "999999"}]},
        {"actions": [{"action_id": "unknown", "value": "1"}]},
        {"actions": [{}]},
    ]
    for payload in nonsense:
        body = {**office.slack._base("block_actions", MIA), "container": {}, **payload}
        assert not (await office.slack.deliver("interactive", body)).late
    view = {"type": "modal", "callback_id": "call_form", "id": "V1", "private_metadata": "{", "state": {}, "blocks": []}
    body = {**office.slack._base("view_submission", MIA), "view": view}
    assert not (await office.slack.deliver("interactive", body)).late
    await office.slack.click(card, "ticket_acknowledge", user=MIA)
    assert (await office.job.ticket(ticket.id)).owner == MIA


async def test_fifty_agents_at_once(office: Office) -> None:
    """Fifty people click on 200 tickets: each ticket has one owner, and each who came late was told who has it."""
    rows = await office.job.add(*[a_ticket(subject=f"{n}") for n in range(200)])
    await office.job.work(100)
    cards = office.slack.messages(CHANNEL, "helpdesk_ticket")
    agents = [office.slack.state.add_user(f"U0AGENT{n:03d}", f"agent{n}") for n in range(50)]
    office.slack.state.channel(CHANNEL).members.extend(agents)

    async def works(place: int, agent: str) -> list[Interaction]:
        return [
            await office.slack.click(cards[(place * 4 + step) % 200], "ticket_acknowledge", user=agent)
            for step in range(8)
        ]

    began = time.monotonic()
    done = [one for part in await asyncio.gather(*(works(n, a) for n, a in enumerate(agents))) for one in part]
    assert not [one for one in done if one.late]
    assert time.monotonic() - began < 60
    await office.clerk.settle(10)
    after = [await office.job.ticket(row.id) for row in rows]
    assert all(ticket.owner in agents for ticket in after)
    won = sum(ticket.rev - row.rev for ticket, row in zip(after, rows, strict=True))
    refused = [one for one in office.slack.ephemerals if one["user"] in agents]
    assert won + len(refused) == 400
    owners = {f"#{ticket.id} ": str(ticket.owner) for ticket in after}
    for one in refused:
        number = one["text"].split(" ")[0] + " "
        assert f"<@{owners[number]}>" in one["text"]
