"""Files judged mails: mail rows in state `new` become tickets, answers, annotations, reviews; one transaction a batch.

The judgement itself (rules and classifier) was made when the mail was read; here the database adds what only it knows:
whether the mail answers one of ours, belongs to an open conversation, names an order we know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from helpdesk.domain import Ack, Effect, Mail, MailState, Outbox, Role, Verdict
from helpdesk.sla.ledger import Conversation, Ledger, RulesOf
from helpdesk.store import mailboxes, mails, outbox, tickets
from helpdesk.store.engine import Store, Tx
from helpdesk.tickets import lifecycle
from helpdesk.tickets.matching import Index, Match
from helpdesk.triage import filing

#: Mails filed in one transaction: large enough to share its cost, small enough to hold no lock for long.
BATCH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What filing needs to know of one mailbox's configuration."""

    mailbox: str
    address: str
    marketplace: str  #: the profile of relay mail
    rules_of: RulesOf
    acknowledges: Callable[[str], bool]  #: does a marketplace's ticket get an acknowledgement (sent or drafted)?
    channel: str = ""  #: Slack channel of reviews; "" without Slack


@dataclass(slots=True)
class Counts:
    """What a pass did, in the words of `sync --json`."""

    filed: int = 0
    rescued: int = 0
    suspects: int = 0
    review: int = 0
    moved: int = 0


@dataclass(slots=True)
class Batch:
    """One transaction's work."""

    tx: Tx
    desk: Desk
    ledger: Ledger
    index: Index
    now: datetime
    counts: Counts
    done: list[Mail] = field(default_factory=list)
    effects: list[Outbox] = field(default_factory=list)
    late_sent: dict[str, list[Mail]] = field(default_factory=dict)  #: mails in Sent without a ticket, by recipient
    ours: dict[str, str] = field(default_factory=dict)  #: Message-ID of a mail of ours → what it was


async def run_once(
    store: Store, desk: Desk, now: datetime, counts: Counts | None = None, *, recent_above: int | None = None
) -> int:
    """File up to BATCH mails of one mailbox; returns how many moved on.

    `recent_above`: only those with a greater number that are younger than the first contact's limit, while the rest of
    the folders is still being read.
    """
    counts = Counts() if counts is None else counts
    async with store.write() as tx:
        await mailboxes.hold(tx, desk.mailbox)  # two workers must not begin one conversation twice
        rows = await mails.new(tx, desk.mailbox, BATCH, recent_above=recent_above)
        if not rows:
            return 0
        batch = await _prepare(tx, desk, rows, now, counts)
        for mail in rows:
            _file(batch, mail)
        numbers = await batch.ledger.save()
        await mails.save(tx, (_numbered(mail, numbers) for mail in batch.done))
        await outbox.enqueue(tx, *batch.effects)
    counts.moved += len(rows)
    return len(rows)


def _numbered(mail: Mail, numbers: dict[int, int]) -> Mail:
    """The mail with its ticket's true number."""
    number = mail.ticket_id
    return mail if number is None or number > 0 else mail.evolve(ticket_id=numbers[number])


async def _prepare(tx: Tx, desk: Desk, rows: Sequence[Mail], now: datetime, counts: Counts) -> Batch:
    """Everything the database knows that one of these mails may touch, in a handful of queries."""
    index = Index()
    references = _unique(i for mail in rows for i in (*mail.in_reply_to, *mail.references, _returned(mail)))
    orders = _unique(o for mail in rows for o in mail.order_ids)
    buyers = _unique(mail.customer for mail in rows)
    sent = await tickets.sent_by_ids(tx, _unique([*references, *(mail.message_id for mail in rows)]))
    known = await mails.by_message_ids(tx, desk.mailbox, references)
    found = await tickets.by_buyers(tx, desk.mailbox, buyers)
    found += [ticket for _, ticket in await tickets.by_orders(tx, desk.mailbox, orders)]
    ledger = Ledger(tx, desk.rules_of)
    numbers = [t.id for t in found] + [s.ticket_id for s in sent] + [m.ticket_id for m in known if m.ticket_id]
    await ledger.load(sorted(set(numbers)))
    for number in sorted(ledger.conversations):
        index.know(ledger.conversations[number].ticket)
    index.know_mails(known)
    index.know_sent(sent)
    if any(mail.old for mail in rows):
        index.know_answers(await mails.answering(tx, desk.mailbox, buyers))
    batch = Batch(tx=tx, desk=desk, ledger=ledger, index=index, now=now, counts=counts)
    batch.ours = {one.message_id: one.kind for one in sent}
    fresh = [mail.customer for mail in rows if mail.role != Role.SENT]
    for mail in await mails.unmatched_sent(tx, desk.mailbox, _unique(fresh)):
        if mail.state == MailState.FILED:
            batch.late_sent.setdefault(mail.customer, []).append(mail)
    return batch


def _unique(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(value for value in values if value))


def _returned(mail: Mail) -> str:
    return mail.facts.get("returned_id", "")


def _file(batch: Batch, mail: Mail) -> None:
    """One mail's way, by what it is."""
    if mail.role == Role.SENT:
        _file_sent(batch, mail)
        return
    mail = filing.with_evidence(mail, batch.index)
    if mail.verdict == Verdict.BUYER:
        _file_buyer(batch, mail)
    elif mail.verdict in {Verdict.REVIEW, Verdict.SUSPECT}:
        _file_uncertain(batch, mail)
    elif mail.verdict == Verdict.NOTICE:
        _file_notice(batch, mail)
    elif mail.verdict == Verdict.BOUNCE:
        _file_bounce(batch, mail)
    else:
        batch.done.append(mail.evolve(state=MailState.FILED))


def _file_buyer(batch: Batch, mail: Mail) -> None:
    """A buyer's mail goes to its conversation, or begins one; out of Junk it is rescued too."""
    conversation, why = _conversation(batch, mail)
    conversation.receive(mail, batch.now, why)
    _late_answers(batch, conversation, mail)
    batch.index.know(conversation.ticket)
    if mail.message_id:
        batch.index.by_message[mail.message_id] = conversation.ticket.id
    if mail.role == Role.JUNK:
        batch.effects.append(filing.rescue(mail, batch.now))
        batch.counts.rescued += 1
        conversation.note("rescued", batch.now, mail_id=mail.id, reasons=mail.reasons)
    batch.counts.filed += 1
    batch.done.append(mail.evolve(state=MailState.FILED, ticket_id=conversation.ticket.id))


def _conversation(batch: Batch, mail: Mail) -> tuple[Conversation, str]:
    match = batch.index.match(mail)
    if match is not None and match.ticket_id in batch.ledger.conversations:
        return batch.ledger.conversations[match.ticket_id], match.why
    marketplace = filing.marketplace_of(mail, batch.desk.marketplace)
    ack = Ack.QUEUED if batch.desk.acknowledges(marketplace) else Ack.OFF
    ticket = lifecycle.begin(mail, marketplace=marketplace, ack=ack, now=batch.now)
    if mail.old and ack == Ack.QUEUED:
        ticket = ticket.evolve(ack=Ack.SUPPRESSED, ack_reason="older than the first contact")
    return batch.ledger.begin(ticket), ""


def _late_answers(batch: Batch, conversation: Conversation, mail: Mail) -> None:
    """Answers that were found in Sent before the mail they answer."""
    rest: list[Mail] = []
    for sent in batch.late_sent.pop(mail.customer, []):
        if filing.answers(sent, mail):
            _answer_from_sent(batch, conversation, sent)
        else:
            rest.append(sent)
    if rest:
        batch.late_sent[mail.customer] = rest


def _answer_from_sent(batch: Batch, conversation: Conversation, sent: Mail) -> None:
    conversation.answer(
        sent.clock_start, "sent", batch.now, via="sent", mail=sent.id, message_id=sent.message_id, subject=sent.subject
    )
    if sent.message_id:
        batch.index.by_message[sent.message_id] = conversation.ticket.id
    batch.done.append(sent.evolve(state=MailState.FILED, ticket_id=conversation.ticket.id))


def _file_sent(batch: Batch, mail: Mail) -> None:
    """A mail in Sent: our own is known already; a person's, from any mail client, is an answer from its Date on."""
    if mail.message_id in batch.ours or mail.auto_submitted:
        number = batch.index.by_message.get(mail.message_id)
        batch.done.append(mail.evolve(state=MailState.FILED, ticket_id=number))
        return
    match = batch.index.match(mail)
    conversation = batch.ledger.conversations.get(match.ticket_id) if match else None
    if conversation is None or not filing.in_time(mail, conversation):
        batch.done.append(mail.evolve(state=MailState.FILED))
        return
    _answer_from_sent(batch, conversation, mail)


def _file_uncertain(batch: Batch, mail: Mail) -> None:
    """A person looks at it; a suspect is never answered, rescued or drafted for (promise 6)."""
    if mail.verdict == Verdict.SUSPECT:
        batch.counts.suspects += 1
    else:
        batch.counts.review += 1
    if batch.desk.channel and not mail.old:
        batch.effects.append(filing.review_post(mail, batch.desk.channel, batch.now))
    batch.done.append(mail.evolve(state=MailState.FILED))


def _file_notice(batch: Batch, mail: Mail) -> None:
    """A platform's notice never starts or resets a clock; copies of answers given on its site stop it."""
    if mail.kind == "reply_copy":
        conversation = filing.answered_on_site(mail, batch.ledger.conversations.values())
        if conversation is not None:
            conversation.answer(mail.clock_start, "marketplace", batch.now, via="marketplace", mail=mail.id)
    elif mail.kind == "opt_out":
        conversation = _about(batch, mail)
        if conversation is not None:
            _refuse_last(batch, conversation, mail, "the buyer has opted out of messages; answer in the thread")
    else:
        conversation = _about(batch, mail)
        if conversation is not None:
            conversation.note("notice", mail.clock_start, mail_id=mail.id, notice=mail.kind, **mail.facts)
            conversation.change(filing.annotated(conversation.ticket, mail, batch.now), batch.now)
        if batch.desk.channel and mail.kind in filing.URGENT_NOTICES and not mail.old:
            batch.effects.append(filing.notice_post(mail, batch.desk.channel, batch.now))
    number = conversation.ticket.id if conversation is not None else None
    batch.done.append(mail.evolve(state=MailState.FILED, ticket_id=number))


def _about(batch: Batch, mail: Mail) -> Conversation | None:
    """The conversation a notice speaks of: by its order, the newest one."""
    for order in mail.order_ids:
        for number in reversed(batch.index.by_order.get(order, [])):
            if number in batch.ledger.conversations:
                return batch.ledger.conversations[number]
    return None


def _file_bounce(batch: Batch, mail: Mail) -> None:
    """A mail of ours came back: an answer is no answer, an acknowledgement failed."""
    number: int | None = None
    for reference in (_returned(mail), *mail.in_reply_to, *mail.references):
        match = Match(batch.index.by_message[reference], "") if reference in batch.index.by_message else None
        conversation = batch.ledger.conversations.get(match.ticket_id) if match else None
        if conversation is None or reference not in batch.ours:
            continue
        number = conversation.ticket.id
        why = filing.bounce_reason(mail)
        if batch.ours[reference] == "ack":
            conversation.note("ack_failed", batch.now, mail_id=mail.id, why=why)
            ticket = conversation.ticket.evolve(ack=Ack.FAILED, ack_reason=why, rev=conversation.ticket.rev + 1)
            conversation.change(ticket, batch.now)
        else:
            _refuse_last(batch, conversation, mail, why)
        break
    batch.done.append(mail.evolve(state=MailState.FILED, ticket_id=number))


def _refuse_last(batch: Batch, conversation: Conversation, mail: Mail, why: str) -> None:
    """Take back the last answer given before this mail came."""
    before = [s for s in conversation.stops if s.answer and s.agent != "marketplace" and s.at <= mail.arrived_at]
    if before:
        conversation.refuse(before[-1].at, batch.now, why, mail=mail.id)
    else:
        conversation.note("refused_unknown", batch.now, mail_id=mail.id, why=why)


EFFECTS = (Effect.MOVE, Effect.COPY)
