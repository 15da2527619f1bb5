"""Databases for tests: the same test runs over SQLite and over PostgreSQL.

The migrations run once for each kind of database; every further one with tables is a copy of that, which takes a tenth
of the time. The tests of the migrations themselves begin with an empty one.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
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


@pytest.fixture(scope="session")
def model_database(postgres: Postgres) -> str:
    """The name of a PostgreSQL database with its tables, to be copied."""
    url = postgres.fresh_database()
    asyncio.run(_upgraded(url))
    return url.rpartition("/")[2]


@pytest.fixture(params=["sqlite", "postgresql"])
def ready_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database that has its tables, and nothing in them."""
    if request.param == "sqlite":
        return with_tables(tmp_path)
    model: str = request.getfixturevalue("model_database")
    server: Postgres = request.getfixturevalue("postgres")
    return server.fresh_database(model)


@pytest.fixture
async def store(ready_url: str) -> AsyncIterator[Store]:
    """An open database with its tables."""
    opened = Store.connect(ready_url)
    yield opened
    await opened.close()


def with_tables(folder: Path) -> str:
    """Put an SQLite database with its tables into a folder; its URL."""
    (folder / "helpdesk.db").write_bytes(_tables())
    return f"sqlite:///{folder}/helpdesk.db"


@cache
def _tables() -> bytes:
    with tempfile.TemporaryDirectory(prefix="helpdesk-tables-") as folder:
        url = f"sqlite:///{folder}/helpdesk.db"
        with ThreadPoolExecutor(1) as aside:  # which has no event loop yet, whoever asks
            aside.submit(asyncio.run, _upgraded(url)).result()
        return (Path(folder) / "helpdesk.db").read_bytes()


async def _upgraded(url: str) -> None:
    opened = Store.connect(url)
    await schema.upgrade(opened)
    await opened.close()
