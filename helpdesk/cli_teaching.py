"""`ticket topic`, `reviews`, `review …`: what teaches the classifier, from a shell."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from helpdesk.cli_desk import As, AsJson, Number, _me, run, ticket_app
from helpdesk.errors import HelpdeskError, RefusedError, UsageError

if TYPE_CHECKING:
    from helpdesk.app.parts import Parts
    from helpdesk.domain import Mail
    from helpdesk.replies.outcomes import Outcome

MailNumber = Annotated[
    int, typer.Argument(metavar="MAIL", help="The mail's number, as `helpdesk reviews` shows it.", min=1, max=2**63 - 1)
]

review_app = typer.Typer(no_args_is_help=True, help="Decide on mail in Junk that may be a buyer's.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("reviews")(reviews)
    app.add_typer(review_app, name="review")


@ticket_app.command("topic")
def topic(
    number: Number,
    name: Annotated[str, typer.Argument(metavar="TOPIC", help="The right topic, or a cause alone.")],
    cause: Annotated[str, typer.Argument(metavar="CAUSE", help="Its cause.")] = "",
    actor: As = "",
) -> None:
    """Put a ticket's topic and cause right; the classifier learns it."""
    from helpdesk.replies.teaching import named_topic

    try:
        named_topic(name, cause or None)
    except RefusedError as error:
        raise UsageError(str(error)) from None

    async def work(parts: Parts) -> Outcome:
        return await parts.desk().correct_topic(number, name, cause or None, actor or _me())

    _told(run(work), f"there is no ticket {number}: `helpdesk tickets` lists them")


def reviews(as_json: AsJson = False) -> None:
    """Mail in Junk that waits for a person: uncertain ones, and suspects. The newest hundred."""

    async def work(parts: Parts) -> list[Mail]:
        from helpdesk.store import mails

        async with parts.store.read() as tx:
            return await mails.waiting_review(tx)

    found: list[Mail] = run(work)
    if as_json:
        print(json.dumps([_shown(mail) for mail in found], ensure_ascii=False))
        return
    from rich.console import Console
    from rich.table import Table

    from helpdesk.plain import plain
    from helpdesk.settings import load

    zone = load().zone
    table = Table(box=None, header_style="bold")
    for name, width in (("mail", 8), ("date", 10), ("verdict", 8), ("from", 32), ("subject", 36)):
        table.add_column(name, no_wrap=True, overflow="ellipsis", max_width=width)
    table.add_column("why", overflow="fold")
    for mail in found:
        day = mail.clock_start.astimezone(zone).strftime("%Y-%m-%d")
        why = plain((mail.reasons or [""])[0])
        table.add_row(str(mail.id), day, str(mail.verdict), plain(mail.from_addr), plain(mail.subject), why)
    console = Console(markup=False, highlight=False)
    if not console.is_terminal:
        console.width = 200
    if found:
        console.print(table)
        print("Decide with `helpdesk review rescue MAIL` or `helpdesk review leave MAIL`.")
    else:
        print("Nothing waits for a person.")


def _shown(mail: Mail) -> dict[str, object]:
    return {
        "mail": mail.id, "mailbox": mail.mailbox, "date": mail.clock_start.isoformat().replace("+00:00", "Z"),
        "from": mail.from_addr, "subject": mail.subject, "verdict": str(mail.verdict), "score": mail.score,
        "reasons": mail.reasons, "model": mail.model, "old": mail.old,
    }  # fmt: skip


@review_app.command("rescue")
def rescue(mail: MailNumber, actor: As = "") -> None:
    """A buyer wrote it: it becomes a ticket, and goes to the Inbox at the next pass."""
    _decide(mail, "rescue", actor)


@review_app.command("leave")
def leave(mail: MailNumber, actor: As = "") -> None:
    """No buyer wrote it: it stays in Junk."""
    _decide(mail, "leave", actor)


def _decide(mail: int, decision: str, actor: str) -> None:
    async def work(parts: Parts) -> Outcome:
        return await parts.desk().review(mail, decision, actor or _me())

    _told(run(work))


def _told(outcome: Outcome, missing: str = "") -> None:
    if not outcome.ok and missing and outcome.ticket is None:
        raise UsageError(missing)
    if not outcome.ok:
        raise HelpdeskError(outcome.text)
    print(outcome.text)
