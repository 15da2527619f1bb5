"""The doctor: looks at everything a configuration promises, and says of each what is wrong and what to do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from helpdesk.app.judging import LazyJudge
from helpdesk.app.models import standing
from helpdesk.app.parts import Parts, library, model
from helpdesk.errors import HelpdeskError, SlackError, UsageError
from helpdesk.intake.first_contact import under_way
from helpdesk.intake.imap import ImapMailbox
from helpdesk.intake.mailbox import Folders
from helpdesk.replies.lint_sense import shipped
from helpdesk.settings import MailboxSettings, Settings, SlackSettings
from helpdesk.settings.advice import Line, advice
from helpdesk.slack.door import SlackDoor
from helpdesk.store import schema
from helpdesk.store.engine import Store, database_url

#: Seconds after which a server that says nothing counts as out of reach.
PATIENCE = 20.0


async def examine(settings: Settings, base: Path) -> list[Line]:
    """All checks; connections side by side, so that one dead server does not hold the rest up."""
    waiting: list[Awaitable[list[Line]]] = [_guarded("database", _database(settings, base))]
    for box in settings.mailbox:
        waiting += [
            _guarded(f"imap:{box.name}", _imap(settings, base, box)),
            _guarded(f"smtp:{box.name}", _smtp(settings, base, box)),
        ]
    if settings.slack is not None:
        waiting.append(_guarded("slack", _slack(settings.slack)))
    if settings.drafts.url:
        waiting.append(_guarded("drafts", _drafts(settings)))
    found = [line for lines in await asyncio.gather(*waiting) for line in lines]
    return [*_files(settings, base), *found, *advice(settings)]


async def _guarded(name: str, check: Awaitable[list[Line]]) -> list[Line]:
    try:
        async with asyncio.timeout(PATIENCE):
            return await check
    except TimeoutError:
        return [Line(name=name, status="fail", what=f"no answer within {PATIENCE:.0f} s", remedy="check host and port")]
    except HelpdeskError as error:
        kind = "folder" if "there is no folder" in str(error) else name.partition(":")[0]
        return [Line(name=name, status="fail", what=str(error), remedy=_REMEDIES[kind])]


_REMEDIES = {
    "database": "check database.url, and that the server runs and lets this user in",
    "folder": 'name a folder of the server in mailbox.imap, or write "auto"',
    "imap": "check mailbox.imap: host, port, security, username and password",
    "smtp": "check mailbox.smtp: host, port, security, username and password",
    "slack": "check slack.bot_token and the app's scopes (docs/slack.md)",
}


def _files(settings: Settings, base: Path) -> list[Line]:
    """Models and templates: what the program brings along, or a seller's own."""

    def look(name: str, check: Callable[[], str], remedy: str) -> Line:
        try:
            return Line(name=name, status="ok", what=check())
        except HelpdeskError as error:
            return Line(name=name, status="fail", what=str(error), remedy=remedy)

    def templates() -> str:
        library(settings.templates.folder, base)
        return "every reply template can be filled"

    def model() -> str:
        judge = LazyJudge()
        return f"model {judge.version()} in {judge.folder} is whole, and so is {shipped().version} of the message rules"

    folder = base / settings.feedback.folder
    missing = Line(
        name="feedback_folder", status="warn", what=f"{folder} is no folder: no report is read",
        remedy="make it, or take feedback.folder out",
    )  # fmt: skip
    return [
        *([missing] if settings.feedback.folder and not folder.is_dir() else []),
        look("templates", templates, "mend the named file, or take it out of templates.folder"),
        look("models", model, "install helpdesk again, or run `helpdesk train`"),
    ]


async def _database(settings: Settings, base: Path) -> list[Line]:
    url = database_url(settings.database.url, base)
    shown = url.render_as_string(hide_password=True).replace("+aiosqlite", "").replace("+asyncpg", "")
    if url.drivername.startswith("sqlite") and not _exists(str(url.database)):
        Store.connect(settings.database.url, base)  # names a missing folder
        return [Line(name="database", status="ok", what=f"{shown} does not exist yet; it is made at the first start")]
    store = Store.connect(settings.database.url, base)
    learnt: list[Line] = []
    try:
        found = await schema.current(store)
        if found == schema.HEAD:
            learnt.append(await _learnt(store))
            learnt += await _reading(store)
    finally:
        await store.close()
    if found == schema.HEAD or (store.sqlite and (found or "") < schema.HEAD):
        return [Line(name="database", status="ok", what=f"{shown} is at revision {found or 'none'}"), *learnt]
    return [
        Line(
            name="database", status="fail", what=f"{shown} is at revision {found or 'none'}, needed is {schema.HEAD}",
            remedy="run `helpdesk db upgrade`",
        )
    ]  # fmt: skip


async def _learnt(store: Store) -> Line:
    well, what = await standing(store)
    if well:
        return Line(name="learnt_model", status="ok", what=what)
    remedy = "`helpdesk train --rollback` takes the one before; the next nightly training makes a new one"
    return Line(name="learnt_model", status="warn", what=what, remedy=remedy)


async def _reading(store: Store) -> list[Line]:
    """How far first contacts have come; a line only while one lasts."""
    async with store.read() as tx:
        found = await under_way(tx, datetime.now(UTC))
    return [
        Line(name=f"reading:{one.mailbox}", status="ok", what=str(one))
        if one.going
        else Line(name=f"reading:{one.mailbox}", status="warn", what=str(one), remedy="start `helpdesk run`")
        for one in found
    ]


def _exists(path: str) -> bool:
    return Path(path).exists()


async def _imap(settings: Settings, base: Path, box: MailboxSettings) -> list[Line]:
    parts = _parts(settings, base)
    door = parts.imap(box)
    try:
        await door.connect()
        found = await door.folders(inbox=box.imap.inbox, junk=box.imap.junk, sent=box.imap.sent)
        return [
            Line(name=f"imap:{box.name}", status="ok", what=f"{box.imap.host} lets us in"),
            *await _folders(door, box, found),
        ]
    finally:
        await door.close()
        await parts.store.close()


async def _folders(door: ImapMailbox, box: MailboxSettings, found: Folders) -> list[Line]:
    lines: list[Line] = []
    for role, wanted, name in (("junk", box.imap.junk, found.junk), ("sent", box.imap.sent, found.sent)):
        if wanted and name is None:
            lines.append(
                Line(
                    name=f"folder_{role}:{box.name}", status="warn", what=f"no {role} folder was found",
                    remedy=f'name it: mailbox.imap.{role} = "…"',
                )
            )  # fmt: skip
        elif name is not None:
            await door.select(name)
            lines.append(Line(name=f"folder_{role}:{box.name}", status="ok", what=f"{role} folder: {name}"))
    return lines


async def _smtp(settings: Settings, base: Path, box: MailboxSettings) -> list[Line]:
    name = f"smtp:{box.name}"
    if box.smtp is None:
        return [
            Line(name=name, status="warn", what="no [mailbox.smtp]: nothing can be sent",
                 remedy="fill in [mailbox.smtp] to acknowledge and answer")
        ]  # fmt: skip
    parts = _parts(settings, base)
    try:
        door = parts.sender(box)
        assert door is not None
        await door.check()
        return [Line(name=name, status="ok", what=f"{box.smtp.host} lets us in")]
    finally:
        await parts.close()


async def _slack(slack: SlackSettings) -> list[Line]:
    door = SlackDoor(slack.bot_token, slack.api_url)
    try:
        identity = await door.check()
        lines = [Line(name="slack", status="ok", what=f"{identity.team} lets us in")]
        if identity.missing:
            lines[0] = Line(
                name="slack", status="fail", what=f"scopes are missing: {', '.join(identity.missing)}",
                remedy="install the app again from manifest.json (docs/slack.md)",
            )  # fmt: skip
        if slack.mode == "socket":
            lines += await _socket(slack)
        lines += [await _channel(door, channel) for channel in dict.fromkeys((slack.channel, slack.escalations))]
        return lines
    finally:
        await door.close()


#: What Slack says of a token that will not do; anything else is its own trouble, not the configuration's.
_BAD_TOKEN = {"invalid_auth", "not_authed", "not_allowed_token_type", "missing_scope", "token_revoked", "token_expired"}


async def _socket(slack: SlackSettings) -> list[Line]:
    """Whether the app token opens Socket Mode: without it cards stand, and no click arrives."""
    door = SlackDoor(slack.app_token, slack.api_url)
    try:
        await door.call("apps.connections.open")
    except SlackError as error:
        if error.code not in _BAD_TOKEN:
            return []
        return [
            Line(name="slack:app_token", status="fail", what=f"Slack refuses the app token: {error.code}",
                 remedy="make an app-level token with connections:write (Basic Information), and set slack.app_token")
        ]  # fmt: skip
    finally:
        await door.close()
    return [Line(name="slack:app_token", status="ok", what="the app token opens Socket Mode")]


async def _drafts(settings: Settings) -> list[Line]:
    """Whether the language model answers; without it the desk works all the same."""
    door = model(settings)
    assert door is not None
    try:
        await door.complete([{"role": "user", "content": "Answer with the word ready."}])
    except HelpdeskError as error:
        return [
            Line(name="drafts", status="warn", what=f"{door.name} does not answer: {error}",
                 remedy="check drafts: url (up to /v1), model, api_key; until then agents draft from templates")
        ]  # fmt: skip
    return [Line(name="drafts", status="ok", what=f"{door.name} answers")]


async def _channel(door: SlackDoor, channel: str) -> Line:
    try:
        await door.channel_id(channel)
    except HelpdeskError as error:
        return Line(
            name=f"slack:{channel}", status="fail", what=str(error), remedy=f"make {channel}, and invite the bot to it"
        )
    return Line(name=f"slack:{channel}", status="ok", what=f"{channel} is there")


def _parts(settings: Settings, base: Path) -> Parts:
    """Parts of which only the doors are used."""
    store = Store.connect("sqlite:///never-opened.db", base if base.is_dir() else None)
    return Parts(settings=settings, base=base, store=store, judge=LazyJudge())


def worst(lines: list[Line]) -> str:
    """ok, warn or fail: the worst of all."""
    found = {line.status for line in lines}
    return "fail" if "fail" in found else "warn" if "warn" in found else "ok"


def required(settings: Settings) -> None:
    """`run`, `sync` and `check` need at least one mailbox."""
    if not settings.mailbox:
        raise UsageError("no [[mailbox]] is configured: add one to helpdesk.toml, or run `helpdesk init`")
