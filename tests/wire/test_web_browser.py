"""The dashboard in a real browser: every page, phone and desk, light and dark, and hostile mail through all of them."""

from __future__ import annotations

import asyncio
import json
import tarfile
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from helpdesk.domain import Event
from helpdesk.errors import HelpdeskError
from helpdesk.intake.read import read
from helpdesk.reports import collecting, digest_texts
from helpdesk.reports.periods import DAILY, due
from helpdesk.settings import WatchList
from helpdesk.store import mails, tickets
from helpdesk.store.engine import Store
from tests.support import browser, hostile
from tests.support.databases import with_tables
from tests.support.managers import NOW, Served, fill, invented, letter, served
from tests.support.paths import shared

PAGES = ("/", "/queue", "/tickets/5", "/messages?window=30d", "/sla?window=30d&by=topic", "/sla?window=30d&by=day",
         "/quality?window=30d", "/feedback", "/watchlist", "/texts?language=ja", "/system",
         "/lists/mails?window=30d", "/lists/feedback", "/tickets/99999")  # fmt: skip


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    """One browser for all of this file."""
    async with browser.browser() as found:
        yield found


@pytest_asyncio.fixture(loop_scope="module")
async def dashboard(tmp_path: Path) -> AsyncIterator[Served]:
    """A dashboard over an invented history."""
    store = Store.connect(with_tables(tmp_path))
    await fill(store, invented(120))
    async with served(store) as found:
        yield found
    await store.close()


@pytest.mark.parametrize("theme", browser.THEMES)
@pytest.mark.parametrize("size", browser.SIZES, ids=lambda size: size[0])
async def test_every_page(
    chromium: Browser, dashboard: Served, size: tuple[str, int, int], theme: browser.Theme
) -> None:
    """No error in the console, no request to elsewhere, no fault of contrast, name, table or width."""
    _, width, height = size
    async with (
        browser.page(chromium, dashboard.url, width=width, height=height, theme=theme) as seen,
    ):
        await seen.page.goto(await dashboard.link())
        for path in PAGES:
            await seen.page.goto(dashboard.url + path, wait_until="load")
            assert await seen.faults() == [], path
            images = await seen.page.evaluate(
                "[...document.images].every((one) => one.complete && one.naturalWidth > 0)"
            )
            assert images, path
        assert [one for one in seen.wrong if "404" not in one] == []


async def test_a_page_renews_itself(chromium: Browser, dashboard: Served) -> None:
    """A new ticket shows without reloading by hand; a countdown counts."""
    async with (
        browser.page(chromium, dashboard.url, width=1280, height=900, theme="light") as seen,
    ):
        await seen.page.clock.install()  # its ten seconds pass when the test says so
        await seen.page.goto(await dashboard.link())
        await seen.page.goto(f"{dashboard.url}/queue")
        assert await seen.page.locator("text=A parcel for the moon").count() == 0
        one = (
            invented(1)
            .tickets[0]
            .evolve(subject="A parcel for the moon", status="new", anchor_at=NOW, due_at=NOW + timedelta(hours=3))
        )
        async with dashboard.site.store.write() as tx:
            await tickets.add(tx, [one])
        dashboard.site.forget()
        await seen.page.clock.fast_forward(11_000)
        await seen.page.wait_for_selector("text=A parcel for the moon", timeout=40_000)
        assert seen.wrong == []


async def test_the_keyboard_reaches_everything(chromium: Browser, dashboard: Served) -> None:
    """The first key leads past the menu; a decision on the watch list needs no mouse."""
    async with (
        browser.page(chromium, dashboard.url, width=1280, height=900, theme="light") as seen,
    ):
        await seen.page.goto(await dashboard.link())
        await seen.page.goto(f"{dashboard.url}/watchlist")
        await seen.page.keyboard.press("Tab")
        assert await seen.page.evaluate("document.activeElement.textContent") == "Skip to the content"
        await seen.page.keyboard.press("Enter")
        assert await seen.page.evaluate("document.activeElement.id") == "main"
        before = await seen.page.locator("article").count()
        await seen.page.locator("article button[value=done]").first.focus()
        await seen.page.keyboard.press("Enter")
        await seen.page.wait_for_url(f"{dashboard.url}/watchlist")
        assert await seen.page.locator("article").count() == before - 1
        assert seen.wrong == []


#: Every page and list that shows what strangers wrote.
HOSTILE = (
    "/", "/queue", "/queue?show=overdue", "/tickets/1", "/tickets/2", "/tickets/3", "/tickets/4",
    "/messages?window=90d",
    "/sla?window=90d&by=topic", "/sla?window=90d&by=agent", "/sla?window=90d&by=marketplace", "/quality?window=90d",
    "/feedback", "/watchlist", "/texts", "/system", "/lists/mails?window=90d", "/lists/mails?look=any",
    "/lists/corrections?window=90d", "/lists/rescues?window=90d", "/lists/effects", "/lists/feedback",
)  # fmt: skip
#: Nothing runs, paints, frames, sends or leads elsewhere, and no template was filled in.
TAME_PAGE = """() => ({
  title: document.title,
  live: document.querySelectorAll("main script, main style, main svg, main iframe, main object, main math, main base,"
    + " main link, main meta, main xmp, main [onerror], main [onload], main [onfocus], main [srcdoc], main [autofocus],"
    + " main textarea, main plaintext, head meta[http-equiv], main [style]").length,
  images: [...document.querySelectorAll("main img")].every((one) => new URL(one.src).pathname.startsWith("/charts/")),
  links: [...document.links].every((one) => one.href.startsWith(location.origin)),
  forms: [...document.forms].every((one) => one.action.startsWith(location.origin)),
  filled: /(^|[^\\d])49([^\\d]|$)/.test([...document.querySelectorAll("q, main bdi")].map((q) => q.textContent).join()),
  turned: /[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]/.test(document.querySelector("main").textContent),
})"""


async def stay_letters(seen: browser.Watched, url: str, paths: Sequence[str], *, counted: bool = True) -> None:
    """Each page shows and does nothing else; `counted`: a 49 would be a template's product."""
    for path in paths:
        answer = await seen.page.goto(url + path, wait_until="load")
        assert answer is not None
        assert answer.status == 200, path
        told = await seen.page.evaluate(TAME_PAGE)
        assert told.pop("title") != "owned", path
        filled = told.pop("filled")
        assert not (counted and filled), path
        assert told == {"live": 0, "images": True, "links": True, "forms": True, "turned": False}, path
        assert seen.page.url == url + path
    assert seen.wrong == []


async def test_what_buyers_write_never_runs(chromium: Browser, tmp_path: Path) -> None:
    """Scripts, styles, frames, forms, templates and bidi marks in every field of every page and list stay letters."""
    store = Store.connect(with_tables(tmp_path))
    await hostile.shop(store, hostile.MARKUP)
    async with (
        served(store) as found,
        browser.page(chromium, found.url, width=1280, height=900, theme="light") as seen,
    ):
        found.site.library = hostile.library(hostile.MARKUP)
        await seen.page.goto(await found.link())
        await stay_letters(seen, found.url, (*HOSTILE, *await contacts(seen, found)))
    await store.close()


#: All that hold markup, in so many shops.
PARTS = 4


@pytest.mark.skipif(shared() is None, reason="the shared data is not there")
@pytest.mark.parametrize("part", range(PARTS))
async def test_hostile_mails_through_every_page(chromium: Browser, tmp_path: Path, part: int) -> None:
    """The markup of all hostile mails that have any, in every field of every page and list, stays letters."""
    place = shared()
    assert place is not None
    raws = some(place / "data" / "hostile_mail_open.tar.gz", 1)
    nasty = sorted({one for one in map(markup_of, raws) if one})[part::PARTS]
    assert 12 <= len(nasty) <= 24  # hostile.shop has a field of each kind for so many
    store = Store.connect(with_tables(tmp_path))
    await hostile.shop(store, nasty)
    async with (
        served(store) as found,
        browser.page(chromium, found.url, width=1280, height=900, theme="light") as seen,
    ):
        found.site.library = hostile.library(nasty)
        await seen.page.goto(await found.link())
        await stay_letters(seen, found.url, (*HOSTILE, *await contacts(seen, found)), counted=False)
    await store.close()


def markup_of(raw: bytes) -> str:
    """A mail's HTML from its body on, a page's worth of it; "" without any."""
    try:
        html = read(raw).parsed.html
    except HelpdeskError:
        html = raw.decode("utf-8", "replace")
    begin = html.lower().find("<body")
    shown = html[max(begin, 0) : max(begin, 0) + 1500]
    return shown.encode("utf-8", "replace").decode() if "<" in shown else ""


async def contacts(seen: browser.Watched, found: Served) -> list[str]:
    """The lists behind the watch list's entries."""
    await seen.page.goto(f"{found.url}/watchlist")
    links = "[...document.querySelectorAll('main a[href^=\"/lists/contacts\"]')].map((one) => one.getAttribute('href'))"
    addresses: list[str] = await seen.page.evaluate(links)
    assert addresses
    return addresses[:3]


async def test_a_digest_runs_nothing(chromium: Browser, tmp_path: Path) -> None:
    """The digest's mail, shown by a browser without any policy, runs and fetches nothing; Slack is given no order."""
    store = Store.connect(with_tables(tmp_path))
    await hostile.shop(store, hostile.MARKUP)
    berlin = ZoneInfo("Europe/Berlin")
    period = due(DAILY, "08:30", berlin, NOW)
    assert period is not None
    async with store.read() as tx:
        digest = await collecting.collect(tx, period, berlin, lambda _name: 0.9, WatchList(), "http://127.0.0.1:8080")
    assert digest.missed or digest.watched
    async with browser.page(chromium, "data:", width=1280, height=900, theme="light") as seen:
        await seen.page.set_content(digest_texts.html(digest), wait_until="load")
        assert await seen.page.title() != "owned"
        assert (
            await seen.page.evaluate("document.querySelectorAll('script, iframe, img, link, base, object').length") == 0
        )
        assert await seen.page.evaluate("[...document.links].every((one) => one.origin === 'http://127.0.0.1:8080')")
        assert seen.wrong == []
    text, blocks = digest_texts.blocks(digest)
    told = json.dumps([text, blocks], ensure_ascii=False)
    assert "<" not in told
    assert ">" not in told
    assert not set("\u202e\u2066\u2067\u061c\u200b\x1b\0") & set(told + digest_texts.text(digest))
    assert digest_texts.subject(digest).isprintable()
    await store.close()


#: One h1, and nothing that runs, paints or frames.
TAME = """() => document.querySelectorAll("h1").length === 1
  && !document.querySelector("main script, main style, main iframe, main object")"""


async def open_all(seen: browser.Watched, url: str, numbers: Iterable[int]) -> None:
    """Go to each of these tickets' pages."""
    for number in numbers:
        await seen.page.goto(f"{url}/tickets/{number}", wait_until="domcontentloaded")
        assert await seen.page.evaluate(TAME), number


def some(path: Path, step: int = 8) -> list[bytes]:
    """Every eighth mail of a tar, or every `step`th."""
    with tarfile.open(path) as archive:
        members = [one for one in archive.getmembers() if one.isfile() and one.size < 2_000_000][::step]
        files = [archive.extractfile(one) for one in members]
        return [file.read() for file in files if file is not None]


async def bring(store: Store, raws: list[bytes]) -> None:
    """A ticket for each mail, with all that was read out of it."""
    model = invented(1).tickets[0]
    async with store.write() as tx:
        for number, raw in enumerate(raws, start=1):
            said, name, about = raw.decode("utf-8", "replace"), "", ""
            try:
                found = read(raw)
                name, about = found.parsed.from_name, found.parsed.subject
                said = "\n".join((found.text, found.parsed.text, found.parsed.html))
            except HelpdeskError:
                pass  # quarantined: its raw text is shown here instead
            told = said[:20_000].encode("utf-8", "replace").decode().replace("\0", "")
            one = (await tickets.add(tx, [model.evolve(subject=about, buyer_name=name, order_ids=[])]))[0]
            await mails.add(tx, [letter(number, one, text=told, subject=about)])
            await tickets.log(tx, [Event(ticket_id=one.id, at=NOW, kind="received", actor="buyer", mail_id=number)])


@pytest.mark.skipif(shared() is None, reason="the shared data is not there")
async def test_hostile_mails_through_a_tickets_page(chromium: Browser, tmp_path: Path) -> None:
    """Mails of the hostile set, read as intake reads it, show as text on their ticket's page."""
    place = shared()
    assert place is not None
    store = Store.connect(with_tables(tmp_path))
    raws = some(place / "data" / "hostile_mail_open.tar.gz")
    await bring(store, raws)
    async with (
        served(store) as found,
        browser.page(chromium, found.url, width=1280, height=900, theme="light") as seen,
    ):
        await seen.page.goto(await found.link())
        second = browser.Watched(await seen.page.context.new_page(), found.url)
        second.listen()
        await asyncio.gather(
            *(open_all(one, found.url, range(n, len(raws) + 1, 2)) for n, one in enumerate((seen, second), start=1))
        )
        assert second.wrong == []
        await seen.page.goto(f"{found.url}/queue")
        assert seen.wrong == []
    await store.close()
