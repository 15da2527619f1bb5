"""Which rows the outbox needs: a card for each changed ticket, a line in its thread for each thing that happened."""

from __future__ import annotations

from datetime import datetime

from helpdesk.domain import Event, OutboxState, Ticket
from helpdesk.slack.board import Board, post
from helpdesk.slack.posts import event_line, sheets_of
from helpdesk.store import mails, outbox, posts, tickets
from helpdesk.store.engine import Tx

#: Cards looked at in one pass.
CARDS = 500


async def plan(tx: Tx, board: Board, now: datetime) -> None:
    """Queue cards whose ticket has changed, and the lines of their threads."""
    stale = await tickets.stale_cards(tx, CARDS)
    if stale:
        hello = post(f"hello:{board.channel}", board.channel, {"kind": "hello"}, now)
        await outbox.enqueue(tx, hello)
    for ticket in stale:
        await _plan_card(tx, board, ticket, now)


async def _plan_card(tx: Tx, board: Board, ticket: Ticket, now: datetime) -> None:
    if ticket.old and not ticket.card_ts:
        # found at first contact and too old to be worked on: listed and counted, no card of its own
        await posts.set_card_rev(tx, ticket.id, ticket.rev)
        return
    key = f"update:{ticket.id}" if ticket.card_ts else f"card:{ticket.id}"
    payload = {"kind": "card", "ticket": ticket.id, "update": bool(ticket.card_ts)}
    row = post(key, board.channel, payload, now, ticket=ticket.id, update=bool(ticket.card_ts))
    if await posts.again(tx, row) == OutboxState.QUEUED:
        await posts.set_card_rev(tx, ticket.id, ticket.rev)
    first = True
    wanted = []
    for event in await posts.events_since(tx, ticket.id):
        opening, first = first and event.kind == "received", first and event.kind != "received"
        if (event.kind == "received" and not opening and event.mail_id) or event_line(event) is not None:
            wanted.append(event)
    known = await posts.posted(tx, [f"event:{event.id}" for event in wanted])
    rows = []
    for event in wanted:
        if f"event:{event.id}" not in known:
            for sheet in range(1, 1 + await _sheets(tx, event)):
                key = f"event:{event.id}" if sheet == 1 else f"event:{event.id}:{sheet}"
                payload = {"kind": "event", "event": event.id, "sheet": sheet}
                rows.append(post(key, board.channel, payload, now, ticket=ticket.id))
    await outbox.enqueue(tx, *rows)


async def _sheets(tx: Tx, event: Event) -> int:
    """How many messages an event takes in its thread: a long mail goes over several."""
    if event.kind != "received" or not event.mail_id:
        return 1
    mail = await mails.get(tx, event.mail_id)
    return sheets_of(mail) if mail is not None else 1
