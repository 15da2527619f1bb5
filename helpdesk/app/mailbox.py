"""One mailbox's life: hold its lease, keep a connection, read what comes, file it, carry out its rescues."""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from helpdesk.app.first_contact import Telling
from helpdesk.app.parts import Parts, wall_clock
from helpdesk.domain import Effect, MailState
from helpdesk.errors import HelpdeskError, MailboxError
from helpdesk.intake import job as intake
from helpdesk.intake import rescues
from helpdesk.intake.first_contact import META
from helpdesk.intake.imap import ImapMailbox
from helpdesk.intake.job import Fetched, Progress
from helpdesk.intake.mailbox import backoff
from helpdesk.settings import MailboxSettings
from helpdesk.store import mailboxes, mails, meta, outbox
from helpdesk.triage import job as triage
from helpdesk.triage.job import Counts

log = structlog.get_logger()

#: How often another worker's lease is looked at, and our own renewed: a third of it.
RENEW = mailboxes.LEASE / 3
#: While a first contact lasts, new mail is looked for this often, s, and its progress told this often, s.
LOOK, TELL = 1.0, 10.0
#: A slow server is looked at less often: the pause is this many times as long as the look.
SHARE = 5


@dataclass(slots=True)
class Passed:
    """What one pass over a mailbox did."""

    fetched: Fetched = field(default_factory=Fetched)
    counts: Counts = field(default_factory=Counts)
    moved: int = 0
    failed: int = 0


async def one_pass(
    parts: Parts,
    box: MailboxSettings,
    door: ImapMailbox,
    progress: Progress | None = None,
    *,
    beside: bool = False,
    ready: bool = False,
) -> Passed:
    """Read everything new, file it, move rescues; the connection is open.

    `beside`: what is recent is filed, and what comes is read, while a first contact works its way down. `ready`: this
    process has seen the first contact through.
    """
    passed = Passed()
    between = Beside(parts, box, door, passed) if beside else None
    await intake.run_once(parts.store, door, parts.watch(box), parts.now(), passed.fetched, progress, between)
    if between is not None:
        await between.telling.filing()
    await file_all(parts, box, passed.counts, progress)
    if passed.counts.moved or not ready:
        async with parts.store.write() as tx:  # only now: what is old is listed once, and whole
            await mailboxes.note(tx, box.name, ready_at=parts.now())
            await meta.drop(tx, META + box.name)
    await move_all(parts, box, door, passed, progress)
    return passed


async def file_all(parts: Parts, box: MailboxSettings, counts: Counts, progress: Progress | None = None) -> int:
    """File every judged mail of a mailbox."""
    filed = total = 0
    if progress is not None:
        async with parts.store.read() as tx:
            total = await mails.count_state(tx, MailState.NEW, box.name)
    while moved := await triage.run_once(parts.store, parts.filing(box), parts.now(), counts):
        filed += moved
        if progress is not None:
            progress("filing", filed, max(filed, total))
    return filed


async def move_all(
    parts: Parts, box: MailboxSettings, door: ImapMailbox, passed: Passed, progress: Progress | None = None
) -> None:
    """Carry out the rescues that wait."""
    total = 0
    if progress is not None:
        async with parts.store.read() as tx:
            total = await outbox.waiting(tx, [Effect.MOVE], box.name)
    while True:
        done, failed = await rescues.move_once(parts.store, door, parts.watch(box), parts.worker, parts.now())
        passed.moved += done
        passed.failed += failed
        if progress is not None and total:
            progress("moving to the Inbox", passed.moved, max(passed.moved, total))
        if not done:
            return


class Beside:
    """What goes on while a first contact lasts: every LOOK seconds new mail is read, and all that is recent filed."""

    def __init__(self, parts: Parts, box: MailboxSettings, door: ImapMailbox, passed: Passed) -> None:
        self.parts, self.box, self.door, self.passed = parts, box, door, passed
        self.telling = Telling(parts, box, door)
        self.told = time.monotonic()
        self.next = self.told + LOOK
        self.seen = 0  #: the greatest number of a mail when it was last looked for recent ones

    async def __call__(self, folder: str, done: int, total: int) -> bool:
        """Between two chunks; True when the connection was used."""
        began = time.monotonic()
        if began < self.next:
            return False
        parts, passed = self.parts, self.passed
        await intake.read_new(parts.store, self.door, parts.watch(self.box), parts.now(), passed.fetched)
        moved = await self._file()
        before = passed.moved
        await move_all(parts, self.box, self.door, passed)
        await self.telling.read(folder, total - done)
        if moved or passed.moved > before:
            parts.wake()
        if began - self.told >= TELL:
            self.told = began
            log.info(
                "reading what lay in a mailbox before", action="first_contact", mailbox=self.box.name, folder=folder,
                mails=done, of=total, filed=passed.counts.filed, rescued=passed.counts.rescued,
            )  # fmt: skip
        ended = time.monotonic()
        self.next = ended + max(LOOK, SHARE * (ended - began))
        return True

    async def _file(self) -> int:
        """File what is recent of all that was read since the last time; how many."""
        parts, moved = self.parts, 0
        async with parts.store.read() as tx:
            top = await mails.last_number(tx)
        desk, counts = parts.filing(self.box), self.passed.counts
        while filed := await triage.run_once(parts.store, desk, parts.now(), counts, recent_above=self.seen):
            moved += filed
        self.seen = top
        return moved


class MailboxLoop:
    """Runs one mailbox until `stop` is set; `ring` wakes the jobs behind it."""

    def __init__(self, parts: Parts, box: MailboxSettings, stop: asyncio.Event) -> None:
        self.parts = parts
        self.box = box
        self.stop = stop
        self.knock = asyncio.Event()  #: set: look again, now
        self.held = False
        self.ready = False

    async def run(self) -> None:
        """Until stopped: hold the lease, then serve the mailbox, reconnecting with back-off."""
        renewing = asyncio.create_task(self._renew())
        tries = 0
        try:
            while not self.stop.is_set():
                if not self.held:
                    await self._wait(RENEW / 4)
                    continue
                try:
                    await self._serve()
                    tries = 0
                except Exception as error:  # noqa: BLE001 -- a database away for a moment must not end the whole run
                    await self._failed(error)
                    await self._wait(timedelta(seconds=self._pause(error, tries)))
                    tries += 1
        finally:
            renewing.cancel()
            with suppress(asyncio.CancelledError):
                await renewing
            with suppress(Exception):  # without its database the lease ends by itself
                async with self.parts.store.write() as tx:
                    await mailboxes.release(tx, self.box.name, self.parts.worker)

    def _pause(self, error: Exception, tries: int) -> float:
        """Seconds before the next try: with back-off, but never so long that a short poll's promise breaks."""
        permanent = isinstance(error, MailboxError) and error.permanent
        step = backoff(tries + (3 if permanent else 0), random.random())
        return min(step, max(self.box.imap.poll.total_seconds() * 2, 2.0))

    async def _renew(self) -> None:
        """Take the mailbox when it is free, and keep it while we live."""
        while True:
            try:
                async with self.parts.store.write() as tx:
                    held = await mailboxes.acquire(tx, self.box.name, self.parts.worker, wall_clock())
            except Exception as error:  # noqa: BLE001 -- a database away for a moment must not end the renewing
                log.warning("the lease of a mailbox could not be renewed", action="lease_failed", error=str(error))
                held = False
            if held and not self.held:
                log.info("holding a mailbox", action="mailbox_held", mailbox=self.box.name)
            if held != self.held:  # a renewal is no reason to look: how often that is done is `poll`'s to say
                self.held = held
                self.knock.set()
            await asyncio.sleep((RENEW if held else RENEW / 4).total_seconds())

    async def _serve(self) -> None:
        door = self.parts.imap(self.box)
        try:
            await door.connect()
            while self.held and not self.stop.is_set():
                passed = await one_pass(self.parts, self.box, door, beside=True, ready=self.ready)
                self.ready = True
                self._said(passed)
                if passed.fetched.read or passed.counts.moved or passed.moved:
                    self.parts.wake()
                state = await door.select(self.box.imap.inbox)
                if self.stop.is_set():
                    return
                if state.uidnext != passed.fetched.tops.get(state.folder, state.uidnext):
                    continue  # a mail came while Junk was read: no push will tell of it any more
                self.knock.clear()
                await door.idle(stop=self.knock, max_seconds=self._patience())
        finally:
            await door.close()

    def _patience(self) -> float:
        """Seconds to idle at the Inbox before Junk and Sent, which push nothing, are looked at."""
        return float(min(self.box.imap.poll, self.box.imap.idle_refresh).total_seconds())

    def _said(self, passed: Passed) -> None:
        if passed.fetched.new or passed.moved:
            log.info(
                "read a mailbox", action="mailbox_read", mailbox=self.box.name, mails=passed.fetched.new,
                filed=passed.counts.filed, rescued=passed.counts.rescued, quarantined=passed.fetched.quarantined,
            )  # fmt: skip

    async def _failed(self, error: Exception) -> None:
        told = (str(error) if isinstance(error, HelpdeskError) else repr(error))[:500]
        log.warning("a mailbox is out of reach", action="mailbox_failed", mailbox=self.box.name, error=told)
        with suppress(Exception):  # the log has it; it may be the database that failed
            async with self.parts.store.write() as tx:
                await mailboxes.note(tx, self.box.name, error=told)

    async def _wait(self, span: timedelta) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self.stop.wait(), span.total_seconds())
