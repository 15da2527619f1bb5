"""The tables of seller feedback."""

from __future__ import annotations

from sqlalchemy import Index, text

from helpdesk import domain_feedback as domain
from helpdesk.store.tables import THAWED, key, table

#: States in which somebody still has something to do before the deadline.
_WAITING = "recommended = 'removal' AND state IN ('new', 'approved')"


class FeedbackTable(domain.Feedback, table=True):
    """Seller feedback; one per order and marketplace."""

    __tablename__ = "feedback"
    model_config = THAWED
    __table_args__ = (
        Index("feedback_order", "marketplace", "order_id", unique=True),
        Index("feedback_day", "marketplace", "given_on"),
        Index("feedback_waiting", "deadline", sqlite_where=text(_WAITING), postgresql_where=text(_WAITING)),
        Index("feedback_card", "id", sqlite_where=text("rev > card_rev"), postgresql_where=text("rev > card_rev")),
        Index("feedback_ticket", "ticket_id"),
    )
    id: int | None = key()  # type: ignore[assignment]  # None until the database numbers it


class FeedbackEventTable(domain.FeedbackEvent, table=True):
    """What happened to a feedback, never altered."""

    __tablename__ = "feedback_event"
    model_config = THAWED
    __table_args__ = (Index("feedback_event_of", "feedback_id", "at"), Index("feedback_event_kind", "kind", "at"))
    id: int | None = key()  # type: ignore[assignment]  # None until the database numbers it


feedback = table(FeedbackTable)
feedback_event = table(FeedbackEventTable)
