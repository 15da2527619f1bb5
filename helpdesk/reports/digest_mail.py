"""A digest as a mail to each address of [reports].email: text, HTML, and the chart inside. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP

from helpdesk.domain import Outbox
from helpdesk.plain import plain
from helpdesk.replies.outgoing import mail_effect
from helpdesk.reports.digest import Digest
from helpdesk.reports.digest_texts import html, subject, text

KIND = "digest"


def mails(
    digest: Digest, addresses: Sequence[str], mailbox: str, sender: str, png: bytes, now: datetime
) -> list[Outbox]:
    """One mail to each address; none without a mailbox to send from. Each once under the digest's key."""
    if not mailbox or "@" not in sender:
        return []
    found = []
    for address in dict.fromkeys(addresses):
        key = f"{digest.period.key}:{address}"
        number = hashlib.sha256(key.encode()).hexdigest()[:32]
        message_id = f"helpdesk.{number}@{sender.rpartition('@')[2]}"
        raw = mail(digest, address, sender, message_id, png, now)
        found.append(
            mail_effect(
                raw,
                key=key,
                kind=KIND,
                mailbox=mailbox,
                sender=sender,
                recipient=address,
                message_id=message_id,
                now=now,
            )
        )
    return found


def mail(digest: Digest, address: str, sender: str, message_id: str, png: bytes, now: datetime) -> bytes:
    """The mail's bytes."""
    message = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    message["From"] = f"helpdesk <{plain(sender)}>"
    message["To"] = plain(address)
    message["Subject"] = plain(subject(digest))
    message["Date"] = now.astimezone(UTC)
    message["Message-ID"] = f"<{message_id}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text(digest))
    image = f"chart.{message_id}"
    message.add_alternative(html(digest, image), subtype="html")
    parts = message.get_payload()
    assert isinstance(parts, list)
    page = parts[1]
    assert isinstance(page, EmailMessage)
    page.add_related(png, "image", "png", cid=f"<{image}>", filename="response.png", disposition="inline")
    return message.as_bytes()
