"""Words of a text as the classifiers see them: lower case, digits as shapes, Chinese and Japanese in pieces of two."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

MAX_CHARS = 1600
_CJK = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_TOKEN = re.compile(rf"[{_CJK}々]+|[^\W\d_{_CJK}]+|\d+|[?!？！€$£¥%]")
#: The same of a text in ASCII.
_ASCII_TOKEN = re.compile(r"[a-zA-Z]+|\d+|[?!$%]", re.ASCII)
#: A number of so many digits.
_NUMBERS = tuple(f"#{count}" for count in range(10))
_LINKS = re.compile(r"(?:https?://|www\.)\S{1,500}")
_LOCAL = re.compile(r"[\w.+-]+\Z")
_HOST = re.compile(r"[\w.-]{1,120}")


def plain(text: str) -> str:
    """Cut to the first 1,600 characters, lower-cased, look-alike forms folded, links and addresses replaced by a mark."""
    text = text[:MAX_CHARS]
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    text = text.lower()
    if "://" in text or "www." in text:
        text = _LINKS.sub(" xlinkx ", text)
    if "@" in text:
        text = _mark_addresses(text)
    return text if text.isascii() else text.replace("？", "?").replace("！", "!")


def _mark_addresses(text: str) -> str:
    """Addresses replaced by a mark: up to 64 characters before each @, up to 120 behind it."""
    out: list[str] = []
    done = 0
    at = text.find("@")
    while at >= 0:
        local = _LOCAL.search(text, max(done, at - 64), at)
        host = _HOST.match(text, at + 1) if local is not None else None
        if local is not None and host is not None:
            out += (text[done : local.start()], " xaddressx ")
            done = host.end()
        at = text.find("@", max(done, at + 1))
    out.append(text[done:])
    return "".join(out)


def words_of(text: str) -> list[str]:
    """The tokens of a text made `plain`, in order. A number becomes its length: an order number says no more than that it is one."""
    if text.isascii():
        found = _ASCII_TOKEN.findall(text)
        return [token if token > "9:" or not token.isdigit() else _NUMBERS[len(token[:9])] for token in found]
    found = []
    for token in _TOKEN.findall(text):
        first = token[0]
        if first.isdigit():
            found.append(_NUMBERS[len(token[:9])])
        elif first >= "\u3040" and (len(token) > 1):
            found += [token[i : i + 2] for i in range(len(token) - 1)]
        else:
            found.append(token)
    return found


def tokens(text: str) -> tuple[str, ...]:
    """`words_of(plain(text))`, remembered for a while: a buyer's text is asked for its kind of talk, then for its topic."""
    return _tokens(text[:MAX_CHARS])


@lru_cache(maxsize=256)
def _tokens(text: str) -> tuple[str, ...]:
    return tuple(words_of(plain(text)))


def hashed(words: Sequence[str], prefix: str = "") -> list[str]:
    """Features of a list of words: the words, their first five letters (a stem in most languages), and pairs of neighbours."""
    found = [prefix + word for word in words] if prefix else list(words)
    found += [f"{prefix}~{word[:5]}" for word in words if len(word) > 5]
    pairs = map(" ".join, pairwise(words))
    found += [prefix + pair for pair in pairs] if prefix else pairs
    return found
