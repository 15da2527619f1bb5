"""Named queries over sign-in links and sessions of the dashboard: small facts under a name, each with its end.

Only hashes of links and sessions are kept: who reads the database cannot sign in with what lies there.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, or_, select

from helpdesk.store import meta as facts
from helpdesk.store.engine import Tx
from helpdesk.store.tables import meta

LINK, SESSION, SECRET = "web:link:", "web:session:", "web:secret"


async def add_link(tx: Tx, digest: str, user: str, until: datetime) -> None:
    """A link that lets `user` in once, until then."""
    await facts.put(tx, LINK + digest, user, until)


async def take_link(tx: Tx, digest: str, now: datetime) -> str | None:
    """Use a link up: its user, the first time and before its end; None ever after."""
    gone = delete(meta).where(meta.c.name == LINK + digest, meta.c.at > now).returning(meta.c.value)
    found: str | None = (await tx.execute(gone)).scalar()
    return found


async def add_session(tx: Tx, digest: str, user: str, until: datetime) -> None:
    """A session of `user`, until then."""
    await facts.put(tx, SESSION + digest, user, until)


async def session(tx: Tx, digest: str, now: datetime) -> str | None:
    """Whose session this is; None once it has ended or was signed out."""
    found: str | None = (
        await tx.execute(select(meta.c.value).where(meta.c.name == SESSION + digest, meta.c.at > now))
    ).scalar()
    return found


async def end_session(tx: Tx, digest: str) -> None:
    """Sign out."""
    await facts.drop(tx, SESSION + digest)


async def sweep(tx: Tx, now: datetime) -> int:
    """Forget links and sessions that have ended."""
    ended = or_(meta.c.name.startswith(LINK), meta.c.name.startswith(SESSION))
    return int((await tx.execute(delete(meta).where(ended, meta.c.at <= now))).rowcount)


async def secret(tx: Tx, fresh: str, now: datetime) -> str:
    """The key that signs cookies: the one made at the first start by whichever worker was first."""
    await facts.first(tx, SECRET, fresh, now)
    return await facts.get(tx, SECRET) or fresh


async def ended(tx: Tx, now: datetime) -> bool:
    """Is there anything to sweep?"""
    ours = or_(meta.c.name.startswith(LINK), meta.c.name.startswith(SESSION))
    return (await tx.execute(select(meta.c.name).where(ours, meta.c.at <= now).limit(1))).first() is not None
