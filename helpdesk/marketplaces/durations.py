"""Durations as people write them: "24h", "90m", "1h30m", "3d", "30s"."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from helpdesk.errors import SettingsError

_UNITS = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}
_PART = re.compile(r"(\d{1,9})\s*([wdhms])")
_WHOLE = re.compile(r"\s*(?:\d{1,9}\s*[wdhms]\s*){1,5}", re.ASCII)
_LONGEST = timedelta(days=36525)  # a century: what lies beyond overflows dates
_EXAMPLES = '"24h", "90m", "1h30m", "3d" or "30s"'


class Span(timedelta):
    """A duration that remembers how it was written, so that the step "90m" is called "90m" everywhere."""

    text: str

    @classmethod
    def of(cls, seconds: int, text: str) -> Span:
        """`seconds` long, written as `text`."""
        span = cls(seconds=seconds)
        span.text = text
        return span


def parse(value: object, key: str) -> timedelta:
    """The duration that a person wrote under `key`; at least one second.

    Raises SettingsError, naming the key, for anything else.

    >>> parse("1h30m", "limit")
    datetime.timedelta(seconds=5400)
    """
    if isinstance(value, timedelta):
        span: timedelta = value
    else:
        text = value.strip().lower() if isinstance(value, str) else ""
        if len(text) > 60 or not _WHOLE.fullmatch(text):
            raise SettingsError(f"{key} = {_shown(value)} is not a duration: write {_EXAMPLES}")
        seconds = sum(int(number) * _UNITS[unit] for number, unit in _PART.findall(text))
        if seconds > _LONGEST.total_seconds():
            raise SettingsError(f"{key} = {_shown(value)} is longer than a century: write {_EXAMPLES}")
        span = Span.of(seconds, "".join(text.split()))
    if not timedelta(seconds=1) <= span <= _LONGEST:
        raise SettingsError(f"{key} = {_shown(value)} is shorter than a second: write {_EXAMPLES}")
    return span


def is_plausible(at: datetime) -> bool:
    """Is it a time that a person means, with room for limits, windows and zones on both sides?

    >>> is_plausible(datetime(2026, 11, 24)), is_plausible(datetime(26, 11, 24)), is_plausible(datetime(9999, 12, 31))
    (True, False, False)
    """
    return 1990 <= at.year < 2200


def label(span: timedelta) -> str:
    """The duration as it was written, or in hours, minutes and seconds.

    >>> label(timedelta(hours=24)), label(timedelta(minutes=90)), label(timedelta(0))
    ('24h', '1h30m', '0s')
    """
    if isinstance(span, Span) and hasattr(span, "text"):
        return span.text
    rest, parts = int(span.total_seconds()), []
    for unit in "hms":
        number, rest = divmod(rest, _UNITS[unit])
        if number:
            parts.append(f"{number}{unit}")
    return "".join(parts) or "0s"


def _shown(value: object) -> str:
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= 40 else text[:37] + "…"
