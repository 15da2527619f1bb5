"""A mail that was read and judged as the row that is stored: pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from helpdesk.domain import Mail, MailState, Role
from helpdesk.intake.judged import Judged
from helpdesk.intake.reading import Reading

#: Caps of what a row keeps; the whole mail stays on the server. Characters.
MAX_TEXT = 60_000
MAX_SUBJECT = 998
MAX_IDS = 50


def clean(text: str, limit: int) -> str:
    """Without NUL (PostgreSQL refuses it) and lone surrogates, cut to `limit` characters."""
    return text[:limit].replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def fallback_id(raw: bytes) -> str:
    """A stable id for a mail without Message-ID: its header block's hash; without @, so that nothing refers to it."""
    head = raw.partition(b"\r\n\r\n")[0] if b"\r\n\r\n" in raw else raw.partition(b"\n\n")[0]
    return f"none:{hashlib.sha256(head).hexdigest()[:40]}"


def plain_address(address: str) -> str:
    """An address without its +tag, lower-case: groups one person's mails."""
    local, at, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0]}{at}{domain}" if at else address.lower()


def is_automatic(reading: Reading) -> bool:
    """Did a program write it (RFC 3834, 5)? A mailbox rule's forward is judged by its content, not by this mark."""
    mark = reading.parsed.header("auto-submitted").strip().lower()
    if "mailbox rules agent" in reading.parsed.header("x-ms-exchange-generated-message-source").lower():
        return False
    return mark not in {"", "no"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Where a mail lies, and when it came there and to us."""

    mailbox: str
    role: Role
    folder: str
    uidvalidity: int
    uid: int
    arrived: datetime  #: INTERNALDATE
    now: datetime


def row_of(
    reading: Reading, judged: Judged | None, raw: bytes, where: Where, *, old_before: datetime | None = None
) -> Mail:
    """The row of a mail that was read. `old_before`: first-contact mail from before this is filed and counted only."""
    parsed = reading.parsed
    sent = where.role == Role.SENT
    to = plain_address(parsed.to[0]) if sent and parsed.to else ""
    facts = {key: clean(value, 500) for key, value in reading.facts.items()}
    if parsed.returned_id:
        facts["returned_id"] = clean(parsed.returned_id, 300)
    if reading.no_response_link:
        facts["no_response_link"] = clean(reading.no_response_link, 1000)
    row = Mail(
        mailbox=where.mailbox,
        role=where.role,
        folder=where.folder,
        uidvalidity=where.uidvalidity,
        uid=where.uid,
        message_id=clean(parsed.message_id, 500) or fallback_id(raw),
        body_hash=parsed.body_hash,
        size=parsed.size,
        arrived_at=where.arrived,
        clock_start=reading.clock_start,
        fetched_at=where.now,
        from_addr=clean(parsed.from_addr, 320),
        from_name=clean(reading.buyer_name, 200),
        to_addrs=[clean(a, 320) for a in parsed.to[:MAX_IDS]],
        reply_to=clean(reading.reply_to, 320),
        customer=clean(to if sent else reading.customer, 320),
        subject=clean(parsed.subject, MAX_SUBJECT),
        in_reply_to=[clean(i, 500) for i in parsed.in_reply_to[:MAX_IDS]],
        references=[clean(i, 500) for i in parsed.references[-MAX_IDS:]],
        channel=reading.channel,
        kind=reading.kind,
        order_ids=list(reading.order_ids),
        items=_items(reading),
        facts=facts,
        attachments=_attachments(reading),
        language=reading.language,
        authentic=reading.authentic,
        text=clean(reading.text, MAX_TEXT),
        quoted=clean(parsed.text, MAX_TEXT),
        auto_submitted=is_automatic(reading),
        old=old_before is not None and reading.clock_start < old_before,
    )
    return row if judged is None else _judged(row, judged)


def _items(reading: Reading) -> list[dict[str, Any]]:
    return [
        {"title": clean(i.title, 300), "asin": i.asin, "sku": clean(i.sku, 100), "quantity": i.quantity}
        for i in reading.items[:20]
    ]


def _attachments(reading: Reading) -> list[dict[str, Any]]:
    return [
        {"name": clean(a.name, 200), "type": clean(a.content_type, 100), "size": a.size, "part": a.part}
        for a in reading.parsed.attachments
    ]


def _judged(row: Mail, judged: Judged) -> Mail:
    found: Mail = row.evolve(
        verdict=judged.verdict,
        score=judged.score,
        reasons=list(judged.reasons),
        model=judged.model,
        topic=judged.topic,
        cause=judged.cause,
        urgent=list(judged.urgent),
    )
    return found


def quarantined(raw: bytes, reason: str, where: Where) -> Mail:
    """The row of a mail that could not be read: kept with its reason, so that the next one goes on (promise 1)."""
    return Mail(
        mailbox=where.mailbox,
        role=where.role,
        folder=where.folder,
        uidvalidity=where.uidvalidity,
        uid=where.uid,
        state=MailState.QUARANTINED,
        message_id=fallback_id(raw),
        body_hash=hashlib.sha256(raw).hexdigest(),
        size=len(raw),
        arrived_at=where.arrived,
        clock_start=where.arrived,
        fetched_at=where.now,
        reason=clean(reason, 500),
    )
