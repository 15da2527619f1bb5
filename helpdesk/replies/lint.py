"""What an outgoing text must not say or carry: the message rules of DOMAIN 3, each finding with its place and reason.

`lint` judges, nothing is rewritten: a finding may bring a `fix`, which a person applies. Pure and linear.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from helpdesk.replies import lint_frame as frame
from helpdesk.replies import lint_gaps as holes
from helpdesk.replies import lint_html as pages
from helpdesk.replies import lint_mails as mails
from helpdesk.replies import lint_marks as marks
from helpdesk.replies import lint_permitted as permitted
from helpdesk.replies import lint_reviews as reviews
from helpdesk.replies import lint_rewards as rewards
from helpdesk.replies import lint_sense as senses
from helpdesk.replies import lint_tone as tone
from helpdesk.replies import lint_trade as trade
from helpdesk.replies.lint_cancel import cancel_request
from helpdesk.replies.lint_hints import hints
from helpdesk.replies.lint_language import words_of
from helpdesk.replies.lint_phone import phones
from helpdesk.replies.lint_speech import understand
from helpdesk.replies.lint_text import Folded, fold, fold_html
from helpdesk.replies.lint_values import SCOPES, Attached, Finding, LintContext, Scope, Severity

__all__ = ["SCOPES", "Attached", "Finding", "LintContext", "Scope", "Severity", "blocking", "lint", "rules"]

MAX_PER_RULE = 200

#: What a finding of the second opinion says beside its rule's reason; by the latter it only warns.
READS_LIKE = "no word of it is forbidden, but it reads like that"
MAY_READ_LIKE = "it may be read like that"

_FIXES = {"insecure_url": "https", "emoji": "", "line_breaks": "\n\n", "important_marker": ""}


@lru_cache(maxsize=1)
def rules() -> dict[str, dict[str, Any]]:
    """Every rule by its code: severity by scope, `direct` (False: not judged in direct mail), `why`."""
    return tomllib.loads(Path(__file__).with_name("lint_rules.toml").read_text(encoding="utf-8"))


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
    opinion: bool = True,
) -> list[Finding]:
    """All broken rules, in the order of their places. `marketplace` is a profile's name.

    `opinion`: ask the model of lint_sense.py too, which judges what people write to buyers: not acknowledgements, whose
    sentences come with the templates, and not scope feedback. ModelFileError when that is missing or was changed.
    """
    known = context or LintContext()
    judged = permitted.without(text) if scope == "reply" and known.solved and not known.feedback_asked else text
    seen: dict[tuple[str, int, int], Finding] = {}
    counts: dict[str, int] = {}
    for rule, start, end, detail in _all(
        judged, marketplace, scope, html, known, counts, opinion and scope != "feedback"
    ):
        severity = _severity(rule, scope, marketplace)
        if severity and detail == MAY_READ_LIKE:
            severity = "warn"
        if severity is None or (rule, start, end) in seen or counts.get(rule, 0) >= MAX_PER_RULE:
            continue
        counts[rule] = counts.get(rule, 0) + 1
        seen[rule, start, end] = Finding(
            rule=rule,
            severity=severity,
            start=start,
            end=end,
            text=text[start:end],
            why=rules()[rule]["why"] + (f" ({detail})" if detail else ""),
            fix=_fix(rule, text[start:end], html),
        )
    return sorted(seen.values(), key=lambda f: (f.start, f.end, f.rule))


def _severity(rule: str, scope: str, marketplace: str) -> Severity | None:
    """How grave a rule is here; None when it is not judged."""
    entry = rules()[rule]
    if marketplace == "direct" and entry.get("direct") is False:
        return None
    severity = entry[scope]
    return severity or None


def _fix(rule: str, text: str, html: bool) -> str | None:
    if rule == "insecure_url":
        return text.replace("http:", "https:", 1) if "http:" in text else None
    if rule == "line_breaks":
        return "<br><br>" if html else "\n\n"
    return _FIXES.get(rule)


def _all(
    text: str, marketplace: str, scope: str, html: bool, context: LintContext, found: Collection[str], opinion: bool
) -> Iterator[tuple[str, int, int, str]]:
    """(rule, start, end, detail) of everything any rule sees, in positions of the given text.

    `found`: the rules that had a finding so far; the second opinion is asked about the others, last.
    """
    page = pages.read_html(text) if html else None
    folded = fold(text) if page is None else fold_html(text, page.pieces)
    yield from (("feedback_change", *place, "") for place in islice(permitted.places(text), MAX_PER_RULE))
    if page is None:
        yield from ((*mark, "") for mark in islice(marks.breaks(text), MAX_PER_RULE))
        yield from ((*mark, "") for mark in islice(marks.emoji(text), MAX_PER_RULE))
    else:
        yield from ((*mark, "") for mark in pages.link_rules(page, marketplace))
        yield from ((*mark, "") for mark in pages.style_rules(page, text))
        yield from ((*mark, "") for mark in islice(_emoji_in_page(page), MAX_PER_RULE))
    for rule, start, end in _folded_marks(folded, marketplace, scope, context):
        yield rule, *folded.span(start, end), ""
    if scope != "feedback":
        yield from ((rule, 0, 0, detail) for rule, detail in frame.ticket_rules(folded, context, scope))
        yield from ((rule, 0, len(text), "") for rule in sorted(frame.courtesy(folded)))
    for rule, start, end, sure in senses.judge(folded.low, found) if opinion else ():
        yield rule, *folded.span(start, end), READS_LIKE if sure else MAY_READ_LIKE


def _emoji_in_page(page: pages.Page) -> Iterator[marks.Mark]:
    for start, end, piece in page.pieces:
        for rule, a, b in marks.emoji(piece):
            plain = len(piece) == end - start
            yield rule, start + a if plain else start, start + b if plain else end


def _folded_marks(folded: Folded, marketplace: str, scope: str, context: LintContext) -> Iterator[marks.Mark]:
    """Everything that is seen in the folded text, in its own positions."""
    words = words_of(folded.low)
    allowed = frozenset(address.lower() for address in context.addresses)
    found = list(mails.addresses(folded, words.has, allowed))
    yield from found
    hidden = [(a, b) for _, a, b in found] + mails.relays(folded.low)
    links = list(marks.links(folded, marketplace, hidden))
    yield from links
    hidden += [(a, b) for _, a, b in links] + marks.urls(folded.low)
    yield from islice(phones(words, hidden), MAX_PER_RULE)
    yield from marks.important(folded)
    yield from holes.gaps(folded)
    yield from frame.known_order(folded, context, scope)
    if scope == "feedback":
        yield from holes.personal(folded, context)
    speech = understand(words)
    for judge in (
        reviews.change,
        rewards.incentive,
        reviews.positive_only,
        trade.off_platform,
        trade.marketing,
        cancel_request,
        tone.promise,
        tone.opt_out,
        tone.insults,
        tone.misspelt,
    ):
        yield from islice(judge(speech), MAX_PER_RULE)
    away = [(a, b) for rule, a, b in links if rule == "external_link"][:20]
    yield from trade.through_link(speech, away)
    yield from hints(words)
    if context.feedback_asked:
        again = reviews.asks_for_one(speech)
        if again is not None:
            yield "review_repeat", *again
