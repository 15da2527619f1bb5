"""The watch list: items that the seed's advice says to fix or delist, judged by what buyers wrote about them. Pure.

A contact is a ticket of a rule's topic that names the item, or a negative feedback on it. A rule fires once its number
of contacts falls into its window. "Done" restarts the count; "snoozed" hides an entry until a day.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from helpdesk.domain_feedback import Feedback
from helpdesk.domain_watch import WatchMark
from helpdesk.plain import csv_cell
from helpdesk.settings import WatchList

NEGATIVE = "negative_feedback"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule of watchlist.toml."""

    name: str
    title: str
    topic: str = ""
    only_cause: str = ""
    item: bool = True  #: is it about an item (or about a page of the seller's)?
    advice: tuple[str, ...] = ()
    causes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@cache
def rules() -> tuple[Rule, ...]:
    """All rules, in the order of the seed's table."""
    found = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return tuple(
        Rule(
            name=name,
            title=table["title"],
            topic=table.get("topic", ""),
            only_cause=table.get("only_cause", ""),
            item=table.get("item", True),
            advice=tuple(table["advice"]),
            causes={cause: tuple(lines) for cause, lines in table.get("cause", {}).items()},
        )
        for name, table in found.items()
    )


def windows(limits: WatchList, now: datetime) -> dict[str, datetime]:
    """Topic → from when on its rule looks at contacts."""
    return {rule.topic: now - timedelta(days=limits.of(rule.name)[1]) for rule in rules() if rule.topic}


def itemless() -> list[str]:
    """The causes whose tickets count without an item."""
    return [rule.only_cause for rule in rules() if not rule.item]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One thing a buyer wrote about an item."""

    rule: str
    item: str  #: SKU, else ASIN
    at: datetime
    cause: str = ""
    title: str = ""
    sku: str = ""
    asin: str = ""
    ticket: int = 0
    feedback: int = 0
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the watch list."""

    rule: Rule
    item: str
    contacts: tuple[Contact, ...]  #: within the window, the newest first
    least: int
    days: int
    state: str = "open"  #: open | snoozed
    until: datetime | None = None

    @property
    def sku(self) -> str:
        """The SKU, where one is known."""
        told = next((one.sku for one in self.contacts if one.sku), "")
        return told or (self.item if self.item != self.asin else "")

    @property
    def asin(self) -> str:
        """The ASIN, where one is known."""
        return next((one.asin for one in self.contacts if one.asin), "")

    @property
    def title(self) -> str:
        """The item's name, where a mail told it."""
        return next((one.title for one in self.contacts if one.title), "")

    @property
    def causes(self) -> dict[str, int]:
        """The causes behind it, the most frequent first."""
        return dict(Counter(one.cause for one in self.contacts if one.cause).most_common())

    @property
    def advice(self) -> list[str]:
        """The seed's advice: that of the causes found first."""
        of_causes = [line for cause in self.causes for line in self.rule.causes.get(cause, ())]
        every = [line for lines in self.rule.causes.values() for line in lines]
        return list(dict.fromkeys([*of_causes, *self.rule.advice])) or every


def of_tickets(rows: Iterable[Mapping[str, Any]]) -> list[Contact]:
    """Contacts from tickets: id, topic, cause, items, received_at (aware UTC)."""
    by_topic: dict[str, list[Rule]] = {}
    for rule in rules():
        by_topic.setdefault(rule.topic, []).append(rule)
    found: list[Contact] = []
    for row in rows:
        cause = row["cause"] or ""
        for rule in by_topic.get(row["topic"], ()):
            if rule.only_cause and rule.only_cause != cause:
                continue
            told = {"rule": rule.name, "at": row["received_at"], "cause": cause, "ticket": int(row["id"])}
            found += _of_items(row["items"], told) if rule.item else [Contact(item="", **told)]
    return found


def _of_items(items: object, told: dict[str, Any]) -> list[Contact]:
    """One contact for each item that a ticket names."""
    found: dict[str, Contact] = {}
    for item in items if isinstance(items, list) else []:
        sku, asin = str(item.get("sku") or "").strip(), str(item.get("asin") or "").strip()
        if sku or asin:
            found.setdefault(
                sku or asin, Contact(item=sku or asin, sku=sku, asin=asin, title=str(item.get("title") or ""), **told)
            )
    return list(found.values())


def of_feedback(rows: Iterable[Feedback]) -> list[Contact]:
    """Contacts from negative feedback on an item."""
    return [
        Contact(
            rule=NEGATIVE,
            item=row.sku or row.asin,
            at=datetime.combine(row.given_on, time(), UTC),
            cause=row.cause or "",
            sku=row.sku,
            asin=row.asin,
            feedback=row.id,
            words=row.comment,
        )
        for row in rows
        if row.sku or row.asin
    ]


def entries(contacts: Sequence[Contact], marks: Iterable[WatchMark], limits: WatchList, now: datetime) -> list[Entry]:
    """What the rules say at `now`: open entries first, then snoozed ones; the most contacts first."""
    skus = {one.asin: one.sku for one in contacts if one.asin and one.sku}
    decided = {(one.rule, one.item): one for one in marks}
    grouped: dict[tuple[str, str], list[Contact]] = {}
    for one in contacts:
        grouped.setdefault((one.rule, skus.get(one.item, one.item)), []).append(one)
    found: list[Entry] = []
    for rule in rules():
        least, days = limits.of(rule.name)
        for item in sorted(item for name, item in grouped if name == rule.name):
            decision = decided.get((rule.name, item))
            since = now - timedelta(days=days)
            if decision is not None and decision.state == "done":
                since = max(since, decision.at)
            told = _once(one for one in grouped[rule.name, item] if since < one.at <= now)
            if not least or len(told) < least:
                continue
            asleep = decision is not None and decision.state == "snoozed" and (decision.until or now) > now
            found.append(
                Entry(
                    rule=rule,
                    item=item,
                    contacts=tuple(told),
                    least=least,
                    days=days,
                    state="snoozed" if asleep else "open",
                    until=decision.until if asleep and decision else None,
                )
            )
    return sorted(found, key=lambda entry: (entry.state != "open", -len(entry.contacts)))


def _once(contacts: Iterable[Contact]) -> list[Contact]:
    """One contact for each ticket and feedback, the newest first."""
    once = {(one.ticket, one.feedback): one for one in contacts}
    return sorted(once.values(), key=lambda one: (one.at, one.ticket, one.feedback), reverse=True)


#: Messages shown behind an entry.
SHOWN = 5


def shown_tickets(found: Iterable[Entry]) -> list[int]:
    """The tickets whose words are shown."""
    return sorted({one.ticket for entry in found for one in entry.contacts[:SHOWN] if one.ticket})


def messages(entry: Entry, words: Mapping[int, str]) -> list[dict[str, Any]]:
    """What buyers wrote behind an entry, the newest first: at, ticket or feedback, text."""
    return [
        {
            "at": one.at.isoformat(),
            **({"ticket": one.ticket} if one.ticket else {"feedback": one.feedback}),
            "text": one.words or words.get(one.ticket, ""),
        }
        for one in entry.contacts[:SHOWN]
    ]


def as_json(found: Iterable[Entry], words: Mapping[int, str]) -> list[dict[str, Any]]:
    """The JSON of `helpdesk watchlist --json`."""
    return [
        {
            "rule": entry.rule.name,
            "title": entry.rule.title,
            "sku": entry.sku or None,
            "asin": entry.asin or None,
            "item": entry.title or None,
            "count": len(entry.contacts),
            "threshold": entry.least,
            "days": entry.days,
            "first_at": entry.contacts[-1].at.isoformat(),
            "last_at": entry.contacts[0].at.isoformat(),
            "causes": entry.causes,
            "advice": entry.advice,
            "state": entry.state,
            "until": entry.until.isoformat() if entry.until else None,
            "tickets": [one.ticket for one in entry.contacts if one.ticket],
            "feedback": [one.feedback for one in entry.contacts if one.feedback],
            "messages": messages(entry, words),
        }
        for entry in found
    ]


def as_rows(found: Iterable[Entry], words: Mapping[int, str]) -> list[list[str]]:
    """Head and rows for CSV; no cell can be a formula (promise 7)."""
    head = ["rule", "sku", "asin", "item", "count", "threshold", "days", "last_at", "state", "advice", "tickets",
            "feedback", "words"]  # fmt: skip
    rows = [head]
    for entry in found:
        said = " | ".join(" ".join(str(one["text"]).split()) for one in messages(entry, words))
        rows.append(
            [
                *(csv_cell(text) for text in (entry.rule.name, entry.sku, entry.asin, entry.title)),
                *(str(number) for number in (len(entry.contacts), entry.least, entry.days)),
                entry.contacts[0].at.isoformat(),
                entry.state,
                csv_cell(" ".join(entry.advice)),
                " ".join(str(one.ticket) for one in entry.contacts if one.ticket),
                " ".join(str(one.feedback) for one in entry.contacts if one.feedback),
                csv_cell(said),
            ]
        )
    return rows
