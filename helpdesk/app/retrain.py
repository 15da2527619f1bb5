"""The nightly training: once a night, by one worker, in a process of its own that nobody waits for."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta, tzinfo

import structlog

from helpdesk.app.models import refresh
from helpdesk.app.parts import Parts, wall_clock
from helpdesk.settings.schema import clock
from helpdesk.store import learning

log = structlog.get_logger()

#: How long after its hour a night's training may still begin: a helpdesk started in the morning does not catch up.
WINDOW = timedelta(hours=3)
#: A worker that trains renews its hold this often; one that died is followed by another after the lease.
LEASE = timedelta(minutes=5)
RENEW = 60.0
#: A training that takes longer is given up, s.
LONGEST = 3600.0


def night_of(now: datetime, at: str, zone: tzinfo) -> str | None:
    """The night whose training may begin now, as its date in the team's zone; None outside of the window, or for "".

    The hour is that of the wall, so a clock change moves it with the people.
    """
    if not at:
        return None
    local = now.astimezone(zone)
    for day in (local.date(), local.date() - timedelta(days=1)):
        begin = datetime.combine(day, clock(at), zone)
        if begin <= local < begin + WINDOW:
            return day.isoformat()
    return None


def command() -> list[str]:
    """The training as a command; the configuration is found as by this process ($HELPDESK_CONFIG, ./helpdesk.toml)."""
    return [sys.executable, "-m", "helpdesk", "train", "--from-clicks"]


class Retraining:
    """Turned by `run`: looks whether a night's training is due, and takes over models that were adopted anywhere."""

    def __init__(self, parts: Parts, argv: Callable[[], Sequence[str]] = command) -> None:
        self.parts = parts
        self.argv = argv

    async def take_over(self) -> int:
        """Judge with the model that the database names; 0, since no work moved."""
        if await refresh(self.parts):
            await asyncio.to_thread(self.parts.judge.load)
        return 0

    async def step(self) -> int:
        """Train if it is night, somebody clicked since the last time, and no other worker does; 1 if it was tried."""
        parts = self.parts
        night = night_of(parts.now(), parts.settings.triage.retrain, parts.settings.zone)
        if night is None or not await self._is_called_for(night):
            return 0
        async with parts.store.write() as tx:
            if not await learning.claim_night(tx, night, parts.worker, wall_clock(), LEASE):
                return 0
        code, said = await self._train(night)
        async with parts.store.write() as tx:
            await learning.end_night(tx, night, wall_clock())
        if code:
            log.warning("the nightly training failed", action="training_failed", code=code, error=said[-300:])
        else:
            log.info("the nightly training is through", action="trained", outcome=said[-300:])
        await self.take_over()
        return 1

    async def _is_called_for(self, night: str) -> bool:
        async with self.parts.store.read() as tx:
            if not await learning.night_is_open(tx, night, wall_clock()):
                return False
            seen = max((row.newest for row in await learning.history(tx)), default=0)
            return await learning.newest(tx) > seen

    async def _train(self, night: str) -> tuple[int, str]:
        """(exit code, last words) of the training; ended with this process."""
        process = await asyncio.create_subprocess_exec(
            *self.argv(),
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
        reading = asyncio.create_task(process.communicate())
        try:
            until = asyncio.get_running_loop().time() + LONGEST
            while not (await asyncio.wait({reading}, timeout=RENEW))[0]:
                if asyncio.get_running_loop().time() > until:
                    return -1, f"it took longer than {LONGEST / 60:.0f} minutes"
                async with self.parts.store.write() as tx:
                    await learning.claim_night(tx, night, self.parts.worker, wall_clock(), LEASE)
            said = (reading.result()[0] or b"").decode("utf-8", "replace")
            return int(process.returncode or 0), " ".join(said.split())
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
            reading.cancel()
