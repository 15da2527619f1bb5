"""`helpdesk run` at rest and at work: memory with the model loaded, idle CPU, delivery to card.

    python -m benchmarks.bench_run [--mails 5000]

The floor of a delivery is the server's own push (an IDLE connection of this process sees it), taken in the same run;
Dovecot announces a new mail up to half a second after it lies in the folder.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from helpdesk.intake.imap import ImapAccess, ImapMailbox
from helpdesk.sandbox import letters
from helpdesk.sandbox.slack import SlackStandIn
from tests.support.dovecot import PASSWORD, Dovecot
from tests.support.shop import CARDS, Shop, workspace
from tests.support.smtpd import smtpd

DELIVERIES = 20


def resident(pid: int) -> float:
    """Resident memory of a process, MB."""
    fields = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(fields.partition("VmRSS:")[2].split()[0]) / 1024


def cpu(pid: int) -> float:
    """User and system seconds of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


async def deliveries(shop: Shop, slack: SlackStandIn, server: Dovecot) -> tuple[list[float], list[float]]:
    """Seconds from delivery to the server's push, and from the push to card and acknowledgement."""
    pushes, ours = [], []
    access = ImapAccess(
        host="127.0.0.1", port=server.port, security="none", username=shop.user, password=PASSWORD, idle_refresh=60
    )
    for number in range(DELIVERIES):
        door = ImapMailbox(access)
        await door.connect()
        await door.select("INBOX")
        waiting = asyncio.create_task(door.idle(stop=asyncio.Event(), max_seconds=30))
        await asyncio.sleep(2.0)  # a server that has just spoken holds its next words back
        cards, mails = len(slack.messages(CARDS, "helpdesk_ticket")), len(shop.smtp.mails)
        began = time.monotonic()
        shop.deliver(letters.relayed(letters.person(9000 + number), datetime.now(UTC)))
        await waiting
        pushed = time.monotonic()

        def there(cards: int = cards, mails: int = mails) -> bool:
            return len(slack.messages(CARDS, "helpdesk_ticket")) > cards and len(shop.smtp.mails) > mails

        await slack.until(there, 30)
        pushes.append(pushed - began)
        ours.append(time.monotonic() - pushed)
        await door.close()
    return pushes, ours


async def measure(mails: int) -> None:
    """Start it, feed it, look."""
    server = Dovecot.start()
    try:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            async with smtpd() as smtp, workspace() as slack:
                shop = Shop(folder, server, server.new_user(), smtp, slack, f"sqlite:///{folder}/h.db")
                shop.configure(poll="60s", idle_refresh="300s")
                process = await shop.start()
                await slack.connected(seconds=60)
                await asyncio.sleep(8)
                first = resident(process.pid)
                pushes, ours = await deliveries(shop, slack, server)
                began, spent = time.monotonic(), cpu(process.pid)
                await asyncio.sleep(20)
                idle = (cpu(process.pid) - spent) / (time.monotonic() - began)
                for raw in letters.shop(mails, seed=5):
                    shop.deliver(raw, "Junk")
                await slack.until(lambda: len(shop.lying("Junk")) < mails // 3, 600)
                last = resident(process.pid)
                process.terminate()
                await process.wait()
    finally:
        server.remove()
    ours.sort()
    print(
        f"run: {first:.0f} MB with the model loaded, {last:.0f} MB after {mails} mails; idle {100 * idle:.2f} % CPU; "
        f"delivery to push {1000 * statistics.median(pushes):.0f} ms (the server's), push to card and acknowledgement "
        f"median {1000 * statistics.median(ours):.0f} ms, p95 {1000 * ours[int(len(ours) * 0.95) - 1]:.0f} ms"
    )


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--mails", type=int, default=2000)
    asyncio.run(measure(options.parse_args().mails))


if __name__ == "__main__":
    main()
