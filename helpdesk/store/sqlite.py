"""SQLite through one visit to its thread a statement.

aiosqlite, as SQLAlchemy drives it, visits the connection's thread three or four times a statement (make a cursor,
execute, fetch, close); each visit costs more than most statements do. Here a cursor does all that in one.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from typing import Any

import aiosqlite


class OneVisitCursor:
    """The part of aiosqlite's cursor that SQLAlchemy uses; rows lie ready after `execute`."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self.connection = connection
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1
        self._rows: list[Any] = []

    async def __aenter__(self) -> OneVisitCursor:
        """Nothing to open: the true cursor lives only within one visit."""
        return self

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> OneVisitCursor:
        """Run one statement and fetch its rows."""
        await self.connection._execute(self._visit, False, sql, parameters)  # type: ignore[no-untyped-call]  # aiosqlite's
        return self

    async def executemany(self, sql: str, parameters: Sequence[Sequence[Any]]) -> OneVisitCursor:
        """Run one statement for many rows."""
        await self.connection._execute(self._visit, True, sql, parameters)  # type: ignore[no-untyped-call]  # aiosqlite's
        return self

    async def fetchall(self) -> list[Any]:
        """The rows of the last statement, once."""
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """Nothing is left open."""

    def _visit(self, many: bool, sql: str, parameters: Any) -> None:
        """In the connection's thread."""
        cursor = self.connection._conn.cursor()
        try:
            (cursor.executemany if many else cursor.execute)(sql, parameters)
            self.description = cursor.description
            self._rows = cursor.fetchall() if cursor.description else []
            self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid  # after the rows: RETURNING counts then
        finally:
            cursor.close()


class OneVisitConnection(aiosqlite.Connection):
    """A connection whose cursors need one visit a statement, and that is left alone when nothing is to be undone."""

    _parting: asyncio.Future[Any] | None = None

    def stop(self) -> asyncio.Future[Any] | None:
        """Ask the thread to end."""
        self._parting = super().stop()
        return self._parting

    async def _connect(self) -> OneVisitConnection:
        """Open the file; where that fails the thread is seen out, or it would report to a loop that has ended."""
        try:
            await super()._connect()
        except Exception:
            if self._parting is not None:
                await self._parting
            raise
        return self

    def cursor(self) -> Any:
        """A cursor, without a visit."""
        return OneVisitCursor(self)

    async def rollback(self) -> None:
        """Undo what is open; the pool asks for it after every commit as well."""
        if self.in_transaction:
            await super().rollback()


def connect(database: str, **options: Any) -> OneVisitConnection:
    """What SQLAlchemy awaits for a new connection."""

    def opened() -> sqlite3.Connection:
        return sqlite3.Connection(database, **options)

    connection = OneVisitConnection(opened, 64)
    connection._thread.daemon = True  # a thread that waits for statements must not keep the program alive
    return connection
