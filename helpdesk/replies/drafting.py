"""The reply form's content: the fitting canned reply, an answer of the past, or a model's text, filled with what is
known. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from helpdesk.domain import Mail, Ticket
from helpdesk.errors import RefusedError
from helpdesk.replies.conversation import parcel
from helpdesk.replies.drafts import lawful
from helpdesk.replies.outcomes import EARLIER, MACHINE, MACHINE_ID, DraftView, TemplateChoice
from helpdesk.replies.recall import Earlier
from helpdesk.replies.reuse import opening
from helpdesk.replies.templates import Library, ReplyTemplate
from helpdesk.replies.when import day_words, moment_words
from helpdesk.settings import Settings

#: A holding reply promises to be back within this.
PROMISE = timedelta(days=2)

#: Slack shows at most 100 options.
MAX_CHOICES = 90

#: Before the number of the event that holds an earlier answer, in the menu's ids.
PAST = "past:"


def market(ticket: Ticket) -> str:
    """The ticket's marketplace, as templates and rules name it."""
    return ticket.marketplace.partition("_")[0]


def known(ticket: Ticket, settings: Settings, now: datetime, ours: Iterable[str] = ()) -> dict[str, str]:
    """The variables a template may use, as far as ticket and conversation know them; `ours`: our answers so far.

    When goods arrive nobody tells us: there is no variable for it.
    """
    zone, language = settings.zone, ticket.language
    due = ticket.due_at
    values = {
        "name": ticket.buyer_name if ticket.marketplace == "direct" else "",
        "order": next(iter(ticket.order_ids), ""),
        "item": str(next((item.get("title") for item in ticket.items if item.get("title")), "")),
        "due": moment_words(due, language, zone) if due is not None and due > now else "",
        "promised": day_words(now + PROMISE, language, zone),
        "return_days": str(settings.seller.return_days),
        "topic": ticket.topic or "",
        "late": "yes" if due is not None and due <= now else "",
        **parcel(ours, ticket.order_ids),
    }
    return lawful(values, market(ticket))


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
    variables: Mapping[str, str],
    *,
    sender: str,
    actor: str,
    template: str | None,
    earlier: Sequence[Earlier] = (),
    model: str = "",
) -> DraftView:
    """What the form shows; `template` None: the closest that can be filled. `earlier` and `model` (its name) are
    offered in the menu; their texts are put in by `with_earlier` and `with_machine`."""
    choices = library.choices(ticket.language, ticket.topic, ticket.cause, market(ticket))
    chosen, text = None, ""
    for one in [library.named(template, ticket.language)] if template else choices:
        text = filled(library, one, variables)
        if text or template:
            chosen = one
            break
    subject = (last.subject if last else "") or ticket.subject
    name = chosen.name if chosen else ""
    return DraftView(
        ticket=ticket,
        rev=ticket.rev,
        text=text,
        template=name,
        origin=f"template:{name}" if name else "",
        templates=(
            *_offers(earlier, model),
            *(TemplateChoice(id=t.name, label=t.title, group=t.topic or "general") for t in choices[:MAX_CHOICES]),
        ),
        sender=sender,
        subject=subject if subject.lower().startswith("re:") else f"Re: {subject}",
        words=last.text if last else "",
        holder=ticket.owner if ticket.owner and ticket.owner != actor else None,
    )


def _offers(earlier: Sequence[Earlier], model: str) -> list[TemplateChoice]:
    """What is no template, first in the menu: it is about this question."""
    made = [
        TemplateChoice(id=f"{PAST}{one.event}", label=f"#{one.ticket}: {opening(one.text)}", group=EARLIER)
        for one in earlier
    ]
    if model:
        made.append(TemplateChoice(id=MACHINE_ID, label=f"A draft by {model}", group=MACHINE))
    return made


def past_event(template: str | None) -> int | None:
    """The event of an earlier answer's id in the menu; None for every other id."""
    number = (template or "").removeprefix(PAST)
    right = (template or "").startswith(PAST) and number.isascii() and number.isdigit() and len(number) < 18
    return int(number) if right else None


def digest(text: str) -> str:
    """A draft's fingerprint, blind to blanks: whether an agent changed it before it was sent."""
    return sha256(" ".join(text.split()).encode("utf-8", "replace")).hexdigest()[:16]
