"""A ticket's status: the only place where it changes. Pure: a ticket and what happened in, the changed ticket out.

    new ──acknowledge, assign──► open ──answer──► answered ──┐
     │                            │                          │ the buyer writes again: open (owned) or new
     └──snooze──► snoozed ──end───┘      resolve, no response needed ──► resolved ──┤
                                                              not a buyer ──► not_a_buyer (stays)

The clock's fields (anchor_at, due_at, next_step_at, step, answered_at) belong to sla/ and are not touched here.
Every change raises `rev`, which makes the card follow. RefusedError tells the agent the truth about the ticket.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from helpdesk.domain import Ack, Mail, Status, Ticket
from helpdesk.errors import RefusedError

#: How many mails' worth of orders and items a ticket remembers.
MAX_ORDERS = 20

#: A longer snooze is a slip of the year, and its end may lie beyond every calendar.
LONGEST_SNOOZE = timedelta(days=366)


def _changed(ticket: Ticket, now: datetime, **changes: Any) -> Ticket:
    changed: Ticket = ticket.evolve(**changes, rev=ticket.rev + 1, updated_at=now)
    return changed


def begin(mail: Mail, *, marketplace: str, ack: Ack, now: datetime) -> Ticket:
    """A new conversation's ticket, before its first mail is received into it."""
    return Ticket(
        mailbox=mail.mailbox,
        marketplace=marketplace,
        buyer=mail.customer,
        buyer_name=mail.from_name,
        reply_to=mail.reply_to,
        subject=mail.subject,
        language=mail.language,
        topic=mail.topic,
        cause=mail.cause,
        received_at=mail.clock_start,
        last_mail_at=mail.clock_start,
        ack=ack,
        old=mail.old,
        created_at=now,
        updated_at=now,
    )


def waiting_status(ticket: Ticket) -> Status:
    """The status of a ticket that waits for an answer: open once an agent has it, else new."""
    return Status.OPEN if ticket.owner else Status.NEW


def received(ticket: Ticket, mail: Mail, now: datetime) -> Ticket:
    """The buyer wrote: answered, snoozed and resolved tickets wait again; orders, items and urgent flags add up.

    A ticket that a person called not a buyer stays so.
    """
    closed = ticket.status in {Status.ANSWERED, Status.SNOOZED, Status.RESOLVED}
    newest = mail.clock_start >= ticket.last_mail_at
    orders = list(dict.fromkeys([*ticket.order_ids, *mail.order_ids]))[:MAX_ORDERS]
    items = [*ticket.items, *(item for item in mail.items if item not in ticket.items)][:MAX_ORDERS]
    known_topic = ticket.topic not in {None, "other"}
    return _changed(
        ticket,
        now,
        status=waiting_status(ticket) if closed else ticket.status,
        snoozed_until=None if closed else ticket.snoozed_until,
        mails=ticket.mails + 1,
        received_at=min(ticket.received_at, mail.clock_start),
        last_mail_at=max(ticket.last_mail_at, mail.clock_start),
        # the newest mail's alias is the open case; answering an older one may reach a closed case
        reply_to=(mail.reply_to or ticket.reply_to) if newest else ticket.reply_to,
        buyer_name=ticket.buyer_name or mail.from_name,
        order_ids=orders,
        items=items,
        urgent=list(dict.fromkeys([*ticket.urgent, *mail.urgent])),
        topic=ticket.topic if known_topic else (mail.topic or ticket.topic),
        cause=ticket.cause if known_topic else (mail.cause or ticket.cause),
        language=mail.language if ticket.mails == 0 else ticket.language,
        old=ticket.old and mail.old,
    )


def answered(ticket: Ticket, now: datetime, *, still_waiting: bool) -> Ticket:
    """A person's answer was accepted, here or elsewhere. `still_waiting`: the buyer wrote after it."""
    if ticket.status == Status.NOT_A_BUYER:
        return ticket
    if still_waiting:
        return _changed(ticket, now)
    keep = ticket.status == Status.RESOLVED
    return _changed(ticket, now, status=Status.RESOLVED if keep else Status.ANSWERED, snoozed_until=None)


def refused(ticket: Ticket, now: datetime) -> Ticket:
    """An answer came back (bounce, opt-out, 5xx): the ticket waits again, with its first anchor (DOMAIN 0.8)."""
    if ticket.status == Status.NOT_A_BUYER:
        return ticket
    return _changed(ticket, now, status=waiting_status(ticket), snoozed_until=None)


def acknowledge(ticket: Ticket, actor: str, now: datetime) -> Ticket:
    """An agent takes note: open, and the agent's if nobody has it yet."""
    _not_closed(ticket, "acknowledge")
    if ticket.owner and ticket.owner != actor:
        raise RefusedError(f"#{ticket.id} is already with <@{ticket.owner}>.")
    status = Status.OPEN if ticket.status == Status.NEW else ticket.status
    return _changed(ticket, now, owner=actor, status=status)


def assign(ticket: Ticket, owner: str, now: datetime) -> Ticket:
    """The ticket is `owner`'s from now on."""
    _not_closed(ticket, "assign")
    status = Status.OPEN if ticket.status == Status.NEW else ticket.status
    return _changed(ticket, now, owner=owner, status=status)


def resolve(ticket: Ticket, actor: str, now: datetime) -> Ticket:
    """A person closes it; the buyer's next mail opens it again."""
    return _close(ticket, actor, Status.RESOLVED, now)


def not_a_buyer(ticket: Ticket, actor: str, now: datetime) -> Ticket:
    """A person says that no buyer wrote this: it leaves queue and figures."""
    return _close(ticket, actor, Status.NOT_A_BUYER, now)


def _close(ticket: Ticket, actor: str, status: Status, now: datetime) -> Ticket:
    if ticket.status == status:
        raise RefusedError(f"#{ticket.id} is {status.value.replace('_', ' ')} already.")
    ack = Ack.SUPPRESSED if ticket.ack == Ack.QUEUED else ticket.ack
    reason = "closed by a person first" if ticket.ack == Ack.QUEUED else ticket.ack_reason
    owner = ticket.owner or actor or None
    return _changed(ticket, now, status=status, snoozed_until=None, ack=ack, ack_reason=reason, owner=owner)


def reopen(ticket: Ticket, actor: str, now: datetime) -> Ticket:
    """A person takes a closing back."""
    if ticket.status not in {Status.RESOLVED, Status.NOT_A_BUYER, Status.ANSWERED, Status.SNOOZED}:
        raise RefusedError(f"#{ticket.id} is open already.")
    owner = ticket.owner or actor or None
    return _changed(ticket, now, owner=owner, status=Status.OPEN, snoozed_until=None)


def snooze(ticket: Ticket, until: datetime, now: datetime) -> Ticket:
    """Not before `until`; a mail of the buyer's ends it early."""
    _not_closed(ticket, "snooze")
    if until <= now:
        raise RefusedError(f"#{ticket.id} can only be snoozed until a time to come.")
    if until - now > LONGEST_SNOOZE:
        raise RefusedError(f"#{ticket.id} can be snoozed for a year at most.")
    return _changed(ticket, now, status=Status.SNOOZED, snoozed_until=until)


def woken(ticket: Ticket, now: datetime) -> Ticket:
    """A snooze has ended."""
    if ticket.status != Status.SNOOZED:
        return ticket
    return _changed(ticket, now, status=waiting_status(ticket), snoozed_until=None)


def retopic(ticket: Ticket, topic: str, cause: str | None, now: datetime) -> Ticket:
    """A person says what it is about."""
    if (ticket.topic, ticket.cause) == (topic, cause):
        told = f"{topic}, {cause}" if cause else topic
        raise RefusedError(f"#{ticket.id} is about {told} already.")
    return _changed(ticket, now, topic=topic, cause=cause)


def _not_closed(ticket: Ticket, what: str) -> None:
    if ticket.status in {Status.RESOLVED, Status.NOT_A_BUYER}:
        raise RefusedError(f"#{ticket.id} is closed ({ticket.status.value.replace('_', ' ')}): reopen it to {what} it.")


Change = Callable[[Ticket], Ticket]
