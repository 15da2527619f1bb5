"""The model in use: the one that ships, or one learnt here that lies in the database, for every worker alike."""

from __future__ import annotations

import asyncio

import structlog

from helpdesk.app.parts import Parts
from helpdesk.domain_learning import Learnt
from helpdesk.errors import ModelFileError, RefusedError
from helpdesk.store import learning
from helpdesk.store.engine import Store
from helpdesk.triage.classifier import Model, load_model, model_of
from helpdesk.triage.modelfile import loads

log = structlog.get_logger()


def decoded(row: Learnt) -> Model:
    """A learnt model; ModelFileError when its bytes are not those adopted, or of another version of helpdesk."""
    where = f"the learnt model {row.version}"
    return model_of(loads(row.data, row.sha256, where), row.version, where)


async def refresh(parts: Parts) -> bool:
    """Judge with the model that the database names from now on; True if that changed. Never raises for a bad model.

    A model that cannot be used leaves the shipped one in place, says so in the log, and `check` warns of it.
    """
    async with parts.store.read() as tx:
        version = await learning.in_use(tx)
        if version == parts.judge.taken:
            return False
        row = await learning.model(tx, version) if version else None
    if version and row is None:
        trouble, model = f"the learnt model {version} is not in the database any more", None
    else:
        trouble, model = await asyncio.to_thread(_usable, row)
    parts.judge.take(version, model, trouble)
    if trouble:
        log.warning("the learnt model is not used, the shipped one is", action="model_unusable", error=trouble)
    else:
        log.info("judging with another model", action="model_taken", model=version or "shipped")
    return True


def _usable(row: Learnt | None) -> tuple[str, Model | None]:
    """("", model), ("", None) for the shipped one, or (what is wrong, None)."""
    if row is None:
        return "", None
    try:
        return "", decoded(row)
    except ModelFileError as error:
        return str(error), None


async def standing(store: Store) -> tuple[bool, str]:
    """(is all well?, which model is in use) in words, for the doctor."""
    async with store.read() as tx:
        version = await learning.in_use(tx)
        row = await learning.model(tx, version) if version else None
    if not version:
        return True, "no model was learnt here yet, or none is in use: the shipped one judges"
    if row is None:
        return False, f"the learnt model {version} is not in the database any more: the shipped one judges"
    trouble, _ = _usable(row)
    if trouble:
        return False, f"{trouble}: the shipped one judges"
    return True, f"the learnt model {version} of {row.at:%Y-%m-%d} judges, from {row.examples} examples"


async def roll_back(parts: Parts) -> str:
    """Take the model adopted before the one in use, else the one that ships. Returns which, in words."""
    async with parts.store.write() as tx:
        now = await learning.in_use(tx)
        if not now:
            raise RefusedError("the shipped model is in use: there is none before it")
        adopted = [row.version for row in await learning.history(tx) if row.adopted]
        place = adopted.index(now) if now in adopted else 0
        before = adopted[place - 1] if place else ""
        await learning.use(tx, before, parts.now())
    return f"model {before} is in use again" if before else "the shipped model is in use again"


def shipped(parts: Parts) -> Model:
    """The model that ships."""
    return load_model(parts.judge.folder)
