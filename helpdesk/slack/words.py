"""Times, states and names as people read them in Slack. Pure; `now` is an argument."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, tzinfo
from functools import cache
from pathlib import Path

from helpdesk.domain import Ack, Status, Ticket
from helpdesk.marketplaces.registry import label
from helpdesk.slack.escape import escape_line

STATUS = {
    Status.NEW: (":large_blue_circle:", "New"),
    Status.OPEN: (":large_yellow_circle:", "Open"),
    Status.ANSWERED: (":large_green_circle:", "Answered"),
    Status.SNOOZED: (":zzz:", "Snoozed"),
    Status.RESOLVED: (":white_check_mark:", "Resolved"),
    Status.NOT_A_BUYER: (":no_entry_sign:", "Not a buyer"),
}
ACK = {
    Ack.SENT: "acknowledgement sent",
    Ack.DRAFT: "acknowledgement waits as a draft",
    Ack.SUPPRESSED: "no acknowledgement",
    Ack.QUEUED: "acknowledgement on its way",
    Ack.FAILED: "acknowledgement refused by the mail server",
    Ack.HELD: "acknowledgement held: unknown whether it went out",
    Ack.OFF: "acknowledgements are off",
}
CLOSED = {Status.RESOLVED, Status.NOT_A_BUYER}


@cache
def _languages() -> dict[str, list[str]]:
    return dict(json.loads(Path(__file__).with_name("languages.json").read_text(encoding="utf-8")))


def language(code: str) -> str:
    """A language's English name and its own: "German (Deutsch)"; the code itself where it is unknown."""
    english, own = _languages().get(code, [escape_line(code, 20) or "unknown", ""])
    return f"{english} ({own})" if own and own != english else english


def marketplace(name: str) -> str:
    """The channel's name for people."""
    return "Phone call" if name == "phone" else escape_line(label(name), 30)


def span(length: timedelta) -> str:
    """A length in at most two units: "2 d 3 h", "3 h 20 min", "4 min", "under a minute"."""
    minutes = max(0, int(length.total_seconds() // 60))
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return f"{rest} min" if rest else "under a minute"


def countdown(due: datetime, now: datetime) -> str:
    """ "3 h 20 min left", or "2 h late"."""
    return f"{span(due - now)} left" if due > now else f"{span(now - due)} late"


def absolute(at: datetime, zone: tzinfo) -> str:
    """A time in the team's zone: "Tue 24 Nov, 15:00 CET"."""
    local = at.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b}, {local:%H:%M} {local.tzname() or ''}".rstrip()


def moment(at: datetime, zone: tzinfo) -> str:
    """A time that Slack shows in the reader's zone, with the team's for clients that cannot."""
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{absolute(at, zone)}>"


def running(at: datetime, now: datetime) -> str:
    """A countdown that Slack keeps right ("in 3 hours"), with its words of now for clients that cannot."""
    return f"<!date^{int(at.timestamp())}^{{ago}}|{countdown(at, now)}>"


def person(user: str | None) -> str:
    """A mention by id: `<@U0123>`; the name of the shell's user or mailbox otherwise, escaped."""
    if not user:
        return "nobody"
    if user[0] in "UW" and user.isalnum() and user.isupper() and len(user) > 2:
        return f"<@{user}>"
    return escape_line(user, 80)


def due_line(ticket: Ticket, now: datetime, zone: tzinfo) -> str:
    """The clock of a ticket in one line of mrkdwn."""
    if ticket.status in CLOSED:
        return "closed"
    if ticket.due_at is not None:
        mark = ":alarm_clock: " if ticket.due_at <= now else ""
        return f"{mark}{moment(ticket.due_at, zone)} · *{running(ticket.due_at, now)}*"
    if ticket.anchor_at is not None:
        return f"no limit; waiting since {moment(ticket.anchor_at, zone)}"
    if ticket.answered_at is not None:
        return f"answered {moment(ticket.answered_at, zone)}"
    return "nothing to answer"


def kilobytes(count: int) -> str:
    """A file's size: "12 kB", "3.4 MB"."""
    if count < 1_000_000:
        return f"{max(1, round(count / 1000))} kB"
    return f"{count / 1_000_000:.1f} MB"
