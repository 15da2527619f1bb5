"""The jobs behind the mailboxes, put together: mails out, the clock, Slack. `run` turns them, `sync` runs them dry."""

from __future__ import annotations

from datetime import timedelta

from helpdesk.app.judging import LazySecond
from helpdesk.app.parts import Parts
from helpdesk.app.sent import ImapSent
from helpdesk.domain import Effect
from helpdesk.errors import HelpdeskError
from helpdesk.feedback import job as feedback
from helpdesk.feedback.door import SellingPartner
from helpdesk.feedback.judging import Judge
from helpdesk.replies import job as replies
from helpdesk.replies.job import Way
from helpdesk.sla import job as sla
from helpdesk.sla.escalations import Desk as SlaDesk
from helpdesk.slack import job as slack
from helpdesk.slack.board import Board
from helpdesk.slack.door import SlackDoor
from helpdesk.slack.job import Counts as SlackCounts
from helpdesk.store import outbox
from helpdesk.triage import playbook

#: Escalations that Slack has not taken within this go by e-mail while `run` is up ("within a minute").
GRACE = timedelta(seconds=20)


class Jobs:
    """One process's jobs, with their doors. Each method is one pass and returns how much moved."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        settings = parts.settings
        senders = {box.name: parts.sender(box) for box in settings.mailbox}
        self.folders = {box.name: ImapSent(parts, box) for box in settings.mailbox}
        self.way = Way(
            settings=settings,
            library=parts.library,
            rules=parts.rules_of,
            doors={name: door for name, door in senders.items() if door is not None},
            folders=self.folders,
            worker=parts.worker,
            now=parts.now,
        )
        self.clock = clock_desk(parts)
        self.slack_door = slack_door(parts)
        self.board = board(parts)
        self.slack_counts = SlackCounts()
        self.feedback_watch = feedback.watch_of(settings, parts.base)
        self.feedback_judge = Judge(LazySecond(parts.judge))
        self.selling_partner = selling_partner(parts)
        self.escalated = 0
        self.failed = 0
        self.trouble: list[str] = []
        self._acks_before: int | None = None

    async def mails(self) -> int:
        """Write acknowledgements, send what lies in the outbox."""
        return await replies.run_once(self.parts.store, self.way)

    async def clocks(self) -> int:
        """Fire what is due."""
        fired = await sla.run_once(self.parts.store, self.parts.now(), self.clock)
        self.escalated += fired
        return fired

    async def feedbacks(self) -> int:
        """Take feedback reports in, keep their days, queue cards and reminders."""
        parts = self.parts
        return await feedback.run_once(
            parts.store, self.feedback_watch, parts.now(), self.selling_partner, judge=self.feedback_judge
        )

    async def posts(self) -> int:
        """Carry the outbox to Slack."""
        if self.slack_door is None or self.board is None:
            return 0
        return await slack.run_once(
            self.parts.store,
            self.slack_door,
            self.board,
            self.parts.now(),
            worker=self.parts.worker,
            counts=self.slack_counts,
        )

    async def fallback(self, grace: timedelta | None = None) -> int:
        """Escalations that Slack does not take go by e-mail."""
        grace = GRACE * self.parts.speed if grace is None else grace
        return await sla.fallback_once(self.parts.store, self.parts.now(), self.clock, grace)

    async def round(self) -> int:
        """One pass of each, for `sync`."""
        if self._acks_before is None:
            async with self.parts.store.read() as tx:
                self._acks_before = await outbox.count_done(tx, "ack:")
        return await self.clocks() + await self.mails() + await self.feedbacks() + await self.posts()

    async def last_call(self) -> None:
        """The end of a sync: what Slack did not take goes by mail, and what waits for a retry is counted."""
        if await self.fallback(timedelta(seconds=-1)):
            await self.mails()
        async with self.parts.store.read() as tx:
            waiting = await outbox.retrying(tx)
            self.acknowledged = await outbox.count_done(tx, "ack:") - (self._acks_before or 0)
        self.failed += waiting
        self.trouble += self.slack_counts.trouble
        if waiting:
            self.trouble.append(f"{waiting} mails or posts wait for a retry")

    acknowledged = 0

    @property
    def posted(self) -> int:
        """Messages posted to Slack."""
        return self.slack_counts.posted

    async def close(self) -> None:
        """Close the doors that are the jobs' own."""
        for folder in self.folders.values():
            await folder.close()
        if self.slack_door is not None:
            await self.slack_door.close()


def clock_desk(parts: Parts) -> SlaDesk:
    """What escalation must know."""
    settings = parts.settings
    first = settings.mailbox[0] if settings.mailbox else None
    slack_settings = settings.slack
    return SlaDesk(
        rules_of=parts.rules_of,
        channel=slack_settings.escalations if slack_settings else "",
        on_call=tuple(slack_settings.on_call) if slack_settings else (),
        managers=tuple(slack_settings.managers) if slack_settings else (),
        email=tuple(settings.reports.email),
        mailbox=first.name if first else "",
        sender=first.address if first else "",
        zone=settings.timezone,
    )


def selling_partner(parts: Parts) -> SellingPartner | None:
    """The door to Amazon's reports, if any marketplace's is to be fetched."""
    own = parts.settings.feedback
    if not own.fetch:
        return None
    return SellingPartner(
        {"refresh_token": own.refresh_token, "lwa_app_id": own.client_id, "lwa_client_secret": own.client_secret}
    )


def slack_door(parts: Parts) -> SlackDoor | None:
    """The door to Slack, if it is configured."""
    configured = parts.settings.slack
    return SlackDoor(configured.bot_token, configured.api_url) if configured else None


def board(parts: Parts) -> Board | None:
    """What the Slack room knows of its team."""
    configured = parts.settings.slack
    if configured is None:
        return None
    return Board(
        channel=configured.channel,
        escalations=configured.escalations,
        zone=parts.settings.zone,
        managers=tuple(configured.managers),
        on_call=tuple(configured.on_call),
        agents=configured.agents,
        dashboard=dashboard_url(parts),
        advice=_advice,
    )


def _advice(topic: str | None, cause: str | None) -> tuple[str, str]:
    """The playbook's two lines for a card."""
    found = playbook.advice(topic, cause)
    return found.now, found.for_good


def dashboard_url(parts: Parts) -> str:
    """Where people reach the dashboard; "" where there is none."""
    web = parts.settings.web
    return web.url or (f"http://{web.listen}" if web.listen else "")


async def send_now(parts: Parts, ticket: int) -> str:
    """Send what waits for a ticket at once, for a shell without a running helpdesk; says what became of it."""
    jobs = Jobs(parts)
    try:
        await jobs.mails()
    except HelpdeskError as error:
        return f"It is not sent yet: {error}"
    finally:
        await jobs.close()
    async with parts.store.read() as tx:
        mine = [item for item in await outbox.of_ticket(tx, ticket) if item.effect == Effect.MAIL]
    last = mine[-1] if mine else None
    if last is None:
        return ""
    said = {"done": "It is sent.", "failed": f"It was refused: {last.error}", "held": f"Nobody can tell: {last.error}"}
    return said.get(str(last.state), f"It waits to be sent: {last.error}" if last.error else "It waits to be sent.")
