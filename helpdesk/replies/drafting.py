"""The reply form's content: the fitting canned reply, filled with what is known. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from helpdesk.domain import Mail, Ticket
from helpdesk.errors import RefusedError
from helpdesk.replies.outcomes import DraftView, TemplateChoice
from helpdesk.replies.templates import Library, ReplyTemplate
from helpdesk.replies.when import day_words, moment_words
from helpdesk.settings import Settings

#: A holding reply promises to be back within this.
PROMISE = timedelta(days=2)

#: Slack shows at most 100 options.
MAX_CHOICES = 90


def known(ticket: Ticket, settings: Settings, now: datetime) -> dict[str, str]:
    """The variables a template may use, as far as the ticket knows them."""
    zone, language = settings.zone, ticket.language
    due = ticket.due_at
    return {
        "name": ticket.buyer_name if ticket.marketplace == "direct" else "",
        "order": next(iter(ticket.order_ids), ""),
        "item": str(next((item.get("title") for item in ticket.items if item.get("title")), "")),
        "due": moment_words(due, language, zone) if due is not None and due > now else "",
        "promised": day_words(now + PROMISE, language, zone),
        "return_days": str(settings.seller.return_days),
        "topic": ticket.topic or "",
        "late": "yes" if due is not None and due <= now else "",
    }


def filled(library: Library, template: ReplyTemplate, variables: Mapping[str, str]) -> str:
    """The template's text; "" where it needs something that is not known."""
    try:
        return library.render(template, variables)
    except RefusedError:
        return ""


def draft_view(
    ticket: Ticket,
    last: Mail | None,
    library: Library,
    settings: Settings,
    *,
    sender: str,
    actor: str,
    template: str | None,
    now: datetime,
) -> DraftView:
    """What the form shows; `template` None: the closest that can be filled."""
    variables = known(ticket, settings, now)
    marketplace = ticket.marketplace.partition("_")[0]
    choices = library.choices(ticket.language, ticket.topic, ticket.cause, marketplace)
    chosen, text = None, ""
    for one in [library.named(template, ticket.language)] if template else choices:
        text = filled(library, one, variables)
        if text or template:
            chosen = one
            break
    subject = (last.subject if last else "") or ticket.subject
    return DraftView(
        ticket=ticket,
        rev=ticket.rev,
        text=text,
        template=chosen.name if chosen else "",
        templates=tuple(
            TemplateChoice(id=one.name, label=one.title, group=one.topic or "general") for one in choices[:MAX_CHOICES]
        ),
        sender=sender,
        subject=subject if subject.lower().startswith("re:") else f"Re: {subject}",
        words=last.text if last else "",
        holder=ticket.owner if ticket.owner and ticket.owner != actor else None,
    )
