"""How long each page of the dashboard takes on 1,000,000 messages, 300,000 tickets and 100,000 mails; asked: ≤ 300 ms.

    python -m benchmarks.bench_pages [--messages 1000000] [--tickets 300000] [--mails 100000] [--database URL] [--json]

Each page is asked for once with nothing remembered (the first look), over HTTP. The floor is /static/app.css: what an
answer costs by itself. A database of `--database` is filled if it is empty, and kept.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time

import aiohttp
from sqlalchemy import text

from benchmarks.bench_sla import BATCH, analyze, fill_messages
from helpdesk.store import days, mails, schema, tickets
from helpdesk.store.engine import Store
from tests.support.managers import NOW, Served, invented, letter, served

PAGES = (
    "/",
    "/queue",
    "/queue.csv",
    "/tickets/5",
    "/messages?window=7d&state=missed",
    "/messages?window=90d&state=late",
    "/sla",
    "/sla?by=agent",
    "/sla?by=topic",
    "/sla?by=hour",
    "/sla?by=day",
    "/sla?window=30d",
    "/sla?window=90d",
    "/sla.csv",
    "/quality",
    "/quality?window=30d",
    "/feedback",
    "/watchlist",
    "/system",
)


async def fill(store: Store, messages: int, conversations: int, letters: int) -> None:
    """An invented shop of that size; every conversation is of the last 40 days."""
    for begin in range(0, conversations, BATCH):
        made = invented(min(BATCH, conversations - begin), seed=begin)
        async with store.write() as tx:
            stored = await tickets.add(tx, made.tickets)
            written = [letter(one.id, one) for one in stored if one.id <= letters]
            for start in range(0, len(written), 500):
                await mails.add(tx, written[start : start + 500])
    await fill_messages(store, messages)


async def look(found: Served, paths: tuple[str, ...]) -> dict[str, tuple[float, float]]:
    """Milliseconds of each page, unremembered: on the wall clock, and of this process's CPU (server and client)."""
    taken = {}
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as client:
        await (await client.get(await found.link())).read()
        for path in paths:
            found.site.forget()
            begin, worked = time.perf_counter(), time.process_time()
            async with client.get(found.url + path) as answer:
                await answer.read()
                assert answer.status == 200, (path, answer.status)
            taken[path] = (1000 * (time.perf_counter() - begin), 1000 * (time.process_time() - worked))
    return taken


async def empty(store: Store) -> bool:
    """Is nothing in it yet?"""
    async with store.read() as tx:
        return (await tx.execute(text("SELECT id FROM ticket LIMIT 1"))).first() is None


async def main(url: str | None, messages: int, conversations: int, letters: int, as_json: bool) -> None:
    """Fill, look, print."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store.connect(url or f"sqlite:///{folder}/helpdesk.db")
        await schema.upgrade(store)
        if await empty(store):
            await fill(store, messages, conversations, letters)
            await analyze(store)
        while await days.keep(store, NOW):  # as `helpdesk run` does within its first minutes
            pass
        async with served(store, now=NOW) as found:
            await look(found, ("/",))  # templates are compiled once
            taken = await look(found, ("/static/app.css", *PAGES))
        await store.close()
    if as_json:
        print(json.dumps(taken))
        return
    for path, (wall, cpu) in taken.items():
        print(f"{path:36} {wall:8.1f} ms, {cpu:8.1f} ms CPU")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--tickets", type=int, default=300_000)
    parser.add_argument("--mails", type=int, default=100_000)
    parser.add_argument("--database")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    asyncio.run(main(given.database, given.messages, given.tickets, given.mails, given.json))
