"""Fetching mail in batches bounded by count and bytes; no mail that the server cannot hand out holds up the others."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from quopri import decodestring
from typing import Final

from helpdesk.intake.imap_connection import Connection
from helpdesk.intake.imap_protocol import Answer
from helpdesk.intake.imap_wire import Node, code, fetch_items, internal_date, is_passing, number, text_of, uid_set
from helpdesk.intake.mailbox import FetchedMail

#: Mails a batch (trap 1; measured fastest), and bytes a batch: bounds memory.
BATCH_MAILS: Final = 50
BATCH_BYTES: Final = 32 * 2**20
#: UIDs asked at once for their sizes: keeps the command line short.
SIZES_AT_ONCE: Final = 200
#: A mail above this is not fetched whole (DESIGN promises 25 MB), only its first part, which holds the whole header.
LARGEST_MAIL: Final = 26 * 2**20
FIRST_PART: Final = 2**20

_FACTS: Final = "UID FLAGS INTERNALDATE RFC822.SIZE"
_PART = re.compile(r"[1-9]\d{0,3}(\.[1-9]\d{0,3}){0,20}$")
_ENCODING = re.compile(rb"^content-transfer-encoding:[ \t]*([\w-]+)", re.IGNORECASE | re.MULTILINE)


async def sizes(connection: Connection, uids: Sequence[int]) -> dict[int, int]:
    """uid → RFC822.SIZE in bytes, of those that still exist."""
    answer = await connection.ask("FETCH", uid_set(uids), "(UID RFC822.SIZE)", prefix="UID")
    _unless_vanished(connection, answer)
    found = {}
    for items in _by_uid(answer.untagged):
        uid, size = number(items.get("UID")), number(items.get("RFC822.SIZE"))
        if uid is not None and size is not None:
            found[uid] = size
    return {uid: found[uid] for uid in uids if uid in found}


def batches(measured: dict[int, int], largest: int) -> Iterator[list[int]]:
    """UIDs in their order, cut so that no batch exceeds BATCH_MAILS and BATCH_BYTES; oversized mails stand alone."""
    batch: list[int] = []
    total = 0
    for uid, size in measured.items():
        if size > largest:
            if batch:
                yield batch
            yield [uid]
            batch, total = [], 0
            continue
        if batch and (len(batch) >= BATCH_MAILS or total + size > BATCH_BYTES):
            yield batch
            batch, total = [], 0
        batch.append(uid)
        total += size
    if batch:
        yield batch


async def mails(connection: Connection, batch: Sequence[int], *, first_part: int | None) -> list[FetchedMail]:
    """One batch. `first_part`: only so many bytes of each. Vanished mails are absent, and only those.

    A mail the server cannot hand out (Exchange answers NO for the whole batch) comes as its header or as nothing, so
    that it holds up no other. If the server has nothing at all to give for now, that is a MailboxError instead.
    """
    body = f"BODY.PEEK[]<0.{first_part}>" if first_part else "BODY.PEEK[]"
    answer = await connection.ask("FETCH", uid_set(batch), f"({_FACTS} {body})", prefix="UID")
    found = {mail.uid: mail for mail in _read(answer, truncated=first_part is not None)}
    missing = [uid for uid in batch if uid not in found]
    if missing:
        for uid, size in (await sizes(connection, missing)).items():  # a second look: absent, or withheld?
            found[uid] = await _salvage(connection, uid, size, body)
        if is_passing(answer.text) and not any(mail.raw for mail in found.values()):
            raise connection.refusal("UID FETCH", answer)
    return [found[uid] for uid in batch if uid in found]


async def _salvage(connection: Connection, uid: int, size: int, whole: str) -> FetchedMail:
    """A mail by itself: whole, else its header, else only the fact that it is there."""
    for body in (whole, "BODY.PEEK[HEADER]"):
        answer = await connection.ask("FETCH", str(uid), f"({_FACTS} {body})", prefix="UID")
        for mail in _read(answer, truncated=body != "BODY.PEEK[]"):
            if mail.uid == uid:
                return mail
    return FetchedMail(uid=uid, arrived=datetime.now(UTC), flags=frozenset(), size=size, raw=b"", truncated=True)


async def part(connection: Connection, uid: int, section: str) -> bytes:
    """A MIME part's content, its transfer encoding undone. MailboxError if there is no such mail or part."""
    if not _PART.fullmatch(section):
        raise connection.error(f"no part number: {section[:40]!r}", permanent=True)
    wanted = f"(UID BODY.PEEK[{section}.MIME] BODY.PEEK[{section}])"
    answer = await connection.demand("FETCH", str(uid), wanted, prefix="UID")
    for items in _by_uid(answer.untagged):
        body = items.get(f"BODY[{section}]")
        if number(items.get("UID")) == uid and body is not None:
            return _plain(text_of(items.get(f"BODY[{section}.MIME]")), text_of(body))
    raise connection.error(f"mail {uid} has no part {section}, or is gone", permanent=True)


async def message_ids(connection: Connection, uids: Sequence[int]) -> dict[int, str]:
    """uid → Message-ID without brackets and blanks, "" for none, of those that still exist."""
    found: dict[int, str] = {}
    for start in range(0, len(uids), SIZES_AT_ONCE):
        chunk = uid_set(uids[start : start + SIZES_AT_ONCE])
        answer = await connection.ask("FETCH", chunk, "(UID BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])", prefix="UID")
        _unless_vanished(connection, answer)
        for items in _by_uid(answer.untagged):
            uid = number(items.get("UID"))
            header = next((v for k, v in items.items() if k.startswith("BODY[HEADER")), None)
            if uid is not None and header is not None:
                found[uid] = bare_id(text_of(header).partition(b":")[2].decode("utf-8", "replace"))
    return found


def bare_id(message_id: str) -> str:
    """A Message-ID for comparing: no brackets, no blanks (long ones come folded)."""
    inside = re.search(r"<([^<>]*)>", message_id)
    return "".join((inside[1] if inside else message_id).split())


def _read(answer: Answer, *, truncated: bool) -> list[FetchedMail]:
    found = []
    for items in _by_uid(answer.untagged):
        uid = number(items.get("UID"))
        body = items["BODY[]"] if "BODY[]" in items else items.get("BODY[HEADER]")
        if uid is None or not isinstance(body, bytes | str):
            continue
        flags = items.get("FLAGS")
        size = number(items.get("RFC822.SIZE"))
        raw = text_of(body)
        found.append(
            FetchedMail(
                uid=uid,
                arrived=internal_date(items.get("INTERNALDATE")) or datetime.now(UTC),
                flags=frozenset(f for f in flags if isinstance(f, str)) if isinstance(flags, list) else frozenset(),
                size=len(raw) if size is None else size,
                raw=raw,
                truncated=truncated,
            )
        )
    return found


def _by_uid(untagged: Iterable[Sequence[bytes]]) -> list[dict[str, Node]]:
    """FETCH responses that name a UID, several of one mail merged (Exchange sends flags apart)."""
    merged: dict[str, dict[str, Node]] = {}
    for pieces in untagged:
        items = fetch_items(pieces)
        uid = items.get("UID")
        if isinstance(uid, str):
            if uid in merged:
                merged[uid].update(items)
            else:
                merged[uid] = items
    return list(merged.values())


def _unless_vanished(connection: Connection, answer: Answer) -> None:
    """Anything but OK is an error: taken for "vanished", it would lose mail. Some servers say NO to say vanished."""
    if answer.result != "OK" and code(answer.text)[0] != "EXPUNGEISSUED":
        raise connection.refusal("UID FETCH", answer)


def _plain(mime: bytes, body: bytes) -> bytes:
    encoding = _ENCODING.search(mime)
    kind = encoding[1].lower() if encoding else b""
    if kind == b"quoted-printable":
        return decodestring(body)
    if kind == b"base64":
        letters = re.sub(rb"[^A-Za-z0-9+/]", b"", body)
        letters = letters[: len(letters) - (len(letters) % 4 == 1)]
        return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))
    return body
