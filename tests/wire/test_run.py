"""`helpdesk run` as a whole: health, its end, two of them, and what the doctor says before."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import aiohttp

from helpdesk.sandbox import letters
from helpdesk.sandbox.letters import person
from helpdesk.sandbox.slack import SlackStandIn
from tests.support.dovecot import Dovecot, free_port
from tests.support.forks import FORKS
from tests.support.shop import CARDS, Shop, workspace
from tests.support.smtpd import smtpd


async def status(url: str) -> int:
    """The status of a page; 0 while nothing answers."""
    try:
        async with aiohttp.ClientSession() as session, session.get(url, timeout=aiohttp.ClientTimeout(3)) as answer:
            return answer.status
    except (aiohttp.ClientError, TimeoutError):
        return 0


async def until(url: str, wanted: int, seconds: float) -> None:
    """Wait until a page answers so."""
    async with asyncio.timeout(seconds):
        while await status(url) != wanted:  # noqa: ASYNC110 -- another process answers, it sets no event here
            await asyncio.sleep(0.2)


def cards_are(slack: SlackStandIn, number: int) -> bool:
    """Do so many cards stand in the channel?"""
    return len(slack.messages(CARDS, "helpdesk_ticket")) == number


async def test_health_follows_mailbox_and_slack(shop: Shop, tmp_path: Path) -> None:
    """503 until all were seen, 200 then, 503 again when the mail server or Slack is lost; metrics need no sign-in.

    Two shops at once, since each waits half a minute for what it has lost.
    """
    server, folder = Dovecot.start(), tmp_path / "other"
    folder.mkdir()
    try:
        async with smtpd() as smtp, workspace() as slack:
            other = Shop(folder, server, server.new_user(), smtp, slack, f"sqlite:///{folder}/helpdesk.db", FORKS)
            await asyncio.gather(follows_slack(shop), follows_the_mailbox(other))
    finally:
        server.remove()


async def follows_slack(shop: Shop) -> None:
    """Slack goes and comes back."""
    assert shop.slack is not None
    port = free_port()
    shop.configure(listen=f"127.0.0.1:{port}")
    url = f"http://127.0.0.1:{port}"
    async with shop.running():
        await until(f"{url}/healthz", 200, 60)
        assert await status(f"{url}/metrics") == 200
        shop.slack.server.outage(3600)
        await until(f"{url}/healthz", 503, 60)
        shop.slack.state.down_until = 0.0
        await until(f"{url}/healthz", 200, 90)


async def follows_the_mailbox(shop: Shop) -> None:
    """The mail server goes and comes back."""
    port = free_port()
    shop.configure(listen=f"127.0.0.1:{port}")
    url = f"http://127.0.0.1:{port}"
    async with shop.running():
        await until(f"{url}/healthz", 200, 60)
        await asyncio.to_thread(shop.dovecot.stop)
        try:
            await until(f"{url}/healthz", 503, 60)
        finally:
            await asyncio.to_thread(shop.dovecot.up)
        await until(f"{url}/healthz", 200, 90)


async def test_a_mail_becomes_card_and_acknowledgement_while_it_runs(shop: Shop) -> None:
    """The push wakes every job behind it; the mail's picture comes out of the mailbox into the thread by a choice."""
    assert shop.slack is not None
    slack, picture = shop.slack, random.Random(0).randbytes(100_000)
    async with shop.running():
        await slack.connected(seconds=60)
        shop.deliver(letters.attached(person(1), datetime.now(UTC) - timedelta(minutes=1), len(picture)))
        (card,) = await slack.until(lambda: slack.messages(CARDS, "helpdesk_ticket"), seconds=60)
        await slack.until(lambda: shop.smtp.mails, seconds=60)
        assert "lid.png (100 kB)" in str(card["blocks"])
        await slack.click(card, "ticket_more", user="U0ANNA")
        (view,) = slack.open_views("U0ANNA")
        menu = next(block for block in view.view["blocks"] if block.get("block_id") == "files")["elements"][0]
        file = menu["option_groups"][0]["options"][0]["value"]
        await slack.click(view, "ticket_attachment", user="U0ANNA", value=file)
        (posted,) = await slack.until(lambda: [m for m in slack.thread(card) if m.get("files")], seconds=30)

    assert shop.smtp.mails[0].recipients == (person(1).alias,)
    assert slack.state.uploads[posted["files"][0]["id"]] == picture


async def test_it_stops_within_five_seconds(shop: Shop) -> None:
    """SIGTERM ends it with exit code 0, in the midst of its work."""
    assert shop.slack is not None
    shop.forks = None  # started afresh: its end is the interpreter's too
    for number in range(50):
        shop.deliver(letters.relayed(person(number), datetime.now(UTC)))
    process = await shop.start()
    await shop.slack.until(lambda: shop.slack is not None and shop.slack.messages(CARDS), seconds=60)
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    code = await asyncio.wait_for(process.wait(), 30)

    assert code == 0
    assert time.monotonic() - began < 5.0


async def test_the_doctor_on_a_healthy_shop(shop: Shop) -> None:
    """Each line has name, status, what and remedy; the seed's advice is among them; nothing fails."""
    shop.forks = None  # started afresh, as a shell does
    lines = json.loads(await shop.call("check", "--json"))
    names = {line["name"] for line in lines}

    assert {"short_address", "junk_watched", "relay_domains_allowed", "phone_valid", "return_policy_30_days"} <= names
    assert all(set(line) == {"name", "status", "what", "remedy"} for line in lines)
    assert {line["status"] for line in lines} <= {"ok", "warn"}
    assert {"imap:shop", "smtp:shop", "slack", "slack:app_token", "database", "models", "templates"} <= names


async def test_the_doctor_names_what_is_broken(shop: Shop) -> None:
    """A wrong password and a scope that Slack does not give fail with their remedy and exit code 1."""
    assert shop.slack is not None
    shop.slack.state.scopes.discard("files:write")
    path = shop.configure('[feedback]\nfolder = "no-such-folder"')
    text = path.read_text(encoding="utf-8").replace('password = "', 'password = "not-')
    path.write_text(text.replace('app_token = "xapp', 'app_token = "not-xapp'), encoding="utf-8")
    lines = json.loads(await shop.call("check", "--json", code=1))
    statuses = {line["name"]: line["status"] for line in lines}
    assert (statuses["slack:app_token"], statuses["feedback_folder"]) == ("fail", "warn")
    (imap,) = [line for line in lines if line["name"] == "imap:shop"]
    slack = next(line for line in lines if line["name"].startswith("slack") and "scopes" in line["what"])

    assert (imap["status"], slack["status"]) == ("fail", "fail")
    assert imap["remedy"]
    assert ("files:write" in slack["what"], "manifest.json" in slack["remedy"]) == (True, True)


async def test_a_mailbox_out_of_reach_fails_sync_and_the_rest_goes_on(shop: Shop) -> None:
    """Exit code 1, one line, and the jobs behind it still run."""
    shop.deliver(letters.relayed(person(1), datetime.now(UTC)))
    await shop.sync()
    path = shop.configure()
    text = path.read_text(encoding="utf-8").replace(f"port = {shop.dovecot.port}", f"port = {free_port()}")
    path.write_text(text, encoding="utf-8")
    report = await shop.sync("--now", (datetime.now(UTC) + timedelta(hours=13)).isoformat(), code=1)

    assert (report["fetched"], report["escalated"]) == (0, 1)
    assert report["failed"] >= 1


async def test_first_contact_files_old_mail_in_silence(shop: Shop) -> None:
    """Old buyers are rescued and counted, not acknowledged, not escalated."""
    now = datetime.now(UTC)
    shop.deliver(letters.relayed(person(1), now - timedelta(days=30)), "Junk")
    shop.deliver(letters.relayed(person(2), now - timedelta(hours=1)))
    report = await shop.sync()
    acks = {t["buyer"]: t["ack"] for t in await shop.tickets()}

    assert (report["rescued"], report["acknowledged"], report["escalated"]) == (1, 1, 0)
    assert acks == {person(1).alias: "suppressed", person(2).alias: "sent"}


async def test_a_call_and_the_call_back_that_answers_it(shop: Shop) -> None:
    """Logged from a shell, escalated like any other, answered by calling back."""
    now = datetime.now(UTC).replace(microsecond=0)
    await shop.call("call", "--summary", "The lid is broken", "--at", (now - timedelta(hours=2)).isoformat())
    (ticket,) = await shop.tickets()
    assert (ticket["marketplace"], ticket["status"]) == ("phone", "new")
    report = await shop.sync("--now", (now + timedelta(hours=11)).isoformat())
    assert report["escalated"] == 1
    await shop.call("call", "--answers", "1", "--summary", "Explained, a new lid is on its way")
    (ticket,) = await shop.tickets()
    assert (ticket["status"], ticket["due_at"]) == ("answered", None)


async def test_slack_is_asked_for_a_sign_of_life_by_the_clock_however_busy_the_desk(shop: Shop) -> None:
    """Each mail wakes the jobs again and again; auth.test is not among what they call."""
    assert shop.slack is not None
    slack = shop.slack
    async with shop.running():
        await slack.connected(seconds=60)
        began, before = time.monotonic(), len(slack.state.calls)
        for number in range(6):
            shop.deliver(letters.relayed(person(number), datetime.now(UTC)))
            await slack.until(partial(cards_are, slack, number + 1), seconds=60)
        asked = [method for method, _ in slack.state.calls[before:] if method == "auth.test"]

    assert len(asked) <= 2 + (time.monotonic() - began) / 10
