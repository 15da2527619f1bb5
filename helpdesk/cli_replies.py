"""The commands around what buyers read: lint a text, look at a template."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from helpdesk.errors import UsageError

if TYPE_CHECKING:
    from helpdesk.replies.lint import Finding
    from helpdesk.replies.templates import ReplyTemplate

MARKETPLACES = ("amazon", "walmart", "ebay", "direct")
SCOPES = ("reply", "proactive", "feedback")

#: No message is larger; a file that is, is something else.
MAX_FILE = 20_000_000


def register(app: typer.Typer) -> None:
    """Add `helpdesk lint` and `helpdesk preview`."""
    app.command("lint")(lint_files)
    app.command("preview")(preview)


def lint_files(
    files: Annotated[list[str], typer.Argument(metavar="FILE|-…", help="Texts; .html is HTML; - is standard input.")],
    marketplace: Annotated[str, typer.Option(help=f"One of {', '.join(MARKETPLACES)}.")] = "amazon",
    scope: Annotated[str, typer.Option(help=f"One of {', '.join(SCOPES)}.")] = "reply",
    as_json: Annotated[bool, typer.Option("--json", help="One array; with several files one line each.")] = False,
) -> int:
    """Check outgoing texts against the marketplace's message rules; exit 1 when one is blocked."""
    from helpdesk.replies.lint import blocking, lint

    _one_of("--marketplace", marketplace, MARKETPLACES)
    _one_of("--scope", scope, SCOPES)
    texts = [(name, _read(name)) for name in files]
    blocked = False
    for name, text in texts:
        html = name.lower().endswith((".html", ".htm"))
        findings = lint(text, marketplace=marketplace, scope=scope, html=html)  # type: ignore[arg-type]  # checked above
        blocked |= bool(blocking(findings))
        if as_json:
            rows = [_row(finding) for finding in findings]
            print(json.dumps(rows if len(texts) == 1 else {"file": name, "findings": rows}, ensure_ascii=False))
        else:
            _print(name, text, findings)
    return 1 if blocked else 0


def preview(
    template: Annotated[str, typer.Argument(help="Its name, as in holding/general; or the path of a template file.")],
    language: Annotated[
        str, typer.Option(help="en, zh, de, fr, es, it, ja; of an ack also pt, nl, pl, sv, tr.")
    ] = "en",
) -> int:
    """Show a template filled with an invented order; exit 1 when the message rules block it."""
    from helpdesk.plain import plain
    from helpdesk.replies.lint import blocking, lint
    from helpdesk.replies.previews import example
    from helpdesk.replies.templates import ACK_LANGUAGES, Library

    _one_of("--language", language, ACK_LANGUAGES)
    library, wanted = _library(), template
    path = Path(template)
    if template.endswith(".txt") and path.is_file():
        library, wanted = Library.load(path.parent.parent), f"{path.parent.name}/{path.name.split('.txt')[0]}"
        stem, _, ending = wanted.rpartition(".")
        wanted, language = (stem, ending) if ending in ACK_LANGUAGES else (wanted, language)
    try:
        found: ReplyTemplate = library.named(wanted, language)
    except Exception as error:
        raise UsageError(str(error)) from error
    text = example(library, found)
    print(f"{found.name} ({found.language}): {plain(found.title)}")
    if found.needs_approval:
        print(f"needs approval: {found.needs_approval}")
    print()
    print(plain(text, lines=True))
    findings = lint(text)
    if findings:
        print()
        _print(found.path, text, findings)
    return 1 if blocking(findings) else 0


def _library() -> Any:
    """The templates as the desk uses them: ours, and the seller's own over them where helpdesk.toml names a folder."""
    from helpdesk.replies.templates import Library
    from helpdesk.resources import resource
    from helpdesk.settings.load import config_path, load_or_default

    folder = load_or_default().templates.folder
    return Library.load(resource("templates/replies"), config_path().parent / folder if folder else None)


def _one_of(option: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        from difflib import get_close_matches

        near = get_close_matches(value, known, 1)
        raise UsageError(f"{option} {value!r} is not known; use {near[0] if near else ', '.join(known)}")


def _read(name: str) -> str:
    """A file's text, line ends untouched."""
    try:
        data = sys.stdin.buffer.read(MAX_FILE + 1) if name == "-" else _bytes(Path(name))
    except OSError as error:
        raise UsageError(f"{name}: {error.strerror or error}; name a text file") from error
    if len(data) > MAX_FILE:
        raise UsageError(f"{name}: larger than {MAX_FILE // 1_000_000} MB; no message is that long")
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise UsageError(f"{name}: line {line} is not UTF-8; save the file as UTF-8") from error


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_FILE + 1)


def _row(finding: Finding) -> dict[str, Any]:
    row: dict[str, Any] = {
        "rule": finding.rule,
        "severity": finding.severity,
        "span": [finding.start, finding.end],
        "text": finding.text,
        "why": finding.why,
    }
    return row if finding.fix is None else row | {"fix": finding.fix}


def _print(name: str, text: str, findings: list[Finding]) -> None:
    from helpdesk.plain import plain

    shown = "standard input" if name == "-" else plain(name)
    if not findings:
        print(f"{shown}: nothing to object to")
    for finding in findings:
        before = text[: finding.start]
        line, column = before.count("\n") + 1, finding.start - (before.rfind("\n") + 1) + 1
        piece = plain(finding.text)
        piece = piece if len(piece) <= 60 else piece[:57] + "..."
        quoted = f' "{piece}"' if piece else ""
        print(f"{shown}:{line}:{column}: {finding.severity} {finding.rule}{quoted}: {plain(finding.why)}")
