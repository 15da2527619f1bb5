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
#: What a common language or topic counts extra.
SAME = 0.05
MAX_CHARS = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """One answered conversation: what the buyer asked, what a person of ours approved and sent."""

    question: str
    answer: str
    language: str = ""
    topic: str | None = None
    ticket: int = 0


class Vectors:
    """Texts as counts of letter groups; what they say is not kept, and cannot be read back."""

    def __init__(self) -> None:
        self._rows: list[Any] = []
        self._weighed: Any = None
        self._weigh: Any = None
        self._count: Any = None

    def __len__(self) -> int:
        return sum(rows.shape[0] for rows in self._rows)

    def add(self, texts: Sequence[str]) -> None:
        """Put texts behind the others; about a third of a millisecond for each."""
        if not texts:
            return
        if self._count is None:
            from sklearn.feature_extraction.text import HashingVectorizer

            self._count = HashingVectorizer(
                analyzer="char_wb", ngram_range=(2, 4), n_features=2**17, alternate_sign=False, norm=None
            )
        self._rows.append(self._count.transform([text[:MAX_CHARS] for text in texts]))
        self._weighed = None

    def keep(self, last: int) -> None:
        """Forget all but the last so many."""
        from scipy.sparse import vstack

        if len(self) > last:
            self._rows = [vstack(self._rows).tocsr()[-last:]]
            self._weighed = None

    def near(self, text: str) -> list[float]:
        """How near each is, 0 to 1, in the order in which they were put in."""
        if not self._rows or not text.strip():
            return [0.0] * len(self)
        if self._weighed is None:
            self._build()
        own = self._weigh.transform(self._count.transform([text[:MAX_CHARS]]))
        return [float(score) for score in (self._weighed @ own.T).toarray()[:, 0]]

    def _build(self) -> None:
        from scipy.sparse import vstack
        from sklearn.feature_extraction.text import TfidfTransformer

        self._rows = [vstack(self._rows).tocsr()]
        self._weigh = TfidfTransformer(sublinear_tf=True)
        self._weighed = self._weigh.fit_transform(self._rows[0])


def ranked(scores: Sequence[float], bonus: Sequence[float]) -> list[int]:
    """The places of what is near enough, nearest first, the newer (later) one of equals; `bonus` is added."""
    near = [
        (score + more, place) for place, (score, more) in enumerate(zip(scores, bonus, strict=True)) if score >= NEAR
    ]
    return [place for _, place in sorted(near, reverse=True)]


class Nearest:
    """An index over past answers; built once, asked often."""

    def __init__(self, past: Sequence[Past]) -> None:
        self.past = tuple(p for p in past if p.question.strip() and p.answer.strip())
        self._vectors: Vectors | None = None

    def top(self, question: str, *, n: int = 3, language: str = "", topic: str | None = None) -> list[Past]:
        """The nearest `n`, nearest first, each answer once; same language and topic count a little extra."""
        if not self.past or not question.strip():
            return []
        if self._vectors is None:
            self._vectors = Vectors()
            self._vectors.add([p.question for p in self.past])
        bonus = [SAME * (p.language == language != "") + SAME * (p.topic == topic is not None) for p in self.past]
        found: list[Past] = []
        for place in ranked(self._vectors.near(question), bonus):
            if all(self.past[place].answer != p.answer for p in found):
                found.append(self.past[place])
            if len(found) == n:
                break
        return found
