"""Whose turn it is to train, and when: once a night, by one worker, only after new clicks."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from helpdesk.app.health import Health
from helpdesk.app.jobs import Jobs
from helpdesk.app.judging import LazyJudge
from helpdesk.app.models import refresh, roll_back
from helpdesk.app.parts import Parts, open_parts
from helpdesk.app.retrain import Retraining, night_of
from helpdesk.domain_learning import Example, Learnt
from helpdesk.errors import SettingsError
from helpdesk.settings import Settings, load
from helpdesk.store import learning
from helpdesk.store.engine import Store

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = datetime(2026, 11, 24, 2, 40, tzinfo=UTC)  # 03:40 in Berlin
QUICK = ["true"]


@pytest.mark.parametrize(
    ("now", "at", "night"),
    [
        ("2026-11-24T02:29:59+00:00", "03:30", None),
        ("2026-11-24T02:30:00+00:00", "03:30", "2026-11-24"),
        ("2026-11-24T05:29:00+00:00", "03:30", "2026-11-24"),
        ("2026-11-24T05:30:00+00:00", "03:30", None),
        ("2026-11-24T00:10:00+00:00", "23:30", "2026-11-23"),  # past midnight it is still that night's
        ("2026-07-24T01:45:00+00:00", "03:30", "2026-07-24"),  # summer time
        ("2026-11-24T02:40:00+00:00", "", None),
    ],
)
def test_the_hour_is_that_of_the_team(now: str, at: str, night: str | None) -> None:
    """In the team's time zone, within three hours, never for an empty setting."""
    assert night_of(datetime.fromisoformat(now), at, BERLIN) == night


def test_a_time_that_is_none_is_one_line(tmp_path: Path) -> None:
    """The key is named."""
    path = tmp_path / "helpdesk.toml"
    path.write_text('[triage]\nretrain = "3 o\'clock"\n')

    with pytest.raises(SettingsError, match=r"triage\.retrain"):
        load(path)


@pytest.fixture
async def workers(tmp_path: Path) -> AsyncIterator[list[Parts]]:
    """Two workers of one database in which somebody has clicked."""
    settings = Settings.model_validate(
        {"timezone": "Europe/Berlin", "database": {"url": f"sqlite:///{tmp_path}/one.db"}}
    )
    found = [await open_parts(settings, tmp_path, LazyJudge(), lambda: NIGHT) for _ in range(2)]
    async with found[0].store.write() as tx:
        await learning.add_examples(tx, [Example(mail_id=1, at=NIGHT, label="spam")])
    yield found
    for parts in found:
        await parts.close()


async def test_one_worker_trains_once_a_night(workers: list[Parts]) -> None:
    """Not twice, not by day, and the next night only if somebody clicked since the last training."""
    one, two = workers
    assert await Retraining(one, lambda: QUICK).step() == 1
    assert await Retraining(two, lambda: QUICK).step() == 0
    one.now = lambda: NIGHT + timedelta(hours=9)
    assert await Retraining(one, lambda: QUICK).step() == 0
    one.now = lambda: NIGHT + timedelta(days=1)
    async with one.store.write() as tx:
        await learning.add_model(tx, a_model("aaa", newest=1))
    assert await Retraining(one, lambda: QUICK).step() == 0
    async with one.store.write() as tx:
        await learning.add_examples(tx, [Example(mail_id=2, at=NIGHT, label="spam")])
    assert await Retraining(one, lambda: QUICK).step() == 1


def a_model(version: str, newest: int = 0, *, adopted: bool = True) -> Learnt:
    """A row of the books whose bytes are no model."""
    return Learnt(
        version=version, sha256="0" * 64, data=b"PK", adopted=adopted, source="clicks", shipped="s", grown_from="s",
        at=NIGHT, newest=newest,
    )  # fmt: skip


async def test_a_training_ends_with_its_worker_and_another_takes_the_night(
    workers: list[Parts], tmp_path: Path
) -> None:
    """The process does not outlive the worker; a hold keeps others away as long as it is renewed."""
    one, two = workers
    pid = tmp_path / "pid"
    slow = ["sh", "-c", f"echo $$ > {pid}.new; mv {pid}.new {pid}; exec sleep 60"]
    working = asyncio.create_task(Retraining(one, lambda: slow).step())
    for _ in range(200):
        await asyncio.sleep(0.05)
        if pid.exists():
            break
    assert await Retraining(two, lambda: QUICK).step() == 0
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)
    async with one.store.write() as tx:  # as if its five minutes were over
        assert await learning.claim_night(tx, "2026-11-24", one.worker, NIGHT - timedelta(days=900), timedelta(0))
    assert await Retraining(two, lambda: QUICK).step() == 1
    assert await Retraining(one, lambda: QUICK).step() == 0


async def test_books_and_holds_on_both_databases(store: Store) -> None:
    """A model's bytes come back as they were; of two workers one has the night, until its lease is over."""
    lease = timedelta(minutes=5)
    data = bytes(range(256)) * 5000
    async with store.write() as tx:
        await learning.add_model(tx, a_model("aaa", newest=3).evolve(data=data))
        await learning.add_model(tx, a_model("", adopted=False))
        assert await learning.claim_night(tx, "2026-11-24", "one", NIGHT, lease)
        assert not await learning.claim_night(tx, "2026-11-24", "two", NIGHT, lease)
        assert await learning.claim_night(tx, "2026-11-24", "one", NIGHT + lease / 2, lease)
    async with store.write() as tx:
        assert not await learning.night_is_open(tx, "2026-11-24", NIGHT + lease)
        assert await learning.claim_night(tx, "2026-11-24", "two", NIGHT + 2 * lease, lease)
        await learning.end_night(tx, "2026-11-24", NIGHT + 2 * lease)
        assert not await learning.claim_night(tx, "2026-11-24", "one", NIGHT + 9 * lease, lease)
        found = await learning.model(tx, await learning.in_use(tx))
        assert found is not None
        assert (found.data, found.newest, found.at) == (data, 3, NIGHT)
        assert [row.adopted for row in await learning.history(tx)] == [True, False]


async def test_a_failed_training_is_over_for_the_night(workers: list[Parts]) -> None:
    """It is told in the log, and not begun again every minute."""
    one, two = workers
    assert await Retraining(one, lambda: ["sh", "-c", "echo no room >&2; exit 3"]).step() == 1
    assert await Retraining(two, lambda: QUICK).step() == 0


async def test_going_back_step_by_step_and_a_model_that_is_none(workers: list[Parts]) -> None:
    """Refused ones are no step; what cannot be read leaves the shipped one judging, and says why."""
    one, _ = workers
    async with one.store.write() as tx:
        for row in (a_model("aaa"), a_model("bbb"), a_model("", adopted=False), a_model("ccc")):
            await learning.add_model(tx, row)
    shipped = one.judge.version()
    assert await refresh(one)
    assert (one.judge.taken, one.judge.version()) == ("ccc", shipped)
    assert one.judge.trouble == "the learnt model ccc was changed (sha256 differs)"
    assert Health(one, Jobs(one)).warnings() == [f"{one.judge.trouble}: the shipped one judges"]
    assert [await roll_back(one) for _ in range(3)] == [
        "model bbb is in use again", "model aaa is in use again", "the shipped model is in use again",
    ]  # fmt: skip
    assert await refresh(one)
    assert one.judge.trouble == ""
