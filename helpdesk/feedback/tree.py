"""Patterns of words as a tree: those that begin alike are followed together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hit:
    """A find: its class, and the tokens from `first` up to and without `last`."""

    name: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Slot:
    """One place of a pattern: exact words, stems, tails, or a gap of up to `gap` tokens."""

    words: frozenset[str] = frozenset()
    stems: tuple[str, ...] = ()
    tails: tuple[str, ...] = ()
    gap: int = 0


Pattern = tuple[str, tuple[Slot, ...]]


class _Node:
    """A place in the tree of patterns: what may follow, and the classes of the patterns that end here."""

    __slots__ = ("after_gap", "exact", "lengths", "names", "reach", "slots", "stems", "tail_lengths", "tails")

    def __init__(self) -> None:
        self.exact: dict[str, list[_Node]] = {}
        self.stems: dict[str, list[_Node]] = {}
        self.lengths: tuple[int, ...] = ()
        self.tails: dict[str, list[_Node]] = {}
        self.tail_lengths: tuple[int, ...] = ()
        self.after_gap: _Node | None = None
        self.reach = 0
        self.names: tuple[str, ...] = ()
        self.slots: dict[Slot, _Node] = {}

    def child(self, slot: Slot) -> _Node:
        """The node after a slot; patterns that begin alike share it."""
        if slot.gap:
            self.reach = slot.gap
            self.after_gap = self.after_gap or _Node()
            return self.after_gap
        known = self.slots.get(slot)
        if known is None:
            known = self.slots[slot] = _Node()
            for word in slot.words:
                self.exact.setdefault(word, []).append(known)
            for stem in slot.stems:
                self.stems.setdefault(stem, []).append(known)
            for tail in slot.tails:
                self.tails.setdefault(tail, []).append(known)
            self.lengths = tuple(sorted({len(stem) for stem in self.stems}))
            self.tail_lengths = tuple(sorted({len(tail) for tail in self.tails}))
        return known

    def following(self, word: str) -> list[_Node]:
        """The nodes a word leads to."""
        found = self.exact.get(word, [])
        for length in self.lengths:
            if length > len(word):
                break
            more = self.stems.get(word[:length])
            if more:
                found = found + more
        for length in self.tail_lengths:
            if length >= len(word):
                break
            more = self.tails.get(word[-length:])
            if more:
                found = found + more
        return found

    def ends(self, words: Sequence[str], at: int, end: int, found: list[tuple[str, int]]) -> None:
        """Every (class, end) of patterns that go on from here at words[at]."""
        found += [(name, at) for name in self.names]
        if at >= end:
            return
        if self.slots:
            for node in self.following(words[at]):
                node.ends(words, at + 1, end, found)
        if self.after_gap is not None:
            inner = self.after_gap
            for place in range(at, min(at + self.reach + 1, end)):
                for node in inner.following(words[place]):
                    node.ends(words, place + 1, end, found)


#: How many different first words a lexicon remembers the way for.
_REMEMBERED = 50_000


class Lexicon:
    """All patterns of one language as a tree."""

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self._root = _Node()
        self._first: dict[str, list[_Node]] = {}
        for name, slots in patterns:
            node = self._root
            for slot in slots:
                node = node.child(slot)
            if name not in node.names:
                node.names = (*node.names, name)

    def find(self, words: Sequence[str], start: int, end: int) -> list[Hit]:
        """The finds among words[start:end], longest first where two overlap, in reading order."""
        found: list[Hit] = []
        ends: list[tuple[str, int]] = []
        first = self._first
        for at in range(start, end):
            word = words[at]
            nodes = first.get(word)
            if nodes is None:
                if len(first) >= _REMEMBERED:
                    first.clear()
                nodes = first[word] = self._root.following(word)
            if nodes:
                for node in nodes:
                    node.ends(words, at + 1, end, ends)
                found += [Hit(name, at, last) for name, last in ends]
                ends.clear()
        return found if len(found) < 2 else _longest(found)


def _longest(found: list[Hit]) -> list[Hit]:
    """Of overlapping finds the longest; two classes of one and the same place both stay."""
    found.sort(key=lambda hit: (hit.first - hit.last, hit.first))
    taken: set[int] = set()
    kept: dict[Hit, None] = {}
    spans: set[tuple[int, int]] = set()
    for hit in found:
        if (hit.first, hit.last) in spans or taken.isdisjoint(range(hit.first, hit.last)):
            kept[hit] = None
            spans.add((hit.first, hit.last))
            taken.update(range(hit.first, hit.last))
    return sorted(kept, key=lambda hit: hit.first)
