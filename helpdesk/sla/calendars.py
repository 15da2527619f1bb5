"""Reads a [calendar.NAME] table of helpdesk.toml into a Calendar.

    [calendar.office]
    timezone = "Europe/Berlin"              # default: the team's
    mon = ["09:00-12:30", "13:30-18:00"]    # … to sun; a block may run past midnight: "22:00-06:00"
    holidays = "DE-BE"                      # a country or a part of it; several with commas
    closed = ["2026-12-24"]
    special = { "2026-12-19" = ["10:00-16:00"] }

Without any day, and for `business` without a table of its own, the hours are Monday to Friday, whole days.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any
from zoneinfo import ZoneInfo

from helpdesk.errors import SettingsError
from helpdesk.sla.hours import ALWAYS, DAY, Block, Calendar, public_holidays, tidy

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
KEYS = ("timezone", *DAYS, "holidays", "closed", "special")
_CLOCK = re.compile(r"([01]?\d|2[0-4])(?::([0-5]\d))?", re.ASCII)
_WORKDAYS = tuple(((0, DAY),) if day < 5 else () for day in range(7))


def calendar(name: str, tables: Mapping[str, Mapping[str, Any]], timezone: str) -> Calendar:
    """The calendar that a profile names: "24x7", "business", or one of the `tables` ([calendar.NAME]).

    Raises SettingsError for an unknown name, naming the nearest known one, and for a table that cannot be read.
    """
    if name in tables:
        return read(name, tables[name], timezone)
    if name == "24x7":
        return ALWAYS
    if name == "business":
        return Calendar(name=name, zone=timezone, week=_WORKDAYS)
    known = ["24x7", "business", *tables]
    raise SettingsError(f'calendar "{name}" is not known{_nearest(name, known)}; define it as [calendar.{name}]')


def read(name: str, keys: Mapping[str, Any], timezone: str) -> Calendar:
    """One [calendar.NAME] table; raises SettingsError naming the key that is wrong."""
    where = f"calendar.{name}"
    for key in keys:
        if key not in KEYS:
            raise SettingsError(f"{where}.{key} is not a key{_nearest(key, KEYS)}")
    zone = str(keys.get("timezone") or timezone)
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, KeyError):
        raise SettingsError(f'{where}.timezone = "{zone}" is not a time zone: write one like "Europe/Berlin"') from None
    special = _table(keys.get("special", {}), f"{where}.special")
    return Calendar(
        name=name,
        zone=zone,
        week=_week(keys, where) if any(keys.get(day) for day in DAYS) else _WORKDAYS,
        holidays=_holidays(keys.get("holidays", ()), f"{where}.holidays"),
        closed=frozenset(_date(day, f"{where}.closed") for day in _list(keys.get("closed", ()), f"{where}.closed")),
        special=tuple(
            (_date(day, f"{where}.special"), _blocks(blocks, f"{where}.special.{day}"))
            for day, blocks in special.items()
        ),
    )


def _week(keys: Mapping[str, Any], where: str) -> tuple[tuple[Block, ...], ...]:
    """Blocks for seven days; what runs past midnight goes on the next day."""
    week: list[list[Block]] = [[] for _ in DAYS]
    for day, name in enumerate(DAYS):
        for begin, end in _pairs(keys.get(name) or (), f"{where}.{name}"):
            if begin < end:
                week[day].append((begin, end))
            else:
                week[day].append((begin, DAY))
                week[(day + 1) % 7].append((0, end))
    return tuple(tidy(blocks) for blocks in week)


def _blocks(value: object, where: str) -> tuple[Block, ...]:
    return tidy([(begin, end if begin < end else DAY) for begin, end in _pairs(value, where)])


def _pairs(value: object, where: str) -> list[Block]:
    pairs = []
    for text in _list(value, where):
        begin, dash, end = str(text).replace("–", "-").partition("-")
        first, last = _minute(begin), _minute(end)
        if not dash or first is None or last is None or first in (last, DAY):
            raise SettingsError(f'{where} = "{text}" is not a block of hours: write "09:00-17:30"')
        pairs.append((first, last))
    return pairs


def _minute(text: str) -> int | None:
    found = _CLOCK.fullmatch(text.strip())
    minute = int(found[1]) * 60 + int(found[2] or 0) if found else DAY + 1
    return minute if minute <= DAY else None


def _holidays(value: object, where: str) -> tuple[str, ...]:
    words = value.split(",") if isinstance(value, str) else _list(value, where)
    places = tuple(str(place).strip() for place in words if str(place).strip())
    for place in places:
        try:
            public_holidays(place, 2026)
        except SettingsError as error:
            raise SettingsError(f"{where}: {error}") from None
    return places


def _date(value: object, where: str) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value).strip())
    except ValueError:
        raise SettingsError(f'{where}: "{value}" is not a date: write 2026-12-24') from None


def _list(value: object, where: str) -> list[Any]:
    if isinstance(value, list | tuple):
        return list(value)
    raise SettingsError(f"{where} must be a list")


def _table(value: object, where: str) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return {str(key): item for key, item in value.items()}
    raise SettingsError(f"{where} must be a table")


def _nearest(name: str, known: tuple[str, ...] | list[str]) -> str:
    close = get_close_matches(name, known, n=1, cutoff=0.5)
    return f": did you mean {close[0]}?" if close else ""
