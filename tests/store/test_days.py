"""Packed days: counted as the rows are, and dropped by whoever changes a message of theirs."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from helpdesk.domain import Message, Ticket
from helpdesk.reports.figures import GROUPS, Figures, Window, figures
from helpdesk.store import columns, days, schema, tickets
from helpdesk.store import figures as query
from helpdesk.store.engine import Store
from tests.store.test_sla_figures import NOW, invented, plainly, same, stored
from tests.support.postgres import Postgres

ALL = timedelta(days=70)


async def counted(store: Store, by: str | None = None, until: datetime = NOW) -> tuple[dict[str, Figures], Figures]:
    """The figures of all messages."""
    window = Window(since=until - ALL, until=until, by=by, zone="Europe/Berlin")
    async with store.read() as tx:
        found = await query.window(tx, since=window.since, until=until, by=by, offsets=window.offsets)
    return figures(found, by)


async def pack(store: Store) -> int:
    """Pack whatever can be packed."""
    done = 0
    while packed := await days.keep(store, NOW, least=1):
        done += packed
    return done


async def there(store: Store) -> int:
    """How many days are packed."""
    async with store.read() as tx:
        return len(await days.packed(tx, 0, 100_000))


async def test_packed_days_are_counted_as_rows_are(store: Store) -> None:
    """Every figure of every group is the same to the last digit, before and after, and is the plain count."""
    messages = invented(900, seed=3)
    await stored(store, messages)
    before = [await counted(store, by) for by in (None, *GROUPS)]
    assert await pack(store) >= 55
    assert await there(store) >= 55
    after = [await counted(store, by) for by in (None, *GROUPS)]
    assert before == after
    assert same(after[0][1], plainly(messages, NOW, ALL))


async def test_a_change_drops_its_day(store: Store) -> None:
    """A late mail, an answer, a withdrawal, a deletion: the next look tells it, and the day is packed anew."""
    messages = invented(300, seed=4)
    await stored(store, messages)
    await pack(store)
    full = await there(store)
    at = (NOW - timedelta(days=20)).replace(microsecond=0)

    await stored(store, [Message(ticket_id=1, marketplace="amazon", received_at=at, limit_seconds=86400)])
    assert await there(store) == full - 1
    assert (await counted(store))[1].unanswered == plainly(messages, NOW, ALL).unanswered + 1
    assert await pack(store) == 1

    async with store.read() as tx:
        [late] = [one for one in await tickets.messages(tx, [1, 2]) if one.received_at == at and one.agent == ""][-1:]
    async with store.write() as tx:
        await tickets.save_messages(tx, [late.evolve(answered_at=at + timedelta(hours=1), response_seconds=3600)])
    assert await there(store) == full - 1
    assert (await counted(store))[1].on_time == plainly(messages, NOW, ALL).on_time + 1
    await pack(store)

    async with store.write() as tx:
        await tx.execute(text("DELETE FROM ticket_message WHERE id = :id"), {"id": late.id})
    assert await there(store) == full - 1
    assert same((await counted(store))[1], plainly(messages, NOW, ALL))


async def test_a_small_shop_packs_nothing(store: Store) -> None:
    """Where rows are as quick, nothing is written."""
    await stored(store, invented(300, seed=5))
    assert await days.keep(store, NOW) == 0
    assert await there(store) == 0


async def test_two_workers_pack_a_day_once(store: Store) -> None:
    """Side by side they neither fail nor count twice."""
    messages = invented(300, seed=6)
    await stored(store, messages)
    for _ in range(12):
        await asyncio.gather(*(days.keep(store, NOW, least=1) for _ in range(2)))
    assert same((await counted(store))[1], plainly(messages, NOW, ALL))
    assert await pack(store) == 0


async def test_a_message_on_its_way_is_not_lost(postgres: Postgres) -> None:
    """On PostgreSQL: written before the day's row was there to be dropped, committed after; no packed day lacks it."""
    store = Store.connect(postgres.fresh_database())
    await schema.upgrade(store)
    messages = invented(200, seed=7)
    await stored(store, messages)
    await pack(store)
    at = (NOW - timedelta(days=20)).replace(microsecond=0)
    late = Message(ticket_id=1, marketplace="amazon", received_at=at, limit_seconds=86400)
    ticket = Ticket(
        mailbox="m", marketplace="amazon", buyer="c", received_at=at, last_mail_at=at, created_at=at, updated_at=at
    )
    async with store.write() as tx:
        await tx.execute(text("DELETE FROM ticket_message_day"))
    async with store.write() as tx:
        [kept] = await tickets.add(tx, [ticket])
        await tickets.add_messages(tx, [late.evolve(ticket_id=kept.id)])
        for _ in range(12):
            await days.keep(store, NOW, least=1)
        assert await there(store) == 0
    assert (await counted(store))[1].unanswered == plainly(messages, NOW, ALL).unanswered + 1
    assert await pack(store) > 40
    assert (await counted(store))[1].unanswered == plainly(messages, NOW, ALL).unanswered + 1
    await store.close()


@pytest.mark.parametrize("row", [(5, -1, None), (5, 86400, 2**31), (5, 2**40, None)])
def test_what_columns_cannot_hold_stays_in_rows(row: tuple[int, int | None, int | None]) -> None:
    """A number out of range is not cut off."""
    assert columns.pack(0, [(*row, "amazon", "other", "")]) is None
    assert columns.pack(0, [(5, None, 2**31 - 1, "amazon", "other", "")]) is not None


def test_an_unanswered_message_grows_late_in_its_packed_day() -> None:
    """What was open when it was packed is over the limit when it is."""
    packed = columns.pack(10, [(10 * 86400 + 5, 3600, None, "amazon", "other", "")])
    assert packed is not None
    at = 10 * 86400 + 5 + 3600
    for now, state in ((at, 2), (at + 1, 3)):
        [found] = columns.numbers(10, packed, columns.Asked(by=None, now=now), {}).tolist()
        assert found >> 32 == state
