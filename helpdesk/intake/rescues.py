"""Rescues carried out: mails go from Junk to the Inbox, many with one command, each once however often it is tried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from helpdesk.domain import Effect, Outbox
from helpdesk.errors import MailboxError
from helpdesk.intake.mailbox import Folders, FolderState, MoveResult
from helpdesk.store import mails, outbox
from helpdesk.store.engine import Store

#: Mails moved with one command.
AT_ONCE = 200

#: A rescue that failed is tried again after this, doubled each time up to the longest.
FIRST_RETRY = timedelta(seconds=10)
LONGEST_RETRY = timedelta(hours=1)


class Mover(Protocol):
    """What rescuing needs of a mailbox; intake/imap.py is one."""

    async def folders(self, *, inbox: str, junk: str, sent: str) -> Folders:
        """The folders' names."""

    async def select(self, folder: str, *, readonly: bool = True) -> FolderState:
        """Open a folder."""

    async def move(self, uid: int, source: str, target: str, *, expect_message_id: str | None) -> MoveResult:
        """Move one mail, marking it as no junk."""

    async def move_many(
        self, wanted: Mapping[int, str], source: str, target: str, *, uidvalidity: int
    ) -> dict[int, MoveResult]:
        """Move those that lie where they are expected (uid → Message-ID), with one command."""

    async def find_message_id(self, folder: str, message_id: str) -> list[int]:
        """UIDs of a Message-ID."""


class Watched(Protocol):
    """The mailbox as configured: intake/job.py's Watch."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def inbox(self) -> str:
        """The folder that buyers' mail belongs into."""

    @property
    def junk(self) -> str:
        """The junk folder, "auto" or "" too."""

    @property
    def sent(self) -> str:
        """The folder of sent mail, "auto" or "" too."""


async def move_once(store: Store, door: Mover, watch: Watched, worker: str, now: datetime) -> tuple[int, int]:
    """Carry out rescues of one mailbox, up to AT_ONCE with one command; returns (done, failed and waiting).

    Repeating one is harmless: what was read in the Inbox meanwhile is there, else the door asks by Message-ID.
    """
    async with store.write() as tx:
        work = await outbox.orphans(tx, effects=[Effect.MOVE], worker=worker, now=now, lane=watch.name, limit=AT_ONCE)
        work += await outbox.claim(
            tx, effects=[Effect.MOVE], worker=worker, now=now, limit=AT_ONCE - len(work), lane=watch.name
        )
        lying = await mails.folders_of(tx, [int(item.payload["mail"]) for item in work])
    if not work:
        return 0, 0
    found = await door.folders(inbox=watch.inbox, junk=watch.junk, sent=watch.sent)
    there = [item for item in work if lying.get(int(item.payload["mail"])) == found.inbox]
    results: dict[int, dict[str, int | None]] = {item.id: {} for item in there}
    results |= await _move_together(door, found, [item for item in work if item.id not in results])
    async with store.write() as tx:
        for item in work:
            if item.id in results:
                await outbox.finish(tx, item, at=now, result=results[item.id])
    rest = [item for item in work if item.id not in results]
    single = [await _move_one(store, door, found, item, now) for item in rest]
    return len(results) + sum(single), len(single) - sum(single)


async def _move_together(door: Mover, found: Folders, work: Sequence[Outbox]) -> dict[int, dict[str, int | None]]:
    """Move what lies where it was read, folder by folder; outbox number → the new place. The rest is moved singly."""
    results: dict[int, dict[str, int | None]] = {}
    for folder, uidvalidity in dict.fromkeys((i.payload["folder"], i.payload["uidvalidity"]) for i in work):
        items = {
            int(item.payload["uid"]): item
            for item in work
            if (item.payload["folder"], item.payload["uidvalidity"]) == (folder, uidvalidity)
        }
        wanted = {uid: _known_id(item) or "" for uid, item in items.items()}
        moved = await door.move_many(wanted, folder, found.inbox, uidvalidity=uidvalidity)
        results |= {items[uid].id: {"uid": m.new_uid, "uidvalidity": m.new_uidvalidity} for uid, m in moved.items()}
    return results


async def _move_one(store: Store, door: Mover, found: Folders, item: Outbox, now: datetime) -> bool:
    """Move one by itself; a refusal is noted, and tried again if it will pass."""
    try:
        result = await _move(door, found, item)
    except MailboxError as error:
        async with store.write() as tx:
            if error.permanent:
                await outbox.fail(tx, item, error=str(error))
            else:
                wait = min(FIRST_RETRY * 2 ** min(item.tries, 10), LONGEST_RETRY)
                await outbox.retry(tx, item, next_at=now + wait, error=str(error))
        return False
    async with store.write() as tx:
        await outbox.finish(tx, item, at=now, result=result)
    return True


def _known_id(item: Outbox) -> str | None:
    """The Message-ID of the mail to move; None if it has none of its own."""
    message_id = str(item.payload["message_id"])
    return None if message_id.startswith("none:") else message_id


async def _move(door: Mover, found: Folders, item: Outbox) -> dict[str, int | None]:
    known = _known_id(item)
    state = await door.select(item.payload["folder"])
    uid = int(item.payload["uid"]) if state.uidvalidity == item.payload["uidvalidity"] else 0
    if not uid and known:
        places = await door.find_message_id(item.payload["folder"], known)
        uid = places[0] if places else 0
    moved = await door.move(uid, item.payload["folder"], found.inbox, expect_message_id=known)
    if not moved.done:
        raise MailboxError(
            f"mail {item.payload['mail']} lies neither in Junk nor in the Inbox any more", permanent=True
        )
    return {"uid": moved.new_uid, "uidvalidity": moved.new_uidvalidity}
