"""The stand-in's two doors: the Web API over HTTP and Socket Mode over a WebSocket, with its answers and faults."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

from aiohttp import WSMsgType, web

from helpdesk.sandbox import slack_api as api
from helpdesk.sandbox import slack_views as views
from helpdesk.sandbox.slack_state import ApiError, Fault, Interaction, Json, Workspace

#: method → (what it does, the scope it needs; "app" for the app-level token).
METHODS: dict[str, tuple[Callable[[Workspace, Json], Json], str]] = {
    "auth.test": (api.auth_test, ""),
    "chat.postMessage": (api.post, "chat:write"),
    "chat.update": (api.update, "chat:write"),
    "chat.postEphemeral": (api.ephemeral, "chat:write"),
    "chat.getPermalink": (api.permalink, ""),
    "conversations.history": (api.history, "channels:history"),
    "conversations.replies": (api.replies, "channels:history"),
    "conversations.list": (api.channels, "channels:read"),
    "conversations.info": (api.channel_info, "channels:read"),
    "conversations.join": (api.join, "channels:join"),
    "conversations.members": (api.members, "channels:read"),
    "conversations.open": (api.open_direct, "im:write"),
    "users.info": (api.user_info, "users:read"),
    "users.list": (api.user_list, "users:read"),
    "usergroups.users.list": (api.group_users, "usergroups:read"),
    "views.open": (views.view_open, ""),
    "views.push": (views.view_push, ""),
    "views.update": (views.view_update, ""),
    "views.publish": (views.view_publish, ""),
    "files.getUploadURLExternal": (api.upload_url, "files:write"),
    "files.completeUploadExternal": (api.upload_done, "files:write"),
}
SECRET_KEYS = {"token"}


async def arguments(request: web.Request) -> Json:
    """A call's arguments, whether they came as JSON, form or query."""
    found: Json = dict(request.query)
    if request.content_type == "application/json":
        body = await request.text()
        found.update(json.loads(body) if body else {})
    else:
        found.update({key: value for key, value in (await request.post()).items() if isinstance(value, str)})
    return found


class Server:
    """Serves one Workspace; `sockets` are the open Socket Mode connections, `waiting` what they were sent."""

    def __init__(self, state: Workspace) -> None:
        self.state = state
        self.url = ""
        self.sockets: list[web.WebSocketResponse] = []
        self.waiting: dict[str, tuple[float, Interaction]] = {}
        self.turn = 0
        self._runner: web.AppRunner | None = None

    async def start(self, host: str, port: int, more: Callable[[web.Application], None] | None = None) -> None:
        """Listen; port 0 takes a free one. `more` may add routes of its own."""
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_route("*", "/api/{method}", self._call)
        app.router.add_get("/socket", self._socket)
        app.router.add_post("/upload/{file}", self._upload)
        app.router.add_post("/response/{channel}/{user}", self._response_url)
        if more is not None:
            more(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        bound: Any = self._runner.addresses[0]
        self.url = f"http://{bound[0]}:{bound[1]}/"

    async def stop(self) -> None:
        """Close every connection and stop listening."""
        await self.drop()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _call(self, request: web.Request) -> web.StreamResponse:
        method, args = request.match_info["method"], await arguments(request)
        if time.monotonic() < self.state.down_until:
            return self._cut(request)
        fault = self.state.strike(method, str(args.get("channel") or ""))
        if fault is not None:
            before = await self._before(request, fault)
            if before is not None:
                return before
        token = request.headers.get("Authorization", "").removeprefix("Bearer ") or str(args.get("token") or "")
        answer = self._answer(method, args, token)
        self.state.calls.append((method, {key: value for key, value in args.items() if key not in SECRET_KEYS}))
        self.state.note()
        if fault is not None and fault.kind == "lost":
            return self._cut(request)
        headers = {"x-oauth-scopes": ",".join(sorted(self.state.scopes))}
        if "retry_after" in answer:
            return web.json_response(
                {"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": str(answer["retry_after"])}
            )
        return web.json_response(answer, headers=headers)

    async def _before(self, request: web.Request, fault: Fault) -> web.StreamResponse | None:
        """What a fault does before the call is looked at; None: the call goes on."""
        if fault.kind == "429":
            answer = {"ok": False, "error": "ratelimited"}
            return web.json_response(answer, status=429, headers={"Retry-After": str(max(1, round(fault.seconds)))})
        if fault.kind == "500":
            return web.Response(status=500, text="server error")
        if fault.kind == "drop":
            return self._cut(request)
        if fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        elif fault.kind != "lost":
            return web.json_response({"ok": False, "error": fault.kind})
        return None

    def _cut(self, request: web.Request) -> web.Response:
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=503)

    def _answer(self, method: str, args: Json, token: str) -> Json:
        try:
            if method == "apps.connections.open":
                if token != self.state.app_token:
                    raise ApiError("not_allowed_token_type" if token == self.state.bot_token else "invalid_auth")
                return {"ok": True, "url": f"{self.url.replace('http', 'ws', 1)}socket?ticket={self.state.new_id('T')}"}
            if token != self.state.bot_token:
                raise ApiError("invalid_auth" if token else "not_authed")
            if method not in METHODS:
                raise ApiError("unknown_method")
            does, scope = METHODS[method]
            if scope and scope not in self.state.scopes:
                raise ApiError("missing_scope", needed=scope, provided=",".join(sorted(self.state.scopes)))
            answer = {"ok": True, **does(self.state, args)}
        except ApiError as error:
            return {"ok": False, "error": error.code, **error.more}
        if method == "files.getUploadURLExternal":
            answer["upload_url"] = f"{self.url}upload/{answer['file_id']}"
        return answer

    async def _upload(self, request: web.Request) -> web.Response:
        data = bytearray()
        if request.content_type.startswith("multipart/"):
            async for part in await request.multipart():
                data += await part.read()  # type: ignore[union-attr]  # no nested multipart here
        else:
            data += await request.read()
        self.state.uploads[request.match_info["file"]] = bytes(data)
        return web.Response(text=f"OK - {len(data)}", content_type="text/plain")

    async def _response_url(self, request: web.Request) -> web.Response:
        body = await request.json()
        where = request.match_info["channel"]
        self.state.ephemerals.append({"channel": where, "user": request.match_info["user"], "blocks": [], **body})
        self.state.note()
        return web.json_response({"ok": True})

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        if time.monotonic() < self.state.down_until:
            return self._cut(request)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json(
            {"type": "hello", "num_connections": len(self.sockets) + 1, "connection_info": {"app_id": "A1"}}
        )
        self.sockets.append(socket)
        self.state.note()
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._acknowledged(json.loads(message.data))
        finally:
            if socket in self.sockets:
                self.sockets.remove(socket)
            self.state.note()
        return socket

    def _acknowledged(self, answer: Json) -> None:
        found = self.waiting.get(str(answer.get("envelope_id")))
        if found is None:
            return
        sent, interaction = found
        interaction.answers += 1
        if interaction.acked_after is None:
            interaction.acked_after = time.monotonic() - sent
            interaction.ack = answer.get("payload") or {}
            if interaction.then is not None and not interaction.late:
                interaction.then(interaction.ack or {})
            interaction.done.set()
            self.state.note()

    async def send(self, interaction: Interaction, *, copies: int = 1) -> None:
        """Send an envelope over one open socket (they take turns), `copies` times."""
        if not self.sockets:
            raise ConnectionError("no Socket Mode connection is open")
        self.turn += 1
        socket = self.sockets[self.turn % len(self.sockets)]
        self.waiting[interaction.envelope["envelope_id"]] = (time.monotonic(), interaction)
        for _ in range(copies):
            await socket.send_json(interaction.envelope)

    async def drop(self) -> None:
        """Cut every socket without a word."""
        for socket in list(self.sockets):
            transport = socket._req.transport if socket._req is not None else None
            if transport is not None:
                transport.abort()
        self.sockets.clear()
        await asyncio.sleep(0)

    async def refresh(self) -> None:
        """Ask every connection to come again, as Slack does about every hour, and close it."""
        for socket in list(self.sockets):
            await socket.send_json({"type": "disconnect", "reason": "refresh_requested", "debug_info": {}})
            await socket.close()

    def outage(self, seconds: float) -> None:
        """Answer nothing for a time, on either door."""
        self.state.down_until = time.monotonic() + seconds
