"""Promises of money or goods by their verb: "we refund you", "wir schicken Ihnen einen neuen", "le devolveremos todo".

The words of lint_words.toml tell a promise where a word for it stands beside one for the future; many languages promise
in the present tense, with nothing but the first person. The patterns stand in lint_pledges.toml, and are read over
folded lower-case text, sentence by sentence.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from helpdesk.replies.lint_language import Words
from helpdesk.replies.lint_words import MOST_WORDS

_GAP, _WIDE = r"[^.?!;\n]{0,40}?", r"[^.?!;\n]{0,60}?"


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("lint_pledges.toml").read_text(encoding="utf-8"))


def _compiled(patterns: list[str]) -> re.Pattern[str]:
    joined = "|".join(patterns)
    return re.compile(joined.replace("PAPER", _data()["paper"]).replace("WIDE", _WIDE).replace("GAP", _GAP))


@cache
def pledge_cjk() -> re.Pattern[str]:
    """All patterns of Chinese and Japanese as one."""
    return _compiled(_data()["cjk"])


@cache
def _beginnings() -> tuple[dict[str, list[int]], tuple[int, ...]]:
    """Places of the Latin pledges by the word they begin with, "stem*" for a stem; and the lengths of stems."""
    found: dict[str, list[int]] = {}
    for place, entry in enumerate(_data()["latin"]):
        for start in dict.fromkeys(entry["starts"].split(", ")):
            found.setdefault(start, []).append(place)
    return found, tuple(sorted({len(start) - 1 for start in found if start.endswith("*")}))


class _Starts(dict[str, re.Pattern[str] | None]):
    """By a Latin word: the pledges that may begin with it as one pattern; bounded."""

    def __missing__(self, word: str) -> re.Pattern[str] | None:
        known, lengths = _beginnings()
        places = {*known.get(word, ())}
        for length in lengths:
            if length > len(word):
                break
            places.update(known.get(word[:length] + "*", ()))
        fitting = [_data()["latin"][place]["says"] for place in sorted(places)]
        found = _compiled(fitting) if fitting else None
        if len(self) < MOST_WORDS:
            self[word] = found
        return found


_STARTS = _Starts()


def pledges(text: Words) -> Iterator[tuple[int, re.Pattern[str]]]:
    """Where a pledge of a Latin language may begin, and what would stand there, from left to right."""
    for pattern, (start, _) in zip(map(_STARTS.__getitem__, text.words), text.spans, strict=True):
        if pattern is not None:
            yield start, pattern
