"""The lists behind the numbers that are not of the response clock: mails, corrections, rescues, effects, feedback, …

All are shown by one page and as one kind of table: what a row holds is decided here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from helpdesk.domain import OutboxState, Verdict
from helpdesk.reports.watchlist import Entry
from helpdesk.store import behind
from helpdesk.store.behind import Part
from helpdesk.web import asking, views_feedback, words
from helpdesk.web.render import page, table
from helpdesk.web.sessions import Visitor
from helpdesk.web.site import Site

Query = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Rows behind a number; a row's last cell is its ticket's number, or None."""

    title: str
    path: str  #: the page of the menu to which it belongs
    heads: Sequence[str]
    rows: Sequence[Sequence[Any]]


async def mails(site: Site, query: Query, part: Part) -> Listing:
    """?window=7d&verdict=spam&junk=1: mails judged; ?look=suspect: those that wait for a person's look."""
    look, verdict = query.get("look", ""), _one_of(query.get("verdict"), Verdict)
    window = asking.window_of(query.get("window"))
    async with site.store.read() as tx:
        if look:
            rows = await behind.looks(tx, [look] if look in behind.LOOKS else behind.LOOKS, part)
        else:
            now = site.now()
            junk = query.get("junk") == "1"
            rows = await behind.judged(tx, now - asking.WINDOWS[window], now, verdict, junk, part)
    spoken = words.spoken(look if look in behind.LOOKS else verdict) if look or verdict else ""
    title = "Mails that wait for a look" if look else f"Mails of the last {window}"
    return Listing(
        title=f"{title}: {spoken}" if spoken else title,
        path="/quality",
        heads=("Arrived", "From", "Subject", "Verdict", "Folder", "Ticket"),
        rows=[
            (row["clock_start"], row["from_addr"], row["subject"], words.spoken(row["verdict"]), row["folder"],
             row["ticket_id"])
            for row in rows
        ],
    )  # fmt: skip


async def corrections(site: Site, query: Query, part: Part) -> Listing:
    """?window=7d&label=spam: what people said of mails."""
    label, window, now = query.get("label", ""), asking.window_of(query.get("window")), site.now()
    labels = [label] if label in words.CORRECTIONS else list(words.CORRECTIONS)
    async with site.store.read() as tx:
        rows = await behind.corrected(tx, now - asking.WINDOWS[window], now, labels, part)
    return Listing(
        title=f"What people corrected in the last {window}",
        path="/quality",
        heads=("Said", "By", "It is", "It was", "From", "Subject", "Ticket"),
        rows=[
            (row["at"], site.person(row["actor"]), words.CORRECTIONS[row["label"]] if not row["topic"]
             else words.spoken(row["topic"]), words.spoken(row["topic_before"] or row["was"]), row["from_addr"] or "",
             row["subject"] or "", row["ticket_id"])
            for row in rows
        ],
    )  # fmt: skip


async def rescues(site: Site, query: Query, part: Part) -> Listing:
    """?window=7d: rescues out of Junk."""
    window, now = asking.window_of(query.get("window")), site.now()
    async with site.store.read() as tx:
        rows = await behind.rescues(tx, now - asking.WINDOWS[window], now, part)
    return Listing(
        title=f"Rescued from Junk in the last {window}",
        path="/quality",
        heads=("Rescued", "Buyer", "Subject", "Why", "Status", "Ticket"),
        rows=[
            (row["at"], row["buyer_name"] or row["buyer"], row["subject"], _reasons(row["detail"]),
             words.spoken(row["status"]), row["ticket_id"])
            for row in rows
        ],
    )  # fmt: skip


def _reasons(detail: Mapping[str, Any]) -> str:
    told = detail.get("reasons")
    return ", ".join(str(one) for one in told[:5]) if isinstance(told, list) else ""


async def effects(site: Site, query: Query, part: Part) -> Listing:
    """?state=failed: mails, posts and moves that are not done."""
    state = _one_of(query.get("state"), OutboxState)
    async with site.store.read() as tx:
        rows = await behind.effects(tx, state, part)
    return Listing(
        title=f"Mails, posts and moves: {words.spoken(state)}" if state else "Mails, posts and moves not done",
        path="/system",
        heads=("Since", "What", "State", "Through", "Tries", "Why", "Ticket"),
        rows=[
            (row["created_at"], words.spoken(row["effect"]), words.spoken(row["state"]), row["lane"], row["tries"],
             row["error"], row["ticket_id"])
            for row in rows
        ],
    )  # fmt: skip


async def feedback(site: Site, query: Query, part: Part) -> Listing:
    """?window=30&part=negative&topic=late_shipment, or ?state=submitted: seller feedback."""
    asked = {name: query.get(name, "") for name in ("window", "part", "topic", "state", "no")}
    found = (await views_feedback.told(site)).behind(**asked)
    return Listing(
        title="Seller feedback",
        path="/feedback",
        heads=("No.", "Given", "Stars", "Order", "Comment", "Topic", "State", "Advice", "Ticket"),
        rows=[
            (one.id, one.given_on, one.rating, one.order_id, one.comment, words.spoken(one.topic),
             words.spoken(one.state), words.spoken(one.recommended), one.ticket_id)
            for one in found[part.start : part.start + part.limit]
        ],
    )  # fmt: skip


async def contacts(site: Site, query: Query, part: Part) -> Listing:
    """?rule=wrong_item&item=KET-RED&cause=…: what stands behind an entry of the watch list."""
    entries, _ = await asking.watched(site)
    rule, item, cause = query.get("rule", ""), query.get("item", ""), query.get("cause", "")
    entry = next((one for one in entries if one.rule.name == rule and one.item == item), None)
    found = [one for one in entry.contacts if not cause or one.cause == cause] if entry else []
    return Listing(
        title=_title(entry) if entry else "Not on the watch list",
        path="/watchlist",
        heads=("At", "SKU", "ASIN", "Item", "Cause", "Feedback", "Ticket"),
        rows=[
            (one.at, one.sku, one.asin, one.title, words.spoken(one.cause or "none"), one.feedback or "",
             one.ticket or None)
            for one in found[part.start : part.start + part.limit]
        ],
    )  # fmt: skip


def _title(entry: Entry) -> str:
    return f"{entry.rule.title}: {entry.title or entry.item}" if entry.rule.item else entry.rule.title


def _one_of(text: str | None, known: Any) -> str:
    """A word of ours out of an address; "" for any other."""
    return str(text) if text in set(known) else ""


LISTS: dict[str, Callable[[Site, Query, Part], Awaitable[Listing]]] = {
    "mails": mails,
    "corrections": corrections,
    "rescues": rescues,
    "effects": effects,
    "feedback": feedback,
    "contacts": contacts,
}


async def listing(site: Site, who: Visitor, request: Request) -> Response:
    """A list as a page."""
    name, query = request.path_params["name"], request.query_params
    if name not in LISTS:
        return page(site, who, "refused.html", status=404, why="There is no such list.")
    start = asking.start_of(query.get("start"))
    found = await LISTS[name](site, query, Part(start=start, limit=asking.MANY + 1))
    asked = {key: value[:600] for key, value in query.items() if key != "start"}
    return page(
        site, who, "list.html", path=found.path, found=found, rows=found.rows[: asking.MANY], listed=name, asked=asked,
        start=start, many=asking.MANY, more=len(found.rows) > asking.MANY, csv=asking.CSV,
        moment=lambda value: isinstance(value, datetime),
    )  # fmt: skip


async def listing_csv(site: Site, _who: Visitor, request: Request) -> Response:
    """The same as a table."""
    name = request.path_params["name"]
    if name not in LISTS:
        return Response(status_code=404)
    found = await LISTS[name](site, request.query_params, Part(limit=asking.CSV))
    return table(name, [[head.lower() for head in found.heads], *found.rows])
