"""The door to Slack: what it posts stands there, and each failure says what it means."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from helpdesk.errors import SlackError
from helpdesk.sandbox.slack import SlackStandIn
from helpdesk.slack import blocks as b
from helpdesk.slack.door import SlackDoor
from tests.support.slack import CHANNEL, MIA, door, slack

__all__ = ["door", "slack"]

SECTION = [b.section("hello")]
METADATA = {"event_type": "helpdesk_ticket", "event_payload": {"ticket": 1, "key": "card:1"}}


async def failure(call: object) -> SlackError:
    """The SlackError of a call."""
    with pytest.raises(SlackError) as caught:
        await call  # type: ignore[misc]  # a coroutine
    return caught.value


async def test_posts_by_name_and_updates_by_it(slack: SlackStandIn, door: SlackDoor) -> None:
    """A channel may be given by name; the message keeps its metadata through an update."""
    channel, ts = await door.post(CHANNEL, "text", SECTION, METADATA)
    await door.update(channel, ts, "other", SECTION)
    await door.update(CHANNEL, ts, "third", SECTION, METADATA)
    [message] = slack.messages(CHANNEL)
    assert (message["text"], message["metadata"]) == ("third", METADATA)


async def test_a_short_id_is_an_id(door: SlackDoor) -> None:
    """Names of channels are lower case: what is written in capitals is never looked up among them."""
    assert [await door.channel_id(found) for found in ("C1", "C0BUY", "D0BEN")] == ["C1", "C0BUY", "D0BEN"]


async def test_nothing_in_a_text_becomes_a_mention(slack: SlackStandIn, door: SlackDoor) -> None:
    """Slack is told to look for neither names nor links."""
    await door.post(CHANNEL, "@channel", SECTION)
    arguments = slack.state.calls[-1][1]
    assert (arguments["parse"], arguments["link_names"], arguments["unfurl_links"]) == ("none", False, False)


async def test_a_lost_answer_is_unknown_and_can_be_asked(slack: SlackStandIn, door: SlackDoor) -> None:
    """The post is not repeated by the door; its key is found in the history."""
    slack.state.fault("chat.postMessage", "lost")
    error = await failure(door.post(CHANNEL, "text", SECTION, METADATA))
    assert (error.unknown, error.permanent) == (True, False)
    assert len(slack.messages(CHANNEL)) == 1
    since = datetime.now(UTC) - timedelta(minutes=5)
    assert await door.find_by_key(CHANNEL, "card:1", since=since) == slack.messages(CHANNEL)[0]["ts"]
    assert await door.find_by_key(CHANNEL, "card:2", since=since) is None


async def test_history_is_searched_beyond_its_first_page_and_in_threads(slack: SlackStandIn, door: SlackDoor) -> None:
    """A key behind 300 messages and a key in a thread are found."""
    channel, ts = await door.post(CHANNEL, "card", SECTION, METADATA)
    reply = {"event_type": "helpdesk_ticket", "event_payload": {"ticket": 1, "key": "event:9"}}
    _, reply_ts = await door.post(CHANNEL, "line", SECTION, reply, thread_ts=ts)
    for number in range(300):
        slack.say(CHANNEL, f"talk {number}", user=MIA)
    assert await door.find_by_key(channel, "card:1") == ts
    assert await door.find_by_key(channel, "event:9", thread_ts=ts) == reply_ts
    assert await door.find_by_key(channel, "event:9") is None


async def test_a_channel_is_joined_before_its_history_is_read(slack: SlackStandIn, door: SlackDoor) -> None:
    """Posting needs no membership, asking does."""
    slack.state.channel(CHANNEL).members.remove(slack.state.bot_user)
    _, ts = await door.post(CHANNEL, "text", SECTION, METADATA)
    assert await door.find_by_key(CHANNEL, "card:1") == ts


@pytest.mark.parametrize(
    ("kind", "unknown", "retry_after"), [("429", False, 7.0), ("500", True, None), ("drop", True, None)]
)
async def test_failures_that_pass(
    slack: SlackStandIn, door: SlackDoor, kind: str, unknown: bool, retry_after: float | None
) -> None:
    """429 says how long to wait; a 500 or a cut connection leaves open whether the post stands."""
    slack.state.fault("chat.postMessage", kind, seconds=7)
    error = await failure(door.post(CHANNEL, "x", SECTION))
    assert (error.permanent, error.unknown, error.retry_after) == (False, unknown, retry_after)
    assert slack.messages(CHANNEL) == []
    await door.post(CHANNEL, "x", SECTION)


async def test_a_silent_slack_does_not_hold_us(slack: SlackStandIn) -> None:
    """A call ends at its timeout."""
    impatient = SlackDoor(slack.state.bot_token, slack.url, timeout=0.2)
    slack.state.fault("chat.postMessage", "slow", seconds=1.5)
    began = time.monotonic()
    error = await failure(impatient.post(CHANNEL, "x", SECTION))
    assert error.unknown
    assert time.monotonic() - began < 1.2
    await impatient.close()


async def test_nobody_listening_is_not_unknown() -> None:
    """Where no connection came about, nothing can stand there."""
    nobody = SlackDoor("xoxb-x", "http://127.0.0.1:9/api/", timeout=2)
    error = await failure(nobody.post(CHANNEL, "x", SECTION))
    assert (error.unknown, error.permanent, error.code) == (False, False, "unreachable")
    await nobody.close()


@pytest.mark.parametrize("code", ["invalid_auth", "missing_scope", "channel_not_found", "is_archived", "token_revoked"])
async def test_what_a_person_must_mend_is_said(slack: SlackStandIn, door: SlackDoor, code: str) -> None:
    """The message names the remedy, in one line."""
    slack.state.fault("chat.postMessage", code)
    error = await failure(door.post(CHANNEL, "x", SECTION))
    assert error.permanent
    assert ": " in str(error).split(code)[1]
    assert "\n" not in str(error)


async def test_the_token_is_in_no_message(slack: SlackStandIn) -> None:
    """A wrong token is called wrong without being shown."""
    wrong = SlackDoor("xoxb-secret-part", slack.url)
    assert "secret-part" not in str(await failure(wrong.check()))
    await wrong.close()


async def test_whom_we_are(slack: SlackStandIn, door: SlackDoor) -> None:
    """auth.test tells team and bot; all scopes of the manifest are there."""
    identity = await door.check()
    assert (identity.user, identity.missing) == (slack.state.bot_user, ())
    assert door.seen_at is not None


async def test_ephemeral_reaches_who_is_not_in_the_channel(slack: SlackStandIn, door: SlackDoor) -> None:
    """Somebody outside of the channel is told directly."""
    await door.ephemeral(CHANNEL, MIA, "in", SECTION)
    slack.state.channel(CHANNEL).members.remove(MIA)
    await door.ephemeral(CHANNEL, MIA, "out", SECTION)
    assert [told["text"] for told in slack.ephemerals] == ["in"]
    assert [told["text"] for told in slack.messages(MIA)] == ["out"]


async def test_a_file_goes_into_the_thread(slack: SlackStandIn, door: SlackDoor) -> None:
    """Bytes arrive whole, under their name, below the card."""
    channel, ts = await door.post(CHANNEL, "card", SECTION, METADATA)
    await door.upload(channel, "photo.jpg", b"\x89" * 70_000, thread_ts=ts, text="from the buyer")
    [message] = slack.thread(slack.messages(CHANNEL)[0])
    [file] = message["files"]
    assert (file["name"], slack.state.uploads[file["id"]]) == ("photo.jpg", b"\x89" * 70_000)


async def test_names_of_people(slack: SlackStandIn, door: SlackDoor) -> None:
    """A user's name for where mentions do not show; an unknown id stays one."""
    assert await door.person_name(MIA) == "Mia"
    assert await door.person_name("U0NOBODY1") == "U0NOBODY1"
    slack.state.groups["S1"] = [MIA]
    assert await door.group("S1") == {MIA}
