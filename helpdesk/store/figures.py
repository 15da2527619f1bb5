"""The one query behind every SLA figure: a window of buyers' messages, each as one number.

A million messages must be judged within a second. Grouping and sorting them in the database takes longer than that, so
one scan of a covering index gives each message as a whole number, all in one text, and reports/figures.py counts them:

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

from sqlalchemy import TextClause, text

from helpdesk.store.engine import Tx

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
_SAMPLED = (
    f"SELECT * FROM (SELECT * {_WINDOW} ORDER BY received_at LIMIT {_SAMPLE}) AS first UNION ALL "
    f"SELECT * FROM (SELECT * {_WINDOW} ORDER BY received_at DESC LIMIT {_SAMPLE}) AS last"
)
#: DOMAIN 1.3. A message without a limit is never late: comparing with NULL falls to the last branch.
_STATE = (
    "CASE WHEN response_seconds IS NULL THEN CASE WHEN :now - received_at > limit_seconds THEN 3 ELSE 2 END "
    "WHEN response_seconds > limit_seconds THEN 1 ELSE 0 END"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """A window's messages as numbers."""

    numbers: str  #: separated by commas; empty where there is no message
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
    values: Values = {
        "since": math.floor(since.timestamp()),
        "until": math.floor(until.timestamp()),
        "now": math.ceil(until.timestamp()),
        "no": False,
    }
    if by is None or by in _TIMES:
        group = "0" if by is None else _TIMES[by].format(f"(received_at + {_offset(offsets)})")
        numbers, _ = await _numbers(tx, group, values)
        return Numbers(numbers=numbers)
    assert by in _COLUMNS
    names = await _names(tx, by, _SAMPLED, values)
    numbers, complete = await _by_name(tx, by, names, values)
    if not complete:
        names = await _names(tx, by, f"SELECT * {_WINDOW}", values)
        numbers, _ = await _by_name(tx, by, names, values)
    return Numbers(numbers=numbers, names=dict(enumerate(names)))


async def _names(tx: Tx, column: str, of: str, values: Values) -> list[str]:
    """The names in a column, the most frequent first."""
    statement = f"SELECT {column} FROM ({of}) AS seen GROUP BY {column} ORDER BY count(*) DESC, {column}"
    return [str(name) for name in (await tx.execute(_text(tx, statement), values)).scalars()]


async def _by_name(tx: Tx, column: str, names: Sequence[str], values: Values) -> tuple[str, bool]:
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


async def _numbers(tx: Tx, group: str, values: Values) -> tuple[str, bool]:
    """All numbers in one text; a message without a group is left out, and then the second value is False."""
    number = f"(({group} * 4 + {_STATE}) * :shift + coalesce(response_seconds, 0))"
    together = "group_concat({})" if tx.dialect.name == "sqlite" else "string_agg(CAST({} AS text), ',')"
    statement = f"SELECT {together.format(number)}, count(*) {_WINDOW}"
    found, count = (await tx.execute(_text(tx, statement), values | {"shift": 2**32})).one()
    numbers: str = found or ""
    return numbers, count == (numbers.count(",") + 1 if numbers else 0)


def _text(tx: Tx, statement: str) -> TextClause:
    """The statement; PostgreSQL is told what each value is."""
    if tx.dialect.name == "sqlite":
        return text(statement)
    typed = re.sub(r"(?<![:\w]):(since|until|now|shift)\b", r"CAST(:\1 AS bigint)", statement)
    return text(re.sub(r"(?<![:\w]):(name\d+|table|mark)\b", r"CAST(:\1 AS text)", typed))


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
