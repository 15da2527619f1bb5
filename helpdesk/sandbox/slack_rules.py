"""Slack's own rules for blocks, messages and views, as its reference pages state them; what breaks one is named.

Lengths count UTF-16 units, the stricter of the two ways Slack may count.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

Json = Mapping[str, Any]

MESSAGE_BLOCKS, VIEW_BLOCKS = 50, 100
VIEW_BYTES = 250_000
MESSAGE_TEXT = 40_000
#: All blocks of a message together; on no reference page, but seen (bolt-js issues 2509, 2867).
MESSAGE_WEIGHT = 13_200

#: Keys each block and element may have; Slack refuses any other ("invalid additional property").
BLOCK_KEYS = {
    "section": {"text", "fields", "accessory", "expand"},
    "header": {"text"},
    "context": {"elements"},
    "actions": {"elements"},
    "divider": set(),
    "image": {"image_url", "slack_file", "alt_text", "title"},
    "input": {"label", "element", "hint", "optional", "dispatch_action"},
}
ELEMENT_KEYS = {
    "button": {"text", "value", "url", "style", "confirm", "accessibility_label"},
    "static_select": {"placeholder", "options", "option_groups", "initial_option", "confirm", "focus_on_load"},
    "users_select": {"placeholder", "initial_user", "confirm", "focus_on_load"},
    "plain_text_input": {
        "placeholder", "initial_value", "multiline", "min_length", "max_length", "dispatch_action_config",
        "focus_on_load",
    },
    "checkboxes": {"options", "initial_options", "confirm", "focus_on_load"},
    "radio_buttons": {"options", "initial_option", "confirm", "focus_on_load"},
    "datetimepicker": {"initial_date_time", "confirm", "focus_on_load"},
    "overflow": {"options", "confirm"},
    "image": {"image_url", "slack_file", "alt_text"},
}  # fmt: skip
IN_INPUT = {"static_select", "users_select", "plain_text_input", "checkboxes", "radio_buttons", "datetimepicker"}
IN_ACTIONS = {"button", "static_select", "users_select", "checkboxes", "radio_buttons", "datetimepicker", "overflow"}
IN_SECTION = {"button", "static_select", "users_select", "checkboxes", "radio_buttons", "overflow", "image"}


def size(text: str) -> int:
    """Length in UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


class Checker:
    """Collects what is wrong with one message or view; `faults` are in Slack's manner, each with its place."""

    def __init__(self, *, view: bool, shows: Callable[[str], bool] | None = None) -> None:
        self.view, self.shows = view, shows
        self.faults: list[str] = []

    def fault(self, place: str, what: str) -> None:
        """Note one broken rule."""
        self.faults.append(f"[ERROR] {what} [json-pointer:{place}]")

    def string(self, value: object, place: str, most: int, least: int = 1) -> None:
        """A string of `least` to `most` units."""
        if not isinstance(value, str):
            self.fault(place, "must be a string")
        elif size(value) > most:
            self.fault(place, f"must be no more than {most} characters")
        elif size(value) < least:
            self.fault(place, f"must be more than {least - 1} characters")

    def text(self, value: object, place: str, most: int, *, plain: bool = False) -> None:
        """A text object."""
        if not isinstance(value, Mapping):
            return self.fault(place, "must be an object")
        kind = value.get("type")
        if kind not in ({"plain_text"} if plain else {"plain_text", "mrkdwn"}):
            self.fault(f"{place}/type", f"unsupported type: {kind}")
        extra = set(value) - {"type", "text", "emoji" if kind == "plain_text" else "verbatim"}
        if extra:
            self.fault(place, f"invalid additional property: {min(extra)}")
        return self.string(value.get("text"), f"{place}/text", most)

    def keys(self, value: Json, place: str, allowed: set[str], required: set[str] = frozenset()) -> None:  # type: ignore[assignment]  # an empty frozenset is no set[str]
        """No unknown key, no missing one."""
        for extra in sorted(set(value) - allowed):
            self.fault(place, f"invalid additional property: {extra}")
        for missing in sorted(required - set(value)):
            self.fault(place, f"missing required field: {missing}")

    def blocks(self, blocks: object, place: str, most: int) -> None:
        """A list of blocks with unique block ids."""
        if not isinstance(blocks, list):
            return self.fault(place, "must be an array")
        if len(blocks) > most:
            self.fault(place, f"no more than {most} items allowed [input:{len(blocks)}]")
        seen: set[str] = set()
        for number, block in enumerate(blocks):
            here = f"{place}/{number}"
            name = block.get("block_id") if isinstance(block, Mapping) else None
            if name is not None:
                self.string(name, f"{here}/block_id", 255)
                if name in seen:
                    self.fault(here, f"duplicate block_id: {name}")
                seen.add(name)
            self.block(block, here)
        return None

    def block(self, block: object, place: str) -> None:
        """One block."""
        if not isinstance(block, Mapping):
            return self.fault(place, "must be an object")
        kind = str(block.get("type"))
        if kind not in BLOCK_KEYS or (kind == "input" and not self.view):
            return self.fault(f"{place}/type", f"unsupported type: {kind}")
        self.keys(block, place, BLOCK_KEYS[kind] | {"type", "block_id"})
        BLOCKS[kind](self, block, place)
        return None

    def section(self, block: Json, place: str) -> None:
        """Text or fields, perhaps an accessory."""
        if "text" not in block and "fields" not in block:
            self.fault(place, "missing required field: text or fields")
        if "text" in block:
            self.text(block["text"], f"{place}/text", 3000)
        fields = block.get("fields", [])
        if len(fields) > 10:
            self.fault(f"{place}/fields", "no more than 10 items allowed")
        for number, item in enumerate(fields):
            self.text(item, f"{place}/fields/{number}", 2000)
        if "accessory" in block:
            self.element(block["accessory"], f"{place}/accessory", IN_SECTION)

    def header(self, block: Json, place: str) -> None:
        """A plain text of at most 150."""
        self.text(block.get("text"), f"{place}/text", 150, plain=True)

    def context(self, block: Json, place: str) -> None:
        """One to ten texts or images."""
        items = block.get("elements") or []
        if not 1 <= len(items) <= 10:
            self.fault(f"{place}/elements", "must have 1 to 10 items")
        for number, item in enumerate(items):
            here = f"{place}/elements/{number}"
            if isinstance(item, Mapping) and item.get("type") == "image":
                self.element(item, here, {"image"})
            else:
                self.text(item, here, 3000)

    def actions(self, block: Json, place: str) -> None:
        """One to 25 elements with different action ids."""
        items = block.get("elements") or []
        if not 1 <= len(items) <= 25:
            self.fault(f"{place}/elements", "must have 1 to 25 items")
        names = [item.get("action_id") for item in items if isinstance(item, Mapping)]
        if len(names) != len(set(names)):
            self.fault(place, "duplicate action_id")
        for number, item in enumerate(items):
            self.element(item, f"{place}/elements/{number}", IN_ACTIONS)

    def image(self, block: Json, place: str) -> None:
        """A picture with its description."""
        self.string(block.get("alt_text"), f"{place}/alt_text", 2000)
        if ("image_url" in block) == ("slack_file" in block):
            self.fault(place, "needs image_url or slack_file")
        if "slack_file" in block:
            self.file(block["slack_file"], f"{place}/slack_file")
        if "title" in block:
            self.text(block["title"], f"{place}/title", 2000, plain=True)

    def file(self, value: object, place: str) -> None:
        """A file kept in Slack: by its id or by its address, not both; one that Slack can show."""
        if not isinstance(value, Mapping) or ("id" in value) == ("url" in value) or set(value) - {"id", "url"}:
            return self.fault(place, "needs id or url")
        file = str(value.get("id", ""))
        if file and not re.fullmatch(r"F[A-Z0-9]{8,}", file):
            self.fault(f"{place}/id", "input must match regex pattern: ^[F][A-Z0-9]{8,}$")
        elif file and self.shows is not None and not self.shows(file):
            self.fault(f"{place}/id", "invalid slack file")
        return None

    def input(self, block: Json, place: str) -> None:
        """A labelled field of a form."""
        self.text(block.get("label"), f"{place}/label", 2000, plain=True)
        if "hint" in block:
            self.text(block["hint"], f"{place}/hint", 2000, plain=True)
        self.element(block.get("element"), f"{place}/element", IN_INPUT)

    def divider(self, block: Json, place: str) -> None:
        """A line: nothing to check."""

    def element(self, value: object, place: str, allowed: set[str]) -> None:
        """A button, menu, field or picture."""
        if not isinstance(value, Mapping):
            return self.fault(place, "must be an object")
        kind = str(value.get("type"))
        if kind not in allowed:
            return self.fault(f"{place}/type", f"unsupported type: {kind}")
        self.keys(value, place, ELEMENT_KEYS[kind] | {"type", "action_id"})
        if "action_id" in value:
            self.string(value["action_id"], f"{place}/action_id", 255)
        if "placeholder" in value:
            self.text(value["placeholder"], f"{place}/placeholder", 150, plain=True)
        if "confirm" in value:
            self.confirm(value["confirm"], f"{place}/confirm")
        if kind == "button":
            self.button(value, place)
        elif kind == "plain_text_input":
            self.field(value, place)
        elif kind == "datetimepicker" and len(str(value.get("initial_date_time", 10**9))) != 10:
            self.fault(place, "initial_date_time must have 10 digits")
        elif kind in {"static_select", "checkboxes", "radio_buttons", "overflow"}:
            self.options(value, place, {"static_select": 100, "overflow": 5}.get(kind, 10), kind == "static_select")
        return None

    def button(self, value: Json, place: str) -> None:
        """Text 75, value 2,000."""
        self.text(value.get("text"), f"{place}/text", 75, plain=True)
        if "value" in value:
            self.string(value["value"], f"{place}/value", 2000)
        if "url" in value:
            self.string(value["url"], f"{place}/url", 3000)
        if value.get("style", "primary") not in {"primary", "danger"}:
            self.fault(f"{place}/style", "must be primary or danger")

    def field(self, value: Json, place: str) -> None:
        """A text field: at most 3,000 in and out."""
        most = value.get("max_length", 3000)
        if not isinstance(most, int) or not 1 <= most <= 3000:
            self.fault(f"{place}/max_length", "must be 1 to 3000")
        if "initial_value" in value:
            self.string(value["initial_value"], f"{place}/initial_value", min(3000, int(most)), least=0)

    def confirm(self, value: Json, place: str) -> None:
        """An are-you-sure window."""
        for key, most in (("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)):
            self.text(value.get(key), f"{place}/{key}", most, plain=key != "text")

    def options(self, value: Json, place: str, most: int, grouped: bool) -> None:
        """Options or, in a menu, groups of them; a chosen one must be among them."""
        groups = value.get("option_groups") if grouped else None
        if (groups is None) == ("options" not in value) or (groups is not None and not 1 <= len(groups) <= 100):
            return self.fault(place, "needs options or 1 to 100 option_groups")
        for number, group in enumerate(groups or []):
            self.text(group.get("label"), f"{place}/option_groups/{number}/label", 75, plain=True)
        every: list[Json] = []
        for part in [group["options"] for group in groups] if groups is not None else [value["options"]]:
            if not 1 <= len(part) <= most:
                self.fault(place, f"must have 1 to {most} options")
            every += part
        for number, option in enumerate(every):
            self.keys(option, f"{place}/options/{number}", {"text", "value", "description", "url"}, {"text", "value"})
            self.text(option.get("text"), f"{place}/options/{number}/text", 75, plain=grouped)
            self.string(option.get("value"), f"{place}/options/{number}/value", 150)
        chosen = [value["initial_option"]] if "initial_option" in value else value.get("initial_options", [])
        if any(option not in every for option in chosen):
            self.fault(place, "initial option is not among the options")
        return None


BLOCKS: dict[str, Callable[[Checker, Json, str], None]] = {
    name: getattr(Checker, name) for name in BLOCK_KEYS
}  # the block's type names its check


def message_faults(text: str, blocks: object, shows: Callable[[str], bool] | None = None) -> list[str]:
    """What Slack would refuse in a message; empty when nothing. `shows`: whether a file's id may stand in a block."""
    checker = Checker(view=False, shows=shows)
    if size(text) > MESSAGE_TEXT:
        checker.fault("/text", "msg_too_long")
    if blocks is not None:
        checker.blocks(blocks, "/blocks", MESSAGE_BLOCKS)
        if size(json.dumps(blocks, ensure_ascii=False)) > MESSAGE_WEIGHT:
            checker.fault("/blocks", "msg_blocks_too_long")
    return checker.faults


def view_faults(view: Json, shows: Callable[[str], bool] | None = None) -> list[str]:
    """What Slack would refuse in a modal or a home tab."""
    checker, modal = Checker(view=True, shows=shows), view.get("type") == "modal"
    keys = {"type", "blocks", "callback_id", "private_metadata", "external_id"}
    keys |= {"title", "submit", "close", "clear_on_close", "notify_on_close", "submit_disabled"} if modal else set()
    checker.keys(view, "/view", keys, {"type", "blocks"} | ({"title"} if modal else set()))
    for key in ("title", "submit", "close"):
        if key in view:
            checker.text(view[key], f"/view/{key}", 24, plain=True)
    for key, most in (("private_metadata", 3000), ("callback_id", 255), ("external_id", 255)):
        if key in view:
            checker.string(view[key], f"/view/{key}", most, least=0)
    if view.get("type") not in {"modal", "home"}:
        checker.fault("/view/type", f"unsupported type: {view.get('type')}")
    checker.blocks(view.get("blocks"), "/view/blocks", VIEW_BLOCKS)
    if modal and "submit" not in view and any(block.get("type") == "input" for block in view.get("blocks") or []):
        checker.fault("/view", "missing required field: submit")
    if len(json.dumps(view).encode()) > VIEW_BYTES:
        checker.fault("/view", "view_too_large")
    return checker.faults
