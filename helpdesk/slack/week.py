"""The last seven days for managers: the figures of reports/ in few words."""

from __future__ import annotations

from datetime import datetime

from helpdesk.reports.figures import Figures, figures, window
from helpdesk.slack.words import span_of
from helpdesk.store import figures as query
from helpdesk.store.engine import Store


async def week(store: Store, now: datetime, zone: str = "UTC") -> list[tuple[str, str]]:
    """(label, value) of the seven days before `now`; [] when no buyer wrote."""
    asked = window("7d", now, "marketplace", zone)
    async with store.read() as tx:
        found = await query.window(tx, since=asked.since, until=asked.until, by=asked.by, offsets=asked.offsets)
    groups, total = figures(found, asked.by)
    if not total.eligible and not total.open:
        return []
    return [*_pairs(total), *(_line(name, one) for name, one in groups.items() if len(groups) > 1)][:10]


def _pairs(total: Figures) -> list[tuple[str, str]]:
    return [
        ("Answered in time", _rate(total.response_rate)),
        ("Late or unanswered", f"{total.late + total.unanswered} of {total.eligible}"),
        ("Average until the answer", span_of(total.avg_seconds)),
        ("Nine of ten within", span_of(total.p90_seconds)),
        ("Still in time to answer", str(total.open)),
    ]


def _line(name: str, one: Figures) -> tuple[str, str]:
    return name, f"{_rate(one.response_rate)} of {one.eligible}"


def _rate(rate: float | None) -> str:
    return "–" if rate is None else f"{rate:.1%}"
