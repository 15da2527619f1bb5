"""Verdict, recommendation and draft of many comments at once. Pure.

A large report says the same things over and over with other numbers: comments of one shape (digits made alike) are
judged once. What a comment of its shape quotes is taken from the comment itself.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from helpdesk.feedback.about import About
from helpdesk.feedback.drafts import advise, draft_for, learn_from, remember
from helpdesk.feedback.eligibility import Weighed, conclude, may_change, weigh
from helpdesk.feedback.facts import NOTHING_TOLD, Facts
from helpdesk.feedback.language import language_of
from helpdesk.feedback.second import Second
from helpdesk.feedback.verdict import Eligible, Judgement
from helpdesk.marketplaces.countries import country

#: So many comments are judged between two steps of a progress bar.
STEP = 500
#: A comment that may hold a telephone number is judged by itself.
_CALLABLE = re.compile(r"0(?:[^0]{0,3}0){6}")
_DIGIT = re.compile("[1-9]")
#: More comments than this are a large report: what each costs counts.
MANY = 2_000
#: From here on another process takes its share: it takes a second to begin.
SHARED = 12_000
#: So many steps it is given at a time: many at first, as it waits while this process ends a step of its own.
_LENT = 8
#: So many shapes are remembered.
_REMEMBERED = 200_000
_ALIKE = str.maketrans("123456789", "000000000")


class Asked(NamedTuple):
    """What is to be judged; `answered`: a public reply stands."""

    comment: str
    rating: int
    answered: bool
    marketplace: str
    facts: Facts


_Key = tuple[str, str, str | None, bool | None, bool | None]


class Assessed(NamedTuple):
    """The columns of a feedback that hold what we make of it, in their names."""

    language: str
    topic: str
    cause: str | None
    verdict: str
    criterion: str | None
    evidence: list[str]
    missing: list[str]
    why: str
    recommended: str
    reason: str
    draft: str


class Known(NamedTuple):
    """A judgement, where in its comment the evidence begins, and what was made of the feedback it was asked for;
    None: nothing yet."""

    judgement: Judgement
    starts: tuple[int, ...]
    asked: Asked
    made: Assessed | None = None


def shape_of(comment: str) -> str:
    """The comment with its digits made alike; one with many digits is a shape of its own."""
    if _DIGIT.search(comment) is None:
        return comment
    alike = comment.translate(_ALIKE)
    return comment if _CALLABLE.search(alike) else alike


def _key(asked: Asked) -> _Key:
    facts = asked.facts
    if facts is NOTHING_TOLD:
        return shape_of(asked.comment), asked.marketplace, None, None, None
    return shape_of(asked.comment), asked.marketplace, facts.channel, facts.buy_shipping, facts.on_time()


def _weighed(asked: Asked, language: str) -> Weighed:
    return weigh(asked.comment, asked.facts, marketplace=asked.marketplace, language=language)


class Judged(NamedTuple):
    """What was made of some comments, in their order; which words were found forbidden in texts or not."""

    made: list[Known]
    words: dict[str, bool]


class Aside(Protocol):
    """Another process that judges one part of a large report at a time, as Judge.judged would."""

    def begun(self) -> bool:
        """Would `give` return at once? At the first call the process is started."""

    def give(self, asked: Sequence[Asked]) -> bool:
        """Hand over a part; False: there is nobody to do it."""

    def ready(self) -> bool:
        """Is the part that was given judged?"""

    def take(self) -> Judged | None:
        """What was made of the part that was given, waited for; None: the other process is gone."""


class Judge:
    """Judges comments; `second` is the classifier's opinion, left out where no model can be loaded.

    `aside`: another process that takes its share of a very large report.
    """

    def __init__(self, second: Second | None = None, aside: Aside | None = None) -> None:
        self._second = second
        self._aside = aside
        self._known: dict[_Key, Known] = {}

    def learn(self, asked: Sequence[Asked]) -> Iterator[int]:
        """Judge what is not known yet, in steps; yields how many are done.

        Of a large report the classifier is asked where it can change a verdict, of others for the topic too.
        """
        if len(self._known) > _REMEMBERED:
            self._known.clear()
        parts = [asked[start : start + STEP] for start in range(0, len(asked), STEP)]
        if self._aside is not None and len(asked) >= SHARED:
            yield from self._share(self._aside, parts)
            return
        many, done = len(asked) > MANY, 0
        for part in parts:
            self._learn(part, many=many)
            done += len(part)
            yield done

    def _learn(self, part: Sequence[Asked], *, many: bool) -> None:
        fresh = self._fresh(part)
        self._known |= zip(fresh, self.judged([*fresh.values()], many=many).made, strict=True)

    def _share(self, aside: Aside, parts: Sequence[Sequence[Asked]]) -> Iterator[int]:
        """The other process takes several parts from the front at a time, this one single parts from the back."""
        left, done = deque(parts), 0
        lent: list[Sequence[Asked]] = []
        while left or lent:
            if left and not lent and aside.begun():
                lent = [left.popleft() for _ in range(min(_LENT, 1 + len(left) // 4))]
                given = self._fresh([one for part in lent for one in part])
                if not aside.give([*given.values()]):
                    left.extendleft(reversed(lent))
                    lent = []
            if left:
                part = left.pop()
                self._learn(part, many=True)
                done += len(part)
            if lent and (aside.ready() or not left):
                found = aside.take()
                if found is None:
                    left.extendleft(reversed(lent))
                else:
                    self._known |= zip(given, found.made, strict=True)
                    remember(found.words)
                    done += sum(map(len, lent))
                lent = []
            yield done

    def _fresh(self, asked: Sequence[Asked]) -> dict[_Key, Asked]:
        """Those not judged yet, one of each shape."""
        return {key: one for one in asked if (key := _key(one)) not in self._known}

    def judged(self, fresh: Sequence[Asked], *, many: bool) -> Judged:
        """Judge all of these; `many`: they are of a large report."""
        spoken = [language_of(one.comment, country(one.marketplace).languages) for one in fresh]
        weighed = [_weighed(*each) for each in zip(fresh, spoken, strict=True)]
        about = self._doubts(fresh, spoken, weighed) if many else self._opinions(fresh, spoken)
        made = [conclude(*each) for each in zip(weighed, about, strict=True)]
        words = _quotes(fresh, made) if many else {}
        found = [
            Known(
                judgement,
                tuple([one.comment.find(piece) for piece in judgement.evidence]),
                one,
                _assessed(one, judgement, thorough=False) if many else None,
            )
            for one, judgement in zip(fresh, made, strict=True)
        ]
        return Judged(found, words)

    def _opinions(
        self, fresh: Sequence[Asked], spoken: Sequence[str], *, quick: bool = False
    ) -> Sequence[About | None]:
        if self._second is None or not fresh:
            return [None] * len(fresh)
        return self._second([one.comment for one in fresh], spoken, quick=quick)

    def _doubts(
        self, fresh: Sequence[Asked], spoken: Sequence[str], weighed: Sequence[Weighed]
    ) -> Sequence[About | None]:
        """The classifier's opinion of those whose verdict it can change and of which it has something to say."""
        found: list[About | None] = [None] * len(fresh)
        at = [place for place, one in enumerate(weighed) if may_change(one)]
        about = self._opinions([fresh[place] for place in at], [spoken[place] for place in at], quick=True)
        for place, opinion in zip(at, about, strict=True):
            if opinion is not None and opinion.topic != "other":
                found[place] = opinion
        return found

    def of(self, asked: Asked) -> Judgement:
        """The judgement of one comment."""
        return _own(self._about(asked), asked.comment)

    def _about(self, asked: Asked) -> Known:
        key = _key(asked)
        if key not in self._known:
            for _ in self.learn([asked]):
                pass
        return self._known[key]

    def assessed(self, asked: Asked, *, thorough: bool = True) -> Assessed:
        """What we make of a feedback; `thorough`: see drafts.removal_request."""
        known = self._about(asked)
        if known.made is not None and not thorough and known.asked[:3] == asked[:3]:
            return known.made
        return _assessed(asked, _own(known, asked.comment), thorough=thorough)


def _own(known: Known, comment: str) -> Judgement:
    """The judgement of a comment of this shape: with the evidence as it stands in the comment."""
    found = known.judgement
    if comment == known.asked.comment:
        return found
    pieces = zip(found.evidence, known.starts, strict=True)
    evidence = tuple(dict.fromkeys(comment[at : at + len(piece)] for piece, at in pieces))
    return found if evidence == found.evidence else found._replace(evidence=evidence)


def _assessed(asked: Asked, found: Judgement, *, thorough: bool) -> Assessed:
    advice = advise(asked.rating, found, answered=asked.answered)
    return Assessed(
        found.language,
        found.topic,
        found.cause,
        found.verdict.value,
        found.criterion.value if found.criterion else None,
        [*found.evidence],
        [*found.missing],
        found.why,
        advice.recommended.value,
        advice.reason,
        draft_for(asked.comment, asked.rating, found, advice, thorough=thorough),
    )


def _quotes(fresh: Sequence[Asked], made: Sequence[Judgement]) -> dict[str, bool]:
    """Find out, many at a time, which words of the comments to be quoted are forbidden in a text: those of which it was
    not known."""
    return learn_from(
        one.comment
        for one, found in zip(fresh, made, strict=True)
        if found.verdict is Eligible.LIKELY and one.rating <= 3
    )
