"""Invented mail for training where no free corpus has any: buyers of ten languages, and all that else lands in a seller's Junk.

`generate(seed, count)` always gives the same mails. What is varied is what varies in life: letter or one line, polite or shouting,
own mail or form, HTML or plain, reply or new, with or without an order number, authentication results of every kind.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from helpdesk.triage.grammar import LANGUAGES
from helpdesk.triage.invent_buyers import Made, make_buyer
from helpdesk.triage.invent_others import make_other, weighted

_LANGUAGE_SHARE = {"en": 26, "de": 11, "fr": 9, "es": 9, "it": 8, "ja": 9, "zh": 9, "pt": 8, "nl": 6, "pl": 5}


def generate(seed: int, buyers: int, others: int, *, texts: Sequence[tuple[str, str]] = ()) -> Iterator[Made]:
    """So many buyers' and other mails, always the same for a seed. `texts`: further buyers' words as (language, words), a third of all."""
    dice = random.Random(seed)
    for _ in range(buyers):
        if texts and dice.random() < 0.34:
            language, words = texts[dice.randrange(len(texts))]
            yield make_buyer(
                dice, language if language in LANGUAGES else "en", words=words[:700], cause="other/account"
            )
        else:
            yield make_buyer(dice, weighted(dice, _LANGUAGE_SHARE))
    for _ in range(others):
        yield make_other(dice, weighted(dice, _LANGUAGE_SHARE))
