"""A promise from the answer to the reminder: what an agent writes is kept in mind by the clock."""

from __future__ import annotations

from datetime import UTC, datetime

from helpdesk.domain import Mail, Ticket
from helpdesk.marketplaces.registry import PROFILES
from helpdesk.replies.desk import Desk
from helpdesk.replies.templates import Library
from helpdesk.resources import resource
from helpdesk.settings import Settings
from helpdesk.sla import job
from helpdesk.sla.clock import Rules
from helpdesk.sla.escalations import Desk as ClockDesk
from helpdesk.store import mails, outbox, tickets
from helpdesk.store.engine import Store

#: A Tuesday.
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
SERVER = {"host": "mail.shop.test", "port": 993}
SETTINGS = Settings.model_validate(
    {
        "timezone": "Europe/Berlin",
        "mailbox": [
            {
                "name": "shop", "address": "support@shop.test", "marketplace": "amazon",
                "imap": {**SERVER, "username": "u", "password": "p"}, "smtp": SERVER,
            }
        ],
    }
)  # fmt: skip


def rules_of(marketplace: str) -> Rules:
    """The profiles as they come."""
    return Rules(profile=PROFILES[marketplace].sla)


async def asked(store: Store) -> Ticket:
    """A buyer's ticket with the mail that began it."""
    buyer = "abcdefghij12345@marketplace.amazon.com"
    ticket = Ticket(
        mailbox="shop", marketplace="amazon", buyer=buyer, reply_to=buyer, subject="The lid", language="en",
        received_at=NOW, last_mail_at=NOW, created_at=NOW, updated_at=NOW,
    )  # fmt: skip
    async with store.write() as tx:
        [kept] = await tickets.add(tx, [ticket])
        mail = Mail(
            mailbox="shop", role="inbox", folder="INBOX", uidvalidity=1, uid=1, message_id="1@buyers.test",
            body_hash="0" * 64, arrived_at=NOW, clock_start=NOW, fetched_at=NOW, from_addr=buyer, customer=buyer,
            reply_to=buyer, subject="The lid", text="The lid is cracked.", verdict="buyer", ticket_id=kept.id,
        )  # fmt: skip
        await mails.add(tx, [mail])
    return kept


async def test_an_answer_that_names_a_date_is_recalled_before_it(store: Store) -> None:
    """The agent promises Friday: the owner is reminded on Thursday morning, once; the next answer ends the promise."""
    ticket = await asked(store)
    desk = Desk(store, SETTINGS, Library.load(resource("templates/replies")), rules_of, lambda: NOW)

    text = "We are sorry. We will send a new lid by Friday."
    outcome = await desk.reply(ticket.id, text, "UANNE", rev=0, key="1", confirmed="agreed with Maya")

    assert outcome.ok, outcome
    async with store.read() as tx:
        after = await tickets.get(tx, ticket.id)
    assert after is not None
    thursday = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)
    friday = datetime(2026, 11, 27, 23, 0, tzinfo=UTC)
    assert (after.remind_at, after.promised_at) == (thursday, friday)
    assert after.next_step_at == thursday

    clock = ClockDesk(rules_of=rules_of, channel="#alarm")
    for _ in range(2):
        await job.run_once(store, thursday, clock)
    async with store.read() as tx:
        keys = [row.key for row in await outbox.of_ticket(tx, ticket.id)]
        kinds = [event.kind for event in await tickets.events(tx, ticket.id)]
    assert [key for key in keys if key.startswith("reminder:")] == [f"reminder:{ticket.id}:{int(friday.timestamp())}"]
    assert kinds == ["reply_queued", "reminded"]

    await desk.reply(ticket.id, "It was sent on Thursday; we will write again by Monday.", "UANNE", rev=99, key="2")
    await desk.reply(ticket.id, "Your parcel has arrived, we see.", "UANNE", rev=99, key="3")
    async with store.read() as tx:
        last = await tickets.get(tx, ticket.id)
    assert last is not None
    assert (last.remind_at, last.promised_at) == (None, None)
