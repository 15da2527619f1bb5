"""The automaton of a word file finds what its patterns say, read one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk.feedback import tree
from helpdesk.feedback.tree import Hit, Lexicon, Pattern, Slot

WORDS = ("not", "note", "arrive", "arrived", "late", "plate", "box", "the", "x")
SLOTS = st.one_of(
    st.builds(Slot, words=st.frozensets(st.sampled_from(WORDS), min_size=1, max_size=3)),
    st.builds(Slot, stems=st.lists(st.sampled_from(("no", "arriv", "b")), min_size=1, max_size=2).map(tuple)),
    st.builds(Slot, tails=st.lists(st.sampled_from(("ate", "e", "ox")), min_size=1, max_size=2).map(tuple)),
)
#: A gap stands between two other slots.
ROWS = st.lists(SLOTS, min_size=1, max_size=4).flatmap(
    lambda row: st.lists(st.integers(0, 3), min_size=len(row), max_size=len(row)).map(
        lambda gaps: tuple(
            slot for at, (one, gap) in enumerate(zip(row, gaps, strict=True))
            for slot in ((Slot(gap=2), one) if gap == 3 and at else (one,))
        )
    )
)  # fmt: skip
PATTERNS = st.lists(st.tuples(st.sampled_from("abc"), ROWS), max_size=8)
TEXTS = st.lists(st.sampled_from((*WORDS, "unknown")), max_size=9)


def _ends(slots: Sequence[Slot], words: Sequence[str], at: int) -> Iterator[int]:
    """Where a pattern that begins at words[at] may end."""
    if not slots:
        yield at
        return
    first, *rest = slots
    if first.gap:
        for skipped in range(first.gap + 1):
            yield from _ends(rest, words, at + skipped)
    elif at < len(words):
        word = words[at]
        if (
            word in first.words
            or any(word.startswith(stem) for stem in first.stems)
            or any(word.endswith(tail) and word != tail for tail in first.tails)
        ):
            yield from _ends(rest, words, at + 1)


def _plainly(patterns: Sequence[Pattern], words: Sequence[str]) -> set[Hit]:
    """Of overlapping finds the longest, the first of equal ones; two classes of one place both stay."""
    every = {(name, at, end) for name, slots in patterns for at in range(len(words)) for end in _ends(slots, words, at)}
    kept: set[Hit] = set()
    for name, first, last in sorted(every, key=lambda hit: (hit[1] - hit[2], hit[1])):
        if all(last <= a or b <= first or (a, b) == (first, last) for _, a, b in kept):
            kept.add((name, first, last))
    return kept


@given(PATTERNS, TEXTS, TEXTS)
@settings(max_examples=300, deadline=None)
def test_the_automaton_finds_what_the_patterns_say(patterns: list[Pattern], text: list[str], other: list[str]) -> None:
    """Stems, tails, gaps and all, also where the way of a word is remembered from another text."""
    lexicon = Lexicon(patterns)
    for words in (text, other, text):
        found = lexicon.find(words, 0, len(words))
        assert set(found) == _plainly(patterns, words)
        assert [hit[1] for hit in found] == sorted(hit[1] for hit in found)


def test_what_is_remembered_is_bounded_and_forgetting_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hostile text of ever new words fills no memory."""
    patterns: list[Pattern] = [("a", (Slot(words=frozenset({"not"})), Slot(gap=2), Slot(stems=("arriv",))))]
    lexicon = Lexicon(patterns)
    monkeypatch.setattr(tree, "_STEPS", 2)
    monkeypatch.setattr(tree, "_WORDS", 3)
    for n in range(30):
        assert lexicon.find(["not", f"w{n}", "arrived", "not"], 0, 4) == [("a", 0, 3)]
    assert lexicon._steps <= 2
    assert len(lexicon._kinds) <= 3
