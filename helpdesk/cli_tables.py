"""Tables for people: as wide as the terminal, or 200 columns where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpdesk.plain import plain

if TYPE_CHECKING:
    from helpdesk.domain import Ticket


def tickets_table(found: list[Ticket]) -> None:
    """`helpdesk tickets`, one row a ticket; times in the team's time zone."""
    from rich.console import Console
    from rich.table import Table

    from helpdesk.settings import load

    zone = load().zone
    table = Table(box=None, header_style="bold")
    for name in ("#", "status", "due", "marketplace", "buyer", "subject", "topic", "owner"):
        table.add_column(name, overflow="fold" if name == "subject" else "ellipsis", no_wrap=name != "subject")
    for ticket in found:
        due = ticket.due_at.astimezone(zone).strftime("%d %b %H:%M") if ticket.due_at else "–"
        table.add_row(
            str(ticket.id), str(ticket.status), due, ticket.marketplace, plain(ticket.buyer), plain(ticket.subject),
            ticket.topic or "–", plain(ticket.owner or "–"),
        )  # fmt: skip
    console = Console(markup=False, highlight=False)
    if not console.is_terminal:
        console.width = 200
    console.print(table)
