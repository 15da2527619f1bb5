"""What a buyer wrote is data in Slack (promise 7): escaped, whole, within limits."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.slack import escape as e
from tests.support.slack_samples import HOSTILE

TEXTS = st.text(alphabet=st.one_of(st.characters(), st.sampled_from("<>&;`\u202e\u200b\r\n \U0001f600\u0301")))
ENTITY = re.compile(r"&(amp|lt|gt);")


def entities_whole(text: str) -> bool:
    """Every & begins one of the three entities."""
    return "&" not in ENTITY.sub("", text)


@given(TEXTS)
def test_escaped_text_gives_no_orders(text: str) -> None:
    """No <, >, bare &, code fence, control or bidi character is left."""
    safe = e.escape(text)
    assert not re.search("[<>\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069]|```", safe)
    assert entities_whole(safe)


@given(TEXTS)
def test_escaping_keeps_the_words(text: str) -> None:
    """Unescaped, the text is the cleaned one but for its fences."""
    assert html.unescape(e.escape(text)).replace("ˋ", "`") == e.clean(text).replace("ˋ", "`") or "&" in text


@given(TEXTS, st.integers(1, 40))
def test_clip_keeps_the_limit_and_cuts_no_entity(text: str, limit: int) -> None:
    """A clipped text is within its limit and its entities are whole."""
    cut = e.clip(e.escape(text), limit)
    assert e.size(cut) <= limit
    assert entities_whole(cut)


@given(TEXTS, st.integers(12, 60))
def test_pages_hold_everything(text: str, limit: int) -> None:
    """Pages are within the limit, cut no entity, and hold every word in order."""
    escaped = e.escape(text)
    parts = e.pages(escaped, limit)
    assert all(0 < e.size(part) <= limit and entities_whole(part) for part in parts)
    assert "".join("".join(parts).split()) == "".join(escaped.split())


@given(TEXTS)
def test_plain_text_holds_no_angle_brackets(text: str) -> None:
    """Where Slack reads nothing, the text is one line without < and >."""
    assert not re.search("[<>\n\r]", e.plain(text, 100))


def test_hostile_text_in_one_piece() -> None:
    """All known tricks at once come out as mere words."""
    safe = e.escape(HOSTILE)
    assert "<" not in safe
    assert "&lt;!channel&gt;" in safe
    assert "&lt;http://evil.test|your bank&gt;" in safe
    assert "&amp;lt;!everyone&amp;gt;" in safe
    assert "\u202e" not in safe
    assert "\x1b" not in safe
    assert safe.count("\u0301") == 4
    safe.encode("utf-8")


def test_people_stay_mentions_only_in_our_own_sentences() -> None:
    """A user's mention stands; every other order is escaped."""
    assert e.with_people("<@U0MIA0001> has it, <!channel> <@x>") == "<@U0MIA0001> has it, &lt;!channel&gt; &lt;@x&gt;"


@pytest.mark.parametrize("size", [20_000, 200_000])
def test_long_lines_take_linear_time(size: int) -> None:
    """A line of 200 kB without a blank is cut into pages and none is lost."""
    parts = e.pages(e.escape("&" * size), 3000)
    assert sum(part.count("&amp;") for part in parts) == size
