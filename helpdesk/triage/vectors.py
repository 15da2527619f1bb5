"""From features to numbers: hashed words beside scaled facts, one sparse row a mail.

Judging needs neither scikit-learn nor scipy: the columns are those of its FeatureHasher (MurmurHash3, seed 0), and a linear
model's sum over them is a few numpy calls. Importing both for that would cost `run` 90 MB.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from helpdesk.triage.features import NAMES, Features

WIDTH = 1 << 17
#: How much the facts count beside the words of a mail, whose row of hashed words has length 1.
FACTS_WEIGHT = 0.35


def columns(words: Sequence[str], width: int = WIDTH) -> Any:
    """int64 array of the columns of a text's hashed words, each once, rising: those of FeatureHasher(width)."""
    import mmh3
    import numpy as np

    found = np.fromiter(map(mmh3.hash, words), dtype=np.int64, count=len(words))
    np.abs(found, out=found)
    found %= width
    found.sort()
    if len(found) < 2:
        return found
    first = np.empty(len(found), dtype=bool)
    first[0] = True
    np.not_equal(found[1:], found[:-1], out=first[1:])
    return found[first]


def word_sums(words: Iterable[Sequence[str]], by_column: Any) -> Any:
    """float32 array of texts x classes: what `word_matrix(words) @ by_column` gives.

    `by_column`: float32, columns x classes, of a model's words. The words are asked for one text after the other: many
    lists of words at once are slow to make and to forget.
    """
    import numpy as np

    width, classes = by_column.shape
    rows = [np.zeros((0, classes), dtype=np.float32)]
    for text in words:
        row = np.zeros((1, classes), dtype=np.float32)
        found = columns(text, width)
        if len(found):
            row[0] += np.add.reduce(by_column.take(found, axis=0)) / np.float32(len(found) ** 0.5)
        rows.append(row)
    return np.concatenate(rows)


def sums(features: Iterable[Features], by_column: Any) -> Any:
    """float32 array of mails x classes: what `matrix(features) @ by_column` gives, of a model's words and facts."""
    facts: list[tuple[float, ...]] = []

    def words() -> Iterator[list[str]]:
        for one in features:
            facts.append(one.facts)
            yield one.words

    of_words = word_sums(words(), by_column[:WIDTH])
    return of_words + _scaled(facts) @ by_column[WIDTH:]


def word_matrix(words: Sequence[Sequence[str]], width: int = WIDTH) -> Any:
    """scipy CSR of hashed words, each counted once, every row of length 1: for training."""
    import numpy as np
    from scipy.sparse import csr_matrix

    rows = [columns(text, width) for text in words]
    ends = np.cumsum([0, *(len(row) for row in rows)])
    values = [np.full(len(row), len(row) ** -0.5 if len(row) else 0.0, dtype="float32") for row in rows]
    data = np.concatenate(values) if rows else np.zeros(0, dtype="float32")
    index = np.concatenate(rows) if rows else np.zeros(0, dtype=np.int64)
    return csr_matrix((data, index, ends), shape=(len(rows), width))


def matrix(features: Sequence[Features]) -> Any:
    """scipy CSR of words and facts: WIDTH + len(NAMES) columns."""
    from scipy.sparse import csr_matrix, hstack

    facts = _scaled([one.facts for one in features])
    return hstack([word_matrix([one.words for one in features]), csr_matrix(facts)], format="csr")


def _scaled(facts: Sequence[Sequence[float]]) -> Any:
    """float32 array of mails x facts."""
    import numpy as np

    return np.array(facts, dtype="float32").reshape(len(facts), len(NAMES)) * np.float32(FACTS_WEIGHT)
