"""What a person's hands do to a view: the values Slack reports for what was typed, chosen and left as it came."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from helpdesk.sandbox.slack_state import Json, OpenView


def every_option(element: Json) -> list[Json]:
    """All options of a menu, grouped or not."""
    return [o for g in element.get("option_groups") or [element] for o in g.get("options", [])]


def _option(element: Json, value: object) -> Json:
    for option in every_option(element):
        if option["value"] == value:
            return option
    raise KeyError(f"no option {value!r} in {element.get('action_id')}")


def typed(element: Json, value: Any) -> Json:
    """The state Slack reports when `value` stands in an element: text, option value(s), user id or seconds."""
    kind = element["type"]
    if kind == "plain_text_input":
        return {"type": kind, "value": value or None}
    if kind == "users_select":
        return {"type": kind, "selected_user": value}
    if kind == "datetimepicker":
        return {"type": kind, "selected_date_time": value}
    if kind == "checkboxes":
        return {"type": kind, "selected_options": [_option(element, item) for item in value]}
    return {"type": kind, "selected_option": _option(element, value) if value is not None else None}


def initial(element: Json) -> Json:
    """The state before anybody touched it."""
    kind = element["type"]
    if kind == "plain_text_input":
        return typed(element, element.get("initial_value"))
    if kind == "users_select":
        return typed(element, element.get("initial_user"))
    if kind == "datetimepicker":
        return typed(element, element.get("initial_date_time"))
    if kind == "checkboxes":
        return {"type": kind, "selected_options": element.get("initial_options", [])}
    return {"type": kind, "selected_option": element.get("initial_option")}


def inputs(view: Json) -> dict[str, Json]:
    """The input blocks of a view by block id."""
    return {block["block_id"]: block for block in view["blocks"] if block.get("type") == "input"}


def fill(shown: OpenView, values: Mapping[str, Any]) -> None:
    """Type `values` (block id → value) into a view; untouched fields keep what they hold."""
    blocks = inputs(shown.view)
    for name in values:
        if name not in blocks:
            raise KeyError(f"the form has no field {name!r}, only {sorted(blocks)}")
    for name, block in blocks.items():
        element = block["element"]
        fields = shown.typed.setdefault(name, {})
        if name in values:
            fields[element["action_id"]] = typed(element, values[name])
        else:
            fields.setdefault(element["action_id"], initial(element))


def missing(shown: OpenView) -> list[str]:
    """Required fields left empty: Slack itself does not let such a form go."""
    empty = []
    for name, block in inputs(shown.view).items():
        held = shown.typed.get(name, {}).get(block["element"]["action_id"], {})
        filled = any(value for key, value in held.items() if key != "type")
        if not filled and not block.get("optional"):
            empty.append(name)
    return empty


def find_element(blocks: list[Json], action_id: str, value: str | None = None) -> tuple[str, Json]:
    """(block id, element) of an action; KeyError names what there is."""
    known = []
    for number, block in enumerate(blocks):
        candidates = [*block.get("elements", []), block.get("accessory"), block.get("element")]
        for element in candidates:
            if not isinstance(element, dict) or "action_id" not in element:
                continue
            known.append(element["action_id"])
            if element["action_id"] == action_id and value in {None, element.get("value")}:
                return str(block.get("block_id", number)), element
    raise KeyError(f"no action {action_id!r}, only {known}")


def action(block_id: str, element: Json, value: Any) -> Json:
    """The entry of `actions` for a click or choice."""
    told: Json = {"action_id": element["action_id"], "block_id": block_id, "type": element["type"], "action_ts": "1.0"}
    if element["type"] == "button":
        return {**told, "value": element.get("value", ""), "text": element["text"]}
    return {**told, **typed(element, value)}
