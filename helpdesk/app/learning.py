"""A seller's own mail as examples: what was answered is a buyer's, what lies in Junk unanswered is not."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from helpdesk.app.parts import Parts
from helpdesk.errors import UnreadableMailError
from helpdesk.intake.imap import ImapMailbox
from helpdesk.intake.read import read
from helpdesk.intake.reading import Reading
from helpdesk.triage.features import features_of
from helpdesk.triage.machine import list_reason
from helpdesk.triage.training import Example
from helpdesk.triage.verdict import judge

#: Mails of one folder that are learnt from, newest first: more teaches little and takes minutes.
MOST = 2000


async def mailbox_examples(parts: Parts, progress: Callable[[int, int], None]) -> list[Example]:
    """Examples of every configured mailbox, oldest first."""
    found: list[Example] = []
    for box in parts.settings.mailbox:
        door = parts.imap(box)
        await door.connect()
        try:
            folders = await door.folders(inbox=box.imap.inbox, junk=box.imap.junk, sent=box.imap.sent)
            sent = await _read(door, folders.sent, progress)
            answered = {address for one in sent for address in one.parsed.to}
            for one in await _read(door, folders.inbox, progress):
                label = _inbox_label(one, answered)
                if label:
                    found.append(Example(features_of(one), label))
            found += [
                Example(features_of(one), "spam")
                for one in await _read(door, folders.junk, progress)
                if judge(one).verdict in {"spam", "bulk"} and not _answers(one, answered)
            ]
        finally:
            await door.close()
    return found


def _answers(reading: Reading, answered: set[str]) -> bool:
    return bool({reading.parsed.from_addr, *reading.parsed.reply_to} & answered)


def _inbox_label(reading: Reading, answered: set[str]) -> str:
    if list_reason(reading):
        return "other"
    if _answers(reading, answered) and judge(reading).rule in {"rest", "advertising"}:
        return "buyer"
    return ""


async def _read(door: ImapMailbox, folder: str | None, progress: Callable[[int, int], None]) -> list[Reading]:
    if not folder:
        return []
    await door.select(folder, readonly=True)
    uids = (await door.uids_after(0))[-MOST:]
    found: list[Reading] = []
    done = 0
    async for batch in door.fetch(uids, max_bytes=500_000):
        for mail in batch:
            with suppress(UnreadableMailError):
                found.append(read(mail.raw, arrived=mail.arrived))
        done += len(batch)
        progress(done, len(uids))
    return found
