"""`make evaluate`: how the model holds on what it never saw. Prints the tables of models/README.md.

    python -m tools.validate [--shared ../shared] [--write models/README.md]

For each source (and wrapper) of junk_train_open: train on the generator, the free texts and the rest of the set, judge
the part left out by the whole chain of rules. Corpora whose licence forbids shipping are used for measuring alone.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import os
import tarfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from helpdesk.intake.read import read
from helpdesk.intake.reading import Reading
from helpdesk.resources import resource
from helpdesk.triage.classifier import Model, load_model
from helpdesk.triage.evaluation import Evaluation, lines_of
from helpdesk.triage.features import NAMES, Features, features_of
from helpdesk.triage.topics import TAXONOMY
from helpdesk.triage.training import SEED, Example, fit, fit_topics, invented, invented_topics
from helpdesk.triage.verdict import NO_EVIDENCE, RULES, WEIGHED, Case, Scores, judge
from tools.make_models import BUYERS, OTHERS, WITH_TEXTS, free_texts, topic_examples

_SHAPE = {"length", "short", "lines", "shout", "exclaims", "asks", "asks_often", "digits"}

#: Groups of facts for the ablation: the features named so count nothing.
GROUPS: dict[str, Callable[[str], bool]] = {
    "sender": lambda n: n in NAMES[:12],
    "authentication": lambda n: n.startswith("auth_"),
    "list and thread": lambda n: n in NAMES[15:23],
    "subject": lambda n: n.startswith("subject_"),
    "shape of the text": lambda n: n in _SHAPE,
    "HTML": lambda n: n.startswith("html") or n == "remote_images",
    "links and files": lambda n: n.startswith("link") or n.endswith("_files") or n == "no_links",
    "kinds of talk": lambda n: n.startswith("talk_") or "_and_" in n,
}


@dataclass(frozen=True, slots=True)
class Labelled:
    """A mail of a labelled set."""

    row: dict[str, str]
    reading: Reading
    features: Features


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
                found.append(Labelled({**row, "year": str(reading.clock_start.year)}, reading, features_of(reading)))
    return found


def scored(model: Model, mails: Sequence[Labelled], into: Evaluation, *, group: str = "") -> None:
    """Judge mails by rules and model, and count. `group` overwrites the wrapper column: what was left out."""
    shares = model.probabilities([one.features for one in mails])
    limits = model.thresholds["junk"]
    for one, row in zip(mails, shares, strict=True):
        scores = Scores(buyer=float(row[0]), spam=float(row[2]), about_buying=one.features.about_buying)
        case = Case(one.reading, NO_EVIDENCE, scores, limits, "junk")
        rule = next(rule for rule in RULES if rule.check(case))
        labels = {**one.row, "wrapper": group} if group else one.row
        into.add(one.row["file"], labels, str(rule.verdict), rule.name)


def without(one: Features, dropped: Callable[[str], bool] | None, words: bool = True) -> Features:
    """The features with some facts put to nothing, or without the words."""
    facts = tuple(0.0 if dropped and dropped(name) else value for name, value in zip(NAMES, one.facts, strict=True))
    return replace(one, facts=facts, words=one.words if words else [])


def left_out(
    base: Sequence[Example], mails: Sequence[Labelled], column: str, model: Model
) -> Iterable[tuple[str, list[Labelled], Model]]:
    """For each value of a column: its mails, and a model that saw none of them."""

    def key(one: Labelled) -> str:
        parts = one.row[column].split(":")
        return ":".join(parts[: 2 if parts[0] == "composed" else 1])  # the folders of one corpus are one source

    names = {key(one) for one in mails}
    weighed = {id(one): judge(one.reading).rule in WEIGHED for one in mails}
    for name in sorted(names):
        part = [one for one in mails if key(one) == name]
        if not any(weighed[id(one)] for one in part):
            yield name, part, model  # rules alone decide: nothing was learnt from any of these
            continue
        rest = [Example(one.features, one.row["label"]) for one in mails if key(one) != name and weighed[id(one)]]
        yield name, part, fit([*base, *rest], model.topics)


def topic_lines(shared: Path) -> Iterator[str]:
    """F1 of the eight problems on real labelled texts, trained without their source."""
    from sklearn.metrics import f1_score

    words = {"service_slow": "customer_service", "positive_feedback": "other"}
    texts: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    with gzip.open(shared / "data" / "buyer_text_train.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row.get("category"):
                texts[row["source"], row["lang"]].append((row["text"], words.get(row["category"], row["category"])))
    examples = topic_examples(shared)
    grammar_only = fit_topics(examples[: len(invented_topics(SEED, 40))])
    whole = fit_topics(examples)
    yield f"{'source':<28} {'lang':<4} {'texts':>6} {'macro-F1':>8}  by topic"
    for (source, language), rows in sorted(texts.items()):
        model = grammar_only if source.startswith(("bitext", "multidogo", "handmade")) else whole
        found = [one.topic for one in model.judge([text for text, _ in rows], [language] * len(rows))]
        truth = [topic for _, topic in rows]
        present = [topic for topic in TAXONOMY if topic != "other" and topic in truth]
        by = f1_score(truth, found, labels=present, average=None, zero_division=0)
        macro = sum(by) / len(by) if len(by) else 0.0
        told = ", ".join(f"{topic} {value:.2f}" for topic, value in zip(present, by, strict=True))
        yield f"{source[:28]:<28} {language:<4} {len(rows):>6} {macro:>8.3f}  {told}"


def report(shared: Path) -> Iterator[str]:
    """All tables, line by line."""
    shipped = load_model(resource("models"))
    train, bench = labelled(shared, "junk_train_open"), labelled(shared, "junk_bench_open")
    yield f"## The shipped model {shipped.version} on junk_bench_open"
    yield "Of this set it has seen mails of SpamAssassin's corpus, and short texts of Bitext, MultiDoGO, handmade_open"
    yield "under its own wrappers; every wrapper and every other source is new to it."
    evaluation = Evaluation()
    scored(shipped, bench, evaluation)
    yield from _block(lines_of(evaluation.report(0.0)))
    base = [example for _, example in invented(SEED, BUYERS // 2, OTHERS // 2)]
    base += [example for _, example in invented(SEED + 1, WITH_TEXTS // 2, 0, free_texts(shared))]
    for column in ("source", "wrapper"):
        evaluation = Evaluation()
        for name, part, model in left_out(base, train, column, shipped):
            scored(model, part, evaluation, group=name)
        yield f"## junk_train_open, each {column} left out (the column says which)"
        yield from _block(lines_of(evaluation.report(0.0)))
    yield "## What each group of features is worth (half the generator, judged on junk_train_open)"
    yield from _block(_ablation(base, train, shipped))
    yield "## Topics, each source left out"
    yield from _block(topic_lines(shared))


def _ablation(base: Sequence[Example], train: Sequence[Labelled], shipped: Model) -> Iterator[str]:
    variants: list[tuple[str, Callable[[str], bool] | None, bool]] = [("all", None, True), ("no words", None, False)]
    variants += [(f"no {name}", dropped, True) for name, dropped in GROUPS.items()]
    variants.append(("words alone", lambda _: True, True))
    free = [Example(one.features, one.row["label"]) for one in train if one.row["source"].startswith("spamassassin")]
    yield f"{'features':<24} {'recall':>8} {'+review':>8} {'precis.':>8} {'review':>8}"
    for name, dropped, words in variants:
        examples = [replace(one, features=without(one.features, dropped, words)) for one in [*base, *free]]
        model = fit(examples, shipped.topics)
        evaluation = Evaluation()
        scored(model, [replace(one, features=without(one.features, dropped, words)) for one in train], evaluation)
        found = evaluation.whole.figures()
        cells = (found["recall"], found["recall_with_review"], found["precision"], found["review_rate"])
        yield f"{name:<24} " + " ".join(f"{cell:>8}" for cell in cells)


def _block(lines: Iterable[str]) -> Iterator[str]:
    yield "```"
    yield from lines
    yield "```"


def main() -> None:
    """Print, or write below the mark in the model card."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--shared", type=Path, default=Path(os.environ.get("HELPDESK_SHARED", "../shared")))
    parser.add_argument("--write", type=Path, help="a model card: what stands below “<!-- figures -->” is replaced")
    options = parser.parse_args()
    if not (options.shared / "data" / "junk_train_open.tar.gz").exists():
        raise SystemExit(f"make evaluate: no labelled sets in {options.shared}/data: name their folder with --shared")
    lines = []
    for line in report(options.shared):
        lines.append(line)
        print(line, flush=True)
    if options.write:
        head = options.write.read_text(encoding="utf-8").partition("<!-- figures -->")[0]
        options.write.write_text(head + "<!-- figures -->\n\n" + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
