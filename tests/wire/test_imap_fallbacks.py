"""The IMAP door on servers that lack something, or withhold something: no mail is lost, doubled or deleted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from helpdesk.errors import MailboxError
from helpdesk.intake.imap import ImapMailbox
from tests.support.fake_imap import DEFAULTS, FakeImap, Session, silence
from tests.support.mailboxes import access_to, door_to, fetch_all, letter


@pytest.fixture
async def fake() -> AsyncIterator[FakeImap]:
    """A server whose capabilities a test narrows."""
    async with FakeImap() as server:
        yield server


def texts(fake: FakeImap, folder: str) -> list[bytes]:
    """The mails of a folder that are not marked as deleted."""
    return [mail.raw for mail in fake.boxes[folder].letters if "\\Deleted" not in mail.flags]


async def test_a_move_without_move_is_copy_and_expunge_of_that_one_mail(fake: FakeImap) -> None:
    """Others' deleted mails stay; the new place is told."""
    fake.capabilities = "IMAP4rev1 UIDPLUS"
    fake.boxes["Junk"].add(letter("theirs"), {"\\Deleted"})
    fake.boxes["Junk"].add(letter("1"), {"$Junk"})
    async with door_to(fake.port) as door:
        moved = await door.move(2, "Junk", "INBOX", expect_message_id="1@buyers.test")

    assert (moved.done, moved.new_uid, moved.new_uidvalidity) == (True, 1, 7)
    assert texts(fake, "INBOX") == [letter("1")]
    assert fake.boxes["INBOX"].letters[0].flags == {"$NotJunk"}
    assert [mail.raw for mail in fake.boxes["Junk"].letters] == [letter("theirs")]


async def test_many_at_once_only_where_the_server_has_move(fake: FakeImap) -> None:
    """Without MOVE nothing is done together: each is carried over by itself."""
    fake.capabilities = "IMAP4rev1 UIDPLUS"
    fake.boxes["Junk"].add(letter("1"))
    async with door_to(fake.port) as door:
        moved = await door.move_many({1: "1@buyers.test"}, "Junk", "INBOX", uidvalidity=7)

    assert moved == {}
    assert texts(fake, "Junk") == [letter("1")]
    assert not fake.commands("MOVE")


async def test_a_refused_move_of_many_says_which_went_all_the_same(fake: FakeImap) -> None:
    """MOVE of several need not be all or nothing (RFC 6851, 3.3): what is gone from the source counts as moved."""
    fake.boxes["Junk"].add(letter("1"))
    fake.boxes["Junk"].add(letter("2"))

    async def half(session: Session, tag: str, rest: str) -> None:  # noqa: ARG001 -- a handler's shape
        box = fake.boxes["Junk"]
        fake.boxes["INBOX"].add(box.letters[0].raw)
        del box.letters[0]
        await session.send(f"{tag} NO over quota")

    fake.on["UID MOVE"] = half
    async with door_to(fake.port) as door:
        moved = await door.move_many(
            {1: "1@buyers.test", 2: "2@buyers.test"}, "Junk", "INBOX", uidvalidity=fake.boxes["Junk"].uidvalidity
        )

    assert list(moved) == [1]
    assert texts(fake, "Junk") == [letter("2")]


async def test_without_uidplus_nothing_is_ever_expunged(fake: FakeImap) -> None:
    """A bare EXPUNGE would take others' mails too: the original stays, marked as deleted, however often."""
    fake.capabilities = "IMAP4rev1"
    fake.boxes["Junk"].add(letter("theirs"), {"\\Deleted"})
    fake.boxes["Junk"].add(letter("1"))
    async with door_to(fake.port) as door:
        first = await door.move(2, "Junk", "INBOX", expect_message_id="1@buyers.test")
        again = await door.move(2, "Junk", "INBOX", expect_message_id="1@buyers.test")

    assert first.done
    assert again.done
    assert texts(fake, "INBOX") == [letter("1")]
    assert len(fake.boxes["Junk"].letters) == 2
    assert texts(fake, "Junk") == []
    assert not fake.commands("EXPUNGE")
    assert not fake.commands("CLOSE")


async def test_an_interrupted_copy_is_not_made_twice(fake: FakeImap) -> None:
    """The connection dies between COPY and the mark; the second try finds its own copy, byte for byte."""
    fake.capabilities = "IMAP4rev1 UIDPLUS"
    fake.boxes["Junk"].add(letter("1"))

    async def copies_in_silence(session: Session, tag: str, rest: str) -> None:
        fake.boxes["INBOX"].add(letter("1"))
        await silence(session, tag, rest)

    fake.on["UID COPY"] = copies_in_silence
    async with door_to(fake.port, timeout=0.3) as door:
        with pytest.raises(MailboxError):
            await door.move(1, "Junk", "INBOX", expect_message_id="1@buyers.test")
        del fake.on["UID COPY"]
        await door.connect()
        again = await door.move(1, "Junk", "INBOX", expect_message_id="1@buyers.test")

    assert (again.done, again.new_uid) == (True, 1)
    assert texts(fake, "INBOX") == [letter("1")]
    assert fake.boxes["Junk"].letters == []


async def test_another_mail_of_the_same_message_id_does_not_pass_for_the_copy(fake: FakeImap) -> None:
    """Same Message-ID, same size, other words: both are kept (promise 2)."""
    fake.capabilities = "IMAP4rev1 UIDPLUS"
    fake.boxes["INBOX"].add(letter("1", body=b"aaaa\r\n"))
    fake.boxes["Junk"].add(letter("1", body=b"bbbb\r\n"))
    async with door_to(fake.port) as door:
        assert (await door.move(1, "Junk", "INBOX", expect_message_id="1@buyers.test")).done

    assert texts(fake, "INBOX") == [letter("1", body=b"aaaa\r\n"), letter("1", body=b"bbbb\r\n")]


async def test_a_renumbered_mail_is_moved_by_its_message_id(fake: FakeImap) -> None:
    """After a change of UIDVALIDITY the UID is another mail's; the right one is found in the source."""
    fake.boxes["Junk"].add(letter("other"))
    fake.boxes["Junk"].add(letter("1"))
    async with door_to(fake.port) as door:
        moved = await door.move(1, "Junk", "INBOX", expect_message_id="1@buyers.test", uidvalidity=6)
        gone = await door.move(9, "Junk", "INBOX", expect_message_id="never@buyers.test")

    assert moved.done
    assert not gone.done
    assert texts(fake, "INBOX") == [letter("1")]
    assert texts(fake, "Junk") == [letter("other")]


async def test_a_server_that_refuses_keywords_still_moves(fake: FakeImap) -> None:
    """$NotJunk is a favour."""

    async def refused(session: Session, tag: str, rest: str) -> None:  # noqa: ARG001 -- a handler's shape
        await session.send(f"{tag} NO no keywords here")

    fake.on["UID STORE"] = refused
    fake.boxes["Junk"].add(letter("1"))
    async with door_to(fake.port) as door:
        assert (await door.move(1, "Junk", "INBOX", expect_message_id=None)).done


async def test_a_missing_target_is_a_permanent_error_and_moves_nothing(fake: FakeImap) -> None:
    """A person must create or name the folder."""
    fake.boxes["Junk"].add(letter("1"))
    async with door_to(fake.port) as door:
        with pytest.raises(MailboxError, match="Archive") as told:
            await door.move(1, "Junk", "Archive", expect_message_id=None)

    assert told.value.permanent
    assert texts(fake, "Junk") == [letter("1")]


async def test_without_special_use_names_are_known(fake: FakeImap) -> None:
    """A plain LIST and the names of many languages."""
    fake.capabilities = "IMAP4rev1"
    fake.boxes = {
        "INBOX": fake.boxes["INBOX"],
        "INBOX/Spamverdacht": fake.boxes["Junk"],
        "&XfJT0ZAB-": fake.boxes["Sent"],
    }
    for box in fake.boxes.values():
        box.attributes = ""
    async with door_to(fake.port) as door:
        found = await door.folders()

    assert (found.junk, found.sent) == ("INBOX/Spamverdacht", "已发送")
    assert "RETURN" not in fake.commands("LIST")[0]


async def test_without_idle_the_wait_is_only_a_wait(fake: FakeImap) -> None:
    """It ends at its time, at stop, and for another task."""
    fake.capabilities = "IMAP4rev1"
    async with door_to(fake.port) as door:
        await door.select("INBOX")
        assert not await door.idle(stop=asyncio.Event(), max_seconds=0.1)
        waiting = asyncio.create_task(door.idle(stop=asyncio.Event(), max_seconds=60))
        await asyncio.sleep(0.1)
        await asyncio.wait_for(door.noop(), 5)
        assert await asyncio.wait_for(waiting, 5)

    assert not fake.commands("IDLE")


async def test_a_refused_idle_is_an_error_not_a_busy_loop(fake: FakeImap) -> None:
    """NO to IDLE is told."""

    async def refused(session: Session, tag: str, rest: str) -> None:  # noqa: ARG001 -- a handler's shape
        await session.send(f"{tag} NO not now")

    fake.on["IDLE"] = refused
    async with door_to(fake.port) as door:
        await door.select("INBOX")
        with pytest.raises(MailboxError, match="not now"):
            await door.idle(stop=asyncio.Event(), max_seconds=60)


async def test_a_stop_is_seen_at_once_even_on_a_dead_connection(fake: FakeImap) -> None:
    """Half a second, whatever the server does; then the connection is given up."""
    fake.on["IDLE"] = silence
    async with door_to(fake.port, timeout=3600.0, idle_refresh=3600.0) as door:
        await door.select("INBOX")
        stop = asyncio.Event()
        waiting = asyncio.create_task(door.idle(stop=stop, max_seconds=3600))
        await asyncio.sleep(0.1)
        stop.set()

        assert not await asyncio.wait_for(waiting, 3)
        assert not door.connected


async def test_a_mail_the_server_cannot_render_holds_up_no_other(fake: FakeImap) -> None:
    """Exchange says NO to the whole batch: the others come whole, that one as what can be had of it."""
    for number in (1, 2, 3):
        fake.boxes["INBOX"].add(letter(str(number)))

    async def exchange(session: Session, tag: str, rest: str) -> None:
        if "BODY" in rest and any(letter.uid == 2 for _, letter in session.box.chosen(rest.split()[0])):
            await session.send(
                f"{tag} NO The requested message could not be converted to an RFC-822 compatible format."
            )
        else:
            await DEFAULTS["UID FETCH"](session, tag, rest)

    fake.on["UID FETCH"] = exchange
    async with door_to(fake.port) as door:
        await door.select("INBOX")
        mails = await fetch_all(door, [1, 2, 3])

    assert [(mail.uid, mail.truncated) for mail in mails] == [(1, False), (2, True), (3, False)]
    assert (mails[1].raw, mails[1].size) == (b"", len(letter("2")))


@pytest.mark.parametrize("where", ["RFC822.SIZE)", "BODY"])
async def test_a_passing_failure_is_not_taken_for_vanished_mail(fake: FakeImap, where: str) -> None:
    """A server with a broken disk behind it: an error and a later try, not lost mail (promise 1)."""
    fake.boxes["INBOX"].add(letter("1"))

    async def broken(session: Session, tag: str, rest: str) -> None:
        if where in rest:
            await session.send(f"{tag} NO [UNAVAILABLE] storage is away")
        else:
            await DEFAULTS["UID FETCH"](session, tag, rest)

    fake.on["UID FETCH"] = broken
    async with door_to(fake.port) as door:
        await door.select("INBOX")
        with pytest.raises(MailboxError) as told:
            await fetch_all(door, [1])

    assert not told.value.permanent


async def test_a_change_of_uidvalidity_under_way_stops_the_reading(fake: FakeImap) -> None:
    """A folder opened again that numbers anew would give other mails under the same UIDs."""
    fake.boxes["INBOX"].add(letter("1"))
    async with door_to(fake.port) as door:
        await door.select("INBOX")
        await door.find_message_id("Sent", "1@buyers.test")
        fake.boxes["INBOX"].uidvalidity = 8
        with pytest.raises(MailboxError, match="UIDVALIDITY"):
            await door.uids_after(0)
        assert (await door.select("INBOX")).uidvalidity == 8
        assert await door.uids_after(0) == [1]


@pytest.mark.parametrize(
    ("answer", "permanent"),
    [
        ("NO [AUTHENTICATIONFAILED] Invalid credentials", True),
        ("NO LOGIN failed.", True),
        ("NO [UNAVAILABLE] Temporary authentication failure.", False),
        ("NO [ALERT] Too many simultaneous connections. (Failure)", False),
    ],
)
async def test_which_refused_logins_are_tried_again(fake: FakeImap, answer: str, permanent: bool) -> None:
    """A wrong password needs a person; a busy server needs time."""

    async def refuse(session: Session, tag: str, rest: str) -> None:  # noqa: ARG001 -- a handler's shape
        await session.send(f"{tag} {answer}")

    fake.on["LOGIN"] = refuse
    with pytest.raises(MailboxError) as told:
        await ImapMailbox(access_to(fake.port)).connect()

    assert told.value.permanent is permanent


async def test_servers_that_do_not_let_us_in(fake: FakeImap) -> None:
    """A BYE for a greeting, no greeting, nobody listening, no TLS: plain errors."""
    fake.greeting = "* BYE too busy"
    with pytest.raises(MailboxError, match="too busy"):
        await ImapMailbox(access_to(fake.port)).connect()
    fake.greeting = ""
    with pytest.raises(MailboxError, match="within"):
        await ImapMailbox(access_to(fake.port, timeout=0.2)).connect()
    fake.greeting = "* OK hello"
    with pytest.raises(MailboxError, match="TLS") as told:
        await ImapMailbox(access_to(fake.port, security="tls")).connect()
    assert told.value.permanent
    with pytest.raises(MailboxError, match="cannot connect") as told:
        await ImapMailbox(access_to(1)).connect()
    assert not told.value.permanent


async def test_plaintext_is_for_this_machine_alone() -> None:
    """Not even a connection is made."""
    with pytest.raises(MailboxError, match="this machine") as told:
        await ImapMailbox(access_to(143, host="imap.shop.example")).connect()

    assert told.value.permanent


async def test_a_password_beyond_ascii_goes_by_authenticate(fake: FakeImap) -> None:
    """LOGIN knows ASCII only."""
    fake.capabilities = "IMAP4rev1 AUTH=PLAIN"
    heard: list[str] = []

    async def plain(session: Session, tag: str, rest: str) -> None:  # noqa: ARG001 -- a handler's shape
        await session.send("+ ")
        heard.append(await session.line())
        await session.send(f"{tag} OK welcome")

    fake.on["AUTHENTICATE"] = plain
    async with door_to(fake.port, password="Straße"):
        pass

    assert heard == ["AHNob3BAZXhhbXBsZS50ZXN0AFN0cmHDn2U="]


async def test_a_part_comes_alone_and_decoded(fake: FakeImap) -> None:
    """One attachment, its transfer encoding undone; a part that is not there is told."""

    async def part(session: Session, tag: str, rest: str) -> None:
        body = "{16}\r\naGVsbG8gd29y\r\nbG" if "[2]" in rest else "NIL"
        mime = "Content-Type: x/y\r\nContent-Transfer-Encoding: BASE64\r\n\r\n"
        await session.send(
            f"* 1 FETCH (UID 1 BODY[2.MIME] {{{len(mime)}}}\r\n{mime} BODY[{'2' if '[2]' in rest else '3'}] {body})",
            f"{tag} OK done",
        )

    fake.on["UID FETCH"] = part
    async with door_to(fake.port) as door:
        await door.select("INBOX")
        assert await door.fetch_part(1, "2") == b"hello worl"
        with pytest.raises(MailboxError, match="no part 3"):
            await door.fetch_part(1, "3")
        with pytest.raises(MailboxError, match="no part number"):
            await door.fetch_part(1, "1] BODY[TEXT")
