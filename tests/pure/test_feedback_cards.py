"""The feedback card, form and reminder in Slack: within Slack's rules, harmless whatever a buyer writes."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.domain_feedback import FeedbackState
from helpdesk.sandbox.slack_rules import message_faults, view_faults
from helpdesk.slack import feedback_cards as cards
from tests.support.slack_samples import HOSTILE, a_feedback

TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
ORDERS = ("<!channel", "<!here", "<@U0EVIL", "<http://evil", "\u202e", "\x1b")


def buttons(blocks: list[dict[str, Any]]) -> dict[str, str]:
    """action id → value of all buttons."""
    return {e["action_id"]: e["value"] for block in blocks for e in block.get("elements", []) if e["type"] == "button"}


def test_the_card_shows_what_is_needed() -> None:
    """Stars, order, words, verdict, countdown, draft and the steps to click."""
    text, blocks = cards.card(a_feedback(), TODAY)
    shown = json.dumps(blocks, ensure_ascii=False)

    assert message_faults(text, blocks) == []
    for piece in (
        "★☆☆☆☆",
        "111-0000001-0000001",
        "Kettle leaks",
        "2027-02-18 (86 days)",
        "Request removal",
        "product review",
    ):
        assert piece in shown
    assert set(buttons(blocks)) == {"feedback_approve", "feedback_edit", "feedback_submitted", "feedback_dismiss"}
    assert set(buttons(blocks).values()) == {"7"}


@pytest.mark.parametrize("state", FeedbackState)
def test_every_state_has_its_card(state: FeedbackState) -> None:
    """What is over has no buttons left, a buyer who was written to can be told one thing; within Slack's rules."""
    text, blocks = cards.card(a_feedback(state=state), TODAY)

    assert message_faults(text, blocks) == []
    assert bool(buttons(blocks)) == (state in cards.OPEN | {FeedbackState.SUBMITTED, FeedbackState.CONTACTED})


@pytest.mark.parametrize("recommended", ["removal", "public_reply", "contact", "none"])
def test_every_recommendation_has_its_words(recommended: str) -> None:
    """Each recommendation is told in words."""
    text, blocks = cards.card(
        a_feedback(recommended=recommended, sku="KET-1", ticket_id=3, missing=["ship_date"]), TODAY
    )

    assert message_faults(text, blocks) == []
    assert cards.RECOMMENDED[recommended] in json.dumps(blocks)


def test_the_form_is_filled() -> None:
    """The form comes with the draft and remembers its feedback."""
    view = cards.form(a_feedback(), channel="C1")
    field = next(block for block in view["blocks"] if block["type"] == "input")

    assert view_faults(view) == []
    assert (view["callback_id"], field["block_id"], field["element"]["action_id"]) == ("feedback_form", "draft", "text")
    assert field["element"]["initial_value"] == "The entire comment is a product review."
    assert json.loads(view["private_metadata"])["feedback"] == 7


def test_the_reminder() -> None:
    """It names the feedback and how long there is left."""
    text, blocks = cards.reminder(a_feedback(), 7, date(2027, 2, 11), "https://slack.test/archives/C1/p1")

    assert message_faults(text, blocks) == []
    assert "2027-02-18 (7 days)" in json.dumps(blocks)


def test_the_list_of_what_waits() -> None:
    """Twenty lines at most, the rest is counted."""
    text, blocks = cards.waiting([a_feedback(id=n) for n in range(1, 31)], TODAY)

    assert message_faults(text, blocks) == []
    assert text == "30 removal requests to make"
    assert "and 10 more" in json.dumps(blocks)
    assert cards.waiting([], TODAY)[0] == "No feedback case waits for somebody."


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_are_harmless(words: str) -> None:
    """Orders to Slack, bidi marks and escapes in a comment come to nothing."""
    item = a_feedback(comment=words, draft=words, why=words, reason=words, sku=words)
    for text, blocks in (cards.card(item, TODAY), cards.reminder(item, 7, TODAY)):
        shown = json.dumps([text, blocks], ensure_ascii=False)
        assert message_faults(text, blocks) == []
        assert not [order for order in ORDERS if order in shown]


@given(st.text(max_size=3000))
def test_any_comment_fits(words: str) -> None:
    """No length and no character breaks Slack's limits."""
    item = a_feedback(comment=words, draft=words[:500])

    assert message_faults(*cards.card(item, TODAY)) == []
    assert view_faults(cards.form(item)) == []


def test_what_may_be_said_once_fits() -> None:
    """The words, and how to use them."""
    view = cards.once(a_feedback(state=FeedbackState.CONTACTED), "Now that this is solved: …")

    assert view_faults(view) == []
    assert "no second time" in json.dumps(view)


def test_without_words_in_the_language_the_card_says_what_to_do() -> None:
    """No draft: a person has the comment translated and writes."""
    blocks = cards.card(a_feedback(draft="", language="und"), TODAY)[1]

    assert "Have it translated" in json.dumps(blocks)
    assert "unknown" in json.dumps(blocks)
    assert view_faults(cards.form(a_feedback(draft=""))) == []


def test_a_submitted_reply_is_no_request() -> None:
    """Where nothing could be removed, what was submitted was a reply: no outcome of a request is asked for."""
    reply = a_feedback(state=FeedbackState.SUBMITTED, verdict="no", criterion=None, recommended="public_reply")
    text, blocks = cards.card(reply, TODAY)

    assert buttons(blocks) == {}
    assert "nothing has been asked of Amazon" in text
    assert set(buttons(cards.card(a_feedback(state=FeedbackState.SUBMITTED), TODAY)[1])) == {
        "feedback_removed", "feedback_struck", "feedback_refused",
    }  # fmt: skip
