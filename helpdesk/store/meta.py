"""Small facts under a name, and events handled already."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select

from helpdesk.store.engine import Tx
from helpdesk.store.outbox import insert
from helpdesk.store.tables import meta, seen


async def get(tx: Tx, name: str) -> str | None:
    """The value under a name."""
    found: str | None = (await tx.execute(select(meta.c.value).where(meta.c.name == name))).scalar()
    return found


async def put(tx: Tx, name: str, value: str, at: datetime | None = None) -> None:
    """Set the value under a name."""
    statement = insert(tx)(meta).values(name=name, value=value, at=at)
    await tx.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": value, "at": at}))


async def under(tx: Tx, prefix: str) -> dict[str, str]:
    """All values whose name begins with `prefix`, by the rest of the name."""
    statement = select(meta.c.name, meta.c.value).where(meta.c.name.startswith(prefix, autoescape=True))
    return {str(name).removeprefix(prefix): str(value) for name, value in await tx.execute(statement)}


async def first(tx: Tx, name: str, value: str, at: datetime | None = None) -> bool:
    """Set a value only if the name is free; True for the one that set it (two workers, one digest)."""
    statement = insert(tx)(meta).values(name=name, value=value, at=at).on_conflict_do_nothing()
    return bool((await tx.execute(statement)).rowcount)


async def drop(tx: Tx, name: str) -> None:
    """Forget a name."""
    await tx.execute(delete(meta).where(meta.c.name == name))


async def unseen(tx: Tx, key: str, now: datetime) -> bool:
    """True the first time a key is shown; Slack repeats envelopes."""
    statement = insert(tx)(seen).values(key=key, at=int(now.timestamp())).on_conflict_do_nothing()
    return bool((await tx.execute(statement)).rowcount)


async def forget_seen(tx: Tx, before: datetime) -> None:
    """Drop keys older than any repetition."""
    await tx.execute(delete(seen).where(seen.c.at < int(before.timestamp())))
