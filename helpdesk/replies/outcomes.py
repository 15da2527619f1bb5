"""What the desk answers to an agent's click: plain values, the same for Slack and for the shell.

Texts are one or two sentences for the agent who clicked. A person is written `<@U0123>`; nothing a buyer wrote may
stand in them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from helpdesk.domain import Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Of one action on a ticket or on a mail in review."""

    ok: bool  #: the action was done (or had been done before by the same person)
    text: str = ""  #: what the agent is told; "" when the card's change says it all
    holder: str | None = None  #: Slack user id of who holds the ticket, where that is the reason for a no
    ticket: int | None = None  #: the ticket made or changed


#: Headings in the menu of what is no canned reply.
EARLIER, MACHINE = "earlier answers", "written by a machine"
#: The menu's entry that asks the language model; it takes seconds.
MACHINE_ID = "machine"


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateChoice:
    """One canned reply in the reply form's menu."""

    id: str
    label: str
    group: str = ""  #: heading in the menu: the topic, or EARLIER, or MACHINE


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftView:
    """What the reply form shows: a draft and what an agent must know to judge it."""

    ticket: Ticket
    rev: int  #: the ticket's revision the form was opened on; an answer after it makes the form stale
    text: str  #: the draft, in the buyer's language
    template: str = ""  #: id of the menu's entry used; "" for an empty draft
    origin: str = ""  #: where the text comes from, for the history: "template:NAME", "answer:EVENT", "model:NAME"
    machine: str = ""  #: name of the language model that wrote the text; "" for our own words
    note: str = ""  #: what the agent must know of the text: why it is not the one that was asked for
    templates: tuple[TemplateChoice, ...] = ()
    sender: str = ""  #: address the answer comes from
    subject: str = ""  #: subject line of the answer
    words: str = ""  #: the buyer's own words that are being answered
    holder: str | None = None  #: another agent who holds the ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """An answer as the buyer would get it, with what the message rules say of it."""

    text: str
    blocked: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyOutcome:
    """Of one sent form: queued, or why not."""

    ok: bool
    message: str = ""  #: what the agent is told
    errors: dict[str, str] = field(default_factory=dict)  #: block id of the form → what to change there
    warnings: tuple[str, ...] = ()  #: not ok, no errors, warnings: send again with a reason to confirm them
    answered_by: str | None = None  #: Slack user id of the colleague who answered first


def began_as(detail: Mapping[str, object]) -> str:
    """What an answer began as and whether its agent changed it, from its event's detail; "" where it is not known."""
    kind, _, name = str(detail.get("draft") or "").partition(":")
    began = {"template": f"template {name}", "answer": "an earlier answer", "model": f"a draft by {name}"}.get(kind)
    return f"from {began}, {'changed' if detail.get('edited') else 'unchanged'}" if began else ""
