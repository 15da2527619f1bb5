"""The SMTP door: mails leave over kept connections, and every failure says what it means for the mail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from email import message_from_bytes

import pytest

from helpdesk.errors import SendError
from helpdesk.replies import smtp
from helpdesk.replies.smtp import SmtpAccess, SmtpDoor
from tests.support.smtpd import Smtpd, smtpd

SENDER, BUYER = "support@shop.example", "q7w8e9+A1B2@marketplace.amazon.com"
RAW = b"From: support@shop.example\r\nTo: b@buyer.example\r\nMessage-ID: <1@shop.example>\r\n\r\nHello\r\n"


@pytest.fixture
async def server() -> AsyncIterator[Smtpd]:
    """A server without TLS and login."""
    async with smtpd() as running:
        yield running


@pytest.fixture
async def door(server: Smtpd) -> AsyncIterator[SmtpDoor]:
    """A door to it with a short patience."""
    one = SmtpDoor(SmtpAccess(server.host, server.port, "none", timeout=0.5))
    yield one
    await one.close()


async def test_a_mail_arrives_byte_for_byte_at_the_exact_alias(server: Smtpd, door: SmtpDoor) -> None:
    """The envelope keeps the buyer's +case; the bytes are those given; the server's words come back."""
    result = await door.send(SENDER, BUYER, RAW)
    assert (server.mails[0].sender, server.mails[0].recipients, server.mails[0].raw) == (SENDER, (BUYER,), RAW)
    assert "queued as 000001" in result.server_reply


async def test_line_ends_and_dots_survive(server: Smtpd, door: SmtpDoor) -> None:
    """Bare line feeds become CRLF, and a line that begins with a dot keeps it."""
    await door.send(SENDER, BUYER, b"Subject: x\n\n.\n..two\n.hidden\nend")
    assert server.mails[0].raw == b"Subject: x\r\n\r\n.\r\n..two\r\n.hidden\r\nend\r\n"


async def test_one_connection_serves_mail_after_mail(server: Smtpd, door: SmtpDoor) -> None:
    """Ten mails in a row need one connection."""
    for _ in range(10):
        await door.send(SENDER, BUYER, RAW)
    assert (len(server.mails), server.connections) == (10, 1)


async def test_at_most_four_connections_at_once(server: Smtpd, door: SmtpDoor) -> None:
    """Forty mails at once share four connections."""
    server.delay = 0.01
    await asyncio.gather(*(door.send(SENDER, BUYER, RAW) for _ in range(40)))
    assert (len(server.mails), server.most_at_once, server.connections) == (40, 4, 4)


async def test_a_server_that_allows_fewer_connections(server: Smtpd) -> None:
    """The number of connections can be lowered: smtp.connections in helpdesk.toml."""
    door = SmtpDoor(SmtpAccess(server.host, server.port, "none", timeout=5), connections=1)
    await asyncio.gather(*(door.send(SENDER, BUYER, RAW) for _ in range(8)))
    assert (len(server.mails), server.most_at_once) == (8, 1)
    await door.close()


async def test_a_connection_closed_while_idle_is_replaced(server: Smtpd, door: SmtpDoor) -> None:
    """The server hangs up between two mails: the second goes out all the same, once."""
    await door.send(SENDER, BUYER, RAW)
    server.hang_up()
    await door.send(SENDER, BUYER, RAW)
    assert (len(server.mails), server.connections) == (2, 2)


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
async def test_a_kept_connection_that_ends_before_the_mail_is_replaced(
    server: Smtpd, door: SmtpDoor, stage: str
) -> None:
    """A kept connection that breaks before the mail has left is no failure of the mail: it goes out once."""
    await door.send(SENDER, BUYER, RAW)
    server.drop(stage)
    await door.send(SENDER, BUYER, RAW)
    server.fail(stage, "421 4.4.2 idle for too long")
    await door.send(SENDER, BUYER, RAW)
    assert len(server.mails) == 3


async def test_our_own_goodbye_to_idle_connections(
    server: Smtpd, door: SmtpDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection that lies idle is closed from our side before the server does."""
    monkeypatch.setattr(smtp, "IDLE", 0.05)
    await asyncio.gather(*(door.send(SENDER, BUYER, RAW) for _ in range(4)))
    async with asyncio.timeout(5):
        await server.empty.wait()
    await door.send(SENDER, BUYER, RAW)
    assert len(server.mails) == 5


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "message"])
@pytest.mark.parametrize(("reply", "permanent"), [("450 4.2.0 greylisted", False), ("550 5.1.1 nobody", True)])
async def test_refusals_say_whether_a_retry_helps(
    server: Smtpd, door: SmtpDoor, stage: str, reply: str, permanent: bool
) -> None:
    """4xx is for now, 5xx for good; nothing was sent, the connection serves the next mail."""
    server.fail(stage, reply)
    with pytest.raises(SendError, match=reply) as caught:
        await door.send(SENDER, BUYER, RAW)
    assert (caught.value.permanent, caught.value.unknown, caught.value.server) == (permanent, False, False)
    assert server.mails == []
    await door.send(SENDER, BUYER, RAW)
    assert (len(server.mails), server.connections) == (1, 1)


@pytest.mark.parametrize("code", ["530 5.7.0 must log in", "535 5.7.8 who are you", "538 5.7.11 needs TLS"])
async def test_a_refusal_of_our_login_does_not_condemn_the_mail(server: Smtpd, door: SmtpDoor, code: str) -> None:
    """A password that no longer works is mended by a person; the mail waits."""
    server.fail("mail", code)
    with pytest.raises(SendError) as caught:
        await door.send(SENDER, BUYER, RAW)
    assert (caught.value.permanent, caught.value.server) == (False, True)


@pytest.mark.parametrize("keep", [True, False])
async def test_an_end_after_the_mail_is_unknown(server: Smtpd, door: SmtpDoor, keep: bool) -> None:
    """The connection ends after DATA: taken or not, we cannot know, and nothing is repeated."""
    server.drop("message", keep=keep)
    with pytest.raises(SendError) as caught:
        await door.send(SENDER, BUYER, RAW)
    assert (caught.value.unknown, caught.value.permanent, len(server.mails)) == (True, False, int(keep))


async def test_silence_after_the_mail_is_unknown(
    server: Smtpd, door: SmtpDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that never answers after the mail leaves its fate unknown."""
    monkeypatch.setattr(smtp, "PATIENCE", 0.1)
    server.delay = 1.0
    with pytest.raises(SendError) as caught:
        await door.send(SENDER, BUYER, RAW)
    assert caught.value.unknown


async def test_a_refusal_with_421_after_the_mail_is_a_refusal(server: Smtpd, door: SmtpDoor) -> None:
    """421 in reply to the whole mail means that it was not taken."""
    server.fail("message", "421 4.3.0 going down")
    with pytest.raises(SendError) as caught:
        await door.send(SENDER, BUYER, RAW)
    assert (caught.value.unknown, caught.value.permanent) == (False, False)


@pytest.mark.parametrize("reply", ["421 4.3.2 too busy", "554 5.7.1 not from here"])
async def test_a_refused_connection_is_never_the_mails_fault(server: Smtpd, door: SmtpDoor, reply: str) -> None:
    """A greeting that refuses us is worth a retry."""
    server.fail("connect", reply, close=True)
    with pytest.raises(SendError) as caught:
        await door.send(SENDER, BUYER, RAW)
    assert (caught.value.unknown, caught.value.permanent, caught.value.server) == (False, False, True)


async def test_nobody_listens() -> None:
    """A server that is away is named, and worth a retry."""
    away = SmtpDoor(SmtpAccess("127.0.0.1", 9, "none", timeout=0.5))
    with pytest.raises(SendError, match=r"127\.0\.0\.1:9") as caught:
        await away.send(SENDER, BUYER, RAW)
    assert (caught.value.permanent, caught.value.server) == (False, True)


@pytest.mark.parametrize(
    "address",
    [
        "a@b.example\r\nRCPT TO:<x@evil.example>",
        "a@b.example> SIZE=1",
        "<a@b.example>",
        "a b@c.example",
        "a@b.example\x00",
        "a,b@c.example",
        "no-at-sign",
        "",
        "a@" + "b" * 400 + ".example",
    ],
)
async def test_an_address_that_could_smuggle_commands_never_reaches_the_server(
    server: Smtpd, door: SmtpDoor, address: str
) -> None:
    """Line ends, brackets and blanks in an address are refused for good, on either side, before anything is sent."""
    for sender, recipient in ((SENDER, address), (address, BUYER)):
        with pytest.raises(SendError) as caught:
            await door.send(sender, recipient, RAW)
        assert caught.value.permanent
    assert server.connections == 0


async def test_addresses_beyond_ascii(server: Smtpd, door: SmtpDoor) -> None:
    """A domain is spelt as the DNS does; a local part asks for SMTPUTF8."""
    await door.send(SENDER, "ana@bücher.example", RAW)
    await door.send(SENDER, "josé@buyer.example", RAW)
    await door.send(SENDER, '"odd one"@buyer.example', RAW)
    assert server.mails[0].recipients == ("ana@xn--bcher-kva.example",)
    assert "SMTPUTF8" not in server.mails[0].options
    assert server.mails[1].recipients == ("josé@buyer.example",)
    assert "SMTPUTF8" in server.mails[1].options
    assert server.mails[2].recipients == ('"odd one"@buyer.example',)


async def test_eight_bit_bodies(server: Smtpd, door: SmtpDoor) -> None:
    """An 8-bit body is announced."""
    raw = b'Content-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGr\xc3\xbc\xc3\x9fe\r\n'
    await door.send(SENDER, BUYER, raw)
    assert (server.mails[0].raw, "BODY=8BITMIME" in server.mails[0].options) == (raw, True)


@pytest.mark.parametrize("missing", ["8BITMIME", "SMTPUTF8"])
async def test_a_server_without_an_extension(server: Smtpd, door: SmtpDoor, missing: str) -> None:
    """Without 8BITMIME a body is re-encoded; without SMTPUTF8 a foreign address is refused for good, others are not."""
    server.hide.add(missing)
    raw = b'Content-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGr\xc3\xbc\xc3\x9fe\r\n'
    await door.send(SENDER, BUYER, raw)
    arrived = message_from_bytes(server.mails[0].raw).get_payload(decode=True)
    assert isinstance(arrived, bytes)
    assert arrived.strip() == "Grüße".encode()
    assert server.mails[0].raw.isascii() == (missing == "8BITMIME")
    if missing == "SMTPUTF8":
        with pytest.raises(SendError) as caught:
            await door.send(SENDER, "josé@buyer.example", RAW)
        assert caught.value.permanent


async def test_a_cancelled_send_spoils_no_other(server: Smtpd, door: SmtpDoor) -> None:
    """A connection whose mail was broken off is not used again."""
    server.delay = 0.2
    task = asyncio.create_task(door.send(SENDER, BUYER, RAW))
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    server.delay = 0.0
    await door.send(SENDER, BUYER, RAW)
    assert server.connections == 2
