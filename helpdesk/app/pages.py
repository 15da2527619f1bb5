"""Serves the web pages beside the jobs."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from helpdesk.errors import SettingsError

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from helpdesk.app.health import Health
    from helpdesk.app.jobs import Jobs
    from helpdesk.app.parts import Parts
    from helpdesk.slack.listeners import Listeners


@asynccontextmanager
async def serving(parts: Parts, jobs: Jobs, health: Health, listeners: Listeners | None = None) -> AsyncIterator[None]:
    """Listen at [web].listen until the block ends; "" means no pages. Raises SettingsError for a port in use."""
    if not parts.settings.web.listen:
        if parts.settings.slack is not None and parts.settings.slack.mode == "http":
            raise SettingsError('slack.mode = "http" needs an address for Slack\'s requests: set web.listen')
        yield
        return
    import uvicorn

    from helpdesk.app.dashboard import site
    from helpdesk.web.dashboard import routes
    from helpdesk.web.pages import build

    host, _, port = parts.settings.web.listen.rpartition(":")
    sock = _bound(host.strip("[]"), int(port))
    config = uvicorn.Config(
        build(health, [*routes(site(parts, jobs, health)), *_from_slack(parts, listeners)]),
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    # the signals are the program's, not the web server's
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]  # uvicorn offers no option
    task = asyncio.create_task(server.serve(sockets=[sock]), name="web")
    try:
        yield
    finally:
        server.should_exit = True
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait_for(task, 3)
        sock.close()


def _from_slack(parts: Parts, listeners: Listeners | None) -> list[BaseRoute]:
    """In HTTP mode Slack's signed requests come in here; the listeners check the signature."""
    from starlette.routing import Route

    if parts.settings.slack is None or parts.settings.slack.mode != "http" or listeners is None:
        return []
    return [Route("/slack/events", listeners.http, methods=["POST"])]


def _bound(host: str, port: int):  # type: ignore[no-untyped-def]  # socket is imported where it is used
    import socket

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # named as TCP, asyncio sends each piece at once: else an answer's body waits 40 ms for its head's acknowledgement
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise SettingsError(f"web.listen = {host}:{port} cannot be used: {error.strerror}") from None
    sock.listen(64)
    return sock
