"""`make models` too: trains the second opinion of the message rules (replies/lint_sense.py), the same bytes each time.

    python -m tools.make_sense [--out models/lint]       train on everything and write
    python -m tools.make_sense --validate                 each source left out in turn: what rules, model and both find

Texts: tests/data/lint and tools/outgoing (written for this by hand, people invented), and the canned replies that ship,
which are innocent.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from helpdesk.replies.ack import acknowledgement
from helpdesk.replies.lint import blocking, lint
from helpdesk.replies.lint_sense import CHANGE, FILE, LABELS, WIDTH, Sense, sentences_of
from helpdesk.replies.lint_text import fold
from helpdesk.replies.previews import example
from helpdesk.replies.templates import CAUSES, LANGUAGES, VARIABLES, Library
from helpdesk.triage import modelfile

ROOT = Path(__file__).resolve().parents[1]
NEVER = -20.0  #: bias of a label without any text
STRENGTH = 8.0  #: of the regression (C): few texts, many columns
RARE = 3.0  #: how much a violation counts beside an innocent window
#: Sources of tools/outgoing that nobody judged the rules by.
MADE = ("written", "replies")
#: Share of innocent texts that may reach a label's block and warn; what no threshold goes below.
BLOCKED, WARNED = 0.004, 0.02
LEAST_BLOCK, LEAST_WARN = 0.35, 0.2


@dataclass(frozen=True, slots=True)
class Text:
    """One text: what it breaks of LABELS; `clean` when it breaks nothing at all."""

    text: str
    language: str
    source: str
    scope: str
    breaks: frozenset[str]
    clean: bool


def texts() -> list[Text]:
    """Everything that was written for it, in a fixed order."""
    found = []
    for path in [
        *sorted((ROOT / "tests/data/lint").glob("*.jsonl")),
        *sorted((ROOT / "tools/outgoing").glob("*.jsonl")),
    ]:
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            names = {name for names in row["expect"] for name in ([names] if isinstance(names, str) else names)}
            if names & CHANGE:
                names |= CHANGE
            found.append(
                Text(
                    row["text"], row["language"], path.stem.partition(".")[0], row.get("scope", "reply"),
                    frozenset(names & set(LABELS)), not names,
                )
            )  # fmt: skip
    return found


def replies() -> list[str]:
    """The shipped canned replies, filled with all that is known and with the least, and every acknowledgement."""
    library = Library.load(ROOT / "templates/replies")
    found = []
    for template in library.templates:
        least = dict.fromkeys(VARIABLES, "") | dict.fromkeys(template.required, "2026-11-27")
        found += [example(library, template), library.render(template, least)]
    now = datetime(2026, 11, 24, 9, tzinfo=UTC)
    due, order = now + timedelta(hours=20), "111-0000001-0000001"
    for language in LANGUAGES:
        found += [
            acknowledgement(
                library, language=language, zone=UTC, now=now, due=due, order=order, topic=topic, marketplace="amazon",
            ).text
            for topic in [*CAUSES, None]
        ]  # fmt: skip
    return found


def windows(text: str) -> list[Any]:
    """Columns of each sentence and of each two neighbours, as the model sums them."""
    return [columns for columns, _ in _windows(text)]


def _windows(text: str) -> Iterator[tuple[Any, tuple[int, int]]]:
    import numpy as np

    sentences = [one for one in sentences_of(fold(text).low) if len(one[2])]
    for i, (start, end, columns) in enumerate(sentences):
        yield columns, (start, end)
        if i:
            yield np.concatenate([sentences[i - 1][2], columns]), (sentences[i - 1][0], end)


def _matrix(rows: Sequence[Any]) -> Any:
    import numpy as np
    from scipy.sparse import csr_matrix

    ends = np.cumsum([0, *(len(row) for row in rows)])
    data = np.concatenate([np.full(len(row), len(row) ** -0.5, dtype="float32") for row in rows])
    found = csr_matrix((data, np.concatenate(rows), ends), shape=(len(rows), WIDTH))
    found.sum_duplicates()
    return found


def fit(known: Sequence[Text], innocent: Iterable[str]) -> tuple[Any, Any]:
    """Weights (WIDTH x LABELS) and bias. Where in a long text the violation stands: its strongest window."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    clean = [row for text in [*(one.text for one in known if one.clean), *innocent] for row in windows(text)]
    broken = [(one, windows(one.text)) for one in known if one.breaks]
    chosen = [(max(rows, key=len), one.breaks) for one, rows in broken if rows]
    for _ in range(2):
        matrix = _matrix([*(row for row, _ in chosen), *clean])
        weights = np.zeros((WIDTH, len(LABELS)), dtype=np.float64)
        bias = np.zeros(len(LABELS))
        for number, label in enumerate(LABELS):
            bias[number] = NEVER
            target = np.array([label in breaks for _, breaks in chosen] + [False] * len(clean))
            if not target.any():
                continue
            model = LogisticRegression(C=STRENGTH, class_weight={False: 1.0, True: RARE}, solver="liblinear", tol=1e-5)
            model.fit(matrix, target)
            weights[:, number], bias[number] = model.coef_[0], model.intercept_[0]
        chosen = []
        for one, rows in broken:
            if rows:
                scores = np.asarray(_matrix(rows) @ weights + bias)
                best = {int(scores[:, LABELS.index(label)].argmax()) for label in one.breaks}
                chosen += [(rows[number], one.breaks) for number in sorted(best)]
    return weights.astype(np.float16), bias.astype(np.float32)


def strongest(weights: Any, bias: Any, held: Sequence[Text]) -> Any:
    """float array of texts x LABELS: the likeliest window of each."""
    import numpy as np

    ones = dict.fromkeys(LABELS, 1.0)
    sense = Sense(weights.astype(np.float32), bias, ones, ones)
    found = [sense.scores(sentences_of(fold(one.text).low))[1] for one in held]
    return np.array([rows.max(axis=0) if len(rows) else np.zeros(len(LABELS)) for rows in found])


def thresholds(known: Sequence[Text], innocent: Sequence[str]) -> tuple[Any, Any]:
    """(block, warn) by label: scores that at most BLOCKED and WARNED of the innocent texts of other authors reach.

    MADE was written for training alone; how the weights of those texts do on all others is what a new text meets.
    """
    import numpy as np

    others = [one for one in known if one.source not in MADE and one.clean]
    scores = strongest(*fit([one for one in known if one.source in MADE], innocent), others)
    block = np.maximum(np.quantile(scores, 1 - BLOCKED, axis=0), LEAST_BLOCK)
    warn = np.maximum(np.quantile(scores, 1 - WARNED, axis=0), LEAST_WARN)
    return np.maximum(block, warn).astype(np.float32), warn.astype(np.float32)


def validate() -> None:
    """Print what rules, model and both find in each source that neither thresholds nor weights have seen."""
    known, innocent = texts(), replies()
    for source in sorted({one.source for one in known} - set(MADE)):
        held = [one for one in known if one.source == source]
        rest = [one for one in known if one.source != source]
        weights, bias = fit(rest, innocent)
        block, _ = thresholds(rest, innocent)
        hits = (strongest(weights, bias, held) >= block).any(axis=1)
        words = [bool({f.rule for f in blocking(lint(one.text, scope=one.scope, opinion=False))}) for one in held]  # type: ignore[arg-type]  # a scope of the corpus
        broken = [i for i, one in enumerate(held) if one.breaks]
        clean = [i for i, one in enumerate(held) if one.clean]
        print(
            f"{source:10} {len(broken):4} broken: words {_share(words, broken)}, model {_share(hits, broken)}, "
            f"both {_share([a or b for a, b in zip(words, hits, strict=True)], broken)};  "
            f"{len(clean):4} innocent: words {_share(words, clean)}, model {_share(hits, clean)}",
            flush=True,
        )


def _share(hits: Sequence[Any], chosen: Sequence[int]) -> str:
    return f"{sum(bool(hits[i]) for i in chosen) / len(chosen):.3f}" if chosen else "  –  "


def main() -> None:
    """Train and write, or validate."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "models/lint")
    parser.add_argument("--validate", action="store_true")
    options = parser.parse_args()
    if options.validate:
        validate()
        return
    known, innocent = texts(), replies()
    weights, bias = fit(known, innocent)
    block, warn = thresholds(known, innocent)
    content = {"weights": weights, "bias": bias, "block": block, "warn": warn}
    card = {"labels": list(LABELS), "texts": len(known)}
    version = modelfile.save(options.out, content, card, keep_previous=False, file=FILE)
    told = ", ".join(f"{label} {a:.2f}/{b:.2f}" for label, a, b in zip(LABELS, block, warn, strict=True))
    print(f"{options.out / FILE}: version {version}, {len(known)} texts; block/warn: {told}")


if __name__ == "__main__":
    main()
