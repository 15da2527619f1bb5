"""The message rules: each finding has its place and reason, disguises do not help, ordinary letters pass."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk.replies import lint_marks
from helpdesk.replies.lint import Attached, LintContext, blocking, lint, rules
from helpdesk.replies.lint_permitted import sentences


def codes(text: str, **options: object) -> set[str]:
    """The rules a text breaks."""
    return {finding.rule for finding in lint(text, **options)}  # type: ignore[arg-type]  # passed on as they are


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Write to me at anna＠shop．com", "email_address"),
        ("Write to anna (at) shop (dot) com", "email_address"),
        ("my\u200bshop.com has it", "external_link"),
        ("see myshор.com", "external_link"),
        ("https://amazon.com@evil.test/x", "external_link"),
        ("https://amazon.com.evil.test", "external_link"),
        ("myshop dot com", "external_link"),
        ("Ring ４１５-５５５-０１００", "phone_number"),
        ("four one five five five five zero one zero zero", "phone_number"),
        ("W h a t s A p p us", "off_platform"),
        ("加薇信聊", "off_platform"),
        ("f*ck that", "sensitive"),
    ],
)
def test_disguises_do_not_help(text: str, rule: str) -> None:
    """Full-width letters, other alphabets, invisible characters and spelt-out marks are seen through."""
    assert rule in codes(text)


def test_a_finding_points_into_the_text_as_it_was_given() -> None:
    """Spans count code points of the original, also behind emoji, accents and markup."""
    text = "Grüße 😀 ﬁn: write to ａnna@shop.test"
    for finding in lint(text):
        assert finding.text == text[finding.start : finding.end]
    assert [f.text for f in lint(text) if f.rule == "email_address"] == ["ａnna@shop.test"]
    page = "<p>Mail &#97;nna@sh<b>op</b>.test</p>"
    hits = [f for f in lint(page, html=True) if f.rule == "email_address"]
    assert page[hits[0].start : hits[0].end] == "&#97;nna@sh<b>op</b>.test"


@pytest.mark.parametrize(
    ("page", "rule"),
    [
        ('<a href="https://shop.test">here</a>', "external_link"),
        ('<a href="mailto:a@shop.test">mail</a>', "email_address"),
        ('<a href="tel:+4930123456">call</a>', "phone_number"),
        ('<a href="http://www.amazon.de/x">x</a>', "insecure_url"),
        ('<img src="https://x.test/p.png" width="1" height="1" alt="">', "tracking_pixel"),
        ('<img src="cid:a" style="display:none" alt="">', "tracking_pixel"),
        ('<img src="https://m.media-amazon.test/a.png" alt="">', "tracking_pixel"),
        ('<img src="cid:a.gif" alt="a">', "gif"),
        ('<img src="cid:a" width="550" alt="a">', "image_width"),
        ('<img src="cid:a">', "accessibility"),
        ('<a href="https://shop.test"><img src="cid:logo" alt="logo"></a>', "logo_with_url"),
        ('<div style="margin-left: 200px">x</div>', "margins"),
        ('<p style="line-height:2">x</p>', "css_override"),
        ("<style>p { font-family: Arial }</style><p>x</p>", "css_override"),
        ('<font color="red">x</font>', "css_override"),
        ("<center>x</center>", "alignment"),
        ('<p style="text-align:center">x</p>', "alignment"),
        ("".join(f'<p style="font-size:{n}px">x</p>' for n in (10, 12, 14, 16)), "font_sizes"),
        ("a<br><br/><br />b", "line_breaks"),
    ],
)
def test_markup_rules(page: str, rule: str) -> None:
    """What only HTML can do wrong."""
    assert rule in codes(page, html=True)


def test_plain_markup_passes() -> None:
    """Paragraphs, lists, bold letters and a link to the marketplace are fine."""
    page = '<p>Hello,<br>see <a href="https://www.amazon.de/orders">your orders</a>.</p><ul><li><b>one</b></li></ul>'
    assert codes(page, html=True) == set()


def test_direct_mail_may_name_addresses() -> None:
    """Outside a marketplace, links, addresses and numbers are ours to give; insults and gaps are not."""
    text = "Call +49 30 1234567, write to anna@shop.test, see https://shop.test"
    assert codes(text, marketplace="direct") == set()
    assert codes("You idiot {{name}}, we will refund you.", marketplace="direct") == {
        "sensitive",
        "placeholder",
        "promise",
    }


def test_an_order_number_in_public_is_personal() -> None:
    """A public reply names no order, no buyer, no street."""
    assert codes("Order 111-0000001-0000001 was late.", scope="feedback") == {"pii"}
    assert "pii" in codes("Dear Mrs Weber, we are sorry.", scope="feedback")
    assert "pii" in codes("Anna, sorry.", scope="feedback", context=LintContext(buyer_names=("Anna",)))
    assert codes("Dear customer, we are sorry that the lid leaked.", scope="feedback") == set()
    assert "pii" not in codes("Order 111-0000001-0000001 was late.")


def test_feedback_change_is_for_solved_tickets_alone() -> None:
    """One sentence, word for word, once, after the problem is solved; never in public, nor with more of it."""
    solved = LintContext(solved=True)
    for language, text in sentences().items():
        letter = f"Hello,\n\n{text}\n\nWith kind regards, your team"
        assert "feedback_change" in codes(letter), language
        assert not {"feedback_change", "review_change", "line_breaks"} & codes(letter, context=solved)
        assert "feedback_change" not in codes(letter.replace(" ", "\n", 3), context=solved)
        again = LintContext(solved=True, feedback_asked=True)
        assert "feedback_change" in codes(letter, context=again)
        assert "feedback_change" in codes(letter, context=solved, scope="proactive")
        assert "feedback_change" in codes(letter, context=solved, scope="feedback")
        assert "feedback_change" in codes(f"{text} Please remove your feedback.", context=solved)
    assert "feedback_change" in codes("You can update or remove your seller feedback in your orders.", context=solved)
    assert "review_change" in codes("Please remove your review.", context=solved)


@pytest.mark.parametrize(
    "text",
    [
        "Varan är tyvärr slut i lager, men du fick en ny ficklampa i slutet av veckan.",
        "Varen er udsolgt, men pakken kommer i slutningen af ugen. Vi slutter kl. 16 og har et godt fag.",
        "Varen er slutt, men du fikk den nye.",
        "Lamentamos o atendimento deficiente.",
        "Un regalo per il figlio di cinque anni.",
        "El cono de tráfico está en camino.",
        "La bite d'amarrage est en acier. Mosquito bite cream.",
        "这是送给他妈妈的礼物。",
        "The parcel's hit a delay at customs.",
    ],
)
def test_harmless_words_that_are_rude_elsewhere(text: str) -> None:
    """A word that offends in one language and is everyday speech in another stops nobody's answer."""
    assert "sensitive" not in codes(text)


@pytest.mark.parametrize(
    "text",
    [
        "Fick dich doch selbst.",
        "So ein Ficker.",
        "You slut.",
        "Qué coño quieres.",
        "Suce ma bite.",
        "他妈的。",
        "s-h-i-t",
        "sh1t",
    ],
)
def test_rude_words_stay_rude(text: str) -> None:
    """Narrowing the lists let no insult through."""
    assert "sensitive" in codes(text)


def test_the_ticket_is_judged_too() -> None:
    """Subject, language, files, order, products, time and opt-out."""
    bad = LintContext(
        language="de",
        order_ids=("111-0000001-0000001",),
        asins=("B000000001",),
        subject="Hi",
        original_subject="Where is it",
        attachments=(
            Attached(name="a.exe", size=11_000_000),
            *(Attached(name="b.pdf", size=1, purpose="invoice"),) * 5,
        ),
        days_since_completion=40,
        opted_out=True,
    )
    text = "We have sent you the parcel for the order 111-0000002-0000002 and it is B000000002 that you have."
    assert codes(text, context=bad, scope="proactive") >= {
        "language", "order_id", "other_asin", "attachment_type", "attachment_size", "attachment_count",
        "attachment_purpose", "window_30d", "opted_out",
    }  # fmt: skip
    assert "subject_rewritten" in codes(text, context=bad)
    fine = LintContext(language="en", subject="Re: Where is it", original_subject="Where is it")
    assert codes(text, context=fine) == set()


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Thank you for your order!", "thanks_only"),
        ("Your order 111-0000001-0000001 has been shipped.", "shipping_confirmation"),
        ("We have received your order. Kind regards", "order_confirmation"),
        ("If you have any questions, we are here to help.", "here_to_help"),
        ("Wir haben Ihre Bestellung erhalten.", "order_confirmation"),
        ("ご注文ありがとうございます。", "thanks_only"),
    ],
)
def test_empty_messages_are_not_sent_unasked(text: str, rule: str) -> None:
    """Nothing but courtesy: blocked where nobody asked, a warning in an answer."""
    assert rule in {f.rule for f in blocking(lint(text, scope="proactive"))}
    assert rule in {f.rule for f in lint(text) if f.severity == "warn"}


def test_fixes_are_offered_not_made() -> None:
    """Three line ends, an unsafe link, an emoji: what could stand there instead."""
    fixes = {f.rule: f.fix for f in lint("a\n\n\nb 😀 http://www.amazon.de/x")}
    assert fixes == {"line_breaks": "\n\n", "emoji": "", "insecure_url": "https://www.amazon.de/x"}


def test_every_rule_has_a_reason() -> None:
    """Severity per scope and a sentence for a person."""
    for rule, entry in rules().items():
        assert {"reply", "proactive", "feedback", "why"} <= entry.keys(), rule
        assert entry["why"].endswith(".")


@settings(max_examples=200, deadline=None)
@given(
    text=st.text(max_size=300),
    scope=st.sampled_from(["reply", "proactive", "feedback"]),
    html=st.booleans(),
    marketplace=st.sampled_from(["amazon", "walmart", "ebay", "direct"]),
)
def test_anything_can_be_judged(text: str, scope: str, html: bool, marketplace: str) -> None:
    """No text breaks it, and every finding points into the text."""
    for finding in lint(text, scope=scope, html=html, marketplace=marketplace):  # type: ignore[arg-type]  # sampled
        assert 0 <= finding.start <= finding.end <= len(text)
        assert finding.text == text[finding.start : finding.end]


@pytest.mark.parametrize(
    ("end", "ends", "blocked"),
    [("\r\n", 2, False), ("\r\n", 3, True), ("\r", 2, False), ("\r", 3, True), ("\u2028", 2, False), ("\n", 3, True)],
)
def test_a_line_end_of_windows_is_one_line_end(end: str, ends: int, blocked: bool) -> None:
    """A paragraph of a text saved on Windows is no gap; three line ends of any kind are."""
    assert bool(list(lint_marks.breaks(f"one{end * ends}two"))) == blocked


def test_every_rule_stands_in_the_manual() -> None:
    """docs/message-rules.md lists each code with its reason."""
    page = (Path(__file__).parents[2] / "docs" / "message-rules.md").read_text(encoding="utf-8")

    assert [code for code, entry in rules().items() if f"`{code}`" not in page or entry["why"] not in page] == []
