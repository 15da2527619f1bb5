"""Cuts a comment into clauses and says of each what it speaks of, with the words that say so."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from helpdesk.feedback.profanity import masked, shared
from helpdesk.feedback.tree import Hit
from helpdesk.feedback.words import LANGUAGES, SPACELESS, fold, lexicon, spans_in, split, word_file, words_in

#: A longer comment is judged by its beginning and never called eligible; Amazon's form ends at 400 characters.
MAX_COMMENT = 4_000

#: Where a clause may end; all begin with one of a few signs, which makes the search fast. A single line end may be a
#: wrapped line; a full stop inside a number or before a name (.net), and a hyphen inside a word, end nothing.
_ENDS = re.compile(
    r"[!?;:…()\[\].,\n–—-](?:(?<=[!?;:…()\[\]])[!?;:…()\[\]]*|(?<=[.,])(?=\s|$)|(?<=\.)\.+|(?<=[^\W_]\.)(?=[^\W\d_]{2})"
    r"|(?<=\n)\s*\n\s*|(?<=\s[–—-])[–—-]*(?=\s))"
)
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
    "sv": frozenset({"och", "men", "fast", "dessutom", "eftersom"}),
    "tr": frozenset({"ve", "ama", "fakat", "ancak", "ayrica", "cunku"}),
    "pl": frozenset({"i", "a", "ale", "oraz", "lecz", "więc", "wiec", "bo", "jednak", "natomiast"}),
}


class Clause(NamedTuple):
    """A clause: its literal text, where it begins, what its words speak of, and how many words it has."""

    text: str
    start: int
    names: frozenset[str]
    words: int


class Read(NamedTuple):
    """A comment as read: its language, clauses, and obscene words."""

    language: str
    clauses: tuple[Clause, ...]
    profanity: tuple[str, ...]
    cut: bool = False


#: (start, end, names, words, obscene spans, may it be half of a swap: see _swapped)
_Cut = tuple[int, int, frozenset[str], int, tuple[tuple[int, int], ...], bool]


def _bounds(folded: str, language: str) -> list[tuple[int, int]]:
    """Where the clauses stand, by punctuation."""
    bounds, start = [], 0
    for match in (_ENDS_SPACELESS if language in SPACELESS else _ENDS).finditer(folded):
        at, end = match.span()
        if at > start:
            bounds.append((start, at))
        start = end
    if start < len(folded):
        bounds.append((start, len(folded)))
    return bounds


#: Longer numbers mean nothing to the word files; made alike, they do not keep a stretch from being remembered.
_NUMBER = re.compile(r"\d\d+")
#: "The delivery is rubbish" says nothing about the product.
_ABUSED = frozenset({"delivery", "delay", "service"})


def _around(folded: str) -> tuple[int, int]:
    """Where the first word begins and the last one ends."""
    start, end = 0, len(folded)
    while not folded[start].isalnum():
        start += 1
    while not folded[end - 1].isalnum():
        end -= 1
    return start, end


class _Tongue(NamedTuple):
    """What a language's stretches are read with."""

    find: Callable[[Sequence[str], int, int], list[Hit]]
    joints: frozenset[str]
    got: frozenset[str]
    claimed: frozenset[str]
    parts_words: bool
    shares: bool  #: obscene words of all languages are looked for apart


@lru_cache(maxsize=16)
def _tongue(language: str) -> _Tongue:
    _, got, _, claimed = _swap(language)
    apart = language not in SPACELESS
    joints = _JOINTS.get(language, frozenset())
    return _Tongue(lexicon(language).find, joints, got, claimed, apart, apart and language != "en")


@lru_cache(maxsize=65_536)
def _clauses(folded: str, language: str) -> tuple[_Cut, ...]:
    """A stretch without punctuation: each clause in it.

    People say the same things in the same words: the answer is remembered.
    """
    plain = words_in(folded, language)
    if not plain:
        return ()
    tongue, last = _tongue(language), len(plain)
    found = tongue.find(plain, 0, last)
    obscene: list[Hit] = [hit for hit in found if hit[0] == "profanity"]
    if tongue.shares:
        obscene += shared().find(plain, 0, last)
    if tongue.parts_words and not obscene and tongue.joints.isdisjoint(plain):
        # where the words stand is asked only where the stretch is cut, or a piece of it quoted
        swap = plain[0] in tongue.claimed or not tongue.got.isdisjoint(plain[:_SOON])
        return ((*_around(folded), _names_of(found), last, (), swap),)
    return _cut(folded, language, plain, found, obscene)


def _names_of(found: list[Hit]) -> frozenset[str]:
    names = frozenset([hit[0] for hit in found])
    if "trash" in names:
        return names - {"trash"} | (frozenset() if names & _ABUSED else {"product"})
    return names


def _cut(folded: str, language: str, plain: list[str], found: list[Hit], obscene: list[Hit]) -> tuple[_Cut, ...]:
    """A stretch cut at the words that begin a new clause."""
    tongue = _tongue(language)
    cuts = [0, len(plain)]
    if not tongue.joints.isdisjoint(plain):
        bridged = {place for _, first, last in found for place in range(first + 1, last)}  # "ordered red and got blue"
        cuts = [0, *(i for i, w in enumerate(plain) if i and w in tongue.joints and i not in bridged), len(plain)]
    spans_of = spans_in(folded, language)
    made = []
    for first, last in pairwise(cuts):
        names = _names_of([hit for hit in found if first <= hit[1] < last])
        bad = [hit for hit in obscene if first <= hit[1] < last] if obscene else ()
        spans = tuple((spans_of[a][0], spans_of[b - 1][1]) for _, a, b in bad)
        swap = plain[first] in tongue.claimed or not tongue.got.isdisjoint(plain[first : min(last, first + _SOON)])
        made.append((spans_of[first][0], spans_of[last - 1][1], names, last - first, spans, swap))
    return tuple(made)


@lru_cache(maxsize=16)
def _swap(language: str) -> tuple[frozenset[str], ...]:
    """Words of ordering, of getting, those after which nothing else is named, of claiming; empty in ja and zh."""
    table = word_file(language).get("swap", {})
    return tuple(
        frozenset(fold(w, language) for w in split(table.get(n, ""))) for n in ("ordered", "got", "same", "claimed")
    )


_ORDERING = frozenset({"bought", "neutral"})
_NOTHING_SAID = frozenset({"neutral", "noun", "bought", "delivery"})
#: What a claim and its denial speak of, and how many words a claim has at most.
_CLAIMS, _CLAIM = frozenset({"noun", "product", "neutral", "value"}), 5
#: So many words may stand between "ordered" and "got".
_APART = 8
#: "Got" is one of the first words of its clause.
_SOON = 4


def _swapped(clauses: list[Clause], language: str) -> list[Clause]:
    """ "Ordered blue, got pink", "said leather, it's plastic": in two clauses, another thing came than it should."""
    ordered, got, same, claimed = _swap(language)
    if not ordered or len(clauses) < 2:
        return clauses
    made = clauses[:]
    for at, (before, after) in enumerate(pairwise(clauses), 1):
        if 2 <= before.words <= _CLAIM and before.names <= _CLAIMS and after.names <= _CLAIMS:
            things = (before.names | after.names) & {"noun", "product"}
            if things and words_in(fold(before.text, language), language)[0] in claimed:
                made[at - 1] = before._replace(names=before.names | {"listing"})
        if before.names.isdisjoint(_ORDERING) or not after.names <= _NOTHING_SAID:
            continue
        first = words_in(fold(before.text, language), language)
        then = words_in(fold(after.text, language), language)[:_APART]
        place = next((i for i, word in enumerate(then[:_SOON]) if word in got), None)
        if place is None or ordered.isdisjoint(first[-_APART:]):
            continue
        rest = then[place + 1 :]
        if rest and rest[0] not in same and not rest[0][0].isdigit():
            made[at] = after._replace(names=after.names | {"listing"})
    return made


def _unread(text: str, folded: str, language: str, *, cut: bool) -> Read:
    """Of a language without a word file only what is obscene everywhere is known: one clause that says nothing."""
    plain, places = words_in(folded, language), spans_in(folded, language)
    bad = [text[places[a][0] : places[b - 1][1]] for _, a, b in shared().find(plain, 0, len(plain))]
    clauses = (Clause(text, 0, frozenset(), len(plain)),) if plain else ()
    return Read(language, clauses, tuple(dict.fromkeys([*masked(text, "en"), *bad])), cut)


def read(comment: str, language: str) -> Read:
    """A comment cut and classified. Linear in its length (the first MAX_COMMENT characters are read)."""
    text = comment[:MAX_COMMENT]
    folded = fold(text, language)
    if language not in LANGUAGES:
        return _unread(text, folded, language, cut=len(comment) > MAX_COMMENT)
    clauses: list[Clause] = []
    swap = False
    obscene = masked(text, language)
    if _NUMBER.search(folded):
        folded = _NUMBER.sub(lambda m: "0" * len(m[0]), folded)
    for begin, end in _bounds(folded, language):
        for start, stop, names, words, spans, may_swap in _clauses(folded[begin:end], language):
            clauses.append(Clause(text[begin + start : begin + stop], begin + start, names, words))
            if spans:
                obscene += [text[begin + a : begin + b] for a, b in spans]
            swap = swap or may_swap
    found = tuple(_swapped(clauses, language) if swap else clauses)
    return Read(language, found, tuple(dict.fromkeys(obscene)), len(comment) > MAX_COMMENT)
