"""The nouns: frozen values, written down once; the table classes in store/tables.py inherit these fields.

All datetimes are aware UTC. JSON fields hold plain lists and dicts and are replaced whole, never edited in place.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import ConfigDict
from sqlmodel import JSON, BigInteger, Field, SQLModel, String, Text


class Value(SQLModel):
    """Base of all domain values: frozen; `evolve` makes a changed copy."""

    model_config = ConfigDict(frozen=True)  # type: ignore[assignment]  # SQLModel types its config as its own class

    def evolve(self, **changes: Any) -> Any:
        """A copy with some fields changed, unvalidated (the caller's types are checked by mypy)."""
        return self.model_copy(update=changes)


class Verdict(StrEnum):
    """What a mail is (DESIGN 4, classify)."""

    BUYER = "buyer"
    NOTICE = "notice"
    AUTO_REPLY = "auto_reply"
    BOUNCE = "bounce"
    BULK = "bulk"
    SPAM = "spam"
    SUSPECT = "suspect"
    REVIEW = "review"


class Role(StrEnum):
    """A folder's part in a mailbox."""

    INBOX = "inbox"
    JUNK = "junk"
    SENT = "sent"


class MailState(StrEnum):
    """Where a mail row stands on its way: intake writes NEW, triage moves it on."""

    NEW = "new"
    FILED = "filed"
    QUARANTINED = "quarantined"


class Status(StrEnum):
    """A ticket's status (DESIGN 4, tickets)."""

    NEW = "new"
    OPEN = "open"
    ANSWERED = "answered"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"
    NOT_A_BUYER = "not_a_buyer"


class Ack(StrEnum):
    """What became of a conversation's acknowledgement (DESIGN 4, tickets)."""

    SENT = "sent"
    DRAFT = "draft"
    SUPPRESSED = "suppressed"
    QUEUED = "queued"
    FAILED = "failed"
    HELD = "held"
    OFF = "off"


class Effect(StrEnum):
    """What an outbox row does to the world."""

    MAIL = "mail"  # send by SMTP
    COPY = "copy"  # APPEND to the Sent folder
    MOVE = "move"  # rescue: Junk → Inbox
    POST = "post"  # chat.postMessage
    UPDATE = "update"  # chat.update


class OutboxState(StrEnum):
    """An outbox row's way: queued → sending → done | held | failed."""

    QUEUED = "queued"
    SENDING = "sending"
    DONE = "done"
    HELD = "held"
    FAILED = "failed"


class Mail(Value):
    """One mail as filed; the raw mail stays on the server under (folder, uidvalidity, uid)."""

    id: int = 0  # 0: not stored yet
    mailbox: str
    role: str
    folder: str
    uidvalidity: int = Field(sa_type=BigInteger)
    uid: int = Field(sa_type=BigInteger)
    state: MailState = Field(default=MailState.NEW, sa_type=String)
    message_id: str = ""
    body_hash: str
    size: int = 0
    arrived_at: datetime  # INTERNALDATE: when the mailbox got it
    clock_start: datetime  # when the buyer's clock started (promise 3)
    fetched_at: datetime
    from_addr: str = ""
    from_name: str = ""
    to_addrs: list[str] = Field(default_factory=list, sa_type=JSON)
    reply_to: str = ""
    customer: str = ""
    subject: str = ""
    in_reply_to: list[str] = Field(default_factory=list, sa_type=JSON)
    references: list[str] = Field(default_factory=list, sa_type=JSON)
    channel: str | None = None
    kind: str | None = None
    order_ids: list[str] = Field(default_factory=list, sa_type=JSON)
    items: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    facts: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    attachments: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    language: str = "en"
    authentic: str = "none"
    text: str = Field(default="", sa_type=Text)  # the buyer's own words
    quoted: str = Field(default="", sa_type=Text)  # the whole readable text as received: what an answer quotes
    verdict: str | None = None
    score: float | None = None
    reasons: list[str] = Field(default_factory=list, sa_type=JSON)
    model: str = ""  # version of the model that judged
    topic: str | None = None
    cause: str | None = None
    urgent: list[str] = Field(default_factory=list, sa_type=JSON)
    reason: str = ""  # why it was quarantined, suppressed or left
    auto_submitted: bool = False
    old: bool = False  # older than first_contact when first seen: filed and counted only
    ticket_id: int | None = Field(default=None, sa_type=BigInteger)


class Ticket(Value):
    """One conversation with one buyer."""

    id: int = 0
    mailbox: str
    marketplace: str  # profile name: amazon, walmart, ebay, direct, phone
    buyer: str  # address without +case
    buyer_name: str = ""
    reply_to: str = ""  # where an answer goes, exactly as received
    subject: str = ""
    order_ids: list[str] = Field(default_factory=list, sa_type=JSON)
    items: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    language: str = "en"
    topic: str | None = None
    cause: str | None = None
    urgent: list[str] = Field(default_factory=list, sa_type=JSON)
    status: Status = Field(default=Status.NEW, sa_type=String)
    owner: str | None = None  # Slack user id
    received_at: datetime  # first buyer mail
    anchor_at: datetime | None = None  # earliest unanswered buyer mail; None: the clock stands
    due_at: datetime | None = None  # anchor_at + limit, by the profile's calendar
    next_step_at: datetime | None = None  # the clock's next thing to do; indexed
    step: int = 0  # how many steps of this anchor have fired
    snoozed_until: datetime | None = None
    promised_at: datetime | None = None  # a date that an answer promised to the buyer
    remind_at: datetime | None = None  # when the team is reminded of that promise
    answered_at: datetime | None = None
    last_mail_at: datetime
    mails: int = 0  # the buyer's only
    ack: Ack = Field(default=Ack.OFF, sa_type=String)
    ack_reason: str = ""
    old: bool = False
    card_channel: str = ""
    card_ts: str = ""
    card_rev: int = 0  # revision the card in Slack shows
    rev: int = 0  # raised by every change
    created_at: datetime
    updated_at: datetime


class Event(Value):
    """One change of a ticket: who did what, when. Reports and Slack threads both read these."""

    id: int = 0
    ticket_id: int = Field(sa_type=BigInteger)
    at: datetime
    kind: str
    actor: str = ""  # Slack user id, "buyer", or "helpdesk"
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    mail_id: int | None = Field(default=None, sa_type=BigInteger)


class Message(Value):
    """A buyer's message as the clock counts it: the unit of every SLA figure (DOMAIN 1.3)."""

    id: int = 0
    ticket_id: int = Field(sa_type=BigInteger)
    mail_id: int | None = Field(default=None, sa_type=BigInteger)
    marketplace: str
    topic: str = "other"
    received_at: datetime
    limit_seconds: int | None = None  # from arrival to due by the profile's calendar, in plain seconds; None: no limit
    answered_at: datetime | None = None
    response_seconds: int | None = None
    agent: str = ""  # who answered: Slack user id, "sent" (another mail client), "marketplace" (its own site)
    no_response: bool = False
    old: bool = False  # found at first contact, older than first_contact: counted, never escalated
    found_at: datetime | None = None  # read only after our desk's last answer: nothing written before answers it


class Outbox(Value):
    """One effect on the world, done at most once under its key."""

    id: int = 0
    key: str
    effect: Effect = Field(sa_type=String)
    lane: str  # mailbox name, or Slack channel: what one after another goes through
    state: OutboxState = Field(default=OutboxState.QUEUED, sa_type=String)
    payload: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    result: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    ticket_id: int | None = Field(default=None, sa_type=BigInteger)
    tries: int = 0
    next_at: datetime
    error: str = ""
    worker: str = ""
    lease_until: datetime | None = None
    created_at: datetime
    done_at: datetime | None = None
    mailed_at: datetime | None = None  # a post that Slack did not take: when people were told of it by e-mail instead


class Mailbox(Value):
    """One watched mailbox: who holds it, and when it was last seen well."""

    name: str
    worker: str = ""
    lease_until: datetime | None = None
    seen_at: datetime | None = None  # last successful contact
    error: str = ""
    files_sent: bool | None = None  # does the provider file sent mail itself? None: not learnt yet
    ready_at: datetime | None = None  # when the first contact was through


class Folder(Value):
    """The cursor of one folder: (uidvalidity, last_uid) upwards, low_uid downwards during the first contact."""

    mailbox: str
    role: str
    name: str
    uidvalidity: int = Field(default=0, sa_type=BigInteger)
    last_uid: int = Field(default=0, sa_type=BigInteger)
    low_uid: int = Field(default=0, sa_type=BigInteger)  # first contact: UIDs from here up are read; 0: it is through
    first_at: datetime | None = None  # when the first contact began


class Sent(Value):
    """The Message-ID of a mail of ours in a conversation: what a buyer's answer refers to."""

    message_id: str
    ticket_id: int = Field(sa_type=BigInteger)
    kind: str  # ack | reply | elsewhere
    to_addr: str = ""
    at: datetime
