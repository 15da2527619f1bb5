"""Figures of seller feedback as the marketplace counts them (DOMAIN 4.1, 4.5). Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from helpdesk.domain_feedback import Feedback, FeedbackState

#: Amazon's windows, in days; None: since ever.
WINDOWS: dict[str, int | None] = {"30": 30, "90": 90, "365": 365, "lifetime": None}
#: The window of the order defect rate, in days.
ODR_DAYS = 60


def counts(item: Feedback) -> bool:
    """Does a feedback count in the rating? Not when it is gone or struck through."""
    return item.gone_at is None and item.state not in (FeedbackState.REMOVED, FeedbackState.STRUCK, FeedbackState.GONE)


def percent(part: int, whole: int) -> int | None:
    """A whole number, halves up, as Amazon shows it; None of nothing.

    >>> percent(1, 8)
    13
    """
    return (200 * part + whole) // (2 * whole) if whole else None


def whole(items: Iterable[Feedback]) -> bool:
    """Is the good feedback among them? Amazon's usual report holds 1 to 3 stars alone (DOMAIN 4.4): shares of it would
    call every seller bad."""
    return any(item.rating >= 4 for item in items)


def rating(items: Iterable[Feedback], *, shares: bool = True) -> dict[str, Any]:
    """Shares of positive (4–5), neutral (3) and negative (1–2) feedback, and the average of stars.

    `shares`: False where the good feedback is not known; then they are None.
    """
    if not shares:
        return {"count": sum(1 for _ in items), "positive": None, "neutral": None, "negative": None, "stars": None}
    stars = [item.rating for item in items]
    positive, negative = sum(s >= 4 for s in stars), sum(s <= 2 for s in stars)
    return {
        "count": len(stars),
        "positive": percent(positive, len(stars)),
        "neutral": percent(len(stars) - positive - negative, len(stars)),
        "negative": percent(negative, len(stars)),
        "stars": round(sum(stars) / len(stars), 2) if stars else None,
    }


def within(items: Iterable[Feedback], today: date, days: int | None) -> list[Feedback]:
    """Those given in the last `days` days, today included."""
    first = date.min if days is None else today - timedelta(days=days - 1)
    return [item for item in items if first <= item.given_on <= today]


def trend(items: Sequence[Feedback], today: date, days: int = 30) -> int | None:
    """Percentage points by which the positive share of the last `days` days differs from the `days` before."""
    now = rating(within(items, today, days))["positive"]
    before = rating(within(items, today - timedelta(days=days), days))["positive"]
    return None if now is None or before is None else now - before


@dataclass(frozen=True, slots=True, kw_only=True)
class DefectParts:
    """What the order defect rate is made of; each order counts once (DOMAIN 4.5).

    `order_days` tells the day of each order: the rate goes by it, not by the feedback's day.
    """

    order_days: Mapping[str, date]
    claims: frozenset[str] = frozenset()  #: orders with an A-to-z claim that was not denied
    chargebacks: frozenset[str] = frozenset()

    def of(self, items: Iterable[Feedback], today: date) -> dict[str, Any]:
        """The rate and its parts over ODR_DAYS; shares are None where there was no order."""
        first = today - timedelta(days=ODR_DAYS - 1)
        orders = {order for order, day in self.order_days.items() if first <= day <= today}
        negative = {i.order_id for i in items if counts(i) and i.rating <= 2} & orders
        claims, chargebacks = self.claims & orders, self.chargebacks & orders
        defects = negative | claims | chargebacks
        share = (lambda n: round(n / len(orders), 4)) if orders else (lambda _n: None)
        return {
            "orders": len(orders),
            "defects": len(defects),
            "odr": share(len(defects)),
            "negative_feedback": len(negative),
            "negative_feedback_rate": share(len(negative)),
            "claims": len(claims),
            "chargebacks": len(chargebacks),
        }


def by(items: Iterable[Feedback], name: str) -> dict[str, dict[str, int]]:
    """Negative and neutral feedback by "topic", "sku" or "asin", the most frequent first."""
    low = [item for item in items if item.rating <= 3 and getattr(item, name)]
    negative = Counter(getattr(item, name) for item in low if item.rating <= 2)
    every = Counter(getattr(item, name) for item in low)
    return {key: {"count": n, "negative": negative[key]} for key, n in every.most_common()}


def watch(items: Iterable[Feedback], today: date, *, days: int = 90, least: int = 3) -> list[dict[str, Any]]:
    """SKUs that draw negative feedback again and again: with the comments behind each, the worst first."""
    found: dict[str, list[Feedback]] = {}
    for item in within(items, today, days):
        if item.sku and item.rating <= 2 and counts(item):
            found.setdefault(item.sku, []).append(item)
    ranked = sorted(
        ((sku, rows) for sku, rows in found.items() if len(rows) >= least), key=lambda p: (-len(p[1]), p[0])
    )
    return [
        {"sku": sku, "asin": rows[0].asin, "negative": len(rows), "feedback": [row.id for row in rows],
         "topics": dict(Counter(row.topic for row in rows).most_common())}
        for sku, rows in ranked
    ]  # fmt: skip


def windows_of(items: Sequence[Feedback], today: date) -> dict[str, dict[str, Any]]:
    """The rating of each of WINDOWS; shares are None where only bad feedback was ever seen."""
    counted, shares = [item for item in items if counts(item)], whole(items)
    return {name: rating(within(counted, today, days), shares=shares) for name, days in WINDOWS.items()}


def figures_of(items: Sequence[Feedback], today: date, parts: DefectParts | None = None) -> dict[str, Any]:
    """Everything at once: windows, trend, by topic and SKU of the last 365 days, and of `parts` the order defects."""
    counted = [item for item in items if counts(item)]
    year = within(counted, today, 365)
    return {
        "windows": windows_of(items, today),
        "trend_30": trend(counted, today) if whole(items) else None,
        "defects": parts.of(items, today) if parts else None,
        "topics": by(year, "topic"),
        "skus": by(year, "sku"),
        "watch": watch(items, today),
    }
