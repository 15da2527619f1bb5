"""Who looks while a mailbox is being read for the first time is told how far it is: on pages and by the doctor."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import aiohttp

from helpdesk.doctor import examine
from helpdesk.intake.first_contact import META, Reached
from helpdesk.settings import Settings
from helpdesk.store import mailboxes, meta
from helpdesk.store.engine import Store
from tests.support.databases import with_tables
from tests.support.managers import served

SENTENCE = "Reading mailbox shop: 3,200 of 8,013 mails, about 4 min left."
HALTED = "Reading mailbox shop stopped at 3,200 of 8,013 mails"


async def begun(store: Store) -> None:
    """A worker reads the mailbox."""
    async with store.write() as tx:
        await mailboxes.ensure(tx, ["shop"])
        await mailboxes.acquire(tx, "shop", "one", datetime.now(UTC))
        await meta.put(tx, META + "shop", Reached(done=3200, of=8013, left=250.0).text())


async def test_pages_tell_it_while_it_lasts(tmp_path: Path) -> None:
    """The overview and the System page; once it is through, neither."""
    store = Store.connect(with_tables(tmp_path))
    await begun(store)
    async with (
        served(store) as found,
        aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as client,
    ):
        await (await client.get(await found.link())).read()
        for path in ("/", "/system"):
            async with client.get(found.url + path) as answer:
                shown = await answer.text()
            assert SENTENCE in shown
            assert '<progress max="8013" value="3200"' in shown
        async with store.write() as tx:
            await mailboxes.release(tx, "shop", "one")
        async with client.get(found.url + "/system") as answer:
            assert HALTED in await answer.text()
        async with store.write() as tx:
            await meta.drop(tx, META + "shop")
        async with client.get(found.url + "/system") as answer:
            assert "Reading mailbox" not in await answer.text()
    await store.close()


async def test_the_doctor_tells_it(tmp_path: Path) -> None:
    """A reading that nobody goes on with is a warning with its remedy."""
    store = Store.connect(with_tables(tmp_path))
    await begun(store)
    settings = Settings.model_validate(json.loads('{"database": {"url": "sqlite:///helpdesk.db"}}'))
    (going,) = [line for line in await examine(settings, tmp_path) if line.name == "reading:shop"]
    async with store.write() as tx:
        await mailboxes.release(tx, "shop", "one")
    (halted,) = [line for line in await examine(settings, tmp_path) if line.name == "reading:shop"]
    await store.close()

    assert (going.status, going.what) == ("ok", SENTENCE)
    assert (halted.status, halted.remedy) == ("warn", "start `helpdesk run`")
    assert halted.what.startswith(HALTED)
