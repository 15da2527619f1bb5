"""Slash commands, shortcuts and the Home tab."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from helpdesk.errors import HelpdeskError, RefusedError, SlackError
from helpdesk.slack import calls, names, posts
from helpdesk.slack import home as pages
from helpdesk.slack.board import close_review
from helpdesk.slack.escape import escape_line
from helpdesk.slack.feedback import FeedbackRoom
from helpdesk.slack.feedback import listing as feedback_list
from helpdesk.slack.room import Json, Where, where_of
from helpdesk.slack.submits import Submits
from helpdesk.store import posts as queries

#: (where, the rest of the line) → (text, blocks) for the one who typed it.
Command = Callable[[Where, str], Awaitable[tuple[str, list[Json]]]]


class Clerk(Submits):
    """The whole desk in Slack: clicks, forms, commands, shortcuts, Home tab."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.commands: dict[str, Command] = {
            "queue": self._queue,
            "mine": self._mine,
            "show": self._show,
            "find": self._find,
            "call": self._call_form,
            "sla": self._sla,
            "feedback": self._feedback,
            "dashboard": self._dashboard,
            "help": self._help,
        }
        FeedbackRoom(self)

    async def command(self, body: Json) -> Json:
        """One slash command; returns the acknowledgement's arguments: a message only its sender sees."""
        where = where_of(body)
        word, _, rest = str(body.get("text") or "").strip().partition(" ")
        does = self.commands.get(word.lower() or "help")
        if does is None:
            known = f"There is no `{escape_line(word, 30)}`."
            return _answer(f"{known} {names.COMMAND} help", posts.note(f"{known}\n{pages.HELP}")[1])
        if await self.refused(where):
            return {}
        try:
            text, blocks = await does(where, rest.strip())
        except (HelpdeskError, SlackError) as error:
            text, blocks = posts.told(str(error))
        return _answer(text, blocks) if text else {}

    async def _queue(self, _where: Where, _rest: str) -> tuple[str, list[Json]]:
        return pages.answer("Waiting for an answer", await self.desk.queue(), self.now(), self.board.zone)

    async def _mine(self, where: Where, _rest: str) -> tuple[str, list[Json]]:
        return pages.answer("Your tickets", await self.desk.mine(where.user), self.now(), self.board.zone)

    async def _find(self, _where: Where, rest: str) -> tuple[str, list[Json]]:
        if not rest:
            raise RefusedError(f"Say what to look for: {names.COMMAND} find 111-0000001-0000001")
        found = await self.desk.find(rest)
        return pages.answer(f"Found for “{escape_line(rest, 60)}”", found, self.now(), self.board.zone)

    async def _show(self, _where: Where, rest: str) -> tuple[str, list[Json]]:
        number = rest.removeprefix("#").strip()
        if not (number.isascii() and number.isdigit() and len(number) < 12):
            raise RefusedError(f"Name the ticket by its number: {names.COMMAND} show 12")
        ticket = await self.ticket(int(number))
        text, blocks = await self.card(ticket.id)
        if ticket.card_ts:
            link = await self.door.permalink(ticket.card_channel, ticket.card_ts)
            if link:
                blocks = [*blocks, posts.note(f"<{link}|Open the card and its thread>")[1][0]]
        return text, blocks

    async def _call_form(self, where: Where, rest: str) -> tuple[str, list[Json]]:
        await self.door.open_view(where.trigger, calls.call_form(self.now(), summary_text=rest))
        return "", []

    async def _sla(self, _where: Where, _rest: str) -> tuple[str, list[Json]]:
        return pages.figures(await self.figures(), self.board.dashboard)

    async def _feedback(self, _where: Where, _rest: str) -> tuple[str, list[Json]]:
        async with self.store.read() as tx:
            return await feedback_list(tx, self.now(), self.board)

    async def _dashboard(self, where: Where, _rest: str) -> tuple[str, list[Json]]:
        if not self.board.dashboard:
            return posts.note("The dashboard is not switched on: set `[web].listen` in helpdesk.toml.")
        if self.link is None:
            return posts.note(f"<{self.board.dashboard}|Open the dashboard>")
        address = await self.link(where.user)
        return posts.note(f"<{address}|Open the dashboard> – the link lets you in once, within ten minutes.")

    async def _help(self, _where: Where, _rest: str) -> tuple[str, list[Json]]:
        return posts.note(pages.HELP)

    async def shortcut(self, body: Json) -> None:
        """A global shortcut, or one on a message."""
        where = where_of(body)
        if await self.refused(where):
            return
        try:
            if body.get("callback_id") == names.LOG_CALL:
                await self.door.open_view(where.trigger, calls.call_form(self.now()))
            elif body.get("callback_id") == names.MARK_NOT_A_BUYER:
                await self._mark(where, body.get("message") or {})
        except HelpdeskError as error:
            self.tell(where, str(error))

    async def _mark(self, where: Where, message: Json) -> None:
        """ "Not a buyer" on a card or anything in its thread; on a review it means "leave"."""
        root = str(message.get("thread_ts") or message.get("ts") or where.ts)
        async with self.store.read() as tx:
            number = await queries.ticket_at(tx, where.channel, root)
            mail = None if number else await queries.mail_at(tx, where.channel, root)
        if number:
            done = await self.desk.act(number, "not_a_buyer", where.user)
        elif mail:
            done = await self.desk.review(mail, "leave", where.user)
            if done.ok:
                async with self.store.write() as tx:
                    await close_review(tx, self.board, mail, "leave", where.user, where.channel, root, self.now())
        else:
            raise RefusedError("That message is no ticket's card.")
        self.tell(where, done.text)
        self.wake()

    async def opened_home(self, user: str) -> None:
        """Somebody looks at the app's Home tab; who is no agent sees nothing of a buyer's there."""
        if await self.may(user):
            await self.publish_home(user)
        else:
            await self.door.publish_home(user, pages.strangers(self._whom()))


def _answer(text: str, blocks: list[Json]) -> Json:
    return {"response_type": "ephemeral", "text": text, "blocks": blocks}
