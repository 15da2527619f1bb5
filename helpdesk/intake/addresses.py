"""Addresses out of unfolded header values: display names, comments, groups, broken quotes; linear, never raising."""

from __future__ import annotations

import re
from functools import lru_cache

from helpdesk.intake.headers import decode_words

MAX_ADDRESSES = 200
_USUAL = 200  #: letters of the longest header that is remembered

_SIMPLE = re.compile(r"\s*(?:\"([^\"\\<>]*)\"|([^\"<>,;:()\\]*))\s*<\s*([^<>\s,;:\"()]+@[^<>\s,;:\"()]+)\s*>\s*")
_BARE = re.compile(r"\s*<?\s*([^<>\s,;:\"()]+@[^<>\s,;:\"()]+)\s*>?\s*")
_TOKEN = re.compile(
    r"\"((?:[^\"\\]|\\.)*)\"?|<([^<>]*)>|\(((?:[^()\\]|\\.)*)\)?|([,;:])|([^\s\"<>(),;:]+)|.", re.DOTALL
)
_QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)


def addresses(value: str) -> list[tuple[str, str]]:
    """(decoded display name, address as written) of an unfolded address header; at most 200."""
    return list(_remembered(value)) if len(value) <= _USUAL else _addresses(value)


@lru_cache(maxsize=1024)
def _remembered(value: str) -> tuple[tuple[str, str], ...]:
    """The same: a shop's own addresses stand in every mail, and in several of its headers."""
    return tuple(_addresses(value))


def _addresses(value: str) -> list[tuple[str, str]]:
    simple = _SIMPLE.fullmatch(value) if "<" in value else None
    if simple is not None:
        return [(_name(simple.group(1) or simple.group(2) or ""), _rootless(simple.group(3)))]
    bare = _BARE.fullmatch(value)
    if bare is not None:
        return [("", _rootless(bare.group(1)))]
    if value.count('"') % 2:
        value = value.replace('"', " ")  # an opened quote that never closes
    found = _scan(value)
    if not found and "=?" in value:
        decoded = decode_words(value)
        if decoded != value:
            found = _scan(decoded)
    return found


def _rootless(address: str) -> str:
    """Without the dot of the root behind the host."""
    return address.rstrip(".")


def _name(text: str) -> str:
    return " ".join(decode_words(text).split()).strip("'\" ")


def _scan(value: str) -> list[tuple[str, str]]:
    """Token by token, for lists, comments, groups and whatever else."""
    found: list[tuple[str, str]] = []
    words: list[str] = []
    names: set[int] = set()  # which of the words stood in quotes: a name, though it may hold an address
    angle, comment = "", ""

    def take() -> None:
        nonlocal angle, comment
        address = angle
        if not address:
            holding = [i for i, word in enumerate(words) if "@" in word.strip("@")]
            at = next((i for i in holding if i not in names), holding[0] if holding else None)
            address = words.pop(at) if at is not None else ""
        address = address.rpartition(":")[2].strip().strip("'")
        address = address.strip('"') if '"@' not in address else address
        if "@" in address.strip("@"):
            found.append((_name(" ".join(words) or comment), _rootless("".join(address.split()))))
        words.clear()
        names.clear()
        angle = comment = ""

    for match in _TOKEN.finditer(value):
        quoted, inside, note, separator, atom = match.groups()
        if quoted is not None:
            names.add(len(words))
            words.append(_QUOTED_PAIR.sub(r"\1", quoted) if "\\" in quoted else quoted)
        elif inside is not None:
            if angle:
                take()
            angle = inside
        elif note is not None:
            comment = note
        elif separator == ":":
            words.clear()  # a group's name
            names.clear()
        elif separator:
            take()
            if len(found) >= MAX_ADDRESSES:
                return found
        elif atom and words and not angle and (atom[0] == "@" or words[-1][-1:] == "@") and atom != "@@":
            # a local part in quotes, or a comment or blanks around the @
            last = len(words) - 1
            words[last] = (f'"{words[last]}"' if last in names else words[last]) + atom
            names.discard(last)
        elif atom:
            words.append(atom)
    take()
    return found
