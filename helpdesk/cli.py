"""The command `helpdesk`: finds the configuration, runs one command, and turns every error into one clear line.

Heavy imports wait inside the commands, so that `helpdesk --help` stays fast.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
from collections.abc import Sequence
from typing import Protocol

import typer
from typer._click.exceptions import ClickException, NoArgsIsHelpError

from helpdesk import __version__
from helpdesk.errors import HelpdeskError, ModelFileError, UsageError

app = typer.Typer(
    name="helpdesk",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: importing rich would take a third of the time that --help may
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Keeps every marketplace buyer's mail from being lost or late.",
)


@app.callback(invoke_without_command=True)
def _root(version: bool = typer.Option(False, "--version", help="Print the version and exit.")) -> None:
    if version:
        typer.echo(__version__)
        raise typer.Exit


def _take_config(arguments: Sequence[str]) -> list[str]:
    """Take `--config FILE` out of the line, wherever it stands, into $HELPDESK_CONFIG.

    >>> _take_config(["sync", "--json"])
    ['sync', '--json']
    """
    rest: list[str] = []
    waiting = iter(arguments)
    for argument in waiting:
        if argument == "--":
            rest += [argument, *waiting]
        elif argument == "--config":
            value = next(waiting, None)
            if value is None:
                raise UsageError("--config needs a file: helpdesk --config helpdesk.toml …")
            os.environ["HELPDESK_CONFIG"] = value
        elif argument.startswith("--config="):
            os.environ["HELPDESK_CONFIG"] = argument.removeprefix("--config=")
        else:
            rest.append(argument)
    return rest


def _one_line(error: BaseException) -> str:
    if isinstance(error, NoArgsIsHelpError):  # its text is the whole help, which has been printed
        return "name a command"
    text = error.format_message() if isinstance(error, ClickException) else str(error)
    return " ".join(text.split()) or type(error).__name__


def _help_of(error: ClickException) -> str:
    """The line that prints the help of the command that was misused: helpdesk ticket snooze --help."""
    context = getattr(error, "ctx", None)
    command = context.command_path.partition("helpdesk")[2] if context is not None else ""
    return f"helpdesk{command} --help"


def _database_trouble(error: Exception) -> str:
    """One line for a database that failed during the work (a full disk, a server gone); "" for other errors."""
    known = sys.modules.get("sqlalchemy.exc")  # not imported: then no database was spoken to
    if known is None or not isinstance(error, known.DBAPIError):
        return ""
    reason = " ".join(str(error.orig).split())
    return f"the database failed: {reason}; nothing half-done is kept: look at its disk or server and run this again"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and exit: 0 done, 1 something failed, 2 a bad option, file or configuration."""
    try:
        line = _take_config(sys.argv[1:] if arguments is None else arguments)
        code = app(line, standalone_mode=False)
    except ClickException as error:
        print(f"helpdesk: {_one_line(error)} (see {_help_of(error)})", file=sys.stderr)
        code = 2
    except (UsageError, ModelFileError) as error:
        print(f"helpdesk: {_one_line(error)}", file=sys.stderr)
        code = 2
    except HelpdeskError as error:
        print(f"helpdesk: {_one_line(error)}", file=sys.stderr)
        code = 1
    except typer.Abort:
        code = 130 if sys.stdin is not None and sys.stdin.isatty() else 2
        if code == 2:
            print("helpdesk: the input ended before every question was answered", file=sys.stderr)
    except KeyboardInterrupt:
        code = 130
    except BrokenPipeError:
        sys.stderr.close()
        code = 1
    except Exception as error:
        told = _database_trouble(error)
        if not told:
            raise
        print(f"helpdesk: {told}", file=sys.stderr)
        code = 1
    raise SystemExit(code if isinstance(code, int) else 0)


class Registers(Protocol):
    """A file of commands."""

    def register(self, app: typer.Typer) -> None:
        """Add its commands to `app`."""


def _register() -> None:
    """Each room's commands stand in a file of their own, with `register(app)`."""
    from helpdesk import (
        cli_admin,
        cli_desk,
        cli_feedback,
        cli_replies,
        cli_reports,
        cli_run,
        cli_sla,
        cli_teaching,
        cli_train,
        cli_triage,
    )

    modules: tuple[Registers, ...] = (
        cli_run,
        cli_admin,
        cli_desk,
        cli_teaching,
        cli_sla,
        cli_feedback,
        cli_replies,
        cli_reports,
        cli_train,
        cli_triage,
    )
    for module in modules:
        module.register(app)


_register()
# As the interpreter ends nothing is searched for garbage any more: a fifth of the processor time of a short command.
atexit.register(gc.freeze)
