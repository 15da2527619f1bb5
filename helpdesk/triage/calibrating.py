"""From scores to probabilities, and from probabilities to thresholds: both on mail of sources that the scores' model never saw.

The training set is parted by where its mails come from (a source, a kind of invented mail); each part is scored by a model of the
rest. On those scores two numbers are fitted (Platt 1999: slope and offset of the buyer's log odds), and the thresholds are those
that cost least by data/costs.toml. Nothing of this looks at a benchmark.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from helpdesk.triage.verdict import Thresholds
from helpdesk.triage.words import data_text

PARTS = 3
#: Beyond these odds (e to the 12th) a score tells nothing more.
_FAR = 12.0
#: Thresholds are looked for at these probabilities.
_RESCUES = tuple(n / 100 for n in range(50, 100))
_REVIEWS = tuple(n / 100 for n in range(2, 50))
#: And these shares of advertising or fraud, above which nothing is rescued.
_SPAMS = (1.0, 0.5, 0.4, 0.3, 0.25, 0.2, 0.15, 0.12, 0.1, 0.08, 0.06, 0.05, 0.04, 0.03, 0.02)


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What mistakes cost in one folder, in looks of a person."""

    look: float
    waits: float
    lost: float
    seen: float
    released: float


@cache
def costs() -> dict[str, Costs]:
    """The cost table, by folder: "junk" and "inbox"."""
    return {name: Costs(**row) for name, row in tomllib.loads(data_text("costs.toml")).items()}


def parts_of(groups: Sequence[str], count: int = PARTS) -> Any:
    """A part's number for each mail, whole groups together, the parts about equally large; the same for the same groups."""
    import numpy as np

    names, places, sizes = np.unique(np.array(groups), return_inverse=True, return_counts=True)
    filled, of = [0] * count, [0] * len(names)
    for place in sorted(range(len(names)), key=lambda n: (-int(sizes[n]), str(names[n]))):
        smallest = min(range(count), key=lambda n: filled[n])
        of[place] = smallest
        filled[smallest] += int(sizes[place])
    return np.array(of)[places]


def held_out(rows: Any, labels: Any, parts: Any, fit: Callable[[Any, Any], Any]) -> Any:
    """Scores (mails x classes, summing to 1) of each part by a model of the others. `fit(rows, labels)` gives what scores rows."""
    import numpy as np

    shares = np.zeros((len(labels), int(labels.max()) + 1))
    for part in np.unique(parts):
        out = parts == part
        shares[out] = fit(rows[~out], labels[~out])(rows[out])
    return shares


def log_odds(shares: Any) -> Any:
    """The buyer's log odds of scores."""
    import numpy as np

    buyer = np.clip(shares[:, 0].astype("float64"), 1e-9, 1 - 1e-9)
    return np.clip(np.log(buyer) - np.log1p(-buyer), -_FAR, _FAR)


def fitted(odds: Any, buyers: Any) -> tuple[float, float]:
    """Slope and offset by which log odds become those of a probability; never a slope that turns the order round."""
    import numpy as np
    from scipy.optimize import minimize

    def loss(pair: Any) -> tuple[float, Any]:
        raw = pair[0] * odds + pair[1]
        wrong = 1 / (1 + np.exp(-raw)) - buyers
        value = np.logaddexp(0, raw).sum() - (raw * buyers).sum()
        return float(value), np.array([(wrong * odds).sum(), wrong.sum()])

    found = minimize(loss, np.array([1.0, 0.0]), jac=True, method="L-BFGS-B", bounds=[(0.1, 10.0), (-8.0, 8.0)])
    return round(float(found.x[0]), 3), round(float(found.x[1]), 3)


def costs_of(chances: Any, labels: Any, about: Any, limits: Thresholds, price: Costs, spam: Any = 0.0) -> Any:
    """What the verdict on each mail costs. `about`: does it speak of a purchase? Without, it is rescued from `sure` on.
    `spam`: the probability of advertising or fraud."""
    import numpy as np

    buyer = labels == 0
    rescued = (chances >= limits.rescue) & (about | (chances >= limits.sure)) & (spam <= limits.spam)
    looked = (chances >= limits.review) & ~rescued
    left = ~rescued & ~looked
    wrong = np.where(labels == 1, price.seen, price.released)
    return (rescued & ~buyer) * wrong + looked * (price.look + buyer * price.waits) + (left & buyer) * price.lost


def cost_of(chances: Any, labels: Any, about: Any, limits: Thresholds, price: Costs, spam: Any = 0.0) -> float:
    """The same a mail."""
    return float(costs_of(chances, labels, about, limits, price, spam).mean())


def cheapest(chances: Any, labels: Any, about: Any, price: Costs, spam: Any = 0.0) -> tuple[Thresholds, float]:
    """The thresholds that cost least on these mails, and what they cost; of equals the middle ones.

    A doubtful mail that is certainly no advertising is cheap to rescue, one that may be is dear: hence a bar for that share too.

    Of the bars for a rescue that cost as much but for chance (within one standard error of the least: Breiman 1984), the lowest:
    fewer buyers wait for a person.
    """
    review = _middle([(cost_of(chances, labels, about, Thresholds(rescue=2.0, review=r), price), r) for r in _REVIEWS])

    def priced(rescue: float, limit: float, sure: float = 1.01) -> Any:
        limits = Thresholds(rescue=rescue, review=review, sure=sure, spam=limit)
        return costs_of(chances, labels, about, limits, price, spam)

    limit = min(_SPAMS, key=lambda one: min(float(priced(r, one).mean()) for r in _RESCUES))
    rescue = _lowest([(priced(r, limit), r) for r in _RESCUES])
    sure = _middle([(float(priced(rescue, limit, s).mean()), s) for s in (*_RESCUES, 1.01) if s >= rescue])
    chosen = Thresholds(rescue=rescue, review=review, sure=sure, spam=limit)
    return chosen, cost_of(chances, labels, about, chosen, price, spam)


def _lowest(priced: Sequence[tuple[Any, float]]) -> float:
    """The lowest whose mean cost is within a standard error of the least, as long as that goes without a gap."""
    means = [float(costs.mean()) for costs, _ in priced]
    best = means.index(min(means))
    least = priced[best][0]
    bound = means[best] + float(least.std()) / len(least) ** 0.5
    while best and means[best - 1] <= bound:
        best -= 1
    return priced[best][1]


def _middle(priced: Sequence[tuple[float, float]]) -> float:
    least = min(cost for cost, _ in priced)
    best = [at for cost, at in priced if cost <= least + 1e-12]
    return best[len(best) // 2]
