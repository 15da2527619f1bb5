"""What the message rules are asked and what they answer."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

Severity = Literal["block", "warn"]
Scope = Literal["reply", "proactive", "feedback"]
SCOPES: tuple[Scope, ...] = ("reply", "proactive", "feedback")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One broken rule: `start` and `end` count code points of the text that was given."""

    rule: str
    severity: Severity
    start: int
    end: int
    text: str
    why: str
    fix: str | None = None  #: what could stand there instead; None where only a person can tell


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A file that goes along, as far as the rules must know it."""

    name: str
    size: int
    purpose: str = ""  #: instructions | warranty | invoice | requested


@dataclass(frozen=True, slots=True, kw_only=True)
class LintContext:
    """What is known about the ticket; everything may be left out, and what is left out is not judged."""

    language: str = ""  #: the buyer's
    order_ids: Collection[str] = ()
    asins: Collection[str] = ()
    buyer_names: Collection[str] = ()
    addresses: Collection[str] = ()  #: addresses that may stand in the text (the alias itself)
    subject: str | None = None  #: the subject that goes out, where a person could change it
    original_subject: str = ""
    attachments: Collection[Attached] = ()
    attachment_types: Collection[str] = ("pdf", "png")
    solved: bool = False  #: the buyer's problem is solved
    feedback_asked: bool = False  #: this order was asked for feedback before, or told that it can be changed
    days_since_completion: int | None = None
    opted_out: bool = False
