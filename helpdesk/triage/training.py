"""Training: features and labels in, a model out. The same input gives the same bytes: one thread, rounded weights, fixed order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from helpdesk.intake.read import read
from helpdesk.triage.classifier import CLASSES, Model
from helpdesk.triage.features import Features, features_of
from helpdesk.triage.generator import generate
from helpdesk.triage.grammar import LANGUAGES, Writer
from helpdesk.triage.invent_buyers import Made, buyer_text
from helpdesk.triage.topics import TOPIC_WIDTH, TopicModel, topic_words
from helpdesk.triage.vectors import matrix, word_matrix
from helpdesk.triage.verdict import Thresholds

#: What a label of any corpus counts as.
CLASS_OF = {
    "buyer": 0,
    "other": 1,
    "ham_other": 1,
    "auto_reply": 1,
    "bounce": 1,
    "bulk": 1,
    "notice": 1,
    "spam": 2,
    "phish": 2,
    "suspect": 2,
}
#: Chosen by cost on the open training set with its sources left out: a lost buyer far dearer than a spam seen, a released phish
#: dearer than both. In the inbox mail is a buyer's more often, and a wrong ticket costs one click.
THRESHOLDS = {"junk": Thresholds(rescue=0.85, review=0.4), "inbox": Thresholds(rescue=0.6, review=0.2)}
STRENGTH = 4.0  #: of the words against the regularisation (C)
TOPIC_STRENGTH = 6.0
SEED = 20261124


@dataclass(frozen=True, slots=True)
class Example:
    """One mail to learn from."""

    features: Features
    label: str
    weight: float = 1.0
    folder: str = "junk"  #: where it lay: junk and inbox have thresholds of their own


@dataclass(frozen=True, slots=True)
class TopicExample:
    """One text to learn from; `label` is "topic/cause" (for other: one of the grammar's parts, "positive" among them)."""

    text: str
    label: str
    weight: float = 1.0


def invented(
    seed: int, buyers: int, others: int, texts: Sequence[tuple[str, str]] = ()
) -> Iterable[tuple[Made, Example]]:
    """The generator's mails, read as any mail is."""
    for made in generate(seed, buyers, others, texts=texts):
        yield made, Example(features_of(read(made.raw)), made.label)


def invented_topics(seed: int, of_each: int) -> list[TopicExample]:
    """So many texts of each language and cause, from the grammar."""
    import random

    dice = random.Random(seed)
    found = []
    for language in LANGUAGES:
        causes = Writer(language, dice, "shop").grammar.causes()
        for cause in causes:
            found += [
                TopicExample(buyer_text(Writer(language, dice, "shop"), cause, dice), cause) for _ in range(of_each)
            ]
    return found


def _fitted(rows: Any, labels: Any, weights: Any, strength: float) -> Any:
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        return LogisticRegression(C=strength, max_iter=300, tol=1e-3).fit(rows, labels, sample_weight=weights)


def _rounded(weights: Any) -> Any:
    """Half precision: a model file a quarter as large, and sums that differ in the last bit come out the same."""
    import numpy as np

    small = np.where(np.abs(weights) < 2e-3, 0.0, weights)
    return small.astype(np.float16)


def fit_topics(examples: Sequence[TopicExample]) -> TopicModel:
    """The topic classifier."""
    import numpy as np

    labels = tuple(sorted({one.label for one in examples}))
    places = {label: index for index, label in enumerate(labels)}
    rows = word_matrix([topic_words(one.text) for one in examples], TOPIC_WIDTH)
    fitted = _fitted(
        rows,
        np.array([places[one.label] for one in examples]),
        np.array([one.weight for one in examples]),
        TOPIC_STRENGTH,
    )
    return TopicModel(labels, _rounded(fitted.coef_), _rounded(fitted.intercept_))


def fit(examples: Sequence[Example], topics: TopicModel, thresholds: dict[str, Thresholds] | None = None) -> Model:
    """The whole model. Every class of CLASSES must occur."""
    import numpy as np

    rows = matrix([one.features for one in examples])
    labels = np.array([CLASS_OF[one.label] for one in examples])
    return fit_rows(rows, labels, np.array([one.weight for one in examples]), topics, thresholds)


def fit_rows(
    rows: Any, labels: Any, weights: Any, topics: TopicModel, thresholds: dict[str, Thresholds] | None = None
) -> Model:
    """The same from rows of `vectors.matrix` and the places of their classes in CLASSES."""
    missing = [name for index, name in enumerate(CLASSES) if index not in set(labels.tolist())]
    if missing:
        raise ValueError(f"no example of {', '.join(missing)}")
    fitted = _fitted(rows, labels, weights, STRENGTH)
    return Model(
        coef=_rounded(fitted.coef_).astype("float32"),
        intercept=_rounded(fitted.intercept_).astype("float32"),
        temperature=1.0,
        thresholds=thresholds or THRESHOLDS,
        topics=topics,
        version="untrained",
    )
