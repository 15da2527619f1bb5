"""When a digest is due, over which span, and under which key: once per period and time zone. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAILY, WEEKLY = "daily", "weekly"
#: A digest that was missed (helpdesk was down) is still sent this long after its time; then the next one tells.
LATEST = {DAILY: timedelta(hours=20), WEEKLY: timedelta(days=3)}
DAYS = {DAILY: 1, WEEKLY: 7}


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """One digest to be sent."""

    name: str  #: daily | weekly
    key: str  #: "digest:daily:2026-11-24": the day it is sent on, on the team's wall clock
    at: datetime  #: when it is due, aware UTC
    since: datetime  #: messages received in (since, at] are told
    before: datetime  #: and compared with those in (before, since]


def due(name: str, when: str, zone: ZoneInfo, now: datetime) -> Period | None:
    """The newest digest of this name whose time has come; None where `when` is "" or its time is long past.

    `when`: "08:30" for the daily one, "mon 09:00" for the weekly one, on the zone's wall clock. A time that a change of
    the clocks skips is taken as the hour after it; one that comes twice, as the first.
    """
    if not when:
        return None
    day, _, hour = when.rpartition(" ")
    clock = time.fromisoformat(hour)
    at = _latest(day, clock, zone, now)
    if now - at > LATEST[name]:
        return None
    local = at.astimezone(zone)
    span = timedelta(days=DAYS[name])
    since, before = (_moment((local - span * n).date(), clock, zone) for n in (1, 2))
    return Period(name=name, key=f"digest:{name}:{local.date().isoformat()}", at=at, since=since, before=before)


def _latest(day: str, clock: time, zone: ZoneInfo, now: datetime) -> datetime:
    today = now.astimezone(zone).date()
    for back in range(9):
        tried = today - timedelta(days=back)
        at = _moment(tried, clock, zone)
        if at <= now and (not day or WEEKDAYS[tried.weekday()] == day):
            return at
    raise AssertionError("every weekday comes within nine days")


def _moment(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, zone).astimezone(UTC)
