"""What the clock costs: figures over a million messages, an idle poll with 100,000 open tickets, and catching up.

    python -m benchmarks.bench_sla [--messages 1000000] [--tickets 100000] [--database URL] [--json]

Figures: `helpdesk sla` without its start, over a window that holds all messages; DESIGN 5 asks for ≤ 1 s. The floor is
counting the same rows over the same index. Idle poll: ≤ 2 ms; its floor is the emptiest question. "one_due": a single
ticket's step among all of them, from the poll to its post in the outbox. Catching up: after a stop of three days each
ticket posts its highest passed step once. Without --database a fresh SQLite file is used (WAL, synchronous=FULL).

`…_cpu_…` is processor time: ours, and that of PostgreSQL's backends where it runs on this machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

from helpdesk.domain import Message, Ticket
from helpdesk.marketplaces.registry import profile
from helpdesk.reports.figures import GROUPS, Window, figures
from helpdesk.sla import job
from helpdesk.sla.clock import Clock, Rules, message
from helpdesk.sla.escalations import Desk
from helpdesk.sla.policy import set_by
from helpdesk.store import figures as query
from helpdesk.store import schema, tickets
from helpdesk.store.engine import Store

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
AGENTS = ("U01", "U02", "U03", "U04", "U05", "sent", "marketplace")
TOPICS = ("stock_out", "late_shipment", "returns_refunds", "not_as_described", "wrong_item", "other")
MARKETPLACES = ("amazon", "walmart", "ebay", "direct")
BATCH = 10_000


def rules_of(name: str) -> Rules:
    """A profile as it comes."""
    return Rules(profile=profile(name).sla)


DESK = Desk(rules_of=rules_of, channel="#buyer-escalations", on_call=("UONCALL",), managers=("UBOSS",))


async def timed(work: Callable[[], Awaitable[Any]], times: int) -> float:
    """The median seconds of some runs."""
    taken = []
    for _ in range(times):
        begin = time.perf_counter()
        await work()
        taken.append(time.perf_counter() - begin)
    return statistics.median(taken)


async def cpu(store: Store) -> float:
    """Processor seconds spent so far: ours, and those of the database's backends on this machine."""
    async with store.read() as tx:
        if tx.dialect.name == "sqlite":
            return time.process_time()
        asked = text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        backends = [int(pid) for pid in (await tx.execute(asked)).scalars()]
    return time.process_time() + sum(map(_spent_by, backends))


def _spent_by(pid: int) -> float:
    """Processor seconds of another process of this machine; 0 where there is none of that number."""
    file = Path(f"/proc/{pid}/stat")
    if not file.exists():
        return 0.0
    user, system = file.read_text(encoding="ascii").rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


async def weighed(store: Store, work: Callable[[], Awaitable[Any]], times: int) -> tuple[float, float]:
    """The median seconds of some runs on the clock, and their mean on the processors."""
    before = await cpu(store)
    wall = await timed(work, times)
    return wall, (await cpu(store) - before) / times


def a_ticket(number: int, age: timedelta) -> Ticket:
    """An open ticket with a running clock."""
    at = NOW - age
    ticket = Ticket(
        mailbox="shop", marketplace="amazon", buyer=f"buyer{number}@buyers.test", subject="Where is it?",
        order_ids=[f"111-{number:07d}-0000001"], received_at=at, last_mail_at=at, created_at=at, updated_at=at,
    )  # fmt: skip
    rules = rules_of("amazon")
    clock = Clock(rules=rules).received(message(rules, received_at=at, ticket_id=0, marketplace="amazon"))
    return ticket.evolve(**set_by(clock, ticket, NOW))  # type: ignore[no-any-return]  # evolve copies


async def fill_tickets(store: Store, number: int) -> None:
    """Open tickets of the last 11 hours: nothing is due."""
    for begin in range(0, number, BATCH):
        ages = (timedelta(seconds=(n * 7) % 39_000) for n in range(begin, min(begin + BATCH, number)))
        async with store.write() as tx:
            await tickets.add(tx, [a_ticket(begin + n, age) for n, age in enumerate(ages)])


async def fill_messages(store: Store, number: int) -> None:
    """Messages of 90 days, most of them answered."""
    dice = random.Random(4)
    async with store.write() as tx:
        [one] = await tickets.add(tx, [a_ticket(number, timedelta(hours=1))])
    for begin in range(0, number, BATCH):
        rows = []
        for _ in range(min(BATCH, number - begin)):
            at = NOW - timedelta(seconds=dice.randrange(90 * 86400))
            took = min(int(dice.expovariate(1 / 30_000)), 400_000) if dice.random() < 0.95 else None
            answered = None if took is None else at + timedelta(seconds=took)
            rows.append(
                Message(
                    ticket_id=one.id, marketplace=dice.choice(MARKETPLACES), topic=dice.choice(TOPICS), received_at=at,
                    limit_seconds=86400, answered_at=answered, response_seconds=took,
                    agent=dice.choice(AGENTS) if took is not None else "", no_response=dice.random() < 0.03,
                )
            )  # fmt: skip
        async with store.write() as tx:
            await tickets.add_messages(tx, rows)


async def measure_figures(store: Store) -> dict[str, float]:
    """Seconds for the figures by each group, beside the floor."""
    since = NOW - timedelta(days=91)

    async def floor() -> None:
        async with store.read() as tx:
            counting = "SELECT count(*) FROM ticket_message WHERE received_at > :a AND received_at <= :b"
            await tx.execute(text(counting), {"a": int(since.timestamp()), "b": int(NOW.timestamp())})

    async def asked(by: str | None) -> None:
        window = Window(since=since, until=NOW, by=by, zone="Europe/Berlin")
        async with store.read() as tx:
            found = await query.window(tx, since=window.since, until=window.until, by=by, offsets=window.offsets)
        figures(found, by)

    result = {"floor_count_seconds": await timed(floor, 3)}
    for by in (None, *GROUPS):
        wall, spent = await weighed(store, lambda by=by: asked(by), 3)  # type: ignore[misc]  # bound now
        result |= {f"figures_{by or 'total'}_seconds": wall, f"figures_{by or 'total'}_cpu_seconds": spent}
    return result


async def measure_polls(store: Store, open_tickets: int) -> dict[str, float]:
    """Milliseconds of an idle poll beside its floor, and of one ticket that is due among all that are not."""

    async def floor() -> None:
        async with store.read() as tx:
            await tx.execute(text("SELECT 1"))

    floor_ms, floor_cpu = (1000 * one for one in await weighed(store, floor, 300))
    idle, idle_cpu = (1000 * one for one in await weighed(store, lambda: job.run_once(store, NOW, DESK), 300))
    due = []
    for number in range(20):
        async with store.write() as tx:
            await tickets.add(tx, [a_ticket(open_tickets + 1 + number, timedelta(hours=12))])
        begin = time.perf_counter()
        assert await job.run_once(store, NOW, DESK) == 1
        due.append(1000 * (time.perf_counter() - begin))
    return {
        "poll_floor_ms": floor_ms, "poll_floor_cpu_ms": floor_cpu, "idle_poll_ms": idle, "idle_poll_cpu_ms": idle_cpu,
        "one_due_ms": statistics.median(due), "one_due_worst_ms": max(due),
    }  # fmt: skip


async def measure_catching_up(store: Store) -> dict[str, float]:
    """Three days later: every ticket's highest passed step at once, and nothing more at the second look."""
    later = NOW + timedelta(days=3)
    begin, spent = time.perf_counter(), await cpu(store)
    fired = await job.run_once(store, later, DESK)
    wall, spent = time.perf_counter() - begin, await cpu(store) - spent
    assert await job.run_once(store, later, DESK) == 0
    return {"caught_up": fired, "caught_up_seconds": wall, "caught_up_cpu_ms_each": 1000 * spent / fired}


async def measure(store: Store, messages: int, open_tickets: int) -> dict[str, float]:
    """Everything, in order: figures, the idle poll, one due ticket among many, catching up."""
    result: dict[str, float] = {}
    await fill_messages(store, messages)
    await analyze(store)
    result |= await measure_figures(store)
    await fill_tickets(store, open_tickets)
    await analyze(store)
    result |= await measure_polls(store, open_tickets)
    return result | await measure_catching_up(store)


async def analyze(store: Store) -> None:
    """Let the database know its tables, as PostgreSQL's autovacuum does by itself after so many rows."""
    if store.sqlite:
        async with store.write() as tx:
            await tx.execute(text("ANALYZE"))
        return
    async with store.engine.connect() as plain:
        await (await plain.execution_options(isolation_level="AUTOCOMMIT")).execute(text("VACUUM ANALYZE"))


async def main(url: str | None, messages: int, open_tickets: int) -> dict[str, float]:
    """Over the database of `url`, or over a fresh SQLite file."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store.connect(url or f"sqlite:///{folder}/bench.db")
        try:
            await schema.upgrade(store)
            return await measure(store, messages, open_tickets)
        finally:
            await store.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--tickets", type=int, default=100_000)
    parser.add_argument("--database")
    parser.add_argument("--json", action="store_true")
    line = parser.parse_args()
    measured = asyncio.run(main(line.database, line.messages, line.tickets))
    print(
        json.dumps(measured) if line.json else "\n".join(f"{name:32} {value:10.3f}" for name, value in measured.items())
    )
