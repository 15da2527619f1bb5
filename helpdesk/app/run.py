"""`helpdesk run`: every mailbox, every job, Slack's listeners and the web pages, until SIGTERM or SIGINT."""

from __future__ import annotations

import asyncio
import ctypes
import signal
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

import structlog

from helpdesk.app.burial import bury_the_dead
from helpdesk.app.dashboard import reporter
from helpdesk.app.desk_door import listening
from helpdesk.app.health import PING, Health
from helpdesk.app.jobs import Jobs
from helpdesk.app.mailbox import MailboxLoop
from helpdesk.app.models import refresh
from helpdesk.app.pages import serving
from helpdesk.app.parts import Parts
from helpdesk.app.retrain import Retraining

log = structlog.get_logger()

#: A job looks for work at least this often, s: what other workers left, what a clock made due.
POLL = 2.0
#: After an error a job waits this long, s, doubled up to the longest.
PAUSE, LONGEST_PAUSE = 1.0, 30.0
#: Seconds that everything gets to end (DESIGN 4: `run` stops within 5 s).
GRACE = 4.0
WATCH_EVERY = 30.0


#: Blocks from this size on, bytes, are the system's own: glibc would raise it after each large mail, and keep the next.
LARGE = 1 << 20


def few_arenas(most: int = 2) -> None:
    """Tell glibc to keep few heaps: each thread's own would hold on to what large mails once needed."""
    try:
        libc = ctypes.CDLL(None)
        libc.mallopt(-8, most)  # M_ARENA_MAX
        libc.mallopt(-3, LARGE)  # M_MMAP_THRESHOLD
    except (OSError, AttributeError):
        return  # another libc has no such heaps


class Turning:
    """One job turned until stopped: at once when rung, else every `every` seconds.

    `rung`: False for what goes by the clock alone. A hundred mails a minute must not ask Slack a hundred times whether
    it lives, nor may those jobs stand before the card in the queue for the database.
    """

    def __init__(
        self, name: str, step: Callable[[], Awaitable[int]], *, every: float = POLL, rung: bool = False
    ) -> None:
        self.name = name
        self.step = step
        self.every = every
        self.rung = rung
        self.bell = asyncio.Event()

    def ring(self) -> None:
        """There may be work: look now."""
        if self.rung:
            self.bell.set()

    async def run(self, stop: asyncio.Event, ring: Callable[[], None]) -> None:
        """Turn it; one failure never ends it, and is told in the log."""
        pause = PAUSE
        while not stop.is_set():
            self.bell.clear()
            try:
                moved = await self.step()
                pause = PAUSE
            except asyncio.CancelledError:
                raise
            except Exception as error:  # noqa: BLE001 -- a job that ends would be a silence nobody hears
                log.warning(
                    "a job failed and is tried again", action="job_failed", job=self.name, error=repr(error)[:300]
                )
                await _nap(stop, self.bell, pause, wake=False)
                pause = min(pause * 2, LONGEST_PAUSE)
                continue
            if moved:
                ring()
            else:
                await _nap(stop, self.bell, self.every)


async def _nap(stop: asyncio.Event, bell: asyncio.Event, seconds: float, *, wake: bool = True) -> None:
    waiting = [asyncio.ensure_future(stop.wait()), *([asyncio.ensure_future(bell.wait())] if wake else [])]
    try:
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()


async def run(parts: Parts, *, stop: asyncio.Event | None = None, ready: Callable[[], None] = lambda: None) -> None:
    """Run everything until `stop` is set (by default by SIGTERM and SIGINT)."""
    stop = stop or _stop_on_signals()
    few_arenas()
    await bury_the_dead(parts)
    await refresh(parts)
    jobs = Jobs(parts)
    loops = [MailboxLoop(parts, box, stop) for box in parts.settings.mailbox]
    turning = _turning(parts, jobs)

    def ring() -> None:
        for one in turning:
            one.ring()
        for loop in loops:
            loop.knock.set()

    parts.wake = ring
    async with listening(parts, jobs) as listeners:
        health = Health(parts, jobs, listeners)
        turning.append(Turning("slack ping", health.ping_slack, every=PING))
        async with serving(parts, jobs, health, listeners):
            await _work(parts, loops, turning, stop, ready)
        await jobs.close()
    log.info("helpdesk has stopped", action="stopped", worker=parts.worker)


async def _work(
    parts: Parts,
    loops: Sequence[MailboxLoop],
    turning: Sequence[Turning],
    stop: asyncio.Event,
    ready: Callable[[], None],
) -> None:
    """Every loop and job until the stop, then the end of each within GRACE."""
    warming = asyncio.create_task(asyncio.to_thread(parts.judge.warm), name="warm")
    tasks = [asyncio.create_task(loop.run(), name=f"mailbox {loop.box.name}") for loop in loops]
    tasks += [asyncio.create_task(one.run(stop, _others(turning, one)), name=one.name) for one in turning]
    log.info("helpdesk is running", action="started", worker=parts.worker, mailboxes=len(loops))
    ready()
    await _until(stop, [*tasks, warming])
    parts.wake()  # whoever idles sees the stop
    await _end(tasks)


def _turning(parts: Parts, jobs: Jobs) -> list[Turning]:
    clock = Drift()
    names = [box.name for box in parts.settings.mailbox]

    async def watch() -> int:
        from helpdesk.sla import job as sla

        return await sla.watch_once(parts.store, parts.now(), jobs.clock, names, clock.moved())

    async def report() -> int:
        from helpdesk.reports import job as reports

        return await reports.run_once(parts.store, reporter(parts, jobs), parts.now(), jobs.slack_door)

    learner = Retraining(parts)
    return [
        Turning("mails", jobs.mails, rung=True),
        Turning("clock", jobs.clocks, rung=True),
        Turning("slack", jobs.posts, rung=True),
        Turning("feedback", jobs.feedbacks, every=60.0, rung=True),
        Turning("reports", report, every=5.0),
        Turning("days", _packing(parts), every=5.0),
        Turning("fallback", jobs.fallback, every=5.0),
        Turning("watchdog", watch, every=WATCH_EVERY),
        Turning("model", learner.take_over, every=15.0),
        Turning("training", learner.step, every=60.0),
    ]


def _packing(parts: Parts) -> Callable[[], Awaitable[int]]:
    """Packs finished days for the figures: at once what is left from before, then a look a minute."""
    rest = 0.0

    async def pack() -> int:
        nonlocal rest
        if time.monotonic() >= rest:
            from helpdesk.store import days

            packed = await days.keep(parts.store, parts.now())
            rest = time.monotonic() + (1.0 if packed else 60.0)
        return 0

    return pack


class Drift:
    """How far the wall clock moved against the steady one since it was last asked."""

    def __init__(self) -> None:
        self._wall, self._steady = time.time(), time.monotonic()

    def moved(self) -> timedelta:
        """Wall minus steady, since the last call."""
        wall, steady = time.time(), time.monotonic()
        drift = (wall - self._wall) - (steady - self._steady)
        self._wall, self._steady = wall, steady
        return timedelta(seconds=drift)


def _others(turning: Sequence[Turning], me: Turning) -> Callable[[], None]:
    def ring() -> None:
        for one in turning:
            if one is not me:
                one.ring()

    return ring


def _stop_on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop


async def _until(stop: asyncio.Event, tasks: Sequence[asyncio.Task[None]]) -> None:
    """Wait for the stop; a task that fails before it takes the whole down with its error, never silently."""
    waiting: set[asyncio.Task[Any]] = {asyncio.create_task(stop.wait()), *tasks}
    while not stop.is_set():
        done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            if task.exception() is not None:
                stop.set()
                task.result()


async def _end(tasks: Sequence[asyncio.Task[None]]) -> None:
    _, late = await asyncio.wait(tasks, timeout=GRACE)
    for task in late:
        task.cancel()
    for task in late:
        with suppress(asyncio.CancelledError):
            await task
