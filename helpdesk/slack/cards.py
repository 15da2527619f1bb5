"""The ticket card: one message a ticket, kept up to date. Pure; its JSON in each state lies in tests/data/slack."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from helpdesk.domain import Status, Ticket
from helpdesk.slack import blocks as b
from helpdesk.slack import names, words
from helpdesk.slack.escape import clip, escape, escape_line, one_line, quoted

#: Of the buyer's words on the card; the rest is behind "Show everything".
WORDS_ON_CARD = 2400
FILES_ON_CARD = 6
LONGEST_LINK = 1000
_LINK = re.compile(r"https://[^\s<>|\"'`]+")
RISKY = (".exe", ".scr", ".js", ".vbs", ".bat", ".cmd", ".com", ".msi", ".jar", ".ps1", ".lnk", ".iso", ".img", ".hta",
         ".docm", ".xlsm", ".pptm", ".apk", ".dmg", ".wsf", ".reg")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class CardView:
    """All that a card shows. Texts are raw, as the buyer wrote them."""

    ticket: Ticket
    words: str = ""  #: the buyer's own words of the newest mail
    quoted: bool = False  #: there is quoted history to unfold
    attachments: Sequence[dict[str, Any]] = ()  #: of all the buyer's mails: {"name", "size", …}
    advice: tuple[str, str] | None = None  #: the playbook's lines: what to do now, what to do for good
    earlier: int = 0  #: other tickets of the same buyer
    note: str = ""  #: why it came so late: "rescued from Junk"
    no_response_link: str = ""  #: the marketplace's own signed link: for a person to open, never fetched by us
    thanks: str = ""  #: the words with which the newest mail says thanks and nothing else (sla/thanks.py)


def summary(ticket: Ticket) -> str:
    """The card in one line of mrkdwn, for notifications and lists."""
    order = f" · {escape_line(ticket.order_ids[0], 40)}" if ticket.order_ids else ""
    who = escape_line(ticket.buyer_name or ticket.buyer, 60)
    subject = escape_line(ticket.subject, 90) or "(no subject)"
    return f"#{ticket.id} {words.marketplace(ticket.marketplace)}{order} · {who}: {subject}"


def card(view: CardView, now: datetime, zone: tzinfo) -> tuple[str, list[b.Block]]:
    """(text, blocks) of the card."""
    ticket = view.ticket
    blocks = [b.header(_title(ticket))]
    if ticket.urgent:
        blocks.append(b.section(f":rotating_light: *Urgent:* {escape_line(', '.join(ticket.urgent), 300)}"))
    blocks += [b.fields(_facts(view, now, zone)), _item(ticket), _words(view)]
    blocks += _advice(view) + _thanks(view) + _no_response_link(view)
    blocks += _files(view.attachments)
    blocks += [b.context(_history(view, zone)), *_buttons(view)]
    if ticket.status not in words.CLOSED:
        writes = "*Log our call-back* answers this call." if by_phone(ticket) else "Only *Reply* writes to the buyer."
        blocks.append(b.context(f"{writes} What is written in this thread stays inside."))
    return summary(ticket), [block for block in blocks if block]


def by_phone(ticket: Ticket) -> bool:
    """Somebody called and left no address: there is nobody to write to."""
    return ticket.marketplace == "phone" and "@" not in (ticket.reply_to or ticket.buyer)


def _title(ticket: Ticket) -> str:
    topic = f" · {label(ticket.topic)}" if ticket.topic else ""
    return f"#{ticket.id} · {words.marketplace(ticket.marketplace)}{topic}"


def label(name: str | None) -> str:
    """A topic or cause for people: "late_shipment" → "Late shipment"."""
    return escape_line((name or "").replace("_", " "), 60).capitalize()


def status_line(ticket: Ticket, zone: tzinfo) -> str:
    """Status with its mark; a snoozed ticket says until when."""
    mark, name = words.STATUS[Status(ticket.status)]
    if ticket.status == Status.SNOOZED and ticket.snoozed_until is not None:
        name += f" until {words.moment(ticket.snoozed_until, zone)}"
    return f"{mark} {name}"


def _facts(view: CardView, now: datetime, zone: tzinfo) -> list[tuple[str, str]]:
    ticket = view.ticket
    orders = ", ".join(escape_line(order, 40) for order in ticket.order_ids[:5]) or "–"
    if len(ticket.order_ids) > 5:
        orders += f" and {len(ticket.order_ids) - 5} more"
    name = escape_line(ticket.buyer_name, 80)
    address = escape_line(ticket.buyer, 120)
    return [
        ("Buyer", f"{name}\n{address}" if name and name != address else address),
        ("Answer by", words.due_line(ticket, now, zone)),
        ("Order", orders),
        ("Status", status_line(ticket, zone)),
        ("Language", words.language(ticket.language)),
        ("Owner", words.person(ticket.owner)),
    ]


def _item(ticket: Ticket) -> b.Block:
    """Subject and item in one paragraph."""
    lines = [f"*{escape_line(ticket.subject, 300) or '(no subject)'}*"]
    for item in ticket.items[:3]:
        codes = ", ".join(escape_line(str(item[key]), 40) for key in ("asin", "sku") if item.get(key))
        title = escape_line(str(item.get("title") or ""), 150)
        lines.append(":package: " + " · ".join(part for part in (title, codes) if part))
    if len(ticket.items) > 3:
        lines.append(f"and {len(ticket.items) - 3} more items")
    return b.section("\n".join(lines))


def _words(view: CardView) -> b.Block:
    escaped = escape(view.words).strip()
    if not escaped:
        return b.section("_The mail holds no words of the buyer's own._")
    return b.section(clip(quoted(escaped), WORDS_ON_CARD))


def _advice(view: CardView) -> list[b.Block]:
    """Topic and cause with the playbook's two lines."""
    if view.advice is None:
        return []
    ticket = view.ticket
    what = " → ".join(label(part) for part in (ticket.topic, ticket.cause) if part)
    now_line, for_good = (escape_line(line, 600) for line in view.advice)
    lines = [f":bulb: *{what}*" if what else ":bulb:"]
    lines += [f"*Now:* {now_line}"] if now_line else []
    lines += [f"*For good:* {for_good}"] if for_good else []
    return [b.section("\n".join(lines))] if len(lines) > 1 else []


def _thanks(view: CardView) -> list[b.Block]:
    """A mail that only says thanks: the click is proposed, never made."""
    if not view.thanks or view.ticket.status in words.CLOSED or view.ticket.anchor_at is None:
        return []
    said = escape_line(view.thanks, 60)
    return [b.context(f":ok_hand: It only says thanks (“{said}”): *No response needed* takes it off the clock.")]


def _no_response_link(view: CardView) -> list[b.Block]:
    """The marketplace counts for itself: its own "no response needed" is a link that a person opens."""
    link, status = view.no_response_link, Status(view.ticket.status)
    shown = status in {Status.NEW, Status.OPEN, Status.SNOOZED, Status.RESOLVED}
    if not shown or not _LINK.fullmatch(link) or len(link) > LONGEST_LINK:
        return []
    say = f"say *No response needed* to {words.marketplace(view.ticket.marketplace)} too"
    return [b.context(f":link: <{escape(link)}|Seller Central>: {say}; the button here tells only us.")]


def risky(name: str) -> bool:
    """Whether a file's name says that opening it may run something; a hidden second ending counts."""
    return one_line(name).lower().rstrip(". ").endswith(RISKY)


def file_line(found: dict[str, Any]) -> str:
    """A file by name and size, with a warning on what may run."""
    name = str(found.get("name") or "unnamed")
    warning = ":warning: may run a program: " if risky(name) else ""
    return f"{warning}{escape_line(name, 120)} ({words.kilobytes(int(found.get('size') or 0))})"


def _files(files: Sequence[dict[str, Any]]) -> list[b.Block]:
    if not files:
        return []
    shown = [f":paperclip: {file_line(found)}" for found in files[:FILES_ON_CARD]]
    if len(files) > FILES_ON_CARD:
        shown.append(f"and {len(files) - FILES_ON_CARD} more files")
    return [b.context(*shown)]


def _history(view: CardView, zone: tzinfo) -> str:
    ticket = view.ticket
    mails = "1 mail" if ticket.mails == 1 else f"{ticket.mails} mails"
    parts = [f"{mails} since {words.moment(ticket.received_at, zone)}", words.ACK[ticket.ack]]
    if ticket.ack_reason:
        parts[-1] += f" ({escape_line(ticket.ack_reason, 120)})"
    if view.earlier:
        parts.append(f"{view.earlier} other ticket{'s' * (view.earlier > 1)} of this buyer")
    if view.note:
        parts.append(escape_line(view.note, 200))
    return " · ".join(parts)


def _buttons(view: CardView) -> list[b.Block]:
    """Every state has every button: a click on a closed ticket is answered with the truth."""
    ticket, number = view.ticket, view.ticket.id
    first = [
        b.button("Log our call-back" if by_phone(ticket) else "Reply", names.REPLY, number, style="primary"),
        b.button("Acknowledge", names.ACKNOWLEDGE, number),
        b.button("Assign", names.ASSIGN, number),
        b.button("Snooze", names.SNOOZE, number),
        b.button("Resolve", names.RESOLVE, number),
    ]
    second = [
        b.button("No response needed", names.NO_RESPONSE, number),
        b.button("Not a buyer", names.NOT_A_BUYER, number),
        b.button("Topic", names.TOPIC, number),
    ]
    if ticket.status in words.CLOSED:
        second.append(b.button("Reopen", names.REOPEN, number))
    if view.quoted or view.attachments or b.too_long(quoted(escape(view.words)), WORDS_ON_CARD):
        second.append(b.button("Show everything", names.MORE, number))
    return [b.actions(*first, block_id="desk"), b.actions(*second, block_id="close")]
