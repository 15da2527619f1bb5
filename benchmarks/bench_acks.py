"""Acknowledgements a second through the whole job, beside the floor of the same run.

    python -m benchmarks.bench_acks [--mails 2000] [--database URL] [--json]

Counted is everything from tickets that wait to mails in the SMTP server's hands and tickets that say so: deciding,
composing, the message rules, the outbox, every commit (SQLite: WAL, synchronous=FULL). The floor sends the same mails,
composed beforehand, over one kept connection and over four, with nothing else done. The server is a process of its own
that takes every mail and throws it away.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from helpdesk.domain import Ack, Mail, MailState, Message, Ticket
from helpdesk.marketplaces.registry import profile
from helpdesk.replies.job import Way, run_once
from helpdesk.replies.outgoing import raw_of
from helpdesk.replies.smtp import SmtpAccess, SmtpDoor
from helpdesk.replies.templates import Library
from helpdesk.resources import resource as file_of
from helpdesk.settings.schema import Settings
from helpdesk.sla.clock import Rules
from helpdesk.store import mails, outbox, schema, tickets
from helpdesk.store.engine import Store

SHOP = "support@shop.example"
WARM = 140
LANGUAGES = ("en", "de", "fr", "es", "it", "zh", "ja")


class Sink(asyncio.Protocol):
    """An SMTP server that takes everything and keeps nothing."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        assert isinstance(transport, asyncio.Transport)
        self.transport, self.buffer, self.data = transport, b"", False
        transport.write(b"220 sink ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        """Answer whole lines and whole mails."""
        self.buffer += data
        while True:
            end = self.buffer.find(b"\r\n.\r\n" if self.data else b"\r\n")
            if end < 0:
                return
            line, self.buffer = self.buffer[:end], self.buffer[end + (5 if self.data else 2) :]
            if self.data:
                self.data = False
                self.transport.write(b"250 2.0.0 Ok: queued as 4Xy\r\n")
                continue
            verb = line[:4].upper()
            self.data = verb == b"DATA"
            self.transport.write(
                {
                    b"EHLO": b"250-sink\r\n250-SIZE 40000000\r\n250-SMTPUTF8\r\n250 8BITMIME\r\n",
                    b"DATA": b"354 Go\r\n",
                    b"QUIT": b"221 Bye\r\n",
                }.get(verb, b"250 2.1.0 Ok\r\n")
            )


async def sink() -> None:
    """Run the sink for ever; its port is the first line on standard output."""
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


@contextmanager
def running_sink() -> Iterator[int]:
    """The sink in a process of its own; gives its port."""
    command = [sys.executable, "-m", "benchmarks.bench_acks", "--sink"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.kill()


def a_mail(number: int, now: datetime) -> Mail:
    """A buyer's mail, invented, every seventh in the same language."""
    alias = f"b{number:07d}+A1@marketplace.amazon.com"
    return Mail(
        mailbox="shop",
        role="inbox",
        folder="INBOX",
        uidvalidity=1,
        uid=number,
        state=MailState.FILED,
        message_id=f"m{number}@amazon.example",
        body_hash=f"{number:064x}",
        arrived_at=now,
        clock_start=now,
        fetched_at=now,
        from_addr=alias,
        reply_to=alias,
        customer=alias.replace("+A1", ""),
        subject=f"Order 111-{number:07d}-0000001: where is my parcel?",
        language=LANGUAGES[number % len(LANGUAGES)],
        verdict="buyer",
        text="Where is my parcel?",
        order_ids=[f"111-{number:07d}-0000001"],
    )


async def fill(store: Store, numbers: range, now: datetime) -> None:
    """File conversations that wait for their acknowledgement."""
    wanted = [a_mail(n, now) for n in numbers]
    async with store.write() as tx:
        await mails.add(tx, wanted)
        stored = {m.uid: m for m in await mails.by_message_ids(tx, "shop", [m.message_id for m in wanted])}
        made = [
            Ticket(
                mailbox="shop",
                marketplace="amazon",
                buyer=m.customer,
                reply_to=m.reply_to,
                subject=m.subject,
                order_ids=m.order_ids,
                language=m.language,
                topic="late_shipment",
                received_at=now,
                anchor_at=now,
                due_at=now + timedelta(hours=24),
                last_mail_at=now,
                mails=1,
                ack=Ack.QUEUED,
                created_at=now,
                updated_at=now,
            )
            for m in stored.values()
        ]
        made = await tickets.add(tx, made)
        await tickets.add_messages(
            tx,
            [
                Message(ticket_id=t.id, mail_id=m.id, marketplace="amazon", received_at=now)
                for t, m in zip(made, stored.values(), strict=True)
            ],
        )


def settings() -> Settings:
    """One mailbox, shop."""
    server = {"host": "127.0.0.1", "security": "none"}
    box = {"name": "shop", "address": SHOP, "imap": server, "smtp": server}
    return Settings.model_validate({"mailbox": [box], "timezone": "Europe/Berlin"})


def cpu() -> float:
    """Seconds of CPU this process has used."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def the_job(store: Store, port: int, templates: Path, number: int) -> tuple[float, float]:
    """Acknowledge everything; (seconds, CPU seconds). The first few, untimed, read templates and word lists in."""
    door = SmtpDoor(SmtpAccess("127.0.0.1", port, "none"))
    road = Way(
        settings=settings(),
        library=Library.load(templates),
        rules=lambda name: Rules(profile=profile(name).sla),
        doors={"shop": door},
        worker="bench",
        now=lambda: datetime.now(UTC),
    )
    await fill(store, range(1, WARM + 1), datetime.now(UTC))
    while await run_once(store, road):
        pass
    await fill(store, range(WARM + 1, WARM + number + 1), datetime.now(UTC))
    begun, used = time.perf_counter(), cpu()
    while await run_once(store, road):
        pass
    took = time.perf_counter() - begun, cpu() - used
    await door.close()
    return took


async def the_floor(raws: list[tuple[str, bytes]], port: int, connections: int) -> float:
    """Send mails composed beforehand and do nothing else; seconds."""
    door = SmtpDoor(SmtpAccess("127.0.0.1", port, "none"))
    queue = iter(raws)

    async def sender() -> None:
        for recipient, raw in queue:
            await door.send(SHOP, recipient, raw)

    begun = time.perf_counter()
    await asyncio.gather(*(sender() for _ in range(connections)))
    took = time.perf_counter() - begun
    await door.close()
    return took


async def measure(number: int, url: str, port: int, templates: Path) -> dict[str, float | int | str]:
    """All figures of one run."""
    store = Store.connect(url)
    await schema.upgrade(store)
    took, used = await the_job(store, port, templates, number)
    async with store.read() as tx:
        done = [t for t in await tickets.listing(tx) if t.ack == Ack.SENT]
        sent = [row for t in done for row in await outbox.of_ticket(tx, t.id)]
    await store.close()
    assert len(done) == WARM + number, f"only {len(done)} of {WARM + number} were acknowledged"
    raws = [(row.payload["to"], raw_of(row)) for row in sent]
    one, four = await the_floor(raws, port, 1), await the_floor(raws, port, 4)
    return {
        "database": url.partition(":")[0],
        "mails": number,
        "acknowledgements_per_second": round(number / took),
        "cpu_ms_each": round(used / number * 1000, 2),
        "floor_one_connection_per_second": round(number / one),
        "floor_four_connections_per_second": round(number / four),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mails", type=int, default=2000)
    parser.add_argument("--database", default="", help="an empty database's URL; default: SQLite in a new folder")
    parser.add_argument("--templates", type=Path, default=None, help="default: the product's own")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--sink", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.sink:
        asyncio.run(sink())
        return
    with tempfile.TemporaryDirectory() as folder, running_sink() as port:
        url = options.database or f"sqlite:///{Path(folder) / 'bench.db'}"
        figures = asyncio.run(measure(options.mails, url, port, options.templates or file_of("templates/replies")))
    if options.json:
        print(json.dumps(figures))
        return
    for name, figure in figures.items():
        print(f"{name.replace('_', ' '):40}{figure:>12}")


if __name__ == "__main__":
    main()
