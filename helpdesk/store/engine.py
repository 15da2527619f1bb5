"""The database: SQLite (WAL, synchronous=FULL) or PostgreSQL, opened once, spoken to in short transactions."""

from __future__ import annotations

import asyncio
import string
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, RowMapping, event, func, or_
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from helpdesk.domain import Value
from helpdesk.errors import SettingsError, UsageError
from helpdesk.store import sqlite

Tx = AsyncConnection
V = TypeVar("V", bound=Value)

#: How long a writer waits for another process's write lock on SQLite, in ms.
BUSY_TIMEOUT_MS = 30_000

POSTGRES = {"postgresql", "postgres", "postgresql+asyncpg"}


def database_url(text: str, base: Path | None = None) -> URL:
    """The SQLAlchemy URL for `[database].url`; a relative SQLite path is taken from `base`.

    Raises SettingsError for anything that is neither SQLite nor PostgreSQL.
    """
    try:
        url = make_url(text)
    except ArgumentError:
        url = None
    if url is not None and url.drivername in {"sqlite", "sqlite+aiosqlite"}:
        name = url.database or ""
        if name in {"", ":memory:"}:
            raise SettingsError("database.url names no file: write sqlite:///helpdesk.db")
        path = Path(name) if base is None else base / name
        return url.set(drivername="sqlite+aiosqlite", database=str(path))
    if url is not None and url.drivername in POSTGRES:
        if not 0 < (url.port or 5432) < 65536:
            raise SettingsError(f"database.url: there is no port {url.port}; PostgreSQL's is 5432")
        query = dict(url.query)
        if "sslmode" in query:  # libpq's word; asyncpg says ssl
            query["ssl"] = query.pop("sslmode")
        return url.set(drivername="postgresql+asyncpg", query=query)
    shown = text.split("@")[-1]  # never print a password
    raise SettingsError(f"database.url {shown!r} is neither sqlite:///FILE nor postgresql://USER@HOST/DATABASE")


class Store:
    """An open database. `write()` and `read()` give a transaction: commit at the end, roll back on an error."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.sqlite = engine.dialect.name == "sqlite"
        # SQLite has one writer: waiting here costs less than its busy handler's sleeps
        self._writer = asyncio.Lock() if self.sqlite else None

    @classmethod
    def connect(cls, text: str, base: Path | None = None, *, pool_size: int = 5) -> Store:
        """Make a store for `[database].url`; nothing is opened before the first transaction."""
        url = database_url(text, base)
        if url.drivername.startswith("sqlite"):
            folder = Path(str(url.database)).parent
            if not folder.is_dir():
                raise SettingsError(f"database.url: the folder {folder} does not exist; make it or name another")
            one_visit = {"async_creator_fn": sqlite.connect}
            # an error tells its statement without the values: those are what buyers wrote
            engine = create_async_engine(url, pool_size=pool_size, connect_args=one_visit, hide_parameters=True)
            _prepare_sqlite(engine)
        else:
            engine = create_async_engine(
                url, pool_size=pool_size, max_overflow=pool_size, pool_pre_ping=True, hide_parameters=True
            )
            _prepare_postgres(engine)
        return cls(engine)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Tx]:
        """A writing transaction (BEGIN IMMEDIATE on SQLite)."""
        if self._writer is None:
            async with self.engine.begin() as tx:
                yield tx
            return
        async with self._writer, self.engine.connect() as plain:
            tx = await plain.execution_options(immediate=True)
            async with tx.begin():
                yield tx

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Tx]:
        """A reading transaction: one consistent view."""
        async with self.engine.connect() as tx, tx.begin():
            yield tx

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


def _prepare_postgres(engine: AsyncEngine) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def on_connect(connection: Any, _record: object) -> None:
        # A plan that PostgreSQL keeps for a statement knows no values, so it cannot use a partial index: an idle look
        # at 100,000 tickets then reads them all (42 ms, not 2). Planning anew costs a twentieth of a millisecond.
        connection.run_async(lambda raw: raw.execute("SET plan_cache_mode = force_custom_plan"))


def _prepare_sqlite(engine: AsyncEngine) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def on_connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")  # NORMAL may forget the last commits when the power fails
        cursor.execute("PRAGMA foreign_keys=ON")
        # 2 MB for each of up to five connections; the system's own cache holds the file. 16 MB each grew `run` by 80.
        cursor.execute("PRAGMA cache_size=-2000")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def on_begin(connection: Any) -> None:
        immediate = connection.get_execution_options().get("immediate", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def is_missing(error: DBAPIError) -> bool:
    """Did the database say that a table does not exist (a database never set up)?"""
    words = str(error.orig).lower()
    return "no such table" in words or "does not exist" in words


def unreachable(error: Exception, text: str) -> UsageError:
    """One line for a database that cannot be opened; never its password."""
    reason = str(getattr(error, "orig", None) or error).splitlines()[0]
    shown = text.split("@")[-1].replace("+aiosqlite", "")
    return UsageError(f"database.url {shown!r} cannot be opened: {reason}")


def row(value: Value) -> dict[str, Any]:
    """The columns of a value for an INSERT; an `id` of 0 is left to the database."""
    fields = dict(value.__dict__)
    if not fields.get("id", 1):
        del fields["id"]
    return fields


def of(cls: type[V], fields: RowMapping | dict[str, Any]) -> V:
    """A domain value from a row's mapping, unvalidated: the database holds only what values put there."""
    names = dict(fields)
    if names.keys() != cls.model_fields.keys():
        return cls.model_construct(**names)  # some of its fields only: the rest have defaults
    # the whole row: what model_construct makes of it, without its walk over the fields
    value: V = cls.__new__(cls)
    object.__setattr__(value, "__dict__", names)
    object.__setattr__(value, "__pydantic_fields_set__", set(names))
    object.__setattr__(value, "__pydantic_extra__", None)
    object.__setattr__(value, "__pydantic_private__", None)
    return value


def holding(tx: Tx, words: str, *columns: ColumnElement[str]) -> ColumnElement[bool]:
    """Does any of the columns hold these words, whatever the case of their letters?

    SQLite knows the case of ASCII letters alone, so the others are looked for in the ways in which people write them.
    Its LIKE knows that by itself: to make a small copy of every text first would cost as much again as the search.
    """
    small = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
    ways = {way.translate(small) for way in (words.lower(), words, words.upper(), words.title())}
    patterns = [f"%{way.replace('~', '~~').replace('%', '~%').replace('_', '~_')}%" for way in sorted(ways)]
    texts = columns if tx.dialect.name == "sqlite" else [func.lower(column) for column in columns]
    return or_(*(text.like(pattern, escape="~") for text in texts for pattern in patterns))


def all_of(cls: type[V], rows: Iterable[RowMapping]) -> list[V]:
    """Domain values from rows' mappings."""
    return [of(cls, fields) for fields in rows]
