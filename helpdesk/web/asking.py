"""What pages ask the store for, answered from memory within the same few seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from helpdesk.domain import Ticket, Verdict
from helpdesk.errors import UsageError
from helpdesk.reports import gathering
from helpdesk.reports.figures import GROUPS, Figures, Window
from helpdesk.reports.watchlist import Entry
from helpdesk.store import behind, dashboard, feedback
from helpdesk.web.site import Site

#: The windows that pages offer: name → length.
WINDOWS = {"24h": timedelta(hours=24), "7d": timedelta(days=7), "30d": timedelta(days=30), "90d": timedelta(days=90)}
DEFAULT = "7d"
#: Long windows change little from minute to minute: they may be this old, s, while they are counted anew.
PATIENCE = {"30d": 60.0, "90d": 300.0}
#: Rows of a list on a page, and in its table as CSV at most.
MANY, CSV = 200, 2000
#: So far into a list a page goes.
DEEPEST = 1_000_000
#: A ticket this close to its limit is at risk.
SOON = timedelta(hours=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Response figures of a window."""

    asked: Window
    groups: Mapping[str, Figures]
    total: Figures


def window_of(text: str | None) -> str:
    """A window's name out of an address; the default for any other text."""
    return text if text in WINDOWS else DEFAULT


def group_of(text: str | None) -> str:
    """A dimension's name out of an address."""
    return text if text in GROUPS else "marketplace"


def start_of(text: str | None) -> int:
    """How many rows of a list were shown on the pages before."""
    return min(int(text), DEEPEST) if text and text.isascii() and text.isdigit() and len(text) < 8 else 0


async def response(site: Site, window: str, by: str | None) -> Answer:
    """The figures of a window, by a dimension."""
    if window not in WINDOWS:
        raise UsageError(f"{window} is no window: one of {', '.join(WINDOWS)}")

    async def make() -> Answer:
        now = site.now()
        asked = Window(since=now - WINDOWS[window], until=now, by=by, zone=site.zone.key)
        async with site.store.read() as tx:
            groups, total = await gathering.response(tx, asked)
        return Answer(asked=asked, groups=groups, total=total)

    return await site.kept(("response", window, by), make, patience=PATIENCE.get(window, 0.0))


async def standing(site: Site) -> dashboard.Standing:
    """How things stand."""

    async def make() -> dashboard.Standing:
        async with site.store.read() as tx:
            return await dashboard.standing(tx, site.now(), SOON)

    return await site.kept("standing", make)


async def queue(site: Site, limit: int, show: str = "", start: int = 0) -> list[Ticket]:
    """Who waits, the most urgent first; with `show`, only those behind that number of `standing`."""

    async def make() -> list[Ticket]:
        async with site.store.read() as tx:
            if show:
                return await dashboard.behind_standing(tx, show, site.now(), SOON, limit, start)
            deep = min(start, CSV - min(limit, CSV))  # its query names every ticket that it looks at
            return (await dashboard.queue(tx, deep + limit))[deep:]

    return await site.kept(("queue", limit, show, start), make)


async def watched(site: Site) -> tuple[list[Entry], dict[int, str]]:
    """The watch list and the words behind it."""

    async def make() -> tuple[list[Entry], dict[int, str]]:
        async with site.store.read() as tx:
            return await gathering.watched(tx, site.limits, site.now())

    return await site.kept("watched", make, patience=60.0)


async def quality(site: Site, window: str) -> gathering.Quality:
    """Rescue and triage over a window."""

    async def make() -> gathering.Quality:
        now = site.now()
        async with site.store.read() as tx:
            return await gathering.quality(tx, now - WINDOWS[window], now)

    return await site.kept(("quality", window), make, patience=PATIENCE.get(window, 0.0))


async def looks(site: Site) -> tuple[int, int]:
    """Mails that wait for a person's look: uncertain ones, suspects."""

    async def make() -> tuple[int, int]:
        async with site.store.read() as tx:
            found = await behind.count_looks(tx)
        return found.get(Verdict.REVIEW, 0), found.get(Verdict.SUSPECT, 0)

    return await site.kept("looks", make)


async def funnel(site: Site) -> dict[str, int]:
    """Removals of feedback by state."""

    async def make() -> dict[str, int]:
        async with site.store.read() as tx:
            return await feedback.funnel(tx)

    return await site.kept("funnel", make)
