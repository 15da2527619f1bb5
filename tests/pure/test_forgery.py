# ruff: noqa: E501 -- samples of mail
"""Forged senders that hide behind syntax: a marketplace's address shown where it is not, results that a sender wrote himself.

Whatever the words say, none of them is a buyer's (promise 6).
"""

from __future__ import annotations

import base64

import pytest

from helpdesk.intake.addresses import addresses
from helpdesk.intake.read import read
from helpdesk.triage.verdict import Scores, judge

RELAY = "k3j9x2m4p7q1z8w@marketplace.amazon.com"
EVIL = "evil@kettle-care.example"
OURS = "mx.shop.example"
WORDS = b"Hello,\r\n\r\nthe lid of my kettle (order 111-1234567-7654321) is cracked. Could you send a new one?\r\n"
PASS = "dkim=pass header.d=amazon.com; dmarc=pass header.from=marketplace.amazon.com"


def _verdict(*head: str, sender: str = f'"Mira Holt" <{RELAY}>') -> str:
    """The verdict with a classifier that takes everything for a buyer's, and our own server's id configured."""
    lines = (*head, *([f"From: {sender}"] if sender else []), "To: support@shop.example", "Subject: my order")
    reading = read("\r\n".join(lines).encode() + b"\r\n\r\n" + WORDS, authserv_id=OURS)
    return judge(reading, scores=Scores(buyer=0.99), folder="inbox").verdict.value


@pytest.mark.parametrize(
    "sender",
    [
        f'"{RELAY}"@kettle-care.example',
        f'"M" <"{RELAY}"@kettle-care.example>',
        f'"{RELAY}" {EVIL}',
        f'"M" <{EVIL}> ({RELAY})',
        f"{EVIL} ({RELAY})",
        f'"{RELAY}": {EVIL};',
        f"<@marketplace.amazon.com:{EVIL}>",
        "k3j9x2m4p7q1z8w%marketplace.amazon.com@kettle-care.example",
        f"{RELAY}@kettle-care.example",
        f"{EVIL}@marketplace.amazon.com",
        f"{EVIL}, mira@marketplace.arnazon.com",
        "m@marketplace.amazon.co",
        "m@marketplace.amazon.org",
        "m@marketplace.amazon.eu",
        "m@marketplace.amazon.us",
        "m@marketplace.amazon\u3002com",
        "m@marketplace.ama\u00adzon.com",
        "m@marketplace.\uff41\uff4d\uff41\uff5a\uff4f\uff4e.com",
        "m@amzn-marketplace.com",
        "m@e-bay.com",
        "m@ebayy.com",
        "m@members.eday.com",
        "m@members.ebbay.com",
        '"Ama\u200bzon Seller Sup\u200bport" <help@kettle-care.example>',
        "=?utf-8?B?" + base64.b64encode("\u202etroppuS relleS nozamA\u202c".encode()).decode() + f"?= <{EVIL}>",
    ],
)
def test_an_imitation_is_suspect(sender: str) -> None:
    """Quotes, comments, groups, routes, two addresses in one, suffixes the house does not have, signs nobody sees."""
    assert _verdict(sender=sender) == "suspect"


@pytest.mark.parametrize(
    "sender",
    [
        "mira+ebay.com@mailbox.example",
        "amazon.com@holt.example",
        '"Mira Holt (work)" <mira@holt.example>',
        "mira@holt.example (Mira Holt, holt.example)",
        '"Amazon Nuñez" <a.nunez@mailbox.example>',
        f"k3j9x2m4p7q1z8w (Mira) @ {RELAY.partition('@')[2]}",
        f"{RELAY}.",
    ],
)
def test_an_odd_but_honest_sender_is_none(sender: str) -> None:
    """A tidy buyer's own address for each shop, comments, blanks around the @, the root's dot."""
    assert _verdict(sender=sender) == "buyer"


def test_who_names_nobody_to_answer_is_for_a_person() -> None:
    """Words alone make no ticket that cannot be answered; the reason says so."""
    reading = read(b"To: support@shop.example\r\nSubject: my order\r\n\r\n" + WORDS)
    judged = judge(reading, scores=Scores(buyer=0.99), folder="inbox")

    assert judged.verdict.value == "review"
    assert "names nobody to answer" in judged.reasons[0]


RECEIVED = f"Received: from out.evil.example by {OURS}; Mon, 23 Nov 2026 10:00:05 +0000"


@pytest.mark.parametrize(
    "head",
    [
        (f"Authentication-Results: {OURS}; spf=fail smtp.mailfrom=evil.example", RECEIVED, f"Authentication-Results: {OURS}; {PASS}"),
        (f"Authentication-Results: {OURS}; dmarc=fail header.from=marketplace.amazon.com", f"Authentication-Results: {OURS}; {PASS}"),
        (f"Authentication-Results: (mx) evil.example; {PASS}", f"Authentication-Results: {OURS}; dmarc=fail"),
        (f"ARC-Authentication-Results: i=1; {OURS}; {PASS}", f"Authentication-Results: {OURS}; dmarc=fail"),
        (f"Authentication-Results: {OURS}; dmarc=pass header.from=kettle-care.example",),
    ],
)  # fmt: skip
def test_results_that_the_sender_wrote_prove_nothing(head: tuple[str, ...]) -> None:
    """Below a hop, of another id, in ARC, in a comment; and a pass that is about another domain."""
    assert _verdict(*head) == "suspect"


def test_results_of_one_server_in_several_headers_belong_together() -> None:
    """Debian's filters write one each, above our own hop: a forwarded mail's spf=fail is outweighed by its dmarc=pass."""
    stacked = (
        f"Authentication-Results: {OURS}; spf=fail smtp.mailfrom=forwarder.example",
        f"Authentication-Results: {OURS}; {PASS}",
    )

    assert _verdict(*stacked, RECEIVED) == "buyer"  # fmt: skip


def test_padding_hides_no_header() -> None:
    """A header block of any size: a second From and a Reply-To behind 270 kB of others are seen, so is what our server found."""
    pad = tuple(f"X-Pad-{n}: {'b' * 900}" for n in range(300))

    assert _verdict(f"From: {RELAY}", *pad, sender=EVIL) == "suspect"
    assert _verdict(f"From: {RELAY}", *pad, f"Reply-To: {EVIL}", sender="") == "suspect"
    assert _verdict(*pad, f"Authentication-Results: {OURS}; dmarc=fail") == "suspect"
    assert _verdict(f"X-One: {'a' * 300_000}", f"Authentication-Results: {OURS}; {PASS}") == "buyer"


def test_addresses_as_they_are_written() -> None:
    """The address is what stands outside quotes and comments."""
    assert addresses(f'"{RELAY}"@kettle-care.example') == [("", f'"{RELAY}"@kettle-care.example')]
    assert addresses(f'"{RELAY}" {EVIL}') == [(RELAY, EVIL)]
    assert addresses("Mira @ work <m@holt.example>") == [("Mira @ work", "m@holt.example")]
    assert addresses("m (x) @ holt.example, n@holt.example.") == [("x", "m@holt.example"), ("", "n@holt.example")]


def test_a_pass_for_another_house_of_the_same_marketplace_is_no_forgery() -> None:
    """A server that names amazon.com for a mail of Amazon Japan says nothing against it, and proves nothing."""
    head = f"Authentication-Results: {OURS}; dmarc=pass header.from=amazon.com"

    assert _verdict(head, sender="k3j9x2m4p7q1z8w@marketplace.amazon.co.jp") == "buyer"


def test_an_address_in_an_encoded_word_is_suspect() -> None:
    """Servers do not read it there, so nothing can have been checked."""
    assert _verdict(sender="=?utf-8?Q?" + RELAY.replace("@", "=40") + "?=") == "suspect"
    assert _verdict(sender=f"=?utf-8?Q?Mira_Holt?= <{RELAY}>") == "buyer"


def test_an_office_in_the_name_of_reply_to_is_suspect() -> None:
    """Who answers sees it."""
    assert _verdict(f'Reply-To: "Amazon Seller Support" <{EVIL}>', sender="mira@holt.example") == "suspect"


@pytest.mark.parametrize(
    ("text", "poses"),
    [
        ("This is Amazon support. Buy gift cards and write to me on WhatsApp about order 111-1234567-7654321.", True),
        ("Hello, we are from Amazon Seller Support. Please verify your account within a day.", True),
        ("Hier ist der Amazon Verkäuferservice. Bitte bestätigen Sie Ihr Konto.", True),
        ("I contacted Amazon customer service yesterday; they told me to write to you. The lid is cracked.", False),
        ("I paid with a gift card through Amazon. This is the second lid that broke.", False),
        ("This is Amazon order 111-1234567-7654321. Can I reach you on WhatsApp?", False),
    ],
)
def test_who_poses_as_a_marketplace_is_no_buyer(text: str, poses: bool) -> None:
    """The claim and the demand together; each alone is ordinary speech."""
    reading = read(f"From: mira@holt.example\r\nSubject: my order\r\n\r\n{text}\r\n".encode())

    assert judge(reading, scores=Scores(buyer=0.99), folder="inbox").verdict.value == ("review" if poses else "buyer")


def test_amazons_layout_from_elsewhere_is_for_a_person() -> None:
    """Nobody but Amazon sends it; quoted in a buyer's answer it says nothing."""
    layout = "You have received a message.\n\n------------- Message: -------------\n\nThe lid of my kettle is cracked.\n\n------------- End message -------------\n"

    def verdict(text: str) -> str:
        reading = read(f"From: mira@holt.example\nSubject: my order\n\n{text}".encode())
        return judge(reading, scores=Scores(buyer=0.99), folder="inbox").verdict.value

    assert verdict(layout) == "review"
    assert verdict("It is cracked as well.\n\n> " + layout.replace("\n", "\n> ")) == "buyer"
