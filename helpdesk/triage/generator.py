"""Invented mail for training where no free corpus has any: buyers of ten languages, and all that else lands in a seller's Junk.

`generate(seed, count)` always gives the same mails. What is varied is what varies in life: letter or one line, polite or shouting,
own mail or form, HTML or plain, reply or new, with or without an order number, authentication results of every kind.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from helpdesk.triage import letters as written
from helpdesk.triage.grammar import LANGUAGES
from helpdesk.triage.invent_buyers import Made, make_buyer
from helpdesk.triage.invent_others import make_other, weighted
from helpdesk.triage.letters import Written

_LANGUAGE_SHARE = {"en": 26, "de": 11, "fr": 9, "es": 9, "it": 8, "ja": 9, "zh": 9, "pt": 8, "nl": 6, "pl": 5}


def generate(
    seed: int,
    buyers: int,
    others: int,
    *,
    texts: Sequence[tuple[str, str]] = (),
    letters: tuple[float, float] = (0.0, 0.0),
) -> Iterator[Made]:
    """So many buyers' and other mails, always the same for a seed.

    `texts`: further buyers' words as (language, words), a third of all. `letters`: the shares of buyers' and of others' mails
    that are whole letters (letters.py) in an invented envelope, each in turn, rather than put together by the grammar.
    """
    dice = random.Random(seed)
    deck = _Deck(dice)
    for _ in range(buyers):
        if texts and dice.random() < 0.34:
            language, words = texts[dice.randrange(len(texts))]
            yield make_buyer(
                dice, language if language in LANGUAGES else "en", words=words[:700], cause="other/account"
            )
        elif letters[0] and dice.random() < letters[0] and (letter := deck.next(written.buyers())):
            yield make_buyer(dice, letter.language, whole=letter)
        else:
            yield make_buyer(dice, weighted(dice, _LANGUAGE_SHARE))
    for _ in range(others):
        if letters[1] and dice.random() < letters[1] and (letter := deck.next(written.others())):
            yield make_other(dice, letter.language, letter.what, whole=letter)
        else:
            yield make_other(dice, weighted(dice, _LANGUAGE_SHARE))


class _Deck:
    """Deals letters in a shuffled order, each once before any comes again."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.left: dict[int, list[Written]] = {}

    def next(self, letters: tuple[Written, ...]) -> Written | None:
        """One more of these, None where there are none."""
        left = self.left.setdefault(id(letters), [])
        if not left:
            left.extend(letters)
            self.dice.shuffle(left)
        return left.pop() if left else None
