"""The word lists beside this file, read once: free-mail hosts, how machines answer, what words speak of."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from helpdesk.marketplaces.pieces import Phrases

_DATA = Path(__file__).resolve().parent / "data"


def data_text(name: str) -> str:
    """The text of a data file of this room."""
    return (_DATA / name).read_text(encoding="utf-8")


#: Words whose kinds are remembered: those of any language's everyday mail, 150 bytes each.
_REMEMBERED = 20_000


@cache
def freemail() -> frozenset[str]:
    """Hosts where private people have their mail."""
    lines = data_text("freemail.txt").splitlines()
    return frozenset(host for line in lines if not line.startswith("#") for host in line.split())


@dataclass(frozen=True, slots=True)
class Machines:
    """How machines answer; all in lower case."""

    subjects: tuple[str, ...]
    bodies: Phrases
    daemons: tuple[str, ...]
    bounces: Phrases


@cache
def machines() -> Machines:
    """The lists of machines.toml."""
    data = tomllib.loads(data_text("machines.toml"))
    return Machines(tuple(data["subjects"]), Phrases(data["bodies"]), tuple(data["daemons"]), Phrases(data["bounces"]))


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Which kinds of talk a word belongs to: whole words, stems by length, and the ends of compounds by length."""

    kinds: tuple[str, ...]
    words: dict[str, tuple[int, ...]]
    stems: dict[str, tuple[int, ...]]
    stem_lengths: tuple[int, ...]
    begins: frozenset[str]  #: how the stems begin, as far as the shortest goes: most words do not begin so
    ends: dict[str, tuple[int, ...]]
    end_lengths: tuple[int, ...]
    closings: frozenset[str]  #: how the ends end, as far as the shortest goes
    memory: dict[str, tuple[int, ...]]

    def look_up(self, word: str) -> tuple[int, ...]:
        """Indices into `kinds`; () for a word without meaning here. What was looked up is remembered, up to a limit."""
        found = self.memory.get(word)
        if found is None:
            found = self._search(word)
            if len(self.memory) < _REMEMBERED:
                self.memory[word] = found
        return found

    def _search(self, word: str) -> tuple[int, ...]:
        found = set(self.words.get(word, ()))
        if word[: self.stem_lengths[-1]] in self.begins:
            for length in self.stem_lengths:
                if len(word) >= length:
                    found.update(self.stems.get(word[:length], ()))
        if word[-self.end_lengths[-1] :] in self.closings:
            for length in self.end_lengths:
                if len(word) > length + 1:
                    found.update(self.ends.get(word[-length:], ()))
        return tuple(sorted(found))


@cache
def lexicon() -> Lexicon:
    """The lists of lexicon.toml, all languages together."""
    data = tomllib.loads(data_text("lexicon.toml"))
    words: dict[str, set[int]] = {}
    stems: dict[str, set[int]] = {}
    ends: dict[str, set[int]] = {}
    for index, languages in enumerate(data.values()):
        for line in languages.values():
            for word in line.split():
                target = ends if word.startswith("*") else stems if word.endswith("*") else words
                target.setdefault(word.strip("*"), set()).add(index)
    lengths, end_lengths = _lengths(stems), _lengths(ends)
    return Lexicon(
        tuple(data),
        _fixed(words),
        _fixed(stems),
        lengths,
        frozenset(stem[: lengths[-1]] for stem in stems),
        _fixed(ends),
        end_lengths,
        frozenset(end[-end_lengths[-1] :] for end in ends),
        {},
    )


def _fixed(by_word: dict[str, set[int]]) -> dict[str, tuple[int, ...]]:
    return {word: tuple(sorted(kinds)) for word, kinds in by_word.items()}


def _lengths(by_word: dict[str, set[int]]) -> tuple[int, ...]:
    return tuple(sorted({len(word) for word in by_word}, reverse=True))
