"""The one query behind every SLA figure: a window of buyers' messages, each as one number.

A million messages must be judged within a fraction of a second. Finished days are counted from their columns
(store/days.py); for the rest one scan of a covering index gives each message as a whole number, all in one text, for
grouping and sorting in the database takes longer. reports/figures.py counts the numbers:

    number = (group × 4 + state) × 2³² + seconds until the answer (0 without one)
    state  = 0 answered in time, 1 answered late, 2 waiting, 3 unanswered and over the limit
    group  = the hour, weekday or day, or a number per name (the names come with the answer)
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import TextClause, text

from helpdesk.store import columns, days
from helpdesk.store.engine import Tx

if TYPE_CHECKING:
    from helpdesk.store.columns import Array

Values = dict[str, object]

#: Around and between the names that numbers are looked up in; no name holds them.
_MARK, _PAD = "\x1f", "\x1e"
#: So many names are told apart by comparing, the most frequent first; more by looking them up in one text.
_FEW = 12
#: Messages at either end of the window in which names are looked for first: reading all takes as long as counting.
_SAMPLE = 3000
#: Groups of the wall clock; 1970-01-01 was a Thursday.
_TIMES = {"hour": "({} / 3600 % 24)", "weekday": "(({} / 86400 + 3) % 7)", "day": "({} / 86400)"}
_COLUMNS = ("marketplace", "agent", "topic")

_WINDOW = "FROM ticket_message WHERE received_at > :since AND received_at <= :until AND no_response = :no"
#: {column}, and nothing else, so that the index alone is read.
_ALL = f"SELECT {{column}} {_WINDOW}"
_SAMPLED = (
    f"SELECT {{column}} FROM (SELECT {{column}} {_WINDOW} ORDER BY received_at LIMIT {_SAMPLE}) AS first UNION ALL "
    f"SELECT {{column}} FROM (SELECT {{column}} {_WINDOW} ORDER BY received_at DESC LIMIT {_SAMPLE}) AS last"
)
#: DOMAIN 1.3. A message without a limit is never late: comparing with NULL falls to the last branch.
_STATE = (
    "CASE WHEN response_seconds IS NULL THEN CASE WHEN :now - received_at > limit_seconds THEN 3 ELSE 2 END "
    "WHEN response_seconds > limit_seconds THEN 1 ELSE 0 END"
)


#: Gaps between packed days are counted from rows, one by one; with more gaps than this, the whole window is.
_GAPS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """A window's messages as numbers."""

    numbers: Array  #: int64, in no order
    names: dict[int, str] = field(default_factory=dict)  #: a group's number → its name; empty for hours and days


async def window(
    tx: Tx,
    *,
    since: datetime,
    until: datetime,
    by: str | None = None,
    offsets: Sequence[tuple[datetime, int]] = (),
) -> Numbers:
    """Messages received in (since, until], seen at `until` (aware UTC).

    `by`: None, marketplace, agent, topic; or hour, weekday or day: when they were received, on a wall clock given by
    `offsets` (from when, seconds east of UTC), ascending. A weekday's number begins with Monday's 0, a day's counts
    from 1970-01-01. Those marked "no response needed" are left out.
    """
    import numpy as np

    begin, end = math.floor(since.timestamp()), math.floor(until.timestamp())
    asked = columns.Asked(by=by, now=math.ceil(until.timestamp()), offsets=offsets)
    places: dict[str, int] = {}
    found = await days.packed(tx, begin // columns.DAY + 1, (end + 1) // columns.DAY - 1)
    gaps = _gaps(begin, end, [day for day, _ in found])
    if len(gaps) > _GAPS:
        found, gaps = [], [(begin, end)]
    parts = [columns.numbers(day, data, asked, places) for day, data in found]
    parts += [await _scan(tx, asked, low, high, places) for low, high in gaps]
    names = {number: name for name, number in places.items()}
    return Numbers(numbers=np.concatenate(parts) if parts else np.empty(0, dtype=np.int64), names=names)


def _gaps(begin: int, end: int, packed: Sequence[int]) -> list[tuple[int, int]]:
    """The spans (after, through] of a window, in seconds, that no packed day holds."""
    found: list[tuple[int, int]] = []
    low = begin
    for day in packed:
        if low < day * columns.DAY - 1:
            found.append((low, day * columns.DAY - 1))
        low = (day + 1) * columns.DAY - 1
    return [*found, (low, end)] if low < end else found


async def _scan(tx: Tx, asked: columns.Asked, low: int, high: int, places: dict[str, int]) -> Array:
    """The messages received in (low, high], from their rows."""
    values: Values = {"since": low, "until": high, "now": asked.now, "no": False}
    by = asked.by
    if by is None or by in _TIMES:
        group = "0" if by is None else clock_group(by, asked.offsets)
        return (await _numbers(tx, group, values))[0]
    assert by in _COLUMNS
    names = await _names(tx, by, _SAMPLED, values)
    numbers, complete = await _by_name(tx, by, names, values)
    if not complete:
        names = await _names(tx, by, _ALL, values)
        numbers, _ = await _by_name(tx, by, names, values)
    return _placed(numbers, names, places)


def _placed(numbers: Array, names: Sequence[str], places: dict[str, int]) -> Array:
    """The numbers with each name's place in `places` for that in `names`."""
    import numpy as np

    moved = np.array([places.setdefault(name, len(places)) - own for own, name in enumerate(names)], dtype=np.int64)
    return numbers + (moved[numbers >> (columns.SHIFT + 2)] << (columns.SHIFT + 2)) if len(names) else numbers


async def _names(tx: Tx, column: str, of: str, values: Values) -> list[str]:
    """The names in a column, the most frequent first."""
    statement = (
        f"SELECT {column} FROM ({of.format(column=column)}) AS seen GROUP BY {column} ORDER BY count(*) DESC, {column}"
    )
    return [str(name) for name in (await tx.execute(_text(tx, statement), values)).scalars()]


async def _by_name(tx: Tx, column: str, names: Sequence[str], values: Values) -> tuple[Array, bool]:
    """The messages by their name's place among `names`, and whether every message had one of them."""
    if len(names) <= _FEW:
        cases = " ".join(f"WHEN :name{n} THEN {n}" for n in range(len(names)))
        group = f"(CASE {column} {cases} END)" if names else "NULL"
        return await _numbers(tx, group, values | {f"name{n}": name for n, name in enumerate(names)})
    width = max(map(len, names)) + 3
    table = "".join(f"{_MARK}{name}{_MARK}".ljust(width, _PAD) for name in names)
    finder = "instr" if tx.dialect.name == "sqlite" else "strpos"
    place = f"nullif({finder}(:table, :mark || {column} || :mark), 0)"
    return await _numbers(tx, f"(({place} - 1) / {width})", values | {"table": table, "mark": _MARK})


async def _numbers(tx: Tx, group: str, values: Values) -> tuple[Array, bool]:
    """All numbers; a message without a group is left out, and then the second value is False."""
    import numpy as np

    number = f"(({group} * 4 + {_STATE}) * :shift + coalesce(response_seconds, 0))"
    lite = tx.dialect.name == "sqlite"
    together = f"group_concat({number})" if lite else f"string_agg(int8send({number}), ''::bytea)"
    statement = f"SELECT {together}, count(*) {_WINDOW}"
    found, count = (await tx.execute(_text(tx, statement), values | {"shift": 2**columns.SHIFT})).one()
    if not found:
        return np.empty(0, dtype=np.int64), count == 0
    numbers = (
        np.fromstring(found, dtype=np.int64, sep=",") if lite else np.frombuffer(found, dtype=">i8").astype(np.int64)
    )
    return numbers, count == len(numbers)


def _text(tx: Tx, statement: str) -> TextClause:
    """The statement; PostgreSQL is told what each value is."""
    if tx.dialect.name == "sqlite":
        return text(statement)
    typed = re.sub(r"(?<![:\w]):(since|until|now|shift)\b", r"CAST(:\1 AS bigint)", statement)
    return text(re.sub(r"(?<![:\w]):(name\d+|table|mark)\b", r"CAST(:\1 AS text)", typed))


def clock_group(by: str, offsets: Sequence[tuple[datetime, int]]) -> str:
    """SQL for the hour, weekday or day of a message, numbered as `window` numbers it."""
    return _TIMES[by].format(f"(received_at + {_offset(offsets)})")


def _offset(offsets: Sequence[tuple[datetime, int]]) -> str:
    """SQL for the seconds east of UTC at `received_at`; whole numbers only, so nothing needs quoting."""
    if not offsets:
        return "0"
    *changes, last = [(math.floor(at.timestamp()), int(seconds)) for at, seconds in offsets]
    if not changes:
        return str(last[1])
    whens = " ".join(
        f"WHEN received_at < {begins} THEN {seconds}"
        for (_, seconds), (begins, _) in zip(changes, [*changes[1:], last], strict=True)
    )
    return f"(CASE {whens} ELSE {last[1]} END)"
