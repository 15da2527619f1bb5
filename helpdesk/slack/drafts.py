"""Of the reply form: the menu of drafts, and how a machine's draft is shown and waited for. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import groupby

from helpdesk.domain import Ticket
from helpdesk.replies.outcomes import TemplateChoice
from helpdesk.slack import blocks as b
from helpdesk.slack.cards import summary
from helpdesk.slack.escape import escape_line

#: A view may be 250 kB; so much of it for the menu of replies.
MENU_BYTES = 90_000


def template_menu(choices: Sequence[TemplateChoice], chosen: str) -> b.Block:
    """The canned replies with their topic; Slack takes 100 in one list, and more in groups by topic."""
    if len(choices) <= b.GROUP:
        every = [
            b.option(f"{_topic(choice.group)}: {choice.label}" if choice.group else choice.label, choice.id)
            for choice in choices
        ]
        return _menu({"options": every}, every, chosen)
    groups: list[b.Block] = []
    room = MENU_BYTES
    for heading, members in groupby(choices, key=lambda choice: choice.group or "Replies"):
        made = [b.option(choice.label, choice.id) for choice in members]
        group = {"label": b.words(_topic(heading), b.OPTION), "options": made[: b.GROUP]}
        room -= len(json.dumps(group))
        groups += [group] if room > 0 or not groups else []
    return _menu(
        {"option_groups": groups[: b.GROUP]},
        [entry for group in groups[: b.GROUP] for entry in group["options"]],
        chosen,
    )


def _topic(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _menu(content: b.Block, every: Sequence[b.Block], chosen: str) -> b.Block:
    menu: b.Block = {
        "type": "static_select",
        "action_id": "template",
        "placeholder": b.words("Choose a reply", 150),
        **content,
    }
    initial = next((entry for entry in every if entry["value"] == chosen), None)
    if initial is not None:
        menu["initial_option"] = initial
    return menu


def by_machine(model: str) -> str:
    """What stands above a text that no person wrote."""
    return (
        f":robot_face: *Written by a machine* ({escape_line(model, 60)}), not by a person. It knows only the message "
        "above and the template: read every word, and change what is not so."
    )


def waiting_form(ticket: Ticket, model: str) -> b.Block:
    """Stands in the reply form's place while the model writes; without a field, so that nothing typed is lost."""
    told = f":hourglass_flowing_sand: {escape_line(model, 75)} … The text comes into this form; nothing is sent."
    return b.view(f"Answer #{ticket.id}", [b.context(summary(ticket)), b.section(told)])
