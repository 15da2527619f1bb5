"""Compares a report with what is known: new, changed, answered, gone and returned feedback. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from helpdesk.domain_feedback import Feedback, FeedbackEvent, FeedbackState
from helpdesk.feedback.deadlines import deadline_of
from helpdesk.feedback.facts import NOTHING_TOLD, Facts, facts_json, facts_of
from helpdesk.feedback.judging import MANY, Asked, Assessed, Judge
from helpdesk.feedback.lifecycle import answered_only
from helpdesk.feedback.orders import Order
from helpdesk.feedback.report import Report, Row
from helpdesk.marketplaces.countries import Country
from helpdesk.store.feedback import forgotten_order
from helpdesk.store.feedback_rows import Mark

#: States that a vanishing does not change: the end was known already.
_ENDED = (FeedbackState.REMOVED, FeedbackState.STRUCK)


#: The columns of new feedback: all but the number.
NEW = (
    "marketplace", "order_id", "rating", "comment", "response", "given_on", "deadline", "facts", "sku", "asin",
    "ticket_id", "state", "first_seen", "last_seen", "edited", "reminded", "gone_at", "rev", "card_rev",
    *Assessed._fields,
)  # fmt: skip


@dataclass(slots=True)
class Plan:
    """What an import has to write."""

    new: list[tuple[Any, ...]] = field(default_factory=list)  #: NEW of feedback not known before
    changed: list[Feedback] = field(default_factory=list)
    same: list[int] = field(default_factory=list)
    events: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)  #: (order, kind, detail)
    counts: dict[str, int] = field(default_factory=dict)

    def note(self, order: str, kind: str, **detail: Any) -> None:
        """An event of one feedback; it is counted under its kind."""
        self.events.append((order, kind, detail))
        self.counts[kind] = self.counts.get(kind, 0) + 1


def asked_of(fields: Mapping[str, Any], facts: Facts) -> Asked:
    """The question for the judge. `fields`: comment, rating, response, marketplace."""
    return Asked(fields["comment"], fields["rating"], bool(fields["response"]), fields["marketplace"], facts)


def to_judge(report: Report, country: Country, marks: Mapping[str, Mark], orders: Mapping[str, Order]) -> list[Asked]:
    """What a report holds that is new or rewritten; `marks`: by order, of known feedback."""
    return [
        Asked(row.comment, row.rating, bool(row.response), country.code, _facts(orders.get(row.order_id)))
        for row in report.rows
        if (mark := marks.get(row.order_id)) is None or (mark.rating, mark.comment) != (row.rating, row.comment)
    ]


def untouched(
    report: Report, marks: Mapping[str, Mark], orders: Mapping[str, Order], tickets: Mapping[str, int]
) -> dict[str, int]:
    """Order → number of the known feedback of which a report and the orders file say nothing new."""
    rows = {row.order_id: row for row in report.rows}  # one feedback per order: the last row counts
    return {
        order: mark.id
        for order, mark in marks.items()
        if not mark.gone
        and (row := rows.get(order)) is not None
        and (row.rating, row.comment, row.response, row.date) == mark[1:5]
        and order not in orders
        and tickets.get(order, mark.ticket_id) == mark.ticket_id
    }


def _facts(order: Order | None) -> Facts:
    return order.facts if order else NOTHING_TOLD


def plan(
    report: Report,
    country: Country,
    known: Mapping[str, Feedback],
    orders: Mapping[str, Order],
    tickets: Mapping[str, int],
    judge: Judge,
    now: datetime,
    left: Mapping[int, str] | None = None,
    same: Mapping[str, int] | None = None,
) -> Plan:
    """What a report changes. `known`: by order, all feedback but that of `same`, which is `untouched`.

    Known feedback is changed only in what the report or the orders file changed; an edited draft stays. `left`: number
    → state in which a feedback vanished; it comes back in that state, so that nothing is asked for twice.
    """
    same = same or {}
    made = Plan(same=[*same.values()])
    rows = {row.order_id: row for row in report.rows}  # one feedback per order: the last row counts
    forgotten = {order: item.id for order, item in known.items() if item.facts.get("forgotten")}
    for row in rows.values():
        if row.order_id in same:
            continue
        before = known.get(row.order_id)
        if before is None and forgotten and (number := forgotten.get(forgotten_order(row.order_id))) is not None:
            made.same.append(number)  # the buyer asked to be forgotten: the report must not bring the words back
        elif before is None:
            order, ticket = orders.get(row.order_id), tickets.get(row.order_id)
            made.new.append(_new(row, country, order, ticket, judge, now, thorough=len(rows) <= MANY))
            made.counts["imported"] = made.counts.get("imported", 0) + 1  # its first_seen tells; no event
        else:
            order, ticket = orders.get(row.order_id), tickets.get(row.order_id)
            _known_row(made, before, row, order, ticket, judge, now, left or {})
    for gone in missing(report, rows.keys(), known.values()):
        _gone(made, gone, now)
    return made


def _new(
    row: Row, country: Country, order: Order | None, ticket: int | None, judge: Judge, now: datetime, *, thorough: bool
) -> tuple[Any, ...]:
    """Its columns, NEW: a large report would spend most of its time on making values of them."""
    _, day, rating, comment, response, order_id = row
    facts = _facts(order)
    sku, asin = (order.sku, order.asin) if order else ("", "")
    made = judge.assessed(Asked(comment, rating, bool(response), country.code, facts), thorough=thorough)
    return (
        country.code, order_id, rating, comment, response, day, deadline_of(day), facts_json(facts), sku, asin,
        ticket, (FeedbackState.REPLIED if response else FeedbackState.NEW).value, now, now, False, None, None, 0, -1,
        *made,
    )  # fmt: skip


def _known_row(
    made: Plan,
    before: Feedback,
    row: Row,
    order: Order | None,
    ticket: int | None,
    judge: Judge,
    now: datetime,
    left: Mapping[int, str],
) -> None:
    changes: dict[str, Any] = {}
    text = {"rating": row.rating, "comment": row.comment, "given_on": row.date}
    rewritten = {name: value for name, value in text.items() if getattr(before, name) != value}
    if rewritten:
        changes |= rewritten | {"deadline": deadline_of(row.date)}
        made.note(row.order_id, "changed", before={n: str(getattr(before, n)) for n in rewritten})
    if row.response != before.response:
        changes["response"] = row.response
        made.note(row.order_id, "answered" if row.response else "answer_deleted")
        replied = before.state == FeedbackState.SUBMITTED and answered_only(before)
        if row.response and (replied or before.state in (FeedbackState.NEW, FeedbackState.APPROVED)):
            changes["state"] = FeedbackState.REPLIED
    if before.gone_at is not None:
        stood = FeedbackState(left.get(before.id, FeedbackState.NEW))
        changes |= {"gone_at": None, "state": FeedbackState.NEW if stood in _ENDED else stood}
        made.note(row.order_id, "returned")
    if ticket is not None and ticket != before.ticket_id:
        changes["ticket_id"] = ticket
    facts = _better_facts(before, order)
    if order is not None and (
        facts_json(facts) != before.facts or (order.sku, order.asin) != (before.sku, before.asin)
    ):
        changes |= {"facts": facts_json(facts), "sku": order.sku or before.sku, "asin": order.asin or before.asin}
        if all(changes.get(n) == getattr(before, n) for n in ("facts", "sku", "asin")):
            for name in ("facts", "sku", "asin"):
                changes.pop(name)
    if not changes:
        made.same.append(before.id)
        return
    after = before.evolve(**changes, last_seen=now, rev=before.rev + 1)
    fresh = judge.assessed(asked_of(after.__dict__, facts))._asdict()
    if before.edited and not rewritten:
        fresh.pop("draft")
    elif rewritten:
        fresh["edited"] = False
    made.changed.append(after.evolve(**fresh))


def _better_facts(before: Feedback, order: Order | None) -> Facts:
    """What an orders file tells beats what an earlier one told; what it leaves open stays."""
    old = facts_of(before.facts)
    if order is None:
        return old
    new = order.facts
    return Facts(
        channel=new.channel or old.channel,
        buy_shipping=old.buy_shipping if new.buy_shipping is None else new.buy_shipping,
        ship_by=new.ship_by or old.ship_by,
        shipped_at=new.shipped_at or old.shipped_at,
    )


def missing(report: Report, orders: Iterable[str], known: Iterable[Feedback]) -> list[Feedback]:
    """Known feedback that the report should hold and does not.

    Only within the days the report covers, and, where it holds no 4 or 5 stars at all (Amazon's usual export), only
    below them.
    """
    span = report.span()
    if span is None:
        return []
    present = set(orders)
    lowest = 5 if any(row.rating >= 4 for row in report.rows) else 3
    return [
        f
        for f in known
        if f.gone_at is None
        and not f.facts.get("forgotten")
        and f.order_id not in present
        and span[0] <= f.given_on <= span[1]
        and f.rating <= lowest
    ]


def _gone(made: Plan, before: Feedback, now: datetime) -> None:
    state = before.state
    if state == FeedbackState.SUBMITTED and not answered_only(before):
        state = FeedbackState.REMOVED
    elif state not in _ENDED:  # a refused one too: that it vanished later is not what was asked for
        state = FeedbackState.GONE
    made.note(before.order_id, "removed", state=before.state)
    made.changed.append(before.evolve(state=state, gone_at=now, rev=before.rev + 1))


def events_for(made: Plan, numbers: Mapping[str, int], now: datetime, actor: str) -> list[FeedbackEvent]:
    """The plan's events with the feedback's numbers."""
    return [
        FeedbackEvent(feedback_id=numbers[order], at=now, kind=kind, actor=actor, detail=detail)
        for order, kind, detail in made.events
    ]
