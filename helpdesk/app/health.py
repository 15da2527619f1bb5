"""Is everything alive? What /healthz says, and what /metrics counts."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from helpdesk.app.desk_door import lives
from helpdesk.app.parts import Parts, wall_clock
from helpdesk.errors import HelpdeskError
from helpdesk.settings import MailboxSettings
from helpdesk.store import mailboxes
from helpdesk.store.gauges import Gauges, gauges

if TYPE_CHECKING:
    from helpdesk.app.jobs import Jobs
    from helpdesk.slack.listeners import Listeners

log = structlog.get_logger()

#: A mailbox counts as seen for twice its poll period, but never for less: a pass over a backlog takes its time.
SHORTEST = timedelta(seconds=15)

#: Slack is asked for a sign of life this often, s, and counts as seen for twice that and a little.
PING, SLACK_SEEN = 10.0, 25.0


class Health:
    """Looks at mailboxes and database when asked, and at Slack every PING seconds."""

    def __init__(self, parts: Parts, jobs: Jobs, listeners: Listeners | None = None) -> None:
        self.parts = parts
        self.jobs = jobs
        self.listeners = listeners if parts.settings.slack and parts.settings.slack.mode == "socket" else None
        self.slack_seen: float | None = None
        self._told: dict[str, str] = {}

    async def ping_slack(self) -> int:
        """Ask Slack for a sign of life; 0, since no work moved."""
        if self.jobs.slack_door is not None:
            try:
                identity = await self.jobs.slack_door.check()
                self.slack_seen = time.monotonic()
                self._tell("slack_scopes_missing", ", ".join(identity.missing))
            except HelpdeskError as error:  # the age of the last sign tells
                self._tell("slack_refused", str(error) if getattr(error, "permanent", False) else "")
        return 0

    def _tell(self, action: str, what: str) -> None:
        """Say once what a person at the workspace must mend; again when it changes."""
        if what and self._told.get(action) != what:
            log.warning("Slack does not let us work", action=action, what=what, remedy="helpdesk check")
        self._told[action] = what

    async def trouble(self) -> list[str]:
        """What is out of reach, in words; empty when all is well."""
        try:
            async with self.parts.store.read() as tx:
                rows = {row.name: row for row in await mailboxes.listing(tx)}
        except Exception as error:  # noqa: BLE001 -- whatever it is, the answer is 503 and its first words
            return [f"database: {str(error).splitlines()[0][:200]}"]
        found: list[str] = []
        for box in self.parts.settings.mailbox:
            row = rows.get(box.name)
            seen = row.seen_at if row else None
            now = wall_clock()
            others = bool(
                row and row.worker and row.worker != self.parts.worker and row.lease_until and row.lease_until > now
            )
            if not others and (seen is None or now - seen > patience(box)):
                why = f" ({row.error})" if row and row.error else ""
                found.append(f"mailbox {box.name}: {'never reached' if seen is None else 'not reached'}{why}")
        if self.jobs.slack_door is not None and not self._slack_lives():
            found.append("slack: no sign of life")
        return found

    def warnings(self) -> list[str]:
        """What is amiss though all is in reach: a learnt model that cannot be used."""
        wrong = self.parts.judge.trouble
        return [f"{wrong}: the shipped one judges"] if wrong else []

    def _slack_lives(self) -> bool:
        called = self.slack_seen is not None and time.monotonic() - self.slack_seen <= SLACK_SEEN
        return called and lives(self.listeners, SLACK_SEEN)

    async def gauges(self) -> Gauges:
        """What /metrics shows."""
        async with self.parts.store.read() as tx:
            return await gauges(tx, wall_clock())


def patience(box: MailboxSettings) -> timedelta:
    """How long ago a mailbox may have been seen."""
    return max(box.imap.poll * 2, SHORTEST)
