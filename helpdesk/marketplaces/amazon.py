# ruff: noqa: E501 -- tables of words
"""Amazon's mail: buyers behind relay addresses, Amazon's own notices, its templates old and new (DOMAIN 2).

Works on text and headers alone; whether the sender is who he says he is, is judged in helpdesk.intake.authenticity.
"""

from __future__ import annotations

import re

from helpdesk.marketplaces.amazon_notices import KINDS, SUBJECT_KINDS, facts_of
from helpdesk.marketplaces.amazon_template import TLD_LANGUAGE, TLDS, items_in, last_match, no_response_link, own_part
from helpdesk.marketplaces.mail import Found, Item, MailView, orders_in

RELAY = re.compile(
    r"(?P<buyer>[a-z0-9][a-z0-9._-]{5,63})(?:\+(?P<case>[a-z0-9-]{1,64}))?@(?:m\.)?marketplace\.amazon\.(?P<tld>"
    + TLDS
    + ")",
    re.IGNORECASE,
)
#: Amazon's own hosts, the relay included.
HOST = re.compile(r"(?:[a-z0-9-]+\.)*amazon\.(?P<tld>" + TLDS + ")", re.IGNORECASE)
_MACHINE = re.compile(r"(?:do-?not-?reply|no-?reply|auto-communication|nobody|mailer-daemon|postmaster)", re.IGNORECASE)

_ASIN_LINE = re.compile(r"\bASIN\s*[:：]\s*([A-Z0-9]{10})\b")
_TOKEN = re.compile(r"\[commMgrTok:\s*([A-Z0-9]{8,40})\s*\]")
_ORNAMENT = re.compile(
    r"\s*[-–—|(]\s*(?:amazon(?:\.[a-z.]{2,8})?\s*(?:marketplace|マーケットプレイス)?|marketplace)\)?\s*$", re.IGNORECASE
)
_NOBODY = re.compile(
    r"(?:acquirente|cliente?|customer|kunde|klant|client|kund|klient|müşteri)\s+(?:de\s+|d[ei]\s+)?amazon|amazon[\s-]+(?:customer|kunde|klant|buyer|acheteur)|amazon(?:\s+marketplace)?$",
    re.IGNORECASE,
)
_SUBJECT_NAMES = (
    re.compile(r"\bfrom\s+Amazon\s+customer\s+(?P<name>[^(]{1,80}?)\s*(?:\(|$)", re.IGNORECASE),
    re.compile(r"\bdu client Amazon\s+(?P<name>[^(]{1,80}?)\s*(?:\(|$)", re.IGNORECASE),
    re.compile(r"\bAmazon[- ](?:Kunden?|klant)\s+(?P<name>[^(]{1,80}?)\s*(?:\(|$)", re.IGNORECASE),
    re.compile(r"\bcliente (?:de )?Amazon\s+(?P<name>[^(]{1,80}?)\s*(?:\(|$)", re.IGNORECASE),
    re.compile(r"^Detalhes do produto Amazon (?P<name>.{1,80}?) pergunta do cliente$", re.IGNORECASE),
)
_SERVICE = re.compile(
    r"inquiry from one of our customers|contacted by a customer regarding|richiesta da (?:parte di )?un(?: nostro)? cliente|anfrage (?:von )?eine[sr]m? (?:unserer )?kunden"
    r"|demande de l'un de nos clients|consulta de uno de nuestros clientes|お客様からのお問い合わせ（?カスタマーサービス|contattati da un (?:nostro )?cliente"
    r"|von einem kunden (?:bezüglich|wegen) .{0,60}kontaktiert|contactés? par un client"
)  # asked of lower case


def read(mail: MailView) -> Found | None:
    """What this mail is to an Amazon seller; None when neither a relay nor Amazon itself sent it."""
    relay = RELAY.fullmatch(mail.from_addr)
    host = mail.from_addr.rpartition("@")[2]
    system = HOST.fullmatch(host)
    if relay is not None and _MACHINE.match(relay.group("buyer")):
        relay = None
    if relay is None and system is None:
        relay = next(
            (m for m in map(RELAY.fullmatch, mail.reply_to) if m is not None and not _MACHINE.match(m.group("buyer"))),
            None,
        )
        if relay is None:
            return None
    if relay is not None:
        return _buyer(mail, relay)
    return _notice(mail, system.group("tld").lower() if system else "com")


def _buyer(mail: MailView, relay: re.Match[str]) -> Found:
    notification = mail.header("x-space-notification-type").strip().upper()
    kind = KINDS.get(notification, "buyer_message")
    service = kind == "buyer_message" and _is_service(mail)
    own, template = own_part(mail)
    if service and own is None:
        own, template = service_words(mail.text), mail.text
    case, answer = _address(mail, relay)
    tld = relay.group("tld").lower()
    return Found(
        channel="amazon",
        kind="service_inquiry" if service else kind,
        own=own,
        template_orders=_orders(mail, template),
        items=items_in(template),
        customer=f"{relay.group('buyer')}@marketplace.amazon.{tld}".lower(),
        case=case,
        reply_to=answer,
        buyer_name=_buyer_name(mail),
        language=TLD_LANGUAGE[tld],
        no_response_link=no_response_link(mail),
        facts=_token(mail.text),
    )


def _notice(mail: MailView, tld: str) -> Found:
    notification = mail.header("x-space-notification-type").strip().upper()
    kind = KINDS.get(notification, "") or kind_of(mail)
    if kind == "notice" and _is_service(mail):
        kind = "service_inquiry"
    own, template = own_part(mail)
    relay = next((m for m in map(RELAY.fullmatch, mail.reply_to) if m is not None), None)
    answer = mail.reply_to_raw[0] if relay is not None else mail.from_raw
    customer = f"{relay.group('buyer')}@marketplace.amazon.{relay.group('tld')}".lower() if relay else ""
    if kind == "service_inquiry" and relay is None:
        customer = mail.from_addr  # the service waits for the answer in the buyer's place, under the same clock
    facts = facts_of(kind, mail.subject, mail.text) | _token(mail.text)
    if kind == "service_inquiry" and own is None:
        own, template = service_words(mail.text), mail.text
    items = items_in(template) or _item_of_facts(facts, mail.text)
    return Found(
        channel="amazon",
        kind=kind,
        own=own,
        template_orders=orders_in(mail.subject) or orders_in(mail.text if own is None else template),
        items=items,
        customer=customer,
        case=(relay.group("case") or "") if relay else "",
        reply_to=answer if relay or kind == "service_inquiry" else "",
        buyer_name=facts.get("buyer", "") or (mail.reply_to_name if relay else ""),
        language=TLD_LANGUAGE[tld],
        facts=facts,
    )


def kind_of(mail: MailView) -> str:
    """The kind of a notice by its sender and its subject, where Amazon's header is missing."""
    local = mail.from_addr.partition("@")[0]
    subject = mail.subject
    for sender, pattern, kind in SUBJECT_KINDS:
        if (not sender or sender in local) and pattern.search(subject):
            return kind
    return "notice"


def _is_service(mail: MailView) -> bool:
    return any(_SERVICE.search(text.lower()) is not None for text in (mail.subject, mail.text[:500]))


def service_words(text: str) -> str | None:
    """What Amazon's customer service writes for a buyer: from "Details:" on."""
    match = re.search(
        r"^(?:details|dettagli|einzelheiten|détails|detalles|詳細)\s*[:：]\s*", text, re.IGNORECASE | re.MULTILINE
    )
    if match is None:
        return None
    rest = text[match.end() :]
    end = re.search(
        r"\n\s*\n(?:sincerely|regards|best regards|cordiali|mit freundlichen|cordialement|atentamente|thank you)",
        rest,
        re.IGNORECASE,
    )
    return rest[: end.start()] if end else rest


def _orders(mail: MailView, template: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*orders_in(mail.subject), *orders_in(template))))


def _item_of_facts(facts: dict[str, str], text: str) -> tuple[Item, ...]:
    asin = facts.get("asin", "")
    if not asin and (match := _ASIN_LINE.search(text)) is not None:
        asin = match.group(1)
    title, sku = facts.get("item", ""), facts.get("sku", "")
    if not (asin or title or sku):
        return ()
    quantity = facts.get("quantity", "1")
    return (
        Item(
            title=title, asin=asin, sku=sku, quantity=int(quantity) if quantity.isdecimal() and len(quantity) < 6 else 1
        ),
    )


def _address(mail: MailView, relay: re.Match[str]) -> tuple[str, str]:
    """(case, address to answer as received): the form with a +case wins, wherever it stands."""
    best = ("", "")
    for address in (mail.from_raw, *mail.reply_to_raw):
        match = RELAY.fullmatch(address)
        if match is None or match.group("buyer").lower() != relay.group("buyer").lower():
            continue
        if match.group("case") or not best[1]:
            best = ((match.group("case") or "").lower(), address)
            if best[0]:
                break
    return best


def _buyer_name(mail: MailView) -> str:
    name = _ORNAMENT.sub("", mail.from_name).strip()
    if name and "@" not in name and not _NOBODY.search(name):
        return name
    for pattern in _SUBJECT_NAMES:
        match = pattern.search(mail.subject)
        if match is not None:
            return match.group("name").strip()
    return ""


def _token(text: str) -> dict[str, str]:
    match = last_match(_TOKEN, text, 0)
    return {"token": match.group(1)} if match is not None else {}
