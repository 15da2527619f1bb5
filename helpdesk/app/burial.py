"""Leases of workers that died on this machine are ended at once; those of other machines end by themselves."""

from __future__ import annotations

import os
import socket

from helpdesk.app.parts import Parts, wall_clock
from helpdesk.store import mailboxes


def is_dead(worker: str, here: str | None = None) -> bool:
    """Was this worker a process of this machine that is gone? Names read host:pid:random."""
    host, _, rest = worker.partition(":")
    number = rest.partition(":")[0]
    if host != (here or socket.gethostname()) or not number.isdigit():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):
        return False
    return False


async def bury_the_dead(parts: Parts) -> list[str]:
    """End the leases of dead workers of this machine; returns their names."""
    async with parts.store.write() as tx:
        dead = [name for name in await mailboxes.workers(tx) if name != parts.worker and is_dead(name)]
        for name in dead:
            await mailboxes.bury(tx, name, wall_clock())
    return dead
