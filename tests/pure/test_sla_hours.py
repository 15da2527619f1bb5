"""Working hours: sums, measures and the tables of the configuration."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk.errors import SettingsError
from helpdesk.sla.calendars import calendar, read
from helpdesk.sla.hours import ALWAYS, Calendar, add, elapsed, hour_offsets, is_open, opening, quiet_until
from tests.support.histories import CALENDARS

ALL = [ALWAYS, *(calendar(name, CALENDARS, "Europe/Berlin") for name in ("business", *CALENDARS))]
MOMENTS = st.integers(1_735_689_600, 1_830_297_600).map(lambda second: datetime.fromtimestamp(second, UTC))  # 2025-2027


@given(MOMENTS, st.integers(0, 60 * 72), st.sampled_from(ALL))
@settings(deadline=None)
def test_adding_and_measuring_are_one(start: datetime, minutes: int, hours: Calendar) -> None:
    """So much open time lies between a start and its due time, and the due time is the first such moment."""
    span = timedelta(minutes=minutes)
    due = add(start, span, hours)

    assert elapsed(start, due, hours) == span
    assert due == start or elapsed(start, due - timedelta(seconds=1), hours) < span


@given(MOMENTS, st.integers(0, 60 * 30), st.integers(0, 60 * 30), st.sampled_from(ALL))
@settings(deadline=None)
def test_spans_add_up(start: datetime, first: int, second: int, hours: Calendar) -> None:
    """Two steps one after the other are due when their sum is."""
    one, two = timedelta(minutes=first), timedelta(minutes=second)
    assert add(add(start, one, hours), two, hours) == add(start, one + two, hours)


@given(MOMENTS, st.sampled_from(ALL), st.integers(1, 300))
@settings(deadline=None, max_examples=40)
def test_measuring_agrees_with_looking_every_minute(start: datetime, hours: Calendar, minutes: int) -> None:
    """Open time is the number of minutes at which the calendar says that it is open."""
    start = start.replace(second=0)
    looked = sum(is_open(start + timedelta(minutes=n), hours) for n in range(minutes))
    assert elapsed(start, start + timedelta(minutes=minutes), hours) == timedelta(minutes=looked)


@given(MOMENTS, st.sampled_from(ALL))
@settings(deadline=None)
def test_quiet_ends_when_the_hours_begin(at: datetime, hours: Calendar) -> None:
    """Where it is quiet, it is so until the calendar opens again."""
    until = quiet_until(at, hours)
    if until is not None:
        assert until > at
        assert is_open(until, hours)
        assert elapsed(at, until, hours) == timedelta(0)


def test_a_block_on_the_night_of_a_clock_change() -> None:
    """A block from 02:00 to 03:15 lasts a quarter of an hour in spring, two and a quarter in autumn."""
    hours = read("night", {"sun": ["02:00-03:15"], "timezone": "Europe/Berlin"}, "UTC")

    def length(day: date) -> timedelta:
        return sum((closes - opens for opens, closes in opening(day, hours)), timedelta(0))

    assert length(date(2026, 3, 29)) == timedelta(minutes=15)
    assert length(date(2026, 10, 25)) == timedelta(hours=2, minutes=15)
    assert length(date(2026, 10, 18)) == timedelta(hours=1, minutes=15)


def test_a_day_that_a_zone_skipped() -> None:
    """Samoa had no 30 December 2011: nothing was open on it."""
    hours = read("samoa", {"timezone": "Pacific/Apia", "fri": ["09:00-17:00"], "sat": ["09:00-17:00"]}, "UTC")
    assert opening(date(2011, 12, 30), hours) == ()
    assert len(opening(date(2011, 12, 31), hours)) == 1


def test_offsets_of_a_year() -> None:
    """A zone's two changes of a year, to the second."""
    found = hour_offsets(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC), "America/New_York")
    assert found == [
        (datetime(2026, 1, 1, tzinfo=UTC), -18000),
        (datetime(2026, 3, 8, 7, tzinfo=UTC), -14400),
        (datetime(2026, 11, 1, 6, tzinfo=UTC), -18000),
    ]


def test_overlapping_blocks_count_once() -> None:
    """Blocks are sorted and merged."""
    hours = read("c", {"mon": ["13:00-17:00", "09:00-12:00", "11:00-14:00"]}, "UTC")
    assert opening(date(2026, 3, 2), hours) == (
        (datetime(2026, 3, 2, 9, tzinfo=UTC), datetime(2026, 3, 2, 17, tzinfo=UTC)),
    )


def test_hardly_ever_open() -> None:
    """A calendar that cannot hold a span says so, instead of searching for ever."""
    hours = Calendar(name="never", week=((),) * 6 + (((0, 1),),), zone="UTC")
    with pytest.raises(SettingsError, match=r"calendar\.never"):
        add(datetime(2026, 1, 1, tzinfo=UTC), timedelta(days=30), hours)


@pytest.mark.parametrize(
    ("keys", "named"),
    [
        ({"hours": []}, r"calendar\.c\.hours"),
        ({"mno": ["09:00-17:00"]}, r"calendar\.c\.mno is not a key: did you mean mon"),
        ({"mon": ["9-5pm"]}, r"calendar\.c\.mon"),
        ({"mon": ["09:00"]}, r"calendar\.c\.mon"),
        ({"mon": ["25:00-26:00"]}, r"calendar\.c\.mon"),
        ({"mon": ["09:00-09:00"]}, r"calendar\.c\.mon"),
        ({"mon": "09:00-17:00"}, r"calendar\.c\.mon must be a list"),
        ({"timezone": "Mars/Base"}, r"calendar\.c\.timezone"),
        ({"holidays": "XX"}, r"calendar\.c\.holidays"),
        ({"holidays": "DE-XX"}, r"calendar\.c\.holidays"),
        ({"closed": ["24.12.2026"]}, r"calendar\.c\.closed"),
        ({"special": {"soon": ["09:00-12:00"]}}, r"calendar\.c\.special"),
        ({"special": ["09:00-12:00"]}, r"calendar\.c\.special must be a table"),
    ],
)
def test_a_wrong_key_is_named(keys: dict[str, Any], named: str) -> None:
    """Each fault of a [calendar.NAME] table is one line that names the key."""
    with pytest.raises(SettingsError, match=named):
        read("c", keys, "UTC")


def test_an_unknown_calendar_names_the_nearest() -> None:
    """A misspelt name is answered with the known one."""
    with pytest.raises(SettingsError, match="did you mean office"):
        calendar("ofice", CALENDARS, "UTC")


def test_a_table_of_that_name_beats_the_built_in_one() -> None:
    """[calendar.business] replaces Monday to Friday."""
    hours = calendar("business", {"business": {"sun": ["10:00-12:00"]}}, "UTC")
    assert [bool(day) for day in hours.week] == [False] * 6 + [True]
