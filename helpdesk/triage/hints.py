"""What a text says outright about its topic and cause: the patterns of data/topics.toml and data/causes.toml, by language.

Each pattern gives one number; what it is worth beside the words was learnt (training.py). Where a language is not known all are asked.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache

from helpdesk.triage.words import data_text

_HEAD = 1200
_MANY = 2  #: further hits of the same pattern add nothing
_MOODS = ("praise", "complaint", "presale", "event", "hypothetical")
_UNPARTED = frozenset({"ja", "zh"})
_CLAUSES = re.compile(r"(?<=[.!?;。！？；…\n])\s*|,\s*(?=but\b|aber\b|mais\b|pero\b|ma\b|mas\b|maar\b|ale\b|但)")

Patterns = dict[str, re.Pattern[str]]


def _compiled(by_language: dict[str, str], start: str = "") -> Patterns:
    """`start`: what stands before every hit in a language that parts its words, \\b: a fifth of the places to try."""
    return {
        language: re.compile(pattern if language in _UNPARTED else f"{start}(?:{pattern})")
        for language, pattern in by_language.items()
    }


@cache
def _patterns() -> dict[str, Patterns]:
    """Topics, then causes as "topic/cause", then moods."""
    by_topic = tomllib.loads(data_text("topics.toml"))
    found = {name: _compiled(by) for name, by in by_topic.items() if name not in _MOODS}
    for topic, causes in tomllib.loads(data_text("causes.toml")).items():
        found |= {f"{topic}/{cause}": _compiled(by, r"\b") for cause, by in causes.items()}
    return found | {mood: _compiled(by_topic[mood]) for mood in _MOODS}


@cache
def signals() -> tuple[str, ...]:
    """The names of what `signs` gives, in its order: topics, causes as "topic/cause", and the moods."""
    return (*(name for name in _patterns() if name not in _MOODS), "praise", "presale")


@cache
def _asked(language: str) -> tuple[tuple[re.Pattern[str], ...], ...]:
    """For each signal that is no mood the patterns of a language, "" for all."""
    return tuple(
        tuple(p for lang, p in by.items() if not language or lang == language)
        for name, by in _patterns().items()
        if name not in _MOODS
    )


def _says(mood: str, head: str, language: str) -> bool:
    return any(p.search(head) for lang, p in _patterns()[mood].items() if not language or lang == language)


def only_praise(text: str, language: str = "") -> bool:
    """Praise, and not a word of complaint or question."""
    head = text[:_HEAD].lower()
    return _says("praise", head, language) and not _says("complaint", head, language)


def heard(text: str, language: str = "") -> str:
    """The text without the clauses that only praise, where any other is left: “nice lamp. It came broken.” is of the second."""
    if not _says("praise", text[:_HEAD].lower(), language):
        return text
    clauses = _CLAUSES.split(text[:_HEAD])
    kept = [clause for clause in clauses if clause.strip() and not only_praise(clause, language)]
    return " ".join(kept) + text[_HEAD:] if any(_says("complaint", c.lower(), language) for c in kept) else text


def _distinct(patterns: tuple[re.Pattern[str], ...], head: str) -> int:
    found: set[str] = set()
    for pattern in patterns:
        for match in pattern.finditer(head):
            found.add(match.group(0))
            if len(found) == _MANY:
                return _MANY
    return len(found)


def signs(text: str, language: str = "") -> list[int]:
    """One number for each of `signals()`: distinct hits, at most 2; moods are 0 or 1."""
    return list(_signs(text[:_HEAD].lower(), language))


def _signs(head: str, language: str) -> Iterator[int]:
    for patterns in _asked(language):
        yield _distinct(patterns, head)
    yield int(_says("praise", head, language) and not _says("complaint", head, language))
    asked = _says("presale", head, language)
    yield int(asked and (not _says("event", head, language) or _says("hypothetical", head, language)))
