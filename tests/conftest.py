"""Fixtures that more than one ring of tests uses."""

from __future__ import annotations

import os

import hypothesis
import pytest

from tests.support.databases import database_url, model_database, ready_url, store
from tests.support.dovecot import dovecot
from tests.support.postgres import postgres
from tests.support.shops import shop

__all__ = ["database_url", "dovecot", "model_database", "postgres", "ready_url", "shop", "store"]

# A slow machine is no fault: no property is judged by the time it takes.
hypothesis.settings.register_profile("helpdesk", deadline=None)
hypothesis.settings.load_profile("helpdesk")


#: Rings and files that wait longest for servers, first: what they wait, the quick ones fill.
FIRST = (
    "tests/wire/test_run",
    "tests/wire/test_kill",
    "tests/wire/test_web_browser",
    "tests/wire/test_faces",
    "tests/wire/test_promises",
    "tests/wire/test_sla_stops",
    "tests/wire",
    "tests/store",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with the files that take longest (`make test` spreads files over its workers in this order)."""

    def rank(item: pytest.Item) -> int:
        return next((n for n, start in enumerate(FIRST) if item.nodeid.startswith(start)), len(FIRST))

    items.sort(key=rank)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where HELPDESK_FORBID_SKIPS is set, a test that was skipped fails the run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and os.environ.get("HELPDESK_FORBID_SKIPS") and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which rings could not run in full, and why."""
    why: dict[str, set[str]] = {}
    for report in terminalreporter.stats.get("skipped", []):
        ring = report.nodeid.split("/")[1] if report.nodeid.startswith("tests/") else report.nodeid
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        why.setdefault(ring, set()).add(reason.removeprefix("Skipped: "))
    for ring, reasons in sorted(why.items()):
        terminalreporter.write_line(f"not run in full: {ring}: {'; '.join(sorted(reasons))}")
