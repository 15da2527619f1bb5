"""Migrations: where the database stands, and bringing it to where this program needs it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from helpdesk.errors import SchemaError
from helpdesk.store.engine import Store, is_missing, unreachable

MIGRATIONS = Path(__file__).resolve().parent / "migrations"

#: The newest revision in migrations/versions; a test holds it to the files.
HEAD = "0007"


async def current(store: Store) -> str | None:
    """The database's revision; None when it was never set up. Raises UsageError when it cannot be opened."""
    try:
        async with store.read() as tx:
            return (await tx.execute(text("SELECT version_num FROM alembic_version"))).scalar()
    except DBAPIError as error:
        if is_missing(error):
            return None
        raise unreachable(error, str(store.engine.url)) from error
    except OSError as error:
        raise unreachable(error, str(store.engine.url)) from error


async def upgrade(store: Store) -> str:
    """Bring the database to HEAD; safe to call twice, and by two programs at once."""
    async with store.write() as tx:
        if not store.sqlite:  # two workers upgrading at once wait for each other
            await tx.execute(text("SELECT pg_advisory_xact_lock(727272)"))
        await tx.run_sync(_upgrade)
    return HEAD


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


async def ensure(store: Store) -> None:
    """On SQLite bring the schema up by ourselves; on PostgreSQL refuse an older one, naming the command."""
    found = await current(store)
    if found == HEAD:
        return
    if found is not None and found > HEAD:
        raise SchemaError(
            f"the database is at revision {found}, newer than this program's {HEAD}: install the newer one"
        )
    if store.sqlite:
        await upgrade(store)
        return
    stands = f"is at revision {found}" if found else "was never set up"
    raise SchemaError(f"the database {stands}, this program needs {HEAD}: run `helpdesk db upgrade`")


def metadata() -> Any:
    """The metadata all migrations are compared with."""
    from sqlmodel import SQLModel

    from helpdesk.store import tables, tables_days, tables_feedback, tables_learning, tables_watch

    loaded = (
        tables.mail, tables_days.message_day, tables_feedback.feedback, tables_learning.learnt, tables_watch.watch_mark
    )  # fmt: skip
    assert all(one is not None for one in loaded)
    return SQLModel.metadata
