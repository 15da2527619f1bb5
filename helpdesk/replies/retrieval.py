"""Finds what this seller answered before to a question like this one: nearest by letters, in any language.

Counts of letter groups, weighted by rarity, compared by angle. Pure: the past comes in as values, nothing is kept on
disk. In NumPy alone: scikit-learn does the same sum, but its import holds a running desk up for more than a second
and keeps 76 MB (docs/decisions.md).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

#: Below this the nearest is too far to be of use.
NEAR = 0.12
#: What a common language or topic counts extra.
SAME = 0.05
MAX_CHARS = 4000
#: Letter groups are told apart by so many numbers.
GROUPS = 2**17


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """One answered conversation: what the buyer asked, what a person of ours approved and sent."""

    question: str
    answer: str
    language: str = ""
    topic: str | None = None
    ticket: int = 0


class Vectors:
    """Texts as counts of letter groups; what they say is not kept, and cannot be read back.

    Each text is a run of (group, weight) in two long arrays. A common group weighs little: ln((1 + n) / (1 + df)) + 1,
    counts as 1 + ln(count), lengths made equal, as scikit-learn's TfidfTransformer does it.
    """

    def __init__(self) -> None:
        self._texts: list[tuple[Any, Any]] = []  # of each text: its groups, and 1 + ln(count) of each
        self._built: tuple[Any, Any, Any, Any] | None = None  # rarity, groups, weights, where each text begins

    def __len__(self) -> int:
        return len(self._texts)

    def add(self, texts: Sequence[str]) -> None:
        """Put texts behind the others; a few tenths of a millisecond for each."""
        self._texts += [_counted(text) for text in texts]
        self._built = None

    def keep(self, last: int) -> None:
        """Forget all but the last so many."""
        if len(self) > last:
            del self._texts[:-last]
            self._built = None

    def near(self, text: str) -> list[float]:
        """How near each is, 0 to 1, in the order in which they were put in."""
        import numpy as np

        own, counts = _counted(text)
        if not self._texts or not len(own):
            return [0.0] * len(self)
        rarity, groups, weights, begins = self._built or self._build()
        asked = np.zeros(GROUPS, dtype=np.float32)
        asked[own] = counts * rarity[own]
        asked /= max(float(np.sqrt((asked**2).sum())), 1e-9)
        return [float(score) for score in np.add.reduceat(weights * asked[groups], begins)]

    def _build(self) -> tuple[Any, Any, Any, Any]:
        import numpy as np

        sizes = np.array([len(groups) for groups, _ in self._texts])
        begins = np.concatenate(([0], np.cumsum(sizes)[:-1]))
        groups = np.concatenate([groups for groups, _ in self._texts])
        rarity = (np.log((1 + len(sizes)) / (1 + np.bincount(groups, minlength=GROUPS))) + 1).astype(np.float32)
        weights = np.concatenate([counts for _, counts in self._texts]) * rarity[groups]
        lengths = np.sqrt(np.add.reduceat(weights**2, begins))
        weights /= np.repeat(np.maximum(lengths, 1e-9), sizes)
        self._built = rarity, groups, weights, begins
        return self._built


def _counted(text: str) -> tuple[Any, Any]:
    """The groups of 2 to 4 letters (1 to 3 signs) within words, numbered, and 1 + ln of how often each stands there.

    Never empty: a text without a letter gets one group of no weight.
    """
    import numpy as np

    counts: Counter[int] = Counter()
    for word in f" {text[:MAX_CHARS].lower()} ".split():
        wide = "\u2e80" < max(word) < "\uff00"  # Chinese and Japanese: one sign says as much as a syllable, or a word
        padded = word if wide else f" {word} "
        for size in (1, 2, 3) if wide else (2, 3, 4):
            counts.update(
                crc32(padded[i : i + size].encode("utf-8", "replace")) % GROUPS
                for i in range(max(1, len(padded) - size + 1))
            )
    groups = np.fromiter(counts.keys(), dtype=np.int32, count=len(counts))
    often = np.fromiter(counts.values(), dtype=np.float32, count=len(counts))
    return (groups, 1 + np.log(often)) if len(groups) else (np.zeros(1, np.int32), np.zeros(1, np.float32))


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
