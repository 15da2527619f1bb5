"""Everything the desk posts beside cards: escalations, reviews, suspects, the thread's lines, the hello. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from helpdesk.domain import Event, Mail, Ticket
from helpdesk.replies.outcomes import began_as
from helpdesk.slack import blocks as b
from helpdesk.slack import names, words
from helpdesk.slack.cards import file_line, summary
from helpdesk.slack.escape import clip, escape, escape_line, pages, quote, quoted, with_people

Post = tuple[str, list[b.Block]]

FIRST_LINES = 600
#: Of a mail's words in one message, beside its heading and files; and messages a mail takes at most.
SHEET, MOST_SHEETS = 9300, 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One step of one ticket's clock, as sla/escalations.py fires it."""

    step: str  #: "12h"
    what: str = ""  #: reminder, breach, claim_risk
    passed: Sequence[str] = ()  #: lower steps that were due before it
    people: Sequence[str] = ()  #: who is told in addition
    link: str = ""  #: the card's address


WHAT = {
    "breach": (":rotating_light:", "The answer is late"),
    "claim_risk": (":rotating_light:", "The buyer may file a claim from now on"),
}


def escalation(ticket: Ticket, told: Told, now: datetime, zone: tzinfo) -> Post:
    """One step of one ticket, with what is needed to act at once."""
    who = " ".join(words.person(user) for user in dict.fromkeys(told.people) if user)
    waiting = f"waiting {words.span(now - ticket.anchor_at)}" if ticket.anchor_at else "unanswered"
    late = ticket.due_at is not None and ticket.due_at <= now
    mark, what = WHAT.get(told.what, WHAT["breach"] if late else (":alarm_clock:", "Nobody has answered yet"))
    step = escape_line(told.step, 20)
    lines = [f"{mark} *{what}: ticket #{ticket.id}, {waiting}* (step {step})", summary(ticket)]
    if told.passed:
        lines.append(f"Steps that had passed before: {escape_line(', '.join(told.passed), 120)}")
    lines.append(f"Answer by: {words.due_line(ticket, now, zone)} · Owner: {words.person(ticket.owner)}")
    lines += [f"<{told.link}|Open the card>"] if told.link else []
    lines += [f"For: {who}"] if who else []
    row = b.actions(
        b.button("Reply", names.REPLY, ticket.id, style="primary"),
        b.button("Acknowledge", names.ACKNOWLEDGE, ticket.id),
        b.button("No response needed", names.NO_RESPONSE, ticket.id),
        block_id="escalation",
    )
    text = f"{mark} {what} (step {step}, {waiting}): {summary(ticket)} {who}".rstrip()
    return text, [b.section("\n".join(lines)), row]


def reminder(ticket: Ticket, promised: datetime | None, link: str, zone: tzinfo) -> Post:
    """A promise made to the buyer falls due soon."""
    when = f" by {words.moment(promised, zone)}" if promised else ""
    lines = [
        f":bell: *The buyer was promised an answer{when}*",
        summary(ticket),
        f"Owner: {words.person(ticket.owner)}",
    ]
    lines += [f"<{link}|Open the card>"] if link else []
    return f":bell: A promise falls due: {summary(ticket)}", [b.section("\n".join(lines))]


def _mail_lines(mail: Mail, zone: tzinfo) -> list[str]:
    name = escape_line(mail.from_name, 80)
    sender = escape_line(mail.from_addr, 150) or "(no sender)"
    return [
        f"*From:* {name} {sender}" if name else f"*From:* {sender}",
        f"*Subject:* {escape_line(mail.subject, 200) or '(no subject)'}",
        f"*Arrived:* {words.moment(mail.arrived_at, zone)} in {escape_line(f'{mail.mailbox}, {mail.folder}', 120)}",
    ]


def review(mail: Mail, zone: tzinfo) -> Post:
    """A mail in Junk that may be a buyer's: why it is uncertain, its first lines, rescue or leave."""
    why = escape_line("; ".join(mail.reasons[:6]) or mail.reason or "the signs are mixed", 500)
    score = f" (score {mail.score:.2f})" if mail.score is not None else ""
    blocks = [
        b.section(":grey_question: *Is this a buyer?* It lies in Junk, and the signs are too mixed to rescue it."),
        b.section("\n".join([*_mail_lines(mail, zone), f"*Uncertain because:* {why}{score}"])),
        b.section(quote(mail.text, FIRST_LINES) if mail.text.strip() else "_No readable words._"),
        b.actions(
            b.button("Rescue: a buyer", names.REVIEW_RESCUE, mail.id, style="primary"),
            b.button("Leave in Junk", names.REVIEW_LEAVE, mail.id),
            block_id="review",
        ),
    ]
    return f"Is this a buyer? {escape_line(mail.from_addr, 100)}: {escape_line(mail.subject, 120)}", blocks


def suspect(mail: Mail, zone: tzinfo) -> Post:
    """A warning about an imitation: no button that could answer it, only one that closes the post."""
    why = escape_line("; ".join(mail.reasons[:6]) or mail.reason or "it imitates a marketplace", 500)
    blocks = [
        b.section(
            ":warning: *Suspicious mail, left in Junk.* Do not answer it, open its files or follow its links."
            if mail.role == "junk"
            else ":warning: *Suspicious mail.* Do not answer it, open its files or follow its links."
        ),
        b.section("\n".join([*_mail_lines(mail, zone), f"*Suspicious because:* {why}"])),
        b.section(quote(mail.text, FIRST_LINES) if mail.text.strip() else "_No readable words._"),
        b.actions(b.button("Seen, leave it", names.REVIEW_LEAVE, mail.id), block_id="review"),
    ]
    return f"Suspicious mail: {escape_line(mail.from_addr, 100)}: {escape_line(mail.subject, 120)}", blocks


def reviewed(mail: Mail, decision: str, actor: str, at: datetime, zone: tzinfo) -> Post:
    """The same post after a person decided: closed, never deleted."""
    done = {"rescue": "Rescued: it is a ticket now", "leave": "Left in Junk"}.get(decision, "Closed")
    if decision == "leave" and mail.role != "junk":
        done = "Left where it is"
    line = f":heavy_check_mark: *{done}* by {words.person(actor)}, {words.moment(at, zone)}"
    blocks = [b.section("\n".join([line, *_mail_lines(mail, zone)]))]
    return f"{done}: {escape_line(mail.from_addr, 100)}: {escape_line(mail.subject, 120)}", blocks


def quarantined(mail: Mail, zone: tzinfo) -> Post:
    """A mail nobody could read: it waits on the server for a person."""
    lines = [":warning: *A mail could not be read.* It lies untouched in the mailbox; please look at it there."]
    lines += [*_mail_lines(mail, zone), f"*Reason:* {escape_line(mail.reason, 300) or 'unknown'}"]
    return f"A mail could not be read: {escape_line(mail.subject, 120)}", [b.section("\n".join(lines))]


def old_list(tickets: Sequence[Ticket], zone: tzinfo) -> Post:
    """Unanswered tickets found at first contact, too old to be escalated one by one: listed once."""
    lines = [f"• {summary(ticket)} · since {words.moment(ticket.received_at, zone)}" for ticket in tickets]
    head = f":file_folder: *{len(tickets)} older mails without an answer were found at the first reading.*"
    shown: list[str] = []
    for line in lines:
        if sum(map(len, shown)) + len(line) > b.SECTION - 300:
            shown.append(f"… and {len(lines) - len(shown)} more: `{names.COMMAND} find` or `helpdesk tickets`")
            break
        shown.append(line)
    return f"{len(tickets)} older mails without an answer", [b.section("\n".join([head, *shown]))]


def note(mrkdwn: str) -> Post:
    """A single escaped paragraph."""
    return clip(mrkdwn, 300), [b.section(mrkdwn)]


def told(sentence: str) -> Post:
    """Our own sentence to one person: people in it stay mentions."""
    safe = with_people(sentence)
    return safe, [b.section(safe)]


def mail_sheets(text: str) -> list[list[b.Block]]:
    """A mail's words as paragraphs, so many on a sheet as one message holds; the same text gives the same sheets."""
    sheets: list[list[b.Block]] = [[]]
    room = SHEET
    for page in pages(quoted(escape(text)), b.SECTION - 100):
        block = b.section(page)
        room -= b.weight([block])
        if room < 0 and sheets[-1]:
            sheets.append([])
            room = SHEET - b.weight([block])
        sheets[-1].append(block)
    return sheets


def sheets_of(mail: Mail) -> int:
    """How many messages a further mail takes in the thread."""
    return min(len(mail_sheets(mail.text)), MOST_SHEETS)


def mail_post(mail: Mail, files: Sequence[dict[str, Any]], zone: tzinfo, sheet: int = 1) -> Post:
    """A buyer's further mail, in the thread: its words, whole over as many messages as they take (`sheets_of`)."""
    sheets = mail_sheets(mail.text)
    number, count = min(sheet, len(sheets)), min(len(sheets), MOST_SHEETS)
    again = "*The buyer wrote again*" if number == 1 else "*The buyer's mail goes on*"
    part = f" ({number} of {count})" if count > 1 else ""
    head = f":incoming_envelope: {again}{part}, {words.moment(mail.clock_start, zone)}"
    blocks = [b.section(head), *sheets[number - 1]]
    if number == count < len(sheets):
        blocks.append(b.context("It is longer still: the rest is behind *Show everything* on the card."))
    if files and number == 1:
        blocks.append(b.context(*[f":paperclip: {file_line(found)}" for found in files[:8]]))
    if number > 1:
        return f":incoming_envelope: The buyer's mail goes on{part}", blocks
    return f":incoming_envelope: The buyer wrote again: {escape_line(mail.text, 200)}", blocks


def hello(channel: str, command: str = names.COMMAND) -> Post:
    """Said once in a channel: what the cards and their buttons do."""
    lines = [
        ":wave: *Every buyer's mail will stand here as one card*, with clock and owner; the rest is in its thread.",
        "• *Reply* opens a form with a draft: the only thing that writes to the buyer. The thread stays among us.",
        "• *Acknowledge* says: I have it. *Assign* gives it to somebody. *Snooze* brings it back later.",
        "• *No response needed* and *Resolve* close it; a new mail opens it again. *Not a buyer* teaches the filter.",
        f"• `{command} queue` lists what waits, `{command} mine` what is yours, `{command} help` the rest.",
        f"• The app's Home tab shows the same. A phone call is logged with `{command} call` or the shortcut.",
    ]
    return f"The help desk is at work in {escape(channel)}", [b.section("\n".join(lines))]


def event_line(event: Event, zone: tzinfo = UTC) -> str | None:
    """An event of a ticket as a line in its thread; None for what the card or another post shows anyway."""
    who, detail = words.person(event.actor), event.detail
    reason = escape_line(str(detail.get("why") or detail.get("reason") or detail.get("error") or ""), 300)
    after = f": {reason}" if reason else ""
    if event.kind == "answered":
        return _answered(event, who, after)
    lines = {
        "acknowledged": ":outbox_tray: Acknowledgement sent to the buyer",
        "ack_suppressed": f":mute: No acknowledgement sent{after}",
        "ack_failed": f":x: The acknowledgement did not arrive{after}",
        "ack_held": f":grey_question: Unknown whether the acknowledgement went out{after}",
        "taken": f":raising_hand: {who} has it",
        "assigned": f":bust_in_silhouette: {who} gave it to {words.person(str(detail.get('owner') or ''))}",
        "reply_queued": f":hourglass_flowing_sand: {who} answers; on its way to the buyer{_drafted(detail)}",
        "reply_failed": f":x: {who}'s answer was refused{after}",
        "reply_held": f":grey_question: Unknown whether {who}'s answer went out: look into Sent first{after}",
        "refused": f":x: The answer did not reach the buyer{after}. The ticket waits again.",
        "refused_unknown": f":x: A message of ours did not reach the buyer{after}",
        "no_response": f":ok_hand: {who}: no response needed",
        "resolved": f":white_check_mark: Resolved by {who}",
        "reopened": f":arrows_counterclockwise: Opened again by {who}",
        "topic": f":label: {who} says it is about {_spoken(detail.get('cause') or detail.get('topic'))}",
        "not_a_buyer": f":no_entry_sign: {who}: not a buyer",
        "rescued": f":sos: Rescued from Junk{after}",
        "snoozed": f":zzz: Snoozed by {who}{_until(detail.get('until'), zone)}{after}",
        "escalated": f":alarm_clock: Escalated: unanswered for {escape_line(str(detail.get('step') or ''), 20)}",
        "woken": ":alarm_clock: Awake again",
        "reminded": ":bell: A promise made to the buyer falls due soon",
        "call": f":telephone_receiver: A phone call, logged by {who}",
        "notice": f":information_source: The marketplace writes: {_spoken(detail.get('notice'))}",
    }
    return lines.get(event.kind)


def _until(iso: object, zone: tzinfo) -> str:
    try:
        at = datetime.fromisoformat(str(iso))
    except ValueError:
        return ""
    return f" until {words.moment(at, zone)}"


def _drafted(detail: dict[str, Any]) -> str:
    """What an answer began as, and whether its agent changed it."""
    began = began_as(detail)
    return f" ({escape_line(began, 120)})" if began else ""


def _spoken(name: object) -> str:
    return escape_line(str(name or "a notice").replace("_", " "), 80)


def _answered(event: Event, who: str, after: str) -> str:
    via = str(event.detail.get("via") or "")
    if event.actor == "sent" or via == "sent":
        return ":white_check_mark: Answered from another mail program (found in Sent)"
    if event.actor == "marketplace" or via == "marketplace":
        return ":white_check_mark: Answered on the marketplace's own site"
    if via == "phone":
        return f":telephone_receiver: {who} called back"
    return f":white_check_mark: {who}'s answer was sent to the buyer{after}"


def event_post(event: Event, zone: tzinfo = UTC) -> Post | None:
    """The line, and an answer's or call's own words below it."""
    line = event_line(event, zone)
    if line is None:
        return None
    told = {"reply_queued": "text", "call": "summary", "answered": "summary"}.get(event.kind, "")
    said = str(event.detail.get(told) or "")
    parts = [b.section(page) for page in pages(quoted(escape(said)), b.SECTION - 100)] if said.strip() else []
    return line, b.within_message([b.section(line), *parts], "The rest: `helpdesk ticket show`, or the dashboard.")


def notice(mail: Mail, zone: tzinfo) -> Post:
    """A marketplace's notice that a person must see at once: a claim, a cancellation request."""
    kind = {"claim_opened": "A claim was opened", "cancel_request": "A buyer asks to cancel an order"}
    what = kind.get(mail.kind or "", "A notice of the marketplace")
    order = f" · {escape_line(', '.join(mail.order_ids[:3]), 120)}" if mail.order_ids else ""
    lines = [f":rotating_light: *{what}*{order}", *_mail_lines(mail, zone)]
    blocks = [b.section("\n".join(lines))]
    if mail.text.strip():
        blocks.append(b.section(quote(mail.text, FIRST_LINES)))
    return f"{what}{order}: {escape_line(mail.subject, 120)}", blocks
