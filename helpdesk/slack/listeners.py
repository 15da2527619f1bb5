"""The door through which Slack's clicks, forms, commands and events come in: Socket Mode, or signed HTTP requests.

Every envelope is acknowledged within three seconds: after its work is stored, or, if that takes long, before. A
repeated envelope is answered as the first time and does nothing. Holds no rules: slack/commands.py decides.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Protocol

import structlog

from helpdesk.errors import SlackError

log = structlog.get_logger()

Json = dict[str, Any]

#: So long is the work waited for before it is acknowledged all the same; Slack waits 3 s.
PATIENCE = 2.0
#: Envelopes remembered, to know a repetition.
REMEMBERED = 5000
#: Pings of the socket, s; four unanswered ones make a new connection.
PING = 5.0
#: A socket that is down this long is started anew by the watchdog, s.
WATCHDOG = 20.0
EVERY = re.compile(".*")


class Clerk(Protocol):
    """Who decides; see slack/commands.py."""

    async def click(self, body: Json) -> None:
        """block_actions."""

    async def submit(self, body: Json) -> Json:
        """view_submission; the acknowledgement's arguments."""

    async def too_slow(self, body: Json, work: Awaitable[Json]) -> None:
        """A form acknowledged before its work was done."""

    async def command(self, body: Json) -> Json:
        """A slash command; the acknowledgement's arguments."""

    async def shortcut(self, body: Json) -> None:
        """A shortcut."""

    async def opened_home(self, user: str) -> None:
        """The Home tab was opened."""

    def later(self, work: Coroutine[Any, Any, Any]) -> None:
        """Do something after the acknowledgement."""

    async def settle(self, seconds: float = 2.0) -> None:
        """Wait for what is still being told."""


class Listeners:
    """Slack's way in. `seen_at`: time.monotonic() when the socket was last known to live, None before the first."""

    def __init__(
        self, clerk: Clerk, *, bot_token: str, app_token: str = "", signing_secret: str = "",
        api_url: str = "https://slack.com/api/", ping: float = PING,
    ) -> None:  # fmt: skip
        self.clerk = clerk
        self._bot_token, self._app_token, self._secret = bot_token, app_token, signing_secret
        self._url, self._ping = api_url.rstrip("/") + "/", ping
        self._handler: Any = None
        self._app: Any = None
        self._keeper: asyncio.Task[None] | None = None
        self._answers: OrderedDict[str, asyncio.Future[Any]] = OrderedDict()
        self.seen_at: float | None = None

    # -- life ----------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Begin to listen over Socket Mode; connects in the background and keeps at it until `stop`."""
        self._keeper = asyncio.get_running_loop().create_task(self._keep())

    async def stop(self) -> None:
        """Hang up; what is being told is finished first."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        await self._hang_up()
        await self.clerk.settle()

    async def _keep(self) -> None:
        """Watchdog: connect, look every second whether the socket lives, and begin anew when it does not for long."""
        while True:
            try:
                await self._connect()
                await self._watch()
            except asyncio.CancelledError:
                raise
            except Exception as error:  # noqa: BLE001 -- the watchdog itself must never end
                log.warning("no connection to Slack", action="slack_socket_failed", error=_safe(error))
            await self._hang_up()
            await asyncio.sleep(1)

    async def _connect(self) -> None:
        from slack_sdk.web.async_client import AsyncWebClient

        handler = _handler_class(self)
        web = AsyncWebClient(self._app_token, base_url=self._url, retry_handlers=[], timeout=10)
        self._handler = handler(self.bolt, self._app_token, logger=_quiet(), web_client=web, ping_interval=self._ping)
        async with asyncio.timeout(WATCHDOG):
            await self._handler.connect_async()
        log.info("connected to Slack", action="slack_connected")

    async def _watch(self) -> None:
        last = time.monotonic()
        while time.monotonic() - last < WATCHDOG:
            if await self._handler.client.is_connected():
                last = self.seen_at = time.monotonic()
            await asyncio.sleep(0.5)

    async def _hang_up(self) -> None:
        handler, self._handler = self._handler, None
        if handler is None:
            return
        try:
            async with asyncio.timeout(2):
                await handler.close_async()
        except Exception as error:  # noqa: BLE001 -- a connection that cannot even be closed is given up
            log.debug("closing the socket failed", action="slack_close_failed", error=_safe(error))
        await handler.client.aiohttp_client_session.close()

    # -- what comes in -------------------------------------------------------------------------------

    @property
    def bolt(self) -> Any:
        """slack_bolt's AsyncApp with the five kinds of things that come in."""
        if self._app is None:
            self._app = self._built()
        return self._app

    def _built(self) -> Any:
        from slack_bolt.app.async_app import AsyncApp
        from slack_bolt.authorization import AuthorizeResult

        async def authorize(**_: Any) -> AuthorizeResult:
            """One workspace, one token: nobody needs to be asked."""
            return AuthorizeResult(enterprise_id=None, team_id=None, bot_token=self._bot_token, bot_user_id="")

        app = AsyncApp(
            signing_secret=self._secret or None, authorize=authorize, logger=_quiet(), ssl_check_enabled=False,
            request_verification_enabled=bool(self._secret), ignoring_self_events_enabled=False,
        )  # fmt: skip
        app.action(EVERY)(self._on_click)
        app.view(EVERY)(self._on_submit)
        app.command(EVERY)(self._on_command)
        app.shortcut(EVERY)(self._on_shortcut)
        app.event("app_home_opened")(self._on_home)
        app.event(EVERY)(self._on_other)
        return app

    async def _on_click(self, ack: Any, body: Json) -> None:
        await self._after(ack, self.clerk.click(body))

    async def _on_shortcut(self, ack: Any, body: Json) -> None:
        await self._after(ack, self.clerk.shortcut(body))

    async def _on_submit(self, ack: Any, body: Json) -> None:
        work = asyncio.ensure_future(self.clerk.submit(body))
        if await self._done(work):
            await ack(**self._result(work))
            return
        from helpdesk.slack.forms import loading

        await ack(response_action="update", view=loading("One moment"))
        self.clerk.later(self.clerk.too_slow(body, work))

    async def _on_command(self, ack: Any, body: Json, respond: Any) -> None:
        work = asyncio.ensure_future(self.clerk.command(body))
        if await self._done(work):
            await ack(**self._result(work))
            return
        await ack()

        async def answer() -> None:
            told = await work
            if told:
                await respond(**told)

        self.clerk.later(answer())

    async def _on_home(self, event: Json) -> None:
        if event.get("tab", "home") == "home":
            self.clerk.later(self.clerk.opened_home(str(event.get("user") or "")))

    async def _on_other(self) -> None:
        """Events nobody asked for: acknowledged and left."""

    async def _after(self, ack: Any, work: Coroutine[Any, Any, None]) -> None:
        """Acknowledge once the work is stored, or before Slack's patience ends."""
        task = asyncio.ensure_future(work)
        if await self._done(task):
            self._result(task)
            await ack()
            return
        await ack()
        self.clerk.later(_waiting(task))

    async def _done(self, work: asyncio.Future[Any]) -> bool:
        done, _ = await asyncio.wait({work}, timeout=PATIENCE)
        return bool(done)

    def _result(self, work: asyncio.Future[Any]) -> Json:
        """The work's answer; what broke is logged, and Slack is told nothing but "received"."""
        try:
            found: Json | None = work.result()
        except Exception:
            log.exception("an interaction broke", action="slack_interaction_broken")
            return {}
        return found or {}

    async def handle(self, request: Any, dispatch: Callable[[], Awaitable[Any]]) -> Any:
        """One envelope: dispatched the first time, answered alike when it comes again."""
        self.seen_at = time.monotonic()
        key = str(request.envelope_id or "")
        before = self._answers.get(key)
        if before is not None:
            return await asyncio.shield(before)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._answers[key] = future
        while len(self._answers) > REMEMBERED:
            self._answers.popitem(last=False)
        try:
            answer = await dispatch()
        except BaseException:
            self._answers.pop(key, None)
            future.cancel()
            raise
        future.set_result(answer)
        return answer

    async def http(self, request: Any) -> Any:
        """HTTP mode: a Starlette request in, its response out; the signature is checked."""
        from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler

        if not self._secret:
            raise SlackError("HTTP mode needs [slack].signing_secret", permanent=True)
        self.seen_at = time.monotonic()
        return await AsyncSlackRequestHandler(self.bolt).handle(request)


async def _waiting(work: Awaitable[Any]) -> None:
    await work


def _handler_class(listeners: Listeners) -> Any:
    """slack_bolt's Socket Mode handler, with repetitions answered from memory."""
    from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
    from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
    from slack_bolt.response import BoltResponse

    class Handler(AsyncSocketModeHandler):
        async def handle(self, client: Any, req: Any) -> None:
            start = time.time()
            answer = await listeners.handle(req, lambda: run_async_bolt_app(self.app, req))
            if answer.status != 200:  # nothing here listens to that: acknowledged, or Slack would send it again
                answer = BoltResponse(status=200)
            await send_async_response(client, req, answer, start)

    return Handler


def _quiet() -> logging.Logger:
    """slack_sdk logs payloads and whole tracebacks; what matters is logged here."""
    quiet = logging.getLogger("helpdesk.slack.sdk")
    quiet.setLevel(logging.CRITICAL + 1)
    return quiet


def _safe(error: BaseException) -> str:
    return f"{type(error).__name__}: {str(error)[:200]}"
