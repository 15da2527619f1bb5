"""What every command that needs the configuration does first and last."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from helpdesk.app.judging import LazyJudge
from helpdesk.app.parts import Parts, open_parts, wall_clock
from helpdesk.settings import Settings, config_path, load


def with_parts(
    work: Callable[[Parts], Awaitable[Any]],
    *,
    now: datetime | None = None,
    settings: Settings | None = None,
    pool_size: int = 5,
) -> Any:
    """Run `work` over the configured store, and close it whatever happens. `now` sets the clock of deadlines."""

    async def whole() -> Any:
        path = config_path()
        parts = await open_parts(
            settings or load(path), path.parent, LazyJudge(), (lambda: now) if now else wall_clock, pool_size=pool_size
        )
        try:
            return await work(parts)
        finally:
            await parts.close()

    return asyncio.run(whole())
