"""The door to Slack's Web API: posts, updates, asks what stands there. Holds no rules; every refusal is a SlackError.

A call ends within 10 s. Nothing is tried twice here: a 429 comes back as `retry_after`, a lost answer as `unknown`.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import aiohttp

from helpdesk.errors import SlackError
from helpdesk.slack.errors_of import meaning

Block = dict[str, Any]

TIMEOUT = 10.0
#: Scopes of manifest.json, each for something the desk does.
SCOPES = (
    "channels:history", "channels:join", "channels:read", "chat:write", "chat:write.public", "commands", "files:write",
    "groups:history", "groups:read", "im:history", "im:write", "usergroups:read", "users:read",
)  # fmt: skip
#: History pages of 200 searched for a message after a lost answer.
MOST_PAGES = 10
#: Names of channels are lower case, so however short an id is, it is no name.
_ID = re.compile(r"[CGDUW][A-Z0-9]+")


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the bot is, and what it may not do: scopes missing, () when all are there or Slack did not say."""

    team: str
    user: str
    bot: str
    missing: tuple[str, ...]


class SlackDoor:
    """One bot token's way to Slack. `seen_at`: time.monotonic() of the last answer, None before the first."""

    def __init__(self, token: str, api_url: str = "https://slack.com/api/", *, timeout: float = TIMEOUT) -> None:
        self._token, self._url, self._timeout = token, api_url.rstrip("/") + "/", timeout
        self._session: aiohttp.ClientSession | None = None
        self._client: Any = None
        self._ids: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self.seen_at: float | None = None

    @property
    def client(self) -> Any:
        """slack_sdk's AsyncWebClient on a kept session, without any retry handler."""
        if self._client is None or self._session is None or self._session.closed:
            from slack_sdk.web.async_client import AsyncWebClient

            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self._timeout))
            self._client = AsyncWebClient(
                self._token, base_url=self._url, session=self._session, retry_handlers=[], timeout=int(self._timeout)
            )
        return self._client

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def call(self, method: str, *, writes: bool = False, **arguments: Any) -> Any:
        """One API method by its Slack name; arguments that are None are left out. Answers with slack_sdk's response."""
        from slack_sdk.errors import SlackApiError, SlackClientError

        given = {key: value for key, value in arguments.items() if value is not None}
        send = {"json": given} if writes or method.startswith("views.") else {"params": given}
        try:
            answer = await self.client.api_call(method, **send)
        except SlackApiError as error:
            raise self._refusal(method, error.response, writes) from error
        except aiohttp.ClientConnectorError as error:
            raise SlackError(f"Slack is out of reach at {method}: {error}", code="unreachable") from error
        except (aiohttp.ClientError, SlackClientError, TimeoutError, OSError) as error:
            why = str(error) or type(error).__name__
            raise SlackError(f"Slack's answer to {method} was lost: {why}", unknown=writes, code="lost") from error
        self.seen_at = time.monotonic()
        return answer

    def _refusal(self, method: str, answer: Any, writes: bool) -> SlackError:
        data = answer.data if isinstance(getattr(answer, "data", None), dict) else {}
        status = int(getattr(answer, "status_code", getattr(answer, "status", 0)) or 0)
        headers = dict(getattr(answer, "headers", {}) or {})
        if data:
            self.seen_at = time.monotonic()
        return meaning(
            method, status, str(data.get("error") or ""), headers, needed=str(data.get("needed") or ""), writes=writes
        )

    # -- messages ------------------------------------------------------------------------------------

    async def post(
        self,
        channel: str,
        text: str,
        blocks: Sequence[Block],
        metadata: dict[str, Any] | None = None,
        thread_ts: str | None = None,
    ) -> tuple[str, str]:
        """Post a message; `channel` is an id, a #name or a user's id. Returns (channel id, ts)."""
        answer = await self.call(
            "chat.postMessage", writes=True, channel=channel, text=text, blocks=list(blocks), metadata=metadata,
            thread_ts=thread_ts, unfurl_links=False, unfurl_media=False, parse="none", link_names=False,
        )  # fmt: skip
        found, ts = str(answer.get("channel") or channel), str(answer["ts"])
        if channel.startswith("#"):
            self._ids[channel] = found
        return found, ts

    async def update(
        self, channel: str, ts: str, text: str, blocks: Sequence[Block], metadata: dict[str, Any] | None = None
    ) -> None:
        """Replace a message; doing it twice does no harm."""
        where = await self.channel_id(channel)
        await self.call(
            "chat.update", writes=True, channel=where, ts=ts, text=text, blocks=list(blocks), metadata=metadata,
            parse="none", link_names=False,
        )  # fmt: skip

    async def ephemeral(
        self, channel: str, user: str, text: str, blocks: Sequence[Block] = (), thread_ts: str | None = None
    ) -> None:
        """Tell one person in a channel; where that cannot be shown (not a member), in a direct message."""
        try:
            await self.call(
                "chat.postEphemeral", writes=True, channel=channel, user=user, text=text, blocks=list(blocks) or None,
                thread_ts=thread_ts or None,
            )  # fmt: skip
        except SlackError as error:
            if not error.permanent:
                raise
            await self.post(user, text, blocks)

    async def find_by_key(
        self, channel: str, key: str, *, thread_ts: str | None = None, since: datetime | None = None
    ) -> str | None:
        """The ts of the message whose metadata carries this outbox key, posted after `since`; None if none."""
        where = await self.channel_id(channel)
        method = "conversations.replies" if thread_ts else "conversations.history"
        oldest = f"{since.timestamp():.6f}" if since is not None else None
        cursor: str | None = None
        for _ in range(MOST_PAGES):
            page = await self._joined(
                method, channel=where, ts=thread_ts, oldest=oldest, limit=200, cursor=cursor, include_all_metadata=True
            )
            for message in page.get("messages") or []:
                payload = (message.get("metadata") or {}).get("event_payload") or {}
                if payload.get("key") == key:
                    return str(message["ts"])
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or None
            if cursor is None:
                return None
        return None

    async def _joined(self, method: str, **arguments: Any) -> Any:
        """A reading call; a public channel the bot is not in is joined first."""
        try:
            return await self.call(method, **arguments)
        except SlackError as error:
            if error.code != "not_in_channel":
                raise
            await self.join(str(arguments["channel"]))
            return await self.call(method, **arguments)

    async def permalink(self, channel: str, ts: str) -> str:
        """A message's address; "" where Slack does not give one."""
        try:
            answer = await self.call("chat.getPermalink", channel=await self.channel_id(channel), message_ts=ts)
        except SlackError:
            return ""
        return str(answer.get("permalink") or "")

    async def upload(
        self, channel: str, name: str, data: bytes, *, thread_ts: str | None = None, text: str = ""
    ) -> None:
        """Put a file into a channel or thread."""
        where, files = await self.channel_id(channel), [{"id": await self._handed_over(name, data), "title": name}]
        await self.call(
            "files.completeUploadExternal", writes=True, files=files, channel_id=where, thread_ts=thread_ts,
            initial_comment=text or None,
        )  # fmt: skip

    async def picture(self, name: str, data: bytes) -> str:
        """Keep a PNG in Slack, shared nowhere, for an image block's `slack_file`; returns its id.

        Slack takes a moment until it can be shown: a view that names it before is refused.
        """
        file = await self._handed_over(name, data)
        await self.call("files.completeUploadExternal", writes=True, files=[{"id": file, "title": name}])
        return file

    async def _handed_over(self, name: str, data: bytes) -> str:
        got = await self.call("files.getUploadURLExternal", filename=name, length=len(data))
        try:
            assert self._session is not None
            async with self._session.post(str(got["upload_url"]), data=data) as answer:
                if answer.status != 200:
                    raise SlackError(f"Slack did not take the file (HTTP {answer.status})")
        except (aiohttp.ClientError, TimeoutError) as error:
            raise SlackError(f"Slack did not take the file: {error or type(error).__name__}") from error
        return str(got["file_id"])

    # -- views ---------------------------------------------------------------------------------------

    async def open_view(self, trigger_id: str, view: Block) -> dict[str, Any]:
        """Open a modal; within three seconds of the click. Returns Slack's view."""
        return dict((await self.call("views.open", trigger_id=trigger_id, view=view)).get("view") or {})

    async def push_view(self, trigger_id: str, view: Block) -> None:
        """Put a modal on top of the one the click came from."""
        await self.call("views.push", trigger_id=trigger_id, view=view)

    async def update_view(self, view_id: str, view: Block, *, hash: str | None = None) -> dict[str, Any]:  # noqa: A002 -- Slack's name
        """Replace an open modal, if it is still the one with this hash. Returns Slack's view."""
        return dict((await self.call("views.update", view_id=view_id, view=view, hash=hash)).get("view") or {})

    async def publish_home(self, user: str, view: Block) -> None:
        """Replace a user's home tab."""
        await self.call("views.publish", user_id=user, view=view)

    # -- who and where -------------------------------------------------------------------------------

    async def channel_id(self, name: str) -> str:
        """The id of a #name, looked up once; ids stay as they are; channel_not_found where there is none."""
        if _ID.fullmatch(name):
            return name
        wanted = "#" + name.removeprefix("#")
        if wanted in self._ids:
            return self._ids[wanted]
        cursor: str | None = None
        while True:
            page = await self._listed(
                types="public_channel,private_channel", exclude_archived=True, limit=1000,
                cursor=cursor,
            )  # fmt: skip
            self._ids |= {f"#{found['name']}": str(found["id"]) for found in page.get("channels") or []}
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or None
            if wanted in self._ids:
                return self._ids[wanted]
            if cursor is None:
                raise meaning(f"conversations.list for {wanted}", 200, "channel_not_found", {})

    async def _listed(self, **arguments: Any) -> Any:
        """A page of the channels; without the right to see private ones, of the public ones."""
        try:
            return await self.call("conversations.list", **arguments)
        except SlackError as error:
            if error.code != "missing_scope":
                raise
            return await self.call("conversations.list", **{**arguments, "types": "public_channel"})

    async def join(self, channel: str) -> None:
        """Join a public channel, so that its history can be read."""
        await self.call("conversations.join", writes=True, channel=await self.channel_id(channel))

    async def person_name(self, user: str) -> str:
        """A user's name for texts where Slack shows no mentions; the id where it is unknown."""
        if user not in self._names:
            try:
                found = (await self.call("users.info", user=user)).get("user") or {}
            except SlackError:
                return user
            profile = found.get("profile") or {}
            self._names[user] = str(profile.get("display_name") or found.get("real_name") or found.get("name") or user)
        return self._names[user]

    async def group(self, name: str) -> set[str]:
        """The user ids of a user group (S0123)."""
        return {str(user) for user in (await self.call("usergroups.users.list", usergroup=name)).get("users") or []}

    async def members(self, channel: str) -> set[str]:
        """The user ids in a channel, the bot's own among them."""
        found: set[str] = set()
        where, cursor = await self.channel_id(channel), None
        while True:
            page = await self._joined("conversations.members", channel=where, limit=1000, cursor=cursor)
            found |= {str(user) for user in page.get("members") or []}
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or None
            if cursor is None:
                return found

    async def check(self) -> Identity:
        """Who we are and which scopes are missing."""
        answer = await self.call("auth.test")
        told = answer.headers.get("x-oauth-scopes") or answer.headers.get("X-OAuth-Scopes") or ""
        have = {scope.strip() for scope in told.split(",") if scope.strip()}
        missing = tuple(scope for scope in SCOPES if scope not in have) if have else ()
        return Identity(
            str(answer.get("team") or ""), str(answer.get("user_id") or ""), str(answer.get("bot_id") or ""), missing
        )
