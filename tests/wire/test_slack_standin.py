"""The Slack stand-in keeps Slack's own rules and breaks on request."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import aiohttp
import pytest

from helpdesk.errors import SlackError
from helpdesk.sandbox.slack import SlackStandIn
from helpdesk.slack import blocks as b
from helpdesk.slack.door import SlackDoor
from tests.support.slack import CHANNEL, MIA, door, slack

__all__ = ["door", "slack"]

SECTION = [b.section("x")]


class App:
    """A bare Socket Mode app: answers every envelope with `answer`."""

    def __init__(self, stand_in: SlackStandIn, answer: dict[str, Any] | None = None) -> None:
        self.slack, self.answer = stand_in, answer
        self.session = aiohttp.ClientSession()
        self.got: list[dict[str, Any]] = []

    async def run(self) -> None:
        """Connect and answer until the socket closes."""
        headers = {"Authorization": f"Bearer {self.slack.state.app_token}"}
        async with self.session.post(self.slack.url + "apps.connections.open", headers=headers) as opened:
            address = (await opened.json())["url"]
        async with self.session.ws_connect(address) as socket:
            async for message in socket:
                told = message.json()
                self.got.append(told)
                if "envelope_id" in told and self.answer is not None:
                    await socket.send_json({"envelope_id": told["envelope_id"], "payload": self.answer})


async def with_app(stand_in: SlackStandIn, answer: dict[str, Any] | None = None) -> tuple[App, asyncio.Task[None]]:
    """A connected app."""
    app = App(stand_in, answer)
    task = asyncio.create_task(app.run())
    await stand_in.connected()
    return app, task


async def gone(app: App, task: asyncio.Task[None]) -> None:
    """End the app."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await app.session.close()


@pytest.mark.parametrize(
    ("blocks", "code"),
    [
        ([b.section("x")] * 51, "invalid_blocks"),
        ([{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}], "invalid_blocks"),
        ([{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}], "invalid_blocks"),
        ([{"type": "actions", "elements": []}], "invalid_blocks"),
        ([{"type": "wish"}], "invalid_blocks"),
        ([b.actions(b.button("x", "a", 1), b.button("x", "a", 2))], "invalid_blocks"),
        ([{**b.button("x" * 10, "a", 1), "text": {"type": "plain_text", "text": "x" * 76}}], "invalid_blocks"),
    ],
)
async def test_messages_keep_slacks_limits(slack: SlackStandIn, door: SlackDoor, blocks: Any, code: str) -> None:
    """Too many blocks, too long texts, unknown types and doubled ids are refused for good."""
    with pytest.raises(SlackError) as caught:
        await door.post(CHANNEL, "text", blocks)
    assert (caught.value.code, caught.value.permanent) == (code, True)
    assert slack.messages(CHANNEL) == []


async def test_unknown_channels_messages_and_views(slack: SlackStandIn, door: SlackDoor) -> None:
    """What does not exist is named as such."""
    for call, code in (
        (door.post("#nowhere", "x", SECTION), "channel_not_found"),
        (door.update(CHANNEL, "1.000001", "x", SECTION), "message_not_found"),
        (door.post(CHANNEL, "x", SECTION, thread_ts="1.000001"), "thread_not_found"),
        (door.update_view("V1", b.view("x", SECTION)), "not_found"),
        (door.open_view("TR1", b.view("x", SECTION)), "exchanged_trigger_id"),
    ):
        with pytest.raises(SlackError) as caught:
            await call
        assert caught.value.code == code
    assert slack.open_views() == []


async def test_a_trigger_is_good_once_and_for_three_seconds(slack: SlackStandIn, door: SlackDoor) -> None:
    """A used or old trigger id opens nothing."""
    trigger = slack.state.trigger(MIA)
    await door.open_view(trigger, b.view("x", SECTION))
    old = slack.state.trigger(MIA)
    given, user, view = slack.state.triggers[old]
    slack.state.triggers[old] = (given - 3.1, user, view)
    for name, code in ((trigger, "exchanged_trigger_id"), (old, "expired_trigger_id")):
        with pytest.raises(SlackError) as caught:
            await door.open_view(name, b.view("x", SECTION))
        assert caught.value.code == code
    assert len(slack.open_views(MIA)) == 1


async def test_views_keep_slacks_limits(slack: SlackStandIn, door: SlackDoor) -> None:
    """More than 100 blocks, a form without its button and 3,001 characters of metadata are refused."""
    field = b.field("a", "A", b.text_input("a"))
    for view in (
        b.view("x", SECTION * 101),
        b.view("x", [field]),
        b.view("x", SECTION, private_metadata="x" * 3001),
        {**b.view("x", SECTION), "title": {"type": "plain_text", "text": "x" * 25}},
        b.view("x", [b.section("é" * 2990)] * 20),
    ):
        with pytest.raises(SlackError) as caught:
            await door.open_view(slack.state.trigger(MIA), view)
        assert caught.value.permanent


async def test_a_missing_scope_is_named(slack: SlackStandIn, door: SlackDoor) -> None:
    """Without chat:write nothing is posted, and the answer says which scope is missing."""
    slack.state.scopes.discard("chat:write")
    with pytest.raises(SlackError, match="chat:write"):
        await door.post(CHANNEL, "x", SECTION)
    assert "chat:write" in (await door.check()).missing


async def test_an_envelope_must_be_acknowledged(slack: SlackStandIn) -> None:
    """An answered envelope carries its answer; one that is not answered within three seconds is late."""
    app, task = await with_app(slack, {"text": "fine"})
    done = await slack.command("/helpdesk", "queue", user=MIA, channel=CHANNEL)
    assert (done.late, done.ack) == (False, {"text": "fine"})
    assert slack.ephemerals[-1]["text"] == "fine"
    assert app.got[0]["type"] == "hello"
    app.answer = None
    assert (await slack.command("/helpdesk", "queue", user=MIA, channel=CHANNEL)).late
    await gone(app, task)


async def test_copies_of_an_envelope_have_one_id(slack: SlackStandIn) -> None:
    """A duplicate is the same envelope again."""
    app, task = await with_app(slack, {})
    await slack.event({"type": "app_home_opened", "user": MIA}, copies=3)
    await slack.until(lambda: len(app.got) >= 4)
    assert len({told["envelope_id"] for told in app.got[1:]}) == 1
    await gone(app, task)


async def test_a_dropped_socket_is_seen_by_the_app(slack: SlackStandIn) -> None:
    """The connection ends without a word."""
    app, task = await with_app(slack, {})
    await slack.server.drop()
    await asyncio.wait_for(asyncio.gather(task, return_exceptions=True), 5)
    assert slack.server.sockets == []
    await app.session.close()


async def test_rate_limits_and_outage(slack: SlackStandIn, door: SlackDoor) -> None:
    """One post a second and channel on request; in an outage nothing answers."""
    slack.state.posts_per_second = 1
    await door.post(CHANNEL, "x", SECTION)
    with pytest.raises(SlackError) as caught:
        await door.post(CHANNEL, "y", SECTION)
    assert caught.value.retry_after == 1
    slack.server.outage(60)
    with pytest.raises(SlackError) as caught:
        await door.post("#buyer-escalations", "x", SECTION)
    assert not caught.value.permanent
    slack.server.outage(0)
    await door.post("#buyer-escalations", "x", SECTION)


async def test_what_was_typed_stays_in_a_field_of_the_same_name(slack: SlackStandIn, door: SlackDoor) -> None:
    """As in Slack, an updated view shows a new draft only in a field with another name."""
    form = b.view("x", [b.field("reply", "R", b.text_input("text", "first"))], submit="Send")
    await door.open_view(slack.state.trigger(MIA), form)
    [shown] = slack.open_views(MIA)
    app, task = await with_app(slack, {"response_action": "errors", "errors": {"reply": "no"}})
    await slack.submit_view(shown, {"reply": "mine"})
    same = b.view("x", [b.field("reply", "R", b.text_input("text", "second"))], submit="Send")
    await door.update_view(shown.id, same)
    assert shown.typed["reply"]["text"]["value"] == "mine"
    other = b.view("x", [b.field("reply", "R", b.text_input("text2", "second"))], submit="Send")
    await door.update_view(shown.id, other)
    assert shown.typed["reply"] == {}
    await gone(app, task)


async def test_a_form_with_empty_fields_does_not_leave(slack: SlackStandIn, door: SlackDoor) -> None:
    """Slack itself keeps a form whose required field is empty."""
    form = b.view("x", [b.field("reply", "R", b.text_input("text"))], submit="Send")
    await door.open_view(slack.state.trigger(MIA), form)
    with pytest.raises(ValueError, match="reply"):
        await slack.submit_view(slack.open_views(MIA)[0])


async def test_time_does_not_stand_still(slack: SlackStandIn) -> None:
    """Message timestamps grow, so that the newest is last."""
    slack.state.clock = time.time
    first, second = (slack.say(CHANNEL, "x", user=MIA)["ts"] for _ in range(2))
    assert float(first) < float(second)


async def test_a_picture_in_a_view_must_be_one_that_slack_has(slack: SlackStandIn, door: SlackDoor) -> None:
    """slack_file by a well-formed id, of an uploaded PNG, once Slack has looked at it and not by address too."""
    slack.state.file_delay = 0.3
    good, text = await door.picture("a.png", b"\x89PNG\r\n\x1a\n"), await door.picture("a.txt", b"words")

    def home(**image: Any) -> dict[str, Any]:
        return {"type": "home", "blocks": [{"type": "image", "alt_text": "x", **image}]}

    bad = [{"id": text}, {"id": "F0000000009"}, {"id": "F12"}, {"id": good, "url": "https://x.test"}, {"id": good}]
    for file in bad:  # the last one comes too early
        with pytest.raises(SlackError, match="invalid_arguments"):
            await door.publish_home(MIA, home(slack_file=file))
    await asyncio.sleep(0.3)
    await door.publish_home(MIA, home(slack_file={"id": good}))
