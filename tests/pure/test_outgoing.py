"""What an attempt to send a mail comes to: back-off, giving up, and never a repetition on a guess."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.domain import Outbox, OutboxState
from helpdesk.errors import MailboxError, SendError
from helpdesk.replies import outgoing
from helpdesk.replies.outgoing import (
    Outcome,
    asked,
    copy_effect,
    delay,
    mail_effect,
    not_copied,
    not_sent,
    raw_of,
    sent,
)

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def an_item(raw: bytes = b"Subject: x\r\n\r\nHello\r\n", tries: int = 1, now: datetime = NOW) -> Outbox:
    """An acknowledgement in the outbox."""
    item: Outbox = mail_effect(
        raw,
        key="ack:1:1",
        kind="ack",
        mailbox="shop",
        sender="support@shop.example",
        recipient="b+c@buyer.example",
        message_id="1@shop.example",
        now=now,
        ticket_id=1,
        template="ack/general",
    ).evolve(tries=tries)
    return item


@given(st.binary(max_size=300))
def test_the_outbox_gives_back_the_very_bytes(raw: bytes) -> None:
    """Whatever the mail is made of, it leaves as composed."""
    assert raw_of(an_item(raw)) == raw


def test_readable_mails_lie_readable() -> None:
    """An ASCII mail is text in the payload: a person can read what was sent; others say that they are base64."""
    assert an_item().payload["raw"] == "Subject: x\r\n\r\nHello\r\n"
    assert an_item("Grüße".encode()).payload["base64"] is True


def test_further_keys_go_along() -> None:
    """Template and agent stand in the payload for the ticket's history."""
    assert an_item().payload["template"] == "ack/general"


def test_back_off() -> None:
    """10 s at first, doubled, at most 15 minutes for a mail and one minute for a server that is away."""
    assert [delay(n, server=False).total_seconds() for n in (1, 2, 3, 7, 8, 99)] == [10, 20, 40, 640, 900, 900]
    assert [delay(n, server=True).total_seconds() for n in (1, 2, 3, 4, 99)] == [10, 20, 40, 60, 60]


@given(st.integers(min_value=0, max_value=10**9), st.booleans())
def test_back_off_is_never_shorter_than_the_first(tries: int, server: bool) -> None:
    """However often it was tried, the wait lies between 10 s and 15 min."""
    assert timedelta(seconds=10) <= delay(tries, server=server) <= timedelta(minutes=15)


def test_permanent_is_final_and_temporary_is_not() -> None:
    """5xx fails; 4xx is queued with the server's words; after five days it is given up."""
    never = not_sent(an_item(), NOW, SendError("550 no", permanent=True))
    assert (never.state, never.error, never.next_at) == (OutboxState.FAILED, "550 no", None)
    later = not_sent(an_item(tries=2), NOW, SendError("451 later"))
    assert (later.state, later.error, later.next_at) == (OutboxState.QUEUED, "451 later", NOW + timedelta(seconds=20))
    assert not later.server
    assert not_sent(an_item(), NOW, SendError("away", server=True)).server
    old = not_sent(an_item(), NOW + timedelta(days=5, seconds=1), SendError("451 later"))
    assert old.state == OutboxState.FAILED
    assert "given up" in old.error


@given(
    found=st.sampled_from([True, False, None]),
    reachable=st.booleans(),
    files_sent=st.sampled_from([True, False, None]),
    fresh=st.booleans(),
)
def test_a_mail_is_repeated_only_when_proven_absent(
    found: bool | None, reachable: bool, files_sent: bool | None, fresh: bool
) -> None:
    """Promise 2: found is done; repeated only if a provider that files sent mail has had its time and has it not."""
    outcome = asked(
        an_item(), NOW, found=found, reachable=reachable, files_sent=files_sent, fresh=fresh, error="silence"
    )

    proven = found is False and reachable and files_sent is True and not fresh
    assert (outcome.state == OutboxState.QUEUED) == proven
    assert (outcome.state == OutboxState.DONE) == (found is True)
    if outcome.state == OutboxState.SENDING:  # asked again later
        assert outcome.next_at == NOW + timedelta(seconds=30)
        assert not reachable or fresh
    if outcome.state == OutboxState.HELD:
        assert outcome.error == "silence"


@pytest.mark.parametrize(
    ("mode", "files_sent", "wait"),
    [
        ("never", None, None),
        ("never", False, None),
        ("auto", True, None),
        ("auto", None, 20),
        ("auto", False, 0),
        ("always", True, 0),
        ("always", None, 0),
    ],
)
def test_who_needs_a_copy_in_sent(mode: str, files_sent: bool | None, wait: int | None) -> None:
    """never: none; always: at once; auto: unless the provider files by itself, after a look while that is unknown."""
    copy = copy_effect(sent(an_item(), NOW, "250"), mode=mode, files_sent=files_sent)

    assert (None if copy is None else (copy.next_at - NOW).total_seconds()) == wait
    if copy is not None:
        assert (copy.key, copy.payload["of"]) == ("copy:ack:1:1", "ack:1:1")


def test_what_did_not_leave_is_not_copied() -> None:
    """Neither a failed mail nor a copy itself gets a copy."""
    failed = Outcome(item=an_item(), state=OutboxState.FAILED, at=NOW)
    assert copy_effect(failed, mode="always", files_sent=False) is None
    copy = copy_effect(sent(an_item(), NOW, "250"), mode="always", files_sent=False)
    assert copy is not None
    assert copy_effect(Outcome(item=copy, state=OutboxState.DONE, at=NOW), mode="always", files_sent=False) is None


def test_a_copy_that_cannot_be_kept_is_tried_again() -> None:
    """IMAP is away: later; the folder refuses for good: failed, the mail itself stays sent."""
    later = not_copied(an_item(), NOW, MailboxError("away"))
    assert (later.state, later.next_at) == (OutboxState.QUEUED, NOW + outgoing.FIRST_RETRY)
    assert not_copied(an_item(), NOW, MailboxError("no", permanent=True)).state == OutboxState.FAILED
