"""The real desk in Slack: from a buyer's filed mail over the stand-in's clicks to the SMTP server and back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from helpdesk.domain import Mail
from helpdesk.replies.desk import Desk
from helpdesk.replies.job import Way, run_once
from helpdesk.replies.smtp import SmtpAccess, SmtpDoor
from helpdesk.replies.templates import Library
from helpdesk.resources import resource
from helpdesk.sandbox.slack import SlackStandIn
from helpdesk.sandbox.slack_state import OpenView
from helpdesk.settings import Settings
from helpdesk.slack.commands import Clerk
from helpdesk.slack.door import SlackDoor
from helpdesk.slack.job import run_once as slack_once
from helpdesk.slack.listeners import Listeners
from helpdesk.store.engine import Store
from tests.store.test_filing import buyer, file
from tests.support.people import NOW
from tests.support.slack import BOARD, CHANNEL
from tests.support.smtpd import Smtpd, smtpd

TEXT = "Thank you for your message. We have looked into it, and your parcel left our warehouse this morning."


@dataclass
class House:
    """Everything between a buyer's filed mail and the SMTP server."""

    slack: SlackStandIn
    store: Store
    desk: Desk
    clerk: Clerk
    door: SlackDoor
    way: Way
    far: Smtpd
    now: datetime

    async def work(self) -> None:
        """Mails out, then Slack, until nothing moves."""
        for _ in range(30):
            moved = await run_once(self.store, self.way)
            moved += await slack_once(self.store, self.door, BOARD, self.now, worker="test")
            if not moved:
                return

    async def buyer_writes(self, number: int, **changes: Any) -> None:
        """A mail of the buyer's is filed."""
        mail: Mail = buyer(number, **changes)
        await file(self.store, mail, now=self.now)
        await self.work()

    def card(self) -> dict[str, Any]:
        """The ticket's card."""
        [card] = self.slack.messages(CHANNEL, "helpdesk_ticket")
        return card

    def thread(self) -> str:
        """The texts below it."""
        return "\n".join(message["text"] + str(message["blocks"]) for message in self.slack.thread(self.card()))

    async def form(self, user: str) -> OpenView:
        """Open the reply form."""
        await self.slack.click(self.card(), "ticket_reply", user=user)
        return self.slack.open_views(user)[-1]


@pytest.fixture
async def house(slack: SlackStandIn, door: SlackDoor, store: Store) -> AsyncIterator[House]:
    """A house two hours after the buyer wrote; acknowledgements off, to see the answers alone."""
    server = {"host": "127.0.0.1", "security": "none"}
    box = {"name": "shop", "address": "support@shop.test", "sender_name": "Shop", "imap": server, "smtp": server}
    settings = Settings.model_validate({"mailbox": [box]})
    library = Library.load(resource("templates/replies"))
    now = NOW + timedelta(hours=2)
    async with smtpd() as far:
        mailer = SmtpDoor(SmtpAccess(far.host, far.port, "none", timeout=2))
        way = Way(
            settings=settings,
            library=library,
            rules=settings.rules,
            doors={"shop": mailer},
            worker="t",
            now=lambda: now,
        )
        desk = Desk(store, settings, library, settings.rules, lambda: now)
        clerk = Clerk(desk, door, store, BOARD, lambda: now)
        listeners = Listeners(
            clerk, bot_token=slack.state.bot_token, app_token=slack.state.app_token, api_url=slack.url
        )
        await listeners.start()
        await slack.connected()
        yield House(slack, store, desk, clerk, door, way, far, now)
        await listeners.stop()
        await mailer.close()


def answers(house: House) -> list[str]:
    """The answers that reached the SMTP server, without acknowledgements."""
    found: list[Any] = [mail.parsed for mail in house.far.mails if mail.parsed.get("Auto-Submitted") is None]
    return [mail.get_payload(decode=True).decode("utf-8") for mail in found]
