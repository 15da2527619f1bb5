"""Databases for tests: the same test runs over SQLite and over PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from helpdesk.store import schema
from helpdesk.store.engine import Store
from tests.support.postgres import Postgres


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/helpdesk.db"
    server: Postgres = request.getfixturevalue("postgres")
    return server.fresh_database()


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    """An open database with its tables."""
    opened = Store.connect(database_url)
    await schema.upgrade(opened)
    yield opened
    await opened.close()
