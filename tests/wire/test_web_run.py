"""`helpdesk run` with its dashboard: Slack's link opens it, and the digest of the hour is posted with its chart."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp

from tests.support.dovecot import free_port
from tests.support.shop import CARDS, ESCALATIONS, MANAGER, Shop


def worker(shop: Shop, name: str, hour: str) -> Path:
    """The configuration of one of two workers: only where it listens differs."""
    path = shop.configure(name=name, listen=f"127.0.0.1:{free_port()}")
    path.write_text(path.read_text(encoding="utf-8").replace('daily = ""', f'daily = "{hour}"'), encoding="utf-8")
    return path


async def link_of(shop: Shop) -> str:
    """What `/helpdesk dashboard` answers, once somebody listens."""
    assert shop.slack is not None
    while True:
        try:
            done = await shop.slack.command("/helpdesk", "dashboard", user=MANAGER, channel=CARDS)
        except Exception:  # noqa: BLE001 -- nobody listens yet
            await asyncio.sleep(0.5)
            continue
        found = re.search(r"http://[^|>\s]+/sign-in\?link=[\w-]+", str(done.ack))
        if found is not None:
            return found[0]
        await asyncio.sleep(0.5)


def digests(shop: Shop) -> list[dict[str, Any]]:
    """The digests in Slack."""
    assert shop.slack is not None
    posted = shop.slack.state.channel(ESCALATIONS).messages
    return [one for one in posted if (one.get("metadata") or {}).get("event_type") == "helpdesk_digest"]


async def test_slack_gives_a_link_and_gets_a_digest(shop: Shop) -> None:
    """The link lets in once; of two workers around the hour one sends the digest, to Slack with a chart and by mail."""
    assert shop.slack is not None
    at = datetime.now(ZoneInfo("Europe/Berlin")) + timedelta(seconds=12)
    first, second = (worker(shop, f"{name}.toml", f"{at:%H:%M:%S}") for name in ("one", "two"))
    async with shop.running(first), shop.running(second):
        link = await asyncio.wait_for(link_of(shop), 40)
        async with (
            aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as client,
            client.get(link) as answer,
        ):
            assert answer.status == 200
            assert "Who needs help" in await answer.text()

        uploads = shop.slack.state.uploads

        async def arrived() -> None:
            while not (digests(shop) and uploads and shop.smtp.mails):  # noqa: ASYNC110 -- other processes act
                await asyncio.sleep(0.2)

        await asyncio.wait_for(arrived(), 60)
        await asyncio.sleep(6)  # the other worker has looked as well by then
    assert len(digests(shop)) == 1
    payload = digests(shop)[0]["metadata"]["event_payload"]
    assert payload == {"period": "daily", "key": f"digest:daily:{at.date().isoformat()}"}
    assert [data[:4] for data in shop.slack.state.uploads.values()] == [b"\x89PNG"]
    assert [mail.recipients for mail in shop.smtp.mails] == [("boss@shop.example",)]
