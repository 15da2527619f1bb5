"""The words of labels.toml, looked up: which field a label names, what a form or a gateway says of itself."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from helpdesk.marketplaces.pieces import Phrases

_WORD = re.compile(r"[^\W\d_]+(?:['’ʼ][^\W\d_]+)*")
_ORNAMENT = " \t*:：.…_-=#>•■◆●・▼★※◇▪【】[]()（）〔〕「」?？!"
_NOTE = re.compile(r"\s*[(（\[][^)）\]]{1,24}[)）\]]\s*$")
#: A label of more words is a sentence.
_MAX_WORDS = 7
#: From here on a letter stands for a word or a syllable, and words are not parted by blanks.
_WIDE = "\u3040"


@dataclass(frozen=True, slots=True)
class Labels:
    """labels.toml, prepared for look-ups."""

    exact: dict[str, str]  #: whole label → field
    words: dict[str, str]  #: word of a label → field
    stems: tuple[tuple[str, str], ...]  #: beginnings of words, and what wide scripts hold anywhere, with their field
    begins: tuple[str, ...]  #: the same beginnings alone
    order: dict[str, int]  #: the rank of each field: of a label's words the lowest counts
    forms: Phrases
    gateways: Phrases
    trailers: tuple[str, ...]
    calls: tuple[str, ...]
    ours: tuple[str, ...]
    visitors: tuple[str, ...]
    machines: frozenset[str]
    heads: frozenset[str]


@cache
def labels() -> Labels:
    """The file beside this one, read once."""
    data = tomllib.loads((Path(__file__).resolve().parent / "labels.toml").read_text(encoding="utf-8"))
    words: dict[str, str] = {}
    stems: list[tuple[str, str]] = []
    for field, listed in data["stems"].items():
        for word in listed.split():
            if word.endswith("*"):
                stems.append((word[:-1], field))
            else:
                words.setdefault(word, field)
    phrases, speakers = data["phrases"], data["speakers"]
    return Labels(
        exact={label: field for field, listed in data["labels"].items() for label in listed.split("|")},
        words=words,
        stems=tuple(stems),
        begins=tuple(stem for stem, _ in stems),
        order={field: rank for rank, field in enumerate(data["stems"])},
        forms=Phrases(phrases["form"]),
        gateways=Phrases(phrases["gateway"]),
        trailers=tuple(phrases["trailers"]),
        calls=tuple(phrases["calls"]),
        ours=tuple(word.rstrip("*") for word in speakers["ours"].split()),
        visitors=tuple(word.rstrip("*") for word in speakers["visitors"].split()),
        machines=frozenset(data["machines"]["locals"].split()),
        heads=frozenset(data["letterhead"]["words"].split("|")),
    )


@lru_cache(maxsize=8192)
def exactly(label: str) -> str:
    """The field of a label that the file lists as a whole, in any case and with any ornament; "" for others."""
    return labels().exact.get(_bare(label), "")


@lru_cache(maxsize=8192)
def field_of(label: str) -> str:
    """The field that a label names, by the whole or by one of its words ("What's your e-mail?"); "" for none."""
    known = labels()
    bare = _bare(label)
    found = known.exact.get(bare)
    if found is not None:
        return found
    words = _WORD.findall(bare.replace("e-", "e"))
    if not words or len(words) > _MAX_WORDS:
        return ""
    best = ""
    for word in words:
        field = known.words.get(word) or _by_stem(word, known)
        if field and (not best or known.order[field] < known.order[best]):
            best = field
    return best


def _by_stem(word: str, known: Labels) -> str:
    wide = word[0] >= _WIDE
    if not wide and not word.startswith(known.begins):
        return ""  # most words, at a tenth of the loop's time
    for stem, field in known.stems:
        if word.startswith(stem) or (wide and stem in word):
            return field
    return ""


def _bare(label: str) -> str:
    text = label if label.isascii() else unicodedata.normalize("NFKC", label)
    text = text.strip(_ORNAMENT).lower()
    return _NOTE.sub("", text).strip(_ORNAMENT) if text[-1:] in ")]" or "(" in text else text


@lru_cache(maxsize=4096)
def from_a_machine(address: str) -> bool:
    """Does an address' local part say that a program sends from it: no-reply, wordpress, notifications?"""
    local = address.partition("@")[0]
    known = labels().machines
    if local.startswith(("mailer-daemon", "postmaster")):
        return False  # these tell of mail, not of people
    return local in known or any(part in known for part in re.split(r"[._+-]|\d+", local) if len(part) > 1)
