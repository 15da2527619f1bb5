"""Writes acknowledgements: whether one goes out, what it says, and the outbox row that carries it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from helpdesk.domain import Ack, Event, Mail, Message, Outbox, Sent, Ticket
from helpdesk.errors import RefusedError
from helpdesk.replies.ack import AckQuestion, acknowledgement, decide
from helpdesk.replies.compose import OutgoingMail, compose
from helpdesk.replies.outgoing import ACK, mail_effect
from helpdesk.replies.templates import Library
from helpdesk.settings.mailbox import MailboxSettings
from helpdesk.settings.schema import Settings
from helpdesk.sla.clock import ANSWERED

#: A person's click on a draft: it is sent as if the channel said "send".
APPROVED = "ack_approved"
DAY = timedelta(days=1)
IN_THE_OUTBOX = "in the outbox"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of one conversation whose acknowledgement is to be written."""

    ticket: Ticket
    mail: Mail | None = None  #: the earliest unanswered one
    sent: Sequence[Sent] = ()  #: our own mails in the conversation
    events: Sequence[Event] = ()  #: "answered" and "ack_approved"
    today: int = 0  #: acknowledgements to this address within a day


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The decision: the ticket's new `ack` and reason; for QUEUED the mail that leaves."""

    ticket_id: int
    ack: Ack
    reason: str = ""
    effect: Outbox | None = None
    sent: Sent | None = None
    events: list[Event] = field(default_factory=list)


def earliest_unanswered(messages: Sequence[Message]) -> Message | None:
    """The message that the acknowledgement answers; `messages` are one conversation's, oldest first."""
    return next((m for m in messages if m.answered_at is None and not m.no_response), None)


def recipient(ticket: Ticket, mail: Mail) -> str:
    """The alias exactly as received with the mail that is being answered."""
    return mail.reply_to or ticket.reply_to or mail.from_addr


def write(
    facts: Facts, settings: Settings, library: Library, *, counts: Mapping[str, bool], now: datetime, token: str
) -> Written:
    """Decide, and compose where it is to be sent. Never raises for what a buyer or a template did wrong.

    `counts`: by marketplace, whether an automatic reply stops its clock; `token`: a fresh random word for the id.
    """
    ticket, mail, box = facts.ticket, facts.mail, settings.box(facts.ticket.mailbox)
    if mail is None or box is None or box.smtp is None:
        if mail is None:
            reason = "nothing of the buyer's waits for an answer"
        else:
            reason = f"mailbox {ticket.mailbox} has no [mailbox.smtp] to send through"
        return _kept(ticket, Ack.SUPPRESSED, reason, now)
    to = recipient(ticket, mail)
    ack, reason = decide(_question(facts, mail, settings, to))
    if ack != Ack.QUEUED:
        return _kept(ticket, ack, reason, now)
    try:
        return _sent(facts, mail, settings, box, library, to=to, counts=counts, now=now, token=token)
    except RefusedError as error:
        return _kept(ticket, Ack.SUPPRESSED, str(error), now)


def _question(facts: Facts, mail: Mail, settings: Settings, to: str) -> AckQuestion:
    ticket = facts.ticket
    answers = [e.at for e in facts.events if e.kind == ANSWERED]
    last_answer = max(answers, default=None)
    approved = any(e.kind == APPROVED and e.at >= mail.clock_start for e in facts.events)
    acks = [s.at for s in facts.sent if s.kind == ACK]
    return AckQuestion(
        setting="send" if approved else settings.acknowledge.mode(ticket.marketplace),
        verdict=mail.verdict or "",
        sender=mail.from_addr,
        recipient=to,
        own_addresses=[box.address for box in settings.mailbox],
        auto_submitted=mail.auto_submitted,
        urgent=ticket.urgent,
        old=ticket.old,
        acknowledged=any(last_answer is None or at > last_answer for at in acks),
        sent_today=facts.today,
        cap=settings.acknowledge.per_address_and_day,
    )


def _sent(
    facts: Facts,
    mail: Mail,
    settings: Settings,
    box: MailboxSettings,
    library: Library,
    *,
    to: str,
    counts: Mapping[str, bool],
    now: datetime,
    token: str,
) -> Written:
    ticket = facts.ticket
    words = acknowledgement(
        library,
        language=mail.language,
        zone=settings.zone,
        now=now,
        due=ticket.due_at,
        order=next(iter([*mail.order_ids, *ticket.order_ids]), ""),
        topic=ticket.topic,
        cause=ticket.cause,
        marketplace=ticket.marketplace,
    )
    message_id = f"ack-{ticket.id}-{token}@{box.address.rpartition('@')[2]}"
    effect = mail_effect(
        _composed(box, ticket, mail, words.text, to=to, message_id=message_id, now=now),
        key=f"ack:{ticket.id}:{mail.id}",
        kind=ACK,
        mailbox=box.name,
        sender=box.address,
        recipient=to,
        message_id=message_id,
        now=now,
        ticket_id=ticket.id,
        template=words.template,
        language=words.language,
        counts=counts.get(ticket.marketplace, False),
    )
    own = Sent(message_id=message_id, ticket_id=ticket.id, kind=ACK, to_addr=ticket.buyer, at=now)
    return Written(ticket_id=ticket.id, ack=Ack.QUEUED, reason=IN_THE_OUTBOX, effect=effect, sent=own)


def _composed(
    box: MailboxSettings, ticket: Ticket, mail: Mail, text: str, *, to: str, message_id: str, now: datetime
) -> bytes:
    return compose(
        OutgoingMail(
            sender=box.address,
            sender_name=box.sender_name,
            recipient=to,
            subject=mail.subject or ticket.subject,
            text=text,
            message_id=message_id,
            date=now,
            in_reply_to=mail.message_id,
            references=tuple(mail.references),
            automatic=True,
        )
    )


def _kept(ticket: Ticket, ack: Ack, reason: str, now: datetime) -> Written:
    """No mail leaves by itself; the ticket says why."""
    kind = {Ack.DRAFT: "ack_draft", Ack.SUPPRESSED: "ack_suppressed"}.get(ack)
    events = (
        [Event(ticket_id=ticket.id, at=now, kind=kind, actor="helpdesk", detail={"reason": reason})] if kind else []
    )
    return Written(ticket_id=ticket.id, ack=ack, reason=reason, events=events)
