"""The ordered rules on whole mails: who really sent it comes before what it says."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from helpdesk.domain import Verdict
from helpdesk.intake.read import read
from helpdesk.triage.verdict import RULES, Evidence, Scores, Thresholds, judge

RELAY = "abcdefghij12345@marketplace.amazon.com"
US = "support@shop.test"
WORDS = "Hello, the kettle arrived broken. Can I have a refund?"


def mail(headers: Mapping[str, str], body: str = WORDS) -> bytes:
    """A plain mail to us."""
    fields = {
        "From": "Ann Example <ann@gmail.com>",
        "To": US,
        "Subject": "my order",
        "Date": "Tue, 24 Nov 2026 09:00:00 +0000",
    } | dict(headers)
    return "".join(f"{name}: {value}\r\n" for name, value in fields.items()).encode() + b"\r\n" + body.encode()


def template(words: str) -> str:
    """Amazon's template round a buyer's words."""
    return (
        "You have received a message.\n\n# 111-0000001-0000001:\n1 / Kettle [ASIN: B0EXAMPLE1]\n\n"
        f"------------- Message: -------------\n\n{words}\n\n------------- End message -------------\n"
    )


def verdict(headers: Mapping[str, str], body: str = WORDS, buyer: float = 0.0, **evidence: bool) -> tuple[str, str]:
    """(verdict, rule) of a mail."""
    found = judge(read(mail(headers, body)), Evidence(**evidence), Scores(buyer=buyer), thresholds=Thresholds())
    assert found.reasons
    return str(found.verdict), found.rule


def results(word: str) -> str:
    """Our server's Authentication-Results."""
    return f"mx.shop.test; spf={word}; dkim={word}; dmarc={word} header.from=marketplace.amazon.com"


def test_authentic_relay_is_a_buyer() -> None:
    """A relay address whose authentication passed is a buyer, whatever the classifier thinks."""
    headers = {"From": f"Ann <{RELAY}>", "Authentication-Results": results("pass")}

    assert verdict(headers, template(WORDS)) == ("buyer", "relay_buyer")


def test_promise_6_failed_relay_is_suspect_whatever_it_says() -> None:
    """A relay address with failed authentication is a suspect, even in an own conversation."""
    headers = {"From": f"Ann <{RELAY}>", "Authentication-Results": results("fail")}

    assert verdict(headers, template(WORDS), 0.999, reply_to_ours=True, known_order=True)[0] == "suspect"


def test_relay_without_results_but_nothing_against_it_is_a_buyer() -> None:
    """A missing result is no failure."""
    path = {"From": f"Ann <{RELAY}>", "Return-Path": "<x1-y2@eu-west-1.amazonses.com>"}

    assert verdict(path, template(WORDS))[0] == "buyer"
    assert verdict({"From": f"Ann <{RELAY}>"}, template(WORDS))[0] == "buyer"


@pytest.mark.parametrize(
    ("path", "words", "expected"),
    [
        ("<bounce@cheap-host.test>", "Photos here: http://203.0.113.9/p (sign in to open)", "suspect"),
        ("<bounce@cheap-host.test>", WORDS, "review"),
        ("<x@bounces.amazon.com>", "See http://seller-login.test/verify and confirm your account", "review"),
        ("<SRS0=ab=cd=amazon.com=x@forwarder.test>", WORDS, "buyer"),
        ("<x@bounces.amazon.com>", "This film shows it: https://www.youtube.com/watch?v=1", "buyer"),
    ],
)
def test_relay_without_results_is_judged_by_envelope_and_links(path: str, words: str, expected: str) -> None:
    """A foreign envelope or a trap behind a marketplace's address is never let out unseen."""
    assert verdict({"From": f"Ann <{RELAY}>", "Return-Path": path}, template(words))[0] == expected


def test_lookalike_is_suspect() -> None:
    """An imitation of the relay is a suspect."""
    assert verdict({"From": "Ann <abcdefghij12345@marketplace.arnazon.com>"}, template(WORDS), 0.99)[0] == "suspect"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Subject": "Abwesenheitsnotiz: Ihre Nachricht"}, "auto_reply"),
        ({"Subject": "自动回复：您的订单"}, "auto_reply"),
        ({"Subject": "Re: hello", "Auto-Submitted": "auto-replied", "Return-Path": "<>"}, "auto_reply"),
        ({"Subject": "Re: your order", "X-Auto-Response-Suppress": "All"}, "buyer"),
        ({"Subject": "Re: Automatic reply: my order"}, "buyer"),
        ({"Auto-Submitted": "no"}, "buyer"),
        (
            {"Auto-Submitted": "auto-generated", "X-MS-Exchange-Generated-Message-Source": "Mailbox Rules Agent"},
            "buyer",
        ),
    ],
)
def test_machines_are_told_from_people(headers: dict[str, str], expected: str) -> None:
    """An answer nobody typed is one; a person's with odd headers, or a mailbox rule's forward, is judged by content."""
    body = "I am on holiday until Monday." if expected == "auto_reply" else WORDS
    assert verdict(headers, body, 0.95)[0] == expected


def test_bounce() -> None:
    """A delivery report is a bounce, before any conversation."""
    headers = {
        "From": "Mail Delivery System <MAILER-DAEMON@mx.shop.test>",
        "Subject": "Undelivered Mail",
        "Return-Path": "<>",
    }

    assert verdict(headers, "ann@gmail.com: 550 5.1.1 user unknown", 0.9, reply_to_ours=True)[0] == "bounce"


def test_list_mail_is_bulk_but_the_own_group_is_not() -> None:
    """A list's mail is bulk; a support address that is itself a group puts its own List-Id on buyers' mail."""
    assert verdict({"List-Id": "<news.other.test>"}, buyer=0.99)[0] == "bulk"
    assert verdict({"List-Id": "<support.shop.test>"}, buyer=0.99)[0] == "buyer"


def test_evidence_from_our_books() -> None:
    """A reply to ours is a buyer's; a known order lowers the bar; an ignored sender is never a ticket."""
    assert verdict({}, reply_to_ours=True) == ("buyer", "own_thread")
    assert verdict({}, buyer=0.6, known_order=True) == ("buyer", "rescue")
    assert verdict({}, known_order=True) == ("review", "review")
    assert verdict({}, buyer=0.99, ignored_sender=True) == ("bulk", "ignored_sender")


def test_thresholds_part_rescue_review_and_leave() -> None:
    """From `rescue` on a buyer, from `review` on a person looks, below it stays."""
    assert [verdict({}, buyer=score)[0] for score in (0.9, 0.89, 0.5, 0.49)] == ["buyer", "review", "review", "bulk"]


def test_without_a_word_of_a_purchase_no_score_alone_rescues() -> None:
    """“Is this e-mail still valid?” from a private address is looked at by a person."""
    scores = Scores(buyer=0.99, about_buying=False)

    assert judge(read(mail({}, "Is this e-mail still valid?")), scores=scores).verdict == Verdict.REVIEW


def test_what_may_be_advertising_is_not_rescued_by_its_score_unless_it_names_an_order_of_ours() -> None:
    """The fourth bar: a person looks at what a letter of an offer may be, through a form too."""
    limits = Thresholds(rescue=0.5, review=0.1, sure=0.6, spam=0.1)
    form = mail(
        {"From": "no-reply@forms.test", "Reply-To": "ann@gmail.com", "Subject": "Contact form"},
        f"Name: Ann\nEmail: ann@gmail.com\nMessage: {WORDS}",
    )

    def found(raw: bytes, spam: float, **evidence: bool) -> str:
        scores = Scores(buyer=0.7, spam=spam)
        return str(judge(read(raw), Evidence(**evidence), scores, thresholds=limits).verdict)

    assert [found(raw, spam) for raw in (mail({}), form) for spam in (0.1, 0.11)] == ["buyer", "review"] * 2
    assert found(mail({}), 0.2, known_order=True) == "buyer"


def test_every_rule_has_name_and_description() -> None:
    """Rules are a table one can read: unique names, a description each, and the last one always hits."""
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(rule.description for rule in RULES)
    assert verdict({"Subject": ""}, "")[0] == "bulk"


@pytest.mark.parametrize(
    ("folder", "number", "headers", "expected"),
    [
        ("inbox", "111-0000008-0000008", {}, ("review", "review")),
        ("inbox", "none", {}, ("bulk", "rest")),
        ("junk", "111-0000008-0000008", {}, ("bulk", "rest")),
        (
            "inbox",
            "111-0000008-0000008",
            {"List-Unsubscribe": "<https://news.example/u>", "List-Id": "<news.example>", "Precedence": "bulk"},
            ("bulk", "list"),
        ),
    ],
)
def test_a_mail_in_the_inbox_that_names_an_order_is_seen_by_a_person(
    folder: str, number: str, headers: Mapping[str, str], expected: tuple[str, str]
) -> None:
    """A photo's link makes a complaint look like advertising: what the server let through is not left unseen."""
    reading = read(mail(headers, f"The kettle of order {number} is broken, photo: https://photos.test/abc"))
    found = judge(reading, scores=Scores(buyer=0.0), folder=folder)

    assert (str(found.verdict), found.rule) == expected
