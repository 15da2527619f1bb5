"""What a text says outright about its topic: the patterns of data/topics.toml, all languages together."""

from __future__ import annotations

import re
import tomllib
from functools import cache

from helpdesk.triage.words import data_text

_HEAD = 1200
_MANY = 3  #: further hits of the same topic add nothing
_MOODS = ("praise", "complaint")


@cache
def _patterns() -> dict[str, dict[str, re.Pattern[str]]]:
    data = tomllib.loads(data_text("topics.toml"))
    return {topic: {lang: re.compile(pattern) for lang, pattern in by.items()} for topic, by in data.items()}


def topics() -> tuple[str, ...]:
    """The topics that have patterns, in the order of `hints`."""
    return tuple(name for name in _patterns() if name not in _MOODS)


def only_praise(text: str, language: str = "") -> bool:
    """Praise, and not a word of complaint or question."""
    head = text[:_HEAD].lower()
    found = {
        mood: any(p.search(head) for lang, p in _patterns()[mood].items() if not language or lang == language)
        for mood in _MOODS
    }
    return found["praise"] and not found["complaint"]


def hints(text: str, language: str = "") -> list[int]:
    """Distinct hits for each topic, at most 3; only the patterns of `language` where it is known, else of all."""
    head = text[:_HEAD].lower()
    return [
        min(
            _MANY,
            len(
                {
                    match.group(0)
                    for lang, one in by.items()
                    if not language or lang == language
                    for match in one.finditer(head)
                }
            ),
        )
        for name, by in _patterns().items()
        if name not in _MOODS
    ]
