"""`helpdesk sla`: its JSON, CSV and table, and its one-line errors."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer

from helpdesk import cli_sla
from helpdesk.domain import Message, Ticket
from helpdesk.errors import UsageError
from helpdesk.store import schema, tickets
from helpdesk.store.engine import Store

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
Run = Callable[..., str]


def answered(age: timedelta, took: timedelta | None, marketplace: str = "amazon", agent: str = "U01") -> Message:
    """A message that came `age` before NOW."""
    at = NOW - age
    return Message(
        ticket_id=1, marketplace=marketplace, received_at=at, limit_seconds=86400,
        answered_at=None if took is None else at + took,
        response_seconds=None if took is None else int(took.total_seconds()),
        agent="" if took is None else agent,
    )  # fmt: skip


MESSAGES = [
    answered(50 * HOUR, HOUR),
    answered(50 * HOUR, 30 * HOUR),
    answered(30 * HOUR, None),
    answered(HOUR, None),
    answered(20 * HOUR, 3 * HOUR, "walmart", "=1+1"),
    answered(8 * 24 * HOUR, HOUR),
]


async def _fill(url: str) -> None:
    store = Store.connect(url)
    await schema.upgrade(store)
    ticket = Ticket(
        mailbox="m", marketplace="amazon", buyer="b", received_at=NOW, last_mail_at=NOW, created_at=NOW, updated_at=NOW
    )
    async with store.write() as tx:
        await tickets.add(tx, [ticket])
        await tickets.add_messages(tx, MESSAGES)
    await store.close()


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `sla` over a database of six messages; returns what it prints."""
    config = tmp_path / "helpdesk.toml"
    config.write_text('timezone = "Europe/Berlin"\n[database]\nurl = "sqlite:///desk.db"\n', encoding="utf-8")
    monkeypatch.setenv("HELPDESK_CONFIG", str(config))
    asyncio.run(_fill(f"sqlite:///{tmp_path}/desk.db"))
    app = typer.Typer()
    cli_sla.register(app)

    def command(*words: str) -> str:
        capsys.readouterr()
        app([*words, "--now", "2026-11-24T10:00"], standalone_mode=False)
        return capsys.readouterr().out

    return command


def test_json(run: Run) -> None:
    """The figures of DOMAIN 1.3 under "groups" and "total"; --now without an offset is the team's wall clock."""
    found = json.loads(run("--json"))

    assert set(found["groups"]) == {"amazon", "walmart"}
    assert found["groups"]["amazon"] == {
        "eligible": 3, "on_time": 1, "late": 1, "unanswered": 1, "open": 1,
        "response_rate": pytest.approx(1 / 3), "late_rate": pytest.approx(2 / 3),
        "avg_seconds": 55800.0, "p50_seconds": 55800.0, "p90_seconds": pytest.approx(97560.0),
    }  # fmt: skip
    assert found["total"]["eligible"] == 4
    assert datetime.fromisoformat(found["until"]) == NOW


@pytest.mark.parametrize(
    ("by", "names"),
    [
        ("agent", {"U01", "=1+1", "nobody"}),
        ("topic", {"other"}),
        ("hour", {"04", "08", "09", "14"}),
    ],
)
def test_groups(run: Run, by: str, names: set[str]) -> None:
    """Other groups are keyed by their own names; hours are those of the team's wall clock."""
    assert set(json.loads(run("--by", by, "--json"))["groups"]) == names


def test_a_longer_window_holds_more(run: Run) -> None:
    """--window 30d counts the message of eight days ago too."""
    assert json.loads(run("--window", "30d", "--json"))["total"]["eligible"] == 5


def test_csv_holds_no_formula(run: Run) -> None:
    """Each group is a row, then the total; a name that a spreadsheet would run is disarmed (promise 7)."""
    rows = list(csv.reader(io.StringIO(run("--by", "agent", "--csv"))))

    assert rows[0][:3] == ["agent", "eligible", "on_time"]
    assert [row[0] for row in rows[1:]] == ["'=1+1", "U01", "nobody", "total"]


def test_a_table_for_people(run: Run) -> None:
    """Without a flag it is a table in words, hours and per cent."""
    said = run()

    assert "2026-11-17 10:00 to 2026-11-24 10:00" in said
    assert "33.3%" in said


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--by", "moon"), "--by moon"),
        (("--window", "soon"), "--window"),
        (("--json", "--csv"), "--csv"),
    ],
)
def test_bad_options_are_named(run: Run, words: tuple[str, ...], named: str) -> None:
    """A bad option is one line that names it and the remedy."""
    with pytest.raises(UsageError, match=named):
        run(*words)
