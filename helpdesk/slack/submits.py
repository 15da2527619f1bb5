"""What sending a form does; each answer is what Slack is told at once: errors in fields, another view, or "close"."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from typing import Any

from helpdesk.errors import HelpdeskError, SlackError
from helpdesk.marketplaces.durations import is_plausible
from helpdesk.replies.outcomes import Preview, ReplyOutcome
from helpdesk.slack import forms, names
from helpdesk.slack.clicks import Clicks, moment_of
from helpdesk.slack.escape import with_people
from helpdesk.slack.room import Json, Where, where_of

#: (where, view) → the acknowledgement's arguments: {} closes the form.
Submit = Callable[[Where, Json], Awaitable[Json]]
CLOSE: Json = {}
#: The acknowledgement goes over the socket, the view's last word over HTTP: so long, s, that it cannot come first.
BEHIND = 0.5


def errors(**fields: str) -> Json:
    """Errors in fields; Slack shows at most so much, and needs at least one letter."""
    return {"response_action": "errors", "errors": {key: (text or "?")[:2000] for key, text in fields.items()}}


def update(view: Json) -> Json:
    """Another view in the form's place."""
    return {"response_action": "update", "view": view}


class Submits(Clicks):
    """Answers to view_submission; `submits` may be added to by rooms with forms of their own."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.submits: dict[str, Submit] = {
            names.REPLY_FORM: self._answer,
            names.CALL_FORM: self._log_call,
            names.CALL_BACK_FORM: self._call_back,
            names.ASSIGN_FORM: self._give,
            names.SNOOZE_FORM: self._sleep,
            names.TOPIC_FORM: self._retopic,
        }

    async def submit(self, body: Json) -> Json:
        """One view_submission payload; returns the acknowledgement's arguments."""
        view = body.get("view") or {}
        where = self._from_form(body, view)
        does = self.submits.get(str(view.get("callback_id") or ""))
        if does is None:
            return CLOSE
        if await self.refused(where):
            return CLOSE
        try:
            return await does(where, view)
        except HelpdeskError as error:
            return update(forms.message_view("Not done", with_people(str(error))))

    def _from_form(self, body: Json, view: Json) -> Where:
        """A form remembers where it was opened."""
        kept = forms.read_metadata(view)
        channel, thread = str(kept.get("channel") or ""), str(kept.get("thread") or "")
        return replace(where_of(body), channel=channel, thread=thread)

    async def _plain(self, sentence: str, *people: str | None) -> str:
        """A sentence for a field's error, where Slack shows no mentions."""
        known = {user: await self.door.person_name(user) for user in people if user and f"<@{user}>" in sentence}
        return forms.error_text(sentence, known)

    async def _answer(self, where: Where, view: Json) -> Json:
        """The reply form: the only way to a buyer."""
        kept, text = forms.read_metadata(view), forms.typed(view, "reply")
        resolve = forms.RESOLVE in forms.picked(view, "then")
        number, rev, key = int(kept.get("ticket") or 0), int(kept.get("rev") or 0), str(view.get("id") or "")
        reason = forms.typed(view, "reason")
        done = await self.desk.reply(
            number, text, where.user, rev=rev, key=key, resolve=resolve, confirmed=reason,
            origin=str(kept.get("origin") or ""), drafted=str(kept.get("drafted") or ""),
        )  # fmt: skip
        self.wake()
        if done.ok:
            return CLOSE
        if done.answered_by:
            self.tell(where, done.message)
        if done.warnings and not done.errors:
            return await self._warned(where, kept, text, done, resolve)
        fields = {block["block_id"] for block in view.get("blocks") or [] if block.get("type") == "input"}
        found = {key: await self._plain(said, done.answered_by) for key, said in done.errors.items() if key in fields}
        return errors(**(found or {"reply": await self._plain(done.message, done.answered_by)}))

    async def _warned(self, where: Where, kept: Json, text: str, done: ReplyOutcome, resolve: bool) -> Json:
        """The same form with the doubts and a field for the reason to send it all the same."""
        draft = await self.draft(int(kept["ticket"]), where.user)
        template, origin, machine = (str(kept.get(name) or "") for name in ("template", "origin", "machine"))
        draft = replace(
            draft, text=text, rev=int(kept["rev"]), template=template, origin=origin, machine=machine, note=""
        )
        form = forms.reply_form(
            draft, channel=where.channel, thread=where.thread, warnings=done.warnings, resolve=resolve,
            drafted=str(kept.get("drafted") or ""),
        )  # fmt: skip
        return update(form)

    async def _log_call(self, where: Where, view: Json) -> Json:
        at, wrong = _time_of(view, self.board.zone)
        if wrong:
            return errors(at=wrong)
        done = await self.desk.log_call(
            caller=forms.typed(view, "caller"), order=forms.typed(view, "order"), at=at,
            summary=forms.typed(view, "summary"), actor=where.user, key=str(view.get("id") or ""),
        )  # fmt: skip
        if not done.ok:
            return errors(**{"at" if "time" in done.text else "summary": done.text})
        self.wake()
        self.tell(where, done.text or f"Logged as #{done.ticket}.")
        return CLOSE

    async def _call_back(self, where: Where, view: Json) -> Json:
        """Our call answers whoever phoned."""
        at, wrong = _time_of(view, self.board.zone)
        if wrong:
            return errors(at=wrong)
        number = int(forms.read_metadata(view).get("ticket") or 0)
        done = await self.desk.call_back(number, where.user, at, forms.typed(view, "summary"))
        self.wake()
        return CLOSE if done.ok else errors(summary=done.text)

    async def _give(self, where: Where, view: Json) -> Json:
        """Assign; unless somebody else took the ticket while the form stood open."""
        kept = forms.read_metadata(view)
        owner = next(iter(forms.picked(view, "owner")), "")
        ticket = await self.ticket(int(kept.get("ticket") or 0))
        if ticket.owner and ticket.owner not in {kept.get("holder"), where.user, owner}:
            said = f"<@{ticket.owner}> took it meanwhile: open the form again."
            return errors(owner=await self._plain(said, ticket.owner))
        done = await self.desk.act(ticket.id, "assign", where.user, owner=owner)
        self.wake()
        if not done.ok:
            return errors(owner=await self._plain(done.text, done.holder))
        return CLOSE

    async def _sleep(self, where: Where, view: Json) -> Json:
        kept = forms.read_metadata(view)
        exact = moment_of(next(iter(forms.picked(view, "until")), None))
        choice = next(iter(forms.picked(view, "for")), "")
        until = exact or forms.snooze_until(choice, self.now(), self.board.zone)
        if until is None:
            return errors(**{"for": "Choose a time."})
        done = await self.desk.act(
            int(kept.get("ticket") or 0), "snooze", where.user, until=until, reason=forms.typed(view, "why")
        )
        self.wake()
        return CLOSE if done.ok else errors(**{"until" if exact else "for": await self._plain(done.text, done.holder)})

    async def _retopic(self, where: Where, view: Json) -> Json:
        kept = forms.read_metadata(view)
        topic, _, cause = next(iter(forms.picked(view, "topic")), "").partition("/")
        done = await self.desk.correct_topic(int(kept.get("ticket") or 0), topic, cause or None, where.user)
        self.wake()
        return CLOSE if done.ok else errors(topic=await self._plain(done.text, done.holder))

    async def too_slow(self, body: Json, work: Awaitable[Json]) -> None:
        """A form was acknowledged before its work was done: its view tells how it ended, or, if closed, a message."""
        view = body.get("view") or {}
        answer = await work
        await asyncio.sleep(BEHIND)
        said = " ".join((answer.get("errors") or {}).values())
        shown = answer.get("view") or forms.message_view("Done", ":white_check_mark: Done.")
        if said:
            # what was typed is shown again, so that it can be copied into a new form
            shown = forms.preview_view(Preview(text=forms.typed(view, "reply"), blocked=(said,)))
        try:
            await self.door.update_view(str(view["id"]), shown)
        except SlackError:
            if said or answer.get("view"):
                self.tell(self._from_form(body, view), f"That was not done. {said}".rstrip())


def _time_of(view: Json, zone: tzinfo) -> tuple[datetime | None, str]:
    """(time, what is wrong) of the call form's `at`: a datetimepicker's seconds, an ISO text, nothing.

    A text is of the team's zone unless it names another.
    """
    seconds = next(iter(forms.picked(view, "at")), None)
    if seconds:
        return moment_of(seconds), ""
    text = forms.typed(view, "at").strip()
    if not text:
        return None, ""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None, "Write the time like 2026-11-24 14:30."
    if not is_plausible(at):
        return None, f"The year {at.year} cannot be: write the time like 2026-11-24 14:30."
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC), ""
