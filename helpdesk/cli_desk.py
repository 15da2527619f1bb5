"""`tickets`, `ticket …`, `call`: the desk from a shell."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from helpdesk.errors import HelpdeskError, UsageError
from helpdesk.plain import plain, unmentioned

if TYPE_CHECKING:
    from helpdesk.app.parts import Parts
    from helpdesk.domain import Ticket
    from helpdesk.replies.outcomes import Outcome

Number = Annotated[int, typer.Argument(metavar="N", help="The ticket's number.", min=1, max=2**63 - 1)]
As = Annotated[str, typer.Option("--as", help="Who does it: a Slack user id. Default: the user of this shell.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

ticket_app = typer.Typer(no_args_is_help=True, help="Look at a ticket, take it, answer it, close it.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("tickets")(tickets)
    app.add_typer(ticket_app, name="ticket")
    app.command("call")(call)


def parse_time(text: str, option: str) -> datetime:
    """An ISO 8601 time; without a zone it is the team's. UsageError otherwise."""
    from helpdesk.marketplaces.durations import is_plausible
    from helpdesk.settings import load

    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(f"{option} {text!r} is no time: write 2026-11-24T09:00:00Z") from None
    if not is_plausible(at):
        raise UsageError(f"{option} {text!r} lies in the year {at.year}: write 2026-11-24T09:00:00Z")
    if at.tzinfo is None:
        at = at.replace(tzinfo=load().zone)
    return at.astimezone(UTC)


def tickets(status: Annotated[str, typer.Option(help="Only this status.")] = "", as_json: AsJson = False) -> None:
    """List tickets."""
    from helpdesk.domain import Status

    known = [s.value for s in Status]
    if status and status not in known:
        raise UsageError(f"--status {status!r} is none of {', '.join(known)}")

    async def work(parts: Parts) -> list[Ticket]:
        from helpdesk.store import tickets as queries

        async with parts.store.read() as tx:
            return await queries.listing(tx, Status(status) if status else None)

    found = run(work)
    if as_json:
        print(json.dumps([shown(ticket) for ticket in found], ensure_ascii=False))
        return
    from helpdesk.cli_tables import tickets_table

    tickets_table(found)


def shown(ticket: Ticket) -> dict[str, Any]:
    """A ticket as `tickets --json` shows it (DESIGN 4)."""
    return {
        "ticket": ticket.id,
        "status": str(ticket.status),
        "mailbox": ticket.mailbox,
        "marketplace": ticket.marketplace,
        "buyer": ticket.buyer,
        "subject": ticket.subject,
        "order_ids": ticket.order_ids,
        "language": ticket.language,
        "topic": ticket.topic,
        "cause": ticket.cause,
        "owner": ticket.owner,
        "received_at": _iso(ticket.received_at),
        "due_at": _iso(ticket.due_at),
        "answered_at": _iso(ticket.answered_at),
        "mails": ticket.mails,
        "ack": str(ticket.ack),
        "ack_reason": ticket.ack_reason,
        "urgent": ticket.urgent,
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat().replace("+00:00", "Z") if at else None


@ticket_app.command("show")
def show(number: Number, as_json: AsJson = False) -> None:
    """Everything about one ticket: its state, its history."""

    async def work(parts: Parts) -> tuple[Ticket | None, list[Any], list[Any]]:
        from helpdesk.store import mails as mail_queries
        from helpdesk.store import tickets as queries

        async with parts.store.read() as tx:
            found = await queries.get(tx, number)
            return found, await queries.events(tx, number), await mail_queries.of_ticket(tx, number)

    ticket, events, mails = run(work)
    if ticket is None:
        raise UsageError(f"there is no ticket {number}: `helpdesk tickets` lists them")
    if as_json:
        history = [{"at": _iso(e.at), "kind": e.kind, "actor": e.actor, "detail": e.detail} for e in events]
        print(json.dumps({**shown(ticket), "events": history}, ensure_ascii=False))
        return

    for key, value in shown(ticket).items():
        text = ", ".join(value) if isinstance(value, list) else str(value if value is not None else "–")
        print(f"{key:12} {plain(text)}")
    for mail in mails:
        print(f"\n--- {_iso(mail.clock_start)}  {plain(mail.from_addr)}  ({mail.role})")
        print(plain(mail.text, lines=True)[:3000])
    print()
    for event in events:
        words = ", ".join(f"{k}={plain(str(v))[:80]}" for k, v in event.detail.items() if v not in ("", None))
        print(f"{_iso(event.at)}  {event.kind:16} {plain(event.actor):14} {words}")


@ticket_app.command("ack")
def ack(number: Number, actor: As = "") -> None:
    """Take note of a ticket: it is yours if nobody has it."""
    _act(number, "acknowledge", actor)


@ticket_app.command("assign")
def assign(number: Number, user: Annotated[str, typer.Argument(help="A Slack user id.")], actor: As = "") -> None:
    """Give a ticket to somebody."""
    from helpdesk.settings import load
    from helpdesk.settings.values import is_slack_user

    if load().slack is not None and not is_slack_user(user):
        raise UsageError(f"{user!r} is no Slack user id: write it as U0123ABCD (profile, ⋮, Copy member ID)")
    if not user.strip() or any(sign.isspace() or not sign.isprintable() for sign in user):
        raise UsageError(f"{user!r} is nobody's name: write one word")
    _act(number, "assign", actor, owner=user)


@ticket_app.command("resolve")
def resolve(number: Number, actor: As = "") -> None:
    """Close a ticket; the buyer's next mail opens it again."""
    _act(number, "resolve", actor)


@ticket_app.command("reopen")
def reopen(number: Number, actor: As = "") -> None:
    """Open a closed ticket again."""
    _act(number, "reopen", actor)


@ticket_app.command("no-response")
def no_response(number: Number, actor: As = "") -> None:
    """Say that the buyer's last message needs no answer: the clock stops."""
    _act(number, "no_response", actor)


@ticket_app.command("not-a-buyer")
def not_a_buyer(number: Number, actor: As = "") -> None:
    """Say that no buyer wrote this: out of queue and figures, and the classifier learns."""
    _act(number, "not_a_buyer", actor)


@ticket_app.command("snooze")
def snooze(
    number: Number,
    until: Annotated[str, typer.Option(help="Until when, as 2026-11-24T09:00:00Z.")],
    reason: Annotated[str, typer.Option(help="Why; it stands in the history.")] = "",
    actor: As = "",
) -> None:
    """Let a ticket sleep until a time; the buyer's next mail wakes it."""
    _act(number, "snooze", actor, until=parse_time(until, "--until"), reason=reason)


@ticket_app.command("reply")
def reply(
    number: Number,
    text: Annotated[str, typer.Option("--text", help="The answer.")] = "",
    file: Annotated[Path | None, typer.Option("--file", help="A file with the answer; - for standard input.")] = None,
    resolve_too: Annotated[bool, typer.Option("--resolve", help="Close the ticket with it.")] = False,
    confirm: Annotated[str, typer.Option(help="Why the warnings of the message rules may be passed over.")] = "",
    actor: As = "",
) -> None:
    """Answer the buyer; the message rules are checked first."""
    from secrets import token_hex

    body = text or _read(file)
    if not body.strip():
        raise UsageError("there is no answer: give --text TEXT or --file FILE")

    async def work(parts: Parts) -> tuple[bool, str]:
        from helpdesk.app.jobs import send_now
        from helpdesk.store import tickets as queries

        async with parts.store.read() as tx:
            ticket = await queries.get(tx, number)
        if ticket is None:
            raise UsageError(f"there is no ticket {number}: `helpdesk tickets` lists them")
        outcome = await parts.desk().reply(
            number, body, actor or _me(), rev=ticket.rev, key=token_hex(8), resolve=resolve_too, confirmed=confirm
        )
        if not outcome.ok:
            more = " Pass them over with --confirm REASON." if outcome.warnings else ""
            return False, outcome.message + more
        return True, f"{outcome.message} {await send_now(parts, number)}".strip()

    _said(*run(work))


def _read(file: Path | None) -> str:
    if file is None:
        return ""
    if str(file) == "-":
        return sys.stdin.read()
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--file {file} cannot be read: {error}") from None


def call(
    summary: Annotated[str, typer.Option(help="What it was about.")],
    at: Annotated[str, typer.Option(help="When it came, as 2026-11-24T09:00:00Z. Default: now.")] = "",
    caller: Annotated[str, typer.Option(help="Who called: a name or a number.")] = "",
    order: Annotated[str, typer.Option(help="The order it was about.")] = "",
    answers: Annotated[
        int, typer.Option(help="You called back: the ticket that this call answers.", min=0, max=2**63 - 1)
    ] = 0,
    actor: As = "",
) -> None:
    """Log a phone call: a ticket under the same 24-hour clock, or the call-back that answers one."""
    from secrets import token_hex

    when = parse_time(at, "--at") if at else None
    if not summary.strip():
        raise UsageError("--summary is empty: say in a few words what the call was about")

    async def work(parts: Parts) -> Outcome:
        if answers:
            return await parts.desk().call_back(answers, actor or _me(), when, summary)
        return await parts.desk().log_call(
            caller=caller, order=order, at=when, summary=summary, actor=actor or _me(), key=token_hex(8)
        )

    outcome = run(work)
    _said(outcome.ok, outcome.text)


def _act(number: int, action: str, actor: str, **detail: Any) -> None:
    async def work(parts: Parts) -> Outcome:
        return await parts.desk().act(number, action, actor or _me(), **detail)

    outcome = run(work)
    if outcome.ticket is None and not outcome.ok:
        raise UsageError(f"there is no ticket {number}: `helpdesk tickets` lists them")
    _said(outcome.ok, outcome.text)


def _said(ok: bool, text: str) -> None:
    if not ok:
        raise HelpdeskError(unmentioned(text))
    print(unmentioned(text))


def _me() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "shell"


def run(work: Any) -> Any:
    """Open the parts of the configured helpdesk, do the work, close them."""
    from helpdesk.cli_parts import with_parts

    return with_parts(work)
