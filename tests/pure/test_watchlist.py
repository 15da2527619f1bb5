"""The watch list's rules: thresholds, windows, merging of SKU and ASIN, done and snoozed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from helpdesk.domain_watch import WatchMark
from helpdesk.reports.watchlist import Contact, Entry, as_rows, entries, of_tickets, rules
from helpdesk.settings import WatchList

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
LIMITS = WatchList()


def ticket(number: int, days: float, topic: str, cause: str | None = None, **item: str) -> dict[str, Any]:
    """A ticket's row."""
    at = NOW - timedelta(days=days)
    return {"id": number, "topic": topic, "cause": cause, "items": [item] if item else [], "received_at": at}


def found(*rows: dict[str, Any], marks: tuple[WatchMark, ...] = (), limits: WatchList = LIMITS) -> list[Entry]:
    """The list over some tickets."""
    return entries(of_tickets(rows), marks, limits, NOW)


@pytest.mark.parametrize(
    "rule", [one.name for one in rules() if one.topic and one.item]
)  # negative feedback and return questions have tests of their own
def test_each_rule_fires_at_its_threshold(rule: str) -> None:
    """One contact fewer, or one too old, and the item is not listed; 0 switches the rule off."""
    least, days = LIMITS.of(rule)
    topic = next(one.topic for one in rules() if one.name == rule)
    rows = [ticket(n, days - 0.5, topic, sku="A1") for n in range(1, least + 1)]
    assert [(one.rule.name, one.item, len(one.contacts)) for one in found(*rows)] == [(rule, "A1", least)]
    assert found(*rows[1:]) == []
    assert found(*rows[1:], ticket(9, days + 0.5, topic, sku="A1")) == []
    assert found(*rows, limits=WatchList(**{rule: 0})) == []


def test_one_ticket_counts_once() -> None:
    """A buyer who names the item twice is one contact."""
    row = ticket(1, 1, "wrong_item", sku="A1")
    assert found({**row, "items": [{"sku": "A1"}, {"sku": "A1"}]}, row) == []


def test_sku_and_asin_of_one_item_are_one() -> None:
    """Mails of the new layout name the ASIN alone; a notice tells its SKU."""
    rows = (ticket(1, 1, "wrong_item", asin="B0TEST0001", sku="A1"), ticket(2, 2, "wrong_item", asin="B0TEST0001"))
    [one] = found(*rows)
    assert (one.sku, one.asin) == ("A1", "B0TEST0001")


def test_return_questions_need_no_item() -> None:
    """They are about the policy page; only questions about the policy count."""
    rows = [ticket(n, n, "returns_refunds", "return_policy_unclear") for n in range(1, 4)]
    assert [one.rule.name for one in found(*rows)] == ["return_questions"]
    assert found(*(ticket(n, n, "returns_refunds", "refund_window") for n in range(1, 4))) == []


def test_advice_begins_with_the_cause() -> None:
    """What buyers say was wrong decides which of the seed's lines come first."""
    rows = [ticket(n, n, "not_as_described", "size_or_material", asin="B0TEST0001") for n in range(1, 4)]
    assert found(*rows)[0].advice[0] == "Provide custom sizing charts."


def test_done_restarts_the_count_and_snooze_hides() -> None:
    """After "done" only new contacts count; a snoozed entry stands last until its day."""
    rows = [ticket(n, n, "wrong_item", sku="A1") for n in range(1, 5)]

    def mark(state: str, days: float, until: datetime | None = None) -> tuple[WatchMark, ...]:
        at = NOW - timedelta(days=days)
        return (WatchMark(rule="wrong_item", item="A1", state=state, until=until, actor="U1", at=at),)

    assert found(*rows, marks=mark("done", 0.5)) == []
    assert len(found(*rows, marks=mark("done", 2.5))[0].contacts) == 2
    assert found(*rows, marks=mark("snoozed", 1, NOW + timedelta(days=1)))[0].state == "snoozed"
    assert found(*rows, marks=mark("snoozed", 1, NOW - timedelta(days=1)))[0].state == "open"


def test_no_cell_of_the_table_is_a_formula() -> None:
    """A buyer's words and an item's name are text, whatever they begin with."""
    contacts = [
        Contact(rule="wrong_item", item="=A1", sku="=A1", title="+1", at=NOW, ticket=n, words="=HYPERLINK()")
        for n in (1, 2)
    ]
    row = as_rows(entries(contacts, (), LIMITS, NOW), {})[1]
    assert all(cell[:1] not in set("=+-@\t\r") for cell in row)
