# ruff: noqa: E501 -- samples of mail
"""HTML to text: what is seen, what is hidden, what is quoted; the same words as inscriptis finds."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inscriptis import get_text

from helpdesk.intake.htmltext import to_text
from tests.support.shared_mails import members

PAGES = {
    "<p>Hello <b>big</b>\n world</p><p>again</p>": "Hello big world\n\nagain",
    "one<br>two<br/><br>three": "one\ntwo\n\nthree",
    "<div>a</div><div>b</div>": "a\nb",
    "<div dir=ltr>Hi,<br><br>line<br></div>": "Hi,\n\nline",
    "<ul><li>one<li>two</ul>": "* one\n* two",
    "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>": "a\tb\nc",
    "<pre>a\n  b\n\nc</pre>": "a\n  b\n\nc",
    "<span style='white-space: pre-wrap'>a\n b</span>": "a\n b",
    "f&uuml;r&nbsp;dich &lt;b&gt; &#128512;": "für dich <b> 😀",
    "<style>p{}</style><script>x()</script><title>t</title>seen": "seen",
    "<div style='display:none'>preheader</div>seen": "seen",
    "<span style='font-size:0px'>x</span><div style='max-height:0'>y</div><p hidden>z</p>seen": "seen",
    "<!-- comment --><!--[if mso]>office<![endif]-->seen": "seen",
    "answer<blockquote>old<br>words</blockquote>more": "answer\n\n> old\n> words\n\nmore",
    "answer<div class='gmail_quote'>On … wrote:<blockquote>old</blockquote></div>": "answer\n\n> On … wrote:\n>\n> > old",
    "": "",
    "   ": "",
    "no tags at all": "no tags at all",
    "a < b and b > c": "a < b and b > c",
    "<p>never closed <b>bold": "never closed bold",
}


@pytest.mark.parametrize("page", PAGES)
def test_pages(page: str) -> None:
    """What a person sees, in lines."""
    assert to_text(page) == PAGES[page]


def test_deep_nesting_loses_nothing() -> None:
    """Where libxml2 gives up, the tags are taken out instead."""
    assert to_text("<div>" * 5000 + "deep words" + "</div>" * 5000 + "<p>after</p>").split() == [
        "deep",
        "words",
        "after",
    ]


@given(st.text(max_size=200))
def test_any_text_at_all(page: str) -> None:
    """Nothing raises."""
    assert isinstance(to_text(page), str)


def words(text: str) -> list[str]:
    """The words of a text, without punctuation and bullets."""
    return re.findall(r"\w+", text)


def test_the_same_words_as_inscriptis() -> None:
    """On the HTML mails of the shared data, both find the same words, nearly always in the same order."""
    same = pages = 0
    for _, raw in members("hostile_mail_open.tar.gz"):
        match = re.search(rb"<html.*?</html>", raw, re.DOTALL | re.IGNORECASE)
        if match is None or len(match.group()) > 100_000:
            continue
        page = re.sub(r"=\r?\n", "", match.group().decode("utf-8", "replace"))
        pages += 1
        mine, other = words(to_text(page)), words(get_text(page))
        same += sorted(mine) == sorted(other) or abs(len(mine) - len(other)) <= len(other) * 0.02
    assert pages > 30
    assert same >= pages * 0.9
