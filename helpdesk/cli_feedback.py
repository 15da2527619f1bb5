"""The commands around seller feedback: import, list, draft, mark."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from helpdesk.cli_feedback_import import import_report, read_file, with_store
from helpdesk.errors import UsageError

if TYPE_CHECKING:
    from helpdesk.domain_feedback import Feedback
    from helpdesk.store.engine import Store


def register(app: typer.Typer) -> None:
    """Add `helpdesk feedback …`."""
    group = typer.Typer(no_args_is_help=True, help="Seller feedback: what can be removed, what to answer, until when.")
    group.command("import")(import_report)
    group.command("list")(list_feedback)
    group.command("draft")(show_draft)
    group.command("mark")(mark)
    group.command("figures")(figures)
    app.add_typer(group, name="feedback")


def _json(made: Any) -> str:
    """JSON in plain ASCII: whatever a buyer wrote, the terminal sees escapes only."""
    return json.dumps(made)


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

    found = with_store(read)
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
        text = with_store(lambda store: told_once(store, number, "shell", datetime.now(UTC)))
        typer.echo(_json({"id": number, "solved": text}) if as_json else plain(text, lines=True))
        return

    async def read(store: Store) -> Feedback | None:
        async with store.read() as tx:
            return await queries.get(tx, number)

    found = with_store(read)
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
    item = with_store(lambda store: marked(store, number, state, "shell", now))
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
    days = order_days(read_orders(read_file(orders), country(code or "US"), None, orders.name)) if orders else {}
    if orders is not None and not days:
        raise UsageError(f"{orders.name}: the column purchase-date is missing: order defects go by the order's day")

    async def read(store: Store) -> dict[str, Any]:
        async with store.read() as tx:
            parts = DefectParts(order_days=days, claims=await queries.claimed(tx)) if days else None
            made = figures_of(await queries.listing(tx, code), day, parts)
            return made | {"funnel": await queries.funnel(tx, code)}

    made = with_store(read)
    typer.echo(_json(made) if as_json else "\n".join(lines_of(made)))
