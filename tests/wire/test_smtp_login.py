"""The SMTP door's TLS and login: never in the clear, never to a stranger, never blamed on the mail."""

from __future__ import annotations

import pytest

from helpdesk.errors import SendError, TokenError
from helpdesk.replies.smtp import SmtpAccess, SmtpDoor
from tests.support.smtpd import smtpd
from tests.support.tls import certificates

RAW = b"Subject: x\r\n\r\nHello\r\n"
USER, WORD = "support@shop.example", "correct horse"


async def send(access: SmtpAccess) -> None:
    """One mail through a door of its own."""
    door = SmtpDoor(access)
    try:
        await door.send("support@shop.example", "b@buyer.example", RAW)
    finally:
        await door.close()


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process trusts the tests' own authority."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates().ca))


@pytest.mark.usefixtures("trusted")
async def test_tls_from_the_first_byte() -> None:
    """security = tls speaks TLS at once and checks the certificate."""
    async with smtpd(tls=certificates().server_context()) as server:
        await send(SmtpAccess("localhost", server.port, "tls", timeout=5))
        assert len(server.mails) == 1


@pytest.mark.usefixtures("trusted")
async def test_starttls() -> None:
    """security = starttls upgrades before login and mail."""
    async with smtpd(starttls=certificates().server_context(), users={USER: WORD}) as server:
        await send(SmtpAccess("localhost", server.port, "starttls", USER, WORD, timeout=5))
        assert (len(server.mails), server.logins) == (1, [(USER, WORD)])


async def test_starttls_not_offered_is_refused_not_skipped() -> None:
    """A server (or someone in between) that hides STARTTLS gets neither password nor mail."""
    async with smtpd(users={USER: WORD}) as server:
        with pytest.raises(SendError, match="cannot be used"):
            await send(SmtpAccess("localhost", server.port, "starttls", USER, WORD, timeout=5))
        assert (server.mails, server.logins) == ([], [])


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_a_certificate_nobody_vouches_for_is_refused(security: str) -> None:
    """An unknown authority ends the attempt before the login."""
    context = certificates().server_context()
    tls, starttls = (context, None) if security == "tls" else (None, context)
    async with smtpd(tls=tls, starttls=starttls, users={USER: WORD}) as server:
        with pytest.raises(SendError) as caught:
            await send(SmtpAccess("localhost", server.port, security, USER, WORD, timeout=5))
        assert (server.mails, server.logins, caught.value.permanent) == ([], [], False)


@pytest.mark.parametrize("host", ["smtp.shop.example", "10.0.0.5", "[2001:db8::1]"])
def test_in_the_clear_is_for_loopback_only(host: str) -> None:
    """security = none elsewhere than on this machine is refused before any connection."""
    with pytest.raises(SendError, match="loopback"):
        SmtpDoor(SmtpAccess(host, 25, "none"))


async def test_a_wrong_password_names_the_login_and_spares_the_mail() -> None:
    """A refused login is temporary for the mail, and says whose login it was."""
    async with smtpd(users={USER: WORD}) as server:
        with pytest.raises(SendError, match=USER) as caught:
            await send(SmtpAccess("127.0.0.1", server.port, "none", USER, "wrong", timeout=5))
        assert (caught.value.permanent, caught.value.server) == (False, True)


async def test_oauth2_login() -> None:
    """With a token function the login is XOAUTH2, asked for at each connection."""

    async def token() -> str:
        return "ya29.fresh"

    async with smtpd(users={USER: "ya29.fresh"}) as server:
        await send(SmtpAccess("127.0.0.1", server.port, "none", USER, token=token, timeout=5))
        assert (len(server.mails), server.logins) == (1, [(USER, "ya29.fresh")])


async def test_a_token_that_cannot_be_had_spares_the_mail() -> None:
    """A lapsed consent is mended by a person; the mail waits."""

    async def token() -> str:
        raise TokenError("invalid_grant: sign in again", permanent=True)

    async with smtpd(users={USER: "x"}) as server:
        with pytest.raises(SendError, match="sign in again") as caught:
            await send(SmtpAccess("127.0.0.1", server.port, "none", USER, token=token, timeout=5))
        assert (caught.value.permanent, caught.value.server) == (False, True)


async def test_the_doctors_look() -> None:
    """check() logs in, sends nothing and returns what the server offers."""
    async with smtpd(users={USER: WORD}) as server:
        offers = await SmtpDoor(SmtpAccess("127.0.0.1", server.port, "none", USER, WORD, timeout=5)).check()
        assert "smtputf8" in offers
        assert (server.mails, server.logins) == ([], [(USER, WORD)])


def test_secrets_stay_out_of_print() -> None:
    """Neither repr nor str of an access shows its password."""
    access = SmtpAccess("smtp.shop.example", 465, "tls", USER, WORD)
    assert WORD not in repr(access) + str(access)
