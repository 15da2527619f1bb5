"""Tables of the shell at every width of a terminal."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rich.cells import cell_len

from helpdesk.cli_tables import tickets_table
from tests.support.people import NOW, a_ticket

SUBJECTS = [
    "注文した商品がまだ届きません。お手数ですが配送状況をご確認ください",
    "Where is my parcel? " * 12,
    "اين طلبي",
]
BUYER = "averyveryverylongaddress.with.many.parts@subdomain.of.some.university.example"


@pytest.mark.parametrize("width", [40, 64, 80, 129, 130, 200])
def test_the_ticket_table_keeps_what_matters_at_any_width(
    width: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Number, status, due time and the subject's beginning stand in every row, and no line is too long."""
    (tmp_path / "helpdesk.toml").write_text("", encoding="utf-8")
    monkeypatch.setenv("HELPDESK_CONFIG", str(tmp_path / "helpdesk.toml"))
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    tickets = [a_ticket(id=n + 1, subject=subject, buyer=BUYER, due_at=NOW) for n, subject in enumerate(SUBJECTS)]
    tickets_table(tickets)
    lines = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out).splitlines()
    assert all(cell_len(line) <= width for line in lines)
    for ticket in tickets:
        (line,) = [line for line in lines if line.split()[:1] == [str(ticket.id)]]
        assert str(ticket.status) in line
        assert ticket.due_at is not None
        assert f"{ticket.due_at:%H:%M}" in line
        assert ticket.subject[:3] in line
