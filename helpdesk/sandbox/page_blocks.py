"""Slack's blocks as plain HTML, for the demo's page and the pictures in docs/: near enough to read and to click on.

Buttons and menus of messages are forms of their own; those of a view belong to the view's one form and carry
`data-act`, so that what was typed goes along with the click.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from functools import cache
from html import escape, unescape
from pathlib import Path
from typing import Any

from helpdesk.sandbox.slack import SlackStandIn
from helpdesk.sandbox.slack_state import OpenView

Json = dict[str, Any]


@cache
def icons() -> dict[str, str]:
    """Slack's names of the signs that the desk uses, and the signs."""
    found: dict[str, str] = json.loads(Path(__file__).with_name("icons.json").read_text(encoding="utf-8"))
    return found


def channel_html(slack: SlackStandIn, channel: str, users: dict[str, str]) -> str:
    """A channel's messages, the newest first, each with its thread."""
    parts: list[str] = []
    for message in reversed(slack.messages(channel)[-25:]):
        replies = slack.thread(message)
        thread = "".join(f"<div>{message_html(reply, users)}</div>" for reply in replies[-8:])
        inside = f'<div class="thread">{thread}</div>' if thread else ""
        parts.append(f"<article>{message_html(message, users)}{inside}</article>")
    return "".join(parts)


def message_html(message: Json, users: dict[str, str]) -> str:
    """One message, its files by name."""
    blocks = message.get("blocks") or []
    files = "".join(f'<div class="small">📎 {escape(str(file["name"]))}</div>' for file in message.get("files", []))
    if not blocks:
        return f"<pre>{mrkdwn(str(message.get('text', '')), users)}</pre>{files}"
    where = "".join(
        f'<input type="hidden" name="{name}" value="{escape(str(message.get(name, "")))}">'
        for name in ("channel", "ts")
    )
    return "".join(block_html(block, users, where) for block in blocks) + files


def block_html(block: Json, users: dict[str, str], where: str, shown: OpenView | None = None) -> str:
    """One block of a message (`where`: its hidden fields) or of a view."""
    kind = block.get("type")
    if kind == "header":
        return f'<h3 class="head">{_signs(escape(block["text"]["text"]))}</h3>'
    if kind == "section":
        text = f"<pre>{_text(block['text'], users)}</pre>" if "text" in block else ""
        fields = "".join(f"<pre>{_text(t, users)}</pre>" for t in block.get("fields", []))
        text += f'<div class="fields">{fields}</div>' if fields else ""
        side = _element(block["accessory"], users, where, shown) if "accessory" in block else ""
        return f'<div class="beside"><div>{text}</div>{side}</div>' if side else text
    if kind == "context":
        inner = " · ".join(_text(e, users) for e in block["elements"] if "text" in e)
        return f'<div class="small">{inner}</div>'
    if kind == "actions":
        return f'<div class="row">{"".join(_element(e, users, where, shown) for e in block["elements"])}</div>'
    if kind == "image":
        source = block.get("image_url") or f"/files/{block.get('slack_file', {}).get('id', '')}"
        return f'<img src="{escape(source)}" alt="{escape(str(block.get("alt_text", "")))}">'
    if kind == "input" and shown is not None:
        return _input(block, shown, users)
    return "<hr>" if kind == "divider" else ""


def _element(element: Json, users: dict[str, str], where: str, shown: OpenView | None) -> str:
    name, kind = escape(str(element.get("action_id", ""))), element.get("type")
    style = ' class="primary"' if element.get("style") == "primary" else ""
    if kind == "button":
        label, value = escape(element["text"]["text"]), escape(str(element.get("value", "")))
        if shown is not None:
            return f'<button type="button"{style} data-act="{name}" data-value="{value}">{label}</button>'
        hidden = f'<input type="hidden" name="action" value="{name}"><input type="hidden" name="value" value="{value}">'
        return f'<form action="/click" class="one">{where}{hidden}<button{style}>{label}</button></form>'
    options = _options(element, users, None)
    if not options:
        return ""
    hint = escape(str((element.get("placeholder") or {}).get("text", "Choose")))
    if shown is not None:
        return f'<select data-act="{name}" aria-label="{hint}"><option value="">{hint}</option>{options}</select>'
    return (
        f'<form action="/click" class="one">{where}<input type="hidden" name="action" value="{name}">'
        f'<select name="value" aria-label="{hint}">{options}</select><button>{hint}</button></form>'
    )


def _options(element: Json, users: dict[str, str], chosen: object) -> str:
    if element.get("type") == "users_select":
        made = [(user, f"@{name}") for user, name in users.items()]
    else:
        groups = element.get("option_groups") or [{"options": element.get("options", [])}]
        made = [(o["value"], o["text"]["text"]) for group in groups for o in group["options"]]
    return "".join(
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(text)}</option>'
        for value, text in made
    )


def view_html(shown: OpenView, users: dict[str, str]) -> str:
    """An open form as a dialog."""
    view = shown.view
    inner = "".join(block_html(block, users, "", shown) for block in view.get("blocks", []))
    submit = ""
    if "submit" in view:
        submit = f'<button class="primary">{escape(view["submit"].get("text", "Send"))}</button>'
    close = escape(view.get("close", {}).get("text", "Close"))
    title = escape(view.get("title", {}).get("text", ""))
    return (
        f'<dialog><form action="/submit"><h2>{title}</h2><input type="hidden" name="view" value="{escape(shown.id)}">'
        f'{inner}<p class="row end"><button name="cancel" value="1" formnovalidate>{close}</button>{submit}</p>'
        f"</form></dialog>"
    )


def home_html(shown: OpenView, users: dict[str, str]) -> str:
    """A Home tab."""
    inner = "".join(block_html(block, users, "", shown) for block in shown.view.get("blocks", []))
    return f'<article><form><input type="hidden" name="view" value="{escape(shown.id)}">{inner}</form></article>'


def _input(block: Json, shown: OpenView, users: dict[str, str]) -> str:
    element, name = block["element"], escape(f"f:{block['block_id']}")
    typed = shown.typed.get(block["block_id"], {}).get(element.get("action_id", ""), {})
    optional = ' <span class="small">(optional)</span>' if block.get("optional") else ""
    label = f'<label for="{name}">{escape(block["label"]["text"])}{optional}</label>'
    hint = f'<div class="small">{escape(block["hint"]["text"])}</div>' if "hint" in block else ""
    if block["block_id"] in shown.errors:
        hint += f'<div class="error" role="alert">{escape(shown.errors[block["block_id"]])}</div>'
    value = str(typed.get("value") or element.get("initial_value") or "")
    inside = escape(str((element.get("placeholder") or {}).get("text", "")))
    if element["type"] == "plain_text_input" and element.get("multiline"):
        field = f'<textarea id="{name}" name="{name}" placeholder="{inside}">{escape(value)}</textarea>'
    elif element["type"] == "plain_text_input":
        field = f'<input id="{name}" name="{name}" value="{escape(value)}" placeholder="{inside}">'
    elif element["type"] == "datetimepicker":
        at = typed.get("selected_date_time") or element.get("initial_date_time")
        when = f"{datetime.fromtimestamp(int(at), UTC):%Y-%m-%dT%H:%M}" if at else ""
        field = f'<input id="{name}" name="{name}" type="datetime-local" value="{when}">'
    elif element["type"] == "checkboxes":
        first = element["options"][0]
        on = " checked" if element.get("initial_options") else ""
        box = f'<input type="checkbox" id="{name}" name="{name}" value="{escape(first["value"])}"{on}>'
        return f'<label class="check" for="{name}">{box} {escape(first["text"]["text"])}</label>'
    else:
        chosen = (element.get("initial_option") or {}).get("value") or element.get("initial_user")
        chosen = (typed.get("selected_option") or {}).get("value") or typed.get("selected_user") or chosen
        act = f' data-act="{escape(element["action_id"])}"' if block.get("dispatch_action") else ""
        empty = '<option value=""></option>' if block.get("optional") and not chosen else ""
        field = f'<select id="{name}" name="{name}"{act}>{empty}{_options(element, users, chosen)}</select>'
    return label + field + hint


def _text(text: Json, users: dict[str, str]) -> str:
    return mrkdwn(text["text"], users) if text.get("type") == "mrkdwn" else _signs(escape(str(text["text"])))


_DATE = re.compile(r"&#60;!date\^\d+\^[^|]*\|((?:(?!&#62;).)*)&#62;")
_LINK = re.compile(r"&#60;(https?://(?:(?!&#62;)[^|])+)(?:\|((?:(?!&#62;).)*))?&#62;")
_PERSON = re.compile(r"&#60;@(U\w+)&#62;")
_BOLD = re.compile(r"(?<![\w*])\*([^*\n]+)\*(?![\w*])")
_ITALIC = re.compile(r"(?<![\w_])_([^_\n]+)_(?![\w_])")
_CODE = re.compile(r"`([^`\n]+)`")
_SIGN = re.compile(r":[a-z_]+:")


def _signs(safe: str) -> str:
    return _SIGN.sub(lambda found: icons().get(found[0], found[0]), safe)


def mrkdwn(text: str, users: dict[str, str]) -> str:
    """Slack's markup as HTML: `<…>` are its orders, `&lt;` a mere sign; whatever is no markup is escaped."""
    safe = text.replace("<", "\x01").replace(">", "\x02")
    lines = [f"\x03{line[2:]}\x04" if line.startswith("\x02 ") else line for line in safe.split("\n")]
    safe = escape(unescape("\n".join(lines))).replace("\x01", "&#60;").replace("\x02", "&#62;")
    safe = _DATE.sub(r"\1", safe)
    safe = _LINK.sub(lambda m: f'<a href="{m.group(1)}" rel="noreferrer">{m.group(2) or m.group(1)}</a>', safe)
    safe = _PERSON.sub(lambda m: f'<span class="who">@{escape(users.get(m.group(1), m.group(1)))}</span>', safe)
    safe = _CODE.sub(r"<code>\1</code>", _ITALIC.sub(r"<i>\1</i>", _BOLD.sub(r"<b>\1</b>", safe)))
    quoted = safe.replace("\x04\n\x03", "\n").replace("\x03", "<blockquote>").replace("\x04", "</blockquote>")
    return _signs(quoted.replace("</blockquote>\n", "</blockquote>"))
