"""Many rows of seller feedback at once: what an import compares a report with, and what it adds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Dialect, select

from helpdesk.domain_feedback import Feedback
from helpdesk.store.engine import Tx, of
from helpdesk.store.tables_feedback import feedback

#: SQLite and PostgreSQL both take this many values in one IN.
_CHUNK = 5_000


class Mark(NamedTuple):
    """What tells whether a report says anything new of a feedback; `gone`: the last report lacked it."""

    id: int
    rating: int
    comment: str
    response: str
    given_on: date
    ticket_id: int | None
    gone: bool


async def marks(tx: Tx, marketplace: str) -> dict[str, Mark]:
    """Order → mark of a marketplace's feedback: a quarter of the time that whole rows take."""
    names = [name for name in Mark._fields if name != "gone"]
    statement = select(feedback.c.order_id, *(feedback.c[name] for name in names), feedback.c.gone_at.is_not(None))
    rows = await tx.execute(statement.where(feedback.c.marketplace == marketplace))
    return {order: Mark._make(fields) for order, *fields in rows}


async def whole(tx: Tx, numbers: Sequence[int]) -> dict[str, Feedback]:
    """These feedback by order number."""
    found: dict[str, Feedback] = {}
    for start in range(0, len(numbers), _CHUNK):
        statement = select(feedback).where(feedback.c.id.in_(list(numbers[start : start + _CHUNK])))
        found |= {one["order_id"]: of(Feedback, one) for one in (await tx.execute(statement)).mappings()}
    return found


async def add(tx: Tx, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert feedback; `names`: the columns that each row gives, without the number."""
    if not rows:
        return
    place = {name: at for at, name in enumerate(names)}
    statement, fields, made = _inserting(tx.dialect, tuple(names))
    for start in range(0, len(rows), _CHUNK):
        columns = [*zip(*rows[start : start + _CHUNK], strict=True)]
        values = [
            columns[place[name]] if make is None else _converted(columns[place[name]], make)
            for name, make in zip(fields, made, strict=True)
        ]
        await tx.exec_driver_sql(statement, list(zip(*values, strict=True)))


_Make = Callable[[Any], Any]


@lru_cache(maxsize=4)
def _inserting(dialect: Dialect, names: tuple[str, ...]) -> tuple[str, tuple[str, ...], tuple[_Make | None, ...]]:
    """(statement, its columns in order, what makes a driver's value of each): bound by hand, which for a large report
    takes a quarter of the time."""
    compiled = feedback.insert().compile(dialect=dialect, column_keys=list(names))
    fields = tuple(compiled.positiontup or ())
    return (
        str(compiled),
        fields,
        tuple(feedback.c[n].type.dialect_impl(dialect).bind_processor(dialect) for n in fields),
    )


def _converted(values: Sequence[Any], make: _Make) -> list[Any]:
    """A column in the driver's values; days and moments repeat, and most lists are empty."""
    known: dict[Any, Any] = {}
    found = []
    for value in values:
        if isinstance(value, (list, dict)):
            key: Any = type(value) if not value else None
        else:
            key = value
        if key is None:
            found.append(make(value))
            continue
        made = known.get(key)
        if made is None:
            made = known[key] = make(value)
        found.append(made)
    return found
