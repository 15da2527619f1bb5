"""What every part of the Slack desk holds, and how it speaks to one person."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import structlog

from helpdesk.errors import HelpdeskError, SlackError
from helpdesk.slack import home as pages
from helpdesk.slack import posts
from helpdesk.slack.board import Board
from helpdesk.slack.desk import Desk
from helpdesk.slack.weekchart import Draw
from helpdesk.store.engine import Store

log = structlog.get_logger()

Json = dict[str, Any]

#: How long a user group's members are believed, s.
GROUP_AGE = 60.0


class Door(Protocol):
    """What the desk needs of Slack; see slack/door.py."""

    async def ephemeral(
        self, channel: str, user: str, text: str, blocks: Sequence[Json] = (), thread_ts: str | None = None
    ) -> None:
        """Tell one person."""

    async def post(
        self,
        channel: str,
        text: str,
        blocks: Sequence[Json],
        metadata: Json | None = None,
        thread_ts: str | None = None,
    ) -> tuple[str, str]:
        """Post."""  # fmt: skip

    async def open_view(self, trigger_id: str, view: Json) -> Json:
        """Open a modal."""

    async def push_view(self, trigger_id: str, view: Json) -> Json:
        """Put a modal on top."""

    async def update_view(self, view_id: str, view: Json) -> Json:
        """Replace a modal."""

    async def publish_home(self, user: str, view: Json) -> None:
        """Replace a Home tab."""

    async def person_name(self, user: str) -> str:
        """A user's name."""

    async def group(self, name: str) -> set[str]:
        """A user group's members."""

    async def members(self, channel: str) -> set[str]:
        """A channel's members."""

    async def channel_id(self, name: str) -> str:
        """A channel's id."""

    async def permalink(self, channel: str, ts: str) -> str:
        """A message's address."""

    async def upload(
        self, channel: str, name: str, data: bytes, *, thread_ts: str | None = None, text: str = ""
    ) -> None:
        """Put a file into a thread."""

    async def picture(self, name: str, data: bytes) -> str:
        """Keep a PNG in Slack; its file id."""


#: Fetches an attachment from the mailbox: (mail number, its place in the list) → (name, bytes). Raises HelpdeskError.
Fetch = Callable[[int, int], Awaitable[tuple[str, bytes]]]
#: The last seven days for managers: (label, value).
Figures = Callable[[], Awaitable[list[tuple[str, str]]]]
#: An address that signs a person in to the dashboard once: user id → address.
Link = Callable[[str], Awaitable[str]]


async def _no_figures() -> list[tuple[str, str]]:
    """Where nobody hands figures in."""
    return []


@dataclass(frozen=True, slots=True)
class Where:
    """Where a person acted: channel and message ("" in a form or on the Home tab), and the thread's root."""

    user: str
    channel: str = ""
    ts: str = ""
    thread: str = ""
    trigger: str = ""
    in_modal: bool = False
    at_home: bool = False


def where_of(body: Json) -> Where:
    """Read it from an interaction's payload."""
    container = body.get("container") or {}
    message, view = body.get("message") or {}, body.get("view") or {}
    channel = str(container.get("channel_id") or (body.get("channel") or {}).get("id") or "")
    ts = str(container.get("message_ts") or message.get("ts") or body.get("message_ts") or "")
    return Where(
        user=str((body.get("user") or {}).get("id") or body.get("user_id") or ""),
        channel=channel or str(body.get("channel_id") or ""),
        ts=ts,
        thread=str(message.get("thread_ts") or ""),
        trigger=str(body.get("trigger_id") or ""),
        in_modal=view.get("type") == "modal",
        at_home=view.get("type") == "home",
    )


class Room:
    """The desk's ground in Slack."""

    def __init__(
        self,
        desk: Desk,
        door: Door,
        store: Store,
        board: Board,
        now: Callable[[], datetime],
        wake: Callable[[], None] = lambda: None,
        *,
        fetch: Fetch | None = None,
        figures: Figures | None = None,
        link: Link | None = None,
        chart: Draw | None = None,
    ) -> None:
        self.desk, self.door, self.store, self.board = desk, door, store, board
        self.now, self.wake = now, wake
        self.fetch, self.link, self.chart = fetch, link, chart
        self.figures: Figures = figures if figures is not None else _no_figures
        self._drawing = asyncio.Lock()
        self._later: set[asyncio.Task[None]] = set()
        self._group: tuple[float, set[str]] = (float("-inf"), set())

    def later(self, work: Coroutine[Any, Any, Any]) -> None:
        """Do something after the acknowledgement; a failure is logged, never lost in silence."""

        async def guarded() -> None:
            try:
                await work
            except HelpdeskError as error:
                log.warning("could not tell a person", action="slack_late_failed", error=str(error))
            except Exception:
                log.exception("a late answer broke", action="slack_late_broken")

        task = asyncio.get_running_loop().create_task(guarded())
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def settle(self, seconds: float = 2.0) -> None:
        """Wait for what is still being told, and for what that tells in its turn."""
        until = asyncio.get_running_loop().time() + seconds
        while self._later and (left := until - asyncio.get_running_loop().time()) > 0:
            await asyncio.wait(set(self._later), timeout=left)

    def tell(self, where: Where, sentence: str) -> None:
        """A sentence of ours to the person who acted, seen by nobody else."""
        if not sentence:
            return
        text, blocks = posts.told(sentence)
        if where.channel:
            self.later(self.door.ephemeral(where.channel, where.user, text, blocks, where.thread or None))
        else:
            self.later(self.door.post(where.user, text, blocks))

    async def show(self, where: Where, view: Json) -> Json:
        """Open a view, on top of the one the person is in."""
        if where.in_modal:
            return await self.door.push_view(where.trigger, view)
        return await self.door.open_view(where.trigger, view)

    async def may(self, user: str, channel: str = "") -> bool:
        """Whether a person may act: a manager, somebody on call, a member of the agents' group; without such a group

        whoever is in the channel of the cards. `channel`: where they act; a click on a card shows that they are there.
        """
        if user in self.board.managers or user in self.board.on_call:
            return True
        if self.board.agents:
            return await self._among(user, lambda: self.door.group(self.board.agents), unknown=False)
        if channel and channel in await self._ours():
            return True
        return await self._among(user, lambda: self.door.members(self.board.channel), unknown=True)

    async def _among(self, user: str, ask: Callable[[], Awaitable[set[str]]], *, unknown: bool) -> bool:
        """Is a person among those that Slack names? Believed for a minute; `unknown` where it names nobody."""
        asked, members = self._group
        if time.monotonic() - asked > GROUP_AGE or user not in members:
            try:
                members = await ask()
            except SlackError as error:
                log.warning("the agents are unknown", action="slack_group_failed", error=str(error))
                return user in members or unknown
            self._group = (time.monotonic(), members)
        return user in members or (unknown and len(members) < 2)  # nobody but the bot: Slack tells us nothing

    async def _ours(self) -> set[str]:
        """The ids of the desk's channels, as far as Slack tells them."""
        found = set()
        for name in (self.board.channel, self.board.escalations):
            with contextlib.suppress(SlackError):
                found.add(await self.door.channel_id(name))
        return found

    async def refused(self, where: Where) -> bool:
        """Whether a person may not act; they are told."""
        if await self.may(where.user, where.channel):
            return False
        self.tell(where, pages.STRANGER.format(self._whom()))
        return True

    def _whom(self) -> str:
        return "the agents' group" if self.board.agents else f"the channel {self.board.channel}"
