"""A Slack stand-in on this machine: a workspace with Slack's rules and faults, and the people in it.

async with SlackStandIn() as slack:
    channel = slack.state.add_channel("buyer-support")
    ...  # the app connects to slack.url with slack.state.bot_token and .app_token
    await slack.click(slack.messages("#buyer-support")[0], "ticket_acknowledge", user="UMIA00001")
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Self, TypeVar

from aiohttp import web

from helpdesk.sandbox.slack_people import People
from helpdesk.sandbox.slack_server import Server
from helpdesk.sandbox.slack_state import Json, OpenView, Workspace

T = TypeVar("T")


class SlackStandIn(People):
    """The workspace, its server and its people. `more_routes` adds pages of one's own before `start`."""

    def __init__(self, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.state = Workspace()
        self.server = Server(self.state)
        self.more_routes: Callable[[web.Application], None] | None = None
        self._host, self._port = host, port

    @property
    def url(self) -> str:
        """The Web API's base address: what `[slack].api_url` is set to."""
        return f"{self.server.url}api/"

    async def start(self) -> None:
        """Listen."""
        await self.server.start(self._host, self._port, self.more_routes)

    async def stop(self) -> None:
        """Close everything."""
        await self.server.stop()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def messages(self, channel: str, event_type: str = "") -> list[Json]:
        """A channel's messages without the threads' replies, oldest first; of one metadata type if given."""
        return [
            m
            for m in self.state.channel(channel).messages
            if m.get("thread_ts", m["ts"]) == m["ts"] and event_type in {"", m.get("metadata", {}).get("event_type")}
        ]

    def thread(self, message: Json) -> list[Json]:
        """The replies under a message, oldest first."""
        every = self.state.channel(message["channel"]).messages
        return [m for m in every if m.get("thread_ts") == message["ts"] != m["ts"]]

    @property
    def ephemerals(self) -> list[Json]:
        """What single users were told: dicts with channel, user, text, blocks."""
        return self.state.ephemerals

    def open_views(self, user: str = "") -> list[OpenView]:
        """The open modals, the topmost last."""
        return [v for v in self.state.views.values() if v.open and user in {"", v.user}]

    async def until(self, found: Callable[[], T | None], seconds: float = 10.0) -> T:
        """Wait until `found` gives something true, and return it."""
        async with asyncio.timeout(seconds):
            while True:
                changed = self.state.changed
                value = found()
                if value:
                    return value
                await asyncio.wait({asyncio.ensure_future(changed.wait())}, timeout=0.05)

    async def connected(self, count: int = 1, seconds: float = 10.0) -> None:
        """Wait until so many sockets are open."""
        await self.until(lambda: len(self.server.sockets) >= count, seconds)

    def snapshot(self) -> Json:
        """All that a page needs to draw the workspace: channels with messages, ephemerals, open views, homes."""
        shown = [*self.state.views.values(), *self.state.homes.values()]
        return {
            "channels": [
                {"id": c.id, "name": c.name, "direct": c.direct, "messages": c.messages}
                for c in self.state.channels.values()
            ],
            "users": list(self.state.users.values()),
            "ephemerals": self.ephemerals,
            "views": [{"id": v.id, "user": v.user, "view": v.view} for v in shown if v.open],
        }
