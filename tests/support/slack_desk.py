"""A desk for the listeners' tests: the rules of tickets/lifecycle over a store, and answers that tests can bend."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from helpdesk.domain import Event, Ticket
from helpdesk.errors import RefusedError
from helpdesk.replies.outcomes import DraftView, Outcome, Preview, ReplyOutcome
from helpdesk.sandbox.slack import SlackStandIn
from helpdesk.slack.commands import Clerk
from helpdesk.slack.door import SlackDoor
from helpdesk.slack.listeners import Listeners
from helpdesk.store import tickets
from helpdesk.store.engine import Store
from helpdesk.tickets import lifecycle
from tests.support.slack import BOARD, NOW, Desk
from tests.support.slack_samples import a_draft

CHANGES: dict[str, Callable[..., Ticket]] = {
    "acknowledge": lambda t, actor, **_: lifecycle.acknowledge(t, actor, NOW),
    "assign": lambda t, _actor, owner, **_: lifecycle.assign(t, owner, NOW),
    "resolve": lambda t, actor, **_: lifecycle.resolve(t, actor, NOW),
    "no_response": lambda t, actor, **_: lifecycle.resolve(t, actor, NOW),
    "not_a_buyer": lambda t, actor, **_: lifecycle.not_a_buyer(t, actor, NOW),
    "reopen": lambda t, actor, **_: lifecycle.reopen(t, actor, NOW),
    "snooze": lambda t, _actor, until, **_: lifecycle.snooze(t, until, NOW),
}
EVENTS = {"acknowledge": "taken", "assign": "assigned", "resolve": "resolved", "snooze": "snoozed"}


class BentDesk:
    """Keeps slack/desk.py's promises; `slow` seconds before each work, `answer` instead of the reply's outcome."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.slow = 0.0
        self.answer: ReplyOutcome | None = None
        self.sent: dict[str, tuple[int, str, str, str]] = {}
        self.calls: list[dict[str, Any]] = []
        self.reviews: dict[int, str] = {}

    async def act(
        self,
        ticket: int,
        action: str,
        actor: str,
        *,
        owner: str | None = None,
        until: datetime | None = None,
        reason: str = "",
    ) -> Outcome:
        """One action under the lifecycle's rules."""
        await asyncio.sleep(self.slow)
        async with self.store.write() as tx:
            before = (await tickets.lock(tx, [ticket])).get(ticket)
            if before is None:
                raise RefusedError(f"There is no ticket #{ticket}.")
            try:
                after = CHANGES[action](before, actor, owner=owner, until=until)
            except RefusedError as error:
                return Outcome(ok=False, text=str(error), holder=before.owner)
            await tickets.save(tx, after)
            detail = {"owner": owner} if owner else {"reason": reason} if reason else {}
            kind = EVENTS.get(action, action)
            await tickets.log(tx, [Event(ticket_id=ticket, at=NOW, kind=kind, actor=actor, detail=detail)])
        return Outcome(ok=True, ticket=ticket)

    async def correct_topic(self, ticket: int, topic: str, cause: str | None, actor: str) -> Outcome:
        """Under the lifecycle's rule."""
        async with self.store.write() as tx:
            before = (await tickets.lock(tx, [ticket]))[ticket]
            try:
                after = lifecycle.retopic(before, topic, cause, NOW)
            except RefusedError as error:
                return Outcome(ok=False, text=str(error), ticket=ticket)
            await tickets.save(tx, after)
            detail = {"topic": topic, "cause": cause or ""}
            await tickets.log(tx, [Event(ticket_id=ticket, at=NOW, kind="topic", actor=actor, detail=detail)])
        return Outcome(ok=True, ticket=ticket)

    async def draft_for(self, ticket: int, actor: str, template: str | None = None) -> DraftView:  # noqa: ARG002 -- the desk's signature
        """A fixed draft a template."""
        await asyncio.sleep(self.slow)
        async with self.store.read() as tx:
            found = await tickets.get(tx, ticket)
        if found is None:
            raise RefusedError(f"There is no ticket #{ticket}.")
        text = f"Draft {template}" if template else "Guten Tag Anna"
        return replace(a_draft(), ticket=found, rev=found.rev, text=text, template=template or "tracking")

    async def preview(self, ticket: int, text: str, actor: str) -> Preview:  # noqa: ARG002 -- the desk's signature
        """The text and one warning."""
        return Preview(text=text, warnings=("look again",))

    async def reply(
        self,
        ticket: int,
        text: str,
        actor: str,
        *,
        rev: int,
        key: str,
        resolve: bool = False,  # noqa: ARG002 -- the desk's signature
        confirmed: str = "",
        origin: str = "",  # noqa: ARG002 -- the desk's signature
        drafted: str = "",  # noqa: ARG002 -- the desk's signature
    ) -> ReplyOutcome:
        """Sent once per key; not on a form older than a colleague's answer."""
        await asyncio.sleep(self.slow)
        if self.answer is not None and not confirmed:
            return self.answer
        async with self.store.write() as tx:
            before = (await tickets.lock(tx, [ticket]))[ticket]
            if key in self.sent:
                return ReplyOutcome(ok=True)
            others = [who for number, _, who, _ in self.sent.values() if number == ticket and who != actor]
            if others and before.rev > rev:
                said = f"<@{others[-1]}> answered #{ticket} before you; your answer was not sent."
                return ReplyOutcome(ok=False, message=said, errors={"reply": said}, answered_by=others[-1])
            self.sent[key] = (ticket, text, actor, confirmed)
            await tickets.change(tx, ticket, rev=before.rev + 1, owner=before.owner or actor)
        return ReplyOutcome(ok=True)

    async def review(self, mail: int, decision: str, actor: str) -> Outcome:
        """Decided once."""
        if mail in self.reviews:
            return Outcome(ok=False, text=f"Already decided: {self.reviews[mail]}.")
        self.reviews[mail] = f"{decision} by <@{actor}>"
        return Outcome(ok=True)

    async def log_call(self, **given: Any) -> Outcome:
        """Kept."""
        self.calls.append(given)
        return Outcome(ok=True, text="Logged as #77.", ticket=77)

    async def call_back(self, ticket: int, actor: str, at: datetime | None = None, summary: str = "") -> Outcome:
        """Kept."""
        self.calls.append({"ticket": ticket, "actor": actor, "at": at, "summary": summary})
        return Outcome(ok=True, ticket=ticket)

    async def queue(self) -> list[Ticket]:
        """All that waits."""
        async with self.store.read() as tx:
            return await tickets.open_ones(tx)

    async def mine(self, user: str) -> list[Ticket]:
        """A user's."""
        async with self.store.read() as tx:
            return await tickets.of_owner(tx, user)

    async def find(self, text: str) -> list[Ticket]:
        """By order."""
        async with self.store.read() as tx:
            return [t for t in await tickets.listing(tx) if text in t.order_ids]


class Office:
    """Listeners, clerk, job and stand-in together."""

    def __init__(self, slack: SlackStandIn, door: SlackDoor, store: Store) -> None:
        self.slack, self.bent, self.job = slack, BentDesk(store), Desk(store, door)
        self.clerk = Clerk(self.bent, door, store, BOARD, lambda: NOW)
        self.listeners = Listeners(
            self.clerk, bot_token=slack.state.bot_token, app_token=slack.state.app_token, api_url=slack.url, ping=0.3
        )


@pytest.fixture
async def office(slack: SlackStandIn, door: SlackDoor, store: Store) -> AsyncIterator[Office]:
    """A connected office."""
    made = Office(slack, door, store)
    await made.listeners.start()
    await slack.connected()
    yield made
    await made.listeners.stop()
