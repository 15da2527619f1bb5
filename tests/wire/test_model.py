"""The optional model: a local endpoint that answers, stalls, errors, and smuggles."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from helpdesk.errors import DoorError
from helpdesk.replies.drafts import DraftFacts, draft
from helpdesk.replies.model import ChatModel
from helpdesk.replies.templates import Library
from helpdesk.replies.writer import written
from helpdesk.resources import resource

LIBRARY = Library.load(resource("templates/replies"))
ORDER = "111-0000001-0000001"
FACTS = DraftFacts(
    language="en",
    topic="late_shipment",
    cause="slow_fulfilment",
    words=f"Hi, Anna Sample here, anna@mail.test, order {ORDER}: where is my kettle? Ring 415-555-0100",
    variables={"order": ORDER, "name": "Anna Sample", "tracking": "1Z999AA10123456784", "carrier": "UPS"},
)


@asynccontextmanager
async def model(
    answer: object, *, status: int = 200, stall: float = 0.0, seconds: float = 5.0
) -> AsyncIterator[ChatModel]:
    """A local endpoint that answers, stalls or errors."""

    async def chat(request: web.Request) -> web.Response:
        seen.append(await request.text())
        await asyncio.sleep(stall)
        if isinstance(answer, str):
            body: object = {"choices": [{"message": {"content": answer}, "finish_reason": "stop"}]}
        else:
            body = answer
        return web.json_response(body, status=status)

    app = web.Application()
    app.router.add_post("/v1/chat/completions", chat)
    server = TestServer(app)
    await server.start_server()
    try:
        yield ChatModel(url=str(server.make_url("/v1")), name="any", timeout=seconds)
    finally:
        await server.close()


seen: list[str] = []
GOOD = "Hello,\n\nyour parcel for order [ORDER_1] is on its way with UPS.\n\nKind regards\nCustomer Service"


async def test_a_models_draft_is_marked_and_knows_no_names() -> None:
    """A lawful answer is used, unmasked, and marked; the endpoint never saw who the buyer is."""
    seen.clear()
    async with model(GOOD) as door:
        made = await written(door, FACTS, draft(FACTS, LIBRARY), advice="give the tracking number")
    assert made.machine_written
    assert ORDER in made.text
    assert "Anna" not in seen[0] and ORDER not in seen[0] and "mail.test" not in seen[0]
    assert "give the tracking number" in seen[0]


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        ("See https://shop.test for more about your parcel.", "external_link"),
        ("We will give you a full refund today.", "promise"),
        ("Please write us a 5-star review.", "review_positive_only"),
        ("Add me on WhatsApp.", "off_platform"),
        ("Your address [ADDRESS_2] is noted.", "must not"),
        ("", "empty"),
        ("x" * 5000, "too long"),
        ({"choices": []}, "no chat completion"),
        ({"choices": [{"message": {"content": None}}]}, "refused"),
        ({"choices": [{"message": {"content": "I"}, "finish_reason": "content_filter"}]}, "refused"),
    ],
)
async def test_what_may_not_be_believed_falls_back_to_the_template(answer: object, word: str) -> None:
    """Injected links, promises, refusals and nonsense: the template stays, the note says why."""
    template = draft(FACTS, LIBRARY)
    async with model(answer) as door:
        made = await written(door, FACTS, template)
    assert (made.text, made.machine_written) == (template.text, False)
    assert word in made.note


async def test_errors_and_stalls_fall_back_too() -> None:
    """HTTP 500, a stalled answer, nobody there."""
    template = draft(FACTS, LIBRARY)
    async with model(GOOD, status=500) as door:
        assert "HTTP 500" in (await written(door, FACTS, template)).note
    async with model(GOOD, stall=2.0, seconds=0.1) as door:
        assert (await written(door, FACTS, template)).text == template.text
    gone = ChatModel(url="http://127.0.0.1:9/v1", name="any", timeout=1.0)
    with pytest.raises(DoorError):
        await gone.complete([])
    assert await written(None, FACTS, template) is template
