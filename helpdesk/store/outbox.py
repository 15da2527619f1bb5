"""The outbox: effects on the world, each at most once under its key (DESIGN 1, Engine).

A row goes queued → sending → done | held | failed. `sending` is committed before the effect; a row found in `sending`
after its lease ended must be asked for at the far side before anything is repeated.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import and_, bindparam, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from helpdesk.domain import Effect, Outbox, OutboxState
from helpdesk.store.engine import Tx, all_of, of, row
from helpdesk.store.tables import outbox

#: How long a worker may take over one claimed effect before another asks what became of it.
LEASE = timedelta(seconds=30)


def insert(tx: Tx) -> Any:
    """INSERT of the connected dialect, for ON CONFLICT."""
    return sqlite_insert if tx.dialect.name == "sqlite" else pg_insert


async def enqueue(tx: Tx, *rows: Outbox) -> int:
    """Put effects in, each once under its key; returns how many were new."""
    if not rows:
        return 0
    statement = insert(tx)(outbox).on_conflict_do_nothing(index_elements=["key"])
    if len(rows) == 1:
        return int((await tx.execute(statement, row(rows[0]))).rowcount)
    before = await _count(tx, rows)
    await tx.execute(statement, [row(r) for r in rows])
    return await _count(tx, rows) - before


async def _count(tx: Tx, rows: Iterable[Outbox]) -> int:
    keys = [r.key for r in rows]
    return int((await tx.execute(select(func.count()).where(outbox.c.key.in_(keys)))).scalar_one())


@cache
def _claim(one_lane: bool) -> Any:
    """The statement of `claim`, built once: building costs as much as running it."""
    due = select(outbox.c.id).where(
        outbox.c.state == OutboxState.QUEUED,
        outbox.c.effect.in_(bindparam("effects", expanding=True)),
        outbox.c.next_at <= bindparam("now"),
    )
    if one_lane:
        due = due.where(outbox.c.lane == bindparam("in_lane"))
    due = due.order_by(outbox.c.next_at, outbox.c.id).limit(bindparam("most")).with_for_update(skip_locked=True)
    # a WITH of its own: PostgreSQL may run a locking sub-select inside IN more than once, and claim more than `limit`
    picked = due.cte("picked")
    return (
        update(outbox)
        .where(outbox.c.id.in_(select(picked.c.id)), outbox.c.state == OutboxState.QUEUED)
        .values(
            state=OutboxState.SENDING,
            worker=bindparam("holder"),
            lease_until=bindparam("until"),
            tries=outbox.c.tries + 1,
        )
        .returning(*outbox.c)
    )


async def claim(
    tx: Tx,
    *,
    effects: Sequence[Effect],
    worker: str,
    now: datetime,
    limit: int,
    lane: str | None = None,
    lease: timedelta = LEASE,
) -> list[Outbox]:
    """Move up to `limit` due rows (of one lane, or of all) from queued to sending, oldest first."""
    bound = {"effects": list(effects), "now": now, "most": limit, "holder": worker, "until": now + lease}
    if lane is not None:
        bound["in_lane"] = lane
    found = all_of(Outbox, (await tx.execute(_claim(lane is not None), bound)).mappings())
    return sorted(found, key=lambda item: item.id)


async def orphans(
    tx: Tx, *, effects: Sequence[Effect], worker: str, now: datetime, limit: int = 50, lane: str | None = None
) -> list[Outbox]:
    """Claim rows left in `sending` by a worker whose lease ended: their outcome must be asked for first."""
    lost = select(outbox.c.id).where(
        outbox.c.state == OutboxState.SENDING, outbox.c.effect.in_(list(effects)), outbox.c.lease_until <= now
    )
    if lane is not None:
        lost = lost.where(outbox.c.lane == lane)
    picked = lost.order_by(outbox.c.id).limit(limit).with_for_update(skip_locked=True).cte("lost")
    statement = (
        update(outbox)
        .where(outbox.c.id.in_(select(picked.c.id)))
        .values(worker=worker, lease_until=now + LEASE)
        .returning(*outbox.c)
    )
    return sorted(all_of(Outbox, (await tx.execute(statement)).mappings()), key=lambda item: item.id)


async def finish(tx: Tx, item: Outbox, *, at: datetime, result: dict[str, Any] | None = None) -> None:
    """The effect happened."""
    await _set(tx, item.id, state=OutboxState.DONE, done_at=at, lease_until=None, error="", result=result or {})


async def retry(tx: Tx, item: Outbox, *, next_at: datetime, error: str) -> None:
    """The effect did not happen and may be tried again at `next_at`."""
    await _set(tx, item.id, state=OutboxState.QUEUED, next_at=next_at, lease_until=None, error=error)


async def fail(tx: Tx, item: Outbox, *, error: str) -> None:
    """The effect was refused for good."""
    await _set(tx, item.id, state=OutboxState.FAILED, lease_until=None, error=error)


async def hold(tx: Tx, item: Outbox, *, error: str) -> None:
    """Nobody can tell whether the effect happened: a person decides."""
    await _set(tx, item.id, state=OutboxState.HELD, lease_until=None, error=error)


async def release(tx: Tx, key: str, *, now: datetime) -> bool:
    """A person's decision to try a held or failed effect again."""
    statement = (
        update(outbox)
        .where(outbox.c.key == key, outbox.c.state.in_([OutboxState.HELD, OutboxState.FAILED]))
        .values(state=OutboxState.QUEUED, next_at=now, error="")
    )
    return bool((await tx.execute(statement)).rowcount)


async def _set(tx: Tx, number: int, **values: Any) -> None:
    await tx.execute(update(outbox).where(outbox.c.id == number).values(**values))


async def by_key(tx: Tx, key: str) -> Outbox | None:
    """The row under a key."""
    found = (await tx.execute(select(outbox).where(outbox.c.key == key))).mappings().first()
    return of(Outbox, found) if found else None


async def of_ticket(tx: Tx, ticket_id: int) -> list[Outbox]:
    """A ticket's effects, oldest first."""
    statement = select(outbox).where(outbox.c.ticket_id == ticket_id).order_by(outbox.c.id)
    return all_of(Outbox, (await tx.execute(statement)).mappings())


async def waiting(tx: Tx, effects: Sequence[Effect], lane: str | None = None) -> int:
    """How many effects (of one lane, or of all) are not done yet and will be tried (again)."""
    statement = select(func.count()).where(
        outbox.c.state.in_([OutboxState.QUEUED, OutboxState.SENDING]), outbox.c.effect.in_(list(effects))
    )
    if lane is not None:
        statement = statement.where(outbox.c.lane == lane)
    return int((await tx.execute(statement)).scalar_one())


async def retrying(tx: Tx) -> int:
    """How many effects failed and wait for a retry, or were begun by somebody whose outcome is not known yet."""
    failed = and_(outbox.c.state == OutboxState.QUEUED, outbox.c.error != "")
    begun = and_(outbox.c.state == OutboxState.SENDING, outbox.c.effect != Effect.COPY)
    return int((await tx.execute(select(func.count()).where(or_(failed, begun)))).scalar_one())


async def next_due(tx: Tx, effects: Sequence[Effect]) -> datetime | None:
    """When the next queued effect is due."""
    statement = select(func.min(outbox.c.next_at)).where(
        outbox.c.state == OutboxState.QUEUED, outbox.c.effect.in_(list(effects))
    )
    found: datetime | None = (await tx.execute(statement)).scalar_one()
    return found


async def count_done(tx: Tx, prefix: str) -> int:
    """How many effects whose key begins with `prefix` were done, ever."""
    statement = select(func.count()).where(outbox.c.state == OutboxState.DONE, outbox.c.key.startswith(prefix))
    return int((await tx.execute(statement)).scalar_one())
