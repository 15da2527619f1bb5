"""The mail that stands in for Slack, and the watchdog's memory."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email import message_from_string, policy

from hypothesis import given
from hypothesis import strategies as st

from helpdesk.domain import Mailbox, Outbox, Ticket
from helpdesk.marketplaces.registry import PROFILES
from helpdesk.sla import alarm, watchdog
from helpdesk.sla.clock import Rules
from helpdesk.sla.escalations import Desk, incident, posts
from helpdesk.sla.policy import firing
from helpdesk.sla.watchdog import State, look

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
RULES = Rules(profile=PROFILES["amazon"].sla)
DESK = Desk(
    rules_of=lambda _: RULES, channel="#alarm", email=("boss@shop.test", "vice@shop.test"), mailbox="shop",
    sender="support@shop.test", zone="Europe/Berlin",
)  # fmt: skip


def a_post(number: int, subject: str = "Where is it?", name: str = "Anna Muster") -> Outbox:
    """An escalation of a ticket that waits for 21 hours."""
    at = NOW - timedelta(hours=21)
    ticket = Ticket(
        id=number, mailbox="shop", marketplace="amazon", buyer="anna@buyers.test", buyer_name=name, subject=subject,
        order_ids=[f"111-{number:07d}-0000001"], received_at=at, last_mail_at=at, created_at=at, updated_at=at,
        anchor_at=at, due_at=at + timedelta(hours=24),
    )  # fmt: skip
    fired = firing(ticket, RULES, NOW)
    assert fired is not None
    return posts(ticket, fired, DESK, NOW)[0]


def test_one_mail_to_each_manager() -> None:
    """The same text to each address, under a key of its own that the same posts always give."""
    rows = [a_post(1), a_post(2)]
    made = alarm.mails(rows, DESK, NOW)

    assert [mail.payload["to"] for mail in made] == ["boss@shop.test", "vice@shop.test"]
    assert len({mail.key for mail in made}) == 2
    assert [mail.key for mail in alarm.mails(rows[::-1], DESK, NOW + timedelta(hours=1))] == [mail.key for mail in made]
    read = message_from_string(made[0].payload["raw"], policy=policy.default)
    text = read.get_content()
    assert "Ticket #1: waits for an answer, step 20h (passed before: 12h)" in text
    assert "Order: 111-0000002-0000001" in text
    assert "Answer by: Tue 24 Nov 2026 13:00 (3 h 0 min left)" in text
    assert read["Message-ID"] == f"<{made[0].payload['message_id']}>"


def test_nobody_to_write_to() -> None:
    """Without an address or a mailbox there is no mail."""
    nobody = Desk(rules_of=lambda _: RULES, mailbox="shop", sender="support@shop.test")
    assert alarm.mails([a_post(1)], nobody, NOW) == []
    assert alarm.mails([], DESK, NOW) == []


def test_many_are_counted() -> None:
    """A mail never grows without end: what does not fit is counted."""
    [mail, _] = alarm.mails([a_post(number) for number in range(1, 301)], DESK, NOW)
    text = message_from_string(mail.payload["raw"], policy=policy.default).get_content()
    assert "… and 100 more" in text
    assert "and 297 more" in message_from_string(mail.payload["raw"], policy=policy.default)["Subject"]


@given(st.text(max_size=300), st.text(max_size=100))
def test_what_buyers_wrote_stays_data(subject: str, name: str) -> None:
    """Promise 7: no buyer's text breaks a header or adds a line."""
    [mail, _] = alarm.mails([a_post(1, subject, name)], DESK, NOW)
    read = message_from_string(mail.payload["raw"], policy=policy.default)

    assert set(read.keys()) <= {
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
        "Content-Transfer-Encoding",
    }  # fmt: skip
    assert read["To"] == "boss@shop.test"
    plain = alarm.mails([a_post(1)], DESK, NOW)[0]
    other = message_from_string(plain.payload["raw"], policy=policy.default)
    assert len(read.get_content().splitlines()) == len(other.get_content().splitlines())


def test_an_incident_begins_once() -> None:
    """A mailbox out of reach is told when it begins, again only after it was over."""
    lost, found = (
        Mailbox(name="shop", seen_at=NOW, error="timed out"),
        Mailbox(name="shop", seen_at=NOW + timedelta(hours=1)),
    )
    state = State()
    told: list[tuple[int, str]] = []
    for minutes in range(0, 61, 5):
        seen = look([lost], None, state, NOW + timedelta(minutes=minutes))
        state = seen.state
        told += [(minutes, name) for name, _ in seen.begun]
    assert told == [(20, "mailbox:shop")]
    seen = look([found], None, state, NOW + timedelta(hours=1))
    assert (seen.state.standing, seen.begun) == ((), [])


def test_after_a_stop_there_is_time_to_reach_it_again() -> None:
    """What was not watched is no incident: after a night off a mailbox has its 15 minutes first."""
    box = Mailbox(name="shop", seen_at=NOW)
    state = look([box], None, State(), NOW).state
    morning = NOW + timedelta(hours=12)
    assert look([box], None, state, morning).begun == []
    assert look([box], NOW, state, morning).begun == []


def test_a_clock_that_jumps_is_told() -> None:
    """The wall clock against the steady one: a jump either way is an incident, a second is not."""
    for drift, said in ((timedelta(hours=2), "ahead"), (-timedelta(minutes=5), "back")):
        [(name, text)] = look([], None, State(), NOW, drift).begun
        assert name == "clock"
        assert said in text
    assert look([], None, State(), NOW, timedelta(seconds=1)).begun == []


def test_the_state_is_kept_as_text() -> None:
    """Written and read again it is the same; nothing yet is an empty state."""
    state = State(looked_at=NOW, began_at=NOW - timedelta(hours=1), standing=("mailbox:shop",))
    assert watchdog.read(watchdog.write(state)) == state
    assert watchdog.read(None) == State()


def test_an_incident_goes_by_mail_too() -> None:
    """Its sentence is subject and text."""
    [mail, _] = alarm.mails([incident("clock", "This machine's clock jumped.", DESK, NOW)], DESK, NOW)
    read = message_from_string(mail.payload["raw"], policy=policy.default)
    assert "clock jumped" in read["Subject"]
    assert "clock jumped" in read.get_content()
