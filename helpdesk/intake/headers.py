"""The header block: cut off, unfolded, decoded (RFC 2047 even where broken, RFC 2231, raw 8 bit); ids.

Everything takes linear time on hostile input; nothing raises.
"""

from __future__ import annotations

import binascii
import re

from helpdesk.intake.charsets import decode

MAX_BLOCK = 128 * 1024
MAX_VALUE = 16 * 1024

Field = tuple[str, str]  # lower-case name, unfolded value (encoded words still encoded)

_BLANK = re.compile(rb"\n\r?\n")
_UNFOLD = re.compile(rb"\n[ \t]+")
_NAME = re.compile(r"[!-9;-~]{1,200}")
_NAMES: dict[str, str] = {}
_KNOWN_FIELD = re.compile(
    rb"(?:received|from|to|cc|subject|date|message-id|in-reply-to|references|reply-to|return-path|sender|delivered-to"
    rb"|mime-version|content-[a-z-]+|x-[a-z0-9-]+|dkim-signature"
    rb"|list-[a-z-]+|arc-[a-z-]+|authentication-results)[ \t]*:",
    re.IGNORECASE,
)
#: Looked for in an overlong header: who sent it, how that was checked, what it answers, how it is built.
_TELLING = re.compile(
    rb"\n(?:from|reply-to|sender|to|subject|date|message-id|in-reply-to|references|received|return-path"
    rb"|authentication-results|auto-submitted|precedence|list-id|x-space-notification-type|x-marketplace-id"
    rb"|content-type|content-transfer-encoding)[ \t]*:[^\n]*(?:\n[ \t][^\n]*)*",
    re.IGNORECASE,
)
_WORD = re.compile(r"=\?([\w.:+-]{1,60})(?:\*[\w-]{0,20})?\?([BbQq])\?([^?]*(?:\?(?!=)[^?]*)*)\?=")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
#: Control characters that no header may hold; escape stays for raw ISO-2022-JP.
_DELETED = bytes(c for c in range(32) if c not in b"\t\n\r\x1b") + b"\x7f"


def split_block(raw: bytes) -> tuple[list[Field], int, list[str]]:
    """(fields in order, offset of the body, defects).

    128 kB are read as header; of what lies behind them only the fields that tell who wrote it, when, whom to answer.
    """
    defects: list[str] = []
    start = _begin(raw)
    if raw[start : start + 1] == b"\n":
        return [], start + 1, ["no header"]
    block_end, body = _blank_line(raw, start)
    if block_end - start > MAX_BLOCK:
        defects.append("header block over 128 kB was cut")
    block = _bounded(raw, start, block_end).translate(None, _DELETED)
    if b"\r" in block:
        block = block.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    block = _UNFOLD.sub(b" ", block)
    fields: list[Field] = []
    if block.isascii() and b"\x1b" not in block:
        plain = block.decode("ascii").split("\n")
    else:
        plain = [_raw_text(line) for line in block.split(b"\n")]
    known, lines = _NAMES.get, list[bytes]()
    for number, line in enumerate(plain):
        name, colon, value = line.partition(":")
        if colon and (lowered := known(name) or _checked(name)):
            fields.append((lowered, value[:MAX_VALUE].strip()))
            continue
        if not line.strip():
            continue
        lines = lines or block.split(b"\n")
        more = number + 1 < len(lines) and _KNOWN_FIELD.match(lines[number + 1]) is not None
        if not fields or line[:5] == "From " or more:
            defects.append("a header line without a colon was left out")
            continue
        # No blank line between header and body: the body starts here.
        defects.append("no blank line after the header")
        at = raw.find(lines[number][:60], start)
        return fields, at if at >= 0 else body, defects
    return fields, body, defects


def _bounded(raw: bytes, start: int, end: int) -> bytes:
    """The header block, at most 128 kB of it and the telling fields of the rest: padding hides no second From."""
    if end - start <= MAX_BLOCK:
        return raw[start:end]
    cut = raw.rfind(b"\n", start, start + MAX_BLOCK) + 1 or start + MAX_BLOCK
    pieces, size = [raw[start:cut].rstrip(b"\r\n")], 0
    for match in _TELLING.finditer(raw, cut - 1, end):
        pieces.append(match.group()[1 : MAX_VALUE + 100])
        size += len(pieces[-1])
        if size > MAX_BLOCK:
            break
    return b"\n".join(pieces)


def _checked(name: str) -> str:
    """The lower-case form of a field's name, "" for what is none; names seen are kept, they come again."""
    bare = name.rstrip()
    if _NAME.fullmatch(bare) is None:
        return ""
    lowered = bare.lower()
    if len(_NAMES) < 4000:
        _NAMES[name] = lowered
    return lowered


def _blank_line(raw: bytes, start: int) -> tuple[int, int]:
    """(end of the header block, begin of the body); twice the end of the mail where no blank line parts them."""
    blank = _BLANK.search(raw, start)
    return blank.span() if blank is not None else (len(raw), len(raw))


def _begin(raw: bytes) -> int:
    """Where the header starts: behind a byte order mark, blank lines, and an mbox "From " line."""
    start = 3 if raw[:3] == b"\xef\xbb\xbf" else 0
    while raw[start : start + 1] in (b"\r", b"\n"):
        start += 1
    if raw[start : start + 5] == b"From " or raw[start : start + 6] == b">From ":
        end = raw.find(b"\n", start)
        start = len(raw) if end < 0 else end + 1
    return start


def _raw_text(value: bytes) -> str:
    """A value with 8-bit or escaped bytes in it."""
    return _CONTROL.sub(" ", decode(value)).strip()


def decode_words(text: str) -> str:
    """RFC 2047 encoded words → text; adjacent words are joined, also where a character was cut between them."""
    if "=?" not in text:
        return text
    last = text.rfind("?=")
    if last < 0:
        return text
    out: list[str] = []
    pending, charset, position = b"", "", 0

    def flush() -> None:
        nonlocal pending
        if pending:
            out.append(decode(pending, charset))
            pending = b""

    for match in _WORD.finditer(text, 0, last + 2):
        between, first = text[position : match.start()], position == 0
        position = match.end()
        name = match.group(1).lower()
        if between.strip() or name != charset:
            flush()
        if between and (between.strip() or first):
            out.append(between)
        charset = name
        pending += _word_bytes(match.group(2), match.group(3))
    flush()
    out.append(text[position:])
    joined = "".join(out)
    return joined if joined.isprintable() else _CONTROL.sub(" ", joined)


def _word_bytes(kind: str, body: str) -> bytes:
    raw = body.encode("utf-8", "replace")
    return base64_bytes(raw) if kind in "Bb" else binascii.a2b_qp(raw.replace(b" ", b"_"), header=True)


def base64_bytes(data: bytes) -> bytes:
    """Base64 with whatever is wrong with it: foreign characters, missing padding, one letter too many."""
    try:
        return binascii.a2b_base64(data)
    except binascii.Error:
        kept = _NOT_BASE64.sub(b"", data)
        if len(kept) % 4 == 1:
            kept = kept[:-1]
        return binascii.a2b_base64(kept + b"=" * (-len(kept) % 4))


# --- parameters ----------------------------------------------------------------------------------------------------

_PARAM = re.compile(r";\s*([^\s=;\"]{1,80})\s*=\s*(\"(?:[^\"\\]|\\.)*\"?|[^;]*)", re.DOTALL)
_QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)
_PART_OF = re.compile(r"([^*]+)\*(\d{1,3})(\*?)$")
_PERCENT = re.compile(rb"%([0-9A-Fa-f]{2})")


def parameters(value: str) -> tuple[str, dict[str, str]]:
    """("text/plain", {"charset": …}) of an unfolded Content-Type or Content-Disposition; RFC 2231 and 2047 decoded."""
    main, _, _ = value.partition(";")
    params: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for match in _PARAM.finditer(value, len(main)):
        name, text = match.group(1).lower(), match.group(2).strip()
        if text[:1] == '"':
            text = _QUOTED_PAIR.sub(r"\1", text.strip('"')) if "\\" in text else text.strip('"')
        if "*" not in name:
            params.setdefault(name, decode_words(text))
        elif (part := _PART_OF.match(name)) is not None:
            pieces.setdefault(part.group(1), {})[int(part.group(2))] = (text, bool(part.group(3)))
        else:
            params[name.rstrip("*")] = _extended(text)
    for name, parts in pieces.items():
        params[name] = _joined(parts)
    return main.strip().strip("\"'").lower(), params


def _extended(text: str) -> str:
    """charset'language'percent-encoded"""
    charset, tick, rest = text.partition("'")
    if tick:
        _, tick, rest = rest.partition("'")
    if not tick:
        charset, rest = "", text
    return decode(_unpercent(rest), charset)


def _joined(parts: dict[int, tuple[str, bool]]) -> str:
    """The continuations of RFC 2231, in their order; a charset may stand in the first."""
    ordered = [parts[n] for n in sorted(parts)]
    first, encoded = ordered[0]
    charset = ""
    if encoded and first.count("'") >= 2:
        charset, _, rest = first.partition("'")
        ordered[0] = (rest.partition("'")[2], True)
    return decode(
        b"".join(_unpercent(t) if e else t.encode("utf-8", "replace") for t, e in ordered), charset or "utf-8"
    )


def _unpercent(text: str) -> bytes:
    return _PERCENT.sub(lambda m: bytes((int(m.group(1), 16),)), text.encode("utf-8", "replace"))


# --- ids -------------------------------------------------------------------------------------------------------------

_ID = re.compile(r"<\s*([^<>]+?)\s*>")


def message_ids(value: str, cap: int = 100) -> tuple[str, ...]:
    """Ids without brackets, each once; where nothing is in brackets, the words that hold an @."""
    if not value:
        return ()
    ids = _ID.findall(value) if "<" in value else [w for w in value.split() if "@" in w]
    ids = ids[-cap:]
    if len(" ".join(ids).split()) != len(ids):  # blanks within
        ids = ["".join(i.split()) for i in ids]
    return tuple(dict.fromkeys(ids))
