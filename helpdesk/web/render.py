"""Pages from templates: everything in them is escaped, nothing in them runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse, Response

from helpdesk.plain import csv_cell, plain
from helpdesk.web import words
from helpdesk.web.sessions import Visitor
from helpdesk.web.site import Site

FOLDER = Path(__file__).resolve().parent
#: The pages in the order of the menu: path, name.
MENU = (
    ("/", "Overview"),
    ("/queue", "Queue"),
    ("/sla", "Response times"),
    ("/quality", "Rescue and triage"),
    ("/feedback", "Feedback"),
    ("/watchlist", "Watch list"),
    ("/texts", "Replies"),
    ("/system", "System"),
)


@cache
def environment() -> Environment:
    """The templates; autoescape is on for every one."""
    made = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    for name in ("span", "percent", "number", "spoken", "marketplace", "happened"):
        made.filters[name] = getattr(words, name)
    made.filters["clean"] = plain
    made.filters["lines"] = partial(plain, lines=True)
    return made


def _shown(value: Any) -> Any:
    """Whatever a template prints: no text turns the page round, wherever a template's author forgot to say so."""
    if isinstance(value, str) and not isinstance(value, Markup) and not value.isprintable():
        return plain(value, lines=True)
    return value


def page(site: Site, who: Visitor | None, name: str, *, status: int = 200, path: str = "", **given: Any) -> Response:
    """A page of the dashboard."""
    now = site.now()
    html = (
        environment()
        .get_template(name)
        .render(
            who=who,
            person=site.person,
            menu=MENU,
            path=path,
            now=now,
            zone=site.zone,
            when=lambda at: words.when(at, site.zone),
            countdown=lambda due: words.countdown(due, now),
            link=link,
            name_of=partial(_name_of, site),
            **given,
        )
    )
    return HTMLResponse(html, status_code=status)


def _name_of(site: Site, by: str) -> Callable[[str], str]:
    """How a group of a dimension is called."""
    shown = {"marketplace": words.marketplace, "agent": site.person, "topic": words.spoken}
    return shown.get(by, str)


def link(path: str, **query: Any) -> str:
    """An address of ours with a query; empty values are left out."""
    kept = {key: value for key, value in query.items() if value not in {None, ""}}
    return f"{path}?{urlencode(kept)}" if kept else path


def table(name: str, rows: Iterable[Sequence[Any]]) -> Response:
    """Rows as a CSV file; a text cell is never a formula (promise 7)."""
    import csv
    import io

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    for row in rows:
        writer.writerow([_cell(value) for value in row])
    headers = {"content-disposition": f'attachment; filename="{name}.csv"'}
    return Response(out.getvalue().encode("utf-8-sig"), media_type="text/csv; charset=utf-8", headers=headers)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bool | int | float):
        return str(value)
    if isinstance(value, list | tuple):
        return csv_cell(" ".join(str(one) for one in value))
    return csv_cell(str(value))
