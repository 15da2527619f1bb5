"""The ten promises, each held over real servers by the commands a seller runs."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from helpdesk.sandbox import letters
from helpdesk.sandbox.letters import person
from tests.support.paths import ROOT
from tests.support.shop import CARDS, ESCALATIONS, Shop

HOUR = timedelta(hours=1)


def at(moment: datetime) -> str:
    """A time as `--now` takes it."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


async def test_promise_1_no_mail_is_lost(shop: Shop) -> None:
    """Mail that breaks the parser is kept with its reason, the next goes on; nothing vanishes from the server."""
    now = datetime.now(UTC)
    shop.deliver(b"\x00\xff\xfe" * 50)
    shop.deliver(letters.relayed(person(1), now - HOUR))
    shop.deliver(letters.spoof(1, now - HOUR), "Junk")
    shop.deliver(letters.relayed(person(2), now - HOUR), "Junk")
    report = await shop.sync()

    assert report["fetched"] == 4
    assert {t["buyer"] for t in await shop.tickets()} == {person(1).alias, person(2).alias}
    assert len(shop.lying("INBOX")) + len(shop.lying("Junk")) == 4


async def test_promise_2_no_mail_is_handled_twice(shop: Shop) -> None:
    """A folder numbered anew, a second copy, a second run: one ticket, one acknowledgement; another body is new."""
    now = datetime.now(UTC)
    mail = letters.relayed(person(1), now - HOUR, words="The first words of this mail.")
    shop.deliver(mail)
    shop.deliver(mail)
    await shop.sync()
    await asyncio.sleep(1.1)  # Dovecot takes a folder's new number from the clock, in seconds
    for path in shop.dovecot.base.glob(f"home/{shop.user}/Maildir/dovecot*"):
        path.unlink()  # Dovecot numbers the folder anew
    shop.deliver(letters.relayed(person(1), now - HOUR, words="Other words under the same Message-ID."))
    report = await shop.sync()
    (ticket,) = await shop.tickets()

    assert report["fetched"] == 1
    assert ticket["mails"] == 2
    assert Counter(m.recipients[0] for m in shop.smtp.mails) == {person(1).alias: 1}


async def test_promise_3_the_clock_starts_when_the_mail_arrived(shop: Shop) -> None:
    """A mail rescued after 21 hours is escalated at once; the automatic acknowledgement does not stop the clock."""
    now = datetime.now(UTC).replace(microsecond=0)
    shop.deliver(letters.relayed(person(1), now - 21 * HOUR), "Junk")
    report = await shop.sync()
    (ticket,) = await shop.tickets()

    assert (report["rescued"], report["escalated"], report["acknowledged"]) == (1, 1, 1)
    assert ticket["received_at"] == at(now - 21 * HOUR)
    assert ticket["due_at"] == at(now + 3 * HOUR)
    assert (ticket["status"], ticket["answered_at"]) == ("new", None)


async def test_promise_4_one_acknowledgement_and_none_to_machines(shop: Shop) -> None:
    """Follow-ups get none, machines, lists, bounces and no-reply addresses neither; the cap holds; reasons are kept."""
    now = datetime.now(UTC)
    for number in range(3):
        shop.deliver(letters.relayed(person(1), now - HOUR, number=number, words=f"Message number {number}, please."))
    for raw in (letters.newsletter(1, now), letters.out_of_office(1, now), letters.bounce(1, now)):
        shop.deliver(raw)
    await shop.sync()
    await shop.sync()
    assert Counter(m.recipients[0] for m in shop.smtp.mails) == {person(1).alias: 1}

    for number in range(6):  # one address, six conversations: three acknowledgements a day
        order = f"111-000000{number}-1234567"
        raw = letters.relayed(person(2), now - HOUR, number=10 + number).replace(
            person(2).order.encode(), order.encode()
        )
        shop.deliver(raw)
    await shop.sync()
    acks = Counter(m.recipients[0] for m in shop.smtp.mails)
    assert acks[person(2).alias] == 3
    suppressed = [t for t in await shop.tickets() if t["ack"] == "suppressed"]
    assert len(suppressed) == 3
    assert all(t["ack_reason"] for t in suppressed)


async def test_promise_5_nothing_but_acknowledgements_without_a_click(shop: Shop) -> None:
    """A sync sends acknowledgements alone; an answer that breaks a rule does not leave even with one."""
    shop.deliver(letters.relayed(person(1), datetime.now(UTC) - HOUR))
    await shop.sync()
    assert [m.parsed["Auto-Submitted"] for m in shop.smtp.mails] == ["auto-replied"]

    await shop.call("ticket", "reply", "1", "--text", "Write to us at www.our-own-shop.test for a discount!", code=1)
    assert len(shop.smtp.mails) == 1
    text = "We have checked your order: the parcel will reach you on Friday. We are sorry for the delay."
    await shop.call("ticket", "reply", "1", "--text", text)
    assert shop.smtp.mails[-1].parsed["Auto-Submitted"] is None
    assert (await shop.tickets())[0]["status"] == "answered"


async def test_promise_6_a_suspect_is_shown_and_nothing_else(shop: Shop) -> None:
    """Never rescued, acknowledged or drafted for; a person sees it."""
    shop.deliver(letters.spoof(1, datetime.now(UTC)), "Junk")
    shop.deliver(letters.relayed(person(1), datetime.now(UTC), auth="dmarc=fail"), "Junk")
    report = await shop.sync()

    assert (report["suspects"], report["rescued"], report["acknowledged"]) == (2, 0, 0)
    assert await shop.tickets() == []
    assert shop.smtp.mails == []
    assert len(shop.lying("Junk")) == 2
    assert shop.slack is not None
    posts = shop.slack.messages(CARDS, "helpdesk_review")
    assert len(posts) == 2
    assert all("ticket_reply" not in json.dumps(post) for post in posts)


async def test_promise_7_what_a_buyer_writes_is_data(shop: Shop) -> None:
    """No mention, no link with another label, no formula, no escape, no placeholder, no header comes out of a mail."""
    words = "<!channel> <https://evil.test|amazon.com> {{ 7*7 }} =HYPERLINK(1) \x1b[31mred \u202etxt.exe"
    raw = letters.relayed(person(1), datetime.now(UTC) - HOUR, words=words)
    shop.deliver(raw)
    await shop.sync()
    assert shop.slack is not None
    (card,) = shop.slack.messages(CARDS, "helpdesk_ticket")
    shown = json.dumps(card, ensure_ascii=False)
    assert "<!channel>" not in shown
    assert "<https://evil.test|" not in shown
    assert "\u202e" not in shown
    told = await shop.call("ticket", "show", "1")
    assert "\x1b" not in told
    assert "\u202e" not in told
    (ack,) = shop.smtp.mails
    assert b"49" not in ack.raw.partition(b"\r\n\r\n")[2].replace(b"111-0000001-0000007", b"")


async def test_promise_8_an_escalation_fires_once_and_by_mail_while_slack_is_away(shop: Shop) -> None:
    """Each step once, whatever restarts; with Slack down managers get one mail, and the post follows."""
    now = datetime.now(UTC)
    shop.deliver(letters.relayed(person(1), now - HOUR))
    await shop.sync()
    assert shop.slack is not None
    shop.slack.server.outage(3600)
    down = await shop.sync("--now", at(now + 12 * HOUR), code=1)
    again = await shop.sync("--now", at(now + 12 * HOUR), code=1)
    mails = [m for m in shop.smtp.mails if "boss@shop.example" in m.recipients]
    assert (down["escalated"], again["escalated"], len(mails)) == (1, 0, 1)
    assert person(1).order in mails[0].raw.decode()

    shop.slack.state.down_until = 0.0
    await shop.sync("--now", at(now + 13 * HOUR))
    await shop.sync("--now", at(now + 13 * HOUR))
    steps = [m["metadata"]["event_payload"]["step"] for m in shop.slack.messages(ESCALATIONS, "helpdesk_escalation")]
    assert steps == ["12h"]
    await shop.sync("--now", at(now + 30 * HOUR))
    steps = [m["metadata"]["event_payload"]["step"] for m in shop.slack.messages(ESCALATIONS, "helpdesk_escalation")]
    assert steps == ["12h", "24h"]


async def test_promise_9_everything_can_be_explained_afterwards(shop: Shop) -> None:
    """Why it was rescued, what was sent by which template, who clicked, when."""
    shop.deliver(letters.relayed(person(1), datetime.now(UTC) - HOUR), "Junk")
    await shop.sync()
    await shop.call("ticket", "ack", "1", "--as", "U0ANNA")
    events = {event["kind"]: event for event in (await shop.ticket(1))["events"]}

    assert events["rescued"]["detail"]["reasons"]
    assert events["acknowledged"]["detail"]["template"]
    assert events["taken"]["actor"] == "U0ANNA"
    assert all(event["at"].endswith("Z") for event in events.values())


async def test_promise_10_utc_inside_and_models_are_data(shop: Shop) -> None:
    """Times are told in UTC by machines; a model that was tampered with is refused with its name."""
    models = shop.folder / "models"
    shutil.copytree(ROOT / "models", models)
    (model,) = models.glob("*.skops")
    assert not list(models.glob("*.pkl"))
    model.write_bytes(model.read_bytes()[:-20] + b"x" * 20)
    from helpdesk.app.judging import LazyJudge
    from helpdesk.errors import ModelFileError

    with pytest.raises(ModelFileError, match=model.name):
        LazyJudge(models).load()
    shop.deliver(letters.direct(1, datetime(2026, 11, 24, 8, 0, tzinfo=UTC)))
    await shop.sync("--now", "2026-11-24T09:00:00Z")
    (ticket,) = await shop.tickets()
    assert ticket["received_at"] == "2026-11-24T08:00:00Z"
