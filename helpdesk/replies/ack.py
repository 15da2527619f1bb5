"""Acknowledgements: whether one may go out (RFC 3834, promise 4) and what it says.

An acknowledgement goes to a person who wrote to us, at most once until a person of ours has answered, and says
something: which order, what happens next, and by when. Whatever keeps one back is named in words for the ticket.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo

from helpdesk.domain import Ack, Verdict
from helpdesk.replies.lint import LintContext, blocking, lint
from helpdesk.replies.templates import Library
from helpdesk.replies.when import moment_words

#: A promise shorter than this could be broken before it is read: we promise nothing but haste then.
SOON = timedelta(minutes=15)

#: Local parts that belong to machines (RFC 3834, RFC 2142, DOMAIN 2.1).
_MACHINE = re.compile(
    r"(?:^|[._+-])(?:mailer-?daemon|postmaster|no-?reply|do-?not-?reply|(?:no|non|ne)-?(?:responda|rispondere|repondre)"
    r"|(?:keine|nicht)-?antwort(?:en)?|naoresponda|bounces?|abuse|daemon|autoreply|auto-?responder"
    r"|auto-communication|listserv|majordomo|notifications?)(?:$|[._+=-])|(?:-request|-owner|-bounces)$|^(?:owner|bounce)-",
    re.IGNORECASE,
)

_PRECEDENCE = {"bulk", "junk", "list", "auto_reply", "auto-reply"}
_PRESENT = ("list-id", "list-unsubscribe", "list-post", "list-help", "x-autoreply", "x-autoresponse", "x-autorespond",
            "x-auto-response-suppress", "feedback-id")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class AckQuestion:
    """All that decides about one acknowledgement. Addresses in any case; `headers` as reading.Parsed has them."""

    setting: str  #: the channel's `acknowledge`: send | draft | off
    verdict: str  #: what triage says the mail is
    sender: str  #: From address
    recipient: str  #: where the acknowledgement would go, with +case
    own_addresses: Collection[str] = ()
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    forwarded_by_rule: bool = False  #: a mailbox rule's forward is marked Auto-Submitted though a person wrote it
    auto_submitted: bool = False  #: where headers are no longer at hand: a machine wrote it
    lookalike: bool = False  #: an address imitates a marketplace, or its authentication failed
    urgent: Collection[str] = ()  #: words that need a person at once: claim, legal, safety
    old: bool = False  #: older than `first_contact` when first seen
    acknowledged: bool = False  #: one went out since a person last answered this conversation
    answered: bool = False  #: a person has answered this mail already
    sent_today: int = 0  #: acknowledgements to this address in the last 24 hours, all conversations
    cap: int = 3


def may_acknowledge(question: AckQuestion) -> str | None:
    """Why no acknowledgement may go out, in words for the ticket's history; None when one may."""
    q = question
    sender, recipient = q.sender.strip().lower(), q.recipient.strip().lower()
    own = {_plain(address) for address in q.own_addresses}
    checks = (
        (q.setting == "off", "acknowledgements are off for this channel"),
        (q.verdict == Verdict.SUSPECT or q.lookalike, "suspect: a person looks at it first"),
        (q.verdict != Verdict.BUYER, f"not a buyer's message but {q.verdict}"),
        (not _usable(recipient), "there is no address to answer to"),
        (_plain(sender) in own or _plain(recipient) in own, "it comes from an address of our own"),
        (
            any(_MACHINE.search(a.partition("@")[0]) for a in (sender, recipient)),
            "a machine's address: nobody reads it",
        ),
        (q.auto_submitted and not q.forwarded_by_rule, "written by a machine"),
        (q.old, "older than the first contact of this mailbox"),
        (q.answered, "a person has answered it already"),
        (q.acknowledged, "this conversation was acknowledged and no person has answered since"),
        (q.sent_today >= q.cap, f"this address got {q.sent_today} acknowledgements within a day"),
        (bool(q.urgent), f"needs a person at once: {', '.join(sorted(q.urgent))}"),
    )
    for stops, reason in checks:
        if stops:
            return reason
    return machine_header(q.headers, forwarded_by_rule=q.forwarded_by_rule)


def machine_header(headers: Mapping[str, tuple[str, ...]], *, forwarded_by_rule: bool = False) -> str | None:
    """The header that says a machine or a list sent this mail, in words; None when none does (RFC 3834, 2)."""

    def top(name: str) -> str:
        values = headers.get(name)
        return values[0].strip() if values else ""

    auto = top("auto-submitted").partition(";")[0].strip().lower()
    if auto and auto != "no" and not forwarded_by_rule:
        return f"Auto-Submitted: {auto[:40]}"
    if top("precedence").lower() in _PRECEDENCE and not forwarded_by_rule:
        return f"Precedence: {top('precedence').lower()}"
    if "return-path" in headers and top("return-path") in {"<>", ""}:
        return "empty Return-Path: a bounce or a notice"
    for name in _PRESENT:
        value = top(name).lower()
        marketplace_ses = name == "feedback-id" and value.endswith(":amazonses")
        if value and value not in {"no", "none"} and not marketplace_ses:
            return f"{name}: a machine's or a list's mail"
    kind = top("content-type").lower()
    return "a delivery report" if kind.startswith("multipart/report") else None


def decide(question: AckQuestion) -> tuple[Ack, str]:
    """What becomes of the acknowledgement, and why: QUEUED (send it), DRAFT, SUPPRESSED or OFF."""
    reason = may_acknowledge(question)
    if question.setting == "off":
        return Ack.OFF, reason or ""
    if reason is not None:
        return Ack.SUPPRESSED, reason
    return (Ack.DRAFT, "waits for a person's click") if question.setting == "draft" else (Ack.QUEUED, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class AckText:
    """A finished acknowledgement: its text, the template's name, and the language it is in."""

    text: str
    template: str
    language: str


def acknowledgement(
    library: Library,
    *,
    language: str,
    zone: tzinfo,
    now: datetime,
    due: datetime | None,
    order: str = "",
    topic: str | None = None,
    cause: str | None = None,
    marketplace: str = "",
) -> AckText:
    """The acknowledgement in the buyer's language, promising a person's answer by `due` (aware; None: no limit).

    Nothing of what the buyer wrote goes into it but the order number. A due time that has passed, or nearly, is not
    promised again: the text then says that the message is answered next. The text has passed the message rules, or
    the plainest one (no topic, no order) takes its place; raises RefusedError when not even that is allowed.
    """
    template = library.find("ack", language, topic, cause, marketplace)
    late = due is not None and due - now < SOON
    values = {
        "order": order,
        "topic": topic or "other",
        "due": moment_words(due, template.language, zone) if due is not None and not late else "",
        "late": "late" if late else "",
    }
    context = LintContext(language=template.language)
    for filling in (values, values | {"topic": "other", "order": ""}):
        text = library.render(template, filling)
        if not blocking(lint(text, marketplace=marketplace or "amazon", scope="reply", context=context, opinion=False)):
            break
    else:
        from helpdesk.errors import LintBlockedError

        raise LintBlockedError(f"{template.path}: this acknowledgement breaks the message rules; see helpdesk lint")
    return AckText(text=text, template=template.name, language=template.language)


def _plain(address: str) -> str:
    """Lower-case, without +tag."""
    local, _, domain = address.strip().lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def _usable(address: str) -> bool:
    return bool(re.fullmatch(r"[^\s@<>,;:\"]+@[^\s@<>,;:\"]+\.[^\s@<>,;:\"]+", address))
