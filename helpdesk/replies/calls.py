"""Phone calls: each becomes a ticket under the same clock; a logged call-back answers it."""

from __future__ import annotations

from datetime import datetime, timedelta

from helpdesk.domain import Ack, Mail
from helpdesk.replies.base import Base
from helpdesk.replies.outcomes import Outcome
from helpdesk.sla.ledger import Ledger
from helpdesk.store import meta
from helpdesk.tickets import lifecycle

#: A call may be logged a little before the clock of the machine that logs it has come so far.
AHEAD = timedelta(minutes=5)


class Calls(Base):
    """The desk's telephone."""

    async def log_call(
        self, *, caller: str, order: str, at: datetime | None, summary: str, actor: str, key: str
    ) -> Outcome:
        """Log a call or voicemail of `at` (None: now), once per `key`; the ticket's number is in the outcome."""
        now = self.now()
        when = min(at or now, now)
        if at is not None and at > now + AHEAD:
            return Outcome(ok=False, text=f"The call's time {at:%Y-%m-%d %H:%M} UTC has not come yet.")
        if not summary.strip():
            return Outcome(ok=False, text="Say in a few words what the call was about.")
        async with self.store.write() as tx:
            known = await meta.get(tx, f"call:{key}")
            if known is not None:
                return Outcome(ok=True, text=f"Logged as #{known} already.", ticket=int(known))
            mail = Mail(
                mailbox=self.home, role="phone", folder="", uidvalidity=0, uid=0, body_hash="", arrived_at=when,
                clock_start=when, fetched_at=now, customer=caller.strip().lower(), from_name=caller.strip(),
                subject=summary.strip().splitlines()[0][:120], text=summary.strip(), channel="phone",
                order_ids=[order.strip()] if order.strip() else [],
            )  # fmt: skip
            ledger = Ledger(tx, self.rules_of)
            ticket = lifecycle.begin(mail, marketplace="phone", ack=Ack.OFF, now=now)
            conversation = ledger.begin(ticket.evolve(owner=None))
            conversation.receive(mail, now, "a phone call")
            conversation.note("call", when, actor, summary=summary.strip()[:3000], caller=caller.strip()[:200])
            await ledger.save()
            number = conversation.ticket.id
            await meta.put(tx, f"call:{key}", str(number), now)
        self.wake()
        return Outcome(ok=True, text=f"Logged as #{number}.", ticket=number)

    async def call_back(self, ticket: int, actor: str, at: datetime | None = None, summary: str = "") -> Outcome:
        """A call-back was made: a person's answer from that moment on."""
        now = self.now()
        async with self.store.write() as tx:
            ledger = Ledger(tx, self.rules_of)
            conversation = await ledger.one(ticket)
            if conversation is None:
                return Outcome(ok=False, text=f"There is no ticket #{ticket}.")
            conversation.answer(min(at or now, now), actor, now, via="phone", summary=summary[:3000])
            await ledger.save()
        self.wake()
        return Outcome(ok=True, text=f"#{ticket} is answered by phone.", ticket=ticket)
