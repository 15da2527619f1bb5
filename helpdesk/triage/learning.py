"""Learning from people: a loaded model is moved a little towards new examples, and taken only if it is not worse.

The seller's own mail and clicks are few beside what the shipped model has seen, so nothing is trained from nothing: weights are
added to the shipped ones, held near zero, while invented mail is replayed so that nothing is forgotten.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from helpdesk.triage.classifier import CLASSES, Model
from helpdesk.triage.training import CLASS_OF, SEED, Example, invented
from helpdesk.triage.vectors import matrix

#: What a mistake costs: a lost buyer far more than a spam seen, a released phish more than both, a look by a person little.
LOST_BUYER, RELEASED, LOOKED_AT = 10.0, 20.0, 1.0
#: How hard the added weights are held near zero, in units of one example's loss.
HOLD = 0.1
#: Invented mails that are replayed, and those that are kept for judging alone.
REPLAY = (500, 700)
KEPT = (400, 600)
#: A new model may cost this much more a mail before it counts as worse: ten of a thousand looked at by a person instead of judged.
TOLERANCE = 0.01


@cache
def replayed() -> tuple[Example, ...]:
    """Invented mails that go into every training."""
    return tuple(example for _, example in invented(SEED + 11, *REPLAY))


@cache
def kept_benchmark() -> tuple[Example, ...]:
    """Invented mails that no training ever sees."""
    return tuple(example for _, example in invented(SEED + 12, *KEPT))


def cost(model: Model, examples: Sequence[Example], folder: str = "junk") -> float:
    """Average cost of the model's mistakes on examples, by the folder's thresholds; 0.0 without any."""
    if not examples:
        return 0.0
    limits = model.thresholds[folder]
    shares = model.probabilities([one.features for one in examples])[:, 0]
    total = 0.0
    for one, share in zip(examples, shares, strict=True):
        buyer = one.label == "buyer"
        if share >= limits.rescue:
            total += 0.0 if buyer else RELEASED
        elif share >= limits.review:
            total += LOOKED_AT
        elif buyer:
            total += LOST_BUYER
    return total / len(examples)


def adapt(model: Model, examples: Sequence[Example], *, hold: float = HOLD) -> Model:
    """The model with weights added so that it fits the examples; the version says which model it grew from."""
    import numpy as np
    from scipy.optimize import minimize
    from threadpoolctl import threadpool_limits

    rows = matrix([one.features for one in examples])
    used = np.unique(rows.indices)
    rows = rows[:, used]
    truth = np.eye(len(CLASSES), dtype="float64")[[CLASS_OF[one.label] for one in examples]]
    weights = np.array([one.weight for one in examples])
    start = rows @ model.coef[:, used].T + model.intercept
    shape = (len(CLASSES), len(used))

    def loss(flat: Any) -> tuple[float, Any]:
        added = flat.reshape(shape)
        raw = start + rows @ added.T
        raw = raw - raw.max(axis=1, keepdims=True)
        logs = raw - np.log(np.exp(raw).sum(axis=1, keepdims=True))
        value = -(weights * (truth * logs).sum(axis=1)).sum() + 0.5 * hold * (flat**2).sum()
        slope = ((np.exp(logs) - truth) * weights[:, None]).T @ rows
        return float(value), np.asarray(slope).ravel() + hold * flat

    with threadpool_limits(1):
        found = minimize(loss, np.zeros(shape[0] * shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 60})
    coef = model.coef.copy()
    coef[:, used] += found.x.reshape(shape).astype("float32")
    return replace(model, coef=coef.astype("float16").astype("float32"), version=f"{model.version}+")


@dataclass(frozen=True, slots=True)
class Trial:
    """How a new model compares: costs a mail of old and new, on the kept benchmark and on the seller's own last examples."""

    old_kept: float
    new_kept: float
    old_own: float
    new_own: float

    @property
    def better(self) -> bool:
        """Not worse on either."""
        return self.new_kept <= self.old_kept + TOLERANCE and self.new_own <= self.old_own + TOLERANCE

    def __str__(self) -> str:
        return (
            f"cost a mail on the kept benchmark {self.old_kept:.4f} → {self.new_kept:.4f}, "
            f"on the last own examples {self.old_own:.4f} → {self.new_own:.4f}"
        )


def learn(model: Model, own: Sequence[Example], *, folder: str = "junk") -> tuple[Model, Trial]:
    """Train on the seller's examples (oldest first); the last fifth is kept for judging, then joined for the final model."""
    cut = len(own) - max(1, len(own) // 5) if len(own) >= 5 else len(own)
    first, last = own[:cut], own[cut:]
    tried = adapt(model, [*replayed(), *first])
    trial = Trial(
        old_kept=cost(model, kept_benchmark(), folder),
        new_kept=cost(tried, kept_benchmark(), folder),
        old_own=cost(model, last, folder),
        new_own=cost(tried, last, folder),
    )
    return (adapt(model, [*replayed(), *own]) if last and trial.better else tried), trial
