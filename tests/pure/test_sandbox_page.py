"""The demo's page draws Slack's blocks as HTML: everything that is there, and nothing that a buyer could have meant."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from helpdesk.sandbox.page_blocks import home_html, icons, message_html, mrkdwn, view_html
from helpdesk.sandbox.slack_state import OpenView
from helpdesk.sandbox.slack_typing import fill
from helpdesk.slack import cards, posts
from tests.support.slack_samples import HOSTILE, NOW, ZONE, a_mail, a_ticket, a_view, samples

SAMPLES = samples()
USERS = {"U0MIA0001": "mia", "U0BEN0001": "ben"}


def drawn(sample: dict[str, Any]) -> str:
    """A sample as HTML."""
    if sample.get("type") in {"modal", "home"}:
        shown = OpenView("V1", "U0MIA0001", sample, "V1")
        fill(shown, {})
        return (view_html if sample["type"] == "modal" else home_html)(shown, USERS)
    return message_html({**sample, "channel": "C1", "ts": "1.1"}, USERS)


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_is_drawn_with_its_controls(name: str) -> None:
    """Each button, field and menu of a card or form is there, and each of Slack's signs is known."""
    page, sample = drawn(SAMPLES[name]), SAMPLES[name]
    for block in sample["blocks"]:
        for element in [*block.get("elements", []), block.get("accessory") or {}]:
            assert element.get("action_id", "") in page
        if block["type"] == "input":
            assert f'name="f:{block["block_id"]}"' in page
    assert not [sign for sign in re.findall(r":[a-z_]{2,}:", html.unescape(page)) if sign not in icons()]
    assert not re.search(r":(warning|alarm_clock|package):", page)


def test_a_form_keeps_what_was_typed_and_shows_what_is_wrong() -> None:
    """The field holds the typed text; the app's error stands below it."""
    shown = OpenView("V1", "U0MIA0001", SAMPLES["form_reply"], "V1")
    fill(shown, {"reply": "mine </textarea>"})
    shown.errors = {"reply": "No <addresses>."}
    page = view_html(shown, USERS)
    assert "mine &lt;/textarea&gt;" in page
    assert "No &lt;addresses&gt;." in page


def test_marks_are_drawn_and_hostile_text_stays_text() -> None:
    """Bold, links, people, dates and quotes; a buyer's own markup is shown as he typed it."""
    text = "*b* <https://x.test/?a=1&amp;b=2|here> <@U0MIA0001> <!date^1790000000^{ago}|2 h left>"
    text += "\n> one\n> two\nthree &lt;b&gt;"
    assert mrkdwn(text, USERS) == (
        '<b>b</b> <a href="https://x.test/?a=1&amp;b=2" rel="noreferrer">here</a> <span class="who">@mia</span> '
        "2 h left\n<blockquote>one\ntwo</blockquote>three &lt;b&gt;"
    )
    nasty = HOSTILE + "<script>alert(1)</script><img src=x onerror=alert(2)>"
    blocks = cards.card(a_view(a_ticket(subject=nasty, buyer_name=nasty), words=nasty), NOW, ZONE)[1]
    blocks += posts.review(a_mail(text=nasty, subject=nasty), ZONE)[1]
    page = drawn({"text": "", "blocks": blocks})
    assert not re.search(r"<(script|img)|href=\"http://evil|class=\"who\">@U0EVIL", page)
