# ruff: noqa: E501 -- tables of words
"""Walmart's mail: a customer's message through the relay, and Walmart's own notices (DOMAIN 2.1, 2.5)."""

from __future__ import annotations

import re

from helpdesk.marketplaces.mail import Found, Item, MailView
from helpdesk.marketplaces.mail import orders_in as amazon_orders

#: One address per order or message; 32 hexadecimal digits, in capitals as Walmart wrote them in 2016. A shorter one with a digit
#: is taken too: on the relay's host it is likelier a new form than a system address, and a buyer lost costs more.
RELAY = re.compile(
    r"(?P<buyer>[a-z0-9][a-z0-9_-]{15,63}|(?=[a-z_-]*\d)[a-z0-9][a-z0-9_-]{5,14})(?:\+(?P<case>[a-z0-9-]{2,64}))?@relay\.walmart\.(?:com|ca|com\.mx|cl)",
    re.IGNORECASE,
)
HOST = re.compile(r"(?:[a-z0-9-]+\.)*walmart\.(?:com|ca|com\.mx|cl)", re.IGNORECASE)

_ORDER = re.compile(
    r"\b(?:sales|customer|purchase|walmart)?\s?(?:order|commande|pedido)\s*(?:id|number|no\.?|#|n°)?\s*[:：#]?\s*#?(\d{10,15})\b",
    re.IGNORECASE,
)
_ITEM_ID = re.compile(r"^[ \t>]*Item ID\s*[:：][ \t]*(\d{1,15})", re.MULTILINE | re.IGNORECASE)
_ITEM = re.compile(r"^[ \t>]*Item(?: name)?\s*[:：][ \t]*([^\n]{1,500})", re.MULTILINE | re.IGNORECASE)
_MESSAGE = re.compile(r"^[ \t]*Message\s*[:：][ \t]*", re.MULTILINE | re.IGNORECASE)
_END = re.compile(
    r"^[ \t*]*(?:Note\s*[:：]\s*You have received this message|You have received this message from|Thank you,\s*\n\s*Walmart|RefID\s*[:：])",
    re.MULTILINE | re.IGNORECASE,
)
_REF = re.compile(r"\bRefID\s*[:：]\s*([0-9A-Za-z-]{8,64})")
_NAME = re.compile(r"^[ \t]*([^\n]{1,80}?) wants to connect with you", re.MULTILINE)
_REASON = re.compile(
    r"^[ \t>]*(?:return |cancel(?:lation)? )?reason\s*[:：][ \t]*([^\n]{1,500})", re.MULTILINE | re.IGNORECASE
)
_COMMENT = re.compile(r"^[ \t>]*(?:customer )?comments?\s*[:：][ \t]*([^\n]{1,1000})", re.MULTILINE | re.IGNORECASE)

_NOTICES = (
    (re.compile(r"refund", re.IGNORECASE), "refund_issued"),
    (re.compile(r"cancel", re.IGNORECASE), "cancel_request"),
    (re.compile(r"return", re.IGNORECASE), "return_request"),
)


def read(mail: MailView) -> Found | None:
    """What this mail is to a Walmart seller; None when Walmart did not send it."""
    relay = RELAY.fullmatch(mail.from_addr)
    system = HOST.fullmatch(mail.from_addr.rpartition("@")[2])
    if relay is None:
        relay = next((m for m in map(RELAY.fullmatch, mail.reply_to) if m is not None), None)
    if relay is None and system is None:
        return None
    text = mail.text
    orders = tuple(dict.fromkeys((*orders_in(mail.subject), *orders_in(_head(text)))))
    facts = {"ref": ref.group(1)} if (ref := _REF.search(text)) is not None else {}
    if relay is None:
        return _notice(mail, orders, facts)
    own = _own(text)
    name = _NAME.search(text)
    return Found(
        channel="walmart",
        kind="buyer_message",
        own=own,
        template_orders=orders,
        items=_items(_head(text)),
        customer=f"{relay.group('buyer')}@{relay.group().rpartition('@')[2]}".lower(),
        case=(relay.group("case") or "").lower(),
        reply_to=next((a for a in (*mail.reply_to_raw, mail.from_raw) if RELAY.fullmatch(a)), mail.from_raw),
        buyer_name=mail.from_name or (name.group(1).strip() if name else ""),
        language="en",
        facts=facts,
    )


def _notice(mail: MailView, orders: tuple[str, ...], facts: dict[str, str]) -> Found:
    kind = next((k for pattern, k in _NOTICES if pattern.search(mail.subject)), "notice")
    for key, pattern in (("reason", _REASON), ("comment", _COMMENT)):
        match = pattern.search(mail.text)
        if match is not None:
            facts[key] = match.group(1).strip()
    return Found(
        channel="walmart",
        kind=kind,
        template_orders=orders or amazon_orders(mail.subject),
        items=_items(mail.text),
        language="en",
        facts=facts,
    )


def _head(text: str) -> str:
    """The template before the customer's words; all of it where there is no such mark."""
    match = _MESSAGE.search(text)
    return text[: match.start()] if match is not None else text[:2000]


def orders_in(text: str) -> tuple[str, ...]:
    """Walmart's order numbers, where the word order stands before them; at most 20."""
    return tuple(dict.fromkeys(m.group(1) for m in _ORDER.finditer(text[:20_000])))[:20]


def _own(text: str) -> str | None:
    begin = _MESSAGE.search(text)
    if begin is None:
        return None
    last = None
    for last in _END.finditer(text, begin.end()):
        if last.group().lstrip(" *\t").lower().startswith(("note", "you have")):
            break
    return text[begin.end() : last.start() if last is not None else len(text)]


def _items(text: str) -> tuple[Item, ...]:
    title = _ITEM.search(text)
    number = _ITEM_ID.search(text)
    if title is None and number is None:
        return ()
    return (Item(title=title.group(1).strip() if title else "", sku=number.group(1) if number else ""),)
