"""Invented texts that say what they are about: to learn topics and causes from.

Beside the grammar of invented mail there is one file a language under grammar/said/: what buyers say about each cause, in their own
roundabout words. Sentences fall into FOLDS that share none, so that what a hit of a pattern is worth is learnt on unseen ones.
How one asks (“I need help to …”) goes with every matter alike, so that it tells nothing about any.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache

from helpdesk.triage.grammar import LANGUAGES, Writer, sentences
from helpdesk.triage.invent_buyers import buyer_text, buyer_words

FOLDS = 4
_ASKED = 0.25  #: share of texts that name the matter inside a request: “how can I …?”
_LED = 0.1  #: share that begin with a call for help
_UNPARTED = {"ja", "zh"}
_REFUNDED = ("stock_out", "late_shipment", "not_as_described", "wrong_item", "quality_defect")


@cache
def said(language: str) -> dict[str, tuple[str, ...]]:
    """Cause → its sentences, the grammar's and those of said/."""
    own = {name[6:]: lines for name, lines in sentences(language).items() if name.startswith("buyer ")}
    more = sentences(f"said/{language}")
    return {cause: lines + more.get(cause, ()) for cause, lines in own.items()}


@cache
def courtesies(language: str) -> tuple[str, ...]:
    """How people ask for help, whatever the matter."""
    return sentences(f"said/{language}")["courtesy"]


def _part(lines: tuple[str, ...], fold: int) -> tuple[str, ...]:
    return lines[fold % min(FOLDS, len(lines)) :: FOLDS]


def of_fold(language: str, cause: str, fold: int) -> tuple[str, ...]:
    """The sentences of one fold; with fewer sentences than FOLDS some folds are the same."""
    return _part(said(language)[cause], fold)


def asked(language: str, cause: str, dice: random.Random, fold: int) -> str:
    """The matter as the object of a request, "" where nobody asks for it so (praise)."""
    own = sentences(f"said/{language}")
    wishes = own.get(f"to {cause}", ())
    return dice.choice(own["asking"]).replace("{do}", dice.choice(_part(wishes, fold))) if wishes else ""


def _also(cause: str, dice: random.Random) -> str:
    """What people add to their matter, "" for nothing: praise before it, the refund they hope for, the answer that never came."""
    topic = cause.partition("/")[0]
    chance = 1.0 if topic == "other" else dice.random()
    if chance < 0.12:
        return "other/positive"
    if chance < 0.3 and topic in _REFUNDED:
        return dice.choice(("returns_refunds/refund_window", "returns_refunds/return_policy_unclear"))
    return "customer_service/slow_response" if chance < 0.36 and topic != "customer_service" else ""


def topic_text(language: str, cause: str, dice: random.Random, fold: int) -> str:
    """One message about a cause, its sentences from one fold."""
    writer = Writer(language, dice, "shop")
    joint = "" if language in _UNPARTED else " "
    wish = asked(language, cause, dice, fold) if dice.random() < _ASKED else ""
    words = buyer_words(writer, cause, dice, (wish,) if wish else of_fold(language, cause, fold))
    if more := _also(cause, dice):
        extra = writer.fill(dice.choice(of_fold(language, more, fold)))
        words = joint.join((extra, words) if more == "other/positive" else (words, extra))
    if cause != "other/positive":
        if dice.random() < _LED:
            words = f"{dice.choice(sentences(f'said/{language}')['leading'])}{joint}{words}"
        if dice.random() < 0.3:
            words = f"{words}{joint}{dice.choice(courtesies(language))}"
    return buyer_text(writer, cause, dice, words)


def topic_texts(seed: int, of_each: int) -> Iterator[tuple[str, str, str, int]]:
    """(text, cause, language, fold), so many of each language and cause."""
    dice = random.Random(seed)
    for language in LANGUAGES:
        for cause in said(language):
            for number in range(of_each):
                fold = number % FOLDS
                yield topic_text(language, cause, dice, fold), cause, language, fold
