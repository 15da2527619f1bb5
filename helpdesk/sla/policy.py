"""Escalation: which steps of a ticket's clock are due, which one is posted, who is told, and when to look again.

A step is due once the earliest unanswered message is that old, counted over the profile's calendar (promise 8). Where
several have passed at once only the highest is posted, and names the others. All times are aware UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from helpdesk.domain import Status, Ticket
from helpdesk.marketplaces.durations import label
from helpdesk.sla.clock import Clock, Rules
from helpdesk.sla.hours import add, elapsed, quiet_until

#: Who is told in addition to the channel, from the first, second and third step on.
TELL = ("owner", "on_call", "managers")

#: In these nobody waits for an answer any more.
_ENDED = {Status.RESOLVED, Status.NOT_A_BUYER}


@dataclass(frozen=True, slots=True, kw_only=True)
class Firing:
    """One escalation to be posted."""

    step: str  #: "12h"
    passed: tuple[str, ...]  #: lower steps that passed unposted, lowest first
    kind: str  #: "reminder" before the limit, "breach" at it, "claim_risk" behind it where the buyer may file a claim
    tell: tuple[str, ...]  #: of TELL
    due_at: datetime  #: when this step fell due
    age: timedelta  #: of the earliest unanswered message, over the calendar
    fired: int  #: steps of this anchor that have now been dealt with: the ticket's `step`


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What the clock does with a ticket now."""

    firing: Firing | None = None
    wakes: bool = False  #: a snooze has ended
    reminds: bool = False  #: a promise made to the buyer falls due soon
    fields: dict[str, Any]  #: for `ticket.evolve(**fields)`: what has been dealt with, and when to look again


def moments(anchor_at: datetime, rules: Rules) -> list[tuple[str, datetime]]:
    """The steps of a clock that began at `anchor_at`: name and time, in order."""
    begin = rules.counted_from(anchor_at)
    return [(label(step), add(begin, step, rules.calendar)) for step in sorted(set(rules.profile.steps))]


def firing(ticket: Ticket, rules: Rules, now: datetime) -> Firing | None:
    """The step to post now; None while nothing is due, the ticket is snoozed, old or done, or its calendar is quiet."""
    anchor = _anchor(ticket)
    if anchor is None or _asleep(ticket, now):
        return None
    times = moments(anchor, rules)
    due = [name for name, at in times if at <= now]
    if len(due) <= ticket.step or quiet_until(now, rules.calendar) is not None:
        return None
    span = sorted(set(rules.profile.steps))[len(due) - 1]
    return Firing(
        step=due[-1],
        passed=tuple(due[ticket.step : -1]),
        kind=_kind(span, rules),
        tell=TELL[: len(due)],
        due_at=times[len(due) - 1][1],
        age=elapsed(anchor, now, rules.calendar),
        fired=len(due),
    )


def turn(ticket: Ticket, rules: Rules, now: datetime) -> Turn:
    """Everything that is due for a ticket as it stands at this moment."""
    fires = firing(ticket, rules, now)
    woken = ticket.snoozed_until is not None and ticket.snoozed_until <= now
    reminded = ticket.remind_at is not None and ticket.remind_at <= now
    fields: dict[str, Any] = {
        "step": ticket.step if fires is None else fires.fired,
        "remind_at": None if reminded else ticket.remind_at,
        "snoozed_until": None if woken else ticket.snoozed_until,
    }
    fields["next_step_at"] = next_step_at(ticket.evolve(**fields), rules, now)
    return Turn(
        firing=fires,
        wakes=woken and ticket.status == Status.SNOOZED,
        reminds=reminded and ticket.status not in _ENDED,
        fields=fields,
    )


def next_step_at(ticket: Ticket, rules: Rules, now: datetime) -> datetime | None:
    """When the clock must look at the ticket again; None: never by itself."""
    times = [at for at in (ticket.remind_at, ticket.snoozed_until) if at is not None]
    anchor = _anchor(ticket)
    if anchor is not None:
        left = moments(anchor, rules)[ticket.step :]
        if left:
            at = left[0][1]
            if at <= now:
                at = quiet_until(now, rules.calendar) or at
            times.append(at if ticket.snoozed_until is None else max(at, ticket.snoozed_until))
    return min(times, default=None)


def set_by(clock: Clock, ticket: Ticket, now: datetime) -> dict[str, Any]:
    """The fields of a ticket that its clock decides, for `ticket.evolve(**fields)`.

    A later anchor arms the steps afresh. While it stays, or an older mail of the same waiting buyer turns up, the steps
    that fired stay fired: once per step and conversation (promise 8).
    """
    anchor = clock.anchor
    at = None if anchor is None else anchor.received_at
    fields: dict[str, Any] = {
        "anchor_at": at,
        "due_at": None if at is None else clock.rules.due(at),
        "step": ticket.step if at is not None and ticket.anchor_at is not None and at <= ticket.anchor_at else 0,
        "answered_at": clock.answered_at,
        "old": anchor.old if anchor is not None else ticket.old,
    }
    fields["next_step_at"] = next_step_at(ticket.evolve(**fields), clock.rules, now)
    return fields


def _anchor(ticket: Ticket) -> datetime | None:
    return None if ticket.old or ticket.status in _ENDED else ticket.anchor_at


def _asleep(ticket: Ticket, now: datetime) -> bool:
    return ticket.snoozed_until is not None and ticket.snoozed_until > now


def _kind(span: timedelta, rules: Rules) -> str:
    limit, claim = rules.profile.limit, rules.profile.claim_risk
    if limit is None or span < limit:
        return "reminder"
    return "claim_risk" if claim is not None and span > limit else "breach"
