"""Reads the orders file: what tells who fulfilled an order, how, and when (DESIGN 4, feedback)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from helpdesk.errors import UsageError
from helpdesk.feedback.facts import NOTHING_TOLD, Facts
from helpdesk.feedback.report import ORDER_ID, decode, parse_date
from helpdesk.marketplaces.countries import Country

COLUMNS = (
    "amazon-order-id", "fulfillment-channel", "buy-shipping", "ship-by", "shipped-at", "sku", "asin", "purchase-date",
)  # fmt: skip

_CHANNELS = {
    "amazon": "Amazon", "afn": "Amazon", "fba": "Amazon",
    "merchant": "Merchant", "mfn": "Merchant", "fbm": "Merchant", "seller": "Merchant",
}  # fmt: skip
_YES = {"yes", "y", "true", "1", "ja", "oui", "si", "sí", "はい", "是"}
_NO = {"no", "n", "false", "0", "nein", "non", "いいえ", "否"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the file tells of one order."""

    facts: Facts
    sku: str = ""
    asin: str = ""
    ordered: date | None = None  #: the day of the order, in the file's own time zone


def order_days(orders: Mapping[str, Order]) -> dict[str, date]:
    """Order → its day, where the file tells one: what the order defect rate goes by."""
    return {number: order.ordered for number, order in orders.items() if order.ordered is not None}


def read_orders(
    data: bytes, country: Country, date_format: str | None = None, name: str = "the orders file"
) -> dict[str, Order]:
    """Orders by number. Raises UsageError for a missing order column or an unreadable value, naming the line."""
    text, _ = decode(data, country.code == "JP")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    header = [cell.strip().strip('"').lower().replace("_", "-").replace(" ", "-") for cell in lines[0].split("\t")]
    at = {column: header.index(column) for column in COLUMNS if column in header}
    if "amazon-order-id" not in at:
        raise UsageError(
            f"{name}, line 1: the column amazon-order-id is missing; tab-separated columns: {', '.join(COLUMNS)}"
        )
    dates = date_format or country.dates or "ymd"
    orders: dict[str, Order] = {}
    for number, line in enumerate(lines[1:], 2):
        if not line.strip():
            continue
        cells = [cell.strip().strip('"') for cell in line.split("\t")]
        cell = {column: cells[place] if place < len(cells) else "" for column, place in at.items()}
        order_id = cell["amazon-order-id"].upper()
        if not ORDER_ID.fullmatch(order_id):
            raise UsageError(f"{name}, line {number}: {order_id[:30]!r} is not an order number")
        order = _order(cell, dates, number, name)
        orders[order_id] = _merged(orders[order_id], order) if order_id in orders else order
    return orders


def _order(cell: dict[str, str], dates: str, line: int, name: str) -> Order:
    return Order(
        facts=Facts(
            channel=_word(
                cell.get("fulfillment-channel", ""), _CHANNELS, "fulfillment-channel (Amazon or Merchant)", line, name
            ),
            buy_shipping=_yes_no(cell.get("buy-shipping", ""), line, name),
            ship_by=_moment(cell.get("ship-by", ""), dates, line, name),
            shipped_at=_moment(cell.get("shipped-at", ""), dates, line, name),
        ),
        sku=cell.get("sku", ""),
        asin=cell.get("asin", "").upper(),
        ordered=_day(_moment(cell.get("purchase-date", ""), dates, line, name)),
    )


def _day(moment: date | datetime | None) -> date | None:
    return moment.date() if isinstance(moment, datetime) else moment


def _word(text: str, words: dict[str, str], what: str, line: int, name: str) -> str | None:
    if not text:
        return None
    found = words.get(re.split(r"[^a-z]", text.lower(), maxsplit=1)[0])
    if found is None:
        raise UsageError(f"{name}, line {line}: {text[:30]!r} is no {what}")
    return found


def _yes_no(text: str, line: int, name: str) -> bool | None:
    low = text.lower()
    if not low:
        return None
    if low not in _YES | _NO:
        raise UsageError(f"{name}, line {line}: buy-shipping {text[:30]!r} is neither yes nor no")
    return low in _YES


def _moment(text: str, dates: str, line: int, name: str) -> date | datetime | None:
    """ISO 8601 (a day, or a moment), else a day in the report's order."""
    if not text:
        return None
    try:
        return date.fromisoformat(text) if len(text) <= 10 else datetime.fromisoformat(text)
    except ValueError:
        return parse_date(text, dates, line, name)


def with_items(
    orders: Mapping[str, Order], tickets: Mapping[str, int], items: Mapping[int, tuple[str, str]]
) -> Mapping[str, Order]:
    """The orders with the item that the ticket about an order names (ticket → SKU, ASIN), where the file tells none."""
    if not items:
        return orders
    made = dict(orders)
    for order_id, number in tickets.items():
        own = made.get(order_id)
        if number in items and (own is None or not (own.sku or own.asin)):
            sku, asin = items[number]
            made[order_id] = replace(own or Order(facts=NOTHING_TOLD), sku=sku, asin=asin)
    return made


def _merged(one: Order, other: Order) -> Order:
    """Two lines of one order: the worse news counts (an item shipped late makes the order late)."""
    a, b = one.facts, other.facts
    late = b if a.on_time() is not False and b.on_time() is not None else a
    return Order(
        facts=Facts(
            channel=a.channel
            if a.channel == b.channel or b.channel is None
            else (b.channel if a.channel is None else "Merchant"),
            buy_shipping=a.buy_shipping if b.buy_shipping is None else (b.buy_shipping and a.buy_shipping is not False),
            ship_by=late.ship_by,
            shipped_at=late.shipped_at,
        ),
        sku=one.sku or other.sku,
        asin=one.asin or other.asin,
        ordered=one.ordered or other.ordered,
    )
