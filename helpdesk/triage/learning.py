"""Learning from people: a loaded model is moved a little towards new examples, and taken only if it is not worse.

The seller's own mail and clicks are few beside what the shipped model has seen, so nothing is trained from nothing: weights are
added to the shipped ones, held near zero, while invented mail is replayed so that nothing is forgotten.

Whether it is worse is asked twice. On the kept benchmark (invented mail that no training sees) its log loss may
be TOLERANCE higher: a smooth measure, since by thresholds one mail of a thousand decided. On the
seller's own examples each is judged by a model that did not see it (FOLDS folds, every class in each); these are few, so the new
model counts as worse only if the difference is larger than chance gives it: the one-sided 95 % bound of the mean of the paired
differences. Without that, one mail of forty decides, and with it the order in which the mails happen to lie.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, TypeVar

from helpdesk.triage.classifier import CLASSES, Model
from helpdesk.triage.hints import heard
from helpdesk.triage.topics import TAXONOMY, TOPIC_WIDTH, TopicModel, language_of, topic_words
from helpdesk.triage.training import CLASS_OF, NONE, SEED, Example, TopicExample, invented, invented_topics
from helpdesk.triage.vectors import matrix, word_matrix

#: What a mistake costs: a lost buyer far more than a spam seen, a released phish more than both, a look by a person little.
LOST_BUYER, RELEASED, LOOKED_AT = 10.0, 20.0, 1.0
#: A topic that is wrong, and a right one with the wrong cause.
WRONG_TOPIC, WRONG_CAUSE = 1.0, 0.3
#: How hard the added weights are held near zero, in units of one example's loss.
HOLD = 0.1
#: Invented mails that are replayed, and those that are kept for judging alone; texts of each language and cause likewise.
REPLAY = (500, 700)
REPLAY_LETTERS = (100, 100)
KEPT = (400, 600)
REPLAY_TOPICS, KEPT_TOPICS = 3, 2
#: By so much a new model's log loss on the kept benchmark may be higher, and its cost a mail on the own examples, before it counts as
#: worse. Of invented sellers' mails, right labels moved the first by -0.003 to 0.002, labels turned round by 0.021 to 0.040.
TOLERANCE = 0.01
FOLDS = 5
#: Below these nothing is learnt.
FEWEST, FEWEST_TOPICS = 10, 5

T = TypeVar("T")


@cache
def replayed() -> tuple[Example, ...]:
    """Invented mails that go into every training, whole letters after those of the grammar."""
    made = (*invented(SEED + 11, *REPLAY, letters=NONE), *invented(SEED + 15, *REPLAY_LETTERS, letters=(1.0, 1.0)))
    return tuple(example for _, example in made)


@cache
def kept_benchmark() -> tuple[Example, ...]:
    """Invented mails that no training ever sees."""
    return tuple(example for _, example in invented(SEED + 12, *KEPT, letters=NONE))


@cache
def replayed_topics() -> tuple[TopicExample, ...]:
    """Invented texts that go into every training of topics."""
    return tuple(invented_topics(SEED + 13, REPLAY_TOPICS, letters=False))


@cache
def kept_topics() -> tuple[TopicExample, ...]:
    """Invented texts that no training ever sees."""
    return tuple(invented_topics(SEED + 14, KEPT_TOPICS, letters=False))


def costs(model: Model, examples: Sequence[Example]) -> list[float]:
    """What the model's mistake on each example costs, by the thresholds of the folder in which it lay."""
    if not examples:
        return []
    shares = model.probabilities([one.features for one in examples])
    found = []
    for one, (share, _, spam) in zip(examples, shares, strict=True):
        limits = model.thresholds[one.folder]
        buyer = one.label == "buyer"
        if share >= limits.rescue and spam <= limits.spam:
            found.append(0.0 if buyer else RELEASED)
        elif share >= limits.review:
            found.append(LOOKED_AT)
        else:
            found.append(LOST_BUYER if buyer else 0.0)
    return found


def cost(model: Model, examples: Sequence[Example]) -> float:
    """Average cost of the model's mistakes on examples; 0.0 without any."""
    return _mean(costs(model, examples))


def surprise(model: Model, examples: Sequence[Example]) -> float:
    """The mean log loss of examples: how far the model's probability of a buyer is from what each mail is. Nats a mail."""
    import numpy as np

    shares = model.probabilities([one.features for one in examples])[:, 0]
    right = np.where([one.label == "buyer" for one in examples], shares, 1 - shares)
    return float(-np.log(np.maximum(right, 1e-6)).mean())


def topic_costs(topics: TopicModel, examples: Sequence[TopicExample]) -> list[float]:
    """What the mistake on each text costs."""
    found = []
    for one, said in zip(
        examples, topics.judge([one.text for one in examples], [one.language for one in examples]), strict=True
    ):
        topic, _, cause = one.label.partition("/")
        if said.topic != topic:
            found.append(WRONG_TOPIC)
        else:
            found.append(WRONG_CAUSE if cause in TAXONOMY[topic] and said.cause != cause else 0.0)
    return found


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _added(rows: Any, truth: Any, weights: Any, coef: Any, intercept: Any, hold: float) -> Any:
    """The coefficients with weights added so that they fit `truth` (rows x classes, each summing to 1)."""
    import numpy as np
    from scipy.optimize import minimize
    from threadpoolctl import threadpool_limits

    used = np.unique(rows.indices)
    rows = rows[:, used]
    start = rows @ coef[:, used].T + intercept
    shape = (len(coef), len(used))

    def loss(flat: Any) -> tuple[float, Any]:
        raw = start + rows @ flat.reshape(shape).T
        raw = raw - raw.max(axis=1, keepdims=True)
        logs = raw - np.log(np.exp(raw).sum(axis=1, keepdims=True))
        value = -(weights * (truth * logs).sum(axis=1)).sum() + 0.5 * hold * (flat**2).sum()
        slope = ((np.exp(logs) - truth) * weights[:, None]).T @ rows
        return float(value), np.asarray(slope).ravel() + hold * flat

    with threadpool_limits(1):
        found = minimize(loss, np.zeros(shape[0] * shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 60})
    moved = coef.copy()
    moved[:, used] += found.x.reshape(shape).astype("float32")
    return moved.astype("float16").astype("float32")


def adapt(model: Model, examples: Sequence[Example], *, hold: float = HOLD) -> Model:
    """The model with weights added so that it fits the examples; the version says which model it grew from."""
    import numpy as np

    truth = np.eye(len(CLASSES), dtype="float64")[[CLASS_OF[one.label] for one in examples]]
    weights = np.array([one.weight for one in examples])
    rows = matrix([one.features for one in examples])
    coef = _added(rows, truth, weights, model.coef, model.intercept, hold)
    return replace(model, coef=coef, version=f"{model.version.rstrip('+')}+")


def adapt_topics(topics: TopicModel, examples: Sequence[TopicExample], *, hold: float = HOLD) -> TopicModel:
    """The topics with weights added; a label without a cause ("wrong_item/", "other/") is shared among all of its topic."""
    import numpy as np

    truth = np.zeros((len(examples), len(topics.labels)))
    for place, one in enumerate(examples):
        fits = [n for n, label in enumerate(topics.labels) if label == one.label]
        topic = one.label.partition("/")[0]
        fits = fits or [n for n, label in enumerate(topics.labels) if label.partition("/")[0] == topic]
        truth[place, fits] = 1 / len(fits)
    weights = np.array([one.weight for one in examples])
    rows = word_matrix(
        [topic_words(heard(one.text, language_of(one.text, one.language))) for one in examples], TOPIC_WIDTH
    )
    return replace(topics, coef=_added(rows, truth, weights, topics.coef, topics.intercept, hold))


@dataclass(frozen=True, slots=True)
class Trial:
    """How a new model compares with the old: on the kept benchmark by log loss (topics: by cost), on the seller's own examples by cost."""

    old_kept: float
    new_kept: float
    old_own: float
    new_own: float
    own_tolerance: float = TOLERANCE  #: how much dearer chance alone may make the new one on the own examples
    own: int = 0
    what: str = "mail"

    @property
    def better(self) -> bool:
        """Not worse on either."""
        return self.new_kept <= self.old_kept + TOLERANCE and self.new_own <= self.old_own + self.own_tolerance

    def figures(self) -> dict[str, float]:
        """For the books."""
        names = ("old_kept", "new_kept", "old_own", "new_own", "own_tolerance", "own")
        return {name: round(float(getattr(self, name)), 4) for name in names}

    def __str__(self) -> str:
        return (
            f"loss a {self.what} on the kept benchmark {self.old_kept:.4f} → {self.new_kept:.4f}, "
            f"on {self.own} own examples {self.old_own:.4f} → {self.new_own:.4f} (±{self.own_tolerance:.4f})"
        )


def folds(kinds: Sequence[object], count: int = FOLDS) -> list[list[int]]:
    """Places cut into folds, every kind spread evenly over them, in the order given."""
    seen: dict[object, int] = {}
    found: list[list[int]] = [[] for _ in range(count)]
    for place, kind in enumerate(kinds):
        seen[kind] = seen.get(kind, -1) + 1
        found[seen[kind] % count].append(place)
    return [fold for fold in found if fold]


def tolerance(differences: Sequence[float]) -> float:
    """What a mean of paired differences may be above zero by chance: its one-sided 95 % bound (Student); at least TOLERANCE."""
    import numpy as np
    from scipy.special import stdtrit

    if len(differences) < 2:
        return TOLERANCE
    spread = float(np.std(differences, ddof=1)) / float(len(differences) ** 0.5)
    return max(TOLERANCE, float(stdtrit(len(differences) - 1, 0.95)) * spread)


def _unseen(
    own: Sequence[T], kinds: Sequence[object], costs_after: Callable[[list[T], list[T]], list[float]]
) -> list[float]:
    """Each example's cost under a model that learnt from the other folds: `costs_after(the others, the fold)`."""
    found = [0.0] * len(own)
    for fold in folds(kinds):
        rest = [one for place, one in enumerate(own) if place not in set(fold)]
        for place, value in zip(fold, costs_after(rest, [own[place] for place in fold]), strict=True):
            found[place] = value
    return found


def learn(model: Model, own: Sequence[Example]) -> tuple[Model, Trial]:
    """Train on the seller's examples and compare; the model given comes back with them in it, whether or not it is better."""
    before = costs(model, own)
    kinds = [CLASS_OF[one.label] for one in own]
    after = _unseen(own, kinds, lambda rest, fold: costs(adapt(model, [*replayed(), *rest]), fold))
    new = adapt(model, [*replayed(), *own])
    trial = Trial(
        old_kept=surprise(model, kept_benchmark()),
        new_kept=surprise(new, kept_benchmark()),
        old_own=_mean(before),
        new_own=_mean(after),
        own_tolerance=tolerance([b - a for a, b in zip(before, after, strict=True)]),
        own=len(own),
    )
    return new, trial


def learn_topics(topics: TopicModel, own: Sequence[TopicExample]) -> tuple[TopicModel, Trial]:
    """As `learn`, for topics and causes; the costs are shares of texts judged wrong."""
    before = topic_costs(topics, own)
    kinds = [one.label.partition("/")[0] for one in own]
    after = _unseen(own, kinds, lambda rest, fold: topic_costs(adapt_topics(topics, [*replayed_topics(), *rest]), fold))
    new = adapt_topics(topics, [*replayed_topics(), *own])
    trial = Trial(
        old_kept=_mean(topic_costs(topics, kept_topics())),
        new_kept=_mean(topic_costs(new, kept_topics())),
        old_own=_mean(before),
        new_own=_mean(after),
        own_tolerance=tolerance([b - a for a, b in zip(before, after, strict=True)]),
        own=len(own),
        what="text",
    )
    return new, trial
