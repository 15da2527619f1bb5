"""Which conversation a mail belongs to: one conversation is one ticket (promise 2). Pure.

The signs in the order of their strength: an answer to a mail of the thread or of ours; the same open case (+case);
the same order from the same buyer; the same buyer on the same channel shortly before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from helpdesk.domain import Mail, Sent, Status, Ticket

#: A buyer who writes again without any reference within this time goes on with the same matter.
SAME_MATTER = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Match:
    """The ticket a mail belongs to, and why, in words."""

    ticket_id: int
    why: str


@dataclass(slots=True)
class Index:
    """What is known of one mailbox's conversations, as far as a batch of mails can touch them."""

    tickets: dict[int, Ticket] = field(default_factory=dict)
    by_message: dict[str, int] = field(default_factory=dict)
    by_answer: dict[str, int] = field(
        default_factory=dict
    )  #: Message-ID that a mail of the ticket answers → the ticket
    by_case: dict[str, int] = field(default_factory=dict)
    by_order: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    by_buyer: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def know(self, ticket: Ticket) -> None:
        """A ticket, new or changed."""
        first = ticket.id not in self.tickets
        self.tickets[ticket.id] = ticket
        if ticket.reply_to:
            self.by_case[ticket.reply_to.lower()] = ticket.id
        for order in ticket.order_ids:
            if ticket.id not in self.by_order[order]:
                self.by_order[order].append(ticket.id)
        if first:
            self.by_buyer[ticket.buyer].append(ticket.id)

    def know_mails(self, mails: Iterable[Mail]) -> None:
        """Mails already filed under a ticket."""
        for mail in mails:
            if mail.ticket_id and mail.message_id:
                self.by_message[mail.message_id] = mail.ticket_id

    def know_answers(self, mails: Iterable[Mail]) -> None:
        """Mails filed before those they answer: a first contact files what is recent first."""
        for mail in mails:
            if mail.ticket_id:
                self.by_answer.update(dict.fromkeys((*mail.references, *mail.in_reply_to), mail.ticket_id))

    def know_sent(self, sent: Iterable[Sent]) -> None:
        """Our own Message-IDs."""
        for one in sent:
            self.by_message[one.message_id] = one.ticket_id

    def match(self, mail: Mail) -> Match | None:
        """The conversation of a buyer's mail; None: it begins a new one."""
        return self._by_thread(mail) or self._by_case(mail) or self._by_order(mail) or self._by_buyer(mail)

    def _by_thread(self, mail: Mail) -> Match | None:
        for reference in (*mail.in_reply_to, *reversed(mail.references)):
            number = self.by_message.get(reference)
            ticket = self.tickets.get(number) if number else None
            # a reference can be copied by anyone: it counts from the buyer of that ticket alone
            if ticket is not None and (ticket.buyer == mail.customer or _same_person(ticket, mail)):
                return Match(ticket.id, "answers a mail of this conversation")
        number = self.by_answer.get(mail.message_id) if mail.message_id else None
        ticket = self.tickets.get(number) if number else None
        if ticket is not None and ticket.buyer == mail.customer:
            return Match(ticket.id, "a mail of this conversation answers it")
        return None

    def _by_case(self, mail: Mail) -> Match | None:
        if not case_of(mail.reply_to) or mail.channel in {None, "direct"}:
            return None
        number = self.by_case.get(mail.reply_to.lower())
        return Match(number, "same case of the marketplace") if number else None

    def _by_order(self, mail: Mail) -> Match | None:
        for order in mail.order_ids:
            numbers = [n for n in self.by_order.get(order, ()) if self._fits(self.tickets[n], mail)]
            if numbers:
                return Match(numbers[-1], f"same order {order}")
        return None

    def _fits(self, ticket: Ticket, mail: Mail) -> bool:
        """The same order may be known to a second person (a gift): address or channel must agree."""
        if ticket.buyer == mail.customer:
            return True
        relayed = ticket.marketplace != "direct" and mail.channel not in {None, "direct"}
        # Walmart gives a buyer another address for each message; Amazon's service writes for the buyer
        return relayed and mail.channel == ticket.marketplace

    def _by_buyer(self, mail: Mail) -> Match | None:
        for number in reversed(self.by_buyer.get(mail.customer, ())):
            ticket = self.tickets[number]
            if mail.order_ids and ticket.order_ids:
                continue  # both name orders, and not the same one
            if ticket.status == Status.NOT_A_BUYER:
                continue
            if case_of(mail.reply_to) and case_of(ticket.reply_to) not in {"", case_of(mail.reply_to)}:
                continue  # the marketplace says that these are two cases
            apart = abs(mail.clock_start - ticket.last_mail_at)
            same = subject_core(mail.subject) == subject_core(ticket.subject)
            if (same or mail.channel not in {None, "direct"} or apart <= SAME_MATTER) and apart <= SAME_MATTER * 4:
                return Match(ticket.id, "same buyer, same matter")
        return None


def case_of(address: str) -> str:
    """The +case of a relay address, "" where there is none."""
    return address.partition("@")[0].partition("+")[2].lower()


def _same_person(ticket: Ticket, mail: Mail) -> bool:
    """An answer from a buyer's second address, or through the relay of the same marketplace."""
    return mail.channel == ticket.marketplace or (ticket.marketplace == "phone") or mail.channel == "direct"


def subject_core(subject: str) -> str:
    """A subject without its "Re:" in any language: letters before a colon, at most six, taken off again and again."""
    text = subject.strip().lower()
    while True:
        head, colon, rest = text.partition(":")
        if not colon or len(head.strip()) > 6 or " " in head.strip():
            return text
        text = rest.strip()
