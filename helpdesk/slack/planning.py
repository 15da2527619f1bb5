"""Which rows the outbox needs: a card for each changed ticket, a line in its thread for each thing that happened."""

from __future__ import annotations

from datetime import datetime

from helpdesk.domain import OutboxState, Ticket
from helpdesk.slack.board import Board, post
from helpdesk.slack.posts import event_line
from helpdesk.store import outbox, posts, tickets
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
    rows = []
    for event in await posts.events_since(tx, ticket.id):
        opening, first = first and event.kind == "received", first and event.kind != "received"
        if (event.kind == "received" and not opening and event.mail_id) or event_line(event) is not None:
            rows.append(
                post(f"event:{event.id}", board.channel, {"kind": "event", "event": event.id}, now, ticket=ticket.id)
            )
    await outbox.enqueue(tx, *rows)
