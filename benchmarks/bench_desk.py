"""What Slack's lists and searches cost with 100,000 tickets: find by order, buyer and words, queue, mine, the Home tab.

    python -m benchmarks.bench_desk [--tickets 100000] [--mails 150000] [--database URL] [--json]

Milliseconds of wall time, the median of some calls; "floor" is one look at a ticket by its number. Slack waits three
seconds for an answer. Without --database a fresh SQLite file is used.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import tempfile
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from benchmarks.bench_sla import BATCH, NOW, a_ticket, analyze, rules_of, timed
from helpdesk.domain import Mail, Status
from helpdesk.replies.desk import Desk
from helpdesk.replies.templates import Library
from helpdesk.resources import resource
from helpdesk.settings import Settings
from helpdesk.store import mails, schema, tickets
from helpdesk.store.engine import Store

TALK = """
    hello my parcel has not arrived yet could you please tell me where it is the lid of the kettle is broken and i
    would like to have a new one or my money back thank you very much for your kind help with this order regards
"""
WORDS = TALK.split()
LETTERS = 500
AGENTS = ("U0ANNA001", "U0BEN0001", None, None)


def a_mail(number: int, ticket: int, dice: random.Random) -> Mail:
    """A buyer's mail of about 1.2 kB; one in a thousand speaks of a teapot."""
    text = " ".join(dice.choices(WORDS, k=230)) + (" Teapot" if number % 1000 == 7 else "")
    at = NOW - timedelta(seconds=40 * 86_400 - number * 20)
    fields: dict[str, Any] = {
        "mailbox": "shop", "role": "inbox", "folder": "INBOX", "uidvalidity": 1, "uid": number + 1, "text": text,
        "message_id": f"m{number}@buyers.test", "body_hash": f"{number:x}", "arrived_at": at, "clock_start": at,
        "fetched_at": at, "from_addr": f"buyer{ticket}@buyers.test", "customer": f"buyer{ticket}@buyers.test",
        "subject": f"About my order {number}", "verdict": "buyer", "ticket_id": ticket,
    }  # fmt: skip
    return Mail.model_validate(fields)


async def fill(store: Store, number: int, letters: int) -> None:
    """Tickets, a twentieth of them waiting as in a shop that is behind, and their mails."""
    dice = random.Random(5)
    for begin in range(0, number, BATCH):
        made = []
        for n in range(begin, min(begin + BATCH, number)):
            row = a_ticket(n, timedelta(seconds=(n * 7) % 39_000)).evolve(owner=AGENTS[n % 4], card_rev=1)
            done = {"status": Status.ANSWERED, "anchor_at": None, "due_at": None, "next_step_at": None}
            made.append(row if n % 20 == 0 else row.evolve(**done))
        async with store.write() as tx:
            await tickets.add(tx, made)
    for begin in range(0, letters, LETTERS):
        rows = [a_mail(n, 1 + n % number, dice) for n in range(begin, min(begin + LETTERS, letters))]
        async with store.write() as tx:
            await mails.add(tx, rows)
            for one in await mails.by_message_ids(tx, "shop", [row.message_id for row in rows]):
                await mails.change(tx, one.id, ticket_id=1 + (one.uid - 1) % number, verdict="buyer")
    await analyze(store)


async def measure(store: Store, number: int, letters: int) -> dict[str, float]:
    """Milliseconds of each question."""
    await fill(store, number, letters)
    server = {"host": "127.0.0.1", "security": "none"}
    box = {"name": "shop", "address": "support@shop.test", "imap": server, "smtp": server}
    settings = Settings.model_validate({"mailbox": [box]})
    desk = Desk(store, settings, Library.load(resource("templates/replies")), rules_of, lambda: NOW)

    async def floor() -> None:
        async with store.read() as tx:
            await tickets.get(tx, number // 2)

    asked: dict[str, Callable[[], Awaitable[Any]]] = {
        "floor": floor,
        "find_number": lambda: desk.find(f"#{number // 2}"),
        "find_order": lambda: desk.find(f"111-{number // 2:07d}-0000001"),
        "find_buyer": lambda: desk.find(f"buyer{number // 2}@buyers.test"),
        "find_part_of_a_buyer": lambda: desk.find(f"UYER{number // 2}@"),
        "find_common_word": lambda: desk.find("kettle"),
        "find_rare_word": lambda: desk.find("teapot"),
        "find_missing_word": lambda: desk.find("zeppelin"),
        "queue": desk.queue,
        "mine": lambda: desk.mine("U0ANNA001"),
    }
    return {f"{name}_ms": 1000 * await timed(work, 5) for name, work in asked.items()}


async def main(url: str | None, number: int, letters: int) -> dict[str, float]:
    """Over the database of `url`, or over a fresh SQLite file."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store.connect(url or f"sqlite:///{folder}/bench.db")
        try:
            await schema.upgrade(store)
            return await measure(store, number, letters)
        finally:
            await store.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tickets", type=int, default=100_000)
    parser.add_argument("--mails", type=int, default=150_000)
    parser.add_argument("--database")
    parser.add_argument("--json", action="store_true")
    line = parser.parse_args()
    measured = asyncio.run(main(line.database, line.tickets, line.mails))
    print(
        json.dumps(measured) if line.json else "\n".join(f"{name:28} {value:9.1f}" for name, value in measured.items())
    )
