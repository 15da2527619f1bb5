"""The documents tell the truth: every command, link, file, setting and channel they name is there."""

from __future__ import annotations

import functools
import re
import shlex
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
import typer
from pydantic import BaseModel

from helpdesk import __version__
from helpdesk.cli import app
from helpdesk.marketplaces.registry import PROFILES
from helpdesk.resources import resource
from helpdesk.settings.mailbox import MailboxSettings
from helpdesk.settings.schema import Calendar, Settings, Sla
from helpdesk.triage.classifier import load_model
from helpdesk.triage.verdict import RULES
from tests.support.paths import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
README = PAGES[0].read_text(encoding="utf-8")
_OPTIONAL = re.compile(r"[\[\]]")


def _commands(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """("ticket", "show") and its command, for every command there is."""
    inner = getattr(node, "commands", None)
    if inner is None:
        yield path, node
        return
    for name, child in inner.items():
        yield from _commands(child, (*path, name))


COMMANDS: dict[tuple[str, ...], Any] = dict(_commands(typer.main.get_command(app)))


def _shown(text: str) -> Iterator[str]:
    """Commands of a page: in lines of code and in backticks, the part after `helpdesk`, `make` lines whole."""
    quoted = [line.strip() for line in text.splitlines() if line.startswith(("    ", "*/"))]
    quoted += re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)
    for one in quoted:
        for part in one.split("&&"):
            found = re.match(r"(?:\*/5 [* ]+)?((?:\.venv/bin/)?helpdesk [a-z].*|make [a-z].*)", part.strip())
            if found:
                yield re.split(r"\s+#|\s*\|\s+", found.group(1).replace("\\|", "|"))[0].removeprefix(".venv/bin/")


def _variants(line: str) -> Iterator[list[str]]:
    """ "ticket show|ack N" → ["ticket", "show", "N"], ["ticket", "ack", "N"]; brackets of options are left out."""
    words = shlex.split(_OPTIONAL.sub(" ", line))
    if len(words) > 2 and "|" in words[2]:
        for one in words[2].split("|"):
            yield [words[1], one, *words[3:]]
    else:
        for one in words[1].split("|"):
            yield [one, *words[2:]]


def _ids(cases: list[tuple[str, str]]) -> list[str]:
    return [f"{name}: {line}" for name, line in cases]


LINES = [(page.name, line) for page in PAGES for line in _shown(page.read_text(encoding="utf-8"))]
DESK_LINES = [case for case in LINES if case[1].startswith("helpdesk ")]
MAKE_LINES = [case for case in LINES if case[1].startswith("make ")]


@pytest.mark.parametrize(("page", "line"), DESK_LINES, ids=_ids(DESK_LINES))
def test_shown_commands_exist(page: str, line: str) -> None:
    """A command shown in a page exists, with the options shown."""
    for words in _variants(line):
        path = next((tuple(words[:n]) for n in (2, 1) if tuple(words[:n]) in COMMANDS), None)
        group = {name[0] for name in COMMANDS if len(name) == 2}
        if path is None and len(words) == 1 and words[0] in group:
            continue
        assert path is not None, f"{page}: no command {' '.join(words)}"
        known = {option for parameter in COMMANDS[path].params for option in parameter.opts} | {"--help", "--config"}
        used = {piece.split("=")[0] for word in words for piece in word.split("|") if piece.startswith("--")}
        assert used <= known, f"{page}: {' '.join(path)} has no {sorted(used - known)}"


@pytest.mark.parametrize(("page", "line"), MAKE_LINES, ids=_ids(MAKE_LINES))
def test_shown_make_targets_exist(page: str, line: str) -> None:
    """A `make` line names targets of the Makefile."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(line.split()[1:]) <= targets, page


def test_makefile_promises_what_it_has() -> None:
    """Targets named in the Makefile's head and in .PHONY are there."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", text, re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z]+)", "\n".join(line for line in text.splitlines() if line.startswith("#"))))
    phony = re.findall(r"^\.PHONY: (.*)$", text, re.MULTILINE)[0].split()
    assert (named | set(phony)) - targets == set()


def test_every_command_stands_in_the_readme() -> None:
    """README's table of commands leaves none out."""
    table = README.partition("## Commands")[2].partition("\n## ")[0]
    told = {tuple(words[:n]) for line in _shown(table) for words in _variants(line) for n in (1, 2)}
    assert {" ".join(path) for path in COMMANDS if path not in told} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_files_are_there(page: Any) -> None:
    """Links between pages lead somewhere, and files of the project that a page names exist."""
    text = page.read_text(encoding="utf-8")
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)]+)\)", text) if "://" not in link]
    missing = [link for link in links if link and not (page.parent / link).exists()]
    named = re.findall(r"(?<![/\w])(?:helpdesk|docs|tests|models|templates|benchmarks|tools)/[\w./-]*\w", text)
    missing += [name for name in named if not (ROOT / name).exists()]
    rooms = re.findall(r"\b(?:intake|sla|replies|store|triage|slack|web)/\w+\.(?:py|toml)", text)
    missing += [name for name in rooms if not (ROOT / "helpdesk" / name).exists() and not (ROOT / name).exists()]
    assert missing == []


def _fields(model: Any) -> dict[str, Any]:
    """Keys of a table, with the _file forms of secrets."""
    keys = dict(model.model_fields)
    keys |= {f"{name}_file": None for name in model.model_fields}
    return keys


@functools.cache
def _tables() -> dict[str, dict[str, Any]]:
    """Table's name → its keys, two floors deep."""
    found: dict[str, dict[str, Any]] = {"mailbox": _fields(MailboxSettings), "sla": _fields(Sla)}
    found["calendar"] = _fields(Calendar)
    for model, before in ((Settings, ""), (MailboxSettings, "mailbox.")):
        for name, field in model.model_fields.items():
            inner = [field.annotation, *getattr(field.annotation, "__args__", ())]
            table = next((one for one in inner if isinstance(one, type) and issubclass(one, BaseModel)), None)
            if table is not None and name not in {"mailbox", "sla", "calendar"}:
                found[before + name] = _fields(table)
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_settings_named_exist(page: Any) -> None:
    """`[table].key`, `[table]` and every key of a TOML table shown are keys of helpdesk.toml."""
    text = page.read_text(encoding="utf-8")
    unknown = [
        f"[{t}].{k}" for t, k in re.findall(r"`\[([a-z.]+)\]\.([a-z_]+)`", text) if k not in _tables().get(t, {})
    ]
    table = ""
    for line in text.splitlines():
        if head := re.match(r"^\s*`?\[\[?([a-z0-9_.]+)\]\]?`?\s*(?:#.*)?$", line):
            table = head.group(1)
            if table not in _tables() and not table.startswith(("mailbox.imap.oauth2", "sla.", "calendar.")):
                unknown.append(f"[{table}]")
        elif key := re.match(r"^\s*([a-z_0-9]+) = ", line):
            if table in _tables() and key.group(1) not in _tables()[table]:
                unknown.append(f"[{table}].{key.group(1)}")
        elif line.strip():
            table = ""
    assert unknown == []


def test_every_rule_and_channel_stands_in_verdicts() -> None:
    """docs/verdicts.md tells the rules in their order, with their verdicts, and every channel's limit."""
    text = (ROOT / "docs" / "verdicts.md").read_text(encoding="utf-8")
    part = text.partition("## The rules, in order")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \| (\w+) \|", part, re.MULTILINE) == [(r.name, str(r.verdict)) for r in RULES]
    channels = text.partition("## The clock of each channel")[2]
    told: dict[str, tuple[float, str]] = {}
    for names, limit, rest in re.findall(r"^\| (`.*?) \| (\d+) \| (.*) \|$", channels, re.MULTILINE):
        told |= {name: (float(limit), rest) for name in re.findall(r"`(\w+)`", names)}
    assert set(told) == set(PROFILES)
    for name, profile in PROFILES.items():
        limit, rest = told[name]
        steps, calendar, anchor, counts, target = rest.split(" | ")
        sla = profile.sla
        assert sla.limit is not None, name
        assert limit == sla.limit.total_seconds() / 3600, name
        assert steps.partition(";")[0] == ", ".join(f"{s.total_seconds() / 3600:g}" for s in sla.steps), name
        assert (calendar, anchor) == (sla.calendar, sla.anchor.replace("_", " ")), name
        assert counts == ("yes" if sla.auto_reply_counts else "no"), name
        assert target == ("–" if sla.target is None else f"{sla.target:.0%}".replace("%", " %")), name


def test_changelog_has_this_version() -> None:
    """CHANGELOG.md has a chapter for the version that the program prints."""
    assert re.search(rf"^## {re.escape(__version__)}\b", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)


def test_every_dependency_has_its_reason() -> None:
    """Each package of requirements.in stands in docs/decisions.md."""
    text = (ROOT / "docs" / "decisions.md").read_text(encoding="utf-8").partition("## Dependencies")[2]
    lines = (ROOT / "requirements.in").read_text(encoding="utf-8").splitlines()
    packages = [re.split(r"[=<>\[;]", line)[0].strip() for line in lines if line and not line.startswith("#")]
    told = {word.lower() for word in re.findall(r"[\w-]+", text)}
    assert [name for name in packages if name.lower() not in told] == []


def test_nothing_of_a_machine_is_tracked() -> None:
    """No tracked text names a developer's folders, a package index, or a workplace."""
    words = (
        "/wo" + "rk/",
        "/tmp/" + "wt",
        "/ro" + "ot/",
        "pypi" + ".org/simple",
        "files.python" + "hosted",
        "index-" + "url =",
    )
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False).stdout.decode()
    names = [name for name in listed.split("\0") if name and not name.startswith("tests/data")]
    found = []
    for name in names:
        path = ROOT / name
        if path.is_file() and path.stat().st_size < 2_000_000 and path.suffix not in {".skops", ".png"}:
            text = path.read_text(encoding="utf-8", errors="replace")
            found += [f"{name}: {word}" for word in words if word in text]
    assert found == []


def test_the_thresholds_of_the_page_are_the_models() -> None:
    """Rescue, review, sure and spam of each folder, on the page and on the model card, are the shipped model's."""
    shipped = load_model(resource("models")).thresholds
    verdicts = (ROOT / "docs" / "verdicts.md").read_text(encoding="utf-8")
    card = (ROOT / "models" / "README.md").read_text(encoding="utf-8")
    for name, limits in shipped.items():
        said = f"| {limits.rescue:.2f} | {limits.review:.2f} | {limits.sure:.2f} | {limits.spam:.2f} |"
        assert f"| {name.capitalize()} {said}" in verdicts
        assert any(line.startswith(f"| {name.capitalize()} |") and line.endswith(said) for line in card.splitlines())
