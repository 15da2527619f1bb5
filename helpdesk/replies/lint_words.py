"""The vocabulary of the message rules: words of seven languages by meaning, found in one pass over a text.

The words stand in lint_words.toml. A hit is (start, end, meanings) in folded positions; meanings are bits, see `M`.
"""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from pathlib import Path

from helpdesk.replies.lint_language import ALL_LATIN, BIT, Words, cjk_of, languages_of
from helpdesk.replies.lint_text import fold

_TABLE: dict[str, dict[str, str]] = tomllib.loads(
    Path(__file__).with_name("lint_words.toml").read_text(encoding="utf-8")
)
#: Meaning → bit.
M: dict[str, int] = {name: 1 << i for i, name in enumerate(_TABLE)}
NEUTRAL = M["neutral"]
#: Meanings that a longer phrase around them takes away: "do not hesitate" is no "not".
_SHADOWED = M["neg"] | M["positive"] | M["happy"] | M["exchange"] | M["you"] | M["we"] | M["ask"]
_BETWEEN = frozenset(" \n-'&_/.=")
#: Words kept in memory, of each set of languages: it bounds what a hostile text can fill.
MOST_WORDS = 50_000

Hit = tuple[int, int, int]
Phrase = tuple[tuple[tuple[str, bool], ...], int, int]  # words (each with "any ending"), meanings, languages


def _entries(text: str) -> list[str]:
    return [entry.strip() for entry in re.split(r"[,、\n]", text) if entry.strip()]


def _is_cjk(text: str) -> bool:
    return any("\u2e80" <= c <= "\uffef" or c == "★" for c in text)


def _spellings(entry: str) -> set[str]:
    """An entry folded, and as people without umlauts on their keyboard write it."""
    plain = fold(entry).low
    wide = entry.lower()
    for umlaut, pair in (("ä", "ae"), ("ö", "oe"), ("ü", "ue")):
        wide = wide.replace(umlaut, pair)
    return {plain, fold(wide).low}


@lru_cache(maxsize=1)
def _latin() -> tuple[dict[str, list[Phrase]], dict[str, list[Phrase]], tuple[int, ...]]:
    """Phrases by first word, by first stem, and the lengths stems have."""
    exact: dict[str, list[Phrase]] = {}
    stems: dict[str, list[Phrase]] = {}
    for name, languages in _TABLE.items():
        for language, text in languages.items():
            bits = ALL_LATIN | BIT["zh"] | BIT["ja"] if language in {"xx", "zh", "ja"} else BIT[language]
            for entry in _entries(text):
                if _is_cjk(entry):
                    continue
                for spelling in _spellings(entry) if language == "de" else {fold(entry).low}:
                    words = tuple((w.rstrip("*"), w.endswith("*")) for w in re.findall(r"[a-z0-9]+\*?", spelling))
                    if words:
                        first, open_end = words[0]
                        (stems if open_end else exact).setdefault(first, []).append((words, M[name], bits))
    return exact, stems, tuple(sorted({len(stem) for stem in stems}))


def _phrases(word: str, languages: int) -> list[Phrase]:
    """Every phrase that may begin with this word, in these languages."""
    exact, stems, lengths = _latin()
    found = list(exact.get(word, ()))
    for length in lengths:
        if length > len(word):
            break
        found += stems.get(word[:length], ())
    return [phrase for phrase in found if phrase[2] & languages]


class _Known(dict[str, tuple[int, bool, bool] | None]):
    """By word: what it means alone, whether it is kept out alone, whether it begins longer phrases; None: nothing.

    Worked out when a word is first met; bounded.
    """

    def __init__(self, languages: int) -> None:
        super().__init__()
        self.languages = languages

    def __missing__(self, word: str) -> tuple[int, bool, bool] | None:
        found = _phrases(word, self.languages)
        entry = None
        if found:
            alone = [meaning for words, meaning, _ in found if len(words) == 1]
            means = 0
            for meaning in alone:
                means |= meaning if meaning != NEUTRAL else 0
            entry = means, NEUTRAL in alone, len(alone) < len(found)
        if len(self) < MOST_WORDS:
            self[word] = entry
        return entry


@lru_cache(maxsize=32)
def _known(languages: int) -> _Known:
    return _Known(languages)


@lru_cache(maxsize=20_000)
def _longer(word: str, following: str, languages: int) -> tuple[Phrase, ...]:
    """Every longer phrase that may begin with these two words, the longest first."""
    fitting = [
        phrase
        for phrase in _phrases(word, languages)
        if len(phrase[0]) > 1
        and (following == phrase[0][1][0] or (phrase[0][1][1] and following.startswith(phrase[0][1][0])))
    ]
    return tuple(sorted(fitting, key=lambda phrase: -len(phrase[0])))


def hits_of(text: Words) -> list[Hit]:
    """All words of the vocabulary in a text, in order of place; linear."""
    words, spans = text.words, text.spans
    languages = languages_of(words)
    hits: list[Hit] = []
    shadow = 0  # index of the first word outside the last long phrase
    entries = map(_known(languages).__getitem__, words)
    for i, (entry, word, following) in enumerate(zip(entries, words, [*words[1:], ""], strict=False)):
        if entry is None:
            continue
        means, kept_out, begins = entry
        phrases = _longer(word, following, languages) if begins else ()
        found = _found(text, i, phrases) if phrases else {}
        longest = max(found) if found else 1
        if kept_out and not found:
            means |= NEUTRAL
        if means:
            found[1] = means
        for size, meaning in found.items():
            if meaning & NEUTRAL:
                shadow = max(shadow, i + size)
                if size == longest:
                    hits.append((spans[i][0], spans[i + size - 1][1], NEUTRAL))
                break
            if size < longest or i < shadow:
                meaning &= ~_SHADOWED
                if size == 1 and i < shadow and hits and hits[-1][2] & NEUTRAL:
                    meaning = 0
            if meaning:
                hits.append((spans[i][0], spans[i + size - 1][1], meaning))
        else:
            if longest > 1:
                shadow = max(shadow, i + longest)
    return hits if text.low.isascii() else _with_cjk(hits, text.low)


def _found(text: Words, i: int, phrases: tuple[Phrase, ...]) -> dict[int, int]:
    """Meanings of those phrases that stand at word `i`, by length, the longest first."""
    found: dict[int, int] = {}
    for phrase, meaning, _ in phrases:
        size = len(phrase)
        if i + size > len(text.words) or (found and meaning == NEUTRAL and size not in found):
            continue
        if _continues(text, i, phrase):
            found[size] = found.get(size, 0) | meaning
    return found


def _continues(text: Words, i: int, phrase: tuple[tuple[str, bool], ...]) -> bool:
    """Do the words after the first stand here, with nothing but a blank, a hyphen, an apostrophe between?"""
    words, spans, low = text.words, text.spans, text.low
    for k in range(1, len(phrase)):
        stem, open_end = phrase[k]
        word = words[i + k]
        if word != stem and not (open_end and word.startswith(stem)):
            return False
        end, start = spans[i + k - 1][1], spans[i + k][0]
        gap = low[end:start]
        if gap != " " and (start - end > 3 or not _BETWEEN.issuperset(gap) or ("." in gap and start - end > 1)):
            return False
    after = i + len(phrase)  # "we can" does not stand in "we can't"
    return after >= len(words) or words[after] != "t" or low[spans[after][0] - 1] != "'"


class _Wide(dict[str, tuple[str, ...]]):
    """By two characters of Chinese or Japanese: the words that may begin there, the longest first; bounded."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self.meanings = _cjk(language)
        self.by_two: dict[str, list[str]] = {}
        for key in sorted(self.meanings, key=len, reverse=True):
            self.by_two.setdefault(key[:2], []).append(key)

    def __missing__(self, two: str) -> tuple[str, ...]:
        found = tuple(self.by_two.get(two, ()))
        if two[0] in self.meanings and len(two) > 1:
            found += (two[0],)
        if len(self) < MOST_WORDS:
            self[two] = found
        return found


@lru_cache(maxsize=2)
def _wide(language: str) -> _Wide:
    return _Wide(language)


def _cjk(language: str) -> dict[str, int]:
    """What each word of one language means; inside a longer word, a shorter one still means what it means."""
    meanings: dict[str, int] = {}
    for name, languages in _TABLE.items():
        both = name in {"platform", "profanity"}
        for spoken, text in languages.items():
            if spoken == language or spoken == "xx" or (both and spoken in {"zh", "ja"}):
                for entry in _entries(text):
                    if _is_cjk(entry):
                        key = fold(entry).low
                        meanings[key] = meanings.get(key, 0) | M[name]
    own = dict(meanings)
    for key in meanings:
        if own[key] & NEUTRAL:
            continue
        inherited = 0
        for a in range(len(key)):
            for b in range(a + 1, len(key) + 1):
                if b - a < len(key):
                    inherited |= own.get(key[a:b], 0) & ~_SHADOWED & ~NEUTRAL
        if "给您" in key or "送您" in key:  # it is the buyer who gets, not the buyer who gives
            inherited &= ~M["leave"]
        meanings[key] = own[key] | inherited
    return meanings


def _with_cjk(hits: list[Hit], low: str) -> list[Hit]:
    """With the longest Chinese or Japanese word at each place, from left to right, none over another."""
    language = cjk_of(low)
    if not language:
        return hits
    wide = _wide(language)
    meanings = wide.meanings
    both = bool(hits)
    padded = low + " "
    at, end = 0, len(low)
    while at < end:
        for key in wide[padded[at : at + 2]]:
            size = len(key)
            if size <= 2 or low.startswith(key, at):
                hits.append((at, at + size, meanings[key]))
                at += size
                break
        else:
            at += 1
    if both:
        hits.sort()
    return hits
