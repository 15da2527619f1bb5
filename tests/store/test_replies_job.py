"""Mails that leave, over SQLite and PostgreSQL: acknowledged once, answered, tried again, never repeated on a guess."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

from helpdesk.domain import Ack, Effect, Event, Message, Outbox, OutboxState, Status, Ticket
from helpdesk.errors import SendError
from helpdesk.replies import job
from helpdesk.replies.job import Way, run_once
from helpdesk.replies.templates import Library
from helpdesk.store import mailboxes, mailout, outbox, tickets
from helpdesk.store.engine import Store
from tests.support.outgoing import SHOP, START, Clock, Server, a_reply, file_ticket, library, settings, way

LATER = SendError("451 greylisted")
AWAY = SendError("cannot be reached", server=True)
NEVER = SendError("550 nobody here", permanent=True)
SILENT = SendError("fell silent after the mail", unknown=True)


@pytest.fixture
def texts(tmp_path: Path) -> Library:
    """One plain acknowledgement."""
    return library(tmp_path / "templates")


@pytest.fixture
def clock() -> Clock:
    """Nine o'clock."""
    return Clock(START + timedelta(minutes=1))


@pytest.fixture
async def boxes(store: Store) -> None:
    """The rows of both mailboxes."""
    async with store.write() as tx:
        await mailboxes.ensure(tx, ["shop", "spare"])


async def settle(store: Store, road: Way) -> int:
    """Run until nothing moves; how many rows moved."""
    moved = 0
    for _ in range(50):
        step = await run_once(store, road)
        moved += step
        if not step:
            return moved
    raise AssertionError("it never comes to rest")


async def now_of(store: Store, ticket: Ticket) -> Ticket:
    """The ticket as it stands."""
    async with store.read() as tx:
        found = await tickets.get(tx, ticket.id)
    assert found is not None
    return found


async def history(store: Store, ticket: Ticket) -> list[Event]:
    """The ticket's events."""
    async with store.read() as tx:
        return await tickets.events(tx, ticket.id)


async def rows(store: Store, ticket: Ticket, effect: Effect = Effect.MAIL) -> list[Outbox]:
    """The ticket's outbox rows."""
    async with store.read() as tx:
        return [row for row in await outbox.of_ticket(tx, ticket.id) if row.effect == effect]


async def put(store: Store, *items: Outbox) -> None:
    """Into the outbox."""
    async with store.write() as tx:
        await outbox.enqueue(tx, *items)


async def test_an_acknowledgement_leaves_once_and_says_whom_it_answers(
    store: Store, clock: Clock, texts: Library
) -> None:
    """One mail, threaded to the earliest unanswered one, to the exact alias, marked as automatic."""
    ticket, server = await file_ticket(store, 1), Server()

    await settle(store, way(server, clock, texts))
    await settle(store, way(server, clock, texts))

    (sender, recipient, raw), = server.mails  # fmt: skip
    mail = message_from_bytes(raw)
    assert (sender, recipient) == (SHOP, "buyer1+a1@marketplace.amazon.com")
    assert (mail["To"], mail["From"]) == ("buyer1+a1@marketplace.amazon.com", SHOP)
    assert mail["Subject"] == "Re: Where is order 1?"
    assert mail["In-Reply-To"] == "<m1@amazon.example>"
    assert mail["References"] == "<r1@amazon.example> <m1@amazon.example>"
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail["Date"] is not None
    after = await now_of(store, ticket)
    assert (after.ack, after.rev > ticket.rev, after.status) == (Ack.SENT, True, Status.NEW)
    event, = await history(store, ticket)  # fmt: skip
    assert (event.kind, event.actor) == ("acknowledged", "helpdesk")
    assert f"<{event.detail['message_id']}>" == mail["Message-ID"]


async def test_an_acknowledgement_does_not_stop_the_clock(store: Store, clock: Clock, texts: Library) -> None:
    """Promise 3: the message stays unanswered, the anchor stands."""
    ticket = await file_ticket(store, 1)

    await settle(store, way(Server(), clock, texts))

    async with store.read() as tx:
        (message,) = await tickets.messages(tx, [ticket.id])
    assert (message.answered_at, (await now_of(store, ticket)).anchor_at) == (None, ticket.anchor_at)


async def test_an_acknowledgement_that_the_profile_counts_stops_the_clock(
    store: Store, clock: Clock, texts: Library
) -> None:
    """With auto_reply_counts the acceptance answers the message."""
    from dataclasses import replace

    from tests.support.outgoing import rules

    ticket = await file_ticket(store, 1)
    counting = lambda name: replace(rules(name), profile=replace(rules(name).profile, auto_reply_counts=True))  # noqa: E731 -- two words

    await settle(store, way(Server(), clock, texts, rules=counting))

    async with store.read() as tx:
        (message,) = await tickets.messages(tx, [ticket.id])
    after = await now_of(store, ticket)
    assert message.answered_at is not None
    assert (after.ack, after.anchor_at, after.answered_at) == (Ack.SENT, None, message.answered_at)


async def test_our_own_message_id_is_known_before_the_mail_leaves(store: Store, clock: Clock, texts: Library) -> None:
    """A buyer's quick answer, or the provider's copy in Sent, finds its ticket although the send was never finished."""
    await file_ticket(store, 1)
    server = Server(faults=[(SILENT, True)])

    await run_once(store, way(server, clock, texts, folder=False))

    async with store.read() as tx:
        (known,) = await tickets.sent_by_ids(tx, [server.ids()[0].strip("<>")])
    assert (known.kind, known.to_addr) == ("ack", "buyer1@marketplace.amazon.com")


async def test_drafts_and_switched_off_channels_send_nothing(store: Store, clock: Clock, texts: Library) -> None:
    """`draft` waits for a person and says so; a person's approval sends it; `off` leaves no trace but the word."""
    draft, server = await file_ticket(store, 1), Server()
    drafting = settings(acknowledge={"amazon": "draft"})

    await settle(store, way(server, clock, texts, settings=drafting))
    assert ((await now_of(store, draft)).ack, server.mails) == (Ack.DRAFT, [])
    assert [event.kind for event in await history(store, draft)] == ["ack_draft"]

    async with store.write() as tx:
        await tickets.log(tx, [Event(ticket_id=draft.id, at=clock(), kind="ack_approved", actor="U1")])
        await tickets.change(tx, draft.id, ack=Ack.QUEUED, ack_reason="")
    await settle(store, way(server, clock, texts, settings=drafting))
    assert ((await now_of(store, draft)).ack, len(server.mails)) == (Ack.SENT, 1)

    off = await file_ticket(store, 2)
    await settle(store, way(server, clock, texts, settings=settings(acknowledge={"amazon": "off"})))
    assert ((await now_of(store, off)).ack, len(server.mails)) == (Ack.OFF, 1)


@pytest.mark.parametrize(
    ("mail", "changes", "reason"),
    [
        ({"verdict": "suspect"}, {}, "suspect"),
        ({"auto_submitted": True}, {}, "machine"),
        ({"reply_to": "no-reply@shop.example", "from_addr": "no-reply@shop.example"}, {}, "machine"),
        ({}, {"old": True}, "older"),
        ({"mailbox": "gone"}, {}, "smtp"),
    ],
)
async def test_a_suppressed_acknowledgement_is_recorded_with_its_reason(
    store: Store, clock: Clock, texts: Library, mail: dict[str, Any], changes: dict[str, Any], reason: str
) -> None:
    """Promise 4: nothing leaves, and ticket and history say why."""
    ticket, server = await file_ticket(store, 1, mail=mail, **changes), Server()

    await settle(store, way(server, clock, texts))

    after = await now_of(store, ticket)
    event, = await history(store, ticket)  # fmt: skip
    assert (after.ack, server.mails, event.kind) == (Ack.SUPPRESSED, [], "ack_suppressed")
    assert reason in after.ack_reason
    assert event.detail["reason"] == after.ack_reason


async def test_once_per_conversation_until_a_person_answers(store: Store, clock: Clock, texts: Library) -> None:
    """A second mail gets no second acknowledgement; after a person's answer the next one does (promise 4)."""
    ticket, server = await file_ticket(store, 1), Server()
    road = way(server, clock, texts)
    await settle(store, road)

    async def writes_again(number: int) -> None:
        clock.forward(60)
        other = await file_ticket(store, number, at=clock.time)
        async with store.write() as tx:  # the second mail belongs to the first ticket
            (message,) = await tickets.messages(tx, [other.id])
            await tickets.drop_messages(tx, other.id)
            await tickets.add_messages(tx, [message.evolve(id=0, ticket_id=ticket.id)])
            await tickets.change(tx, other.id, ack=Ack.OFF)
            await tickets.change(tx, ticket.id, ack=Ack.QUEUED, ack_reason="", anchor_at=clock.time)
        await settle(store, road)

    await writes_again(2)
    assert ((await now_of(store, ticket)).ack, len(server.mails)) == (Ack.SUPPRESSED, 1)
    await put(store, a_reply(await now_of(store, ticket), clock))
    await settle(store, road)
    assert len(server.mails) == 2
    await writes_again(3)
    assert ((await now_of(store, ticket)).ack, len(server.mails)) == (Ack.SENT, 3)


async def test_a_cap_per_address_and_day(store: Store, clock: Clock, texts: Library) -> None:
    """Ten conversations of one address in a batch: three acknowledgements, the rest suppressed; a day later again."""
    server, road = Server(), None
    for number in range(1, 11):
        await file_ticket(store, number, buyer="same@buyer.example")
    road = way(server, clock, texts)
    await settle(store, road)
    assert len(server.mails) == 3

    clock.forward(25 * 3600)
    await file_ticket(store, 11, buyer="same@buyer.example", due_at=None)
    await settle(store, road)
    assert len(server.mails) == 4


async def test_a_reply_stops_the_clock_at_the_servers_acceptance(store: Store, clock: Clock, texts: Library) -> None:
    """The message is answered by the agent when the server took the mail, not when it was queued."""
    ticket, server = await file_ticket(store, 1, ack=Ack.OFF), Server(faults=[(LATER, False)])
    await put(store, a_reply(ticket, clock))
    road = way(server, clock, texts)

    await settle(store, road)
    assert (await now_of(store, ticket)).status == Status.NEW
    clock.forward(10)
    await settle(store, road)

    after = await now_of(store, ticket)
    async with store.read() as tx:
        (message,) = await tickets.messages(tx, [ticket.id])
    event, = await history(store, ticket)  # fmt: skip
    assert (after.status, after.anchor_at, after.due_at, after.answered_at) == (Status.ANSWERED, None, None, event.at)
    assert (message.answered_at, message.agent, event.kind, event.actor) == (event.at, "U1", "answered", "U1")
    assert message.response_seconds is not None
    assert message.response_seconds >= 70


async def test_a_mail_that_came_while_the_reply_waited_is_not_answered_by_it(
    store: Store, clock: Clock, texts: Library
) -> None:
    """The server was away for an hour; what the buyer wrote in that hour still waits for an answer."""
    ticket, server = await file_ticket(store, 1, ack=Ack.OFF), Server(faults=[(AWAY, False)])
    await put(store, a_reply(ticket, clock))
    road = way(server, clock, texts)
    await settle(store, road)
    clock.forward(1800)
    second = clock.time.replace(microsecond=0)
    async with store.write() as tx:
        await tickets.add_messages(tx, [Message(ticket_id=ticket.id, marketplace="amazon", received_at=second)])
    clock.forward(1800)

    await settle(store, road)

    async with store.read() as tx:
        first, last = await tickets.messages(tx, [ticket.id])
    after = await now_of(store, ticket)
    assert (first.answered_at is not None, last.answered_at) == (True, None)
    assert (after.status, after.anchor_at) == (Status.NEW, second)


async def test_a_reply_that_closes_the_ticket(store: Store, clock: Clock, texts: Library) -> None:
    """`resolve` closes it once the server took the mail."""
    ticket = await file_ticket(store, 1, ack=Ack.OFF)
    await put(store, a_reply(ticket, clock, resolve=True))

    await settle(store, way(Server(), clock, texts))

    assert (await now_of(store, ticket)).status == Status.RESOLVED


async def test_4xx_is_tried_again_after_ten_seconds_then_with_back_off(
    store: Store, clock: Clock, texts: Library
) -> None:
    """10 s, 20 s, 40 s; the acknowledgement stays queued with the server's words, and leaves once in the end."""
    ticket, server = await file_ticket(store, 1), Server(faults=[(LATER, False)] * 3)
    road = way(server, clock, texts)
    for wait in (10, 20, 40):
        await settle(store, road)
        waiting = await now_of(store, ticket)
        (row,) = await rows(store, ticket)
        assert (waiting.ack, waiting.ack_reason) == (Ack.QUEUED, "451 greylisted")
        assert timedelta(seconds=wait - 1) < row.next_at - clock.time <= timedelta(seconds=wait)
        clock.forward(wait - 1)
        assert await run_once(store, road) == 0
        clock.forward(1)

    await settle(store, road)

    assert ((await now_of(store, ticket)).ack, len(server.mails)) == (Ack.SENT, 1)


async def test_5xx_is_final(store: Store, clock: Clock, texts: Library) -> None:
    """An acknowledgement fails for good; a refused reply opens its ticket again; both are in the history."""
    acked, replied = await file_ticket(store, 1), await file_ticket(store, 2, ack=Ack.OFF, owner="U1")
    server = Server(faults=[(NEVER, False)] * 2)
    await put(store, a_reply(replied, clock))
    road = way(server, clock, texts)

    await settle(store, road)
    clock.forward(90_000)
    await settle(store, road)

    first, second = await now_of(store, acked), await now_of(store, replied)
    assert (first.ack, first.ack_reason, server.mails) == (Ack.FAILED, "550 nobody here", [])
    assert (second.status, second.anchor_at, second.rev) == (Status.OPEN, replied.anchor_at, replied.rev + 1)
    assert [e.kind for t in (acked, replied) for e in await history(store, t)] == ["ack_failed", "reply_failed"]


async def test_an_unknown_fate_with_nobody_to_ask_is_held(store: Store, clock: Clock, texts: Library) -> None:
    """The connection ended after DATA and there is no Sent folder to ask: a person decides, nothing is repeated."""
    ticket, reply = await file_ticket(store, 1), await file_ticket(store, 2, ack=Ack.OFF)
    server = Server(faults=[(SILENT, True), (SILENT, True)])
    await put(store, a_reply(reply, clock))
    road = way(server, clock, texts, folder=False)

    await settle(store, road)
    clock.forward(90_000)
    await settle(store, road)

    assert ((await now_of(store, ticket)).ack, len(server.mails)) == (Ack.HELD, 2)
    assert (await now_of(store, reply)).anchor_at is not None
    kinds = [e.kind for t in (ticket, reply) for e in await history(store, t)]
    assert kinds == ["ack_held", "reply_held"]


@pytest.mark.usefixtures("boxes")
@pytest.mark.parametrize("files_sent", [None, False])
async def test_absence_from_sent_proves_nothing_where_nobody_files(
    store: Store, clock: Clock, texts: Library, files_sent: bool | None
) -> None:
    """The provider is not known to file sent mail: a missing mail is held, not sent again."""
    async with store.write() as tx:
        await mailboxes.note(tx, "shop", files_sent=files_sent)
    ticket, server = await file_ticket(store, 1), Server(faults=[(SILENT, False)])

    await settle(store, way(server, clock, texts))

    assert ((await now_of(store, ticket)).ack, server.mails, server.asked) == (Ack.HELD, [], 1)


@pytest.mark.usefixtures("boxes")
@pytest.mark.parametrize("taken", [True, False])
async def test_an_unknown_fate_is_asked_of_a_provider_that_files(
    store: Store, clock: Clock, texts: Library, taken: bool
) -> None:
    """Found in Sent: sent. Absent: looked for once more after a while, then sent again. Either way one mail."""
    async with store.write() as tx:
        await mailboxes.note(tx, "shop", files_sent=True)
    ticket, server = await file_ticket(store, 1), Server(faults=[(SILENT, taken)], files_sent=True)
    road = way(server, clock, texts)

    await settle(store, road)
    assert (await now_of(store, ticket)).ack == (Ack.SENT if taken else Ack.QUEUED)
    clock.forward(29)
    await settle(store, road)
    assert len(server.mails) == int(taken)
    clock.forward(2)
    await settle(store, road)

    assert ((await now_of(store, ticket)).ack, len(server.mails)) == (Ack.SENT, 1)


@pytest.mark.usefixtures("boxes")
async def test_a_sent_folder_out_of_reach_is_asked_later(store: Store, clock: Clock, texts: Library) -> None:
    """While IMAP is away a mail of unknown fate is neither held nor repeated."""
    ticket, server = await file_ticket(store, 1), Server(faults=[(SILENT, True)], files_sent=True, away=True)
    road = way(server, clock, texts)
    await settle(store, road)
    assert (await now_of(store, ticket)).ack == Ack.QUEUED

    server.away = False
    clock.forward(31)
    await settle(store, road)

    assert ((await now_of(store, ticket)).ack, len(server.mails)) == (Ack.SENT, 1)


async def test_a_server_that_is_away_is_not_asked_for_every_mail(store: Store, clock: Clock, texts: Library) -> None:
    """Forty mails wait: one round of four finds the server away, the others wait with it; all leave when it is back."""
    for number in range(1, 41):
        await file_ticket(store, number)
    server = Server(faults=[(AWAY, False)] * 4)
    road = way(server, clock, texts)

    await settle(store, road)
    assert (server.mails, server.faults) == ([], [])
    clock.forward(11)
    await settle(store, road)

    assert len(server.mails) == 40


async def test_one_mailbox_away_does_not_hold_up_the_other(store: Store, clock: Clock, texts: Library) -> None:
    """Each mailbox has its own way out."""
    await file_ticket(store, 1)
    other = await file_ticket(store, 2, mail={"mailbox": "spare"})
    broken, fine = Server(faults=[(AWAY, False)] * 9), Server()

    await settle(store, way(broken, clock, texts, doors={"shop": broken, "spare": fine}))

    assert ((await now_of(store, other)).ack, len(fine.mails)) == (Ack.SENT, 1)


@pytest.mark.parametrize("how", ["resolved", "answered"])
async def test_a_queued_acknowledgement_nobody_wants_any_more_is_withdrawn(
    store: Store, clock: Clock, texts: Library, how: str
) -> None:
    """A person closed or answered the ticket while the acknowledgement waited for its retry."""
    ticket, server = await file_ticket(store, 1), Server(faults=[(LATER, False)])
    road = way(server, clock, texts)
    await settle(store, road)
    async with store.write() as tx:
        if how == "resolved":
            await tickets.change(tx, ticket.id, status=Status.RESOLVED, ack=Ack.SUPPRESSED)
        else:
            await tickets.change(tx, ticket.id, status=Status.ANSWERED, anchor_at=None)
    clock.forward(11)

    await settle(store, road)

    assert ((await now_of(store, ticket)).ack, server.mails) == (Ack.SUPPRESSED, [])
    assert [row.state for row in await rows(store, ticket)] == [OutboxState.FAILED]


async def test_an_acknowledgement_called_off_on_its_way_has_left_all_the_same(
    store: Store, clock: Clock, texts: Library
) -> None:
    """A person closes the ticket in the moment in which the server takes the mail: the ticket says that it was sent."""
    ticket = await file_ticket(store, 1)

    class Closing(Server):
        async def send(self, sender: str, recipient: str, raw: bytes) -> object:  # type: ignore[override]  # a reply
            async with store.write() as tx:
                await tickets.change(tx, ticket.id, status=Status.RESOLVED, ack=Ack.SUPPRESSED)
            return await super().send(sender, recipient, raw)

    await settle(store, way(Closing(), clock, texts))

    after = await now_of(store, ticket)
    assert (after.ack, after.status) == (Ack.SENT, Status.RESOLVED)


@pytest.mark.usefixtures("boxes")
async def test_copies_into_sent_only_where_the_provider_files_none(store: Store, clock: Clock, texts: Library) -> None:
    """The first mails are looked for in Sent after a while: absent, so each gets its copy, once."""
    ticket, server = await file_ticket(store, 1), Server()
    road = way(server, clock, texts)
    await settle(store, road)
    assert server.copies == []
    clock.forward(21)
    await settle(store, road)
    await file_ticket(store, 2)
    await settle(store, road)

    assert server.copies == [raw for _, _, raw in server.mails]
    assert [row.state for row in await rows(store, ticket, Effect.COPY)] == [OutboxState.DONE]
    async with store.read() as tx:
        assert (await mailboxes.listing(tx))[0].files_sent is False


@pytest.mark.usefixtures("boxes")
async def test_no_copies_where_the_provider_files_by_itself(store: Store, clock: Clock, texts: Library) -> None:
    """Found in Sent: the mailbox files by itself, no copy is ever put there."""
    for number in (1, 2, 3):
        await file_ticket(store, number)
    server = Server(files_sent=True)
    road = way(server, clock, texts)
    await settle(store, road)
    clock.forward(21)
    await settle(store, road)
    asked = server.asked
    await file_ticket(store, 4)
    await settle(store, road)
    clock.forward(21)
    await settle(store, road)

    assert (server.copies, asked, server.asked, len(server.mails)) == ([], 1, 1, 4)


async def test_mails_that_belong_to_no_ticket(store: Store, clock: Clock, texts: Library) -> None:
    """An escalation or a digest by mail leaves the same way."""
    from helpdesk.replies.outgoing import mail_effect

    raw = "Subject: Zusammenfassung\r\n\r\nGrüße\r\n".encode()
    item = mail_effect(
        raw, key="digest:1", kind="digest", mailbox="shop", sender=SHOP, recipient="boss@shop.example",
        message_id="d1@shop.example", now=clock(),
    )  # fmt: skip
    await put(store, item)
    server = Server()

    await settle(store, way(server, clock, texts))

    assert server.mails == [(SHOP, "boss@shop.example", raw)]


async def test_a_stop_lets_mails_on_their_way_arrive_and_begins_no_new_one(
    store: Store, clock: Clock, texts: Library
) -> None:
    """SIGTERM in the middle of a batch: the four on their way are written down as sent, the rest stays queued."""
    made = [await file_ticket(store, number) for number in range(1, 11)]
    started, go = asyncio.Event(), asyncio.Event()

    class Slow(Server):
        async def send(self, sender: str, recipient: str, raw: bytes) -> object:  # type: ignore[override]  # a reply
            started.set()
            await go.wait()
            return await super().send(sender, recipient, raw)

    server = Slow()
    task = asyncio.create_task(run_once(store, way(server, clock, texts)))
    await started.wait()
    task.cancel()
    await asyncio.sleep(0)
    go.set()
    with pytest.raises(asyncio.CancelledError):
        await task

    states = sorted([row.state for ticket in made for row in await rows(store, ticket)])
    assert states == [OutboxState.DONE] * 4 + [OutboxState.QUEUED] * 6
    await settle(store, way(server, clock, texts))
    assert len(set(server.ids())) == len(server.mails) == 10


async def test_a_slow_server_does_not_cost_the_lease(
    store: Store, clock: Clock, texts: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a mail is on its way its lease is renewed: another worker does not take it for lost."""
    monkeypatch.setattr(job, "TICK", 0.01)
    monkeypatch.setattr(job, "HEARTBEAT", 0.01)
    await file_ticket(store, 1)
    started, go = asyncio.Event(), asyncio.Event()

    class Slow(Server):
        async def send(self, sender: str, recipient: str, raw: bytes) -> object:  # type: ignore[override]  # a reply
            started.set()
            await go.wait()
            return await super().send(sender, recipient, raw)

    server = Slow()
    task = asyncio.create_task(run_once(store, way(server, clock, texts)))
    await started.wait()
    for _ in range(5):
        clock.forward(20)
        await asyncio.sleep(0.1)
        assert await run_once(store, way(server, clock, texts, worker="second")) == 0
    go.set()
    await task
    assert len(server.mails) == 1


async def test_two_workers_share_the_mails(store: Store, clock: Clock, texts: Library) -> None:
    """Two workers on one database: each mail leaves once."""
    for number in range(1, 61):
        await file_ticket(store, number)
    server = Server()
    roads = [way(server, clock, texts, worker=name) for name in ("first", "second")]

    await asyncio.gather(*(settle(store, road) for road in roads))

    assert len(set(server.ids())) == len(server.mails) == 60


class Killed(BaseException):
    """The process ends here."""


class Fuse:
    """Counts the steps of a run and ends it at one of them; whatever comes after that has no effect either."""

    def __init__(self, at: int) -> None:
        self.left = at

    def __call__(self) -> None:
        """One step."""
        self.left -= 1
        if self.left < 0:
            raise Killed


class FragileStore(Store):
    """Dies before, within or after a transaction."""

    fuse: Callable[[], None]

    def write(self):  # type: ignore[no-untyped-def]  # the base's own type
        """A transaction with three moments to die at: before it, just before its commit, just after."""
        from contextlib import asynccontextmanager

        @asynccontextmanager
        async def dying():  # type: ignore[no-untyped-def]  # as above
            self.fuse()
            async with Store.write(self) as tx:
                yield tx
                self.fuse()
            self.fuse()

        return dying()


@pytest.mark.usefixtures("boxes")
@pytest.mark.parametrize("asks", ["files", "files not", "nobody"])
async def test_killed_at_every_step_no_mail_is_sent_twice_and_none_is_lost(
    store: Store, clock: Clock, texts: Library, asks: str
) -> None:
    """Promise 2: kill the process at each step in turn; another takes over after the lease.

    Where sent mail can be asked for, every mail leaves exactly once. Where it cannot, one that may have left is held.
    """
    async with store.write() as tx:
        await mailboxes.note(tx, "shop", files_sent={"files": True, "files not": False, "nobody": None}[asks])
    number = step = 0
    while True:
        made = [await file_ticket(store, number := number + 1, at=clock.time) for _ in range(4)]
        replied = await file_ticket(store, number := number + 1, at=clock.time, ack=Ack.OFF)
        await put(store, a_reply(replied, clock, key=str(number)))
        server, fuse = Server(files_sent=asks == "files"), Fuse(step)
        fragile = FragileStore(store.engine)
        fragile.fuse = server.before = server.after = fuse
        whole = False
        try:
            await settle(fragile, way(server, clock, texts, folder=asks != "nobody"))
            whole = True
        except Killed:
            clock.forward(31)
            server.before = server.after = lambda: None
            await settle(store, way(server, clock, texts, folder=asks != "nobody", worker="second"))
            clock.forward(31)
            await settle(store, way(server, clock, texts, folder=asks != "nobody", worker="second"))
        await _judge(store, made, replied, server, asks)
        if whole:
            break
        step += 1
    assert step > 20


async def _judge(store: Store, made: list[Ticket], replied: Ticket, server: Server, asks: str) -> None:
    """No mail twice, none lost, and the tickets say what is true."""
    assert len(set(server.ids())) == len(server.ids())
    left = {recipient for _, recipient, _ in server.mails}
    for ticket in made:
        ack = (await now_of(store, ticket)).ack
        assert ack in ({Ack.SENT} if asks == "files" else {Ack.SENT, Ack.HELD})
        assert ack != Ack.SENT or ticket.reply_to in left
    (row,) = await rows(store, replied)
    answered = (await now_of(store, replied)).status == Status.ANSWERED
    assert row.state in ({OutboxState.DONE} if asks == "files" else {OutboxState.DONE, OutboxState.HELD})
    assert answered == (row.state == OutboxState.DONE)
    assert not answered or replied.reply_to in left


async def test_an_idle_look_is_one_transaction(store: Store, clock: Clock, texts: Library) -> None:
    """With nothing to do the job looks and goes."""
    await file_ticket(store, 1)
    road = way(Server(), clock, texts)
    await settle(store, road)

    async with store.read() as tx:
        assert await mailout.work(tx, clock()) == mailout.Work(False, False, ())
    assert await run_once(store, road) == 0
