"""The door to OAuth2 token servers: access tokens for mailboxes at Gmail and Microsoft 365.

With a refresh token it acts for the person who consented; without one, at Microsoft, for the application (client
credentials). One request at a time; a token is renewed before it ends; a refresh token that the server replaced is
kept.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from helpdesk.errors import TokenError

#: Where tokens come from, and the rights that IMAP and SMTP need there.
#: https://developers.google.com/identity/protocols/oauth2/web-server#offline
#: https://learn.microsoft.com/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth
TOKEN_URL = {
    "gmail": "https://oauth2.googleapis.com/token",
    "microsoft365": "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",
}
PERSON_SCOPE = {
    "gmail": "",  # the consent's own
    "microsoft365": "offline_access https://outlook.office.com/IMAP.AccessAsUser.All "
    "https://outlook.office.com/SMTP.Send",
}
APPLICATION_SCOPE = "https://outlook.office365.com/.default"

MARGIN = 300.0  # seconds before its end that a token is renewed; a fifth of its life if that is shorter
TIMEOUT = 30.0  # seconds
MOST = 64_000  # bytes of an answer worth reading

#: Errors that pass by themselves (RFC 6749 4.1.2.1); every other refusal needs a person.
PASSING = {"temporarily_unavailable", "server_error", "slow_down"}


@dataclass(frozen=True)
class OAuthAccess:
    """One mailbox's registration. `provider`: gmail or microsoft365. `token_url` overrides the provider's."""

    provider: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    tenant: str = "common"
    token_url: str = ""


class TokenSource:
    """Call it for an access token that is good for a while yet. Raises TokenError.

    `keep` is awaited with each refresh token that the server gave in place of the old one: whoever stores it.
    """

    def __init__(
        self,
        access: OAuthAccess,
        *,
        keep: Callable[[str], Awaitable[None]] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if access.provider not in TOKEN_URL:
            raise TokenError(f"oauth2 = {access.provider!r}: must be gmail or microsoft365", permanent=True)
        if access.provider == "gmail" and not access.refresh_token:
            raise TokenError(
                "oauth2 = gmail needs a refresh_token: Google has no other way to a mailbox", permanent=True
            )
        self.access = access
        self._refresh_token = access.refresh_token
        self._keep = keep
        self._clock = clock
        self._flight = asyncio.Lock()
        self._token = ""
        self._good_until = 0.0

    async def __call__(self) -> str:
        """The access token; asks the server only when the last one is about to end."""
        async with self._flight:
            if not self._token or self._clock() >= self._good_until:
                await self._renew()
            return self._token

    async def _renew(self) -> None:
        """Ask for a new token and keep what came."""
        access = self.access
        form = {"client_id": access.client_id, "client_secret": access.client_secret}
        if self._refresh_token:
            form |= {"grant_type": "refresh_token", "refresh_token": self._refresh_token}
            form["scope"] = PERSON_SCOPE[access.provider]
        else:
            form |= {"grant_type": "client_credentials", "scope": APPLICATION_SCOPE}
        asked = self._clock()
        answer = await self._post({name: value for name, value in form.items() if value})
        try:
            life = float(answer.get("expires_in") or 3600)
        except (TypeError, ValueError):
            life = 3600.0
        self._token = str(answer["access_token"])
        self._good_until = asked + life - min(MARGIN, life / 5)
        fresh = answer.get("refresh_token")
        if isinstance(fresh, str) and fresh and self._refresh_token and fresh != self._refresh_token:
            self._refresh_token = fresh
            if self._keep is not None:
                await self._keep(fresh)

    async def _post(self, form: dict[str, str]) -> dict[str, Any]:
        """The server's answer if it holds a token; TokenError for anything else. No secret stands in an error."""
        url = self.access.token_url or TOKEN_URL[self.access.provider].format(tenant=self.access.tenant)
        where = f"token server {url.split('?')[0]}"
        timeout = aiohttp.ClientTimeout(total=TIMEOUT)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as http,
                http.post(url, data=form, headers={"Accept": "application/json"}, allow_redirects=False) as response,
            ):
                status, body = response.status, await response.content.read(MOST)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise TokenError(f"{where} cannot be reached: {error or type(error).__name__}") from error
        answer = _json(body)
        if status == 200 and isinstance(answer.get("access_token"), str) and answer["access_token"]:
            return answer
        code = str(answer.get("error") or "")
        words = " ".join(f"{code} {answer.get('error_description') or ''}".split())[:300] or "no token in the answer"
        permanent = 400 <= status < 500 and status not in {408, 429} and bool(code) and code not in PASSING
        remedy = "; a person must sign in again (helpdesk init)" if code == "invalid_grant" else ""
        raise TokenError(f"{where} refused: {status} {words}{remedy}", permanent=permanent)


def _json(body: bytes) -> dict[str, Any]:
    """A JSON object, or an empty one for whatever else came."""
    import json

    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
