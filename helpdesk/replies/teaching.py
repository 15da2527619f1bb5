"""What people's clicks teach: each is kept beside what was shown; a topic can be put right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from difflib import get_close_matches

from helpdesk.domain import Mail, Role
from helpdesk.domain_learning import Example
from helpdesk.errors import RefusedError
from helpdesk.replies.base import Base
from helpdesk.replies.outcomes import Outcome
from helpdesk.sla.ledger import Conversation, Ledger
from helpdesk.store import learning, mails
from helpdesk.store.engine import Tx
from helpdesk.tickets import lifecycle
from helpdesk.triage.topics import TAXONOMY

#: Clicks on tickets that say whether a buyer wrote, and what they say.
LABELS = {"not_a_buyer": "spam", "reopen": "buyer"}


def example_of(mail: Mail, click: str, label: str, actor: str, now: datetime) -> Example:
    """A click on a mail as it is kept: who said what, when, and what they had been shown."""
    return Example(
        mail_id=mail.id, at=now, actor=actor, click=click, label=label, verdict=str(mail.verdict or ""),
        score=mail.score, model=mail.model, topic_before=mail.topic, cause_before=mail.cause,
    )  # fmt: skip


def named_topic(topic: str, cause: str | None = None) -> tuple[str, str | None]:
    """Topic and cause as a person names them; a cause alone names its topic too.

    RefusedError tells the nearest known name.

    >>> named_topic("Missing tracking")
    ('late_shipment', 'missing_tracking')
    """
    first, second = _plain(topic), _plain(cause or "")
    owner = {one: name for name, causes in TAXONOMY.items() for one in causes}
    if first in owner and not second:
        return owner[first], first
    if first not in TAXONOMY:
        raise RefusedError(f"{topic!r} is no topic{_nearest(first, [*TAXONOMY, *owner])}: {', '.join(TAXONOMY)}.")
    if second and second not in TAXONOMY[first]:
        of = f"causes of {first}: {', '.join(TAXONOMY[first])}" if TAXONOMY[first] else f"{first} has no causes"
        raise RefusedError(f"{cause!r} is no cause of {first}{_nearest(second, TAXONOMY[first])}; {of}.")
    return first, second or None


def _plain(name: str) -> str:
    return "_".join(name.lower().replace("-", " ").replace("_", " ").split())[:80]


def _nearest(name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    return f" (did you mean {near[0]}?)" if near else ""


class Teaching(Base):
    """The part of the desk that keeps what clicks say."""

    async def correct_topic(self, ticket: int, topic: str, cause: str | None, actor: str) -> Outcome:
        """Put a ticket's topic and cause right; card, figures and the next training follow."""
        now = self.now()
        async with self.store.write() as tx:
            ledger = Ledger(tx, self.rules_of)
            conversation = await ledger.one(ticket)
            if conversation is None:
                return Outcome(ok=False, text=f"There is no ticket #{ticket}.")
            try:
                chosen, why = named_topic(topic, cause)
                changed = lifecycle.retopic(conversation.ticket, chosen, why, now)
            except RefusedError as error:
                return Outcome(ok=False, text=str(error), ticket=ticket)
            await self._learn_topic(tx, conversation, chosen, why, actor, now)
            _recount(conversation, chosen)
            before = conversation.ticket
            conversation.change(changed, now)
            conversation.note(
                "topic", now, actor, topic=chosen, cause=why or "", was=before.topic or "", was_cause=before.cause or ""
            )
            await ledger.save()
        self.wake()
        told = f"{chosen}, {why}" if why else chosen
        return Outcome(ok=True, text=f"#{ticket} is about {told} now.", ticket=ticket)

    async def _learn_topic(
        self, tx: Tx, it: Conversation, topic: str, cause: str | None, actor: str, now: datetime
    ) -> None:
        """The mail from which the ticket had its topic is the example; a phone call has no mail."""
        theirs = [mail for mail in await mails.of_ticket(tx, it.ticket.id) if mail.role != Role.SENT and mail.text]
        about = next((mail for mail in theirs if mail.topic == it.ticket.topic), theirs[0] if theirs else None)
        if about is not None:
            said = example_of(about, "topic", "topic", actor, now).evolve(topic=topic, cause=cause)
            await learning.add_examples(tx, [said])

    async def learn_ticket(self, tx: Tx, it: Conversation, click: str, actor: str, now: datetime) -> None:
        """A click on a ticket that says whether a buyer wrote is an example for each of its mails."""
        theirs = [mail for mail in await mails.of_ticket(tx, it.ticket.id) if mail.role != Role.SENT]
        await learning.add_examples(tx, [example_of(mail, click, LABELS[click], actor, now) for mail in theirs])


def _recount(it: Conversation, topic: str) -> None:
    """Messages that were counted under the topic that was wrong count under the right one."""
    was = {it.ticket.topic or "other", "other"}
    it.clock = replace(
        it.clock, messages=tuple(one.evolve(topic=topic) if one.topic in was else one for one in it.clock.messages)
    )
