"""What a comment is about, in the words of DESIGN 4: by its clauses, and by the classifier's second opinion. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from helpdesk.feedback.clauses import Read
from helpdesk.triage.topics import TAXONOMY


@dataclass(frozen=True, slots=True)
class About:
    """A second opinion: what triage's classifier takes the comment to be about (DESIGN 4, topic and cause)."""

    topic: str
    score: float  #: 0 to 1
    cause: str | None = None


#: Languages that the classifier was not taught: what it says of them is chance.
UNTAUGHT = frozenset({"sv", "tr"})

#: Topics of the seller's part.
SELLERS_TOPICS = ("wrong_item", "returns_refunds", "customer_service", "stock_out", "feedback_removal")

#: Topic by what the clauses speak of, the most telling first; words of DESIGN 4, classify.
_TOPICS = {
    "refund": "returns_refunds",
    "delay": "late_shipment",
    "either": "late_shipment",
    "damage": "quality_defect",
    "product": "quality_defect",
    "delivery": "late_shipment",
    "package": "late_shipment",
    "listing": "not_as_described",
    "service": "customer_service",
    "noun": "quality_defect",
}

#: Which of these come before all others, and more than any comment has clauses.
_SELLERS_WORDS, _FIRST = frozenset({"service", "listing"}), 1 << 20

#: From here on the classifier's topic counts before that of our clauses.
_TELLS = 0.4


def _only_cause(topic: str) -> str | None:
    """The cause of a topic that has just one."""
    causes = TAXONOMY.get(topic, ())
    return causes[0] if len(causes) == 1 else None


def topic_of(found: Read, told: str | None, about: About | None) -> tuple[str, str | None]:
    """(topic, cause): `told` by a criterion that the whole comment meets, else the classifier's, else the clauses'."""
    if about is None:
        own = told or _by_clauses(found)
        return own, _only_cause(own)
    if told is not None:
        own = about.topic if told == "quality_defect" and about.topic == "not_as_described" else told
    elif about.topic != "other" and about.score >= _TELLS:
        own = about.topic
    else:
        own = _by_clauses(found)
    return own, about.cause if about.topic == own else _only_cause(own)


def _by_clauses(found: Read) -> str:
    """What most clauses speak of; the seller's part before all."""
    counts: dict[str, int] = {}
    for clause in found.clauses:
        for name in clause.names:
            counts[name] = counts.get(name, 0) + 1
    topic, most = "other", 0
    for name, its in _TOPICS.items():
        if name in counts:
            count = counts[name] + (_FIRST if name in _SELLERS_WORDS else 0)
            if count > most:
                topic, most = its, count
    return topic
