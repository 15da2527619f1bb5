"""The form that puts a ticket's topic and cause right. Pure."""

from __future__ import annotations

from helpdesk.domain import Ticket
from helpdesk.slack import blocks as b
from helpdesk.slack import names
from helpdesk.slack.cards import label, summary
from helpdesk.slack.forms import metadata
from helpdesk.triage.topics import TAXONOMY


def choices() -> list[b.Block]:
    """Every topic with each of its causes, and by itself; the value is "topic/cause", or "topic/"."""
    found: list[b.Block] = []
    for topic, causes in TAXONOMY.items():
        found += [b.option(f"{label(topic)} → {label(cause)}", f"{topic}/{cause}") for cause in causes]
        if len(causes) != 1:
            found.append(b.option(f"{label(topic)}{' (no cause of these)' if causes else ''}", f"{topic}/"))
    return found


def topic_form(ticket: Ticket, *, channel: str = "", thread: str = "") -> b.Block:
    """Choose what a ticket is about; what it counts as now stands first."""
    options = choices()
    menu: b.Block = {"type": "static_select", "action_id": "topic", "options": options}
    now = f"{ticket.topic or 'other'}/{ticket.cause or ''}"
    chosen = [one for one in options if one["value"] == now]
    if chosen:
        menu["initial_option"] = chosen[0]
    blocks = [
        b.section(summary(ticket)),
        b.field("topic", "What is it about?", menu),
        b.context("The card's advice, the figures and the watch list follow, and the next nightly training learns it."),
    ]
    kept = metadata(ticket=ticket.id, channel=channel, thread=thread)
    return b.view(f"Topic of #{ticket.id}", blocks, submit="Save", callback_id=names.TOPIC_FORM, private_metadata=kept)
