"""`train`: learn from labelled mail, the own Inbox, Sent and Junk, or clicks. A better model is never replaced."""

from __future__ import annotations

import sys
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from helpdesk.errors import RefusedError, UsageError
from helpdesk.resources import models_folder

if TYPE_CHECKING:
    from collections.abc import Callable

    from helpdesk.app.parts import Parts
    from helpdesk.app.training import Learned
    from helpdesk.domain_learning import Learnt
    from helpdesk.triage.training import Example


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(train)


def train(
    data: Annotated[list[Path] | None, typer.Option("--data", help="tar or folder of labelled mails")] = None,
    labels: Annotated[Path | None, typer.Option("--labels", help="CSV with the columns file,label")] = None,
    from_mailbox: Annotated[
        bool, typer.Option("--from-mailbox", help="learn from the Inbox, Sent and Junk of helpdesk.toml")
    ] = False,
    from_clicks: Annotated[
        bool, typer.Option("--from-clicks", help="learn from what people decided and corrected, as every night")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", help="folder of the model; default: the one in use, or the database")
    ] = None,
    back: Annotated[bool, typer.Option("--rollback", help="take the model before the last training again")] = False,
    history: Annotated[bool, typer.Option("--history", help="list the models that were learnt here")] = False,
) -> None:
    """Learn from labelled mail, the own mailbox or clicks; a model that does better is not replaced.

    What is learnt from files goes into --out; from the mailbox or clicks into the database, for every worker.
    """
    chosen = [from_mailbox, from_clicks, bool(data or labels), back, history]
    if sum(chosen) != 1 or bool(data) != bool(labels):
        raise UsageError(
            "train needs one of: --data FILES with --labels CSV, --from-mailbox, --from-clicks, --rollback, --history"
        )
    if (from_clicks or history) and out is not None:
        raise UsageError("--out goes with --data, --from-mailbox or --rollback: clicks are learnt into the database")
    if history:
        _history()
    elif back:
        _roll_back(out)
    elif from_clicks:
        _from_clicks()
    elif from_mailbox:
        _from_mailbox(out)
    else:
        _learn(models_folder(out), _from_files(data or [], labels or Path()))


def _roll_back(out: Path | None) -> None:
    from helpdesk.settings import config_path
    from helpdesk.triage.modelfile import MANIFEST, PREVIOUS, roll_back

    folder = models_folder(out)
    if out is None and config_path().exists():
        from helpdesk.app.models import roll_back as in_database
        from helpdesk.cli_parts import with_parts

        try:
            typer.echo(with_parts(in_database))
            return
        except RefusedError:
            if not (folder / PREVIOUS / MANIFEST).exists():
                raise
    typer.echo(f"{folder}: back to model {roll_back(folder)}")


def _history() -> None:
    from rich.console import Console
    from rich.table import Table

    from helpdesk.cli_parts import with_parts
    from helpdesk.settings import load
    from helpdesk.store import learning

    async def work(parts: Parts) -> tuple[str, list[Learnt]]:
        async with parts.store.read() as tx:
            return await learning.in_use(tx), await learning.history(tx)

    in_use, rows = with_parts(work)
    zone = load().zone
    table = Table(box=None, header_style="bold")
    for name in ("when", "model", "from", "examples", "grown from", "what came of it"):
        table.add_column(name, overflow="fold" if name == "what came of it" else "ellipsis")
    for row in rows:
        came = "adopted" if row.adopted else "refused"
        if row.adopted and row.version == in_use:
            came = "adopted, in use"
        figures = "; ".join(
            f"{name} {one.get('old_kept')} → {one.get('new_kept')}, own {one.get('old_own')} → {one.get('new_own')}"
            for name, one in row.figures.items()
        )
        when = row.at.astimezone(zone).strftime("%Y-%m-%d %H:%M")
        table.add_row(
            when, row.version or "–", row.source, str(row.examples), row.grown_from, f"{came}: cost kept {figures}"
        )
    console = Console(markup=False, highlight=False)
    if not console.is_terminal:
        console.width = 200
    if rows:
        console.print(table)
    print(f"In use: {f'the learnt model {in_use}' if in_use else 'the model that ships'}.")


def _from_clicks() -> None:
    import os

    from helpdesk.cli_parts import with_parts

    os.nice(10)  # at night others work too

    async def work(parts: Parts) -> Learned:
        from helpdesk.app.learning import click_examples
        from helpdesk.app.training import from_clicks

        with _bar(None) as bar:
            clicks = await click_examples(parts, _told(bar))
        return await from_clicks(parts, clicks)

    typer.echo(with_parts(work).told)


def _from_mailbox(out: Path | None) -> None:
    from helpdesk.cli_parts import with_parts

    async def work(parts: Parts) -> Learned | None:
        from helpdesk.app.learning import mailbox_examples
        from helpdesk.app.training import from_mailbox
        from helpdesk.doctor import required

        required(parts.settings)
        with _bar(None) as bar:
            examples = await mailbox_examples(parts, _told(bar))
        if out is not None:
            _learn(models_folder(out), examples)
            return None
        _enough(examples)
        return await from_mailbox(parts, examples)

    came = with_parts(work)
    if came is None:
        return
    if not came.adopted:
        raise RefusedError(came.told)
    typer.echo(came.told)


def _told(bar: Any) -> Callable[[int, int], None]:
    def told(done: int, total: int) -> None:
        bar.update(bar.task_ids[0], completed=done, total=total)

    return told


def _bar(total: int | None) -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=Console(stderr=True, markup=False),
        transient=True,
        disable=not sys.stderr.isatty(),  # an error is one line there
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
    # in an order that has nothing to do with the folder: the same mails teach the same, wherever they lie
    return [found[name] for name in sorted(found, key=lambda name: sha256(Path(name).name.encode()).hexdigest())]


def _enough(examples: list[Example]) -> None:
    from helpdesk.triage.learning import FEWEST

    if len(examples) < FEWEST or len({one.label == "buyer" for one in examples}) < 2:
        raise UsageError(f"{len(examples)} labelled mails: at least {FEWEST} are needed, buyers and others among them")


def _learn(folder: Path, examples: list[Example]) -> None:
    from helpdesk.resources import resource
    from helpdesk.triage import modelfile
    from helpdesk.triage.classifier import load_model
    from helpdesk.triage.learning import learn

    _enough(examples)
    base = load_model(folder if (folder / modelfile.MANIFEST).exists() else resource("models"))
    model, trial = learn(base, examples)
    if not trial.better:
        raise RefusedError(f"the model in {folder} stays, it does better: {trial}")
    version = modelfile.save(
        folder, model.content(), {"grown_from": base.version, "examples": len(examples), "trial": str(trial)}
    )
    typer.echo(f"{folder}: model {version} from {len(examples)} mails; {trial}")
