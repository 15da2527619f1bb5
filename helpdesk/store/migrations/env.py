"""Alembic's way in: it runs on the connection that store/schema.py hands over."""

from __future__ import annotations

from alembic import context

from helpdesk.store.schema import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata(), render_as_batch=True, compare_type=True)
context.run_migrations()
