"""The vocabulary of the message rules: words of seven languages by meaning, found in one pass over a text.

The words stand in lint_words.toml. A hit is (start, end, meanings) in folded positions; meanings are bits, see `M`.
"""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from pathlib import Path

from helpdesk.replies.lint_text import fold

LATIN = ("en", "de", "fr", "es", "it")
_TABLE: dict[str, dict[str, str]] = tomllib.loads(
    Path(__file__).with_name("lint_words.toml").read_text(encoding="utf-8")
)
#: Meaning → bit.
M: dict[str, int] = {name: 1 << i for i, name in enumerate(_TABLE)}
#: Meanings that a longer phrase around them takes away: "do not hesitate" is no "not".
_SHADOWED = M["neg"] | M["positive"] | M["happy"] | M["exchange"] | M["you"] | M["we"] | M["ask"]
_WORD = re.compile(r"[a-z0-9]+")
_STAR = re.compile(r"[★*]{5}")

Hit = tuple[int, int, int]
Phrase = tuple[tuple[tuple[str, bool], ...], int, int]  # words (each with "any ending"), meanings, languages

#: Words that hardly stand in another of our languages.
_COMMON = {
    "en": "the and you your is are of we for have with please this that it our will be not has was by us can any would",
    "de": "der die das und ist sie ihr ihre ihnen wir nicht ein eine fur mit auf bitte haben zu den dem von im ich uns"
    " wurde werden konnen bei oder auch",
    "fr": "le les et est vous votre vos nous pas une des du pour avec que sur ne dans je merci avez sont au cette",
    "es": "el los las y es usted su sus para por con que una del se nos lo esta este muy gracias pedido al hemos",
    "it": "il lo gli e non di della per con che una sua suo ci nel sono abbiamo grazie questo del si da",
}
_SIGNS = {
    word: tuple(la for la in LATIN if word in _COMMON[la].split()) for la in LATIN for word in _COMMON[la].split()
}
_BIT = {language: 1 << i for i, language in enumerate((*LATIN, "zh", "ja"))}
ALL_LATIN = sum(_BIT[la] for la in LATIN)


def languages_of(words: list[str]) -> int:
    """Bits of the Latin languages a text may be in; all of them where it is too short to tell."""
    score = dict.fromkeys(LATIN, 0.0)
    for word in words[:3000]:
        for language in _SIGNS.get(word, ()):
            score[language] += 1 / len(_SIGNS[word])
    best = max(score.values())
    if best < 3:
        return ALL_LATIN
    return sum(_BIT[la] for la in LATIN if score[la] >= max(0.45 * best, 1.0))


def guess_language(low: str) -> str:
    """The language of a folded text, "" where it is too short to tell."""
    cjk = len(re.findall(r"[\u3041-\u30ff\u3400-\u9fff]", low[:20_000]))
    kana = len(re.findall(r"[\u3041-\u30fa]", low[:20_000]))
    latin = len(re.findall(r"[a-z]", low[:20_000]))
    if cjk * 3 > latin and cjk >= 8:
        return "ja" if kana * 12 > cjk else "zh"
    score = dict.fromkeys(LATIN, 0.0)
    for word in _WORD.findall(low[:20_000]):
        for language in _SIGNS.get(word, ()):
            score[language] += 1 / len(_SIGNS[word])
    ranked = sorted(score, key=score.__getitem__, reverse=True)
    if score[ranked[0]] < 3 or score[ranked[0]] < 1.4 * score[ranked[1]]:
        return ""
    return ranked[0]


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
            bits = ALL_LATIN | _BIT["zh"] | _BIT["ja"] if language in {"xx", "zh", "ja"} else _BIT[language]
            for entry in _entries(text):
                if _is_cjk(entry):
                    continue
                for spelling in _spellings(entry) if language == "de" else {fold(entry).low}:
                    words = tuple((w.rstrip("*"), w.endswith("*")) for w in re.findall(r"[a-z0-9]+\*?", spelling))
                    if words:
                        first, open_end = words[0]
                        (stems if open_end else exact).setdefault(first, []).append((words, M[name], bits))
    return exact, stems, tuple(sorted({len(stem) for stem in stems}))


@lru_cache(maxsize=2)
def _cjk(language: str) -> tuple[re.Pattern[str], dict[str, list[str]], dict[str, int]]:
    """Of one language: what a word may begin with, the words by their first two characters (longest first), what
    each means."""
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
        if own[key] & M["neutral"]:
            continue
        inherited = 0
        for a in range(len(key)):
            for b in range(a + 1, len(key) + 1):
                if b - a < len(key):
                    inherited |= own.get(key[a:b], 0) & ~_SHADOWED & ~M["neutral"]
        meanings[key] = own[key] | inherited
    begins = "".join(sorted({re.escape(key[0]) for key in meanings}))
    by_two: dict[str, list[str]] = {}
    for key in sorted(meanings, key=len, reverse=True):
        by_two.setdefault(key[:2], []).append(key)
    return re.compile(f"[{begins}]"), by_two, meanings


@lru_cache(maxsize=50_000)
def _candidates(word: str, following: str) -> tuple[Phrase, ...]:
    """Every phrase that may begin with these two words, the longest first."""
    exact, stems, lengths = _latin()
    found = list(exact.get(word, ()))
    for length in lengths:
        if length > len(word):
            break
        found += stems.get(word[:length], ())
    fitting = [
        phrase
        for phrase in found
        if len(phrase[0]) == 1
        or following == phrase[0][1][0]
        or (phrase[0][1][1] and following.startswith(phrase[0][1][0]))
    ]
    return tuple(sorted(fitting, key=lambda phrase: -len(phrase[0])))


def hits_of(low: str) -> list[Hit]:
    """All words of the vocabulary in a folded lower-case text, in order of place; linear."""
    tokens = [(m.start(), m.end(), m.group()) for m in _WORD.finditer(low)]
    languages = languages_of([word for _, _, word in tokens])
    hits: list[Hit] = []
    shadow = 0  # index of the first token outside the last long phrase
    count = len(tokens)
    for i, (start, end, word) in enumerate(tokens):
        candidates = _candidates(word, tokens[i + 1][2] if i + 1 < count else "")
        if not candidates:
            continue
        longest = 0
        found: dict[int, int] = {}
        for words, meaning, bits in candidates:
            size = len(words)
            if not bits & languages or i + size > count or (longest and meaning == M["neutral"] and size < longest):
                continue
            if size > 1 and not _continues(low, tokens, i, words):
                continue
            longest = max(longest, size)
            found[size] = found.get(size, 0) | meaning
        for size, meaning in found.items():
            if meaning & M["neutral"]:
                shadow = max(shadow, i + size)
                break
            if size < longest or i < shadow:
                meaning &= ~_SHADOWED
            if i < shadow and size == 1 and any(h[2] & M["neutral"] for h in hits[-1:]):
                meaning = 0
            if meaning:
                hits.append((start, end if size == 1 else tokens[i + size - 1][1], meaning))
        if found and found.get(longest, 0) & M["neutral"]:
            hits = [h for h in hits if h[0] != start or h[2] & M["neutral"]]
            hits.append((start, tokens[i + longest - 1][1], M["neutral"]))
        elif longest > 1:
            shadow = max(shadow, i + longest)
    if not low.isascii():
        kana = len(re.findall(r"[\u3041-\u30fa]", low))
        cjk = len(re.findall(r"[\u3041-\u30ff\u3400-\u9fff]", low))
        if cjk:
            hits += _cjk_hits(low, "ja" if kana * 12 > cjk else "zh")
            hits.sort()
    return hits


def _cjk_hits(low: str, language: str) -> list[Hit]:
    """The longest word at each place, from left to right, none over another."""
    begins, by_two, meanings = _cjk(language)
    hits: list[Hit] = []
    done = 0
    for hit in begins.finditer(low):
        i = hit.start()
        if i < done:
            continue
        for key in by_two.get(low[i : i + 2], ()):
            if len(key) <= 2 or low.startswith(key, i):
                done = i + len(key)
                hits.append((i, done, meanings[key]))
                break
        else:
            if low[i] in meanings:
                done = i + 1
                hits.append((i, done, meanings[low[i]]))
    return hits


def _continues(low: str, tokens: list[tuple[int, int, str]], i: int, words: tuple[tuple[str, bool], ...]) -> bool:
    """Do the words after the first stand here, with nothing but a blank, a hyphen, an apostrophe between?"""
    for k in range(1, len(words)):
        start, _, word = tokens[i + k]
        stem, open_end = words[k]
        if word != stem and not (open_end and word.startswith(stem)):
            return False
        if start - tokens[i + k - 1][1] > 3 or not set(low[tokens[i + k - 1][1] : start]) <= set(" \n-'&_/.="):
            return False
    return True
