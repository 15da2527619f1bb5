"""Fixtures that more than one ring of tests uses."""

from __future__ import annotations

from tests.support.databases import database_url, store
from tests.support.dovecot import dovecot
from tests.support.postgres import postgres

__all__ = ["database_url", "dovecot", "postgres", "store"]
