"""What starts and stops the clock on a real mailbox: Sent, the marketplace's copy, a rescue, and mail for Slack."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from helpdesk.sandbox.letters import OURS, message, person, relayed
from tests.support.shop import ESCALATIONS, Shop
from tests.support.shops import shop

__all__ = ["shop"]

HOUR = timedelta(hours=1)


def answer(to: str, subject: str, refers: str, at: datetime) -> bytes:
    """A person's answer as another mail client files it in Sent."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = f"Shop <{OURS}>"
    mail["To"] = to
    mail["Subject"] = f"Re: {subject}"
    mail["Date"] = at
    mail["Message-ID"] = f"<{at.timestamp()}@thunderbird.test>"
    mail["In-Reply-To"] = f"<{refers}>"
    mail.set_content("A new lid leaves us today.")
    return bytes(mail)


def seller_central_copy(name: str, order: str, at: datetime) -> bytes:
    """Amazon's copy of an answer written in Seller Central."""
    return bytes(
        message(
            sender='"Seller Central" <donotreply@amazon.com>',
            subject=f"Your e-mail to {name}",
            text="",
            html=(
                f"<html><body><p>Order ID {order}:</p><p>------------- Begin message -------------</p>"
                "<p>A new lid leaves us today.</p><p>------------- End message -------------</p></body></html>"
            ),
            at=at,
            message_id=f"copy.{order}@eu-west-1.amazonses.com",
            headers={"X-Space-Notification-Type": "BBC_MESSAGE_CONFIRMATION_TO_MERCHANT"},
        )
    )


def headers_of(raw: bytes) -> tuple[str, str]:
    """(subject, Message-ID without brackets) of a mail."""
    from email import message_from_bytes, policy

    mail = message_from_bytes(raw, policy=policy.default)
    return str(mail["Subject"]), str(mail["Message-ID"]).strip("<>")


async def within(seconds: float, look: Callable[[], Awaitable[Any]]) -> Any:
    """What `look` finds, once it finds something."""
    for _ in range(int(seconds / 0.2)):
        found = await look()
        if found:
            return found
        await asyncio.sleep(0.2)
    raise TimeoutError


async def only_ticket(shop: Shop) -> dict[str, Any]:
    """The one ticket there is."""
    [found] = await shop.tickets()
    return found


def escalations(shop: Shop) -> list[dict[str, Any]]:
    """What was posted into the escalations channel: ticket and step."""
    assert shop.slack is not None
    posted = shop.slack.messages(ESCALATIONS, "helpdesk_escalation")
    return [message["metadata"]["event_payload"] for message in posted]


async def test_a_reply_in_sent_stops_the_clock(shop: Shop) -> None:
    """Written in another mail client two hours ago: it counts from its Date, and no step fires any more."""
    now = datetime.now(UTC).replace(microsecond=0)
    who = person(1)
    raw = relayed(who, now - 11 * HOUR)
    subject, message_id = headers_of(raw)
    shop.deliver(raw)
    await shop.sync()
    assert (await only_ticket(shop))["answered_at"] is None

    shop.deliver(answer(who.alias, subject, message_id, now - 2 * HOUR), "Sent")
    await shop.sync()
    ticket = await only_ticket(shop)
    later = await shop.sync("--now", (now + 40 * HOUR).isoformat())

    assert (ticket["status"], ticket["due_at"]) == ("answered", None)
    assert datetime.fromisoformat(ticket["answered_at"]) == now - 2 * HOUR
    assert (later["escalated"], escalations(shop)) == (0, [])
    total = json.loads(await shop.call("sla", "--json"))["total"]
    assert (total["eligible"], total["on_time"], total["avg_seconds"]) == (1, 1, 9 * 3600)


async def test_a_seller_central_copy_stops_the_clock(shop: Shop) -> None:
    """Answered on Amazon's own site: the copy is matched by its order, and counts from its Date."""
    now = datetime.now(UTC).replace(microsecond=0)
    who, other = person(1), person(2)
    shop.deliver(relayed(who, now - 5 * HOUR))
    shop.deliver(relayed(other, now - 5 * HOUR))
    shop.deliver(seller_central_copy(who.name, who.order, now - HOUR))
    await shop.sync()

    found = {ticket["buyer"]: ticket for ticket in await shop.tickets()}

    assert found[who.alias]["status"] == "answered"
    assert datetime.fromisoformat(found[who.alias]["answered_at"]) == now - HOUR
    assert found[other.alias]["answered_at"] is None
    groups = json.loads(await shop.call("sla", "--by", "agent", "--json"))["groups"]
    assert (groups["marketplace"]["on_time"], groups["nobody"]["open"]) == (1, 1)


async def test_a_mail_rescued_after_21_hours_is_escalated_while_it_runs(shop: Shop) -> None:
    """Out of Junk and into the escalations channel within seconds of its arrival, once, naming the lower step."""
    now = datetime.now(UTC)
    async with shop.running():
        assert shop.slack is not None
        await shop.slack.connected(seconds=60)
        shop.deliver(relayed(person(1), now - 21 * HOUR), "Junk")
        began = time.monotonic()
        [payload] = await shop.slack.until(lambda: escalations(shop), seconds=60)
        assert time.monotonic() - began < 2 + 5  # the poll of Junk, and five seconds
        assert payload["step"] == "20h"
        await asyncio.sleep(3)
    assert len(escalations(shop)) == 1


async def test_a_reply_in_sent_is_seen_while_it_runs(shop: Shop) -> None:
    """Dropped into Sent by another client, it stops the clock within a poll."""
    now = datetime.now(UTC)
    raw = relayed(person(1), now - HOUR)
    subject, message_id = headers_of(raw)
    shop.deliver(raw)
    await shop.sync()
    async with shop.running():
        assert shop.slack is not None
        await shop.slack.connected(seconds=60)
        shop.deliver(answer(person(1).alias, subject, message_id, now), "Sent")

        async def stopped() -> bool:
            return bool((await only_ticket(shop))["status"] == "answered")

        await within(15, stopped)


async def test_a_step_of_seconds_fires_in_time(shop: Shop) -> None:
    """With steps of seconds each fires within five of its time, in order, and never twice."""
    shop.configure('[sla.amazon]\nlimit = "8s"\nsteps = ["4s", "8s"]')
    async with shop.running():
        assert shop.slack is not None
        await shop.slack.connected(seconds=60)
        shop.deliver(relayed(person(1), datetime.now(UTC)))
        await shop.slack.until(lambda: len(escalations(shop)) == 2, seconds=60)
        await asyncio.sleep(2)
    assert [one["step"] for one in escalations(shop)] == ["4s", "8s"]


async def test_slack_away_the_managers_get_a_mail(shop: Shop) -> None:
    """Promise 8: `sync` without Slack mails ticket and order once, says so with its exit code, and posts it later."""
    assert shop.slack is not None
    now = datetime.now(UTC)
    who = person(1)
    shop.deliver(relayed(who, now - 21 * HOUR))
    fault = shop.slack.state.fault("*", "500", times=10_000)

    await shop.sync(code=1)
    await shop.sync(code=1)

    [mail] = [mail for mail in shop.smtp.mails if list(mail.recipients) == ["boss@shop.example"]]
    text = mail.parsed.get_payload(decode=True).decode()  # type: ignore[union-attr]  # a text mail
    assert who.order in text
    assert "#1" in text
    assert escalations(shop) == []

    fault.times = 0
    await asyncio.sleep(5)
    await shop.sync(code=None)
    assert [one["step"] for one in escalations(shop)] == ["20h"]
    assert len([mail for mail in shop.smtp.mails if list(mail.recipients) == ["boss@shop.example"]]) == 1


async def test_after_a_stop_of_three_days(shop: Shop) -> None:
    """Each ticket posts its highest passed step once, naming the others; a second start posts nothing."""
    now = datetime.now(UTC)
    for number in range(1, 6):
        shop.deliver(relayed(person(number), now - HOUR * number))
    await shop.sync()
    later = (now + timedelta(days=3)).isoformat()

    first = await shop.sync("--now", later)
    second = await shop.sync("--now", later)

    assert (first["escalated"], second["escalated"]) == (5, 0)
    assert [one["step"] for one in escalations(shop)] == ["40h"] * 5
    assert sorted(one["ticket"] for one in escalations(shop)) == [1, 2, 3, 4, 5]


async def test_old_mail_is_listed_once_and_never_escalated(shop: Shop) -> None:
    """Mail older than first_contact, unanswered: counted, listed in one post, no step, no acknowledgement."""
    assert shop.slack is not None
    now = datetime.now(UTC)
    shop.deliver(relayed(person(1), now - timedelta(days=60)), when=now - timedelta(days=60))
    shop.deliver(relayed(person(2), now - timedelta(days=50)), when=now - timedelta(days=50))

    reports = [await shop.sync() for _ in range(2)]

    assert [report["escalated"] for report in reports] == [0, 0]
    listed = [m for m in shop.slack.messages(ESCALATIONS) if "older mails without an answer" in m["text"]]
    assert len(listed) == 1
    assert escalations(shop) == []
    total = json.loads(await shop.call("sla", "--window", "90d", "--json"))["total"]
    assert (total["eligible"], total["unanswered"]) == (2, 2)
