"""Invented mails and tickets for tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from helpdesk.domain import Mail, Ticket

NOW = datetime(2026, 11, 24, 9, 0, 0, tzinfo=UTC)


def a_mail(number: int = 1, **changes: Any) -> Mail:
    """A mail by Anna, a buyer, unless `changes` say otherwise."""
    fields: dict[str, Any] = {
        "mailbox": "shop", "role": "inbox", "folder": "INBOX", "uidvalidity": 1, "uid": number,
        "message_id": f"{number}@buyers.test", "body_hash": f"{number:064x}", "arrived_at": NOW, "clock_start": NOW,
        "fetched_at": NOW, "from_addr": "anna@buyers.test", "customer": "anna@buyers.test",
        "reply_to": "anna@buyers.test", "channel": "direct", "subject": "Where is my kettle?", "text": "Where is it?",
    }  # fmt: skip
    return Mail.model_validate({**fields, **changes})


def a_ticket(**changes: Any) -> Ticket:
    """Anna's ticket, unless `changes` say otherwise."""
    fields: dict[str, Any] = {
        "mailbox": "shop", "marketplace": "direct", "buyer": "anna@buyers.test", "reply_to": "anna@buyers.test",
        "subject": "Where is my kettle?", "received_at": NOW, "last_mail_at": NOW, "mails": 1,
        "created_at": NOW, "updated_at": NOW,
    }  # fmt: skip
    return Ticket.model_validate({**fields, **changes})
