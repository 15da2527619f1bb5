"""No table that managers download calculates: every CSV with a spreadsheet's orders in every field."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from urllib.parse import quote

import aiohttp

from helpdesk.store.engine import Store
from helpdesk.web.dashboard import PAGES
from helpdesk.web.views_lists import LISTS
from tests.support import hostile
from tests.support.databases import with_tables
from tests.support.managers import served

#: Every CSV there is, and how each is asked for so that it holds rows.
QUERIES = {"/messages.csv": "?window=90d", "/sla.csv": "?window=90d&by=agent", "/quality.csv": "?window=90d"}
OF_LISTS = {"contacts": "rule=wrong_item&item={item}"}


def addresses() -> list[str]:
    """All of them."""
    plain = [path + QUERIES.get(path, "") for path in PAGES if path.endswith(".csv") and "{" not in path]
    lists = [f"/lists/{name}.csv?{OF_LISTS.get(name, 'window=90d')}" for name in LISTS]
    return [*plain, "/sla.csv?window=90d&by=topic", "/lists/mails.csv?look=any", *lists]


async def test_no_cell_is_a_formula(tmp_path: Path) -> None:
    """A cell that begins with =, +, -, @, tab or return is a number of ours, or led by an apostrophe."""
    store = Store.connect(with_tables(tmp_path))
    await hostile.shop(store, hostile.FORMULAS)
    async with (
        served(store) as found,
        aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as client,
    ):
        await (await client.get(await found.link())).read()
        quoted = 0
        for address in addresses():
            where = found.url + address.format(item=quote(hostile.FORMULAS[0], safe=""))
            async with client.get(where) as answer:
                assert answer.status == 200, address
                rows = list(csv.reader(io.StringIO(await answer.text(encoding="utf-8-sig"))))
            assert len(rows) > 1, address
            for cell in (cell for row in rows for cell in row):
                assert cell[:1] not in {"=", "+", "-", "@", "\t", "\r"}, (address, cell)
                quoted += cell[:2] in {"'=", "'+", "'-", "'@", "'\t", "'\r"}
        assert quoted > 100
    await store.close()
