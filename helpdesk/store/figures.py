"""The one query behind every SLA figure: a window of buyers' messages, each as one number.

A million messages must be judged within a second. Grouping and sorting them in the database takes longer than that, so
one scan of a covering index gives each message as a whole number, all in one text, and reports/figures.py counts them:

    number = (group × 4 + state) × 2³² + seconds until the answer (0 without one)
    state  = 0 answered in time, 1 answered late, 2 waiting, 3 unanswered and over the limit
    group  = the hour of the day, or a number per name (the names come with the answer)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import TextClause, text

from helpdesk.store.engine import Tx

#: Between the names that numbers are looked up in; no name holds it.
_MARK = "\x1f"
_COLUMNS = {"marketplace": "marketplace", "agent": "agent", "topic": "topic"}

_WINDOW = "FROM ticket_message WHERE received_at > :since AND received_at <= :until AND no_response = :no"
#: DOMAIN 1.3. A message without a limit is never late: comparing with NULL falls to the last branch.
_STATE = (
    "CASE WHEN response_seconds IS NULL THEN CASE WHEN :now - received_at > limit_seconds THEN 3 ELSE 2 END "
    "WHEN response_seconds > limit_seconds THEN 1 ELSE 0 END"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """A window's messages as numbers."""

    numbers: str  #: separated by commas; empty where there is no message
    names: dict[int, str] = field(default_factory=dict)  #: a group's number → its name; empty for hours


async def window(
    tx: Tx,
    *,
    since: datetime,
    until: datetime,
    by: str | None = None,
    offsets: Sequence[tuple[datetime, int]] = (),
) -> Numbers:
    """Messages received in (since, until], seen at `until` (aware UTC).

    `by`: None, marketplace, agent, topic, or hour: the hour of the day received, on a wall clock given by `offsets`
    (from when, seconds east of UTC), ascending. Those marked "no response needed" are left out.
    """
    values: dict[str, object] = {
        "since": math.floor(since.timestamp()),
        "until": math.floor(until.timestamp()),
        "now": math.ceil(until.timestamp()),
        "no": False,
    }
    names: dict[int, str] = {}
    group = "0"
    if by == "hour":
        group = f"((received_at + {_offset(offsets)}) / 3600 % 24)"
    elif by is not None:
        column = _COLUMNS[by]
        found = (await tx.execute(text(f"SELECT DISTINCT {column} {_WINDOW}"), _without(values, "now"))).scalars()
        listed = _MARK
        for name in sorted(str(name) for name in found):
            names[len(listed)] = name
            listed += name + _MARK
        values |= {"names": listed, "mark": _MARK}
        finder = "instr" if tx.dialect.name == "sqlite" else "strpos"
        group = f"{finder}(:names, :mark || {column} || :mark)"
    result = (await tx.execute(_statement(tx, group), values)).scalar()
    return Numbers(numbers=result or "", names=names)


def _statement(tx: Tx, group: str) -> TextClause:
    sqlite = tx.dialect.name == "sqlite"
    number = f"(({group} * 4 + {_STATE}) * 4294967296 + coalesce(response_seconds, 0))"
    if sqlite:
        return text(f"SELECT group_concat({number}) {_WINDOW}")
    number = number.replace("* 4294967296", "* 4294967296::bigint")
    typed = number.replace(":names", "CAST(:names AS text)").replace(":mark", "CAST(:mark AS text)")
    return text(f"SELECT string_agg(CAST({typed} AS text), ',') {_WINDOW}".replace(":now", "CAST(:now AS bigint)"))


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


def _without(values: dict[str, object], *names: str) -> dict[str, object]:
    return {name: value for name, value in values.items() if name not in names}
