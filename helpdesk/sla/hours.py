"""Working hours: adding and measuring time over a calendar with several blocks a day, holidays and a time zone.

Blocks are wall-clock times; each is turned into moments of UTC before anything is counted, so that a block on the night
of a clock change is as long as it really was. "24x7" is plain arithmetic in UTC. All moments are aware UTC.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from helpdesk.errors import SettingsError

#: (from, to) in minutes after midnight; 1440 is the end of the day.
Block = tuple[int, int]

DAY = 1440
_ZERO = timedelta(0)
_CYCLE = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d) (\S+)", re.ASCII)
_HORIZON_DAYS = 3700  # a sum not reached in ten years is a calendar that is hardly ever open
_GRACE = timedelta(minutes=5)  # a step due at closing time is still posted


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """When a clock runs. Without `week` it always does."""

    name: str = "24x7"
    zone: str = "UTC"  #: IANA name: whose wall clock the blocks and dates mean
    week: tuple[tuple[Block, ...], ...] = ()  #: seven days, Monday first; empty: always open
    holidays: tuple[str, ...] = ()  #: "DE", "DE-BE": public holidays that are closed
    closed: frozenset[date] = frozenset()  #: own closed days
    special: tuple[tuple[date, tuple[Block, ...]], ...] = ()  #: days with hours of their own; they beat all else

    @property
    def always(self) -> bool:
        """Does the clock never stand?"""
        return not self.week


ALWAYS = Calendar()


def tidy(blocks: list[Block]) -> tuple[Block, ...]:
    """Sorted blocks without overlaps."""
    merged: list[Block] = []
    for begin, end in sorted(blocks):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        elif begin < end:
            merged.append((begin, end))
    return tuple(merged)


def add(start: datetime, span: timedelta, calendar: Calendar) -> datetime:
    """The earliest moment at which `span` of open time has passed since `start`.

    Raises SettingsError when the calendar is not open that long within ten years.
    """
    if calendar.always or span <= _ZERO:
        return start + max(span, _ZERO)
    left = span
    for opens, closes in _periods(start, calendar):
        begin = max(opens, start)
        if closes - begin >= left:
            return begin + left
        left -= max(closes - begin, _ZERO)
    raise SettingsError(f"calendar.{calendar.name} is hardly ever open: give it more hours, or fewer closed days")


def elapsed(start: datetime, end: datetime, calendar: Calendar) -> timedelta:
    """How much open time lies between two moments; zero when `end` is not later."""
    if end <= start:
        return _ZERO
    if calendar.always:
        return end - start
    total = _ZERO
    for opens, closes in _periods(start, calendar, until=end):
        total += max(min(closes, end) - max(opens, start), _ZERO)
    return total


@lru_cache(maxsize=16)
def read_cycle(text: str) -> tuple[int, int, str]:
    """("18:00-19:00 Asia/Kuala_Lumpur") → minutes of the cut and of the deadline, and the zone; SettingsError else."""
    found = _CYCLE.fullmatch(text.strip())
    try:
        if found is None:
            raise ValueError
        cut, due = (int(found[n]) * 60 + int(found[n + 1]) for n in (1, 3))
        _zone(found[5])
    except (ValueError, OSError, KeyError):
        raise SettingsError(f'"{text}" is not a cycle: write one like "18:00-19:00 Asia/Kuala_Lumpur"') from None
    return cut, due, found[5]


def cycle_end(at: datetime, text: str) -> datetime:
    """Until when what came at `at` is due in a daily cycle: at the deadline that follows the next cut."""
    cut, due, name = read_cycle(text)
    zone = _zone(name)
    day = at.astimezone(zone).date()
    if at > _instant(day, cut, zone):
        day += timedelta(days=1)
    return _instant(day if due > cut else day + timedelta(days=1), due, zone)


def is_open(at: datetime, calendar: Calendar) -> bool:
    """Does the clock run at this moment?"""
    return calendar.always or any(opens <= at < closes for opens, closes in _around(at, calendar))


def quiet_until(at: datetime, calendar: Calendar) -> datetime | None:
    """Outside the calendar's hours: when they begin again. None: speak now.

    The first minutes after closing count as open, so that what falls due at closing time is not kept until the morning.
    """
    if is_open(at, calendar) or any(opens < at <= closes + _GRACE for opens, closes in _around(at, calendar)):
        return None
    for opens, closes in _periods(at, calendar):
        if opens > at and closes > opens:
            return opens
    return None


def _around(at: datetime, calendar: Calendar) -> list[tuple[datetime, datetime]]:
    day = at.astimezone(_zone(calendar.zone)).date()
    return [p for shift in (-1, 0) for p in opening(day + timedelta(days=shift), calendar)]


def _periods(start: datetime, calendar: Calendar, until: datetime | None = None) -> Iterator[tuple[datetime, datetime]]:
    """The open periods from the day of `start` on, in order."""
    day = start.astimezone(_zone(calendar.zone)).date()
    last = day + timedelta(days=_HORIZON_DAYS) if until is None else until.astimezone(_zone(calendar.zone)).date()
    while day <= last:
        yield from opening(day, calendar)
        day += timedelta(days=1)


@lru_cache(maxsize=4096)
def opening(day: date, calendar: Calendar) -> tuple[tuple[datetime, datetime], ...]:
    """The open periods of one local day in UTC; none on a holiday."""
    blocks = _blocks(day, calendar)
    zone = _zone(calendar.zone)
    periods = ((_instant(day, begin, zone), _instant(day, end, zone)) for begin, end in blocks)
    return tuple((opens, closes) for opens, closes in periods if opens < closes)


def _blocks(day: date, calendar: Calendar) -> tuple[Block, ...]:
    for special, blocks in calendar.special:
        if special == day:
            return blocks
    if day in calendar.closed or any(day in public_holidays(place, day.year) for place in calendar.holidays):
        return ()
    return calendar.week[day.weekday()]


@lru_cache(maxsize=1024)
def public_holidays(place: str, year: int) -> frozenset[date]:
    """The public holidays of "DE" or "DE-BE" in a year; raises SettingsError for an unknown place."""
    from holidays import country_holidays

    country, _, part = place.partition("-")
    try:
        return frozenset(country_holidays(country, subdiv=part or None, years=year))
    except NotImplementedError:
        raise SettingsError(
            f'holidays = "{place}" is not known: write a country ("DE") or a part of it ("DE-BE")'
        ) from None


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _instant(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """The moment at which the wall clock first shows this time, or skips it."""
    local = datetime.combine(day, time()) + timedelta(minutes=minute)
    first = local.replace(tzinfo=zone).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None) == local:
        return first
    early = local.replace(tzinfo=zone, fold=1).astimezone(UTC)  # in the gap: fold=1 lies before it, fold=0 behind
    return _change(early, first, zone)


def _change(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """The moment between two at which the zone changes its offset, to the second."""
    before = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high


def hour_offsets(begin: datetime, end: datetime, zone: str) -> list[tuple[datetime, int]]:
    """A zone's offsets over a span of time: (from when, seconds east of UTC), the first from `begin`."""
    place = _zone(zone)
    days = max((end - begin).days, 0) + 1
    moments = [begin, *(begin + timedelta(days=n) for n in range(1, days)), max(end, begin)]
    found = [(begin, _offset(begin, place))]
    for low, high in pairwise(moments):
        if _offset(low, place) != _offset(high, place):
            moment = _change(low, high, place)
            found.append((moment, _offset(moment, place)))
    return found


def _offset(at: datetime, zone: ZoneInfo) -> int:
    offset = at.astimezone(zone).utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0
