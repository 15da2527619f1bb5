"""The nouns of learning: what a person's click said, and the models that grew from it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import JSON, BigInteger, Field, LargeBinary

from helpdesk.domain import Value


class Example(Value):
    """What a person's click said of a mail, beside what was shown to them. The newest one of a mail and kind counts."""

    id: int = 0
    mail_id: int = Field(sa_type=BigInteger)
    at: datetime
    actor: str = ""
    click: str = ""  # not_a_buyer | reopen | rescue | leave | topic
    label: str  # buyer | spam | phish | topic
    topic: str | None = None  # the one chosen
    cause: str | None = None
    verdict: str = ""  # what it was judged before
    score: float | None = None
    model: str = ""  # version of the model that judged
    topic_before: str | None = None
    cause_before: str | None = None


class Learnt(Value):
    """A model that was trained here. Rows are never altered; which one is in use is another fact (meta)."""

    id: int = 0
    version: str  # the start of the sha256 of `data`
    sha256: str
    data: bytes = Field(sa_type=LargeBinary)  # skops; empty where it was refused
    adopted: bool
    source: str  # clicks | mailbox | files
    shipped: str  # version of the shipped model in use then
    grown_from: str  # version of the model it grew from
    worker: str = ""
    at: datetime
    examples: int = 0
    topics: int = 0  # corrected topics among what it learnt from
    newest: int = Field(default=0, sa_type=BigInteger)  # number of the newest example seen
    figures: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
