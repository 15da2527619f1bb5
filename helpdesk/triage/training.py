"""Training: features and labels in, a model out. The same input gives the same bytes: one thread, rounded weights, fixed order."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from helpdesk.intake.read import read
from helpdesk.triage.calibrating import cheapest, costs, fitted, held_out, log_odds, parts_of
from helpdesk.triage.classifier import CLASSES, Model, calibrated
from helpdesk.triage.features import NAMES, Features, features_of
from helpdesk.triage.generator import generate
from helpdesk.triage.hints import heard, signals, signs
from helpdesk.triage.invent_buyers import Made
from helpdesk.triage.invent_topics import FOLDS, topic_texts
from helpdesk.triage.letters import buyers
from helpdesk.triage.topics import TAXONOMY, TOPIC_WIDTH, TopicModel, language_of, topic_words
from helpdesk.triage.vectors import matrix, word_matrix

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
STRENGTH = 3.0  #: of the words and facts against the regularisation (C)
TOPIC_STRENGTH = 6.0
A_LETTER = 2.0  #: of a whole letter beside a text of the grammar's
SIGNS_HOLD = 8.0  #: against the worth of a pattern
ABROAD = 0.55  #: what words are worth in texts of strangers, beside unseen sentences of the same hand
SEED = 20261124
NONE, LETTERS = (
    (0.0, 0.0),
    (0.45, 0.22),
)  #: shares of buyers' and others' invented mails that are whole letters: each once or twice
STRANGE = 0.12  #: share of invented mails that are learnt from their facts alone


@dataclass(frozen=True, slots=True)
class Example:
    """One mail to learn from."""

    features: Features
    label: str
    weight: float = 1.0
    folder: str = "junk"  #: where it lay: junk and inbox have thresholds of their own
    group: str = ""  #: what it is left out together with when the thresholds are chosen: its source, or language and kind if invented


@dataclass(frozen=True, slots=True)
class TopicExample:
    """One text to learn from; `label` is "topic/cause" (for other: one of the grammar's parts, "positive" among them)."""

    text: str
    label: str
    weight: float = 1.0
    language: str = ""  #: ISO 639-1, "" where it is not known
    fold: int | None = None  #: examples of different folds share no sentence; None: in every training


def invented(
    seed: int, buyers: int, others: int, texts: Sequence[tuple[str, str]] = (), letters: tuple[float, float] = LETTERS
) -> Iterable[tuple[Made, Example]]:
    """The generator's mails, read as any mail is; some as if in a language whose words nobody has taught us."""
    dice = random.Random(seed)
    for made in generate(seed, buyers, others, texts=texts, letters=letters):
        features = features_of(read(made.raw))
        # who typed into a form is told by words alone: without them, buyers and offers are the same
        if dice.random() < STRANGE and not features.facts[NAMES.index("contact_form")]:
            features = strange(features)
        yield made, Example(features, made.label, group=f"{made.language} {made.topic or made.kind}")


def strange(features: Features) -> Features:
    """The same mail as one would see it who knows not a word of its language: facts alone."""
    facts = list(features.facts)
    facts[NAMES.index("language_known")] = 0.0
    return replace(features, facts=tuple(facts), words=[])


def invented_topics(seed: int, of_each: int, letters: bool = True) -> list[TopicExample]:
    """So many texts of each language and cause, from the grammar; then every buyer's letter."""
    made = [
        TopicExample(text, cause, language=language, fold=fold)
        for text, cause, language, fold in topic_texts(seed, of_each)
    ]
    for number, one in enumerate(buyers() if letters else ()):
        # every other with its subject, as direct mail is judged
        text = f"{one.subject}\n{one.body}".strip() if number % 2 else one.body or one.subject
        made.append(TopicExample(text, one.what, A_LETTER, one.language, number // 2 % FOLDS))
    return made


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


def _heard(one: TopicExample) -> str:
    return heard(one.text, language_of(one.text, one.language))


def _words_alone(examples: Sequence[TopicExample], labels: tuple[str, ...]) -> TopicModel:
    import numpy as np

    places = {label: index for index, label in enumerate(labels)}
    rows = word_matrix([topic_words(_heard(one)) for one in examples], TOPIC_WIDTH)
    truth = np.array([places[one.label] for one in examples])
    fitted = _fitted(rows, truth, np.array([one.weight for one in examples]), TOPIC_STRENGTH)
    return TopicModel(labels, _rounded(fitted.coef_), _rounded(fitted.intercept_))


def fit_topics(examples: Sequence[TopicExample]) -> TopicModel:
    """The topic classifier: the words of all examples, and what each pattern is worth beside them where they are new."""
    import numpy as np

    labels = tuple(sorted({one.label for one in examples}))
    whole = _words_alone(examples, labels)
    shares, said, truth = [], [], []
    for fold in sorted({one.fold for one in examples if one.fold is not None}):
        seen = [one for one in examples if one.fold != fold]
        unseen = [one for one in examples if one.fold == fold]
        told = [_heard(one) for one in unseen]
        shares.append(_words_alone(seen, labels).shares([topic_words(text) for text in told]))
        said += [signs(text, language_of(text, one.language)) for text, one in zip(told, unseen, strict=True)]
        truth += [labels.index(one.label) for one in unseen]
    if not shares:
        return whole
    trust, worth = weigh_signs(labels, np.concatenate(shares), np.array(said, dtype="float64"), np.array(truth))
    return replace(whole, trust=trust, worth=worth)


def _speaks_for(labels: Sequence[str]) -> list[tuple[float | None, float | None]]:
    """Bounds of each worth, labels x signals: a hit never speaks for another topic than its own; a mood may for any."""
    own = [label.partition("/")[0] for label in labels]
    known = [name.partition("/")[0] for name in signals()]
    return [(None, None if name == topic or name not in TAXONOMY else 0.0) for topic in own for name in known]


def weigh_signs(labels: Sequence[str], shares: Any, said: Any, truth: Any) -> tuple[float, Any]:
    """(trust, worth) of TopicModel by maximum likelihood with a hold: shares (texts x labels) of models that never saw
    the texts, their signs, and the places of their labels."""
    import numpy as np
    from scipy.optimize import minimize
    from threadpoolctl import threadpool_limits

    logs = np.log(shares.astype("float64") + 1e-9)
    size, count = logs.shape[1], said.shape[1]
    right = np.eye(size)[truth]

    def loss(flat: Any) -> tuple[float, Any]:
        worth = flat[1:].reshape(size, count)
        raw = flat[0] * logs + said @ worth.T
        raw -= raw.max(axis=1, keepdims=True)
        found = raw - np.log(np.exp(raw).sum(axis=1, keepdims=True))
        off = np.exp(found) - right
        slope = np.concatenate([[(off * logs).sum()], (off.T @ said + SIGNS_HOLD * worth).ravel()])
        return float(-(right * found).sum() + SIGNS_HOLD / 2 * (worth**2).sum()), slope

    start = np.zeros(1 + size * count)
    start[0] = 1.0
    bounds = [(0.0, None), *_speaks_for(labels)]
    with threadpool_limits(1):
        found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 200})
    return round(ABROAD * float(found.x[0]), 3), _rounded(found.x[1:].reshape(size, count))


def fit(examples: Sequence[Example], topics: TopicModel) -> Model:
    """The whole model. Every class of CLASSES must occur."""
    import numpy as np

    rows = matrix([one.features for one in examples])
    labels = np.array([CLASS_OF[one.label] for one in examples])
    about = np.array([one.features.about_buying for one in examples])
    barred = np.array([one.features.barred for one in examples])
    return fit_rows(rows, labels, [one.group for one in examples], about, barred, topics)


def fit_rows(rows: Any, labels: Any, groups: Sequence[str], about: Any, barred: Any, topics: TopicModel) -> Model:
    """The same from rows of `vectors.matrix`, the places of their classes in CLASSES, where each comes from, and what
    `Features.about_buying` and `Features.barred` say of each."""
    import numpy as np

    missing = [name for index, name in enumerate(CLASSES) if index not in set(labels.tolist())]
    if missing:
        raise ValueError(f"no example of {', '.join(missing)}")
    plain = _plain(rows, labels, topics)

    def scorer(some: Any, their: Any) -> Any:
        return _plain(some, their, topics).shares

    shares = held_out(rows, labels, parts_of(groups), scorer)
    calibration = fitted(log_odds(shares), (labels == 0).astype("float64"))
    chances = calibrated(shares.astype("float64"), calibration)
    free = ~np.asarray(barred)  # what no score rescues says nothing of where the bars should stand
    chances, kept, about = chances[free], labels[free], np.asarray(about)[free]
    buyer, spam = chances[:, 0], chances[:, CLASSES.index("spam")]
    thresholds = {name: cheapest(buyer, kept, about, price, spam)[0] for name, price in costs().items()}
    return replace(plain, calibration=calibration, thresholds=thresholds)


def _plain(rows: Any, labels: Any, topics: TopicModel) -> Model:
    """Weights alone: neither calibrated nor with thresholds of its own."""
    import numpy as np

    fitted_ = _fitted(rows, labels, np.ones(len(labels)), STRENGTH)
    return Model(
        coef=_rounded(fitted_.coef_).astype("float32"),
        intercept=_rounded(fitted_.intercept_).astype("float32"),
        calibration=(1.0, 0.0),
        thresholds={},
        topics=topics,
        version="untrained",
    )
