"""The demo's mail world: a buyer's mail can be read, moved and answered without any server outside."""

from __future__ import annotations

import asyncio
import imaplib
from datetime import UTC, datetime
from typing import Any

import aioimaplib
import pytest

from helpdesk.errors import SendError
from helpdesk.intake.imap import ImapMailbox
from helpdesk.intake.mailbox import ImapAccess
from helpdesk.replies.smtp import SmtpAccess, SmtpDoor
from helpdesk.sandbox.mail import Taken, mail_world

RAW = b"From: ana@buyer.example\r\nSubject: Where is it?\r\nMessage-ID: <1@buyer.example>\r\n\r\nHello\r\n"


async def test_a_delivered_mail_can_be_read_flagged_and_moved() -> None:
    """A mail put into Junk lies there with its arrival time, and can be moved to the Inbox."""
    async with mail_world() as world:
        await world.deliver(RAW, "Junk", at=datetime(2026, 3, 1, 9, 30, tzinfo=UTC), flags=["\\Seen"])

        def rescue() -> tuple[list[Any], tuple[bytes, bytes]]:
            with imaplib.IMAP4("127.0.0.1", world.imap_port, timeout=5) as client:
                client.login(world.user, world.password)
                folders = client.list()[1]
                client.select("Junk")
                fetched: list[Any] = client.uid("FETCH", "1:*", "(UID INTERNALDATE FLAGS BODY.PEEK[])")[1]
                uid = fetched[0][0].split(b"UID ")[1].split()[0].rstrip(b")").decode()
                client.uid("MOVE", uid, "INBOX")
                return folders, fetched[0]

        folders, fetched = await asyncio.to_thread(rescue)
        assert {b"INBOX", b"Junk", b"Sent"} == {line.rsplit(b" ", 1)[1].strip(b'"') for line in folders}
        assert fetched[1] == RAW
        assert b"01-Mar-2026 09:30:00 +0000" in fetched[0]
        assert b"\\Seen" in fetched[0]
        assert (await world.folder("INBOX"), await world.folder("Junk")) == ([RAW], [])


async def test_who_idles_hears_of_a_delivery() -> None:
    """IDLE pushes EXISTS when a mail is delivered."""
    async with mail_world() as world:
        client = aioimaplib.IMAP4("127.0.0.1", world.imap_port, timeout=5)
        await client.wait_hello_from_server()
        await client.login(world.user, world.password)
        await client.select("INBOX")
        idle = await client.idle_start(timeout=5)
        await world.deliver(RAW)
        pushed = await client.wait_server_push(timeout=5)
        client.idle_done()
        await asyncio.wait_for(idle, 5)
        assert any(line.endswith(b"EXISTS") for line in pushed)
        await client.logout()


async def test_the_bot_s_own_door_reads_idles_moves_and_files_in_it() -> None:
    """All that the demo asks of the IMAP server: folders by their names, mails, IDLE, the rescue, the Sent folder."""
    async with mail_world() as world:
        access = ImapAccess(
            host="127.0.0.1", port=world.imap_port, security="none", username=world.user, password=world.password
        )
        door = ImapMailbox(access)
        await door.connect()
        found = await door.folders()
        assert (found.inbox, found.junk, found.sent) == ("INBOX", "Junk", "Sent")

        await world.deliver(RAW, "Junk")
        await door.select("Junk", readonly=False)
        uids = await door.uids_after(0)
        mails = [mail async for batch in door.fetch(uids) for mail in batch]
        assert [mail.raw for mail in mails] == [RAW]
        await door.move(uids[0], "Junk", "INBOX", expect_message_id="1@buyer.example")
        assert (await world.folder("INBOX"), await world.folder("Junk")) == ([RAW], [])

        await door.select("INBOX")
        listening = asyncio.create_task(door.idle(stop=asyncio.Event(), max_seconds=20))
        await asyncio.sleep(0.2)
        await world.deliver(RAW.replace(b"<1@", b"<2@"))
        assert await asyncio.wait_for(listening, 10)

        assert await door.find_message_id("Sent", "ack-1@shop.example") == []
        await door.append("Sent", b"Message-ID: <ack-1@shop.example>\r\n\r\nThank you\r\n", when=datetime.now(UTC))
        assert len(await door.find_message_id("Sent", "ack-1@shop.example")) == 1
        await door.close()


async def test_a_copy_can_be_put_into_sent() -> None:
    """APPEND works: a Sent copy lies in the Sent folder."""
    async with mail_world() as world:

        def append() -> str:
            with imaplib.IMAP4("127.0.0.1", world.imap_port, timeout=5) as client:
                client.login(world.user, world.password)
                return client.append("Sent", "(\\Seen)", "", RAW)[0]

        assert await asyncio.to_thread(append) == "OK"
        assert await world.folder("Sent") == [RAW]


async def test_what_is_sent_is_kept_and_told() -> None:
    """A mail sent through the world's SMTP server is kept with its envelope, and listeners hear of it."""
    heard: list[Taken] = []
    async with mail_world() as world:
        world.listeners.append(heard.append)
        door = SmtpDoor(SmtpAccess("127.0.0.1", world.smtp_port, "none", world.user, world.password, timeout=5))
        await door.send("support@shop.example", "ana@buyer.example", RAW)
        await door.close()
        assert heard == world.sent
        assert (world.sent[0].recipients, world.sent[0].raw) == (("ana@buyer.example",), RAW)


async def test_a_wrong_login_is_refused() -> None:
    """Both servers know their one user's password."""
    async with mail_world() as world:

        def wrong() -> None:
            with imaplib.IMAP4("127.0.0.1", world.imap_port, timeout=5) as client:
                client.login(world.user, "wrong")

        with pytest.raises(imaplib.IMAP4.error):
            await asyncio.to_thread(wrong)
        door = SmtpDoor(SmtpAccess("127.0.0.1", world.smtp_port, "none", world.user, "wrong", timeout=5))
        with pytest.raises(SendError):
            await door.send("a@shop.example", "b@buyer.example", RAW)


async def test_the_world_ends_though_clients_are_connected() -> None:
    """Open connections do not hold up the end."""
    async with asyncio.timeout(5):
        async with mail_world() as world:
            ends = [await asyncio.open_connection("127.0.0.1", p) for p in (world.imap_port, world.smtp_port)]
            for reader, _ in ends:
                await reader.readline()
        for reader, writer in ends:
            await reader.read()
            writer.close()
            await writer.wait_closed()
