"""Brings a report into the store: one transaction, so that a report is in as a whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from helpdesk.feedback.countries import Country
from helpdesk.feedback.importing import Plan, events_for, plan
from helpdesk.feedback.orders import Order
from helpdesk.feedback.report import Report
from helpdesk.store import feedback as queries
from helpdesk.store.engine import Store

Progress = Callable[[int, int], None]


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
    actor: str = "helpdesk",
    progress: Progress | None = None,
) -> Brought:
    """Import a report that was read without a fault; the same report again changes nothing."""
    if report.unknown:
        return Brought(rows=0, unknown=True)
    async with store.write() as tx:
        known = await queries.known(tx, country.code)
        numbers = [row.order_id for row in report.rows]
        tickets = await queries.tickets_of(tx, numbers) if await queries.any_ticket_order(tx) else {}
        made = Plan()
        for step in plan(report, country, known, orders, tickets, now):
            if isinstance(step, Plan):
                made = step
            elif progress is not None:
                progress(step, len(report.rows))
        await queries.add(tx, made.new)
        await queries.save(tx, made.changed)
        await queries.seen(tx, made.same, now)
        ids = {order: item.id for order, item in known.items()}
        await queries.log(tx, events_for(made, ids, now, actor))
    if progress is not None:
        progress(len(report.rows), len(report.rows))
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
