"""What a click on a button or a choice in a menu does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from helpdesk.domain import Ticket
from helpdesk.errors import HelpdeskError, RefusedError, SlackError
from helpdesk.intake.first_contact import under_way
from helpdesk.replies.outcomes import MACHINE_ID, DraftView
from helpdesk.slack import calls, cards, forms, names, weekchart, words
from helpdesk.slack import home as pages
from helpdesk.slack.board import card_view, close_review, everything, whole_text
from helpdesk.slack.drafts import waiting_form
from helpdesk.slack.room import Json, Room, Where, where_of
from helpdesk.slack.topic_form import topic_form
from helpdesk.store import mails, tickets

#: Largest attachment fetched into Slack, bytes.
MOST_BYTES = 10_000_000

Click = Callable[[Where, Json, Json], Awaitable[None]]


def number_of(action: Json) -> int:
    """The ticket's or mail's number a button carries; RefusedError for anything else."""
    value = str(action.get("value") or "")
    if not (value.isascii() and value.isdigit() and len(value) < 18):
        raise RefusedError("This button is from an older version: look at the newest card.")
    return int(value)


class Clicks(Room):
    """Answers to block_actions; `clicks` may be added to by rooms with buttons of their own."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.clicks: dict[str, Click] = {
            **dict.fromkeys(names.DIRECT, self._direct),
            names.ASSIGN: self._assign,
            names.SNOOZE: self._snooze,
            names.TOPIC: self._topic,
            names.REPLY: self._reply,
            names.MORE: self._more,
            names.SHOW: self._show_ticket,
            names.REVIEW_RESCUE: self._review,
            names.REVIEW_LEAVE: self._review,
            names.REPLY_PREVIEW: self._preview,
            names.ATTACHMENT: self._attachment,
            names.LOG_CALL: self._call,
            "template": self._template,
        }

    async def click(self, body: Json) -> None:
        """One block_actions payload; whoever clicked is told what came of it."""
        where = where_of(body)
        for action in body.get("actions") or []:
            does = self.clicks.get(str(action.get("action_id") or ""))
            if does is None or await self.refused(where):
                continue
            try:
                await does(where, action, body)
            except SlackError as error:
                self.tell(where, _slack_said(error))
            except HelpdeskError as error:
                self.tell(where, str(error))

    async def _direct(self, where: Where, action: Json, _body: Json) -> None:
        done = await self.desk.act(number_of(action), names.DIRECT[action["action_id"]], where.user)
        if not done.ok:
            self.tell(where, done.text)
        self.wake()
        self._again(where)

    def _again(self, where: Where) -> None:
        """A click on the Home tab renews it."""
        if where.at_home:
            self.later(self.publish_home(where.user))

    async def ticket(self, number: int) -> Ticket:
        """A ticket as it is now; RefusedError for an unknown number."""
        async with self.store.read() as tx:
            found = await tickets.get(tx, number)
        if found is None:
            raise RefusedError(f"There is no ticket #{number}.")
        return found

    def _holder(self, ticket: Ticket, user: str) -> str:
        """Who else has it, in a sentence; "" if nobody."""
        if not ticket.owner or ticket.owner == user:
            return ""
        return f"#{ticket.id} is already with {words.person(ticket.owner)}."

    async def _assign(self, where: Where, action: Json, _body: Json) -> None:
        if action.get("selected_user"):
            number = int(str(action.get("block_id", "")).rpartition(":")[2] or 0)
            done = await self.desk.act(number, "assign", where.user, owner=str(action["selected_user"]))
            self.tell(where, "" if done.ok else done.text)
            self.wake()
            return
        ticket = await self.ticket(number_of(action))
        self.tell(where, self._holder(ticket, where.user))
        await self.show(where, forms.assign_form(ticket, where.user, channel=where.channel, thread=where.thread))

    async def _snooze(self, where: Where, action: Json, _body: Json) -> None:
        ticket = await self.ticket(number_of(action))
        form = forms.snooze_form(ticket, self.now(), self.board.zone, channel=where.channel, thread=where.thread)
        await self.show(where, form)

    async def _topic(self, where: Where, action: Json, _body: Json) -> None:
        ticket = await self.ticket(number_of(action))
        await self.show(where, topic_form(ticket, channel=where.channel, thread=where.thread))

    async def _reply(self, where: Where, action: Json, _body: Json) -> None:
        ticket = await self.ticket(number_of(action))
        if calls.by_phone(ticket):  # nobody to write to: what answers a caller is our call
            await self.show(where, calls.call_back_form(ticket, self.now()))
            return
        draft = await self.draft(ticket.id, where.user)
        await self.show(where, forms.reply_form(draft, channel=where.channel, thread=where.thread))

    async def draft(self, number: int, user: str, template: str | None = None) -> DraftView:
        """A draft, with the colleague who has the ticket."""
        draft = await self.desk.draft_for(number, user, template)
        owner = draft.ticket.owner
        return replace(draft, holder=draft.holder or (owner if owner and owner != user else None))

    async def _template(self, where: Where, action: Json, body: Json) -> None:
        """Another canned reply. Slack keeps what was typed in a field of the same name: the name changes in between."""
        view = body.get("view") or {}
        kept = forms.read_metadata(view)
        option = action.get("selected_option") or {}
        chosen, number = str(option.get("value") or ""), int(kept.get("ticket") or 0)
        if chosen == MACHINE_ID:  # takes longer than Slack waits: the form says so meanwhile
            label = str((option.get("text") or {}).get("text") or "")
            await self.door.update_view(str(view["id"]), waiting_form(await self.ticket(number), label))
        draft = await self.draft(number, where.user, chosen)
        draft = replace(draft, rev=int(kept.get("rev") or draft.rev))
        made = partial(
            forms.reply_form, draft, channel=str(kept.get("channel") or ""), thread=str(kept.get("thread") or "")
        )
        if chosen == MACHINE_ID:
            with suppress(SlackError):  # closed while the model wrote: nobody waits for it
                await self.door.update_view(str(view["id"]), made())
            return
        await self.door.update_view(str(view["id"]), made(action_id="text_new"))
        await self.door.update_view(str(view["id"]), made())

    async def _preview(self, where: Where, action: Json, body: Json) -> None:
        text = forms.typed(body.get("view") or {}, "reply")
        preview = await self.desk.preview(number_of(action), text, where.user)
        await self.door.push_view(where.trigger, forms.preview_view(preview))

    async def _more(self, where: Where, action: Json, _body: Json) -> None:
        async with self.store.read() as tx:
            found = await everything(tx, number_of(action))
        if found is None:
            raise RefusedError("There is no such ticket any more.")
        ticket, theirs = found
        shown = [(words.moment(mail.clock_start, self.board.zone), mail.text, mail.quoted) for mail in theirs]
        files = [(f"{mail.id}:{n}", file) for mail in theirs for n, file in enumerate(mail.attachments)]
        await self.show(where, forms.more_view(ticket, shown, files))

    async def _show_ticket(self, where: Where, action: Json, _body: Json) -> None:
        text, blocks = await self.card(number_of(action))
        await self.show(where, {**forms.message_view(f"Ticket #{number_of(action)}", text), "blocks": blocks})

    async def card(self, number: int) -> tuple[str, list[Json]]:
        """A ticket's card as it is now."""
        ticket = await self.ticket(number)
        async with self.store.read() as tx:
            view = await card_view(tx, self.board, ticket)
        return cards.card(view, self.now(), self.board.zone)

    async def _review(self, where: Where, action: Json, _body: Json) -> None:
        mail, decision = number_of(action), "rescue" if action["action_id"] == names.REVIEW_RESCUE else "leave"
        done = await self.desk.review(mail, decision, where.user)
        if done.ok:
            async with self.store.write() as tx:
                await close_review(tx, self.board, mail, decision, where.user, where.channel, where.ts, self.now())
        else:
            self.tell(where, done.text)
        self.wake()
        self._again(where)

    async def _call(self, where: Where, _action: Json, _body: Json) -> None:
        await self.show(where, calls.call_form(self.now()))

    async def _attachment(self, where: Where, action: Json, _body: Json) -> None:
        value = str((action.get("selected_option") or {}).get("value") or "")
        mail, _, place = value.partition(":")
        if mail == forms.WHOLE and place.isdigit():
            self.later(self._whole_text(where, int(place)))
            return
        if not (mail.isdigit() and place.isdigit()):
            raise RefusedError("This file is not there any more.")
        self.later(self._fetched(where, int(mail), int(place)))

    async def _fetched(self, where: Where, number: int, place: int) -> None:
        """An attachment from the mailbox into the ticket's thread, within a size and with a warning."""
        async with self.store.read() as tx:
            mail = await mails.get(tx, number)
            ticket = await tickets.get(tx, mail.ticket_id) if mail is not None and mail.ticket_id else None
        if mail is None or ticket is None or not ticket.card_ts or place >= len(mail.attachments):
            return self.tell(where, "This file is not there any more.")
        file = mail.attachments[place]
        if int(file.get("size") or 0) > MOST_BYTES or self.fetch is None:
            size = words.kilobytes(int(file.get("size") or 0))
            return self.tell(where, f"It is too large to be fetched ({size}): see it in the mailbox.")
        try:
            name, data = await self.fetch(number, place)
            text = f"{words.person(where.user)} fetched a file of the buyer's: {cards.file_line(file)}"
            await self.door.upload(ticket.card_channel, name, data, thread_ts=ticket.card_ts, text=text)
        except HelpdeskError as error:
            return self.tell(where, f"The file could not be fetched: {error}")
        return None

    async def _whole_text(self, where: Where, number: int) -> None:
        """All that a buyer wrote as a text file in the ticket's thread: what no message or view of Slack can hold."""
        async with self.store.read() as tx:
            found = await everything(tx, number)
        if found is None or not found[0].card_ts:
            return self.tell(where, "There is no such ticket any more.")
        ticket, theirs = found
        data = whole_text(theirs)
        text = f"{words.person(where.user)} fetched all that the buyer wrote ({words.kilobytes(len(data))})"
        try:
            name = f"ticket-{ticket.id}.txt"
            await self.door.upload(ticket.card_channel, name, data, thread_ts=ticket.card_ts, text=text)
        except HelpdeskError as error:
            return self.tell(where, f"The text could not be fetched: {error}")
        return None

    async def publish_home(self, user: str) -> None:
        """Draw a person's Home tab anew."""
        mine, waiting = await self.desk.mine(user), await self.desk.queue()
        async with self.store.read() as tx:
            reviews, reading = await mails.waiting_review(tx), await under_way(tx, datetime.now(UTC))
        manager, now = user in self.board.managers, self.now()
        figures = await self.figures() if manager else []
        view = pages.HomeView(
            user=user, mine=mine, free=pages.waiting(waiting), risk=pages.at_risk(waiting, now), review=reviews,
            manager=manager, figures=figures, dashboard=self.board.dashboard, reading=reading,
        )  # fmt: skip
        if manager and self.chart is not None:
            await self._charted(view, self.chart, now)
        else:
            await self._published(view, now)

    async def _published(self, view: pages.HomeView, now: datetime, chart: str = "") -> None:
        shown = pages.home(replace(view, chart=chart), now, self.board.zone)
        await self.door.publish_home(view.user, shown)

    async def _charted(self, view: pages.HomeView, draw: weekchart.Draw, now: datetime) -> None:
        """With the week's chart at once where Slack has it; else without, and the chart follows."""
        day = now.astimezone(self.board.zone).date()
        file = await weekchart.known(self.store, day)
        try:
            await self._published(view, now, file)
        except SlackError as error:
            if not file or not error.permanent:
                raise
            await weekchart.forget(self.store)
            file = ""
            await self._published(view, now)
        if file:
            return

        async def follow() -> None:
            async with self._drawing:  # of several managers at once one uploads
                publish = partial(self._published, view, now)
                there = await weekchart.known(self.store, day)
                if there:
                    await publish(there)
                else:
                    await weekchart.renew(self.store, self.door, draw, publish, day, now)

        self.later(follow())


def _slack_said(error: SlackError) -> str:
    if "trigger_id" in error.code:
        return "Slack closed the window before the form was ready: please click again."
    return f"Slack did not take that: {error}"


def moment_of(value: object) -> datetime | None:
    """A datetimepicker's seconds as aware UTC."""
    return datetime.fromtimestamp(int(str(value)), UTC) if value else None
