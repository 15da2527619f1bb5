"""The clock as a whole: in whatever order things are found, the end is what a replay of the events gives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from helpdesk.domain import Event, Message, Status, Ticket
from helpdesk.marketplaces.registry import PROFILES
from helpdesk.sla.clock import Clock, Rules, Stop, clock_of, message
from helpdesk.sla.policy import set_by, turn

BEGIN = datetime(2026, 3, 28, 12, 0, tzinfo=UTC)
RULES = Rules(profile=PROFILES["amazon"].sla)

#: (kind, minute): what happened, when.
FACTS = st.lists(
    st.tuples(st.sampled_from(["buyer", "answer", "no_response"]), st.integers(0, 4000)), max_size=12, unique=True
)


def at(minute: int) -> datetime:
    """A minute of the test's time."""
    return BEGIN + timedelta(minutes=minute)


def replayed(facts: list[tuple[str, int]]) -> dict[int, str]:
    """Minute of each buyer's message → what settled it, played in order of time, message before stop."""
    order = {"buyer": 0, "no_response": 1, "answer": 2}
    waiting: list[int] = []
    settled: dict[int, str] = {}
    for kind, minute in sorted(facts, key=lambda fact: (fact[1], order[fact[0]])):
        if kind == "buyer":
            waiting.append(minute)
            continue
        settled |= dict.fromkeys(waiting, f"{kind} {minute}")
        waiting = []
    return {**settled, **dict.fromkeys(waiting, "waits")}


def state(clock: Clock) -> dict[int, str]:
    """The same of a clock."""
    found = {}
    for one in clock.messages:
        minute = int((one.received_at - BEGIN).total_seconds() // 60)
        if one.answered_at is not None:
            found[minute] = f"answer {int((one.answered_at - BEGIN).total_seconds() // 60)}"
        elif one.no_response:
            stop = next(stop for stop in clock.stops if stop.at >= one.received_at)
            found[minute] = f"no_response {int((stop.at - BEGIN).total_seconds() // 60)}"
        else:
            found[minute] = "waits"
    return found


def learn(clock: Clock, kind: str, minute: int) -> Clock:
    """One fact more."""
    if kind == "buyer":
        return clock.received(message(RULES, received_at=at(minute), ticket_id=1, marketplace="amazon"))
    return clock.answered(at(minute), "U01") if kind == "answer" else clock.no_response(at(minute))


@given(FACTS, st.randoms(use_true_random=False))
def test_the_order_of_finding_makes_no_difference(facts: list[tuple[str, int]], dice: object) -> None:
    """Learnt one by one in any order, the clock ends as a replay in order of time."""
    shuffled = list(facts)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis hands in a Random
    clock = Clock(rules=RULES)
    for kind, minute in shuffled:
        clock = learn(clock, kind, minute)

    assert state(clock) == replayed(facts)
    waiting = [minute for minute, how in replayed(facts).items() if how == "waits"]
    assert (clock.anchor.received_at if clock.anchor else None) == (at(min(waiting)) if waiting else None)


@given(FACTS, st.integers(0, 11))
def test_a_refused_answer_was_never_given(facts: list[tuple[str, int]], which: int) -> None:
    """Taking an answer back ends in the state in which it had not been given."""
    answers = [fact for fact in facts if fact[0] == "answer"]
    if not answers:
        return
    gone = answers[which % len(answers)]
    clock = Clock(rules=RULES)
    for kind, minute in facts:
        clock = learn(clock, kind, minute)

    assert state(clock.refused(at(gone[1]))) == replayed([fact for fact in facts if fact != gone])


@given(FACTS, st.integers(0, 11))
def test_the_rows_give_the_same_clock(facts: list[tuple[str, int]], which: int) -> None:
    """A clock read back from its messages and its ticket's events goes on as if it had never been stored."""
    clock = Clock(rules=RULES)
    events = []
    for kind, minute in facts:
        clock = learn(clock, kind, minute)
        if kind != "buyer":
            events.append(Event(ticket_id=1, at=at(minute), kind="answered" if kind == "answer" else kind, actor="U01"))
    answers = [minute for kind, minute in facts if kind == "answer"]
    if answers:
        gone = at(answers[which % len(answers)])
        clock = clock.refused(gone)
        events.append(Event(ticket_id=1, at=at(5000), kind="refused", detail={"at": gone.isoformat()}))

    again = clock_of(RULES, reversed(clock.messages), events)

    assert again == clock
    assert again.answered(at(6000), "U02") == clock.answered(at(6000), "U02")


@given(FACTS)
def test_figures_hold_what_the_messages_say(facts: list[tuple[str, int]]) -> None:
    """Response times are never negative, and an answered message names who answered."""
    clock = Clock(rules=RULES)
    for kind, minute in facts:
        clock = learn(clock, kind, minute)

    for one in clock.messages:
        assert (one.answered_at is None) == (one.response_seconds is None) == (one.agent == "")
        assert one.response_seconds is None or one.response_seconds >= 0
        assert not (one.no_response and one.answered_at)


@given(FACTS, st.lists(st.integers(1, 900), max_size=15))
def test_every_poll_moves_on(facts: list[tuple[str, int]], gaps: list[int]) -> None:
    """Whatever is polled whenever: the next look lies ahead, no step of an anchor fires twice, none out of order."""
    clock = Clock(rules=RULES)
    for kind, minute in facts:
        clock = learn(clock, kind, minute)
    now = at(4000)
    ticket = Ticket(
        mailbox="m",
        marketplace="amazon",
        buyer="b",
        received_at=BEGIN,
        last_mail_at=BEGIN,
        created_at=now,
        updated_at=now,
    )
    ticket = ticket.evolve(**set_by(clock, ticket, now))
    fired: list[str] = []
    for gap in gaps:
        now += timedelta(minutes=gap)
        done = turn(ticket, RULES, now)
        ticket = ticket.evolve(**done.fields)
        assert ticket.next_step_at is None or ticket.next_step_at > now
        fired += [*done.firing.passed, done.firing.step] if done.firing else []
    assert fired == ["12h", "20h", "23h", "24h", "40h"][: len(fired)]


def test_only_changed_messages_are_written() -> None:
    """What an answer settles, and nothing else, differs from before."""
    clock = Clock(rules=RULES)
    for number, minute in enumerate((1, 2, 30)):
        clock = learn(clock, "buyer", minute)
        clock = Clock(
            rules=RULES,
            messages=tuple(m if m.id else m.evolve(id=number + 1) for m in clock.messages),
            stops=clock.stops,
        )

    after = clock.answered(at(10), "U01")

    assert [one.id for one in after.changed(clock)] == [1, 2]
    assert after.changed(after) == []
    assert [one.id for one in learn(after, "buyer", 40).changed(after)] == [0]


def test_seconds_count_whole_and_late_by_half_a_second_is_late() -> None:
    """A message's arrival is cut to its second; an answer's time is rounded up."""
    one = message(RULES, received_at=at(0) + timedelta(microseconds=700_000), ticket_id=1, marketplace="amazon")
    clock = Clock(rules=RULES).received(one).answered(at(0) + timedelta(hours=24, microseconds=1), "U01")

    assert clock.messages[0].received_at == at(0)
    assert clock.messages[0].limit_seconds == 86400
    assert clock.messages[0].response_seconds == 86401


def test_a_closing_is_taken_back() -> None:
    """Opened again, what "not a buyer" or "no response needed" took off the clock runs on from its own arrival."""
    begun = learn(Clock(rules=RULES), "buyer", 1)

    for closed in (begun.not_a_buyer(), begun.no_response(at(5))):
        assert closed.anchor is None
        assert closed.messages[0].no_response
        assert closed.reopened().messages == begun.messages
    answered = begun.answered(at(5), "U01")
    assert answered.reopened() == answered
    assert answered.not_a_buyer().reopened() == answered


def test_closings_in_a_tickets_events() -> None:
    """Events tell of closings and of their taking back, in the order in which they were noted."""
    begun = learn(Clock(rules=RULES), "buyer", 1)
    kinds = ["no_response", "reopened", "not_a_buyer"]
    events = [Event(id=n + 1, ticket_id=1, at=at(5 + n), kind=kind, actor="U01") for n, kind in enumerate(kinds)]

    assert clock_of(RULES, begun.messages, events).void
    assert clock_of(RULES, begun.messages, events[:2]) == begun
    assert clock_of(RULES, begun.messages, [*events, events[1].evolve(id=9)]) == begun


def test_stops_of_events() -> None:
    """An answer's own time beats the event's; an acknowledgement counts only where the profile says so."""
    events = [
        Event(ticket_id=1, at=at(9), kind="answered", actor="sent", detail={"at": at(5).isoformat()}),
        Event(ticket_id=1, at=at(3), kind="acknowledged"),
        Event(ticket_id=1, at=at(4), kind="assigned", actor="U01"),
    ]

    assert clock_of(RULES, (), events).stops == (Stop(at(5), True, "sent"),)
    etsy = Rules(profile=PROFILES["etsy"].sla)
    assert clock_of(etsy, (), events).stops == (Stop(at(3), True, "helpdesk"), Stop(at(5), True, "sent"))


def test_a_resolved_ticket_is_silent_but_its_limit_is_shown() -> None:
    """Resolving without an answer ends the steps, not the figures."""
    clock = learn(Clock(rules=RULES), "buyer", 0)
    ticket = Ticket(
        mailbox="m", marketplace="amazon", buyer="b", received_at=at(0), last_mail_at=at(0), created_at=at(0),
        updated_at=at(0), status=Status.RESOLVED,
    )  # fmt: skip

    fields = set_by(clock, ticket, at(1))

    assert fields["next_step_at"] is None
    assert fields["due_at"] == at(1440)
    assert isinstance(clock.messages[0], Message)
