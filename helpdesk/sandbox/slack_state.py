"""What a Slack workspace holds: people, channels, messages, open views, files; and the faults it was asked to have."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

#: What the bot's token may do unless a test says otherwise.
SCOPES = (
    "app_mentions:read", "channels:history", "channels:join", "channels:read", "chat:write", "chat:write.public",
    "commands", "files:write", "groups:history", "groups:read", "im:history", "im:write", "usergroups:read",
    "users:read",
)  # fmt: skip
TRIGGER_SECONDS = 3.0
ACK_SECONDS = 3.0


class ApiError(Exception):
    """An answer with ok=false: Slack's error code and whatever else belongs into the answer."""

    def __init__(self, code: str, **more: Any) -> None:
        super().__init__(code)
        self.code = code
        self.more = more


@dataclass
class Channel:
    """A channel or a direct conversation; `messages` in the order they were posted."""

    id: str
    name: str
    members: list[str] = field(default_factory=list)
    private: bool = False
    direct: str = ""  # the user of a direct conversation
    archived: bool = False
    messages: list[Json] = field(default_factory=list)
    by_ts: dict[str, Json] = field(default_factory=dict)


@dataclass
class OpenView:
    """A modal or home tab as one user sees it; `typed` is what stands in its fields."""

    id: str
    user: str
    view: Json
    root: str
    previous: str | None = None
    open: bool = True
    updates: int = 0
    typed: dict[str, dict[str, Json]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)  # what the app said of its fields, for the demo's page


@dataclass
class Fault:
    """One thing going wrong: `kind` is 429, 500, lost (done, answer lost), drop (not done), slow, or an error code."""

    method: str  # "chat.postMessage", or "*"
    kind: str
    times: int = 1
    seconds: float = 1.0  # Retry-After, or how slow
    channel: str = ""

    def fits(self, method: str, channel: str) -> bool:
        """Does it strike this call?"""
        return self.times > 0 and self.method in {"*", method} and self.channel in {"", channel}


@dataclass
class Interaction:
    """Something a person did, and what the app answered: `ack` is its acknowledgement, None without one."""

    envelope: Json
    trigger_id: str = ""
    ack: Json | None = None
    acked_after: float | None = None  # seconds; None: never
    answers: int = 0
    then: Callable[[Json], None] | None = None  # what Slack does the moment it is acknowledged in time
    done: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def late(self) -> bool:
        """Was the acknowledgement missing or later than Slack waits?"""
        return self.acked_after is None or self.acked_after > ACK_SECONDS


class Workspace:
    """All of it, with the lookups that the Web API and the driver share."""

    def __init__(self) -> None:
        self.bot_token, self.app_token, self.signing_secret = "xoxb-stand-in", "xapp-stand-in", "stand-in-secret"
        self.scopes: set[str] = set(SCOPES)
        self.bot_user, self.bot_id, self.team = "UBOT00001", "BBOT00001", "TSTAND001"
        self.users: dict[str, Json] = {}
        self.channels: dict[str, Channel] = {}
        self.groups: dict[str, list[str]] = {}
        self.views: dict[str, OpenView] = {}
        self.homes: dict[str, OpenView] = {}
        self.ephemerals: list[Json] = []
        self.files: dict[str, Json] = {}
        self.uploads: dict[str, bytes] = {}
        self.file_delay = 0.0  # s until an uploaded picture may stand in a block, as Slack first looks at it
        self.triggers: dict[str, tuple[float, str, str]] = {}  # id → (given at, user, view it came from)
        self.calls: list[tuple[str, Json]] = []
        self.faults: list[Fault] = []
        self.down_until = 0.0
        self.posts_per_second: float | None = None  # a channel's limit, when a test wants it kept
        self.last_post: dict[str, float] = {}
        self.clock: Callable[[], float] = time.time
        self.changed = asyncio.Event()
        self._count = itertools.count(1)
        self.add_user(self.bot_user, "helpdesk", bot=True)

    def new_id(self, letter: str) -> str:
        """A fresh id in Slack's manner: V0000001."""
        return f"{letter}{next(self._count):07d}"

    def new_ts(self) -> str:
        """A fresh message timestamp: later than every earlier one."""
        return f"{int(self.clock())}.{next(self._count):06d}"

    def add_user(self, user: str, name: str, *, real_name: str = "", bot: bool = False) -> str:
        """A person; returns the id."""
        self.users[user] = {"id": user, "name": name, "real_name": real_name or name, "is_bot": bot, "deleted": False}
        return user

    def add_channel(self, name: str, *, members: list[str] | None = None, private: bool = False) -> Channel:
        """A channel called `name` (without #); everyone is in it unless members are given."""
        channel = Channel(self.new_id("C"), name.lstrip("#"), members or list(self.users), private)
        self.channels[channel.id] = channel
        return channel

    def direct(self, user: str) -> Channel:
        """The bot's direct conversation with a user."""
        if user not in self.users:
            raise ApiError("user_not_found")
        for channel in self.channels.values():
            if channel.direct == user:
                return channel
        channel = Channel(self.new_id("D"), "", [user, self.bot_user], direct=user)
        self.channels[channel.id] = channel
        return channel

    def channel(self, name: str) -> Channel:
        """By id, by #name, or a user's id for the direct conversation; `channel_not_found` otherwise."""
        if name in self.channels:
            return self.channels[name]
        if name in self.users:
            return self.direct(name)
        for channel in self.channels.values():
            if name.startswith("#") and channel.name == name[1:]:
                return channel
        raise ApiError("channel_not_found")

    def message(self, channel: str, ts: str) -> Json:
        """One message; `message_not_found` otherwise."""
        found = self.channel(channel).by_ts.get(ts)
        if found is None:
            raise ApiError("message_not_found")
        return found

    def trigger(self, user: str, view: str = "") -> str:
        """A trigger id: good once, for three seconds."""
        name = self.new_id("TR")
        self.triggers[name] = (time.monotonic(), user, view)
        return name

    def take_trigger(self, name: str) -> tuple[str, str]:
        """Use up a trigger id; returns its user and the view it came from."""
        found = self.triggers.pop(name, None)
        if found is None:
            raise ApiError("exchanged_trigger_id" if name.startswith("TR") else "invalid_trigger_id")
        if time.monotonic() - found[0] > TRIGGER_SECONDS:
            raise ApiError("expired_trigger_id")
        return found[1], found[2]

    def shows(self, file: str) -> bool:
        """May this file stand in an image block? An uploaded png, jpg or gif, once Slack has looked at it."""
        found, data = self.files.get(file), self.uploads.get(file, b"")
        ready = found is not None and found.get("shown_from", float("inf")) <= time.monotonic()
        return ready and data.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8"))

    def note(self) -> None:
        """Wake whoever waits for a change."""
        self.changed.set()
        self.changed = asyncio.Event()

    def fault(self, method: str, kind: str, times: int = 1, *, seconds: float = 1.0, channel: str = "") -> Fault:
        """Ask for a fault; see Fault."""
        wanted = Fault(method, kind, times, seconds, channel)
        self.faults.append(wanted)
        return wanted

    def strike(self, method: str, channel: str) -> Fault | None:
        """The fault that strikes this call, used up by one."""
        for wanted in self.faults:
            if wanted.fits(method, channel):
                wanted.times -= 1
                return wanted
        return None
