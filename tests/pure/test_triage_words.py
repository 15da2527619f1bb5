"""What single words speak of: whole words, stems, and the ends of compounds."""

from __future__ import annotations

import pytest

from helpdesk.intake.read import read
from helpdesk.triage.features import NAMES, features_of
from helpdesk.triage.words import lexicon


def kinds(word: str) -> set[str]:
    """The kinds of talk a word belongs to."""
    known = lexicon()
    return {known.kinds[place] for place in known.look_up(word)}


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("lamps", "goods"),
        ("stehleuchte", "goods"),  # the end of a compound that stands in no list
        ("gartenschlauch", "goods"),
        ("gordijnrail", "goods"),
        ("refunded", "remedy"),
        ("rückerstattung", "remedy"),
        ("buzzing", "trouble"),
        ("rayures", "trouble"),
    ],
)
def test_a_word_tells_what_it_speaks_of(word: str, kind: str) -> None:
    """Exact words, stems, ends; a word may be of several kinds."""
    assert kind in kinds(word)


def test_an_end_is_no_word_of_its_own() -> None:
    """“rail” alone is no compound; “gesprochen” speaks of nothing."""
    assert "goods" not in kinds("rail")
    assert not kinds("gesprochen")


def mail(subject: str, text: str) -> bytes:
    """A private person's mail."""
    head = f"From: Ada Moor <ada.moor@gmail.com>\r\nTo: help@shop.example\r\nSubject: {subject}\r\n"
    return f"{head}Date: Tue, 24 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@gmail.com>\r\n\r\n{text}\r\n".encode()


def facts(subject: str, text: str) -> dict[str, float]:
    """Facts by name."""
    return dict(zip(NAMES, features_of(read(mail(subject, text))).facts, strict=True))


def test_what_a_buyer_speaks_of_counts_in_the_subject_as_in_the_text() -> None:
    """Who writes “broken lamp” above the letter has said it."""
    above, below = facts("broken lamp", "see photo"), facts("hello", "broken lamp, see photo")
    assert above["talk_trouble"] == below["talk_trouble"] > 0
    assert above["talk_goods"] == below["talk_goods"] > 0


def test_a_word_said_twice_counts_once() -> None:
    """Distinct words are counted."""
    assert facts("lamp", "lamp lamp lamp")["talk_goods"] == facts("lamp", "x")["talk_goods"]


@pytest.mark.parametrize(
    ("text", "speaks"),
    [
        ("the lamp is loose", True),  # a thing that is sold, and one word of trouble
        ("we have a problem, call me", False),  # one word of trouble alone occurs in any letter
        ("see you on sunday", False),
    ],
)
def test_does_it_speak_of_a_purchase(text: str, speaks: bool) -> None:
    """What a rescue by score alone asks for."""
    assert features_of(read(mail("hi", text))).about_buying is speaks
