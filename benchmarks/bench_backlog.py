"""A first contact with a Junk folder of thousands, killed in the middle and taken up again, against its labels.

The open benchmark's mails lie in Dovecot's Junk. `helpdesk sync` runs on a terminal and is killed (SIGKILL) while it
reads and again while it moves; the run after that must end with the folder as the labels say. The floor is the time in
which a plain client fetches the same mails. Needs the shared data; says so and ends where they are missing.

    python -m benchmarks.bench_backlog [--mails 8013] [--no-kill] [--json] [--show]
"""

from __future__ import annotations

import argparse
import imaplib
import json
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.support.backlog import Backlog, labelled
from tests.support.dovecot import PASSWORD, Dovecot


def floor(work: Backlog) -> float:
    """Seconds in which imaplib fetches every mail of Junk, fifty at a time."""
    began = time.perf_counter()
    client = imaplib.IMAP4("127.0.0.1", work.server.port)
    client.login(work.user, PASSWORD)
    client.select("Junk", readonly=True)
    uids = client.uid("SEARCH", "ALL")[1][0].split()
    for start in range(0, len(uids), 50):
        client.uid("FETCH", b",".join(uids[start : start + 50]).decode(), "(BODY.PEEK[])")
    client.logout()
    return time.perf_counter() - began


def spent() -> float:
    """CPU seconds of the runs that have ended; a killed one's are counted too."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measure(mails: int | None, *, kill: bool, folder: Path) -> tuple[dict[str, Any], Backlog] | None:
    """Figures of the whole way, or None without the data."""
    chosen = labelled(mails)
    if chosen is None:
        return None
    server = Dovecot.start()
    try:
        work = Backlog(server, folder, chosen)
        least = floor(work)
        began, cpu = time.perf_counter(), spent()
        kills = []
        if kill:
            half, some = len(chosen) // 2, len(chosen) // 12
            kills.append((work.sync(kill_when=lambda: work.known() >= half), work.known(), work.lying("INBOX")))
            kills.append((work.sync(kill_when=lambda: work.lying("INBOX") >= some), work.known(), work.lying("INBOX")))
        last = time.perf_counter()
        code = work.sync()
        ended = time.perf_counter()
        found = {
            **work.outcome(),
            "kills": [{"exit": code, "known": known, "moved": moved} for code, known, moved in kills],
            "exit": code,
            "seconds": round(ended - began, 1),
            "cpu_seconds": round(spent() - cpu, 1),
            "seconds_of_the_last_run": round(ended - last, 1),
            "floor_seconds": round(least, 1),
        }
        for name in ("seconds_of_the_next_run", "seconds_of_an_idle_run"):  # the next finds in the Inbox what was moved
            again = time.perf_counter()
            work.sync()
            found[name] = round(time.perf_counter() - again, 1)
        return found, work
    finally:
        server.remove()


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--mails", type=int, default=None)
    options.add_argument("--no-kill", action="store_true")
    options.add_argument("--json", action="store_true")
    options.add_argument("--show", action="store_true", help="print what the terminal showed")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        measured = measure(chosen.mails, kill=not chosen.no_kill, folder=Path(name))
    if measured is None:
        print("the shared data are not here: nothing to measure")
        return
    found, work = measured
    if chosen.show:
        sys.stdout.write(work.screen.decode("utf-8", "replace"))
    if chosen.json:
        print(json.dumps(found))
        return
    for key, value in found.items():
        print(f"{key:26} {value}")


if __name__ == "__main__":
    main()
