"""`helpdesk demo`: the whole bot on servers of its own, with invented buyers, shown on a page. No account is needed.

The demo's clock runs `speed` times faster than the wall's, so that reminders
and breaches come within minutes.
"""

from __future__ import annotations

import asyncio
import random
import signal
import socket
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from helpdesk.app.dashboard import link
from helpdesk.app.judging import LazyJudge
from helpdesk.app.parts import Parts, open_parts
from helpdesk.app.run import run
from helpdesk.sandbox import letters
from helpdesk.sandbox.mail import MailWorld, mail_world
from helpdesk.sandbox.page import page_server
from helpdesk.sandbox.slack import SlackStandIn
from helpdesk.settings import Settings

AGENTS = {"U0ANNA": "anna", "U0BEN": "ben"}
MANAGER = "U0MAYA"

#: Seconds between two invented mails once the first ones lie there.
PAUSE = 12.0


class FastClock:
    """The demo's time: it starts at the present and runs `speed` times as fast."""

    def __init__(self, speed: float) -> None:
        self.begun = datetime.now(UTC)
        self.speed = speed

    def __call__(self) -> datetime:
        """The demo's present, aware UTC."""
        return self.begun + (datetime.now(UTC) - self.begun) * self.speed


def demo_settings(world: MailWorld, slack: SlackStandIn, folder: Path) -> Settings:
    """The demo's configuration, as a helpdesk.toml would say it."""
    server = {"host": "127.0.0.1", "security": "none", "username": world.user, "password": world.password}
    return Settings.model_validate(
        {
            "timezone": "Europe/Berlin",
            "triage": {"retrain": ""},  # it has no configuration that another process could read
            "database": {"url": f"sqlite:///{folder}/demo.db"},
            "mailbox": [
                {
                    "name": "us-store",
                    "address": letters.OURS,
                    "sender_name": "Example Shop",
                    "marketplace": "amazon",
                    "authserv_id": letters.SERVER,
                    "imap": {**server, "port": world.imap_port, "poll": "2s", "idle_refresh": "60s", "timeout": "10s"},
                    "smtp": {**server, "port": world.smtp_port, "username": "", "password": None},
                }
            ],
            "slack": {
                "bot_token": slack.state.bot_token,
                "app_token": slack.state.app_token,
                "api_url": slack.url,
                "managers": [MANAGER],
                "on_call": ["U0BEN"],
            },
            "reports": {"email": ["boss@shop.example"]},
            "web": {"listen": f"127.0.0.1:{_free_port()}"},
            "seller": {"name": "Example Shop", "phone": "+49 30 901820", "return_days": 30},
        }
    )


def first_mails(now: datetime) -> list[tuple[str, bytes]]:
    """What lies in the folders at the beginning: (folder, mail)."""
    hour = timedelta(hours=1)
    return [
        ("INBOX", letters.relayed(letters.person(1, "en"), now - hour / 2, number=1)),
        ("INBOX", letters.relayed(letters.person(2, "de"), now - hour * 3, number=0)),
        ("INBOX", letters.relayed(letters.person(3, "fr"), now - hour * 13, number=1)),
        (
            "INBOX",
            letters.direct(4, now - hour / 4, words="Is the kettle available in blue? Does it fit an induction hob?"),
        ),
        ("INBOX", letters.newsletter(1, now - hour)),
        ("INBOX", letters.out_of_office(1, now - hour)),
        ("Junk", letters.relayed(letters.person(5, "ja"), now - hour * 21, number=0)),
        ("Junk", letters.spoof(1, now - hour * 2)),
        ("Junk", letters.newsletter(2, now - hour * 4)),
    ]


def later_mail(number: int, now: datetime) -> tuple[str, bytes]:
    """The number-th mail of those that come while one watches."""
    rng = random.Random(number)
    language = rng.choice(list(letters.AMAZON))
    if number % 5 == 4:
        return "INBOX", letters.relayed(
            letters.person(1, "en"), now, number=number, words="Any news about my parcel, please?"
        )
    if number % 7 == 3:
        return "Junk", letters.relayed(letters.person(100 + number, language), now - timedelta(hours=2), number=number)
    if number % 3 == 1:
        return "INBOX", letters.direct(100 + number, now, language=rng.choice(["en", "de", "fr"]))
    return "INBOX", letters.relayed(letters.person(100 + number, language), now, number=number)


async def demo(*, port: int, speed: float, seconds: float, say: Callable[[str], None]) -> None:
    """Run until Ctrl-C, or for so many seconds. Raises OSError when the port is taken."""
    stop = _stop_on_signals()
    clock = FastClock(speed)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="helpdesk-demo-")))
        world = await stack.enter_async_context(mail_world(user=letters.OURS))
        slack = await stack.enter_async_context(_workspace())
        parts = await open_parts(demo_settings(world, slack, folder), folder, LazyJudge(), clock)
        parts.speed = speed
        stack.push_async_callback(parts.close)
        where = await stack.enter_async_context(page_server(port, slack, world, clock, partial(link, parts, MANAGER)))
        for name, raw in first_mails(clock()):
            await world.deliver(raw, name)
        say(f"helpdesk demo: open {where}  (Ctrl-C ends it)")
        await _play(parts, world, clock, stop, seconds)


async def _play(parts: Parts, world: MailWorld, clock: FastClock, stop: asyncio.Event, seconds: float) -> None:
    """The bot, the buyers who keep writing, and the end."""
    buyers = asyncio.create_task(_keep_writing(world, clock))
    bot = asyncio.create_task(run(parts, stop=stop))
    ended = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({bot, ended}, timeout=seconds or None, return_when=asyncio.FIRST_COMPLETED)
        stop.set()
        await bot
    finally:
        for task in (buyers, ended):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def _keep_writing(world: MailWorld, clock: FastClock) -> None:
    number = 0
    while True:
        await asyncio.sleep(PAUSE)
        folder, raw = later_mail(number, clock())
        await world.deliver(raw, folder)
        number += 1


@asynccontextmanager
async def _workspace() -> AsyncIterator[SlackStandIn]:
    """The Slack stand-in with a small team."""
    async with SlackStandIn() as slack:
        for user, name in {**AGENTS, MANAGER: "maya"}.items():
            slack.state.add_user(user, name)
        for channel in ("buyer-support", "buyer-escalations"):
            if channel not in {c.name for c in slack.state.channels.values()}:
                slack.state.add_channel(channel, members=[*AGENTS, MANAGER])
        yield slack


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _stop_on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    return stop
