"""A ticket's status, change by change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.domain import Ack, Status, Ticket
from helpdesk.errors import RefusedError
from helpdesk.tickets import lifecycle
from tests.support.people import NOW, a_mail, a_ticket

LATER = NOW + timedelta(hours=1)


@pytest.mark.parametrize("status", [Status.ANSWERED, Status.SNOOZED, Status.RESOLVED])
@pytest.mark.parametrize(("owner", "expected"), [(None, Status.NEW), ("U1", Status.OPEN)])
def test_a_new_mail_makes_a_settled_ticket_wait_again(status: Status, owner: str | None, expected: Status) -> None:
    """Answered, snoozed and resolved turn into open where somebody has it, else new."""
    ticket = a_ticket(status=status, owner=owner, snoozed_until=LATER)
    after = lifecycle.received(ticket, a_mail(2, clock_start=LATER), LATER)

    assert (after.status, after.snoozed_until, after.mails, after.rev) == (expected, None, 2, 1)


def test_not_a_buyer_stays_so() -> None:
    """A person's word holds for the whole conversation."""
    after = lifecycle.received(a_ticket(status=Status.NOT_A_BUYER), a_mail(2), LATER)

    assert after.status == Status.NOT_A_BUYER


def test_mails_add_up_orders_items_and_flags() -> None:
    """Each once, in the order they came."""
    ticket = a_ticket(order_ids=["1"], urgent=["legal"], topic="other")
    mail = a_mail(2, order_ids=["1", "2"], items=[{"asin": "B0EXAMPLE1"}], urgent=["safety"], topic="late_shipment")
    after = lifecycle.received(ticket, mail, NOW)

    assert (after.order_ids, after.items, after.urgent) == (["1", "2"], [{"asin": "B0EXAMPLE1"}], ["legal", "safety"])
    assert after.topic == "late_shipment"


def test_the_newest_alias_is_answered() -> None:
    """An older mail found late does not turn the answer to a closed case."""
    ticket = a_ticket(reply_to="a+new@x.test")
    old = lifecycle.received(ticket, a_mail(2, reply_to="a+old@x.test", clock_start=NOW - timedelta(days=1)), NOW)
    new = lifecycle.received(ticket, a_mail(2, reply_to="a+newer@x.test", clock_start=LATER), NOW)

    assert (old.reply_to, new.reply_to) == ("a+new@x.test", "a+newer@x.test")
    assert old.received_at == NOW - timedelta(days=1)


def test_acknowledge_takes_a_free_ticket_and_tells_who_has_a_taken_one() -> None:
    """The agent becomes the owner if there is none."""
    mine = lifecycle.acknowledge(a_ticket(), "U1", NOW)

    assert (mine.status, mine.owner) == (Status.OPEN, "U1")
    assert lifecycle.acknowledge(mine, "U1", NOW).owner == "U1"
    with pytest.raises(RefusedError, match="<@U1>"):
        lifecycle.acknowledge(mine, "U2", NOW)


def test_an_answer_settles_only_what_came_before_it() -> None:
    """A reply in Sent older than the buyer's last mail leaves the ticket waiting."""
    ticket = a_ticket(status=Status.OPEN)

    assert lifecycle.answered(ticket, NOW, still_waiting=False).status == Status.ANSWERED
    assert lifecycle.answered(ticket, NOW, still_waiting=True).status == Status.OPEN
    assert lifecycle.answered(a_ticket(status=Status.RESOLVED), NOW, still_waiting=False).status == Status.RESOLVED


def test_a_refused_answer_reopens() -> None:
    """What never arrived is no answer."""
    assert lifecycle.refused(a_ticket(status=Status.ANSWERED, owner="U1"), NOW).status == Status.OPEN


def test_closing_suppresses_a_waiting_acknowledgement() -> None:
    """Who closed it before it was sent does not want it sent."""
    after = lifecycle.resolve(a_ticket(ack=Ack.QUEUED), "U1", NOW)

    assert (after.status, after.ack, after.owner) == (Status.RESOLVED, Ack.SUPPRESSED, "U1")
    with pytest.raises(RefusedError, match="already"):
        lifecycle.resolve(after, "U1", NOW)
    assert lifecycle.reopen(after, "U1", NOW).status == Status.OPEN
    with pytest.raises(RefusedError, match="reopen"):
        lifecycle.assign(after, "U2", NOW)


def test_a_snooze_needs_a_time_to_come_and_ends() -> None:
    """Waking gives the status it had by its owner."""
    with pytest.raises(RefusedError, match="for a year at most"):
        lifecycle.snooze(a_ticket(owner="U1"), datetime.max.replace(tzinfo=UTC), NOW)
    asleep = lifecycle.snooze(a_ticket(owner="U1"), LATER, NOW)

    assert (asleep.status, asleep.snoozed_until) == (Status.SNOOZED, LATER)
    assert lifecycle.woken(asleep, LATER).status == Status.OPEN
    with pytest.raises(RefusedError, match="time to come"):
        lifecycle.snooze(a_ticket(), NOW, NOW)


ACTIONS = st.sampled_from(
    ["mail", "acknowledge", "assign", "answer", "refuse", "resolve", "reopen", "snooze", "wake", "no"]
)


@given(st.lists(ACTIONS, max_size=30))
def test_no_order_of_events_breaks_a_ticket(actions: list[str]) -> None:
    """Whatever happens in whatever order: a snooze has an end, revisions only rise, a refusal changes nothing."""
    ticket: Ticket = a_ticket()
    for number, action in enumerate(actions):
        now = NOW + timedelta(minutes=number)
        before = ticket
        changes: dict[str, Callable[[], Ticket]] = {
            "mail": partial(lifecycle.received, ticket, a_mail(5, clock_start=now), now),
            "acknowledge": partial(lifecycle.acknowledge, ticket, "U1", now),
            "assign": partial(lifecycle.assign, ticket, "U2", now),
            "answer": partial(lifecycle.answered, ticket, now, still_waiting=False),
            "refuse": partial(lifecycle.refused, ticket, now),
            "resolve": partial(lifecycle.resolve, ticket, "U1", now),
            "reopen": partial(lifecycle.reopen, ticket, "U1", now),
            "snooze": partial(lifecycle.snooze, ticket, now + timedelta(hours=1), now),
            "wake": partial(lifecycle.woken, ticket, now),
            "no": partial(lifecycle.not_a_buyer, ticket, "U1", now),
        }
        try:
            ticket = changes[action]()
        except RefusedError:
            continue
        assert ticket.rev >= before.rev
        assert (ticket.status == Status.SNOOZED) == (ticket.snoozed_until is not None)
