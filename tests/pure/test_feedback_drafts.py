"""Advice, drafts, deadlines, states and figures of seller feedback."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest

from helpdesk.domain_feedback import Feedback, FeedbackState
from helpdesk.errors import RefusedError, UsageError
from helpdesk.feedback import drafts
from helpdesk.feedback.deadlines import deadline_of, reminder_due
from helpdesk.feedback.drafts import (
    LANGUAGES,
    MAX_DRAFT,
    advise,
    contact,
    draft_for,
    general,
    mention,
    public_reply,
    removal_request,
)
from helpdesk.feedback.eligibility import judge
from helpdesk.feedback.facts import Facts
from helpdesk.feedback.figures import DefectParts, figures_of, percent, rating, trend, watch
from helpdesk.feedback.lifecycle import BY_HAND, may_become, state_named
from helpdesk.feedback.verdict import Criterion
from helpdesk.replies.lint import blocking, lint
from helpdesk.replies.lint_values import LintContext

TOPICS = (
    "late_shipment", "returns_refunds", "not_as_described", "wrong_item", "quality_defect", "customer_service",
    "stock_out", "price", "other",
)  # fmt: skip
PLACE = {"en": "US", "de": "DE", "fr": "FR", "es": "ES", "it": "IT", "ja": "JP", "zh": "CN", "pt": "BR", "nl": "NL"}
TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
NOBODY = re.compile(r"\d{3}-\d{7}-\d{7}|https?:|www\.|@|\+\d{2}")


def clean(text: str) -> list[str]:
    """The message rules a draft breaks."""
    return [finding.rule for finding in blocking(lint(text, scope="feedback"))]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize("stars", [1, 3, 5])
def test_every_public_text_keeps_the_rules(language: str, topic: str, stars: int) -> None:
    """Public replies and first messages are short, break no rule and name nobody."""
    for text in (public_reply(topic, language, stars), contact(topic, language)):
        assert 20 <= len(text) <= MAX_DRAFT
        assert clean(text) == []
        assert not NOBODY.search(text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_differ_by_topic(language: str) -> None:
    """Each topic has words of its own, in each language."""
    assert len({public_reply(topic, language, 1) for topic in TOPICS}) == len(TOPICS)
    assert len({contact(topic, language) for topic in TOPICS}) == len(TOPICS)


@pytest.mark.parametrize(
    ("language", "deed"),
    [
        ("en", r"checked|reviewed|corrected|inspect|compared|spoken|added a|working day|with the carrier"),
        ("de", r"geprüft|berichtigt|verglichen|eingeführt|untersucht|überarbeitet|Werktag|Versanddienst"),
        ("fr", r"vérifié|corrigé|comparé|ajouté|jour ouvré|transporteur"),
        ("es", r"revisado|corregido|comparado|añadido|inspeccion|día laborable|transportista"),
        ("it", r"verificato|corretto|confrontato|aggiunto|lavorativo|corriere"),
        ("pt", r"[Vv]erificamos|[Cc]orrigimos|[Cc]omparamos|acrescentamos|dia útil|transportadora"),
        ("nl", r"nagegaan|gecorrigeerd|vergeleken|toegevoegd|werkdag|vervoerder"),
        ("pl", r"[Ss]prawdziliśmy|[Pp]oprawiliśmy|[Pp]orównaliśmy|dodaliśmy|dnia roboczego|przewoźnik"),
        ("sv", r"kontrollerat|rättat|jämfört|granskat|arbetsdag|transportör"),
        ("tr", r"kontrol ettik|düzelttik|karşılaştır|inceledik|iş günü"),
        ("ja", r"修正|見直し|照合|二重|点検|営業日|業者に確認"), ("zh", r"核实|更正|比对|复核|检查|工作日|承运方"),
    ],
)  # fmt: skip
def test_no_text_tells_of_deeds_nobody_did(language: str, deed: str) -> None:
    """A draft says what this program does with a comment (it is noted, and put before the team), and no more."""
    for topic in TOPICS:
        for text in (public_reply(topic, language, 1), contact(topic, language)):
            assert not re.search(deed, text), text


@pytest.mark.parametrize("language", sorted(general()))
@pytest.mark.parametrize("stars", [1, 2, 3, 4, 5])
def test_what_is_not_read_is_answered_in_general(language: str, stars: int) -> None:
    """In its own language, short, by the rules, the same whatever the topic, and without a question that is a guess."""
    text = public_reply("other", language, stars)

    assert 20 <= len(text) <= MAX_DRAFT
    assert clean(text) == []
    assert text == public_reply("late_shipment", language, stars)
    assert contact("other", language) == ""


def test_an_unknown_language_gets_no_draft() -> None:
    """Nobody is answered in another language than their own; the reason says what to do."""
    found = judge("Hàng giao chậm quá trời luôn", marketplace="US")
    advice = advise(1, found)

    assert draft_for("Hàng giao chậm quá trời luôn", 1, found, advice) == ""
    assert "translated" in advice.reason


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_may_be_said_once_keeps_the_rules(language: str) -> None:
    """It breaks the one rule that is lifted here, once, and no other; it names the seller's feedback."""
    told = LintContext(language=language, solved=True)
    assert blocking(lint(mention(language), scope="reply", context=told)) == []
    broken = {found.rule for found in blocking(lint(mention(language), scope="reply"))}
    assert {"feedback_change"} <= broken <= {"feedback_change", "review_change"}
    assert not NOBODY.search(mention(language))


def test_texts_differ_by_language() -> None:
    """No language borrows another's text."""
    assert len({public_reply("other", language, 1) for language in LANGUAGES}) == len(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("criterion", Criterion)
@pytest.mark.parametrize("length", [1, 60, 399, 4000])
def test_removal_requests_fit(language: str, criterion: Criterion, length: int) -> None:
    """Whatever the comment's length, a request stays within the limit and breaks no rule."""
    text = removal_request("a" * length, criterion, ("a",), language)

    assert len(text) <= MAX_DRAFT
    assert clean(text) == []
    assert "{" not in text


def test_a_removal_request_quotes_the_comment() -> None:
    """Where the entire comment counts, it is quoted."""
    assert "Kettle leaks after two days." in removal_request(
        "Kettle leaks after two days.", Criterion.PRODUCT_REVIEW, ("Kettle leaks",), "en"
    )


@pytest.mark.parametrize(
    ("comment", "criterion"),
    [
        ("Fucking useless toaster", "profanity"),
        ("Write to shop@deals.example instead", "personal_data"),
        ("Bulb died, see www.bulbs.example for proof {{name}}", None),
    ],
)
def test_what_must_not_be_repeated_is_not_quoted(comment: str, criterion: str | None) -> None:
    """Obscene words, addresses and links are named in a request, not repeated."""
    found = judge(comment)
    text = draft_for(comment, 1, found, advise(1, found))

    assert criterion is None or found.criterion == criterion
    assert clean(text) == []


@pytest.mark.parametrize(
    ("comment", "stars", "answered", "recommended"),
    [
        ("Kettle leaks", 1, False, "removal"), ("Kettle leaks", 3, True, "removal"), ("Kettle leaks", 4, False, "none"),
        ("Great kettle", 5, False, "none"), ("Never answered my mails", 1, False, "contact"),
        ("Too expensive", 2, False, "public_reply"),
        ("Too expensive", 2, True, "contact"), ("", 1, False, "public_reply"),
        ("Arrived late", 1, False, "contact"),
    ],
)  # fmt: skip
def test_advice(comment: str, stars: int, answered: bool, recommended: str) -> None:
    """None for 4 and 5 stars, removal where likely, else contact or a public reply, each with its reason."""
    advice = advise(stars, judge(comment), answered=answered)

    assert advice.recommended == recommended
    assert advice.reason


COMPLAINTS = {
    "en": "The lid is broken and the handle is loose", "de": "Der Deckel ist kaputt", "fr": "Le couvercle est cassé",
    "es": "La tapa está rota y no cierra", "it": "Il coperchio è rotto", "ja": "蓋が壊れました", "zh": "盖子坏了",
    "pt": "A tampa quebrou, não presta", "nl": "Het deksel is stuk en werkt niet",
}  # fmt: skip


@pytest.mark.parametrize(("language", "place"), PLACE.items())
def test_drafts_speak_the_comments_language(language: str, place: str) -> None:
    """The draft is in the language of the comment, not of the marketplace."""
    comment = COMPLAINTS[language]
    found = judge(comment, Facts(), marketplace="US" if language == "en" else place)

    assert found.language == language
    assert draft_for(comment, 1, found, advise(1, found)) in {
        removal_request(comment, Criterion.PRODUCT_REVIEW, found.evidence, language),
        contact(found.topic, language),
        public_reply(found.topic, language, 1),
    }


def test_the_deadline() -> None:
    """90 days after the feedback."""
    assert deadline_of(date(2026, 11, 20)) == date(2027, 2, 18)


@pytest.mark.parametrize(
    ("left", "reminded", "expected"),
    [
        (20, None, None), (14, None, 14), (10, None, 14), (10, 14, None), (7, 14, 7), (3, 7, None), (2, 7, 2),
        (0, 2, None), (0, None, 2), (-1, None, None),
    ],
)  # fmt: skip
def test_reminders(left: int, reminded: int | None, expected: int | None) -> None:
    """14, 7 and 2 days before, each once; where several have passed only the last."""
    assert reminder_due(TODAY + timedelta(days=left), TODAY, reminded) == expected


@pytest.mark.parametrize("state", BY_HAND)
def test_a_persons_states_are_known(state: FeedbackState) -> None:
    """Each state can be named, and a feedback can be taken back to new."""
    assert state_named(str(state).upper()) is state
    may_become(state, FeedbackState.NEW)


def test_an_unknown_state_names_the_nearest() -> None:
    """A misspelt state is one clear line."""
    with pytest.raises(UsageError, match="did you mean submitted"):
        state_named("submited")
    with pytest.raises(UsageError, match=r"^state 'foo' is unknown\. Known: new, "):
        state_named("foo")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("removed", "submitted"),
        ("struck", "refused"),
        ("refused", "submitted"),
        ("expired", "submitted"),
        ("gone", "approved"),
    ],
)
def test_what_is_over_stays_over(before: str, after: str) -> None:
    """A refused request is not repeated, a removed feedback not asked for again."""
    with pytest.raises(RefusedError):
        may_become(FeedbackState(before), FeedbackState(after))


def a_feedback(number: int, stars: int, days_ago: int, **changes: object) -> Feedback:
    """An invented feedback."""
    given_on = TODAY - timedelta(days=days_ago)
    fields: dict[str, object] = {
        "id": number, "marketplace": "US", "order_id": f"111-{number:07d}-0000001", "rating": stars,
        "given_on": given_on, "deadline": deadline_of(given_on), "first_seen": NOW, "last_seen": NOW,
    }  # fmt: skip
    return Feedback.model_validate({**fields, **changes})


def test_ratings_by_window() -> None:
    """Shares are whole numbers over 30, 90, 365 days and ever; what is removed counts no more."""
    items = [
        a_feedback(1, 5, 0), a_feedback(2, 4, 29), a_feedback(3, 1, 30), a_feedback(4, 3, 364), a_feedback(5, 2, 365),
        a_feedback(6, 1, 1, state="removed"), a_feedback(7, 1, 1, state="struck"), a_feedback(8, 1, 1, gone_at=NOW),
    ]  # fmt: skip
    windows = figures_of(items, TODAY)["windows"]

    assert [windows[w]["count"] for w in ("30", "90", "365", "lifetime")] == [2, 3, 4, 5]
    assert windows["30"]["positive"] == 100
    assert (windows["90"]["positive"], windows["90"]["negative"]) == (67, 33)
    assert (windows["lifetime"]["positive"], windows["lifetime"]["neutral"]) == (40, 20)


def test_no_feedback_has_no_rating() -> None:
    """Nothing divided by nothing is not known."""
    assert rating([]) == {"count": 0, "positive": None, "neutral": None, "negative": None, "stars": None}


@pytest.mark.parametrize(("part", "whole", "expected"), [(1, 3, 33), (2, 3, 67), (1, 2, 50), (1, 200, 1), (0, 5, 0)])
def test_percentages_are_rounded(part: int, whole: int, expected: int) -> None:
    """Halves up, as Amazon shows them."""
    assert percent(part, whole) == expected


def test_the_trend() -> None:
    """The last 30 days against the 30 before."""
    items = [a_feedback(1, 5, 1), a_feedback(2, 5, 40), a_feedback(3, 1, 41)]

    assert trend(items, TODAY) == 50


def test_the_order_defect_rate() -> None:
    """An order counts once, by its own day, over 60 days."""
    days = {f"111-{n:07d}-0000001": TODAY - timedelta(days=n) for n in range(1, 101)}
    items = [a_feedback(1, 1, 0), a_feedback(2, 2, 0), a_feedback(3, 3, 0), a_feedback(80, 1, 0)]
    parts = DefectParts(order_days=days, claims=frozenset({"111-0000001-0000001", "111-0000005-0000001"}))

    found = parts.of(items, TODAY)

    assert (found["orders"], found["defects"], found["negative_feedback"], found["claims"]) == (59, 3, 2, 2)
    assert found["odr"] == round(3 / 59, 4)


def test_skus_to_watch() -> None:
    """Three negative feedback in 90 days bring an article onto the list, with the feedback behind it."""
    items = [a_feedback(n, 1, n, sku="KET-1", topic="quality_defect") for n in (1, 2, 3)]
    items += [a_feedback(4, 1, 1, sku="MUG-1"), a_feedback(5, 1, 200, sku="MUG-1"), a_feedback(6, 5, 1, sku="MUG-1")]

    assert watch(items, TODAY) == [
        {"sku": "KET-1", "asin": "", "negative": 3, "feedback": [1, 2, 3], "topics": {"quality_defect": 3}}
    ]


def test_a_word_is_forbidden_or_not_whatever_it_is_checked_with() -> None:
    """A large report checks its words many at a time; small words and Chinese beside it do not hide "cabrones"."""
    words = [
        "cabrones",
        "und",
        "nicht",
        "zu",
        "der",
        "lampe",
        "geschichte",
        "在两天内坏了",
        "ランプが壊れた",
        "idiots",
        "cable",
    ]
    told = []
    for others in (words, words[::-1], *([word] for word in words)):
        drafts._known_words.clear()
        found = drafts.learn(others)
        told.append({word: found[word] for word in others})
        assert drafts.learn(others) == {}
    assert told[0] == told[1] == {word: bad for one in told[2:] for word, bad in one.items()}
    assert {word for word, bad in told[0].items() if bad} == {"cabrones", "idiots"}
