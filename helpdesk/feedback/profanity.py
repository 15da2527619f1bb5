"""Obscene words that many languages share, and those whose letters are starred out. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

from helpdesk.feedback.tree import Lexicon
from helpdesk.feedback.words import SPACELESS, compile_lexicon, fold, split, word_file

_SHARED = {
    "profanity": "fuck*, motherfuck*, shit, shitty, bullshit*, asshole*, cunt*, bitch*, merde, putain*, connard*, "
    "enculé*, mierda, gilipoll*, vaffanculo, stronz*, coglion*, cazzo, scheiße*, scheisse*, arschloch*, hurensohn*, "
    "kurwa, chuj, pierdol*, jeban*, porra, caralho, fdp"
}
_MASKS = re.compile("[*#@$操]")
#: Obscene words with letters starred out; both ends must stand, so that rows of stars and "A**" gradings do not count.
_KNOWN = re.compile(
    r"(?<![\w*])(?:f[\W_]?[*#@$u][*#@$]{0,2}c?k(?:ing|in|ed|er)?|f[*#@$]{2,3}(?:ing|k|ed)?|sh[*#@$!1]t\w*|s[*#@$]{2}t\w*|b[*#@$!1]tch\w*"
    r"|b[*#@$]{3}h|a[*#@$]{2}hole\w*|a[*s$]{2}h[*#@$o]le\w*|c[*#@$]nt\w*|bullsh[*#@$]t|m[*#@$]rde|p[*#@$]t[ae]\w*|sch[*#@$]{1,3}(?:ß|ss|s)?e?"
    r"|操(?![\u4e00-\u9fff])|c[*#@$]zz[*#@$o]|m[*#@$]{3}da|m[*#@$]erda?)(?![\w*])",
    re.IGNORECASE,
)
#: A word with stars in it: its first letter and at least one more stand.
_STARRED = re.compile(r"(?<![\w*#@$])[^\W\d_][\w*#@$]{0,20}[*#@$][\w*#@$]{0,20}", re.IGNORECASE)
#: Digits among letters (sh1t), letters set apart (f u c k, f.u.c.k), letters drawn out (fuuuck) in a lower-case text.
#: Three patterns that begin with a few signs each are searched for in a third of the time of one.
_DISGUISES = (
    re.compile(r"[0134578][^\W\d_]"),
    re.compile(r"[ ._-][^\W\d_][ ._-][^\W\d_][ ._-]"),
    re.compile(r"([aeiouscktrnß])\1\1"),
)
_DISGUISED = re.compile(r"(?<!\w)(?:[^\W\d_](?:[ ._-][^\W\d_]){3,12}|[^\W_]{4,24})(?!\w)")
_DRAWN = re.compile(r"(.)\1{2,}")
_DIGITS = str.maketrans("0134578", "oieastb")
#: Endings that a stem of the word files is tried with.
_ENDINGS = ("", "a", "as", "e", "er", "es", "ed", "en", "i", "in", "ing", "n", "o", "os", "s", "t", "te", "y")


@lru_cache(maxsize=1)
def shared() -> Lexicon:
    """Obscene words that are said in every language."""
    return compile_lexicon(_SHARED, {}, "en")


@lru_cache(maxsize=16)
def _words(language: str) -> frozenset[str]:
    """The obscene single words of a language and of English, folded; stems with usual endings."""
    texts = [_SHARED["profanity"], word_file("en")["classes"]["profanity"]]
    if language not in SPACELESS | {"en"}:
        texts.append(word_file(language)["classes"]["profanity"])
    found: set[str] = set()
    for pattern in (fold(p) for text in texts for p in split(text)):
        if " " not in pattern and len(pattern) >= 4:
            found |= {pattern[:-1] + end for end in _ENDINGS} if pattern.endswith("*") else {pattern}
    return frozenset(word for word in found if len(word) >= 4)


def _hidden(stars: int) -> str:
    """One star is one letter, a row of stars as many or one more or less."""
    return "[a-zß]" if stars == 1 else f"[a-zß]{{{stars - 1},{stars + 1}}}"


@lru_cache(maxsize=4096)
def _is_obscene(starred: str, language: str) -> bool:
    """Do the letters that stand fit an obscene word, a star for a letter, or a row of stars for some?"""
    letters = sum(c.isalpha() for c in starred)
    if letters < 2 or letters < len(starred) / 3:
        return False
    parts = re.findall(r"[*#@$]+|[^*#@$]+", starred)
    fits = re.compile("".join(_hidden(len(part)) if part[0] in "*#@$" else re.escape(part) for part in parts))
    return any(fits.fullmatch(word) for word in _words(language))


@lru_cache(maxsize=4096)
def _is_disguised(written: str, language: str) -> bool:
    """Is it an obscene word once digits are read as letters, gaps closed, or letters that are drawn out made one?"""
    words = _words(language)
    plain = written.translate(_DIGITS)
    if not plain.isalpha():
        plain = "".join(c for c in plain if c.isalpha())
    if plain in words or not _DRAWN.search(plain):
        return plain in words
    return _DRAWN.sub(r"\1", plain) in words or _DRAWN.sub(r"\1\1", plain) in words


def masked(text: str, language: str) -> list[str]:
    """The pieces of a text that are obscene words with letters starred out, or otherwise disguised."""
    found: list[str] = []
    if _MASKS.search(text):
        found += [m[0] for m in _KNOWN.finditer(text)]
        found += [m[0] for m in _STARRED.finditer(text) if _is_obscene(fold(m[0]), language)]
    digits, apart, drawn = _DISGUISES
    if digits.search(text) or apart.search(text) or drawn.search(text.lower()):
        found += [m[0] for m in _DISGUISED.finditer(text) if _is_disguised(fold(m[0]), language)]
    return list(dict.fromkeys(found)) if found else found
