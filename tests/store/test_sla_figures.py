"""SLA figures over both databases, against the plain count of DOMAIN 1.3 and the histories of the clock."""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from helpdesk.domain import Message, Ticket
from helpdesk.reports.figures import GROUPS, NOBODY, Figures, Window, as_json, as_rows, figures
from helpdesk.store import figures as query
from helpdesk.store import tickets
from helpdesk.store.engine import Store
from tests.support.histories import count, play, read

NOW = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
LONG = timedelta(days=3650)


async def stored(store: Store, messages: list[Message]) -> None:
    """Put messages under one ticket."""
    at = NOW
    ticket = Ticket(
        mailbox="m", marketplace="amazon", buyer="b", received_at=at, last_mail_at=at, created_at=at, updated_at=at
    )
    async with store.write() as tx:
        [kept] = await tickets.add(tx, [ticket])
        await tickets.add_messages(tx, [one.evolve(ticket_id=kept.id) for one in messages])


async def asked(store: Store, window: Window) -> tuple[dict[str, Figures], Figures]:
    """The figures of a window."""
    async with store.read() as tx:
        found = await query.window(tx, since=window.since, until=window.until, by=window.by, offsets=window.offsets)
    return figures(found, window.by)


def plainly(messages: list[Message], now: datetime, window: timedelta) -> Figures:
    """The same, counted one message after another; percentiles from the standard library."""
    counted = count(messages, now, window)
    seconds = sorted(counted.seconds)
    tenths = statistics.quantiles(seconds, n=10, method="inclusive") if len(seconds) > 1 else seconds * 9
    return Figures(
        eligible=counted.eligible, on_time=counted.on_time, late=counted.late, unanswered=counted.unanswered,
        open=counted.open,
        response_rate=counted.on_time / counted.eligible if counted.eligible else None,
        late_rate=(counted.late + counted.unanswered) / counted.eligible if counted.eligible else None,
        avg_seconds=counted.average,
        p50_seconds=statistics.median(seconds) if seconds else None,
        p90_seconds=tenths[8] if seconds else None,
    )  # fmt: skip


def same(one: Figures, other: Figures) -> bool:
    """Equal, but for the last digits of a float."""
    return all(getattr(one, name) == pytest.approx(getattr(other, name)) for name in Figures.__dataclass_fields__)


def invented(number: int, seed: int) -> list[Message]:
    """Messages of every kind over two months with a clock change in them."""
    dice = random.Random(seed)
    made = []
    for _ in range(number):
        received = NOW - timedelta(seconds=dice.randrange(60 * 86400))
        took = dice.choice([None, dice.randrange(3600), dice.randrange(200_000), 86400, 86401, 0])
        answered = None if took is None or received + timedelta(seconds=took) > NOW else took
        made.append(
            Message(
                ticket_id=1, marketplace=dice.choice(["amazon", "walmart", "direct"]),
                topic=dice.choice(["stock_out", "other", "wrong_item"]), received_at=received,
                limit_seconds=dice.choice([86400, 86400, 172800, None]),
                answered_at=None if answered is None else received + timedelta(seconds=answered),
                response_seconds=answered, no_response=dice.random() < 0.1,
                agent="" if answered is None else dice.choice(["U01", "U02", "sent", "marketplace"]),
            )
        )  # fmt: skip
    return made


GROUP_OF: dict[str, Callable[[Message], str]] = {
    "marketplace": lambda one: one.marketplace,
    "agent": lambda one: one.agent or NOBODY,
    "topic": lambda one: one.topic,
    "hour": lambda one: f"{one.received_at.astimezone(ZoneInfo('Europe/Berlin')).hour:02d}",
    "weekday": lambda one: f"{one.received_at.astimezone(ZoneInfo('Europe/Berlin')):%a}",
    "day": lambda one: one.received_at.astimezone(ZoneInfo("Europe/Berlin")).date().isoformat(),
}


@pytest.mark.parametrize("days", [7, 30, 90])
async def test_figures_agree_with_the_plain_count(store: Store, days: int) -> None:
    """Every figure of every group is what counting one message after another gives."""
    messages = invented(700, seed=days)
    await stored(store, messages)
    span = timedelta(days=days)

    for by in GROUPS:
        groups, total = await asked(store, Window(since=NOW - span, until=NOW, by=by, zone="Europe/Berlin"))
        inside = [one for one in messages if NOW - span < one.received_at <= NOW and not one.no_response]
        assert set(groups) == {GROUP_OF[by](one) for one in inside}
        for name, found in groups.items():
            assert same(found, plainly([one for one in inside if GROUP_OF[by](one) == name], NOW, span)), (by, name)
        assert same(total, plainly(messages, NOW, span))


async def test_figures_of_the_histories(store: Store) -> None:
    """The clock's histories, stored and counted by the database, give the figures that the file says."""
    at: dict[datetime, list[Message]] = {}
    for history in read():
        here = play(history)
        at.setdefault(here.now, []).extend(here.clock.messages)
    everything = [one for messages in at.values() for one in messages]
    await stored(store, everything)

    for now in at:
        _, total = await asked(store, Window(since=now - LONG, until=now))
        assert same(total, plainly(everything, now, LONG)), now


async def test_the_window_is_open_at_its_beginning(store: Store) -> None:
    """Received in (now − window, now]: exactly a week ago is out, a second later is in; now is in."""
    limit = 86400
    for age in (timedelta(days=7), timedelta(days=7, seconds=-1), timedelta(0), timedelta(seconds=-1)):
        await stored(
            store,
            [Message(ticket_id=1, marketplace="amazon", received_at=NOW - age, limit_seconds=limit)],
        )

    _, total = await asked(store, Window(since=NOW - timedelta(days=7), until=NOW))

    assert (total.unanswered, total.open) == (1, 1)


async def test_nothing_to_count(store: Store) -> None:
    """Without messages there are zeros and nulls, no division by zero."""
    for by in (None, *GROUPS):
        groups, total = await asked(store, Window(since=NOW - LONG, until=NOW, by=by))
        assert groups == {}
        assert total == Figures(
            eligible=0, on_time=0, late=0, unanswered=0, open=0, response_rate=None, late_rate=None,
            avg_seconds=None, p50_seconds=None, p90_seconds=None,
        )  # fmt: skip


@pytest.mark.parametrize("agents", [3, 40])
async def test_names_that_a_sample_misses(store: Store, monkeypatch: pytest.MonkeyPatch, agents: int) -> None:
    """Few names or many, seen at once or only on a second look, the empty one among them: each is counted."""
    monkeypatch.setattr(query, "_SAMPLED", f"SELECT * {query._WINDOW} ORDER BY received_at LIMIT 1")
    names = ["", *(f"U{number:0{number % 5 + 2}d}" for number in range(agents))]
    messages = [
        one.evolve(agent=name, answered_at=one.received_at + timedelta(seconds=7), response_seconds=7) if name else one
        for one, name in zip(invented(len(names) * 3, seed=5), names * 3, strict=True)
    ]
    messages = [
        one if one.agent in names[1:] else one.evolve(agent="", answered_at=None, response_seconds=None)
        for one in messages
    ]
    await stored(store, messages)

    groups, _ = await asked(store, Window(since=NOW - LONG, until=NOW, by="agent"))

    assert set(groups) == {one.agent or NOBODY for one in messages if not one.no_response}
    for name, found in groups.items():
        assert same(found, plainly([one for one in messages if (one.agent or NOBODY) == name], NOW, LONG)), name


async def test_names_are_data(store: Store) -> None:
    """An agent's name that looks like a formula or like SQL is counted as it is, and harmless in CSV."""
    name = "=cmd('x');--"
    at = NOW - timedelta(hours=5)
    await stored(
        store,
        [
            Message(
                ticket_id=1, marketplace="amazon", received_at=at, limit_seconds=86400, answered_at=NOW,
                response_seconds=18000, agent=name,
            )
        ],
    )  # fmt: skip
    window = Window(since=NOW - LONG, until=NOW, by="agent")

    groups, total = await asked(store, window)

    assert set(groups) == {name}
    assert [row[0] for row in as_rows(window, groups, total)] == ["agent", "'" + name, "total"]
    as_dict = as_json(window, groups, total)
    assert as_dict["total"] == {
        "eligible": 1, "on_time": 1, "late": 0, "unanswered": 0, "open": 0, "response_rate": 1.0, "late_rate": 0.0,
        "avg_seconds": 18000.0, "p50_seconds": 18000.0, "p90_seconds": 18000.0,
    }  # fmt: skip
