"""A seller's own mail as examples: what was answered is a buyer's, what lies in Junk unanswered is not; and clicks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from helpdesk.app.parts import Parts
from helpdesk.domain import Mail
from helpdesk.domain_learning import Example as Click
from helpdesk.errors import UnreadableMailError
from helpdesk.intake.imap import ImapMailbox
from helpdesk.intake.read import read
from helpdesk.intake.reading import Reading
from helpdesk.settings import MailboxSettings
from helpdesk.store import learning, mails
from helpdesk.triage.features import features_of
from helpdesk.triage.machine import list_reason
from helpdesk.triage.training import Example, TopicExample
from helpdesk.triage.verdict import WEIGHED, judge

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


@dataclass(frozen=True, slots=True)
class Clicks:
    """What people's clicks teach, oldest first."""

    mails: list[Example]
    topics: list[TopicExample]
    missing: int  #: mails decided on that the server has no longer
    newest: int  #: number of the newest click


async def click_examples(parts: Parts, progress: Callable[[int, int], None]) -> Clicks:
    """The newest click on each mail; mails are fetched again (read only), texts of topics lie in the database."""
    async with parts.store.read() as tx:
        clicks = await learning.examples(tx)
        who = {one.mail_id: one for one in clicks if one.label != "topic"}
        about = {one.mail_id: one for one in clicks if one.label == "topic"}
        wanted = [*list(who)[-MOST:], *list(about)[-MOST:]]
        rows = {row.id: row for row in await mails.by_numbers(tx, sorted(set(wanted))) if row.reason != "erased"}
    texts = [(click, rows[number]) for number, click in about.items() if number in rows]
    topics = [TopicExample(row.text, f"{click.topic}/{click.cause or ''}") for click, row in texts if row.text.strip()]
    decided = [(click, rows[number]) for number, click in who.items() if number in rows]
    found: dict[int, Example] = {}
    gone = 0
    for box in parts.settings.mailbox:
        mine = [(click, row) for click, row in decided if row.mailbox == box.name]
        if mine:
            gone += await _fetch_decided(parts, box, mine, found, progress)
    newest = max((one.id for one in clicks), default=0)
    return Clicks([found[number] for number in who if number in found], topics, gone, newest)


async def _fetch_decided(
    parts: Parts,
    box: MailboxSettings,
    decided: Sequence[tuple[Click, Mail]],
    found: dict[int, Example],
    progress: Callable[[int, int], None],
) -> int:
    """Read the mails again, each where it was last seen, else wherever its Message-ID is; returns how many are gone."""
    door = parts.imap(box)
    gone = done = 0
    await door.connect()
    try:
        named = await door.folders(inbox=box.imap.inbox, junk=box.imap.junk, sent="")
        for click, row in decided:
            raw = await _again(door, row, [name for name in (named.inbox, named.junk) if name])
            done += 1
            progress(done, len(decided))
            if raw is None:
                gone += 1
                continue
            with suppress(UnreadableMailError):
                reading = read(raw, own_addresses=(box.address,), authserv_id=box.authserv_ids, arrived=row.arrived_at)
                if judge(reading).rule in WEIGHED:  # the rest needs no model
                    junk = click.click in {"rescue", "leave"} or row.role == "junk"
                    folder = "junk" if junk else "inbox"
                    found[click.mail_id] = Example(features_of(reading), click.label, folder=folder)
    finally:
        await door.close()
    return gone


async def _again(door: ImapMailbox, row: Mail, folders: Sequence[str]) -> bytes | None:
    """The mail's bytes, or None if it lies in none of these folders any more."""
    places: list[tuple[str, list[int]]] = []
    if row.folder in folders and (await door.select(row.folder)).uidvalidity == row.uidvalidity:
        places.append((row.folder, [row.uid]))
    if not row.message_id.startswith("none:"):
        places += [(folder, []) for folder in folders]
    for folder, uids in places:
        wanted = uids or await door.find_message_id(folder, row.message_id)
        await door.select(folder)
        async for batch in door.fetch(wanted[-1:], max_bytes=500_000):
            for mail in batch:
                with suppress(UnreadableMailError):
                    parsed = read(mail.raw).parsed
                    if row.message_id.startswith("none:") or parsed.message_id == row.message_id:
                        return mail.raw
    return None
