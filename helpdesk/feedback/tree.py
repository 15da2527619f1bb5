"""Patterns of words as a tree: those that begin alike are followed together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Hit(NamedTuple):
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


#: So many words a place of the tree remembers.
_NODE_REMEMBERS = 1_000


class _Node:
    """A place in the tree of patterns: what may follow, and the classes of the patterns that end here."""

    __slots__ = ("after_gap", "exact", "lengths", "memory", "names", "reach", "slots", "stems", "tail_lengths", "tails")

    def __init__(self) -> None:
        self.exact: dict[str, list[_Node]] = {}
        self.stems: dict[str, list[_Node]] = {}
        self.lengths: tuple[int, ...] = ()
        self.memory: dict[str, list[_Node]] = {}  # where words lead: people use the same ones
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
        if not self.lengths and not self.tail_lengths:
            return self.exact.get(word, _NONE)
        known = self.memory.get(word)
        if known is None:
            if len(self.memory) >= _NODE_REMEMBERS:
                self.memory.clear()
            known = self.memory[word] = self._following(word)
        return known

    def _following(self, word: str) -> list[_Node]:
        found = self.exact.get(word, _NONE)
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

    def beyond(self) -> _Node:
        """This node without the patterns that end here."""
        if not self.names:
            return self
        copy = _Node()
        for name in self.__slots__:
            setattr(copy, name, getattr(self, name))
        copy.names = ()
        return copy

    def ends(self, words: Sequence[str], at: int, end: int, found: list[tuple[str, int]]) -> None:
        """Every (class, end) of patterns that go on from here at words[at]."""
        if self.names:
            found += [(name, at) for name in self.names]
        if at >= end:
            return
        if self.slots:
            word = words[at]
            follow = self.following(word) if self.lengths or self.tail_lengths else self.exact.get(word)
            if follow:
                for node in follow:
                    node.ends(words, at + 1, end, found)
        inner = self.after_gap
        if inner is None:
            return
        if inner.lengths or inner.tail_lengths:
            for place in range(at, min(at + self.reach + 1, end)):
                for node in inner.following(words[place]):
                    node.ends(words, place + 1, end, found)
        else:
            exact = inner.exact
            for place in range(at, min(at + self.reach + 1, end)):
                word = words[place]
                if word in exact:
                    for node in exact[word]:
                        node.ends(words, place + 1, end, found)


_NONE: list[_Node] = []
#: Where a word leads that begins no pattern.
_NOWHERE: tuple[tuple[str, ...], tuple[_Node, ...]] = ((), ())
#: How many different first words a lexicon remembers the way for.
_REMEMBERED = 50_000


class Lexicon:
    """All patterns of one language as a tree."""

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self._root = _Node()
        self._first: dict[str, tuple[tuple[str, ...], tuple[_Node, ...]]] = {}
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
            known = first.get(word)
            if known is None:
                known = self._begin(word)
            if known is _NOWHERE:
                continue
            alone, deeper = known
            for name in alone:
                found.append(Hit(name, at, at + 1))  # noqa: PERF401 -- the hottest loop of an import
            if deeper:
                for node in deeper:
                    node.ends(words, at + 1, end, ends)
                if ends:
                    found += [Hit(name, at, last) for name, last in ends]
                    ends.clear()
        return found if len(found) < 2 else _longest(found)

    def _begin(self, word: str) -> tuple[tuple[str, ...], tuple[_Node, ...]]:
        """(classes of the word alone, nodes that go on from it), remembered."""
        if len(self._first) >= _REMEMBERED:
            self._first.clear()
        nodes = self._root._following(word)
        alone = tuple(dict.fromkeys(name for node in nodes for name in node.names))
        deeper = tuple(node.beyond() for node in nodes if node.slots or node.after_gap is not None)
        made = self._first[word] = (alone, deeper) if alone or deeper else _NOWHERE
        return made


def _longest(found: list[Hit]) -> list[Hit]:
    """Of overlapping finds the longest; two classes of one and the same place both stay."""
    reach = -1
    for _, first, last in found:
        if first < reach:
            break
        reach = last
    else:
        return found  # nothing overlaps
    found.sort(key=lambda hit: (hit.first - hit.last, hit.first))
    taken: set[int] = set()
    kept: dict[Hit, None] = {}
    spans: set[tuple[int, int]] = set()
    for hit in found:
        _, first, last = hit
        if (first, last) in spans or taken.isdisjoint(range(first, last)):
            kept[hit] = None
            spans.add((first, last))
            taken.update(range(first, last))
    return sorted(kept, key=lambda hit: hit.first)
