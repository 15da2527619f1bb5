"""Tables for people: as wide as the terminal, or 200 columns where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpdesk.plain import plain

if TYPE_CHECKING:
    from helpdesk.domain import Ticket

#: Terminals narrower than this leave marketplace and topic out, and those below NARROWEST buyer and owner too.
WIDE, NARROWEST = 130, 64


def tickets_table(found: list[Ticket]) -> None:
    """`helpdesk tickets`, one row a ticket, whatever the terminal's width; times in the team's time zone.

    Number, status and due time always stand whole; the subject gets what the others leave.
    """
    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Table

    from helpdesk.settings import load

    zone = load().zone
    console = Console(markup=False, highlight=False)
    if not console.is_terminal:
        console.width = 200
    wide, middle = console.width >= WIDE, console.width >= NARROWEST
    table = Table(box=None, header_style="bold", expand=False)
    shown = {
        "#": True, "status": True, "due": True, "marketplace": wide, "buyer": middle, "subject": True,
        "topic": wide, "owner": middle,
    }  # fmt: skip
    rows = [
        {
            "#": str(ticket.id),
            "status": str(ticket.status),
            "due": ticket.due_at.astimezone(zone).strftime("%d %b %H:%M") if ticket.due_at else "–",
            "marketplace": ticket.marketplace,
            "buyer": plain(ticket.buyer),
            "subject": plain(ticket.subject),
            "topic": ticket.topic or "–",
            "owner": plain(ticket.owner or "–"),
        }
        for ticket in found
    ]
    names = [name for name, stands in shown.items() if stands]
    widths = {name: max(cell_len(name), *(cell_len(row[name]) for row in rows), 0) for name in names}
    widths["buyer"] = min(widths.get("buyer", 0), 40 if wide else console.width // 4)
    widths["owner"] = min(widths.get("owner", 0), 16 if wide else 10)
    left = console.width - sum(widths[name] for name in names if name != "subject") - 2 * len(names)
    widths["subject"] = max(min(widths["subject"], left), 8)
    for name in names:
        folds = name == "subject" and wide
        table.add_column(name, no_wrap=not folds, overflow="fold" if folds else "ellipsis", width=widths[name])
    for row in rows:
        table.add_row(*(row[name] for name in names))
    console.print(table)
