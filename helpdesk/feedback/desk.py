"""What people do with a feedback: approve, edit, submit, dismiss, say how it ended; and what they are shown."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from helpdesk.domain import Status
from helpdesk.domain_feedback import Feedback, FeedbackEvent, FeedbackState
from helpdesk.errors import LintBlockedError, RefusedError, UsageError
from helpdesk.feedback.drafts import MAX_DRAFT, contact, mention, public_reply, removal_request
from helpdesk.feedback.lifecycle import may_become, state_named, was_contacted
from helpdesk.feedback.verdict import Criterion, Eligible
from helpdesk.replies.lint import Finding, blocking, lint
from helpdesk.store import feedback as queries
from helpdesk.store import tickets
from helpdesk.store.engine import Store, Tx

#: The buttons of a feedback's card and what they make of it.
ACTIONS = {
    "approve": FeedbackState.APPROVED,
    "submitted": FeedbackState.SUBMITTED,
    "dismiss": FeedbackState.DISMISSED,
    "replied": FeedbackState.REPLIED,
    "contacted": FeedbackState.CONTACTED,
    "removed": FeedbackState.REMOVED,
    "struck": FeedbackState.STRUCK,
    "refused": FeedbackState.REFUSED,
}


def drafts_of(item: Feedback) -> dict[str, str]:
    """Every text that could be used for a feedback: removal (where likely), public_reply, contact."""
    made: dict[str, str] = {}
    if item.facts.get("forgotten"):
        return made
    if item.verdict == Eligible.LIKELY and item.criterion:
        made["removal"] = removal_request(item.comment, Criterion(item.criterion), tuple(item.evidence), item.language)
    made["public_reply"] = public_reply(item.topic, item.language, item.rating)
    if item.rating <= 3:
        made["contact"] = contact(item.topic, item.language)
    return {kind: text for kind, text in made.items() if text}


def faults_of(text: str) -> list[Finding]:
    """What forbids a draft: the message rules of public replies. Its length is looked at by `edit`."""
    return blocking(lint(text, scope="feedback"))


async def _held(tx: Tx, number: int) -> Feedback:
    found = await queries.get(tx, number, lock=True)
    if found is None:
        raise UsageError(f"feedback {number} does not exist: see helpdesk feedback list")
    return found


async def _note(tx: Tx, number: int, kind: str, actor: str, now: datetime, **detail: Any) -> None:
    await queries.log(tx, [FeedbackEvent(feedback_id=number, at=now, kind=kind, actor=actor, detail=detail)])


async def mark(store: Store, number: int, state: str, actor: str, now: datetime) -> Feedback:
    """Move a feedback into a state a person names; harmless when repeated. Raises UsageError, RefusedError."""
    wanted = state_named(state)
    async with store.write() as tx:
        before = await _held(tx, number)
        if before.facts.get("forgotten"):
            raise RefusedError(f"feedback {number} is erased: there is nothing left to do")
        may_become(FeedbackState(before.state), wanted)
        if before.state == wanted:
            return before
        await queries.change(tx, number, state=wanted)
        await _note(tx, number, "marked", actor, now, before=str(before.state), after=str(wanted))
        return await _held(tx, number)


async def act(store: Store, number: int, action: str, actor: str, now: datetime) -> Feedback:
    """One of ACTIONS, as a button of the card asks for it. Raises UsageError, RefusedError, LintBlockedError."""
    if action not in ACTIONS:
        raise UsageError(f"action {action!r} is unknown: {', '.join(ACTIONS)}")
    if action == "approve":
        async with store.read() as tx:
            found = await queries.get(tx, number)
        if found is not None and not found.draft.strip():
            raise RefusedError("there is no draft yet: edit it first")
        faults = faults_of(found.draft) if found else []
        if faults:
            raise LintBlockedError(f"the draft breaks a message rule: {faults[0].why}: edit it first", tuple(faults))
    return await mark(store, number, str(ACTIONS[action]), actor, now)


async def told_once(store: Store, number: int, actor: str, now: datetime) -> str:
    """What the buyer may be told now that the matter is solved, given out once for each feedback.

    Raises UsageError; RefusedError before the buyer was written to, before the ticket is resolved, and a second time.
    """
    async with store.write() as tx:
        item = await _held(tx, number)
        if not was_contacted(item):
            raise RefusedError("the buyer was not written to yet: solve the matter first")
        found = await tickets.get(tx, item.ticket_id) if item.ticket_id else None
        if found is not None and found.status != Status.RESOLVED:
            raise RefusedError(f"ticket #{found.id} is not resolved: only after that the buyer may be told, once")
        if any(event.kind == "mentioned" for event in await queries.events(tx, number)):
            raise RefusedError("the buyer was told once that feedback can be changed: a second time would be pressure")
        text = mention(item.language)
        if not text:
            raise RefusedError("there are no words for it in the comment's language: have them translated")
        await _note(tx, number, "mentioned", actor, now)
        return text


async def edit(store: Store, number: int, text: str, actor: str, now: datetime) -> Feedback:
    """Replace a draft by a person's text. Raises LintBlockedError , RefusedError."""
    text = text.strip()
    if not text:
        raise RefusedError("the draft is empty: write what should be said")
    if len(text) > MAX_DRAFT:
        raise RefusedError(f"the draft has {len(text)} characters, {MAX_DRAFT} are allowed: shorten it")
    faults = faults_of(text)
    if faults:
        raise LintBlockedError(f"this breaks a message rule: {faults[0].why}", tuple(faults))
    async with store.write() as tx:
        before = await _held(tx, number)
        if before.facts.get("forgotten"):
            raise RefusedError(f"feedback {number} is erased: there is nothing left to write")
        if before.draft == text:
            return before
        await queries.change(tx, number, draft=text, edited=True)
        await _note(tx, number, "edited", actor, now, before=before.draft)
        return await _held(tx, number)
