"""The hand that lets mails leave: writes acknowledgements, sends what lies in the outbox, keeps copies in Sent.

A row is `sending` in the database before its mail leaves, at most four of a mailbox at once; the fate of four and the
claim of the next four are one transaction. After a crash, or a connection that ended at the wrong moment, the Sent
folder is asked by Message-ID; what cannot be asked is held for a person. No mail is ever repeated on a guess.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import uuid4

from helpdesk.domain import Effect, Outbox, OutboxState
from helpdesk.errors import MailboxError, SendError
from helpdesk.replies import bookkeeping, outgoing
from helpdesk.replies.outgoing import Outcome
from helpdesk.replies.templates import Library
from helpdesk.settings.schema import Settings
from helpdesk.sla.ledger import RulesOf
from helpdesk.store import mailboxes, mailout, outbox
from helpdesk.store.engine import Store

AT_ONCE = 4  # mails of one mailbox on their way at once (DESIGN 1)
WRITE_AT_ONCE = 40  # acknowledgements written in one transaction
HEARTBEAT = 10.0  # seconds between renewals of the leases of mails that are on their way
TICK = 1.0  # seconds between looks at whether to stop
GRACE = 2.5  # seconds that mails on their way are given when the program is asked to stop


class Reply(Protocol):
    """What a mail server said when it took a mail."""

    @property
    def server_reply(self) -> str:
        """Its last words."""


class MailSender(Protocol):
    """The way out of one mailbox."""

    async def send(self, sender: str, recipient: str, raw: bytes) -> Reply:
        """Hand over one mail; raises SendError."""


class SentFolder(Protocol):
    """The Sent folder of one mailbox."""

    async def sent_has(self, message_id: str) -> bool | None:
        """Does a mail with this Message-ID (without angle brackets) lie there? None: there is no such folder.

        Raises MailboxError when it cannot be asked now.
        """

    async def file_sent(self, raw: bytes, at: datetime) -> None:
        """Put a copy there, read. Raises MailboxError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Everything the job needs beside the store; `doors` and `folders` by mailbox name, `rules` by marketplace."""

    settings: Settings
    library: Library
    rules: RulesOf
    doors: Mapping[str, MailSender]
    folders: Mapping[str, SentFolder] = field(default_factory=dict)
    worker: str
    now: Callable[[], datetime]


async def run_once(store: Store, way: Way, *, most: int = 500) -> int:
    """One pass: write acknowledgements, settle what a crash left, send and copy up to about `most` mails a mailbox.

    Returns how many rows moved. When cancelled, mails on their way may still arrive within GRACE; no new one is begun.
    """
    async with store.read() as tx:
        work = await mailout.work(tx, way.now())
        if not (work.acks or work.lost or work.lanes):
            return 0
        boxes = {box.name: box.files_sent for box in await mailboxes.listing(tx)}
    moved = await _write_acks(store, way, most) if work.acks else 0
    if work.lost:
        moved += await _settle_lost(store, way, boxes)
    if moved:
        async with store.read() as tx:
            work = await mailout.work(tx, way.now())
    lanes = [_Lane(store, way, name, boxes.get(name)) for name in work.lanes if name in way.doors]
    ends = await asyncio.gather(*(lane.run(most) for lane in lanes), return_exceptions=True)
    for end in ends:
        if isinstance(end, BaseException):
            raise end
        moved += end
    return moved


async def _write_acks(store: Store, way: Way, most: int) -> int:
    """Acknowledgements into the outbox, in small transactions: others want to write too."""
    moved = 0
    while moved < most:
        async with store.write() as tx:
            written = await bookkeeping.write_acks(
                tx,
                way.settings,
                way.library,
                way.rules,
                now=way.now(),
                most=WRITE_AT_ONCE,
                token=lambda: uuid4().hex[:20],
            )
        moved += written
        if written < WRITE_AT_ONCE:
            break
    return moved


async def _settle_lost(store: Store, way: Way, boxes: Mapping[str, bool | None]) -> int:
    """Rows whose worker is gone: mails are asked for; copies are simply due again, they ask by themselves."""
    async with store.write() as tx:
        lost = await outbox.orphans(tx, effects=[Effect.MAIL, Effect.COPY], worker=way.worker, now=way.now())
    for item in lost:
        lane = _Lane(store, way, item.lane, boxes.get(item.lane))
        if item.effect == Effect.MAIL:
            outcome = await lane.ask(
                item, item.error or "the program ended while this mail was on its way", fresh=False
            )
        else:
            outcome = Outcome(item=item, state=OutboxState.QUEUED, at=way.now(), next_at=way.now())
        await lane.turn([outcome], claims=False)
    return len(lost)


class _Lane:
    """One mailbox's way out during one pass."""

    def __init__(self, store: Store, way: Way, name: str, files_sent: bool | None) -> None:
        self.store, self.way, self.name = store, way, name
        self.files_sent = files_sent
        self.folder = way.folders.get(name)
        box = way.settings.box(name)
        self.mode = box.smtp.sent_copy if box is not None and box.smtp is not None and self.folder else "never"
        self.deadline: float | None = None  # loop time by which mails on their way must have arrived; None: no hurry

    async def run(self, most: int) -> int:
        """Send what is due, then keep copies. A cancellation lets the mails on their way arrive first."""
        work = asyncio.create_task(self._work(most))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            self.deadline = asyncio.get_running_loop().time() + GRACE
            await asyncio.wait({work})
            if not work.cancelled():
                work.exception()  # seen; the cancellation is what counts
            raise

    async def _work(self, most: int) -> int:
        moved = 0
        batch = await self.turn([])
        while batch:
            outcomes, failure = await self._send(batch)
            moved += len(outcomes)
            goes_on = moved < most and failure is None and not any(outcome.server for outcome in outcomes)
            batch = await self.turn(outcomes, claims=goes_on)
            if failure is not None:
                raise failure
            if batch and self.deadline is not None:
                async with self.store.write() as tx:
                    await mailout.unclaim(tx, [item.id for item in batch], self.way.worker)
                break
        if self.deadline is None:
            moved += await self._copies(most)
        return moved

    async def turn(self, outcomes: Sequence[Outcome], *, claims: bool = True) -> list[Outbox]:
        """One transaction: the fate of the last mails, and the claim of the next ones unless asked to stop."""
        now = self.way.now()
        copies = [outgoing.copy_effect(o, mode=self.mode, files_sent=self.files_sent) for o in outcomes]
        async with self.store.write() as tx:
            if outcomes:
                await bookkeeping.record(tx, outcomes, self.way.rules, [copy for copy in copies if copy is not None])
            if any(outcome.server for outcome in outcomes):
                await mailout.postpone(tx, self.name, Effect.MAIL, now, now + outgoing.FIRST_RETRY)
            if not claims or self.deadline is not None:
                return []
            return await bookkeeping.claim(tx, self.name, worker=self.way.worker, now=now, limit=AT_ONCE)

    async def _send(self, batch: Sequence[Outbox]) -> tuple[list[Outcome], BaseException | None]:
        """Let these mails leave side by side, their leases kept; the outcomes, and what no one expected."""
        loop = asyncio.get_running_loop()
        tasks = [asyncio.create_task(self._one(item)) for item in batch]
        renewed, pending = loop.time(), set(tasks)
        while pending and (self.deadline is None or loop.time() < self.deadline):
            _, pending = await asyncio.wait(pending, timeout=TICK)
            if pending and loop.time() - renewed >= HEARTBEAT:
                renewed = loop.time()
                async with self.store.write() as tx:
                    until = self.way.now() + outbox.LEASE
                    await mailout.renew(tx, [item.id for item in batch], self.way.worker, until)
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        ended = [task for task in tasks if not task.cancelled()]
        failures = [task.exception() for task in ended]
        return [t.result() for t in ended if t.exception() is None], next((f for f in failures if f is not None), None)

    async def _one(self, item: Outbox) -> Outcome:
        """Send one mail and say what became of it."""
        door, payload = self.way.doors[self.name], item.payload
        try:
            reply = await door.send(payload["from"], payload["to"], outgoing.raw_of(item))
        except SendError as error:
            if error.unknown:
                return await self.ask(item, str(error), fresh=True)
            return outgoing.not_sent(item, self.way.now(), error)
        return outgoing.sent(item, self.way.now(), reply.server_reply)

    async def ask(self, item: Outbox, error: str, *, fresh: bool) -> Outcome:
        """Ask the Sent folder what became of a mail."""
        found, reachable = await self._look(item)
        outcome = outgoing.asked(
            item,
            self.way.now(),
            found=found,
            reachable=reachable,
            files_sent=self.files_sent,
            fresh=fresh,
            error=error,
        )
        if found and not self.files_sent:
            await self._learn(True)  # we never copy a mail before we know that it left
        return outcome

    async def _look(self, item: Outbox) -> tuple[bool | None, bool]:
        """(is it in Sent? None: nobody to ask, could the folder be reached?)"""
        if self.folder is None:
            return None, True
        try:
            return await self.folder.sent_has(item.payload["message_id"]), True
        except MailboxError:
            return None, False

    async def _learn(self, files_sent: bool) -> None:
        self.files_sent = files_sent
        async with self.store.write() as tx:
            await mailboxes.note(tx, self.name, files_sent=files_sent)

    async def _copies(self, most: int) -> int:
        """Keep copies of what was sent, one after another; a provider that files by itself needs none."""
        moved = 0
        while moved < most and self.deadline is None:
            now = self.way.now()
            async with self.store.write() as tx:
                if self.mode == "never" or (self.mode == "auto" and self.files_sent):
                    await mailout.finish_copies(tx, self.name, now)
                    return moved
                found = await outbox.claim(
                    tx, effects=[Effect.COPY], worker=self.way.worker, now=now, limit=1, lane=self.name
                )
                of = await outbox.by_key(tx, found[0].payload["of"]) if found else None
            if not found:
                return moved
            outcome = await self._copy(found[0], of)
            async with self.store.write() as tx:
                await bookkeeping.record(tx, [outcome], self.way.rules)
            moved += 1
        return moved

    async def _copy(self, item: Outbox, of: Outbox | None) -> Outcome:
        """Look whether the mail lies in Sent; put it there if not."""
        assert self.folder is not None
        try:
            there = await self.folder.sent_has(item.payload["message_id"])
            if there is False and of is not None:
                await self.folder.file_sent(outgoing.raw_of(of), of.done_at or item.created_at)
        except MailboxError as error:
            return outgoing.not_copied(item, self.way.now(), error)
        if self.files_sent is None and there is not None and item.tries == 1:
            await self._learn(there)  # a second try may find the copy of the first
        return Outcome(item=item, state=OutboxState.DONE, at=self.way.now())
