"""Builds everything that runs from a configuration: store, rules, library, doors, desk."""

from __future__ import annotations

import os
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

from helpdesk.app.judging import IgnoringJudge, LazyJudge
from helpdesk.resources import resource
from helpdesk.settings import MailboxSettings, Settings
from helpdesk.settings.mailbox import Server
from helpdesk.sla.clock import Rules
from helpdesk.store import mailboxes, meta, schema
from helpdesk.store.engine import Store

# A command that only lists tickets builds none of these: what it does not import, nobody waits for.
if TYPE_CHECKING:
    from helpdesk.intake.imap import ImapMailbox
    from helpdesk.intake.job import Watch
    from helpdesk.oauth import TokenSource
    from helpdesk.replies.desk import Desk
    from helpdesk.replies.smtp import SmtpDoor
    from helpdesk.replies.templates import Library
    from helpdesk.triage.job import Desk as FilingDesk

Token = Callable[[], Awaitable[str]]
TOKENS = "refresh_token:"


def wall_clock() -> datetime:
    """The present, aware UTC."""
    return datetime.now(UTC)


def worker_name() -> str:
    """This process among all workers of one database."""
    return f"{socket.gethostname()}:{os.getpid()}:{token_hex(3)}"


if TYPE_CHECKING:
    from helpdesk.replies.model import ChatModel


@dataclass(slots=True)
class Parts:
    """All the parts of one process. `now` is the clock of deadlines (`sync --now` sets it)."""

    settings: Settings
    base: Path
    store: Store
    judge: LazyJudge
    now: Callable[[], datetime] = wall_clock
    speed: float = 1.0  #: how much faster `now` runs than the wall's clock (the demo)
    worker: str = field(default_factory=worker_name)
    wake: Callable[[], None] = lambda: None
    smtp: dict[str, SmtpDoor] = field(default_factory=dict)
    tokens: dict[str, TokenSource] = field(default_factory=dict)
    kept_tokens: dict[str, str] = field(default_factory=dict)  #: refresh tokens that a server replaced

    @property
    def library(self) -> Library:
        """The reply templates, all read and checked when first asked for: a list of tickets need not wait for them."""
        return library(self.settings.templates.folder, self.base)

    def rules_of(self, marketplace: str) -> Rules:
        """The clock of a marketplace, with the configuration's overrides."""
        return self.settings.rules(marketplace)

    def desk(self) -> Desk:
        """What agents do, over this store."""
        from helpdesk.replies.desk import Desk

        return Desk(
            self.store, self.settings, self.library, self.rules_of, self.now, self.ring, model=model(self.settings)
        )

    def ring(self) -> None:
        """Wake the jobs; `wake` is set once they run."""
        self.wake()

    def watch(self, box: MailboxSettings) -> Watch:
        """What intake must know of a mailbox."""
        from helpdesk.intake.job import Watch

        return Watch(
            name=box.name,
            address=box.address,
            judge=IgnoringJudge(self.judge, tuple(box.ignore_senders)) if box.ignore_senders else self.judge,
            authserv_ids=box.authserv_ids,
            inbox=box.imap.inbox,
            junk=box.imap.junk,
            sent=box.imap.sent,
            first_contact=box.first_contact,
        )

    def filing(self, box: MailboxSettings) -> FilingDesk:
        """What filing must know of a mailbox."""
        from helpdesk.triage.job import Desk as FilingDesk

        return FilingDesk(
            mailbox=box.name,
            address=box.address,
            marketplace=box.marketplace,
            rules_of=self.rules_of,
            acknowledges=lambda marketplace: self.settings.acknowledge.mode(marketplace) != "off",
            channel=self.settings.slack.channel if self.settings.slack else "",
        )

    def imap(self, box: MailboxSettings) -> ImapMailbox:
        """A connection to a mailbox, not opened yet."""
        from helpdesk.intake.imap import ImapAccess, ImapMailbox

        server = box.imap
        return ImapMailbox(
            ImapAccess(
                host=server.host,
                port=server.port,
                security=server.security,
                username=server.username or box.address,
                password=server.password or "",
                token=self._token(box.name, server),
                timeout=server.timeout.total_seconds(),
                idle_refresh=server.idle_refresh.total_seconds(),
            )
        )

    def sender(self, box: MailboxSettings) -> SmtpDoor | None:
        """The way out of a mailbox; its connections are kept for the life of the process."""
        from helpdesk.replies.smtp import SmtpAccess, SmtpDoor

        if box.smtp is None:
            return None
        if box.name not in self.smtp:
            self.smtp[box.name] = SmtpDoor(
                SmtpAccess(
                    host=box.smtp.host,
                    port=box.smtp.port,
                    security=box.smtp.security,
                    username=box.smtp.username,
                    password=box.smtp.password or "",
                    token=self._token(box.name, box.smtp),
                    timeout=box.smtp.timeout.total_seconds(),
                ),
                connections=box.smtp.connections,
            )
        return self.smtp[box.name]

    def _token(self, name: str, server: Server) -> Token | None:
        """One token source for a mailbox's IMAP and SMTP, so that a rotated refresh token is kept once."""
        from helpdesk.oauth import OAuthAccess, TokenSource

        if server.oauth2 is None or server.oauth2_app is None:
            return None
        app = server.oauth2_app
        key = f"{name}:{server.oauth2}:{app.client_id}"
        if key not in self.tokens:
            access = OAuthAccess(
                provider=server.oauth2,
                client_id=app.client_id,
                client_secret=app.client_secret or "",
                refresh_token=self.kept_tokens.get(key) or app.refresh_token or "",
                tenant=app.tenant,
                token_url=app.token_url,
            )
            self.tokens[key] = TokenSource(access, keep=lambda fresh: self._keep_token(key, fresh))
        return self.tokens[key]

    async def _keep_token(self, key: str, fresh: str) -> None:
        async with self.store.write() as tx:
            await meta.put(tx, TOKENS + key, fresh, self.now())

    async def close(self) -> None:
        """Close doors and store."""
        for door in self.smtp.values():
            await door.close()
        await self.store.close()


def model(settings: Settings) -> ChatModel | None:
    """The way to the language model; None unless one is set up."""
    drafts = settings.drafts
    if not drafts.url:
        return None
    from helpdesk.replies.model import ChatModel

    return ChatModel(url=drafts.url, name=drafts.model, key=drafts.api_key, timeout=drafts.timeout.total_seconds())


@cache
def library(folder: str, base: Path) -> Library:
    """The reply templates, the seller's own over ours; all checked."""
    from helpdesk.replies.templates import Library

    return Library.load(resource("templates/replies"), base / folder if folder else None)


async def open_parts(
    settings: Settings, base: Path, judge: LazyJudge, now: Callable[[], datetime] = wall_clock, *, pool_size: int = 5
) -> Parts:
    """Open the database (bringing SQLite up to date) and build the rest. Raises SettingsError or SchemaError."""
    store = Store.connect(settings.database.url, base, pool_size=pool_size)
    parts = Parts(
        settings=settings,
        base=base,
        store=store,
        judge=judge,
        now=now,
    )
    try:
        await schema.ensure(store)
        async with store.write() as tx:
            await mailboxes.ensure(tx, [box.name for box in settings.mailbox])
            parts.kept_tokens = await meta.under(tx, TOKENS)
    except BaseException:
        await store.close()
        raise
    return parts
