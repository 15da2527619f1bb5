"""Finished days' messages in columns, beside the rows: a window of months is then counted in a tenth of a second.

A packed day is a copy and never more than that: triggers (migration 0006) drop it in the very transaction in which a
message of that day comes, changes or goes, whoever writes it; then it is counted from the rows until it is packed anew.

On PostgreSQL a message may be on its way in a transaction that began before the day's row was there to be dropped. So a
row is first put down empty, then marked with the snapshot seen after that, and filled once every transaction older than
the mark has ended; filling fails if the row was dropped meanwhile. SQLite has one writer, and does all three at once.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import func, select, text, update

from helpdesk.store.columns import DAY, pack
from helpdesk.store.engine import Store, Tx
from helpdesk.store.outbox import insert
from helpdesk.store.tables import message
from helpdesk.store.tables_days import message_day

#: Days that ended less than so long ago still change with every answer: they are counted from their rows.
YOUNGEST, OLDEST = 3, 400
#: With fewer messages than this in those days, rows are as quick.
WORTHWHILE = 20_000
#: Days packed in one pass: each takes a writer's turn of some 20 ms.
A_PASS = 10

_XMAX = text("SELECT CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text) AS bigint)")
_XMIN = text("SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)")
_ROWS = text(
    "SELECT received_at, limit_seconds, response_seconds, marketplace, topic, agent FROM ticket_message "
    "WHERE received_at >= :begin AND received_at < :end AND no_response = :no ORDER BY received_at, id"
)


async def packed(tx: Tx, first: int, last: int) -> list[tuple[int, bytes]]:
    """The packed ones of days first … last, in their order."""
    statement = select(message_day.c.day, message_day.c.data).where(
        message_day.c.day.between(first, last), message_day.c.data.is_not(None)
    )
    return [(int(day), data) for day, data in await tx.execute(statement.order_by(message_day.c.day))]


async def keep(store: Store, now: datetime, least: int = WORTHWHILE) -> int:
    """Pack some finished days that are not; returns how many were."""
    async with store.read() as tx:
        missing, waiting = await _missing(tx, int(now.timestamp()) // DAY, least)
    if not missing and not waiting:
        return 0
    done = 0
    if store.sqlite:
        for day in missing:
            async with store.write() as tx:
                done += await _at_once(tx, day)
        return done
    if missing:
        async with store.write() as tx:
            await _put_down(tx, missing)
    async with store.write() as tx:
        await _mark(tx)
    async with store.read() as tx:
        ready = await _ready(tx)
    for day, mark in ready:
        async with store.write() as tx:
            done += await _fill(tx, day, mark)
    return done


async def _ready(tx: Tx) -> list[tuple[int, int]]:
    """Marked days that may be filled: whatever was on its way when they were marked has ended."""
    seen = (await tx.execute(_XMIN)).scalar_one()
    waits = select(message_day.c.day, message_day.c.mark).where(
        message_day.c.data.is_(None), message_day.c.mark <= seen
    )
    found = await tx.execute(waits.order_by(message_day.c.day.desc()).limit(A_PASS))
    return [(int(day), int(mark)) for day, mark in found]


async def _missing(tx: Tx, today: int, least: int) -> tuple[list[int], bool]:
    """(days to be put down, the newest first and A_PASS at most; whether some were put down and are not filled)."""
    begin, end = today - OLDEST, today - YOUNGEST
    inside = message.c.received_at.between(_at(begin * DAY), _at(end * DAY - 1))
    enough = select(message.c.id).where(inside).limit(least).subquery()
    if (await tx.execute(select(func.count()).select_from(enough))).scalar_one() < max(least, 1):
        return [], False
    first = (await tx.execute(select(func.min(message.c.received_at)).where(inside))).scalar_one()
    begin = max(begin, int(first.timestamp()) // DAY)
    there = {
        int(day): bool(full)
        for day, full in await tx.execute(
            select(message_day.c.day, message_day.c.data.is_not(None)).where(message_day.c.day >= begin)
        )
    }
    missing = [day for day in range(end - 1, begin - 1, -1) if day not in there]
    return missing[:A_PASS], not all(there.values())


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


async def _put_down(tx: Tx, days: list[int]) -> None:
    await tx.execute(insert(tx)(message_day).on_conflict_do_nothing(), [{"day": day} for day in days])


async def _mark(tx: Tx) -> None:
    """From now on whoever writes a message of such a day sees its row, and drops it."""
    waits = (await tx.execute(select(message_day.c.day).where(message_day.c.mark.is_(None)))).scalars().all()
    mark = (await tx.execute(_XMAX)).scalar_one()
    if waits:
        unmarked = message_day.c.day.in_(list(waits)) & message_day.c.mark.is_(None)
        await tx.execute(update(message_day).where(unmarked).values(mark=mark))


async def _at_once(tx: Tx, day: int) -> int:
    await tx.execute(insert(tx)(message_day).on_conflict_do_nothing(), [{"day": day, "mark": 0}])
    return await _fill(tx, day, 0)


async def _fill(tx: Tx, day: int, mark: int) -> int:
    rows = await tx.execute(_ROWS, {"begin": day * DAY, "end": (day + 1) * DAY, "no": False})
    data = pack(day, [tuple(one) for one in rows])
    if data is None:
        return 0
    ours = (message_day.c.day == day) & (message_day.c.mark == mark) & message_day.c.data.is_(None)
    return int((await tx.execute(update(message_day).where(ours).values(data=data))).rowcount)
