"""Named queries over people's clicks, the models that grew from them, and whose turn it is to train."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from helpdesk.domain_learning import Example, Learnt
from helpdesk.store import meta as facts
from helpdesk.store.engine import Tx, all_of, of, row
from helpdesk.store.tables import meta
from helpdesk.store.tables_learning import example, learnt

IN_USE = "model_in_use"
_NIGHT = "retrain:"
_DONE = "done"


async def add_examples(tx: Tx, rows: Sequence[Example]) -> None:
    """Keep what a person's click said."""
    if rows:
        await tx.execute(example.insert(), [row(item) for item in rows])


async def examples(tx: Tx) -> list[Example]:
    """All examples, oldest first."""
    return all_of(Example, (await tx.execute(select(example).order_by(example.c.id))).mappings())


async def newest(tx: Tx) -> int:
    """The number of the newest example; 0 without any."""
    return int((await tx.execute(select(func.coalesce(func.max(example.c.id), 0)))).scalar_one())


async def add_model(tx: Tx, item: Learnt) -> None:
    """Keep a trained model; an adopted one is in use from now on."""
    await tx.execute(learnt.insert(), row(item))
    if item.adopted:
        await use(tx, item.version, item.at)


async def use(tx: Tx, version: str, at: datetime) -> None:
    """Say which model is in use; "" is the one that ships."""
    await facts.put(tx, IN_USE, version, at)


async def in_use(tx: Tx) -> str:
    """Version of the model in use; "" for the one that ships."""
    return await facts.get(tx, IN_USE) or ""


async def model(tx: Tx, version: str) -> Learnt | None:
    """An adopted model with its bytes."""
    statement = (
        select(learnt).where(learnt.c.version == version, learnt.c.adopted).order_by(learnt.c.id.desc()).limit(1)
    )
    found = (await tx.execute(statement)).mappings().first()
    return of(Learnt, found) if found else None


async def history(tx: Tx) -> list[Learnt]:
    """Every model trained here, refused ones too, oldest first, without bytes."""
    columns = [c for c in learnt.c if c.name != "data"]
    return all_of(Learnt, (await tx.execute(select(*columns).order_by(learnt.c.id))).mappings())


async def claim_night(tx: Tx, night: str, worker: str, now: datetime, lease: timedelta) -> bool:
    """Take tonight's training, or renew the hold on it; False while another has it or once it is done."""
    if await facts.first(tx, _NIGHT + night, worker, now + lease):
        return True
    free = (meta.c.value == worker) | (meta.c.at <= now)
    statement = (
        update(meta)
        .where(meta.c.name == _NIGHT + night, meta.c.value != _DONE, free)
        .values(value=worker, at=now + lease)
    )
    return bool((await tx.execute(statement)).rowcount)


async def end_night(tx: Tx, night: str, now: datetime) -> None:
    """Tonight's training is over."""
    await facts.put(tx, _NIGHT + night, _DONE, now)


async def night_is_open(tx: Tx, night: str, now: datetime) -> bool:
    """Is tonight's training still to be had? A look without a write."""
    found = (await tx.execute(select(meta.c.value, meta.c.at).where(meta.c.name == _NIGHT + night))).first()
    return found is None or (found.value != _DONE and found.at is not None and found.at <= now)
