"""Which of many patterns can stand in a text at all: those of which the needles do, pieces that every hit must hold.

A pattern is read once for its needles: of `(?:not|never) (?:arriv|deliver)\\w*` a hit holds arriv or deliver, and not or
never. A text is then looked through once, word by word, and only the few patterns whose needles it has are searched for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from sys import getsizeof

from helpdesk.triage.quick import alternatives

#: Pieces without blanks of which every hit holds one.
Needles = frozenset[str]

#: Stands for any digit among needles.
DIGIT = "0"
_ZERO_WIDTH, _GROUPS = "bBAZ", ("?:", "?=", "?!", "?<=", "?<!")
#: Bytes for the words that are remembered with the needles they hold, and letters of the longest of them. Most of what
#: people write are the same words again and again; the names and numbers that are not would fill any memory.
_REMEMBERED, _LONG = 1 << 20, 40
_ENTRY = 100  #: bytes of a dict for each of its keys, at most
#: So often some alternatives are asked for before they are compiled apart, which takes as long as forty searches for all; so many sets are counted and compiled.
_PAYS, _SEEN, _COMPILED = 40, 20_000, 4_000


def needles(pattern: str) -> list[Needles]:
    """The needles of a pattern, the rarest first; a hit holds one of each. Empty: it need not hold any.

    `pattern`: no flags, no named groups. Raises ValueError for one that it cannot read.

    >>> [sorted(some) for some in needles("(?:not|never) (?:been )?(?:arriv|deliver)[a-z]*")]
    [['arriv', 'deliver'], ['never', 'not']]
    """
    reader = _Reader(pattern)
    found = reader.either()
    if reader.at < len(pattern):
        raise ValueError(f"unbalanced bracket at {reader.at}: {pattern[:60]}")
    return found


class _Reader:
    """Reads a pattern from left to right."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0

    def either(self) -> list[Needles]:
        """Alternatives, up to the bracket that closes them."""
        rows = [self._row()]
        while self._takes("|"):
            rows.append(self._row())
        if len(rows) == 1:
            return rows[0]
        return [frozenset().union(*(row[0] for row in rows))] if all(rows) else []

    def _takes(self, text: str) -> bool:
        if self.pattern.startswith(text, self.at):
            self.at += len(text)
            return True
        return False

    def _row(self) -> list[Needles]:
        """What follows one upon the other."""
        parts: list[Needles] = []
        run = ""
        while self.at < len(self.pattern) and self.pattern[self.at] not in "|)":
            piece = self._item()
            least, most = self._times()
            if piece == "":
                continue  # a border or a look-around takes no room
            if isinstance(piece, str) and least and not piece.isspace() and not piece.isdigit():
                run += piece
                if most == 1:
                    continue
            if run:
                parts.append(frozenset({run}))
                run = ""
            if least and isinstance(piece, list):
                parts += piece
            elif least and isinstance(piece, str) and piece.isdigit():
                parts.append(frozenset({DIGIT}))
        if run:
            parts.append(frozenset({run}))
        return sorted(parts, key=_commonness)

    def _item(self) -> str | list[Needles] | None:
        """A sign, "" for what has no width, a group's needles, None for anything else."""
        sign = self.pattern[self.at]
        self.at += 1
        if sign == "(":
            start = next((s for s in _GROUPS if self._takes(s)), "")
            if not start and self.pattern.startswith("?", self.at):
                raise ValueError(f"unknown group at {self.at}: {self.pattern[:60]}")
            found = self.either()
            if not self._takes(")"):
                raise ValueError(f"unbalanced bracket: {self.pattern[:60]}")
            return found if start in {"", "?:"} else ""
        if sign == "[":
            self._skip_class()
            return None
        if sign == "\\":
            sign = self.pattern[self.at]
            self.at += 3 if sign == "x" else 1
            if sign == "d":
                return DIGIT
            return "" if sign in _ZERO_WIDTH else None if sign.isalnum() else sign
        return "" if sign in "^$" else None if sign == "." else sign

    def _skip_class(self) -> None:
        """Skip [a-z]."""
        start = self.at = self.at + self.pattern.startswith("^", self.at)
        while self.pattern[self.at] != "]" or self.at == start:
            self.at += 2 if self.pattern[self.at] == "\\" else 1
        self.at += 1

    def _times(self) -> tuple[int, int]:
        """How often the item stands: at least (1 for more), at most (2 for more)."""
        least, most = 1, 1
        sign = self.pattern[self.at : self.at + 1]
        if sign and sign in "?*+":
            self.at += 1
            least, most = int(sign == "+"), 1 + (sign != "?")
        elif sign == "{":
            end = self.pattern.index("}", self.at)
            first = self.pattern[self.at + 1 : end].partition(",")[0]
            least, most, self.at = min(int(first or 0), 1), 2, end + 1
        if (least, most) != (1, 1) and self.pattern[self.at : self.at + 1] in {"?", "+"}:
            self.at += 1  # lazy, or possessive
        return least, most


def _commonness(pieces: Needles) -> float:
    """How often one of these stands in a text, roughly: a letter more is a fifth; a Chinese sign is worth two letters."""
    return sum(0.2 ** sum(1 if c < "\u3040" else 2 for c in piece) for piece in pieces)


class Searches:
    """Several lists of alternatives, each searched for in a text only as far as one of them may stand there.

    `lists`: alternatives at the top level, and what stands before each of them, such as \\\\b.
    """

    def __init__(self, lists: Sequence[tuple[str, str]]) -> None:
        self._lists: list[tuple[str, list[str]]] = []
        self._parts: list[tuple[int, int]] = []  #: of each list the first bit and a bit for each alternative
        self._compiled: dict[tuple[int, int], re.Pattern[str]] = {}
        self._seen: dict[tuple[int, int], int] = {}
        self._short: dict[str, int] = {}  #: the bits of needles of one sign, and of two
        self._by_start: dict[
            str, list[tuple[str, int]]
        ] = {}  #: longer needles and their bits, by the first three signs
        self._known: dict[str, tuple[int, ...]] = {}  #: of a word the bits of each needle in it of more than one sign
        self._kept = 0  #: bytes of what is known
        found: list[list[Needles]] = []
        for text, start in lists:
            each = alternatives(text)
            self._parts.append((len(found), (1 << len(each)) - 1))
            self._lists.append((start, each))
            found += map(needles, each)
        self._width = len(found)
        self._free = self._bits(found)

    def _bits(self, found: Sequence[Sequence[Needles]]) -> int:
        """Note every needle with its bits, second needles to the left of first ones; what needs none is always set."""
        free = 0
        bits: dict[str, int] = {}
        for half in (0, 1):
            for place, some in enumerate(found, half * self._width):
                if len(some) <= half:
                    free |= 1 << place
                else:
                    for needle in some[half]:
                        bits[needle] = bits.get(needle, 0) | 1 << place
        for needle, places in bits.items():
            if len(needle) < 3:
                self._short[needle] = places
            else:
                self._by_start.setdefault(needle[:3], []).append((needle, places))
        return free

    def may(self, text: str) -> int:
        """A bit for each alternative of each list: it may stand in this text."""
        found = self._free
        short, known = self._short, self._known
        for sign in {*text}:
            found |= short.get(DIGIT if sign.isdigit() else sign, 0)
        for word in {*text.split()}:
            held = known.get(word)
            for bits in self._of(word) if held is None else held:
                found |= bits
        return found & found >> self._width

    def _of(self, word: str) -> tuple[int, ...]:
        """The bits of each needle of more than one sign: no copies, so that a word takes little room."""
        found: list[int] = []
        short, starts = self._short, self._by_start
        for at in range(len(word) - 1):
            if (pair := word[at : at + 2]) in short:
                found.append(short[pair])
            for needle, bits in starts.get(word[at : at + 3], ()):
                if word.startswith(needle, at):
                    found.append(bits)
        held = tuple(found)
        if len(word) <= _LONG:
            self._remember(word, held)
        return held

    def _remember(self, word: str, held: tuple[int, ...]) -> None:
        """Within the budget: all is forgotten when it is spent, and what is written often is soon known again."""
        size = getsizeof(word) + getsizeof(held) + _ENTRY
        if self._kept + size > _REMEMBERED:
            self._known.clear()
            self._kept = 0
        self._known[word] = held
        self._kept += size

    def bits(self, places: Iterable[int]) -> int:
        """The bits of `may` for the alternatives of the lists at these places."""
        found = 0
        for place in places:
            first, mask = self._parts[place]
            found |= mask << first
        return found

    def pattern(self, place: int, may: int) -> re.Pattern[str] | None:
        """What the list at `place` is searched for with: those of its alternatives that may stand, or all of it; None
        for nothing."""
        first, mask = self._parts[place]
        bits = may >> first & mask
        if not bits:
            return None
        found = self._compiled.get((place, bits))
        if found is None:
            if bits != mask and not self._often(place, bits):
                return self.pattern(place, mask << first)
            found = self._compiled[place, bits] = self._of_bits(place, bits)
        return found

    def compile(self) -> None:
        """Compile every list whole, as the first texts would: milliseconds each."""
        for place, (first, mask) in enumerate(self._parts):
            self.pattern(place, mask << first)

    def _often(self, place: int, bits: int) -> bool:
        """Some alternatives are compiled apart once they have been asked for so often that it pays."""
        seen = self._seen.get((place, bits), 0) + 1
        if len(self._seen) >= _SEEN:
            self._seen.clear()
        self._seen[place, bits] = seen
        return seen > _PAYS and len(self._compiled) < _COMPILED

    def _of_bits(self, place: int, bits: int) -> re.Pattern[str]:
        start, each = self._lists[place]
        return re.compile(f"{start}(?:{'|'.join(one for at, one in enumerate(each) if bits >> at & 1)})")
