# ruff: noqa: E501 -- samples of mail
"""What joins the readers: the clock, suspicion, forwards, languages of markets, profiles."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from helpdesk.errors import UsageError
from helpdesk.intake.parse import parse
from helpdesk.intake.read import clock_start, read
from helpdesk.marketplaces.mail import orders_in
from helpdesk.marketplaces.registry import PROFILES, profile

ARRIVED = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
TOP = "Received: from a by mx.shop.example; Mon, 2 Mar 2026 10:00:00 +0000\n"
BELOW = "Received: from c by a; Mon, 2 Mar 2026 09:59:00 +0000\n"

#: header lines → when the clock started
CLOCKS = {
    TOP + "Date: Mon, 2 Mar 2026 09:58:00 +0000": "09:58",
    TOP + BELOW + "Date: Mon, 2 Mar 2026 10:58:00 +0100": "09:58",
    TOP + BELOW + "Date: Tue, 3 Mar 2026 09:58:00 +0000": "09:59",  # later than our own Received
    TOP + BELOW: "09:59",  # no Date
    TOP + BELOW + "Date: nonsense": "09:59",
    TOP + "Date: Sun, 2 Mar 2025 09:58:00 +0000": "10:00",  # a year before the first hop: a broken clock
    TOP + "Date: Fri, 27 Feb 2026 10:00:00 +0000": "three days before",  # lay on a server
    "Date: Mon, 2 Mar 2026 09:58:00 +0000": "09:58",  # no hop at all
    "Date: Tue, 3 Mar 2026 09:58:00 +0000": "12:00",  # later than the arrival
    "Date: Sun, 2 Mar 2025 09:58:00 +0000": "a year before",  # an old mail filed today
    "": "12:00",
}


@pytest.mark.parametrize("head", CLOCKS)
def test_the_clock_starts_when_the_mail_was_sent_or_seen_first(head: str) -> None:
    """Date, else the earliest hop, else the arrival (DESIGN 4)."""
    words = CLOCKS[head]
    day = datetime(2026, 3, 2, tzinfo=UTC)
    expected = {
        "three days before": datetime(2026, 2, 27, 10, 0, tzinfo=UTC),
        "a year before": datetime(2025, 3, 2, 9, 58, tzinfo=UTC),
    }.get(words) or day + timedelta(hours=int(words[:2]), minutes=int(words[3:]))
    assert clock_start(parse(f"From: a@b.example\n{head}\n\nhi".encode()), ARRIVED) == expected


def test_a_mail_without_any_time() -> None:
    """Neither Date, hop nor arrival: the epoch, so that nothing fails."""
    assert clock_start(parse(b"From: a@b.example\n\nhi"), None).year == 1970


def test_orders_with_the_dashes_of_phones() -> None:
    """Non-breaking, full-width and minus dashes and full-width digits are an order number all the same."""
    text = "111-0000001-0000001, 111\u20110000002\u20110000002; １１１－０００００００３－０００００００３ 111−0000004−0000004 S01-0000005-0000005 d01-0000006-0000006"
    assert orders_in(text) == (
        "111-0000001-0000001",
        "111-0000002-0000002",
        "111-0000004-0000004",
        "S01-0000005-0000005",
        "D01-0000006-0000006",
    )
    assert orders_in("１１１－０００００００－０００００００") == ("111-0000000-0000000",)
    assert orders_in("1111-0000001-0000001 111-0000001-00000012 11-0000001-0000001 111-0000001") == ()
    assert len(orders_in(" ".join(f"111-{n:07}-0000001" for n in range(100)))) == 20


SUSPECTS = {
    "From: x1x2x3x4@marketplace.amazon.de\nReply-To: kim@freemail.example": "asks for answers elsewhere",
    "From: x1x2x3x4@marketplace.amazon.de\nFrom: kim@freemail.example": "second From",
    "From: x1x2x3x4@marketplace.amazon.de, kim@freemail.example": "second From",
    "From: kim@freemail.example\nFrom: x1x2x3x4@marketplace.amazon.de": "second From",
    "From: ABCDEF0123456789ABCDEF0123456789@relay.walmart.com\nReply-To: kim@freemail.example": "asks for answers elsewhere",
    "From: abcdef0123@members.ebay.de\nReply-To: kim@freemail.example": "asks for answers elsewhere",
    "From: kim@freemail.example\nX-Space-Notification-Type: REFUND_ISSUED": "own headers",
    "From: kim@freemail.example\nX-Marketplace-ID: ATVPDKIKX0DER": "own headers",
}


@pytest.mark.parametrize("head", SUSPECTS)
def test_what_makes_a_mail_suspect(head: str) -> None:
    """Promise 6, beside authentication and look-alikes."""
    assert SUSPECTS[head] in read(f"{head}\n\nhi".encode()).suspicion


TRUSTED = [
    "From: x1x2x3x4@marketplace.amazon.de\nReply-To: x1x2x3x4+0a1b@marketplace.amazon.de",
    "From: donotreply@amazon.com\nReply-To: naoresponda@amazon.com.br",
    "From: eBay <ebay@ebay.com>\nReply-To: abcdef0123@members.ebay.com",
    "From: kim@freemail.example\nReply-To: kim.doe@other.example",
]


@pytest.mark.parametrize("head", TRUSTED)
def test_what_does_not(head: str) -> None:
    """A marketplace's addresses among themselves, and a person with two mailboxes."""
    assert read(f"{head}\n\nhi".encode()).suspicion == ""


def test_a_look_alike_in_reply_to_counts() -> None:
    """An answer that would go to an imitation is one."""
    assert "arnazon" in read(b"From: kim@freemail.example\nReply-To: x@arnazon.com\n\nhi").lookalike


def test_the_sellers_own_domain_is_no_look_alike() -> None:
    """A shop whose own name holds a brand's is not its own imitator."""
    raw = b"From: info@amazon-parts.example\n\nhi"
    assert read(raw).lookalike
    assert read(raw, own_addresses=("support@amazon-parts.example",)).lookalike == ""


INNER = (
    "\n---------- Forwarded message ---------\nFrom: Kim Doe <kim@freemail.example>\nDate: Mon, 2 Mar 2026\nSubject: Kettle\nTo: info@shop.example\n"
    "\nIt leaks, order 111-0000001-0000001.\n"
)


def test_only_our_own_forwards_are_opened() -> None:
    """What our side hands on is read as the mail inside; a stranger's forward stays a stranger's."""
    ours = read(("From: boss@shop.example\nTo: support@shop.example\n" + INNER).encode())
    assert (ours.customer, ours.text, ours.order_ids) == (
        "kim@freemail.example",
        "It leaks, order 111-0000001-0000001.",
        ("111-0000001-0000001",),
    )
    private = read(
        ("From: boss@private.example\nTo: support@shop.example\n" + INNER).encode(),
        own_addresses=("boss@private.example",),
    )
    assert private.customer == "kim@freemail.example"
    foreign = read(("From: sam@other.example\nTo: support@shop.example\n" + INNER).encode())
    assert (foreign.customer, foreign.text, foreign.order_ids) == ("sam@other.example", "", ())


def test_words_above_a_forward_are_the_mail() -> None:
    """With a comment on top it is our colleague's mail, not the buyer's."""
    reading = read(("From: boss@shop.example\nTo: support@shop.example\n\nPlease look at this.\n" + INNER).encode())
    assert (reading.customer, reading.text) == ("boss@shop.example", "Please look at this.")


def test_profiles() -> None:
    """Amazon's clock and steps, and a line with the nearest name for a misspelt one."""
    amazon = profile("amazon").sla
    assert amazon.limit == timedelta(hours=24)
    assert [step // timedelta(hours=1) for step in amazon.steps] == [12, 20, 23, 24, 40]
    assert amazon.claim_risk == timedelta(hours=48)
    assert {"amazon", "walmart", "ebay", "direct", "etsy", "phone"} <= set(PROFILES)
    assert all(name == one.name for name, one in PROFILES.items())
    with pytest.raises(UsageError, match="did you mean amazon"):
        profile("amazn")


def test_amazons_service_waits_in_the_buyers_place() -> None:
    """A service inquiry without a relay is a buyer's message that can be answered, so it becomes a ticket (DOMAIN 2.5)."""
    reading = read(
        b"From: Amazon Customer Service <cs-reply@amazon.com>\r\nSubject: An inquiry from one of our customers\r\n\r\n"
        b"We've been contacted by a customer regarding the order identified below.\r\n\r\n"
        b"Order#: 111-0000001-0000001\r\nItem: Kettle\r\nReason: Where is my stuff\r\nDetails: Where is the parcel?\r\n"
    )

    assert (reading.kind, reading.order_ids) == ("service_inquiry", ("111-0000001-0000001",))
    assert (reading.customer, reading.reply_to) == ("cs-reply@amazon.com", "cs-reply@amazon.com")
