"""What the reply form offers: earlier answers out of the store, a model's draft, and where a sent text came from."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from helpdesk.domain import Event
from helpdesk.errors import DoorError
from helpdesk.replies.desk import Desk
from helpdesk.replies.drafting import digest
from helpdesk.replies.outcomes import EARLIER, MACHINE, MACHINE_ID, DraftView
from helpdesk.replies.templates import Library
from helpdesk.store import erasure, tickets
from helpdesk.store.engine import Store
from tests.store.test_desk import desk, library, settings
from tests.store.test_filing import buyer, file, sent
from tests.support.people import NOW

__all__ = ["desk", "library"]

HOUR = timedelta(hours=1)
LID = "The lid of my kettle arrived cracked, can I get a new lid?"
LID_ANSWER = (
    "Hello Anna,\n\nwe are sorry about the lid. A new one for order 111-0000001-{n:07d} leaves our warehouse today.\n\n"
    "Kind regards\nCustomer Service"
)


async def asks(store: Store, number: int, text: str, **changes: Any) -> None:
    """A buyer of their own writes."""
    address = f"b{number}@marketplace.amazon.com"
    fields = {"customer": address, "reply_to": address, "order_ids": [f"111-0000001-{number:07d}"], "text": text,
              "from_name": "Anna Sample", "topic": "quality_defect"}  # fmt: skip
    await file(store, buyer(number, **{**fields, **changes}))


async def answered(desk: Desk, number: int, text: str) -> None:
    """A person's answer is queued."""
    done = await desk.reply(number, text, "U1", rev=1, key=f"k{number}")
    assert done.ok, done


def offered(view: DraftView, group: str = EARLIER) -> list[str]:
    """The ids in one group of the menu."""
    return [choice.id for choice in view.templates if choice.group == group]


async def test_the_answer_to_the_same_problem_is_offered_and_made_fit(store: Store, desk: Desk) -> None:
    """The other buyer's order becomes this one's; the text carries where it came from."""
    await asks(store, 1, LID)
    await asks(store, 2, "Where is my parcel? It should have been here on Monday.")
    await answered(desk, 1, LID_ANSWER.format(n=1))
    await answered(desk, 2, "Hello,\n\nyour parcel is at the depot and comes tomorrow.\n\nKind regards\nService")
    await asks(store, 3, "Hi, the lid of the kettle has a crack. A new lid please!")
    view = await desk.draft_for(3, "U1")
    assert view.template.startswith("answer/")
    assert view.origin == f"template:{view.template}"
    first = offered(view)[0]
    taken = await desk.draft_for(3, "U1", first)
    assert "111-0000001-0000003" in taken.text
    assert "0000001 leaves" not in taken.text
    assert "Anna" not in taken.text
    assert taken.origin == f"answer:{first.removeprefix('past:')}"
    assert next(c.label for c in view.templates if c.id == first).startswith("#1: we are sorry about the lid")


async def test_what_was_answered_since_is_known_at_once(store: Store, desk: Desk) -> None:
    """The memory grows with every answer, without a restart; of the own conversation nothing is offered."""
    await asks(store, 1, LID)
    await asks(store, 2, LID)
    assert offered(await desk.draft_for(2, "U1")) == []
    await answered(desk, 1, LID_ANSWER.format(n=1))
    assert len(offered(await desk.draft_for(2, "U1"))) == 1
    assert offered(await desk.draft_for(1, "U1")) == []


async def test_an_answer_from_another_mail_program_counts_too(store: Store, desk: Desk) -> None:
    """At first contact the Sent folder is the whole memory."""
    await asks(store, 1, LID, clock_start=NOW)
    address = "b1@marketplace.amazon.com"
    await file(store, sent(11, customer=address, to_addrs=[address], in_reply_to=["1@buyers.test"],
                           text="A new lid leaves our warehouse today."))  # fmt: skip
    await asks(store, 2, LID)
    view = await desk.draft_for(2, "U1")
    assert len(offered(view)) == 1
    assert (await desk.draft_for(2, "U1", offered(view)[0])).text == "A new lid leaves our warehouse today."


async def test_other_languages_and_unlawful_answers_are_not_offered(store: Store, desk: Desk) -> None:
    """A German buyer gets no English answer; what was sent before a rule existed is not sent again."""
    await asks(store, 1, LID)
    await answered(desk, 1, LID_ANSWER.format(n=1))
    await asks(store, 2, LID, language="de")
    assert offered(await desk.draft_for(2, "U1")) == []
    async with store.write() as tx:
        old = {"text": "Write to us at boss@shop.test for a new lid.", "rev": 1}
        await tickets.log(tx, [Event(ticket_id=1, at=NOW + HOUR, kind="reply_queued", actor="U9", detail=old)])
    await asks(store, 3, LID)
    assert [c.label for c in (await desk.draft_for(3, "U1")).templates if "boss" in c.label] == []


async def test_an_erased_buyers_answer_is_gone_at_once(store: Store, desk: Desk) -> None:
    """The index holds no words: what the store forgot cannot be offered, nor be asked for."""
    await asks(store, 1, LID)
    await answered(desk, 1, LID_ANSWER.format(n=1))
    await asks(store, 2, LID)
    [one] = offered(await desk.draft_for(2, "U1"))
    async with store.write() as tx:
        await erasure.conversations(tx, [1], NOW)
    assert offered(await desk.draft_for(2, "U1")) == []
    view = await desk.draft_for(2, "U1", one)
    assert view.note
    assert view.template.startswith("answer/")


async def test_what_our_answers_said_of_the_parcel_fills_the_next_template(store: Store, desk: Desk) -> None:
    """The tracking number of our last answer stands in the next draft; without one nothing is invented."""
    late = {"topic": "late_shipment", "cause": "missing_tracking"}
    await asks(store, 1, "Which tracking number?", **late)
    assert "tracking number is" not in (await desk.draft_for(1, "U1")).text
    await answered(desk, 1, "Hello,\n\nit went with UPS, tracking number 1Z999AA10123456784.\n\nKind regards\nService")
    assert "UPS; the tracking number is 1Z999AA10123456784" in (await desk.draft_for(1, "U1")).text


class Writer:
    """A model that answers as told."""

    name = "small-writer"

    def __init__(self, answer: str) -> None:
        self.answer, self.asked = answer, 0

    async def complete(self, messages: list[dict[str, str]]) -> str:
        """The answer, or none."""
        self.asked += 1
        assert "Anna" not in str(messages)
        if not self.answer:
            raise DoorError("TimeoutError at the model's address")
        return self.answer


def with_model(store: Store, library: Library, writer: Writer) -> Desk:
    """A desk with a model behind it."""
    configured = settings()
    return Desk(store, configured, library, configured.rules, lambda: NOW + 2 * HOUR, model=writer)


async def test_the_model_is_asked_only_when_chosen_and_marked(store: Store, library: Library) -> None:
    """Opening the form does not wait for it; its text says whose it is."""
    writer = Writer("Hello,\n\nwe have looked up order [ORDER_1] and will find out about the lid.\n\nCustomer Service")
    desk = with_model(store, library, writer)
    await asks(store, 1, LID)
    view = await desk.draft_for(1, "U1")
    assert (offered(view, MACHINE), writer.asked, view.machine) == ([MACHINE_ID], 0, "")
    made = await desk.draft_for(1, "U1", MACHINE_ID)
    assert (made.machine, made.origin, writer.asked) == ("small-writer", "model:small-writer", 1)
    assert "111-0000001-0000001" in made.text


@pytest.mark.parametrize(
    "answer", ["", "See https://shop.test for a new lid.", "We will give you a full refund today."]
)
async def test_a_model_that_fails_leaves_the_template(store: Store, library: Library, answer: str) -> None:
    """No answer, a link, a promise: the canned reply stands there, and the note says why."""
    desk = with_model(store, library, Writer(answer))
    await asks(store, 1, LID)
    plain, made = await desk.draft_for(1, "U1"), await desk.draft_for(1, "U1", MACHINE_ID)
    assert (made.text, made.origin, made.machine) == (plain.text, plain.origin, "")
    assert made.note


async def test_without_a_model_nothing_is_offered(store: Store, desk: Desk) -> None:
    """Off by default; an old form that asks for it gets the template."""
    await asks(store, 1, LID)
    assert offered(await desk.draft_for(1, "U1"), MACHINE) == []
    assert (await desk.draft_for(1, "U1", MACHINE_ID)).note


@pytest.mark.parametrize("change", [False, True])
async def test_the_history_says_what_an_answer_began_as(store: Store, desk: Desk, change: bool) -> None:
    """Promise 9: template, earlier answer or model, and whether its agent changed it."""
    await asks(store, 1, LID)
    view = await desk.draft_for(1, "U1")
    text = view.text + ("\n\nA new lid leaves our warehouse today." if change else "")
    await desk.reply(1, text, "U1", rev=view.rev, key="k", origin=view.origin, drafted=digest(view.text))
    async with store.read() as tx:
        [event] = await tickets.events_of(tx, [1], ["reply_queued"])
    assert (event.detail["draft"], event.detail["edited"]) == (view.origin, change)
