"""Whom `ignore_senders` names never becomes a ticket."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from helpdesk.app.judging import IgnoringJudge
from helpdesk.domain import Verdict
from helpdesk.intake.judged import Judged
from helpdesk.intake.read import read
from helpdesk.intake.reading import Reading
from helpdesk.tickets.matching import Index
from helpdesk.triage.filing import with_evidence
from helpdesk.triage.verdict import IGNORED
from tests.support.people import NOW, a_mail, a_ticket


def everybody_buys(readings: Sequence[Reading], role: str) -> list[Judged]:
    """A judge that takes every mail for a buyer's."""
    assert role == "inbox"
    return [Judged(verdict="buyer", score=0.9, reasons=("it says so",), topic="other") for _ in readings]


@pytest.mark.parametrize(
    ("pattern", "sender", "expected"),
    [
        ("news@letters.test", "news@letters.test", "bulk"),
        ("*@letters.test", "News@Letters.test", "bulk"),
        ("letters.test", "a@mail.letters.test", "bulk"),
        ("letters.test", "a@otherletters.test", "buyer"),
        ("news@letters.test", "anna@buyers.test", "buyer"),
    ],
)
def test_named_senders_are_bulk(pattern: str, sender: str, expected: str) -> None:
    """Addresses, shell patterns and domains are ignored in any case; others keep the verdict they got."""
    reading = read(f"From: {sender}\nSubject: Hi\n\nWhere is my order?\n".encode(), arrived=NOW)

    (judged,) = IgnoringJudge(everybody_buys, (pattern,))([reading], "inbox")

    assert judged.verdict == expected
    assert (IGNORED in judged.reasons) == (expected == "bulk")


@pytest.mark.parametrize(("reason", "expected"), [(IGNORED, Verdict.BULK), ("a list", Verdict.BUYER)])
def test_no_conversation_overrules_the_configuration(reason: str, expected: Verdict) -> None:
    """A mail in a known conversation becomes a buyer's, unless its sender is ignored."""
    known = Index()
    known.know(a_ticket(id=7))
    known.know_mails([a_mail(1, ticket_id=7)])
    mail = a_mail(2, verdict=Verdict.BULK, reasons=[reason], references=["1@buyers.test"])

    assert with_evidence(mail, known).verdict == expected
