"""A text as the message rules read it: disguises undone, markup gone, every character still knowing its place.

Folding: compatibility forms (full-width, circled, mathematical letters) become plain ones, letters of other alphabets
that look Latin become Latin, accents and invisible characters go. Case is kept beside a lower-case twin, equally long.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass, field
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
    """`cased` and `low` have equal length and are what the rules read; `span` finds the place in `raw` again.

    From folded position `begins[k]` on, characters stand in `raw` at `starts[k]` and behind it one by one; where
    `ends[k]` is not 0, the whole stretch stands for `raw[starts[k]:ends[k]]`.
    """

    raw: str
    cased: str
    low: str
    begins: list[int] | None = None  # None: every character stands where it stood
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)

    def span(self, a: int, b: int) -> tuple[int, int]:
        """The place in `raw` of the folded characters a to b."""
        if self.begins is None:
            return a, b
        if not self.low:
            return 0, 0
        start = self._place(min(a, len(self.low) - 1))[0]
        return (start, start) if a >= b else (start, self._place(b - 1)[1])

    def _place(self, at: int) -> tuple[int, int]:
        """Where one folded character stands in `raw`."""
        k = bisect_right(self.begins or [], at) - 1
        if self.ends[k]:
            return self.starts[k], self.ends[k]
        place = self.starts[k] + at - (self.begins or [0])[k]
        return place, place + 1


def fold(raw: str) -> Folded:
    """Fold a plain text."""
    if raw.isascii() and not any(c in raw for c in "\r\x0b\x0c`"):
        return Folded(raw, raw, raw.lower())
    if not _odd(raw):
        cased = _plain(raw)
        return Folded(raw, cased, _lower(cased))
    return fold_html(raw, [(0, len(raw), raw)])


def fold_html(raw: str, pieces: list[tuple[int, int, str]]) -> Folded:
    """Fold what a reader of HTML sees: `pieces` are (start, end, visible characters) in order."""
    odd = _odd("".join(text for _, _, text in pieces))
    found = re.compile(f"[{re.escape(''.join(sorted(odd)))}]+") if odd else None
    shown: list[str] = []
    folded = Folded(raw, "", "", [])
    at = 0  # length of what is folded so far
    for a, b, text in pieces:
        if len(text) != b - a:  # an entity, a line end that a tag made
            at = _stretch(folded, shown, at, a, b, _plain(text))
            continue
        done = 0
        for hit in found.finditer(text) if found else ():
            at = _stretch(folded, shown, at, a + done, 0, _plain(text[done : hit.start()]))
            for k, c in enumerate(hit.group(), a + hit.start()):
                if _FOLDS[ord(c)]:
                    at = _stretch(folded, shown, at, k, k + 1, _FOLDS[ord(c)])
            done = hit.end()
        at = _stretch(folded, shown, at, a + done, 0, _plain(text[done:]))
    folded.cased = "".join(shown)
    folded.low = _lower(folded.cased)
    return folded


def entity(text: str) -> str:
    """What `&amp;` or `&#64;` shows."""
    return unescape(text)


class _Folds(dict[int, str]):
    """For str.translate: what a character folds to, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        piece = fold_char(chr(code))
        if len(self) < 20_000:  # bounds memory: there are a million characters
            self[code] = piece
        return piece


_FOLDS = _Folds()
_NOT_PLAIN = re.compile(r"[^\n\t -_a-~]+")


def _plain(text: str) -> str:
    """A text folded, its places not kept."""
    return _NOT_PLAIN.sub(lambda hit: hit.group().translate(_FOLDS), text)


def _odd(text: str) -> set[str]:
    """The characters of a text that do not fold to exactly one."""
    return {c for c in set(text) if len(_FOLDS[ord(c)]) != 1}


def _stretch(folded: Folded, shown: list[str], at: int, start: int, end: int, text: str) -> int:
    """Add a stretch of folded text that stands from `start` on in raw (see Folded); the length reached."""
    if text and folded.begins is not None:
        folded.begins.append(at)
        folded.starts.append(start)
        folded.ends.append(end)
        shown.append(text)
    return at + len(text)


def _lower(cased: str) -> str:
    low = cased.lower()
    return low if len(low) == len(cased) else "".join(c.lower()[:1] or c for c in cased)
