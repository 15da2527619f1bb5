"""The fixture that opens a shop: Dovecot, SMTP, Slack, a database, all on this machine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.dovecot import Dovecot
from tests.support.forks import FORKS
from tests.support.shop import Shop, workspace
from tests.support.smtpd import smtpd


@pytest.fixture
async def shop(dovecot: Dovecot, tmp_path: Path) -> AsyncIterator[Shop]:
    """A shop on SQLite, with Slack, configured."""
    async with smtpd() as server, workspace() as slack:
        database = f"sqlite:///{tmp_path}/helpdesk.db"
        opened = Shop(tmp_path, dovecot, dovecot.new_user(), server, slack, database, FORKS)
        opened.configure()
        yield opened
