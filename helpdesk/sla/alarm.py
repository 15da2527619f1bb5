"""The mail that stands in for Slack: everything due in one pass in one mail, naming ticket and order (DESIGN 4). Pure.

What buyers wrote is data here too: control characters never reach a header or a line of their own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any
from zoneinfo import ZoneInfo

from helpdesk.domain import Effect, Outbox
from helpdesk.sla.escalations import Desk

#: Tickets written out in one mail; the others are counted.
MOST_LINES = 200
KIND = "escalation"


def mails(rows: Sequence[Outbox], desk: Desk, now: datetime) -> list[Outbox]:
    """One mail to each address of [reports].email about these posts; none without an address or a mailbox to send from.

    The key comes from the posts' keys and the address, so that the same posts never make a second mail.
    """
    if not rows or not desk.mailbox or "@" not in desk.sender:
        return []
    subject, text = _subject(rows), _text(rows, desk, now)
    found = []
    for address in dict.fromkeys(desk.email):
        key = hashlib.sha256("\n".join([address, *sorted(row.key for row in rows)]).encode()).hexdigest()[:32]
        message_id = f"helpdesk.{key}@{desk.sender.rpartition('@')[2]}"
        payload = {
            "kind": KIND,
            "from": desk.sender,
            "to": address,
            "message_id": message_id,
            "raw": _raw(desk.sender, address, message_id, subject, text, now),
            "tickets": sorted({number for row in rows for number in _tickets(row)})[:MOST_LINES],
        }
        found.append(
            Outbox(
                key=f"escalation-mail:{key}",
                effect=Effect.MAIL,
                lane=desk.mailbox,
                payload=payload,
                next_at=now,
                created_at=now,
            )
        )
    return found


def _raw(sender: str, address: str, message_id: str, subject: str, text: str, now: datetime) -> str:
    message = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    message["From"] = f"helpdesk <{_line(sender, 320)}>"
    message["To"] = _line(address, 320)
    message["Subject"] = subject
    message["Date"] = now.astimezone(UTC)
    message["Message-ID"] = f"<{message_id}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message.as_bytes().decode("ascii")


def _subject(rows: Sequence[Outbox]) -> str:
    waiting = [row for row in rows if row.payload["kind"] == "escalation"]
    if not waiting:
        return _line(f"helpdesk: {_sentence(rows[0])}", 120)
    named = [f"#{row.payload['ticket']} ({row.payload['step']}){_order(row.payload)}" for row in waiting[:3]]
    more = f" and {len(waiting) - 3} more" if len(waiting) > 3 else ""
    return _line(f"helpdesk: waiting for an answer: {', '.join(named)}{more}", 180)


def _text(rows: Sequence[Outbox], desk: Desk, now: datetime) -> str:
    zone = ZoneInfo(desk.zone)
    why = "Slack did not take the messages below; they are posted there once it does." if desk.channel else ""
    lines = [_entry(row, zone, now) for row in rows[:MOST_LINES]]
    if len(rows) > MOST_LINES:
        lines.append(f"… and {len(rows) - MOST_LINES} more: helpdesk tickets")
    return "\n\n".join(
        part for part in (why, *lines, "helpdesk ticket show N tells everything about a ticket.") if part
    )


def _entry(row: Outbox, zone: ZoneInfo, now: datetime) -> str:
    payload = row.payload
    if payload["kind"] not in {"escalation", "reminder"}:
        return _sentence(row)
    parts = [
        f"Ticket #{payload['ticket']}: {_sentence(row)}",
        f"  Order: {_line(', '.join(payload['orders']), 120) or 'none named'}",
        f"  Buyer: {_line(payload['buyer'], 80)} ({_line(payload['marketplace'], 30)})",
        f"  About: {_line(payload['subject'], 120) or '(no subject)'}",
    ]
    if payload["due"]:
        parts.append(f"  Answer by: {_when(payload['due'], zone, now)}")
    return "\n".join(parts)


def _sentence(row: Outbox) -> str:
    payload = row.payload
    if payload["kind"] == "escalation":
        passed = f" (passed before: {', '.join(payload['passed'])})" if payload["passed"] else ""
        what = {"breach": "the limit has passed", "claim_risk": "the buyer may file a claim"}.get(payload["what"], "")
        waits = f"waits for an answer, step {payload['step']}{passed}"
        return f"{waits}; {what}." if what else f"{waits}."
    if payload["kind"] == "reminder":
        return f"a promise to the buyer falls due: {payload['promised']}."
    if payload["kind"] == "old_tickets":
        numbers = [f"#{number}{_of_old(payload, number)}" for number in payload["tickets"][:MOST_LINES]]
        more = f" and {len(payload['tickets']) - MOST_LINES} more" if len(payload["tickets"]) > MOST_LINES else ""
        return f"{len(payload['tickets'])} older unanswered tickets in {payload['mailbox']}: {', '.join(numbers)}{more}"
    return _line(str(payload.get("text", "")), 500)


def _of_old(payload: dict[str, Any], number: int) -> str:
    orders = payload.get("orders", {}).get(str(number), [])
    return f" (order {_line(orders[0], 40)})" if orders else ""


def _order(payload: dict[str, Any]) -> str:
    return f" order {_line(payload['orders'][0], 40)}" if payload["orders"] else ""


def _tickets(row: Outbox) -> list[int]:
    return list(row.payload.get("tickets", [])) or ([row.payload["ticket"]] if "ticket" in row.payload else [])


def _when(iso: str, zone: ZoneInfo, now: datetime) -> str:
    at = datetime.fromisoformat(iso)
    minutes = int(abs((at - now).total_seconds()) // 60)
    span = f"{minutes // 60} h {minutes % 60} min"
    return f"{at.astimezone(zone):%a %d %b %Y %H:%M} ({span} {'late' if at < now else 'left'})"


def _line(text: str, most: int) -> str:
    """One harmless line: no control or direction characters, no line breaks."""
    kept = "".join(c if c.isprintable() else " " for c in text)
    line = " ".join(kept.split())
    return line if len(line) <= most else line[: most - 1] + "…"
