"""Mail to the seller's own address: people writing themselves, contact forms, machines that pass words on."""

from __future__ import annotations

from helpdesk.marketplaces import passed_on
from helpdesk.marketplaces.fields import fields_of as fields_of
from helpdesk.marketplaces.fields import names_an_address
from helpdesk.marketplaces.formlines import FORWARD
from helpdesk.marketplaces.labels import from_a_machine, labels
from helpdesk.marketplaces.mail import Found, MailView, orders_in

_MAX_FORM = 60_000  #: characters: no form is longer


def read(mail: MailView, own_domains: frozenset[str] = frozenset()) -> Found:
    """What a mail that no marketplace sent is: a form's or a gateway's (contact_form), else somebody's own (None)."""
    passed = passed_on.speaks_for_another(mail, own_domains)
    found = (passed_on.transcript(mail) if passed else None) or _form(mail, own_domains)
    found = found or (passed_on.message(mail) if passed else None)
    if found is not None:
        return found
    answer = mail.reply_to_raw[0] if mail.reply_to_raw else mail.from_raw
    return Found(
        channel="direct",
        template_orders=orders_in(mail.subject),
        customer=answer.lower(),
        reply_to=answer,
        buyer_name=mail.from_name or mail.reply_to_name,
    )


def _form(mail: MailView, own_domains: frozenset[str]) -> Found | None:
    text = mail.text
    if len(text) > _MAX_FORM or not names_an_address(text) or not (mail.reply_to or _may_pass_on(mail, own_domains)):
        return None
    fields, message = fields_of(text)
    email = fields.get("email", "").lower()
    if not email or email in mail.to or not message.strip():
        return None
    if email.rpartition("@")[2] == mail.from_addr.rpartition("@")[2] and passed_on.from_us(mail, own_domains):
        return None  # our own machines tell of themselves
    if not _sent_by_a_shop(mail, email, own_domains):
        return None
    if FORWARD.match(mail.subject) and not from_a_machine(mail.from_addr):
        return None  # a letter that a person passes on
    answer = next((raw for raw in mail.reply_to_raw if raw.lower() == email), fields["email"])
    orders = dict.fromkeys(
        (*orders_in(mail.subject), *orders_in(fields.get("order", "")), *orders_in(fields.get("subject", "")))
    )
    facts = {key: fields[key] for key in ("order", "phone", "subject") if fields.get(key)}
    return Found(
        channel="direct",
        kind="contact_form",
        own=message,
        template_orders=tuple(orders),
        customer=email,
        reply_to=answer,
        buyer_name=fields.get("name", "") or mail.reply_to_name,
        facts=facts,
    )


def _sent_by_a_shop(mail: MailView, email: str, own_domains: frozenset[str]) -> bool:
    """A form's mail comes from a machine or the shop's own server, and its answers go to the address in its text."""
    if mail.reply_to and email not in mail.reply_to:
        return False
    if email != mail.from_addr and (mail.reply_to or _ours_or_a_machines(mail, own_domains)):
        return True
    return _tells_of_a_form(mail)


def _may_pass_on(mail: MailView, own_domains: frozenset[str]) -> bool:
    """What a form's mail without Reply-To needs at least, whatever its text holds: asked before the fields are read."""
    return _ours_or_a_machines(mail, own_domains) or _tells_of_a_form(mail)


def _ours_or_a_machines(mail: MailView, own_domains: frozenset[str]) -> bool:
    return passed_on.from_us(mail, own_domains) or from_a_machine(mail.from_addr)


def _tells_of_a_form(mail: MailView) -> bool:
    ends = f"{mail.subject}\n{mail.text[:600]}\n{mail.text[-600:]}".lower()
    return labels().forms.stand_in(ends)
