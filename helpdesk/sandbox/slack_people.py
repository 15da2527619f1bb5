"""The people of the stand-in: they click, submit forms, type commands and use shortcuts, as Slack reports it."""

from __future__ import annotations

import asyncio
import copy
import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import aiohttp

from helpdesk.sandbox import slack_typing as hands
from helpdesk.sandbox.slack_server import Server
from helpdesk.sandbox.slack_state import ACK_SECONDS, Interaction, Json, OpenView, Workspace
from helpdesk.sandbox.slack_views import described_view, replace_view


class People:
    """What people do; every method waits for the app's acknowledgement, as Slack does, and returns the Interaction."""

    state: Workspace
    server: Server
    request_url: str = ""  #: HTTP mode: where signed requests go instead of over a socket

    # -- clicks --------------------------------------------------------------------------------------

    async def click(
        self, where: Json | OpenView, action_id: str, *, user: str, value: Any = None, copies: int = 1
    ) -> Interaction:
        """Click a button, or choose `value` in a menu, of a message or of an open view."""
        payload = self._base("block_actions", user)
        if isinstance(where, OpenView):
            block, element = hands.find_element(where.view["blocks"], action_id)
            if element["type"] == "button":
                hands.fill(where, {})
            else:
                hands.fill(where, {block: value} if block in hands.inputs(where.view) else {})
            payload["trigger_id"] = self.state.trigger(user, where.id)
            payload["view"] = described_view(self.state, where)
            payload["container"] = {"type": "view", "view_id": where.id}
        else:
            block, element = hands.find_element(where["blocks"], action_id)
            channel = self.state.channel(where["channel"])
            payload |= {
                "container": {"type": "message", "message_ts": where["ts"], "channel_id": channel.id},
                "channel": {"id": channel.id, "name": channel.name},
                "message": copy.deepcopy(where),
                "response_url": f"{self.server.url}response/{channel.id}/{user}",
                "state": {"values": {}},
            }
        payload["actions"] = [hands.action(block, element, value)]
        return await self.deliver("interactive", payload, copies=copies)

    async def submit_view(
        self, shown: OpenView, values: Mapping[str, Any] | None = None, *, copies: int = 1
    ) -> Interaction:
        """Type `values` (block id → value) and press the form's button; what the app answers happens to the view."""
        hands.fill(shown, values or {})
        empty = hands.missing(shown)
        if empty:
            raise ValueError(f"Slack does not send a form with empty fields: {empty}")
        payload = self._base("view_submission", shown.user)
        payload["trigger_id"] = self.state.trigger(shown.user, shown.id)
        payload |= {"view": described_view(self.state, shown), "response_urls": []}
        wrong: list[ValueError] = []

        def then(ack: Json) -> None:
            """The moment it is acknowledged, before anything that the app says afterwards."""
            try:
                self._answered(shown, ack)
            except ValueError as error:
                wrong.append(error)

        done = await self.deliver("interactive", payload, copies=copies, then=then)
        if wrong:
            raise wrong[0]
        return done

    def _answered(self, shown: OpenView, ack: Json) -> None:
        action = ack.get("response_action")
        if action == "errors":
            unknown = set(ack["errors"]) - set(hands.inputs(shown.view))
            if unknown or not ack["errors"]:
                raise ValueError(f"errors for fields the form has not: {unknown}")
        elif action == "update":
            replace_view(shown, ack["view"])
        elif action == "push":
            name = self.state.new_id("V")
            self.state.views[name] = OpenView(name, shown.user, ack["view"], shown.root, shown.id)
        elif action == "clear":
            for other in self.state.views.values():
                other.open = other.open and other.root != shown.root
        else:
            shown.open = False
        self.state.note()

    def close_view(self, shown: OpenView) -> None:
        """Press Cancel."""
        shown.open = False

    # -- commands, shortcuts, events -----------------------------------------------------------------

    async def command(self, command: str, text: str = "", *, user: str, channel: str) -> Interaction:
        """Type a slash command; what it answers at once is an ephemeral message."""
        place = self.state.channel(channel)
        payload = {
            "command": command, "text": text, "user_id": user, "user_name": self.state.users[user]["name"],
            "channel_id": place.id, "channel_name": place.name, "team_id": self.state.team, "api_app_id": "A1",
            "token": "x", "trigger_id": self.state.trigger(user),
            "response_url": f"{self.server.url}response/{place.id}/{user}",
        }  # fmt: skip
        done = await self.deliver("slash_commands", payload)
        if done.ack and (done.ack.get("text") or done.ack.get("blocks")):
            self.state.ephemerals.append({"channel": place.id, "user": user, "text": "", "blocks": [], **done.ack})
            self.state.note()
        return done

    async def shortcut(self, callback_id: str, *, user: str, message: Json | None = None) -> Interaction:
        """Use a global shortcut, or one on a message."""
        payload = self._base("message_action" if message else "shortcut", user)
        payload |= {"callback_id": callback_id, "action_ts": "1.0"}
        if message is not None:
            channel = self.state.channel(message["channel"])
            payload |= {
                "channel": {"id": channel.id, "name": channel.name},
                "message": copy.deepcopy(message),
                "message_ts": message["ts"],
                "response_url": f"{self.server.url}response/{channel.id}/{user}",
            }
        return await self.deliver("interactive", payload)

    async def event(self, event: Json, *, event_id: str = "", copies: int = 1) -> Interaction:
        """Send an event; the same `event_id` twice is the same event delivered again."""
        payload = {
            "type": "event_callback", "event_id": event_id or self.state.new_id("Ev"), "event_time": int(time.time()),
            "team_id": self.state.team, "api_app_id": "A1", "token": "x", "event": event,
        }  # fmt: skip
        return await self.deliver("events_api", payload, copies=copies)

    async def open_home(self, user: str) -> Interaction:
        """Open the app's home tab."""
        return await self.event({"type": "app_home_opened", "user": user, "tab": "home", "event_ts": "1.0"})

    def say(self, channel: str, text: str, *, user: str, thread: Json | None = None) -> Json:
        """Write a message, in a thread if given. The app subscribes to no messages, so it hears nothing of it."""
        place = self.state.channel(channel)
        message: Json = {"type": "message", "ts": self.state.new_ts(), "user": user, "text": text}
        message |= {"blocks": [], "channel": place.id}
        if thread is not None:
            message["thread_ts"] = thread["ts"]
        place.messages.append(message)
        place.by_ts[message["ts"]] = message
        return message

    # -- on the wire ---------------------------------------------------------------------------------

    def _base(self, kind: str, user: str) -> Json:
        person = self.state.users[user]
        return {
            "type": kind,
            "user": {"id": user, "username": person["name"], "name": person["name"], "team_id": self.state.team},
            "team": {"id": self.state.team, "domain": "stand-in"},
            "api_app_id": "A1",
            "token": "x",
            "trigger_id": self.state.trigger(user),
        }

    async def deliver(
        self, kind: str, payload: Json, *, copies: int = 1, then: Callable[[Json], None] | None = None
    ) -> Interaction:
        """Hand a payload to the app and wait for its acknowledgement, three seconds and no longer."""
        envelope = {
            "type": kind,
            "envelope_id": str(uuid.uuid4()),
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
        }
        done = Interaction(envelope, str(payload.get("trigger_id", "")), then=then)
        if self.request_url:
            await self._post(kind, payload, done)
            if then is not None and not done.late:
                then(done.ack or {})
            return done
        await self.server.send(done, copies=copies)
        try:
            await asyncio.wait_for(done.done.wait(), ACK_SECONDS)
        except TimeoutError:
            return done
        return done

    async def _post(self, kind: str, payload: Json, done: Interaction) -> None:
        """HTTP mode: one signed request."""
        if kind == "events_api":
            body, content = json.dumps(payload), "application/json"
        else:
            form = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
            body, content = urlencode(form), "application/x-www-form-urlencoded"
        stamp = str(int(time.time()))
        secret = self.state.signing_secret.encode()
        signature = hmac.new(secret, f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": content,
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": f"v0={signature}",
        }
        began = time.monotonic()
        limit = aiohttp.ClientTimeout(total=ACK_SECONDS)
        async with aiohttp.ClientSession(timeout=limit) as session:
            try:
                async with session.post(self.request_url, data=body.encode(), headers=headers) as answer:
                    text = await answer.text()
                    if answer.status == 200:
                        done.acked_after = time.monotonic() - began
                        done.ack = json.loads(text) if text.startswith("{") else {"text": text} if text else {}
            except TimeoutError:
                return
