"""Figures against labels: how many buyers were found, how much else was let out, where and why."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import sqrt
from pathlib import Path
from typing import Any

from helpdesk.errors import UsageError

BUYER = "buyer"
#: The columns of a label file by which figures are broken down, where it has them.
GROUPS = ("wrapper", "source", "lang", "year")


def read_labels(path: Path) -> dict[str, dict[str, str]]:
    """File name → row of a CSV with at least the columns `file` and `label`."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as opened:
            rows = csv.DictReader(opened)
            columns = rows.fieldnames or []
            for column in ("file", "label"):
                if column not in columns:
                    raise UsageError(f"{path} has no column “{column}”: the first line must name at least file,label")
            return {row["file"]: {k: v or "" for k, v in row.items() if k} for row in rows if row["file"]}
    except FileNotFoundError:
        raise UsageError(f"no such file: {path}") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{path} is no CSV of labels: {' '.join(str(error).split())[:100]}") from None


def label_of(name: str, labels: dict[str, dict[str, str]]) -> dict[str, str] | None:
    """The label row of a file, by its whole name, its name inside the tar, or its last part."""
    inner = name.rpartition("!")[2]
    for key in (name, inner, inner.rpartition("/")[2]):
        if key in labels:
            return labels[key]
    return None


def interval(hits: int, of: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share."""
    if not of:
        return 0.0, 1.0
    z, share = 1.96, hits / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z * sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return max(0.0, middle - half), min(1.0, middle + half)


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _show(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


@dataclass(slots=True)
class Tally:
    """Counts of one group of mails."""

    buyers: int = 0
    found: int = 0
    reviewed_buyers: int = 0
    suspects: int = 0
    others: int = 0
    let_out: int = 0
    review: int = 0
    total: int = 0

    def add(self, label: str, verdict: str) -> None:
        """Count one mail. A buyer judged suspect is left out of recall (promise 6)."""
        self.total += 1
        self.review += verdict == "review"
        if label == BUYER and verdict == "suspect":
            self.suspects += 1
        elif label == BUYER:
            self.buyers += 1
            self.found += verdict == BUYER
            self.reviewed_buyers += verdict == "review"
        else:
            self.others += 1
            self.let_out += verdict == BUYER

    def figures(self) -> dict[str, Any]:
        """Shares, None where there is nothing to divide."""
        return {
            "mails": self.total,
            "buyers": self.buyers,
            "recall": _share(self.found, self.buyers),
            "recall_with_review": _share(self.found + self.reviewed_buyers, self.buyers),
            "precision": _share(self.found, self.found + self.let_out),
            "review_rate": _share(self.review, self.total),
            "let_out": self.let_out,
            "suspect_buyers": self.suspects,
        }


@dataclass(slots=True)
class Evaluation:
    """Collects verdicts beside labels."""

    whole: Tally = field(default_factory=Tally)
    groups: dict[str, dict[str, Tally]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(Tally)))
    confusion: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    false_rescues: Counter[str] = field(default_factory=Counter)
    wrong: list[tuple[str, str, str, str]] = field(default_factory=list)  #: (file, label, verdict, rule)
    unlabelled: int = 0

    def add(self, name: str, row: dict[str, str] | None, verdict: str, rule: str) -> None:
        """One mail; without a label it is only counted."""
        if row is None:
            self.unlabelled += 1
            return
        label = row["label"]
        self.whole.add(label, verdict)
        self.confusion[label][verdict] += 1
        if label != BUYER and verdict == BUYER:
            self.false_rescues[label] += 1
        if (label == BUYER) != (verdict == BUYER):
            self.wrong.append((name, label, verdict, rule))
        for group in GROUPS:
            if row.get(group):
                self.groups[group][row[group]].add(label, verdict)

    def report(self, mails_per_second: float) -> dict[str, Any]:
        """What `evaluate --json` prints."""
        figures = self.whole.figures()
        low, high = interval(self.whole.found, self.whole.buyers)
        return {
            **figures,
            "recall_interval": [round(low, 4), round(high, 4)],
            "precision_interval": [
                round(x, 4) for x in interval(self.whole.found, self.whole.found + self.whole.let_out)
            ],
            "false_rescues": {label: self.false_rescues.get(label, 0) for label in self.confusion if label != BUYER},
            "confusion": {label: dict(counts) for label, counts in self.confusion.items()},
            "by": {
                group: {name: tally.figures() for name, tally in sorted(found.items())}
                for group, found in self.groups.items()
            },
            "errors_by_rule": dict(
                Counter(f"{label}: {verdict} by {rule}" for _, label, verdict, rule in self.wrong).most_common()
            ),
            "unlabelled": self.unlabelled,
            "mails_per_second": round(mails_per_second, 1),
        }


def lines_of(report: dict[str, Any]) -> Iterable[str]:
    """The report as text for people."""
    yield f"mails {report['mails']}, buyers {report['buyers']} (and {report['suspect_buyers']} whose marketplace address failed authentication)"
    yield f"recall {_show(report['recall'])} {report['recall_interval']}, with review {_show(report['recall_with_review'])}"
    yield f"precision {_show(report['precision'])} {report['precision_interval']}, review rate {_show(report['review_rate'])}, {report['mails_per_second']:.0f} mails/s"
    yield "false rescues: " + ", ".join(f"{label} {count}" for label, count in sorted(report["false_rescues"].items()))
    for group, found in report["by"].items():
        yield ""
        yield f"{group:<34} {'mails':>6} {'buyers':>6} {'recall':>7} {'+review':>7} {'precis.':>7} {'review':>7} {'let out':>7}"
        for name, one in found.items():
            cells = (one["recall"], one["recall_with_review"], one["precision"], one["review_rate"])
            yield (
                f"{name[:34]:<34} {one['mails']:>6} {one['buyers']:>6} "
                + " ".join(f"{_show(c):>7}" for c in cells)
                + f" {one['let_out']:>7}"
            )
    if report["errors_by_rule"]:
        yield ""
        yield "errors by cause"
        for cause, count in report["errors_by_rule"].items():
            yield f"{count:>6}  {cause}"
