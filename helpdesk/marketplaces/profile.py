"""What a marketplace is to us: its clock and its names, as data. DOMAIN.md 1.2 is the source of each row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


def hours(*numbers: float) -> tuple[timedelta, ...]:
    """Hours as timedeltas: `hours(12, 20)`."""
    return tuple(timedelta(hours=n) for n in numbers)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaProfile:
    """The response clock of one channel. Every field can be overridden by key under [sla.NAME] in helpdesk.toml."""

    limit: timedelta | None  #: a first answer later than this is late; None: no limit, only reminders
    steps: tuple[timedelta, ...]  #: ages of the earliest unanswered message at which people are told
    calendar: str = "24x7"  #: "24x7", or the name of a [calendar.NAME] with hours and holidays
    anchor: str = "earliest_unanswered"  #: or "first_in_thread" (only a conversation's first message counts)
    #: "18:00-19:00 Asia/Kuala_Lumpur": what came until 18:00 there is due at 19:00, what came later a day after;
    #: steps are then counted from one limit before it. "": the limit runs from the message.
    cycle: str = ""
    auto_reply_counts: bool = False  #: does our automatic acknowledgement stop the clock?
    target: float | None = 0.90  #: share of messages to be answered in time
    windows_days: tuple[int, ...] = (7, 30, 90)
    claim_risk: timedelta | None = None  #: second deadline: from then on the buyer may file a claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One channel: the name used in configuration, code, Slack and docs, its label for people, and its clock."""

    name: str
    label: str
    sla: SlaProfile
    acknowledge: str = "send"  #: send | draft | off
