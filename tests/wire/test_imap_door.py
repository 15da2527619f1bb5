"""The IMAP door over a real Dovecot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import pytest

from helpdesk.errors import MailboxError
from helpdesk.intake.imap import FetchedMail, ImapAccess, ImapMailbox
from tests.support.dovecot import PASSWORD, Dovecot

WHEN = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)


def letter(number: int, *, size: int = 100, message_id: str = "") -> bytes:
    """A small mail with a Message-ID of its own."""
    name = message_id or f"{number}@buyers.test"
    return f"From: a@b.test\r\nSubject: {number}\r\nMessage-ID: <{name}>\r\n\r\n".encode() + b"x" * size + b"\r\n"


def access(server: Dovecot, user: str, **changes: object) -> ImapAccess:
    """How to reach a user's mailbox on this machine."""
    fields: dict[str, object] = {
        "host": "127.0.0.1", "port": server.port, "security": "none", "username": user, "password": PASSWORD,
        "timeout": 5.0, "idle_refresh": 60.0,
    }  # fmt: skip
    return ImapAccess(**{**fields, **changes})  # type: ignore[arg-type]  # fields of its own


@pytest.fixture
def user(dovecot: Dovecot) -> str:
    """A user with an empty mailbox."""
    return dovecot.new_user()


@pytest.fixture
async def door(dovecot: Dovecot, user: str) -> AsyncIterator[ImapMailbox]:
    """A connected door."""
    mailbox = ImapMailbox(access(dovecot, user))
    await mailbox.connect()
    yield mailbox
    await mailbox.close()


async def fetched(door: ImapMailbox, uids: list[int]) -> list[FetchedMail]:
    """All mails of all batches."""
    return [mail async for batch in door.fetch(uids) for mail in batch]


async def test_folders_by_special_use(door: ImapMailbox) -> None:
    """Junk and Sent are found by their flags."""
    found = await door.folders()

    assert (found.inbox, found.junk, found.sent) == ("INBOX", "Junk", "Sent")
    assert (await door.folders(junk="", sent="")).junk is None


async def test_a_configured_folder_that_is_not_there_names_the_nearest(door: ImapMailbox) -> None:
    """A typing error is a permanent refusal with the remedy."""
    with pytest.raises(MailboxError, match="did you mean 'Junk'") as told:
        await door.folders(junk="Junkk")

    assert told.value.permanent


async def test_names_in_other_scripts(dovecot: Dovecot, user: str, door: ImapMailbox) -> None:
    """Modified UTF-7 is the wire's business alone."""
    with dovecot.client(user) as client:
        client.create('"Entw&APw-rfe"')
    await door.connect()
    await door.folders()
    state = await door.select("Entwürfe")

    assert state.exists == 0
    assert (await door.folders(junk="Entwürfe")).junk == "Entwürfe"


async def test_new_uids_only(dovecot: Dovecot, user: str, door: ImapMailbox) -> None:
    """`n:*` names the highest UID even below n; the door does not."""
    for number in (1, 2, 3):
        dovecot.deliver(user, letter(number), when=WHEN)
    state = await door.select("INBOX")

    assert state.exists == 3
    assert await door.uids_after(0) == [1, 2, 3]
    assert await door.uids_after(2) == [3]
    assert await door.uids_after(3) == []
    assert await door.uids_since(date(2026, 11, 19)) == [1, 2, 3]
    assert await door.uids_since(date(2026, 11, 22)) == []


async def test_a_mail_comes_with_its_bytes_time_and_size_and_stays_unread(
    dovecot: Dovecot, user: str, door: ImapMailbox
) -> None:
    """PEEK and EXAMINE leave no trace; the time is INTERNALDATE in UTC."""
    dovecot.deliver(user, letter(1), when=WHEN)
    await door.select("INBOX")
    (mail,) = await fetched(door, [1, 99])

    assert (mail.uid, mail.arrived, mail.truncated) == (1, WHEN, False)
    assert mail.raw.replace(b"\r\n", b"\n").startswith(b"From: a@b.test\nSubject: 1")
    assert "\\Seen" not in mail.flags
    assert [flags & {"\\Seen"} for _, flags, _ in dovecot.mails(user)] == [set()]


async def test_three_thousand_mails_and_a_large_one(dovecot: Dovecot, user: str, door: ImapMailbox) -> None:
    """Every mail arrives once, in batches; 25 MB come whole."""
    for number in range(3000):
        dovecot.deliver(user, letter(number))
    dovecot.deliver(user, letter(3001, size=25_000_000))
    await door.select("INBOX")
    uids = await door.uids_after(0)
    sizes: dict[int, int] = {}
    async for batch in door.fetch(uids):
        assert len(batch) <= 50
        sizes |= {mail.uid: len(mail.raw) for mail in batch}

    assert sorted(sizes) == uids
    assert len(uids) == 3001
    assert max(sizes.values()) > 25_000_000


async def test_a_mail_above_the_cap_comes_truncated(dovecot: Dovecot, user: str, door: ImapMailbox) -> None:
    """Its first part holds the whole header."""
    dovecot.deliver(user, letter(1, size=2_000_000))
    await door.select("INBOX")
    batches = [batch async for batch in door.fetch([1], max_bytes=100_000)]

    assert batches[0][0].truncated
    assert len(batches[0][0].raw) == 100_000
    assert batches[0][0].size > 2_000_000


async def test_a_move_keeps_the_mail_and_marks_it_no_junk(dovecot: Dovecot, user: str, door: ImapMailbox) -> None:
    """MOVE out of Junk; a second try finds it done; the reading folder stays selected."""
    dovecot.deliver(user, letter(1), "Junk")
    dovecot.deliver(user, letter(2), "Junk")
    await door.select("Junk")
    first = await door.move(1, "Junk", "INBOX", expect_message_id="<1@buyers.test>")
    again = await door.move(1, "Junk", "INBOX", expect_message_id="1@buyers.test")

    assert first.done
    assert again.done
    assert await door.uids_after(0) == [2]
    ((_, flags, raw),) = dovecot.mails(user)
    assert "$NotJunk" in flags
    assert b"1@buyers.test" in raw


async def test_a_move_of_another_mail_under_the_same_uid_does_not_happen(
    dovecot: Dovecot, user: str, door: ImapMailbox
) -> None:
    """The Message-ID is checked before anything moves."""
    dovecot.deliver(user, letter(1), "Junk")
    moved = await door.move(1, "Junk", "INBOX", expect_message_id="other@buyers.test")

    assert not moved.done
    assert len(dovecot.mails(user, "Junk")) == 1


async def test_many_move_with_one_command_and_only_the_right_ones(
    dovecot: Dovecot, user: str, door: ImapMailbox
) -> None:
    """Each is told its new place; another mail, one that is gone, and one of no Message-ID expected are left alone."""
    for number in range(1, 7):
        dovecot.deliver(user, letter(number), "Junk")
    dovecot.deliver(user, b"Subject: no id\r\n\r\nx\r\n", "Junk")
    state = await door.select("Junk")
    wanted = {1: "<1@buyers.test>", 3: "3@buyers.test", 4: "other@buyers.test", 5: "", 7: "", 99: "99@buyers.test"}
    moved = await door.move_many(wanted, "Junk", "INBOX", uidvalidity=state.uidvalidity)
    elsewhere = await door.move_many({2: "2@buyers.test"}, "Junk", "INBOX", uidvalidity=state.uidvalidity + 1)

    assert {uid: result.new_uid for uid, result in moved.items()} == {1: 1, 3: 2, 7: 3}
    assert elsewhere == {}
    assert [uid for uid, _, _ in dovecot.mails(user, "Junk")] == [2, 4, 5, 6]
    assert all("$NotJunk" in flags for _, flags, _ in dovecot.mails(user))


async def test_append_and_find(dovecot: Dovecot, user: str, door: ImapMailbox) -> None:
    """A Sent copy lies there read, under its time, and is found by its Message-ID, not by a part of one."""
    await door.append("Sent", letter(1, message_id="reply-12@shop.test"), when=WHEN)

    assert await door.find_message_id("Sent", "reply-12@shop.test") == [1]
    assert await door.find_message_id("Sent", "reply-1@shop.test") == []
    ((_, flags, _),) = dovecot.mails(user, "Sent")
    assert "\\Seen" in flags


async def test_idle_wakes_at_a_new_mail(dovecot: Dovecot, user: str, door: ImapMailbox) -> None:
    """The server's push ends the wait."""
    await door.select("INBOX")
    waiting = asyncio.create_task(door.idle(stop=asyncio.Event(), max_seconds=20))
    await asyncio.sleep(0.3)
    dovecot.deliver(user, letter(1))

    assert await asyncio.wait_for(waiting, 10)
    assert await door.uids_after(0) == [1]


async def test_idle_ends_at_stop_at_its_time_and_for_others(door: ImapMailbox) -> None:
    """A stop, the refresh time, and another task that wants the connection: its command may have taken the push."""
    await door.select("INBOX")
    stop = asyncio.Event()
    stop.set()
    assert not await door.idle(stop=stop, max_seconds=30)
    assert not await door.idle(stop=asyncio.Event(), max_seconds=0.1)
    waiting = asyncio.create_task(door.idle(stop=asyncio.Event(), max_seconds=30))
    await asyncio.sleep(0.2)
    await asyncio.wait_for(door.noop(), 5)
    assert await asyncio.wait_for(waiting, 5)


async def test_a_wrong_password_is_permanent(dovecot: Dovecot, user: str) -> None:
    """Who must act is a person."""
    with pytest.raises(MailboxError) as told:
        await ImapMailbox(access(dovecot, user, password="wrong")).connect()

    assert told.value.permanent
    assert "wrong" not in str(told.value)


async def test_many_tasks_share_one_connection(dovecot: Dovecot, user: str, door: ImapMailbox) -> None:
    """They take turns; none fails."""
    dovecot.deliver(user, letter(1))
    await door.select("INBOX")
    found = await asyncio.gather(
        *(door.uids_after(0) for _ in range(10)), *(door.find_message_id("Sent", "x@y.test") for _ in range(10))
    )

    assert found[:10] == [[1]] * 10


async def test_nothing_works_before_connect_and_after_close(door: ImapMailbox) -> None:
    """A plain error, no hanging."""
    await door.close()
    with pytest.raises(MailboxError, match="not connected"):
        await door.noop()


async def test_uidvalidity_changes_are_seen(dovecot: Dovecot, user: str, door: ImapMailbox) -> None:
    """A folder made anew is another numbering."""
    with dovecot.client(user) as client:
        client.create("Box")
    before = await door.select("Box")
    with dovecot.client(user) as client:
        client.delete("Box")
        await asyncio.sleep(1.1)  # Dovecot numbers by the second
        client.create("Box")
    await door.connect()

    assert (await door.select("Box")).uidvalidity != before.uidvalidity


def test_times_are_aware() -> None:
    """The test's own time is."""
    assert timedelta(0) == WHEN.utcoffset()
