"""The second opinion: what triage's topic classifier, the one for buyers' mails, takes comments to be about. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from helpdesk.feedback.about import SELLERS_TOPICS, About
from helpdesk.triage.hints import heard, signals, signs
from helpdesk.triage.topics import TAXONOMY, asked_language, topic_words

if TYPE_CHECKING:
    from helpdesk.triage.topics import TopicModel


class Second(Protocol):
    """Comments and their languages → what each is about; None: it cannot tell."""

    def __call__(
        self, comments: Sequence[str], languages: Sequence[str], *, quick: bool = False
    ) -> Sequence[About | None]:
        """`quick`: outright words are looked at only where the classifier sees the seller's part or the product."""


#: From this share on the classifier sees the seller's part.
_SEEN = 0.3
#: So many comments are looked at together: the arrays stay small.
_BATCH = 2_000


class SecondOpinion:
    """Asks the topic model many comments at a time; agrees with TopicModel.judge on topic and cause."""

    def __init__(self, model: TopicModel) -> None:
        import numpy as np

        self._model = model
        self._topics = tuple(TAXONOMY)
        owner = [label.partition("/")[0] for label in model.labels]
        self._causes = [label.partition("/")[2] or None for label in model.labels]
        self._labels_of = {t: [i for i, name in enumerate(owner) if name == t] for t in self._topics}
        self._sums = np.array([[name == t for t in self._topics] for name in owner], dtype="float32")
        place = {topic: at for at, topic in enumerate(self._topics)}
        self._sellers = [place[topic] for topic in SELLERS_TOPICS]

    def __call__(self, comments: Sequence[str], languages: Sequence[str], *, quick: bool = False) -> list[About]:
        """One for each comment; `languages`: ISO 639-1 of each."""
        found: list[About] = []
        for start in range(0, len(comments), _BATCH):
            found += self._some(comments[start : start + _BATCH], languages[start : start + _BATCH], quick)
        return found

    def _some(self, comments: Sequence[str], languages: Sequence[str], quick: bool) -> list[About]:
        import numpy as np

        known = [asked_language(language) for language in languages]
        told = [heard(text, language) for text, language in zip(comments, known, strict=True)]
        shares = self._model.shares([topic_words(text) for text in told])
        asked = (shares @ self._sums)[:, self._sellers].sum(axis=1) >= (_SEEN if quick else 0.0)
        none = [0] * len(signals())
        said = [signs(t, lang) if wanted else none for t, lang, wanted in zip(told, known, asked, strict=True)]
        shares[asked] = self._model.weighed(shares[asked], np.array(said, dtype="float32")[asked])
        by_topic = shares @ self._sums
        best = by_topic.argmax(axis=1)
        scores = by_topic.max(axis=1) / by_topic.sum(axis=1)
        return [
            About(self._topics[at], float(score), self._cause(self._topics[at], row))
            for at, score, row in zip(best, scores, shares, strict=True)
        ]

    def _cause(self, topic: str, row: Any) -> str | None:
        if topic == "other":
            return None
        places = self._labels_of[topic]
        return self._causes[max(places, key=lambda at: float(row[at]))] if places else None
