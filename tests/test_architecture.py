"""Keeps the house in order: DESIGN's rules about rooms, imports, purity and size, each a test."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "helpdesk"
FILES = sorted(p for p in PACKAGE.rglob("*.py") if "migrations/versions" not in p.as_posix())

#: Floors from the ground up; a room may import from its own floor's own room and from lower floors only.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("domain", "errors", "plain", "resources"),
    ("marketplaces", "tickets", "store"),
    ("intake", "sla"),
    ("triage", "settings"),
    ("replies",),
    ("feedback", "reports"),
    ("slack", "web", "oauth"),
    ("app",),
    ("doctor",),
    ("sandbox",),
    ("cli",),
)
FLOOR = {room: height for height, rooms in enumerate(FLOORS) for room in rooms}

#: Doors hold no rules and are imported by app and doctor alone.
DOORS = {"intake.imap", "feedback.door", "replies.smtp", "slack.door", "slack.listeners", "web.pages", "oauth"} | {
    "replies.model"
}

#: The outside world: a thinking file imports none of these.
OUTSIDE = {
    "aioimaplib", "aiosmtplib", "aiohttp", "asyncio", "asyncpg", "aiosqlite", "sqlalchemy", "alembic", "slack_bolt",
    "slack_sdk", "starlette", "uvicorn", "socket", "ssl", "subprocess", "logging", "structlog", "smtplib", "imaplib",
    "requests", "urllib.request", "threading", "time", "prometheus_client", "sqlite3",
}  # fmt: skip

#: Files that do things; all others in the rooms think.
HANDS = {
    "job.py",
    "imap.py",
    "smtp.py",
    "door.py",
    "listeners.py",
    "imap_connection.py",
    "imap_protocol.py",
    "imap_fetch.py",
    "imap_move.py",
    "imap_open.py",
    "model.py",  # replies: the way to an optional language model
}
THINKING_ROOMS = {"marketplaces", "intake", "triage", "tickets", "replies", "sla", "feedback", "reports"}

#: Files in thinking rooms that must touch the outside, each with its reason.
NOT_THINKING: dict[str, str] = {}

#: Files longer than 300 lines and functions longer than 50, each with its reason; data tables only.
LONG_FILES: dict[str, str] = {"triage/features.py": "one table of facts, each a line"}
LONG_FUNCTIONS: dict[str, str] = {}

MAX_LINES = 300
MAX_FUNCTION = 50


def module_of(path: Path) -> str:
    """helpdesk/intake/imap.py → "intake.imap"; a package's __init__ → the package."""
    parts = list(path.relative_to(PACKAGE).with_suffix("").parts)
    if parts[-1] == "__init__":
        parts.pop()
    return ".".join(parts)


def room_of(module: str) -> str:
    """The room of a module: "intake.imap" → "intake"; the several cli files are one room, so are the domain's."""
    room = module.split(".", maxsplit=1)[0]
    if room.startswith("domain"):
        return "domain"
    return "cli" if room.startswith("cli") or room == "__main__" else room


def imports_of(path: Path) -> list[tuple[int, str]]:
    """(line, dotted name) of everything a file imports, also inside functions."""
    found: list[tuple[int, str]] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            found += [(node.lineno, f"{node.module}.{alias.name}") for alias in node.names]
    return found


def own_imports(path: Path) -> list[tuple[int, str]]:
    """The imports of helpdesk's own modules, without the "helpdesk." in front."""
    return [(line, name.removeprefix("helpdesk.")) for line, name in imports_of(path) if name.startswith("helpdesk.")]


def ids(path: Path) -> str:
    """A readable test id."""
    return path.relative_to(PACKAGE).as_posix()


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_imports_run_downwards(path: Path) -> None:
    """A room imports from itself and from lower floors only."""
    here = room_of(module_of(path))
    if not here:
        return
    for line, name in own_imports(path):
        there = room_of(name)
        if there in {"", here, "__version__"}:
            continue
        assert FLOOR[there] < FLOOR[here], f"{ids(path)}:{line}: {here} must not import {name}"


def test_no_import_circles() -> None:
    """No chain of imports between files comes back to where it began."""
    modules = {module_of(p): p for p in FILES}

    def targets(module: str) -> set[str]:
        found = set()
        for _, name in own_imports(modules[module]):
            while name and name not in modules:
                name = name.rpartition(".")[0]
            if name and name != module and module_of(modules[name]) != module.rpartition(".")[0]:
                found.add(name)
        return found

    done: set[str] = set()

    def walk(module: str, way: tuple[str, ...]) -> None:
        assert module not in way, f"circle: {' > '.join((*way, module))}"
        if module in done:
            return
        for target in targets(module):
            walk(target, (*way, module))
        done.add(module)

    for module in modules:
        walk(module, ())


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_thinking_files_are_pure(path: Path) -> None:
    """Outside of jobs and doors, no file of a thinking room touches the outside world or the clock."""
    if room_of(module_of(path)) not in THINKING_ROOMS or path.name in HANDS or ids(path) in NOT_THINKING:
        return
    for line, name in imports_of(path):
        assert name.split(".", maxsplit=1)[0] not in OUTSIDE and name not in OUTSIDE, f"{ids(path)}:{line}: {name}"
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            called = ast.unparse(node.func)
            assert called not in {"datetime.now", "datetime.utcnow", "time.time"}, f"{ids(path)}:{node.lineno}: clock"


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_doors_are_imported_by_the_composition_root_alone(path: Path) -> None:
    """Only app and doctor import doors; doors may import one another within their room."""
    module = module_of(path)
    if room_of(module) in {"app", "doctor"} or module in DOORS:
        return
    for line, name in own_imports(path):
        hits = [door for door in DOORS if name == door or name.startswith(door + ".")]
        assert not hits, f"{ids(path)}:{line}: imports the door {name}"


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_only_store_speaks_sql(path: Path) -> None:
    """No file outside store/ imports SQLAlchemy or Alembic or opens a session."""
    if room_of(module_of(path)) == "store":
        return
    for line, name in imports_of(path):
        assert name.split(".", maxsplit=1)[0] not in {"sqlalchemy", "alembic", "sqlite3"}, f"{ids(path)}:{line}: {name}"
        if room_of(module_of(path)) != "domain" and name.startswith("sqlmodel"):
            raise AssertionError(f"{ids(path)}:{line}: {name}")


@pytest.mark.parametrize("path", [p for p in FILES if p.name == "job.py"], ids=ids)
def test_jobs_import_neither_jobs_nor_doors(path: Path) -> None:
    """A job is a room's only hand and calls no other hand."""
    for line, name in own_imports(path):
        assert not name.endswith(".job") and ".job." not in name, f"{ids(path)}:{line}: {name}"


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_files_stay_small(path: Path) -> None:
    """A file stays under 300 lines unless its reason is written down."""
    if ids(path) in LONG_FILES:
        return
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_functions_stay_small(path: Path) -> None:
    """A function stays under 50 lines unless its reason is written down."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            name = f"{ids(path)}:{node.name}"
            assert length <= MAX_FUNCTION or name in LONG_FUNCTIONS, f"{name} has {length} lines"


def test_every_exemption_is_still_needed() -> None:
    """An exemption for a file that is short, or gone, is taken out again."""
    for name in LONG_FILES:
        assert len((PACKAGE / name).read_text(encoding="utf-8").splitlines()) > MAX_LINES, name
    for name in NOT_THINKING:
        assert (PACKAGE / name).exists(), name
