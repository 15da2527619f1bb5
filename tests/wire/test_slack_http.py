"""HTTP mode: signed requests in place of the socket; and a Slack that is away when we start."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

from helpdesk.app.judging import LazyJudge
from helpdesk.app.parts import open_parts
from helpdesk.app.run import run
from helpdesk.domain import Status
from helpdesk.sandbox.slack import SlackStandIn
from helpdesk.settings import Settings
from helpdesk.slack.door import SlackDoor
from helpdesk.slack.listeners import Listeners
from helpdesk.store.engine import Store
from tests.support.dovecot import free_port
from tests.support.slack import CHANNEL, ESCALATIONS, MIA, door, slack, store
from tests.support.slack_desk import Office
from tests.support.slack_samples import a_ticket

__all__ = ["door", "slack", "store"]

#: Nothing listens there: the mailbox is out of reach, which must not keep Slack waiting.
LOOP = {"host": "127.0.0.1", "port": 9, "security": "none"}


@pytest.fixture
async def office(slack: SlackStandIn, door: SlackDoor, store: Store) -> AsyncIterator[Office]:
    """An office that listens over HTTP."""
    made = Office(slack, door, store)
    made.listeners = Listeners(
        made.clerk, bot_token=slack.state.bot_token, signing_secret=slack.state.signing_secret, api_url=slack.url
    )
    app = Starlette(routes=[Route("/slack/events", made.listeners.http, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    await slack.until(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    slack.request_url = f"http://127.0.0.1:{port}/slack/events"
    yield made
    server.should_exit = True
    await serving
    await made.listeners.stop()


async def test_clicks_forms_and_commands_over_http(office: Office) -> None:
    """The same desk behind signed requests."""
    [ticket] = await office.job.add(a_ticket())
    await office.job.work()
    [card] = office.slack.messages(CHANNEL, "helpdesk_ticket")
    assert not (await office.slack.click(card, "ticket_acknowledge", user=MIA)).late
    assert (await office.job.ticket(ticket.id)).status == Status.OPEN
    await office.slack.click(card, "ticket_reply", user=MIA)
    [form] = office.slack.open_views(MIA)
    await office.slack.submit_view(form, {"reply": "hello"})
    assert len(office.bent.sent) == 1
    await office.slack.command("/helpdesk", "queue", user=MIA, channel=CHANNEL)
    assert office.slack.ephemerals[-1]["blocks"]
    await office.slack.open_home(MIA)
    await office.slack.until(lambda: office.slack.state.homes.get(MIA))


async def test_a_forged_signature_is_refused(office: Office) -> None:
    """A request signed with another secret, an old one and one without signature do nothing."""
    [ticket] = await office.job.add(a_ticket())
    await office.job.work()
    [card] = office.slack.messages(CHANNEL, "helpdesk_ticket")
    office.slack.state.signing_secret = "another"
    assert (await office.slack.click(card, "ticket_acknowledge", user=MIA)).late
    headers = {"X-Slack-Request-Timestamp": "1", "X-Slack-Signature": "v0=00"}
    async with aiohttp.ClientSession() as session:
        for given in ({}, headers):
            async with session.post(office.slack.request_url, data="payload={}", headers=given) as answer:
                assert answer.status == 401
    assert (await office.job.ticket(ticket.id)).owner is None


async def test_slack_is_away_at_the_start(slack: SlackStandIn, door: SlackDoor, store: Store) -> None:
    """Starting does not wait for Slack; once it is back we are connected."""
    office = Office(slack, door, store)
    slack.server.outage(60)
    await asyncio.wait_for(office.listeners.start(), 1)
    await asyncio.sleep(0.3)
    assert office.listeners.seen_at is None
    slack.server.outage(0)
    await slack.connected()
    await slack.until(lambda: office.listeners.seen_at)
    await office.listeners.stop()


async def test_stopping_while_slack_is_away_is_quick(slack: SlackStandIn, door: SlackDoor, store: Store) -> None:
    """A stop does not wait for a connection that does not come."""
    office = Office(slack, door, store)
    slack.server.outage(60)
    await office.listeners.start()
    await asyncio.sleep(0.1)
    await asyncio.wait_for(office.listeners.stop(), 3)
    assert slack.server.sockets == []


async def test_run_carries_slacks_requests_on_its_web_address(slack: SlackStandIn, tmp_path: Path) -> None:
    """With mode = "http" a running helpdesk takes signed commands at /slack/events, and no socket is opened."""
    port = free_port()
    settings = Settings.model_validate(
        {
            "database": {"url": f"sqlite:///{tmp_path}/h.db"},
            "mailbox": [{"name": "shop", "address": "support@shop.test", "imap": LOOP, "smtp": LOOP}],
            "slack": {
                "mode": "http", "bot_token": slack.state.bot_token, "signing_secret": slack.state.signing_secret,
                "channel": CHANNEL, "escalations": ESCALATIONS, "api_url": slack.url,
            },
            "web": {"listen": f"127.0.0.1:{port}"},
        }
    )  # fmt: skip
    parts = await open_parts(settings, tmp_path, LazyJudge())
    stop, ready = asyncio.Event(), asyncio.Event()
    running = asyncio.create_task(run(parts, stop=stop, ready=ready.set))
    await asyncio.wait_for(ready.wait(), 20)
    slack.request_url = f"http://127.0.0.1:{port}/slack/events"
    done = await slack.command("/helpdesk", "queue", user=MIA, channel=CHANNEL)
    assert not done.late
    assert "Waiting for an answer" in slack.ephemerals[-1]["text"]
    assert slack.server.sockets == []
    stop.set()
    await asyncio.wait_for(running, 10)
    await parts.close()
