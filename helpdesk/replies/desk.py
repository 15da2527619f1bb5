"""The desk: what an agent does to a ticket, from Slack or from a shell. The same work, the same truth told to both.

Every call is one transaction through the ledger, stored before it returns, and harmless when repeated. Texts for the
agent hold nothing that a buyer wrote.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from helpdesk.domain import MailState, Status, Ticket, Verdict
from helpdesk.errors import RefusedError
from helpdesk.replies.answering import Answering
from helpdesk.replies.calls import Calls
from helpdesk.replies.outcomes import Outcome
from helpdesk.replies.teaching import Teaching, example_of
from helpdesk.sla.ledger import Conversation, Ledger
from helpdesk.store import learning, mails, tickets
from helpdesk.tickets import lifecycle

ORDER_SIGNS = frozenset("-0123456789")


class Desk(Answering, Calls, Teaching):
    """Actions on tickets and on mails in review; answering and phone calls stand in their own files."""

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
        """Do one of slack/desk.py's ACTIONS; a refusal tells who has the ticket or why not."""
        now = self.now()
        async with self.store.write() as tx:
            ledger = Ledger(tx, self.rules_of)
            conversation = await ledger.one(ticket)
            if conversation is None:
                return Outcome(ok=False, text=f"There is no ticket #{ticket}.")
            held, before = conversation.ticket.owner, conversation.ticket.status
            try:
                text = _ACTIONS[action](conversation, actor, now, Given(owner, until, reason))
            except RefusedError as error:
                return Outcome(ok=False, text=str(error), holder=held if held != actor else None, ticket=ticket)
            if action == "not_a_buyer" or (action == "reopen" and before == Status.NOT_A_BUYER):
                await self.learn_ticket(tx, conversation, action, actor, now)
            await ledger.save()
        self.wake()
        return Outcome(ok=True, text=text, ticket=ticket)

    async def review(self, mail: int, decision: str, actor: str) -> Outcome:
        """Decide on a mail in review, or close a suspect; a suspect is never rescued (promise 6)."""
        now = self.now()
        async with self.store.write() as tx:
            found = await mails.get(tx, mail)
            if found is None or found.verdict not in {Verdict.REVIEW, Verdict.SUSPECT, Verdict.BUYER}:
                return Outcome(ok=False, text=f"There is no mail {mail} in review.")
            if found.reason or found.verdict == Verdict.BUYER:
                return Outcome(ok=False, text=f"Already decided: {found.reason or 'rescued'}.", ticket=found.ticket_id)
            if decision == "leave":
                await mails.change(tx, mail, reason=f"left by <@{actor}>")
                label = "phish" if found.verdict == Verdict.SUSPECT else "spam"
            elif found.verdict == Verdict.SUSPECT:
                return Outcome(ok=False, text="A suspect is never rescued or answered.")
            else:
                reasons = [*found.reasons, f"rescued by <@{actor}>"]
                await mails.change(
                    tx, mail, verdict=Verdict.BUYER, state=MailState.NEW, reasons=reasons,
                    reason=f"rescued by <@{actor}>",
                )  # fmt: skip
                label = "buyer"
            await learning.add_examples(tx, [example_of(found, decision, label, actor, now)])
        self.wake()
        return Outcome(ok=True, text="Rescued: it becomes a ticket." if decision == "rescue" else "Left where it lies.")

    async def queue(self) -> list[Ticket]:
        """Unanswered tickets, the most urgent first."""
        async with self.store.read() as tx:
            return await tickets.open_ones(tx)

    async def mine(self, user: str) -> list[Ticket]:
        """The user's tickets that are not closed, the most urgent first."""
        async with self.store.read() as tx:
            return await tickets.of_owner(tx, user)

    async def find(self, text: str) -> list[Ticket]:
        """Tickets by number, order, buyer or words, the newest first, at most 20."""
        words = " ".join(text.split())[:200]
        if not words:
            return []
        async with self.store.read() as tx:
            bare = words.removeprefix("#")
            numbers = [int(bare)] if bare.isascii() and bare.isdigit() and len(bare) < 12 else []
            named = await tickets.numbers_by_order(tx, words)
            named += await tickets.numbers_of_buyer(tx, [box.name for box in self.settings.mailbox], words)
            numbers += named
            if not named and not (numbers and words.startswith("#")):  # else it is named outright
                numbers += await mails.find(tx, words) + await tickets.numbers_by_buyer(tx, words)
            found = [await tickets.get(tx, number) for number in list(dict.fromkeys(numbers))[:20]]
        return [ticket for ticket in found if ticket is not None]


@dataclass(frozen=True, slots=True)
class Given:
    """What an action is told beside its ticket."""

    owner: str | None = None
    until: datetime | None = None
    reason: str = ""


Action = Callable[[Conversation, str, datetime, Given], str]


def _acknowledge(it: Conversation, actor: str, now: datetime, _given: Given) -> str:
    free = not it.ticket.owner
    it.change(lifecycle.acknowledge(it.ticket, actor, now), now)
    it.note("taken", now, actor)
    return f"#{it.ticket.id} is yours." if free else f"#{it.ticket.id} is yours already."


def _assign(it: Conversation, actor: str, now: datetime, given: Given) -> str:
    if not given.owner:
        raise RefusedError("Name who shall have the ticket.")
    it.change(lifecycle.assign(it.ticket, given.owner, now), now)
    it.note("assigned", now, actor, owner=given.owner)
    return f"#{it.ticket.id} is with <@{given.owner}>."


def _no_response(it: Conversation, actor: str, now: datetime, _given: Given) -> str:
    it.no_response(actor, now)
    return f"#{it.ticket.id} needs no response; resolved."


def _resolve(it: Conversation, actor: str, now: datetime, _given: Given) -> str:
    it.change(lifecycle.resolve(it.ticket, actor, now), now)
    it.note("resolved", now, actor)
    if it.clock.anchor is not None:
        return f"#{it.ticket.id} is resolved, though the buyer's last message has no answer: it counts as unanswered."
    return f"#{it.ticket.id} is resolved."


def _reopen(it: Conversation, actor: str, now: datetime, _given: Given) -> str:
    it.reopen(actor, now)
    return f"#{it.ticket.id} is open again."


def _snooze(it: Conversation, actor: str, now: datetime, given: Given) -> str:
    if given.until is None:
        raise RefusedError("Name a time until which the ticket sleeps.")
    it.change(lifecycle.snooze(it.ticket, given.until, now), now)
    it.note("snoozed", now, actor, until=given.until.isoformat(), reason=given.reason.strip()[:300])
    return f"#{it.ticket.id} sleeps until {given.until:%Y-%m-%d %H:%M} UTC."


def _not_a_buyer(it: Conversation, actor: str, now: datetime, _given: Given) -> str:
    it.not_a_buyer(actor, now)
    return f"#{it.ticket.id} was not a buyer."


_ACTIONS: dict[str, Action] = {
    "acknowledge": _acknowledge,
    "assign": _assign,
    "no_response": _no_response,
    "resolve": _resolve,
    "reopen": _reopen,
    "snooze": _snooze,
    "not_a_buyer": _not_a_buyer,
}
