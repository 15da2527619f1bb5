"""Ingest: mail lying in Dovecot to filed ticket, all of intake and triage, beside its floor in the same run.

The floor fetches the same mails in batches with imaplib, parses them with the standard library, dedupes, and inserts
one row a mail with a commit each. CPU is user and system time of this process.

    python -m benchmarks.bench_ingest [--mails 2000] [--json]
"""

from __future__ import annotations

import argparse
import asyncio
import imaplib
import json
import resource
import sqlite3
import tempfile
from datetime import UTC, datetime
from email.parser import BytesParser
from email.policy import compat32
from pathlib import Path
from typing import Any

from helpdesk.app.judging import LazyJudge
from helpdesk.app.mailbox import one_pass
from helpdesk.app.parts import open_parts
from helpdesk.sandbox import letters
from helpdesk.settings import Settings
from tests.support.dovecot import PASSWORD, Dovecot


def cpu() -> float:
    """User and system seconds of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def floor(server: Dovecot, user: str, folder: Path) -> float:
    """CPU seconds of the least that could be done: batch fetch, compat32 parse, dedupe, insert, a commit each."""
    database = sqlite3.connect(folder / "floor.db", isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute(
        "CREATE TABLE mail (id INTEGER PRIMARY KEY, mid TEXT UNIQUE, subject TEXT, sender TEXT, body TEXT)"
    )
    began = cpu()
    client = imaplib.IMAP4("127.0.0.1", server.port)
    client.login(user, PASSWORD)
    client.select("INBOX", readonly=True)
    uids = client.uid("SEARCH", "ALL")[1][0].split()
    seen: set[str] = set()
    for start in range(0, len(uids), 50):
        _, answer = client.uid("FETCH", b",".join(uids[start : start + 50]).decode(), "(BODY.PEEK[])")
        for part in answer:
            if not isinstance(part, tuple):
                continue
            mail = BytesParser(policy=compat32).parsebytes(part[1])
            name = str(mail.get("Message-ID", ""))
            if name in seen:
                continue
            seen.add(name)
            body = mail.get_payload(decode=True) if not mail.is_multipart() else b""
            row = (
                name,
                str(mail.get("Subject")),
                str(mail.get("From")),
                body.decode("utf-8", "replace") if isinstance(body, bytes) else "",
            )
            database.execute("BEGIN IMMEDIATE")
            database.execute("INSERT INTO mail (mid, subject, sender, body) VALUES (?, ?, ?, ?)", row)
            database.execute("COMMIT")
    client.logout()
    spent = cpu() - began
    database.close()
    return spent


async def ingest(server: Dovecot, user: str, folder: Path) -> tuple[float, int, int]:
    """CPU seconds of our whole way, and (mails, filed)."""
    box = {"host": "127.0.0.1", "port": server.port, "security": "none", "username": user, "password": PASSWORD}
    settings = Settings.model_validate(
        {
            "database": {"url": f"sqlite:///{folder}/ours.db"},
            "mailbox": [{"name": "shop", "address": letters.OURS, "authserv_id": letters.SERVER, "imap": box}],
        }
    )
    judge = LazyJudge()
    judge.load()
    parts = await open_parts(settings, folder, judge)
    warm(judge)
    began = cpu()
    door = parts.imap(settings.mailbox[0])
    await door.connect()
    passed = await one_pass(parts, settings.mailbox[0], door)
    await door.close()
    spent = cpu() - began
    await parts.close()
    return spent, passed.fetched.new, passed.counts.filed


def warm(judge: LazyJudge) -> None:
    """Load what loads once, as `run` does before the first mail, and what the first mails leave behind."""
    from helpdesk.intake.read import read

    judge.warm()
    for language in letters.AMAZON:
        judge(
            [read(letters.relayed(letters.person(1, language), datetime.now(UTC)), arrived=datetime.now(UTC))], "inbox"
        )
    judge([read(letters.direct(1, datetime.now(UTC)), arrived=datetime.now(UTC))], "inbox")


def measure(mails: int) -> dict[str, Any]:
    """Run both over the same mailbox."""
    server = Dovecot.start()
    try:
        user = server.new_user()
        for raw in letters.shop(mails):
            server.deliver(user, raw)
        with tempfile.TemporaryDirectory() as name:
            least = floor(server, user, Path(name))
            ours, new, filed = asyncio.run(ingest(server, user, Path(name)))
    finally:
        server.remove()
    return {
        "mails": mails,
        "new": new,
        "filed": filed,
        "ms_per_mail": round(1000 * ours / mails, 3),
        "floor_ms_per_mail": round(1000 * least / mails, 3),
        "times_the_floor": round(ours / least, 2),
    }


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--mails", type=int, default=2000)
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    found = measure(chosen.mails)
    if chosen.json:
        print(json.dumps(found))
        return
    print(
        f"ingest, {found['mails']} mails in Dovecot to filed tickets, SQLite: {found['ms_per_mail']} ms CPU a mail; "
        f"floor {found['floor_ms_per_mail']} ms; {found['times_the_floor']} times the floor ({found['filed']} filed)"
    )


if __name__ == "__main__":
    main()
