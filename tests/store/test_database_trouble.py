"""A database that fails during the work: one line for the person, and nothing of what buyers wrote."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from helpdesk import cli


def run(config: Path, *arguments: str) -> int:
    """A command's exit code."""
    with pytest.raises(SystemExit) as ended:
        cli.main([*arguments, "--config", str(config)])
    return int(str(ended.value.code))


def test_a_full_disk_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 1, the reason and what to do; no traceback, no statement, no text of a buyer."""
    monkeypatch.setenv("HELPDESK_CONFIG", "")
    config = tmp_path / "helpdesk.toml"
    config.write_text(f'[database]\nurl = "sqlite:///{tmp_path}/helpdesk.db"\n', encoding="utf-8")
    assert run(config, "call", "--summary", "the first call") == 0
    with sqlite3.connect(tmp_path / "helpdesk.db") as other:
        other.execute(
            "CREATE TRIGGER full BEFORE INSERT ON ticket BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
        )
    other.close()
    capsys.readouterr()

    assert run(config, "call", "--summary", "my secret summary") == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("helpdesk: the database failed: database or disk is full; ")
    assert "secret" not in line


def test_a_place_where_no_file_can_be_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 2; the place is shown as it was written, and the database's thread says nothing of its own."""
    config = tmp_path / "helpdesk.toml"
    config.write_text('[database]\nurl = "sqlite:////proc/helpdesk.db"\n', encoding="utf-8")

    assert run(config, "tickets") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "'sqlite:////proc/helpdesk.db' cannot be opened" in line
