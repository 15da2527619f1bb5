"""A text's words, and which of our languages it is in: by its small words and its letters. Pure and linear."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

LATIN = ("en", "de", "fr", "es", "it")
PASSAGE = 24  #: words, half of them shared with the next passage
_WORD = re.compile(r"[a-z0-9]+")
_CJK = re.compile(r"[\u3041-\u30ff\u3400-\u9fff]+")
_KANA = re.compile(r"[\u3041-\u30fa]+")

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
BIT = {language: 1 << i for i, language in enumerate((*LATIN, "zh", "ja"))}
ALL_LATIN = sum(BIT[la] for la in LATIN)


@dataclass(slots=True)
class Words:
    """A folded text's Latin words and numbers, each with its place."""

    low: str
    words: list[str]
    spans: list[tuple[int, int]]
    has: frozenset[str]  #: the words, each once


def words_of(low: str) -> Words:
    """Take a folded lower-case text apart, once for all rules."""
    spans = list(map(re.Match.span, _WORD.finditer(low)))
    words = [low[start:end] for start, end in spans]
    return Words(low, words, spans, frozenset(words))


def tells_language(word: str) -> bool:
    """Does a folded lower-case word say which Latin language its text is in?"""
    return word in _SIGNS


def _scores(words: list[str]) -> dict[str, float]:
    """How much of each Latin language is in a text, by its small words."""
    score = dict.fromkeys(LATIN, 0.0)
    for word, times in Counter(word for word in words[:3000] if word in _SIGNS).items():
        for language in _SIGNS[word]:
            score[language] += times / len(_SIGNS[word])
    return score


def languages_of(words: list[str]) -> int:
    """Bits of the Latin languages a text may be in; all of them where it is too short to tell.

    A passage in another language than the rest counts, too: a stretch of PASSAGE words that is clearly of it.
    """
    score = _scores(words)
    best = max(score.values())
    if best < 3:
        return ALL_LATIN
    found = sum(BIT[la] for la in LATIN if score[la] >= max(0.45 * best, 1.0))
    strangers = max((score[la] for la in LATIN if not found & BIT[la]), default=0)
    if len(words) > PASSAGE and strangers >= 3:
        for start in range(0, min(len(words), 3000), PASSAGE // 2):
            part = _scores(words[start : start + PASSAGE])
            first, second = sorted(part.values())[:-3:-1]
            if first >= 3 and first >= 2 * second:
                found |= BIT[max(part, key=part.__getitem__)]
    return found


def _amount(runs: re.Pattern[str], text: str) -> int:
    return sum(map(len, runs.findall(text)))


def cjk_of(text: str) -> str:
    """ "zh" or "ja" for a text that holds their characters, else ""."""
    cjk = 0 if text.isascii() else _amount(_CJK, text)
    return "" if not cjk else "ja" if _amount(_KANA, text) * 12 > cjk else "zh"


def guess_language(low: str) -> str:
    """The language of a folded text, "" where it is too short to tell."""
    shown = low[:20_000]
    cjk = 0 if shown.isascii() else _amount(_CJK, shown)
    if cjk >= 8 and cjk * 3 > len(re.findall(r"[a-z]", shown)):
        return cjk_of(shown)
    score = _scores(_WORD.findall(shown))
    ranked = sorted(score, key=score.__getitem__, reverse=True)
    if score[ranked[0]] < 3 or score[ranked[0]] < 1.4 * score[ranked[1]]:
        return ""
    return ranked[0]
