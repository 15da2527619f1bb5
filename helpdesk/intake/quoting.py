"""A buyer's own words, told apart from quoted history, signatures and what a phone writes below; line by line, linear.

Marks and never loses: the texts of all pieces joined are the input. The words by language stand in phrases.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from helpdesk.intake.phrases import (
    ATTRIBUTIONS,
    DEVICE_ENDINGS,
    DEVICE_LINES,
    DEVICE_NAMES,
    FROM_WORDS,
    ORIGINAL_WORDS,
    OTHER_WORDS,
    REPLY_ABOVE,
)
from helpdesk.marketplaces.pieces import Phrases

Kind = Literal["own", "quoted", "attribution", "signature", "device"]


@dataclass(frozen=True, slots=True)
class Piece:
    """Some consecutive lines of one kind, line ends included."""

    kind: Kind
    text: str


MAX_LINE = 400  # a longer line is nobody's attribution
MAX_LABEL = 24

_VERBS = re.compile("|".join(re.escape(verb) for verb in sorted({v for _, v in ATTRIBUTIONS}, key=len, reverse=True)))
_STARTS = re.compile(
    r"[\W_]{0,3}(?:(?:"
    + "|".join(sorted({re.escape(s) for s, _ in ATTRIBUTIONS if s}, key=len, reverse=True))
    + r")\b|\d|20\d\d)"
)
_DATED = re.compile(
    r"\d{4}\s?[年/.-]\s?\d{1,2}\s?[月/.-]\s?\d{1,2}|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{1,2}\.? \w{3,12}\.?,? \d{4}"
)
_TIMED = re.compile(r"\d{1,2}[:.h時点]\s?\d{2}|\d{4}|年|mailto:|\d{1,2}[./]\d{1,2}\b")
_CLOCK = re.compile(r"\d{1,2}[:.h時点]\s?\d{2}")
_ADDRESS = re.compile(r"[\w.+-]@[\w-]+\.\w")
_RULE = "-_=*—─–~﹣－"
_LABEL = re.compile(r"[\s*_>|]{0,6}([^:：*\n]{1,24}?)\s*\**\s*[:：]")
_SIGNATURES = frozenset(("-- ", "--", "—", "–– ", "––", "__", "-- \u00a0"))
_DEVICE_STARTS = frozenset(line[:3] for line in DEVICE_LINES)
_ENDINGS = ("wrote.", "schrieb.")  # of an attribution without a colon
_EMPTY = frozenset(("quoted", "attribution"))
#: Each of REPLY_ABOVE holds one of these: most texts are done with fewer looks.
_ABOVE = Phrases(("above", "oberhalb", "por encima", "sopra", "acima", "au-dessus", "より上", "上方"))
#: How a line begins that may open a block of header fields, and what may stand before that.
_FROM_BEGINS = frozenset(word[:2] for word in FROM_WORDS)
_BEFORE_LABEL = " \t\r\f\v\x1c\x1d\x1e\x1f*_>|"


def split(text: str) -> tuple[Piece, ...]:
    """The pieces of a text in their order."""
    lines = text.splitlines(keepends=True)
    kinds = _kinds(text, lines)
    pieces: list[Piece] = []
    start = 0
    for i in range(1, len(lines) + 1):
        if i == len(lines) or kinds[i] != kinds[start]:
            pieces.append(Piece(kinds[start], "".join(lines[start:i])))
            start = i
    return tuple(pieces)


def own_words(text: str) -> tuple[str, str]:
    """(the writer's own words, the quoted history with its attribution), both stripped."""
    lines = text.splitlines(keepends=True)
    kinds = _kinds(text, lines)
    if kinds.count("own") == len(kinds):
        return text.strip(), ""
    own = [line for line, kind in zip(lines, kinds, strict=True) if kind == "own"]
    quoted = [line for line, kind in zip(lines, kinds, strict=True) if kind in _EMPTY]
    return "".join(own).strip(), "".join(quoted).strip()


def _kinds(text: str, lines: list[str]) -> list[Kind]:
    """The kind of every line."""
    kinds: list[Kind] = ["own"] * len(lines)
    bare = [line.strip() for line in lines]
    above = _reply_above(text, bare)
    wide = "：" in text
    current: Kind = "own"  # what a blank line belongs to
    for i, line in enumerate(bare):
        if not line:
            kinds[i] = current
            continue
        first, last = line[0], line[-1]
        if first == ">" or (first == "&" and line[:4] == "&gt;"):
            kinds[i] = current = "quoted"
            continue
        may_open = first in _RULE or last == ":" or line.find(":", 0, 30) >= 0 or (wide and "：" in line)
        if i == above or (may_open and _opens(bare, i, first)):
            kinds[i] = "attribution"
            kinds[i + 1 :] = ["quoted"] * (len(lines) - i - 1)
            break
        may_end = last in ":：" or (last == "." and line.endswith(_ENDINGS))
        if may_end and len(line) <= MAX_LINE and (begin := _attribution(bare, kinds, i)) >= 0:
            marked = _is_marked(bare, i + 1)
            if not marked and not _is_certain(" ".join(bare[begin : i + 1])):
                current = "own"
                continue
            kinds[begin : i + 1] = ["attribution"] * (i + 1 - begin)
            if not marked:
                kinds[i + 1 :] = ["quoted"] * (len(lines) - i - 1)
                break
            current = "quoted"
            continue
        if current == "signature" or (
            len(line) < 4 and lines[i].strip("\r\n") in _SIGNATURES and _is_short_below(bare, i + 1)
        ):
            kinds[i] = current = "signature"
            continue
        current = "own"
        if (
            len(line) <= 90
            and (line[:3].lower() in _DEVICE_STARTS or not line.isascii() or first in "_*-<[(")
            and is_device_line(line)
        ):
            kinds[i] = "device"
    _blank_edges(bare, kinds)
    return kinds


def _is_short_below(bare: list[str], start: int) -> bool:
    """A signature is short: what follows a line of dashes for long is words again."""
    count = 0
    for line in bare[start : start + 30]:
        if line[:1] == ">":
            break
        count += bool(line)
    return count <= 12


def _blank_edges(bare: list[str], kinds: list[Kind]) -> None:
    """Blank lines just before the writer's next words belong to the words: answers between quotes stay readable."""
    if "quoted" not in kinds:
        return
    for i in range(len(bare) - 1, 0, -1):
        if kinds[i] == "own" and not bare[i - 1] and kinds[i - 1] == "quoted":
            kinds[i - 1] = "own"


def _attribution(bare: list[str], kinds: list[Kind], end: int) -> int:
    """Where the attribution begins that ends with line `end` (at most two lines above), -1 if it is none."""
    joined, best = "", -1
    for begin in range(end, max(-1, end - 3), -1):
        part = bare[begin]
        if not part or len(part) > MAX_LINE or kinds[begin] == "quoted":
            break
        joined = f"{part} {joined}" if joined else part
        if begin < end and not _STARTS.match(part.lower()):
            continue
        if is_attribution(joined):
            best = begin
            if _STARTS.match(part.lower()):
                break
    return best


def is_attribution(line: str) -> bool:
    """Is this (joined) line one like "On … wrote:"? A colon, a verb of writing, a date or an address."""
    if line[-1:] not in ":：" and not line.endswith(_ENDINGS):
        return False
    lowered = line.lower()
    address = _ADDRESS.search(line) is not None
    verb = _VERBS.search(lowered)
    if verb is None:
        return address and _DATED.search(line) is not None and len(line) < 200
    if len(lowered) - verb.end() <= 8:
        return address or _TIMED.search(lowered) is not None or _STARTS.match(lowered) is not None
    return address or _DATED.search(lowered) is not None


def _is_certain(attribution: str) -> bool:
    """Enough to cut off all that follows without marks: an address, or a full date with a time."""
    return _ADDRESS.search(attribution) is not None or (
        _DATED.search(attribution) is not None and _CLOCK.search(attribution) is not None
    )


def _is_marked(bare: list[str], start: int) -> bool:
    """Does the quotation carry marks, so that answers may stand between? An unmarked one goes on to the end."""
    for line in bare[start : start + 12]:
        if line:
            return line[0] == ">" or line[:4] == "&gt;"
    return True


def _reply_above(text: str, bare: list[str]) -> int:
    """The line that asks to write above it, -1 where there is none. `bare`: the lines of the text."""
    if len(bare) > 3000:
        return -1
    if not _ABOVE.stand_in(text.lower()):
        return -1
    whole = "\n".join(bare).lower()
    at = min((found for one in REPLY_ABOVE if (found := whole.find(one)) >= 0), default=-1)
    return whole.count("\n", 0, at) if at >= 0 else -1


def _opens(bare: list[str], i: int, first: str) -> bool:
    """Does line `i` open an unmarked original: a rule with words, a block of header fields?"""
    line = bare[i]
    if len(line) > MAX_LINE:
        return False
    if first in _RULE:
        if opens_original(line):
            return True
        if len(line) >= 20 and not line.strip(_RULE):  # Outlook's long line above its block
            below = next((j for j in range(i + 1, min(i + 3, len(bare))) if bare[j]), -1)
            return below > 0 and opens_header_block(bare, below)
    elif line[-1] in ":：" and opens_original(line):
        return True
    if line.isascii() and line.lstrip(_BEFORE_LABEL)[:2].lower() not in _FROM_BEGINS:
        return False  # most lines with a colon
    return (":" in line[:30] or "：" in line[:30]) and opens_header_block(bare, i)


def opens_original(line: str) -> bool:
    """Is this line one like "-----Original Message-----" or "Begin forwarded message:"?"""
    line = line.strip()
    if not line or len(line) > 120 or (line[:2].strip(_RULE) and line[-1] not in ":："):
        return False
    return line.lower().strip(_RULE + " >:：").startswith(ORIGINAL_WORDS)


def opens_header_block(lines: list[str], i: int) -> bool:
    """Do "From: … Sent: … To: … Subject: …" lines begin at line `i`? Three of them, or two with an address."""
    seen = 0
    address = False
    for line in lines[i : i + 8]:
        if not line.strip():
            if seen:
                break
            continue
        match = _LABEL.match(line)
        word = match.group(1).strip().lower() if match is not None else ""
        if word not in (OTHER_WORDS if seen else FROM_WORDS):
            if seen and len(line) < MAX_LINE and match is None and seen < 3:
                continue  # a folded list of recipients
            break
        seen += 1
        address = address or "@" in line
    return seen >= 3 or (seen == 2 and address)


def is_device_line(line: str) -> bool:
    """Is this a line like "Sent from my iPhone"? It stands alone and is short."""
    if len(line) > 90:
        return False
    lowered = line.lower().strip("_*-–—<>[]() ")
    if lowered[:3] in _DEVICE_STARTS and lowered.startswith(DEVICE_LINES):
        return len(lowered.split()) <= 12 and any(name in lowered for name in DEVICE_NAMES)
    if len(line) < 50 and lowered.rstrip(".。!").endswith(DEVICE_ENDINGS):
        return any(name in lowered for name in DEVICE_NAMES)
    return False
