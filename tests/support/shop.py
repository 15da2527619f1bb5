"""A whole shop on this machine: Dovecot, an SMTP server, the Slack stand-in, and a helpdesk configured for them."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from helpdesk.sandbox import letters
from helpdesk.sandbox.slack import SlackStandIn
from tests.support.dovecot import PASSWORD, Dovecot
from tests.support.forks import Forks, Started
from tests.support.paths import ROOT
from tests.support.smtpd import Smtpd

AGENTS = {"U0ANNA": "anna", "U0BEN": "ben"}
MANAGER = "U0MAYA"
CARDS, ESCALATIONS = "#buyer-support", "#buyer-escalations"

Process = asyncio.subprocess.Process | Started


@dataclass(slots=True)
class Shop:
    """The servers of one shop and the folder of its helpdesk."""

    folder: Path
    dovecot: Dovecot
    user: str
    smtp: Smtpd
    slack: SlackStandIn | None
    database: str
    forks: Forks | None = None  #: where commands come from; None: each is started afresh
    config: Path = field(init=False)

    def __post_init__(self) -> None:
        self.config = self.folder / "helpdesk.toml"

    def configure(
        self,
        more: str = "",
        *,
        name: str = "helpdesk.toml",
        listen: str = "",
        poll: str = "2s",
        idle_refresh: str = "4s",
    ) -> Path:
        """Write the configuration; `more` are further tables."""
        slack = ""
        if self.slack is not None:
            state = self.slack.state
            slack = f"""
[slack]
bot_token = "{state.bot_token}"
app_token = "{state.app_token}"
channel = "{CARDS}"
escalations = "{ESCALATIONS}"
managers = ["{MANAGER}"]
on_call = ["U0BEN"]
api_url = "{self.slack.url}"
"""
        path = self.folder / name
        path.write_text(
            f"""
timezone = "Europe/Berlin"
[database]
url = "{self.database}"
[[mailbox]]
name = "shop"
address = "{letters.OURS}"
marketplace = "amazon"
authserv_id = "{letters.SERVER}"
[mailbox.imap]
host = "127.0.0.1"
port = {self.dovecot.port}
security = "none"
username = "{self.user}"
password = "{PASSWORD}"
poll = "{poll}"
idle_refresh = "{idle_refresh}"
timeout = "5s"
[mailbox.smtp]
host = "127.0.0.1"
port = {self.smtp.port}
security = "none"
[reports]
daily = ""
weekly = ""
email = ["boss@shop.example"]
[web]
listen = "{listen}"
{slack}
{more}
""",
            encoding="utf-8",
        )
        return path

    def deliver(self, raw: bytes, folder: str = "INBOX", **options: Any) -> None:
        """Put a mail into the mailbox."""
        self.dovecot.deliver(self.user, raw, folder, **options)

    def lying(self, folder: str) -> list[bytes]:
        """The mails of a folder."""
        return [raw for _, _, raw in self.dovecot.mails(self.user, folder)]

    async def call(self, *arguments: str, code: int | None = 0, config: Path | None = None) -> str:
        """Run a command to its end; returns its standard output. `code`: the exit code it must have."""
        line = [*arguments, "--config", str(config or self.config)]
        if self.forks is not None:
            found, out, err = await self.forks.call(line, env=environment(), cwd=self.folder)
        else:
            process = await asyncio.create_subprocess_exec(
                *command(*line), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(), cwd=self.folder
            )
            out, err = (told.decode() for told in await process.communicate())
            found = await process.wait()
        assert code is None or found == code, (arguments, found, err[-3000:])
        return out

    async def sync(self, *arguments: str, code: int | None = 0) -> dict[str, int]:
        """`helpdesk sync --json`."""
        found: dict[str, int] = json.loads(await self.call("sync", "--json", *arguments, code=code))
        return found

    async def tickets(self) -> list[dict[str, Any]]:
        """`helpdesk tickets --json`."""
        found: list[dict[str, Any]] = json.loads(await self.call("tickets", "--json"))
        return found

    async def ticket(self, number: int) -> dict[str, Any]:
        """`helpdesk ticket show N --json`."""
        found: dict[str, Any] = json.loads(await self.call("ticket", "show", str(number), "--json"))
        return found

    @asynccontextmanager
    async def running(self, config: Path | None = None) -> AsyncIterator[Process]:
        """`helpdesk run` until the block ends; it must stop within the five seconds it promises."""
        process = await self.start(config)
        try:
            yield process
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
                await asyncio.wait_for(process.wait(), 20)

    async def start(self, config: Path | None = None) -> Process:
        """`helpdesk run` in a process of its own; its log goes to the shop's folder."""
        line = ["run", "--config", str(config or self.config)]
        with (self.folder / "run.log").open("ab") as log:
            if self.forks is not None:
                return await self.forks.start(line, env=environment(), cwd=self.folder, out=log, err=log)
            return await asyncio.create_subprocess_exec(
                *command(*line), stdout=log, stderr=log, env=environment(), cwd=self.folder
            )


def command(*arguments: str) -> list[str]:
    """The command line of helpdesk in this Python."""
    return [sys.executable, "-m", "helpdesk", *arguments]


def environment() -> dict[str, str]:
    """The project's own package first, whatever is installed."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}


@asynccontextmanager
async def workspace() -> AsyncIterator[SlackStandIn]:
    """The Slack stand-in with the shop's team and channels."""
    async with SlackStandIn() as slack:
        for user, name in {**AGENTS, MANAGER: "maya"}.items():
            if user not in slack.state.users:
                slack.state.add_user(user, name)
        known = {channel.name for channel in slack.state.channels.values()}
        for name in (CARDS, ESCALATIONS):
            if name.lstrip("#") not in known:
                slack.state.add_channel(name.lstrip("#"), members=[*AGENTS, MANAGER])
        yield slack
