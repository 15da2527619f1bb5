"""What the desk offers an agent to start from: a canned reply, an earlier answer, or a language model's draft.

Reads, and asks the model where the agent asked for it; changes nothing, sends nothing (promise 5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from helpdesk.domain import Event, Mail, Role, Ticket
from helpdesk.errors import RefusedError
from helpdesk.replies.base import Base
from helpdesk.replies.conversation import last_of_buyer
from helpdesk.replies.drafting import PAST, draft_view, known, market, past_event
from helpdesk.replies.drafts import DraftFacts, draft
from helpdesk.replies.outcomes import MACHINE_ID, DraftView
from helpdesk.replies.writer import written
from helpdesk.store import mails, tickets
from helpdesk.triage.playbook import advice

GONE = "That earlier answer is not there any more, or cannot be used here; this is the fitting template."


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """A ticket with its mails and the answers that left from here."""

    ticket: Ticket
    mails: Sequence[Mail]
    answers: Sequence[Event]

    @property
    def last(self) -> Mail | None:
        """The buyer's newest mail."""
        return last_of_buyer(self.mails)

    @property
    def ours(self) -> list[str]:
        """What people of ours wrote in it."""
        sent = [mail.text for mail in self.mails if mail.role == Role.SENT and not mail.auto_submitted]
        return [*(str(event.detail.get("text") or "") for event in self.answers), *sent]


class Offering(Base):
    """The desk's pattern book."""

    async def talk(self, number: int) -> Talk:
        """The conversation. Raises RefusedError for an unknown ticket."""
        async with self.store.read() as tx:
            found = await tickets.get(tx, number)
            if found is None:
                raise RefusedError(f"There is no ticket #{number}.")
            conversation = await mails.of_ticket(tx, number)
            answers = await tickets.events_of(tx, [number], ["reply_queued"])
        return Talk(ticket=found, mails=conversation, answers=answers)

    async def draft_for(self, ticket: int, actor: str, template: str | None = None) -> DraftView:
        """The reply form's content; changes nothing, takes no lock. Raises RefusedError for an unknown ticket.

        `template` None: the fitting canned reply; else an id of the menu. MACHINE_ID takes as long as the model.
        """
        talk = await self.talk(ticket)
        found, last = talk.ticket, talk.last
        box = self.settings.box(found.mailbox)
        variables = known(found, self.settings, self.now(), talk.ours)
        earlier = await self.recall.nearest(found, last.text if last else "", variables)
        event = past_event(template)
        canned = None if template == MACHINE_ID or event is not None else template
        view = draft_view(
            found, last, self.library, variables, sender=box.address if box else "", actor=actor, template=canned,
            earlier=earlier, model=self.model.name if self.model else "",
        )  # fmt: skip
        if event is not None:
            one = next((e for e in earlier if e.event == event), None)
            one = one or await self.recall.one(event, found, variables)
            if one is None:
                return replace(view, note=GONE)
            return replace(view, text=one.text, template=f"{PAST}{event}", origin=f"answer:{event}")
        return await self._by_machine(talk, view, variables) if template == MACHINE_ID else view

    async def _by_machine(self, talk: Talk, view: DraftView, variables: dict[str, str]) -> DraftView:
        """The model's text, or the template's with a note where the model has none that may be used."""
        ticket = talk.ticket
        if self.model is None:
            return replace(view, note="No language model is set up; this is the fitting template.")
        facts = DraftFacts(
            language=ticket.language, topic=ticket.topic, cause=ticket.cause, marketplace=market(ticket),
            words=view.words, variables=variables, names=(ticket.buyer_name,),
        )  # fmt: skip
        base = draft(facts, self.library)
        made = await written(self.model, facts, base, advice(ticket.topic, ticket.cause, ticket.urgent).now)
        if not made.machine_written:
            return replace(view, note=f"This is the fitting template: {made.note}.")
        name = self.model.name
        return replace(view, text=made.text, template=MACHINE_ID, origin=f"model:{name}", machine=name)
