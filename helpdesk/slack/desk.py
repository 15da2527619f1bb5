"""The desk as Slack sees it: what clicks and forms may ask for. Implemented over the store, handed on by app.py.

Every call stores its work before it returns, takes the Slack user id as `actor` for the audit trail, and is harmless
when repeated with the same arguments. RefusedError carries the sentence for the agent; any other HelpdeskError is shown
as a failure.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from helpdesk.domain import Ticket
from helpdesk.replies.outcomes import DraftView, Outcome, Preview, ReplyOutcome

#: Actions of `Desk.act`; assign takes owner=, snooze takes until= and reason=.
ACTIONS = ("acknowledge", "assign", "no_response", "resolve", "reopen", "snooze", "not_a_buyer")


class Desk(Protocol):
    """What an agent can do."""

    async def act(
        self,
        ticket: int,
        action: str,
        actor: str,
        *,
        owner: str | None = None,
        until: datetime | None = None,
        reason: str = "",
    ) -> Outcome:
        """Do one of ACTIONS. acknowledge on a ticket someone else holds: ok=False, holder= who has it.

        assign gives it on, whoever holds it.
        """

    async def correct_topic(self, ticket: int, topic: str, cause: str | None, actor: str) -> Outcome:
        """Put topic and cause (DESIGN 4's names) right; the same as before is refused."""

    async def draft_for(self, ticket: int, actor: str, template: str | None = None) -> DraftView:
        """The reply form's content; changes nothing, takes no lock.

        `template` None: the fitting one; else an id of the menu, of which MACHINE_ID takes seconds.
        """

    async def preview(self, ticket: int, text: str, actor: str) -> Preview:
        """The answer as the buyer would get it, and the lint's findings."""

    async def reply(
        self, ticket: int, text: str, actor: str, *, rev: int, key: str, resolve: bool = False, confirmed: str = "",
        origin: str = "", drafted: str = "",
    ) -> ReplyOutcome:  # fmt: skip
        """Queue the answer, at most once per `key` (the form's id); `origin` and `drafted`: what draft it began as.

        Not sent: lint errors (`errors["reply"]`), unconfirmed warnings, or an answer by a colleague after `rev`
        (`answered_by`).
        """

    async def review(self, mail: int, decision: str, actor: str) -> Outcome:
        """Decide on a mail in review or a suspect: "rescue" (never a suspect) or "leave".

        A second click is told who decided.
        """

    async def log_call(
        self, *, caller: str, order: str, at: datetime | None, summary: str, actor: str, key: str
    ) -> Outcome:
        """A phone call becomes a ticket under the same clock, once per `key`; `at` None: now.

        Outcome.ticket is its number.
        """

    async def call_back(self, ticket: int, actor: str, at: datetime | None = None, summary: str = "") -> Outcome:
        """Our call to the buyer answers the ticket from the moment of the call; `at` None: now."""

    async def queue(self) -> list[Ticket]:
        """Unanswered tickets, the most urgent first."""

    async def mine(self, user: str) -> list[Ticket]:
        """The user's tickets that are not closed, the most urgent first."""

    async def find(self, text: str) -> list[Ticket]:
        """Tickets by number, order, buyer or words of the conversation, the newest first, at most 20."""
