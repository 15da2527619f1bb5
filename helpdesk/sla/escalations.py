"""What leaves the house when a step fires: rows of facts, which slack/ draws and alarm.py writes as a mail. Pure.

Payloads, all with `kind`; times are ISO 8601 in UTC:
- `escalation` (the escalations channel, key `escalation:{ticket}:{anchor epoch}:{step}`) and `escalation_dm` (to one
  person, key `tell:{that key}:{user}`, lane = the Slack user id): `ticket`, `step`, `passed` (lower steps), `what`
  (reminder, breach, claim_risk), `people` (user ids told of it), `marketplace`, `buyer`, `orders`, `subject`, `anchor`,
  `due`, `age` (seconds), `owner`, `metadata` {"ticket", "step", "key"}.
- `reminder` (the owner, or the escalations channel where there is none, key `reminder:{ticket}:{promised epoch}`):
  `ticket`, `promised`, and the facts of the ticket as above.
- `old_tickets` (key `old:{mailbox}`): `tickets`, the numbers; `orders`, by number.
- `watchdog` (key `watchdog:{incident}:{epoch}`): `incident`, `text`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from helpdesk.domain import Effect, Event, Outbox, Ticket
from helpdesk.sla.clock import Rules
from helpdesk.sla.policy import Firing

#: Keys of the posts that go by e-mail where Slack does not take them.
MAILED = ("escalation:", "reminder:", "old:", "watchdog:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What escalation must know of the configuration."""

    rules_of: Callable[[str], Rules]  #: a marketplace's name → its clock
    channel: str = ""  #: [slack].escalations; "": there is no Slack, everything goes by e-mail
    on_call: tuple[str, ...] = ()  #: Slack user ids
    managers: tuple[str, ...] = ()
    email: tuple[str, ...] = ()  #: [reports].email
    mailbox: str = ""  #: the first mailbox: its SMTP carries our own mails
    sender: str = ""  #: its address
    zone: str = "UTC"  #: the team's time zone


def key_of(ticket: Ticket, step: str) -> str:
    """The one key under which this step of this clock is ever posted (promise 8)."""
    at = ticket.anchor_at
    return f"escalation:{ticket.id}:{int(at.timestamp()) if at else 0}:{step}"


def people(ticket: Ticket, firing: Firing, desk: Desk) -> tuple[str, ...]:
    """Slack user ids to be told: the owner from the first step, on-call from the second, managers from the third."""
    of = {"owner": (ticket.owner or "",), "on_call": desk.on_call, "managers": desk.managers}
    return tuple(dict.fromkeys(user for group in firing.tell for user in of[group] if user))


def facts(ticket: Ticket, now: datetime) -> dict[str, Any]:
    """What an escalation says of its ticket."""
    return {
        "ticket": ticket.id,
        "marketplace": ticket.marketplace,
        "buyer": ticket.buyer_name or ticket.buyer,
        "orders": list(ticket.order_ids[:5]),
        "subject": ticket.subject[:200],
        "owner": ticket.owner,
        "anchor": _iso(ticket.anchor_at),
        "due": _iso(ticket.due_at),
        "age": int((now - ticket.anchor_at).total_seconds()) if ticket.anchor_at else 0,
    }


def posts(ticket: Ticket, firing: Firing, desk: Desk, now: datetime) -> list[Outbox]:
    """The post in the channel and a message to each person told."""
    key, told = key_of(ticket, firing.step), people(ticket, firing, desk)
    payload = {
        "kind": "escalation",
        **facts(ticket, now),
        "step": firing.step,
        "passed": list(firing.passed),
        "what": firing.kind,
        "people": list(told),
        "metadata": {"ticket": ticket.id, "step": firing.step, "key": key},
    }
    rows = [post(key, desk.channel, payload, now, ticket.id)]
    rows += [post(f"tell:{key}:{user}", user, {**payload, "kind": "escalation_dm"}, now, ticket.id) for user in told]
    return rows


def event(ticket: Ticket, firing: Firing, desk: Desk, now: datetime) -> Event:
    """The line in the ticket's history that explains the escalation afterwards (promise 9)."""
    detail = {
        "step": firing.step,
        "passed": list(firing.passed),
        "what": firing.kind,
        "told": list(people(ticket, firing, desk)),
        "step_due": firing.due_at.isoformat(),
        "age": int(firing.age.total_seconds()),
        "key": key_of(ticket, firing.step),
    }
    return Event(ticket_id=ticket.id, at=now, kind="escalated", actor="helpdesk", detail=detail)


def reminder(ticket: Ticket, desk: Desk, now: datetime) -> Outbox:
    """A promise made to the buyer falls due soon."""
    at = ticket.promised_at
    key = f"reminder:{ticket.id}:{int(at.timestamp()) if at else 0}"
    payload = {"kind": "reminder", **facts(ticket, now), "promised": _iso(at)}
    return post(key, (ticket.owner if desk.channel else "") or desk.channel, payload, now, ticket.id)


def old_list(mailbox: str, tickets: Sequence[Ticket], desk: Desk, now: datetime) -> Outbox:
    """Unanswered tickets found at first contact, listed once."""
    orders = {str(one.id): one.order_ids[:1] for one in tickets if one.order_ids}
    payload = {"kind": "old_tickets", "mailbox": mailbox, "tickets": [one.id for one in tickets], "orders": orders}
    return post(f"old:{mailbox}", desk.channel, payload, now)


def incident(name: str, text: str, desk: Desk, now: datetime) -> Outbox:
    """A failure of our own."""
    key = f"watchdog:{name}:{int(now.timestamp())}"
    return post(key, desk.channel, {"kind": "watchdog", "incident": name, "text": text}, now)


def post(key: str, lane: str, payload: dict[str, Any], now: datetime, ticket_id: int | None = None) -> Outbox:
    """A row for Slack."""
    return Outbox(
        key=key, effect=Effect.POST, lane=lane, payload=payload, ticket_id=ticket_id, next_at=now, created_at=now
    )


def mailable(rows: Iterable[Outbox]) -> list[Outbox]:
    """Those that also reach people by e-mail; messages to single people do not."""
    return [row for row in rows if row.key.startswith(MAILED)]


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None
