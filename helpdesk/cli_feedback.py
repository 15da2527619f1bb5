"""The commands around seller feedback: import, list, draft, mark."""

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
    from helpdesk.domain_feedback import Feedback
    from helpdesk.feedback.bringing import Brought, Progress
    from helpdesk.store.engine import Store

R = TypeVar("R")

#: No report is larger; a file that is, is something else.
MAX_FILE = 200_000_000
#: A file of so many bytes holds a report large enough for two processes; the second one takes as long to begin as this
#: one to read it.
LARGE = 2_000_000


def register(app: typer.Typer) -> None:
    """Add `helpdesk feedback …`."""
    group = typer.Typer(no_args_is_help=True, help="Seller feedback: what can be removed, what to answer, until when.")
    group.command("import")(import_report)
    group.command("list")(list_feedback)
    group.command("draft")(show_draft)
    group.command("mark")(mark)
    group.command("figures")(figures)
    app.add_typer(group, name="feedback")


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


def _run(work: Callable[[Store], Coroutine[Any, Any, R]]) -> R:
    async def within() -> R:
        async with _store() as store:
            return await work(store)

    return asyncio.run(within())


def _json(made: Any) -> str:
    """JSON in plain ASCII: whatever a buyer wrote, the terminal sees escapes only."""
    return json.dumps(made)


def _read_file(path: Path) -> bytes:
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
    from helpdesk.app.judging import LazyJudge, LazySecond
    from helpdesk.feedback.bringing import bring_in
    from helpdesk.feedback.judging import Judge
    from helpdesk.feedback.orders import read_orders
    from helpdesk.feedback.report import FORMATS, read_report
    from helpdesk.marketplaces.countries import country

    gc.disable()  # hundreds of thousands of rows, none of them garbage, and the process ends with the command
    home = country(marketplace)
    if date_format is not None:
        date_format = date_format.strip().lower()
        if date_format not in FORMATS:
            raise UsageError(f"--date-format {date_format!r} is unknown: mdy, dmy or ymd")
    data = _read_file(file)
    now = datetime.now(UTC)
    with closing(Aside()) as aside, _progress() as told:
        if len(data) >= LARGE:
            aside.start()
        report = read_report(data, home, date_format, file.name)
        known = read_orders(_read_file(orders), home, date_format, orders.name) if orders is not None else {}
        judge = Judge(LazySecond(LazyJudge()), aside)
        brought = _run(lambda store: bring_in(store, report, home, known, now, judge=judge, progress=told))
    if as_json:
        typer.echo(_json({name: getattr(brought, name) for name in brought.__slots__}))
    else:
        typer.echo(_summary(brought, file))


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


def as_row(item: Feedback, *, everything: bool = False) -> dict[str, Any]:
    """A feedback as `feedback list --json` shows it; `everything` adds what the program knows beside."""
    made = {
        "id": item.id,
        "order_id": item.order_id,
        "rating": item.rating,
        "comment": item.comment,
        "date": item.given_on.isoformat(),
        "verdict": item.verdict,
        "criterion": item.criterion,
        "evidence": item.evidence,
        "missing": item.missing,
        "deadline": item.deadline.isoformat(),
        "recommended": item.recommended,
        "draft": item.draft,
    }
    if not everything:
        return made
    return made | {
        "marketplace": item.marketplace,
        "language": item.language,
        "topic": item.topic,
        "cause": item.cause,
        "why": item.why,
        "reason": item.reason,
        "state": str(item.state),
        "ticket": item.ticket_id,
        "gone": item.gone_at.isoformat() if item.gone_at else None,
    }


def list_feedback(
    as_json: bool = typer.Option(False, "--json", help="As JSON."),
    everything: bool = typer.Option(False, "--all", help="With --json: state, ticket, topic and reasons too."),
    marketplace: str | None = typer.Option(None, "--marketplace", help="Only this country's."),
) -> None:
    """All feedback with verdict, deadline and recommendation."""
    from helpdesk.marketplaces.countries import country
    from helpdesk.store import feedback as queries

    code = country(marketplace).code if marketplace else None

    async def read(store: Store) -> list[Feedback]:
        async with store.read() as tx:
            return await queries.listing(tx, code)

    found = _run(read)
    if as_json:
        typer.echo(_json([as_row(item, everything=everything) for item in found]))
    else:
        _table(found)


def _table(found: list[Feedback]) -> None:
    from helpdesk.feedback.lifecycle import order_said
    from helpdesk.plain import plain

    if not found:
        typer.echo("No feedback yet: helpdesk feedback import FILE --marketplace US")
        return
    today = datetime.now(UTC).date()
    for item in found:
        left = (item.deadline - today).days
        until = f"until {item.deadline} ({left} d)" if left >= 0 else f"ended {item.deadline}"
        verdict = f"{item.verdict} {item.criterion}" if item.criterion else item.verdict
        line = f"{item.id:>5}  {item.marketplace}  {order_said(item)}  {item.rating}*  {item.given_on}  {verdict}"
        typer.echo(plain(f"{line}  {item.recommended}  {item.state}  {until}  {item.comment[:60]}"))


def show_draft(
    number: int = typer.Argument(help="The feedback's number.", min=1, max=2**63 - 1),
    solved: bool = typer.Option(False, "--solved", help="What the buyer may be told once, now that it is solved."),
    as_json: bool = typer.Option(False, "--json", help="All drafts, as JSON."),
) -> None:
    """The draft for a feedback, and the others that could be used instead."""
    from helpdesk.feedback.desk import drafts_of, told_once
    from helpdesk.plain import plain
    from helpdesk.store import feedback as queries

    if solved:
        text = _run(lambda store: told_once(store, number, "shell", datetime.now(UTC)))
        typer.echo(_json({"id": number, "solved": text}) if as_json else plain(text, lines=True))
        return

    async def read(store: Store) -> Feedback | None:
        async with store.read() as tx:
            return await queries.get(tx, number)

    found = _run(read)
    if found is None:
        raise UsageError(f"feedback {number} does not exist: see helpdesk feedback list")
    if found.facts.get("forgotten"):
        raise UsageError(f"feedback {number} is erased: there is nothing left to write")
    drafts = drafts_of(found)
    if as_json:
        both = {"id": found.id, "recommended": found.recommended, "draft": found.draft, "drafts": drafts}
        typer.echo(_json(both))
        return
    draft = plain(found.draft, lines=True) or "(no draft: there are no words for it in the comment's language)"
    typer.echo(f"Recommended: {plain(found.recommended)} ({plain(found.reason)})\n\n{draft}")
    for kind, text in drafts.items():
        if text != found.draft:
            typer.echo(f"\nInstead, {kind}:\n{plain(text, lines=True)}")


def mark(
    number: int = typer.Argument(help="The feedback's number.", min=1, max=2**63 - 1),
    state: str = typer.Argument(
        help="approved, submitted, removed, struck, refused, replied, contacted, dismissed or new."
    ),
    as_json: bool = typer.Option(False, "--json", help="The feedback afterwards, as JSON."),
) -> None:
    """Say what became of a feedback."""
    from helpdesk.feedback.desk import mark as marked

    now = datetime.now(UTC)
    item = _run(lambda store: marked(store, number, state, "shell", now))
    typer.echo(_json(as_row(item, everything=True)) if as_json else f"feedback {item.id}: {item.state}")


def figures(
    now: Annotated[datetime | None, typer.Option("--now", help="The day the windows end, ISO; default today.")] = None,
    orders: Annotated[
        Path | None, typer.Option("--orders", help="A TSV of all orders with purchase-date: order defects too.")
    ] = None,
    marketplace: str | None = typer.Option(None, "--marketplace", help="Only this country's."),
    as_json: bool = typer.Option(False, "--json", help="As JSON."),
) -> None:
    """Ratings, negative rate, order defects, what stands behind them, and what became of removal requests."""
    from helpdesk.feedback.figure_lines import lines_of
    from helpdesk.feedback.figures import DefectParts, figures_of
    from helpdesk.feedback.orders import order_days, read_orders
    from helpdesk.marketplaces.countries import country
    from helpdesk.store import feedback as queries

    day = (now or datetime.now(UTC)).date()
    code = country(marketplace).code if marketplace else None
    days = order_days(read_orders(_read_file(orders), country(code or "US"), None, orders.name)) if orders else {}
    if orders is not None and not days:
        raise UsageError(f"{orders.name}: the column purchase-date is missing: order defects go by the order's day")

    async def read(store: Store) -> dict[str, Any]:
        async with store.read() as tx:
            parts = DefectParts(order_days=days, claims=await queries.claimed(tx)) if days else None
            made = figures_of(await queries.listing(tx, code), day, parts)
            return made | {"funnel": await queries.funnel(tx, code)}

    made = _run(read)
    typer.echo(_json(made) if as_json else "\n".join(lines_of(made)))
