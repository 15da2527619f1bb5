"""What the Slack room knows of its team, and what it reads from the store to show it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any

from helpdesk.domain import Effect, Mail, Outbox, Ticket
from helpdesk.sla.thanks import says_thanks
from helpdesk.slack import names
from helpdesk.slack.cards import CardView
from helpdesk.slack.escape import clean, one_line
from helpdesk.store import mails, outbox, posts, tickets
from helpdesk.store.engine import Tx

#: The playbook's two lines for a topic and cause: what to do now, what to do for good.
Advice = Callable[[str | None, str | None], tuple[str, str] | None]


def no_advice(_topic: str | None, _cause: str | None) -> tuple[str, str] | None:
    """A playbook with nothing in it."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The team's channels and people, from [slack] of the configuration."""

    channel: str
    escalations: str
    zone: tzinfo
    managers: Sequence[str] = ()
    on_call: Sequence[str] = ()
    agents: str = ""  #: a user group whose members may act; "": whoever is in the channel
    dashboard: str = ""  #: address of the managers' dashboard, "" without one
    advice: Advice = field(default=no_advice)


def of_buyer(conversation: Sequence[Mail]) -> list[Mail]:
    """A conversation's mails from the buyer, oldest first."""
    return [mail for mail in conversation if mail.role != "sent" and mail.verdict in {"buyer", None}]


async def card_view(tx: Tx, board: Board, ticket: Ticket) -> CardView:
    """All that the card of a ticket shows."""
    conversation = await mails.of_ticket(tx, ticket.id)
    theirs = of_buyer(conversation)
    newest = theirs[-1] if theirs else None
    text = newest.text if newest else ""
    if newest is None:
        calls = [event for event in await posts.events_since(tx, ticket.id) if event.kind == "call"]
        text = str(calls[-1].detail.get("summary") or "") if calls else ""
    rescued = any(mail.role == "junk" or "rescued" in mail.reason for mail in theirs)
    return CardView(
        ticket=ticket,
        words=text,
        quoted=newest is not None and _has_more(newest),
        attachments=[found for mail in theirs for found in mail.attachments],
        advice=board.advice(ticket.topic, ticket.cause) if ticket.topic else None,
        earlier=await posts.other_tickets(tx, ticket.mailbox, ticket.buyer, ticket.id),
        note="found in Junk" if rescued else "",
        no_response_link=str(newest.facts.get("no_response_link") or "") if newest else "",
        thanks=says_thanks(text) or "",
    )


def _has_more(mail: Mail) -> bool:
    """Whether there is history or wrapping beyond the buyer's own words."""
    return len(mail.quoted.strip()) > len(mail.text.strip()) + 20


async def everything(tx: Tx, number: int) -> tuple[Ticket, list[Mail]] | None:
    """A ticket and its buyer's mails, the newest first; None for an unknown number."""
    ticket = await tickets.get(tx, number)
    if ticket is None:
        return None
    return ticket, of_buyer(await mails.of_ticket(tx, number))[::-1]


def whole_text(mails: Sequence[Mail]) -> bytes:
    """All that a buyer wrote as the text file's bytes (UTF-8), newest first, harmless to open."""
    parts = [
        f"{mail.clock_start:%Y-%m-%d %H:%M} UTC  {one_line(mail.from_addr)}  {one_line(mail.subject)}\n\n"
        + clean(mail.text)
        + (f"\n\n--- quoted below it ---\n{clean(mail.quoted)}" if mail.quoted.strip() else "")
        for mail in mails
    ]
    return "\n\n==========\n\n".join(parts).encode("utf-8", "replace")


def post(
    key: str, lane: str, payload: dict[str, Any], now: datetime, *, ticket: int | None = None, update: bool = False
) -> Outbox:
    """An effect on Slack; `lane` is the channel it goes to, `payload["kind"]` what slack/rendering.py makes of it."""
    return Outbox(
        key=key,
        effect=Effect.UPDATE if update else Effect.POST,
        lane=lane,
        payload=payload,
        ticket_id=ticket,
        next_at=now,
        created_at=now,
    )


async def close_review(
    tx: Tx, board: Board, mail: int, decision: str, actor: str, channel: str, ts: str, now: datetime
) -> None:
    """A person decided on a mail: its post is closed, wherever it stands ("" to look it up)."""
    if not ts:
        stands = await posts.result_of(tx, f"review:{mail}")
        channel, ts = str(stands.get("channel") or ""), str(stands.get("ts") or "")
    if not ts:
        return
    payload = {
        "kind": "reviewed",
        "mail": mail,
        "decision": decision,
        "actor": actor,
        "at": now.isoformat(),
        "channel": channel,
        "ts": ts,
        "event_type": names.REVIEW,
    }
    await outbox.enqueue(tx, post(f"reviewed:{mail}", board.channel, payload, now, update=True))
