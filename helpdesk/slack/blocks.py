"""The few Block Kit shapes the desk uses, each kept within Slack's limits. Pure.

`mrkdwn` arguments must be escaped already (escape.py); plain texts are made harmless here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from helpdesk.slack.escape import clean, clip, plain, size

Block = dict[str, Any]

SECTION, FIELD, HEADER, BUTTON, OPTION, LABEL, INPUT = 3000, 2000, 150, 75, 75, 2000, 3000
MESSAGE_BLOCKS, VIEW_BLOCKS, FIELDS, GROUP = 50, 100, 10, 100
METADATA = 3000
#: Slack refuses a message whose blocks together are longer than about 13,200 characters (msg_blocks_too_long, in no
#: reference page; bolt-js issues 2509 and 2867). How it counts is not told, so there is room left.
MESSAGE_WEIGHT = 10_000
#: A view may be 250 kB of JSON; letters outside ASCII take 6 bytes there, so text is counted in bytes.
VIEW_TEXT_BYTES = 150_000


def text(mrkdwn: str, limit: int = SECTION) -> Block:
    """A mrkdwn text object; names and addresses in it stay mere text."""
    return {"type": "mrkdwn", "text": clip(mrkdwn, limit) or "–", "verbatim": True}


def words(value: str, limit: int) -> Block:
    """A plain text object."""
    return {"type": "plain_text", "text": plain(value, limit) or "–", "emoji": True}


def section(mrkdwn: str, *, block_id: str = "", accessory: Block | None = None) -> Block:
    """A paragraph, with a button beside it if given."""
    block: Block = {"type": "section", "text": text(mrkdwn)}
    if block_id:
        block["block_id"] = block_id
    if accessory is not None:
        block["accessory"] = accessory
    return block


def fields(pairs: Iterable[tuple[str, str]]) -> Block:
    """Up to ten labelled values in two columns."""
    made = [text(f"*{label}*\n{value}", FIELD) for label, value in pairs]
    return {"type": "section", "fields": made[:FIELDS]}


def header(value: str) -> Block:
    """A heading."""
    return {"type": "header", "text": words(value, HEADER)}


def context(*mrkdwn: str) -> Block:
    """Small print."""
    return {"type": "context", "elements": [text(one) for one in mrkdwn[:10]]}


def divider() -> Block:
    """A line."""
    return {"type": "divider"}


def button(label: str, action_id: str, value: object, *, style: str = "", sure: str = "") -> Block:
    """A button; `sure` asks once more before it acts."""
    made: Block = {"type": "button", "action_id": action_id, "text": words(label, BUTTON), "value": str(value)[:2000]}
    if style:
        made["style"] = style
    if sure:
        made["confirm"] = {
            "title": words("Are you sure?", 100),
            "text": words(sure, 300),
            "confirm": words("Yes", 30),
            "deny": words("No", 30),
        }
    return made


def actions(*elements: Block, block_id: str = "") -> Block:
    """A row of buttons."""
    row: Block = {"type": "actions", "elements": list(elements[:25])}
    if block_id:
        row["block_id"] = block_id
    return row


def option(label: str, value: str) -> Block:
    """An entry of a menu."""
    return {"text": words(label, OPTION), "value": value[:150]}


def field(
    block_id: str, label: str, element: Block, *, hint: str = "", optional: bool = False, dispatch: bool = False
) -> Block:
    """A form field: an input block."""
    made: Block = {"type": "input", "block_id": block_id, "label": words(label, LABEL), "element": element}
    if hint:
        made["hint"] = words(hint, LABEL)
    if optional:
        made["optional"] = True
    if dispatch:
        made["dispatch_action"] = True
    return made


def text_input(action_id: str, value: str = "", *, lines: bool = False, hint: str = "") -> Block:
    """A text field filled with `value`, which is for people to edit: cleaned, not escaped."""
    made: Block = {"type": "plain_text_input", "action_id": action_id, "multiline": lines}
    if value:
        made["initial_value"] = clip(clean(value), INPUT)
    if hint:
        made["placeholder"] = words(hint, 150)
    return made


def view(title: str, blocks: Sequence[Block], **more: Any) -> Block:
    """A modal; `more`: submit=, callback_id=, private_metadata=."""
    made: Block = {"type": "modal", "title": words(title, 24), "close": words("Close", 24), "blocks": list(blocks)}
    if "submit" in more:
        made["submit"] = words(more.pop("submit"), 24)
        made["close"] = words("Cancel", 24)
    return {**made, **more}


def within_view(blocks: list[Block], note: str) -> list[Block]:
    """As many blocks as a view holds (100, and 150 kB of text); `note` says where the rest is."""
    room = VIEW_TEXT_BYTES
    kept: list[Block] = []
    for block in blocks:
        room -= len(json.dumps(block))
        if room < 0 or len(kept) >= VIEW_BLOCKS - 1:
            return [*kept, context(note)]
        kept.append(block)
    return kept


def weight(blocks: Sequence[Block]) -> int:
    """How long blocks are together, as JSON in UTF-16 units."""
    return size(json.dumps(blocks, ensure_ascii=False))


def within_message(blocks: Sequence[Block], note: str) -> list[Block]:
    """As many blocks as a message holds; `note` says where the rest is. The last block, if it has buttons, stays."""
    last = [blocks[-1]] if blocks and blocks[-1]["type"] == "actions" else []
    room = MESSAGE_WEIGHT - weight([context(note), *last])
    kept: list[Block] = []
    for block in blocks[: len(blocks) - len(last)]:
        room -= weight([block])
        if room < 0 or len(kept) >= MESSAGE_BLOCKS - 2:
            return [*kept, context(note), *last]
        kept.append(block)
    return [*kept, *last]


def too_long(value: str, limit: int) -> bool:
    """Whether an escaped text would be cut at `limit`."""
    return size(value) > limit
