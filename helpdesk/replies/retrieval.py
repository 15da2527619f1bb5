"""Finds what this seller answered before to a question like this one: nearest by letters, in any language.

Counts of letter groups, weighted by rarity, compared by angle (scikit-learn, imported on first use). Pure: the past
comes in as values, nothing is kept on disk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

#: Below this the nearest is too far to be of use.
NEAR = 0.12
MAX_CHARS = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """One answered conversation: what the buyer asked, what a person of ours approved and sent."""

    question: str
    answer: str
    language: str = ""
    topic: str | None = None
    ticket: int = 0


class Nearest:
    """An index over past answers; built once, asked often."""

    def __init__(self, past: Sequence[Past]) -> None:
        self.past = tuple(p for p in past if p.question.strip() and p.answer.strip())
        self._vectors: Any = None
        self._weigh: Any = None
        self._count: Any = None

    def top(self, question: str, *, n: int = 3, language: str = "", topic: str | None = None) -> list[Past]:
        """The nearest `n`, nearest first, each answer once; same language and topic count a little extra."""
        if not self.past or not question.strip():
            return []
        if self._vectors is None:
            self._build()
        near = (self._vectors @ self._weigh.transform(self._count.transform([question[:MAX_CHARS]])).T).toarray()[:, 0]
        scored = [
            (float(score) + 0.05 * (p.language == language != "") + 0.05 * (p.topic == topic is not None), -i)
            for i, (score, p) in enumerate(zip(near, self.past, strict=True))
            if score >= NEAR
        ]
        found: list[Past] = []
        for _, i in sorted(scored, reverse=True):
            if all(self.past[-i].answer != p.answer for p in found):
                found.append(self.past[-i])
            if len(found) == n:
                break
        return found

    def _build(self) -> None:
        from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer

        self._count = HashingVectorizer(analyzer="char_wb", ngram_range=(2, 4), n_features=2**17, alternate_sign=False)
        self._weigh = TfidfTransformer(sublinear_tf=True)
        self._vectors = self._weigh.fit_transform(self._count.transform([p.question[:MAX_CHARS] for p in self.past]))
