"""The tests' PostgreSQL: databases are fresh, and its own time zone is not UTC."""

from __future__ import annotations

from tests.support.postgres import Postgres


def test_databases_are_fresh_and_apart(postgres: Postgres) -> None:
    """Two databases share nothing."""
    first, second = postgres.fresh_database(), postgres.fresh_database()
    name = first.rpartition("/")[2]
    postgres.psql("create table t (n int)", name)
    assert first != second
    assert postgres.psql("select count(*) from pg_tables where schemaname = 'public'", name) == "1\n"
    other = second.rpartition("/")[2]
    assert postgres.psql("select count(*) from pg_tables where schemaname = 'public'", other) == "0\n"


def test_the_server_runs_in_another_time_zone(postgres: Postgres) -> None:
    """A time that leans on the server's zone comes out wrong here, as it should in a test."""
    assert postgres.psql("show timezone") == "Asia/Tokyo\n"
