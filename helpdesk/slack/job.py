"""Carries the outbox to Slack: cards kept up to date, threads, escalations, reviews, each posted once.

A row is committed as `sending` before it leaves. When an answer was lost, or a worker died, the channel's history is
asked for the row's key before anything is posted again; what cannot be asked is held for a person.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

import structlog

from helpdesk.domain import Effect, Outbox
from helpdesk.errors import SlackError
from helpdesk.slack import names
from helpdesk.slack.board import Board, post
from helpdesk.slack.errors_of import MENDABLE
from helpdesk.slack.planning import plan
from helpdesk.slack.rendering import Asked, Rendered, TooEarlyError, render
from helpdesk.store import outbox, posts
from helpdesk.store.engine import Store

log = structlog.get_logger()

Block = dict[str, Any]

#: Rows taken at once; what is not begun after BUDGET seconds goes back, long before its lease of 30 s ends.
BATCH, AT_ONCE, BUDGET = 32, 8, 8.0
#: Longest pause between two tries while Slack is away, s; a person's mistake is tried again as often.
PAUSE = 15
#: History is searched from this long before a row was made.
CLOCKS_APART = timedelta(minutes=5)
#: After a lost answer Slack gets this long, s, to show what it took.
LOOK_AFTER = 0.2
#: Refusals of an update that mean: somebody deleted the card.
GONE = {"message_not_found", "cant_update_message"}


class Door(Protocol):
    """What the job needs of Slack; see slack/door.py."""

    async def post(
        self,
        channel: str,
        text: str,
        blocks: Sequence[Block],
        metadata: dict[str, Any] | None = None,
        thread_ts: str | None = None,
    ) -> tuple[str, str]:
        """Post; returns (channel id, ts)."""  # fmt: skip

    async def update(
        self, channel: str, ts: str, text: str, blocks: Sequence[Block], metadata: dict[str, Any] | None = None
    ) -> None:
        """Replace a message."""

    async def find_by_key(
        self, channel: str, key: str, *, thread_ts: str | None = None, since: datetime | None = None
    ) -> str | None:
        """The ts of the message with this key."""

    async def channel_id(self, name: str) -> str:
        """A channel's id."""

    async def permalink(self, channel: str, ts: str) -> str:
        """A message's address."""


@dataclass(slots=True)
class Counts:
    """What passes did, added up."""

    posted: int = 0  #: messages posted: cards, threads, escalations, reviews
    updated: int = 0  #: messages replaced
    escalated: int = 0  #: escalation posts among them
    waiting: int = 0  #: tries that failed and come again
    failed: int = 0  #: refused for good, or held
    trouble: list[str] = field(default_factory=list)  #: the first words of each kind of trouble

    def note(self, error: str) -> None:
        """Remember a trouble once."""
        if error not in self.trouble and len(self.trouble) < 20:
            self.trouble.append(error)


async def run_once(
    store: Store, door: Door, board: Board, now: datetime, *, worker: str, counts: Counts | None = None
) -> int:
    """Queue what has changed, settle what is in doubt, send what is due. Returns how many rows moved."""
    counts = counts if counts is not None else Counts()
    async with store.read() as tx:
        if not await posts.anything(tx, now):
            return 0
    async with store.write() as tx:
        await plan(tx, board, now)
        doubtful = await outbox.orphans(tx, effects=posts.EFFECTS, worker=worker, now=now, limit=BATCH)
        items = await outbox.claim(tx, effects=posts.EFFECTS, worker=worker, now=now, limit=BATCH)
    sender = _Sender(store, door, board, now, counts, {item.id for item in doubtful})
    groups: dict[str, list[Outbox]] = {}
    escalations: list[Outbox] = []
    for item in sorted([*doubtful, *items], key=lambda row: (row.payload.get("kind") != "card", row.id)):
        name = f"ticket:{item.ticket_id}" if item.ticket_id else f"row:{item.id}"
        (escalations if item.payload.get("kind") == "escalation" else groups.setdefault(name, [])).append(item)
    gate = asyncio.Semaphore(AT_ONCE)

    async def in_turn(group: list[Outbox]) -> int:
        async with gate:
            return await sender.group(group)

    moved = sum(await asyncio.gather(*(in_turn(group) for group in groups.values())))
    return moved + await sender.in_order(escalations)  # after their cards, to which they link


class _Sender:
    """Sends the rows of one pass."""

    def __init__(
        self, store: Store, door: Door, board: Board, now: datetime, counts: Counts, doubtful: set[int]
    ) -> None:
        self.store, self.door, self.board, self.now, self.counts = store, door, board, now, counts
        self.doubtful = doubtful
        self.until = time.monotonic() + BUDGET
        self.cooled: dict[str, datetime] = {}  # lanes that Slack asked to wait
        self.away = ""  # why Slack is out of reach, once it was

    async def group(self, items: list[Outbox]) -> int:
        """The rows of one ticket one after another; after a failure the channel's rest waits, so that order is kept."""
        moved = 0
        later: dict[str, datetime] = {}
        for item in items:
            held_until = later.get(item.lane) or self._not_now(item)
            if held_until is not None and item.id not in self.doubtful:
                async with self.store.write() as tx:
                    await outbox.retry(tx, item, next_at=held_until, error=self.away or item.error)
                continue
            again = await self._one(item)
            if again is None:
                moved += 1
            else:
                later[item.lane] = again
        return moved

    async def in_order(self, items: list[Outbox]) -> int:
        """Escalations, oldest first: none goes ahead of an older one that waits for its next try."""
        async with self.store.read() as tx:
            ahead = await posts.ahead(tx, [item.id for item in items])
        if ahead is None:
            return await self.group(items)
        asked = [item for item in items if item.id in self.doubtful]
        async with self.store.write() as tx:
            for item in items:
                if item not in asked:
                    await outbox.retry(tx, item, next_at=ahead, error=item.error)
        return await self.group(asked) + (len(items) - len(asked) if ahead <= self.now else 0)

    def _not_now(self, item: Outbox) -> datetime | None:
        if item.lane in self.cooled:
            return self.cooled[item.lane]
        if self.away:
            return self.now + timedelta(seconds=_pause(item))
        return self.now if time.monotonic() > self.until else None

    async def _one(self, item: Outbox) -> datetime | None:
        """Send one row; None when it is over, else when it comes again."""
        try:
            async with self.store.read() as tx:
                message = await render(
                    Asked(tx=tx, board=self.board, item=item, now=self.now, link=self.door.permalink)
                )
            if message is None:
                await self._finish(item, {})
                return None
            result = await self._send(item, message)
        except TooEarlyError:
            return await self._again(item, self.now + timedelta(seconds=1), "")
        except SlackError as error:
            return await self._failed(item, error)
        except (KeyError, ValueError, TypeError) as error:
            log.exception("a post could not be written", action="post_broken", key=item.key)
            await self._fail(item, f"{type(error).__name__}: {error}")
            return None
        await self._finish(item, result, message)
        return None

    async def _send(self, item: Outbox, message: Rendered) -> dict[str, Any]:
        if message.ts is not None:
            await self.door.update(message.channel, message.ts, message.text, message.blocks, message.metadata)
            self.counts.updated += 1
            return {"channel": message.channel, "ts": message.ts}
        if item.id in self.doubtful:
            found = await self._ask(item, message)
            if found is not None:
                return found
        channel, ts = await self.door.post(
            message.channel, message.text, message.blocks, message.metadata, message.thread_ts
        )
        self.counts.posted += 1
        self.counts.escalated += (message.metadata or {}).get("event_type") == names.ESCALATION
        return {"channel": channel, "ts": ts}

    async def _ask(self, item: Outbox, message: Rendered) -> dict[str, Any] | None:
        """Where a row in doubt stands already; None: nowhere."""
        since = item.created_at - CLOCKS_APART if item.created_at <= self.now else None
        ts = await self.door.find_by_key(message.channel, item.key, thread_ts=message.thread_ts, since=since)
        if ts is None:
            return None
        return {"channel": await self.door.channel_id(message.channel), "ts": ts}

    # -- what became of it ---------------------------------------------------------------------------

    async def _finish(self, item: Outbox, result: dict[str, Any], message: Rendered | None = None) -> None:
        async with self.store.write() as tx:
            await outbox.finish(tx, item, at=self.now, result=result)
            if message is not None and message.ticket is not None:
                await posts.set_card(tx, message.ticket, result["channel"], result["ts"])
                await posts.set_card_rev(tx, message.ticket, message.rev)

    async def _failed(self, item: Outbox, error: SlackError) -> datetime | None:
        self.counts.note(str(error))
        log.warning("Slack did not take a post", action="post_failed", key=item.key, error=str(error))
        if error.retry_after is not None:
            until = self.now + timedelta(seconds=error.retry_after)
            self.cooled[item.lane] = until
            async with self.store.write() as tx:
                await posts.delay_lane(tx, item.lane, until)
            return await self._again(item, until, str(error))
        if error.code in GONE and item.effect == Effect.UPDATE:
            await self._gone(item)
            return None
        if error.permanent and (error.code not in MENDABLE or item.payload.get("kind") == "escalation_dm"):
            await self._fail(item, str(error))
            return None
        if error.unknown and item.effect == Effect.POST and item.id not in self.doubtful:
            return await self._lost(item, error)
        if not error.permanent:
            self.away = str(error)
        return await self._again(item, self.now + timedelta(seconds=_pause(item)), str(error))

    async def _lost(self, item: Outbox, error: SlackError) -> datetime | None:
        """The answer was lost: look at once whether the post stands there, else again before anything is repeated."""
        self.doubtful.add(item.id)
        await asyncio.sleep(LOOK_AFTER)
        try:
            async with self.store.read() as tx:
                asked = Asked(tx=tx, board=self.board, item=item, now=self.now, link=self.door.permalink)
                message = await render(asked)
            found = await self._ask(item, message) if message is not None else {}
        except (SlackError, TooEarlyError):
            found = None
        if found is None:
            return await self._doubt(item, error, self.now + timedelta(seconds=1))
        self.counts.posted += 1
        await self._finish(item, found, message)
        return None

    async def _again(self, item: Outbox, at: datetime, error: str) -> datetime:
        if item.id in self.doubtful:
            return await self._doubt(item, SlackError(error or item.error), at)
        async with self.store.write() as tx:
            await outbox.retry(tx, item, next_at=at, error=error[:500])
        self.counts.waiting += bool(error)
        return at

    async def _doubt(self, item: Outbox, error: SlackError, at: datetime | None = None) -> datetime:
        """It may stand there: the history is asked next, and only then is it posted again."""
        until = at or self.now + timedelta(seconds=_pause(item))
        async with self.store.write() as tx:
            await posts.doubt(tx, item, until=until, error=str(error))
        self.counts.waiting += 1
        return until

    async def _fail(self, item: Outbox, error: str) -> None:
        async with self.store.write() as tx:
            if item.id in self.doubtful:
                await outbox.hold(tx, item, error=error[:500])
            else:
                await outbox.fail(tx, item, error=error[:500])
        self.counts.failed += 1

    async def _gone(self, item: Outbox) -> None:
        """A deleted card is posted anew; any other deleted post stays deleted."""
        async with self.store.write() as tx:
            await outbox.finish(tx, item, at=self.now, result={})
            if item.payload.get("kind") == "card" and item.ticket_id is not None:
                await posts.set_card(tx, item.ticket_id, "", "")
                payload = {"kind": "card", "ticket": item.ticket_id, "update": False}
                await posts.again(
                    tx, post(f"card:{item.ticket_id}", self.board.channel, payload, self.now, ticket=item.ticket_id)
                )


def _pause(item: Outbox) -> float:
    """Seconds until the next try: 1, 2, 4, … up to PAUSE."""
    return float(min(PAUSE, 2 ** min(item.tries, 10) / 2))
