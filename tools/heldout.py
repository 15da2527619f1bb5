"""Mails of the labelled sets, and models that have seen none of a chosen part of them.

Each mail is read once; words are hashed once into one matrix, from which every training takes its rows.
"""

from __future__ import annotations

import csv
import tarfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpdesk.intake.read import read
from helpdesk.intake.reading import Reading
from helpdesk.triage.classifier import Model
from helpdesk.triage.evaluation import Evaluation
from helpdesk.triage.features import NAMES, Features, features_of
from helpdesk.triage.training import CLASS_OF, NONE, SEED, Example, fit_rows, invented
from helpdesk.triage.vectors import WIDTH, matrix
from helpdesk.triage.verdict import NO_EVIDENCE, RULES, WEIGHED, Case, Scores, judge
from tools.make_models import BUYERS, FREE_TEXTS, OTHERS, WITH_TEXTS, free_texts

_SHAPE = {"shout", "money", "percent", "phone", "address_in_text", "unsubscribe", "digits"}
_SENDER = NAMES[: NAMES.index("auth_pass")]
_THREAD = NAMES[NAMES.index("list") : NAMES.index("subject_order")]

#: Groups of facts for the ablation: the features named so count nothing.
GROUPS: dict[str, Callable[[str], bool]] = {
    "sender": lambda n: n in _SENDER,
    "authentication": lambda n: n.startswith("auth_"),
    "list and thread": lambda n: n in _THREAD or n in {"thread_ours", "thread_foreign", "quotes_others", "subject_tag"},
    "subject": lambda n: n.startswith("subject_"),
    "shape of the text": lambda n: n in _SHAPE,
    "HTML": lambda n: n.startswith("html") or n == "remote_images",
    "links and files": lambda n: n.startswith("link") or n.endswith("_files") or n == "no_links",
    "kinds of talk": lambda n: n.startswith("talk_") or "_and_" in n,
}


@dataclass(frozen=True, slots=True)
class Labelled:
    """A mail of a labelled set. `weighed`: the rules leave it to the classifier."""

    row: dict[str, str]
    reading: Reading
    features: Features
    weighed: bool


def labelled(shared: Path, name: str) -> list[Labelled]:
    """All mails of a set, in the order of its tar."""
    with (shared / "data" / f"{name}_labels.csv").open(encoding="utf-8") as opened:
        rows = {row["file"]: row for row in csv.DictReader(opened)}
    found = []
    with tarfile.open(shared / "data" / f"{name}.tar.gz", "r|gz") as tar:
        for member in tar:
            row = rows.get(member.name.rpartition("/")[2])
            content = tar.extractfile(member) if row and member.isfile() else None
            if row and content:
                reading = read(content.read())
                row = {**row, "year": str(reading.clock_start.year)}
                found.append(Labelled(row, reading, features_of(reading), judge(reading).rule in WEIGHED))
    return found


def part_of(row: dict[str, str], column: str) -> str:
    """What is left out together: a wrapper, or a source with all its folders and years."""
    parts = row[column].split(":")
    return ":".join(parts[: 2 if parts[0] == "composed" else 1])


def source_of_texts(name: str) -> str:
    """The free texts that a composed source is made of, "" for any other."""
    return name.removeprefix("composed:") if name.startswith("composed:") else ""


class Pool:
    """All that may be trained on, hashed once: the generator's mails, those round free texts by source, the set."""

    def __init__(self, shared: Path, mails: Sequence[Labelled], told: Callable[[str], None]) -> None:
        import numpy as np
        from scipy.sparse import vstack

        told("inventing mail")
        examples: list[Example] = [one for _, one in invented(SEED, BUYERS // 2, OTHERS // 2)]
        origins = [("", "")] * len(examples)
        for number, source in enumerate(FREE_TEXTS, start=1):
            texts = [(lang, text) for lang, text, whose in free_texts(shared) if whose == source]
            made = [one for _, one in invented(SEED + number, WITH_TEXTS // 6, 0, texts, letters=NONE)]
            examples += made
            origins += [(f"composed:{source}", "")] * len(made)
        kept = [one for one in mails if one.weighed]
        examples += [Example(one.features, one.row["label"], group=one.row["source"]) for one in kept]
        origins += [(part_of(one.row, "source"), part_of(one.row, "wrapper")) for one in kept]
        self.rows = vstack([matrix([one.features for one in examples])], format="csr")
        self.labels = np.array([CLASS_OF[one.label] for one in examples])
        self.origins = {"source": [s for s, _ in origins], "wrapper": [w for _, w in origins]}
        self.groups = [one.group for one in examples]
        self.about = np.array([one.features.about_buying for one in examples])
        self.barred = np.array([one.features.barred for one in examples])
        self.invented = len(examples) - len(kept)

    def without(self, column: str, name: str, like: Model) -> Model:
        """A model that has seen nothing of one source or wrapper."""
        import numpy as np

        return self.of(np.array([one != name for one in self.origins[column]]), like)

    def of(self, chosen: Any, like: Model, weights: Any = None) -> Model:
        """A model of the chosen rows; `weights` (one a column) dims or blinds columns."""
        import numpy as np
        from scipy.sparse import diags

        rows, labels = self.rows[chosen], self.labels[chosen]
        if weights is not None:
            rows = (rows @ diags(weights)).tocsr()
        groups = [self.groups[index] for index in np.flatnonzero(chosen)]
        return fit_rows(rows, labels, groups, self.about[chosen], self.barred[chosen], like.topics)


@dataclass(slots=True)
class Scored:
    """Verdicts beside labels, and the scores of those that the classifier weighed."""

    evaluation: Evaluation
    weighed: list[tuple[float, bool]]  #: (probability of a buyer, is one)
    rows: list[tuple[dict[str, str], str, str]]  #: (labels, verdict, rule)

    @classmethod
    def empty(cls) -> Scored:
        """Nothing counted yet."""
        return cls(Evaluation(), [], [])

    def add(self, model: Model, mails: Sequence[Labelled], weights: Any = None) -> None:
        """Judge mails by rules and model, as in a Junk folder."""
        from scipy.sparse import diags

        if not mails:
            return
        rows = matrix([one.features for one in mails])
        shares = model.shares(rows if weights is None else (rows @ diags(weights)).tocsr())
        limits = model.thresholds["junk"]
        for one, row in zip(mails, shares, strict=True):
            scores = Scores(
                buyer=float(row[0]),
                spam=float(row[2]),
                about_buying=one.features.about_buying,
                barred=one.features.barred,
                of_business=one.features.of_business,
            )
            case = Case(one.reading, NO_EVIDENCE, scores, limits, "junk")
            rule = next(rule for rule in RULES if rule.check(case))
            self.evaluation.add(one.row["file"], one.row, str(rule.verdict), rule.name)
            self.rows.append((one.row, str(rule.verdict), rule.name))
            if one.weighed:
                self.weighed.append((float(row[0]), one.row["label"] == "buyer"))


def left_out(
    pool: Pool, train: Sequence[Labelled], others: Sequence[Labelled], column: str, like: Model
) -> Iterator[tuple[str, list[Labelled], Model]]:
    """For each value of a column: all its mails of both sets, and a model that saw none of it."""
    groups: dict[str, list[Labelled]] = {}
    for one in [*train, *others]:
        groups.setdefault(part_of(one.row, column), []).append(one)
    for name, part in sorted(groups.items()):
        # Where rules alone decide, nothing is learnt from any of these: any model will do.
        model = pool.without(column, name, like) if any(one.weighed for one in part) else like
        yield name, part, model


def blinded(dropped: Callable[[str], bool] | None, *, words: bool = True) -> Any:
    """A weight for each column of the matrix: 0 for the facts named, and for the words unless they count."""
    import numpy as np

    weights = np.ones(WIDTH + len(NAMES), dtype="float32")
    weights[:WIDTH] = float(words)
    for index, name in enumerate(NAMES):
        weights[WIDTH + index] = 0.0 if dropped and dropped(name) else 1.0
    return weights
