"""The test SMTP server does what its docstring promises, or tests that lean on it prove nothing."""

from __future__ import annotations

import smtplib
from asyncio import to_thread

import pytest

from tests.support.smtpd import smtpd

RAW = b"From: a@shop.example\r\nTo: b@buyer.example\r\nMessage-ID: <1@shop.example>\r\n\r\nHello\r\n"


def deliver(port: int) -> None:
    """Send RAW with the standard library."""
    with smtplib.SMTP("127.0.0.1", port, timeout=5) as client:
        client.sendmail("a@shop.example", ["b@buyer.example"], RAW)


async def test_takes_and_records_a_mail() -> None:
    """A mail arrives as it was sent, with its envelope."""
    async with smtpd() as server:
        await to_thread(deliver, server.port)
        assert [(m.sender, m.recipients, m.message_id) for m in server.mails] == [
            ("a@shop.example", ("b@buyer.example",), "<1@shop.example>")
        ]
        assert server.mails[0].raw == RAW


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "message"])
async def test_refuses_at_a_stage_once(stage: str) -> None:
    """A fault strikes as often as asked for, then all is well again."""
    async with smtpd() as server:
        server.fail(stage, "451 4.3.0 later")
        with pytest.raises(smtplib.SMTPException):
            await to_thread(deliver, server.port)
        assert server.mails == []
        await to_thread(deliver, server.port)
        assert len(server.mails) == 1


@pytest.mark.parametrize("keep", [True, False])
async def test_vanishes_with_or_without_the_mail(keep: bool) -> None:
    """A connection that ends after DATA leaves the client in the dark; the test chooses whether the mail was taken."""
    async with smtpd() as server:
        server.drop("message", keep=keep)
        with pytest.raises(smtplib.SMTPServerDisconnected):
            await to_thread(deliver, server.port)
        assert len(server.mails) == int(keep)


async def test_refuses_at_the_greeting() -> None:
    """A 421 greeting ends the connection."""
    async with smtpd() as server:
        server.fail("connect", "421 4.3.2 too busy")
        with pytest.raises(smtplib.SMTPException):
            await to_thread(deliver, server.port)
