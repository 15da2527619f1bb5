"""`helpdesk sync`: one pass of every job until nothing moves, then the figures of what was done."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass

from helpdesk.app.burial import bury_the_dead
from helpdesk.app.jobs import Jobs
from helpdesk.app.mailbox import Passed, one_pass
from helpdesk.app.models import refresh
from helpdesk.app.parts import Parts
from helpdesk.errors import HelpdeskError
from helpdesk.intake.job import Progress
from helpdesk.settings import MailboxSettings
from helpdesk.store import mailboxes

#: Rounds after which a job that keeps finding work is left for the next sync.
MOST_ROUNDS = 1000

#: How long a mailbox that another worker holds is waited for: that worker reads it anyway.
PATIENCE = 0.2


@dataclass(slots=True)
class Report:
    """The keys of `sync --json` (DESIGN 4)."""

    fetched: int = 0
    filed: int = 0
    rescued: int = 0
    acknowledged: int = 0
    escalated: int = 0
    posted: int = 0
    suspects: int = 0
    review: int = 0
    quarantined: int = 0
    failed: int = 0

    def add(self, passed: Passed) -> None:
        """Count one mailbox's pass in."""
        self.fetched += passed.fetched.new
        self.quarantined += passed.fetched.quarantined
        self.filed += passed.counts.filed
        self.rescued += passed.counts.rescued
        self.suspects += passed.counts.suspects
        self.review += passed.counts.review
        self.failed += passed.failed

    def as_dict(self) -> dict[str, int]:
        """For JSON."""
        return asdict(self)


async def sync(parts: Parts, progress: Progress | None = None) -> tuple[Report, list[str]]:
    """Read every mailbox, then run every job until nothing moves. Returns the figures and what went wrong, in words."""
    report, trouble = Report(), list[str]()
    await bury_the_dead(parts)  # a sync that was killed: its mailbox is free at once, not when its lease ends
    await refresh(parts)
    if parts.judge.trouble:
        trouble.append(f"{parts.judge.trouble}: the shipped one judges")
    for box in parts.settings.mailbox:
        try:
            report.add(await _read(parts, box, _named(progress, box, len(parts.settings.mailbox))))
        except HelpdeskError as error:
            report.failed += 1
            trouble.append(f"{box.name}: {error}")
    jobs = Jobs(parts)
    try:
        for _ in range(MOST_ROUNDS):
            if not await jobs.round():
                break
        await jobs.last_call()
    finally:
        await jobs.close()
    report.acknowledged, report.escalated, report.posted = jobs.acknowledged, jobs.escalated, jobs.posted
    report.failed += jobs.failed
    return report, [*trouble, *jobs.trouble]


def _named(progress: Progress | None, box: MailboxSettings, of: int) -> Progress | None:
    """Progress that names the mailbox too, where there are several."""
    if progress is None or of < 2:
        return progress
    told = progress
    return lambda folder, done, total: told(f"{box.name}: {folder}", done, total)


async def _read(parts: Parts, box: MailboxSettings, progress: Progress | None) -> Passed:
    await _hold(parts, box)
    renewing = asyncio.create_task(_renew(parts, box))
    door = parts.imap(box)
    try:
        await door.connect()
        return await one_pass(parts, box, door, progress)
    finally:
        renewing.cancel()
        await door.close()
        async with parts.store.write() as tx:
            await mailboxes.release(tx, box.name, parts.worker)


async def _hold(parts: Parts, box: MailboxSettings) -> None:
    from helpdesk.app.parts import wall_clock

    async with parts.store.write() as tx:
        if await mailboxes.acquire(tx, box.name, parts.worker, wall_clock()):
            return
    raise HelpdeskError(f"mailbox {box.name} is held by a running helpdesk, which reads it")


async def _renew(parts: Parts, box: MailboxSettings) -> None:
    from helpdesk.app.parts import wall_clock

    while True:
        await asyncio.sleep(mailboxes.LEASE.total_seconds() / 3)
        async with parts.store.write() as tx:
            await mailboxes.acquire(tx, box.name, parts.worker, wall_clock())
