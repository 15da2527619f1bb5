"""`run`, `sync`, `demo`: the bot at work."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from helpdesk.errors import UsageError

if TYPE_CHECKING:
    from datetime import datetime

    from helpdesk.app.parts import Parts
    from helpdesk.app.sync import Report
    from helpdesk.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("run")(run)
    app.command("sync")(sync)
    app.command("demo")(demo)


def run() -> None:
    """Everything, until SIGTERM or SIGINT."""
    from helpdesk.app.logs import to_stderr
    from helpdesk.app.run import run as run_all
    from helpdesk.cli_parts import with_parts
    from helpdesk.doctor import required
    from helpdesk.settings import load

    settings = load()
    required(settings)
    to_stderr()
    with_parts(run_all, settings=settings, pool_size=10)


def sync(
    now: Annotated[str, typer.Option(help="The time that deadlines are judged by, as 2026-11-24T09:00:00Z.")] = "",
    dry: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be rescued, reviewed and left; change nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """One pass of every job until nothing moves; for cron. Exit code 1 if something waits for a retry."""
    from helpdesk.app.logs import quiet
    from helpdesk.app.sync import sync as sync_all
    from helpdesk.cli_desk import parse_time
    from helpdesk.cli_parts import with_parts
    from helpdesk.doctor import required
    from helpdesk.settings import load

    settings = load()
    required(settings)
    quiet()
    moment = parse_time(now, "--now") if now else None

    if dry:
        _rehearse(settings, moment, as_json=as_json)
        return

    async def work(parts: Parts) -> tuple[Report, list[str]]:
        with _bar() as progress:
            return await sync_all(parts, progress)

    report, trouble = with_parts(work, settings=settings, now=moment)
    _complain(trouble)
    if as_json:
        print(json.dumps(report.as_dict()))
    else:
        print(", ".join(f"{number} {name}" for name, number in report.as_dict().items() if number) or "nothing new")
    if report.failed:
        raise typer.Exit(1)


def _complain(trouble: list[str]) -> None:
    for line in trouble:
        print(f"helpdesk: {' '.join(line.split())}", file=sys.stderr)


def _rehearse(settings: Settings, moment: datetime | None, *, as_json: bool) -> None:
    """`--dry-run`: a table of what would be done."""
    from helpdesk.app.rehearsal import Rehearsal, rehearse
    from helpdesk.cli_parts import with_parts
    from helpdesk.cli_rehearsal import show

    async def work(parts: Parts) -> Rehearsal:
        with _bar() as progress:
            return await rehearse(parts, progress)

    found = with_parts(work, settings=settings, now=moment)
    _complain(found.trouble)
    show(found, settings.zone, as_json=as_json)
    if found.trouble:
        raise typer.Exit(1)


class _bar:  # noqa: N801 -- used like a function
    """A progress bar per folder on a terminal; silent elsewhere."""

    def __enter__(self) -> Any:
        if not sys.stderr.isatty():
            self._bar = None
            return None
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
            console=Console(stderr=True, markup=False), transient=True,
        )  # fmt: skip
        self._bar.start()
        known: dict[str, Any] = {}

        def progress(folder: str, done: int, total: int) -> None:
            from helpdesk.plain import plain

            assert self._bar is not None
            if folder not in known:
                known[folder] = self._bar.add_task(plain(folder), total=total)
            self._bar.update(known[folder], completed=done, total=total)

        return progress

    def __exit__(self, *_error: object) -> None:
        if self._bar is not None:
            self._bar.stop()


def demo(
    port: Annotated[int, typer.Option(help="Port of the page; 0: a free one.", min=0, max=65535)] = 0,
    speed: Annotated[float, typer.Option(help="How fast the demo's time runs.", min=0.1, max=1000.0)] = 60.0,
    seconds: Annotated[float, typer.Option(help="End by itself after so many seconds; 0: on Ctrl-C.", min=0.0)] = 0.0,
) -> None:
    """The whole bot on servers of its own, with invented buyers; no account needed."""
    import asyncio

    from helpdesk.app.logs import quiet
    from helpdesk.sandbox.demo import demo as play

    quiet()
    try:
        asyncio.run(play(port=port, speed=speed, seconds=seconds, say=lambda line: print(line, flush=True)))
    except OSError as error:
        raise UsageError(f"--port {port} cannot be used: {error.strerror}") from None
