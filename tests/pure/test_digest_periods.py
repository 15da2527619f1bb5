"""When a digest is due, and under which key."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from helpdesk.reports.periods import DAILY, WEEKLY, Period, due

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    """A moment of a wall clock as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "key"),
    [
        ("2026-11-24T08:30:00", "digest:daily:2026-11-24"),
        ("2026-11-24T08:29:59", "digest:daily:2026-11-23"),
        ("2026-11-24T23:59:59", "digest:daily:2026-11-24"),
        ("2026-03-29T08:30:00", "digest:daily:2026-03-29"),
        ("2026-10-25T08:30:00", "digest:daily:2026-10-25"),
    ],
)
def test_the_daily_digest_goes_by_the_teams_clock(now: str, key: str) -> None:
    """From its minute on it is today's; before, yesterday's."""
    found = due(DAILY, "08:30", BERLIN, at(now))
    assert found is None or found.key == key
    if now.endswith(("08:30:00", "23:59:59")):
        assert found is not None


def test_a_day_of_25_hours_is_told_whole() -> None:
    """Where the clocks change, the span runs from wall clock to wall clock: no message is told twice or never."""
    found = due(DAILY, "08:30", BERLIN, at("2026-10-25T09:00:00"))
    before = due(DAILY, "08:30", BERLIN, at("2026-10-24T09:00:00"))
    assert found is not None
    assert before is not None
    assert found.at - found.since == timedelta(hours=25)
    assert found.since == before.at


def test_the_weekly_digest_keeps_its_weekday() -> None:
    """On Tuesday it is still Monday's; after three days it is given up."""
    monday = due(WEEKLY, "mon 09:00", BERLIN, at("2026-11-24T10:00:00"))
    assert monday is not None
    assert monday.key == "digest:weekly:2026-11-23"
    assert monday.at - monday.since == timedelta(days=7)
    assert due(WEEKLY, "mon 09:00", BERLIN, at("2026-11-26T09:00:01")) is None


def test_none_is_due_where_none_is_wanted() -> None:
    """ "" switches a digest off."""
    assert due(DAILY, "", BERLIN, at("2026-11-24T10:00:00")) is None


@pytest.mark.parametrize("hour", range(0, 24, 3))
def test_every_moment_belongs_to_one_key(hour: int) -> None:
    """Over a year, quarter hour by quarter hour, keys only move forward and spans join."""
    moment, last = at(f"2026-01-02T{hour:02d}:00:00"), None
    for _ in range(365 * 4):
        found = due(DAILY, f"{hour:02d}:10", BERLIN, moment)
        if found is not None and last is not None and found.key != last.key:
            assert found.key > last.key
            assert found.since == last.at
        last = found or last
        moment += timedelta(hours=6)


#: (zone, the day whose night changes the clocks): an hour, half an hour, at midnight itself, and a day left out whole.
CHANGES = [
    ("Europe/Berlin", "2026-03-29"),
    ("Europe/Berlin", "2026-10-25"),
    ("America/New_York", "2026-03-08"),
    ("America/New_York", "2026-11-01"),
    ("Australia/Lord_Howe", "2026-04-05"),
    ("Australia/Lord_Howe", "2026-10-04"),
    ("Africa/Cairo", "2026-04-24"),
    ("Africa/Cairo", "2026-10-30"),
    ("America/Santiago", "2026-09-06"),
    ("UTC", "2026-03-29"),
]


@pytest.mark.parametrize("clock", ["00:00", "00:30", "01:59", "02:00", "02:30", "03:00", "08:30", "23:59"])
@pytest.mark.parametrize(("zone", "day"), CHANGES)
def test_a_change_of_the_clocks_neither_drops_nor_doubles_a_digest(zone: str, day: str, clock: str) -> None:
    """Every half hour over the days around: a daily digest a date, a weekly one a week, and spans that join."""
    place = ZoneInfo(zone)
    middle = at(f"{day}T12:00:00", place)
    for name, when, dates in ((DAILY, clock, 6), (WEEKLY, f"sun {clock}", 3)):
        moment = middle - timedelta(days=dates if name == DAILY else 15)
        found: list[Period] = []
        while moment < middle + timedelta(days=3 if name == DAILY else 8):
            one = due(name, when, place, moment)
            if one is not None and (not found or one.key != found[-1].key):
                found.append(one)
            moment += timedelta(minutes=30)
        keys = [one.key for one in found]
        assert len(keys) == len(set(keys))
        assert keys == sorted(keys)
        days = [one.at.astimezone(place).date() for one in found]
        assert {after - before for before, after in pairwise(days)} == {timedelta(days=1 if name == DAILY else 7)}
        assert all(after.since == before.at for before, after in pairwise(found))
        assert all(one.before < one.since < one.at for one in found)
