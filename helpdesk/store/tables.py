"""The tables: each inherits its fields from a frozen domain value and adds key and indexes.

No table object leaves store/: queries are Core statements over `TABLE` and return domain values.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, TypeDecorator, text
from sqlmodel import Field, SQLModel, String

from helpdesk import domain

#: 64 bits on PostgreSQL; SQLite numbers rows only under INTEGER.
BigKey = BigInteger().with_variant(Integer, "sqlite")
THAWED: Any = {"frozen": False}


def key() -> Any:
    """A numbered primary key."""
    return Field(default=None, primary_key=True, sa_type=BigKey)


class Seconds(TypeDecorator[datetime]):
    """A moment in whole seconds since 1970: what a million messages are counted by."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: object) -> int | None:  # noqa: ARG002 -- SQLAlchemy's
        """To the database."""
        return None if value is None else int(value.timestamp())

    def process_result_value(self, value: int | None, dialect: object) -> datetime | None:  # noqa: ARG002 -- SQLAlchemy's
        """From the database: aware UTC."""
        return None if value is None else datetime.fromtimestamp(value, UTC)


class MailTable(domain.Mail, table=True):
    """Mails as filed; unique by (mailbox, Message-ID, body hash): promise 2."""

    __tablename__ = "mail"
    model_config = THAWED
    __table_args__ = (
        Index("mail_once", "mailbox", "message_id", "body_hash", unique=True),
        Index("mail_new", "state", "id", sqlite_where=text("state = 'new'"), postgresql_where=text("state = 'new'")),
        Index("mail_ticket", "ticket_id"),
        Index("mail_customer", "mailbox", "customer", "clock_start"),
        Index("mail_verdict", "verdict", "role", "clock_start"),
        Index("mail_place", "mailbox", "folder", "uidvalidity", "uid"),
    )
    id: int | None = key()  # type: ignore[assignment]  # None until the database numbers it


class TicketTable(domain.Ticket, table=True):
    """Tickets; the clock's next deadline is stored and indexed, so that an idle poll is one look."""

    __tablename__ = "ticket"
    model_config = THAWED
    __table_args__ = (
        Index("ticket_clock", "next_step_at", sqlite_where=text("next_step_at IS NOT NULL"),
              postgresql_where=text("next_step_at IS NOT NULL")),
        Index("ticket_snooze", "snoozed_until", sqlite_where=text("snoozed_until IS NOT NULL"),
              postgresql_where=text("snoozed_until IS NOT NULL")),
        Index("ticket_buyer", "mailbox", "buyer"),
        Index("ticket_status", "status", "due_at", "old"),
        Index("ticket_topic", "topic", "received_at"),
        Index("ticket_owner", "owner", "status"),
        Index("ticket_ack", "id", sqlite_where=text("ack = 'queued'"), postgresql_where=text("ack = 'queued'")),
        Index("ticket_card", "id", sqlite_where=text("rev > card_rev"), postgresql_where=text("rev > card_rev")),
    )  # fmt: skip
    id: int | None = key()  # type: ignore[assignment]  # None until the database numbers it


class EventTable(domain.Event, table=True):
    """Every change of a ticket, never altered."""

    __tablename__ = "ticket_event"
    model_config = THAWED
    __table_args__ = (Index("ticket_event_of", "ticket_id", "at"), Index("ticket_event_kind", "kind", "at"))
    id: int | None = key()  # type: ignore[assignment]  # None until the database numbers it


class MessageTable(domain.Message, table=True):
    """Buyers' messages as the clock counts them."""

    __tablename__ = "ticket_message"
    model_config = THAWED
    __table_args__ = (
        Index("ticket_message_of", "ticket_id", "received_at"),
        # holds all that figures are made of: they never read the table itself
        Index("ticket_message_window", "received_at", "no_response", "limit_seconds", "response_seconds",
              "marketplace", "topic", "agent"),
    )  # fmt: skip
    id: int | None = key()  # type: ignore[assignment]  # None until the database numbers it
    received_at: datetime = Field(sa_type=Seconds)


class OutboxTable(domain.Outbox, table=True):
    """Effects on the world, each at most once under its key."""

    __tablename__ = "outbox"
    model_config = THAWED
    __table_args__ = (
        Index("outbox_key", "key", unique=True),
        Index("outbox_queue", "effect", "lane", "next_at", "id", sqlite_where=text("state = 'queued'"),
              postgresql_where=text("state = 'queued'")),
        Index("outbox_sending", "effect", "lease_until", sqlite_where=text("state = 'sending'"),
              postgresql_where=text("state = 'sending'")),
        Index("outbox_failed", "effect", "lane", sqlite_where=text("state IN ('failed', 'held')"),
              postgresql_where=text("state IN ('failed', 'held')")),
        Index("outbox_ticket", "ticket_id"),
    )  # fmt: skip
    id: int | None = key()  # type: ignore[assignment]  # None until the database numbers it


class MailboxTable(domain.Mailbox, table=True):
    """Watched mailboxes and their leases."""

    __tablename__ = "mailbox"
    model_config = THAWED
    name: str = Field(primary_key=True)


class FolderTable(domain.Folder, table=True):
    """Folder cursors."""

    __tablename__ = "folder"
    model_config = THAWED
    mailbox: str = Field(primary_key=True)
    name: str = Field(primary_key=True)


class SentTable(domain.Sent, table=True):
    """Message-IDs of our own mails."""

    __tablename__ = "ticket_sent"
    model_config = THAWED
    __table_args__ = (Index("ticket_sent_of", "ticket_id"), Index("ticket_sent_to", "to_addr", "kind", "at"))
    message_id: str = Field(primary_key=True)


class MetaTable(SQLModel, table=True):
    """Small facts under a name: the last digest, the model in use, a watchdog's state."""

    __tablename__ = "meta"
    name: str = Field(primary_key=True)
    value: str = ""
    at: datetime | None = None


ticket_order = Table(
    "ticket_order",
    SQLModel.metadata,
    Column("order_id", String, primary_key=True),
    Column("ticket_id", BigKey, ForeignKey("ticket.id"), primary_key=True),
)

#: Slack envelopes already handled: a late duplicate is harmless.
seen = Table("seen", SQLModel.metadata, Column("key", String, primary_key=True), Column("at", BigInteger, index=True))


def table(cls: type[SQLModel]) -> Table:
    """The Core table of a table class."""
    return cls.__table__  # type: ignore[attr-defined,no-any-return]  # SQLModel sets it at class creation


mail = table(MailTable)
ticket = table(TicketTable)
event = table(EventTable)
message = table(MessageTable)
outbox = table(OutboxTable)
mailbox = table(MailboxTable)
folder = table(FolderTable)
sent = table(SentTable)
meta = table(MetaTable)
