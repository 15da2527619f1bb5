"""Whole letters to learn from: every file is sound, and what is made of a letter keeps its words."""

from __future__ import annotations

import random
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from helpdesk.intake.read import read
from helpdesk.resources import resource
from helpdesk.triage import letters
from helpdesk.triage.classifier import load_model
from helpdesk.triage.features import features_of
from helpdesk.triage.generator import generate
from helpdesk.triage.grammar import LANGUAGES
from helpdesk.triage.invent_buyers import make_buyer
from helpdesk.triage.invent_others import KIND_LABEL, make_other
from helpdesk.triage.judging import Triage, matter
from helpdesk.triage.topics import TAXONOMY

FILES = sorted((Path(letters.__file__).parent / "grammar" / "letters").glob("*.txt"))
LABELS = {f"{topic}/{cause}" for topic, causes in TAXONOMY.items() for cause in causes} | {
    f"other/{part}" for part in ("presale", "address", "invoice", "positive", "account")
}


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_a_file_of_letters_is_sound(path: Path) -> None:
    """Known sections, one letter a line, none twice, no slots of the grammar left in."""
    section, seen = "", Counter[str]()
    side = path.stem.partition("s-")[0]
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("== "):
            section = line[3:]
            assert section.partition(" ")[2] in (LABELS if side == "buyer" else KIND_LABEL), (number, section)
            assert section.partition(" ")[0] == side, (number, section)
        elif line and not line.startswith("#"):
            assert section, number
            assert line.count("||") == 1, (number, line)
            assert not re.search(r"[\[\]{}]", line), (number, line)
            seen[line.partition("||")[2].strip() or line] += 1
    assert seen.most_common(1)[0][1] == 1, seen.most_common(1)


def test_every_language_of_the_grammar_has_letters_about_every_cause() -> None:
    """No cause is learnt in English alone."""
    for language in LANGUAGES:
        about = {one.what for one in letters.buyers() if one.language == language}
        assert about >= LABELS, (language, LABELS - about)
        assert any(one.language == language for one in letters.others()), language


def test_a_letter_keeps_its_words() -> None:
    """What is invented stands round them: envelope, wrapper, quoted history."""
    dice = random.Random(4)
    for one in dice.sample(letters.buyers(), 60):
        made = make_buyer(dice, one.language, whole=one)
        assert (made.label, made.language) == ("buyer", one.language)
        assert f"{made.topic}/{made.cause}" == one.what
        assert one.body.split("\n")[0] in read(made.raw).parsed.text
    for one in dice.sample(letters.others(), 60):
        made = make_other(dice, one.language, one.what, whole=one)
        assert (made.label, made.kind) == (KIND_LABEL[one.what], one.what)


def test_letters_are_dealt_before_any_comes_twice() -> None:
    """Of a few mails, all of them letters, no two are the same."""
    made = [read(one.raw).parsed.text for one in generate(6, 40, 40, letters=(1.0, 1.0))]

    assert len(made) == 80
    assert len(set(made)) == 80


def _mail(subject: str, body: str, sender: str = "kim@posteo.example") -> bytes:
    head = f"From: Kim <{sender}>\nTo: shop@lumako.example\nSubject: {subject}\nMessage-ID: <1@posteo.example>\n"
    return f"{head}Date: Mon, 30 Nov 2026 10:00:00 +0000\n\n{body}\n".encode()


@pytest.mark.parametrize(
    ("subject", "matters"),
    [
        ("Wrong size sent", "Wrong size sent\nOrder 20931, please help."),
        ("Re: Your order 20931 has been shipped", "Order 20931, please help."),
        ("", "Order 20931, please help."),
    ],
)
def test_the_subject_counts_where_the_buyer_chose_it(subject: str, matters: str) -> None:
    """A reply's subject is ours; a chosen one often says what the letter leaves out."""
    reading = read(_mail(subject, "Order 20931, please help."), arrived=datetime(2026, 11, 30, 11, tzinfo=UTC))

    assert matter(reading) == matters


@pytest.mark.parametrize(
    ("subject", "body", "barred"),
    [
        ("", "", True),
        ("", "#A0SC480A4S__", True),
        ("photo", "see", True),
        ("", "Where is my parcel?", False),
        ("", "order 114-5527781-0934417", False),
        ("", "荷物が届きません", False),
        ("It came apart", "photos here https://files.lumako.example/a/photos_of_it.zip?dl=1", True),
        ("It came apart", "photos here https://files.lumako.example/a/photo.jpg", False),
    ],
)
def test_no_score_rescues_what_says_nothing_or_leads_to_a_program(subject: str, body: str, barred: bool) -> None:
    """A mail without words and one whose link is an archive are a person's to judge."""
    reading = read(_mail(subject, body), arrived=datetime(2026, 11, 30, 11, tzinfo=UTC))

    assert features_of(reading).barred is barred


def test_a_matter_named_in_the_subject_alone_is_found() -> None:
    """The topic is that of the subject where the letter is only an order number and a greeting."""
    triage = Triage(load_model(resource("models")))
    reading = read(_mail("Where is my refund?", "order 114-5527781-0934417\n\nKim"))

    [(_, topic)] = triage.judge_all([reading])

    assert topic is not None
    assert topic.topic == "returns_refunds"
