"""Pages of the present: overview, queue, one ticket's timeline, and the lists behind every number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from helpdesk.domain import Event, Mail
from helpdesk.intake.first_contact import under_way
from helpdesk.replies.outcomes import began_as
from helpdesk.store import dashboard, mails, outbox, tickets
from helpdesk.web import asking, words
from helpdesk.web.render import page, table
from helpdesk.web.sessions import Visitor
from helpdesk.web.site import Site

#: Rows of the queue on the overview.
FEW = 5


async def overview(site: Site, who: Visitor, _request: Request) -> Response:
    """Are buyers answered, who needs help, which product causes the mail."""
    week = await asking.response(site, "7d", "marketplace")
    topics = await asking.response(site, "7d", "topic")
    review, suspects = await asking.looks(site)
    entries, _ = await asking.watched(site)
    async with site.store.read() as tx:
        contacts = await under_way(tx, datetime.now(UTC))
    return page(
        site, who, "overview.html", path="/",
        standing=await asking.standing(site), week=week, target=min(map(site.target_of, week.groups), default=0.9),
        topics=sorted(topics.groups.items(), key=lambda pair: -_count(pair[1]))[:6],
        tickets=await asking.queue(site, FEW), urgency=_urgency(site), review=review, suspects=suspects,
        entries=[entry for entry in entries if entry.state == "open"][:5], reached=await site.vital.trouble(),
        contacts=contacts,
    )  # fmt: skip


def _count(one: Any) -> int:
    return int(one.eligible + one.open)


def _urgency(site: Site) -> Any:
    now = site.now()
    return lambda due: words.urgency(due, now, asking.SOON)


def _show(request: Request) -> str:
    """Which part of the queue an address asks for; "" for all."""
    asked = request.query_params.get("show", "")
    return asked if asked in dashboard.SHOWN else ""


async def queue(site: Site, who: Visitor, request: Request) -> Response:
    """Everybody who waits, the most urgent first; or those behind one number."""
    show, start = _show(request), asking.start_of(request.query_params.get("start"))
    found = await asking.queue(site, asking.MANY + 1, show, start)
    return page(
        site, who, "queue.html", path="/queue", show=show, urgency=_urgency(site), standing=await asking.standing(site),
        tickets=found[: asking.MANY], start=start, many=asking.MANY, more=len(found) > asking.MANY, csv=asking.CSV,
    )  # fmt: skip


async def queue_csv(site: Site, _who: Visitor, request: Request) -> Response:
    """The queue as a table."""
    names = ("id", "status", "marketplace", "buyer_name", "buyer", "subject", "order_ids", "topic", "owner",
             "received_at", "anchor_at", "due_at", "mails")  # fmt: skip
    rows = [
        [getattr(ticket, name) for name in names] for ticket in await asking.queue(site, asking.CSV, _show(request))
    ]
    return table("queue", [["ticket", *names[1:]], *rows])


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One line of a ticket's timeline."""

    at: datetime
    what: str
    actor: str = ""
    note: str = ""
    text: str = ""
    kind: str = ""


async def ticket(site: Site, who: Visitor, request: Request) -> Response:
    """One ticket from its first mail to now."""
    number = int(request.path_params["number"])
    async with site.store.read() as tx:
        found = await tickets.get(tx, number) if number < 2**63 else None
        if found is None:
            return page(site, who, "refused.html", status=404, why=f"There is no ticket {number}.")
        events = await tickets.events(tx, number)
        letters = await mails.of_ticket(tx, number)
        effects = await outbox.of_ticket(tx, number)
        messages = await tickets.messages(tx, [number])
    waiting = [one for one in effects if one.state != "done"]
    return page(
        site, who, "ticket.html", path="/queue", ticket=found, moments=timeline(events, letters),
        messages=messages, effects=waiting, urgency=_urgency(site),
    )  # fmt: skip


def timeline(events: list[Event], letters: list[Mail]) -> list[Moment]:
    """Mails and events in the order in which they happened."""
    by_number = {mail.id: mail for mail in letters}
    told: set[int] = set()
    found: list[Moment] = []
    for event in events:
        mail = by_number.get(event.mail_id or 0)
        at, text = event.at, ""
        if mail is not None and event.kind == "received":
            told.add(mail.id)
            at, text = mail.clock_start, mail.text
        text = text or str(event.detail.get("text") or event.detail.get("summary") or "")
        found.append(
            Moment(
                at=at, what=words.happened(event.kind), actor=event.actor, note=note(event), text=text, kind=event.kind
            )
        )
    found += [
        Moment(at=mail.clock_start, what="Found in Sent", actor="sent", text=mail.text, kind="sent")
        for mail in letters
        if mail.id not in told and mail.role == "sent" and mail.text
    ]
    return sorted(found, key=lambda moment: moment.at)


def note(event: Event) -> str:
    """Why or how, in a few words of ours and of servers'."""
    detail = event.detail
    said = [
        str(detail[name])
        for name in ("step", "why", "reason", "error", "template", "via", "notice")
        if detail.get(name) and not (name == "template" and detail.get("draft"))
    ]
    said += [began] if (began := began_as(detail)) else []
    reasons = detail.get("reasons")
    said += [str(reason) for reason in reasons[:5]] if isinstance(reasons, list) else []
    if detail.get("owner"):
        said.append(f"to {detail['owner']}")
    if detail.get("until"):
        said.append(f"until {detail['until']}")
    return " · ".join(said)[:400]
