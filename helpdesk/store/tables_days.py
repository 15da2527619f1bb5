"""The table of finished days' messages, in columns: see store/days.py."""

from __future__ import annotations

from sqlmodel import BigInteger, Field, LargeBinary, SQLModel

from helpdesk.store.tables import table


class MessageDayTable(SQLModel, table=True):
    """One day's messages; triggers on ticket_message drop the row once a message of that day changes."""

    __tablename__ = "ticket_message_day"
    day: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})  #: days since 1970-01-01, UTC
    mark: int | None = Field(
        default=None, sa_type=BigInteger
    )  #: PostgreSQL's snapshot from which the row may be filled
    data: bytes | None = Field(default=None, sa_type=LargeBinary)  #: store/columns.py; None: not filled yet


message_day = table(MessageDayTable)
