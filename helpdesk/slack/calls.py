"""The form for phone calls: a new one becomes a ticket, our call-back answers one. Pure."""

from __future__ import annotations

from datetime import datetime

from helpdesk.domain import Ticket
from helpdesk.slack import blocks as b
from helpdesk.slack import names
from helpdesk.slack.cards import by_phone, summary
from helpdesk.slack.forms import metadata

__all__ = ["by_phone", "call_back_form", "call_form"]


def call_form(now: datetime, *, caller: str = "", order: str = "", summary_text: str = "") -> b.Block:
    """A phone call becomes a ticket under the same clock."""
    blocks = [
        b.section("A call counts like a mail: it gets a ticket, and the same clock from the moment they called."),
        b.field("caller", "Who called", b.text_input("caller", caller, hint="Name, number or address")),
        b.field("order", "Order number", b.text_input("order", order), optional=True),
        *_when_and_what(now, "What they want", summary_text),
    ]
    return b.view("Log a phone call", blocks, submit="Log it", callback_id=names.CALL_FORM)


def call_back_form(ticket: Ticket, now: datetime) -> b.Block:
    """Our call to somebody who phoned: it answers the ticket from the moment of the call."""
    intro = f"{summary(ticket)}\nYou called back: it answers the ticket, and nothing is written to anybody."
    blocks = [b.section(intro), *_when_and_what(now, "What was said", "")]
    kept = metadata(ticket=ticket.id)
    title = f"Call-back for #{ticket.id}"
    return b.view(title, blocks, submit="Log it", callback_id=names.CALL_BACK_FORM, private_metadata=kept)


def _when_and_what(now: datetime, label: str, text: str) -> list[b.Block]:
    at: b.Block = {"type": "datetimepicker", "action_id": "at", "initial_date_time": int(now.timestamp())}
    return [
        b.field("at", "When", at, optional=True),
        b.field("summary", label, b.text_input("summary", text, lines=True)),
    ]
