"""Drafts an answer: the template of the problem and its cause, filled with what is known, and what was answered before.

Pure. Nothing here sends: a draft is what an agent starts from (promise 5).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from helpdesk.errors import RefusedError
from helpdesk.replies.lint import Finding, LintContext, blocking, lint
from helpdesk.replies.retrieval import Nearest, Past
from helpdesk.replies.templates import VARIABLES, Library


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftFacts:
    """What is known of the conversation. `variables` as in templates.VARIABLES; what a buyer wrote is only data."""

    language: str
    topic: str | None = None
    cause: str | None = None
    marketplace: str = "amazon"
    words: str = ""  #: the buyer's own words
    names: tuple[str, ...] = ()  #: of the buyer, to be kept from a model even where a text may not name them
    variables: Mapping[str, str] = field(default_factory=dict)
    kind: str = "answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A text to start from. `machine_written`: by a language model, and to be read with that in mind."""

    text: str
    template: str
    language: str
    alternatives: tuple[Past, ...] = ()
    findings: tuple[Finding, ...] = ()
    needs_approval: str = ""
    machine_written: bool = False
    note: str = ""  #: why no model's text is shown, where one was asked for


def draft(facts: DraftFacts, library: Library, past: Nearest | None = None) -> Draft:
    """The closest template, filled; a value that breaks the message rules is left out. Never raises for odd values."""
    template = library.find(facts.kind, facts.language, facts.topic, facts.cause, facts.marketplace)
    context = LintContext(language=template.language)
    values = lawful(facts.variables, facts.marketplace)
    try:
        text = library.render(template, values)
    except RefusedError:
        template = library.find("answer", facts.language, "other", None, facts.marketplace)
        text = library.render(template, values)
    findings = lint(text, marketplace=facts.marketplace, context=context)
    if blocking(findings):
        text = library.render(template, {name: values.get(name, "") for name in template.required})
        findings = lint(text, marketplace=facts.marketplace, context=context)
    found = past.top(facts.words, language=facts.language, topic=facts.topic) if past is not None else []
    return Draft(
        text=text,
        template=template.name,
        language=template.language,
        alternatives=tuple(p for p in found if not blocking(lint(p.answer, marketplace=facts.marketplace))),
        findings=tuple(findings),
        needs_approval=template.needs_approval,
    )


def lawful(variables: Mapping[str, str], marketplace: str) -> dict[str, str]:
    """The values that may stand in a text; a title with an offer in it, a name that is a link are left out."""
    known = {name: value for name, value in variables.items() if name in VARIABLES}
    return {
        name: value
        for name, value in known.items()
        if not blocking(lint(value, marketplace=marketplace, opinion=False))
    }
