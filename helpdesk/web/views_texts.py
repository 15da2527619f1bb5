"""The page of canned replies: every template filled with an invented order, and what the message rules say of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from starlette.requests import Request
from starlette.responses import Response

from helpdesk.replies.lint import Finding, blocking, lint
from helpdesk.replies.previews import example
from helpdesk.replies.templates import LANGUAGES, Library, ReplyTemplate
from helpdesk.resources import resource
from helpdesk.web.render import page
from helpdesk.web.sessions import Visitor
from helpdesk.web.site import Site


@dataclass(frozen=True, slots=True)
class Shown:
    """One template as a buyer might get it."""

    template: ReplyTemplate
    text: str
    findings: tuple[Finding, ...]

    @property
    def blocked(self) -> bool:
        """Could it not be sent as it stands?"""
        return bool(blocking(self.findings))


@lru_cache(maxsize=1)
def shipped() -> Library:
    """The templates that the program brings along; where no others are handed in."""
    return Library.load(resource("templates/replies"))


@lru_cache(maxsize=2 * len(LANGUAGES))
def filled(library: Library, language: str) -> tuple[Shown, ...]:
    """Every template of a language, by kind and topic; templates do not change while the program runs."""
    made = []
    for template in sorted(library.templates, key=lambda t: (t.topic or "", t.kind, t.name)):
        if template.language == language:
            text = example(library, template)
            made.append(Shown(template, text, tuple(lint(text))))
    return tuple(made)


async def texts(site: Site, who: Visitor, request: Request) -> Response:
    """One language's templates; `?language=de`, else English."""
    language = request.query_params.get("language", "en")
    language = language if language in LANGUAGES else "en"
    every = filled(site.library or shipped(), language)
    groups = [(topic, list(members)) for topic, members in groupby(every, key=lambda one: one.template.topic or "")]
    return page(site, who, "texts.html", path="/texts", language=language, languages=LANGUAGES, groups=groups)
