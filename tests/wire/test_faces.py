"""The faces that others rely on, driven from outside: commands, mail and a Slack that knows only the common methods."""

from __future__ import annotations

import asyncio
import json
import subprocess
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import SMTP

from helpdesk.sandbox import letters
from helpdesk.sandbox.letters import person
from tests.support.postgres import Postgres
from tests.support.shop import CARDS, ESCALATIONS, Shop, command, environment

HOUR = timedelta(hours=1)
KEYS = {
    "ticket", "status", "mailbox", "marketplace", "buyer", "subject", "order_ids", "language", "topic", "owner",
    "received_at", "due_at", "answered_at", "mails", "ack",
}  # fmt: skip
ANSWER = "Thank you for waiting. Your parcel left our warehouse this morning and is on its way to you."


async def status(shop: Shop, number: int = 1) -> str:
    """A ticket's status by `tickets --json`."""
    return next(str(t["status"]) for t in await shop.tickets() if t["ticket"] == number)


async def test_a_ticket_goes_through_its_states_by_commands(shop: Shop) -> None:
    """new → open → snoozed → answered → open by the buyer's mail → resolved → reopened → resolved → open."""
    now = datetime.now(UTC)
    shop.deliver(letters.relayed(person(1), now - HOUR))
    await shop.sync()
    (ticket,) = await shop.tickets()
    assert set(ticket) >= KEYS
    assert (ticket["status"], ticket["owner"], ticket["ack"]) == ("new", None, "sent")

    await shop.call("ticket", "ack", "1")
    assert await status(shop) == "open"
    await shop.call("ticket", "assign", "1", "U0ANNA")
    await shop.call("ticket", "assign", "1", "nobody", code=2)
    assert (await shop.tickets())[0]["owner"] == "U0ANNA"
    for year in ("0001", "1969", "9999"):
        for words in (("sync",), ("sla",), ("call", "--summary", "x"), ("ticket", "snooze", "1")):
            option = {"call": "--at", "ticket": "--until"}.get(words[0], "--now")
            await shop.call(*words, option, f"{year}-12-31T23:59:59-11:00", code=2)
    await shop.call("ticket", "snooze", "1", "--until", (now + 500 * 24 * HOUR).isoformat(), code=1)
    await shop.call("ticket", "snooze", "1", "--until", (now + 5 * HOUR).isoformat())
    assert await status(shop) == "snoozed"
    await shop.call("ticket", "reply", "1", "--text", ANSWER)
    assert await status(shop) == "answered"
    shop.deliver(
        letters.relayed(person(1), datetime.now(UTC), number=3, words="And where is the second parcel, please?")
    )
    await shop.sync()
    (ticket,) = await shop.tickets()
    assert (ticket["status"], ticket["mails"]) in {("open", 2), ("new", 2)}
    await shop.call("ticket", "no-response", "1")
    assert await status(shop) == "resolved"
    await shop.call("ticket", "reopen", "1")
    assert await status(shop) in {"open", "new"}
    await shop.call("ticket", "resolve", "1")
    assert await status(shop) == "resolved"
    shop.deliver(letters.relayed(person(1), datetime.now(UTC), number=4, words="The lid is broken, what can I do?"))
    await shop.sync()
    assert [(t["ticket"], t["status"]) for t in await shop.tickets()] in ([(1, "open")], [(1, "new")])
    shown = await shop.ticket(1)
    assert all({"at", "kind", "actor", "detail"} <= set(event) for event in shown["events"])
    for words in (("show",), ("ack",), ("reply", "--text", "x"), ("resolve",), ("assign",)):
        more = ("U0ANNA",) if words[0] == "assign" else words[1:]
        await shop.call("ticket", words[0], "99", *more, code=2)
        await shop.call("ticket", words[0], "9" * 30, *more, code=2)


async def test_an_acknowledgement_names_the_earliest_mail_and_the_alias_as_received(shop: Shop) -> None:
    """Two mails wait: In-Reply-To and References name the first; To keeps letter case and +case."""
    now = datetime.now(UTC)
    who = person(1)
    alias = who.alias.replace("@", "+AbC12@").replace(who.relay, who.relay.upper())
    for number, age in ((1, 1), (2, 3)):
        raw = letters.relayed(who, now - age * HOUR, number=number, words=f"Question number {number}, please answer.")
        mail = message_from_bytes(raw, policy=SMTP)
        for name in ("From", "Message-ID"):
            del mail[name]
        mail["From"] = f"Anna Berg <{alias}>"
        mail["Message-ID"] = f"<number-{number}@relay.test>"
        shop.deliver(mail.as_bytes())
    await shop.sync()
    (sent,) = shop.smtp.mails
    assert sent.recipients == (alias,)
    ours = sent.parsed
    assert alias in ours["To"]
    assert ours["From"].endswith("support@shop.example") or "<support@shop.example>" in ours["From"]
    assert (ours["Auto-Submitted"], ours["In-Reply-To"]) == ("auto-replied", "<number-2@relay.test>")
    assert "<number-2@relay.test>" in ours["References"]
    assert ours["Message-ID"]
    assert ours["Date"]


async def test_the_same_message_id_in_two_mailboxes_is_two_tickets(shop: Shop) -> None:
    """Each mailbox is a shop of its own."""
    other = shop.dovecot.new_user()
    text = shop.config.read_text()
    head, _, rest = text.partition("[[mailbox]]")
    box, _, tail = rest.partition("[reports]")
    second = box.replace('name = "shop"', 'name = "second"').replace(shop.user, other)
    shop.config.write_text(f"{head}[[mailbox]]{box}[[mailbox]]{second}[reports]{tail}")
    raw = letters.relayed(person(1), datetime.now(UTC) - HOUR)
    shop.dovecot.deliver(shop.user, raw)
    shop.dovecot.deliver(other, raw)
    await shop.sync()
    assert sorted(t["mailbox"] for t in await shop.tickets()) == ["second", "shop"]


async def test_acknowledge_draft_and_off(shop: Shop) -> None:
    """A marketplace set to draft or off sends nothing by itself and says so."""
    shop.configure('[acknowledge]\namazon = "draft"\ndirect = "off"')
    now = datetime.now(UTC)
    shop.deliver(letters.relayed(person(1), now - HOUR))
    shop.deliver(letters.direct(2, now - HOUR))
    await shop.sync()
    assert shop.smtp.mails == []
    assert {(t["marketplace"], t["ack"]) for t in await shop.tickets()} == {("amazon", "draft"), ("direct", "off")}


async def test_a_slack_that_knows_only_posting(shop: Shop) -> None:
    """Lists of channels, people and groups refused: cards and escalations still arrive, by the channel's name."""
    assert shop.slack is not None
    for method in ("conversations.list", "users.info", "users.list", "usergroups.users.list", "usergroups.list",
                   "conversations.join", "conversations.info", "conversations.history", "conversations.replies",
                   "chat.getPermalink", "views.publish"):  # fmt: skip
        shop.slack.state.fault(method, "unknown_method", 10_000)
    now = datetime.now(UTC)
    shop.deliver(letters.relayed(person(1), now - 21 * HOUR))
    report = await shop.sync(code=None)
    assert len(shop.slack.messages(CARDS, "helpdesk_ticket")) == 1
    assert len(shop.slack.messages(ESCALATIONS, "helpdesk_escalation")) == 1
    assert report["failed"] == 0
    shop.deliver(letters.relayed(person(1), now, number=7, words="Hello again, any news?"))
    assert (await shop.sync(code=None))["failed"] == 0


async def test_without_slack_an_escalation_goes_by_mail(shop: Shop) -> None:
    """No [slack] table: the managers' mail names ticket and order, once; the second pass finds nothing."""
    shop.slack = None
    shop.configure()
    shop.deliver(letters.relayed(person(1), datetime.now(UTC) - 21 * HOUR))
    await shop.sync(code=None)
    await shop.sync(code=None)
    mails = [m for m in shop.smtp.mails if "boss@shop.example" in m.recipients]
    assert len(mails) == 1
    assert person(1).order in mails[0].raw.decode()


async def test_run_refuses_an_empty_postgresql_until_it_is_upgraded(shop: Shop, postgres: Postgres) -> None:
    """One line and exit 2 on an empty schema; `db upgrade` makes it; `db current` names the revision."""
    shop.database = postgres.fresh_database()
    shop.configure()
    async with shop.running() as process:
        code = await process.wait()
    log = (shop.folder / "run.log").read_text()
    assert code in {1, 2}
    assert "db upgrade" in log
    assert len(log.splitlines()) == 1
    await shop.call("db", "upgrade")
    assert (await shop.call("db", "current")).strip()
    shop.deliver(letters.relayed(person(1), datetime.now(UTC) - HOUR))
    assert (await shop.sync())["filed"] == 1


async def test_classify_takes_a_folder_and_names_its_fields(shop: Shop) -> None:
    """Every file a line with every field, the broken one too."""
    folder = shop.folder / "mails" / "deep"
    folder.mkdir(parents=True)
    (folder / "one.eml").write_bytes(letters.relayed(person(1), datetime.now(UTC)))
    (folder / "two").write_bytes(b"\x00\x01")
    lines = [json.loads(line) for line in (await shop.call("classify", "mails", "--json")).splitlines()]
    assert len(lines) == 2
    for line in lines:
        assert {"file", "verdict", "score", "reasons", "channel", "kind", "order_ids", "language", "topic", "cause",
                "authentic", "clock_start", "customer", "reply_to"} <= set(line)  # fmt: skip


async def test_a_group_of_commands_without_one_says_what_is_missing(shop: Shop) -> None:
    """One line on stderr that tells what to do, never a class's name; exit 2."""
    for group in ("feedback", "ticket", "db"):
        process = await asyncio.create_subprocess_exec(
            *command(group), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment(), cwd=shop.folder
        )
        _, err = await process.communicate()
        assert (process.returncode, err.decode()) == (2, f"helpdesk: name a command (see helpdesk {group} --help)\n")
