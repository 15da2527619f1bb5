"""Words of a text as the classifiers see them: lower case, digits as shapes, Chinese and Japanese in pieces of two."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

MAX_CHARS = 1600
_CJK = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_TOKEN = re.compile(rf"[{_CJK}々]+|[^\W\d_{_CJK}]+|\d+|[?!？！€$£¥%]")
#: The same of a text in ASCII.
_ASCII_TOKEN = re.compile(r"[a-zA-Z]+|\d+|[?!$%]", re.ASCII)
_LINKS = re.compile(r"(?:https?://|www\.)\S{1,500}")
_ADDRESSES = re.compile(r"[\w.+-]{1,64}@[\w.-]{1,120}")
_FULL = str.maketrans("？！", "?!")


def plain(text: str) -> str:
    """Cut to the first 1,600 characters, lower-cased, look-alike forms folded, links and addresses replaced by a mark."""
    text = text[:MAX_CHARS]
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    text = text.lower()
    if "://" in text or "www." in text:
        text = _LINKS.sub(" xlinkx ", text)
    if "@" in text:
        text = _ADDRESSES.sub(" xaddressx ", text)
    return text.translate(_FULL) if not text.isascii() else text


def words_of(text: str) -> list[str]:
    """The tokens of a text made `plain`, in order. A number becomes its length: an order number says no more than that it is one."""
    if text.isascii():
        return [f"#{min(len(token), 9)}" if token[0].isdigit() else token for token in _ASCII_TOKEN.findall(text)]
    found: list[str] = []
    for token in _TOKEN.findall(text):
        first = token[0]
        if first.isdigit():
            found.append(f"#{min(len(token), 9)}")
        elif first >= "\u3040" and (len(token) > 1):
            found += [token[i : i + 2] for i in range(len(token) - 1)]
        else:
            found.append(token)
    return found


def hashed(words: list[str], prefix: str = "") -> list[str]:
    """Features of a list of words: the words, their first five letters (a stem in most languages), and pairs of neighbours."""
    found = [prefix + word for word in words]
    found += [f"{prefix}~{word[:5]}" for word in words if len(word) > 5]
    found += [f"{prefix}{a} {b}" for a, b in pairwise(words)]
    return found
