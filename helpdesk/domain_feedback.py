"""The nouns of seller feedback: frozen values like those in domain.py."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlmodel import JSON, BigInteger, Field, String, Text

from helpdesk.domain import Value


class FeedbackState(StrEnum):
    """Where a seller feedback stands on its way: new → approved → submitted → removed | struck | refused | …"""

    NEW = "new"
    APPROVED = "approved"  # a person has approved the draft
    SUBMITTED = "submitted"  # a person has asked for the removal in Feedback Manager
    REMOVED = "removed"  # gone after we asked
    STRUCK = "struck"  # struck through: it counts no more
    REFUSED = "refused"
    REPLIED = "replied"  # a public reply stands
    CONTACTED = "contacted"
    DISMISSED = "dismissed"
    GONE = "gone"  # gone without a request of ours, or after its refusal
    EXPIRED = "expired"  # the 90 days passed before anybody asked


class Feedback(Value):
    """One seller feedback of the marketplace's report, judged. The rater's address is not kept."""

    id: int = 0
    marketplace: str  # country code: US, DE, …
    order_id: str
    rating: int
    comment: str = Field(default="", sa_type=Text)
    response: str = Field(default="", sa_type=Text)
    given_on: date
    language: str = "en"
    topic: str = "other"
    cause: str | None = None  # of DESIGN 4, where the classifier tells one
    verdict: str = "no"  # likely | unclear | no
    criterion: str | None = None
    evidence: list[str] = Field(default_factory=list, sa_type=JSON)
    missing: list[str] = Field(default_factory=list, sa_type=JSON)
    why: str = ""
    deadline: date
    recommended: str = "none"  # removal | public_reply | contact | none
    reason: str = ""
    draft: str = Field(default="", sa_type=Text)
    edited: bool = False  # a person has changed the draft: an import leaves it alone
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)  # channel, buy_shipping, ship_by, shipped_at
    sku: str = ""
    asin: str = ""
    ticket_id: int | None = Field(default=None, sa_type=BigInteger)
    state: FeedbackState = Field(default=FeedbackState.NEW, sa_type=String)
    reminded: int | None = None  # the last reminder given, in days before the deadline
    gone_at: datetime | None = None  # when a report first lacked it
    first_seen: datetime
    last_seen: datetime
    rev: int = 0  # raised by every change
    card_rev: int = -1  # revision the card in Slack shows; -1: none was posted


class FeedbackEvent(Value):
    """One thing that happened to a feedback: imported, changed, answered, removed, edited, marked …"""

    id: int = 0
    feedback_id: int = Field(sa_type=BigInteger)
    at: datetime
    kind: str
    actor: str = ""
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
