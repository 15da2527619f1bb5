"""The seed's advice for a topic and cause: what to do now, what to change for good. English, for the team alone."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache

from helpdesk.triage.topics import TAXONOMY
from helpdesk.triage.words import data_text

_URGENT = {
    "legal": "Legal words: a manager answers, nobody admits or promises anything before.",
    "safety": "Safety or injury: call a manager now, ask whether anyone is hurt, stop selling this item until it is checked.",
    "claim": "Claim or chargeback: answer it in Seller Central or at the bank within its own deadline, beside this answer.",
    "abuse": "Abusive words: stay brief and factual; hand over if you wish.",
}


@dataclass(frozen=True, slots=True)
class Advice:
    """Two lines for the card, and one for each urgent flag."""

    now: str
    for_good: str
    urgent: tuple[str, ...] = ()


@cache
def _table() -> dict[tuple[str, str | None], tuple[str, str]]:
    data = tomllib.loads(data_text("playbook.toml"))
    found: dict[tuple[str, str | None], tuple[str, str]] = {}
    for topic, causes in TAXONOMY.items():
        for cause in causes:
            found[topic, cause] = (data[topic][cause]["now"], data[topic][cause]["good"])
        row = data[topic] if not causes else data[topic][causes[0]]
        found[topic, None] = (row["now"], row["good"])
    return found


def advice(topic: str | None, cause: str | None = None, urgent: tuple[str, ...] | list[str] = ()) -> Advice:
    """The advice for a topic and cause of DESIGN 4; what is unknown gets that of its topic, else of `other`."""
    table = _table()
    key = (topic or "other", cause)
    now, good = table.get(key) or table.get((key[0], None)) or table["other", None]
    return Advice(now, good, tuple(_URGENT[flag] for flag in urgent if flag in _URGENT))
