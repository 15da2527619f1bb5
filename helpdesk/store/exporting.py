"""Takes the data out: every table that holds the seller's own facts, row by row, in the order of their numbers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from helpdesk.store.engine import Tx
from helpdesk.store.tables import event, mail, message, outbox, sent, ticket
from helpdesk.store.tables_feedback import feedback, feedback_event
from helpdesk.store.tables_learning import example
from helpdesk.store.tables_watch import watch_mark

#: File name → table. Sign-ins, leases and cursors are nobody's facts.
TABLES: dict[str, Any] = {
    "tickets": ticket, "events": event, "messages": message, "mails": mail, "sent": sent, "outbox": outbox,
    "examples": example, "feedback": feedback, "feedback_events": feedback_event, "watch_marks": watch_mark,
}  # fmt: skip
CHUNK = 1000


async def rows(tx: Tx, name: str) -> AsyncIterator[dict[str, Any]]:
    """All rows of a table, by its key; times as ISO 8601 text."""
    table = TABLES[name]
    keys = list(table.primary_key.columns)
    if len(keys) > 1 or keys[0].name != "id":
        for fields in (await tx.execute(select(table).order_by(*keys))).mappings():
            yield _plain(fields)
        return
    last = 0
    while True:
        part = select(table).where(keys[0] > last).order_by(keys[0]).limit(CHUNK)
        found = (await tx.execute(part)).mappings().all()
        for fields in found:
            yield _plain(fields)
        if len(found) < CHUNK:
            return
        last = int(found[-1]["id"])


def _plain(fields: Any) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date | datetime) else value for name, value in fields.items()}
