"""The IMAP language, pure: splitting a stream into responses, reading them by key, quoting, modified UTF-7.

A response is a list of pieces: text, literal, text, literal, …, text; text pieces before a literal still end in its
`{size}`. Everything is linear in its input and none of it recurses. RFC 3501, 4315 (UIDPLUS), 7888 (literals).
"""

from __future__ import annotations

import base64
import binascii
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

Pieces = list[bytes]
#: A read value: an atom, a string or literal, NIL, a number stays an atom; a parenthesised list.
Node = str | bytes | None | list["Node"]

#: Longest line without its literals, bytes: a SEARCH answer of two million UIDs fits. Bounds memory.
MAX_LINE: Final = 16 * 2**20
#: Largest literal, bytes: above every mail we ask for whole, below what would hurt. Bounds memory.
MAX_LITERAL: Final = 64 * 2**20

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LITERAL = re.compile(rb"~?\{(\d{1,19})\+?\}$")
#: Status responses end in free text, which may look like a literal and is none.
_STATUS = re.compile(rb"\* (?:OK|NO|BAD|BYE|PREAUTH)(?: |$)", re.IGNORECASE)
_TOKEN = re.compile(
    rb"""[ ]*+(?:
        (?P<open>\()
      | (?P<close>\))
      | "(?P<string>(?:[^"\\]++|\\.)*+)(?:"|\\?$)
      | (?P<atom>(?:[^ ()"\[]++|\[[^\[\]]*+\]|\[)++)
    )""",
    re.VERBOSE | re.DOTALL,
)
_PASSING: Final = frozenset({"UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "THROTTLED", "OVERQUOTA"})
_PASSING_WORDS: Final = (b"too many", b"temporar", b"try again", b"unavailable", b"throttl", b"bandwidth", b"busy")
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_FETCH = re.compile(rb"\d+ FETCH ", re.IGNORECASE)
_LIST = re.compile(rb"(?:LIST|XLIST|LSUB) ", re.IGNORECASE)
_CODE = re.compile(rb"\[([^\s\]]+)(?: ([^\]]*))?\]")
_ORIGIN = re.compile(r"<\d+>$")
_DATE = re.compile(rb" ?(\d{1,2})-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)$")


class WireError(ValueError):
    """The stream is not IMAP, or exceeds what we take: the connection is of no further use."""


class Splitter:
    """Cuts a stream of bytes into responses, in a loop, whatever the boundaries of the reads."""

    __slots__ = ("_literal", "_missing", "_pieces", "_rest", "_scanned")

    def __init__(self) -> None:
        self._rest = bytearray()  # an incomplete line
        self._scanned = 0  # of it, already searched for its end
        self._pieces: Pieces = []
        self._literal: io.BytesIO | None = None
        self._missing = 0

    def feed(self, data: bytes) -> Iterator[Pieces]:
        """The responses completed by `data`. Raises WireError past MAX_LINE and MAX_LITERAL."""
        buffer: bytes | bytearray = data
        at = scan = 0
        if self._rest:
            self._rest += data
            buffer, scan = self._rest, max(0, self._scanned - 1)
            self._rest = bytearray()
        while True:
            if self._literal is not None:
                at = scan = self._fill(buffer, at)
                if self._literal is not None:
                    return
            end = buffer.find(b"\r\n", scan)
            if end < 0:
                break
            line = bytes(buffer[at:end])
            at = scan = end + 2
            self._pieces.append(line)
            size = self._literal_size(line)
            if size is None:
                pieces, self._pieces = self._pieces, []
                yield pieces
            elif size <= len(buffer) - at:  # the common case: no second copy
                self._pieces.append(bytes(buffer[at : at + size]))
                at = scan = at + size
            else:
                self._literal, self._missing = io.BytesIO(), size
        self._rest = bytearray(buffer[at:]) if at or buffer is data else buffer  # type: ignore[assignment]  # ours then
        self._scanned = len(self._rest)
        if self._scanned > MAX_LINE:
            raise WireError(f"a line of more than {MAX_LINE} bytes")

    def drop(self) -> None:
        """Forgets all that was not yet handed out (STARTTLS: it came before the encryption)."""
        self._rest, self._scanned, self._pieces = bytearray(), 0, []
        self._literal, self._missing = None, 0

    def _fill(self, buffer: bytes | bytearray, at: int) -> int:
        """Adds to the open literal; closes it when full. BytesIO hands its buffer over without a copy."""
        assert self._literal is not None
        part = buffer[at : at + self._missing]
        self._literal.write(part)
        self._missing -= len(part)
        if not self._missing:
            self._pieces.append(self._literal.getvalue())
            self._literal = None
        return at + len(part)

    def _literal_size(self, line: bytes) -> int | None:
        if not line.endswith(b"}"):
            return None
        first = self._pieces[0]
        if not first.startswith(b"* ") or (len(self._pieces) == 1 and _STATUS.match(first)):
            return None
        found = _LITERAL.search(line, max(0, len(line) - 24))
        if not found:
            return None
        size = int(found[1])
        if size > MAX_LITERAL:
            raise WireError(f"a literal of {size} bytes, above {MAX_LITERAL}")
        return size


def nodes(pieces: Sequence[bytes], start: int = 0) -> list[Node]:
    """A response as nested lists; `start`: where to begin in its first piece. Never fails: what is no IMAP is left out.

    Quoted strings and literals are bytes, atoms str (so `""` and `{0}` are the same, and "NIL" is no NIL).
    """
    top: list[Node] = []
    stack = [top]
    for index, piece in enumerate(pieces):
        if index % 2:
            stack[-1].append(piece)
            continue
        end = len(piece)
        if index + 1 < len(pieces) and (mark := _LITERAL.search(piece, max(0, end - 24))):
            end = mark.start()
        at = start if index == 0 else 0
        while found := _TOKEN.match(piece, at, end):
            at = found.end()
            kind = found.lastgroup
            if kind == "atom":
                atom = found["atom"].decode("utf-8", "surrogateescape")
                stack[-1].append(None if atom.upper() == "NIL" else atom)
            elif kind == "string":
                text = found["string"]
                stack[-1].append(_ESCAPED.sub(rb"\1", text) if b"\\" in text else text)
            elif kind == "open":
                inner: list[Node] = []
                stack[-1].append(inner)
                stack.append(inner)
            elif len(stack) > 1:
                stack.pop()
    return top


def fetch_items(pieces: Sequence[bytes]) -> dict[str, Node]:
    """A FETCH response by upper-case key ("UID", "FLAGS", "BODY[]", partial origins dropped); {} if it is none."""
    head = _FETCH.match(pieces[0])
    if not head:
        return {}
    found = nodes(pieces, head.end())
    pairs = found[0] if found and isinstance(found[0], list) else []
    keys = pairs[0::2]
    values = pairs[1::2]
    return {_ORIGIN.sub("", k.upper()): v for k, v in zip(keys, values, strict=False) if isinstance(k, str)}


def number(node: Node) -> int | None:
    """An atom of digits as a number."""
    return int(node) if isinstance(node, str) and node.isascii() and node.isdigit() and len(node) < 20 else None


def text_of(node: Node) -> bytes:
    """A string's bytes; an atom's too (servers send short strings bare); b"" for NIL and lists."""
    if isinstance(node, str):
        return node.encode("utf-8", "surrogateescape")
    return node if isinstance(node, bytes) else b""


def list_item(pieces: Sequence[bytes]) -> tuple[frozenset[str], str, str] | None:
    """A LIST response: (attributes in lower case, delimiter or "", name as on the wire); None if it is none."""
    head = _LIST.match(pieces[0])
    if not head:
        return None
    found = nodes(pieces, head.end())
    if len(found) < 3 or not isinstance(found[0], list):
        return None
    attributes = frozenset(a.lower() for a in found[0] if isinstance(a, str))
    name = "NIL" if found[2] is None else text_of(found[2]).decode("utf-8", "surrogateescape")
    return attributes, text_of(found[1]).decode("utf-8", "replace"), name


def search_numbers(responses: Iterable[Sequence[bytes]]) -> set[int]:
    """All numbers of the SEARCH responses (several are allowed; a trailing (MODSEQ n) is none of them)."""
    found: set[int] = set()
    for pieces in responses:
        if pieces[0][:6].upper() == b"SEARCH":
            found.update(int(word) for word in pieces[0][6:].split(b"(")[0].split() if word.isdigit())
    return found


def code(text: bytes) -> tuple[str, str]:
    """The response code of a status text: (name in upper case, arguments), ("", "") without one."""
    found = _CODE.search(text)
    if not found:
        return "", ""
    return found[1].decode("ascii", "replace").upper(), (found[2] or b"").decode("ascii", "replace")


def is_passing(text: bytes) -> bool:
    """True if a refusal will pass by itself (RFC 5530, and what Gmail and Exchange say in words)."""
    name, _ = code(text)
    words = text.lower()
    return name in _PASSING or any(hint in words for hint in _PASSING_WORDS)


def copied_to(texts: Iterable[bytes]) -> tuple[int, int] | None:
    """(UIDVALIDITY, new UID) of one mail's COPYUID, in whichever status text it stands; None without it."""
    for text in texts:
        name, arguments = code(text)
        words = arguments.split()
        if name == "COPYUID" and len(words) == 3 and words[0].isdigit() and words[2].isdigit():
            return int(words[0]), int(words[2])
    return None


def internal_date(node: Node) -> datetime | None:
    """INTERNALDATE as aware UTC; None if it cannot be read."""
    found = _DATE.match(text_of(node))
    if not found:
        return None
    day, month, year, hour, minute, second, sign, zone_hours, zone_minutes = found.groups()
    offset = timedelta(hours=int(zone_hours), minutes=int(zone_minutes))
    try:
        zone = timezone(-offset if sign == b"-" else offset)
        where = _MONTHS.index(month.decode().title()) + 1
        moment = datetime(int(year), where, int(day), int(hour), int(minute), min(int(second), 59), tzinfo=zone)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def date_text(day: date) -> str:
    """A day for SEARCH: 7-Mar-2026 (never in the locale's language)."""
    return f"{day.day}-{_MONTHS[day.month - 1]}-{day.year:04}"


def moment_text(moment: datetime) -> str:
    """A moment for APPEND: "07-Mar-2026 09:30:00 +0000", quotes included."""
    utc = moment.astimezone(UTC)
    return f'"{utc.day:02}-{_MONTHS[utc.month - 1]}-{utc.year:04} {utc:%H:%M:%S} +0000"'


def uid_set(uids: Iterable[int]) -> str:
    """UIDs as a sequence set, ranges joined: 1:3,7."""
    ranges: list[tuple[int, int]] = []
    for uid in sorted(set(uids)):
        if ranges and uid == ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], uid)
        else:
            ranges.append((uid, uid))
    return ",".join(str(a) if a == b else f"{a}:{b}" for a, b in ranges)


def quote(text: str) -> str:
    """A quoted string. NUL, CR and LF are no part of one: aioimaplib refuses them in any argument."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def encode_name(name: str) -> str:
    """A folder's name in modified UTF-7 (RFC 3501 5.1.3): Entwürfe → Entw&APw-rfe."""
    return re.sub(r"&|[^\x20-\x7e]+", _encode_run, name)


def _encode_run(run: re.Match[str]) -> str:
    if run[0] == "&":
        return "&-"
    packed = base64.b64encode(run[0].encode("utf-16-be", "surrogatepass"))
    return "&" + packed.decode().rstrip("=").replace("/", ",") + "-"


def decode_name(name: str) -> str:
    """A wire name as people see it; what is no modified UTF-7 stays as it is."""
    return re.sub(r"&([A-Za-z0-9+,]*)-", _decode_run, name)


def _decode_run(run: re.Match[str]) -> str:
    if not run[1]:
        return "&"
    try:
        packed = base64.b64decode(run[1].replace(",", "/") + "=" * (-len(run[1]) % 4), validate=True)
        return packed.decode("utf-16-be")
    except (binascii.Error, UnicodeDecodeError):
        return run[0]
