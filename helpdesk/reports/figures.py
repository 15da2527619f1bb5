"""SLA figures exactly as DOMAIN 1.3 defines them, over the numbers of store/figures.py. Pure; all times are aware UTC.

    eligible      = messages in the window − no response needed − younger than the limit and unanswered (`open`)
    on_time       = answered within the limit        late       = answered after it
    unanswered    = over the limit without an answer
    response_rate = on_time ÷ eligible               late_rate  = (late + unanswered) ÷ eligible
    averages and percentiles = over all answered messages, from arrival to answer in plain seconds

Percentiles are exact, linear between the two nearest (as PostgreSQL's percentile_cont and numpy's default). Where there
is nothing to divide by, a figure is None.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from helpdesk.errors import UsageError
from helpdesk.marketplaces.durations import is_plausible, parse
from helpdesk.plain import csv_cell
from helpdesk.reports.counting import GROUP_SHIFT, Counted, counted
from helpdesk.sla.hours import hour_offsets
from helpdesk.store.figures import Numbers

#: What figures can be grouped by.
GROUPS = ("marketplace", "agent", "topic", "hour", "weekday", "day")
#: Groups of the wall clock.
TIMES = ("hour", "weekday", "day")
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
#: The group of messages that nobody has answered, among agents.
NOBODY = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The figures of a group or of all: whole messages, shares from 0 to 1, seconds."""

    eligible: int
    on_time: int
    late: int
    unanswered: int
    open: int
    response_rate: float | None
    late_rate: float | None
    avg_seconds: float | None
    p50_seconds: float | None
    p90_seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What is asked: messages received in (since, until], by what, on whose wall clock the hours are."""

    since: datetime
    until: datetime
    by: str | None = None
    zone: str = "UTC"

    @property
    def offsets(self) -> list[tuple[datetime, int]]:
        """The zone's offsets over the window, for grouping by hour, weekday or day."""
        return hour_offsets(self.since, self.until, self.zone) if self.by in TIMES else []


def window(text: str, now: datetime, by: str | None, zone: str) -> Window:
    """The window that `--window 7d` asks for, back from `now`; UsageError for what is not a duration or a group."""
    if by is not None and by not in GROUPS:
        raise UsageError(f"--by {by}: write one of {', '.join(GROUPS)}")
    span: timedelta = parse(text, "--window")
    return Window(since=now - span, until=now, by=by, zone=zone)


def moment(text: str | None, now: datetime, zone: str) -> datetime:
    """`--now ISO` as aware UTC, on the team's wall clock where it names no offset; without it, `now`."""
    if text is None:
        return now
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(f"--now {text}: write a time as 2026-11-24T09:00 or 2026-11-24T08:00:00Z") from None
    if not is_plausible(at):
        raise UsageError(f"--now {text} lies in the year {at.year}: write a time as 2026-11-24T09:00")
    return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)


def figures(found: Numbers, by: str | None) -> tuple[dict[str, Figures], Figures]:
    """The figures of each group, by its name in order, and those of all messages together."""
    numbers = found.numbers
    first = int(numbers.min()) >> GROUP_SHIFT if len(numbers) else 0
    last = int(numbers.max()) >> GROUP_SHIFT if len(numbers) else 0
    every, whole = counted(numbers - (first << GROUP_SHIFT) if first else numbers, last - first + 1)
    groups: dict[str, Figures] = {}
    if by is not None:
        for number, one in enumerate(every, start=first):
            if sum(one.states):
                groups[_name(number, found, by)] = _figures(one)
    if by == "weekday":  # in the week's order, as numbered
        return groups, _figures(whole)
    return dict(sorted(groups.items())), _figures(whole)


def nothing() -> Figures:
    """The figures of no message."""
    return _figures(Counted(states=(0, 0, 0, 0), seconds=0, percentiles=None))


def clock_number(by: str, name: str) -> int | None:
    """The number of an hour's, weekday's or day's group, by the name it is shown under; None for no such name."""
    try:
        if by == "day":
            return (date.fromisoformat(name) - date(1970, 1, 1)).days
        return WEEKDAYS.index(name) if by == "weekday" else int(name)
    except ValueError:
        return None


def _name(number: int, found: Numbers, by: str) -> str:
    if by == "hour":
        return f"{number:02d}"
    if by == "weekday":
        return WEEKDAYS[number]
    if by == "day":
        return (date(1970, 1, 1) + timedelta(days=number)).isoformat()
    return found.names[number] or NOBODY


def _figures(one: Counted) -> Figures:
    on_time, late, waiting, unanswered = one.states
    eligible, answered = on_time + late + unanswered, on_time + late
    p50, p90 = one.percentiles or (None, None)
    return Figures(
        eligible=eligible,
        on_time=on_time,
        late=late,
        unanswered=unanswered,
        open=waiting,
        response_rate=on_time / eligible if eligible else None,
        late_rate=(late + unanswered) / eligible if eligible else None,
        avg_seconds=one.seconds / answered if answered else None,
        p50_seconds=p50,
        p90_seconds=p90,
    )


def as_json(asked: Window, groups: Mapping[str, Figures], total: Figures) -> dict[str, object]:
    """The JSON of `helpdesk sla --json` (DESIGN 4)."""
    return {
        "since": asked.since.isoformat(),
        "until": asked.until.isoformat(),
        "by": asked.by,
        "groups": {name: asdict(one) for name, one in groups.items()},
        "total": asdict(total),
    }


def as_rows(asked: Window, groups: Mapping[str, Figures], total: Figures) -> list[list[str]]:
    """Head, a row for each group, and the total, as text cells for CSV; no cell can be a formula (promise 7)."""
    names = list(Figures.__dataclass_fields__)
    rows = [[asked.by or "group", *names]]
    for name, one in [*groups.items(), ("total", total)]:
        rows.append([csv_cell(name), *(_cell(getattr(one, field)) for field in names)])
    return rows


def _cell(value: float | None) -> str:
    if value is None:
        return ""
    return str(value) if isinstance(value, int) else f"{value:.4f}"
