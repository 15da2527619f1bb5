"""What a text says outright about its topic and cause: the patterns of data/topics.toml and data/causes.toml, by language.

Each pattern gives one number; what it is worth beside the words was learnt (training.py). Where a language is not known all are asked.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from helpdesk.triage.needles import Searches
from helpdesk.triage.words import data_text

_HEAD = 1200
_MANY = 2  #: further hits of the same pattern add nothing
_MOODS = ("praise", "complaint", "presale", "event", "hypothetical", "unbought")
_UNPARTED = frozenset({"ja", "zh"})
_CLAUSES = re.compile(r"(?<=[.!?;。！？；…\n])\s*|,\s*(?=but\b|aber\b|mais\b|pero\b|ma\b|mas\b|maar\b|ale\b|但)")
_SENTENCES = re.compile(r"(?<=[.!?;。！？；…\n])\s*")
_FAULT, _DELIVERY = "quality_defect", "late_shipment"

#: A list of alternatives, and what stands before each of them.
_Source = tuple[str, str]


@cache
def _sources() -> dict[str, dict[str, _Source]]:
    """By language the patterns of topics, then of causes as "topic/cause", then of moods.

    What tells a cause begins at a border in languages that part their words: a fifth of the places to try.
    """
    by_topic = tomllib.loads(data_text("topics.toml"))
    found = {name: {lang: (p, "") for lang, p in by.items()} for name, by in by_topic.items() if name not in _MOODS}
    for topic, causes in tomllib.loads(data_text("causes.toml")).items():
        for cause, by in causes.items():
            found[f"{topic}/{cause}"] = {lang: (p, "" if lang in _UNPARTED else r"\b") for lang, p in by.items()}
    return found | {mood: {lang: (p, "") for lang, p in by_topic[mood].items()} for mood in _MOODS}


@cache
def signals() -> tuple[str, ...]:
    """The names of what `signs` gives, in its order: topics, causes as "topic/cause", and the moods."""
    return (*(name for name in _sources() if name not in _MOODS), "praise", "presale")


class _Asked(NamedTuple):
    """The patterns that are asked: places in `searches`, and the bits of `may` there, for each signal that is no mood;
    places for each mood."""

    searches: Searches
    signals: tuple[tuple[tuple[int, ...], int], ...]
    moods: dict[str, tuple[int, ...]]


@cache
def _asked(language: str) -> _Asked:
    """The patterns of a language, "" for those of all."""
    lists: list[_Source] = []
    places: dict[str, tuple[int, ...]] = {}
    for name, by in _sources().items():
        mine = [source for lang, source in by.items() if not language or lang == language]
        places[name] = tuple(range(len(lists), len(lists) + len(mine)))
        lists += mine
    searches = Searches(lists)
    others = tuple((where, searches.bits(where)) for name, where in places.items() if name not in _MOODS)
    return _Asked(searches, others, {mood: places[mood] for mood in _MOODS})


@lru_cache(maxsize=512)
def _may(head: str, language: str) -> int:
    """`Searches.may`, remembered: a batch of texts is asked for praise, then for signs."""
    return _asked(language).searches.may(head)


def warm() -> None:
    """Compile the patterns of each language, and read those for a text in any other: half a second that the first texts
    of each would wait for."""
    for language in sorted({language for by in _sources().values() for language in by}):
        _asked(language).searches.compile()
    _asked("")


def _found(asked: _Asked, may: int, places: tuple[int, ...]) -> list[re.Pattern[str]]:
    """The patterns to search for where only some alternatives may stand."""
    found = (asked.searches.pattern(place, may) for place in places)
    return [pattern for pattern in found if pattern is not None]


def _says(mood: str, head: str, language: str, may: int | None = None) -> bool:
    asked = _asked(language)
    may = _may(head, language) if may is None else may
    return any(pattern.search(head) for pattern in _found(asked, may, asked.moods[mood]))


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


def _distinct(patterns: Sequence[re.Pattern[str]], head: str) -> int:
    found: set[str] = set()
    for pattern in patterns:
        for match in pattern.finditer(head):
            found.add(match.group(0))
            if len(found) == _MANY:
                return _MANY
    return len(found)


def signs(text: str, language: str = "") -> list[int]:
    """One number for each of `signals()`: distinct hits, at most 2; moods are 0 or 1."""
    head, asked = text[:_HEAD].lower(), _asked(language)
    may = _may(head, language)
    presale = _says("presale", head, language, may)
    supposed = presale and _says("hypothetical", head, language, may)
    unbought = presale and _says("unbought", head, language, may)
    heads = {_FAULT: head, _DELIVERY: head}
    if supposed or unbought:
        heads[_FAULT] = _without(("hypothetical", "unbought"), head, language)
    if unbought:
        heads[_DELIVERY] = _without(("unbought",), head, language)
    found = [
        _distinct(_found(asked, may, places), heads.get(name.partition("/")[0], head)) if may & bits else 0
        for name, (places, bits) in zip(signals(), asked.signals, strict=False)
    ]
    praised = _says("praise", head, language, may) and not _says("complaint", head, language, may)
    return [*found, int(praised), int(presale and (supposed or unbought or not _says("event", head, language, may)))]


def _without(moods: tuple[str, ...], head: str, language: str) -> str:
    """The sentences of a lower-case text in none of the moods: a fault, or a delay, that is asked about has not happened."""
    return " ".join(part for part in _SENTENCES.split(head) if not any(_says(mood, part, language) for mood in moods))
