"""What the dashboard's pages share: the store, the clock, who is a manager, names, answers kept for a moment."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar
from zoneinfo import ZoneInfo

from helpdesk.replies.templates import Library
from helpdesk.reports.spoken import AGENTS
from helpdesk.settings import WatchList
from helpdesk.store import meta, signins
from helpdesk.store.engine import Store
from helpdesk.store.gauges import Gauges

T = TypeVar("T")

#: Figures asked for again within this many seconds are answered from memory: pages renew themselves all the time.
FRESH = 10.0
#: Answers remembered at most.
MOST_KEPT = 200


class Vital(Protocol):
    """What the pages ask for."""

    def warnings(self) -> list[str]:
        """What is amiss though all is in reach, in words."""

    async def trouble(self) -> list[str]:
        """What is out of reach, in words."""

    async def gauges(self) -> Gauges:
        """The numbers of this moment."""


async def no_name(user: str) -> str:
    """Without Slack a person is called by the id."""
    return user


@dataclass(slots=True, kw_only=True)
class Site:
    """One process's dashboard."""

    store: Store
    vital: Vital
    now: Callable[[], datetime]  #: aware UTC
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    url: str = ""  #: how people reach the dashboard: "https://helpdesk.shop.example"
    secret: str = ""  #: signs cookies; "": the one kept in the database
    managers: Sequence[str] = ()  #: Slack user ids that may change things; none: everybody who is let in
    link_life: timedelta = timedelta(minutes=10)
    session_life: timedelta = timedelta(hours=12)
    target_of: Callable[[str], float] = lambda _marketplace: 0.9
    limits: WatchList = field(default_factory=WatchList)
    library: Library | None = None  #: the canned replies; None: those the program brings along
    name_of: Callable[[str], Awaitable[str]] = no_name
    wake: Callable[[], None] = lambda: None
    _names: dict[str, str] = field(default_factory=dict)
    _asking: set[asyncio.Task[None]] = field(default_factory=set)
    _kept: dict[Hashable, tuple[float, Any]] = field(default_factory=dict)
    drawing: asyncio.Lock = field(default_factory=asyncio.Lock)  #: one chart at a time: matplotlib has one set of looks
    _changes: int = 0
    _locks: dict[Hashable, asyncio.Lock] = field(default_factory=dict)

    @property
    def secure(self) -> bool:
        """Are the pages reached over TLS?"""
        return self.url.startswith("https://")

    def manages(self, user: str) -> bool:
        """May this person change things?"""
        return not self.managers or user in self.managers

    async def key(self) -> str:
        """The key that signs cookies."""
        if not self.secret:
            async with self.store.read() as tx:
                found = await meta.get(tx, signins.SECRET)
            if found is None:
                async with self.store.write() as tx:
                    found = await signins.secret(tx, secrets.token_urlsafe(32), self.now())
            self.secret = found
        return self.secret

    def person(self, user: str | None) -> str:
        """A person's name; the id until Slack has told it."""
        if not user:
            return ""
        if user[:1] in "UW" and user.isalnum() and user not in self._names:
            self._names[user] = user
            task = asyncio.ensure_future(self._ask(user))
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)
        return self._names.get(user) or AGENTS.get(user, user)

    async def _ask(self, user: str) -> None:
        try:
            self._names[user] = await self.name_of(user) or user
        except Exception:  # noqa: BLE001 -- a name is a courtesy: the id stands in for it
            self._names[user] = user

    async def kept(self, key: Hashable, make: Callable[[], Awaitable[T]], *, patience: float = 0.0) -> T:
        """The answer under `key`, made at most once in FRESH seconds however many ask.

        Up to `patience` seconds old it is given at once, and made anew behind the asker's back: for what takes long.
        """
        known = self._kept.get(key)
        if known is not None and FRESH <= time.monotonic() - known[0] < patience and not self._locks[key].locked():
            task = asyncio.ensure_future(self._renew(key, make))
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)
            stale: T = known[1]
            return stale
        async with self._locks.setdefault(key, asyncio.Lock()):
            known = self._kept.get(key)
            if known is not None and time.monotonic() - known[0] < FRESH:
                found: T = known[1]
                return found
            changes = self._changes
            made = await make()
            if changes != self._changes:  # something was changed meanwhile: true a moment ago, not to be kept
                return made
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
                self._locks = {key: self._locks[key]}
            self._kept[key] = (time.monotonic(), made)
            return made

    async def _renew(self, key: Hashable, make: Callable[[], Awaitable[Any]]) -> None:
        try:
            await self.kept(key, make)
        except Exception:  # noqa: BLE001 -- nobody waits for it: who asks next is told
            self._kept.pop(key, None)

    def forget(self) -> None:
        """Something was changed here: the next look is fresh."""
        self._changes += 1
        self._kept.clear()
