"""A digest of a fixed history, its readable forms, and that it is sent once."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest

from helpdesk.domain import Effect, Outbox
from helpdesk.reports import collecting, digest_mail, digest_texts
from helpdesk.reports import job as reports
from helpdesk.reports.digest import Digest
from helpdesk.reports.job import Reporter
from helpdesk.reports.periods import WEEKLY, due
from helpdesk.settings import WatchList
from helpdesk.store import meta, outbox
from helpdesk.store.engine import Store
from tests.support.managers import NOW, fill, invented
from tests.support.paths import DATA

BERLIN = ZoneInfo("Europe/Berlin")
KEPT = DATA / "digest"
#: Write the files anew instead of comparing: look at them afterwards.
RENEW = bool(os.environ.get("HELPDESK_RENEW"))
REPORTER = Reporter(
    daily="08:30", weekly="mon 09:00", zone=BERLIN, channel="#buyer-escalations", email=("boss@shop.example",),
    mailbox="shop", sender="support@shop.example", url="http://127.0.0.1:8080",
)  # fmt: skip


async def weekly(store: Store) -> Digest:
    """The weekly digest of the invented history."""
    await fill(store, invented(300))
    period = due(WEEKLY, "mon 09:00", BERLIN, NOW)
    assert period is not None
    async with store.read() as tx:
        found = await collecting.collect(tx, period, BERLIN, lambda _name: 0.9, WatchList(), REPORTER.url)
    return replace(found, people={"U0ANNA": "Anna", "U0BEN": "Ben"})


def kept(name: str, text: str) -> None:
    """Compare with the kept file, or write it anew."""
    path = KEPT / name
    if RENEW:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


async def test_the_digest_reads_as_kept(store: Store) -> None:
    """Text, HTML and Slack's blocks of a fixed history are the files that a person has looked at."""
    digest = await weekly(store)
    text, blocks = digest_texts.blocks(digest)
    kept("weekly.txt", digest_texts.text(digest))
    kept("weekly.html", digest_texts.html(digest))
    kept("weekly.blocks.json", json.dumps({"text": text, "blocks": blocks}, indent=1, ensure_ascii=False) + "\n")
    png = reports.picture(digest)
    assert png.startswith(b"\x89PNG")
    if RENEW:
        (KEPT / "weekly.png").write_bytes(png)


async def test_the_mail_holds_text_html_and_chart(store: Store) -> None:
    """A mail program without HTML shows the text; the chart is inside, nothing is fetched from elsewhere."""
    digest = await weekly(store)
    raw = digest_mail.mail(digest, "boss@shop.example", "support@shop.example", "x@shop.example", b"\x89PNG", NOW)
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().replace("\r\n", "\n") == digest_texts.text(digest)
    assert "cid:chart.x@shop.example" in html.get_content()
    assert "http://127.0.0.1:8080" in html.get_content()
    assert html.get_content().count("src=") == 1
    assert message["auto-submitted"] == "auto-generated"
    assert [part.get_content_type() for part in message.walk()][-1] == "image/png"


class Files:
    """Takes charts."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str | None]] = []

    async def upload(
        self, channel: str, name: str, data: bytes, *, thread_ts: str | None = None, text: str = ""
    ) -> None:
        """Keep what came."""
        assert data.startswith(b"\x89PNG")
        assert not text
        self.taken.append((f"{channel}/{name}", thread_ts))


async def posted(store: Store, key: str, at: datetime) -> None:
    """Slack took a post."""
    async with store.write() as tx:
        item = await outbox.by_key(tx, key)
        assert item is not None
        await outbox.finish(tx, item, at=at, result={"channel": "C1", "ts": "1.2"})


async def sent(store: Store) -> list[Outbox]:
    """The digests' rows, by key."""
    keys = [f"digest:daily:2026-11-24{tail}" for tail in ("", ":boss@shop.example")]
    async with store.read() as tx:
        found = [await outbox.by_key(tx, key) for key in keys]
    return [item for item in found if item is not None]


async def begun(store: Store, at: datetime) -> None:
    """This database has had digests since then."""
    async with store.write() as tx:
        await meta.first(tx, reports.BEGUN, at.isoformat(), at)


async def test_two_workers_around_the_hour_send_one(store: Store) -> None:
    """Restarted again and again around half past eight, two at once, each digest goes out once to Slack and by mail."""
    await fill(store, invented(30))
    hour = datetime(2026, 11, 24, 7, 30, tzinfo=NOW.tzinfo)  # 08:30 in Berlin
    await begun(store, hour - timedelta(days=1))
    moved = 0
    for second in range(-4, 8, 2):
        now = hour + timedelta(seconds=second)
        moved += sum(await asyncio.gather(*(reports.run_once(store, REPORTER, now) for _ in range(2))))
    assert moved == 2  # Monday's weekly, which was late, and today's daily
    found = await sent(store)
    assert [item.effect for item in found] == [Effect.POST, Effect.MAIL]
    assert found[0].payload["event_type"] == "helpdesk_digest"
    assert found[0].payload["payload"] == {"period": "daily"}
    assert found[0].lane == "#buyer-escalations"


@pytest.mark.parametrize("night", ["2026-03-28T23:00", "2026-10-24T22:00"])
async def test_two_workers_through_the_night_in_which_the_clocks_change(store: Store, night: str) -> None:
    """Half past two comes never or twice: over the night and the next one each day's digest goes out once."""
    began = datetime.fromisoformat(night).replace(tzinfo=NOW.tzinfo)
    await begun(store, began)
    daily = replace(REPORTER, daily="02:30", weekly="")
    moved = []
    for half_hour in range(56):
        now = began + timedelta(minutes=30 * half_hour, seconds=1)
        moved.append(sum(await asyncio.gather(*(reports.run_once(store, daily, now) for _ in range(2)))))
    assert sum(moved) == 2
    assert set(moved) == {0, 1}


async def test_a_first_start_sends_nothing_for_the_past(store: Store) -> None:
    """Installed at ten, nobody gets the digest of half past eight; the next one comes."""
    assert await reports.run_once(store, REPORTER, NOW) == 0
    assert await reports.run_once(store, REPORTER, NOW + timedelta(days=1)) == 1


async def test_started_a_minute_before_the_hour(store: Store) -> None:
    """Installed at 08:29, the digest of half past eight comes, though the last one's time is long past."""
    hour = datetime(2026, 11, 24, 7, 30, tzinfo=NOW.tzinfo)
    daily = replace(REPORTER, weekly="")
    assert await reports.run_once(store, daily, hour - timedelta(minutes=1)) == 0
    assert await reports.run_once(store, daily, hour + timedelta(seconds=2)) == 1


async def test_the_chart_follows_the_post_once(store: Store) -> None:
    """Not before the post stands in Slack; then into its thread, and never again."""
    files, daily = Files(), replace(REPORTER, weekly="")
    await begun(store, NOW - timedelta(days=2))
    assert await reports.run_once(store, daily, NOW, files) == 1
    assert files.taken == []
    await posted(store, "digest:daily:2026-11-24", NOW)
    for _ in range(3):
        await reports.run_once(store, daily, NOW + timedelta(seconds=5), files)
    assert files.taken == [("C1/digest-daily-2026-11-24.png", "1.2")]


@pytest.mark.parametrize("way", ["slack", "mail"])
async def test_either_way_alone_suffices(store: Store, way: str) -> None:
    """Without Slack the digest goes by mail alone, without addresses to Slack alone."""
    await begun(store, NOW - timedelta(days=2))
    only = replace(REPORTER, email=()) if way == "slack" else replace(REPORTER, channel="")
    await reports.run_once(store, only, NOW)
    assert [item.effect for item in await sent(store)] == [Effect.POST if way == "slack" else Effect.MAIL]
