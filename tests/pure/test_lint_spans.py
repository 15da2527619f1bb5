"""The message rules on any text at all: places are true, fixes mend, nothing breaks."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from helpdesk.replies.lint import SCOPES, Finding, LintContext, lint, rules
from helpdesk.replies.lint_text import fold

#: Pieces that break rules, pieces that nearly do, and characters that fold to none, one or several.
PIECES = st.sampled_from(
    [
        "http://shop.example/x", "HTTP://a.example", "www.kettle.example", "kettle dot com", "me@kettle.example",
        "me (at) gmail (dot) com", "[Important]", "[Wichtig]", "【重要】", "\n\n\n", "\r\n\r\n\r\n", " \n \n ",
        "<br><br><br>",
        "\U0001f600", "✔️", "\u200b", "\u0301", "ß", "ﬃ", "½", "Ⅷ", "ａｂ", "{{name}}", "[name]", "+49 30 1234567",
        "zero six, quarante-deux", "please change your review", "5 stars", "if you are happy", "gift card",
        "we will refund",
        "请您修改一下评价", "送您红包", "レビューを変更", "していただければ",
        "not", "never", "nicht", "?", ". ", ", ", "; ", " ", "\n",
        "WhatsApp", "加微信", "cancel your order", "no longer available", "you wrote \"", "\"", "<a href=http://x.example>",
        "<img src=x width=1>", "&amp;", "&#64;", "<p style='margin:300px'>", "</p>", "tell Amazon",
        "you changed your mind",
    ]
)  # fmt: skip
TEXTS = st.lists(PIECES | st.text(max_size=6), max_size=25).map("".join)
ASKED = LintContext(order_ids=("111-0000001-0000001",), buyer_names=("Ana",), feedback_asked=True, language="de")


def apply(text: str, finding: Finding) -> str:
    """The text with what a finding offers."""
    return text[: finding.start] + (finding.fix or "") + text[finding.end :]


@settings(max_examples=150, deadline=None)
@given(text=TEXTS, scope=st.sampled_from(SCOPES), html=st.booleans(), asked=st.booleans())
@example(text="ßßß http://ſhop.example ß", scope="reply", html=False, asked=True)
def test_every_finding_names_its_own_place(text: str, scope: str, html: bool, asked: bool) -> None:
    """Whatever the text: each finding lies within it and holds what stands there; twice judged is judged alike."""
    context = ASKED if asked else None

    found = lint(text, scope=scope, html=html, context=context)  # type: ignore[arg-type]  # one of SCOPES

    for finding in found:
        assert 0 <= finding.start <= finding.end <= len(text)
        assert text[finding.start : finding.end] == finding.text
        assert finding.rule in rules()
        assert finding.why
    assert lint(text, scope=scope, html=html, context=context) == found  # type: ignore[arg-type]  # one of SCOPES


@settings(max_examples=150, deadline=None)
@given(text=TEXTS, html=st.booleans())
@example(text="[[important]important]", html=False)
@example(text="one\r\n\r\n\r\ntwo", html=False)
def test_fixes_taken_one_by_one_leave_nothing_to_fix(text: str, html: bool) -> None:
    """Whoever takes every fix that is offered ends with a text in which none is left."""
    for _ in range(400):
        fixable = [finding for finding in lint(text, html=html) if finding.fix is not None]
        if not fixable:
            break
        text = apply(text, fixable[0])

    assert [finding for finding in lint(text, html=html) if finding.fix is not None] == []


@given(text=st.text(max_size=80))
def test_each_folded_character_knows_where_it_stood(text: str) -> None:
    """Places of a folded text rise with its characters and cover only what folds to them."""
    folded = fold(text)

    assert len(folded.cased) == len(folded.low)
    before = 0
    for i in range(len(folded.low)):
        start, end = folded.span(i, i + 1)
        assert before <= start < end <= len(text)
        assert folded.cased[i] in fold(text[start:end]).cased
        before = start
