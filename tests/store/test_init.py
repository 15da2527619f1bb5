"""`helpdesk init` with its answers through a pipe."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from helpdesk import cli
from helpdesk.cli_admin import ask
from helpdesk.settings.values import mail_address

ANSWERS = ["help@shop.example", "shop", "amazon", "127.0.0.1:1", "", "secret", "127.0.0.1:1", "UTC", "", "n", ""]


def init(monkeypatch: pytest.MonkeyPatch, folder: Path, answers: list[str]) -> int:
    """The exit code of `init` in a folder."""
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{answer}\n" for answer in answers)))
    with pytest.raises(SystemExit) as ended:
        cli.main(["init", "--config", str(folder / "helpdesk.toml")])
    return int(str(ended.value.code))


def test_answers_become_a_file_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is readable by its owner alone; the doctor then says what is wrong (here: no server)."""
    assert init(monkeypatch, tmp_path, ANSWERS) == 1
    made = tmp_path / "helpdesk.toml"
    assert made.stat().st_mode & 0o777 == 0o600
    assert 'password = "secret"' in made.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("place", "answer", "told"),
    [
        (2, "amazn", "did you mean amazon?"),
        (3, "127.0.0.1:imap", "write HOST or HOST:PORT"),
        (7, "Berlin", "time zone"),
    ],
)
def test_a_wrong_answer_leaves_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    place: int,
    answer: str,
    told: str,
) -> None:
    """One line, exit 2, no file that would stop the next try."""
    assert init(monkeypatch, tmp_path, [*ANSWERS[:place], answer, *ANSWERS[place + 1 :]]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert told in line
    assert not list(tmp_path.iterdir())


def test_an_input_that_ends_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No silent end, and no file."""
    assert init(monkeypatch, tmp_path, ANSWERS[:3]) == 2
    assert "the input ended" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


class Terminal(io.StringIO):
    """A keyboard."""

    def isatty(self) -> bool:
        """Somebody sits there."""
        return True


def test_at_a_terminal_a_wrong_answer_is_asked_for_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is wrong is told at once, not after the last question."""
    monkeypatch.setattr("sys.stdin", Terminal("help\nhelp@shop.example\n"))
    assert ask("Address", mail_address) == "help@shop.example"
    assert "'help' is not an e-mail address" in capsys.readouterr().out
