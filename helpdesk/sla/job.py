"""The clock's hand: fires the steps that are due, tells people by mail where Slack does not, and watches ourselves.

A poll is one look into the index of `next_step_at`. What is due is read again under lock at the moment of firing, and
the ticket's next step, its event and its posts are written in one transaction, each post under a key used once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from helpdesk.domain import Event, Outbox, Ticket
from helpdesk.errors import HelpdeskError
from helpdesk.sla import alarm, escalations, watchdog
from helpdesk.sla.escalations import Desk
from helpdesk.sla.policy import Turn, turn
from helpdesk.store import clocks, mailboxes, meta, outbox, tickets
from helpdesk.store.engine import Store, Tx
from helpdesk.tickets import lifecycle

#: Tickets turned in one transaction.
BATCH = 200
#: A ticket that cannot be turned is looked at again after this long; the others go on.
AHEAD = timedelta(hours=1)
#: How long Slack may take over a post before people are told by e-mail (issue: within a minute).
GRACE = timedelta(seconds=20)

_LISTED = "old_listed:"


async def run_once(store: Store, now: datetime, desk: Desk) -> int:
    """Fire everything due at `now` (aware UTC); returns how many escalations fired.

    Old tickets of a mailbox's first contact are listed in one post as soon as it is through.
    """
    fired = 0
    while True:
        async with store.read() as tx:
            if not await clocks.anything(tx, now, _LISTED):
                return fired
        async with store.write() as tx:
            await _list_old(tx, await clocks.unlisted(tx, _LISTED), now, desk)
            due = await clocks.due(tx, now, BATCH)
            fired += await _turn_all(tx, due, now, desk)
        if not due:  # another worker has them
            return fired


async def _turn_all(tx: Tx, due: Sequence[Ticket], now: datetime, desk: Desk) -> int:
    known = await _known_keys(tx, due)
    turned: list[Ticket] = []
    rows: list[Outbox] = []
    events: list[Event] = []
    fired = 0
    for ticket in due:
        try:
            done = turn(ticket, desk.rules_of(ticket.marketplace), now)
        except HelpdeskError as error:
            turned.append(ticket.evolve(next_step_at=now + AHEAD))
            events.append(_note(ticket, "clock_failed", now, error=str(error)))
            continue
        turned.append(_after(ticket, done, now))
        if done.wakes:
            events.append(_note(ticket, "woken", now))
        if done.reminds:
            rows.append(escalations.reminder(ticket, desk, now))
            events.append(_note(ticket, "reminded", now, promised=str(ticket.promised_at)))
        if done.firing is not None and escalations.key_of(ticket, done.firing.step) not in known:
            fired += 1
            rows += escalations.posts(ticket, done.firing, desk, now)
            events.append(escalations.event(ticket, done.firing, desk, now))
    await clocks.save_turned(tx, turned)
    await tickets.log(tx, events)
    await _send(tx, rows, desk, now)
    return fired


async def _known_keys(tx: Tx, due: Sequence[Ticket]) -> set[str]:
    """Keys that fired before: an answer that came back opens the same clock again, and nothing is posted twice."""
    events = await tickets.events_of(tx, [ticket.id for ticket in due], ["escalated"])
    return {str(event.detail.get("key")) for event in events}


def _after(ticket: Ticket, done: Turn, now: datetime) -> Ticket:
    """The ticket as the clock leaves it; its card follows when something is to be seen."""
    after: Ticket = ticket.evolve(**done.fields)
    if done.wakes:
        after = lifecycle.woken(after.evolve(status=ticket.status), now)
    elif done.firing is not None or done.reminds:
        after = after.evolve(rev=ticket.rev + 1, updated_at=now)
    if done.reminds:
        after = after.evolve(promised_at=None)
    return after


def _note(ticket: Ticket, kind: str, now: datetime, **detail: Any) -> Event:
    return Event(ticket_id=ticket.id, at=now, kind=kind, actor="helpdesk", detail=detail)


async def _send(tx: Tx, rows: Sequence[Outbox], desk: Desk, now: datetime) -> None:
    """Into the outbox for Slack; without Slack as one mail."""
    if desk.channel:
        await outbox.enqueue(tx, *rows)
    else:
        await outbox.enqueue(tx, *alarm.mails(escalations.mailable(rows), desk, now))


async def fallback_once(store: Store, now: datetime, desk: Desk, grace: timedelta = GRACE) -> int:
    """Tell by e-mail what Slack has not taken within `grace`: one mail a pass, and never twice of the same post.

    The posts stay queued and follow when Slack is back. Returns how many posts the mail tells of.
    """
    if not desk.channel or not desk.email or not desk.mailbox:
        return 0
    before = now - grace
    async with store.read() as tx:
        if not await clocks.unposted(tx, desk.channel, escalations.MAILED, before, 1):
            return 0
    async with store.write() as tx:
        rows = await clocks.unposted(tx, desk.channel, escalations.MAILED, before, alarm.MOST_LINES)
        await outbox.enqueue(tx, *alarm.mails(rows, desk, now))
        await clocks.mark_mailed(tx, [row.id for row in rows], now)
    return len(rows)


async def watch_once(
    store: Store, now: datetime, desk: Desk, names: Sequence[str] = (), drift: timedelta = timedelta(0)
) -> int:
    """Escalate our own failures, each incident once; call it about every 30 s.

    `names`: the mailboxes of the configuration, all where left out. `drift`: how far the wall clock moved against the
    steady one (time.monotonic) since the last call. Returns how many posts were made.
    """
    async with store.write() as tx:
        rows = await _incidents(tx, now, desk, names, drift)
        await _send(tx, rows, desk, now)
    return len(rows)


async def _list_old(tx: Tx, names: Sequence[str], now: datetime, desk: Desk) -> None:
    rows = []
    for name in names:
        if await meta.first(tx, _LISTED + name, "listed", now):  # of two workers one lists
            old = await clocks.old_ones(tx, name)
            rows += [escalations.old_list(name, old, desk, now)] if old else []
    await _send(tx, rows, desk, now)


async def _incidents(tx: Tx, now: datetime, desk: Desk, names: Sequence[str], drift: timedelta) -> list[Outbox]:
    """Posts for incidents that begin now; the standing ones are kept under one name in meta."""
    before = watchdog.read(await meta.get(tx, watchdog.META))
    boxes = [box for box in await mailboxes.listing(tx) if not names or box.name in names]
    stuck = await clocks.stuck_since(tx, watchdog.EFFECTS)
    seen = watchdog.look(boxes, stuck, before, now, drift)
    if seen.state != before:
        await meta.put(tx, watchdog.META, watchdog.write(seen.state), now)
    return [escalations.incident(name, text, desk, now) for name, text in seen.begun]
