"""Pages of the past: response times with their charts, rescue and triage; and the system's health."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from helpdesk.intake.first_contact import under_way
from helpdesk.reports import charts
from helpdesk.reports.figures import GROUPS, as_rows
from helpdesk.store import dashboard, mailboxes
from helpdesk.web import asking, words
from helpdesk.web.render import page, table
from helpdesk.web.sessions import Visitor
from helpdesk.web.site import Site

DIMENSIONS = {
    "marketplace": "Marketplace",
    "agent": "Agent",
    "topic": "Topic",
    "hour": "Hour of arrival",
    "weekday": "Weekday of arrival",
    "day": "Day",
}
assert set(DIMENSIONS) == set(GROUPS)

CHARTS = {"answered": charts.answered, "speed": charts.speed}


async def response(site: Site, who: Visitor, request: Request) -> Response:
    """Response figures of a window, by a dimension."""
    window, by = asking.window_of(request.query_params.get("window")), asking.group_of(request.query_params.get("by"))
    found = await asking.response(site, window, by)
    target = (
        min((site.target_of(name) for name in found.groups), default=0.9)
        if by == "marketplace"
        else site.target_of("amazon")
    )
    return page(
        site, who, "sla.html", path="/sla", window=window, by=by, found=found, windows=asking.WINDOWS,
        dimensions=DIMENSIONS, target=target,
    )  # fmt: skip


async def response_csv(site: Site, _who: Visitor, request: Request) -> Response:
    """The same as a table."""
    window, by = asking.window_of(request.query_params.get("window")), asking.group_of(request.query_params.get("by"))
    found = await asking.response(site, window, by)
    return table("response-times", as_rows(found.asked, found.groups, found.total))


async def chart(site: Site, _who: Visitor, request: Request) -> Response:
    """A chart as SVG; as an image it can run nothing."""
    query = request.query_params
    draw = CHARTS.get(request.path_params["name"])
    if draw is None:
        return Response(status_code=404)
    window, by = asking.window_of(query.get("window")), asking.group_of(query.get("by"))
    theme = "dark" if query.get("theme") == "dark" else "light"
    found = await asking.response(site, window, by)

    async def make() -> bytes:
        async with site.drawing:
            return await asyncio.to_thread(draw, found.groups, theme=theme, form="svg")

    drawn = await site.kept(("chart", request.path_params["name"], window, by, theme), make)
    return Response(drawn, media_type="image/svg+xml", headers={"cache-control": "private, max-age=10"})


async def quality(site: Site, who: Visitor, request: Request) -> Response:
    """Rescued mails and what they would have cost; verdicts, corrections, drift."""
    window = asking.window_of(request.query_params.get("window"))
    now = site.now()
    async with site.store.read() as tx:
        rescued = await dashboard.tickets_with(tx, "rescued", now - asking.WINDOWS[window], now, 50)
        near = await dashboard.listed(tx, since=now - asking.WINDOWS[window], until=now, near=0.9, limit=20)
    review, suspects = await asking.looks(site)
    return page(
        site, who, "quality.html", path="/quality", window=window, windows=asking.WINDOWS, rescued=rescued, near=near,
        quality=await asking.quality(site, window), review=review, suspects=suspects,
        said_to_be=words.CORRECTIONS,
    )  # fmt: skip


async def quality_csv(site: Site, _who: Visitor, request: Request) -> Response:
    """Verdicts and corrections as a table."""
    found = await asking.quality(site, asking.window_of(request.query_params.get("window")))
    rows: list[list[object]] = [["figure", "name", "count"]]
    rows += [["verdict", name, number] for name, number in sorted(found.verdicts.items())]
    rows += [["in junk", name, number] for name, number in sorted(found.junk.items())]
    rows += [["correction", name, number] for name, number in found.corrections.items()]
    rows += [["rescued", "", found.rescued], ["rescued in time", "", found.rescued_in_time]]
    return table("triage", rows)


async def system(site: Site, who: Visitor, _request: Request) -> Response:
    """Is everything alive, and what waits or was refused."""
    async with site.store.read() as tx:
        boxes = await mailboxes.listing(tx)
        stuck = await dashboard.stuck(tx)
        effects = await dashboard.outbox_counts(tx)
        contacts = await under_way(tx, datetime.now(UTC))
    return page(
        site, who, "system.html", path="/system", trouble=await site.vital.trouble(), boxes=boxes, stuck=stuck,
        effects=effects, contacts=contacts,
    )  # fmt: skip


async def system_csv(site: Site, _who: Visitor, _request: Request) -> Response:
    """What was refused or is held, as a table."""
    async with site.store.read() as tx:
        stuck = await dashboard.stuck(tx)
    names = ("key", "effect", "state", "lane", "error", "ticket_id", "created_at")
    return table("outbox", [names, *([one[name] for name in names] for one in stuck)])
