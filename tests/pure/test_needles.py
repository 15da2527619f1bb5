"""What the needles of a pattern save: fewer searches, and never another answer."""

from __future__ import annotations

import json
import re
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk.triage import needles as needles_module
from helpdesk.triage.hints import _asked, _sources, signs
from helpdesk.triage.needles import Searches, needles

SETS = Path(__file__).resolve().parents[1] / "data" / "feedback"
COMMENTS = [json.loads(line) for file in sorted(SETS.glob("*.jsonl")) for line in file.read_text("utf-8").splitlines()]
LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl", "pl", "ja", "zh")
#: Words of the comments and pieces of the patterns themselves, which are likelier to hit.
WORDS = sorted({word for row in COMMENTS[::7] for word in (row.get("comment") or "").lower().split()})
PIECES = sorted(
    {needle for by in _sources().values() for text, _ in by.values() for some in needles(text) for needle in some}
)


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("late", [{"late"}]),
        ("late|early", [{"late", "early"}]),
        (r"colou?r\b", [{"colo"}, {"r"}]),
        ("ab+c", [{"ab"}, {"c"}]),
        ("out of stock", [{"stock"}, {"out"}, {"of"}]),
        (r"(?:not|never) (?:been )?(?:arriv|deliver)\w*", [{"arriv", "deliver"}, {"not", "never"}]),
        (r"\d{1,3} days|[1-9]x{2,}?", [{"days", "x"}]),
        (r"\d+ of 7", [{"of"}, {"0"}, {"0"}]),
        (r"x(?=yy)(?!zz)\.(?:a|)", [{"x."}]),
        (r"[^]a]|\w", []),
        (r"a{0,3}|b", []),
        (r"\x41b|[)\]|]q", [{"b", "q"}]),
        ("遅(?:い|れ)", [{"遅"}, {"い", "れ"}]),
    ],
)
def test_needles_are_pieces_that_every_hit_holds(pattern: str, found: list[set[str]]) -> None:
    """What may be left out is none, and a hit of alternatives holds a needle of one of them."""
    assert needles(pattern) == found


@pytest.mark.parametrize("pattern", ["(?P<name>a)", "(?i:a)", "(a", "a)b"])
def test_a_pattern_that_cannot_be_read_is_refused(pattern: str) -> None:
    """A needle too many would hide hits."""
    with pytest.raises(ValueError, match=r"group|bracket"):
        needles(pattern)


def _plainly(language: str, head: str) -> list[set[str]]:
    """All that each pattern finds in a text, needles aside."""
    sources = [source for by in _sources().values() for lang, source in by.items() if lang == language]
    return [{m[0] for m in re.compile(f"{start}(?:{text})").finditer(head)} for text, start in sources]


@pytest.fixture(autouse=True, scope="module")
def _at_once() -> Iterator[None]:
    """Alternatives are compiled apart from the second time on, so that the short way is what is tried here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(needles_module, "_PAYS", 1)
        yield


def _gated(language: str, head: str) -> list[set[str]]:
    searches = _asked(language).searches
    may = searches.may(head)
    patterns = [searches.pattern(place, may) for place in range(sum(language in by for by in _sources().values()))]
    return [{m[0] for m in pattern.finditer(head)} if pattern else set() for pattern in patterns]


@pytest.mark.parametrize("language", LANGUAGES)
def test_needles_hide_no_hit_in_the_labelled_comments(language: str) -> None:
    """Each comment asked with the patterns of its own language finds what the plain patterns find."""
    for row in COMMENTS:
        if row["language"] == language:
            head = (row.get("comment") or "").lower()
            assert _gated(language, head) == _plainly(language, head)


@given(st.sampled_from(LANGUAGES), st.lists(st.sampled_from([*WORDS, *PIECES]), max_size=14), st.sampled_from(" -,."))
@settings(max_examples=150, deadline=None)
def test_needles_hide_no_hit_in_any_text(language: str, pieces: list[str], between: str) -> None:
    """Whatever words stand beside one another, and whatever stands between them."""
    head = between.join(pieces) + " " + " ".join(reversed(pieces))
    assert _gated(language, head) == _plainly(language, head)


def test_compiled_whole_beforehand_they_find_the_same() -> None:
    """As `run` does before the first mail."""
    searches = Searches([("late|later|rude|gone", r"\b"), ("kind", "")])
    searches.compile()
    found = searches.pattern(0, searches.may("later, rude and late"))
    assert found is not None
    assert found.findall("later, rude and late") == ["late", "rude", "late"]
    assert searches.pattern(1, searches.may("later")) is None


def test_several_alternatives_asked_for_often_find_the_same() -> None:
    """They are compiled apart in the end; a hit is still the first alternative's that fits."""
    searches = Searches([("late|later|rude|gone", r"\b")])
    text = "later, rude and late"
    told = [
        {m[0] for m in found.finditer(text)} for _ in range(60) if (found := searches.pattern(0, searches.may(text)))
    ]
    assert told == [{"late", "rude"}] * 60
    assert searches.pattern(0, searches.may("early")) is None


def _fresh(language: str) -> Searches:
    """The shipped patterns of a language ("": of all), no word known yet."""
    return Searches([source for by in _sources().values() for lang, source in by.items() if language in {"", lang}])


@pytest.mark.parametrize("language", ["", "en"])
def test_memory_is_bounded_whatever_words_come(language: str) -> None:
    """Names, numbers and typing errors are new words forever: four times what the budget holds stay within it."""
    fresh = _fresh(language)
    tracemalloc.start()
    try:
        for first in range(0, 20_000, 100):
            fresh.may(" ".join(f"undelivered{number:x}brokenlate" for number in range(first, first + 100)))
            held, _ = tracemalloc.get_traced_memory()
            assert held <= needles_module._REMEMBERED
    finally:
        tracemalloc.stop()
    assert held > 100_000


def test_a_tiny_budget_changes_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a word is remembered or forgotten at once, the same alternatives may stand."""
    texts = [(row.get("comment") or "").lower() for row in COMMENTS[::5]]
    searches = _fresh("")
    ample = [searches.may(text) for text in texts]
    for budget in (0, 500, 5000):
        monkeypatch.setattr(needles_module, "_REMEMBERED", budget)
        fresh = _fresh("")
        assert [fresh.may(text) for text in texts] == ample


@pytest.mark.parametrize(("sign", "stands"), [("7", True), ("\u0667", True), ("x", False)])
def test_a_digit_of_any_script_is_a_digit(sign: str, stands: bool) -> None:
    """Needles of one sign are looked for in the whole text, and those of digits stand for all of them."""
    searches = Searches([(r"\d", "")])
    assert bool(searches.may(f"a {sign} b")) is stands


def test_signs_of_every_language_together_are_asked_where_none_is_known() -> None:
    """ "" asks all: a German text has the German signs among them."""
    german = signs("die lieferung kam zu spät und alles war zerbrochen", "de")
    assert [
        max(a, b) for a, b in zip(signs("die lieferung kam zu spät und alles war zerbrochen"), german, strict=True)
    ] == signs("die lieferung kam zu spät und alles war zerbrochen")
    assert any(german)
