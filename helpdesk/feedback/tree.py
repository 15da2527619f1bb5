"""Patterns of words, found as a tree of them would find them, but read word by word by an automaton made on the way.

Two words that fit the same places of the patterns are of one kind. Where a kind of word leads from a state of the
search is worked out when it is first met, and remembered: most words of a comment then cost one look into a dictionary.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

#: A find: its class, and the tokens from the second number up to and without the third.
Hit = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Slot:
    """One place of a pattern: exact words, stems, tails, or a gap of up to `gap` tokens."""

    words: frozenset[str] = frozenset()
    stems: tuple[str, ...] = ()
    tails: tuple[str, ...] = ()
    gap: int = 0


Pattern = tuple[str, tuple[Slot, ...]]

#: So many words, and so many steps of the search, are remembered before all is begun anew.
_WORDS, _STEPS = 50_000, 100_000


class _Node:
    """A place in the tree of patterns: what may follow, and the classes of the patterns that end here."""

    __slots__ = ("after_gap", "names", "reach", "slots")

    def __init__(self) -> None:
        self.slots: dict[int, _Node] = {}  # by the number of the slot
        self.after_gap: _Node | None = None
        self.reach = 0
        self.names: tuple[str, ...] = ()


class _Kind:
    """Words that fit the same slots, and the state after one of them at a pattern's start."""

    __slots__ = ("begin", "fits")

    def __init__(self, fits: frozenset[int]) -> None:
        self.fits = fits
        self.begin: _State | None = None


#: A node, and how many words may be skipped before one of its slots; -1: the next word is wanted.
_Item = tuple[_Node, int]


class _State:
    """Patterns in the middle of which the search stands; `names`: the classes of those that end here."""

    __slots__ = ("items", "names", "steps")

    def __init__(self, items: frozenset[_Item], names: frozenset[str]) -> None:
        self.items = items
        self.names = tuple(sorted(names))
        self.steps: dict[_Kind | None, _State] = {}


class _Kinds(dict[str, "_Kind | None"]):
    """The kind of each word; None where it fits no slot. Worked out when a word is first met; bounded."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers: dict[Slot, int] = {}
        self.exact: dict[str, list[int]] = {}
        self.stems: dict[str, list[int]] = {}
        self.tails: dict[str, list[int]] = {}
        self.lengths: tuple[tuple[int, ...], tuple[int, ...]] = ((), ())  # of the stems and of the tails, rising
        self.known: dict[frozenset[int], _Kind] = {}

    def number(self, slot: Slot) -> int:
        """The slot's number, a new one at its first mention."""
        known = self.numbers.get(slot)
        if known is not None:
            return known
        made = self.numbers[slot] = len(self.numbers)
        for words, texts in ((self.exact, slot.words), (self.stems, slot.stems), (self.tails, slot.tails)):
            for text in texts:
                words.setdefault(text, []).append(made)
        return made

    def measure(self) -> None:
        """Note how long stems and tails are; all slots are there."""
        self.lengths = tuple(sorted({*map(len, self.stems)})), tuple(sorted({*map(len, self.tails)}))

    def __missing__(self, word: str) -> _Kind | None:
        fits = self.exact.get(word, ())
        for length in self.lengths[0]:
            if length > len(word):
                break
            if (more := self.stems.get(word[:length])) is not None:
                fits = [*fits, *more]
        for length in self.lengths[1]:
            if length >= len(word):
                break
            if (more := self.tails.get(word[-length:])) is not None:
                fits = [*fits, *more]
        found: _Kind | None = None
        if fits:
            key = frozenset(fits)
            found = self.known.get(key) or self.known.setdefault(key, _Kind(key))
        if len(self) >= _WORDS:
            self.clear()
        self[word] = found
        return found


class Lexicon:
    """All patterns of one language."""

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self._root = _Node()
        self._kinds = _Kinds()
        for name, slots in patterns:
            node = self._root
            for slot in slots:
                node = self._child(node, slot)
            if name not in node.names:
                node.names = (*node.names, name)
        self._kinds.measure()
        self._states: dict[tuple[frozenset[_Item], frozenset[str]], _State] = {}
        self._nowhere = _State(frozenset(), frozenset())
        self._steps = 0

    def _child(self, node: _Node, slot: Slot) -> _Node:
        """The node after a slot; patterns that begin alike share it."""
        if slot.gap:
            node.reach = slot.gap
            node.after_gap = node.after_gap or _Node()
            return node.after_gap
        return node.slots.setdefault(self._kinds.number(slot), _Node())

    def find(self, words: Sequence[str], start: int, end: int) -> list[Hit]:
        """The finds among words[start:end], longest first where two overlap, in reading order."""
        kinds = [*map(self._kinds.__getitem__, words[start:end])]
        nowhere, end = self._nowhere, len(kinds)
        found: list[Hit] = []
        for first, kind in enumerate(kinds, 1):
            if kind is None or (state := kind.begin or self._begin(kind)) is nowhere:
                continue
            at = first
            while True:
                if state.names:
                    for name in state.names:
                        found.append((name, start + first - 1, start + at))  # noqa: PERF401 -- the hottest loop of an import
                if at == end or not state.items:
                    break
                state = state.steps.get(kinds[at]) or self._step(state, kinds[at])
                at += 1
        return found if len(found) < 2 else _longest(found)

    def _begin(self, kind: _Kind) -> _State:
        kind.begin = self._state([node for number in kind.fits if (node := self._root.slots.get(number))], set())
        return kind.begin

    def _step(self, state: _State, kind: _Kind | None) -> _State:
        """Where a kind of word leads, remembered."""
        if self._steps >= _STEPS:
            self._forget()
        self._steps += 1
        reached: list[_Node] = []
        waiting: set[_Item] = set()
        for node, skip in state.items:
            if kind is not None:
                reached += [node.slots[number] for number in kind.fits if number in node.slots]
            if skip > 0:
                waiting.add((node, skip - 1))
        after = state.steps[kind] = self._state(reached, waiting)
        return after

    def _state(self, reached: Iterable[_Node], items: set[_Item]) -> _State:
        """The state of the search at these nodes, with these items waiting for a later word."""
        names: set[str] = set()
        for node in reached:
            names.update(node.names)
            if node.slots:
                items.add((node, -1))
            if node.after_gap is not None:
                items.add((node.after_gap, node.reach))
        if not items and not names:
            return self._nowhere
        key = frozenset(items), frozenset(names)
        return self._states.get(key) or self._states.setdefault(key, _State(*key))

    def _forget(self) -> None:
        """Begin anew: a hostile text must not fill the memory."""
        for kind in self._kinds.known.values():
            kind.begin = None
        for state in self._states.values():
            state.steps.clear()
        self._states.clear()
        self._steps = 0


def _longest(found: list[Hit]) -> list[Hit]:
    """Of overlapping finds the longest; two classes of one and the same place both stay."""
    reach = -1
    for _, first, last in found:
        if first < reach:
            break
        reach = last
    else:
        return found  # nothing overlaps
    found.sort(key=_by_length)
    taken: set[int] = set()
    kept: dict[Hit, None] = {}
    spans: set[tuple[int, int]] = set()
    for hit in found:
        _, first, last = hit
        if (first, last) in spans or taken.isdisjoint(range(first, last)):
            kept[hit] = None
            spans.add((first, last))
            taken.update(range(first, last))
    return sorted(kept, key=_by_place)


def _by_length(hit: Hit) -> tuple[int, int]:
    return hit[1] - hit[2], hit[1]


def _by_place(hit: Hit) -> int:
    return hit[1]
