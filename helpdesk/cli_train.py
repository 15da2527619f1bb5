"""`train`: learn from labelled mail, or from the own Inbox, Sent and Junk. A better model is never replaced."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from helpdesk.cli_triage import models_folder
from helpdesk.errors import RefusedError, UsageError

if TYPE_CHECKING:
    from helpdesk.triage.training import Example

_FEWEST = 10


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(train)


def train(
    data: Annotated[list[Path] | None, typer.Option("--data", help="tar or folder of labelled mails")] = None,
    labels: Annotated[Path | None, typer.Option("--labels", help="CSV with the columns file,label")] = None,
    from_mailbox: Annotated[
        bool, typer.Option("--from-mailbox", help="learn from the Inbox, Sent and Junk of helpdesk.toml")
    ] = False,
    out: Annotated[Path | None, typer.Option("--out", help="folder of the model; default: the one in use")] = None,
    back: Annotated[bool, typer.Option("--rollback", help="take the model before the last training again")] = False,
) -> None:
    """Learn from labelled mail or the own mailbox; a model that does better on the kept benchmark is not replaced."""
    folder = models_folder(out)
    if back:
        _roll_back(folder)
        return
    if from_mailbox == bool(data or labels) or (not from_mailbox and not (data and labels)):
        raise UsageError("train needs either --data FILES with --labels CSV, or --from-mailbox")
    examples = _from_mailbox() if from_mailbox else _from_files(data or [], labels or Path())
    _learn(folder, examples)


def _roll_back(folder: Path) -> None:
    from helpdesk.triage.modelfile import roll_back

    typer.echo(f"{folder}: back to model {roll_back(folder)}")


def _bar(total: int | None) -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=Console(stderr=True, markup=False),
        transient=True,
    )
    bar.add_task("reading mail", total=total)
    return bar


def _from_files(data: list[Path], labels: Path) -> list[Example]:
    from helpdesk.triage.evaluation import label_of, read_labels
    from helpdesk.triage.features import features_of
    from helpdesk.triage.mailfiles import files_in, reading_of
    from helpdesk.triage.training import CLASS_OF, Example
    from helpdesk.triage.verdict import WEIGHED, judge

    rows = read_labels(labels)
    unknown = sorted({row["label"] for row in rows.values()} - set(CLASS_OF))
    if unknown:
        raise UsageError(f"{labels} has the label {unknown[0]!r}: known are {', '.join(sorted(CLASS_OF))}")
    found: dict[str, Example] = {}
    with _bar(len(rows)) as bar:
        for one in files_in(data):
            row = label_of(one.name, rows)
            reading = reading_of(one) if row else ""
            if row and not isinstance(reading, str) and judge(reading).rule in WEIGHED:  # the rest needs no model
                found[one.name] = Example(features_of(reading), row["label"])
                bar.update(bar.task_ids[0], advance=1)
    # In an order that has nothing to do with labels: the last fifth judges what the rest taught.
    # Not with the folder either: the same mails teach the same, wherever they lie.
    return [found[name] for name in sorted(found, key=lambda name: sha256(Path(name).name.encode()).hexdigest())]


def _from_mailbox() -> list[Example]:
    from helpdesk.app.learning import mailbox_examples
    from helpdesk.cli_parts import with_parts

    with _bar(None) as bar:

        def told(done: int, total: int) -> None:
            bar.update(bar.task_ids[0], completed=done, total=total)

        found: list[Example] = with_parts(lambda parts: mailbox_examples(parts, told))
    return found


def _learn(folder: Path, examples: list[Example]) -> None:
    from helpdesk.resources import resource
    from helpdesk.triage import modelfile
    from helpdesk.triage.classifier import load_model
    from helpdesk.triage.learning import learn

    if len(examples) < _FEWEST or len({one.label == "buyer" for one in examples}) < 2:
        raise UsageError(f"{len(examples)} labelled mails: at least {_FEWEST} are needed, buyers and others among them")
    base = load_model(folder if (folder / modelfile.MANIFEST).exists() else resource("models"))
    model, trial = learn(base, examples)
    if not trial.better:
        raise RefusedError(f"the model in {folder} stays, it does better: {trial}")
    version = modelfile.save(
        folder, model.content(), {"grown_from": base.version, "examples": len(examples), "trial": str(trial)}
    )
    typer.echo(f"{folder}: model {version} from {len(examples)} mails; {trial}")
