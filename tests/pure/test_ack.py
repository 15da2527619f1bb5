"""Who gets an acknowledgement, and what it says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from helpdesk.domain import Ack
from helpdesk.replies.ack import AckQuestion, acknowledgement, decide, machine_header, may_acknowledge
from helpdesk.replies.lint import lint
from helpdesk.replies.templates import ACK_LANGUAGES, CAUSES, Library
from helpdesk.resources import resource

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
LIBRARY = Library.load(resource("templates/replies"))
BUYER = AckQuestion(
    setting="send",
    verdict="buyer",
    sender="abc123def456ghi@marketplace.amazon.com",
    recipient="abc123def456ghi+0a1b@marketplace.amazon.com",
    own_addresses=("support@shop.example",),
)


def test_a_buyer_gets_one() -> None:
    """Nothing stands in the way of an ordinary buyer's mail."""
    assert may_acknowledge(BUYER) is None
    assert decide(BUYER) == (Ack.QUEUED, "")
    assert decide(replace(BUYER, setting="draft"))[0] is Ack.DRAFT


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"verdict": "notice"}, "notice"),
        ({"verdict": "suspect"}, "suspect"),
        ({"lookalike": True}, "suspect"),
        ({"recipient": ""}, "no address"),
        ({"recipient": "a b@c.example"}, "no address"),
        ({"sender": "Support+x@Shop.example"}, "our own"),
        ({"recipient": "noreply@shop.test"}, "machine's address"),
        ({"sender": "MAILER-DAEMON@mx.test"}, "machine's address"),
        ({"sender": "list-request@mx.test"}, "machine's address"),
        ({"auto_submitted": True}, "machine"),
        ({"old": True}, "older"),
        ({"answered": True}, "answered"),
        ({"acknowledged": True}, "acknowledged"),
        ({"sent_today": 3}, "within a day"),
        ({"urgent": ["legal"]}, "legal"),
        ({"headers": {"auto-submitted": ("auto-generated; x=y",)}}, "Auto-Submitted"),
        ({"headers": {"precedence": ("Bulk",)}}, "Precedence"),
        ({"headers": {"return-path": ("<>",)}}, "Return-Path"),
        ({"headers": {"list-id": ("<a.b>",)}}, "list-id"),
        ({"headers": {"content-type": ("multipart/report; x",)}}, "delivery report"),
    ],
)
def test_what_keeps_one_back_is_named(changes: dict[str, object], word: str) -> None:
    """Promise 4, each reason in words."""
    question = replace(BUYER, **changes)  # type: ignore[arg-type]  # a table of fields
    ack, reason = decide(question)
    assert ack is Ack.SUPPRESSED
    assert word in reason


def test_off_means_off() -> None:
    """A channel that is switched off gets none, and that is no suppression."""
    assert decide(replace(BUYER, setting="off"))[0] is Ack.OFF


@pytest.mark.parametrize("local", ["bounty.hunter", "nora.reply", "abbounce", "anna.owner", "notificationfan"])
def test_people_with_odd_names_are_people(local: str) -> None:
    """Only whole words of an address make it a machine's."""
    assert may_acknowledge(replace(BUYER, sender=f"{local}@mail.test", recipient=f"{local}@mail.test")) is None


def test_a_rules_forward_and_the_marketplaces_relay_are_no_machines() -> None:
    """A mailbox rule's forward, and Amazon's SES mark on a buyer's mail, do not stop it."""
    assert machine_header({"auto-submitted": ("auto-generated",)}, forwarded_by_rule=True) is None
    assert machine_header({"feedback-id": ("1.eu-west-1.x:AmazonSES",), "auto-submitted": ("no",)}) is None


@pytest.mark.parametrize("language", ACK_LANGUAGES)
@pytest.mark.parametrize("topic", [*CAUSES, None])
def test_it_names_order_next_step_and_hour(language: str, topic: str | None) -> None:
    """In every language: the order, an absolute time with its zone, and nothing the message rules forbid."""
    written = acknowledgement(
        LIBRARY, language=language, zone=BERLIN, now=NOW, due=NOW + timedelta(hours=20), order="111-0000001-0000001",
        topic=topic, marketplace="amazon",
    )  # fmt: skip
    assert "111-0000001-0000001" in written.text
    assert "2026" in written.text
    assert "09:00" in written.text
    assert "UTC+1" in written.text
    assert written.language == language
    assert lint(written.text) == []
    assert len(written.text) > (100 if language in {"zh", "ja"} else 250)


def test_a_time_that_has_passed_is_not_promised() -> None:
    """What is overdue is answered next; no hour is named."""
    late = acknowledgement(LIBRARY, language="en", zone=BERLIN, now=NOW, due=NOW - timedelta(hours=3))
    assert "2026" not in late.text
    assert "next one to be answered" in late.text
    assert "as soon as" in acknowledgement(LIBRARY, language="en", zone=BERLIN, now=NOW, due=None).text


def test_a_language_we_do_not_speak_gets_english() -> None:
    """The fall-back is English."""
    written = acknowledgement(LIBRARY, language="fi", zone=UTC, now=NOW, due=NOW + timedelta(hours=20))
    assert written.language == "en"
    assert "Wednesday, 25 November 2026, 08:00 (UTC)" in written.text


def test_an_order_that_is_none_cannot_smuggle() -> None:
    """A value that breaks the rules is left out with the order's sentence."""
    written = acknowledgement(LIBRARY, language="en", zone=UTC, now=NOW, due=None, order="www.evil.test")
    assert "evil" not in written.text
