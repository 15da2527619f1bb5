"""`sla`: the figures of the response clock."""

from __future__ import annotations

import asyncio
import csv
import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from helpdesk.errors import UsageError

if TYPE_CHECKING:
    from helpdesk.reports.figures import Figures, Window

#: Head of a column → how wide it is at least.
HEADS = ("eligible", "on time", "late", "unanswered", "open", "in time", "average", "median", "90 %")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("sla")(sla)


def sla(
    window: Annotated[str, typer.Option(help="Messages received in this time before now: 7d, 30d, 24h.")] = "7d",
    by: Annotated[str, typer.Option(help="marketplace, agent, topic, hour, weekday or day.")] = "marketplace",
    now: Annotated[str | None, typer.Option(help="Take this as the present (ISO 8601).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
) -> None:
    """How many buyers were answered within the marketplace's limit, and how fast."""
    from helpdesk.reports import figures
    from helpdesk.settings import config_path, load

    if as_json and as_csv:
        raise UsageError("--json and --csv exclude each other: choose one")
    path = config_path()
    settings = load(path)
    present = figures.moment(now, datetime.now(UTC), settings.timezone)
    asked = figures.window(window, present, by, settings.timezone)
    groups, total = asyncio.run(_read(settings.database.url, path.parent, asked))
    if as_json:
        print(json.dumps(figures.as_json(asked, groups, total), ensure_ascii=False))
    elif as_csv:
        csv.writer(sys.stdout, lineterminator="\n").writerows(figures.as_rows(asked, groups, total))
    else:
        _print(asked, groups, total)


async def _read(url: str, base: Any, asked: Window) -> tuple[dict[str, Figures], Figures]:
    from helpdesk.reports.figures import figures
    from helpdesk.store import figures as query
    from helpdesk.store import schema
    from helpdesk.store.engine import Store

    store = Store.connect(url, base)
    try:
        await schema.ensure(store)
        async with store.read() as tx:
            found = await query.window(tx, since=asked.since, until=asked.until, by=asked.by, offsets=asked.offsets)
    finally:
        await store.close()
    return figures(found, asked.by)


def _print(asked: Window, groups: Mapping[str, Figures], total: Figures) -> None:
    from zoneinfo import ZoneInfo

    from helpdesk.plain import plain

    zone = ZoneInfo(asked.zone)
    print(
        f"Received from {asked.since.astimezone(zone):%Y-%m-%d %H:%M} to {asked.until.astimezone(zone):%Y-%m-%d %H:%M}"
    )
    rows = [[asked.by or "", *HEADS]]
    rows += [[plain(name), *_cells(one)] for name, one in [*groups.items(), ("total", total)]]
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    for row in rows:
        first, *rest = zip(row, widths, strict=True)
        print("  ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)]).rstrip())


def _cells(one: Figures) -> list[str]:
    whole = [str(number) for number in (one.eligible, one.on_time, one.late, one.unanswered, one.open)]
    rate = "-" if one.response_rate is None else f"{one.response_rate:.1%}"
    return [*whole, rate, *(_span(seconds) for seconds in (one.avg_seconds, one.p50_seconds, one.p90_seconds))]


def _span(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes:02d} min"
