"""From features to numbers: hashed words beside scaled facts, one sparse row a mail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from helpdesk.triage.features import NAMES, Features

WIDTH = 1 << 17
#: How much the facts count beside the words of a mail, whose row of hashed words has length 1.
FACTS_WEIGHT = 0.35


def word_matrix(words: Sequence[Sequence[str]], width: int = WIDTH) -> Any:
    """scipy CSR of hashed words, each counted once, every row of length 1."""
    from scipy.sparse import csr_matrix
    from sklearn.feature_extraction import FeatureHasher
    from sklearn.preprocessing import normalize

    hashed = FeatureHasher(n_features=width, input_type="string", alternate_sign=False, dtype="float32").transform(
        words
    )
    hashed.data[:] = 1.0
    return csr_matrix(normalize(hashed, copy=False))


def matrix(features: Sequence[Features]) -> Any:
    """scipy CSR of words and facts: WIDTH + len(NAMES) columns."""
    import numpy as np
    from scipy.sparse import csr_matrix, hstack

    facts = np.array([one.facts for one in features], dtype="float32").reshape(len(features), len(NAMES)) * FACTS_WEIGHT
    return hstack([word_matrix([one.words for one in features]), csr_matrix(facts)], format="csr")
