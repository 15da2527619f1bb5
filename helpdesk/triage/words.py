"""The word lists beside this file, read once: free-mail hosts, how machines answer, what words speak of."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

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
    bodies: tuple[str, ...]
    daemons: tuple[str, ...]
    bounces: tuple[str, ...]


@cache
def machines() -> Machines:
    """The lists of machines.toml."""
    data = tomllib.loads(data_text("machines.toml"))
    return Machines(*(tuple(data[key]) for key in ("subjects", "bodies", "daemons", "bounces")))


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Which kinds of talk a word belongs to: whole words, and stems by length."""

    kinds: tuple[str, ...]
    words: dict[str, tuple[int, ...]]
    stems: dict[str, tuple[int, ...]]
    stem_lengths: tuple[int, ...]
    begins: frozenset[str]  #: how the stems begin, as far as the shortest goes: most words do not begin so
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
        found = self.words.get(word)
        if found is not None:
            return found
        if word[: self.stem_lengths[-1]] not in self.begins:
            return ()
        for length in self.stem_lengths:
            if len(word) >= length:
                found = self.stems.get(word[:length])
                if found is not None:
                    return found
        return ()


@cache
def lexicon() -> Lexicon:
    """The lists of lexicon.toml, all languages together."""
    data = tomllib.loads(data_text("lexicon.toml"))
    words: dict[str, set[int]] = {}
    stems: dict[str, set[int]] = {}
    for index, languages in enumerate(data.values()):
        for line in languages.values():
            for word in line.split():
                target = stems if word.endswith("*") else words
                target.setdefault(word.rstrip("*"), set()).add(index)
    lengths = tuple(sorted({len(stem) for stem in stems}, reverse=True))
    return Lexicon(
        tuple(data),
        {word: tuple(sorted(kinds)) for word, kinds in words.items()},
        {stem: tuple(sorted(kinds)) for stem, kinds in stems.items()},
        lengths,
        frozenset(stem[: lengths[-1]] for stem in stems),
        {},
    )
