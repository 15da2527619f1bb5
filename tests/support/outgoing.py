"""What tests of outgoing mail share: tickets that wait for an acknowledgement, a way out that fails on request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

from helpdesk.domain import Ack, Mail, MailState, Message, Outbox, Ticket
from helpdesk.errors import MailboxError, SendError
from helpdesk.marketplaces.registry import profile
from helpdesk.replies.compose import OutgoingMail, compose
from helpdesk.replies.job import Way
from helpdesk.replies.outgoing import REPLY, mail_effect
from helpdesk.replies.templates import Library
from helpdesk.settings.schema import Settings
from helpdesk.sla.clock import Rules
from helpdesk.store import mails, tickets
from helpdesk.store.engine import Store

START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
SHOP = "support@shop.example"
TEMPLATE = (
    "---\nkind: ack\ntitle: General\nlanguage: en\nvariables: order?, due?\n---\nThank you. {{ order }} {{ due }}\n"
)


class Clock:
    """A clock that tests move; each look takes a millisecond."""

    def __init__(self, start: datetime = START) -> None:
        self.time = start

    def __call__(self) -> datetime:
        """Now, aware UTC."""
        self.time += timedelta(milliseconds=1)
        return self.time

    def forward(self, seconds: float) -> None:
        """Let time pass."""
        self.time += timedelta(seconds=seconds)


@dataclass(frozen=True)
class Took:
    """The words of a server that took a mail."""

    server_reply: str = "250 2.0.0 Ok"


@dataclass
class Server:
    """A mail server with its Sent folder: takes mails, or does what `faults` say, one fault a mail.

    A fault is a SendError to raise; with `taken` = True the mail has been taken nevertheless.
    """

    mails: list[tuple[str, str, bytes]] = field(default_factory=list)
    faults: list[tuple[SendError, bool] | None] = field(default_factory=list)
    files_sent: bool = False
    copies: list[bytes] = field(default_factory=list)
    away: bool = False  # the Sent folder cannot be reached
    asked: int = 0
    before: Callable[[], None] = lambda: None
    after: Callable[[], None] = lambda: None

    async def send(self, sender: str, recipient: str, raw: bytes) -> Took:
        """Take one mail, or fail."""
        self.before()
        fault = self.faults.pop(0) if self.faults else None
        if fault is None or fault[1]:
            self.mails.append((sender, recipient, raw))
        if fault is not None:
            raise fault[0]
        self.after()
        return Took()

    async def sent_has(self, message_id: str) -> bool | None:
        """Look into Sent."""
        self.asked += 1
        if self.away:
            raise MailboxError("the server is away")
        filed = [raw for _, _, raw in self.mails] if self.files_sent else []
        return any(f"<{message_id}>".encode() in raw for raw in [*filed, *self.copies])

    async def file_sent(self, raw: bytes, at: datetime) -> None:
        """Put a copy into Sent."""
        assert at.tzinfo is not None
        if self.away:
            raise MailboxError("the server is away")
        self.copies.append(raw)

    def ids(self) -> list[str]:
        """The Message-IDs of all mails taken, in order."""
        return [str(message_from_bytes(raw)["Message-ID"]) for _, _, raw in self.mails]


def library(folder: Path) -> Library:
    """One plain acknowledgement in English."""
    (folder / "ack").mkdir(parents=True, exist_ok=True)
    (folder / "ack" / "general.en.txt").write_text(TEMPLATE, encoding="utf-8")
    return Library.load(folder)


def settings(**changes: Any) -> Settings:
    """Two mailboxes, shop and spare, that send through loopback."""
    server = {"host": "127.0.0.1", "security": "none"}
    boxes = [
        {"name": name, "address": address, "imap": server, "smtp": {**server, "sent_copy": "auto"}}
        for name, address in (("shop", SHOP), ("spare", "help@spare.example"))
    ]
    return Settings.model_validate({"mailbox": boxes, "timezone": "Europe/Berlin", **changes})


def rules(marketplace: str) -> Rules:
    """The profile's own clock."""
    return Rules(profile=profile(marketplace).sla)


def way(server: Server, clock: Clock, texts: Library, *, folder: bool = True, **changes: Any) -> Way:
    """Everything the job needs, with one server for both mailboxes; `folder`: whether its Sent can be asked."""
    fields: dict[str, Any] = {
        "settings": settings(),
        "library": texts,
        "rules": rules,
        "doors": {"shop": server, "spare": server},
        "folders": {"shop": server, "spare": server} if folder else {},
        "worker": "first",
        "now": clock,
    }
    return Way(**{**fields, **changes})


async def file_ticket(store: Store, number: int, *, at: datetime = START, mail: Any = None, **changes: Any) -> Ticket:
    """A buyer's mail, its ticket waiting for an acknowledgement, and the message its clock counts."""
    buyer = f"buyer{number}@marketplace.amazon.com"
    alias = f"buyer{number}+a{number}@marketplace.amazon.com"
    item = Mail(
        mailbox="shop",
        role="inbox",
        folder="INBOX",
        uidvalidity=1,
        uid=number,
        state=MailState.FILED,
        message_id=f"m{number}@amazon.example",
        body_hash=f"{number:064x}",
        arrived_at=at,
        clock_start=at,
        fetched_at=at,
        from_addr=alias,
        reply_to=alias,
        customer=buyer,
        subject=f"Where is order {number}?",
        references=[f"r{number}@amazon.example"],
        verdict="buyer",
        text="Hello",
        order_ids=["111-0000001-0000001"],
    ).evolve(**(mail or {}))
    ticket = Ticket(
        mailbox=item.mailbox,
        marketplace="amazon",
        buyer=buyer,
        reply_to=alias,
        subject=item.subject,
        order_ids=item.order_ids,
        received_at=at,
        anchor_at=at,
        due_at=at + timedelta(hours=24),
        last_mail_at=at,
        mails=1,
        ack=Ack.QUEUED,
        created_at=at,
        updated_at=at,
    ).evolve(**changes)
    async with store.write() as tx:
        await mails.add(tx, [item])
        stored = (await mails.by_message_ids(tx, item.mailbox, [item.message_id]))[0]
        ticket = (await tickets.add(tx, [ticket]))[0]
        await mails.change(tx, stored.id, ticket_id=ticket.id)
        message = Message(ticket_id=ticket.id, mail_id=stored.id, marketplace="amazon", received_at=at)
        await tickets.add_messages(tx, [message])
    return ticket


def a_reply(ticket: Ticket, clock: Clock, key: str = "", **more: Any) -> Outbox:
    """A person's answer as the desk puts it into the outbox."""
    now = clock()
    message_id = f"reply-{ticket.id}-{key or 'x'}@shop.example"
    raw = compose(
        OutgoingMail(
            sender=SHOP,
            recipient=ticket.reply_to,
            subject=ticket.subject,
            text="It is on its way.",
            message_id=message_id,
            date=now,
        )
    )
    return mail_effect(
        raw,
        key=f"reply:{ticket.id}:{key}",
        kind=REPLY,
        mailbox=ticket.mailbox,
        sender=SHOP,
        recipient=ticket.reply_to,
        message_id=message_id,
        now=now,
        ticket_id=ticket.id,
        agent="U1",
        **more,
    )
