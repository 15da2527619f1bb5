"""The form for phone calls: a new one becomes a ticket, our call-back answers one. Pure."""

from __future__ import annotations

from datetime import datetime

from helpdesk.domain import Ticket
from helpdesk.slack import blocks as b
from helpdesk.slack import names
from helpdesk.slack.cards import by_phone, summary

__all__ = ["by_phone", "call_back_form", "call_form", "ticket_named"]


def call_form(now: datetime, *, caller: str = "", order: str = "", summary_text: str = "") -> b.Block:
    """A phone call becomes a ticket under the same clock; a call-back answers the ticket that it names."""
    intro = "A call counts like a mail: it gets a ticket, and the same clock from the moment they called."
    return _form("Log a phone call", intro, "What they want", now, caller, order, summary_text, "")


def call_back_form(ticket: Ticket, now: datetime) -> b.Block:
    """Our call to somebody who phoned: it answers the ticket from the moment of the call."""
    intro = f"{summary(ticket)}\nYou called back: it answers the ticket, and nothing is written to anybody."
    order = ticket.order_ids[0] if ticket.order_ids else ""
    who = ticket.buyer_name or ticket.buyer
    return _form(f"Call-back for #{ticket.id}", intro, "What was said", now, who, order, "", f"#{ticket.id}")


def _form(
    title: str, intro: str, said: str, now: datetime, caller: str, order: str, text: str, answers: str
) -> b.Block:
    at: b.Block = {"type": "datetimepicker", "action_id": "at", "initial_date_time": int(now.timestamp())}
    number = b.text_input("answers", answers, hint="#12")
    blocks = [
        b.section(intro),
        b.field("caller", "Who called", b.text_input("caller", caller, hint="Name, number or address")),
        b.field("order", "Order number", b.text_input("order", order), optional=True),
        b.field("at", "When", at, optional=True),
        b.field("summary", said, b.text_input("summary", text, lines=True)),
        b.field("answers", "Our call-back for ticket", number, optional=True, hint="Empty for a new call"),
    ]
    return b.view(title, blocks, submit="Log it", callback_id=names.CALL_FORM)


def ticket_named(text: str) -> int | None:
    """The ticket's number in "#12" or "12"; 0 for nothing, None for anything else."""
    number = text.strip().removeprefix("#").strip()
    if not number:
        return 0
    return int(number) if number.isascii() and number.isdigit() and len(number) < 12 else None
