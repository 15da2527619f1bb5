"""`helpdesk feedback import`, and what the other feedback commands share with it: the store, and reading of files."""

from __future__ import annotations

import asyncio
import gc
import json
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from helpdesk.errors import UsageError

if TYPE_CHECKING:
    from helpdesk.app.aside import Aside
    from helpdesk.feedback.bringing import Brought, Progress
    from helpdesk.marketplaces.countries import Country
    from helpdesk.store.engine import Store

R = TypeVar("R")

#: No report is larger; a file that is, is something else.
MAX_FILE = 200_000_000
#: A file of so many bytes holds a report large enough for two processes; the second one takes as long to begin as this
#: one to read it.
LARGE = 2_000_000


@asynccontextmanager
async def _store() -> AsyncIterator[Store]:
    from helpdesk.settings.load import config_path, load_or_default
    from helpdesk.store.engine import Store
    from helpdesk.store.schema import ensure

    settings = load_or_default()
    store = Store.connect(settings.database.url, config_path().parent)
    try:
        await ensure(store)
        yield store
    finally:
        await store.close()


def with_store(work: Callable[[Store], Coroutine[Any, Any, R]]) -> R:
    """Run `work` over the configured store, and close it whatever happens."""

    async def within() -> R:
        async with _store() as store:
            return await work(store)

    return asyncio.run(within())


def read_file(path: Path) -> bytes:
    """A report or an orders file. Raises UsageError where it cannot be read or is none by its size."""
    try:
        if path.stat().st_size > MAX_FILE:
            raise UsageError(f"{path}: larger than {MAX_FILE // 1_000_000} MB: this is no report")
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from None


def import_report(
    file: Annotated[Path, typer.Argument(help="The feedback report, as Amazon writes it (tab-separated).")],
    marketplace: Annotated[str, typer.Option("--marketplace", help="Its country: US, UK, DE, FR, IT, ES, JP, …")],
    orders: Annotated[Path | None, typer.Option("--orders", help="A TSV that tells how orders were fulfilled.")] = None,
    date_format: str | None = typer.Option(None, "--date-format", help="mdy, dmy or ymd, where dates are ambiguous."),
    as_json: bool = typer.Option(False, "--json", help="What was done, as JSON."),
) -> None:
    """Read a feedback report; the same report again changes nothing."""
    from contextlib import closing

    from helpdesk.app.aside import Aside
    from helpdesk.feedback.report import FORMATS
    from helpdesk.marketplaces.countries import country

    gc.disable()  # hundreds of thousands of rows, none of them garbage, and the process ends with the command
    home = country(marketplace)
    if date_format is not None:
        date_format = date_format.strip().lower()
        if date_format not in FORMATS:
            raise UsageError(f"--date-format {date_format!r} is unknown: mdy, dmy or ymd")
    data = read_file(file)
    told = (orders.name, read_file(orders)) if orders is not None else None
    with closing(Aside()) as aside:
        if len(data) >= LARGE:
            aside.start()
        brought = _bring(data, file.name, told, home, date_format, aside)
    if as_json:
        typer.echo(json.dumps({name: getattr(brought, name) for name in brought.__slots__}))
    else:
        typer.echo(_summary(brought, file))


def _bring(
    data: bytes, name: str, orders: tuple[str, bytes] | None, home: Country, date_format: str | None, aside: Aside
) -> Brought:
    """Read and import; the second process, where there is one, loads what it needs at the same time."""
    from helpdesk.app.judging import LazyJudge, LazySecond
    from helpdesk.feedback.bringing import bring_in
    from helpdesk.feedback.judging import Judge
    from helpdesk.feedback.orders import read_orders
    from helpdesk.feedback.report import read_report

    report = read_report(data, home, date_format, name)
    known = read_orders(orders[1], home, date_format, orders[0]) if orders is not None else {}
    now = datetime.now(UTC)
    judge = Judge(LazySecond(LazyJudge()), aside)
    with _progress() as told:
        return with_store(lambda store: bring_in(store, report, home, known, now, judge=judge, progress=told))


def _progress() -> Any:
    """A context with a progress callback; a bar is drawn on a terminal alone."""
    from contextlib import contextmanager

    @contextmanager
    def bar() -> Any:
        if not sys.stderr.isatty():
            yield None
            return
        from rich.console import Console
        from rich.progress import Progress as Bar

        with Bar(console=Console(stderr=True), transient=True) as drawn:
            task = drawn.add_task("Reading feedback", total=None)
            told: Progress = lambda done, total: drawn.update(task, completed=done, total=total)  # noqa: E731 -- one call, named by its type
            yield told

    return bar()


def _summary(brought: Brought, file: Path) -> str:
    from helpdesk.plain import plain

    name = plain(file.name)
    if brought.unknown:
        return f"{name}: empty or cancelled: it says nothing about feedback, nothing was changed"
    kinds = [(brought.new, "new"), (brought.changed, "changed"), (brought.answered, "answered"),
             (brought.removed, "removed"), (brought.returned, "back again")]  # fmt: skip
    told = ", ".join(f"{count} {what}" for count, what in kinds if count) or "nothing new"
    return f"{name}: {brought.rows} feedback read: {told}"
