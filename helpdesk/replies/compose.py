"""Builds the mail that leaves: plain text, threaded, quoted, and closed to whatever a buyer may have smuggled in.

Bytes with CRLF line ends, ready for SMTP. Message-ID and Date come from the caller, who stored them before.
"""

from __future__ import annotations

import re
import unicodedata
from base64 import encodebytes
from binascii import b2a_qp
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from hashlib import sha256
from urllib.parse import quote as percent_encoded

from helpdesk.errors import RefusedError

MAX_ATTACHMENTS = 5
MAX_ATTACHMENT_BYTES = 10_000_000  #: together; DOMAIN 2.6
ATTACHMENT_TYPES = {"pdf": "application/pdf", "png": "image/png"}
MAX_QUOTE = 60_000
MAX_REFERENCES = 30

_MAGIC = {"pdf": b"%PDF-", "png": b"\x89PNG\r\n\x1a\n"}
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,200}@[^\s@<>,;:\"()\[\]\\]{1,250}")
_MESSAGE_ID = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,200}@[A-Za-z0-9.-]{1,200}")
_RE = re.compile(r"^\s*re\s*[:：]", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingFile:
    """A file to send along: its name as the buyer will see it, and its content."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMail:
    """One mail to a buyer."""

    sender: str  #: the mailbox's address, exactly
    recipient: str  #: the address to answer, exactly as received, with +case
    subject: str  #: of the mail being answered, as received
    text: str
    message_id: str  #: without angle brackets; letters, digits and . _ - only, no colon
    date: datetime  #: aware
    sender_name: str = ""
    in_reply_to: str = ""  #: id of the mail being answered, without angle brackets
    references: tuple[str, ...] = ()  #: that mail's own References, oldest first, without angle brackets
    quoted: str = ""  #: the whole text of the mail being answered, token and footer included; "" quotes nothing
    quoted_from: str = ""  #: a line above the quote; "" for none
    automatic: bool = False  #: an acknowledgement (RFC 3834)
    files: tuple[OutgoingFile, ...] = ()


def compose(mail: OutgoingMail) -> bytes:
    """The mail as bytes for SMTP.

    Raises RefusedError for an address, id, date or attachment that cannot be sent as it is. Written out by hand:
    EmailMessage takes ten times as long, and parses every header that it is given.
    """
    sender, recipient = _address("sender", mail.sender), _address("recipient", mail.recipient)
    if not _MESSAGE_ID.fullmatch(mail.message_id):
        raise RefusedError(f"Message-ID {mail.message_id!r} cannot be sent: letters, digits and dots around one @")
    if mail.date.tzinfo is None:
        raise RefusedError("the Date of a mail needs a time zone")
    name = one_line(mail.sender_name)
    headers = [
        ("From", f"{_quoted_name(name)} <{sender}>" if name else sender),
        ("To", recipient),
        ("Subject", _encoded(reply_subject(mail.subject))),
        ("Date", format_datetime(mail.date)),
        ("Message-ID", f"<{mail.message_id}>"),
        *_thread(mail),
    ]
    if mail.automatic:
        headers += [("Auto-Submitted", "auto-replied"), ("X-Auto-Response-Suppress", "All")]
    headers.append(("MIME-Version", "1.0"))
    body = clean_text(mail.text)
    if mail.quoted.strip():
        body = f"{body.rstrip()}\n\n{quote(mail.quoted, one_line(mail.quoted_from))}"
    part = _text_part(body.rstrip("\n") + "\n")
    if mail.files:
        part = _with_files(part, mail)
    return "".join(_folded(f"{key}: {value}") for key, value in headers).encode("ascii") + part


def reply_subject(original: str) -> str:
    """ "Re: " and the original, unchanged but for control characters; one that begins with Re: stays as it is."""
    subject = one_line(original)
    return subject if _RE.match(subject) else f"Re: {subject}".rstrip()


def one_line(text: str) -> str:
    """A header value: no line ends, control, format or bidi characters; blanks inside are kept.

    >>> one_line("Hi\\r\\nBcc: all@shop.example")
    'Hi Bcc: all@shop.example'
    """
    if text.isprintable():  # nearly every one: no character of the categories below is printable
        return text.strip()
    spaced = re.sub(r"[\r\n\t\v\f\x1c-\x1e\x85\u2028\u2029]+", " ", text)
    return "".join(c for c in spaced if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}).strip()


#: Control characters but tab and line end, lone surrogates, bidi embeddings, overrides and isolates.
_NO_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


def clean_text(text: str) -> str:
    """A body: "\\n" line ends, no control characters but tab, no bidi overrides, no lone surrogates."""
    lines = re.sub(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]", "\n", text)
    return _NO_TEXT.sub("", lines)


def quote(text: str, heading: str = "") -> str:
    """What was written, each line behind "> "; the marketplace's token at its end stays even if the middle is cut."""
    lines = clean_text(text).strip("\n").split("\n")
    while sum(map(len, lines)) + len(lines) > MAX_QUOTE and len(lines) > 2:
        middle = len(lines) // 2
        spare = max(1, len(lines) // 8)
        lines = (
            [*lines[: middle - spare], "[...]", *lines[middle + spare :]] if spare < middle else lines[:1] + lines[-1:]
        )
    if sum(map(len, lines)) > MAX_QUOTE:
        lines = [line[: MAX_QUOTE // 2] for line in lines]
    quoted = "\n".join(f"> {line}" if line else ">" for line in lines)
    return f"{heading}\n{quoted}" if heading else quoted


def _thread(mail: OutgoingMail) -> list[tuple[str, str]]:
    """In-Reply-To and References; an id that cannot stand in a header is left out."""
    ids = list(dict.fromkeys(i for i in map(_thread_id, [*mail.references, mail.in_reply_to]) if i))
    answered = _thread_id(mail.in_reply_to)
    if answered:
        ids = [*[i for i in ids if i != answered][-(MAX_REFERENCES - 1) :], answered]
    found = [("In-Reply-To", f"<{answered}>")] if answered else []
    if ids:
        found.append(("References", " ".join(f"<{i}>" for i in ids[-MAX_REFERENCES:])))
    return found


def _thread_id(raw: str) -> str:
    """Someone else's Message-ID as it may stand in our header: any visible ASCII without blanks and brackets."""
    bare = raw.strip().removeprefix("<").removesuffix(">")
    return bare if re.fullmatch(r"[!-;=?-~]{1,900}", bare) else ""


def _address(what: str, address: str) -> str:
    if not _ADDRESS.fullmatch(address) or not address.isascii() or not address.isprintable():
        raise RefusedError(f"the {what}'s address {one_line(address)[:80]!r} is not a mail address")
    return address


def _quoted_name(name: str) -> str:
    if not name.isascii():
        return Header(name[:120], "utf-8").encode()
    return '"' + name[:120].replace("\\", "").replace('"', "") + '"'


def _encoded(value: str) -> str:
    """A subject as it may stand in a header: plain ASCII, or encoded words."""
    plain = value.isascii() and "=?" not in value and all(len(word) < 200 for word in value.split(" "))
    return value if plain else Header(value, "utf-8", 76, "Subject").encode(linesep="")


def _folded(line: str) -> str:
    """A header in lines of at most 78 characters where its blanks allow, ended by CRLF."""
    lines: list[str] = []
    start = line.index(":") + 2  # never right behind the name
    while len(line) > 78:
        cut = line.rfind(" ", start, 79)
        if cut < 0:
            cut = line.find(" ", max(start, 79))
        if cut < 0 or not line[:cut].strip() or not line[cut:].strip():
            break
        lines.append(line[:cut])
        line, start = line[cut:], 1
    return "\r\n".join([*lines, line]) + "\r\n"


_BEYOND_LATIN = re.compile("[^\x00-\u024f]+")


def _text_part(body: str) -> bytes:
    """Quoted-printable reads well for Latin letters; base64 is shorter and safer for the rest."""
    raw = body.replace("\n", "\r\n").encode("utf-8")
    if not body.isascii() and sum(map(len, _BEYOND_LATIN.findall(body))) * 4 > len(body):
        encoding, encoded = b"base64", encodebytes(raw).replace(b"\n", b"\r\n")
    else:
        encoding, encoded = b"quoted-printable", b2a_qp(raw, istext=True)
    head = b'Content-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: %s\r\n\r\n' % encoding
    return head + encoded


def _with_files(text: bytes, mail: OutgoingMail) -> bytes:
    """Text and files as multipart/mixed. Raises RefusedError for what the marketplace refuses (DOMAIN 2.6)."""
    _check_sizes(mail.files)
    boundary = b"=_" + sha256(mail.message_id.encode()).hexdigest()[:32].encode()  # "=_" is in neither encoding
    parts = [text, *map(_file_part, mail.files)]
    head = b'Content-Type: multipart/mixed; boundary="%s"\r\n\r\n' % boundary
    return head + b"".join(b"--%s\r\n%s\r\n" % (boundary, part) for part in parts) + b"--%s--\r\n" % boundary


def _check_sizes(files: tuple[OutgoingFile, ...]) -> None:
    if len(files) > MAX_ATTACHMENTS:
        raise RefusedError(f"{len(files)} attachments; at most {MAX_ATTACHMENTS} may be sent with one mail")
    if sum(len(f.content) for f in files) > MAX_ATTACHMENT_BYTES:
        raise RefusedError("the attachments are larger than 10 MB together; send fewer or smaller ones")


def _file_part(file: OutgoingFile) -> bytes:
    """One attachment, its name as RFC 2231 wants it where it is not plain ASCII."""
    name = re.sub(r"[/\\]", "_", one_line(file.name))[-120:]
    ending = name.rpartition(".")[2].lower()
    if ending not in ATTACHMENT_TYPES:
        raise RefusedError(f"attachment {name!r}: only {' and '.join(sorted(ATTACHMENT_TYPES))} may be sent")
    if not file.content.startswith(_MAGIC[ending]):
        raise RefusedError(f"attachment {name!r} is not really a {ending}; save it again in that format")
    plain = re.fullmatch(r"[A-Za-z0-9 ._()+-]+", name)
    shown = f'filename="{name}"' if plain else f"filename*=utf-8''{percent_encoded(name, safe='')}"
    head = (
        f"Content-Type: {ATTACHMENT_TYPES[ending]}\r\nContent-Disposition: attachment; {shown}\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    return head.encode("ascii") + encodebytes(file.content).replace(b"\n", b"\r\n")
