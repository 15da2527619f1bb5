"""Access tokens: one request for many askers, renewed in time, a replaced refresh token kept, refusals told apart."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from helpdesk import oauth
from helpdesk.errors import TokenError
from helpdesk.oauth import OAuthAccess, TokenSource

SECRET, REFRESH = "s3cret-of-the-client", "r3fresh-token"


@dataclass
class TokenServer:
    """A token server that misbehaves on request."""

    url: str = ""
    asked: list[dict[str, str]] = field(default_factory=list)
    answers: list[tuple[int, Any]] = field(default_factory=list)  # (status, JSON or text); empty: all is well
    life: int = 3600
    rotate: bool = False
    delay: float = 0.0

    async def token(self, request: web.Request) -> web.Response:
        """Answer one request."""
        self.asked.append({name: str(value) for name, value in (await request.post()).items()})
        await asyncio.sleep(self.delay)
        if self.answers:
            status, body = self.answers.pop(0)
            if isinstance(body, str):
                return web.Response(status=status, text=body)
            return web.json_response(body, status=status)
        number = len(self.asked)
        answer = {"access_token": f"token-{number}", "expires_in": self.life, "token_type": "Bearer"}
        return web.json_response(answer | ({"refresh_token": f"refresh-{number}"} if self.rotate else {}))


@pytest.fixture
async def server() -> AsyncIterator[TokenServer]:
    """The token server on loopback."""
    state = TokenServer()
    app = web.Application()
    app.router.add_post("/token", state.token)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    state.url = f"http://127.0.0.1:{runner.addresses[0][1]}/token"
    yield state
    await runner.cleanup()


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        """Seconds since the epoch."""
        return self.now


def access(server: TokenServer, provider: str = "gmail", refresh: str = REFRESH) -> OAuthAccess:
    """A registration that asks the local server."""
    return OAuthAccess(provider, "client-1", SECRET, refresh, token_url=server.url)


async def test_a_refresh_token_buys_an_access_token(server: TokenServer) -> None:
    """The request is RFC 6749 section 6's."""
    assert await TokenSource(access(server))() == "token-1"
    assert server.asked == [
        {
            "grant_type": "refresh_token",
            "client_id": "client-1",
            "client_secret": SECRET,
            "refresh_token": REFRESH,
        }
    ]


async def test_microsoft_asks_for_imap_and_smtp(server: TokenServer) -> None:
    """For a person the rights to IMAP and SMTP are named; for the application its own default."""
    await TokenSource(access(server, "microsoft365"))()
    await TokenSource(access(server, "microsoft365", refresh=""))()
    assert "IMAP.AccessAsUser.All" in server.asked[0]["scope"]
    assert "SMTP.Send" in server.asked[0]["scope"]
    assert (server.asked[1]["grant_type"], server.asked[1]["scope"]) == (
        "client_credentials",
        "https://outlook.office365.com/.default",
    )


async def test_many_askers_share_one_request(server: TokenServer) -> None:
    """Twenty connections that need a token at once cause one request."""
    server.delay = 0.05
    source = TokenSource(access(server))
    assert set(await asyncio.gather(*(source() for _ in range(20)))) == {"token-1"}
    assert len(server.asked) == 1


@pytest.mark.parametrize(("life", "still", "renewed"), [(3600, 3299, 3301), (100, 79, 81)])
async def test_a_token_is_renewed_before_it_ends(server: TokenServer, life: int, still: int, renewed: int) -> None:
    """Five minutes before its end, or a fifth of a short life."""
    server.life, clock = life, Clock()
    source, start = TokenSource(access(server), clock=clock), clock.now
    assert await source() == "token-1"
    clock.now = start + still
    assert await source() == "token-1"
    clock.now = start + renewed
    assert await source() == "token-2"


async def test_a_replaced_refresh_token_is_kept_and_used(server: TokenServer) -> None:
    """The server rotates: the new one is handed over for storing, and used the next time."""
    server.rotate, clock, kept = True, Clock(), []

    async def keep(token: str) -> None:
        kept.append(token)

    source = TokenSource(access(server), keep=keep, clock=clock)
    await source()
    clock.now += 4000
    await source()
    assert kept == ["refresh-1", "refresh-2"]
    assert [form["refresh_token"] for form in server.asked] == [REFRESH, "refresh-1"]


@pytest.mark.parametrize(
    ("status", "body", "permanent"),
    [
        (400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}, True),
        (401, {"error": "invalid_client"}, True),
        (400, {"error": "temporarily_unavailable"}, False),
        (429, {"error": "slow_down"}, False),
        (503, "Service Unavailable", False),
        (500, {"error": "server_error"}, False),
        (200, "<html>captive portal</html>", False),
        (200, {"access_token": ""}, False),
        (200, ["a list"], False),
        (302, "", False),
        (403, "blocked by a proxy", False),
    ],
)
async def test_refusals_say_whether_a_person_is_needed(
    server: TokenServer, status: int, body: Any, permanent: bool
) -> None:
    """A lapsed consent is permanent, a server in trouble is not; the next call asks again; no secret is shown."""
    server.answers = [(status, body)]
    source = TokenSource(access(server))
    with pytest.raises(TokenError) as caught:
        await source()
    assert caught.value.permanent == permanent
    assert SECRET not in str(caught.value)
    assert REFRESH not in str(caught.value)
    assert await source() == "token-2"


async def test_a_lapsed_consent_names_the_remedy(server: TokenServer) -> None:
    """invalid_grant tells that a person must sign in again."""
    server.answers = [(400, {"error": "invalid_grant"})]
    with pytest.raises(TokenError, match="sign in again"):
        await TokenSource(access(server))()


async def test_an_unreachable_server_is_temporary() -> None:
    """Nobody listens: try again later."""
    source = TokenSource(OAuthAccess("gmail", "c", SECRET, REFRESH, token_url="http://127.0.0.1:9/token"))
    with pytest.raises(TokenError, match="cannot be reached") as caught:
        await source()
    assert not caught.value.permanent


async def test_a_silent_server_is_temporary(server: TokenServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that does not answer in time does not hold us up for ever."""
    monkeypatch.setattr(oauth, "TIMEOUT", 0.05)
    server.delay = 0.5
    with pytest.raises(TokenError) as caught:
        await TokenSource(access(server))()
    assert not caught.value.permanent


def test_gmail_needs_a_refresh_token_and_others_are_unknown() -> None:
    """What cannot work is said at once."""
    with pytest.raises(TokenError, match="refresh_token"):
        TokenSource(OAuthAccess("gmail", "c"))
    with pytest.raises(TokenError, match="gmail or microsoft365"):
        TokenSource(OAuthAccess("yahoo", "c", refresh_token="r"))


def test_secrets_stay_out_of_print() -> None:
    """The registration's repr shows neither secret."""
    shown = repr(OAuthAccess("gmail", "c", SECRET, REFRESH))
    assert SECRET not in shown
    assert REFRESH not in shown
