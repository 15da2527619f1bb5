"""Alembic's way in: it runs on the connection that store/schema.py hands over."""

from __future__ import annotations

from typing import Literal

from alembic import context

from helpdesk.store.schema import metadata
from helpdesk.store.tables import Seconds


def rendered(kind: str, item: object, _context: object) -> str | Literal[False]:
    """Our own types as what the database makes of them: a migration must not change when the program does."""
    return "sa.BigInteger()" if kind == "type" and isinstance(item, Seconds) else False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection, target_metadata=metadata(), render_as_batch=True, compare_type=True, render_item=rendered
)
context.run_migrations()
