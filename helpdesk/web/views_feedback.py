"""Seller feedback: rating by window, the funnel of removals, what calls for somebody, and the rows behind numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from helpdesk.domain_feedback import Feedback
from helpdesk.feedback import figures as rating
from helpdesk.store import feedback
from helpdesk.web.render import page, table
from helpdesk.web.sessions import Visitor
from helpdesk.web.site import Site

#: Parts of a rating: name → does a number of stars belong to it?
PARTS: dict[str, Callable[[int], bool]] = {
    "positive": lambda stars: stars >= 4,
    "neutral": lambda stars: stars == 3,
    "negative": lambda stars: stars <= 2,
    "low": lambda stars: stars <= 3,
}
#: Topics are counted over so many days.
TOPIC_DAYS = "365"
LOW = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratings:
    """All feedback, and what is told of it."""

    items: Sequence[Feedback]
    today: date
    windows: dict[str, dict[str, Any]]
    topics: dict[str, dict[str, int]]
    funnel: dict[str, int]
    trend: int | None

    @property
    def whole(self) -> bool:
        """Is good feedback known too? Else there are no shares."""
        return rating.whole(self.items)

    @property
    def low(self) -> list[Feedback]:
        """Three stars and fewer, the newest first."""
        return newest(one for one in self.items if one.rating <= 3)

    def behind(
        self, window: str = "", part: str = "", topic: str = "", state: str = "", no: str = ""
    ) -> list[Feedback]:
        """The feedback behind a number, the newest first; "" asks for any, `no` for one by its own number.

        Ratings and topics count what counts for the marketplace; a state is one of the removals'.
        """
        found = self.items
        if no:
            return [one for one in found if str(one.id) == no]
        if state:
            return newest(one for one in found if one.recommended == "removal" and one.state == state)
        if window in rating.WINDOWS:
            counted = [one for one in found if rating.counts(one)]
            found = rating.within(counted, self.today, rating.WINDOWS[window])
        if topic:
            found = [one for one in found if one.topic == topic]
        return newest(one for one in found if part not in PARTS or PARTS[part](one.rating))


def newest(items: Any) -> list[Feedback]:
    """The newest first."""
    return sorted(items, key=lambda one: (one.given_on, one.id), reverse=True)


async def told(site: Site) -> Ratings:
    """All feedback and its figures, kept for a moment."""

    async def make() -> Ratings:
        today = site.now().astimezone(site.zone).date()
        async with site.store.read() as tx:
            items = await feedback.listing(tx)
            funnel = await feedback.funnel(tx)
        counted = [one for one in items if rating.counts(one)]
        topics = rating.by(rating.within(counted, today, rating.WINDOWS[TOPIC_DAYS]), "topic")
        return Ratings(
            items=items,
            today=today,
            windows=rating.windows_of(items, today),
            topics=topics,
            funnel=funnel,
            trend=rating.trend(counted, today) if rating.whole(items) else None,
        )

    return await site.kept("feedback", make)


async def ratings(site: Site, who: Visitor, _request: Request) -> Response:
    """The page."""
    found = await told(site)
    return page(site, who, "feedback.html", path="/feedback", found=found, low=found.low, most=LOW, days=TOPIC_DAYS)


async def ratings_csv(site: Site, _who: Visitor, _request: Request) -> Response:
    """All feedback as a table."""
    names = ("id", "marketplace", "order_id", "rating", "given_on", "comment", "verdict", "criterion", "recommended",
             "deadline", "state", "sku", "asin", "ticket_id")  # fmt: skip
    items = (await told(site)).items
    return table("feedback", [names, *([str(getattr(one, name) or "") for name in names] for one in items)])
