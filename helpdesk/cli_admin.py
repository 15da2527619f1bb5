"""`check`, `init`, `db`: setting helpdesk up."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from helpdesk.errors import HelpdeskError, SettingsError, UsageError

if TYPE_CHECKING:
    from helpdesk.settings.advice import Line

db_app = typer.Typer(no_args_is_help=True, help="Migrations of the database.")
MARKS = {"ok": "ok  ", "warn": "warn", "fail": "FAIL"}


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("check")(check)
    app.command("init")(init)
    app.add_typer(db_app, name="db")


def check(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """The doctor: configuration, connections, models, templates, and what the seed advises a seller to set up."""
    import asyncio

    from helpdesk.doctor import examine, required, worst
    from helpdesk.settings import config_path, load

    path = config_path()
    settings = load(path)
    required(settings)
    lines = asyncio.run(examine(settings, path.parent))
    if as_json:
        keys = ("name", "status", "what", "remedy")
        print(json.dumps([{key: getattr(line, key) for key in keys} for line in lines], ensure_ascii=False))
    else:
        _print(lines)
    if worst(lines) == "fail":
        raise typer.Exit(1)


def _print(lines: list[Line]) -> None:
    from helpdesk.plain import plain

    for line in lines:
        print(f"{MARKS[line.status]}  {line.name:28} {plain(line.what)}")
        if line.status != "ok":
            print(f"      {'':28} → {plain(line.remedy)}")


@db_app.command("upgrade")
def upgrade() -> None:
    """Bring the database to this program's revision."""
    import asyncio

    from helpdesk.settings import config_path, load
    from helpdesk.store import schema
    from helpdesk.store.engine import Store

    path = config_path()

    async def work() -> tuple[str | None, str]:
        store = Store.connect(load(path).database.url, path.parent)
        try:
            before = await schema.current(store)
            return before, await schema.upgrade(store)
        finally:
            await store.close()

    before, after = asyncio.run(work())
    print(f"at revision {after} already" if before == after else f"brought from {before or 'nothing'} to {after}")


@db_app.command("current")
def current() -> None:
    """Print the database's revision, and the program's."""
    import asyncio

    from helpdesk.settings import config_path, load
    from helpdesk.store import schema
    from helpdesk.store.engine import Store

    path = config_path()

    async def work() -> str | None:
        store = Store.connect(load(path).database.url, path.parent)
        try:
            return await schema.current(store)
        finally:
            await store.close()

    print(f"database: {asyncio.run(work()) or 'never set up'}, program: {schema.HEAD}")


def init() -> None:
    """Ask a few questions, write helpdesk.toml, and check it."""
    from helpdesk.settings import config_path, load

    path = config_path()
    if path.exists():
        raise UsageError(f"{path} exists: edit it, or name another with --config")
    if not path.parent.is_dir():
        raise UsageError(f"the folder {path.parent} does not exist")
    text = _asked()
    try:
        text.encode()
    except UnicodeEncodeError:  # what came through a pipe was no UTF-8
        raise UsageError("an answer is no text in UTF-8; nothing was written") from None
    path.touch(mode=0o600)  # it may hold a password
    path.write_text(text, encoding="utf-8")
    try:
        load(path)
    except SettingsError as error:
        path.unlink()  # or the next try would stumble over it
        raise SettingsError(f"{error}; nothing was written, run init again") from None
    print(f"\nwrote {path}; helpdesk.example.toml explains every key. Checking it:\n")
    check(as_json=False)


def ask(question: str, check: Callable[[str], object], **options: Any) -> str:
    """The answer; at a terminal a wrong one is told and asked for again. Through a pipe nobody could answer anew."""
    while True:
        answer = str(typer.prompt(question, **options)).strip()
        try:
            check(answer)
        except (HelpdeskError, ValueError) as error:
            if sys.stdin.isatty():
                typer.echo(f"  {error}")
                continue
        return answer


def _asked() -> str:
    from helpdesk.marketplaces.registry import profile
    from helpdesk.settings.values import mail_address

    hidden = sys.stdin.isatty()  # answers that come through a pipe are seen by nobody
    address = ask("The address buyers write to", mail_address)
    domain = address.rpartition("@")[2] or "example.com"
    name = ask("A short name for this mailbox", _mailbox_name, default="shop")
    marketplace = ask("Marketplace (amazon, walmart, ebay, direct …)", profile, default="amazon")
    imap = ask("IMAP server", _server, default=f"imap.{domain}")
    username = typer.prompt("User name", default=address)
    password = typer.prompt("Password (or @FILE to read it from a file)", hide_input=hidden)
    smtp = ask("SMTP server", _server, default=f"smtp.{domain}")
    zone = ask("Your time zone", _known_zone, default=_zone())
    phone = typer.prompt("The phone number on your help pages (empty: none)", default="", show_default=False)
    slack = typer.confirm("Use Slack? (docs/slack.md creates the app with one paste)", default=False)
    lines = [
        f"timezone = {_toml(zone)}",
        "",
        "[database]",
        'url = "sqlite:///helpdesk.db"',
        "",
        "[[mailbox]]",
        f"name = {_toml(name)}",
        f"address = {_toml(address)}",
        f"marketplace = {_toml(marketplace)}",
    ]
    for table, host in (("imap", imap), ("smtp", smtp)):
        server, _, port = host.partition(":")
        lines += [
            "",
            f"[mailbox.{table}]",
            f"host = {_toml(server)}",
            *([f"port = {_port(port, host)}"] if port else []),
        ]
        lines += ['security = "starttls"'] if port in {"587", "143"} else []
        lines += [f"username = {_toml(username)}", _secret("password", password)]
    if slack:
        lines += ["", "[slack]"]
        lines.append(_secret("bot_token", typer.prompt("Bot token (xoxb-…)", hide_input=hidden)))
        lines.append(_secret("app_token", typer.prompt("App token (xapp-…)", hide_input=hidden)))
        lines.append(f"channel = {_toml(typer.prompt('Channel of the tickets', default='#buyer-support'))}")
        lines.append(f"escalations = {_toml(typer.prompt('Channel of escalations', default='#buyer-escalations'))}")
    question = "Who gets digests and escalations by e-mail (empty: nobody)"
    mail = ask(question, lambda said: said and mail_address(said), default="", show_default=False)
    lines += ["", "[reports]", f"email = [{_toml(mail)}]" if mail else "email = []"]
    lines += ["", "[seller]", f"phone = {_toml(phone)}", ""]
    return "\n".join(lines)


def _mailbox_name(text: str) -> None:
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]{0,63}", text):
        raise ValueError(f'{text!r} is no short name: write letters, digits, "-", "_" or "."')


def _known_zone(text: str) -> None:
    from zoneinfo import available_timezones

    if text not in available_timezones():
        raise ValueError(f"{text!r} is no time zone: write a name such as Europe/Berlin or UTC")


def _server(text: str) -> None:
    from helpdesk.settings.values import host

    server, _, port = text.partition(":")
    host(server)
    if port:
        _port(port, text)


def _port(text: str, host: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise UsageError(f"{host!r} is no server: write HOST or HOST:PORT")
    return int(text)


def _secret(key: str, value: str) -> str:
    return f"{key}_file = {_toml(value[1:])}" if value.startswith("@") else f"{key} = {_toml(value)}"


def _toml(text: str) -> str:
    """A TOML basic string: JSON's escapes are TOML's."""
    return json.dumps(text, ensure_ascii=False)


def _zone() -> str:
    try:
        return str(Path("/etc/localtime").resolve()).partition("zoneinfo/")[2] or "UTC"
    except OSError:
        return "UTC"
