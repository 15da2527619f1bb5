"""Raw bytes to Parsed: header block first and capped, then the body's leaves, then the text a person would read.

Nothing here judges, nothing raises but UnreadableMailError, and time is linear in the size of the mail.
"""

from __future__ import annotations

import hashlib

from helpdesk.errors import UnreadableMailError
from helpdesk.intake.addresses import addresses
from helpdesk.intake.content import Content
from helpdesk.intake.dates import date
from helpdesk.intake.headers import decode_words, message_ids, split_block
from helpdesk.intake.mime import leaves
from helpdesk.intake.reading import Parsed

MAX_RECEIVED = 50
_NEEDED = ("from", "to", "subject", "date", "received", "message-id", "return-path", "content-type", "mime-version")
#: The defect of an address that stands in an encoded word, where only a name may: to be read by people, not by servers.
ENCODED = "the sender's address is hidden in an encoded word"
_CONTROL = bytes(c for c in range(32) if c not in b"\t\n\r\x1b\f")


def parse(raw: bytes) -> Parsed:
    """Take a mail apart. UnreadableMailError only for what is none: nothing at all, or neither header nor text."""
    if not raw.strip():
        raise UnreadableMailError("the mail is empty: nothing was received, look at it in the mailbox")
    mail = raw if b"\n" in raw else raw.replace(b"\r", b"\n")
    fields, body, defects = split_block(mail)
    if not any(name in _NEEDED or name.startswith("x-") for name, _ in fields):
        if not _is_text(mail[:4096]):
            raise UnreadableMailError("no mail header was found, and no text: this is not an e-mail")
        fields, body = [], 0
        defects = ["no header: all of it was read as text"]
    headers: dict[str, list[str]] = {}
    for name, value in fields:
        headers.setdefault(name, []).append(decode_words(value) if "=?" in value else value)
    tree = leaves(mail, fields, body)
    content = Content(mail, tree)
    content.read()
    return _assemble(mail, raw, fields, headers, body, content, (*defects, *tree.defects))


def _assemble(
    mail: bytes,
    raw: bytes,
    unfolded: list[tuple[str, str]],
    headers: dict[str, list[str]],
    body: int,
    content: Content,
    defects: tuple[str, ...],
) -> Parsed:
    senders = _all(unfolded, "from")
    replies = _all(unfolded, "reply-to")
    if senders and not _plainly(unfolded, senders[0][1]):
        defects = (*defects, ENCODED)
    received = [date(v[v.rfind(";") + 1 :]) for v in headers.get("received", [])[:MAX_RECEIVED]]
    first = content.tree.leaves[0].parents[:1] if content.tree.leaves else ()
    ids = message_ids(_one(headers, "message-id"))
    return Parsed(
        message_id=ids[0] if ids else _one(headers, "message-id").strip("<> "),
        body_hash=hashlib.sha256(memoryview(mail)[body:]).hexdigest(),
        size=len(raw),
        headers={name: tuple(values) for name, values in headers.items()},
        subject=_one(headers, "subject"),
        from_name=senders[0][0] if senders else _one(headers, "from")[:200],
        from_addr=senders[0][1].lower() if senders else "",
        from_raw=senders[0][1] if senders else "",
        from_addrs=tuple(dict.fromkeys(a.lower() for _, a in senders)),
        reply_to=tuple(dict.fromkeys(a.lower() for _, a in replies)),
        reply_to_raw=tuple(dict.fromkeys(a for _, a in replies)),
        reply_to_name=replies[0][0] if replies else "",
        to=_recipients(unfolded),
        date=date(_one(headers, "date")),
        received=tuple(d for d in received if d is not None),
        in_reply_to=message_ids(_one(headers, "in-reply-to")),
        references=message_ids(" ".join(headers.get("references", ()))),
        content_type=first[0]
        if first
        else (content.tree.leaves[0].content_type if content.tree.leaves else "text/plain"),
        text=content.text,
        html=content.html,
        links=content.links(),
        attachments=tuple(content.attachments),
        report=content.report,
        returned_id=content.returned_id,
        results=_results(unfolded),
        enclosed=content.enclosed,
        defects=defects,
    )


def _plainly(unfolded: list[tuple[str, str]], address: str) -> bool:
    """Does the address stand in From as it is, and not within an encoded word?"""
    written = next((value for key, value in unfolded if key == "from" and value), "")
    return "=?" not in written or address.lower() in written.lower()


#: A header that a hop or the sender writes: results below it are not stacked on those above it.
_PARTING = frozenset(("received", "from", "to", "subject", "date", "message-id", "mime-version", "dkim-signature"))


def _results(unfolded: list[tuple[str, str]]) -> tuple[str, ...]:
    found: list[str] = []
    for key, value in unfolded:
        if key == "authentication-results":
            found.append(value)
        elif key in _PARTING and found and found[-1]:
            found.append("")
    return tuple(found)


def _is_text(sample: bytes) -> bool:
    """Could a person read this? No NUL, hardly a control character."""
    control = len(sample) - len(sample.translate(None, _CONTROL))
    return b"\0" not in sample and control * 50 <= len(sample)


def _one(headers: dict[str, list[str]], name: str) -> str:
    values = headers.get(name)
    return values[0] if values else ""


def _all(unfolded: list[tuple[str, str]], name: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in unfolded:
        if key == name:
            found += addresses(value)
    return found


def _recipients(unfolded: list[tuple[str, str]]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for key, value in unfolded:
        if key in ("to", "cc", "delivered-to", "x-original-to") and len(found) < 200:
            found.update((a.lower(), None) for _, a in addresses(value))
    return tuple(found)
