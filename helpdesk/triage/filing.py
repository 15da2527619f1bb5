"""What filing decides, as pure functions: what evidence changes, where a mail belongs, what is posted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from helpdesk.domain import Effect, Mail, Outbox, Ticket, Verdict
from helpdesk.sla.ledger import Conversation
from helpdesk.tickets.matching import Index, subject_core
from helpdesk.triage.verdict import IGNORED

#: Notices a person must see at once, whether or not a ticket stands.
URGENT_NOTICES = {"claim_opened", "cancel_request"}

#: Verdicts that evidence can overrule: a buyer in an own conversation writes as they like.
DOUBTFUL = {Verdict.REVIEW, Verdict.SPAM, Verdict.BULK}

#: The marketplace's copy of an answer is matched at most this far back (DOMAIN 2.4).
COPY_REACH = timedelta(days=7)

#: A mail in Sent dated this long before the mail it answers is a matter of clocks, not of another conversation.
CLOCKS_APART = timedelta(minutes=5)


def with_evidence(mail: Mail, index: Index) -> Mail:
    """The mail as a buyer's where the database proves it: an answer in an own conversation, an order we know.

    A suspect stays one (promise 6), and so does machine mail (promise 4): a copied reference proves nothing there.
    """
    if mail.verdict == Verdict.BUYER and not mail.customer:
        unsigned: Mail = mail.evolve(verdict=Verdict.REVIEW, reasons=[*mail.reasons, "it names nobody to answer"])
        return unsigned
    if mail.verdict not in DOUBTFUL or mail.authentic == "fail" or IGNORED in mail.reasons:
        return mail
    match = index.match(mail)
    if match is None:
        return mail
    # that a known buyer's address stands in From proves something only where the server vouches for it
    if match.why.startswith("same buyer") and mail.authentic != "pass":
        return mail
    proven: Mail = mail.evolve(verdict=Verdict.BUYER, reasons=[*mail.reasons, match.why])
    return proven


def marketplace_of(mail: Mail, of_mailbox: str) -> str:
    """The profile of a new ticket: the mailbox's own for its marketplace's relay mail, else the channel's."""
    channel = mail.channel or "direct"
    return of_mailbox if of_mailbox.partition("_")[0] == channel else channel


def rescue(mail: Mail, now: datetime) -> Outbox:
    """Move a buyer's mail from Junk to the Inbox, once."""
    place = {"folder": mail.folder, "uidvalidity": mail.uidvalidity, "uid": mail.uid, "message_id": mail.message_id}
    return Outbox(
        key=f"move:{mail.id}",
        effect=Effect.MOVE,
        lane=mail.mailbox,
        payload={"mail": mail.id, **place},
        ticket_id=mail.ticket_id if mail.ticket_id and mail.ticket_id > 0 else None,
        next_at=now,
        created_at=now,
    )


def _post(key: str, channel: str, now: datetime, payload: dict[str, Any]) -> Outbox:
    return Outbox(key=key, effect=Effect.POST, lane=channel, payload=payload, next_at=now, created_at=now)


def review_post(mail: Mail, channel: str, now: datetime) -> Outbox:
    """Ask a person about an uncertain mail, or warn of a suspect."""
    kind = "suspect" if mail.verdict == Verdict.SUSPECT else "review"
    return _post(f"review:{mail.id}", channel, now, {"kind": kind, "mail": mail.id})


def notice_post(mail: Mail, channel: str, now: datetime) -> Outbox:
    """Tell the desk of a claim or a cancellation request."""
    return _post(f"notice:{mail.id}", channel, now, {"kind": "notice", "mail": mail.id})


def annotated(ticket: Ticket, mail: Mail, now: datetime) -> Ticket:
    """A ticket of which a notice speaks: its card shows it; a claim makes it urgent."""
    flags = [*ticket.urgent, "claim"] if mail.kind == "claim_opened" and "claim" not in ticket.urgent else ticket.urgent
    changed: Ticket = ticket.evolve(urgent=flags, rev=ticket.rev + 1, updated_at=now)
    return changed


def answers(sent: Mail, mail: Mail) -> bool:
    """Does this mail of ours answer that mail of the buyer's? It names it, or came after it on the same subject."""
    if mail.message_id and mail.message_id in (*sent.in_reply_to, *sent.references):
        return True
    if sent.in_reply_to:
        return False
    after = sent.clock_start >= mail.clock_start - CLOCKS_APART
    return after and subject_core(sent.subject) == subject_core(mail.subject)


def in_time(sent: Mail, conversation: Conversation) -> bool:
    """Was there anything to answer in the conversation when this was sent?"""
    return any(one.received_at <= sent.clock_start + CLOCKS_APART for one in conversation.clock.messages)


def answered_on_site(mail: Mail, conversations: Iterable[Conversation]) -> Conversation | None:
    """Whose answer a marketplace's copy is: by its order, else by the buyer's name; never on a tie."""
    waiting = [
        c
        for c in conversations
        if c.ticket.marketplace.partition("_")[0] == mail.channel
        and any(mail.clock_start - COPY_REACH <= one.received_at <= mail.clock_start for one in c.clock.messages)
    ]
    by_order = [c for c in waiting if set(mail.order_ids) & set(c.ticket.order_ids)]
    if mail.order_ids:
        return by_order[0] if len(by_order) == 1 else None
    name = mail.facts.get("buyer", "").strip().lower()
    by_name = [c for c in waiting if name and c.ticket.buyer_name.strip().lower() == name]
    return by_name[0] if len(by_name) == 1 else None


def bounce_reason(mail: Mail) -> str:
    """Why our mail came back, in one line."""
    text = " ".join((mail.facts.get("diagnostic") or mail.subject or "returned").split())
    return f"the mail came back: {text[:200]}"
