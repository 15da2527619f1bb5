"""The response clock of one conversation: which messages wait for an answer, since when and until when.

One rule decides all: a buyer's message is settled by the first stop at or after its arrival. A stop is a person's
answer, a "no response needed", or an automatic reply where the profile says that it counts. So the order in which mails
are found makes no difference: a reply read in Sent before the mail it answers, a mail rescued late, end the same way.
DOMAIN 1.3 is the source of the figures; the marketplaces' rules stand in DOMAIN 1.1 and 1.2. All times are aware UTC.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from helpdesk.domain import Event, Message
from helpdesk.marketplaces.profile import SlaProfile
from helpdesk.sla.hours import ALWAYS, Calendar, add, cycle_end

#: Answers given where we do not see what the person had read; they are taken by their time alone.
ELSEWHERE = frozenset({"sent", "marketplace", "helpdesk"})

#: Who answers for a stop that is no answer.
NO_RESPONSE = "no_response"

#: The kinds of events that the clock reads; no others are needed to know it.
ANSWERED, REFUSED, NO_RESPONSE_NEEDED, ACKNOWLEDGED = "answered", "refused", "no_response", "acknowledged"
NOT_A_BUYER, REOPENED = "not_a_buyer", "reopened"
KINDS = (ANSWERED, REFUSED, NO_RESPONSE_NEEDED, ACKNOWLEDGED, NOT_A_BUYER, REOPENED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """A profile with the calendar that it names."""

    profile: SlaProfile
    calendar: Calendar = ALWAYS

    def due(self, received_at: datetime) -> datetime | None:
        """Until when a message of that time must be answered; None where the profile has no limit."""
        if self.profile.cycle:
            return cycle_end(received_at, self.profile.cycle)
        return None if self.profile.limit is None else add(received_at, self.profile.limit, self.calendar)

    def counted_from(self, received_at: datetime) -> datetime:
        """From when the steps of a message of that time are counted: its arrival, or one limit before a cycle's end."""
        if not self.profile.cycle or self.profile.limit is None:
            return received_at
        return cycle_end(received_at, self.profile.cycle) - self.profile.limit


@dataclass(frozen=True, slots=True, order=True)
class Stop:
    """What settles every message that came no later than `at`."""

    at: datetime
    answer: bool = True  #: False: no response needed; those messages leave the figures
    agent: str = ""  #: Slack user id, "sent", "marketplace", or "helpdesk" for an automatic reply that counts

    def settles(self, message: Message) -> bool:
        """Did this end the wait for a message? Not if our own desk answered before it had seen the message."""
        if self.at < message.received_at:
            return False
        elsewhere = self.agent in ELSEWHERE
        return elsewhere or message.found_at is None or self.at >= message.found_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """The state of a conversation's clock; every method gives a new one."""

    rules: Rules
    messages: tuple[Message, ...] = ()  #: in order of arrival
    stops: tuple[Stop, ...] = ()  #: in order of time
    void: bool = False  #: no buyer wrote this: nothing counts

    def received(self, message: Message) -> Clock:
        """A buyer's message was found, now or late; it counts from `message.received_at`."""
        return replace(self, messages=self._settled((*self.messages, message)))

    def answered(self, at: datetime, agent: str) -> Clock:
        """A person answered: our SMTP's acceptance, the Date of a mail in Sent, or that of the marketplace's copy."""
        return self._stopped(Stop(at, True, agent))

    def no_response(self, at: datetime) -> Clock:
        """A person said that what came so far needs no answer."""
        return self._stopped(Stop(at, False, NO_RESPONSE))

    def auto_reply(self, at: datetime) -> Clock:
        """We acknowledged by ourselves; stops the clock only where the profile says so (promise 3)."""
        return self._stopped(Stop(at, True, "helpdesk")) if self.rules.profile.auto_reply_counts else self

    def refused(self, at: datetime) -> Clock:
        """The answer given at that moment never arrived (bounce, opt-out): as if it had not been given."""
        return self._anew(stops=tuple(stop for stop in self.stops if not (stop.answer and stop.at == at)))

    def not_a_buyer(self) -> Clock:
        """A person said that no buyer wrote this: its messages leave the figures."""
        return self._anew(void=True)

    def reopened(self) -> Clock:
        """A person took the last closing back: "not a buyer", or "no response needed" if nothing came after it."""
        if self.void:
            return self._anew(void=False)
        return self._anew(stops=self.stops[:-1]) if self.stops and not self.stops[-1].answer else self

    def _stopped(self, stop: Stop) -> Clock:
        return self if stop in self.stops else self._anew(stops=tuple(sorted((*self.stops, stop))))

    def _anew(self, **changes: Any) -> Clock:
        changed = replace(self, **changes)
        return replace(changed, messages=changed._settled(self.messages))

    def _settled(self, messages: tuple[Message, ...]) -> tuple[Message, ...]:
        ordered = sorted(messages, key=lambda message: message.received_at)
        first_only = self.rules.profile.anchor == "first_in_thread"
        return tuple(self._settle(message, first_only and n > 0) for n, message in enumerate(ordered))

    def _settle(self, message: Message, left_out: bool) -> Message:
        stop = next((stop for stop in self.stops if stop.settles(message)), None)
        answered = stop.at if stop is not None and stop.answer else None
        changes = {
            "answered_at": answered,
            "response_seconds": None if answered is None else seconds(answered - message.received_at),
            "agent": stop.agent if stop is not None and answered is not None else "",
            "no_response": self.void or left_out or (stop is not None and not stop.answer),
        }
        same = all(getattr(message, name) == value for name, value in changes.items())
        return message if same else message.evolve(**changes)

    @property
    def anchor(self) -> Message | None:
        """The earliest unanswered message; one from before the first contact only where there is no other."""
        open_ones = [one for one in self.messages if one.answered_at is None and not one.no_response]
        return next((one for one in open_ones if not one.old), open_ones[0] if open_ones else None)

    @property
    def answered_at(self) -> datetime | None:
        """When a person, or an automatic reply that counts, answered last; None if nobody did."""
        return max((stop.at for stop in self.stops if stop.answer), default=None)

    def changed(self, before: Clock) -> list[Message]:
        """The messages whose row must be written: new ones (id 0) and those settled otherwise than `before`."""
        known = {message.id: message for message in before.messages if message.id}
        return [message for message in self.messages if known.get(message.id) != message]


def message(rules: Rules, *, received_at: datetime, **fields: Any) -> Message:
    """A buyer's message as the clock counts it, in whole seconds; its limit is measured over the profile's calendar."""
    at = received_at.astimezone(UTC).replace(microsecond=0)
    due = rules.due(at)
    return Message(received_at=at, limit_seconds=None if due is None else seconds(due - at), **fields)


def seconds(span: timedelta) -> int:
    """Whole seconds, rounded up: an answer half a second late is late."""
    return max(math.ceil(span.total_seconds()), 0)


def clock_of(rules: Rules, messages: Iterable[Message], events: Iterable[Event]) -> Clock:
    """The clock as its rows in the database tell it: the ticket's events of KINDS, replayed as they were noted.

    Read are "answered" (actor: who; `detail["at"]` if the answer's own time is not the event's), "no_response",
    "acknowledged" where the profile counts it, "refused" (`detail["at"]`: the time of the answer that came back),
    "not_a_buyer" and "reopened".
    """
    clock = Clock(rules=rules)
    for event in sorted(events, key=lambda event: event.id):
        at = _time(event.detail, event.at)
        if event.kind == ANSWERED:
            clock = clock.answered(at, event.actor)
        elif event.kind == NO_RESPONSE_NEEDED:
            clock = clock.no_response(at)
        elif event.kind == ACKNOWLEDGED:
            clock = clock.auto_reply(at)
        elif event.kind == REFUSED:
            clock = clock.refused(at)
        elif event.kind == NOT_A_BUYER:
            clock = clock.not_a_buyer()
        elif event.kind == REOPENED:
            clock = clock.reopened()
    return replace(clock, messages=tuple(sorted(messages, key=lambda one: one.received_at)))


def _time(detail: Mapping[str, Any], otherwise: datetime) -> datetime:
    text = detail.get("at")
    if not isinstance(text, str):
        return otherwise
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
