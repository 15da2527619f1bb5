"""F1 of the eight problems on real labelled texts, by source and language; trained without the source judged."""

from __future__ import annotations

import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from helpdesk.triage.topics import TAXONOMY, TopicModel
from helpdesk.triage.training import fit_topics
from tools.make_models import topic_examples

#: The corpora's words for DESIGN's.
_WORDS = {"service_slow": "customer_service", "positive_feedback": "other"}
PROBLEMS = tuple(topic for topic in TAXONOMY if topic != "other")


def texts_of(shared: Path) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """(source, language) → (text, topic) of every labelled text."""
    found: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    with gzip.open(shared / "data" / "buyer_text_train.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row.get("category"):
                topic = _WORDS.get(row["category"], row["category"])
                found[row["source"].split(":")[0], row["lang"]].append((row["text"], topic))
    return found


def macro_f1(truth: list[str], found: list[str]) -> tuple[float, dict[str, float]]:
    """Macro-F1 over the problems that occur in `truth`, and each one's F1."""
    from sklearn.metrics import f1_score

    present = [topic for topic in PROBLEMS if topic in truth]
    if not present:
        return 0.0, {}
    by = f1_score(truth, found, labels=present, average=None, zero_division=0)
    return float(sum(by) / len(by)), dict(zip(present, map(float, by), strict=True))


def topic_lines(shared: Path) -> Iterator[str]:
    """The table: sources first, then languages with their sources together."""
    texts = texts_of(shared)
    whole = fit_topics(topic_examples(shared))
    by_language: dict[str, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    yield f"{'source':<26} {'lang':<4} {'texts':>6} {'macro-F1':>8}  by topic"
    confused: Counter[str] = Counter()
    for (source, language), rows in sorted(texts.items()):
        seen = source in ("bitext_cs_8k", "multidogo")
        model: TopicModel = fit_topics(topic_examples(shared, leave=source)) if seen else whole
        found = [one.topic for one in model.judge([text for text, _ in rows], [language] * len(rows))]
        truth = [topic for _, topic in rows]
        by_language[language][0].extend(truth)
        by_language[language][1].extend(found)
        confused.update(f"{language}: {t} taken for {f}" for t, f in zip(truth, found, strict=True) if t != f)
        yield _line(source, language, truth, found)
    yield ""
    for language, (truth, found) in sorted(by_language.items()):
        yield _line("all of the language", language, truth, found)
    yield ""
    yield "most frequent confusions (of labels that are mapped, not read)"
    for what, count in confused.most_common(15):
        yield f"{count:>6}  {what}"


def _line(source: str, language: str, truth: list[str], found: list[str]) -> str:
    macro, by = macro_f1(truth, found)
    told = ", ".join(f"{topic} {value:.2f}" for topic, value in by.items())
    return f"{source[:26]:<26} {language:<4} {len(truth):>6} {macro:>8.3f}  {told}"
