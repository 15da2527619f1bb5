"""Feedback in Slack: what its posts show at this moment, and what its buttons and its form do."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from helpdesk.domain import Outbox
from helpdesk.errors import LintBlockedError, RefusedError
from helpdesk.feedback import desk
from helpdesk.slack import feedback_cards, forms, names
from helpdesk.slack.board import Board
from helpdesk.slack.clicks import number_of
from helpdesk.slack.room import Json, Where
from helpdesk.slack.submits import CLOSE, Submits, errors
from helpdesk.store import feedback as queries
from helpdesk.store import posts
from helpdesk.store.engine import Tx

#: The buttons that act at once.
DIRECT = {
    names.FEEDBACK_APPROVE: "approve",
    names.FEEDBACK_SUBMITTED: "submitted",
    names.FEEDBACK_DISMISS: "dismiss",
    names.FEEDBACK_REMOVED: "removed",
    names.FEEDBACK_STRUCK: "struck",
    names.FEEDBACK_REFUSED: "refused",
}


class FeedbackRoom:
    """Adds the feedback buttons, form and command to the desk in Slack."""

    def __init__(self, clerk: Submits) -> None:
        self.clerk, self.store = clerk, clerk.store
        clerk.clicks |= {**dict.fromkeys(DIRECT, self._direct), names.FEEDBACK_EDIT: self._edit}
        clerk.clicks[names.FEEDBACK_SOLVED] = self._solved
        clerk.submits[names.FEEDBACK_FORM] = self._saved

    async def _direct(self, where: Where, action: Json, _body: Json) -> None:
        number = number_of(action)
        await desk.act(self.store, number, DIRECT[str(action["action_id"])], where.user, self.clerk.now())
        self.clerk.wake()

    async def _edit(self, where: Where, action: Json, _body: Json) -> None:
        number = number_of(action)
        async with self.store.read() as tx:
            found = await queries.get(tx, number)
        if found is None:
            raise RefusedError(f"There is no feedback #{number}.")
        await self.clerk.show(where, feedback_cards.form(found, channel=where.channel, thread=where.thread))

    async def _solved(self, where: Where, action: Json, _body: Json) -> None:
        number = number_of(action)
        text = await desk.told_once(self.store, number, where.user, self.clerk.now())
        async with self.store.read() as tx:
            found = await queries.get(tx, number)
        if found is not None:
            await self.clerk.show(where, feedback_cards.once(found, text))

    async def _saved(self, where: Where, view: Json) -> Json:
        number, text = int(forms.read_metadata(view).get("feedback") or 0), forms.typed(view, "draft")
        try:
            await desk.edit(self.store, number, text, where.user, self.clerk.now())
        except LintBlockedError as error:
            said = [str(getattr(finding, "why", "")) for finding in error.findings] or [str(error)]
            return errors(draft="; ".join(dict.fromkeys(said)))
        except RefusedError as error:
            return errors(draft=str(error))
        self.clerk.wake()
        return CLOSE


async def listing(tx: Tx, now: datetime, board: Board) -> feedback_cards.Post:
    """The answer to `/helpdesk feedback`."""
    today = now.astimezone(board.zone).date()
    found = await queries.waiting(tx, today + timedelta(days=3650))
    return feedback_cards.waiting([item for item in found if item.deadline >= today], today)


async def post_of(tx: Tx, board: Board, item: Outbox, now: datetime, link: Any) -> dict[str, Any] | None:
    """What an outbox row of kind "feedback" or "feedback_reminder" stands for: the fields of a Rendered."""
    found = await queries.get(tx, int(item.payload["feedback"]))
    if found is None:
        return None
    today = now.astimezone(board.zone).date()
    key = f"feedback:{found.id}"
    stands = await posts.result_of(tx, key)
    if item.payload["kind"] == "feedback_reminder":
        address = await link(stands["channel"], stands["ts"]) if stands.get("ts") else ""
        text, blocks = feedback_cards.reminder(found, int(item.payload["step"]), today, address)
        return _message(item.lane, text, blocks, item.key, found.id)
    text, blocks = feedback_cards.card(found, today)
    if not item.payload.get("update"):
        return _message(item.lane, text, blocks, key, found.id)
    if not stands.get("ts"):
        return None
    return {**_message(stands["channel"], text, blocks, key, found.id), "ts": stands["ts"]}


def _message(channel: str, text: str, blocks: list[Json], key: str, number: int) -> dict[str, Any]:
    metadata = {"event_type": names.FEEDBACK, "event_payload": {"feedback": number, "key": key}}
    return {"channel": channel, "text": text, "blocks": blocks, "metadata": metadata}
