"""Long word lists, asked quickly: the answers are those of the plain pattern."""

from __future__ import annotations

import random
import re

import pytest

from helpdesk.triage.quick import Quick, alternatives, lowered
from helpdesk.triage.tokens import plain

PATTERN = (
    r"\b(?:lawyer|legal action|sue you|i(?:'ll| will) (?:find|sue) you)\b|\ba[- ]?(?:to|bis)[- ]?z\b.{0,12}claim|"
    r"\b(?:open|file) (?:a |an )?(?:claim|case)\b|paypal (?:case|fall)|A-to-z|\b(?:blessée?s?|kurw\w+)\b|弁護士|[(|]x"
)
PIECES = """lawyer lawyers Legal action sue you SUE YOU i'll find I will sue a-to-z A TO Z a bis z claim claims
open file an case PayPal fall BLESSÉE blessé kurwa 弁護士 (x |x , . prelawyer ſue DİSPUTE"""
WORDS = [*PIECES.split(), "\n"]


@pytest.mark.parametrize("seed", range(20))
def test_a_quick_list_says_what_the_plain_pattern_says(seed: int) -> None:
    """Whatever words stand beside one another, in whatever case."""
    quick, pattern = Quick(PATTERN), re.compile(PATTERN, re.IGNORECASE)
    dice = random.Random(seed)
    texts = ["".join(dice.choice(WORDS) + dice.choice((" ", " ", "", "-")) for _ in range(5)) for _ in range(200)]
    told = [quick.hits(lowered(text)) for text in texts]
    assert told == [pattern.search(text) is not None for text in texts]
    assert len(set(told)) == 2


def test_a_turkish_dotted_capital_is_the_letter_i() -> None:
    """As for re with IGNORECASE; lower() alone would make two characters of it."""
    assert Quick(r"\b(?:iade)\b").hits(lowered("\u0130ADE istiyorum"))


def test_a_pattern_is_cut_at_its_own_bars_alone() -> None:
    """Bars in groups, in classes and behind a backslash stay."""
    assert alternatives(r"a|(b|(c|d))|[|)]|\||e") == ["a", "(b|(c|d))", "[|)]", r"\|", "e"]


@pytest.mark.parametrize("seed", range(20))
def test_addresses_are_marked_as_a_pattern_would_mark_them(seed: int) -> None:
    """Up to 64 characters before the sign and 120 behind it, however the signs stand."""
    pattern = re.compile(r"[\w.+-]{1,64}@[\w.-]{1,120}")
    dice = random.Random(seed)
    pieces = ["@", "@@", "a", "b.c", "x" * 70, "é", " ", "\n", ",", "host.example", "y" * 130, "+tag"]
    for _ in range(200):
        text = "".join(dice.choice(pieces) for _ in range(12))
        assert plain(text) == pattern.sub(" xaddressx ", text)
