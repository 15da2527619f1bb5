"""Serves the web pages beside the jobs."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from helpdesk.errors import SettingsError

if TYPE_CHECKING:
    from helpdesk.app.health import Health
    from helpdesk.app.jobs import Jobs
    from helpdesk.app.parts import Parts


@asynccontextmanager
async def serving(parts: Parts, jobs: Jobs, health: Health) -> AsyncIterator[None]:
    """Listen at [web].listen until the block ends; "" means no pages. Raises SettingsError for a port in use."""
    if not parts.settings.web.listen:
        yield
        return
    import uvicorn

    from helpdesk.app.dashboard import site
    from helpdesk.web.dashboard import routes
    from helpdesk.web.pages import build

    host, _, port = parts.settings.web.listen.rpartition(":")
    sock = _bound(host.strip("[]"), int(port))
    config = uvicorn.Config(
        build(health, routes(site(parts, jobs, health))),
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


def _bound(host: str, port: int):  # type: ignore[no-untyped-def]  # socket is imported where it is used
    import socket

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise SettingsError(f"web.listen = {host}:{port} cannot be used: {error.strerror}") from None
    sock.listen(64)
    return sock
