"""Durations as people write them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from helpdesk.errors import SettingsError
from helpdesk.marketplaces.durations import label, parse


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("24h", 86400), ("90m", 5400), ("1h30m", 5400), ("3d", 259200), ("30s", 30), ("1s", 1), ("2w", 1209600),
        (" 24 h ", 86400), ("1h 30m", 5400), ("24H", 86400), ("730d", 63072000), ("1d12h", 129600),
    ],
)  # fmt: skip
def test_reads_what_people_write(text: str, seconds: int) -> None:
    """Every unit, several units, spaces and capitals are understood."""
    assert parse(text, "sla.amazon.limit").total_seconds() == seconds


@pytest.mark.parametrize(
    "value",
    ["", "24", 24, "h", "24x", "0s", "0h0m", "-1h", "1.5h", "٢h", "999999999w", "1h" * 40, None, True, ["1h"], 1.5],
)
def test_anything_else_names_the_key(value: object) -> None:
    """What is not a duration of at least a second is refused in one line that names the key."""
    with pytest.raises(SettingsError, match=r"sla\.amazon\.limit = ") as refused:
        parse(value, "sla.amazon.limit")
    assert "\n" not in str(refused.value)


def test_a_timedelta_passes() -> None:
    """A value that is a duration already is taken as it is."""
    assert parse(timedelta(hours=2), "limit") == timedelta(hours=2)


@pytest.mark.parametrize("text", ["12h", "90m", "72h", "3d", "60s", "1h30m"])
def test_is_called_as_it_was_written(text: str) -> None:
    """A step keeps the name that stands in the configuration."""
    assert label(parse(text, "steps")) == text


@pytest.mark.parametrize(
    ("span", "name"),
    [
        (timedelta(hours=24), "24h"), (timedelta(hours=40), "40h"), (timedelta(minutes=90), "1h30m"),
        (timedelta(seconds=5), "5s"), (timedelta(days=3), "72h"), (timedelta(0), "0s"),
    ],
)  # fmt: skip
def test_a_plain_duration_is_named_in_hours(span: timedelta, name: str) -> None:
    """24 hours are "24h", never "1 day"."""
    assert label(span) == name
