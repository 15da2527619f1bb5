"""The card of a seller feedback, its form and its reminder. Pure; whatever a buyer wrote is escaped."""

from __future__ import annotations

from datetime import date
from typing import Any

from helpdesk.domain_feedback import Feedback, FeedbackState
from helpdesk.feedback.deadlines import days_left
from helpdesk.feedback.lifecycle import answered_only, order_said, was_contacted
from helpdesk.feedback.unread import UNKNOWN
from helpdesk.slack import blocks as b
from helpdesk.slack import forms, names, words
from helpdesk.slack.escape import escape, escape_line, quote

Post = tuple[str, list[b.Block]]

#: How much of a comment the card shows, in UTF-16 units.
SHOWN = 900

STATES = {
    FeedbackState.NEW: (":large_blue_circle:", "New"),
    FeedbackState.APPROVED: (":large_yellow_circle:", "Approved: to be submitted in Feedback Manager"),
    FeedbackState.SUBMITTED: (":hourglass_flowing_sand:", "Submitted: waiting for the answer"),
    FeedbackState.REMOVED: (":white_check_mark:", "Removed"),
    FeedbackState.STRUCK: (":white_check_mark:", "Struck through: it counts no more"),
    FeedbackState.REFUSED: (":no_entry_sign:", "Refused: write to the buyer or answer publicly, open no repeat case"),
    FeedbackState.REPLIED: (":speech_balloon:", "A public reply stands"),
    FeedbackState.CONTACTED: (":envelope:", "The buyer was written to"),
    FeedbackState.DISMISSED: (":heavy_minus_sign:", "Dismissed"),
    FeedbackState.GONE: (":white_check_mark:", "Gone from the report, by no request of ours"),
    FeedbackState.EXPIRED: (":alarm_clock:", "The 90 days for a removal request have passed"),
}
RECOMMENDED = {
    "removal": "Ask Amazon to remove it",
    "public_reply": "Answer it publicly",
    "contact": "Write to the buyer first",
    "none": "Nothing to do",
}
#: What to click in Seller Central (DOMAIN 4.3).
STEPS = {
    "removal": "Seller Central: Performance > Feedback > Feedback Manager > find the order in Recent Feedback > "
    "Actions > *Request removal* > confirm that it meets the criteria.",
    "public_reply": "Seller Central: Feedback Manager > find the order > Actions > *Post a public reply* > paste > "
    "submit. It cannot be edited, and after a deletion there is no second one. The draft says that "
    "the comment was noted and passed on to your team, as this card does: add what else was really done.",
    "contact": "Seller Central: Feedback Manager > find the order > Actions > *Contact buyer*.",
}
NO_DRAFT = "_None: the comment's language is not read. Have it translated, then write an answer with Edit._"
#: States in which somebody can still do something.
OPEN = {FeedbackState.NEW, FeedbackState.APPROVED}


def countdown(item: Feedback, today: date) -> str:
    """Until when a removal can be asked for."""
    left = days_left(item.deadline, today)
    if left < 0:
        return f"passed on {item.deadline}"
    return f"{item.deadline} ({'today' if left == 0 else f'{left} day' + 's' * (left != 1)})"


def _state(item: Feedback) -> tuple[str, str]:
    """(sign, words) of where a feedback stands; what was submitted tells what is waited for."""
    if item.state == FeedbackState.SUBMITTED and answered_only(item):
        what = "message" if item.recommended == "contact" else "reply"
        return ":speech_balloon:", f"The {what} was submitted; nothing has been asked of Amazon"
    return STATES[FeedbackState(item.state)]


def heading(item: Feedback) -> str:
    """One line that tells which feedback this is."""
    stars = "★" * item.rating + "☆" * (5 - item.rating)
    return (
        f"Feedback #{item.id}: {stars} {escape_line(item.marketplace, 10)}, order {escape_line(order_said(item), 30)}"
    )


def _words(item: Feedback) -> str:
    if item.facts.get("forgotten"):
        return "_Erased: the buyer asked for it, or the time to keep it is over._"
    return quote(item.comment, SHOWN) if item.comment.strip() else "_Stars without words._"


def _verdict(item: Feedback) -> str:
    criterion = f", {item.criterion.replace('_', ' ')}" if item.criterion else ""
    missing = f"; not known: {', '.join(m.replace('_', ' ') for m in item.missing)}" if item.missing else ""
    return escape_line(f"{item.verdict}{criterion} ({item.why}){missing}", 400)


def card(item: Feedback, today: date) -> Post:
    """The card: what was said, what it means, until when, the draft, and what can be done now."""
    state = FeedbackState(item.state)
    mark, said = _state(item)
    lines = [f"*{heading(item)}*", f"{mark} {said}"]
    spoken = "" if item.language == UNKNOWN else item.language
    facts = [
        ("Recommended", f"{RECOMMENDED[item.recommended]} ({escape_line(item.reason.replace('_', ' '), 300)})"),
        ("Removable", _verdict(item)),
        ("Removal until", countdown(item, today)),
        ("Topic", escape_line(f"{item.topic.replace('_', ' ')}, {words.language(spoken)}", 100)),
    ]
    if item.sku or item.asin:
        facts.append(("Item", escape_line(" ".join(filter(None, (item.sku, item.asin))), 100)))
    if item.ticket_id:
        facts.append(("Ticket", f"#{item.ticket_id}"))
    blocks = [
        b.section("\n".join(lines)),
        b.section(_words(item)),
        b.section("\n".join(f"*{name}:* {value}" for name, value in facts)),
    ]
    if state in OPEN:
        label = "Draft (edited)" if item.edited else "Draft"
        draft = quote(item.draft, 1500) if item.draft.strip() else NO_DRAFT
        blocks += [b.section(f"*{label}:*\n{draft}"), b.context(STEPS.get(item.recommended, said))]
    blocks += _buttons(item, state)
    return f"{heading(item)}: {said}", blocks


def _buttons(item: Feedback, state: FeedbackState) -> list[b.Block]:
    approve = b.button("Approve the draft", names.FEEDBACK_APPROVE, item.id, style="primary")
    edit = b.button("Edit", names.FEEDBACK_EDIT, item.id)
    submitted = b.button("Submitted in Feedback Manager", names.FEEDBACK_SUBMITTED, item.id)
    dismiss = b.button("Dismiss", names.FEEDBACK_DISMISS, item.id)
    if was_contacted(item):
        solved = b.button("Solved: what may be said once", names.FEEDBACK_SOLVED, item.id)
        return [b.actions(solved, block_id="feedback_contacted")]
    if state is FeedbackState.SUBMITTED and answered_only(item):
        return []
    if state is FeedbackState.SUBMITTED:  # the marketplace's answer; a vanished row is noticed by itself
        outcomes = [
            b.button("Removed", names.FEEDBACK_REMOVED, item.id),
            b.button("Struck through", names.FEEDBACK_STRUCK, item.id),
            b.button("Refused", names.FEEDBACK_REFUSED, item.id),
        ]
        return [b.actions(*outcomes, block_id="feedback_outcome")]
    if state not in OPEN:
        return []
    row = [edit, submitted, dismiss] if state is FeedbackState.APPROVED else [approve, edit, submitted, dismiss]
    return [b.actions(*row, block_id="feedback")]


def reminder(item: Feedback, step: int, today: date, link: str = "") -> Post:
    """A removal that nobody has asked for yet, and its deadline comes near."""
    head = f":alarm_clock: *A removal request is still open, until {countdown(item, today)}*"
    lines = [head, heading(item), quote(item.comment, 300)]
    lines += [f"<{link}|Open the card>"] if link else []
    text = f":alarm_clock: {step} days or less to ask for a removal: {heading(item)}"
    submitted = b.button("Submitted in Feedback Manager", names.FEEDBACK_SUBMITTED, item.id)
    dismiss = b.button("Dismiss", names.FEEDBACK_DISMISS, item.id)
    return text, [b.section("\n".join(lines)), b.actions(submitted, dismiss, block_id="feedback")]


def form(item: Feedback, *, channel: str = "", thread: str = "") -> b.Block:
    """The edit form, filled with the draft."""
    steps = STEPS.get(item.recommended)
    made = [
        b.section(f"*{heading(item)}*\n{quote(item.comment, SHOWN)}"),
        b.field("draft", "Draft", b.text_input("text", item.draft, lines=True), hint="At most 500 characters."),
    ]
    made += [b.context(steps)] if steps else []
    kept: dict[str, Any] = {"feedback": item.id, "channel": channel, "thread": thread}
    return b.view("Feedback", made, submit="Save", callback_id=names.FEEDBACK_FORM,
                  private_metadata=forms.metadata(**kept))  # fmt: skip


def once(item: Feedback, text: str) -> b.Block:
    """What the buyer may be told now that the matter is solved."""
    hint = "Copy it into your last message to the buyer, once. No pressure, nothing in return, no second time."
    return b.view("Solved", [b.section(f"*{heading(item)}*\n{quote(text, 1500)}"), b.context(hint)])


def waiting(items: list[Feedback], today: date) -> Post:
    """The list for `/helpdesk feedback`: what can still be asked for, the nearest deadline first."""
    if not items:
        return "No feedback case waits for somebody.", [b.section("No feedback case waits for somebody.")]
    lines = [f"• {heading(item)} – until {countdown(item, today)}" for item in items[:20]]
    more = [f"and {len(items) - 20} more"] if len(items) > 20 else []
    text = f"{len(items)} removal request{'s' * (len(items) != 1)} to make"
    return text, [b.section(escape(text) + ":\n" + "\n".join([*lines, *more]))]
