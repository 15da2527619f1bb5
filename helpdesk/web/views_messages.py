"""The buyers' messages behind a number of the response times, as a page and as a table."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from helpdesk.reports.figures import GROUPS, NOBODY, TIMES, Window, clock_number
from helpdesk.store import dashboard
from helpdesk.web import asking, words
from helpdesk.web.render import page, table
from helpdesk.web.sessions import Visitor
from helpdesk.web.site import Site

#: Answered in time, but after this share of the limit: a near miss.
NEAR = 0.9
#: States that a number counts together.
TOGETHER = {
    "missed": ("late", "unanswered"),
    "answered": ("on_time", "late"),
    "judged": ("on_time", "late", "unanswered"),
}
assert set(TOGETHER) == set(words.TOGETHER)


async def behind(site: Site, who: Visitor, request: Request) -> Response:
    """The buyers' messages behind a number."""
    asked, start = Behind.of(request), asking.start_of(request.query_params.get("start"))
    rows = await asked.rows(site, start, asking.MANY + 1)
    return page(
        site, who, "messages.html", path="/sla", rows=rows[: asking.MANY], asked=asked,
        states=words.STATES | words.TOGETHER, csv=asking.CSV,
        start=start, many=asking.MANY, more=len(rows) > asking.MANY,
    )  # fmt: skip


async def behind_csv(site: Site, _who: Visitor, request: Request) -> Response:
    """The same as a table."""
    names = (
        "ticket_id",
        "marketplace",
        "topic",
        "received_at",
        "answered_at",
        "response_seconds",
        "limit_seconds",
        "agent",
    )
    rows = [
        [*(getattr(row.message, name) for name in names), row.subject, row.status]
        for row in await Behind.of(request).rows(site, 0, asking.CSV)
    ]
    return table("messages", [["ticket", *names[1:], "subject", "status"], *rows])


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """Which messages an address asks for."""

    window: str
    state: str
    by: str
    group: str
    near: bool

    @classmethod
    def of(cls, request: Request) -> Behind:
        """Out of ?window=7d&state=late&by=topic&group=quality_defect; unknown values ask for everything."""
        query = request.query_params
        by = query.get("by", "")
        return cls(
            window=asking.window_of(query.get("window")),
            state=query.get("state", "") if query.get("state") in {*words.STATES, *TOGETHER} else "",
            by=by if by in GROUPS else "",
            group=query.get("group", "")[:200],
            near=query.get("near") == "1",
        )

    async def rows(self, site: Site, start: int, limit: int) -> list[dashboard.Listed]:
        """The messages, the newest first."""
        now = site.now()
        states = TOGETHER.get(self.state) or ((self.state,) if self.state else ())
        window = Window(since=now - asking.WINDOWS[self.window], until=now, by=self.by or None, zone=site.zone.key)
        group: str | int | None = "" if self.by == "agent" and self.group == NOBODY else self.group
        if self.by in TIMES:
            group = clock_number(self.by, self.group)
        if group is None:
            return []
        async with site.store.read() as tx:
            return await dashboard.listed(
                tx, since=window.since, until=now, states=states, by=window.by, group=group, offsets=window.offsets,
                near=NEAR if self.near else None, start=start, limit=limit,
            )  # fmt: skip
