"""A day in a shop: forty mails of ten kinds over Dovecot, SMTP and Slack, to the answer in the buyer's mailbox."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from email.message import Message
from typing import Any

from helpdesk.sandbox import letters
from helpdesk.sandbox.letters import person
from tests.support.shop import CARDS, ESCALATIONS, Shop

HOUR = timedelta(hours=1)
ANSWER = "Thank you for waiting. Your parcel left our warehouse this morning and is on its way to you."


def a_day(now: datetime) -> list[tuple[str, bytes]]:
    """(folder, mail) of forty mails of ten kinds."""
    mails: list[tuple[str, bytes]] = []
    for number, language in enumerate(["en", "de", "fr", "it", "es"]):  # 1, 2: relay mail, new and old layout
        mails.append(("INBOX", letters.relayed(person(10 + number, language), now - HOUR, number=number)))
        old = letters.relayed(person(20 + number, language), now - 2 * HOUR, number=number, layout="old")
        mails.append(("INBOX", old))
    mails += [("INBOX", letters.direct(30 + n, now - HOUR, language=["en", "de", "fr"][n % 3])) for n in range(5)]  # 3
    for number in range(5):  # 4: follow-ups to the five of the new layout
        who = person(10 + number, ["en", "de", "fr", "it", "es"][number])
        mails.append(("INBOX", letters.relayed(who, now - HOUR / 2, number=50 + number, words="Any news, please?")))
    mails += [("INBOX", letters.bounce(n, now - HOUR)) for n in range(3)]  # 5
    mails += [("INBOX", letters.out_of_office(n, now - HOUR)) for n in range(4)]  # 6
    mails += [("INBOX", letters.newsletter(n, now - HOUR)) for n in range(5)]  # 7
    mails += [mails[0], mails[1]]  # duplicates of two
    mails += [
        ("Junk", letters.relayed(person(60 + n, "en"), now - HOUR, number=n)) for n in range(2)
    ]  # 8: a buyer in Junk
    mails.append(("Junk", letters.relayed(person(70, "ja"), now - 21 * HOUR)))  # one that lay 21 hours
    mails += [("Junk", letters.spoof(n, now - HOUR)) for n in range(2)]  # 9
    mails.append(("INBOX", letters.attached(person(80), now - HOUR, 20_000_000)))  # 10
    return mails


def text_of(mail: Message) -> str:
    """A plain mail's text."""
    data = mail.get_payload(decode=True)
    assert isinstance(data, bytes)
    return data.decode("utf-8")


async def test_a_day(shop: Shop) -> None:
    """The right tickets, one acknowledgement and one card each, the buyer rescued, the spoof left and reported, the
    late one escalated, an answer from the Slack form threaded at the exact alias, and the clock stopped."""
    now = datetime.now(UTC)
    day = a_day(now)
    assert len(day) == 40
    for folder, raw in day:
        shop.deliver(raw, folder)

    report = await shop.sync()
    found = await shop.tickets()
    buyers = {person(10 + n, lang).alias for n, lang in enumerate(["en", "de", "fr", "it", "es"])}
    buyers |= {person(20 + n, lang).alias for n, lang in enumerate(["en", "de", "fr", "it", "es"])}
    buyers |= {person(60).alias, person(61).alias, person(70, "ja").alias, person(80).alias}

    assert buyers <= {t["buyer"] for t in found}
    assert len(found) == 19  # 10 relay, 5 direct, 3 in Junk, 1 with the picture
    assert Counter(t["mails"] for t in found) == {1: 14, 2: 5}
    assert (report["fetched"], report["rescued"], report["suspects"]) == (38, 3, 2)
    assert (report["acknowledged"], report["escalated"], report["quarantined"], report["failed"]) == (19, 1, 0, 0)
    acks = Counter(m.recipients[0] for m in shop.smtp.mails)
    assert set(acks.values()) == {1}
    assert len(acks) == 19
    assert {t["ack"] for t in found} == {"sent"}
    assert [t["language"] for t in found if t["buyer"] == person(12, "fr").alias] == ["fr"]

    # one card each; the spoof left and reported
    assert shop.slack is not None
    cards = shop.slack.messages(CARDS, "helpdesk_ticket")
    numbers = Counter(m["metadata"]["event_payload"]["ticket"] for m in cards)
    assert numbers == {t["ticket"]: 1 for t in found}
    assert all("*Now:*" in str(m["blocks"]) for m in cards)  # the playbook's advice
    reviews = shop.slack.messages(CARDS, "helpdesk_review")
    assert len(reviews) == 2
    assert all("review_rescue" not in str(m["blocks"]) for m in reviews)
    assert len(shop.lying("Junk")) == 2

    # the late one is escalated at its highest passed step, naming the other
    (escalation,) = shop.slack.messages(ESCALATIONS, "helpdesk_escalation")
    assert escalation["metadata"]["event_payload"]["step"] == "20h"
    assert "12h" in str(escalation["blocks"])

    await the_answer(shop, found)

    again = await shop.sync()
    assert {k: again[k] for k in ("fetched", "filed", "acknowledged", "escalated")} == {
        "fetched": 0, "filed": 0, "acknowledged": 0, "escalated": 0,
    }  # fmt: skip


async def the_answer(shop: Shop, found: list[dict[str, Any]]) -> None:
    """Anna answers the first relay ticket through the form, while helpdesk runs."""
    assert shop.slack is not None
    slack = shop.slack
    who = person(10)
    number = next(t["ticket"] for t in found if t["buyer"] == who.alias)
    (card,) = [
        m for m in slack.messages(CARDS) if m.get("metadata", {}).get("event_payload", {}).get("ticket") == number
    ]
    async with shop.running():
        await slack.connected(seconds=60)
        done = await slack.click(card, "ticket_reply", user="U0ANNA")
        assert not done.late
        (form,) = await slack.until(lambda: slack.open_views("U0ANNA"))
        assert form.view["callback_id"] == "ticket_reply_form"
        await slack.submit_view(form, {"reply": ANSWER})
        await slack.until(lambda: len(shop.smtp.mails) == 20, seconds=60)
        sent = shop.smtp.mails[-1]
        mail = sent.parsed
        assert sent.recipients == (who.alias,) or list(sent.recipients) == [who.alias]
        assert ANSWER in text_of(mail).replace("\r\n", " ").replace("\n", " ")
        assert mail["Subject"].replace("\r\n", "").replace("\n", "").startswith("Re: Order delivery inquiry")
        assert mail["In-Reply-To"].strip("<>").startswith(who.relay)
        assert "Auto-Submitted" not in mail

        async def answered() -> bool:
            return bool((await shop.ticket(number))["status"] == "answered")

        for _ in range(40):
            if await answered():
                break
    ticket = await shop.ticket(number)
    assert ticket["status"] == "answered"
    assert ticket["due_at"] is None
    kinds = [event["kind"] for event in ticket["events"]]
    assert "answered" in kinds
    assert next(e["actor"] for e in ticket["events"] if e["kind"] == "answered") == "U0ANNA"
