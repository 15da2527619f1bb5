"""Overrides a marketplace's clock key by key, as [sla.NAME] in helpdesk.toml says, and finds the calendar it names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from difflib import get_close_matches
from typing import Any

from helpdesk.errors import SettingsError
from helpdesk.marketplaces.durations import parse
from helpdesk.marketplaces.profile import SlaProfile
from helpdesk.sla.calendars import calendar
from helpdesk.sla.clock import Rules
from helpdesk.sla.hours import read_cycle

_KEYS = tuple(field.name for field in fields(SlaProfile))
_OLD_NAMES = {"windows": "windows_days"}
_ANCHORS = ("earliest_unanswered", "first_in_thread")
_NONE = {"", "none", "never", "off"}
_MOST_STEPS = 20


def override(profile: SlaProfile, keys: Mapping[str, Any], where: str = "sla") -> SlaProfile:
    """The profile with the keys of [sla.NAME] in place of its own; `where` is "sla.amazon", for errors.

    `claim_risk` is a step of its own wherever it is written down. Raises SettingsError naming the key.
    """
    changes: dict[str, Any] = {}
    for name, value in keys.items():
        key = _OLD_NAMES.get(name, name)
        if key not in _KEYS:
            close = get_close_matches(name, [*_KEYS, *_OLD_NAMES], n=1, cutoff=0.5)
            raise SettingsError(f"{where}.{name} is not a key" + (f": did you mean {close[0]}?" if close else ""))
        changes[key] = _read(key, value, f"{where}.{name}")
    if changes.get("claim_risk") is not None:
        changes["steps"] = tuple(sorted({*changes.get("steps", profile.steps), changes["claim_risk"]}))
    return replace(profile, **changes)


def rules(profile: SlaProfile, tables: Mapping[str, Mapping[str, Any]], timezone: str, where: str = "sla") -> Rules:
    """The profile with its calendar; `tables` are the [calendar.NAME] tables, `timezone` the team's IANA name."""
    try:
        return Rules(profile=profile, calendar=calendar(profile.calendar, tables, timezone))
    except SettingsError as error:
        raise SettingsError(f"{where}.calendar: {error}") from None


def _read(key: str, value: Any, where: str) -> Any:
    if key in {"limit", "claim_risk"}:
        off = value is None or value is False or (isinstance(value, str) and value.strip().lower() in _NONE)
        return None if off else parse(value, where)
    if key == "steps":
        return _steps(value, where)
    if key == "windows_days":
        return tuple(_day(one, where) for one in (value if isinstance(value, list | tuple) else [value]))
    if key == "target":
        return _share(value, where)
    if key == "auto_reply_counts":
        if not isinstance(value, bool):
            raise SettingsError(f"{where} = {value!r}: write true or false")
        return value
    text = str(value).strip()
    if key == "cycle" and text:
        try:
            read_cycle(text)
        except SettingsError as error:
            raise SettingsError(f"{where}: {error}") from None
    if key == "anchor" and text not in _ANCHORS:
        raise SettingsError(f'{where} = "{text}": write "earliest_unanswered" or "first_in_thread"')
    return text


def _steps(value: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple) or len(value) > _MOST_STEPS:
        raise SettingsError(f'{where} must be a list of at most {_MOST_STEPS} durations, as ["12h", "20h", "24h"]')
    spans = {parse(one, where) for one in value}
    return tuple(sorted(spans))


def _day(value: Any, where: str) -> int:
    seconds = (
        86400 * value if isinstance(value, int) and not isinstance(value, bool) else parse(value, where).total_seconds()
    )
    if seconds < 86400 or seconds % 86400:
        raise SettingsError(f"{where} = {value!r}: write whole days, as [7, 30, 90]")
    return int(seconds // 86400)


def _share(value: Any, where: str) -> float | None:
    if value is None or value is False:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 1:
        return float(value)
    raise SettingsError(f"{where} = {value!r}: write a share between 0 and 1, as 0.90")
