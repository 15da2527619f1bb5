"""Nine hundred odd and broken mails through the whole of intake and `classify`: none crashes, hangs or is lost."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
import tarfile
from datetime import UTC, datetime

import pytest

from helpdesk.errors import UnreadableMailError
from helpdesk.intake.parse import parse
from helpdesk.sandbox import letters
from tests.support.paths import shared
from tests.support.shop import Shop, command, environment

ARCHIVE = "hostile_mail_open.tar.gz"


def odd_mails() -> list[bytes]:
    """The files of the archive; skips where it is not beside the project."""
    place = shared()
    if place is None:
        pytest.skip("no shared data beside the project")
    with tarfile.open(place / "data" / ARCHIVE) as archive:
        files = [archive.extractfile(member) for member in archive if member.isfile()]
        return [file.read() for file in files if file is not None]


async def test_every_odd_mail_ends_as_a_row(shop: Shop) -> None:
    """Read or quarantined with its reason; each that can be told apart has its row, and none is left unjudged."""
    mails = odd_mails()
    for raw in mails:
        shop.deliver(raw)
    report = await shop.sync(code=None)
    database = sqlite3.connect(shop.folder / "helpdesk.db")
    rows = database.execute("SELECT state, reason, uid FROM mail").fetchall()
    database.close()
    lying = shop.lying("INBOX")
    bodies = {raw.partition(b"\r\n\r\n")[2] for raw in lying}

    assert len(lying) == len(mails)
    assert len(rows) == report["fetched"] >= len(bodies) * 0.95
    assert {state for state, _, _ in rows} <= {"filed", "quarantined"}
    assert all(reason for state, reason, _ in rows if state == "quarantined")
    assert report["quarantined"] == sum(1 for state, _, _ in rows if state == "quarantined")
    again = await shop.sync(code=None)
    assert again["fetched"] == 0


async def test_every_odd_mail_is_classified(shop: Shop) -> None:
    """One line of JSON a file, also for what cannot be read."""
    mails = odd_mails()
    place = shared()
    assert place is not None
    lines = (await shop.call("classify", str(place / "data" / ARCHIVE), "--json")).splitlines()
    found = [json.loads(line) for line in lines]

    assert len(found) == len(mails)
    unreadable = 0
    for raw in mails:
        try:
            parse(raw)
        except UnreadableMailError:
            unreadable += 1
    assert unreadable < 50
    assert all({"file", "verdict", "score", "reasons", "clock_start"} <= set(line) for line in found)


def cost(shop: Shop, *arguments: str) -> tuple[float, float]:
    """Run a command; seconds of processor time and MB of memory at its peak, its start included."""
    # started by a small process: a child's peak begins with the memory of whoever forked it, here a full worker
    starter = (
        "import resource, subprocess, sys\n"
        "subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)\n"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)\n"
    )
    full = [sys.executable, "-c", starter, *command(*arguments, "--config", str(shop.config))]
    done = subprocess.run(full, capture_output=True, text=True, env=environment(), check=True)
    seconds, megabytes = map(float, done.stdout.split())
    return seconds, megabytes


async def test_25_mb_find_their_way_in_within_two_seconds_and_400_mb(shop: Shop) -> None:
    """From the mailbox to ticket and rescue, and through `classify`: the promise for any mail of that size."""
    await shop.sync()
    raw = letters.attached(letters.person(1), datetime.now(UTC), 18_200_000)
    (shop.folder / "large.eml").write_bytes(raw)
    seconds, megabytes = await asyncio.to_thread(cost, shop, "classify", str(shop.folder / "large.eml"), "--json")
    assert seconds < 2
    assert megabytes < 400

    shop.deliver(letters.relayed(letters.person(2), datetime.now(UTC)), "Junk")
    small, _ = await asyncio.to_thread(cost, shop, "sync", "--json")
    shop.deliver(raw, "Junk")
    seconds, megabytes = await asyncio.to_thread(cost, shop, "sync", "--json")
    assert len(raw) > 24_900_000
    assert [one["mails"] for one in await shop.tickets()] == [1, 1]
    assert seconds - small < 2
    assert megabytes < 400
