"""Opens the desk in Slack: listeners over Socket Mode, or a route for signed HTTP, around the clerk and the desk."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from helpdesk.app.dashboard import link, week, week_chart
from helpdesk.app.jobs import Jobs
from helpdesk.app.parts import Parts
from helpdesk.errors import HelpdeskError, UsageError
from helpdesk.intake.imap import ImapMailbox
from helpdesk.slack.commands import Clerk
from helpdesk.slack.listeners import Listeners
from helpdesk.store import mails

#: Larger attachments are left in the mailbox, bytes.
MAX_ATTACHMENT = 20_000_000


@asynccontextmanager
async def listening(parts: Parts, jobs: Jobs) -> AsyncIterator[Listeners | None]:
    """Listen until the block ends; None without Slack. In HTTP mode the web pages carry the requests."""
    configured = parts.settings.slack
    if configured is None or jobs.slack_door is None or jobs.board is None:
        yield None
        return
    clerk = Clerk(
        parts.desk(),
        jobs.slack_door,
        parts.store,
        jobs.board,
        parts.now,
        parts.ring,
        fetch=_fetcher(parts),
        figures=partial(week, parts),
        link=partial(link, parts),
        chart=partial(week_chart, parts),
    )
    listeners = Listeners(
        clerk,
        bot_token=configured.bot_token,
        app_token=configured.app_token,
        signing_secret=configured.signing_secret,
        api_url=configured.api_url,
    )
    if configured.mode == "socket":
        await listeners.start()
    try:
        yield listeners
    finally:
        await listeners.stop()


def lives(listeners: Listeners | None, seconds: float) -> bool:
    """Was the way in from Slack alive within so many seconds? True where there is none."""
    if listeners is None:
        return True
    return listeners.seen_at is not None and time.monotonic() - listeners.seen_at <= seconds


def _fetcher(parts: Parts) -> Any:
    async def fetch(number: int, place: int) -> tuple[str, bytes]:
        """An attachment from the mailbox, on a connection of its own for the moment."""
        async with parts.store.read() as tx:
            mail = await mails.get(tx, number)
        box = parts.settings.box(mail.mailbox) if mail else None
        if mail is None or box is None or not 0 <= place < len(mail.attachments):
            raise UsageError("that attachment is not there any more")
        what = mail.attachments[place]
        if int(what.get("size", 0)) > MAX_ATTACHMENT:
            raise UsageError(f"{what.get('size')} bytes are too many for Slack: open it in the mailbox")
        door = parts.imap(box)
        try:
            await door.connect()
            return str(what.get("name") or "file"), await _part(
                door, mail.folder, mail.uidvalidity, mail.uid, str(what["part"])
            )
        finally:
            await door.close()

    return fetch


async def _part(door: ImapMailbox, folder: str, uidvalidity: int, uid: int, part: str) -> bytes:
    state = await door.select(folder)
    if state.uidvalidity != uidvalidity:
        raise HelpdeskError("the folder was numbered anew; the next reading finds the mail again")
    return await door.fetch_part(uid, part)
