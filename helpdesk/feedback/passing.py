"""Questions and answers of the judge as plain tuples, for a pipe: values of our own classes take longer. Pure."""

from __future__ import annotations

from helpdesk.feedback.facts import NOTHING_TOLD, Facts
from helpdesk.feedback.judging import Asked, Assessed, Known
from helpdesk.feedback.verdict import Criterion, Eligible, Judgement

#: What Asked holds; None: nothing is told of the order.
Question = tuple[str, int, bool, str, Facts | None]
#: What Assessed holds, and where each piece of evidence begins.
Answer = tuple[tuple[object, ...], tuple[int, ...]]

_VERDICTS = {one.value: one for one in Eligible}
_CRITERIA: dict[str | None, Criterion] = {one.value: one for one in Criterion}


def question(asked: Asked) -> Question:
    """A question as it goes through the pipe."""
    comment, rating, answered, marketplace, facts = asked
    return comment, rating, answered, marketplace, None if facts is NOTHING_TOLD else facts


def asked(put: Question) -> Asked:
    """A question as it came out of the pipe."""
    comment, rating, answered, marketplace, facts = put
    return Asked(comment, rating, answered, marketplace, facts or NOTHING_TOLD)


def answer(known: Known) -> Answer:
    """What was made of a question, as it goes through the pipe."""
    assert known.made is not None
    return tuple(known.made), known.starts


def known(asked: Asked, answer: Answer) -> Known:
    """What was made of a question, as it came out of the pipe."""
    fields, starts = answer
    made = Assessed._make(fields)
    judgement = Judgement(
        _VERDICTS[made.verdict],
        _CRITERIA.get(made.criterion),
        tuple(made.evidence),
        tuple(made.missing),
        made.why,
        made.language,
        made.topic,
        made.cause,
    )
    return Known(judgement, starts, asked, made)
