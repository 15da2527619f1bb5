"""Who may look: one-use links, signed and expiring sessions, CSRF tokens, and a limit on attempts to sign in."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

from itsdangerous import BadSignature, TimestampSigner
from starlette.requests import Request
from starlette.responses import Response

from helpdesk.store import signins
from helpdesk.store.engine import Store
from helpdesk.web.site import Site

COOKIE = "helpdesk_session"
#: A link is tried in vain at most so often within so many seconds, by one address.
TRIES, TRIES_IN = 10, 60.0
LINK_LIFE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Somebody who is signed in."""

    user: str  #: Slack user id, or a name from the shell
    token: str  #: the session's own secret
    csrf: str
    manager: bool


def digest(token: str) -> str:
    """What the database keeps of a link or session."""
    return hashlib.sha256(token.encode()).hexdigest()


async def make_link(store: Store, url: str, user: str, now: datetime, life: timedelta = LINK_LIFE) -> str:
    """An address that signs `user` in once, within `life`."""
    token = secrets.token_urlsafe(32)
    async with store.write() as tx:
        await signins.sweep(tx, now)
        await signins.add_link(tx, digest(token), user, now + life)
    return f"{url.rstrip('/')}/sign-in?link={token}"


async def enter(site: Site, link: str, response: Response) -> bool:
    """Use a link up and set the session's cookie; False for one that is unknown, used, or past its end."""
    if not 20 <= len(link) <= 100:
        return False
    now, token = site.now(), secrets.token_urlsafe(32)
    async with site.store.write() as tx:
        user = await signins.take_link(tx, digest(link), now)
        if user is None:
            return False
        await signins.add_session(tx, digest(token), user, now + site.session_life)
    signed = TimestampSigner(await site.key(), salt=COOKIE).sign(token).decode()
    life = int(site.session_life.total_seconds())
    response.set_cookie(COOKIE, signed, max_age=life, path="/", httponly=True, samesite="lax", secure=site.secure)
    return True


async def visitor(site: Site, request: Request) -> Visitor | None:
    """Who asks; None without a cookie, with one that was changed, or after the session's end."""
    signed = request.cookies.get(COOKIE, "")
    if not signed or len(signed) > 300:
        return None
    key = await site.key()
    try:
        raw = TimestampSigner(key, salt=COOKIE).unsign(signed, max_age=int(site.session_life.total_seconds()))
        token = raw.decode()
    except (BadSignature, UnicodeError):
        return None
    async with site.store.read() as tx:
        user = await signins.session(tx, digest(token), site.now())
    if user is None:
        return None
    csrf = hmac.new(key.encode(), f"csrf:{token}".encode(), hashlib.sha256).hexdigest()
    return Visitor(user=user, token=token, csrf=csrf, manager=site.manages(user))


async def leave(site: Site, who: Visitor, response: Response) -> None:
    """Sign out, for good: the cookie is worth nothing any more."""
    async with site.store.write() as tx:
        await signins.end_session(tx, digest(who.token))
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax", secure=site.secure)


def is_own_form(who: Visitor, token: object, request: Request) -> bool:
    """Was this form sent from a page of ours? The token proves it; browsers also say where a form comes from."""
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return False
    return isinstance(token, str) and hmac.compare_digest(token.encode(), who.csrf.encode())


class Attempts:
    """Failed attempts to sign in, by address."""

    def __init__(self) -> None:
        self._failed: dict[str, deque[float]] = {}

    def too_many(self, address: str) -> bool:
        """Has this address failed TRIES times within TRIES_IN seconds?"""
        times = self._failed.get(address)
        if times is None:
            return False
        while times and time.monotonic() - times[0] > TRIES_IN:
            times.popleft()
        if not times:
            del self._failed[address]
        return len(times) >= TRIES

    def failed(self, address: str) -> None:
        """Note a failure."""
        if len(self._failed) > 10_000:
            self._failed.clear()
        self._failed.setdefault(address, deque(maxlen=TRIES)).append(time.monotonic())
