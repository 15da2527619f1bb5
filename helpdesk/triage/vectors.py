"""From features to numbers: hashed words beside scaled facts, one sparse row a mail.

Judging needs neither scikit-learn nor scipy: the columns are those of its FeatureHasher (MurmurHash3, seed 0), and a linear
model's sum over them is a few numpy calls. Importing both for that would cost `run` 90 MB.
"""

from __future__ import annotations

from collections.abc import Sequence
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
    return found[np.concatenate(([True], found[1:] != found[:-1]))]


def word_sums(words: Sequence[Sequence[str]], by_column: Any) -> Any:
    """float32 array of texts x classes: what `word_matrix(words) @ by_column` gives.

    `by_column`: float32, columns x classes, of a model's words.
    """
    import numpy as np

    width = by_column.shape[0]
    sums = np.zeros((len(words), by_column.shape[1]), dtype=np.float32)
    for row, text in zip(sums, words, strict=True):
        found = columns(text, width)
        if len(found):
            row += by_column[found].sum(axis=0) / np.float32(len(found) ** 0.5)
    return sums


def sums(features: Sequence[Features], by_column: Any) -> Any:
    """float32 array of mails x classes: what `matrix(features) @ by_column` gives, of a model's words and facts."""
    facts = _facts(features)
    return word_sums([one.words for one in features], by_column[:WIDTH]) + facts @ by_column[WIDTH:]


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

    return hstack([word_matrix([one.words for one in features]), csr_matrix(_facts(features))], format="csr")


def _facts(features: Sequence[Features]) -> Any:
    """float32 array of mails x facts, scaled."""
    import numpy as np

    raw = np.array([one.facts for one in features], dtype="float32").reshape(len(features), len(NAMES))
    return raw * np.float32(FACTS_WEIGHT)
