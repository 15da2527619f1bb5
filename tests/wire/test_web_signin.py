"""Nobody gets into the dashboard without a link, twice with one, after its end, or with a changed cookie."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from helpdesk.store.engine import Store
from helpdesk.web.dashboard import PAGES
from tests.support.databases import with_tables
from tests.support.managers import Served, fill, invented, served

PATHS = [
    path.replace("{number:int}", "1").replace("{name}", "mails" if "/lists/" in path else "answered") for path in PAGES
]


@pytest.fixture
async def dashboard(tmp_path: Path) -> AsyncIterator[Served]:
    """A dashboard over a small history; U0MAYA manages."""
    store = Store.connect(with_tables(tmp_path))
    await fill(store, invented(30))
    async with served(store, managers=("U0MAYA",)) as found:
        yield found
    await store.close()


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    """A browser without anything."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as found:
        yield found


async def status(client: aiohttp.ClientSession, url: str, **options: object) -> int:
    """The status of a page."""
    async with client.get(url, **options) as answer:  # type: ignore[arg-type]  # aiohttp's own options
        return answer.status


async def test_a_link_lets_in_once(dashboard: Served, client: aiohttp.ClientSession) -> None:
    """The first use signs in and every page opens; the second use, by anybody, is refused."""
    link = await dashboard.link()
    assert await status(client, link) == 200
    for path in PATHS:
        assert await status(client, dashboard.url + path) == 200, path

    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as other:
        assert await status(other, link) == 403
        assert await status(other, dashboard.url) == 401


@pytest.mark.parametrize("path", PATHS)
async def test_without_a_session_every_page_is_shut(
    dashboard: Served, client: aiohttp.ClientSession, path: str
) -> None:
    """No page, table or chart shows anything to a stranger."""
    async with client.get(dashboard.url + path) as answer:
        assert answer.status == 401
        assert "Buyer" not in await answer.text()


async def test_health_and_metrics_need_no_session(dashboard: Served, client: aiohttp.ClientSession) -> None:
    """Machines look at them."""
    assert await status(client, f"{dashboard.url}/healthz") == 200
    assert await status(client, f"{dashboard.url}/metrics") == 200


async def test_a_link_ends(dashboard: Served, client: aiohttp.ClientSession) -> None:
    """After its ten minutes a link is worth nothing."""
    link = await dashboard.link()
    dashboard.clock.at += timedelta(minutes=10, seconds=1)
    assert await status(client, link) == 403
    assert await status(client, dashboard.url) == 401


async def test_a_session_ends(dashboard: Served, client: aiohttp.ClientSession) -> None:
    """After twelve hours one signs in again."""
    await status(client, await dashboard.link())
    dashboard.clock.at += timedelta(hours=12, seconds=1)
    assert await status(client, dashboard.url) == 401


async def test_the_cookie_is_shut_away_and_signed(dashboard: Served, client: aiohttp.ClientSession) -> None:
    """HttpOnly and SameSite; with any letter of it changed nobody gets in."""
    async with client.get(await dashboard.link(), allow_redirects=False) as answer:
        cookie = answer.headers["set-cookie"]
        value = answer.cookies["helpdesk_session"].value
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()

    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as bare:
        good = {"cookie": f"helpdesk_session={value}"}
        assert await status(bare, dashboard.url, headers=good) == 200
        for place in range(0, len(value), 5):
            changed = value[:place] + ("A" if value[place] != "A" else "B") + value[place + 1 :]
            assert await status(bare, dashboard.url, headers={"cookie": f"helpdesk_session={changed}"}) == 401, place


async def test_guessing_is_slowed_down(dashboard: Served, client: aiohttp.ClientSession) -> None:
    """After ten wrong links in a minute not even a right one opens."""
    for number in range(10):
        assert await status(client, f"{dashboard.url}/sign-in?link={number:040d}") == 403
    assert await status(client, await dashboard.link()) == 429


async def test_looking_ahead_uses_no_link_up(dashboard: Served, client: aiohttp.ClientSession) -> None:
    """A program that only asks for the headers leaves the link to its person."""
    link = await dashboard.link()
    async with client.head(link) as answer:
        assert answer.status == 403
    assert await status(client, link) == 200


async def test_signing_out_is_for_good(dashboard: Served, client: aiohttp.ClientSession) -> None:
    """The cookie is worth nothing afterwards, even if it was copied."""
    async with client.get(await dashboard.link(), allow_redirects=False) as answer:
        value = answer.cookies["helpdesk_session"].value
    csrf = await token(dashboard, client)
    async with client.post(f"{dashboard.url}/sign-out", data={"csrf": csrf}) as answer:
        assert answer.status == 200
    copied = {"cookie": f"helpdesk_session={value}"}
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as bare:
        assert await status(bare, dashboard.url, headers=copied) == 401


async def token(dashboard: Served, client: aiohttp.ClientSession) -> str:
    """The CSRF token of a signed-in page."""
    async with client.get(dashboard.url) as answer:
        return (await answer.text()).partition('name="csrf" value="')[2].partition('"')[0]


async def test_changes_need_a_form_of_ours(dashboard: Served, client: aiohttp.ClientSession) -> None:
    """Without the page's token, from another site, or by a person who does not manage, nothing changes."""
    await status(client, await dashboard.link())
    csrf = await token(dashboard, client)
    fields = {"rule": "negative_feedback", "item": "KET-BLUE", "choice": "done"}
    address = f"{dashboard.url}/watchlist"

    async def post(session: aiohttp.ClientSession, token: str, **headers: str) -> int:
        async with session.post(address, data={**fields, "csrf": token}, headers=headers) as answer:
            return answer.status

    assert await post(client, "") == 403
    assert await post(client, "0" * len(csrf)) == 403
    assert await post(client, csrf, **{"sec-fetch-site": "cross-site"}) == 403
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as agent:
        await status(agent, await dashboard.link("U0ANNA"))
        assert await post(agent, await token(dashboard, agent)) == 403
    async with client.get(address) as answer:
        assert "KET-BLUE" in await answer.text()

    assert await post(client, csrf) == 200
    async with client.get(address) as answer:
        assert "KET-BLUE" not in await answer.text()


async def test_every_answer_carries_the_safe_headers(dashboard: Served, client: aiohttp.ClientSession) -> None:
    """Nothing inline or from elsewhere may run, nobody may frame a page, nothing is kept in a cache."""
    for path in ("/", "/nowhere", "/healthz", "/static/app.js"):
        async with client.get(dashboard.url + path) as answer:
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["referrer-policy"] == "no-referrer"
            assert answer.headers["cache-control"] in {"no-store", "no-cache"}
