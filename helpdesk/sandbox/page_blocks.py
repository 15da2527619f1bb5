"""Slack's blocks as plain HTML, for the demo's page: what an agent would see, near enough to click on."""

from __future__ import annotations

import re
from html import escape, unescape
from typing import Any

from helpdesk.sandbox.slack import SlackStandIn
from helpdesk.sandbox.slack_state import OpenView

Json = dict[str, Any]


def channel_html(slack: SlackStandIn, channel: str, users: dict[str, str]) -> str:
    """A channel's messages, the newest first, each with its thread."""
    parts: list[str] = []
    for message in reversed(slack.messages(channel)[-25:]):
        replies = slack.thread(message)
        thread = "".join(f"<div>{_message(reply, users)}</div>" for reply in replies[-8:])
        inside = f'<div class="thread">{thread}</div>' if thread else ""
        parts.append(f"<article>{_message(message, users)}{inside}</article>")
    return "".join(parts)


def _message(message: Json, users: dict[str, str]) -> str:
    blocks = message.get("blocks") or []
    if not blocks:
        return f"<pre>{mrkdwn(str(message.get('text', '')), users)}</pre>"
    where = f'<input type="hidden" name="channel" value="{escape(message["channel"])}">'
    where += f'<input type="hidden" name="ts" value="{escape(message["ts"])}">'
    return "".join(_block(block, users, where) for block in blocks)


def _block(block: Json, users: dict[str, str], where: str) -> str:
    kind = block.get("type")
    if kind == "header":
        return f"<b>{escape(block['text']['text'])}</b>"
    if kind == "section":
        fields = [block["text"]] if "text" in block else []
        text = "".join(f"<pre>{_text(t, users)}</pre>" for t in [*fields, *block.get("fields", [])])
        return text + (_element(block["accessory"], users, where) if "accessory" in block else "")
    if kind == "context":
        inner = " · ".join(_text(e, users) for e in block["elements"] if "text" in e)
        return f'<div class="small">{inner}</div>'
    if kind == "actions":
        return "".join(_element(e, users, where) for e in block["elements"])
    return "<hr>" if kind == "divider" else ""


def _element(element: Json, users: dict[str, str], where: str) -> str:
    action = f'<input type="hidden" name="action" value="{escape(str(element.get("action_id", "")))}">'
    if element.get("type") == "button":
        style = ' class="primary"' if element.get("style") == "primary" else ""
        label = escape(element["text"]["text"])
        return f'<form action="/click" style="display:inline">{where}{action}<button{style}>{label}</button></form>'
    if element.get("type") == "users_select":
        options = "".join(f'<option value="{escape(u)}">@{escape(n)}</option>' for u, n in users.items())
        return (
            f'<form action="/click" style="display:inline">{where}{action}<select name="value" aria-label="Assign">'
            f"{options}</select><button>Assign</button></form>"
        )
    return ""


def view_html(shown: OpenView, users: dict[str, str]) -> str:
    """An open form as a dialog."""
    view = shown.view
    inner = ""
    for block in view.get("blocks", []):
        if block.get("type") == "input":
            inner += _input(block, shown)
        else:
            inner += _block(block, users, "").replace("<form", "<span").replace("</form>", "</span>")
    submit = escape(view.get("submit", {}).get("text", "Send"))
    title = escape(view.get("title", {}).get("text", ""))
    return (
        f'<dialog><form action="/submit"><h2>{title}</h2><input type="hidden" name="view" value="{escape(shown.id)}">'
        f'{inner}<p><button class="primary">{submit}</button>'
        f'<button name="cancel" value="1" formnovalidate>Cancel</button></p></form></dialog>'
    )


def _input(block: Json, shown: OpenView) -> str:
    element, name = block["element"], f"f:{block['block_id']}"
    label = f'<label for="{escape(name)}">{escape(block["label"]["text"])}</label>'
    typed = shown.typed.get(block["block_id"], {}).get(element.get("action_id", ""), {})
    value = str(typed.get("value") or element.get("initial_value") or "")
    if element["type"] == "plain_text_input":
        if element.get("multiline"):
            field = f'<textarea id="{escape(name)}" name="{escape(name)}">{escape(value)}</textarea>'
        else:
            field = f'<input id="{escape(name)}" name="{escape(name)}" value="{escape(value)}">'
        return label + field
    if element["type"] == "static_select":
        groups = element.get("option_groups") or [{"options": element.get("options", [])}]
        chosen = (element.get("initial_option") or {}).get("value")
        options = "".join(
            f'<option value="{escape(o["value"])}"{" selected" if o["value"] == chosen else ""}>'
            f"{escape(o['text']['text'])}</option>"
            for group in groups
            for o in group["options"]
        )
        return f'{label}<select id="{escape(name)}" name="{escape(name)}">{options}</select>'
    return ""


def _text(text: Json, users: dict[str, str]) -> str:
    return mrkdwn(text["text"], users) if text.get("type") == "mrkdwn" else escape(str(text["text"]))


_DATE = re.compile(r"&lt;!date\^\d+\^[^|]*\|([^&]*(?:&(?!gt;)[^&]*)*)&gt;")
_LINK = re.compile(r"&lt;(https?://[^|&]+(?:&amp;[^|&]+)*)(?:\|([^&]*(?:&(?!gt;)[^&]*)*))?&gt;")
_PERSON = re.compile(r"&lt;@(U\w+)&gt;")
_BOLD = re.compile(r"(?<![\w*])\*([^*\n]+)\*(?![\w*])")
_ITALIC = re.compile(r"(?<![\w_])_([^_\n]+)_(?![\w_])")
_ICONS = {
    ":rotating_light:": "🚨", ":alarm_clock:": "⏰", ":warning:": "⚠️", ":grey_question:": "❔",
    ":heavy_check_mark:": "✔️", ":file_folder:": "📁", ":wave:": "👋", ":hourglass_flowing_sand:": "⏳",
}  # fmt: skip


def mrkdwn(text: str, users: dict[str, str]) -> str:
    """Slack's markup as HTML; whatever is no markup is escaped."""
    safe = escape(
        unescape(text) if "&" not in text else text.replace("&lt;", "\x01").replace("&gt;", "\x02"), quote=True
    )
    safe = safe.replace("&amp;amp;", "&amp;").replace("\x01", "&#60;").replace("\x02", "&#62;")
    safe = _DATE.sub(r"\1", safe)
    safe = _LINK.sub(lambda m: f'<a href="{m.group(1)}" rel="noreferrer">{m.group(2) or m.group(1)}</a>', safe)
    safe = _PERSON.sub(lambda m: f"@{escape(users.get(m.group(1), m.group(1)))}", safe)
    safe = _BOLD.sub(r"<b>\1</b>", safe)
    safe = _ITALIC.sub(r"<i>\1</i>", safe)
    for name, icon in _ICONS.items():
        safe = safe.replace(name, icon)
    lines = [f"<blockquote>{line[5:]}</blockquote>" if line.startswith("&gt; ") else line for line in safe.split("\n")]
    return "\n".join(lines).replace("</blockquote>\n", "</blockquote>")
