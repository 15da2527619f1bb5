"""Plays the histories of tests/data/sla/histories.txt on the clock, as a perfect desk would: to the second."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from helpdesk.domain import Message, Status, Ticket
from helpdesk.marketplaces.registry import PROFILES
from helpdesk.sla.calendars import DAYS
from helpdesk.sla.clock import Clock, Rules, message
from helpdesk.sla.policy import set_by, turn
from helpdesk.sla.profiles import override, rules
from tests.support.paths import DATA


def week(days: int, *blocks: str) -> dict[str, list[str]]:
    """The same hours on the first `days` days of the week."""
    return {day: list(blocks) for day in DAYS[:days]}


CALENDARS: dict[str, dict[str, Any]] = {
    "office": {"timezone": "Europe/Berlin", **week(5, "09:00-12:30", "13:30-18:00"), "holidays": "DE-BE"},
    "night": {"timezone": "Europe/Berlin", **week(7, "22:00-06:00")},
    "ny": {"timezone": "America/New_York", **week(5, "09:00-17:00"), "holidays": "US"},
    "tokyo": {"timezone": "Asia/Tokyo", **week(5, "10:00-19:00"), "holidays": "JP"},
    "japan": {"timezone": "Asia/Tokyo", "holidays": "JP"},
    "sydney": {"timezone": "Australia/Sydney", **week(5, "09:00-17:00"), "holidays": "AU-NSW"},
    "kolkata": {"timezone": "Asia/Kolkata", **week(6, "09:30-18:30")},
    "bank": {"timezone": "Europe/London", "holidays": "GB-ENG"},
    "short": {
        "timezone": "Europe/Berlin",
        **week(6, "10:00-14:00"),
        "closed": ["2026-12-24"],
        "special": {"2026-12-27": ["10:00-12:00"]},
    },
}


@dataclass(frozen=True)
class History:
    """One line of the file."""

    name: str
    setup: str
    facts: str
    expected: str


@dataclass
class Desk:
    """One ticket, its clock and the posts made for it; `now` only moves forward."""

    rules: Rules
    marketplace: str
    zone: ZoneInfo
    now: datetime = datetime(2000, 1, 1, tzinfo=UTC)
    clock: Clock = field(init=False)
    ticket: Ticket | None = None
    posts: list[tuple[datetime, str, tuple[str, ...]]] = field(default_factory=list)
    keys: set[tuple[datetime, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Begin with an empty clock."""
        self.clock = Clock(rules=self.rules)

    def advance(self, until: datetime, *, through: bool = False) -> None:
        """Poll at every moment the clock asked for, up to (or through) `until`."""
        while self.ticket is not None and self.ticket.next_step_at is not None:
            at = max(self.ticket.next_step_at, self.now)
            if at > until or (at == until and not through):
                break
            self.now = at
            self.poll()
        self.now = max(self.now, until)

    def poll(self) -> None:
        """Do what is due; a step's key is posted once."""
        assert self.ticket is not None
        done = turn(self.ticket, self.rules, self.now)
        assert done.fields["next_step_at"] is None or done.fields["next_step_at"] > self.now, "the clock would spin"
        if done.firing is not None and self.ticket.anchor_at is not None:
            key = (self.ticket.anchor_at, done.firing.step)
            if key not in self.keys:
                self.keys.add(key)
                self.posts.append((self.now, done.firing.step, done.firing.passed))
        status = Status.OPEN if done.wakes else self.ticket.status
        self.ticket = self.ticket.evolve(**done.fields, status=status)

    def learn(self, clock: Clock, **fields: Any) -> None:
        """Take over a changed clock."""
        self.clock = clock
        if self.ticket is None and clock.messages:
            at = clock.messages[0].received_at
            self.ticket = Ticket(
                mailbox="m", marketplace=self.marketplace, buyer="b@example.com", received_at=at, last_mail_at=at,
                created_at=self.now, updated_at=self.now, old=clock.messages[0].old,
            )  # fmt: skip
        if self.ticket is not None:
            ticket = self.ticket.evolve(**fields)
            self.ticket = ticket.evolve(**set_by(clock, ticket, self.now))

    def time(self, text: str) -> datetime:
        """03-02T09:00 on this desk's wall clock, as UTC; a year may stand in front."""
        whole = text if re.match(r"\d{4}-", text) else f"2026-{text}"
        return datetime.fromisoformat(whole).replace(tzinfo=self.zone).astimezone(UTC)

    def show(self, at: datetime | None) -> str:
        """The same the other way round."""
        if at is None:
            return "-"
        local = at.astimezone(self.zone)
        text = local.strftime("%Y-%m-%dT%H:%M:%S").removeprefix("2026-")
        return text.removesuffix(":00")


def read() -> list[History]:
    """Every history of the file."""
    lines = (DATA / "sla" / "histories.txt").read_text(encoding="utf-8").splitlines()
    return [History(*(part.strip() for part in line.split("|"))) for line in lines if line and not line.startswith("#")]


def desk(setup: str) -> Desk:
    """A desk for "amazon limit=4h steps=1h,2h calendar=office zone=Europe/Berlin"."""
    name, *words = setup.split()
    keys: dict[str, Any] = dict(word.split("=", 1) for word in words)
    zone = keys.pop("zone", "UTC")
    if "steps" in keys:
        keys["steps"] = [step for step in keys["steps"].split(",") if step]
    if "auto_reply_counts" in keys:
        keys["auto_reply_counts"] = keys["auto_reply_counts"] == "true"
    if "cycle" in keys:
        keys["cycle"] = keys["cycle"].replace("+", " ")
    profile = override(PROFILES[name].sla, keys, f"sla.{name}")
    return Desk(rules(profile, CALENDARS, zone), name, ZoneInfo(zone))


def play(history: History) -> Desk:
    """Let everything happen in order; the desk then stands at the history's `look`."""
    here = desk(history.setup)
    for fact in history.facts.split(";"):
        verb, first, *rest = fact.split()
        at = here.time(first)
        options = {word: here.time(time) for word, time in zip(rest[::2], rest[1::2], strict=True)}
        _happen(here, verb, at, options)
    return here


def _happen(here: Desk, verb: str, at: datetime, options: dict[str, datetime]) -> None:
    if verb == "look":
        here.advance(at, through=True)
        return
    here.advance(options.get("found", at))
    clock = here.clock
    if verb in {"buyer", "old"}:
        one = message(here.rules, received_at=at, ticket_id=1, marketplace=here.marketplace, old=verb == "old")
        here.learn(clock.received(one))
    elif verb in {"agent", "sent", "copy"}:
        who = {"agent": "U01", "sent": "sent", "copy": "marketplace"}[verb]
        here.learn(clock.answered(at, who))
    elif verb == "auto":
        here.learn(clock.auto_reply(at))
    elif verb == "noresp":
        here.learn(clock.no_response(at))
    elif verb == "refused":
        here.learn(clock.refused(options["of"]))
    elif verb == "snooze":
        here.learn(clock, status=Status.SNOOZED, snoozed_until=options["until"])
    elif verb == "resolve":
        here.learn(clock, status=Status.RESOLVED)
    elif verb == "down":
        here.now = options["until"]
    else:
        raise AssertionError(verb)


@dataclass(frozen=True)
class Counted:
    """The figures of DOMAIN 1.3, counted the slow and plain way."""

    eligible: int
    on_time: int
    late: int
    unanswered: int
    open: int
    seconds: tuple[int, ...]

    @property
    def average(self) -> float | None:
        """Mean response time in seconds."""
        return sum(self.seconds) / len(self.seconds) if self.seconds else None


def count(messages: list[Message], now: datetime, window: timedelta) -> Counted:
    """DOMAIN 1.3 word for word, one message after another; window = (now − window, now]."""
    on_time = late = unanswered = waiting = 0
    response = []
    for one in messages:
        if not now - window < one.received_at <= now or one.no_response:
            continue
        limit = None if one.limit_seconds is None else timedelta(seconds=one.limit_seconds)
        if one.answered_at is not None:
            took = one.answered_at - one.received_at
            response.append(int(took.total_seconds()))
            if limit is None or took <= limit:
                on_time += 1
            else:
                late += 1
        elif limit is not None and now - one.received_at > limit:
            unanswered += 1
        else:
            waiting += 1
    return Counted(on_time + late + unanswered, on_time, late, unanswered, waiting, tuple(response))
