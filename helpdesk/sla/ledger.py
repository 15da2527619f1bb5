"""The one way in which a job changes a conversation: loaded under lock, changed by pure functions, written back whole.

Every job that receives, answers, assigns or closes goes through a Ledger inside its own transaction, so that status
(tickets/lifecycle.py), clock (sla/clock.py) and events can never be written one without the other. It speaks to the
store alone and looks at no clock: `now` is handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from helpdesk.domain import Event, Mail, Message, Ticket
from helpdesk.sla.clock import (
    ACKNOWLEDGED,
    ANSWERED,
    ELSEWHERE,
    KINDS,
    NO_RESPONSE_NEEDED,
    NOT_A_BUYER,
    REFUSED,
    REOPENED,
    Clock,
    Rules,
    Stop,
    clock_of,
    message,
)
from helpdesk.sla.policy import set_by
from helpdesk.store import tickets
from helpdesk.store.engine import Tx
from helpdesk.tickets import lifecycle

RulesOf = Callable[[str], Rules]

BUYER, SELF = "buyer", "helpdesk"


@dataclass(slots=True)
class Conversation:
    """A ticket with its clock, as it changes within one transaction."""

    ticket: Ticket
    clock: Clock
    before: Clock
    log: list[Event] = field(default_factory=list)
    touched: bool = False

    def note(self, kind: str, at: datetime, actor: str = SELF, mail_id: int | None = None, **detail: Any) -> None:
        """Append an event."""
        self.log.append(Event(ticket_id=self.ticket.id, at=at, kind=kind, actor=actor, detail=detail, mail_id=mail_id))

    def change(self, ticket: Ticket, now: datetime) -> None:
        """Take what a lifecycle function returned, and set the clock's fields by it."""
        self.touched = True
        self.ticket = ticket.evolve(**set_by(self.clock, ticket, now))

    def receive(self, mail: Mail, now: datetime, why: str = "") -> None:
        """A buyer's mail: counts from its own arrival, whenever it was found."""
        counted = message(
            self.clock.rules,
            received_at=mail.clock_start,
            ticket_id=self.ticket.id,
            mail_id=mail.id or None,
            marketplace=self.ticket.marketplace,
            topic=mail.topic or "other",
            old=mail.old,
        )
        if any(stop.settles(counted) and stop.agent not in ELSEWHERE for stop in self.clock.stops):
            counted = counted.evolve(found_at=now)
        self.clock = self.clock.received(counted)
        ticket = lifecycle.received(self.ticket, mail, now)
        if self._waits_no_more(counted):
            # found late: it was answered before we saw it
            ticket = lifecycle.answered(ticket, now, still_waiting=False)
        detail = {"subject": mail.subject[:200], "from": mail.customer, **({"why": why} if why else {})}
        self.note("received", mail.clock_start, BUYER, mail.id or None, **detail)
        self.change(ticket, now)

    def _waits_no_more(self, counted: Message) -> bool:
        if self.clock.anchor is not None:
            return False
        return any(one.answered_at for one in self.clock.messages if one.mail_id == counted.mail_id)

    def answer(self, at: datetime, agent: str, now: datetime, **detail: Any) -> None:
        """A person answered at `at`: that settles every earlier message of the conversation (DESIGN 4, sla)."""
        self.clock = self.clock.answered(at, agent)
        self.note(ANSWERED, at, agent, rev=self.ticket.rev + 1, **detail)
        self.change(lifecycle.answered(self.ticket, now, still_waiting=self.clock.anchor is not None), now)

    def refuse(self, answered_at: datetime, now: datetime, why: str, **detail: Any) -> None:
        """The answer of that moment never arrived: the clock runs on from its first anchor (DOMAIN 0.8)."""
        self.clock = self.clock.refused(answered_at)
        told = {"at": answered_at.isoformat(), "why": why, **detail}
        self.log.append(Event(ticket_id=self.ticket.id, at=now, kind=REFUSED, actor=SELF, detail=told))
        self.change(lifecycle.refused(self.ticket, now), now)

    def no_response(self, actor: str, now: datetime) -> None:
        """A person says that what came so far needs no answer."""
        self.clock = self.clock.no_response(now)
        self.note(NO_RESPONSE_NEEDED, now, actor)
        self.change(lifecycle.resolve(self.ticket, actor, now), now)

    def acknowledged(self, at: datetime, now: datetime, **detail: Any) -> None:
        """Our acknowledgement was accepted; it stops the clock only where the profile says so (promise 3)."""
        self.clock = self.clock.auto_reply(at)
        self.note(ACKNOWLEDGED, at, SELF, **detail)
        self.change(self.ticket.evolve(rev=self.ticket.rev + 1, updated_at=now), now)

    def not_a_buyer(self, actor: str, now: datetime) -> None:
        """A person says that no buyer wrote this: out of queue and figures."""
        self.clock = self.clock.not_a_buyer()
        self.note(NOT_A_BUYER, now, actor)
        self.change(lifecycle.not_a_buyer(self.ticket, actor, now), now)

    def reopen(self, actor: str, now: datetime) -> None:
        """A person takes the last closing back: what it took off the clock runs again, from its own arrival."""
        self.clock = self.clock.reopened()
        self.note(REOPENED, now, actor)
        self.change(lifecycle.reopen(self.ticket, actor, now), now)

    @property
    def stops(self) -> tuple[Stop, ...]:
        """The answers so far, in order of time."""
        return self.clock.stops


class Ledger:
    """The conversations of one transaction; numbers below zero are tickets that `save` will number."""

    def __init__(self, tx: Tx, rules_of: RulesOf) -> None:
        self.tx = tx
        self.rules_of = rules_of
        self.conversations: dict[int, Conversation] = {}
        self._next = -1

    async def load(self, numbers: Iterable[int]) -> None:
        """Lock and load tickets that are not loaded yet; unknown numbers are left out."""
        wanted = [n for n in dict.fromkeys(numbers) if n not in self.conversations]
        if not wanted:
            return
        found = await tickets.lock(self.tx, wanted)
        messages: dict[int, list[Message]] = {}
        for one in await tickets.messages(self.tx, wanted):
            messages.setdefault(one.ticket_id, []).append(one)
        events: dict[int, list[Event]] = {}
        for event in await tickets.events_of(self.tx, wanted, KINDS):
            events.setdefault(event.ticket_id, []).append(event)
        for number, ticket in found.items():
            rules = self.rules_of(ticket.marketplace)
            clock = clock_of(rules, messages.get(number, ()), events.get(number, ()))
            self.conversations[number] = Conversation(ticket=ticket, clock=clock, before=clock)

    async def one(self, number: int) -> Conversation | None:
        """Lock, load and return one conversation."""
        await self.load([number])
        return self.conversations.get(number)

    def begin(self, ticket: Ticket) -> Conversation:
        """A new conversation, under a number below zero until it is saved."""
        clock = Clock(rules=self.rules_of(ticket.marketplace))
        begun = Conversation(ticket=ticket.evolve(id=self._next), clock=clock, before=clock)
        self.conversations[self._next] = begun
        self._next -= 1
        return begun

    async def save(self) -> dict[int, int]:
        """Write everything; returns the true numbers of new tickets by the ones they had."""
        fresh = [c for number, c in self.conversations.items() if number < 0]
        stored = await tickets.add(self.tx, [c.ticket.evolve(id=0) for c in fresh])
        numbers = {c.ticket.id: s.id for c, s in zip(fresh, stored, strict=True)}
        for conversation in fresh:
            conversation.ticket = conversation.ticket.evolve(id=numbers[conversation.ticket.id])
        changed = [c for number, c in self.conversations.items() if number > 0 and c.touched]
        await tickets.save_all(self.tx, [c.ticket for c in changed])
        await tickets.add_orders(self.tx, [c.ticket for c in changed])
        await self._save_messages([*fresh, *changed])
        await tickets.log(
            self.tx,
            [e.evolve(ticket_id=c.ticket.id) for c in self.conversations.values() for e in c.log],
        )
        for conversation in self.conversations.values():
            conversation.log.clear()
            conversation.touched = False
        return numbers

    async def _save_messages(self, conversations: Sequence[Conversation]) -> None:
        fresh: list[Message] = []
        settled: list[Message] = []
        for conversation in conversations:
            number = conversation.ticket.id
            for one in conversation.clock.changed(conversation.before):
                (settled if one.id else fresh).append(one.evolve(ticket_id=number))
        await tickets.add_messages(self.tx, fresh)
        await tickets.save_messages(self.tx, settled)
