"""The one sentence about changing feedback that a buyer may be sent: where it stands, and a text without it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path


@lru_cache(maxsize=1)
def sentences() -> dict[str, str]:
    """By language (ISO 639-1): what may be said once, after the matter is solved."""
    return tomllib.loads(Path(__file__).with_name("lint_permitted.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    """Word for word; a form or an editor may have broken the line."""
    return re.compile("|".join(r"\s+".join(map(re.escape, text.split())) for text in sentences().values()))


def places(text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of each time the sentence stands in a text."""
    yield from (found.span() for found in _pattern().finditer(text))


def without(text: str) -> str:
    """The text with a stop and blanks in place of the sentence: what else it says is judged, at the same places."""
    return _pattern().sub(lambda found: "." + " " * (found.end() - found.start() - 1), text)
