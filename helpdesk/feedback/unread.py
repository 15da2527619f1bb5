"""Languages that are told apart and not read: without a word file of theirs nothing is judged by guessing. Pure."""

from __future__ import annotations

import re

#: Not one that is known: nobody can be answered in it.
UNKNOWN = "und"

#: Latin-written languages whose small words stand in words/function.toml.
LATIN = ("cs", "da", "fi", "hu", "no", "ro")

#: Scripts by their first and last letters.
_SCRIPTS = (
    ("el", "\u0370", "\u03ff"),
    ("cyrillic", "\u0400", "\u052f"),
    ("he", "\u0590", "\u05ff"),
    ("arabic", "\u0600", "\u06ff"),
    ("devanagari", "\u0900", "\u097f"),
    ("th", "\u0e00", "\u0e7f"),
    ("ko", "\uac00", "\ud7a3"),
)
#: A letter of any script between Greek and the signs that Japanese and Chinese write with, or Hangul.
_FOREIGN = re.compile(r"[\u0370-\u1dff\uac00-\ud7a3]")
#: Letters that only one language of a script has, or that speak against its commonest.
_ONLY_UKRAINIAN, _ONLY_RUSSIAN = re.compile("[іїєґІЇЄҐ]"), re.compile("[ыэёъЫЭЁЪ]")
_NOT_ARABIC = re.compile("[پچژگکیٹڈڑںے]")
_NOT_HINDI = re.compile("[ळ]")


def by_script(text: str) -> str:
    """ISO 639-1 where most letters are of a script that no read language has, UNKNOWN where it has several; else ""."""
    if text.isascii() or len(_FOREIGN.findall(text)) * 2 <= sum(map(str.isalpha, text)):
        return ""
    counts = {name: sum(first <= c <= last for c in text) for name, first, last in _SCRIPTS}
    script = max(counts, key=counts.__getitem__)
    if not counts[script]:
        return UNKNOWN
    if script == "cyrillic":
        ukrainian, russian = bool(_ONLY_UKRAINIAN.search(text)), bool(_ONLY_RUSSIAN.search(text))
        return UNKNOWN if ukrainian == russian else "uk" if ukrainian else "ru"
    if script == "arabic":
        return UNKNOWN if _NOT_ARABIC.search(text) else "ar"
    if script == "devanagari":
        return UNKNOWN if _NOT_HINDI.search(text) else "hi"
    return script
