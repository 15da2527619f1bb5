"""The feedback buttons, form and posts in Slack, over the store."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from helpdesk.domain import Effect, Outbox
from helpdesk.errors import RefusedError
from helpdesk.feedback import desk
from helpdesk.feedback.bringing import bring_in
from helpdesk.feedback.report import read_report
from helpdesk.marketplaces.countries import country
from helpdesk.slack.board import Board
from helpdesk.slack.feedback import FeedbackRoom, listing, post_of
from helpdesk.slack.room import Where
from helpdesk.store import feedback as queries
from helpdesk.store import outbox
from helpdesk.store.engine import Store

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
ROW = "11/20/26\t1\tKettle leaks after two days.\t\t111-0000001-0000001\tx"
BOARD = Board(channel="#support", escalations="#escalations", zone=UTC)
WHERE = Where(user="U1", channel="C1")


class Clerk:
    """The desk in Slack as far as feedback needs it."""

    def __init__(self, store: Store) -> None:
        self.store, self.views, self.woken = store, list[dict[str, Any]](), 0
        self.clicks: dict[str, Any] = {}
        self.submits: dict[str, Any] = {}

    def now(self) -> datetime:
        """The test's clock."""
        return NOW

    def wake(self) -> None:
        """Count it."""
        self.woken += 1

    async def show(self, _where: Where, view: dict[str, Any]) -> None:
        """Keep the view."""
        self.views.append(view)


async def opened(store: Store) -> Clerk:
    """One feedback in the store, and a desk with the feedback room."""
    home = country("US")
    head = "Date\tRating\tComments\tResponse\tOrder ID\tRater Email"
    await bring_in(store, read_report(f"{head}\n{ROW}\n".encode(), home), home, {}, NOW)
    clerk = Clerk(store)
    FeedbackRoom(clerk)  # type: ignore[arg-type]  # only what it uses
    return clerk


async def state(store: Store) -> tuple[str, str]:
    """(state, draft) of the feedback."""
    async with store.read() as tx:
        found = await queries.get(tx, 1)
    assert found is not None
    return str(found.state), found.draft


async def test_the_buttons(store: Store) -> None:
    """Approve, submitted and dismiss act at once, and the jobs are woken."""
    clerk = await opened(store)
    for action, expected in (("approve", "approved"), ("submitted", "submitted"), ("dismiss", "dismissed")):
        name = f"feedback_{action}"
        await clerk.clicks[name](WHERE, {"action_id": name, "value": "1"}, {})
        assert (await state(store))[0] == expected
    assert clerk.woken == 3


async def test_the_form(store: Store) -> None:
    """It comes filled with the draft; lint errors come back in the field; a good text is kept."""
    clerk = await opened(store)
    await clerk.clicks["feedback_edit"](WHERE, {"action_id": "feedback_edit", "value": "1"}, {})
    view = clerk.views[0]
    typed = {"values": {"draft": {"text": {"type": "plain_text_input", "value": "See https://shop.example.com"}}}}
    refused = await clerk.submits["feedback_form"](WHERE, {**view, "state": typed})
    typed["values"]["draft"]["text"]["value"] = "It judges the kettle alone."
    taken = await clerk.submits["feedback_form"](WHERE, {**view, "state": typed})

    assert "Kettle leaks" in json.dumps(view)
    assert (refused["response_action"], list(refused["errors"])) == ("errors", ["draft"])
    assert taken == {}
    assert (await state(store))[1] == "It judges the kettle alone."


async def test_what_may_be_said_once(store: Store) -> None:
    """After the buyer was written to, one click shows the words; a second one is told why there are none."""
    clerk = await opened(store)
    await desk.mark(store, 1, "contacted", "U1", NOW)
    click = {"action_id": "feedback_solved", "value": "1"}
    await clerk.clicks["feedback_solved"](WHERE, click, {})

    assert "change or remove your seller feedback" in json.dumps(clerk.views[0])
    with pytest.raises(RefusedError, match="second time"):
        await clerk.clicks["feedback_solved"](WHERE, click, {})


async def test_the_posts(store: Store) -> None:
    """A card with its metadata, its renewal where it stands, a reminder that links to it; the list for the command."""
    await opened(store)
    row = Outbox(key="feedback:1", effect=Effect.POST, lane="#support", next_at=NOW, created_at=NOW,
                 payload={"kind": "feedback", "feedback": 1})  # fmt: skip
    async with store.write() as tx:
        await outbox.enqueue(tx, row)
        stored = (await outbox.claim(tx, effects=[Effect.POST], worker="w", now=NOW, limit=1))[0]
        await outbox.finish(tx, stored, at=NOW, result={"channel": "C1", "ts": "1.1"})

    async def link(channel: str, ts: str) -> str:
        return f"https://slack.test/{channel}/{ts}"

    async with store.read() as tx:
        card = await post_of(tx, BOARD, row, NOW, link)
        update = await post_of(tx, BOARD, row.evolve(payload={**row.payload, "update": True}), NOW, link)
        told = {"kind": "feedback_reminder", "feedback": 1, "step": 14}
        reminder = await post_of(tx, BOARD, row.evolve(key="feedback:1:remind:14", payload=told), NOW, link)
        text, _ = await listing(tx, NOW, BOARD)

    assert card is not None and update is not None and reminder is not None
    assert card["metadata"] == {
        "event_type": "helpdesk_feedback",
        "event_payload": {"feedback": 1, "key": "feedback:1"},
    }
    assert (card["channel"], update["channel"], update["ts"]) == ("#support", "C1", "1.1")
    assert "https://slack.test/C1/1.1" in json.dumps(reminder["blocks"])
    assert text == "1 removal request to make"
