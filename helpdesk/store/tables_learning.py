"""The tables of learning."""

from __future__ import annotations

from sqlalchemy import Index

from helpdesk import domain_learning
from helpdesk.store.tables import THAWED, key, table


class ExampleTable(domain_learning.Example, table=True):
    """What people's clicks said of mails."""

    __tablename__ = "example"
    model_config = THAWED
    __table_args__ = (Index("example_mail", "mail_id"), Index("example_at", "at"))
    id: int | None = key()  # type: ignore[assignment]  # None until the database numbers it


class LearntTable(domain_learning.Learnt, table=True):
    """Models trained here, bytes and all: every worker of one database finds them."""

    __tablename__ = "learnt"
    model_config = THAWED
    __table_args__ = (Index("learnt_version", "version"),)
    id: int | None = key()  # type: ignore[assignment]  # None until the database numbers it


example = table(ExampleTable)
learnt = table(LearntTable)
