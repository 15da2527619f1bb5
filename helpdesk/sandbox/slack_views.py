"""Slack's views: modals, their stack of three, and home tabs."""

from __future__ import annotations

from helpdesk.sandbox import slack_rules as rules
from helpdesk.sandbox.slack_api import parsed
from helpdesk.sandbox.slack_state import ApiError, Json, OpenView, Workspace


def _view(state: Workspace, args: Json) -> Json:
    view = parsed(args, "view")
    if not isinstance(view, dict):
        raise ApiError("invalid_arguments", response_metadata={"messages": ["[ERROR] missing required field: view"]})
    faults = rules.view_faults(view, state.shows)
    if faults:
        raise ApiError(
            "view_too_large" if "view_too_large" in faults[-1] else "invalid_arguments",
            response_metadata={"messages": faults},
        )
    return view


def _stack(state: Workspace, view: OpenView) -> int:
    return sum(1 for other in state.views.values() if other.open and other.root == view.root)


def view_open(state: Workspace, args: Json) -> Json:
    """views.open."""
    view = _view(state, args)
    user, _ = state.take_trigger(str(args.get("trigger_id")))
    name = state.new_id("V")
    state.views[name] = OpenView(name, user, view, name)
    return {"view": described_view(state, state.views[name])}


def view_push(state: Workspace, args: Json) -> Json:
    """views.push: on top of the view the trigger came from, at most three high."""
    view = _view(state, args)
    user, below = state.take_trigger(str(args.get("trigger_id")))
    base = state.views.get(below)
    if base is None or not base.open:
        raise ApiError("not_found")
    if _stack(state, base) >= 3:
        raise ApiError("push_limit_reached")
    name = state.new_id("V")
    state.views[name] = OpenView(name, user, view, base.root, base.id)
    return {"view": described_view(state, state.views[name])}


def view_update(state: Workspace, args: Json) -> Json:
    """views.update by id, with the hash of what is being replaced."""
    view = _view(state, args)
    shown = state.views.get(str(args.get("view_id")))
    if shown is None or not shown.open:
        raise ApiError("not_found")
    if args.get("hash") and args["hash"] != hash_of(shown):
        raise ApiError("hash_conflict")
    replace_view(shown, view)
    return {"view": described_view(state, shown)}


def view_publish(state: Workspace, args: Json) -> Json:
    """views.publish: a user's home tab."""
    view, user = _view(state, args), str(args.get("user_id"))
    if view["type"] != "home":
        raise ApiError("invalid_arguments")
    if user not in state.users:
        raise ApiError("user_not_found")
    shown = state.homes.setdefault(user, OpenView(state.new_id("V"), user, view, ""))
    replace_view(shown, view)
    return {"view": described_view(state, shown)}


def hash_of(shown: OpenView) -> str:
    """A view's hash: changes with every update."""
    return f"{shown.id}.{shown.updates}"


def replace_view(shown: OpenView, view: Json) -> None:
    """Put another content into an open view; a field with the same block and action id keeps what was typed."""
    names = {(b.get("block_id"), b["element"].get("action_id")) for b in view["blocks"] if b.get("type") == "input"}
    shown.typed = {
        block: {action: value for action, value in fields.items() if (block, action) in names}
        for block, fields in shown.typed.items()
    }
    shown.view = view
    shown.updates += 1


def described_view(state: Workspace, shown: OpenView) -> Json:
    """A view as Slack hands it out."""
    return {
        **shown.view,
        "id": shown.id,
        "hash": hash_of(shown),
        "root_view_id": shown.root,
        "previous_view_id": shown.previous,
        "team_id": state.team,
        "bot_id": state.bot_id,
        "state": {"values": {block: dict(fields) for block, fields in shown.typed.items()}},
    }
