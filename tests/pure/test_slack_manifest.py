"""manifest.json makes the app that the code expects: one paste, nothing missing, nothing too much."""

from __future__ import annotations

import json
from typing import Any

from helpdesk.resources import resource
from helpdesk.slack import names
from helpdesk.slack.door import SCOPES


def manifest() -> dict[str, Any]:
    """The app as Slack would make it."""
    found: dict[str, Any] = json.loads(resource("manifest.json").read_text(encoding="utf-8"))
    return found


def test_the_scopes_are_those_that_are_checked_at_the_start() -> None:
    """What `check` asks for is what the manifest gives, no more."""
    assert tuple(manifest()["oauth_config"]["scopes"]["bot"]) == SCOPES
    assert list(SCOPES) == sorted(SCOPES)


def test_command_and_shortcuts_have_their_names() -> None:
    """The slash command, the global shortcut and the one on a message."""
    features = manifest()["features"]
    assert [one["command"] for one in features["slash_commands"]] == [names.COMMAND]
    assert {(one["type"], one["callback_id"]) for one in features["shortcuts"]} == {
        ("global", names.LOG_CALL),
        ("message", names.MARK_NOT_A_BUYER),
    }


def test_socket_mode_and_the_one_event() -> None:
    """Socket Mode is on; of all events only the opened Home tab is asked for: no talk in channels is read."""
    settings = manifest()["settings"]
    assert (settings["socket_mode_enabled"], settings["interactivity"]["is_enabled"]) == (True, True)
    assert settings["event_subscriptions"] == {"bot_events": ["app_home_opened"]}


def test_it_keeps_slacks_lengths() -> None:
    """Name 35, description 140, long description 174 to 4,000, shortcut 24, command's description 2,000 characters."""
    told, features = manifest()["display_information"], manifest()["features"]
    assert len(told["name"]) <= 35
    assert len(told["description"]) <= 140
    assert 174 <= len(told["long_description"]) <= 4000
    assert all(len(one["name"]) <= 24 and len(one["description"]) <= 150 for one in features["shortcuts"])
    assert all(len(one["usage_hint"]) <= 1000 for one in features["slash_commands"])
