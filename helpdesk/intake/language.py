"""The language of a buyer's words: by script where that decides, else by py3langid held to the languages in use.

The model (9 MB) is loaded at the first call that needs it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

#: ISO 639-1 codes told apart by py3langid.
_CODES = "en de fr es it pt nl pl sv da no fi tr cs hu ro ja zh ko ru uk ar el he th vi id"
LANGUAGES = tuple(_CODES.split())
SAMPLE = 600

_NOISE = re.compile(r"https?://\S+|www\.\S+|\S+@\S+|[\d#*_=<>|/\\-]+")
_KANA = re.compile("[\u3041-\u30ff\uff66-\uff9d]")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_HANGUL = re.compile("[\uac00-\ud7a3\u1100-\u11ff]")
_LETTER = re.compile(r"[^\W\d_]")


def detect(text: str, fallback: str = "en") -> str:
    """ISO 639-1 code of the text; `fallback` where it is too short to tell."""
    sample = _NOISE.sub(" ", text[: 2 * SAMPLE])[:SAMPLE].strip()
    if not sample:
        return fallback
    if not sample.isascii():
        script = _by_script(sample)
        if script:
            return script
    letters = len(_LETTER.findall(sample))
    if letters < 4:
        return fallback
    found, margin = _classify(sample)
    if letters < 25 and margin < 4.0:
        return fallback
    return found


def _by_script(sample: str) -> str:
    letters = len(_LETTER.findall(sample)) or 1
    kana, han = len(_KANA.findall(sample)), len(_HAN.findall(sample))
    if kana * 10 > letters and kana >= max(1, han // 12):
        return "ja"
    if han * 4 > letters:
        return "zh"
    if len(_HANGUL.findall(sample)) * 4 > letters:
        return "ko"
    return ""


@lru_cache(maxsize=1)
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(list(LANGUAGES))
    return identifier


def _classify(sample: str) -> tuple[str, float]:
    """(best language, its lead over the next in log-likelihood)."""
    identifier = _identifier()
    scores = identifier._decide(sample)
    best = int(scores.argmax())
    ordered = sorted(scores.tolist(), reverse=True)
    return str(identifier.nb_classes[best]), float(ordered[0] - ordered[1])
