"""Slack's Web API over a Workspace, all but views: each method as its page describes it, with its errors."""

from __future__ import annotations

import json
import time
from typing import Any

from helpdesk.sandbox import slack_rules as rules
from helpdesk.sandbox.slack_state import ApiError, Channel, Json, Workspace


def _blocks(args: Json) -> Any:
    value = args.get("blocks")
    return json.loads(value) if isinstance(value, str) else value


def parsed(args: Json, key: str) -> Any:
    """An argument that may have come as JSON in a form."""
    value = args.get(key)
    return json.loads(value) if isinstance(value, str) and value else value


def _truth(value: object) -> bool:
    return str(value).lower() in {"1", "true"}


def _checked(state: Workspace, args: Json) -> tuple[str, Any, Any]:
    """Text, blocks and metadata of a message, or the error Slack gives."""
    text, blocks, metadata = str(args.get("text") or ""), _blocks(args), parsed(args, "metadata")
    if not text and not blocks:
        raise ApiError("no_text")
    if rules.size(text) > rules.MESSAGE_TEXT:
        raise ApiError("msg_too_long")
    faults = rules.message_faults(text, blocks, state.shows)
    if faults and "msg_blocks_too_long" in faults[-1]:
        raise ApiError("msg_blocks_too_long")
    if faults:
        raise ApiError("invalid_blocks", errors=faults, response_metadata={"messages": faults})
    if metadata is not None and not (isinstance(metadata.get("event_type"), str) and "event_payload" in metadata):
        raise ApiError("invalid_metadata_format")
    return text, blocks, metadata


def _paced(state: Workspace, channel: Channel) -> None:
    if state.posts_per_second is None:
        return
    wait = state.last_post.get(channel.id, 0.0) + 1 / state.posts_per_second - time.monotonic()
    if wait > 0:
        raise ApiError("ratelimited", retry_after=max(1, round(wait)))
    state.last_post[channel.id] = time.monotonic()


def _writable(state: Workspace, name: str) -> Channel:
    channel = state.channel(name)
    if channel.archived:
        raise ApiError("is_archived")
    if state.bot_user not in channel.members and (channel.private or "chat:write.public" not in state.scopes):
        raise ApiError("not_in_channel")
    return channel


def post(state: Workspace, args: Json) -> Json:
    """chat.postMessage."""
    channel = _writable(state, str(args.get("channel") or ""))
    text, blocks, metadata = _checked(state, args)
    thread = str(args.get("thread_ts") or "")
    if thread and thread not in channel.by_ts:
        raise ApiError("thread_not_found")
    _paced(state, channel)
    message: Json = {
        "type": "message", "ts": state.new_ts(), "user": state.bot_user, "bot_id": state.bot_id, "text": text,
        "blocks": blocks or [], "channel": channel.id,
    }  # fmt: skip
    if metadata:
        message["metadata"] = metadata
    if thread:
        message["thread_ts"] = thread
        parent = channel.by_ts[thread]
        parent.setdefault("thread_ts", thread)
        parent["reply_count"] = parent.get("reply_count", 0) + 1
    channel.messages.append(message)
    channel.by_ts[message["ts"]] = message
    return {"channel": channel.id, "ts": message["ts"], "message": message}


def update(state: Workspace, args: Json) -> Json:
    """chat.update: text and blocks are replaced; metadata stays unless given."""
    channel = state.channel(str(args.get("channel") or ""))
    if channel.id != args.get("channel"):
        raise ApiError("channel_not_found")  # takes ids only
    message = state.message(channel.id, str(args.get("ts") or ""))
    if message["user"] != state.bot_user:
        raise ApiError("cant_update_message")
    text, blocks, metadata = _checked(state, args)
    message.update(text=text, blocks=blocks or [], edited={"user": state.bot_user, "ts": state.new_ts()})
    if metadata:
        message["metadata"] = metadata
    return {"channel": channel.id, "ts": message["ts"], "text": text}


def ephemeral(state: Workspace, args: Json) -> Json:
    """chat.postEphemeral: seen by one user, stored nowhere in Slack."""
    channel = _writable(state, str(args.get("channel") or ""))
    text, blocks, _ = _checked(state, args)
    if args.get("user") not in channel.members:
        raise ApiError("user_not_in_channel")
    state.ephemerals.append(
        {
            "channel": channel.id,
            "user": args["user"],
            "text": text,
            "blocks": blocks or [],
            "thread_ts": args.get("thread_ts"),
        }
    )
    return {"message_ts": state.new_ts()}


def _told(message: Json, args: Json) -> Json:
    shown = {key: value for key, value in message.items() if key != "channel"}
    if not _truth(args.get("include_all_metadata")):
        shown.pop("metadata", None)
    return shown


def _page(found: list[Json], args: Json) -> Json:
    oldest, latest = float(args.get("oldest") or 0), float(args.get("latest") or 2**40)
    found = [m for m in found if oldest < float(m["ts"]) <= latest or m.get("thread_ts") == m["ts"] == args.get("ts")]
    start = int(str(args.get("cursor") or "0"))
    limit = min(int(args.get("limit") or 100), 999)
    more = start + limit < len(found)
    return {
        "messages": [_told(message, args) for message in found[start : start + limit]],
        "has_more": more,
        "response_metadata": {"next_cursor": str(start + limit) if more else ""},
    }


def _readable(state: Workspace, args: Json) -> Channel:
    channel = state.channels.get(str(args.get("channel") or ""))
    if channel is None:
        raise ApiError("channel_not_found")
    if state.bot_user not in channel.members:
        raise ApiError("not_in_channel")
    return channel


def history(state: Workspace, args: Json) -> Json:
    """conversations.history: the newest first, without the threads' replies."""
    channel = _readable(state, args)
    return _page(
        [m for m in reversed(channel.messages) if m.get("thread_ts", m["ts"]) == m["ts"]], {**args, "ts": None}
    )


def replies(state: Workspace, args: Json) -> Json:
    """conversations.replies: the parent and its replies, oldest first."""
    channel, ts = _readable(state, args), str(args.get("ts") or "")
    if ts not in channel.by_ts:
        raise ApiError("thread_not_found")
    return _page([m for m in channel.messages if ts in {m["ts"], m.get("thread_ts")}], args)


def _described(state: Workspace, channel: Channel) -> Json:
    return {
        "id": channel.id,
        "name": channel.name,
        "is_private": channel.private,
        "is_archived": channel.archived,
        "is_member": state.bot_user in channel.members,
    }


def channels(state: Workspace, args: Json) -> Json:
    """conversations.list."""
    every = [
        c
        for c in state.channels.values()
        if not c.direct
        and (not c.private or state.bot_user in c.members)
        and not (c.archived and _truth(args.get("exclude_archived")))
    ]
    start, limit = int(str(args.get("cursor") or "0")), min(int(args.get("limit") or 100), 1000)
    following = str(start + limit) if start + limit < len(every) else ""
    return {
        "channels": [_described(state, c) for c in every[start : start + limit]],
        "response_metadata": {"next_cursor": following},
    }


def channel_info(state: Workspace, args: Json) -> Json:
    """conversations.info."""
    return {"channel": _described(state, state.channel(str(args.get("channel"))))}


def join(state: Workspace, args: Json) -> Json:
    """conversations.join: public channels only."""
    channel = state.channel(str(args.get("channel")))
    if channel.private:
        raise ApiError("method_not_supported_for_channel_type")
    if state.bot_user not in channel.members:
        channel.members.append(state.bot_user)
    return {"channel": _described(state, channel)}


def members(state: Workspace, args: Json) -> Json:
    """conversations.members."""
    return {"members": list(_readable(state, args).members), "response_metadata": {"next_cursor": ""}}


def open_direct(state: Workspace, args: Json) -> Json:
    """conversations.open with one user."""
    return {"channel": {"id": state.direct(str(args.get("users"))).id}}


def permalink(state: Workspace, args: Json) -> Json:
    """chat.getPermalink."""
    message = state.message(str(args.get("channel")), str(args.get("message_ts")))
    return {"permalink": f"https://stand-in.slack.example/archives/{message['channel']}/p{message['ts']}"}


def user_info(state: Workspace, args: Json) -> Json:
    """users.info."""
    if args.get("user") not in state.users:
        raise ApiError("user_not_found")
    return {"user": state.users[str(args["user"])]}


def user_list(state: Workspace, _args: Json) -> Json:
    """users.list."""
    return {"members": list(state.users.values()), "response_metadata": {"next_cursor": ""}}


def group_users(state: Workspace, args: Json) -> Json:
    """usergroups.users.list."""
    if args.get("usergroup") not in state.groups:
        raise ApiError("no_such_subteam")
    return {"users": list(state.groups[str(args["usergroup"])])}


def auth_test(state: Workspace, _args: Json) -> Json:
    """auth.test."""
    me = {"user_id": state.bot_user, "user": "helpdesk", "bot_id": state.bot_id}
    return {**me, "team_id": state.team, "team": "stand-in", "url": "https://stand-in.slack.example/"}


def upload_url(state: Workspace, args: Json) -> Json:
    """files.getUploadURLExternal; the server adds the address."""
    name = state.new_id("F0A")
    state.files[name] = {"id": name, "name": str(args.get("filename")), "size": int(args.get("length") or 0)}
    return {"file_id": name}


def upload_done(state: Workspace, args: Json) -> Json:
    """files.completeUploadExternal: the files appear as a message in the channel or thread."""
    found = [state.files[item["id"]] for item in parsed(args, "files")]
    if any(item["id"] not in state.uploads for item in found):
        raise ApiError("file_not_found")
    for item in found:
        item["shown_from"] = time.monotonic() + state.file_delay
    if args.get("channel_id"):
        posted = post(
            state,
            {
                "channel": args["channel_id"],
                "thread_ts": args.get("thread_ts"),
                "text": args.get("initial_comment") or found[0]["name"],
            },
        )
        posted["message"]["files"] = found
    return {"files": found}
