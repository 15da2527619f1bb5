"""kill -9 at any moment: nothing lost, no second ticket, no second acknowledgement, no second card."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections import Counter
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from helpdesk.sandbox import letters
from helpdesk.sandbox.letters import person
from helpdesk.sandbox.slack import SlackStandIn
from tests.support.dovecot import Dovecot
from tests.support.forks import FORKS
from tests.support.postgres import Postgres
from tests.support.shop import CARDS, Shop, workspace
from tests.support.smtpd import smtpd

MAILS, KILLS = 200, 20


def deliver_all(shop: Shop) -> set[str]:
    """Two hundred mails of a hundred and sixty buyers, a quarter of them in Junk; returns the buyers."""
    now = datetime.now(UTC)
    buyers = [person(1000 + n, "en") for n in range(160)]
    for number in range(MAILS):
        who = buyers[number % len(buyers)]
        raw = letters.relayed(who, now - timedelta(minutes=MAILS - number), number=number)
        shop.deliver(raw, "Junk" if number % 4 == 0 else "INBOX")
    return {who.alias for who in buyers}


async def settled(shop: Shop, seconds: float = 150) -> list[dict[str, object]]:
    """Wait until every ticket has its card and its acknowledgement's fate, and Junk is empty."""
    assert shop.slack is not None
    async with asyncio.timeout(seconds):
        while True:
            found = await shop.tickets()
            waiting = [t for t in found if t["ack"] == "queued"]
            carded = len(shop.slack.messages(CARDS, "helpdesk_ticket"))
            if not waiting and carded >= len(found) and not shop.lying("Junk"):
                return found
            await asyncio.sleep(0.5)


def check(shop: Shop, buyers: set[str], found: list[dict[str, object]]) -> None:
    """Nothing lost, nothing doubled."""
    assert shop.slack is not None
    assert Counter(t["buyer"] for t in found) == dict.fromkeys(buyers, 1)
    assert sum(int(str(t["mails"])) for t in found) == MAILS
    acks = Counter(mail.recipients[0] for mail in shop.smtp.mails)
    assert {address: n for address, n in acks.items() if n > 1} == {}
    held = {str(t["buyer"]) for t in found if t["ack"] == "held"}
    assert buyers - set(acks) <= held  # whose fate nobody can tell is held for a person, never repeated
    assert len(held) <= 4 * KILLS
    cards = Counter(m["metadata"]["event_payload"]["ticket"] for m in shop.slack.messages(CARDS, "helpdesk_ticket"))
    assert cards == {int(str(t["ticket"])): 1 for t in found}
    ids = Counter(raw.partition(b"Message-ID: <")[2].partition(b">")[0] for raw in shop.lying("INBOX"))
    assert len(ids) == MAILS
    assert set(ids.values()) == {1}


def done(shop: Shop) -> int:
    """How much has been done so far: mails read, rescues, acknowledgements sent, cards posted."""
    assert shop.slack is not None
    moved = sum(1 for _ in (shop.dovecot.base / "home" / shop.user / "Maildir" / "cur").iterdir())
    rows = 0
    with suppress(sqlite3.Error), closing(sqlite3.connect(shop.folder / "helpdesk.db", timeout=1)) as database:
        rows = int(database.execute("SELECT count(*) FROM mail").fetchone()[0])
    return rows + moved + len(shop.smtp.mails) + len(shop.slack.messages(CARDS, "helpdesk_ticket"))


async def test_killed_twenty_times(shop: Shop) -> None:
    """At random moments of an ingest of two hundred mails: after so many further steps, and a moment more."""
    buyers = deliver_all(shop)
    rng = random.Random(7)
    for _ in range(KILLS):
        before, steps, process = done(shop), rng.randint(1, 30), await shop.start()
        with suppress(TimeoutError):
            async with asyncio.timeout(10):
                while done(shop) < before + steps:  # noqa: ASYNC110 -- another process works, it sets no event here
                    await asyncio.sleep(0.01)
        await asyncio.sleep(rng.uniform(0, 0.1))
        process.kill()
        await process.wait()
    async with shop.running():
        found = await settled(shop)

    check(shop, buyers, found)


async def test_two_workers_and_one_dies_for_good(dovecot: Dovecot, postgres: Postgres, tmp_path: Path) -> None:
    """On one PostgreSQL the other takes everything over within the lease."""
    async with smtpd() as server, workspace() as slack:
        shop = Shop(tmp_path, dovecot, dovecot.new_user(), server, slack, postgres.fresh_database(), FORKS)
        shop.configure()
        await shop.call("db", "upgrade")
        buyers = deliver_all(shop)
        first = await shop.start()
        second_config = shop.configure(name="second.toml")
        await until_some_cards(slack)
        async with shop.running(second_config):
            first.kill()
            await first.wait()
            found = await settled(shop)

    check(shop, buyers, found)


async def until_some_cards(slack: SlackStandIn, seconds: float = 60) -> None:
    """The first worker is in the midst of it."""
    await slack.until(lambda: len(slack.messages(CARDS, "helpdesk_ticket")) > 20, seconds)
