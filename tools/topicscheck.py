"""F1 of the eight problems on real texts, by source and language; trained without the source judged.

Two tables. Mapped: the corpora's own labels, which nobody read (of 355 looked at, 61 were wrong). Read: a random sample
whose labels were given by reading each text before any verdict was seen, in topics_read.csv: source, language, sha1 of
the text, and the problems it names, the chief one first; a verdict is right if it is one of them. Half of it, `kept`,
was scored only when all else was done.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from helpdesk.triage.topics import TAXONOMY, TopicModel
from helpdesk.triage.training import fit_topics
from tools.make_models import topic_examples

#: The corpora's words for DESIGN's.
_WORDS = {"service_slow": "customer_service", "positive_feedback": "other"}
PROBLEMS = tuple(topic for topic in TAXONOMY if topic != "other")
_READ = Path(__file__).with_name("topics_read.csv")
_TRAINED_ON = ("bitext_cs_8k", "multidogo")


@dataclass(frozen=True, slots=True)
class Text:
    """One real text: its mapped topic ("" for none), and the problems read in it, () where nobody read it."""

    text: str
    mapped: str
    read: tuple[str, ...]
    kept: bool

    def truth(self, found: str) -> str:
        """The topic that a verdict is held against: itself where reading found it too, else the chief one."""
        return found if found in self.read else self.read[0]


Texts = dict[tuple[str, str], list[Text]]


def read_labels() -> dict[str, tuple[str, ...]]:
    """sha1 of a text → the problems read in it."""
    with _READ.open(encoding="utf-8") as opened:
        return {row["sha1"]: tuple(row["topics"].split("+")) for row in csv.DictReader(opened)}


def texts_of(shared: Path) -> Texts:
    """(source, language) → every text that has a label of either kind."""
    labels, found = read_labels(), defaultdict(list)
    with gzip.open(shared / "data" / "buyer_text_train.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            sha1 = hashlib.sha1(row["text"].encode(), usedforsecurity=False).hexdigest()
            read = labels.pop(sha1, ())
            if read or row.get("category"):
                mapped = _WORDS.get(row["category"], row["category"])
                one = Text(row["text"], mapped, read, kept=int(sha1[0], 16) % 2 == 1)
                found[row["source"].split(":")[0], row["lang"]].append(one)
    return dict(found)


def macro_f1(truth: list[str], found: list[str]) -> tuple[float, dict[str, float]]:
    """Macro-F1 over the problems that occur in `truth`, and each one's F1."""
    from sklearn.metrics import f1_score

    present = [topic for topic in PROBLEMS if topic in truth]
    if not present:
        return 0.0, {}
    by = f1_score(truth, found, labels=present, average=None, zero_division=0)
    return float(sum(by) / len(by)), dict(zip(present, map(float, by), strict=True))


def verdicts(shared: Path, texts: Texts) -> dict[tuple[str, str], list[str]]:
    """The topic found for each text, by a model that saw none of its source."""
    whole = fit_topics(topic_examples(shared))
    models: dict[str, TopicModel] = {}
    found = {}
    for (source, language), rows in sorted(texts.items()):
        if source in _TRAINED_ON and source not in models:
            models[source] = fit_topics(topic_examples(shared, leave=source))
        judged = models.get(source, whole).judge([one.text for one in rows], [language] * len(rows))
        found[source, language] = [one.topic for one in judged]
    return found


def topic_lines(shared: Path) -> Iterator[str]:
    """Both tables: sources first, then languages with their sources together."""
    texts = texts_of(shared)
    found = verdicts(shared, texts)
    yield f"{'labels that were read':<34} {'lang':<4} {'texts':>6} {'macro-F1':>8}  by topic"
    pairs = {
        key: [(one.truth(topic), topic, one.kept) for one, topic in zip(rows, found[key], strict=True) if one.read]
        for key, rows in texts.items()
    }
    for half in ("open", "kept"):
        chosen = {key: [(t, f) for t, f, kept in rows if kept == (half == "kept")] for key, rows in pairs.items()}
        yield from _table(chosen, f", {half} half")
    yield ""
    yield f"{'labels that were mapped':<34} {'lang':<4} {'texts':>6} {'macro-F1':>8}  by topic"
    mapped = {
        key: [(one.mapped, topic) for one, topic in zip(rows, found[key], strict=True) if one.mapped]
        for key, rows in texts.items()
    }
    yield from _table(mapped, "")
    yield ""
    yield "most frequent confusions (of labels that are mapped, not read)"
    confused = Counter(
        f"{language}: {t} taken for {f}" for (_, language), rows in mapped.items() for t, f in rows if t != f
    )
    for what, count in confused.most_common(15):
        yield f"{count:>6}  {what}"


def _table(pairs: dict[tuple[str, str], list[tuple[str, str]]], name: str) -> Iterator[str]:
    by_language: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for (source, language), rows in sorted(pairs.items()):
        by_language[language] += rows
        if rows:
            yield _line(source + name, language, rows)
    for language, rows in sorted(by_language.items()):
        if rows:
            yield _line("all of the language" + name, language, rows)
    everything = [pair for rows in by_language.values() for pair in rows]
    yield _line("all" + name, "", everything)


def _line(name: str, language: str, rows: list[tuple[str, str]]) -> str:
    macro, by = macro_f1([truth for truth, _ in rows], [found for _, found in rows])
    told = ", ".join(f"{topic} {value:.2f}" for topic, value in by.items())
    return f"{name[:34]:<34} {language:<4} {len(rows):>6} {macro:>8.3f}  {told}"
