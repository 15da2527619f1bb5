"""Filing judged mails: tickets, answers, rescues, refusals, over SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from helpdesk.domain import Ack, Effect, Mail, MailState, Outbox, Sent, Status, Ticket
from helpdesk.marketplaces.registry import profile
from helpdesk.sla.clock import Rules
from helpdesk.store import mailboxes, mails, outbox, tickets
from helpdesk.store.engine import Store
from helpdesk.triage import job
from helpdesk.triage.job import Counts, Desk
from tests.support.people import NOW, a_mail

HOUR = timedelta(hours=1)
ORDER = "111-0000001-0000001"
RELAY = "abc123def456ghi@marketplace.amazon.com"


def rules_of(name: str) -> Rules:
    """The profiles as shipped."""
    return Rules(profile=profile(name).sla)


DESK = Desk(
    mailbox="shop",
    address="support@shop.test",
    marketplace="amazon",
    rules_of=rules_of,
    acknowledges=lambda _marketplace: True,
    channel="#buyer-support",
)


def buyer(number: int, **changes: Any) -> Mail:
    """A buyer's mail through Amazon's relay."""
    fields: dict[str, Any] = {
        "verdict": "buyer", "kind": "buyer_message", "channel": "amazon", "customer": RELAY, "reply_to": RELAY,
        "from_addr": RELAY, "order_ids": [ORDER],
    }  # fmt: skip
    return a_mail(number, **{**fields, **changes})


def sent(number: int, **changes: Any) -> Mail:
    """A mail a person wrote in another mail client."""
    fields: dict[str, Any] = {
        "role": "sent", "folder": "Sent", "customer": RELAY, "reply_to": "", "from_addr": "support@shop.test",
        "subject": "Re: Where is my kettle?", "clock_start": NOW + HOUR, "channel": None,
    }  # fmt: skip
    return a_mail(number, **{**fields, **changes})


async def file(store: Store, *rows: Mail, now: datetime = NOW + 2 * HOUR) -> Counts:
    """Store mails as intake does, and file them all."""
    counts = Counts()
    async with store.write() as tx:
        await mailboxes.ensure(tx, ["shop"])
        await mails.add(tx, rows)
    while await job.run_once(store, DESK, now, counts):
        pass
    return counts


async def all_tickets(store: Store) -> list[Ticket]:
    """Every ticket."""
    async with store.read() as tx:
        return await tickets.listing(tx)


async def the_ticket(store: Store) -> Ticket:
    """The one ticket there is."""
    (found,) = await all_tickets(store)
    return found


async def kinds(store: Store, number: int = 1) -> list[str]:
    """The kinds of a ticket's events, in order."""
    async with store.read() as tx:
        return [event.kind for event in await tickets.events(tx, number)]


async def test_a_buyers_mail_becomes_a_ticket_under_the_clock(store: Store) -> None:
    """Promise 3: the clock starts when the mail arrived, not when we saw it."""
    counts = await file(store, buyer(1))
    ticket = await the_ticket(store)

    assert (counts.filed, ticket.status, ticket.mails, ticket.ack) == (1, Status.NEW, 1, Ack.QUEUED)
    assert (ticket.anchor_at, ticket.due_at) == (NOW, NOW + 24 * HOUR)
    assert ticket.next_step_at == NOW + 12 * HOUR
    assert (ticket.marketplace, ticket.buyer, ticket.order_ids) == ("amazon", RELAY, [ORDER])
    assert await kinds(store) == ["received"]


async def test_one_conversation_is_one_ticket(store: Store) -> None:
    """Follow-ups in the same batch, in a later one, and by thread headers alone join it."""
    await file(store, buyer(1), buyer(2, clock_start=NOW + HOUR))
    await file(store, buyer(3, order_ids=[], in_reply_to=["1@buyers.test"], clock_start=NOW + 2 * HOUR))
    ticket = await the_ticket(store)

    assert (ticket.mails, ticket.anchor_at, ticket.last_mail_at) == (3, NOW, NOW + 2 * HOUR)


async def test_batches_of_many_conversations_stay_apart(store: Store) -> None:
    """Three hundred buyers, two mails each, are three hundred tickets of two mails."""
    rows = [
        buyer(n, customer=f"b{n % 300}@marketplace.amazon.com", reply_to=f"b{n % 300}@marketplace.amazon.com",
              order_ids=[f"111-{n % 300:07d}-0000000"], clock_start=NOW + timedelta(seconds=n))
        for n in range(600)
    ]  # fmt: skip
    await file(store, *rows)
    found = await all_tickets(store)

    assert len(found) == 300
    assert {t.mails for t in found} == {2}


async def test_a_mail_from_junk_is_rescued_once(store: Store) -> None:
    """The move lies in the outbox under the mail's own key."""
    counts = await file(store, buyer(1, role="junk", folder="Junk"))
    async with store.read() as tx:
        row = await outbox.by_key(tx, "move:1")

    assert counts.rescued == 1
    assert row is not None
    assert (row.effect, row.lane, row.payload["folder"], row.payload["uid"]) == (Effect.MOVE, "shop", "Junk", 1)
    assert await kinds(store) == ["received", "rescued"]


async def test_an_answer_in_sent_stops_the_clock_from_its_date(store: Store) -> None:
    """Promise 3: whoever answered in another mail client answered."""
    await file(store, buyer(1))
    await file(store, sent(2, in_reply_to=["1@buyers.test"]), now=NOW + 5 * HOUR)
    ticket = await the_ticket(store)

    assert (ticket.status, ticket.anchor_at, ticket.next_step_at) == (Status.ANSWERED, None, None)
    assert ticket.answered_at == NOW + HOUR
    async with store.read() as tx:
        (message,) = await tickets.messages(tx, [1])
    assert (message.response_seconds, message.agent) == (3600, "sent")


async def test_an_answer_read_before_the_mail_it_answers(store: Store) -> None:
    """First contact reads Sent first: the order in which mails are found makes no difference."""
    await file(store, sent(2, in_reply_to=["1@buyers.test"]))
    await file(store, buyer(1))
    ticket = await the_ticket(store)

    assert (ticket.status, ticket.answered_at) == (Status.ANSWERED, NOW + HOUR)


async def test_an_answer_without_reference_goes_by_recipient_and_subject(store: Store) -> None:
    """A mail client that drops In-Reply-To still answers."""
    await file(store, sent(2), buyer(1))

    assert (await the_ticket(store)).status == Status.ANSWERED


async def test_our_own_acknowledgement_in_sent_is_no_answer(store: Store) -> None:
    """Promise 3: an automatic acknowledgement never stops the clock."""
    await file(store, buyer(1))
    async with store.write() as tx:
        await tickets.note_sent(tx, Sent(message_id="2@buyers.test", ticket_id=1, kind="ack", at=NOW))
    await file(store, sent(2), sent(3, auto_submitted=True, in_reply_to=["1@buyers.test"]))

    assert (await the_ticket(store)).status == Status.NEW


async def test_a_later_mail_opens_the_same_ticket_again(store: Store) -> None:
    """Same ticket, same card; the clock starts at the new mail."""
    await file(store, buyer(1))
    await file(store, sent(2, in_reply_to=["1@buyers.test"]))
    await file(store, buyer(3, clock_start=NOW + 3 * HOUR), now=NOW + 4 * HOUR)
    ticket = await the_ticket(store)

    assert (ticket.status, ticket.anchor_at, ticket.step) == (Status.NEW, NOW + 3 * HOUR, 0)


async def test_the_marketplaces_copy_of_an_answer_stops_the_clock(store: Store) -> None:
    """Answered in Seller Central: by its order."""
    await file(store, buyer(1))
    copy = a_mail(
        2, verdict="notice", kind="reply_copy", channel="amazon", order_ids=[ORDER], clock_start=NOW + HOUR,
        customer="donotreply@amazon.com",
    )  # fmt: skip
    await file(store, copy)
    ticket = await the_ticket(store)

    assert (ticket.status, ticket.answered_at) == (Status.ANSWERED, NOW + HOUR)


async def test_a_notice_is_noted_and_moves_no_clock(store: Store) -> None:
    """A return request stands in the history; a claim makes the ticket urgent and is posted."""
    await file(store, buyer(1))
    before = await the_ticket(store)
    notice = {"verdict": "notice", "channel": "amazon", "order_ids": [ORDER], "customer": "donotreply@amazon.com"}
    await file(store, a_mail(2, kind="return_request", facts={"reason": "too small"}, **notice))
    await file(store, a_mail(3, kind="claim_opened", **notice))
    after = await the_ticket(store)

    assert (after.anchor_at, after.next_step_at, after.mails) == (before.anchor_at, before.next_step_at, 1)
    assert after.urgent == ["claim"]
    assert await kinds(store) == ["received", "notice", "notice"]
    async with store.read() as tx:
        assert await outbox.by_key(tx, "notice:3") is not None


@pytest.mark.parametrize(
    ("verdict", "kind"), [("review", "review"), ("suspect", "suspect")], ids=["uncertain", "suspect"]
)
async def test_the_uncertain_is_asked_about_and_the_suspect_warned_of(store: Store, verdict: str, kind: str) -> None:
    """Promise 6: neither becomes a ticket, neither is moved."""
    counts = await file(store, a_mail(1, role="junk", folder="Junk", verdict=verdict, customer="x@y.test"))
    async with store.read() as tx:
        row = await outbox.by_key(tx, "review:1")

    assert row is not None
    assert (row.lane, row.payload) == ("#buyer-support", {"kind": kind, "mail": 1})
    assert (counts.review, counts.suspects) == ((1, 0) if verdict == "review" else (0, 1))
    assert await all_tickets(store) == []


async def test_evidence_makes_a_doubtful_mail_a_buyers_but_never_a_suspect(store: Store) -> None:
    """An answer in an own conversation is a buyer's, whatever the classifier thinks of its words."""
    await file(store, buyer(1, channel="direct", customer="anna@buyers.test"))
    answer = {"customer": "anna@buyers.test", "in_reply_to": ["1@buyers.test"], "role": "junk", "folder": "Junk"}
    await file(store, a_mail(2, verdict="spam", **answer))
    await file(store, a_mail(3, verdict="suspect", **answer))
    await file(store, a_mail(4, verdict="spam", authentic="fail", **answer))
    await file(store, a_mail(5, verdict="auto_reply", **answer))

    assert (await the_ticket(store)).mails == 2


async def test_a_bounced_answer_reopens_with_the_first_anchor(store: Store) -> None:
    """DOMAIN 0.8: what never arrived is no answer."""
    await file(store, buyer(1))
    await file(store, sent(2, in_reply_to=["1@buyers.test"], message_id="answer@shop.test"))
    async with store.write() as tx:
        await tickets.note_sent(tx, Sent(message_id="answer@shop.test", ticket_id=1, kind="reply", at=NOW + HOUR))
    bounce = a_mail(
        3, verdict="bounce", customer="mailer-daemon@relay.test", facts={"returned_id": "answer@shop.test"},
        arrived_at=NOW + 2 * HOUR,
    )  # fmt: skip
    await file(store, bounce, now=NOW + 3 * HOUR)
    ticket = await the_ticket(store)

    assert (ticket.status, ticket.anchor_at, ticket.due_at) == (Status.NEW, NOW, NOW + 24 * HOUR)


async def test_a_bounced_acknowledgement_is_marked_failed(store: Store) -> None:
    """The ticket says so; the clock was never touched by it."""
    await file(store, buyer(1))
    async with store.write() as tx:
        await tickets.note_sent(tx, Sent(message_id="ack@shop.test", ticket_id=1, kind="ack", at=NOW))
    await file(store, a_mail(2, verdict="bounce", customer="", in_reply_to=["ack@shop.test"]))

    assert (await the_ticket(store)).ack == Ack.FAILED


async def test_old_mail_is_filed_and_counted_but_not_acknowledged_or_escalated(store: Store) -> None:
    """First contact: what is older than `first_contact` makes no noise."""
    await file(store, buyer(1, old=True, clock_start=NOW - 30 * 24 * HOUR))
    ticket = await the_ticket(store)

    assert (ticket.ack, ticket.next_step_at, ticket.old) == (Ack.SUPPRESSED, None, True)


async def test_a_power_cut_while_filing_files_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ticket, events, outbox and mail rows are one transaction; the next pass does it all."""

    async def cut(*_args: object) -> int:
        raise RuntimeError("power cut")

    with monkeypatch.context() as broken, pytest.raises(RuntimeError):
        broken.setattr(outbox, "enqueue", cut)
        await file(store, buyer(1, role="junk", folder="Junk"))
    assert await all_tickets(store) == []
    async with store.read() as tx:
        assert len(await mails.new(tx, "shop", 10)) == 1

    await file(store)
    assert (await the_ticket(store)).mails == 1


async def test_every_mail_ends_filed(store: Store) -> None:
    """Nothing stays behind, whatever its verdict."""
    verdicts = ["buyer", "notice", "auto_reply", "bounce", "bulk", "spam", "suspect", "review"]
    await file(store, *(a_mail(n, verdict=v, customer=f"{n}@x.test") for n, v in enumerate(verdicts, 1)), sent(99))
    async with store.read() as tx:
        assert await mails.count_state(tx, MailState.NEW) == 0
        assert await mails.count_state(tx, MailState.FILED) == 9


def test_an_effect_knows_its_kind() -> None:
    """The outbox's row keeps the effect as a word."""
    row = Outbox(key="x", effect=Effect.MOVE, lane="shop", next_at=NOW, created_at=NOW)

    assert row.effect == "move"


async def test_a_mail_that_names_nobody_to_answer_is_asked_about(store: Store) -> None:
    """Without a sender there is no ticket that could be answered: a person looks."""
    counts = await file(store, a_mail(1, verdict="buyer", customer="", from_addr="", reply_to=""))

    assert (counts.review, await all_tickets(store)) == (1, [])


@pytest.mark.parametrize(("authentic", "mails"), [("pass", 2), ("none", 1), ("fail", 1)])
async def test_a_known_buyer_is_believed_where_the_server_vouches(store: Store, authentic: str, mails: int) -> None:
    """A doubtful mail of a buyer with an open conversation joins it only if its address is proven."""
    await file(store, buyer(1, channel="direct", customer="anna@buyers.test", order_ids=[]))
    doubtful = a_mail(2, verdict="review", customer="anna@buyers.test", authentic=authentic)
    await file(store, doubtful)

    assert (await the_ticket(store)).mails == mails


async def test_recent_mail_is_filed_before_the_old_mail_of_a_first_contact(store: Store) -> None:
    """Its conversation takes up the months-old mail that it answers; what lay there before waits its turn."""
    old = {"old": True, "channel": "direct", "customer": "a@b.test", "reply_to": "a@b.test", "order_ids": []}
    first = buyer(1, **old, subject="Kettle", clock_start=NOW - 90 * 24 * HOUR)
    again = buyer(2, **{**old, "old": False}, subject="Now what?", in_reply_to=[first.message_id])
    async with store.write() as tx:
        await mailboxes.ensure(tx, ["shop"])
        await mails.add(tx, [first, again])
        top = await mails.last_number(tx)

    assert await job.run_once(store, DESK, NOW, recent_above=top) == 0
    assert await job.run_once(store, DESK, NOW, recent_above=0) == 1
    recent = await the_ticket(store)
    assert (recent.mails, recent.old, recent.ack) == (1, False, Ack.QUEUED)
    assert await job.run_once(store, DESK, NOW) == 1
    whole = await the_ticket(store)
    assert (whole.mails, whole.old, whole.ack) == (2, False, Ack.QUEUED)


async def test_a_service_inquiry_begins_or_joins_the_orders_conversation(store: Store) -> None:
    """Amazon's service writes for the buyer: a ticket of its own, or the one of that order."""
    service = {"kind": "service_inquiry", "customer": "cs-reply@amazon.com", "reply_to": "cs-reply@amazon.com"}
    await file(store, buyer(1), buyer(2, **service), buyer(3, **service, order_ids=["111-0000002-0000002"]))

    async with store.read() as tx:
        found = await tickets.listing(tx)
    assert sorted((t.buyer, tuple(t.order_ids)) for t in found) == [
        (RELAY, (ORDER,)),
        ("cs-reply@amazon.com", ("111-0000002-0000002",)),
    ]
