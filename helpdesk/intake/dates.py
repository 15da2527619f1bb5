"""Dates of e-mail headers as aware UTC, whatever form they have (RFC 5322, older, broken); nothing raises."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache

_DATE = re.compile(
    r"(\d{1,2})[\s-]+(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*[\s-]+(\d{4}|\d{2})[\s,]+"
    r"(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?(?:\s*([+-]\d{4})|\s*([A-Z]{1,5})\b)?",
    re.IGNORECASE,
)
#: The form that nearly all dates have, at half the time; whatever else there is goes the way round `_DATE`.
_USUAL_DATE = re.compile(
    r"\s*(?:[A-Z][a-z][a-z],)?\s*(\d\d?) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (\d{4}) "
    r"(\d\d):(\d\d):(\d\d) ([+-]\d{4})(?!\d)",
    re.ASCII,
)
_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: n for n, month in enumerate(_MONTH_NAMES, start=1) for name in (month, month.capitalize())}
_ZONES = {"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "CET": 1, "CEST": 2}


@lru_cache(maxsize=512)
def date(value: str) -> datetime | None:
    """An e-mail date as aware UTC; None where it says nothing credible (before 1980, after 2100, no such day)."""
    match = _USUAL_DATE.match(value)
    try:
        if match is not None:
            return _from_usual(match)
        match = _DATE.search(value)
        found = _from_match(match) if match is not None else _unusual(value)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    if found is None:
        return None
    if found.tzinfo is not UTC:
        try:
            found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        except (OverflowError, ValueError):
            return None
    return found if 1980 <= found.year <= 2100 else None


def _from_usual(match: re.Match[str]) -> datetime | None:
    day, month, year, hour, minute, second, offset = match.groups()
    found = datetime(
        int(year), _MONTHS[month], int(day), int(hour), int(minute), min(int(second), 59), tzinfo=UTC
    ) - _shift(offset)
    return found if 1980 <= found.year <= 2100 else None


@lru_cache(maxsize=256)
def _shift(offset: str) -> timedelta:
    """What +0130 is ahead of UTC."""
    minutes = int(offset[1:3]) * 60 + int(offset[3:5])
    return timedelta(minutes=-minutes if offset[0] == "-" else minutes)


def _unusual(value: str) -> datetime | None:
    return parsedate_to_datetime(value[:100]) if value.strip() else None


def _from_match(match: re.Match[str]) -> datetime:
    day, month, year, hour, minute, second, offset, zone = match.groups()
    full = int(year) if len(year) == 4 else int(year) + (2000 if int(year) < 70 else 1900)
    shift = _shift(offset) if offset else timedelta(hours=_ZONES.get((zone or "").upper(), 0))
    found = datetime(
        full, _MONTHS[month.lower()], int(day), int(hour), int(minute), min(int(second or 0), 59), tzinfo=UTC
    )
    return found - shift
