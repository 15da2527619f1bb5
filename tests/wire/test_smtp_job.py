"""Outbox and SMTP server together: what the far side does decides what the ticket says."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from helpdesk.domain import Ack
from helpdesk.replies.job import run_once
from helpdesk.replies.smtp import SmtpAccess, SmtpDoor
from helpdesk.store import tickets
from helpdesk.store.engine import Store
from tests.support.databases import with_tables
from tests.support.outgoing import START, Clock, Server, file_ticket, library, way
from tests.support.smtpd import Smtpd, smtpd


@pytest.mark.parametrize(
    ("fault", "ack", "arrived"),
    [
        (None, Ack.SENT, 1),
        (("fail", "rcpt", "451 4.7.1 greylisted"), Ack.QUEUED, 0),
        (("fail", "rcpt", "550 5.1.1 unknown"), Ack.FAILED, 0),
        (("fail", "message", "452 4.2.2 full"), Ack.QUEUED, 0),
        (("fail", "message", "554 5.6.0 no"), Ack.FAILED, 0),
        (("fail", "connect", "421 4.3.2 busy"), Ack.QUEUED, 0),
        (("drop", "message", True), Ack.HELD, 1),
        (("drop", "message", False), Ack.HELD, 0),
        (("drop", "rcpt", False), Ack.QUEUED, 0),
    ],
)
async def test_the_far_side_decides(
    tmp_path: Path, fault: tuple[str, str, object] | None, ack: Ack, arrived: int
) -> None:
    """Each end of an SMTP dialogue leaves its own word in the ticket; what waits leaves ten seconds later, once."""
    store = Store.connect(with_tables(tmp_path))
    clock, texts = Clock(START + timedelta(minutes=1)), library(tmp_path / "templates")
    ticket = await file_ticket(store, 1)
    async with smtpd() as far:
        _prepare(far, fault)
        door = SmtpDoor(SmtpAccess(far.host, far.port, "none", timeout=2))
        road = way(Server(), clock, texts, folder=False, doors={"shop": door})
        await run_once(store, road)
        async with store.read() as tx:
            now = await tickets.get(tx, ticket.id)
        assert now is not None
        assert (now.ack, len(far.mails)) == (ack, arrived)
        clock.forward(11)
        await run_once(store, road)
        assert len(far.mails) == (1 if ack in {Ack.QUEUED, Ack.SENT} else arrived)
        if far.mails:
            assert far.mails[0].recipients == ("buyer1+a1@marketplace.amazon.com",)
        await door.close()
    await store.close()


def _prepare(far: Smtpd, fault: tuple[str, str, object] | None) -> None:
    if fault is None:
        return
    how, stage, what = fault
    if how == "fail":
        far.fail(stage, str(what))
    else:
        far.drop(stage, keep=bool(what))
