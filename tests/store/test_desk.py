"""What agents do, over SQLite and PostgreSQL: clicks, answers, calls, reviews; each told the truth."""

from __future__ import annotations

import asyncio
from base64 import b64decode
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from helpdesk.domain import Effect, Event, Outbox, Status, Ticket
from helpdesk.feedback.drafts import mention
from helpdesk.replies.desk import Desk
from helpdesk.replies.templates import Library
from helpdesk.resources import resource
from helpdesk.settings import Settings
from helpdesk.store import learning, mails, outbox, tickets
from helpdesk.store.engine import Store
from tests.store.test_filing import ORDER, RELAY, buyer, file, kinds, the_ticket
from tests.support.people import NOW, a_mail

HOUR = timedelta(hours=1)
TEXT = "Thank you for your message. We have looked into it, and your parcel left our warehouse this morning."


def settings() -> Settings:
    """One mailbox on this machine."""
    server = {"host": "127.0.0.1", "security": "none"}
    box = {"name": "shop", "address": "support@shop.test", "sender_name": "Shop", "imap": server, "smtp": server}
    return Settings.model_validate({"mailbox": [box]})


@pytest.fixture(scope="module")
def library() -> Library:
    """The templates as shipped."""
    return Library.load(resource("templates/replies"))


@pytest.fixture
def desk(store: Store, library: Library) -> Desk:
    """A desk two hours after the buyer wrote."""
    configured = settings()
    return Desk(store, configured, library, configured.rules, lambda: NOW + 2 * HOUR)


async def effects(store: Store) -> list[Outbox]:
    """The first ticket's mails in the outbox."""
    async with store.read() as tx:
        return [item for item in await outbox.of_ticket(tx, 1) if item.effect == Effect.MAIL]


def mail_of(item: Outbox) -> EmailMessage:
    """The mail as it will leave."""
    raw: str = item.payload["raw"]
    data = b64decode(raw) if item.payload.get("base64") else raw.encode("ascii")
    found = message_from_bytes(data, policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found


async def test_acknowledge_and_the_second_agent(store: Store, desk: Desk) -> None:
    """The first becomes the owner; the second is told who has it; repeating does no harm."""
    await file(store, buyer(1))
    first = await desk.act(1, "acknowledge", "U1")
    again = await desk.act(1, "acknowledge", "U1")
    second = await desk.act(1, "acknowledge", "U2")

    assert (first.ok, again.ok, second.ok, second.holder) == (True, True, False, "U1")
    assert (await the_ticket(store)).owner == "U1"


async def test_an_unknown_ticket_is_said(desk: Desk) -> None:
    """No traceback, no guess."""
    outcome = await desk.act(99, "resolve", "U1")

    assert (outcome.ok, outcome.ticket) == (False, None)


async def test_no_response_stops_the_clock(store: Store, desk: Desk) -> None:
    """The message leaves the figures; a further mail starts the clock anew."""
    await file(store, buyer(1))
    await desk.act(1, "no_response", "U1")
    quiet = await the_ticket(store)
    await file(store, buyer(2, clock_start=NOW + 3 * HOUR), now=NOW + 3 * HOUR)
    again = await the_ticket(store)

    assert (quiet.status, quiet.anchor_at, quiet.next_step_at) == (Status.RESOLVED, None, None)
    assert (again.status, again.anchor_at) == (Status.OPEN, NOW + 3 * HOUR)


async def test_not_a_buyer_leaves_queue_and_figures_and_teaches(store: Store, desk: Desk) -> None:
    """The click is kept as an example for the next training."""
    await file(store, buyer(1))
    await desk.act(1, "not_a_buyer", "U1")
    async with store.read() as tx:
        assert [m.no_response for m in await tickets.messages(tx, [1])] == [True]  # outside of every figure
        examples = await learning.examples(tx)

    assert [(e.mail_id, e.label, e.actor) for e in examples] == [(1, "spam", "U1")]
    assert (await the_ticket(store)).status == Status.NOT_A_BUYER


async def test_snooze_and_assign(store: Store, desk: Desk) -> None:
    """A snooze has an end; an assignment a new owner."""
    await file(store, buyer(1))
    assert (await desk.act(1, "snooze", "U1", until=NOW + 5 * HOUR)).ok
    assert not (await desk.act(1, "snooze", "U1", until=NOW)).ok
    assert (await desk.act(1, "assign", "U1", owner="U2")).ok
    ticket = await the_ticket(store)

    assert (ticket.status, ticket.owner, ticket.snoozed_until) == (Status.SNOOZED, "U2", NOW + 5 * HOUR)


async def test_an_answer_is_queued_as_the_mail_it_will_be(store: Store, desk: Desk) -> None:
    """The exact alias with +case, the unchanged subject, the thread, the buyer's mail quoted below, plain text."""
    alias = "Abc123def456ghi+0A1b2c3d@marketplace.amazon.com"
    await file(store, buyer(1, reply_to=alias, subject="Re: Order inquiry", quoted="where is it\n[commMgrTok:AYX1]"))
    outcome = await desk.reply(1, TEXT, "U1", rev=1, key="form1")
    (item,) = await effects(store)
    mail = mail_of(item)

    assert outcome.ok, outcome
    assert (mail["To"], mail["Subject"], mail["In-Reply-To"]) == (alias, "Re: Order inquiry", "<1@buyers.test>")
    assert mail["From"] == "Shop <support@shop.test>"
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content().startswith(TEXT)
    assert "> [commMgrTok:AYX1]" in mail.get_content()
    assert mail["Auto-Submitted"] is None
    assert await kinds(store) == ["received", "reply_queued"]
    assert (await the_ticket(store)).owner == "U1"


async def test_the_same_form_sends_once(store: Store, desk: Desk) -> None:
    """Slack repeats what it is unsure of."""
    await file(store, buyer(1))
    await desk.reply(1, TEXT, "U1", rev=1, key="form1")
    assert (await desk.reply(1, TEXT, "U1", rev=1, key="form1")).ok

    assert len(await effects(store)) == 1


async def test_a_form_older_than_a_colleagues_answer_is_not_sent(store: Store, desk: Desk) -> None:
    """Its agent is told who answered."""
    await file(store, buyer(1))
    opened = (await desk.draft_for(1, "U2")).rev
    await desk.reply(1, TEXT, "U1", rev=opened, key="a")
    late = await desk.reply(1, "I looked into it as well and can confirm it.", "U2", rev=opened, key="b")

    assert (late.ok, late.answered_by) == (False, "U1")
    assert "<@U1>" in late.message
    assert len(await effects(store)) == 1


async def test_fifty_agents_at_once_send_one_answer_each_ticket(store: Store, desk: Desk) -> None:
    """No lost update, no double send, each told the truth."""
    rows = [
        buyer(n, customer=f"b{n}@marketplace.amazon.com", reply_to=f"b{n}@marketplace.amazon.com", order_ids=[])
        for n in range(1, 6)
    ]
    await file(store, *rows)

    async def click(agent: int) -> bool:
        done = await desk.reply(agent % 5 + 1, TEXT, f"U{agent}", rev=1, key=f"f{agent}")
        return done.ok

    done = await asyncio.gather(*(click(n) for n in range(50)))
    async with store.read() as tx:
        sent = [i for t in range(1, 6) for i in await outbox.of_ticket(tx, t) if i.effect == Effect.MAIL]

    assert sum(done) == 5
    assert len(sent) == 5


@pytest.mark.parametrize(
    "text",
    [
        "Write to me at WhatsApp +1 415 555 0100.",
        "See http://bad.test/x",
        "Please change your review to 5 stars, thanks.",
        "",
    ],
    ids=["off_platform", "link", "review", "empty"],
)
async def test_what_the_rules_forbid_is_not_queued(store: Store, desk: Desk, text: str) -> None:
    """Promise 5: the reason comes back in the form's field."""
    await file(store, buyer(1))
    outcome = await desk.reply(1, text, "U1", rev=1, key="x")

    assert not outcome.ok
    assert "reply" in outcome.errors
    assert await effects(store) == []


async def test_the_draft_is_in_the_buyers_language_and_passes_the_rules(store: Store, desk: Desk) -> None:
    """A German buyer gets a German draft that names the order."""
    await file(store, buyer(1, language="de", topic="late_shipment"))
    view = await desk.draft_for(1, "U1")
    preview = await desk.preview(1, view.text, "U1")

    assert view.text
    assert view.templates
    assert preview.blocked == ()
    assert view.subject == "Re: Where is my kettle?"


async def test_a_call_is_a_ticket_under_the_clock(store: Store, desk: Desk) -> None:
    """Logged once per form; it counts from the call, and a call-back answers it."""
    first = await desk.log_call(caller="+1 555", order=ORDER, at=NOW, summary="Lid is broken", actor="U1", key="k")
    again = await desk.log_call(caller="+1 555", order=ORDER, at=NOW, summary="Lid is broken", actor="U1", key="k")
    ticket = await the_ticket(store)

    assert first.ticket == again.ticket == ticket.id
    assert (ticket.marketplace, ticket.anchor_at, ticket.due_at) == ("phone", NOW, NOW + 24 * HOUR)
    await desk.call_back(ticket.id, "U1", at=NOW + HOUR)
    assert (await the_ticket(store)).status == Status.ANSWERED


async def test_a_call_of_the_future_is_refused(desk: Desk) -> None:
    """A typing error in the time is said."""
    outcome = await desk.log_call(caller="", order="", at=NOW + 30 * HOUR, summary="x", actor="U1", key="k")

    assert not outcome.ok


async def test_review_rescue_makes_a_ticket_and_moves_the_mail(store: Store, desk: Desk) -> None:
    """A second click is told; the click is an example."""
    await file(store, a_mail(1, role="junk", folder="Junk", verdict="review"))
    assert (await desk.review(1, "rescue", "U1")).ok
    assert not (await desk.review(1, "leave", "U2")).ok
    await file(store)
    async with store.read() as tx:
        move = await outbox.by_key(tx, "move:1")
        examples = await learning.examples(tx)

    assert (await the_ticket(store)).mails == 1
    assert move is not None
    assert [(e.label, e.actor) for e in examples] == [("buyer", "U1")]


async def test_a_suspect_is_never_rescued(store: Store, desk: Desk) -> None:
    """Promise 6, whoever clicks."""
    await file(store, a_mail(1, role="junk", folder="Junk", verdict="suspect"))

    assert not (await desk.review(1, "rescue", "U1")).ok
    assert (await desk.review(1, "leave", "U1")).ok
    async with store.read() as tx:
        found = await mails.get(tx, 1)
    assert found is not None
    assert (found.ticket_id, found.reason) == (None, "left by <@U1>")


@pytest.mark.parametrize(
    "words",
    ["1", "#1", ORDER, RELAY, RELAY[:8], "KETTLE", "schönen Grüßen", "ÄRGER", "ärger", "100%_~"],
    ids=["number", "hash", "order", "address", "buyer", "word", "umlaut", "capital", "small", "signs"],
)
async def test_find(store: Store, desk: Desk, words: str) -> None:
    """By number, order, buyer or words of the conversation, whatever the case of its letters."""
    text = "The kettle is only Ärger. 100%_~ Mit schönen Grüßen"
    other = {"customer": "b@x.test", "from_addr": "b@x.test", "reply_to": "b@x.test", "order_ids": [], "subject": "x"}
    await file(store, buyer(1, text=text), buyer(2, text="x", **other))

    assert [t.id for t in await desk.find(words)] == [1]


async def test_queue_and_mine(store: Store, desk: Desk) -> None:
    """The most urgent first; closed ones are nobody's."""
    await file(
        store, buyer(1), buyer(2, customer="b@x.test", reply_to="b@x.test", order_ids=[], clock_start=NOW - HOUR)
    )
    queue: list[Ticket] = await desk.queue()
    await desk.act(queue[0].id, "acknowledge", "U1")

    assert [t.anchor_at for t in queue] == [NOW - HOUR, NOW]
    assert [t.id for t in await desk.mine("U1")] == [queue[0].id]


def test_the_templates_lie_where_the_program_looks(tmp_path: Path) -> None:
    """The library loads from the project, and a folder of the seller's own lies over it."""
    (tmp_path / "ack").mkdir()
    own: Any = Library.load(resource("templates/replies"), tmp_path)

    assert own.templates


async def test_a_promise_needs_a_reason_and_a_doubt_about_style_does_not(store: Store, desk: Desk) -> None:
    """Money promised is confirmed with a person's word, which stands in the history."""
    await file(store, buyer(1))
    promise = (
        "We are sorry about the broken lid. We will refund the full price of your order 111-0000001-0000001 today."
    )
    first = await desk.reply(1, promise, "U1", rev=1, key="x")
    confirmed = await desk.reply(1, promise, "U1", rev=1, key="x", confirmed="agreed with Maya")

    assert (first.ok, bool(first.warnings), confirmed.ok) == (False, True, True)
    async with store.read() as tx:
        (queued,) = [e for e in await tickets.events(tx, 1) if e.kind == "reply_queued"]
    assert queued.detail["confirmed"] == "agreed with Maya"
    short = await desk.reply(1, "Thank you for waiting. Your parcel is on its way to you.", "U1", rev=9, key="y")
    assert short.ok


async def test_an_answer_written_before_a_mail_was_read_does_not_answer_it(store: Store, desk: Desk) -> None:
    """Arrived before the click, read after it: nobody has seen it, so the ticket waits again, from its arrival."""
    await file(store, buyer(1))
    await desk.act(1, "no_response", "U1")  # at NOW + 2 h
    await file(store, buyer(2, clock_start=NOW + HOUR), now=NOW + 3 * HOUR)
    ticket = await the_ticket(store)

    assert (ticket.status, ticket.anchor_at) == (Status.OPEN, NOW + HOUR)
    desk.now = lambda: NOW + 4 * HOUR
    await desk.act(1, "no_response", "U1")
    assert (await the_ticket(store)).anchor_at is None


async def test_the_one_sentence_about_feedback_leaves_once_and_from_a_solved_ticket_alone(
    store: Store, desk: Desk
) -> None:
    """Word for word, after resolving, never a second time; a refused answer was never given."""
    await file(store, buyer(1))
    said = f"Hello, we are glad that the new lid fits.\n\n{mention('en')}"
    assert "feedback_change" in (await desk.reply(1, said, "U1", rev=99, key="early")).errors["reply"]
    await desk.act(1, "resolve", "U1")
    pressed = await desk.reply(1, f"{said} Please remove your feedback.", "U1", rev=99, key="pressed")
    assert "feedback_change" in pressed.errors["reply"]
    assert not (await desk.preview(1, said, "U1")).blocked
    assert (await desk.reply(1, said, "U1", rev=99, key="once")).ok
    assert "feedback_change" in (await desk.reply(1, said, "U1", rev=99, key="again")).errors["reply"]
    assert (await desk.preview(1, said, "U1")).blocked
    async with store.write() as tx:
        lost = Event(ticket_id=1, at=NOW, kind="reply_failed", actor="helpdesk", detail={"key": "reply:1:once"})
        await tickets.log(tx, [lost])
    assert (await desk.reply(1, said, "U1", rev=99, key="third")).ok
