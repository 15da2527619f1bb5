"""The table of `sync --dry-run`."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import tzinfo

    from helpdesk.app.rehearsal import Fate, Rehearsal

_SCORE = re.compile(r" ?\((?:buyer )?\d\.\d\d\)")
_HEADS = {
    "rescue": "Would be moved to the Inbox",
    "review": "Would stay in Junk until a person has decided",
    "suspect": "Would stay in Junk, and a person would be warned",
}


def show(found: Rehearsal, zone: tzinfo, *, as_json: bool) -> None:
    """Print what a sync would do, mail by mail; what is left is told by its reasons, the summary comes last."""
    if as_json:
        print(json.dumps(found.as_dict(), ensure_ascii=False).encode("utf-8", "replace").decode("utf-8"))
        return
    from rich.console import Console

    console = Console(markup=False, highlight=False)
    if not console.is_terminal:
        console.width = 160
    for fate, head in _HEADS.items():
        these = [one for one in found.fates if one.fate == fate]
        if these:
            console.print(_table(f"{head}: {len(these)}", these, zone))
    left = [one for one in found.fates if one.fate == "leave"]
    if left:
        console.print(_reasons(left))
    print("\n".join(_summary(found)))


def _grid(title: str) -> Any:
    from rich.table import Table

    return Table(title=title, title_justify="left", title_style="bold", box=None, header_style="dim", padding=(0, 1))


def _table(title: str, these: list[Fate], zone: tzinfo) -> Any:
    from helpdesk.plain import plain

    table = _grid(title)
    for name, width in (("date", 10), ("from", 30), ("subject", 36)):
        table.add_column(name, no_wrap=True, overflow="ellipsis", max_width=width, min_width=min(width, 10))
    table.add_column("why", overflow="fold")
    for one in these:
        mail = one.mail
        day = mail.clock_start.astimezone(zone).strftime("%Y-%m-%d")
        why = (mail.reasons or [mail.reason])[0]
        table.add_row(day, plain(mail.from_addr), plain(mail.subject), plain(why))
    return table


def _reasons(left: list[Fate]) -> Any:
    """What stays, grouped by why: thousands of rows would hide the others."""
    from helpdesk.plain import plain

    whys: Counter[str] = Counter()
    example: dict[str, str] = {}
    for one in left:
        why = plain(_SCORE.sub("", (one.mail.reasons or [one.mail.reason])[0])) or "nothing in it is a buyer's"
        key = f"{one.mail.verdict or 'spam'}: {why}"
        whys[key] += 1
        example.setdefault(key, plain(one.mail.subject))
    table = _grid(f"Would stay in Junk: {len(left)}")
    table.add_column("mails", justify="right")
    table.add_column("why", overflow="fold")
    table.add_column("for example", no_wrap=True, overflow="ellipsis", max_width=40)
    for key, number in whys.most_common():
        table.add_row(str(number), key, example[key])
    return table


def _summary(found: Rehearsal) -> list[str]:
    would = found.counts()
    stay = f"{would['review']} wait for a person, {would['suspect']} are suspects, {would['leave']} stay"
    lines = [f"{len(found.fates)} mails in Junk: {would['rescue']} would be moved to the Inbox, {stay}."]
    if would["known"]:
        lines.append(f"{would['known']} were judged by an earlier sync and stay where they lie.")
    old = f"{found.old} unanswered conversations are older than first_contact: listed, not acknowledged"
    lines.append(f"{found.acknowledge} conversations would get an acknowledgement; {old}.")
    lines.append("Nothing was moved, sent or kept. `helpdesk sync` does it; --json lists every mail.")
    return lines
