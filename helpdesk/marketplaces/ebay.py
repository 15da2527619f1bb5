# ruff: noqa: E501 -- tables of words
"""eBay's mail: a member's message through members.ebay.*, and eBay's own notices (DOMAIN 2.1)."""

from __future__ import annotations

import re

from helpdesk.marketplaces.mail import Found, Item, MailView
from helpdesk.marketplaces.mail import orders_in as amazon_orders

_TLDS = {
    "com": "en", "co.uk": "en", "de": "de", "fr": "fr", "it": "it", "es": "es", "nl": "nl", "pl": "pl", "ie": "en", "at": "de",
    "ch": "de", "be": "fr", "ca": "en", "com.au": "en", "in": "en", "com.hk": "zh", "com.sg": "en", "com.my": "en", "ph": "en",
    "com.mx": "es", "com.tw": "zh", "us": "en",
}  # fmt: skip
_TLD = "(?P<tld>" + "|".join(re.escape(t) for t in sorted(_TLDS, key=len, reverse=True)) + ")"
RELAY = re.compile(
    r"(?P<buyer>[a-z0-9][a-z0-9._-]{5,63})(?:\+(?P<case>[a-z0-9-]{2,64}))?@members\.ebay\." + _TLD, re.IGNORECASE
)
HOST = re.compile(r"(?:[a-z0-9-]+\.)*ebay\." + _TLD, re.IGNORECASE)

#: eBay's order numbers: 12-34567-12345.
_ORDER = re.compile(r"(?<![\d-])(\d{2}-\d{5}-\d{5})(?![\d-])")
_ITEM_NUMBER = re.compile(
    r"#\s?(\d{12})\b|\b(?:item (?:id|number|no\.?)|artikelnummer|numéro de l'objet|número de artículo|numero oggetto)\s*[:：]?\s*(\d{12})\b",
    re.IGNORECASE,
)
_ITEM = re.compile(
    r"^[ \t>]*(?:Item|Artikel|Objet|Artículo|Oggetto|商品|Przedmiot|Product)(?: name)?\s*[:：][ \t]*([^\n]{1,500})",
    re.MULTILINE,
)
_INTRO = re.compile(
    r"^[ \t]*(?:New message (?:from|to)|Neue Nachricht von|Nouveau message (?:de|d')|Nuevo mensaje de|Nuovo messaggio da|Nieuw bericht van|Nowa wiadomość od|新着メッセージ|新消息)\s*[:：]?\s*(?P<name>[^\s(:]{1,64})[^\n]{0,60}\n",
    re.MULTILINE | re.IGNORECASE,
)
_END = re.compile(
    r"^[ \t]*(?:(?:Reply|Antworten|Répondre|Responder|Rispondi|Beantwoorden|Odpowiedz|返信|回复)[ \t]*(?:now|to \S+)?[ \t]*\n\s*(?:(?:Item|Artikel|Objet|Artículo|Oggetto|Product|Przedmiot|商品)\b|Email reference)|Email reference id\s*[:：]|Only purchases on eBay are covered|We scan messages)",
    re.MULTILINE | re.IGNORECASE,
)
_REFERENCE = re.compile(r"Email reference id\s*[:：]\s*(\[#[^\n]{1,80})", re.IGNORECASE)
_NAME = re.compile(r"^\s*(?:eBay\s*[-–:]?\s*(?:Member|Mitglied|Membre|Miembro|Utente)?\s*[:：-]?\s*)", re.IGNORECASE)
_MESSAGE_SUBJECT = re.compile(
    r"sent (?:you )?a message|new message from|hat eine (?:frage|nachricht)|a envoyé un message|ha enviado un mensaje|ha inviato un messaggio|has a question",
    re.IGNORECASE,
)

_NOTICES = (
    (re.compile(r"case.{0,40}(?:closed|resolved|decided)|(?:closed|resolved).{0,40}case|fall.{0,30}geschlossen|litige.{0,30}(?:fermé|clos)", re.IGNORECASE), "claim_closed"),
    (re.compile(r"(?:opened|has opened) a (?:case|request)|case (?:was )?opened|item not received|not received|didn't receive|money back guarantee|fall.{0,30}(?:eröffnet|geöffnet)|nicht erhalten|ouvert un (?:litige|dossier)|objet non reçu|abierto un caso|no recibido|aperto una controversia", re.IGNORECASE), "claim_opened"),
    (re.compile(r"\bcancel|stornier|abbr(?:uch|echen)|annul", re.IGNORECASE), "cancel_request"),
    (re.compile(r"refund(?:ed)?|erstattet|rückerstattung|rembours|reembols|rimbors", re.IGNORECASE), "refund_issued"),
    (re.compile(r"\breturn|rückgabe|rücksend|zurückgeb|retour|devoluci|reso\b|restituzione", re.IGNORECASE), "return_request"),
)  # fmt: skip
_REASON = re.compile(r"^[ \t>]*(?:Reason|Grund|Motif|Motivo)\s*[:：][ \t]*([^\n]{1,500})", re.MULTILINE | re.IGNORECASE)
_COMMENT = re.compile(
    r"^[ \t>]*(?:Buyer(?:'s)? comments?|Comments?|Kommentar(?: des Käufers)?|Commentaires?|Comentarios|Commenti)\s*[:：][ \t]*([^\n]{1,1000})",
    re.MULTILINE | re.IGNORECASE,
)


def read(mail: MailView) -> Found | None:
    """What this mail is to an eBay seller; None when eBay did not send it."""
    relay = RELAY.fullmatch(mail.from_addr)
    system = HOST.fullmatch(mail.from_addr.rpartition("@")[2])
    if relay is None:
        relay = next((m for m in map(RELAY.fullmatch, mail.reply_to) if m is not None), None)
        if (
            relay is not None
            and system is not None
            and not (_MESSAGE_SUBJECT.search(mail.subject) or _INTRO.search(mail.text))
        ):
            relay = None
    if relay is None and system is None:
        return None
    own, rest = _own(mail.text)
    orders = tuple(dict.fromkeys((*orders_in(mail.subject), *orders_in(rest))))
    facts = {"reference": ref.group(1).strip()} if (ref := _REFERENCE.search(mail.text)) is not None else {}
    if relay is None:
        return _notice(mail, system.group("tld").lower() if system else "com", orders, facts)
    intro = _INTRO.search(mail.text)
    name = _NAME.sub("", mail.from_name).strip() or (intro.group("name") if intro else "")
    return Found(
        channel="ebay",
        kind="buyer_message",
        own=own,
        template_orders=orders,
        items=_items(mail.subject, rest),
        customer=f"{relay.group('buyer')}@members.ebay.{relay.group('tld')}".lower(),
        case=(relay.group("case") or "").lower(),
        reply_to=next((a for a in (*mail.reply_to_raw, mail.from_raw) if RELAY.fullmatch(a)), mail.from_raw),
        buyer_name=name,
        language=_TLDS[relay.group("tld").lower()],
        facts=facts,
    )


def _notice(mail: MailView, tld: str, orders: tuple[str, ...], facts: dict[str, str]) -> Found:
    kind = next((k for pattern, k in _NOTICES if pattern.search(mail.subject)), "notice")
    for key, pattern in (("reason", _REASON), ("comment", _COMMENT)):
        match = pattern.search(mail.text)
        if match is not None:
            facts[key] = match.group(1).strip()
    return Found(
        channel="ebay",
        kind=kind,
        template_orders=tuple(dict.fromkeys((*orders, *orders_in(mail.text)))),
        items=_items(mail.subject, mail.text),
        language=_TLDS[tld],
        facts=facts,
    )


def _own(text: str) -> tuple[str | None, str]:
    """(the member's words, the template round them)."""
    begin = _INTRO.search(text)
    start = begin.end() if begin is not None else 0
    end = _END.search(text, start)
    if begin is None and end is None:
        return None, ""
    stop = end.start() if end is not None else len(text)
    return text[start:stop], text[:start] + "\n" + text[stop:]


def orders_in(text: str) -> tuple[str, ...]:
    """eBay's order numbers, and the 3-7-7 ones that cross-sellers' buyers give; at most 20."""
    return tuple(dict.fromkeys((*(m.group(1) for m in _ORDER.finditer(text[:20_000])), *amazon_orders(text[:20_000]))))[
        :20
    ]


def _items(subject: str, text: str) -> tuple[Item, ...]:
    title = _ITEM.search(text)
    number = _ITEM_NUMBER.search(subject) or _ITEM_NUMBER.search(text)
    if title is None and number is None:
        return ()
    sku = next((g for g in number.groups() if g), "") if number is not None else ""
    return (Item(title=title.group(1).strip() if title else "", sku=sku),)
