"""A Junk folder of thousands, worked through by `helpdesk sync` on a terminal, with kills in the middle."""

from __future__ import annotations

import csv
import hashlib
import os
import pty
import select
import signal
import sqlite3
import subprocess
import tarfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from helpdesk.triage.evaluation import Tally
from tests.support.dovecot import PASSWORD, Dovecot
from tests.support.paths import shared
from tests.support.shop import command, environment

ARCHIVE, LABELS = "junk_bench_open.tar.gz", "junk_bench_open_labels.csv"
#: To whom these mails are.
ADDRESS = "service@brightnest-shop.example"


@dataclass(frozen=True, slots=True)
class Labelled:
    """A mail and what it is."""

    name: str
    label: str
    raw: bytes


def labelled(most: int | None = None) -> list[Labelled] | None:
    """The mails of the open benchmark, every n-th of them if fewer are wanted; None without the shared data."""
    place = shared()
    if place is None or not (place / "data" / ARCHIVE).exists():
        return None
    with (place / "data" / LABELS).open(newline="", encoding="utf-8") as opened:
        labels = {row["file"]: row["label"] for row in csv.DictReader(opened)}
    every = max(1, len(labels) // most) if most else 1
    wanted = set(sorted(labels)[::every][:most])
    found = []
    with tarfile.open(place / "data" / ARCHIVE) as tar:
        for member in tar:
            name = Path(member.name).name
            stream = tar.extractfile(member) if name in wanted else None
            if stream is not None:
                found.append(Labelled(name, labels[name], stream.read()))
    return found


def canonical(raw: bytes) -> str:
    """A mail whatever its line ends, which a server may mend."""
    return hashlib.sha256(raw.replace(b"\r\n", b"\n")).hexdigest()


def on_terminal(
    arguments: Sequence[str], folder: Path, *, kill_when: Callable[[], bool] | None = None, seconds: float = 300
) -> tuple[int, str]:
    """(exit code, what the terminal showed) of a command; killed (-9) when `kill_when` comes true."""
    mine, theirs = pty.openpty()
    process = subprocess.Popen(
        command(*arguments), stdin=theirs, stdout=theirs, stderr=theirs, cwd=folder,
        env={**environment(), "TERM": "xterm", "COLUMNS": "120", "LINES": "40"},
    )  # fmt: skip
    os.close(theirs)
    screen = bytearray()
    until = time.monotonic() + seconds
    with closing(os.fdopen(mine, "rb", buffering=0)) as terminal:
        while time.monotonic() < until:
            if select.select([terminal], [], [], 0.02)[0]:
                try:
                    screen += terminal.read(65536) or b""
                except OSError:  # Linux says so when the other end has closed
                    break
            if kill_when is not None and kill_when():
                process.send_signal(signal.SIGKILL)
                kill_when = None
    return process.wait(10), screen.decode("utf-8", "replace")


@dataclass(slots=True)
class Backlog:
    """A mailbox whose Junk holds these mails, and a helpdesk for it in `folder`."""

    server: Dovecot
    folder: Path
    mails: Sequence[Labelled]
    user: str = field(init=False)
    screen: bytearray = field(default_factory=bytearray)  #: all that the runs showed on the terminal

    def __post_init__(self) -> None:
        self.user = self.server.new_user()
        for mail in self.mails:
            self.server.deliver(self.user, mail.raw, "Junk")
        (self.folder / "helpdesk.toml").write_text(
            f"""
[database]
url = "sqlite:///helpdesk.db"
[[mailbox]]
name = "shop"
address = "{ADDRESS}"
[mailbox.imap]
host = "127.0.0.1"
port = {self.server.port}
security = "none"
username = "{self.user}"
password = "{PASSWORD}"
""",
            encoding="utf-8",
        )

    def lying(self, folder: str) -> int:
        """How many mails a folder holds, read from the server's disk."""
        home = self.server.base / "home" / self.user / "Maildir"
        place = home if folder == "INBOX" else home / f".{folder}"
        return sum(1 for part in ("cur", "new") for _ in (place / part).iterdir())

    def flagged(self) -> int:
        """How many mails of Junk have any flag."""
        return sum(1 for _, flags, _ in self.server.mails(self.user, "Junk") if flags)

    def known(self) -> int:
        """How many mails the database holds."""
        with suppress(sqlite3.Error), closing(sqlite3.connect(self.folder / "helpdesk.db", timeout=1)) as database:
            return int(database.execute("SELECT count(*) FROM mail").fetchone()[0])
        return 0

    def sync(self, *arguments: str, kill_when: Callable[[], bool] | None = None, seconds: float = 900) -> int:
        """`helpdesk sync` on a terminal; its exit code, or -9 where it was killed as `kill_when` came true."""
        code, screen = on_terminal(["sync", *arguments], self.folder, kill_when=kill_when, seconds=seconds)
        self.screen += screen.encode()
        return code

    def outcome(self) -> dict[str, Any]:
        """Where each mail ended, beside its label: figures as of `evaluate`, and what was lost, doubled or changed."""
        lying = {folder: self.server.mails(self.user, folder) for folder in ("INBOX", "Junk")}
        rescued = Counter(canonical(raw) for _, _, raw in lying["INBOX"])
        verdicts = self._verdicts()
        left: dict[str, list[str]] = {}
        for uid, _, raw in lying["Junk"]:
            left.setdefault(canonical(raw), []).append(verdicts.get(uid, "unread"))
        tally, lost, wrong = Tally(), 0, Counter[str]()
        for mail in self.mails:
            key = canonical(mail.raw)
            if rescued[key]:
                rescued[key] -= 1
                verdict = "buyer"
            elif left.get(key):
                verdict = left[key].pop()
                if verdict == "buyer":
                    verdict = "buyer, and not moved"
            else:
                lost += 1
                continue
            tally.add(mail.label, verdict)
            if (mail.label == "buyer") != (verdict == "buyer"):
                wrong[f"{mail.label}: {verdict}"] += 1
        doubled = rescued.total() + sum(len(rest) for rest in left.values())
        return {**tally.figures(), "lost": lost, "doubled": doubled, "wrong": dict(wrong)}

    def _verdicts(self) -> dict[int, str]:
        """UID in Junk → the verdict stored."""
        with closing(sqlite3.connect(self.folder / "helpdesk.db")) as database:
            rows = database.execute("SELECT uid, verdict, state FROM mail WHERE folder = 'Junk'")
            return {int(uid): str(verdict or state) for uid, verdict, state in rows}
