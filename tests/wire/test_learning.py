"""Learning on real servers: clicks become a model that every worker takes over, and that can be taken back."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from helpdesk.app.judging import LazyJudge
from helpdesk.app.models import refresh, roll_back, standing
from helpdesk.app.parts import Parts, open_parts
from helpdesk.app.retrain import Retraining
from helpdesk.domain import Role
from helpdesk.domain_learning import Example
from helpdesk.errors import RefusedError
from helpdesk.intake.read import read
from helpdesk.sandbox import letters
from helpdesk.settings import load
from helpdesk.store import learning, mails
from helpdesk.store.engine import Store
from helpdesk.store.tables_learning import learnt
from helpdesk.triage.generator import generate
from helpdesk.triage.verdict import WEIGHED, judge
from tests.support.backlog import on_terminal
from tests.support.dovecot import PASSWORD, Dovecot
from tests.support.forks import FORKS
from tests.support.shop import environment

NIGHT = datetime(2026, 11, 24, 2, 40, tzinfo=UTC)  # 03:40 in Berlin


class Seller:
    """A mailbox and a configuration without Slack."""

    def __init__(self, server: Dovecot, folder: Path) -> None:
        self.server, self.folder, self.user = server, folder, server.new_user()
        self.weighed = 0  # how many of its mails the classifier judges
        self.config = folder / "helpdesk.toml"
        self.config.write_text(
            f"""
timezone = "Europe/Berlin"
[database]
url = "sqlite:///helpdesk.db"
[[mailbox]]
name = "shop"
address = "{letters.OURS}"
[mailbox.imap]
host = "127.0.0.1"
port = {server.port}
security = "none"
username = "{self.user}"
password = "{PASSWORD}"
[acknowledge]
direct = "off"
amazon = "off"
ebay = "off"
walmart = "off"
"""
        )

    def call(self, *arguments: str, code: int = 0) -> tuple[str, str]:
        """(stdout, stderr) of a command."""
        line = [*arguments, "--config", str(self.config)]
        found, out, err = FORKS.run(line, env=environment(), cwd=self.folder)
        assert found == code, (arguments, found, out[-500:], err[-2000:])
        return out, err

    def check(self) -> dict[str, Any]:
        """The doctor's line about the learnt model."""
        line = ["check", "--json", "--config", str(self.config)]
        _, out, _ = FORKS.run(line, env=environment(), cwd=self.folder)
        found: dict[str, Any] = next(one for one in json.loads(out) if one["name"] == "learnt_model")
        return found

    async def clicked(self, labels: dict[str, str]) -> int:
        """People have decided on every mail of these subjects and senders; returns on how many."""
        store = Store.connect("sqlite:///helpdesk.db", self.folder)
        async with store.write() as tx:
            rows = [row for role in (Role.INBOX, Role.JUNK) for row in await mails.headers_of(tx, "shop", role)]
            said = [
                Example(mail_id=row.id, at=NIGHT, actor="U1", click="leave", label=labels[row.message_id])
                for row in rows
                if row.message_id in labels
            ]
            await learning.add_examples(tx, said)
        await store.close()
        return len(said)


@pytest.fixture
async def seller(dovecot: Dovecot, tmp_path: Path) -> AsyncIterator[Seller]:
    """Thirty invented buyers and thirty others, read; what they are was clicked on each."""
    found = Seller(dovecot, tmp_path)
    labels = {}
    for made in generate(77, 30, 30):
        found.weighed += judge(read(made.raw, own_addresses=(letters.OURS,))).rule in WEIGHED
        dovecot.deliver(found.user, made.raw, "INBOX" if made.label == "buyer" else "Junk")
        name = made.raw.lower().partition(b"message-id: <")[2].partition(b">")[0].decode()
        labels[name] = made.label
    found.call("sync")
    assert await found.clicked(labels) == 60
    assert found.weighed > 55  # what a rule decides alone is nothing to learn from
    yield found


async def opened(seller: Seller, now: datetime) -> Parts:
    """A worker of the seller's."""
    return await open_parts(load(seller.config), seller.folder, LazyJudge(), lambda: now)


async def test_clicks_become_a_model_that_is_used_and_can_be_taken_back(
    seller: Seller, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At night one worker trains, the others take the model over without a restart, and the next verdict names it.

    Changed bytes are one line while the shipped model goes on; the model before can be taken again.
    """
    monkeypatch.setenv("HELPDESK_CONFIG", str(seller.config))
    monkeypatch.setenv("PYTHONPATH", environment()["PYTHONPATH"])
    first, second = await opened(seller, NIGHT), await opened(seller, NIGHT)
    shipped = second.judge.version()
    assert await Retraining(first).step() == 1
    assert await Retraining(second).step() == 0
    assert await refresh(second)
    version = second.judge.version()
    assert first.judge.version() == version != shipped
    dovecot.deliver(seller.user, letters.direct(901, datetime.now(UTC)))
    assert json.loads(seller.call("sync", "--json")[0])["filed"] == 1
    assert await standing(first.store) == (
        True, f"the learnt model {version} of {datetime.now(UTC):%Y-%m-%d} judges, from {seller.weighed} examples"
    )  # fmt: skip
    async with first.store.write() as tx:
        newest = max(await mails.headers_of(tx, "shop", Role.INBOX), key=lambda row: row.id)
        assert newest.model == version
        await tx.execute(learnt.update().values(data=b"PK forged"))

    _, said = seller.call("sync")
    assert said == f"helpdesk: the learnt model {version} was changed (sha256 differs): the shipped one judges\n"
    warned = seller.check()
    assert (warned["status"], warned["remedy"].startswith("`helpdesk train --rollback`")) == ("warn", True)
    assert "adopted, in use" in seller.call("train", "--history")[0]
    assert seller.call("train", "--rollback")[0] == "the shipped model is in use again\n"
    assert await refresh(second)
    assert second.judge.version() == shipped
    with pytest.raises(RefusedError, match="the shipped model is in use"):
        await roll_back(second)
    await first.close()
    await second.close()


def test_the_own_mailbox_teaches_and_stays_as_it_is(dovecot: Dovecot, tmp_path: Path) -> None:
    """Inbox, Sent and Junk are read with a progress bar; nothing is moved, flagged or seen; the model is adopted."""
    seller = Seller(dovecot, tmp_path)
    for number, made in enumerate(generate(78, 25, 25)):
        raw = made.raw
        if made.label != "buyer":
            dovecot.deliver(seller.user, raw, "Junk")
            continue
        dovecot.deliver(seller.user, raw)
        sender = raw.partition(b"\nFrom: ")[2].partition(b"\n")[0].decode("utf-8", "replace").strip()
        answer = f"From: {letters.OURS}\r\nTo: {sender}\r\nMessage-ID: <a{number}@shop.example>\r\n\r\nThank you.\r\n"
        dovecot.deliver(seller.user, answer.encode(), "Sent")
    before = {folder: dovecot.mails(seller.user, folder) for folder in ("INBOX", "Junk", "Sent")}
    code, screen = on_terminal(["train", "--from-mailbox"], tmp_path)
    after = {folder: dovecot.mails(seller.user, folder) for folder in ("INBOX", "Junk", "Sent")}

    assert code == 0, screen[-500:]
    assert "is in use" in screen
    assert "/25" in screen
    assert after == before
    assert all(not flags for rows in after.values() for _, flags, _ in rows)
