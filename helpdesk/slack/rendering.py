"""From an outbox row to the message it stands for, as the store is at this moment: several changes become one message.

payload["kind"] is one of RENDERERS; `mail`, `ticket`, `event` in it are row numbers. A kind "message" brings its own
"text", "blocks", "event_type" and "payload": for rooms that write their own posts (feedback, digests).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from helpdesk.domain import Event, Mail, Outbox, Ticket
from helpdesk.slack import names, posts
from helpdesk.slack.board import Board, card_view
from helpdesk.slack.cards import card
from helpdesk.slack.escape import escape
from helpdesk.slack.feedback import post_of as feedback_post
from helpdesk.store import mails, tickets
from helpdesk.store import posts as queries
from helpdesk.store.engine import Tx

Block = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A message to post, or with `ts` to replace."""

    channel: str
    text: str
    blocks: list[Block]
    metadata: dict[str, Any] | None = None
    thread_ts: str | None = None
    ts: str | None = None
    ticket: int | None = None  #: a ticket's card
    rev: int = 0  #: the revision the card shows


class TooEarlyError(Exception):
    """The message belongs into a thread whose card is not posted yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a renderer is given."""

    tx: Tx
    board: Board
    item: Outbox
    now: datetime
    link: Callable[[str, str], Awaitable[str]]  #: (channel, ts) → a message's address


async def render(asked: Asked) -> Rendered | None:
    """The message of a row; None when there is nothing to do any more. Raises TooEarlyError, KeyError."""
    return await RENDERERS[str(asked.item.payload["kind"])](asked)


def _metadata(event_type: str, key: str, **payload: Any) -> dict[str, Any]:
    return {"event_type": event_type, "event_payload": {**payload, "key": key}}


async def _ticket(asked: Asked) -> Ticket | None:
    number = asked.item.payload.get("ticket") or asked.item.ticket_id
    return await tickets.get(asked.tx, int(number)) if number else None


async def _mail(asked: Asked) -> Mail | None:
    return await mails.get(asked.tx, int(asked.item.payload["mail"]))


async def _card(asked: Asked) -> Rendered | None:
    ticket = await _ticket(asked)
    if ticket is None:
        return None
    updates = bool(asked.item.payload.get("update"))
    if updates != bool(ticket.card_ts):
        return None  # nothing to replace yet, or posted already
    text, blocks = card(await card_view(asked.tx, asked.board, ticket), asked.now, asked.board.zone)
    return Rendered(
        channel=ticket.card_channel if updates else asked.item.lane,
        text=text,
        blocks=blocks,
        metadata=_metadata(names.TICKET, f"card:{ticket.id}", ticket=ticket.id),
        ts=ticket.card_ts or None,
        ticket=ticket.id,
        rev=ticket.rev,
    )


async def _event(asked: Asked) -> Rendered | None:
    found = await queries.events_by_ids(asked.tx, [int(asked.item.payload["event"])])
    ticket = await tickets.get(asked.tx, found[0].ticket_id) if found else None
    if ticket is None:
        return None
    if not ticket.card_ts:
        raise TooEarlyError
    made = await _event_post(asked, found[0])
    if made is None:
        return None
    return Rendered(
        channel=ticket.card_channel,
        text=made[0],
        blocks=made[1],
        metadata=_metadata(names.TICKET, asked.item.key, ticket=ticket.id),
        thread_ts=ticket.card_ts,
    )


async def _event_post(asked: Asked, event: Event) -> posts.Post | None:
    if event.kind != "received":
        return posts.event_post(event, asked.board.zone)
    mail = await mails.get(asked.tx, event.mail_id) if event.mail_id else None
    if mail is None:
        return None
    return posts.mail_post(mail, mail.attachments, asked.board.zone, int(asked.item.payload.get("sheet") or 1))


async def _escalation(asked: Asked) -> Rendered | None:
    """In the channel with buttons; to one person without: the channel's post has them."""
    ticket = await _ticket(asked)
    if ticket is None:
        return None
    payload, direct = asked.item.payload, asked.item.payload["kind"] == "escalation_dm"
    link = await asked.link(ticket.card_channel, ticket.card_ts) if ticket.card_ts else ""
    step = str(payload.get("step") or "")
    told = posts.Told(
        step=step,
        what=str(payload.get("what") or ""),
        passed=[str(one) for one in payload.get("passed") or ()],
        people=[] if direct else [str(one) for one in payload.get("people") or ()],
        link=link,
    )
    text, blocks = posts.escalation(ticket, told, asked.now, asked.board.zone)
    if direct:
        metadata = _metadata(names.NOTE, asked.item.key, ticket=ticket.id)
        return Rendered(channel=asked.item.lane, text=text, blocks=blocks[:1], metadata=metadata)
    metadata = _metadata(names.ESCALATION, asked.item.key, ticket=ticket.id, step=step)
    return Rendered(channel=asked.item.lane, text=text, blocks=blocks, metadata=metadata)


async def _reminder(asked: Asked) -> Rendered | None:
    """A promise made to the buyer falls due soon."""
    ticket = await _ticket(asked)
    if ticket is None:
        return None
    promised = asked.item.payload.get("promised")
    at = datetime.fromisoformat(str(promised)) if promised else None
    link = await asked.link(ticket.card_channel, ticket.card_ts) if ticket.card_ts else ""
    text, blocks = posts.reminder(ticket, at, link, asked.board.zone)
    metadata = _metadata(names.NOTE, asked.item.key, ticket=ticket.id)
    return Rendered(channel=asked.item.lane, text=text, blocks=blocks, metadata=metadata)


async def _watchdog(asked: Asked) -> Rendered | None:
    """A failure of our own."""
    text, blocks = posts.note(f":rotating_light: {escape(str(asked.item.payload.get('text') or ''))}")
    return Rendered(channel=asked.item.lane, text=text, blocks=blocks, metadata=_metadata(names.NOTE, asked.item.key))


async def _of_mail(asked: Asked) -> Rendered | None:
    mail = await _mail(asked)
    if mail is None:
        return None
    kind = str(asked.item.payload["kind"])
    write = {"review": posts.review, "suspect": posts.suspect, "notice": posts.notice, "quarantined": posts.quarantined}
    text, blocks = write[kind](mail, asked.board.zone)
    event_type = names.REVIEW if kind in {"review", "suspect"} else names.NOTE
    metadata = _metadata(event_type, asked.item.key, mail=mail.id)
    return Rendered(channel=asked.item.lane, text=text, blocks=blocks, metadata=metadata)


async def _reviewed(asked: Asked) -> Rendered | None:
    mail, payload = await _mail(asked), asked.item.payload
    if mail is None:
        return None
    at = datetime.fromisoformat(str(payload["at"]))
    text, blocks = posts.reviewed(mail, str(payload["decision"]), str(payload["actor"]), at, asked.board.zone)
    metadata = _metadata(names.REVIEW, f"review:{mail.id}", mail=mail.id)
    return Rendered(channel=str(payload["channel"]), ts=str(payload["ts"]), text=text, blocks=blocks, metadata=metadata)


async def _hello(asked: Asked) -> Rendered | None:
    text, blocks = posts.hello(asked.item.lane)
    metadata = _metadata(names.NOTE, asked.item.key)
    return Rendered(channel=asked.item.lane, text=text, blocks=blocks, metadata=metadata)


async def _old_list(asked: Asked) -> Rendered | None:
    numbers = [int(number) for number in asked.item.payload.get("tickets") or ()]
    found = [await tickets.get(asked.tx, number) for number in numbers]
    text, blocks = posts.old_list([ticket for ticket in found if ticket is not None], asked.board.zone)
    metadata = _metadata(names.NOTE, asked.item.key)
    return Rendered(channel=asked.item.lane, text=text, blocks=blocks, metadata=metadata)


async def _message(asked: Asked) -> Rendered | None:
    payload = asked.item.payload
    metadata = _metadata(str(payload.get("event_type") or names.NOTE), asked.item.key, **(payload.get("payload") or {}))
    return Rendered(
        channel=str(payload.get("channel") or asked.item.lane),
        text=str(payload.get("text") or ""),
        blocks=list(payload.get("blocks") or []),
        metadata=metadata,
        thread_ts=payload.get("thread_ts") or None,
        ts=payload.get("ts") or None,
    )


async def _feedback(asked: Asked) -> Rendered | None:
    """A seller feedback's card, its renewal, or a reminder of its deadline."""
    made = await feedback_post(asked.tx, asked.board, asked.item, asked.now, asked.link)
    return Rendered(**made) if made is not None else None


RENDERERS: dict[str, Callable[[Asked], Awaitable[Rendered | None]]] = {
    "card": _card,
    "event": _event,
    "escalation": _escalation,
    "escalation_dm": _escalation,
    "reminder": _reminder,
    "watchdog": _watchdog,
    "review": _of_mail,
    "suspect": _of_mail,
    "notice": _of_mail,
    "quarantined": _of_mail,
    "reviewed": _reviewed,
    "hello": _hello,
    "old_tickets": _old_list,
    "message": _message,
    "feedback": _feedback,
    "feedback_reminder": _feedback,
}
