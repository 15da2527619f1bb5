"""Every face of the desk that other files do not drive end to end: commands, review, feedback, home, and its faults.

docs of the whole: tests/wire/test_slack_desk.py (answers, buttons, forms, many agents), test_slack_listeners.py (each
interaction), test_slack_job.py (posts), test_slack_http.py (HTTP mode), test_sla_slack_away.py (an hour's outage).
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from helpdesk.domain import Status
from helpdesk.feedback import job as feedback
from helpdesk.feedback.bringing import bring_in
from helpdesk.feedback.report import read_report
from helpdesk.marketplaces.countries import country
from helpdesk.slack.job import run_once as slack_once
from helpdesk.store import mails
from helpdesk.store.engine import Store
from tests.store.test_filing import ORDER, RELAY, all_tickets, buyer, file, the_ticket
from tests.support.house import TEXT, House, answers, house
from tests.support.people import a_mail
from tests.support.slack import BEN, BOARD, CHANNEL, MIA, door, slack, store

__all__ = ["door", "house", "slack", "store"]


async def state_of(store: Store) -> Status:
    """The one ticket's status."""
    return Status((await the_ticket(store)).status)


async def test_every_command_over_the_real_desk(house: House) -> None:
    """Each finds what there is, tells its sender alone, and its buttons lead on to the form."""
    await house.buyer_writes(1, text="The kettle leaks")
    await house.slack.click(house.card(), "ticket_acknowledge", user=MIA)
    shows = {
        "queue": "#1 Amazon", "mine": "#1 Amazon", "show 1": "ticket_reply", f"find {ORDER}": "#1 Amazon",
        f"find {RELAY}": "#1 Amazon", "find KETTLE leaks": "#1 Amazon", "find zeppelin": "nothing",
        "sla": "No buyer's message", "feedback": "No feedback case", "dashboard": "not switched on",
        "help": "find TEXT",
    }  # fmt: skip
    for line, words in shows.items():
        done = await house.slack.command("/helpdesk", line, user=MIA, channel=CHANNEL)
        told = house.slack.ephemerals[-1]
        assert (done.late, told["user"], words in str(told)) == (False, MIA, True), (line, told)
    listed = house.slack.ephemerals[-len(shows)]
    await house.slack.click({**listed, "ts": "1.1"}, "ticket_show", user=MIA)
    await house.slack.click(house.slack.open_views(MIA)[-1], "ticket_reply", user=MIA)
    await house.slack.submit_view(house.slack.open_views(MIA)[-1], {"reply": TEXT})
    await house.work()
    assert len(answers(house)) == 1


async def test_a_call_by_command_is_answered_by_a_call_back(house: House) -> None:
    """`/helpdesk call` opens the form with what was typed; a caller is not written to: our call-back answers."""
    await house.slack.command("/helpdesk", "call wants an invoice", user=MIA, channel=CHANNEL)
    [form] = house.slack.open_views(MIA)
    called = int((house.now - timedelta(hours=1)).timestamp())
    values = {"caller": "+49 30 1234567", "order": ORDER, "at": called}
    assert (await house.slack.submit_view(form, values)).ack == {}
    await house.work()
    assert "wants an invoice" in str(house.card()["blocks"])
    await house.slack.click(house.card(), "ticket_reply", user=BEN)
    [form] = house.slack.open_views(BEN)
    assert form.view["callback_id"] == "call_back_form"
    at = int((house.now - timedelta(minutes=30)).timestamp())
    done = await house.slack.submit_view(form, {"summary": "Sent <it> by post", "at": at})
    assert done.ack == {}, done.ack
    await house.work()
    ticket = await the_ticket(house.store)
    assert (ticket.status, ticket.anchor_at) == (Status.ANSWERED, None)
    assert ticket.answered_at == house.now - timedelta(minutes=30)
    assert (f"<@{BEN}> called back" in house.thread(), "Sent &lt;it&gt; by post" in house.thread()) == (True, True)
    assert house.far.mails == []


async def test_a_rescued_mail_becomes_a_card_and_is_answered(house: House) -> None:
    """From the review's post to the ticket to the buyer; the post is closed and tells who decided."""
    odd = {"customer": "ann@freemail.test", "reply_to": "ann@freemail.test", "from_addr": "ann@freemail.test"}
    await file(house.store, a_mail(1, role="junk", folder="Junk", verdict="review", **odd), now=house.now)
    await house.work()
    [review] = house.slack.messages(CHANNEL, "helpdesk_review")
    await house.slack.click(review, "review_rescue", user=MIA)
    await file(house.store, now=house.now)
    await house.work()
    [closed] = house.slack.messages(CHANNEL, "helpdesk_review")
    assert (closed["ts"], f"by <@{MIA}>" in str(closed["blocks"])) == (review["ts"], True)
    assert "found in Junk" in str(house.card()["blocks"])
    await house.slack.submit_view(await house.form(MIA), {"reply": TEXT})
    await house.work()
    assert len(answers(house)) == 1
    assert {mail.recipients[0] for mail in house.far.mails} == {"ann@freemail.test"}


async def test_a_suspect_can_only_be_closed(house: House) -> None:
    """Whatever is clicked, also a forged rescue button: no ticket, no mail, the mail stays where it lies."""
    await file(house.store, a_mail(1, role="junk", folder="Junk", verdict="suspect"), now=house.now)
    await house.work()
    [post] = house.slack.messages(CHANNEL, "helpdesk_review")
    button = {"type": "button", "action_id": "review_rescue", "value": "1", "text": {"type": "plain_text", "text": "x"}}
    forged = {**post, "blocks": [{"type": "actions", "elements": [button]}]}
    await house.slack.click(forged, "review_rescue", user=MIA)
    await house.clerk.settle()
    assert "never rescued" in house.slack.ephemerals[-1]["text"]
    await house.slack.click(post, "review_leave", user=MIA)
    await file(house.store, now=house.now)
    await house.work()
    assert (await all_tickets(house.store), house.far.mails) == ([], [])
    async with house.store.read() as tx:
        assert (await mails.get(tx, 1)).folder == "Junk"  # type: ignore[union-attr]  # it is there


async def test_a_feedback_goes_from_its_card_to_submitted(house: House) -> None:
    """Edited in its form under the message rules, approved, submitted: the card tells each step."""
    home = country("US")
    head = "Date\tRating\tComments\tResponse\tOrder ID\tRater Email"
    row = f"{house.now:%m/%d/%y}\t1\tKettle leaks after two days.\t\t111-0000001-0000001\tx"
    await bring_in(house.store, read_report(f"{head}\n{row}\n".encode(), home), home, {}, house.now)
    watch = feedback.Watch(channel=CHANNEL, zone=ZoneInfo("Europe/Berlin"))

    async def work() -> str:
        await feedback.run_once(house.store, watch, house.now)
        await house.work()
        [card] = house.slack.messages(CHANNEL, "helpdesk_feedback")
        return str(card["blocks"])

    assert "feedback_approve" in await work()
    [card] = house.slack.messages(CHANNEL, "helpdesk_feedback")
    await house.slack.click(card, "feedback_edit", user=MIA)
    [form] = house.slack.open_views(MIA)
    refused = await house.slack.submit_view(form, {"draft": "See https://shop.example.com"})
    assert list((refused.ack or {})["errors"]) == ["draft"]
    await house.slack.submit_view(form, {"draft": "It judges the kettle alone."})
    assert "It judges the kettle alone." in await work()
    await house.slack.click(card, "feedback_approve", user=MIA)
    assert "to be submitted" in await work()
    await house.slack.command("/helpdesk", "feedback", user=MIA, channel=CHANNEL)
    assert "1 removal request" in house.slack.ephemerals[-1]["text"]
    await house.slack.click(card, "feedback_submitted", user=BEN)
    assert "feedback_submitted" not in await work()


async def test_template_preview_reason_send_and_resolve(house: House) -> None:
    """Another reply fills the field, the preview shows the mail, a promise needs a reason; sent and closed at once."""
    await house.buyer_writes(1)
    form = await house.form(MIA)
    menu = next(block for block in form.view["blocks"] if block.get("block_id") == "template")["element"]
    groups = menu.get("option_groups") or [menu]
    other = next(o["value"] for g in groups for o in g["options"] if o != menu.get("initial_option"))
    await house.slack.submit_view(form, {"reply": "See https://x.test"})  # typed words, kept in the form
    before = form.typed["reply"]["text"]["value"]
    await house.slack.click(form, "template", user=MIA, value=other)
    field = next(block for block in form.view["blocks"] if block.get("block_id") == "reply")["element"]
    assert field["action_id"] == "text"
    assert field["initial_value"] != before
    assert form.typed["reply"] == {}  # so Slack shows the new draft
    promise = TEXT + " We will refund the full price of your order today."
    told = await house.slack.submit_view(form, {"reply": promise})
    assert (told.ack or {})["response_action"] == "update"
    await house.slack.click(form, "reply_preview", user=MIA)
    assert "refund the full price" in str(house.slack.open_views(MIA)[-1].view["blocks"])
    done = await house.slack.submit_view(form, {"reason": "agreed with Maya", "then": ["resolve"]})
    assert done.ack == {}, done.ack
    await house.work()
    assert "refund the full price" in answers(house)[0].replace("\n", " ")
    assert await state_of(house.store) == Status.RESOLVED


async def test_a_template_whose_second_step_is_lost_can_still_be_sent(house: House) -> None:
    """The field's name changes in between; if Slack fails there, the form works under the name in between."""
    await house.buyer_writes(1)
    form = await house.form(MIA)
    menu = next(block for block in form.view["blocks"] if block.get("block_id") == "template")["element"]
    first = (menu.get("option_groups") or [menu])[0]["options"][0]["value"]
    house.slack.state.fault("views.update", "slow", seconds=0.0)
    house.slack.state.fault("views.update", "500")
    await house.slack.click(form, "template", user=MIA, value=first)
    await house.slack.submit_view(form, {"reply": TEXT})
    await house.work()
    assert len(answers(house)) == 1


@pytest.mark.parametrize("kind", ["500", "429", "lost", "drop"])
async def test_a_form_that_slack_does_not_open_is_told(house: House, kind: str) -> None:
    """The agent hears that it failed; the next click works."""
    await house.buyer_writes(1)
    house.slack.state.fault("views.open", kind)
    assert not (await house.slack.click(house.card(), "ticket_reply", user=MIA)).late
    await house.clerk.settle()
    assert house.slack.ephemerals[-1]["user"] == MIA
    assert "Slack" in house.slack.ephemerals[-1]["text"]
    await house.slack.submit_view(await house.form(MIA), {"reply": TEXT})
    await house.work()
    assert len(answers(house)) == 1


async def test_a_socket_cut_while_the_form_stands_open(house: House) -> None:
    """The form is sent over the next connection; a copy over the third changes nothing."""
    await house.buyer_writes(1)
    form = await house.form(MIA)
    server = house.slack.server
    await server.drop()
    await house.slack.until(lambda: server.sockets and not server.sockets[0].closed)
    await asyncio.sleep(0.05)
    assert not (await house.slack.submit_view(form, {"reply": TEXT}, copies=3)).late
    await house.work()
    assert len(answers(house)) == 1


async def test_an_hour_without_slack_after_the_click(house: House) -> None:
    """The answer leaves at once; what Slack missed is told in the thread, in order, when it is back."""
    await house.buyer_writes(1)
    done = await house.slack.submit_view(await house.form(MIA), {"reply": TEXT})
    fault = house.slack.state.fault("*", "500", times=10_000)
    assert done.ack == {}
    await house.work()
    assert len(answers(house)) == 1
    lines = len(house.slack.thread(house.card()))
    for minutes in range(0, 60, 10):
        await slack_once(house.store, house.door, BOARD, house.now + timedelta(minutes=minutes), worker="test")
    assert len(house.slack.thread(house.card())) == lines
    fault.times = 0
    house.now += timedelta(hours=1)
    await house.work()
    queued, sent = house.slack.thread(house.card())[lines:][-2:]
    assert ("on its way" in queued["text"], "was sent" in sent["text"]) == (True, True)
    assert "Answered" in str(house.card()["blocks"])


async def test_words_for_the_buyer_in_a_forged_field_change_nothing_else(house: House) -> None:
    """A form whose metadata names another ticket, or none, is not sent to anybody."""
    await house.buyer_writes(1)
    form = await house.form(MIA)
    for kept in ("", "{}", '{"ticket":"x"}', '{"ticket":99,"rev":1}', "[1]"):
        form.open, form.view = True, {**form.view, "private_metadata": kept}
        assert not (await house.slack.submit_view(form, {"reply": TEXT})).late
    await house.work()
    assert answers(house) == []


async def test_a_second_mail_while_the_form_stands_open_is_told_by_the_card(house: House) -> None:
    """The buyer wrote again meanwhile: the answer leaves, the later mail still waits, and the card says so."""
    await house.buyer_writes(1)
    form = await house.form(MIA)
    await file(
        house.store, buyer(2, clock_start=house.now + timedelta(minutes=1), text="One more thing"), now=house.now
    )
    await house.slack.submit_view(form, {"reply": TEXT})
    await house.work()
    assert len(answers(house)) == 1
    assert "One more thing" in str(house.card()["blocks"])
