# ruff: noqa: E501 -- samples of mail
"""Marketplaces' addresses, subjects and templates, piece by piece; whole mails stand in test_mails."""

from __future__ import annotations

import pytest

from helpdesk.intake.parse import parse
from helpdesk.marketplaces import amazon, direct, ebay, walmart
from helpdesk.marketplaces.amazon_notices import KINDS, facts_of
from helpdesk.marketplaces.amazon_template import BEGIN, END, TLD_LANGUAGE, items_in, no_response_link, own_part
from helpdesk.marketplaces.mail import Found

DOMAINS = [
    "com",
    "ca",
    "com.mx",
    "com.br",
    "co.uk",
    "de",
    "fr",
    "it",
    "es",
    "nl",
    "se",
    "pl",
    "ie",
    "com.be",
    "com.tr",
    "ae",
    "sa",
    "eg",
    "in",
    "sg",
    "com.au",
    "co.jp",
]


def found(sender: str, subject: str = "", text: str = "hi", head: str = "") -> Found | None:
    """Amazon's reading of a small mail."""
    return amazon.read(parse(f"From: {sender}\nSubject: {subject}\n{head}\n{text}".encode()))


@pytest.mark.parametrize("tld", DOMAINS)
def test_all_relay_domains(tld: str) -> None:
    """Each of the 22, with and without a case, groups by the part before the plus and answers with it."""
    one = found(f"abc123def456ghi+1a2b3c4d@marketplace.amazon.{tld}")
    assert one is not None
    assert (one.kind, one.customer, one.case) == (
        "buyer_message",
        f"abc123def456ghi@marketplace.amazon.{tld}",
        "1a2b3c4d",
    )
    assert one.reply_to == f"abc123def456ghi+1a2b3c4d@marketplace.amazon.{tld}"
    assert tld in TLD_LANGUAGE


def test_a_short_case_is_a_case() -> None:
    """Nobody knows how long Amazon's case suffix will be: one letter is enough."""
    one = found("abc123def456ghi+c1@marketplace.amazon.com")
    assert one is not None
    assert (one.kind, one.customer, one.case) == ("buyer_message", "abc123def456ghi@marketplace.amazon.com", "c1")


NOT_AMAZON = [
    "abc123def456ghi@marketplace.amazon.com.evil.ru", "abc123def456ghi@marketplace.arnazon.com", "abc123def456ghi@xmarketplace.amazon.zz",
    "abc123def456ghi@marketplace-amazon.com", "kim@freemail.example", "abc@amazon.com.evil.ru", "a@notamazon.com",
]  # fmt: skip


@pytest.mark.parametrize("sender", NOT_AMAZON)
def test_what_is_not_amazons(sender: str) -> None:
    """Suffix tricks and strangers are not read as Amazon's."""
    assert found(sender) is None


@pytest.mark.parametrize(
    "sender",
    ["donotreply@marketplace.amazon.com", "no-reply@marketplace.amazon.de", "auto-communication@marketplace.amazon.fr"],
)
def test_machines_at_the_relay_are_no_buyers(sender: str) -> None:
    """A no-reply address under the relay's domain is Amazon's own."""
    one = found(sender)
    assert one is not None
    assert (one.kind, one.customer) == ("notice", "")


def test_a_relay_in_reply_to_alone_is_a_buyer() -> None:
    """The answer goes to the relay, whoever stands in From."""
    one = found("Kim Doe <kim@freemail.example>", head="Reply-To: abc123def456ghi@marketplace.amazon.de\n")
    assert one is not None
    assert (one.kind, one.reply_to) == ("buyer_message", "abc123def456ghi@marketplace.amazon.de")


def test_the_case_is_taken_from_wherever_it_stands() -> None:
    """From without, Reply-To with a case: the answer carries it, letters as received."""
    one = found(
        "abc123def456ghi@marketplace.amazon.de", head="Reply-To: ABC123def456ghi+9F8E7D6C@marketplace.amazon.de\n"
    )
    assert one is not None
    assert (one.case, one.reply_to) == ("9f8e7d6c", "ABC123def456ghi+9F8E7D6C@marketplace.amazon.de")


@pytest.mark.parametrize("notification", KINDS)
def test_every_notification_type(notification: str) -> None:
    """Amazon's own header decides before sender and subject."""
    one = found("donotreply@amazon.com", "whatever", head=f"X-Space-Notification-Type: {notification}\n")
    assert one is not None
    assert one.kind == KINDS[notification]


SUBJECTS = {
    "Return authorization request for order # 111-0000001-0000001": "return_request",
    "Rücksendeantrag für Bestellung 302-0000001-0000001": "return_request",
    "Autorizzazione al reso per l'ordine 403-0000001-0000001": "return_request",
    "返品リクエスト 注文 249-0000001-0000001": "return_request",
    "Retourverzoek voor bestelling 405-0000001-0000001": "return_request",
    "Refund initiated for order 111-0000001-0000001": "refund_issued",
    "Erstattung für Bestellung 302-0000001-0000001 veranlasst": "refund_issued",
    "Reembolso iniciado para el pedido 404-0000001-0000001": "refund_issued",
    "返金のお知らせ": "refund_issued",
    "Order cancellation request 111-0000001-0000001": "cancel_request",
    "Stornierungsanfrage für Bestellung 302-0000001-0000001": "cancel_request",
    "Solicitud de cancelación de pedido": "cancel_request",
    "Your message to the buyer was not delivered": "opt_out",
    "Ihre Nachricht an den Käufer wurde nicht zugestellt": "opt_out",
    "Votre message n'a pas été remis": "opt_out",
    "Your e-mail to Kim Doe": "reply_copy",
    "Ihre E-Mail an Kim Doe": "reply_copy",
    "Votre e-mail à Kim Doe": "reply_copy",
    "La tua e-mail a Kim Doe": "reply_copy",
    "Tu correo electrónico para Kim Doe": "reply_copy",
    "Kim様へのEメール": "reply_copy",
    "Ihre Auszahlung": "notice",
    "Your weekly performance summary": "notice",
}


@pytest.mark.parametrize("subject", SUBJECTS)
def test_notices_by_subject(subject: str) -> None:
    """Without Amazon's header, sender and subject tell the kind, in the languages seen."""
    one = found("donotreply@amazon.com", subject)
    assert one is not None
    assert one.kind == SUBJECTS[subject]


@pytest.mark.parametrize(
    ("subject", "kind"),
    [
        ("Claim received on order 111-0000001-0000001", "claim_opened"),
        ("Richiesta di rimborso ricevuta per l'ordine 403-0000001-0000001", "claim_opened"),
        ("Claim decision on order 111-0000001-0000001", "claim_closed"),
        ("Entscheidung über den Antrag zu Bestellung 302-0000001-0000001", "claim_closed"),
    ],
)
def test_claims_by_sender(subject: str, kind: str) -> None:
    """The A-to-z sender's mails are claims, whatever their subject calls them."""
    one = found("atoz-guarantee-no-reply@amazon.it", subject)
    assert one is not None
    assert one.kind == kind


def test_facts_of_a_table_with_values_below() -> None:
    """Labels that stand alone have their value in the next line."""
    facts = facts_of(
        "return_request", "", "Item:\nKettle\nQty:\n2\nReturn reason:\nToo small\nTracking ID: 1Z999\nCarrier: UPS"
    )
    assert facts == {"item": "Kettle", "quantity": "2", "reason": "Too small", "tracking": "1Z999", "carrier": "UPS"}


MARKERS = {
    "------------- Begin message -------------": BEGIN,
    "-------------- Begin message / Début du message -------------": BEGIN,
    "------------- Message: -------------": BEGIN,
    "------------- Messaggio: -------------": BEGIN,
    "------------- Mensagem:   -------------": BEGIN,
    "------------- Iniciar mensagem -------------": BEGIN,
    "------------- Nachricht: -------------": BEGIN,
    "------------- メッセージ: -------------": BEGIN,
    "------------- End message -------------": END,
    "------------- End message / Fin du message -------------": END,
    "------------- Fine messaggio -------------": END,
    "------------- Finalizar mensaje -------------": END,
    "------------- Encerrar mensagem -------------": END,
    "------------- Mensagem final -------------": END,
    "------------- Ende der Nachricht -------------": END,
}


@pytest.mark.parametrize("marker", MARKERS)
def test_markers(marker: str) -> None:
    """Each known marker, also in running text."""
    assert MARKERS[marker].search(f"x {marker} y") is not None


def test_items() -> None:
    """Old, new and bilingual item lines."""
    items = items_in(
        "1 / Kettle 0.8 l [ASIN: B0EXAMPLE1]\n2 of Lid [ASIN: B0EXAMPLE2]\n3 of/sur Cup [ASIN: B0EXAMPLE3]\nno item [ASIN: B0EXAMPLE4]"
    )
    assert [(item.quantity, item.title, item.asin) for item in items] == [
        (1, "Kettle 0.8 l", "B0EXAMPLE1"),
        (2, "Lid", "B0EXAMPLE2"),
        (3, "Cup", "B0EXAMPLE3"),
    ]


LINK = "https://sellercentral{}/messaging/no-response-needed?t=A1&m=A2"
LINKS = {
    LINK.format(".amazon.com"): True,
    LINK.format("-europe.amazon.de"): True,
    LINK.format(".amazon.com.evil.ru"): False,
    LINK.format(".amazon.com").replace("https", "http"): False,
    LINK.format("evil.amazon.com"): False,
}


@pytest.mark.parametrize("link", LINKS)
def test_the_no_response_link_is_amazons_or_none(link: str) -> None:
    """Only https, only Seller Central's hosts, only behind the last end marker."""
    end = "------------- End message -------------"
    mail = parse(f"From: a@b.example\n\nwords\n{end}\nResolve {link}\n".encode())
    assert bool(no_response_link(mail)) is LINKS[link]
    assert no_response_link(parse(f"From: a@b.example\n\n{link}\n{end}\n".encode())) == ""


def test_footer_alone_ends_the_words() -> None:
    """Without any marker the footer's phrases cut."""
    own, _ = own_part(
        parse(b"From: a@b.example\n\n1 of Kettle [ASIN: B0EXAMPLE1]\nIt leaks.\n[commMgrTok:AYEXAMPLE1]\n")
    )
    assert own is not None
    assert own.strip() == "It leaks."


@pytest.mark.parametrize(
    "sender", ["x@relay.walmart.com.evil.io", "short@relay.walmart.com", "a@walmart.com.evil.io", "a@walmrt.com"]
)
def test_not_walmarts(sender: str) -> None:
    """Strangers' addresses are no relay."""
    one = walmart.read(parse(f"From: {sender}\n\nhi".encode()))
    assert one is None or one.kind == "notice"


def test_a_shorter_walmart_relay_address_is_a_buyers() -> None:
    """The form known is from 2016; on the relay's host an address with a digit is a buyer's, however long."""
    one = walmart.read(parse(b"From: Kim <a1b2c3d4@relay.walmart.com>\n\nWhere is it?"))
    assert one is not None
    assert (one.kind, one.customer) == ("buyer_message", "a1b2c3d4@relay.walmart.com")


def test_walmart_words_may_hold_the_word_message() -> None:
    """The template's first "Message:" begins, its note ends; the buyer's own labels stay."""
    text = "Sales Order ID: 5000000000001\nItem: Kettle\nMessage:\nMessage: it leaks\nOrder number 5000000000009\n\nNote: You have received this message from the customer\nRefID: ABCDEF01"
    one = walmart.read(parse(f"From: {'A' * 32}@relay.walmart.com\n\n{text}".encode()))
    assert one is not None
    assert one.own is not None
    assert one.own.strip() == "Message: it leaks\nOrder number 5000000000009"
    assert one.template_orders == ("5000000000001",)


EBAY = {
    "kim wants to cancel an order": "cancel_request",
    "Return 5000000001: request opened": "return_request",
    "You refunded the buyer": "refund_issued",
    "A buyer opened a case": "claim_opened",
    "The case has been closed": "claim_closed",
    "Ein Käufer hat einen Fall eröffnet": "claim_opened",
    "Your item sold": "notice",
}


@pytest.mark.parametrize("subject", EBAY)
def test_ebay_notices(subject: str) -> None:
    """eBay's own mails by their subject."""
    one = ebay.read(parse(f"From: eBay <ebay@ebay.com>\nSubject: {subject}\n\nhi".encode()))
    assert one is not None
    assert one.kind == EBAY[subject]


NO_FORMS = [
    "Name: Kim\nEmail: kim@freemail.example\n\nI apply for the job.",  # her own mail
    "Hello,\nmy mail is kim@freemail.example, write there.",
    "Name: Kim\nMessage: hi",
]


@pytest.mark.parametrize("text", NO_FORMS)
def test_a_persons_own_mail_is_no_form(text: str) -> None:
    """A form is sent by a shop's machine and names an address other than its sender's."""
    one = direct.read(parse(f"From: Kim <kim@freemail.example>\n\n{text}".encode()))
    assert (one.kind, one.customer) == (None, "kim@freemail.example")


def test_a_forms_fields() -> None:
    """Labels in any language, values beside or below them, two names joined."""
    fields, message = direct.fields_of(
        "Vorname: Kim\nNachname: Doe\nE-Mail-Adresse:\nkim@x.example\nBestellnummer: 4711\nNachricht:\nHallo\n\nName: egal\n"
    )
    assert (fields["name"], fields["email"], fields["order"]) == ("Kim Doe", "kim@x.example", "4711")
    assert message == "Hallo\n\nName: egal"
