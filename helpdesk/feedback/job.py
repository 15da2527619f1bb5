"""The hand of the feedback room: takes reports in, keeps the days, and puts cards and reminders into the outbox."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Protocol

import structlog

from helpdesk.domain import Effect, Outbox
from helpdesk.domain_feedback import Feedback, FeedbackEvent, FeedbackState
from helpdesk.errors import HelpdeskError
from helpdesk.feedback.bringing import bring_in
from helpdesk.feedback.deadlines import REMIND_AT, days_left, reminder_due
from helpdesk.feedback.judging import Judge
from helpdesk.feedback.orders import Order, read_orders
from helpdesk.feedback.report import read_report
from helpdesk.marketplaces.countries import country
from helpdesk.settings.schema import Settings
from helpdesk.store import feedback as queries
from helpdesk.store import meta, outbox, posts
from helpdesk.store.engine import Store, Tx

log = structlog.get_logger()

#: Cards queued in one pass.
CARDS = 50
#: Without a removal to ask for, only feedback this fresh gets a card: a first import of a year floods no channel.
FRESH = timedelta(days=14)
#: How often a marketplace is asked for its report.
FETCH_EVERY = timedelta(hours=24)
#: How long after a report that was cancelled, refused or not ready: Amazon allows one request a minute for all.
FETCH_AGAIN = timedelta(minutes=30)
ENDINGS = {".txt", ".tsv", ".tab"}


class Source(Protocol):
    """Where reports come from without a person: see feedback/door.py."""

    async def fetch(self, marketplace: str, since: datetime) -> bytes | None:
        """The report from a day on; None while it is not ready, or says nothing (cancelled)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What the job is told by the configuration; "" leaves a part out."""

    channel: str = ""  #: Slack channel of cards and reminders
    folder: Path | None = None  #: reports put here are read: MARKETPLACE/any.txt, or any.txt for `marketplace`
    marketplace: str = "US"
    date_format: str | None = None
    fetch: Sequence[str] = ()  #: marketplaces whose report is asked for
    zone: tzinfo = UTC


def watch_of(settings: Settings, base: Path = Path()) -> Watch:
    """What the configuration asks for; a relative folder is taken from `base`, the configuration's place.

    Raises UsageError for a marketplace that is none.
    """
    own = settings.feedback
    return Watch(
        channel=settings.slack.channel if settings.slack else "",
        folder=base / own.folder if own.folder else None,
        marketplace=country(own.marketplace, "[feedback].marketplace").code,
        date_format=own.date_format or None,
        fetch=tuple(dict.fromkeys(country(name, "[feedback].fetch").code for name in own.fetch)),
        zone=settings.zone,
    )


async def run_once(
    store: Store, watch: Watch, now: datetime, source: Source | None = None, *, judge: Judge | None = None
) -> int:
    """One pass: reports in, deadlines, reminders, cards. Returns how many feedback moved."""
    moved = 0
    judge = judge or Judge()
    if watch.folder is not None:
        moved += await _folder(store, watch, judge, watch.folder, now)
    if source is not None:
        for place in watch.fetch:
            moved += await _fetched(store, watch, judge, source, place, now)
    today = now.astimezone(watch.zone).date()
    async with store.read() as tx:
        near = await queries.waiting(tx, today + timedelta(days=max(REMIND_AT)))
        stale = bool(watch.channel) and await queries.any_for_cards(tx)
    due = [f for f in near if f.deadline < today or reminder_due(f.deadline, today, f.reminded) is not None]
    if due:
        async with store.write() as tx:
            for item in due:
                moved += await _deadline(tx, watch, item.id, now)
    if stale:
        async with store.write() as tx:
            for item in await queries.for_cards(tx, CARDS):
                moved += await _card(tx, watch, item, now)
    return moved


async def _deadline(tx: Tx, watch: Watch, number: int, now: datetime) -> int:
    """One feedback's deadline: passed, or near enough for a reminder."""
    item = await queries.get(tx, number, lock=True)
    if item is None or item.state not in (FeedbackState.NEW, FeedbackState.APPROVED):
        return 0
    today = now.astimezone(watch.zone).date()
    if days_left(item.deadline, today) < 0:
        await queries.change(tx, number, state=FeedbackState.EXPIRED)
        await queries.log(tx, [FeedbackEvent(feedback_id=number, at=now, kind="expired", actor="helpdesk")])
        return 1
    step = reminder_due(item.deadline, today, item.reminded)
    if step is None:
        return 0
    if watch.channel:
        payload = {"kind": "feedback_reminder", "feedback": number, "step": step}
        await outbox.enqueue(tx, _post(f"feedback:{number}:remind:{step}", watch.channel, payload, now))
    await queries.change(tx, number, reminded=step)
    detail = {"days": step}
    await queries.log(tx, [FeedbackEvent(feedback_id=number, at=now, kind="reminded", actor="helpdesk", detail=detail)])
    return 1


async def _card(tx: Tx, watch: Watch, item: Feedback, now: datetime) -> int:
    """Queue the card of a feedback, or its renewal; old feedback that calls for nothing gets none."""
    today = now.astimezone(watch.zone).date()
    posted = item.card_rev >= 0
    wanted = item.recommended == "removal" and days_left(item.deadline, today) >= 0
    if not posted and (item.state != FeedbackState.NEW or not (wanted or item.given_on >= today - FRESH)):
        await queries.no_card(tx, item.id)
        return 0
    payload = {"kind": "feedback", "feedback": item.id}
    if not posted:
        await outbox.enqueue(tx, _post(f"feedback:{item.id}", watch.channel, payload, now))
    else:
        row = _post(f"feedback-update:{item.id}", watch.channel, {**payload, "update": True}, now, Effect.UPDATE)
        await posts.again(tx, row)
    await queries.card_shown(tx, item.id, item.rev)
    return 1


def _post(key: str, channel: str, payload: dict[str, object], now: datetime, effect: Effect = Effect.POST) -> Outbox:
    return Outbox(key=key, effect=effect, lane=channel, payload=payload, next_at=now, created_at=now)


async def _folder(store: Store, watch: Watch, judge: Judge, folder: Path, now: datetime) -> int:
    """Read every report in the watched folder that was not read before, each once by its content."""
    moved = 0
    for path in await asyncio.to_thread(_reports, folder):
        data = await asyncio.to_thread(path.read_bytes)
        key = f"feedback-report:{hashlib.sha256(data).hexdigest()}"
        async with store.read() as tx:
            if await meta.get(tx, key) is not None:
                continue
        place = path.parent.name if path.parent != folder else watch.marketplace
        try:
            orders = await asyncio.to_thread(_orders, path)
            moved += await _take_in(store, watch, judge, place, data, path.name, orders, now)
        except HelpdeskError as error:
            log.warning("a feedback report was refused", action="feedback_refused", file=path.name, error=str(error))
            verdict = str(error)[:300]
        else:
            log.info("a feedback report was read", action="feedback_imported", file=path.name)
            verdict = "imported"
        async with store.write() as tx:
            await meta.put(tx, key, verdict, now)
    return moved


def _reports(folder: Path) -> list[Path]:
    """Reports of the folder and of its marketplaces' folders, oldest first; files of orders are no reports."""
    found = [p for p in [*folder.glob("*"), *folder.glob("*/*")] if p.is_file() and p.suffix.lower() in ENDINGS]
    return sorted((p for p in found if "orders" not in p.stem.lower()), key=lambda p: (p.stat().st_mtime, p.name))


def _orders(report: Path) -> bytes | None:
    """The orders file beside a report: the newest whose name holds "orders"."""
    found = [p for p in report.parent.glob("*orders*") if p.is_file() and p.suffix.lower() in ENDINGS]
    return max(found, key=lambda p: p.stat().st_mtime).read_bytes() if found else None


async def _take_in(
    store: Store, watch: Watch, judge: Judge, place: str, data: bytes, name: str, orders: bytes | None, now: datetime
) -> int:
    home = country(place)
    asked = None if home.dates else watch.date_format  # one setting for all: it must not turn dates that are known
    report = read_report(data, home, asked, name)
    known: dict[str, Order] = read_orders(orders, home, asked) if orders is not None else {}
    done = await bring_in(store, report, home, known, now, judge=judge, pause=_breath)
    return done.new + done.changed + done.answered + done.removed + done.returned


async def _breath() -> None:
    """Let the other jobs of this loop go on while a large report is judged."""
    await asyncio.sleep(0)


async def _fetched(store: Store, watch: Watch, judge: Judge, source: Source, place: str, now: datetime) -> int:
    """Ask for a marketplace's report once a day; a year back, so that what is gone is noticed."""
    key, tried = f"feedback-fetched:{place}", f"feedback-tried:{place}"
    async with store.read() as tx:
        for name, pause in ((key, FETCH_EVERY), (tried, FETCH_AGAIN)):
            last = await meta.get(tx, name)
            if last is not None and now - datetime.fromisoformat(last) < pause:
                return 0
    moved, done = 0, key
    try:
        data = await source.fetch(place, now - timedelta(days=365))
        if data is None:
            done = tried
        else:
            moved = await _take_in(store, watch, judge, place, data, f"{place} report", None, now)
    except HelpdeskError as error:
        log.warning("no feedback report", action="feedback_fetch_failed", marketplace=place, error=str(error))
        done = tried
    async with store.write() as tx:
        await meta.put(tx, done, now.isoformat(), now)
    return moved
