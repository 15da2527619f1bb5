"""Puts the managers' dashboard together: its site, links that sign people in, and the week's figures for Slack."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from helpdesk.app.jobs import dashboard_url
from helpdesk.app.parts import Parts, wall_clock
from helpdesk.reports.job import Reporter

if TYPE_CHECKING:
    from helpdesk.app.jobs import Jobs
    from helpdesk.web.site import Site, Vital

#: The share to be answered in time where a marketplace names none.
TARGET = 0.9


def target_of(parts: Parts, marketplace: str) -> float:
    """The share of messages that a marketplace wants answered in time."""
    found = parts.rules_of(marketplace).profile.target
    return TARGET if found is None else found


def site(parts: Parts, jobs: Jobs, vital: Vital) -> Site:
    """The dashboard over this process's parts."""
    from helpdesk.web.site import Site, no_name

    settings = parts.settings
    return Site(
        store=parts.store,
        vital=vital,
        now=wall_clock,
        zone=settings.zone,
        url=dashboard_url(parts),
        secret=settings.web.secret,
        managers=tuple(settings.slack.managers) if settings.slack else (),
        target_of=lambda name: target_of(parts, name),
        limits=settings.watchlist,
        library=parts.library,
        name_of=jobs.slack_door.person_name if jobs.slack_door is not None else no_name,
        wake=parts.ring,
    )


def reporter(parts: Parts, jobs: Jobs) -> Reporter:
    """What the digests' job is told."""
    settings, slack = parts.settings, parts.settings.slack
    first = settings.mailbox[0] if settings.mailbox else None
    named = {} if jobs.slack_door is None else {"name_of": jobs.slack_door.person_name}
    return Reporter(
        daily=settings.reports.daily,
        weekly=settings.reports.weekly,
        zone=settings.zone,
        channel=(settings.reports.channel or slack.escalations) if slack else "",
        email=tuple(settings.reports.email),
        mailbox=first.name if first else "",
        sender=first.address if first else "",
        url=dashboard_url(parts),
        limits=settings.watchlist,
        target_of=lambda name: target_of(parts, name),
        **named,
    )


async def link(parts: Parts, user: str) -> str:
    """An address that signs `user` in once; "" where no pages are served."""
    from helpdesk.web.sessions import make_link

    url = dashboard_url(parts)
    return await make_link(parts.store, url, user, wall_clock()) if url else ""


async def week(parts: Parts) -> list[tuple[str, str]]:
    """The last seven days for managers in Slack: (label, value)."""
    from helpdesk.reports import gathering
    from helpdesk.reports.figures import Window
    from helpdesk.store import dashboard
    from helpdesk.web.words import percent, span

    now = parts.now()
    async with parts.store.read() as tx:
        _, total = await gathering.response(tx, Window(since=now - timedelta(days=7), until=now))
        standing = await dashboard.standing(tx, now, timedelta(hours=4))
    return [
        ("Answered in time", percent(total.response_rate)),
        ("Late or unanswered", str(total.late + total.unanswered)),
        ("Half answered within", span(total.p50_seconds)),
        ("90 % answered within", span(total.p90_seconds)),
        ("Waiting now", str(standing.waiting)),
        ("Over the limit now", str(standing.overdue)),
    ]


async def week_chart(parts: Parts, day: date) -> bytes:
    """The seven days before `day` on the team's clock, day by day, as PNG; b"" where no buyer wrote."""
    from helpdesk.reports import charts, gathering
    from helpdesk.reports.figures import Window, nothing

    until = datetime.combine(day, time(), parts.settings.zone).astimezone(UTC)
    since = datetime.combine(day - timedelta(days=7), time(), parts.settings.zone).astimezone(UTC)
    edge = timedelta(seconds=1)  # a window is (since, until]
    asked = Window(since=since - edge, until=until - edge, by="day", zone=parts.settings.zone.key)
    async with parts.store.read() as tx:
        days, total = await gathering.response(tx, asked)
    if not total.eligible and not total.open:
        return b""
    dates = [f"{day - timedelta(days=back):%Y-%m-%d}" for back in range(7, 0, -1)]
    shown = {date: days.get(date, nothing()) for date in dates}
    return await asyncio.to_thread(charts.answered, shown, title="Messages by day of arrival, until yesterday")
