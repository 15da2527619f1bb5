"""Which conversation a mail belongs to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from helpdesk.domain import Sent, Status
from helpdesk.tickets.matching import Index
from tests.support.people import NOW, a_mail, a_ticket

ORDER, OTHER = "111-0000001-0000001", "111-0000002-0000002"
RELAY = "abc123def456ghi@marketplace.amazon.com"


def index(**changes: Any) -> Index:
    """One ticket, number 7, with one mail of ours and one of the buyer's."""
    known = Index()
    known.know(a_ticket(id=7, **changes))
    known.know_mails([a_mail(1, ticket_id=7)])
    known.know_sent([Sent(message_id="ours@shop.test", ticket_id=7, kind="reply", at=NOW)])
    return known


def relayed(**changes: Any) -> dict[str, Any]:
    """The fields of a mail through Amazon's relay."""
    return {"customer": RELAY, "reply_to": RELAY, "channel": "amazon", **changes}


AMAZON = {"marketplace": "amazon", "buyer": RELAY, "reply_to": RELAY}

CASES: list[tuple[str, dict[str, Any], dict[str, Any], int | None]] = [
    ("answer to ours", {}, {"in_reply_to": ["ours@shop.test"]}, 7),
    ("answer to the buyer's own", {}, {"references": ["x@y", "1@buyers.test"]}, 7),
    ("answer from the buyer's second address", {}, {"in_reply_to": ["ours@shop.test"], "customer": "a@work.test"}, 7),
    ("unknown reference, other buyer", {}, {"in_reply_to": ["x@y"], "customer": "b@b.test"}, None),
    ("same case", {**AMAZON, "reply_to": "abc123def456ghi+9f9f9f9f@marketplace.amazon.com"},
     relayed(reply_to="abc123def456ghi+9f9f9f9f@marketplace.amazon.com", order_ids=[OTHER]), 7),
    ("another case", {**AMAZON, "reply_to": "abc123def456ghi+9f9f9f9f@marketplace.amazon.com"},
     relayed(reply_to="abc123def456ghi+00000000@marketplace.amazon.com"), None),
    ("another case, same order", {**AMAZON, "reply_to": "abc+9f9f9f9f@marketplace.amazon.com", "order_ids": [ORDER]},
     relayed(reply_to="abc+00000000@marketplace.amazon.com", order_ids=[ORDER]), 7),
    ("same order, same buyer", {"order_ids": [ORDER]}, {"order_ids": [ORDER], "subject": "x"}, 7),
    ("same order months later", {"order_ids": [ORDER]},
     {"order_ids": [ORDER], "clock_start": NOW + timedelta(days=200)}, 7),
    ("same order through the relay's other address", {**AMAZON, "order_ids": [ORDER]},
     relayed(customer="zzz@marketplace.amazon.com", reply_to="zzz@marketplace.amazon.com", order_ids=[ORDER]), 7),
    ("same order, a stranger", {"order_ids": [ORDER]}, {"order_ids": [ORDER], "customer": "b@b.test"}, None),
    ("another order of the same buyer", {**AMAZON, "order_ids": [ORDER]}, relayed(order_ids=[OTHER]), None),
    ("the same buyer names the order later", AMAZON, relayed(order_ids=[ORDER]), 7),
    ("same buyer, same subject, with Re:", {}, {"subject": "Re: Where is my kettle?"}, 7),
    ("same buyer, same subject, AW: Re:", {}, {"subject": "AW: Re: Where is my kettle?"}, 7),
    ("same buyer, next day, other subject", {}, {"subject": "Hello?", "clock_start": NOW + timedelta(days=1)}, 7),
    ("same buyer, other subject, weeks later", {}, {"subject": "Hi", "clock_start": NOW + timedelta(days=20)}, None),
    ("same buyer, a year later", {}, {"clock_start": NOW + timedelta(days=365)}, None),
    ("a stranger", {}, {"customer": "b@b.test"}, None),
    ("called not a buyer", {"status": Status.NOT_A_BUYER}, {"subject": "Where is my kettle?"}, None),
    ("answer in a conversation called not a buyer", {"status": Status.NOT_A_BUYER},
     {"in_reply_to": ["1@buyers.test"]}, 7),
]  # fmt: skip


@pytest.mark.parametrize(("ticket", "mail", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_match(ticket: dict[str, Any], mail: dict[str, Any], expected: int | None) -> None:
    """Each sign finds its conversation, and no other."""
    found = index(**ticket).match(a_mail(2, **mail))

    assert (found.ticket_id if found else None) == expected
    assert found is None or found.why


def test_a_ticket_begun_in_the_same_batch_is_found() -> None:
    """Two mails of one buyer fetched at once make one ticket."""
    known = Index()
    assert known.match(a_mail(1)) is None
    known.know(a_ticket(id=1))

    assert known.match(a_mail(2)) is not None


@pytest.mark.parametrize(("customer", "expected"), [("anna@buyers.test", 7), ("b@b.test", None)])
def test_a_mail_that_was_answered_before_it_was_read_is_found(customer: str, expected: int | None) -> None:
    """The buyer's later mail, filed first, names it; whoever else sends a mail under that id begins a new one."""
    known = index()
    known.know_answers([a_mail(1, ticket_id=7, in_reply_to=["first@buyers.test"])])
    months = timedelta(days=90)
    found = known.match(
        a_mail(2, message_id="first@buyers.test", customer=customer, subject="x", clock_start=NOW - months)
    )

    assert (found.ticket_id if found else None) == expected
