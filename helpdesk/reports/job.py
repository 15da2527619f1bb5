"""The hand of the reports: sends each digest once, to Slack and by e-mail, and its chart after it.

A digest is claimed in the transaction that puts it into the outbox: of two workers one does, and a crash loses or
repeats nothing. The chart follows the post into its thread; it is claimed before it is sent, since a chart less is
better than two.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

import structlog

from helpdesk.domain import Effect, Outbox, OutboxState
from helpdesk.errors import HelpdeskError
from helpdesk.reports import charts, collecting, digest_mail, digest_texts
from helpdesk.reports.digest import Digest
from helpdesk.reports.periods import DAILY, WEEKLY, Period, due
from helpdesk.settings import WatchList
from helpdesk.store import meta, outbox, signins
from helpdesk.store.engine import Store

log = structlog.get_logger()

#: When this database first had digests: those due before are not made up for.
BEGUN = "digest:begun"
EVENT_TYPE = "helpdesk_digest"
#: A chart that Slack does not take within this is given up.
CHART_LIFE = timedelta(hours=1)


class Files(Protocol):
    """Where charts go: Slack."""

    async def upload(
        self, channel: str, name: str, data: bytes, *, thread_ts: str | None = None, text: str = ""
    ) -> None:
        """Put a file into a channel or thread."""


async def no_name(user: str) -> str:
    """Without Slack a person is called by the id."""
    return user


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporter:
    """What the job is told by the configuration; "" leaves a part out."""

    daily: str = ""  #: "08:30"
    weekly: str = ""  #: "mon 09:00"
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    channel: str = ""  #: Slack channel of digests
    email: Sequence[str] = ()
    mailbox: str = ""  #: whose SMTP carries the mails
    sender: str = ""  #: its address
    url: str = ""  #: of the dashboard
    limits: WatchList = field(default_factory=WatchList)
    target_of: Callable[[str], float] = lambda _marketplace: 0.9
    name_of: Callable[[str], Awaitable[str]] = no_name


async def run_once(store: Store, reporter: Reporter, now: datetime, files: Files | None = None) -> int:
    """Send what is due; returns how many digests and charts moved."""
    moved, begun = 0, await _begun(store, now)
    for name, when in ((DAILY, reporter.daily), (WEEKLY, reporter.weekly)):
        period = due(name, when, reporter.zone, now)
        if period is None or not (reporter.channel or reporter.email):
            continue
        moved += await _send(store, reporter, period, now, begun)
        if files is not None and reporter.channel:
            moved += await _chart(store, reporter, period, now, files)
    async with store.read() as tx:
        ended = await signins.ended(tx, now)
    if ended:
        async with store.write() as tx:
            await signins.sweep(tx, now)
    return moved


async def _begun(store: Store, now: datetime) -> datetime:
    """When this database first had digests: now, if this is the first look."""
    async with store.read() as tx:
        begun = await meta.get(tx, BEGUN)
    if begun is None:
        async with store.write() as tx:
            await meta.first(tx, BEGUN, now.isoformat(), now)
            begun = await meta.get(tx, BEGUN) or now.isoformat()
    return datetime.fromisoformat(begun)


async def _send(store: Store, reporter: Reporter, period: Period, now: datetime, begun: datetime) -> int:
    async with store.read() as tx:
        sent = await meta.get(tx, period.key)
    if sent is not None or period.at < begun:
        return 0
    async with store.read() as tx:
        digest = await collecting.collect(tx, period, reporter.zone, reporter.target_of, reporter.limits, reporter.url)
    digest = await _named(digest, reporter)
    png = await asyncio.to_thread(picture, digest)
    rows = messages(digest, reporter, png, now)
    async with store.write() as tx:
        if not await meta.first(tx, period.key, now.isoformat(), now):
            return 0
        await outbox.enqueue(tx, *rows)
    log.info("a digest goes out", action="digest", period=period.name, key=period.key)
    return 1


async def _named(digest: Digest, reporter: Reporter) -> Digest:
    from dataclasses import replace

    people = [name for name in digest.groups.get("agent", {}) if name[:1] in {"U", "W"}]
    return replace(digest, people={name: await reporter.name_of(name) for name in people})


def picture(digest: Digest) -> bytes:
    """The chart that goes with a digest, as PNG."""
    return charts.answered(digest.days, title="Messages by day of arrival")


def messages(digest: Digest, reporter: Reporter, png: bytes, now: datetime) -> list[Outbox]:
    """The post and the mails of a digest, as outbox rows."""
    key = digest.period.key
    rows = digest_mail.mails(digest, reporter.email, reporter.mailbox, reporter.sender, png, now)
    if reporter.channel:
        text, blocks = digest_texts.blocks(digest)
        payload = {
            "kind": "message",
            "text": text,
            "blocks": blocks,
            "event_type": EVENT_TYPE,
            "payload": {"period": digest.period.name},
        }
        rows.append(
            Outbox(key=key, effect=Effect.POST, lane=reporter.channel, payload=payload, next_at=now, created_at=now)
        )
    return rows


async def _chart(store: Store, reporter: Reporter, period: Period, now: datetime, files: Files) -> int:
    """The chart into the thread of a digest that was posted."""
    key = f"{period.key}:chart"
    async with store.read() as tx:
        post = await outbox.by_key(tx, period.key)
        if post is None or post.state != OutboxState.DONE or await meta.get(tx, key) is not None:
            return 0
        fresh = post.done_at is not None and now - post.done_at < CHART_LIFE
        digest = await collecting.collect(tx, period, reporter.zone, reporter.target_of, reporter.limits, reporter.url)
    async with store.write() as tx:
        if not await meta.first(tx, key, now.isoformat(), now) or not fresh:
            return 0
    png = await asyncio.to_thread(picture, digest)
    channel, ts = str(post.result.get("channel") or reporter.channel), str(post.result.get("ts") or "")
    try:
        await files.upload(channel, f"{period.key.replace(':', '-')}.png", png, thread_ts=ts or None)
    except HelpdeskError as error:
        log.warning("a digest's chart did not reach Slack", action="chart_failed", key=key, error=str(error)[:200])
    return 1
