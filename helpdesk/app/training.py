"""Training from people's clicks or the own mailbox; what is not worse is adopted, in the database, for every worker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from helpdesk.app.learning import Clicks
from helpdesk.app.models import decoded, shipped
from helpdesk.app.parts import Parts, wall_clock
from helpdesk.domain_learning import Learnt
from helpdesk.errors import ModelFileError
from helpdesk.store import learning
from helpdesk.triage.classifier import Model
from helpdesk.triage.learning import (
    FEWEST,
    FEWEST_TOPICS,
    TOLERANCE,
    Trial,
    costs,
    kept_benchmark,
    learn,
    learn_topics,
    surprise,
    tolerance,
    topic_costs,
)
from helpdesk.triage.modelfile import dumps
from helpdesk.triage.training import Example

#: The last corrections: on them a new model may not do worse than the one in use either.
LAST = 50


@dataclass(frozen=True, slots=True)
class Learned:
    """What came of a training, in words for a person."""

    adopted: bool
    told: str
    tried: bool = True  #: False: there was too little to learn from


@dataclass(frozen=True, slots=True)
class Bases:
    """What a new model grows from, and what it is compared with."""

    shipped: Model
    current: Model
    grown_from: Model  #: the last model that did not come of clicks, so that clicks are never learnt twice over


async def bases(parts: Parts) -> Bases:
    """The models as the database has them; one that cannot be read counts as the shipped one."""
    ours = shipped(parts)
    async with parts.store.read() as tx:
        version = await learning.in_use(tx)
        row = await learning.model(tx, version) if version else None
        past = await learning.history(tx)
        solid = [one.version for one in past if one.adopted and one.source != "clicks" and one.shipped == ours.version]
        ground = await learning.model(tx, solid[-1]) if solid and version else None
    return Bases(ours, _or(row, ours), _or(ground, ours))


def _or(row: Learnt | None, other: Model) -> Model:
    try:
        return decoded(row) if row is not None else other
    except ModelFileError:
        return other


async def from_clicks(parts: Parts, clicks: Clicks) -> Learned:
    """Learn from all clicks so far; the classifier and the topics are judged and adopted each by itself."""
    base = await bases(parts)
    buyers = sum(1 for one in clicks.mails if one.label == "buyer")
    enough = len(clicks.mails) >= FEWEST and 0 < buyers < len(clicks.mails)
    if not enough and len(clicks.topics) < FEWEST_TOPICS:
        return Learned(
            adopted=False, tried=False, told=f"too little to learn from: {_heard(clicks)}; needed are {FEWEST} decided "
            f"mails, buyers and others among them, or {FEWEST_TOPICS} corrected topics",
        )  # fmt: skip
    model, figures, good = base.current, dict[str, Any](), list[str]()
    if enough:
        new, trial = learn(base.grown_from, clicks.mails)
        figures["mails"] = _with_last(trial, clicks.mails, base.current, new)
        if _holds(trial, clicks.mails, base.current, new):
            model = replace(model, coef=new.coef)
            good.append("mails")
    if len(clicks.topics) >= FEWEST_TOPICS:
        topics, trial = learn_topics(base.grown_from.topics, clicks.topics)
        last = clicks.topics[-LAST:]
        before, after = topic_costs(base.current.topics, last), topic_costs(topics, last)
        figures["topics"] = trial.figures()
        if trial.better and _not_worse(before, after):
            model = replace(model, topics=topics)
            good.append("topics")
    row = _row(parts, model if good else None, base, "clicks", figures)
    row = row.evolve(examples=len(clicks.mails) + len(clicks.topics), topics=len(clicks.topics), newest=clicks.newest)
    return await _keep(parts, row, base.current, f"{_heard(clicks)}; {_said(figures, good)}")


async def from_mailbox(parts: Parts, examples: Sequence[Example]) -> Learned:
    """Learn from the seller's own Inbox, Sent and Junk; the model grows from the one in use."""
    base = await bases(parts)
    new, trial = learn(base.current, examples)
    row = _row(parts, new if trial.better else None, base, "mailbox", {"mails": trial.figures()})
    row = row.evolve(examples=len(examples), grown_from=base.current.version)
    return await _keep(parts, row, base.current, f"{len(examples)} mails; {trial}")


def _holds(trial: Trial, own: Sequence[Example], current: Model, new: Model) -> bool:
    """Not worse than what it grew from, nor than what is in use: on the kept benchmark, and on the last corrections."""
    kept = surprise(new, kept_benchmark()) <= surprise(current, kept_benchmark()) + TOLERANCE
    return trial.better and kept and _not_worse(costs(current, own[-LAST:]), costs(new, own[-LAST:]))


def _not_worse(before: Sequence[float], after: Sequence[float]) -> bool:
    apart = [b - a for a, b in zip(before, after, strict=True)]
    return sum(apart) / max(1, len(apart)) <= tolerance(apart)


def _with_last(trial: Trial, own: Sequence[Example], current: Model, new: Model) -> dict[str, float]:
    last = own[-LAST:]
    return {
        **trial.figures(),
        "in_use_last": round(sum(costs(current, last)) / max(1, len(last)), 4),
        "new_last": round(sum(costs(new, last)) / max(1, len(last)), 4),
    }


def _heard(clicks: Clicks) -> str:
    missing = f" ({clicks.missing} more lie on the server no longer)" if clicks.missing else ""
    return f"{len(clicks.mails)} decided mails{missing} and {len(clicks.topics)} corrected topics"


def _said(figures: dict[str, Any], good: list[str]) -> str:
    told = []
    for name, one in figures.items():
        end = "not worse" if name in good else "worse, left as they were"
        told.append(
            f"{name}: cost on the kept benchmark {one['old_kept']} → {one['new_kept']}, on own ones "
            f"{one['old_own']} → {one['new_own']} (±{one['own_tolerance']}): {end}"
        )
    return "; ".join(told)


def _row(parts: Parts, model: Model | None, base: Bases, source: str, figures: dict[str, Any]) -> Learnt:
    data = dumps(model.content()) if model is not None else b""
    digest = sha256(data).hexdigest() if data else ""
    return Learnt(
        version=digest[:12], sha256=digest, data=data, adopted=model is not None, source=source,
        shipped=base.shipped.version, grown_from=base.grown_from.version, worker=parts.worker, at=wall_clock(),
        figures=figures,
    )  # fmt: skip


async def _keep(parts: Parts, row: Learnt, current: Model, told: str) -> Learned:
    """Into the books, adopted or refused; a model equal to the one in use is no new one."""
    if row.adopted and row.version == current.version:
        row = row.evolve(adopted=False, data=b"")
        told = f"nothing new: {told}"
    async with parts.store.write() as tx:
        await learning.add_model(tx, row)
    if row.adopted:
        return Learned(adopted=True, told=f"model {row.version} is in use: {told}")
    return Learned(adopted=False, told=f"the model in use stays: {told}")
