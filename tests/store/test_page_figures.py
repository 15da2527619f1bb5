"""What pages, tables, command and digest say of 300 conversations, against figures counted here message by message."""

from __future__ import annotations

import csv
import io
import json
import re
import statistics
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import timedelta
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import aiohttp
import pytest
import pytest_asyncio

from helpdesk.domain import Message
from helpdesk.reports import collecting, digest_texts
from helpdesk.reports.figures import Window, as_json
from helpdesk.reports.gathering import response
from helpdesk.reports.periods import WEEKLY, due
from helpdesk.settings import WatchList
from helpdesk.store import schema
from helpdesk.store.engine import Store
from tests.support.histories import count
from tests.support.managers import NOW, History, Served, fill, invented, served

BERLIN = ZoneInfo("Europe/Berlin")
HISTORY = invented(300)
SPANS = {"24h": timedelta(hours=24), "7d": timedelta(days=7), "30d": timedelta(days=30), "90d": timedelta(days=90)}
KEYS: dict[str, Callable[[Message], str]] = {
    "marketplace": lambda one: one.marketplace,
    "agent": lambda one: one.agent or "nobody",
    "topic": lambda one: one.topic,
    "hour": lambda one: f"{one.received_at.astimezone(BERLIN).hour:02d}",
    "weekday": lambda one: f"{one.received_at.astimezone(BERLIN):%a}",
    "day": lambda one: one.received_at.astimezone(BERLIN).date().isoformat(),
}
SHOWN = {"direct": "Direct mail", "amazon": "Amazon", "walmart": "Walmart", "nobody": "nobody yet",
         "marketplace": "the marketplace's site", "sent": "another mail program"}  # fmt: skip


def cells(messages: list[Message], span: timedelta) -> list[str]:
    """A row of the page's table, by the words of DOMAIN 1.3; times in whole minutes."""
    told = count(messages, NOW, span)
    seconds = sorted(told.seconds)
    tenths = statistics.quantiles(seconds, n=10, method="inclusive") if len(seconds) > 1 else seconds * 9
    times = [told.average, statistics.median(seconds) if seconds else None, tenths[8] if seconds else None]
    # told downwards, so that no share is shown as reached that is not
    share = f"{told.on_time * 1000 // told.eligible / 10:.1f} %".replace("100.0", "100") if told.eligible else "–"
    share = "0 %" if share == "0.0 %" else share
    return [share, *(str(n) for n in (told.on_time, told.late, told.unanswered, told.open)), *map(spelt, times)]


def spelt(seconds: float | None) -> str:
    """Seconds as a person says them, in minutes."""
    if seconds is None:
        return "–"
    minutes = int(seconds // 60)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return f"{rest} min" if rest else "< 1 min"


class Tables(HTMLParser):
    """The rows of a page's tables, and where its numbers lead."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.links: list[tuple[str, str]] = []
        self._cell, self._link = False, ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A row, a cell or a link begins."""
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"}:
            self.rows[-1].append("")
            self._cell = True
        if tag == "a":
            self._link = (dict(attrs).get("href") or "") if "data-rows" in dict(attrs) else ""

    def handle_endtag(self, tag: str) -> None:
        """It ends."""
        self._cell = self._cell and tag not in {"td", "th"}
        self._link = "" if tag == "a" else self._link

    def handle_data(self, data: str) -> None:
        """What stands in it."""
        if self._cell:
            self.rows[-1][-1] += data.strip()
        number = re.match(r"\d+", data.strip().replace("\u2009", ""))
        if self._link and number:
            self.links.append((self._link, number[0]))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def opened(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Served, aiohttp.ClientSession]]:
    """A signed-in browser on the 300 conversations."""
    folder: Path = tmp_path_factory.mktemp("pages")
    store = Store.connect(f"sqlite:///{folder}/helpdesk.db")
    await schema.upgrade(store)
    await fill(store, HISTORY)
    async with (
        served(store) as found,
        aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as client,
    ):
        await (await client.get(await found.link())).read()
        yield found, client
    await store.close()


pytestmark = pytest.mark.asyncio(loop_scope="module")
Opened = tuple[Served, aiohttp.ClientSession]


async def got(opened: Opened, path: str) -> str:
    """A page's text."""
    found, client = opened
    async with client.get(found.url + path) as answer:
        assert answer.status == 200, path
        return await answer.text(encoding="utf-8-sig")


def groups(by: str, span: timedelta) -> dict[str, list[Message]]:
    """The window's messages by group."""
    found: dict[str, list[Message]] = {}
    for one in HISTORY.messages:
        if NOW - span < one.received_at <= NOW and not one.no_response:
            found.setdefault(KEYS[by](one), []).append(one)
    return found


@pytest.mark.parametrize("by", KEYS)
@pytest.mark.parametrize("window", SPANS)
async def test_response_times_and_what_stands_behind_them(opened: Opened, window: str, by: str) -> None:
    """Each cell of each row is what counting gives; each number leads to as many messages, in page and CSV."""
    page = Tables(await got(opened, f"/sla?window={window}&by={by}"))
    names = {
        name: SHOWN.get(name, name.replace("_", " ") if by == "topic" else name) for name in groups(by, SPANS[window])
    }
    expected = {names[name]: cells(inside, SPANS[window]) for name, inside in groups(by, SPANS[window]).items()}
    expected["All"] = cells(HISTORY.messages, SPANS[window])
    found = {row[0]: row[1:] for row in page.rows[1:]}
    assert found == expected

    numbers = [(link, number) for link, number in page.links if link.startswith("/messages?")]
    assert len(numbers) == sum(cell != "0" for row in expected.values() for cell in row[1:5])
    for link, number in numbers if window == "7d" else numbers[:6]:
        table = list(csv.reader(io.StringIO(await got(opened, link.replace("/messages?", "/messages.csv?")))))
        assert len(table) - 1 == min(int(number), 200), link

    table = list(csv.reader(io.StringIO(await got(opened, f"/sla.csv?window={window}&by={by}"))))
    told = {row[0]: row[1:6] for row in table[1:]}
    for name, inside in [*groups(by, SPANS[window]).items(), ("total", HISTORY.messages)]:
        plain = count(inside, NOW, SPANS[window])
        assert told[name] == [str(n) for n in (plain.eligible, plain.on_time, plain.late, plain.unanswered, plain.open)]


def standing(history: History) -> dict[str, int]:
    """How things stand, counted over the tickets."""
    waits = [one for one in history.tickets if one.due_at is not None and one.status in {"new", "open", "snoozed"}]
    late = [one for one in waits if one.due_at is not None and one.due_at < NOW]
    soon = [one for one in waits if one.due_at is not None and NOW <= one.due_at < NOW + timedelta(hours=4)]
    free = [one for one in history.tickets if one.status == "new"]
    return {"overdue": len(late), "at_risk": len(soon), "waiting": len(waits), "free": len(free)}


async def test_the_overviews_numbers_lead_to_as_many_tickets(opened: Opened) -> None:
    """Over the limit, at risk, waiting, by topic and by marketplace: the link gives as many as the number says."""
    html = await got(opened, "/")
    page = Tables(html)
    for name, number in standing(HISTORY).items():
        rows = list(csv.reader(io.StringIO(await got(opened, f"/queue.csv?show={name}"))))
        assert len(rows) - 1 == number, name
        listed = set(re.findall(r'<th scope="row"><a href="/tickets/(\d+)"', await got(opened, f"/queue?show={name}")))
        assert len(listed) == number, name
        if name != "free":
            assert (f"/queue?show={name}", str(number)) in page.links
    week = SPANS["7d"]
    topics = {unescape(link): int(number) for link, number in page.links if "by=topic" in link}
    assert len(topics) == 6
    for link, number in topics.items():
        name = re.findall(r"group=(\w+)", link)[0]
        assert number == len(groups("topic", week)[name])
        assert (
            len(list(csv.reader(io.StringIO(await got(opened, link.replace("/messages?", "/messages.csv?")))))) - 1
            == number
        )
    shown = {row[0]: row[1:] for row in page.rows if row and row[0] in {"Amazon", "Direct mail", "Walmart", "All"}}
    assert shown["All"] == cells(HISTORY.messages, week)
    for name, inside in groups("marketplace", week).items():
        assert shown[SHOWN[name]] == cells(inside, week)


async def test_command_and_digest_say_the_same(opened: Opened) -> None:
    """`helpdesk sla --json`'s figures, and the weekly digest's lines, from the same plain count."""
    store = opened[0].site.store
    async with store.read() as tx:
        window = Window(since=NOW - SPANS["7d"], until=NOW, by="topic", zone="Europe/Berlin")
        told = json.loads(json.dumps(as_json(window, *await response(tx, window))))
        period = due(WEEKLY, "mon 09:00", BERLIN, NOW)
        assert period is not None
        digest = await collecting.collect(tx, period, BERLIN, lambda _name: 0.9, WatchList(), "")
    for name, inside in groups("topic", SPANS["7d"]).items():
        plain = count(inside, NOW, SPANS["7d"])
        assert told["groups"][name]["late_rate"] == pytest.approx((plain.late + plain.unanswered) / plain.eligible)
        assert told["groups"][name]["avg_seconds"] == pytest.approx(plain.average)
    plain = count(HISTORY.messages, period.at, timedelta(days=7))
    text = digest_texts.text(digest)
    assert f"{plain.late} late, {plain.unanswered} unanswered (" in text
    lines: Iterable[str] = text.partition("Missed, and why")[2].partition("Near misses")[0].splitlines()
    assert sum(line.startswith("  #") for line in lines) == plain.late + plain.unanswered


async def test_the_watch_list_leads_to_every_contact(opened: Opened) -> None:
    """Each entry's number of contacts, and of each cause, leads to as many tickets and feedback, each named once."""
    links = [link for link in Tables(await got(opened, "/watchlist")).links if "/lists/contacts" in link[0]]
    assert len([link for link, _ in links if "cause=" not in link]) >= 4
    assert [link for link, _ in links if "cause=" in link]
    for link, number in links:
        rows = Tables(await got(opened, unescape(link))).rows[1:]
        assert len({(row[0], row[-1]) for row in rows}) == int(number)
