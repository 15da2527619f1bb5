"""Commands on mail files: classify, evaluate, train. They work without helpdesk.toml; heavy imports wait inside."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from helpdesk.errors import UsageError
from helpdesk.resources import models_folder

if TYPE_CHECKING:
    from helpdesk.intake.reading import Reading
    from helpdesk.triage.judging import Triage
    from helpdesk.triage.mailfiles import Found
    from helpdesk.triage.topics import TopicJudgement
    from helpdesk.triage.verdict import Judgement

_BATCH = 128
#: Bytes of mail held at once: one mail of 25 MB takes a batch of its own.
_BATCH_BYTES = 8_000_000
_FOLDERS = ("junk", "inbox")


def _triage(models: Path | None) -> Triage:
    from helpdesk.triage.classifier import load_model
    from helpdesk.triage.judging import Triage

    return Triage(load_model(models_folder(models)))


def _folder(value: str) -> str:
    if value not in _FOLDERS:
        raise UsageError(f"--folder {value}: it is junk or inbox")
    return value


def _batches(found: Iterator[Found]) -> Iterator[list[Found]]:
    batch: list[Found] = []
    size = 0
    for one in found:
        batch.append(one)
        size += len(one.raw)
        if len(batch) >= _BATCH or size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


Outcome = tuple["Found", "Reading | str", "Judgement | None", "TopicJudgement | None"]


def _judged(triage: Triage, paths: Sequence[Path], folder: str, authserv_id: str | None) -> Iterator[Outcome]:
    from helpdesk.triage.mailfiles import files_in, reading_of

    for batch in _batches(files_in(paths)):
        read = [reading_of(found, authserv_id) for found in batch]
        judged = iter(triage.judge_all([one for one in read if not isinstance(one, str)], folder=folder))
        for found, one in zip(batch, read, strict=True):
            if isinstance(one, str):
                yield found, one, None, None
            else:
                judgement, topic = next(judged)
                yield found, one, judgement, topic


def _row(outcome: Outcome, with_text: bool) -> dict[str, Any]:
    """The JSON of DESIGN 4. A file that cannot be read is `review`: a person decides, nothing is lost (promise 1)."""
    found, reading, judgement, topic = outcome
    row: dict[str, Any] = {"file": found.name}
    if isinstance(reading, str) or judgement is None:
        row |= {
            "verdict": "review",
            "score": 0.0,
            "reasons": [f"quarantined: {reading}"],
            "channel": None,
            "kind": None,
            "order_ids": [],
            "language": None,
        }
        row |= {
            "topic": None,
            "cause": None,
            "authentic": "none",
            "clock_start": None,
            "customer": None,
            "reply_to": None,
        }
        return row | ({"text": ""} if with_text else {})
    row |= {"verdict": str(judgement.verdict), "score": judgement.score, "reasons": list(judgement.reasons)}
    row |= {
        "channel": reading.channel,
        "kind": reading.kind,
        "order_ids": list(reading.order_ids),
        "language": reading.language,
    }
    row |= {
        "topic": topic.topic if topic else None,
        "cause": topic.cause if topic else None,
        "authentic": reading.authentic,
    }
    row |= {
        "clock_start": reading.clock_start.isoformat().replace("+00:00", "Z"),
        "customer": reading.customer or None,
        "reply_to": reading.reply_to or None,
    }
    if topic and topic.urgent:
        row["urgent"] = list(topic.urgent)
    return row | ({"text": reading.text} if with_text else {})


def classify(
    paths: Annotated[list[Path], typer.Argument(help=".eml files, folders or tars")],
    json_: Annotated[bool, typer.Option("--json", help="JSON Lines, one a file")] = False,
    text: Annotated[bool, typer.Option("--text", help="with the buyer's own words")] = False,
    folder: Annotated[str, typer.Option("--folder", help="judge as found in junk or inbox")] = "junk",
    authserv_id: Annotated[
        str | None, typer.Option("--authserv-id", help="whose Authentication-Results to believe; default: the topmost")
    ] = None,
    models: Annotated[
        Path | None, typer.Option("--models", help="folder of the model; default: the one that ships")
    ] = None,
) -> None:
    """Judge mail files: buyer, notice, auto_reply, bounce, bulk, spam, suspect or review, with the reasons."""
    from helpdesk.plain import plain

    _folder(folder)
    triage = _triage(models)
    for outcome in _judged(triage, paths, folder, authserv_id):
        row = _row(outcome, text or not json_)
        if json_:
            sys.stdout.write(json.dumps(row, ensure_ascii=False).encode("utf-8", "replace").decode("utf-8") + "\n")
            continue
        about = " · ".join(str(row[key]) for key in ("channel", "language", "topic", "cause") if row[key])
        typer.echo(plain(f"{row['verdict']:<10} {row['score']:.2f}  {row['file']}  {about}"))
        typer.echo(plain("; ".join(row["reasons"])).join(("             ", "")))
        if text and row["text"]:
            typer.echo(
                "".join(f"             | {line}\n" for line in plain(row["text"], lines=True).split("\n")), nl=False
            )


def measure(triage: Triage, data: Sequence[Path], labels: Path, folder: str) -> dict[str, Any]:
    """The report of `evaluate`."""
    from helpdesk.triage.evaluation import Evaluation, label_of, read_labels

    rows = read_labels(labels)
    evaluation = Evaluation()
    began, count = time.perf_counter(), 0
    for found, reading, judgement, _ in _judged(triage, data, folder, None):
        count += 1
        row = label_of(found.name, rows)
        if row is not None and not isinstance(reading, str):
            row = {**row, "year": str(reading.clock_start.year)}
        evaluation.add(
            found.name,
            row,
            str(judgement.verdict) if judgement else "review",
            judgement.rule if judgement else "quarantine",
        )
    if evaluation.whole.total == 0:
        raise UsageError(f"{labels} labels none of the {count} mails: its column “file” must hold their names")
    return evaluation.report(count / max(1e-9, time.perf_counter() - began))


def evaluate(
    data: Annotated[list[Path], typer.Option("--data", help="tar or folder of mails")],
    labels: Annotated[Path, typer.Option("--labels", help="CSV with the columns file,label")],
    folder: Annotated[str, typer.Option("--folder", help="judge as found in junk or inbox")] = "junk",
    json_: Annotated[bool, typer.Option("--json", help="one JSON object")] = False,
    models: Annotated[
        Path | None, typer.Option("--models", help="folder of the model; default: the one that ships")
    ] = None,
) -> None:
    """Figures against labels: recall, precision, false rescues, review rate, confusion, mails a second."""
    from helpdesk.plain import plain
    from helpdesk.triage.evaluation import lines_of

    report = measure(_triage(models), data, labels, _folder(folder))
    if json_:
        typer.echo(json.dumps(report, ensure_ascii=False))
        return
    for line in lines_of(report):
        typer.echo(plain(line, lines=True).rstrip())


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(classify)
    app.command()(evaluate)
