"""What clicks teach is kept beside what was shown; topics can be put right, in Slack's words and a shell's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from helpdesk.cli import main
from helpdesk.errors import RefusedError
from helpdesk.replies.desk import Desk
from helpdesk.replies.teaching import named_topic
from helpdesk.store import learning, mails, tickets
from helpdesk.store.engine import Store
from tests.store.test_desk import desk, library
from tests.store.test_filing import buyer, file, the_ticket
from tests.support.people import NOW, a_mail

__all__ = ["desk", "library"]


async def kept(store: Store) -> list[tuple[str, str, str, str, str]]:
    """(click, label, who, verdict and model shown) of each example."""
    async with store.read() as tx:
        return [(e.click, e.label, e.actor, e.verdict, e.model) for e in await learning.examples(tx)]


async def test_every_click_is_kept_with_what_was_shown(store: Store, desk: Desk) -> None:
    """Not a buyer, taken back, rescue, leave of a doubtful one and of a suspect: who, on what, judged how."""
    await file(store, buyer(1, model="m1", score=0.7))
    junk = {"role": "junk", "folder": "Junk", "model": "m1"}
    await file(store, a_mail(2, verdict="review", **junk), a_mail(3, verdict="review", **junk))
    await file(store, a_mail(4, verdict="suspect", **junk))
    assert (await desk.act(1, "not_a_buyer", "U1")).ok
    assert (await desk.act(1, "reopen", "U2")).ok
    assert (await desk.act(1, "resolve", "U2")).ok
    assert (await desk.act(1, "reopen", "U2")).ok  # of a resolved one: says nothing about who wrote
    assert (await desk.review(2, "rescue", "U1")).ok
    assert (await desk.review(3, "leave", "U1")).ok
    assert (await desk.review(4, "leave", "U3")).ok

    assert await kept(store) == [
        ("not_a_buyer", "spam", "U1", "buyer", "m1"),
        ("reopen", "buyer", "U2", "buyer", "m1"),
        ("rescue", "buyer", "U1", "review", "m1"),
        ("leave", "spam", "U1", "review", "m1"),
        ("leave", "phish", "U3", "suspect", "m1"),
    ]
    async with store.read() as tx:
        first = (await learning.examples(tx))[0]
    assert (first.mail_id, first.score, first.at.tzinfo is not None) == (1, 0.7, True)


async def test_a_topic_put_right_changes_ticket_and_figures_and_teaches(store: Store, desk: Desk) -> None:
    """The mail keeps what the model said (promise 9); ticket, messages and history have the person's word."""
    await file(store, buyer(1, topic="quality_defect", cause="unsatisfactory_quality"))
    done = await desk.correct_topic(1, "late_shipment", "missing_tracking", "U1")
    again = await desk.correct_topic(1, "late_shipment", "missing_tracking", "U1")
    async with store.read() as tx:
        (example,) = await learning.examples(tx)
        (message,) = await tickets.messages(tx, [1])
        mail = await mails.get(tx, 1)
        event = (await tickets.events(tx, 1))[-1]
    ticket = await the_ticket(store)

    assert done.ok
    assert (again.ok, again.text) == (False, "#1 is about late_shipment, missing_tracking already.")
    assert (ticket.topic, ticket.cause, message.topic) == ("late_shipment", "missing_tracking", "late_shipment")
    assert mail is not None
    assert mail.topic == "quality_defect"
    assert (example.topic, example.cause, example.topic_before) == (
        "late_shipment",
        "missing_tracking",
        "quality_defect",
    )
    assert (event.kind, event.actor, event.detail["was"]) == ("topic", "U1", "quality_defect")


def test_topics_are_named_as_people_name_them() -> None:
    """A cause alone is enough; a slip of the keys is met with the nearest name."""
    assert named_topic("Late shipment") == ("late_shipment", None)
    assert named_topic("size-or-material") == ("not_as_described", "size_or_material")
    assert named_topic("other") == ("other", None)
    with pytest.raises(RefusedError, match="did you mean late_shipment"):
        named_topic("late_shipmnet")
    with pytest.raises(RefusedError, match="causes of stock_out: inventory_unavailable"):
        named_topic("stock_out", "missing_tracking")


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration whose database lies beside it."""
    path = tmp_path / "helpdesk.toml"
    path.write_text('[database]\nurl = "sqlite:///shell.db"\n')
    monkeypatch.setenv("HELPDESK_CONFIG", str(path))
    return path


def call(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout, stderr."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    out = capsys.readouterr()
    return int(ended.value.code or 0), out.out, out.err


async def fill(config: Path) -> None:
    """A ticket and a doubtful mail, whose subject would steer a terminal."""
    from helpdesk.store import schema

    store = Store.connect("sqlite:///shell.db", config.parent)
    await schema.ensure(store)
    await file(store, buyer(1), a_mail(2, role="junk", folder="Junk", verdict="review", subject="hi \x1b[31m"))
    await store.close()


def test_topic_and_reviews_from_a_shell(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A topic is put right, a doubtful mail found and rescued; unknown numbers and names are one line each."""
    import asyncio

    asyncio.run(fill(config))
    assert call(capsys, "ticket", "topic", "1", "missing_tracking")[:2] == (
        0,
        "#1 is about late_shipment, missing_tracking now.\n",
    )
    code, _, err = call(capsys, "ticket", "topic", "1", "refnds")
    assert (code, err.count("\n")) == (2, 1)
    assert call(capsys, "ticket", "topic", "99", "other")[0] == 2
    code, table, _ = call(capsys, "reviews")
    assert "\x1b[31m" not in table
    listed = json.loads(call(capsys, "reviews", "--json")[1])
    assert [(one["mail"], one["verdict"]) for one in listed] == [(2, "review")]
    assert call(capsys, "review", "rescue", "2")[0] == 0
    assert call(capsys, "review", "leave", "2")[0] == 1
    assert call(capsys, "reviews")[1] == "Nothing waits for a person.\n"


async def test_what_somebody_moves_out_of_junk_is_filed_anew(store: Store) -> None:
    """A lost buyer whom a person drags into the Inbox gets a ticket, once; its clock starts when it arrived."""
    await file(store, a_mail(1, role="junk", folder="Junk", verdict="spam", score=0.3))
    await file(store, a_mail(1, uid=77, verdict="buyer", score=0.3))
    ticket = await the_ticket(store)
    await file(store, a_mail(1, uid=78, verdict="buyer", score=0.3))
    async with store.read() as tx:
        mail = await mails.get(tx, 1)

    assert (ticket.received_at, ticket.mails) == (NOW, 1)
    assert mail is not None
    assert (mail.uid, mail.reasons[-1]) == (78, "somebody moved it from Junk to the Inbox")
    assert (await the_ticket(store)).mails == 1


@pytest.mark.parametrize("verdict", ["suspect", "notice", "bounce", "auto_reply"])
async def test_forgeries_and_machines_stay_what_they_are_wherever_they_lie(store: Store, verdict: str) -> None:
    """Promise 6, and no notice is counted twice."""
    await file(store, a_mail(1, role="junk", folder="Junk", verdict=verdict))
    await file(store, a_mail(1, uid=77, verdict="buyer"))
    async with store.read() as tx:
        mail = await mails.get(tx, 1)
        assert await tickets.listing(tx) == []

    assert mail is not None
    assert (mail.verdict, mail.role) == (verdict, "inbox")
