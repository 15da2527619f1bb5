"""Brings a report into the store: one transaction, so that a report is in as a whole or not at all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from helpdesk.feedback.importing import NEW, Plan, events_for, plan, to_judge, untouched
from helpdesk.feedback.judging import Judge
from helpdesk.feedback.orders import Order, with_items
from helpdesk.feedback.report import Report
from helpdesk.marketplaces.countries import Country
from helpdesk.store import feedback as queries
from helpdesk.store import feedback_rows as rows
from helpdesk.store.engine import Store, Tx

Progress = Callable[[int, int], None]
Pause = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What an import did: rows in the report, and how many feedback were new, changed, answered, removed, returned."""

    rows: int
    new: int = 0
    changed: int = 0
    answered: int = 0
    removed: int = 0
    returned: int = 0
    same: int = 0
    unknown: bool = False


async def bring_in(
    store: Store,
    report: Report,
    country: Country,
    orders: Mapping[str, Order],
    now: datetime,
    *,
    judge: Judge | None = None,
    actor: str = "helpdesk",
    progress: Progress | None = None,
    pause: Pause | None = None,
) -> Brought:
    """Import a report that was read without a fault; the same report again changes nothing.

    Comments are judged before the transaction begins: a large report must not keep others from writing. `pause` is
    awaited between two steps, so that one loop can do other things meanwhile.
    """
    if report.unknown:
        return Brought(rows=0, unknown=True)
    judge = judge or Judge()
    async with store.read() as tx:
        marks = await rows.marks(tx, country.code)
    asked = to_judge(report, country, marks, orders)
    for done in judge.learn(asked):
        if progress is not None:
            progress(done, max(len(asked), 1))
        if pause is not None:
            await pause()
    async with store.write() as tx:
        made = await _written(tx, report, country, orders, now, judge, actor)
    count = made.counts.get
    return Brought(
        rows=len(report.rows),
        new=count("imported", 0),
        changed=count("changed", 0),
        answered=count("answered", 0),
        removed=count("removed", 0),
        returned=count("returned", 0),
        same=len(made.same),
    )


async def _written(
    tx: Tx, report: Report, country: Country, orders: Mapping[str, Order], now: datetime, judge: Judge, actor: str
) -> Plan:
    """What the report changes, written; another process may have brought one in meanwhile."""
    marks = await rows.marks(tx, country.code)
    numbers = [row.order_id for row in report.rows]
    tickets = await queries.tickets_of(tx, numbers) if await queries.any_ticket_order(tx) else {}
    orders = with_items(orders, tickets, await queries.items_of(tx, tickets.values()) if tickets else {})
    same = untouched(report, marks, orders, tickets)
    known = await rows.whole(tx, [mark.id for order, mark in marks.items() if order not in same])
    left = await queries.states_left(tx, [item.id for item in known.values() if item.gone_at is not None])
    made = plan(report, country, known, orders, tickets, judge, now, left, same)
    await rows.add(tx, NEW, made.new)
    await queries.save(tx, made.changed)
    await queries.seen(tx, made.same, now)
    ids = {order: item.id for order, item in known.items()}
    await queries.log(tx, events_for(made, ids, now, actor))
    return made
