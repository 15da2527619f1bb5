"""A dashboard over an invented history, served on this machine; the history's figures are known beforehand."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import uvicorn

from helpdesk.domain import Event, Mail, MailState, Message, Status, Ticket
from helpdesk.domain_feedback import Feedback
from helpdesk.domain_learning import Example
from helpdesk.store import feedback_rows, learning, mails, tickets
from helpdesk.store.engine import Store, row
from helpdesk.store.gauges import Gauges, gauges
from helpdesk.web.dashboard import routes
from helpdesk.web.pages import build
from helpdesk.web.sessions import make_link
from helpdesk.web.site import Site

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
DAY = 86_400
AGENTS = ("U0ANNA", "U0BEN", "sent", "marketplace")
TOPICS = ("late_shipment", "returns_refunds", "quality_defect", "wrong_item", "stock_out", "not_as_described", "other")
CAUSES = {
    "late_shipment": "missing_tracking",
    "returns_refunds": "return_policy_unclear",
    "quality_defect": "unsatisfactory_quality",
    "wrong_item": "incorrect_item_shipped",
    "stock_out": "inventory_inaccurate",
    "not_as_described": "misleading_images",
}
ITEMS = (
    {"asin": "B0TEST0001", "title": "Blue kettle"},
    {"asin": "B0TEST0002", "sku": "KET-RED", "title": "Red kettle"},
)
WORDS = "Hello, the kettle came broken. What shall I do?"


@dataclass(slots=True)
class History:
    """What was put in."""

    messages: list[Message] = field(default_factory=list)
    tickets: list[Ticket] = field(default_factory=list)


def invented(count: int, now: datetime = NOW, seed: int = 8) -> History:
    """`count` conversations of the last 40 days with one or two messages each; some wait, some were late."""
    dice = random.Random(seed)
    found = History()
    for number in range(1, count + 1):
        received = now - timedelta(seconds=dice.randrange(60, 40 * DAY))
        topic = dice.choice(TOPICS)
        place = dice.choice(("amazon", "amazon", "direct", "walmart"))
        messages = []
        for _ in range(dice.choice((1, 1, 2))):
            at = (received + timedelta(seconds=dice.randrange(0, 600))).replace(microsecond=0)
            after: int | None = int(dice.expovariate(1 / (9 * 3600))) + 60
            if at + timedelta(seconds=after or 0) > now or dice.random() < 0.05:
                after = None
            messages.append(
                Message(
                    ticket_id=number,
                    mail_id=number,
                    marketplace=place,
                    topic=topic,
                    received_at=at,
                    limit_seconds=48 * 3600 if place == "walmart" else DAY,
                    answered_at=at + timedelta(seconds=after) if after is not None else None,
                    response_seconds=after,
                    agent=dice.choice(AGENTS) if after is not None else "",
                    no_response=dice.random() < 0.03,
                )
            )
        waiting = [one for one in messages if one.answered_at is None and not one.no_response]
        anchor = min((one.received_at for one in waiting), default=None)
        limit = timedelta(seconds=messages[0].limit_seconds or 0)
        found.messages += messages
        found.tickets.append(
            Ticket(
                mailbox="shop",
                marketplace=place,
                buyer=f"buyer{number}@buyers.example",
                buyer_name=f"Buyer {number}",
                reply_to=f"buyer{number}@buyers.example",
                subject=f"Order 111-{number:07d}-0000001",
                order_ids=[f"111-{number:07d}-0000001"],
                items=[dice.choice(ITEMS)] if dice.random() < 0.5 else [],
                topic=topic,
                cause=CAUSES.get(topic),
                status=(Status.OPEN if dice.random() < 0.5 else Status.NEW) if anchor else Status.ANSWERED,
                owner="U0ANNA" if dice.random() < 0.5 else None,
                received_at=min(one.received_at for one in messages),
                anchor_at=anchor,
                due_at=anchor + limit if anchor else None,
                answered_at=max((one.answered_at for one in messages if one.answered_at), default=None),
                last_mail_at=max(one.received_at for one in messages),
                mails=len(messages),
                created_at=received,
                updated_at=received,
            )
        )
    return found


def letter(number: int, ticket: Ticket, **changes: Any) -> Mail:
    """The first mail of a conversation."""
    fields: dict[str, Any] = {
        "mailbox": "shop", "role": "inbox", "folder": "INBOX", "uidvalidity": 1, "uid": number,
        "state": MailState.FILED, "message_id": f"{number}@buyers.example", "body_hash": f"{number:064x}",
        "arrived_at": ticket.received_at, "clock_start": ticket.received_at, "fetched_at": ticket.received_at,
        "from_addr": ticket.buyer, "from_name": ticket.buyer_name, "customer": ticket.buyer, "subject": ticket.subject,
        "text": WORDS, "quoted": WORDS, "verdict": "buyer", "topic": ticket.topic, "ticket_id": ticket.id,
    }  # fmt: skip
    return Mail(**{**fields, **changes})


async def fill(store: Store, history: History, now: datetime = NOW) -> list[Ticket]:
    """Put a history in, with mails, events, corrections and feedback."""
    async with store.write() as tx:
        stored = await tickets.add(tx, history.tickets)
        await mails.add(tx, [letter(one.id, one) for one in stored])
        await tickets.add_messages(tx, history.messages)
        events = [
            Event(ticket_id=one.id, at=one.received_at, kind="received", actor="buyer", mail_id=one.id)
            for one in stored
        ]
        events += [
            Event(ticket_id=one.id, at=one.received_at, kind="rescued", actor="helpdesk", mail_id=one.id,
                  detail={"reasons": ["relay address", "order number"]})
            for one in stored[::25]
        ]  # fmt: skip
        events += [
            Event(ticket_id=one.id, at=one.answered_at, kind="answered", actor="U0ANNA")
            for one in stored
            if one.answered_at is not None
        ]
        await tickets.log(tx, events)
        for number, label in enumerate(("buyer", "spam", "topic", "spam")):
            await learning.add_examples(
                tx, [Example(mail_id=number + 1, at=now - timedelta(days=number), actor="U0BEN", label=label)]
            )
        await feedback_rows.add(tx, *columns([rated(number, now) for number in range(8)]))
    return stored


def columns(items: Sequence[Feedback]) -> tuple[list[str], list[list[Any]]]:
    """Feedback as `feedback.add` takes it: the columns' names, and the rows."""
    return [*row(items[0])], [[*row(item).values()] for item in items]


def rated(number: int, now: datetime = NOW) -> Feedback:
    """A seller feedback; the first four are bad ones on the blue kettle."""
    day: date = now.date() - timedelta(days=number)
    return Feedback(
        marketplace="US",
        order_id=f"111-{number:07d}-0000002",
        rating=1 if number < 4 else 5,
        comment="Came broken." if number < 4 else "Fine.",
        given_on=day,
        deadline=day + timedelta(days=90),
        recommended="public_reply" if number < 4 else "none",
        sku="KET-BLUE",
        asin="B0TEST0001",
        first_seen=now,
        last_seen=now,
    )


class Well:
    """A process in which all is well."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.told: list[str] = []

    def warnings(self) -> list[str]:
        """None."""
        return []

    async def trouble(self) -> list[str]:
        """Nothing, unless a test says so."""
        return self.told

    async def gauges(self) -> Gauges:
        """The numbers of this moment."""
        async with self.store.read() as tx:
            return await gauges(tx, NOW)


@dataclass(slots=True)
class Clock:
    """A clock that tests move."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        """The present."""
        return self.at


@dataclass(slots=True)
class Served:
    """A dashboard that listens."""

    site: Site
    url: str
    clock: Clock

    async def link(self, user: str = "U0MAYA") -> str:
        """A link that signs in once."""
        return await make_link(self.site.store, self.url, user, self.clock())


@asynccontextmanager
async def served(store: Store, *, managers: tuple[str, ...] = (), now: datetime = NOW) -> AsyncIterator[Served]:
    """Serve the dashboard over a store until the block ends."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # as app/pages.py does
    sock.bind(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{sock.getsockname()[1]}"
    clock, well = Clock(now), Well(store)
    site = Site(store=store, vital=well, now=clock, zone=ZoneInfo("Europe/Berlin"), url=url, managers=managers)
    app = build(well, routes(site))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]  # uvicorn offers no option
    task = asyncio.create_task(server.serve(sockets=[sock]))
    while not server.started:  # noqa: ASYNC110 -- uvicorn offers no event
        await asyncio.sleep(0.01)
    try:
        yield Served(site, url, clock)
    finally:
        server.should_exit = True
        await task
        sock.close()
