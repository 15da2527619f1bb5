# ruff: noqa: E501 -- samples of mail
"""Words that a form, a chat, a messenger or a colleague passes on: whose they are, and what bars a trap dressed so."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from helpdesk.intake.read import read
from helpdesk.marketplaces.fields import fields_of
from helpdesk.marketplaces.labels import exactly, field_of, from_a_machine
from helpdesk.resources import resource
from helpdesk.triage.classifier import load_model
from helpdesk.triage.features import features_of
from helpdesk.triage.generator import generate
from helpdesk.triage.grammar import LANGUAGES
from helpdesk.triage.invent_buyers import make_buyer
from helpdesk.triage.judging import Triage

HEAD = "To: support@shop.test\nSubject: {subject}\nFrom: {sender}\nDate: Mon, 2 Mar 2026 10:00:00 +0000\n"


def mail(sender: str, subject: str, body: str, *more: str) -> bytes:
    """A mail to the shop."""
    lines = HEAD.format(sender=sender, subject=subject) + "".join(f"{line}\n" for line in more)
    return f"{lines}Content-Type: text/plain; charset=utf-8\n\n{body}\n".encode()


@pytest.mark.parametrize(
    ("label", "field"),
    [
        ("What's your e-mail?", "email"),
        ("Adres e-mail nadawcy", "email"),
        ("*Ihre Telefonnummer*:", "phone"),
        ("Betreff (optional)", "subject"),
        ("ＥＭＡＩＬ", "email"),
        ("お問い合わせ内容", "message"),
        ("Waar gaat je vraag over?", "message"),
        ("lumako", ""),
        ("a label of far too many words to be one of a form", ""),
    ],
)
def test_labels_are_known_by_their_words(label: str, field: str) -> None:
    """Whole labels, and words and stems in labels nobody listed."""
    assert field_of(label) == field


def test_whole_labels_alone() -> None:
    """A line that merely holds such a word is no whole label."""
    assert (exactly("Nachricht"), exactly("Nachricht von gestern")) == ("message", "")


@pytest.mark.parametrize(
    ("address", "machine"),
    [
        ("no-reply@x.test", True),
        ("wordpress@x.test", True),
        ("noreply-sms@x.test", True),
        ("kim.doe@x.test", False),
        ("mailer-daemon@x.test", False),
    ],
)
def test_machines_by_their_address(address: str, machine: bool) -> None:
    """Programs that pass words on; a mail system's own reports are not meant."""
    assert from_a_machine(address) == machine


ATTACHED = """From: Odile Blanc <odile@mail.test>
To: boss@shop.test
Subject: commande
Content-Type: text/plain; charset=utf-8

Bonjour, je n'ai pas reçu la bonne couleur. Que faire ?
"""


def test_a_colleague_forwards_a_mail_as_an_attachment() -> None:
    """The attached mail's sender is the customer, its words are the buyer's; a stranger's forward stays the stranger's."""
    body = f"--b\nContent-Type: text/plain\n\nFYI\n--b\nContent-Type: message/rfc822\n\n{ATTACHED}\n--b--\n"
    kind = "Content-Type: multipart/mixed; boundary=b\n\n"
    ours = read((HEAD.format(sender="boss@shop.test", subject="Fwd: commande") + kind + body).encode())
    assert (ours.customer, ours.buyer_name, ours.language) == ("odile@mail.test", "Odile Blanc", "fr")
    assert ours.text == "Bonjour, je n'ai pas reçu la bonne couleur. Que faire ?"
    foreign = read((HEAD.format(sender="sam@other.test", subject="Fwd: commande") + kind + body).encode())
    assert foreign.customer == "sam@other.test"


def test_a_letter_passed_on_is_no_form() -> None:
    """Labels in a letter that our own side forwards are the letter's."""
    raw = mail("info@shop.test", "Fw: payment", "Name: Ben\nEmail: ben@fund.test\nMessage: I wait to hear from you")
    assert read(raw).kind is None


def test_labels_deep_in_a_letter_are_no_form() -> None:
    """A letter that ends in “Email: …, Phone: …” is a letter."""
    letter = "\n".join(["I write to you about a fund that was left to you."] * 10)
    assert fields_of(f"{letter}\nName: Ben\nEmail: ben@x.test\nMessage: answer soon") == ({}, "")


def test_visitors_of_one_gateway_are_not_one_customer() -> None:
    """Where nobody can be answered, the number tells people apart: their mails are not one conversation."""
    voices = [
        read(mail("noreply@phone.test", f"New voicemail from {number}", f"Caller: {number}\nTranscript:\nCall me back"))
        for number in ("030 5550100", "030 5550101")
    ]
    assert [one.customer for one in voices] == [
        "030 5550100 via noreply@phone.test",
        "030 5550101 via noreply@phone.test",
    ]


def test_a_strangers_form_that_urges_to_sign_in_is_barred() -> None:
    """However like a buyer's its message is; the same without the trap is not."""
    message = "New message\n\nName: Kim\nEmail: kim@mail.test\nMessage: my parcel never arrived, where is it?\n\n"
    sender = "noreply@forms.test"
    trap = read(mail(sender, "New message", message + "Verify your account: https://forms.test/login"))
    plain = read(mail(sender, "New message", message + "Reply to this email to answer."))
    assert (trap.kind, plain.kind) == ("contact_form", "contact_form")
    assert features_of(trap).barred
    assert not features_of(plain).barred


@pytest.mark.parametrize(
    ("name", "kind", "barred"),
    [
        ("photo.html", "text/html", True),
        ("photos.zip", "application/zip", True),
        ("photo.jpg", "image/jpeg", False),
        ("mail.eml", "message/rfc822", False),
    ],
)
def test_a_dangerous_file_bars(name: str, kind: str, barred: bool) -> None:
    """A page, program or archive is seen by a person first; a photo or a forwarded mail is not."""
    file = f'--b\nContent-Type: {kind}; name="{name}"\nContent-Disposition: attachment; filename="{name}"\n\nSubject: x\n\nx\n--b--'
    raw = (
        HEAD.format(sender="kim@mail.test", subject="broken")
        + f"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nmy lamp is broken, see the photo\n{file}\n"
    )
    assert features_of(read(raw.encode())).barred == barred


def test_invented_wrappers_are_read() -> None:
    """Of what machines pass on in ten languages nearly all is known as such, and the words are the writer's own."""
    ways: Counter[str] = Counter()
    known: Counter[str] = Counter()
    dice = random.Random(5)
    for number in range(600):
        made = make_buyer(dice, LANGUAGES[number % len(LANGUAGES)])
        if made.kind in {"form", "chat", "gateway", "voicemail"}:
            ways[made.kind] += 1
            known[made.kind] += read(made.raw).kind == "contact_form"
    assert set(ways) == {"form", "chat", "gateway", "voicemail"}
    assert sum(known.values()) >= 0.93 * sum(ways.values())


OWN = "The poles are in the box but the bolts are not. Can you send them?"


@pytest.mark.parametrize(
    ("sender", "subject", "body"),
    [
        ("forms@service.test", "New submission", f"name:\nA. Moor\n\nemail:\na.moor@mail.test\n\nmessage:\n{OWN}\n\nYou are receiving this because you confirmed this address. Click here to unsubscribe."),
        ("noreply@service.test", "Form submission", f"Full name  Ann Moor\nE-mail  a.moor@mail.test\nYour question  {OWN}\n\nNow you can edit submissions in the app."),
        ("no-reply@service.test", "Offline-Nachricht von A. Moor", f"Name: Moor\nE-Mail: a.moor@mail.test\nNachricht: {OWN}\n\nKontakt in der App ansehen"),
        ("inbox@service.test", "New WhatsApp message from Ann", f"Ann (+44 7700 900199) wrote at 08:02:\n\n{OWN}"),
        ("inbox@service.test", "Nova mensagem no WhatsApp: Ana", f"Contato: Ana (+44 7700 900199)\nMensagem: {OWN}\nRecebida 14:02"),
        ("noreply@service.test", "Neue Offline-Nachricht", f"Offline-Nachricht:\n\n> Name: Ann\n> Mail: a.moor@mail.test\n>\n> {OWN}"),
        ("no-reply@service.test", "You have a missed conversation with Visitor #8", f"Visitor #8 left a message\n\n19:04  Visitor: {OWN}\n19:07  Bot: We are away.\n\nOpen the conversation in your inbox"),
    ],
)  # fmt: skip
def test_what_a_service_sets_round_a_message_is_none_of_its_words(sender: str, subject: str, body: str) -> None:
    """Sentences about the service, tables without colons, times below, a whole form as a quotation."""
    found = read(mail(sender, subject, body))

    assert (found.kind, found.text) == ("contact_form", OWN)


FORM_SPAM = [
    "Hi, my name is Ethan. We rank shops like yours on the first page of Google for a small monthly fee. May I send a report?",
    "Wir bauen Ihnen einen modernen Internetauftritt und bringen ihn bei Google nach vorn. Rückruf genügt.",
    "Bonjour, notre agence booste votre visibilité sur internet. Êtes-vous disponible pour un appel cette semaine ?",
    "Ofrecemos préstamos rápidos para su negocio sin aval, escríbame a este correo.",
    "Vendemos base de leads qualificados para sua empresa vender mais. Quer uma amostra?",
]


@pytest.mark.parametrize("text", FORM_SPAM)
def test_spam_through_the_shops_own_form_is_no_buyer(text: str) -> None:
    """Offers typed into the shop's own form stay out, though the form is the shop's."""
    raw = mail(
        "Shop <wordpress@shop.test>",
        "Kontaktformular",
        f"Name: Alex\nE-Mail: alex@offers.test\nNachricht: {text}",
        "Reply-To: alex@offers.test",
    )
    triage = Triage(load_model(resource("models")))
    assert [str(one.verdict) for one, _ in triage.judge_all([read(raw)])] != ["buyer"]


def test_both_sides_come_through_forms() -> None:
    """What a machine passes on says nothing of who wrote: buyers and others are invented so."""
    labels = Counter(made.label for made in generate(3, 150, 300) if read(made.raw).kind == "contact_form")
    assert min(labels["buyer"], labels["spam"], labels["other"]) >= 10
