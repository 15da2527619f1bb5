"""`make evaluate`: how the model holds on what it never saw. Prints the tables of models/README.md.

    python -m tools.validate [--shared ../shared] [--write models/README.md]

For each source (and wrapper): train on the generator, the free texts and the rest of junk_train_open, judge all mails
of the part left out, in both sets, by the whole chain of rules. Corpora whose licence forbids shipping measure only.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from helpdesk.resources import resource
from helpdesk.triage.classifier import Model, load_model
from helpdesk.triage.evaluation import GROUPS as COLUMNS
from helpdesk.triage.evaluation import Tally, interval
from tools.heldout import GROUPS, Labelled, Pool, Scored, blinded, labelled, left_out
from tools.topicscheck import topic_lines

_BEGAN = time.perf_counter()


def told(what: str) -> None:
    """Progress, on stderr."""
    print(f"[{time.perf_counter() - _BEGAN:5.0f} s] {what}", file=sys.stderr, flush=True)


def _show(hits: int, of: int) -> str:
    if not of:
        return f"{'–':>17}"
    low, high = interval(hits, of)
    return f"{hits / of:.3f} [{low:.3f} {high:.3f}]"


def _line(name: str, one: Tally) -> str:
    both = f"{(one.found + one.reviewed_buyers) / one.buyers:7.3f}" if one.buyers else f"{'–':>7}"
    return (
        f"{name[:32]:<32} {one.total:>6} {one.buyers:>6}  {_show(one.found, one.buyers):<19} {both} "
        f"{_show(one.found, one.found + one.let_out):>20} {one.review / max(1, one.total):6.3f} {one.let_out:>7}"
    )


HEAD = (
    f"{'':<32} {'mails':>6} {'buyers':>6}  {'recall [95 %]':<19} {'+review':>7} "
    f"{'precision [95 %]':>20} {'review':>6} {'let out':>7}"
)


def table(scored: Scored) -> Iterator[str]:
    """The figures as a whole and by every column."""
    yield HEAD
    yield _line("all", scored.evaluation.whole)
    for column in COLUMNS:
        yield ""
        yield f"by {column}"
        for name, one in sorted(scored.evaluation.groups[column].items()):
            yield _line(f"  {name}", one)
    yield ""
    yield from _spoofs(scored)
    yield ""
    yield "errors by cause (20 most frequent)"
    causes = Counter(
        f"{row['label']} judged {verdict} by “{rule}”, {row['wrapper']}, {row['source'].removeprefix('composed:')}"
        for row, verdict, rule in scored.rows
        if (row["label"] == "buyer") != (verdict == "buyer") and not (row["label"] == "buyer" and verdict == "suspect")
    )
    for cause, count in causes.most_common(20):
        yield f"{count:>6}  {cause}"


def _spoofs(scored: Scored) -> Iterator[str]:
    """What became of forged marketplace addresses and look-alikes."""
    kinds: dict[str, Counter[str]] = {}
    for row, verdict, _ in scored.rows:
        if row["wrapper"] == "O-look":
            name = "look-alike addresses"
        elif row["wrapper"] == "O-spoof":
            name = "spoofs, authentication failed" if "fail" in row["auth"] else "spoofs without a result"
        else:
            continue
        kinds.setdefault(name, Counter())[verdict] += 1
    for name, counts in sorted(kinds.items()):
        of = sum(counts.values())
        others = ", ".join(f"{verdict} {count}" for verdict, count in counts.most_common())
        yield f"{name:<32} {of:>6}  judged buyer {_show(counts['buyer'], of)}   ({others})"


def calibration(scored: Scored) -> Iterator[str]:
    """How far probabilities of mails that the rules left over are frequencies."""
    pairs = scored.weighed
    if not pairs:
        return
    brier = sum((p - y) ** 2 for p, y in pairs) / len(pairs)
    edges = (0.0, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 0.98, 1.0001)
    yield f"{len(pairs)} mails that the rules leave to the classifier"
    yield f"{'probability':<14} {'mails':>6} {'mean':>7} {'buyers':>7}"
    off = 0.0
    for low, high in pairwise(edges):
        inside = [(p, y) for p, y in pairs if low <= p < high]
        if inside:
            mean, share = sum(p for p, _ in inside) / len(inside), sum(y for _, y in inside) / len(inside)
            off += abs(mean - share) * len(inside)
            yield f"{low:.2f} – {min(high, 1):.2f}    {len(inside):>6} {mean:>7.3f} {share:>7.3f}"
    yield f"Brier score {brier:.4f}, expected calibration error {off / len(pairs):.4f}"


def ablation(pool: Pool, train: Sequence[Labelled], bench: Sequence[Labelled], like: Model) -> Iterator[str]:
    """What is lost without a group of facts: trained as what ships is, judged on all but SpamAssassin."""
    import numpy as np

    free = ("", "spamassassin", "composed:bitext_cs_8k", "composed:multidogo", "composed:handmade_open")
    chosen = np.array([s in free and (i < pool.invented or not w.startswith("O-")) for i, (s, w) in _numbered(pool)])
    mails = [one for one in [*train, *bench] if not one.row["source"].startswith("spamassassin")]
    variants = [("all", blinded(None)), ("no words", blinded(None, words=False))]
    variants += [(f"no {name}", blinded(dropped)) for name, dropped in GROUPS.items()]
    variants.append(("words alone", blinded(lambda _: True)))
    yield HEAD
    for name, weights in variants:
        told(f"ablation: {name}")
        scored = Scored.empty()
        scored.add(pool.of(chosen, like, weights), mails, weights)
        yield _line(name, scored.evaluation.whole)


def _numbered(pool: Pool) -> Iterable[tuple[int, tuple[str, str]]]:
    return enumerate(zip(pool.origins["source"], pool.origins["wrapper"], strict=True))


def report(shared: Path) -> Iterator[str]:
    """All tables, line by line."""
    shipped = load_model(resource("models"))
    told("reading the open sets")
    train, bench = labelled(shared, "junk_train_open"), labelled(shared, "junk_bench_open")
    yield f"### The shipped model {shipped.version} on junk_bench_open"
    yield "Of this set it has seen mails of SpamAssassin's corpus, and short texts of Bitext, MultiDoGO, handmade_open"
    yield "under its own wrappers; every wrapper and every other source is new to it."
    scored = Scored.empty()
    scored.add(shipped, bench)
    yield from _block(table(scored))
    pool = Pool(shared, train, told)
    for column in ("source", "wrapper"):
        scored = Scored.empty()
        for name, part, model in left_out(pool, train, bench, column, shipped):
            told(f"without {column} {name}: {len(part)} mails")
            scored.add(model, part)
        yield f"### Both open sets, each {column} left out of the training that judges it"
        yield from _block(table(scored))
        if column == "source":
            yield "### Calibration"
            yield from _block(calibration(scored))
    yield "### What each group of features is worth"
    yield "Trained on the generator and the free corpora, judged on all mails of both sets but SpamAssassin's."
    yield from _block(ablation(pool, train, bench, shipped))
    yield "### Topics, each source left out"
    told("topics")
    yield from _block(topic_lines(shared))


def _block(lines: Iterable[str]) -> Iterator[str]:
    yield "```text"
    yield from (line.rstrip() for line in lines)
    yield "```"
    yield ""


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
        options.write.write_text(head + "<!-- figures -->\n\n" + "\n".join(lines).rstrip() + "\n", encoding="utf-8")
    told("done")


if __name__ == "__main__":
    main()
