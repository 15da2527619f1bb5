"""Finds mails that only say thanks: it proposes "no response needed" for a person to click, it never sets it. Pure.

A mail is one if nothing is left of it but a name once the courtesies of thanks.toml are taken out, and something in it
says thanks. Whoever asks, denies or names a trouble is left over, and so gets an answer.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from pathlib import Path

#: A mail of more characters says more than thanks.
MOST = 400
#: Words that may be left over: a name, at most.
MOST_WORDS = 3

_ORDER = re.compile(r"#?\b\d{3}-\d{7}-\d{7}\b")
_ASKS = re.compile(r"[?？¿؟;；]")
_CJK = re.compile(r"[぀-ヿ一-鿿]")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_NUMBER = re.compile(r"\d")


def says_thanks(text: str) -> str | None:
    """The words with which a buyer's text says thanks and nothing else; None if it says anything more."""
    if not text or len(text) > MOST or _ASKS.search(text):
        return None
    plain = _ORDER.sub(" ", unicodedata.normalize("NFKC", text).replace("’", "'"))
    plain = " ".join("".join(c if c.isalnum() or c in "'-" else " " for c in plain).split())
    if _NUMBER.search(plain):
        return None
    for thanks, kind in _east() if _CJK.search(plain) else _west():
        found = thanks.search(plain.lower())
        if found is not None and _nothing_left(kind, plain):
            return found.group().strip()
    return None


def _nothing_left(kind: re.Pattern[str], plain: str) -> bool:
    """Is only a name left? Names keep their capital; what a person complains of rarely does."""
    kept = list(plain)
    for match in kind.finditer(plain.lower()):
        kept[match.start() : match.end()] = " " * (match.end() - match.start())
    left = "".join(kept)
    if _CJK.search(left):
        return len("".join(_CJK.findall(left))) <= 1
    words = _WORD.findall(left)
    return len(words) <= MOST_WORDS and all(word[0].isupper() and word.lower() not in _trouble() for word in words)


@cache
def _tables() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(Path(__file__).with_name("thanks.toml").read_text(encoding="utf-8"))


@cache
def _trouble() -> frozenset[str]:
    return frozenset(Path(__file__).with_name("trouble.txt").read_text(encoding="utf-8").split())


@cache
def _west() -> tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]:
    names = [name for name in _tables() if name not in {"ja", "zh"}]
    return tuple(_compiled(_tables()[name], r"(?<![^\W_])(?:", r")(?![^\W_])") for name in names)


@cache
def _east() -> tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]:
    return tuple(_compiled(_tables()[name], "(?:", ")") for name in ("ja", "zh"))


def _compiled(table: dict[str, list[str]], before: str, behind: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    thanks = before + "|".join(table["thanks"]) + behind
    every = before + "|".join(f"(?:{one})" for one in [*table["thanks"], *table["kind"]]) + behind
    return re.compile(thanks), re.compile(every)
