"""What an outgoing text must not say or carry: the message rules of DOMAIN 3, each finding with its place and reason.

`lint` judges, nothing is rewritten: a finding may bring a `fix`, which a person applies. Pure and linear.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Literal

from helpdesk.replies import lint_marks as marks
from helpdesk.replies.lint_text import Folded, fold

Severity = Literal["block", "warn"]
Scope = Literal["reply", "proactive", "feedback"]
SCOPES: tuple[Scope, ...] = ("reply", "proactive", "feedback")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One broken rule: `start` and `end` count code points of the text that was given."""

    rule: str
    severity: Severity
    start: int
    end: int
    text: str
    why: str
    fix: str | None = None  #: what could stand there instead; None where only a person can tell


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A file that goes along, as far as the rules must know it."""

    name: str
    size: int
    purpose: str = ""  #: instructions | warranty | invoice | requested


@dataclass(frozen=True, slots=True, kw_only=True)
class LintContext:
    """What is known about the ticket; everything may be left out, and what is left out is not judged."""

    language: str = ""  #: the buyer's
    order_ids: Collection[str] = ()
    asins: Collection[str] = ()
    buyer_names: Collection[str] = ()
    addresses: Collection[str] = ()  #: addresses that may stand in the text (the alias itself)
    subject: str | None = None  #: the subject that goes out, where a person could change it
    original_subject: str = ""
    attachments: Collection[Attached] = ()
    attachment_types: Collection[str] = ("pdf", "png")
    solved: bool = False  #: the buyer's problem is solved,
    approved_template: bool = False  #: an approved template is used,
    feedback_asked: bool = False  #: and whether this order was asked for feedback before
    days_since_completion: int | None = None
    opted_out: bool = False


@dataclass(slots=True)
class Draft:
    """A text on its way through the rules."""

    raw: str
    folded: Folded
    marketplace: str
    scope: Scope
    context: LintContext
    html: bool = False
    findings: list[Finding] = field(default_factory=list)


def blocking(findings: Iterable[Finding]) -> list[Finding]:
    """Those that forbid sending."""
    return [f for f in findings if f.severity == "block"]


def lint(
    text: str,
    *,
    marketplace: str = "amazon",
    scope: Scope = "reply",
    html: bool = False,
    context: LintContext | None = None,
) -> list[Finding]:
    """All broken rules, in the order of their places. `marketplace` is a profile's name."""
    draft = Draft(text, fold(text), marketplace, scope, context or LintContext(), html)
    mails = [(a, b) for _, a, b in marks.addresses(draft.folded, frozenset())]
    for rule, a, b in marks.links(draft.folded, marketplace, mails):
        start, end = draft.folded.span(a, b)
        draft.findings.append(
            Finding(rule=rule, severity="block", start=start, end=end, text=text[start:end], why=rule)
        )
    return sorted(draft.findings, key=lambda f: (f.start, f.end, f.rule))
