"""What a mail's fate changes in its ticket: an accepted reply stops the clock, a refused one opens it again. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from helpdesk.domain import Ack, Event, Message, OutboxState, Status, Ticket
from helpdesk.replies.outgoing import ACK, REPLY, Outcome, kind_of
from helpdesk.sla.clock import ACKNOWLEDGED, ANSWERED
from helpdesk.sla.ledger import SELF, Conversation
from helpdesk.tickets import lifecycle

#: The event of each end of a mail, by kind of mail; a row that is tried again leaves none.
EVENTS = {
    (ACK, OutboxState.DONE): ACKNOWLEDGED,
    (ACK, OutboxState.FAILED): "ack_failed",
    (ACK, OutboxState.HELD): "ack_held",
    (REPLY, OutboxState.DONE): ANSWERED,
    (REPLY, OutboxState.FAILED): "reply_failed",
    (REPLY, OutboxState.HELD): "reply_held",
}
ACKS = {OutboxState.DONE: Ack.SENT, OutboxState.FAILED: Ack.FAILED, OutboxState.HELD: Ack.HELD}


def detail(outcome: Outcome) -> dict[str, Any]:
    """What an event says of the mail: its outbox key, address and Message-ID, template and language, error."""
    payload = outcome.item.payload
    told = {"key": outcome.item.key, "to": payload.get("to", ""), "message_id": payload.get("message_id", "")}
    told |= {name: payload[name] for name in ("template", "language") if payload.get(name)}
    return told | ({"error": outcome.error} if outcome.error else {})


def event(outcome: Outcome) -> Event | None:
    """The line in the ticket's history; None for a mail without ticket and for one that is tried again."""
    kind = EVENTS.get((kind_of(outcome.item), outcome.state))
    if kind is None or outcome.item.ticket_id is None:
        return None
    number = outcome.item.ticket_id
    return Event(ticket_id=number, at=outcome.at, kind=kind, actor=_actor(outcome) or SELF, detail=detail(outcome))


def ack_mark(outcome: Outcome) -> dict[str, Any]:
    """What a settled or retried acknowledgement writes into its ticket (store.mailout.mark_acks)."""
    settled = ACKS.get(outcome.state)
    return {
        "number": outcome.item.ticket_id,
        "ack": settled or Ack.QUEUED,
        "reason": outcome.error if settled is not None else (outcome.error or "in the outbox"),
        "raised": int(settled is not None),
        "at": outcome.at,
    }


def stops_clock(outcome: Outcome) -> bool:
    """Whether the ticket's clock and status must be worked out anew: after a reply, and after an acknowledgement that
    the marketplace counts as an answer (promise 3)."""
    if outcome.item.ticket_id is None:
        return False
    kind, counts = kind_of(outcome.item), bool(outcome.item.payload.get("counts"))
    if kind == ACK:
        return counts and outcome.state == OutboxState.DONE
    return kind == REPLY and outcome.state in ACKS


def stop_time(messages: Sequence[Message], outcome: Outcome) -> datetime:
    """When the clock stops: at the server's acceptance; but a message that came while the mail waited to leave was not
    what it answers, so then it is the moment of writing."""
    written = outcome.item.created_at
    return written if any(written < message.received_at <= outcome.at for message in messages) else outcome.at


def settle(conversation: Conversation, outcome: Outcome) -> None:
    """Change the conversation: a reply was accepted, refused or held, or a counting acknowledgement accepted."""
    at, ticket = outcome.at, conversation.ticket
    if outcome.state != OutboxState.DONE:
        conversation.note(EVENTS[REPLY, outcome.state], at, _actor(outcome) or SELF, **detail(outcome))
        held: Ticket = ticket.evolve(rev=ticket.rev + 1, updated_at=at)
        conversation.change(held if outcome.state == OutboxState.HELD else lifecycle.refused(ticket, at), at)
        return
    stop = stop_time(conversation.clock.messages, outcome)
    if kind_of(outcome.item) == ACK:
        conversation.acknowledged(stop, at, **detail(outcome))
        return
    conversation.answer(stop, _actor(outcome), at, **detail(outcome))
    closed = conversation.ticket.status in {Status.RESOLVED, Status.NOT_A_BUYER}
    if outcome.item.payload.get("resolve") and not closed:
        conversation.change(lifecycle.resolve(conversation.ticket, _actor(outcome), at), at)


def _actor(outcome: Outcome) -> str:
    """The agent whose click sent it; "" for what went by itself."""
    return str(outcome.item.payload.get("agent") or "")
