"""The watch list's page: entries with the buyers' words behind each, the seed's advice, snooze and done."""

from __future__ import annotations

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from helpdesk.domain_watch import WatchMark
from helpdesk.reports import watchlist as pure
from helpdesk.store import watchlist
from helpdesk.web import asking
from helpdesk.web.render import page, table
from helpdesk.web.sessions import Visitor
from helpdesk.web.site import Site

#: How long an entry may sleep, in days.
NAPS = (7, 30, 90)


async def listing(site: Site, who: Visitor, _request: Request) -> Response:
    """All entries."""
    entries, words = await asking.watched(site)
    shown = [(entry, pure.messages(entry, words)) for entry in entries]
    return page(site, who, "watchlist.html", path="/watchlist", shown=shown, naps=NAPS, most=watchlist.MOST)


async def listing_csv(site: Site, _who: Visitor, _request: Request) -> Response:
    """The same as a table."""
    return table("watch-list", pure.as_rows(*await asking.watched(site)))


async def decide(site: Site, who: Visitor, fields: dict[str, str]) -> Response:
    """Snooze, done, or back again."""
    rule, item, choice = fields.get("rule", ""), fields.get("item", "")[:500], fields.get("choice", "")
    now = site.now()
    naps = {f"snooze {days}": timedelta(days=days) for days in NAPS}
    known = rule in {one.name for one in pure.rules()}
    if not known or choice not in {*naps, "done", "wake"}:
        return page(site, who, "refused.html", status=400, why="That is no choice for an entry of the watch list.")
    async with site.store.write() as tx:
        if choice == "wake":
            await watchlist.unmark(tx, rule, item)
        else:
            state = "done" if choice == "done" else "snoozed"
            until = now + naps[choice] if choice in naps else None
            await watchlist.mark(tx, WatchMark(rule=rule, item=item, state=state, until=until, actor=who.user, at=now))
    site.forget()
    return RedirectResponse("/watchlist", status_code=303)
