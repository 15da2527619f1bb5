"""Cuts a comment into clauses and says of each what it speaks of, with the words that say so."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from helpdesk.feedback.tree import Hit, Lexicon
from helpdesk.feedback.words import SPACELESS, compile_lexicon, fold, lexicon, tokens_of

#: A longer comment is judged by its beginning and never called eligible; Amazon's form ends at 400 characters.
MAX_COMMENT = 4_000

#: Where a clause ends. A single line end may be a wrapped line; a full stop inside a number ends none.
_ENDS = re.compile(r"[!?;:…]+|\s*\n\s*\n\s*|[.,](?=\s|$)|\.{2,}|(?<=\w)\.(?=[^\W\d_]{2})|\s[-–—]+\s|[()\[\]]")
_ENDS_SPACELESS = re.compile(r"[。．！？!?；;：:…\n\r\t，,、]+|\s+")
#: Words that begin a new clause.
_JOINTS = {
    "en": frozenset({"and", "but", "although", "though", "however", "because", "so", "plus"}),
    "de": frozenset({"und", "aber", "jedoch", "obwohl", "sondern", "außerdem", "dafür"}),
    "fr": frozenset({"et", "mais", "cependant", "car", "malgré"}),
    "es": frozenset({"y", "pero", "aunque", "e", "además", "ademas"}),
    "it": frozenset({"e", "ed", "ma", "però", "pero", "inoltre"}),
    "pt": frozenset({"e", "mas", "porém", "porem", "além"}),
    "nl": frozenset({"en", "maar", "echter", "hoewel"}),
}

_SHARED = {
    "profanity": "fuck*, motherfuck*, shit, shitty, bullshit*, asshole*, cunt*, bitch*, merde, putain*, connard*, "
    "enculé*, mierda, gilipoll*, vaffanculo, stronz*, coglion*, cazzo, scheiße*, scheisse*, arschloch*, hurensohn*, "
    "kurwa, chuj, pierdol*, jeban*, porra, caralho, fdp"
}
_MASKS = re.compile("[*#@操]")
#: Obscene words with letters starred out; both ends must stand, so that rows of stars and "A**" gradings do not count.
MASKED = re.compile(
    r"(?<![\w*])(?:f[\W_]?[*#@$u][*#@$]{0,2}c?k(?:ing|in|ed|er)?|f[*#@$]{2,3}(?:ing|k|ed)?|sh[*#@$!1]t\w*|s[*#@$]{2}t\w*|b[*#@$!1]tch\w*"
    r"|b[*#@$]{3}h|a[*#@$]{2}hole\w*|a[*s$]{2}h[*#@$o]le\w*|c[*#@$]nt\w*|bullsh[*#@$]t|m[*#@$]rde|p[*#@$]t[ae]\w*|sch[*#@$]{1,3}(?:ß|ss|s)?e?"
    r"|操(?![\u4e00-\u9fff])|c[*#@$]zz[*#@$o]|m[*#@$]{3}da|m[*#@$]erda?)(?![\w*])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause: its literal text, where it begins, what its words speak of, and how many words nobody knows."""

    text: str
    start: int
    names: frozenset[str]
    words: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Read:
    """A comment as read: its language, clauses, and obscene words."""

    language: str
    clauses: tuple[Clause, ...]
    profanity: tuple[str, ...]
    cut: bool = False


#: (start, end, names, words, unknown words, obscene spans)
_Cut = tuple[int, int, frozenset[str], int, int, tuple[tuple[int, int], ...]]


@lru_cache(maxsize=1)
def _shared() -> Lexicon:
    return compile_lexicon(_SHARED, {}, "en")


def _bounds(folded: str, language: str) -> list[tuple[int, int]]:
    """Where the clauses stand, by punctuation."""
    ends = _ENDS_SPACELESS if language in SPACELESS else _ENDS
    bounds, start = [], 0
    for match in ends.finditer(folded):
        if match.start() > start:
            bounds.append((start, match.start()))
        start = match.end()
    if start < len(folded):
        bounds.append((start, len(folded)))
    return bounds


#: Longer numbers mean nothing to the word files; made alike, they do not keep a stretch from being remembered.
_NUMBER = re.compile(r"\d{2,}")


@lru_cache(maxsize=65_536)
def _clauses(folded: str, language: str) -> tuple[_Cut, ...]:
    """A stretch without punctuation: (start, end, names, words, unknown words, obscene spans) of each clause in it.

    People say the same things in the same words: the answer is remembered.
    """
    tokens = tokens_of(folded, language)
    plain = [t.text for t in tokens]
    joints = _JOINTS.get(language, frozenset())
    found = lexicon(language).find(plain, 0, len(plain))
    bridged = {place for hit in found for place in range(hit.first + 1, hit.last)}  # "ordered red and got blue"
    cuts = [0, *(i for i, w in enumerate(plain) if i and w in joints and i not in bridged), len(plain)]
    obscene: list[Hit] = []
    if language not in SPACELESS and language != "en":
        obscene += _shared().find(plain, 0, len(plain))
    made = []
    for first, last in pairwise(cuts if tokens else []):
        hits = [hit for hit in found if first <= hit.first < last]
        unknown = last - first - sum(hit.last - hit.first for hit in hits)
        bad = [h for h in hits if h.name == "profanity"] + [h for h in obscene if first <= h.first < last]
        spans = tuple((tokens[h.first].start, tokens[h.last - 1].end) for h in bad)
        names = frozenset(hit.name for hit in hits)
        made.append((tokens[first].start, tokens[last - 1].end, names, last - first, unknown, spans))
    return tuple(made)


def read(comment: str, language: str) -> Read:
    """A comment cut and classified. Linear in its length (the first MAX_COMMENT characters are read)."""
    text = comment[:MAX_COMMENT]
    folded = fold(text, language)
    clauses: list[Clause] = []
    obscene: list[str] = [m[0] for m in MASKED.finditer(text)] if _MASKS.search(text) else []
    folded = _NUMBER.sub(lambda m: "0" * len(m[0]), folded)
    for begin, end in _bounds(folded, language):
        for start, stop, names, words, unknown, spans in _clauses(folded[begin:end], language):
            clauses.append(Clause(text[begin + start : begin + stop], begin + start, names, words, unknown))
            obscene += [text[begin + a : begin + b] for a, b in spans]
    return Read(language, tuple(clauses), tuple(dict.fromkeys(obscene)), len(comment) > MAX_COMMENT)
