"""A text as the message rules read it: disguises undone, markup gone, every character still knowing its place.

Folding: compatibility forms (full-width, circled, mathematical letters) become plain ones, letters of other alphabets
that look Latin become Latin, accents and invisible characters go. Case is kept beside a lower-case twin, equally long.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from html import unescape

#: Letters that look Latin: Cyrillic and Greek, each with its twin below.
_TWINS = dict(
    zip(
        "асеорхуіјѕԁһԛԝӏѵкмтвнгɡɑАСЕОРХУІЈЅКМТВНԜαοερυικντχβΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
        "aceopxyijsdhqwlvkmtbhrgaACEOPXYIJSKMTBHWaoepuikvtxbABEZHIKMNOPTYX",
        strict=True,
    )
)
_SPECIAL = {
    "’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
    "–": "-", "—": "-", "−": "-", "‐": "-", "‑": "-", "‒": "-", "―": "-", "ー": "ー", "ß": "ss", "æ": "ae", "Æ": "AE",
    "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "đ": "d", "ł": "l", "Ł": "L", "ı": "i", "∙": ".", "⋅": ".", "゠": "=",
    "×": "x", "⁄": "/", "∶": ":", "〜": "~", "\r": "\n", "\x0b": "\n", "\x0c": "\n", "\x85": "\n", "\u2028": "\n",
    "\u2029": "\n", "€": "€", "²": "²", "³": "³", "™": "™", "℠": "", "ª": "ª", "º": "º", "…": "…",
}  # fmt: skip


@lru_cache(maxsize=20_000)
def fold_char(c: str) -> str:
    """What one character reads as; "" for one that nobody sees."""
    special = _SPECIAL.get(c)
    if special is not None:
        return special
    category = unicodedata.category(c)
    if category in {"Cf", "Mn", "Me", "Cs", "Cn"} and not "\u3099" <= c <= "\u309a":
        return ""
    if category == "Zs":
        return " "
    if category == "Nd":
        return str(unicodedata.digit(c))
    plain = unicodedata.normalize("NFKC", c)
    if plain == c and "\u2e80" <= c <= "\U0003ffff" and not "\U0001f100" <= c <= "\U0001faff":
        return c
    if "\u3040" <= plain[0] <= "\u30ff":
        return plain
    bare = "".join(x for x in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(x))
    return "".join(_TWINS.get(x, x) for x in bare)


@dataclass(slots=True)
class Folded:
    """`cased` and `low` have equal length; `start[i]`, `end[i]` are where its i-th character stands in `raw`."""

    raw: str
    cased: str
    low: str
    start: Iterable[int] | None = None  # None: every character stands where it stood
    end: Iterable[int] | None = None
    visible: str = ""  #: without markup, not folded

    def span(self, a: int, b: int) -> tuple[int, int]:
        """The place in `raw` of the folded characters a to b."""
        if self.start is None or self.end is None:
            return a, b
        start, end = self.start, self.end
        if a >= b or not self.cased:
            return (a, a)
        return start[a], end[b - 1]  # type: ignore[index]  # both are lists where they are not None


def fold(raw: str) -> Folded:
    """Fold a plain text."""
    if raw.isascii() and not any(c in raw for c in "\r\x0b\x0c`"):
        return Folded(raw, raw, raw.lower(), visible=raw)
    return _folded(raw, list(raw), None, None)


def fold_html(raw: str, pieces: list[tuple[int, int, str]]) -> Folded:
    """Fold what a reader of HTML sees: `pieces` are (start, end, visible characters) in order."""
    chars: list[str] = []
    start: list[int] = []
    end: list[int] = []
    for a, b, text in pieces:
        if len(text) == b - a:
            chars.extend(text)
            start.extend(range(a, b))
            end.extend(range(a + 1, b + 1))
        else:
            for c in text:
                chars.append(c)
                start.append(a)
                end.append(b)
    return _folded(raw, chars, start, end)


def entity(text: str) -> str:
    """What `&amp;` or `&#64;` shows."""
    return unescape(text)


def _folded(raw: str, chars: list[str], start: list[int] | None, end: list[int] | None) -> Folded:
    pieces = [fold_char(c) for c in chars]
    visible = "".join(chars)
    if start is None and min(map(len, pieces), default=1) == max(map(len, pieces), default=1) == 1:
        cased = "".join(pieces)
        return Folded(raw, cased, _lower(cased), visible=visible)
    begin: list[int] = []
    close: list[int] = []
    for i, piece in enumerate(pieces):
        a = i if start is None else start[i]
        b = i + 1 if end is None else end[i]
        if len(piece) == 1:
            begin.append(a)
            close.append(b)
        elif piece:
            begin += [a] * len(piece)
            close += [b] * len(piece)
    cased = "".join(pieces)
    return Folded(raw, cased, _lower(cased), begin, close, visible=visible)


def _lower(cased: str) -> str:
    low = cased.lower()
    return low if len(low) == len(cased) else "".join(c.lower()[:1] or c for c in cased)
