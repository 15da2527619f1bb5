"""Answering a buyer: the draft, its preview, and the answer's way into the outbox; nothing leaves without a click."""

from __future__ import annotations

from secrets import token_hex
from typing import Any

from helpdesk.domain import Event, Mail, Sent, Status, Ticket
from helpdesk.errors import LintBlockedError, RefusedError
from helpdesk.replies import lint_permitted as permitted
from helpdesk.replies.base import Base
from helpdesk.replies.compose import OutgoingMail, compose
from helpdesk.replies.conversation import last_of_buyer
from helpdesk.replies.drafting import digest
from helpdesk.replies.lint import Finding, LintContext, lint
from helpdesk.replies.offering import Offering
from helpdesk.replies.outcomes import Preview, ReplyOutcome
from helpdesk.replies.outgoing import REPLY, mail_effect
from helpdesk.settings.mailbox import MailboxSettings
from helpdesk.sla import promises
from helpdesk.sla.ledger import Conversation, Ledger
from helpdesk.store import mails, outbox, tickets
from helpdesk.store.engine import Tx

#: The reply form's block of the text: lint errors are shown there.
FIELD = "reply"

#: Warnings that must be confirmed with a reason before the answer leaves; the others are shown in the preview. A
#: promise of money or goods needs a person's word (DOMAIN 3); a doubt about style must not hold a buyer's answer up.
CONFIRM = frozenset({"promise"})

#: Events that mean "a colleague answered".
ANSWERS = ("reply_queued", "answered")

#: Events that tell which answers were written, and which never arrived.
WRITTEN = ("reply_queued", "reply_failed")


class Answering(Offering):
    """The desk's pen."""

    async def preview(self, ticket: int, text: str, actor: str) -> Preview:  # noqa: ARG002 -- the audit trail has no previews
        """The answer as the buyer would get it, and what the message rules say of it."""
        async with self.store.read() as tx:
            found = await tickets.get(tx, ticket)
            if found is None:
                raise RefusedError(f"There is no ticket #{ticket}.")
            last = last_of_buyer(await mails.of_ticket(tx, ticket))
            findings = await self.findings(tx, found, text)
        return Preview(
            text=outgoing_text(text, last),
            blocked=tuple(told(f) for f in findings if f.severity == "block"),
            warnings=tuple(told(f) for f in findings if f.severity == "warn"),
        )

    async def findings(self, tx: Tx, ticket: Ticket, text: str) -> list[Finding]:
        """What the message rules say of an answer to this ticket."""
        solved = ticket.status == Status.RESOLVED and ticket.marketplace.startswith("amazon")
        context = LintContext(
            order_ids=tuple(ticket.order_ids),
            asins=tuple(str(item.get("asin", "")) for item in ticket.items if item.get("asin")),
            language=ticket.language,
            solved=solved,
            feedback_asked=solved and _told_before(await tickets.events_of(tx, [ticket.id], WRITTEN)),
        )
        return lint(text, marketplace=ticket.marketplace.partition("_")[0], scope="reply", context=context)

    async def reply(
        self, ticket: int, text: str, actor: str, *, rev: int, key: str, resolve: bool = False, confirmed: str = "",
        origin: str = "", drafted: str = "",
    ) -> ReplyOutcome:  # fmt: skip
        """Queue the answer, at most once per `key`; not on a form older than a colleague's answer.

        `origin` (DraftView.origin) and `drafted` (the draft's digest) go into the history: promise 9.
        """
        async with self.store.write() as tx:
            if await outbox.by_key(tx, f"reply:{ticket}:{key}") is not None:
                return ReplyOutcome(ok=True, message="Your answer is on its way already.")
            ledger = Ledger(tx, self.rules_of)
            conversation = await ledger.one(ticket)
            if conversation is None:
                return ReplyOutcome(ok=False, message=f"There is no ticket #{ticket}.")
            refusal = await self._refusal(tx, conversation, text, actor, rev, confirmed)
            if refusal is not None:
                return refusal
            try:
                detail: dict[str, Any] = {"confirmed": confirmed} if confirmed else {}
                detail |= {"draft": origin[:200], "edited": digest(text) != drafted} if origin else {}
                await self._queue(tx, conversation, text, actor, key, resolve=resolve, more=detail)
            except RefusedError as error:
                return ReplyOutcome(ok=False, message=str(error), errors={FIELD: str(error)})
            await ledger.save()
        self.wake()
        return ReplyOutcome(ok=True, message=f"Your answer to #{ticket} is queued.")

    async def _refusal(
        self, tx: Tx, conversation: Conversation, text: str, actor: str, rev: int, confirmed: str
    ) -> ReplyOutcome | None:
        ticket = conversation.ticket
        for event in reversed(await tickets.events_of(tx, [ticket.id], ANSWERS)):
            if int(event.detail.get("rev", 0)) > rev and event.actor != actor:
                who = f"<@{event.actor}>" if event.kind == "reply_queued" else "A colleague"
                said = f"{who} answered #{ticket.id} before you; your answer was not sent."
                return ReplyOutcome(ok=False, message=said, errors={FIELD: said}, answered_by=event.actor)
        if ticket.status == Status.NOT_A_BUYER:
            return ReplyOutcome(ok=False, message=f"#{ticket.id} was called not a buyer: reopen it to answer.")
        if not text.strip():
            return ReplyOutcome(ok=False, message="Write an answer.", errors={FIELD: "Write an answer."})
        findings = await self.findings(tx, ticket, text)
        blocked = [told(f) for f in findings if f.severity == "block"]
        if blocked:
            return ReplyOutcome(ok=False, message=" ".join(blocked), errors={FIELD: "\n".join(blocked)})
        warnings = tuple(told(f) for f in findings if f.rule in CONFIRM and f.severity == "warn")
        if warnings and not confirmed.strip():
            return ReplyOutcome(ok=False, message=" ".join(warnings), warnings=warnings)
        return None

    async def _queue(
        self, tx: Tx, conversation: Conversation, text: str, actor: str, key: str, *, resolve: bool,
        more: dict[str, Any],
    ) -> None:  # fmt: skip
        now, ticket = self.now(), conversation.ticket
        box = self.settings.box(ticket.mailbox)
        last = last_of_buyer(await mails.of_ticket(tx, ticket.id))
        if box is None or box.smtp is None:
            raise RefusedError(f"mailbox {ticket.mailbox} has no [mailbox.smtp] to send through")
        recipient = (last.reply_to if last else "") or ticket.reply_to
        if "@" not in recipient:
            raise RefusedError(f"#{ticket.id} came by phone: call back, and log the call")
        message_id = f"reply-{ticket.id}-{token_hex(8)}@{box.address.rpartition('@')[2]}"
        raw = composed(box, ticket, last, text, recipient, message_id, self)
        effect = mail_effect(
            raw, key=f"reply:{ticket.id}:{key}", kind=REPLY, mailbox=box.name, sender=box.address, recipient=recipient,
            message_id=message_id, now=now, ticket_id=ticket.id, agent=actor, resolve=resolve,
        )  # fmt: skip
        await outbox.enqueue(tx, effect)
        own = Sent(message_id=message_id, ticket_id=ticket.id, kind=REPLY, to_addr=ticket.buyer, at=now)
        await tickets.note_sent(tx, own)
        promise = promises.fields(text, ticket.language, now, self.settings.timezone)
        changed: Ticket = ticket.evolve(owner=ticket.owner or actor, rev=ticket.rev + 1, updated_at=now, **promise)
        if changed.status == Status.NEW:
            changed = changed.evolve(status=Status.OPEN)
        conversation.change(changed, now)
        detail = {
            "rev": changed.rev,
            "text": text,
            "key": effect.key,
            **more,
        }
        conversation.log.append(Event(ticket_id=ticket.id, at=now, kind="reply_queued", actor=actor, detail=detail))


def _told_before(events: list[Event]) -> bool:
    """Did an answer that was not refused tell that feedback can be changed? A second time would be pressure."""
    failed = {str(event.detail.get("key")) for event in events if event.kind == "reply_failed"}
    return any(
        event.kind == "reply_queued"
        and str(event.detail.get("key")) not in failed
        and any(permitted.places(str(event.detail.get("text", ""))))
        for event in events
    )


def composed(
    box: MailboxSettings, ticket: Ticket, last: Mail | None, text: str, recipient: str, message_id: str, base: Base
) -> bytes:
    """The answer as it leaves: to the exact alias, on the unchanged subject, threaded, the buyer's mail below."""
    return compose(
        OutgoingMail(
            sender=box.address,
            sender_name=box.sender_name,
            recipient=recipient,
            subject=(last.subject if last else "") or ticket.subject,
            text=text,
            message_id=message_id,
            date=base.now(),
            in_reply_to=last.message_id if last and "@" in last.message_id else "",
            references=tuple(last.references) if last else (),
            quoted=last.quoted if last else "",
        )
    )


def outgoing_text(text: str, last: Mail | None) -> str:
    """What the buyer sees: the answer, and below it their own mail."""
    quoted = "\n".join(f"> {line}" for line in (last.quoted if last else "").splitlines()[:40])
    return f"{text.rstrip()}\n\n{quoted}" if quoted else text.rstrip()


def told(finding: Finding) -> str:
    """A finding for a person: what and why."""
    return f"{finding.why} ({finding.rule}: {' '.join(finding.text.split())[:60]})" if finding.text else finding.why


__all__ = ["Answering", "LintBlockedError", "last_of_buyer"]
