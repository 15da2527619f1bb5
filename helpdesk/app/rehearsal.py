"""`sync --dry-run`: what a first reading would do to Junk. The mailbox is only read; everything else happens in a
database that is thrown away, so that the judgement is the one `sync` would make, conversations and orders included.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from helpdesk.app.mailbox import file_all
from helpdesk.app.models import refresh
from helpdesk.app.parts import Parts
from helpdesk.domain import Ack, Mail, MailState, OutboxState, Role, Verdict
from helpdesk.errors import HelpdeskError
from helpdesk.intake import job as intake
from helpdesk.intake.job import Progress
from helpdesk.settings import MailboxSettings
from helpdesk.store import mailboxes, mails, outbox, schema, tickets
from helpdesk.store.engine import Store
from helpdesk.triage.job import Counts

#: What would become of a mail in Junk, in the order in which it is told.
FATES = ("rescue", "review", "suspect", "leave", "known")


@dataclass(frozen=True, slots=True)
class Fate:
    """One mail of Junk, and what would become of it (one of FATES)."""

    mail: Mail
    fate: str

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        mail = self.mail
        return {
            "mailbox": mail.mailbox, "folder": mail.folder, "uid": mail.uid, "message_id": mail.message_id,
            "date": mail.clock_start.isoformat().replace("+00:00", "Z"), "from": mail.from_addr,
            "subject": mail.subject, "verdict": str(mail.verdict or mail.state), "score": mail.score,
            "reasons": mail.reasons or [mail.reason], "old": mail.old, "would": self.fate,
        }  # fmt: skip


@dataclass(slots=True)
class Rehearsal:
    """What a sync would do."""

    fates: list[Fate] = field(default_factory=list)  #: by mailbox, oldest first
    acknowledge: int = 0  #: conversations whose first mail would be acknowledged
    old: int = 0  #: conversations too old for that: they are listed
    trouble: list[str] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """How many of each fate."""
        return {fate: sum(1 for one in self.fates if one.fate == fate) for fate in FATES}

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        figures = {**self.counts(), "acknowledge": self.acknowledge, "old": self.old}
        return {"would": figures, "mails": [one.as_dict() for one in self.fates]}


async def rehearse(parts: Parts, progress: Progress | None = None) -> Rehearsal:
    """Read every mailbox as at a first contact. Nothing is moved, sent, flagged or kept."""
    found = Rehearsal()
    await refresh(parts)
    with TemporaryDirectory(prefix="helpdesk-") as folder:
        scratch = replace(parts, store=Store.connect("sqlite:///rehearsal.db", Path(folder)))
        try:
            await schema.ensure(scratch.store)
            async with scratch.store.write() as tx:
                await mailboxes.ensure(tx, [box.name for box in parts.settings.mailbox])
            for box in parts.settings.mailbox:
                try:
                    await _look(parts, scratch, box, progress)
                except HelpdeskError as error:
                    found.trouble.append(f"{box.name}: {error}")
                    continue
                await _tell(parts, scratch, box, found)
        finally:
            await scratch.store.close()
    return found


async def _look(parts: Parts, scratch: Parts, box: MailboxSettings, progress: Progress | None) -> None:
    """Read and file one mailbox into the scratch database."""
    door = parts.imap(box)  # the real parts': a token that the server renews must be kept
    try:
        await door.connect()
        await intake.run_once(scratch.store, door, parts.watch(box), parts.now(), None, progress)
        await file_all(scratch, box, Counts(), progress)
    finally:
        await door.close()


async def _tell(parts: Parts, scratch: Parts, box: MailboxSettings, found: Rehearsal) -> None:
    """Compare what the scratch database decided with what the real one has done already."""
    async with scratch.store.read() as tx:
        junk = await mails.headers_of(tx, box.name, Role.JUNK)
        begun = [ticket for ticket in await tickets.listing(tx) if ticket.mailbox == box.name]
    async with parts.store.read() as tx:
        before = await mails.by_message_ids(tx, box.name, [mail.message_id for mail in junk])
        known = {(mail.message_id, mail.body_hash): mail for mail in before if mail.state != MailState.NEW}
        waiting = {mail.id for mail in known.values() if await _waits(tx, mail)}
        buyers = sorted({ticket.buyer for ticket in begun})
        had = {ticket.buyer for ticket in await tickets.by_buyers(tx, box.name, buyers)}
    for mail in junk:
        real = known.get((mail.message_id, mail.body_hash))
        fate = _fate(mail) if real is None else ("rescue" if real.id in waiting else "known")
        found.fates.append(Fate(mail, fate))
    fresh = [ticket for ticket in begun if ticket.buyer not in had]
    found.acknowledge += sum(1 for ticket in fresh if ticket.ack == Ack.QUEUED)
    found.old += sum(1 for ticket in fresh if ticket.old and ticket.anchor_at is not None)


async def _waits(tx: Any, mail: Mail) -> bool:
    """Was it judged a buyer's by a sync that did not come to move it?"""
    if mail.verdict != Verdict.BUYER or mail.role != Role.JUNK:
        return False
    move = await outbox.by_key(tx, f"move:{mail.id}")
    return move is not None and move.state in {OutboxState.QUEUED, OutboxState.SENDING}


def _fate(mail: Mail) -> str:
    if mail.verdict == Verdict.BUYER:
        return "rescue"
    if mail.verdict == Verdict.SUSPECT:
        return "suspect"
    return "review" if mail.verdict == Verdict.REVIEW or mail.state == MailState.QUARANTINED else "leave"
