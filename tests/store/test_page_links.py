"""Every number on every page leads to its rows: as many as it says; or it is marked as not counting any."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from html import unescape

import aiohttp
import pytest
import pytest_asyncio

from helpdesk.domain import Effect, Event, Outbox, OutboxState, Verdict
from helpdesk.domain_feedback import FeedbackState
from helpdesk.domain_learning import Example
from helpdesk.store import feedback_rows, learning, mails, schema, tickets
from helpdesk.store.engine import Store, row
from helpdesk.store.tables import outbox
from helpdesk.web import asking
from helpdesk.web.dashboard import PAGES
from tests.support.managers import NOW, TOPICS, Served, columns, fill, invented, letter, rated, served
from tests.support.pages import Numbers

pytestmark = pytest.mark.asyncio(loop_scope="module")
Opened = tuple[Served, aiohttp.ClientSession]

#: Every page that holds numbers, in each of its windows and by each dimension.
WALKED = (
    "/",
    *(f"/queue?show={name}" for name in ("", "overdue", "at_risk", "waiting", "free")),
    *(f"/sla?window={window}&by=marketplace" for window in asking.WINDOWS),
    *(f"/sla?by={name}" for name in ("agent", "topic", "hour", "weekday", "day")),
    "/messages?window=90d",
    "/tickets/5",
    *(f"/quality?window={window}" for window in asking.WINDOWS),
    "/feedback",
    "/watchlist",
    "/texts",
    "/system",
    "/lists/mails?window=90d",
    "/lists/nothing",
)


async def much(store: Store) -> None:
    """A history in which every number of every page counts something; some more than fit on a page."""
    stored = await fill(store, invented(700))
    one = stored[0]
    async with store.write() as tx:
        await mails.add(
            tx,
            [
                letter(5000 + n, one, verdict=verdict, role="junk" if n % 3 else "inbox", ticket_id=None,
                       reason="" if n // 8 % 2 else "left", clock_start=NOW - timedelta(hours=n))
                for n, verdict in enumerate(list(Verdict) * 60)
            ],
        )  # fmt: skip
        await learning.add_examples(
            tx,
            [Example(mail_id=9000 * (n % 2) + 1, at=NOW - timedelta(hours=20 * n), actor="U0BEN", label=label)
             for n, label in enumerate(("buyer", "spam", "topic", "spam") * 9)],
        )  # fmt: skip
        await tickets.log(
            tx,
            [Event(ticket_id=one.id, at=NOW - timedelta(hours=n), kind="rescued", actor="helpdesk") for n in range(9)],
        )
        effects = [
            Outbox(key=f"k{n}", effect=Effect.MAIL, lane="shop", state=state, next_at=NOW, created_at=NOW,
                   error="550 no", ticket_id=one.id if n % 2 else None)
            for n, state in enumerate(list(OutboxState) * 3)
        ]  # fmt: skip
        await tx.execute(outbox.insert(), [row(each) for each in effects])
        told = [
            rated(100 + n).evolve(
                rating=1 + n % 5, state=state, topic=TOPICS[n % 7], recommended="removal" if n % 2 else "contact",
                given_on=(NOW - timedelta(days=3 * n)).date(), sku=f"KET-{n % 3}",
            )
            for n, state in enumerate(list(FeedbackState) * 14)
        ]  # fmt: skip
        await feedback_rows.add(tx, *columns(told))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def opened(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Opened]:
    """A signed-in browser on that history."""
    store = Store.connect(f"sqlite:///{tmp_path_factory.mktemp('links')}/helpdesk.db")
    await schema.upgrade(store)
    await much(store)
    async with (
        served(store) as found,
        aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as client,
    ):
        await (await client.get(await found.link())).read()
        yield found, client
    await store.close()


async def got(opened: Opened, path: str, status: int = 200) -> Numbers:
    """A page's numbers."""
    async with opened[1].get(opened[0].url + path) as answer:
        assert answer.status == status, path
        return Numbers(await answer.text())


async def rows_behind(opened: Opened, link: str) -> int:
    """The rows of a list, page after page."""
    found, seen = 0, 0
    while link and seen < 30:
        page = await got(opened, link)
        found, link, seen = found + page.rows, unescape(page.further), seen + 1
    return found


#: Rows by address: many numbers lead to the same list.
_KNOWN: dict[str, int] = {}


@pytest.mark.parametrize("path", WALKED)
async def test_every_number_leads_to_its_rows(opened: Opened, path: str) -> None:
    """No number stands bare; each list has as many rows as its number says; behind each share there is something."""
    page = await got(opened, path, 404 if path.endswith("nothing") else 200)
    assert page.bare == []
    for link, promised, shown in page.leading:
        address = unescape(link)
        if address not in _KNOWN:
            _KNOWN[address] = await rows_behind(opened, address)
        assert (_KNOWN[address], shown) == (promised, str(promised)), address
    for address in set(map(unescape, page.shares)):
        behind = await got(opened, address)
        assert behind.rows or behind.leading, address


async def test_each_kind_of_number_was_walked(opened: Opened) -> None:
    """The history above lets every list be reached: a number that is always 0 would prove nothing."""
    reached: set[str] = set()
    for path in WALKED[:-1]:
        reached |= {unescape(link).partition("&")[0] for link, _, _ in (await got(opened, path)).leading}
    names = {link.partition("?")[0] for link in reached}
    assert names == {"/queue", "/messages"} | {f"/lists/{name}" for name in
                     ("mails", "corrections", "rescues", "effects", "feedback", "contacts")}  # fmt: skip
    assert {"/lists/mails?look=any", "/lists/mails?look=suspect", "/lists/mails?look=review"} <= reached
    assert set(PAGES) >= {"/lists/{name}", "/lists/{name}.csv"}


@pytest.mark.parametrize("name", ["mails?look=any", "corrections?window=90d", "rescues?window=7d", "effects?state=held",
                                  "feedback?part=low", "contacts?rule=negative_feedback&item=KET-0",
                                  "mails?window=90d&verdict=spam&junk=1"])  # fmt: skip
async def test_a_list_as_a_table(opened: Opened, name: str) -> None:
    """The CSV holds a head and every row of the page's list, beyond its first page too."""
    rows = await rows_behind(opened, f"/lists/{name}")
    async with opened[1].get(f"{opened[0].url}/lists/{name.replace('?', '.csv?')}") as answer:
        assert answer.headers["content-disposition"].startswith("attachment")
        assert rows > 0
        assert len((await answer.text(encoding="utf-8-sig")).splitlines()) == rows + 1
