"""`watchlist`, `dashboard`, `forget`, `purge`, `export`: what managers ask for from a shell."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from helpdesk.errors import UsageError

if TYPE_CHECKING:
    from helpdesk.app.parts import Parts


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("watchlist")(watchlist)
    app.command("dashboard")(dashboard)
    app.command("forget")(forget)
    app.command("purge")(purge)
    app.command("export")(export)


def watchlist(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
) -> None:
    """SKUs and ASINs to fix or delist, with the messages behind each."""
    from helpdesk.cli_parts import with_parts
    from helpdesk.reports import gathering
    from helpdesk.reports import watchlist as pure

    if as_json and as_csv:
        raise UsageError("--json and --csv exclude each other: choose one")

    async def work(parts: Parts) -> Any:
        async with parts.store.read() as tx:
            return await gathering.watched(tx, parts.settings.watchlist, parts.now())

    entries, words = with_parts(work)
    if as_json:
        print(json.dumps(pure.as_json(entries, words), ensure_ascii=False))
    elif as_csv:
        csv.writer(sys.stdout, lineterminator="\n").writerows(pure.as_rows(entries, words))
    else:
        _print(entries, words)


def _print(entries: Any, words: dict[int, str]) -> None:
    from helpdesk.plain import plain
    from helpdesk.reports.watchlist import messages

    if not entries:
        print("No item stands out.")
    for entry in entries:
        item = " ".join(filter(None, (plain(entry.title), entry.sku and f"SKU {plain(entry.sku)}",
                                      entry.asin and f"ASIN {plain(entry.asin)}")))  # fmt: skip
        asleep = f" (asleep until {entry.until:%Y-%m-%d})" if entry.until else ""
        print(f"{entry.rule.title}: {item or 'return policy'}{asleep}")
        print(f"  {len(entry.contacts)} contacts in {entry.days} days, the limit is {entry.least}")
        for line in entry.advice:
            print(f"  → {line}")
        for one in messages(entry, words):
            where = f"#{one['ticket']}" if "ticket" in one else f"feedback {one['feedback']}"
            print(f"  {where}: {plain(str(one['text']))[:160]}")
        print()


def dashboard() -> None:
    """Print an address that lets you in to the dashboard once, within ten minutes."""
    from helpdesk.app.dashboard import link
    from helpdesk.cli_parts import with_parts

    async def work(parts: Parts) -> str:
        managers = parts.settings.slack.managers if parts.settings.slack else []
        return await link(parts, managers[0] if managers else "shell")

    address = with_parts(work)
    if not address:
        raise UsageError('the dashboard is not switched on: set [web].listen, such as "127.0.0.1:8080"')
    print(address)


def forget(
    address: Annotated[
        str, typer.Argument(help="The buyer's address, with or without +case, a caller's number, or an order.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Erase a buyer: words, name, address and orders; figures stay. Mails on the server are yours to delete.

    By an order's number goes who wrote nothing but a feedback.
    """
    from helpdesk.cli_parts import with_parts
    from helpdesk.feedback.report import ORDER_ID
    from helpdesk.store import erasure, feedback

    order = address.strip().upper() if ORDER_ID.fullmatch(address.strip()) else ""

    if not address.strip():
        raise UsageError("forget: name the buyer's address")

    async def work(parts: Parts) -> dict[str, int]:
        async with parts.store.write() as tx:
            numbers = await (erasure.of_order(tx, order) if order else erasure.of_address(tx, address))
            done = await erasure.conversations(tx, numbers, parts.now())
            if order:
                done["feedback"] += await feedback.erase(tx, [order])
            done["mails"] += await erasure.lone_mails(tx, address=address)
        return done

    _tell(with_parts(work), as_json)


def purge(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Apply retention: erase conversations and feedback older than [retention].mail."""
    from helpdesk.cli_parts import with_parts
    from helpdesk.store import erasure, feedback

    async def work(parts: Parts) -> dict[str, int]:
        before = parts.now() - parts.settings.retention.mail
        done = {"tickets": 0, "mails": 0, "feedback": 0}
        while True:
            async with parts.store.write() as tx:
                numbers = await erasure.older(tx, before)
                for name, count in (await erasure.conversations(tx, numbers, parts.now())).items():
                    done[name] += count
            if not numbers:
                break
        async with parts.store.write() as tx:
            done["mails"] += await erasure.lone_mails(tx, before=before)
            done["feedback"] += await feedback.erase_older(tx, before.astimezone(parts.settings.zone).date())
        return done

    _tell(with_parts(work), as_json)


def _tell(done: dict[str, int], as_json: bool) -> None:
    if as_json:
        print(json.dumps(done))
    else:
        print(f"erased: {done['tickets']} tickets, {done['mails']} mails, {done['feedback']} feedback")


def export(folder: Annotated[Path, typer.Argument(metavar="DIR", help="An empty or new folder.")]) -> None:
    """Take the data out: a JSON Lines file for each table, and tickets and messages as CSV too."""
    from helpdesk.cli_parts import with_parts

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is not empty: name a new folder")

    async def work(parts: Parts) -> dict[str, int]:
        from helpdesk.store import exporting

        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        counts = {}
        async with parts.store.read() as tx:
            for name in exporting.TABLES:
                counts[name] = await _write(folder, name, exporting.rows(tx, name))
        return counts

    for name, count in with_parts(work).items():
        print(f"{folder / name}.jsonl: {count}")


#: Tables that are written as CSV too.
CSV_TOO = {"tickets", "messages", "feedback"}


async def _write(folder: Path, name: str, rows: Any) -> int:
    from helpdesk.plain import csv_cell

    count = 0
    table = (folder / f"{name}.csv").open("w", encoding="utf-8-sig", newline="") if name in CSV_TOO else None
    try:
        writer = csv.writer(table) if table else None
        with (folder / f"{name}.jsonl").open("w", encoding="utf-8") as out:
            async for row in rows:
                out.write(json.dumps(row, ensure_ascii=False) + "\n")
                if writer is not None:
                    if not count:
                        writer.writerow(row)
                    writer.writerow([_cell(value, csv_cell) for value in row.values()])
                count += 1
    finally:
        if table:
            table.close()
    return count


def _cell(value: Any, safe: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list | dict):
        return str(safe(json.dumps(value, ensure_ascii=False)))
    return str(safe(value)) if isinstance(value, str) else str(value)
