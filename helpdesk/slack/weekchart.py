"""The week's chart on a manager's Home tab: uploaded to Slack once a day, then shown by its file id."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Protocol

from helpdesk.errors import SlackError
from helpdesk.store import meta
from helpdesk.store.engine import Store

#: Draws the seven days before `day` as PNG; b"" where there is nothing to see.
Draw = Callable[[date], Awaitable[bytes]]
#: Publishes a Home tab that shows a file.
Publish = Callable[[str], Awaitable[None]]

META = "home_chart"
#: Slack needs a moment before a new file may stand in a block: pauses between tries, s.
PAUSES = (0.3, 1.0, 3.0, 6.0)


class Door(Protocol):
    """What this needs of Slack; see slack/door.py."""

    async def picture(self, name: str, data: bytes) -> str:
        """Keep a PNG in Slack; its file id."""


async def known(store: Store, day: date) -> str:
    """The file id of this day's chart; "" before it was uploaded."""
    async with store.read() as tx:
        noted = await meta.get(tx, META) or ""
    of, _, file = noted.partition(" ")
    return file if of == day.isoformat() else ""


async def forget(store: Store) -> None:
    """Slack does not show the file any more: somebody deleted it."""
    async with store.write() as tx:
        await meta.drop(tx, META)


async def renew(store: Store, door: Door, draw: Draw, publish: Publish, day: date, now: datetime) -> str:
    """Draw, upload, publish and remember; returns the file id, or "" where there is nothing to draw.

    Raises SlackError when Slack does not show it after several tries.
    """
    png = await draw(day)
    if not png:
        return ""
    file = await door.picture(f"week-before-{day.isoformat()}.png", png)
    for pause in (*PAUSES, None):
        try:
            await publish(file)
            break
        except SlackError as error:
            if pause is None or not error.permanent:
                raise
            await asyncio.sleep(pause)
    async with store.write() as tx:
        await meta.put(tx, META, f"{day.isoformat()} {file}", now)
    return file
