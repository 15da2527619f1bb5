"""The desk's forms: reply, phone call, assign, snooze; and the view of everything a buyer wrote. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Any

from helpdesk.domain import Ticket
from helpdesk.replies.drafting import digest
from helpdesk.replies.outcomes import DraftView, Preview
from helpdesk.slack import blocks as b
from helpdesk.slack import names, words
from helpdesk.slack.cards import file_line, summary
from helpdesk.slack.drafts import by_machine, template_menu
from helpdesk.slack.escape import clip, escape, escape_line, pages, quote, quoted

#: Choices of the snooze menu: value → (label, hours); "morning" is the next working-day morning, 9:00.
SNOOZES = {
    "1h": ("In one hour", 1),
    "4h": ("In four hours", 4),
    "morning": ("Tomorrow at 9:00", 0),
    "2d": ("In two days", 48),
}
RESOLVE = "resolve"
#: In the menu of files: everything as text.
WHOLE = "text"
SENT_BY = "A person's answer: it goes to the buyer as soon as you press Send."


def metadata(**values: Any) -> str:
    """A form's private_metadata: what it was opened on."""
    return json.dumps(values, separators=(",", ":"))


def read_metadata(view: dict[str, Any]) -> dict[str, Any]:
    """The metadata of a form that came back; {} where it cannot be read."""
    try:
        found = json.loads(view.get("private_metadata") or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def typed(view: dict[str, Any], block: str) -> str:
    """The text in a field of a form that came back, whatever its action is called; "" when empty."""
    for held in _state(view, block):
        return str(held.get("value") or "")
    return ""


def picked(view: dict[str, Any], block: str) -> list[str]:
    """What was chosen in a menu, in checkboxes, or of people; a datetimepicker's seconds."""
    found: list[str] = []
    for held in _state(view, block):
        options = held.get("selected_options") or ([held["selected_option"]] if held.get("selected_option") else [])
        found += [str(option.get("value") or "") for option in options]
        found += [str(held[key]) for key in ("selected_user", "selected_date_time") if held.get(key)]
    return found


def _state(view: dict[str, Any], block: str) -> list[dict[str, Any]]:
    held = ((view.get("state") or {}).get("values") or {}).get(block) or {}
    return [one for one in held.values() if isinstance(one, dict)]


def reply_form(
    draft: DraftView,
    *,
    channel: str = "",
    thread: str = "",
    action_id: str = "text",
    warnings: Sequence[str] = (),
    resolve: bool = False,
    drafted: str = "",
) -> b.Block:
    """The only way to write to a buyer. `warnings`: the message rules' doubts, to be confirmed with a reason.

    `action_id` other than "text" makes Slack forget what was typed, so that another draft can take its place.
    `drafted`: the fingerprint of the draft that the text began as, where it is not the text itself.
    """
    ticket = draft.ticket
    blocks: list[b.Block] = []
    if draft.holder:
        blocks.append(b.section(f":warning: {words.person(draft.holder)} has this ticket."))
    blocks.append(b.context(summary(ticket)))
    if draft.words.strip():
        blocks.append(b.section(quote(draft.words, 1200)))
    if draft.note:
        blocks.append(b.context(f":information_source: {escape_line(draft.note, 400)}"))
    if draft.machine:
        blocks.append(b.section(by_machine(draft.machine)))
    if draft.templates:
        menu = template_menu(draft.templates, draft.template)
        blocks.append(b.field("template", "Reply", menu, optional=True, dispatch=True))
    blocks.append(b.field("reply", "What the buyer will read", b.text_input(action_id, draft.text, lines=True)))
    blocks.append(b.context(_envelope(draft)))
    blocks.append(b.actions(b.button("Preview", names.REPLY_PREVIEW, ticket.id), block_id="preview"))
    if warnings:
        listed = "\n".join(f"• {escape_line(line, 300)}" for line in warnings[:8])
        blocks.append(b.section(f":warning: *Please look again:*\n{listed}"))
        blocks.append(
            b.field("reason", "Send it all the same, because", b.text_input("reason", hint="Your reason is kept"))
        )
    done = {"type": "checkboxes", "action_id": "then", "options": [b.option("Resolve the ticket as well", RESOLVE)]}
    if resolve:
        done["initial_options"] = done["options"]
    blocks.append(b.field("then", "And then", done, optional=True))
    kept = metadata(
        ticket=ticket.id, rev=draft.rev, channel=channel, thread=thread, warned=bool(warnings),
        template=draft.template[:80], origin=draft.origin[:150], machine=draft.machine[:60],
        drafted=drafted or digest(draft.text),
    )  # fmt: skip
    return b.view(f"Answer #{ticket.id}", blocks, submit="Send", callback_id=names.REPLY_FORM, private_metadata=kept)


def _envelope(draft: DraftView) -> str:
    to = escape_line(draft.ticket.reply_to or draft.ticket.buyer, 150)
    parts = [f"To {to}"]
    if draft.sender:
        parts.append(f"from {escape_line(draft.sender, 150)}")
    if draft.subject:
        parts.append(f"subject “{escape_line(draft.subject, 200)}”")
    parts.append(f"the buyer writes {words.language(draft.ticket.language)}")
    return " · ".join(parts)


def loading(title: str) -> b.Block:
    """Shown while the content is being made, so that Slack's three seconds are kept."""
    return b.view(title, [b.section(":hourglass_flowing_sand: One moment …")])


def message_view(title: str, sentence: str) -> b.Block:
    """A view that only tells something; `sentence` is escaped mrkdwn."""
    return b.view(title, [b.section(sentence)])


def preview_view(preview: Preview) -> b.Block:
    """The answer as the buyer would get it, and what the message rules say."""
    parts = [b.section(page) for page in pages(escape(preview.text), b.SECTION)] or [b.section("_Nothing yet._")]
    found = [b.section(f":x: {escape_line(line, 400)}") for line in preview.blocked[:10]]
    found += [b.section(f":warning: {escape_line(line, 400)}") for line in preview.warnings[:10]]
    fine = [] if found else [b.context(":white_check_mark: The message rules have nothing against it.")]
    return b.view("As the buyer sees it", [*parts, b.divider(), *found, *fine])


def assign_form(ticket: Ticket, actor: str, *, channel: str = "", thread: str = "") -> b.Block:
    """Give a ticket to somebody; says who has it."""
    menu: b.Block = {"type": "users_select", "action_id": "owner", "initial_user": ticket.owner or actor}
    if not words.person(menu["initial_user"]).startswith("<@"):
        del menu["initial_user"]
    has = f"{words.person(ticket.owner)} has it now." if ticket.owner else "Nobody has it yet."
    blocks = [b.section(f"{summary(ticket)}\n{has}"), b.field("owner", "Give it to", menu)]
    kept = metadata(ticket=ticket.id, holder=(ticket.owner or "")[:80], channel=channel, thread=thread)
    return b.view(f"Assign #{ticket.id}", blocks, submit="Assign", callback_id=names.ASSIGN_FORM, private_metadata=kept)


def snooze_form(ticket: Ticket, now: datetime, zone: tzinfo, *, channel: str = "", thread: str = "") -> b.Block:
    """Bring a ticket back later; the clock goes on meanwhile, and says so."""
    options = [b.option(text, value) for value, (text, _) in SNOOZES.items()]
    menu: b.Block = {"type": "static_select", "action_id": "for", "options": options, "initial_option": options[0]}
    exact: b.Block = {"type": "datetimepicker", "action_id": "until"}
    blocks = [
        b.section(f"{summary(ticket)}\nAnswer by: {words.due_line(ticket, now, zone)}"),
        b.field("for", "Bring it back", menu, optional=True),
        b.field("until", "Or exactly at", exact, optional=True, hint="Leave it empty to use the choice above"),
        b.field("why", "Because", b.text_input("why", hint="Waiting for the supplier, …"), optional=True),
        b.context(
            ":warning: The marketplace's clock goes on; reminders wait for the end you choose, then come at once."
        ),
    ]
    kept = metadata(ticket=ticket.id, channel=channel, thread=thread)
    return b.view(f"Snooze #{ticket.id}", blocks, submit="Snooze", callback_id=names.SNOOZE_FORM, private_metadata=kept)


def snooze_until(choice: str, now: datetime, zone: tzinfo) -> datetime | None:
    """The time a choice of the menu means; None for an unknown one."""
    if choice == "morning":
        local = now.astimezone(zone)
        morning = local.replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=1)
        return morning.astimezone(now.tzinfo)
    if choice not in SNOOZES:
        return None
    return now + timedelta(hours=SNOOZES[choice][1])


def more_view(
    ticket: Ticket, mails: Sequence[tuple[str, str, str]], files: Sequence[tuple[str, dict[str, Any]]]
) -> b.Block:
    """Everything the buyer wrote. `mails`: (heading in mrkdwn, own words, quoted history), newest first;

    `files`: (value, {"name", "size"}) of each attachment, fetched into the thread when chosen. What is more than Slack
    shows can be fetched whole as a text file.
    """
    blocks = _everything(ticket, mails, files)
    shown = b.within_view(blocks, "")
    if len(shown) != len(blocks) or shown[-1:] != blocks[-1:]:
        length = sum(len(own.encode("utf-8", "replace")) + len(old.encode("utf-8", "replace")) for _, own, old in mails)
        whole = (f"{WHOLE}:{ticket.id}", {"name": f"ticket-{ticket.id}.txt: all of it as text", "size": length})
        shown = b.within_view(
            _everything(ticket, mails, [whole, *files]),
            ":scissors: There is more than Slack can show: choose the text file in the menu above to get it all.",
        )
    return b.view(f"Ticket #{ticket.id}", shown, callback_id=names.MORE_VIEW)


def _everything(
    ticket: Ticket, mails: Sequence[tuple[str, str, str]], files: Sequence[tuple[str, dict[str, Any]]]
) -> list[b.Block]:
    blocks: list[b.Block] = [b.context(summary(ticket))]
    if files:
        blocks += _file_blocks(files)
    for heading, own, history in mails:
        blocks.append(b.section(f"*{heading}*"))
        blocks += [b.section(page) for page in pages(quoted(escape(own)), b.SECTION)] if own.strip() else []
        if history.strip():
            blocks.append(b.context(":speech_balloon: quoted below it:"))
            blocks += [b.context(page) for page in pages(escape(history), b.SECTION)]
        blocks.append(b.divider())
    return blocks


def _file_blocks(files: Sequence[tuple[str, dict[str, Any]]]) -> list[b.Block]:
    lines = "\n".join(f":paperclip: {file_line(found)}" for _, found in files)
    made = [b.section(page) for page in pages(lines, b.SECTION)[:20]]
    groups = []
    for start in range(0, min(len(files), b.GROUP * b.GROUP), b.GROUP):
        part = files[start : start + b.GROUP]
        groups.append(
            {
                "label": b.words(f"Files {start + 1} to {start + len(part)}", b.OPTION),
                "options": [b.option(str(found.get("name") or "unnamed"), value) for value, found in part],
            }
        )
    menu = {
        "type": "static_select",
        "action_id": names.ATTACHMENT,
        "placeholder": b.words("Fetch a file into the thread", 150),
        "option_groups": groups,
    }
    return [*made, b.actions(menu, block_id="files")]


def error_text(sentence: str, people: dict[str, str]) -> str:
    """A sentence for a form's error line, where Slack shows no mentions: ids become `people`'s names."""
    for user, name in people.items():
        sentence = sentence.replace(f"<@{user}>", f"{name} ({user})")
    return clip(sentence, 2000)
