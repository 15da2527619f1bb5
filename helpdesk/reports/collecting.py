"""Collects everything that a digest tells, from events and messages alone, so that it can be recomputed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from helpdesk.domain import Event, Verdict
from helpdesk.reports import digest as pure
from helpdesk.reports import gathering
from helpdesk.reports.figures import Figures, Window
from helpdesk.reports.periods import WEEKLY, Period
from helpdesk.settings import WatchList
from helpdesk.store import behind, dashboard, feedback, tickets
from helpdesk.store.engine import Tx

#: A ticket this close to its limit is at risk.
SOON = timedelta(hours=4)
#: Missed messages and near misses that a digest looks at.
MOST = 100
#: Answered in time, but after this share of the limit: a near miss.
NEAR = 0.9
#: Days in the chart.
CHART_DAYS = {WEEKLY: 28}


async def collect(
    tx: Tx, period: Period, zone: ZoneInfo, target_of: Callable[[str], float], limits: WatchList, url: str = ""
) -> pure.Digest:
    """The digest of a period, as things stand in this transaction."""
    groups: dict[str, dict[str, Figures]] = {}
    total: Figures | None = None
    for dimension in pure.DIMENSIONS:
        asked = Window(since=period.since, until=period.at, by=dimension, zone=zone.key)
        groups[dimension], total = await gathering.response(tx, asked)
    assert total is not None
    _, before = await gathering.response(tx, Window(since=period.before, until=period.since))
    begin = period.at - timedelta(days=CHART_DAYS.get(period.name, 14))
    days, _ = await gathering.response(tx, Window(since=begin, until=period.at, by="day", zone=zone.key))
    standing = await dashboard.standing(tx, period.at, SOON)
    looks = await behind.count_looks(tx)
    entries, _ = await gathering.watched(tx, limits, period.at)
    missed, near = await _misses(tx, period)
    return pure.Digest(
        period=period, zone=zone.key, target=min(map(target_of, groups["marketplace"]), default=target_of("amazon")),
        total=total, before=before, groups=groups, days=days, open_now=standing.waiting,
        overdue_now=standing.overdue, at_risk=standing.at_risk, missed=missed, near=near,
        quality=await gathering.quality(tx, period.since, period.at),
        reviews=looks.get(Verdict.REVIEW, 0), suspects=looks.get(Verdict.SUSPECT, 0), funnel=await feedback.funnel(tx),
        promises=await _promises(tx, period), url=url,
        watched=[f"{one.rule.title}: {one.title or one.item}".rstrip(": ") for one in entries if one.state == "open"],
    )  # fmt: skip


async def _misses(tx: Tx, period: Period) -> tuple[list[pure.Missed], list[pure.Missed]]:
    late = await dashboard.listed(tx, since=period.since, until=period.at, states=("late", "unanswered"), limit=MOST)
    near = await dashboard.listed(tx, since=period.since, until=period.at, near=NEAR, limit=MOST)
    history = _by_ticket(await tickets.events_of(tx, [one.message.ticket_id for one in late], _EXPLAINING))
    return pure.missed_of([one.message for one in late], history), pure.missed_of([one.message for one in near], {})


#: Events that explain a late answer.
_EXPLAINING = ("rescued", "refused", "reply_failed", "reply_held", "snoozed", "woken", "taken", "assigned")


async def _promises(tx: Tx, period: Period) -> tuple[int, int]:
    reminded = await dashboard.events(tx, ["reminded"], period.since - timedelta(days=3), period.at)
    answers = await tickets.events_of(tx, [one.ticket_id for one in reminded], ["answered"])
    return pure.promises_kept(reminded, _by_ticket(answers), period.since, period.at)


def _by_ticket(events: Sequence[Event]) -> dict[int, list[Event]]:
    found: dict[int, list[Event]] = {}
    for event in events:
        found.setdefault(event.ticket_id, []).append(event)
    return found
