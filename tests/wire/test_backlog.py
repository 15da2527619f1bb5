"""A Junk folder at the first contact: told beforehand, killed in the middle, and in the end as the labels say."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from helpdesk.triage.evaluation import interval
from tests.support.backlog import Backlog, labelled
from tests.support.dovecot import Dovecot

MAILS, FEW = 400, 60
_ESCAPES = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]|\r")


def lying(dovecot: Dovecot, folder: Path, most: int) -> Backlog:
    """Some mails of the open benchmark in Junk, from every part of it."""
    mails = labelled(most)
    if mails is None:
        pytest.skip("no shared data")
    return Backlog(dovecot, folder, mails)


def said(backlog: Backlog) -> str:
    """What the terminal showed since it was last asked, without the bar's movements."""
    text = _ESCAPES.sub(b"", bytes(backlog.screen)).decode()
    backlog.screen.clear()
    return text


def test_backlog_is_told_then_worked_through_under_a_kill(dovecot: Dovecot, tmp_path: Path) -> None:
    """The rehearsal changes nothing and foretells the end; a kill while moving loses, doubles and forgets nothing."""
    backlog = lying(dovecot, tmp_path, MAILS)
    assert backlog.sync("--dry-run", "--json") == 0
    told = json.loads(next(line for line in said(backlog).splitlines() if line.startswith('{"would"')))
    untouched = (backlog.lying("Junk"), backlog.lying("INBOX"), backlog.known(), backlog.flagged())
    assert untouched == (MAILS, 0, 0, 0)

    assert backlog.sync(kill_when=lambda: backlog.lying("INBOX") > 0) == -9
    assert backlog.sync() == 0
    screen, found = said(backlog), backlog.outcome()

    assert "Junk" in screen
    assert f"{MAILS}/{MAILS}" in screen
    assert (found["lost"], found["doubled"]) == (0, 0)
    assert backlog.lying("INBOX") == told["would"]["rescue"]
    assert len(told["mails"]) == MAILS
    assert all(one["reasons"] for one in told["mails"])
    assert found["recall"] >= 0.95
    right = found["buyers"] * found["recall"]
    assert interval(round(right), round(right) + found["let_out"])[1] >= 0.99  # few mails: what they allow to say


def test_rehearsal_shows_a_table_and_knows_what_was_done(dovecot: Dovecot, tmp_path: Path) -> None:
    """People read what would be rescued, asked about and left, and why; after a sync nothing is left to do."""
    backlog = lying(dovecot, tmp_path, FEW)
    assert backlog.sync("--dry-run") == 0
    before = said(backlog)
    assert backlog.sync() == 0
    rescued = backlog.lying("INBOX")
    said(backlog)
    assert backlog.sync("--dry-run") == 0
    after = said(backlog)

    assert f"Would be moved to the Inbox: {rescued}" in before
    assert "a buyer's message through Amazon" in before
    assert "it went to a list" in before
    assert f"{rescued} unanswered conversations are older than first_contact: listed, not acknowledged" in before
    assert "Would be moved" not in after
    assert f"{FEW - rescued} were judged by an earlier sync and stay where they lie" in after
