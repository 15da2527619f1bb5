"""What a person's terminal and spreadsheet are shown."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.plain import csv_cell, plain, unmentioned


@given(st.text(max_size=200))
def test_no_control_or_bidi_character_passes(text: str) -> None:
    """Promise 7: whatever a buyer writes, one line stays one line."""
    assert all(unicodedata.category(c) not in {"Cc", "Cf", "Cs"} for c in plain(text))
    assert all(c == "\n" or unicodedata.category(c) not in {"Cc", "Cf", "Cs"} for c in plain(text, lines=True))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a\x1b[31mb", "a[31mb"), ("a\u202eb", "ab"), (" a\n\tb ", "a b"), ("日本語 é", "日本語 é"), ("a\u200bb", "ab")],
)
def test_plain(text: str, expected: str) -> None:
    """Escapes, direction marks and line ends go; letters of all languages stay."""
    assert plain(text) == expected


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_is_a_formula(sign: str) -> None:
    """A leading sign that a spreadsheet would run is made text."""
    assert csv_cell(f"{sign}1+1") == f"'{sign}1+1"
    assert csv_cell("1+1") == "1+1"


def test_a_terminal_shows_user_ids_not_mentions() -> None:
    """What was written for Slack is read by a person in a shell."""
    assert unmentioned("#1 is already with <@U0ANNA>.") == "#1 is already with U0ANNA."
