"""The job's bookkeeping: everything that one transaction writes about mails that leave. Holds no rules and no clock."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from helpdesk.domain import Ack, Effect, Message, Outbox, OutboxState
from helpdesk.replies import aftermath
from helpdesk.replies.outgoing import ACK, Outcome, kind_of
from helpdesk.replies.templates import Library
from helpdesk.replies.writing import APPROVED, DAY, Facts, Written, earliest_unanswered, write
from helpdesk.settings.schema import Settings
from helpdesk.sla.clock import ANSWERED
from helpdesk.sla.ledger import Ledger, RulesOf
from helpdesk.store import mailout, outbox, tickets
from helpdesk.store.engine import Tx

WITHDRAWN = "closed or answered by a person first"


async def write_acks(
    tx: Tx,
    settings: Settings,
    library: Library,
    rules: RulesOf,
    *,
    now: datetime,
    most: int,
    token: Callable[[], str],
) -> int:
    """Write up to `most` acknowledgements that wait, into the outbox or into the ticket's history; returns how many."""
    waiting = await mailout.unwritten(tx, most)
    if not waiting:
        return 0
    numbers = [ticket.id for ticket in waiting]
    messages: dict[int, list[Message]] = defaultdict(list)
    for message in await tickets.messages(tx, numbers):
        messages[message.ticket_id].append(message)
    firsts = {n: earliest_unanswered(messages[n]) for n in numbers}
    mails = await mailout.mails_by_id(tx, {m.mail_id for m in firsts.values() if m is not None and m.mail_id})
    sent, events = defaultdict(list), defaultdict(list)
    for own in await mailout.sent_to_tickets(tx, numbers):
        sent[own.ticket_id].append(own)
    for event in await tickets.events_of(tx, numbers, (ANSWERED, APPROVED)):
        events[event.ticket_id].append(event)
    today = Counter(await mailout.acks_by_address(tx, {t.buyer for t in waiting}, now - DAY))
    counts = {name: rules(name).profile.auto_reply_counts for name in {t.marketplace for t in waiting}}
    done: list[Written] = []
    for ticket in waiting:
        first = firsts[ticket.id]
        facts = Facts(
            ticket=ticket,
            mail=mails.get(first.mail_id) if first is not None and first.mail_id else None,
            sent=sent[ticket.id],
            events=events[ticket.id],
            today=today[ticket.buyer],
        )
        written = write(facts, settings, library, counts=counts, now=now, token=token())
        today[ticket.buyer] += written.effect is not None
        done.append(written)
    await _keep_written(tx, done, now)
    return len(done)


async def _keep_written(tx: Tx, done: Sequence[Written], now: datetime) -> None:
    """The decisions of one batch of acknowledgements."""
    await mailout.put(tx, [w.effect for w in done if w.effect], [w.sent for w in done if w.sent])
    marks = [
        {"number": w.ticket_id, "ack": w.ack, "reason": w.reason, "raised": int(w.effect is None), "at": now}
        for w in done
    ]
    await mailout.mark_acks(tx, marks)
    await tickets.log(tx, [event for w in done for event in w.events])


async def claim(tx: Tx, lane: str, *, worker: str, now: datetime, limit: int) -> list[Outbox]:
    """The next mails of a mailbox, marked as being sent; acknowledgements that nobody wants any more are taken out."""
    while True:
        items = await outbox.claim(tx, effects=[Effect.MAIL], worker=worker, now=now, limit=limit, lane=lane)
        acks = {item.ticket_id for item in items if kind_of(item) == ACK and item.ticket_id is not None}
        late = acks - await mailout.wanted(tx, acks)
        if not late:
            return items
        gone = [item for item in items if kind_of(item) == ACK and item.ticket_id in late]
        rows = [_row(Outcome(item=i, state=OutboxState.FAILED, at=now, error=f"withdrawn: {WITHDRAWN}")) for i in gone]
        await mailout.finish(tx, rows)
        marks = [
            {"number": i.ticket_id, "ack": Ack.SUPPRESSED, "reason": WITHDRAWN, "raised": 1, "at": now} for i in gone
        ]
        await mailout.mark_acks(tx, marks)
        left = [item for item in items if item not in gone]
        if left:
            return left


async def record(tx: Tx, outcomes: Sequence[Outcome], rules: RulesOf, copies: Sequence[Outbox] = ()) -> None:
    """What became of mails, with all that it changes in their tickets; `copies` are put into the outbox with it."""
    await mailout.finish(tx, [_row(outcome) for outcome in outcomes])
    acks = [o for o in outcomes if kind_of(o.item) == ACK and o.item.ticket_id is not None]
    await mailout.mark_acks(tx, [aftermath.ack_mark(outcome) for outcome in acks])
    await mailout.put(tx, copies)
    await tickets.log(
        tx, [e for o in outcomes if not aftermath.stops_clock(o) and (e := aftermath.event(o)) is not None]
    )
    settled = [o for o in outcomes if aftermath.stops_clock(o)]
    ledger = Ledger(tx, rules)
    await ledger.load(o.item.ticket_id for o in settled if o.item.ticket_id is not None)
    for outcome in settled:
        conversation = ledger.conversations.get(outcome.item.ticket_id or 0)
        if conversation is not None:
            aftermath.settle(conversation, outcome)
    if settled:
        await ledger.save()


def _row(outcome: Outcome) -> dict[str, Any]:
    """An outcome as store.mailout.finish takes it."""
    item, asks = outcome.item, outcome.state == OutboxState.SENDING
    return {
        "number": item.id,
        "holder": item.worker,
        "state": outcome.state,
        "result": outcome.result,
        "error": outcome.error,
        "next_at": item.next_at if asks or outcome.next_at is None else outcome.next_at,
        "lease_until": outcome.next_at if asks else None,
        "done_at": outcome.at if outcome.state == OutboxState.DONE else None,
    }
