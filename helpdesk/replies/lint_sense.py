"""A second opinion on what a sentence asks for: a small linear model beside the rules of words.

The rules know words; people who ask for five stars find others. Each sentence, and each two that follow one another,
is scored for seven meanings. From its `block` on it counts as the rule of that name, from `warn` on a person
is told. The model is data (models/lint, trained by tools/make_sense.py on texts written for it): hashed words and
pieces of words.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from helpdesk.resources import resource

#: What is scored: rules of lint_rules.toml.
LABELS = (
    "review_positive_only", "review_incentive", "review_change", "feedback_change", "off_platform", "marketing",
    "cancel_request",
)  # fmt: skip
#: A wish for another review and one for other feedback sound alike: either counts as both.
CHANGE = frozenset({"review_change", "feedback_change"})
WIDTH = 1 << 15
_MASK = WIDTH - 1
#: Characters and sentences looked at: no reply is longer, and the rules of words read all of it.
MOST, MOST_SENTENCES = 20_000, 200
LONGEST = 400  #: characters of one sentence
FILE = "lint.skops"

_END = re.compile(r"[.!?…]+[\"')\]]*(?=\s)|[。！？!?；]+|\n+|;\s")
_TOKEN = re.compile(r"[\u3041-\u30ff\u3400-\u9fff]+|[^\W_\u3041-\u30ff\u3400-\u9fff]+")
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Sense:
    """The model: `weights` float32, WIDTH x LABELS; `bias`, `block` and `warn` by label, probabilities the last two."""

    weights: Any
    bias: Any
    block: dict[str, float]
    warn: dict[str, float]
    version: str = ""

    def scores(self, sentences: Sequence[tuple[int, int, Any]]) -> tuple[list[tuple[int, int]], Any]:
        """Places of each sentence and of each two neighbours; float32, places x LABELS: how likely each meaning is."""
        import numpy as np

        sums = [self.weights[found].sum(axis=0) for _, _, found in sentences]
        sizes = [len(found) for _, _, found in sentences]
        places: list[tuple[int, int]] = []
        rows: list[Any] = []
        for i, (start, end, _) in enumerate(sentences):
            if sizes[i]:
                places.append((start, end))
                rows.append(sums[i] / sizes[i] ** 0.5)
            if i and sizes[i] and sizes[i - 1]:
                places.append((sentences[i - 1][0], end))
                rows.append((sums[i] + sums[i - 1]) / (sizes[i] + sizes[i - 1]) ** 0.5)
        known = np.array(rows, dtype=np.float32).reshape(len(rows), len(LABELS))
        return places, 1.0 / (1.0 + np.exp(-(known + self.bias)))


@lru_cache(maxsize=1)
def shipped() -> Sense:
    """The model that comes along. ModelFileError when it is missing, foreign or was changed."""
    import numpy as np

    from helpdesk.triage import modelfile

    content, version = modelfile.load(resource("models") / "lint", FILE)
    return Sense(
        np.asarray(content["weights"], dtype=np.float32),
        np.asarray(content["bias"], dtype=np.float32),
        {name: float(content["block"][i]) for i, name in enumerate(LABELS)},
        {name: float(content["warn"][i]) for i, name in enumerate(LABELS)},
        version,
    )


def sentences_of(low: str) -> list[tuple[int, int, Any]]:
    """(start, end, columns) of the sentences of a folded lower-case text: int64 array, each column once."""
    found: list[tuple[int, int, Any]] = []
    start = 0
    text = low[:MOST]
    for end in [*(hit.end() for hit in _END.finditer(text)), len(text)]:
        if end > start and len(found) < MOST_SENTENCES and not text[start:end].isspace():
            found.append((start, end, _columns(text[start : min(end, start + LONGEST)])))
        start = end
    return found


@lru_cache(maxsize=2_000)
def _columns(sentence: str) -> Any:
    """Words, their pieces, and each two words beside one another or with one between."""
    import numpy as np

    columns: set[int] = set()
    before, last = 0, 0
    for word in _TOKEN.findall(_DIGIT.sub("0", sentence)):
        own, pieces = _of_word(word[:40]) if word[0] < "\u3041" else (0, _of_signs(word))
        columns.update(pieces)
        columns.add((last * 2_654_435_761 + own) >> 7 & _MASK)
        columns.add((before * 2_246_822_519 + own) >> 9 & _MASK)
        before, last = last, own
    return np.fromiter(columns, dtype=np.int64, count=len(columns))


@lru_cache(maxsize=30_000)
def _of_word(word: str) -> tuple[int, tuple[int, ...]]:
    """A word's own number, and the columns of it and of its pieces of four and five letters."""
    import mmh3

    marked = f"<{word}>"
    pieces = {marked[i : i + n] for n in (4, 5) for i in range(max(1, len(marked) - n + 1))}
    return mmh3.hash(word, 1, False), tuple({mmh3.hash(piece, 0, False) & _MASK for piece in (f"1{word}", *pieces)})


def _of_signs(run: str) -> Iterator[int]:
    """Columns of a run of Chinese or Japanese signs: each, each two, each three."""
    last = before = 0
    for sign in map(ord, run):
        yield sign * 40_503 >> 3 & _MASK
        if last:
            yield (last * 2_654_435_761 + sign * 40_503) >> 5 & _MASK
        if before:
            yield (before * 3_266_489_917 + last * 668_265_263 + sign * 40_503) >> 6 & _MASK
        before, last = last, sign


def judge(low: str, known: Collection[str], sense: Sense | None = None) -> Iterator[tuple[str, int, int, bool]]:
    """(rule, start, end, sure) of what the words' rules did not see: `known` are the rules they found already.

    Each rule at most once, at its strongest place. A wish to change a review may be both of its rules.
    """
    sense = sense or shipped()
    places, chances = sense.scores(sentences_of(low))
    if not places:
        return
    best = chances.argmax(axis=0)
    for number, rule in enumerate(LABELS):
        chance = float(chances[best[number], number])
        if rule in known or (rule in CHANGE and CHANGE & set(known)) or chance < sense.warn[rule]:
            continue
        yield rule, *places[best[number]], chance >= sense.block[rule]
