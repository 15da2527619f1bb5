"""Which language a comment is in: by its script, its small words, and what its marketplace mostly speaks.

Comments are too short for a general detector ("Defekt.", "Mala calidad"), but the marketplace is known.
"""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache

from helpdesk.feedback.unread import LATIN, UNKNOWN, by_script
from helpdesk.feedback.words import APOSTROPHE_JOINS, LANGUAGES, SPACELESS, WORDS, fold, lexicon, split, words_in

_KANA = re.compile(r"[\u3040-\u30ff\uff66-\uff9f]")
_HAN = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"[^\W_]+")

#: How much a comment's marketplace weighs against its words: less than one small word.
_PRIOR = 0.8
_SECOND = 0.4
#: So many characters tell a language.
_ENOUGH = 160
#: Sixty words are fewer characters than this.
_CLOSE_READ = 1_000
#: So many small words of the marketplace's own language alone settle it at once.
_PLENTY = 3
#: A word of the language's own word file weighs less than a small word: such words travel.
_KNOWN = 0.45
#: A language that is not read must lead those that are by so much; a text of so many words, of which no language knows
#: any, is in none of ours.
_UNREAD, _FOREIGN = 0.9, 3


@lru_cache(maxsize=1)
def _small_words() -> dict[str, tuple[tuple[str, float], ...]]:
    """Small word (folded) → languages, each with its weight: a shared one tells less, but among those that are not read
    it tells fully that none of the others is meant."""
    tables = tomllib.loads((WORDS / "function.toml").read_text(encoding="utf-8"))
    homes: dict[str, list[str]] = {}
    for language, words in tables.items():
        for word in {fold(w).replace("'", "") for w in split(words)}:
            homes.setdefault(word, []).append(language)
    return {
        word: tuple((language, 1.0 / (1 if set(places) <= {*LATIN} else len(places))) for language in places)
        for word, places in homes.items()
    }


@lru_cache(maxsize=16)
def _only(language: str) -> frozenset[str]:
    """The small words of one language that no other has."""
    return frozenset(word for word, homes in _small_words().items() if len(homes) == 1 and homes[0][0] == language)


def language_of(comment: str, spoken: tuple[str, ...] = ("en",)) -> str:
    """ISO 639-1; `spoken`: the marketplace's languages, the likeliest first.

    One of words.LANGUAGES, or one that is told apart and not read (unread.py), UNKNOWN among them.
    """
    if not comment.isascii():
        if _KANA.search(comment):
            return "ja"
        if _HAN.search(comment):
            return "ja" if spoken[:1] == ("ja",) else "zh"
        if script := by_script(comment):
            return script
    first = spoken[0] if spoken else "en"
    if len(_only(first).intersection(comment[:_ENOUGH].lower().split())) >= _PLENTY:
        return first
    scores = {language: _SECOND for language in spoken if language not in {"ja", "zh"}}
    if spoken and spoken[0] in scores:
        scores[spoken[0]] = _PRIOR
    if not scores:
        scores["en"] = _SECOND
    small = _small_words()
    folded = fold(comment[: _ENOUGH + 20]).replace("'", "")
    found = False
    for word in _WORD.findall(folded[:_ENOUGH]):
        for language, weight in small.get(word, ()):
            scores[language] = scores.get(language, 0.0) + weight
            found = True
    ranked = sorted(scores.items(), key=lambda item: -item[1])
    if found and ranked[0][0] in LATIN:
        return _unread(ranked) or _by_known_words(comment, scores)
    if found and (len(ranked) == 1 or ranked[0][1] - ranked[1][1] >= 1.0):
        return ranked[0][0]
    return _by_known_words(comment, scores)


def _by_known_words(comment: str, scores: dict[str, float]) -> str:
    """The close cases: which language's word file knows most of these words."""
    best, chosen, known = -1.0, "en", False
    folded = fold(comment[:_CLOSE_READ])  # alike in all languages that part their words
    apart = words_in(folded, "fr")[:60]
    joined = words_in(folded, "en")[:60] if "'" in folded else apart
    for language in LANGUAGES:
        if language in SPACELESS:
            continue
        words = joined if language in APOSTROPHE_JOINS else apart
        hits = lexicon(language).find(words, 0, len(words))
        score = scores.get(language, 0.0) + _KNOWN * sum(last - first for _, first, last in hits)
        known = known or bool(hits)
        if score > best + 1e-9:
            best, chosen = score, language
    if known or scores.get(chosen, 0.0) > _PRIOR:
        return chosen
    return chosen if sum(word.isalpha() for word in comment.split()) < _FOREIGN else UNKNOWN


def _unread(ranked: list[tuple[str, float]]) -> str:
    """The leading language that is not read, "" where one that is read comes near; UNKNOWN where two are alike."""
    (first, best), rest = ranked[0], ranked[1:]
    read = max((score for language, score in rest if language not in LATIN), default=0.0)
    if best - read < _UNREAD:
        return ""
    return UNKNOWN if rest and rest[0][0] in LATIN and best - rest[0][1] < _SECOND else first
