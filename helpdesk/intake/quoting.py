# ruff: noqa: E501 -- tables of words
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
    FORWARD_WORDS,
    FROM_WORDS,
    ORIGINAL_WORDS,
    OTHER_WORDS,
    REPLY_ABOVE,
)

Kind = Literal["own", "quoted", "attribution", "signature", "device"]


@dataclass(frozen=True, slots=True)
class Piece:
    """Some consecutive lines of one kind, line ends included."""

    kind: Kind
    text: str


MAX_LINE = 400  # a longer line is nobody's attribution

_BEGINNINGS = tuple(sorted({begin for begin, _ in ATTRIBUTIONS if begin}))
_ENDINGS = tuple(sorted({end for _, end in ATTRIBUTIONS}))
_ENDS = re.compile("(?:" + "|".join(re.escape(e) for e in sorted(_ENDINGS, key=len, reverse=True)) + r")\W{0,6}$")
_HAS_END = re.compile("|".join(re.escape(e) for e in sorted(_ENDINGS, key=len, reverse=True)))
#: "2026年3月1日(日) 10:00 山田 <a@b>:" and "2026-03-01 10:00 GMT+01:00 Name <a@b>:" end in an address and a colon only.
_DATED = re.compile(r"(?:\d{4}\s?[年/.-]\s?\d{1,2}\s?[月/.-]\s?\d{1,2}|\d{1,2}[./-]\d{1,2}[./-]\d{2,4})")
_EVIDENCE = re.compile(
    r"\d{1,2}[:.h時]\d{2}|\d{4}|<[^<>\s]+@[^<>\s]+>|[\w.+-]+@[\w-]+\.\w|\d{1,2}[./]\d{1,2}[./]|年|mailto:"
)
_ADDRESS_COLON = re.compile(r"[<(\[]?[\w.+-]+@[\w.-]+[>)\]]*\s*[:：]\s*$")
_RULE = re.compile(r"^[\s>]*[-_=*—─–~﹣－]{2,}")
_LABEL = re.compile(r"^[\s*_>|]{0,6}([^:：*\n]{1,24}?)\s*\**\s*[:：]\**")
_SIGNATURE = re.compile(r"^(?:--|—|––) ?$|^[_-]{2}\s{0,2}$")
_LONG_RULE = re.compile(r"^\s*(?:_{20,}|-{20,})\s*$")


def split(text: str) -> tuple[Piece, ...]:
    """The pieces of a text in their order."""
    lines = text.splitlines(keepends=True)
    kinds = _kinds(lines)
    pieces: list[Piece] = []
    start = 0
    for i in range(1, len(lines) + 1):
        if i == len(lines) or kinds[i] != kinds[start]:
            pieces.append(Piece(kinds[start], "".join(lines[start:i])))
            start = i
    return tuple(pieces)


def own_words(text: str) -> tuple[str, str]:
    """(the writer's own words, the quoted history with its attribution), both stripped."""
    if not _may_hold_quotes(text):
        return text.strip(), ""
    own: list[str] = []
    quoted: list[str] = []
    for piece in split(text):
        if piece.kind == "own":
            own.append(piece.text)
        elif piece.kind in ("quoted", "attribution"):
            quoted.append(piece.text)
    return "".join(own).strip(), "".join(quoted).strip()


_HINTS = re.compile(
    r"^[ \t]*(?:>|--|__|—|–|={2}|\*)|[:：][ \t]*$|[:：][ \t]*\S*@|@[^\n]*[:：]|outlook|[#*]",
    re.MULTILINE | re.IGNORECASE,
)


def _may_hold_quotes(text: str) -> bool:
    """A cheap look: no marker of any kind, nothing to cut."""
    if _HINTS.search(text) is not None:
        return True
    lowered = text.lower()
    return _HAS_END.search(lowered) is not None or any(w in lowered for w in _DEVICE_HINTS)


def _kinds(lines: list[str]) -> list[Kind]:
    """The kind of every line."""
    kinds: list[Kind] = ["own"] * len(lines)
    i, count = 0, len(lines)
    while i < count:
        line = lines[i]
        stripped = line.strip()
        if not stripped:
            if i and kinds[i - 1] in ("quoted", "attribution"):
                kinds[i] = "quoted"
            elif i and kinds[i - 1] == "signature":
                kinds[i] = "signature"
            i += 1
            continue
        if stripped[0] == ">" or stripped[:4] == "&gt;":
            kinds[i] = "quoted"
            i += 1
            continue
        span = _attribution_span(lines, i)
        if span:
            rest = _kind_of_rest(lines, i, span)
            for j in range(i, i + span):
                kinds[j] = "attribution"
            i += span
            if rest == "all":
                kinds[i:] = ["quoted"] * (count - i)
                break
            continue
        if _starts_original(lines, i, stripped):
            kinds[i] = "attribution"
            kinds[i + 1 :] = ["quoted"] * (count - i - 1)
            break
        if is_device_line(stripped):
            kinds[i] = "device"
        elif _SIGNATURE.match(line.rstrip("\r\n")):
            i = _signature(lines, kinds, i)
            continue
        i += 1
    _blank_edges(lines, kinds)
    return kinds


def _signature(lines: list[str], kinds: list[Kind], i: int) -> int:
    """A signature runs to the next quote or to the end."""
    while i < len(lines):
        stripped = lines[i].strip()
        if stripped[:1] == ">" or (stripped and (_attribution_span(lines, i) or _starts_original(lines, i, stripped))):
            return i
        kinds[i] = "signature"
        i += 1
    return i


def _blank_edges(lines: list[str], kinds: list[Kind]) -> None:
    """Blank lines just before the writer's next words belong to the words: answers between quotes stay readable."""
    for i in range(len(lines) - 1, 0, -1):
        if kinds[i] == "own" and not lines[i - 1].strip() and kinds[i - 1] == "quoted":
            kinds[i - 1] = "own"


def _attribution_span(lines: list[str], i: int) -> int:
    """How many lines from `i` on form an attribution (1 to 3), 0 if they do not."""
    line = lines[i]
    if len(line) > MAX_LINE:
        return 0
    joined = ""
    for n in range(3):
        if i + n >= len(lines):
            return 0
        part = lines[i + n].strip()
        if not part or len(part) > MAX_LINE or (n and part[0] == ">"):
            return 0
        joined = f"{joined} {part}" if joined else part
        if is_attribution(joined):
            return n + 1
        if n == 0 and not _may_begin(part):
            return 0
    return 0


_BEGINS = re.compile(
    r"^(?:on|at|am|le|el|il|in data|em|op|w dniu|den|dne|dnia|pada|vào)\b|^\d|^\W{0,3}[\w.+-]+@|^.{0,80}<[^<>\s]+@|^.{0,60}\d{4}",
    re.IGNORECASE,
)


def _may_begin(line: str) -> bool:
    return _BEGINS.match(line) is not None


def is_attribution(line: str) -> bool:
    """Is this (joined) line one like "On … wrote:"?"""
    last = line[-1:]
    if last not in ":：.," and not _ENDS.search(line.lower()):
        return _is_dated_address(line)
    lowered = line.lower()
    if _ENDS.search(lowered) is not None:
        return last in ":：" and _EVIDENCE.search(lowered) is not None
    if last in ":：":
        # Languages that put the verb in the middle: "Anna <a@b> schrieb am 1.3.2026 um 10:00:"
        if _HAS_END.search(lowered) and _EVIDENCE.search(lowered) and (_DATED.search(lowered) or "@" in line):
            return True
        return _is_dated_address(line)
    return False


def _is_dated_address(line: str) -> bool:
    """A date, then an address, then a colon: what Gmail writes in Japanese and Chinese."""
    return _ADDRESS_COLON.search(line) is not None and _DATED.search(line) is not None


def _kind_of_rest(lines: list[str], i: int, span: int) -> str:
    """After an attribution: "marked" if the quotation carries marks (answers may stand between), "all" if it has none."""
    for line in lines[i + span : i + span + 12]:
        stripped = line.strip()
        if stripped:
            return "marked" if stripped[0] == ">" else "all"
    return "all"


def _starts_original(lines: list[str], i: int, stripped: str) -> bool:
    """Does line `i` open an unmarked original: a rule with words, a block of header fields, or a "reply above" line?"""
    if len(stripped) > MAX_LINE:
        return False
    lowered = stripped.lower()
    if _RULE.match(stripped) is not None or lowered.startswith("begin forwarded") or lowered[-1:] in ":：":
        inside = lowered.strip("-_=*—─–~﹣－ >:：")
        if inside and len(inside) < 60 and any(inside.startswith(w) for w in ORIGINAL_WORDS):
            return True
    if any(w in lowered for w in REPLY_ABOVE):
        return True
    if _LONG_RULE.match(stripped) is not None:
        return _header_block(lines, i + 1)
    return _header_block(lines, i)


def _header_block(lines: list[str], i: int) -> bool:
    """From:/Sent:/To:/Subject: in any language, in consecutive lines from `i` on; three of them, or two with an address."""
    seen = 0
    first = ""
    address = False
    for line in lines[i : i + 8]:
        if len(line) > MAX_LINE * 4:
            return False
        if not line.strip():
            if seen:
                break
            continue
        match = _LABEL.match(line)
        word = match.group(1).strip().lower() if match else ""
        if seen == 0:
            if word not in FROM_WORDS:
                return False
            first = word
        elif word not in OTHER_WORDS and word not in FROM_WORDS:
            break
        seen += 1
        address = address or "@" in line
    return bool(first) and (seen >= 3 or (seen == 2 and address))


_DEVICE_HINTS = tuple(sorted({d[:12] for d in DEVICE_LINES} | set(DEVICE_ENDINGS)))
_DEVICE = re.compile("(?:" + "|".join(re.escape(d) for d in DEVICE_LINES) + ")")


def is_device_line(line: str) -> bool:
    """Is this a line like "Sent from my iPhone"? It stands alone and is short."""
    if len(line) > 90:
        return False
    lowered = line.lower().strip("_*-–—<>[]() ").removeprefix("com ")
    if _DEVICE.match(lowered) is not None:
        return _short_enough(lowered)
    return (
        len(line) < 50 and lowered.rstrip(".。!").endswith(DEVICE_ENDINGS) and _DEVICE_NAME.search(lowered) is not None
    )


_DEVICE_NAME = re.compile(
    r"iphone|ipad|android|outlook|samsung|galaxy|huawei|xiaomi|mobil|handy|smartphone|windows|yahoo|gmail|手机|手機|スマート|携帯|mail|メール|ios|blackberry|pixel|tablet|téléphone|telefon|teléfono|celular|telefone|cellulare|邮箱|郵箱|phone|proton|aol|gmx|web\.de|t-online|app\b",
    re.IGNORECASE,
)


def _short_enough(lowered: str) -> bool:
    return len(lowered.split()) <= 12 and _DEVICE_NAME.search(lowered) is not None


def is_forward(attribution: str) -> bool:
    """Does this opening line say that a mail is handed on rather than answered?"""
    lowered = attribution.lower()
    return any(word in lowered for word in FORWARD_WORDS)
