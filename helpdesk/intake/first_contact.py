"""How far the reading of what lay in a mailbox before has come: what is kept of it, and how it is told."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime

from helpdesk.store import mailboxes, meta
from helpdesk.store.engine import Tx

#: Where it is kept while it lasts, by mailbox.
META = "first_contact:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """`done` of `of` mails are read; `left`: seconds for the rest, None while nobody can tell."""

    done: int
    of: int
    left: float | None = None

    def text(self) -> str:
        """For the database."""
        return json.dumps(asdict(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstContact:
    """A mailbox whose first contact is not through. `going`: a worker is at it."""

    mailbox: str
    reached: Reached
    going: bool

    def __str__(self) -> str:
        """One sentence, its numbers as English writes them."""
        reached = self.reached
        read = f"{reached.done:,} of {reached.of:,} mails"
        if not self.going:
            return f"Reading mailbox {self.mailbox} stopped at {read}; helpdesk run or sync goes on from there."
        if reached.done >= reached.of:
            return f"Reading mailbox {self.mailbox}: {read}, now they are filed."
        return f"Reading mailbox {self.mailbox}: {read}{_span(reached.left)}."


async def under_way(tx: Tx, now: datetime) -> list[FirstContact]:
    """The first contacts that are not through, by mailbox. `now`: the wall's clock, by which leases go."""
    told = await meta.under(tx, META)
    if not told:
        return []
    held = {box.name for box in await mailboxes.listing(tx) if box.lease_until is not None and box.lease_until > now}
    return [
        FirstContact(mailbox=name, reached=Reached(**json.loads(text)), going=name in held)
        for name, text in sorted(told.items())
    ]


def _span(seconds: float | None) -> str:
    if seconds is None:
        return ""
    if seconds < 45:
        return ", less than a minute left"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f", about {minutes} min left"
    return f", about {round(seconds / 3600)} h left"
