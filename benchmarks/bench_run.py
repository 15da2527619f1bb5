"""`helpdesk run` at rest and at work: memory with the model loaded, idle CPU, delivery to card.

    python -m benchmarks.bench_run [--mails 5000]

The floor of a delivery is the server's own push, taken in the same run from helpdesk's own connection (a relay between
the two notes it). Dovecot announces a new mail either at once or half a second later (NOTIFY_DELAY_MSECS, no setting),
and decides so for each connection alone: of two that idle side by side, helpdesk or not, one may hear of a mail 500 ms
before the other. What another connection was told says nothing about how long helpdesk took.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from helpdesk.sandbox import letters
from helpdesk.sandbox.slack import SlackStandIn
from tests.support.dovecot import Dovecot
from tests.support.shop import CARDS, Shop, workspace
from tests.support.smtpd import smtpd

DELIVERIES = 40


def resident(pid: int) -> float:
    """Resident memory of a process, MB."""
    fields = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(fields.partition("VmRSS:")[2].split()[0]) / 1024


def cpu(pid: int) -> float:
    """User and system seconds of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


class Relay:
    """Passes bytes between helpdesk and Dovecot, and notes when the server tells an idling connection of a new mail.

    The server holds its push back on each connection for itself: only what this one was told, and when, tells how long
    helpdesk takes from there.
    """

    def __init__(self, port: int) -> None:
        self.server_port, self.port = port, 0
        self.pushed: float | None = None  #: time.monotonic() of the first push since this was None

    async def __aenter__(self) -> Relay:
        """Listen on a free port."""
        self._listener = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._listener.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        """Listen no longer."""
        self._listener.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, ours = await asyncio.open_connection("127.0.0.1", self.server_port)
        idling = False

        async def up() -> None:
            nonlocal idling
            while data := await reader.read(65536):
                idling = data.endswith(b" IDLE\r\n")
                ours.write(data)
            ours.close()

        async def down() -> None:
            while data := await theirs.read(65536):
                if idling and self.pushed is None and b" EXISTS\r\n" in data:
                    self.pushed = time.monotonic()
                writer.write(data)
            writer.close()

        await asyncio.gather(up(), down(), return_exceptions=True)


async def deliveries(shop: Shop, slack: SlackStandIn, relay: Relay) -> list[tuple[float, float, float]]:
    """For each mail the seconds from its delivery to the push, the card, and the acknowledgement."""
    found: list[tuple[float, float, float]] = []
    number = 0
    while len(found) < DELIVERIES:
        number += 1
        await asyncio.sleep(2.0)  # all is at rest again
        cards, mails = len(slack.messages(CARDS, "helpdesk_ticket")), len(shop.smtp.mails)
        relay.pushed = None
        began = time.monotonic()
        shop.deliver(letters.relayed(letters.person(9000 + number), datetime.now(UTC)))
        card = acknowledged = 0.0
        while not (card and acknowledged):
            await asyncio.sleep(0.002)
            now = time.monotonic()
            if now - began > 30:
                raise TimeoutError(f"mail {number} had no card or no acknowledgement within 30 s")
            if not card and len(slack.messages(CARDS, "helpdesk_ticket")) > cards:
                card = now
            if not acknowledged and len(shop.smtp.mails) > mails:
                acknowledged = now
        if relay.pushed is not None:  # else it was read in a look that came by the clock, before the push
            found.append((relay.pushed - began, card - began, acknowledged - began))
    return found


async def measure(mails: int) -> None:
    """Start it, feed it, look."""
    server = Dovecot.start()
    try:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            async with smtpd() as smtp, workspace() as slack, Relay(server.port) as relay:
                shop = Shop(folder, server, server.new_user(), smtp, slack, f"sqlite:///{folder}/h.db")
                path = shop.configure(poll="60s", idle_refresh="300s")
                direct, relayed = f"port = {server.port}\n", f"port = {relay.port}\n"
                path.write_text(path.read_text(encoding="utf-8").replace(direct, relayed), encoding="utf-8")
                process = await shop.start()
                await slack.connected(seconds=60)
                await asyncio.sleep(8)
                first = resident(process.pid)
                times = await deliveries(shop, slack, relay)
                began, spent = time.monotonic(), cpu(process.pid)
                await asyncio.sleep(20)
                idle = (cpu(process.pid) - spent) / (time.monotonic() - began)
                for raw in letters.shop(mails, seed=5):
                    shop.deliver(raw, "Junk")
                shop.deliver(letters.relayed(letters.person(9999), datetime.now(UTC)))  # Junk pushes nothing
                await slack.until(lambda: len(shop.lying("Junk")) < mails // 3, 600)
                last = resident(process.pid)
                process.terminate()
                await process.wait()
    finally:
        server.remove()
    print(f"run: {first:.0f} MB with the model loaded, {last:.0f} MB after {mails} mails; idle {100 * idle:.2f} % CPU")
    pushes, ours, whole = (
        ms([push for push, _, _ in times]),
        ms([max(card, acknowledged) - push for push, card, acknowledged in times]),
        ms([max(card, acknowledged) for _, card, acknowledged in times]),
    )
    print(f"delivery to push (the server's): {pushes}; push to card and acknowledgement: {ours}; in all: {whole}")


def ms(seconds: list[float]) -> str:
    """Median and 95th percentile."""
    ordered = sorted(seconds)
    return (
        f"median {1000 * statistics.median(ordered):.0f} ms, p95 {1000 * ordered[int(len(ordered) * 0.95) - 1]:.0f} ms"
    )


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--mails", type=int, default=2000)
    asyncio.run(measure(options.parse_args().mails))


if __name__ == "__main__":
    main()
