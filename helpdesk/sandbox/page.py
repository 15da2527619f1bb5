"""The demo's page: the Slack channels with their buttons and forms on the left, the buyers' mails on the right.

It asks for itself again each second; a click or a form is sent to the Slack stand-in as if a person had done it there.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from html import escape
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from helpdesk.sandbox.mail import MailWorld
from helpdesk.sandbox.page_blocks import channel_html, home_html, mrkdwn, view_html
from helpdesk.sandbox.slack import SlackStandIn
from helpdesk.sandbox.slack_state import OpenView
from helpdesk.sandbox.slack_typing import fill, inputs

YOU, MANAGER = "U0ANNA", "U0MAYA"
ZONE = ZoneInfo("Europe/Berlin")

SHELL = Path(__file__).with_suffix(".html").read_text(encoding="utf-8")


class Page:
    """Draws the workspace and the mail world, and passes clicks on."""

    def __init__(
        self, slack: SlackStandIn, world: MailWorld, clock: Callable[[], datetime], link: Callable[[], Awaitable[str]]
    ) -> None:
        self.link = link
        self.slack = slack
        self.world = world
        self.clock = clock

    async def whole(self, _request: Request) -> Response:
        """The page."""
        return HTMLResponse(SHELL.replace("{{page}}", await self._inner()))

    async def part(self, _request: Request) -> Response:
        """What stands between header and end."""
        return HTMLResponse(await self._inner())

    async def _inner(self) -> str:
        users = {u["id"]: u["name"] for u in self.slack.state.users.values()}
        channels = "".join(
            f"<h2>#{escape(c.name)}</h2>" + channel_html(self.slack, c.id, users)
            for c in list(self.slack.state.channels.values())
            if not c.direct and c.messages
        )
        told = "".join(
            f'<article class="small">Only you see this: {mrkdwn(str(e.get("text", "")), users)}</article>'
            for e in self.slack.ephemerals[-2:]
            if e.get("user") == YOU
        )
        views = self._dialog(YOU, users)
        now = f"{self.clock().astimezone(ZONE):%a %d %b %H:%M}"
        return (
            f"<section>{told}{channels or '<p>The first cards come in a moment …</p>'}{views}</section>"
            f'<section><p class="small">The demo\'s clock: {now} (Berlin)</p>{await self._mails()}</section>'
        )

    def _dialog(self, user: str, users: dict[str, str]) -> str:
        return "".join(view_html(view, users) for view in self.slack.open_views(user)[-1:])

    async def home(self, request: Request) -> Response:
        """The app's Home tab as somebody in the team sees it."""
        user = str(request.query_params.get("user") or MANAGER)
        if user not in self.slack.state.users:
            return Response("nobody of that name", status_code=404)
        seen = self.slack.state.homes.get(user)
        drawn = seen.updates if seen else 0
        await self.slack.open_home(user)
        for _ in range(30):
            seen = self.slack.state.homes.get(user)
            if seen is not None and seen.updates > drawn:
                break
            await asyncio.sleep(0.1)
        users = {u["id"]: u["name"] for u in self.slack.state.users.values()}
        inner = home_html(seen, users) if seen is not None else "<p>The bot has not drawn it yet.</p>"
        whose = f"<h2>The Home tab of @{escape(users[user])}</h2>"
        page = f"<section>{whose}{inner}{self._dialog(user, users)}</section>"
        return HTMLResponse(SHELL.replace("{{page}}", page).replace("<body>", '<body data-still="1">'))

    async def file(self, request: Request) -> Response:
        """A picture that the bot has put into Slack."""
        name = request.path_params["name"]
        data = self.slack.state.uploads.get(name)
        if data is None or not self.slack.state.shows(name):
            return Response(status_code=404)
        return Response(data, media_type="image/png")

    async def _mails(self) -> str:
        sent = "".join(_mail_html(t.raw, f"to {', '.join(t.recipients)}") for t in reversed(self.world.sent[-15:]))
        boxes = ""
        for folder in ("Junk", "INBOX"):
            found = await self.world.folder(folder)
            boxes += f"<h2>{folder} ({len(found)})</h2>" + "".join(_mail_html(raw, "") for raw in reversed(found[-12:]))
        return f"<h2>Sent to buyers ({len(self.world.sent)})</h2>{sent or '<p>Nothing yet.</p>'}{boxes}"

    async def dashboard(self, _request: Request) -> Response:
        """The managers' dashboard, through a one-use link as `/helpdesk dashboard` gives it."""
        return RedirectResponse(await self.link())

    async def click(self, request: Request) -> Response:
        """A button of a message or of an open form."""
        form = await request.form()
        action, channel, ts = (str(form.get(name, "")) for name in ("action", "channel", "ts"))
        value = form.get("value")
        message = self.slack.state.message(channel, ts)
        await self.slack.click(message, action, user=YOU, value=str(value) if value else None)
        await asyncio.sleep(0.3)  # the answer comes a moment later
        return Response(status_code=204)

    async def act(self, request: Request) -> Response:
        """A button or a menu inside a form or on the Home tab: what was typed goes along, as in Slack."""
        form = await request.form()
        name, action, value = (str(form.get(key, "")) for key in ("view", "act", "chosen"))
        view = self.slack.state.views.get(name)
        view = view or next((home for home in self.slack.state.homes.values() if home.id == name), None)
        if view is None or not view.open:
            return Response(status_code=204)
        with contextlib.suppress(KeyError):  # a view that has changed meanwhile
            fill(view, _typed(form, view))
            await self.slack.click(view, action, user=view.user, value=value or None)
        await asyncio.sleep(0.3)
        return Response(status_code=204)

    async def submit(self, request: Request) -> Response:
        """A form: send it, or close it."""
        form = await request.form()
        view = self.slack.state.views.get(str(form.get("view", "")))
        if view is None or not view.open:
            return Response(status_code=204)
        if form.get("cancel"):
            self.slack.close_view(view)
            return Response(status_code=204)
        with contextlib.suppress(ValueError, KeyError):  # an empty field: the form stays open, as in Slack
            done = await self.slack.submit_view(view, _typed(form, view))
            view.errors = dict((done.ack or {}).get("errors") or {})
        await asyncio.sleep(0.3)
        return Response(status_code=204)


def _typed(form: FormData, view: OpenView) -> dict[str, Any]:
    """What stands in a form's fields, as the stand-in's hands type it."""
    found: dict[str, Any] = {}
    for name, block in inputs(view.view).items():
        held, kind = form.get(f"f:{name}"), block["element"]["type"]
        if kind == "checkboxes":
            found[name] = [str(held)] if held else []
        elif kind == "datetimepicker" and held:
            found[name] = int(datetime.fromisoformat(str(held)).replace(tzinfo=UTC).timestamp())
        elif kind != "datetimepicker" and held is not None:
            found[name] = str(held) or None
    return found


def _mail_html(raw: bytes, note: str) -> str:
    mail = message_from_bytes(raw)
    subject = str(make_header(decode_header(mail.get("Subject", "") or "")))
    who = note or f"from {make_header(decode_header(mail.get('From', '') or ''))}"
    return (
        f"<article><b>{escape(subject[:150])}</b><div class='small'>{escape(who)}</div>"
        f"<pre>{escape(_text(mail)[:1200])}</pre></article>"
    )


def _text(mail: Message) -> str:
    for part in mail.walk():
        if part.get_content_type() == "text/plain":
            data = part.get_payload(decode=True)
            return data.decode("utf-8", "replace") if isinstance(data, bytes) else ""
    return ""


@asynccontextmanager
async def page_server(
    port: int,
    slack: SlackStandIn,
    world: MailWorld,
    clock: Callable[[], datetime],
    link: Callable[[], Awaitable[str]],
) -> AsyncIterator[str]:
    """Serve the page on loopback; gives its address. Raises OSError when the port is taken."""
    page = Page(slack, world, clock, link)
    routes = [
        Route("/", page.whole),
        Route("/part", page.part),
        Route("/dashboard", page.dashboard),
        Route("/home", page.home),
        Route("/files/{name}", page.file),
        Route("/click", page.click, methods=["POST"]),
        Route("/act", page.act, methods=["POST"]),
        Route("/submit", page.submit, methods=["POST"]),
    ]
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", port))
    sock.listen(32)
    config = uvicorn.Config(Starlette(routes=routes), log_config=None, access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]  # the demo has its own
    task = asyncio.create_task(server.serve(sockets=[sock]))
    try:
        yield f"http://127.0.0.1:{sock.getsockname()[1]}/"
    finally:
        server.should_exit = True
        server.force_exit = True
        with contextlib.suppress(asyncio.CancelledError, TimeoutError):
            await asyncio.wait_for(task, 2)
        sock.close()
