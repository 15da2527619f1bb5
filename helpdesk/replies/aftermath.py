"""What a mail's fate changes in its ticket: an accepted reply stops the clock, a refused one opens it again. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from helpdesk.domain import Ack, Event, Message, OutboxState, Status, Ticket
from helpdesk.errors import RefusedError
from helpdesk.replies.outgoing import ACK, Outcome, kind_of
from helpdesk.sla import policy
from helpdesk.sla.clock import ACKNOWLEDGED, ANSWERED, Rules, clock_of
from helpdesk.tickets import lifecycle

#: The event of each end of a mail, by kind of mail; a row that is tried again leaves none.
EVENTS = {
    (ACK, OutboxState.DONE): ACKNOWLEDGED,
    (ACK, OutboxState.FAILED): "ack_failed",
    (ACK, OutboxState.HELD): "ack_held",
    ("reply", OutboxState.DONE): ANSWERED,
    ("reply", OutboxState.FAILED): "reply_failed",
    ("reply", OutboxState.HELD): "reply_held",
}
ACKS = {OutboxState.DONE: Ack.SENT, OutboxState.FAILED: Ack.FAILED, OutboxState.HELD: Ack.HELD}


@dataclass(frozen=True, slots=True, kw_only=True)
class Aftermath:
    """A changed ticket and the messages whose row changed with it."""

    ticket: Ticket
    messages: list[Message] = field(default_factory=list)


def event(outcome: Outcome, stop: datetime | None = None) -> Event | None:
    """The line in the ticket's history; None for a mail without ticket and for one that is tried again.

    `stop`: when the clock stopped, if that is not the moment of acceptance.
    """
    item, payload = outcome.item, outcome.item.payload
    kind = EVENTS.get((kind_of(item), outcome.state))
    if kind is None or item.ticket_id is None:
        return None
    detail: dict[str, Any] = {"key": item.key, "to": payload.get("to", ""), "message_id": payload.get("message_id", "")}
    detail |= {name: payload[name] for name in ("template", "language") if payload.get(name)}
    if outcome.error:
        detail["error"] = outcome.error
    if stop is not None and stop != outcome.at:
        detail["at"] = stop.isoformat()
    actor = str(payload.get("agent") or "helpdesk")
    return Event(ticket_id=item.ticket_id, at=outcome.at, kind=kind, actor=actor, detail=detail)


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
    return kind == "reply" and outcome.state in ACKS


def stop_time(messages: Sequence[Message], outcome: Outcome) -> datetime:
    """When the clock stops: at the server's acceptance; but a message that came while the mail waited to leave was not
    what it answers, so then it is the moment of writing."""
    written = outcome.item.created_at
    return written if any(written < message.received_at <= outcome.at for message in messages) else outcome.at


def settled(
    ticket: Ticket, messages: Sequence[Message], events: Sequence[Event], rules: Rules, outcome: Outcome
) -> Aftermath:
    """The ticket after a reply was accepted, refused or held, or a counting acknowledgement accepted.

    `events` are those from before.
    """
    at, payload = outcome.at, outcome.item.payload
    if outcome.state == OutboxState.FAILED:
        return Aftermath(ticket=lifecycle.refused(ticket, at))
    if outcome.state == OutboxState.HELD:
        return Aftermath(ticket=ticket.evolve(rev=ticket.rev + 1, updated_at=at))
    before, stop = clock_of(rules, messages, events), stop_time(messages, outcome)
    if kind_of(outcome.item) == ACK:
        clock = before.auto_reply(stop)
        changed: Ticket = ticket.evolve(rev=ticket.rev + 1, updated_at=at)
    else:
        clock = before.answered(stop, str(payload.get("agent") or ""))
        changed = lifecycle.answered(ticket, at, still_waiting=clock.anchor is not None)
        if payload.get("resolve") and changed.status not in {Status.RESOLVED, Status.NOT_A_BUYER}:
            changed = _resolved(changed, str(payload.get("agent") or ""), outcome)
    changed = changed.evolve(**policy.set_by(clock, changed, at))
    return Aftermath(ticket=changed, messages=clock.changed(before))


def _resolved(ticket: Ticket, agent: str, outcome: Outcome) -> Ticket:
    try:
        return lifecycle.resolve(ticket, agent, outcome.at)
    except RefusedError:  # a colleague closed it meanwhile
        return ticket
