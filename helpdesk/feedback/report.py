"""Reads Amazon's feedback report in every layout, encoding and date form it comes in (DOMAIN 4.4).

The report is tab-separated without quoting; its headers are in the seller's language, so columns go by count and
position, held to the column in which order numbers stand. What cannot be read for certain is refused with its line:
a date read the wrong way round would move a deadline by months.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from helpdesk.errors import UsageError
from helpdesk.marketplaces.countries import Country

ORDER_ID = re.compile(r"[A-Z0-9]\d{2}-\d{7}-\d{7}", re.IGNORECASE)
FORMATS = ("mdy", "dmy", "ymd")

#: Where the order number stands → where the answer stands, and where the star flags of the old export begin.
_LAYOUTS = {4: (3, None), 7: (3, 4)}

_DATE = re.compile(r"(\d{1,4})\s?[./\-年]\s?(\d{1,2})\s?[./\-月]\s?(\d{1,4})日?(?:[ T].*)?$")
_RATING = re.compile(r"([1-5])(?:[.,]0)?(?:\s*(?:/\s*5|out of 5|stars?|★|つ星.*))?$", re.IGNORECASE)
_ROW_START = re.compile(r"\s*\"?\d{1,4}\s?[./\-年]\s?\d{1,2}\s?[./\-月]\s?\d{1,4}[^\t]{0,30}\t\s*[1-5](?:[.,]0)?\s*\t")


class Row(NamedTuple):
    """One feedback as reported. The rater's address is personal data and is not kept."""

    line: int
    date: date
    rating: int
    comment: str
    response: str
    order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report as read; `unknown`: it says nothing (cancelled or empty), which is not the same as "no feedback"."""

    rows: tuple[Row, ...] = ()
    unknown: bool = False
    encoding: str = "utf-8"

    def span(self) -> tuple[date, date] | None:
        """The days from the oldest row to the newest; only within it does a missing row mean a removed feedback."""
        if not self.rows:
            return None
        days = [row.date for row in self.rows]
        return min(days), max(days)


def decode(data: bytes, japanese: bool) -> tuple[str, str]:
    """(text, encoding): UTF-8 strictly, then cp932 for Japan, else cp1252; UTF-16 where its mark stands."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return data.decode("utf-16", errors="replace"), "utf-16"
    try:
        return data.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        pass
    if japanese:
        try:
            return data.decode("cp932"), "cp932"
        except UnicodeDecodeError:
            return data.decode("cp932", errors="replace"), "cp932"
    return data.decode("cp1252", errors="replace"), "cp1252"


def read_report(data: bytes, country: Country, date_format: str | None = None, name: str = "the report") -> Report:
    """Every row of a report, in file order. Raises UsageError for anything that cannot be read for certain."""
    text, encoding = decode(data, country.code == "JP")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    filled = [line for line in lines if line.strip()]
    if not filled or (len(filled) == 1 and filled[0].strip().upper() in {"CANCELLED", "CANCELED"}):
        return Report(unknown=True, encoding=encoding)
    column = _order_column(filled, name)
    if column is None:  # a header alone: read, and empty
        return Report(encoding=encoding)
    cut = list(_cut_rows(lines, column, name))
    order = date_order([(number, cells[0]) for number, cells in cut], country, date_format, name)
    days: dict[str, date] = {}
    rows = []
    for number, cells in cut:
        day = days.get(cells[0])
        if day is None:
            day = days[cells[0]] = parse_date(cells[0], order, number, name)
        rows.append(_row(number, cells, column, day, name))
    return Report(rows=tuple(rows), encoding=encoding)


def _order_column(filled: list[str], name: str) -> int | None:
    """Which column holds order numbers. None: the file is a header alone."""
    votes: dict[int, int] = {}
    for line in filled[:500]:
        for at, cell in enumerate(line.split("\t")):
            if ORDER_ID.fullmatch(cell.strip().strip('"')):
                votes[at] = votes.get(at, 0) + 1
    if not votes:
        if len(filled) == 1 and filled[0].count("\t") >= 4 and not _ROW_START.match(filled[0]):
            return None
        if "\t" not in filled[0]:
            raise UsageError(f"{name}: no columns: the report must be tab-separated, as Amazon writes it")
        raise UsageError(
            f"{name}, line 1: no order ID column: 6 columns (Date, Rating, Comments, Response, Order ID, Rater Email) "
            "or 9 to 10 (the old export) are known"
        )
    known = [at for at in _LAYOUTS if at in votes]
    if not known:
        raise UsageError(
            f"{name}, line 1: unknown layout: order numbers stand in column {max(votes, key=votes.__getitem__) + 1}, "
            "expected in column 5 (6 columns) or 8 (9 to 10 columns)"
        )
    return max(known, key=lambda at: votes[at])


def _cut_rows(lines: list[str], column: int, name: str) -> Iterator[tuple[int, list[str]]]:
    """(line number, cells) of each feedback; a comment's line breaks are put back together."""
    held: list[str] = []
    first = 0
    for number, line in enumerate(lines, 1):
        if _ROW_START.match(line) or _has_order_at(line, column):
            if held:
                yield first, _cells("\n".join(held), column, first, name)
            held, first = [line], number
        elif held:
            held.append(line)
        elif line.strip() and number > 1 and "\t" in line:
            raise UsageError(f"{name}, line {number}: neither a header nor a feedback: its date or rating is missing")
    if held:
        yield first, _cells("\n".join(held), column, first, name)


def _has_order_at(line: str, column: int) -> bool:
    cells = line.split("\t", column + 1)
    return len(cells) > column and ORDER_ID.fullmatch(cells[column].strip().strip('"')) is not None


def _cells(row: str, column: int, line: int, name: str) -> list[str]:
    """A feedback's cells up to its order number; tabs inside the comment are given back to it."""
    cells = row.strip("\n").split("\t")
    places = [at for at, cell in enumerate(cells) if at >= column and ORDER_ID.fullmatch(cell.strip().strip('"'))]
    if not places:
        raise UsageError(f"{name}, line {line}: no order ID in column {column + 1}")
    extra = places[-1] - column
    if extra:
        cells[2 : 3 + extra] = ["\t".join(cells[2 : 3 + extra])]
    return cells


def _row(line: int, cells: list[str], column: int, day: date, name: str) -> Row:
    rating = _RATING.match(cells[1].strip())
    if rating is None:
        raise UsageError(f"{name}, line {line}: rating {cells[1].strip()[:20]!r} is not 1 to 5")
    response, _flags = _LAYOUTS[column]
    return Row(
        line=line,
        date=day,
        rating=int(rating[1]),
        comment=cells[2].strip(),
        response=cells[response].strip(),
        order_id=cells[column].strip().strip('"').upper(),
    )


def _numbers(cell: str) -> tuple[int, int, int] | None:
    match = _DATE.match(cell.strip().strip('"'))
    return (int(match[1]), int(match[2]), int(match[3])) if match else None


def date_order(cells: list[tuple[int, str]], country: Country, wanted: str | None, name: str) -> str:
    """Which of "mdy", "dmy", "ymd" the dates are in: as told, as the country is known for, else as they allow.

    Raises UsageError naming the line where they allow more than one.
    """
    if wanted is not None:
        if wanted not in FORMATS:
            raise UsageError(f"--date-format {wanted!r} is unknown: mdy, dmy or ymd")
        return wanted
    if country.dates is not None:
        return country.dates
    possible = set(FORMATS)
    doubtful = 0
    for line, cell in cells:
        numbers = _numbers(cell)
        if numbers is None:
            continue  # parse_date names the line
        # a year of two digits in front is nobody's guess; it can be asked for
        orders = FORMATS if numbers[0] > 999 else FORMATS[:2]
        fits = {order for order in orders if _as_date(numbers, order) is not None}
        possible &= fits
        if not possible:
            raise UsageError(
                f"{name}, line {line}: date {cell.strip()!r} does not fit the ones before it; set --date-format"
            )
        readings = {_as_date(numbers, order) for order in fits}
        if len(readings) > 1 and not doubtful:
            doubtful = line
    if len({*possible}) > 1 and doubtful:
        cell = next(text for line, text in cells if line == doubtful)
        raise UsageError(
            f"{name}, line {doubtful}: date {cell.strip()!r} is ambiguous for {country.code}; "
            "set --date-format mdy, dmy or ymd ([feedback].date_format for the watched folder)"
        )
    return next(order for order in FORMATS if order in possible)


def _as_date(numbers: tuple[int, int, int], order: str) -> date | None:
    first, second, third = numbers
    if len(str(first)) == 4:
        order = "ymd"  # four digits in front are a year, whatever was said
    year, month, day = {"mdy": (third, first, second), "dmy": (third, second, first), "ymd": (first, second, third)}[
        order
    ]
    try:
        return date(year + 2000 if year < 100 else year, month, day)
    except ValueError:
        return None


def parse_date(cell: str, order: str, line: int, name: str) -> date:
    """One date. Raises UsageError naming the line."""
    numbers = _numbers(cell)
    found = _as_date(numbers, order) if numbers else None
    if found is None or found.year < 1995:
        raise UsageError(
            f"{name}, line {line}: {cell.strip()[:30]!r} is not a date in the order {order}; set --date-format"
        )
    return found
