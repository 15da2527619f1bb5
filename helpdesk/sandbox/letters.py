"""Raw mails of every kind, with invented people, orders and words: for the demo, the tests and the benchmarks."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

OURS = "support@shop.example"
SERVER = "mx.shop.example"

#: What a buyer asks, by language.
WORDS = {
    "en": [
        "Hello, my parcel has not arrived yet. Where is it? I ordered it two weeks ago.",
        "The lid of the kettle is cracked. Can you help me please?",
        "I received the wrong colour. I ordered blue and you sent me red.",
        "How can I send this back? I would like a refund.",
    ],
    "de": [
        "Guten Tag, mein Paket ist noch nicht angekommen. Wo ist es? Ich warte seit zwei Wochen.",
        "Der Deckel ist gebrochen, können Sie mir bitte helfen?",
    ],
    "fr": [
        "Bonjour, je n'ai toujours pas reçu mon colis. Où est-il ? Je l'ai commandé il y a deux semaines.",
        "Le couvercle est cassé, pouvez-vous m'aider s'il vous plaît ?",
    ],
    "it": ["Buongiorno, non ho ancora ricevuto il mio pacco. Dov'è? L'ho ordinato due settimane fa."],
    "es": ["Hola, todavía no he recibido mi paquete. ¿Dónde está? Lo pedí hace dos semanas."],
    "ja": ["お世話になっております。注文した商品がまだ届きません。いつ届きますか。よろしくお願いいたします。"],
}

#: Amazon's domain and template words by language: subject, item heading, begin and end marker.
AMAZON = {
    "en": ("com", "Order delivery inquiry from Amazon customer {name} (Order: {order})", "Message:", "End message"),
    "de": ("de", "Paket nicht angekommen von Amazon-Kunde {name} (Bestellung: {order})",
           "Nachricht:", "Ende der Nachricht"),
    "fr": ("fr", "Demande de renseignements de la part du client Amazon {name} (Commande : {order})",
           "Message :", "Fin du message"),
    "it": ("it", "Richiesta da parte di {name} (Ordine: {order})", "Messaggio:", "Fine messaggio"),
    "es": ("es", "Consulta de {name} (Pedido: {order})", "Message:", "Finalizar mensaje"),
    "ja": ("co.jp", "商品に関するお問い合わせ(注文: {order})", "メッセージ:", "メッセージ終了"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A buyer who does not exist."""

    name: str
    order: str
    language: str
    relay: str  #: local part of the relay address

    @property
    def alias(self) -> str:
        """The relay address."""
        return f"{self.relay}@marketplace.amazon.{AMAZON[self.language][0]}"


def person(number: int, language: str = "en") -> Person:
    """The number-th buyer."""
    names = ("Anna Berg", "Jon Lake", "Marie Noir", "Luca Riva", "Ines Sol", "Ken Mori", "Pat Stone", "Eva Lind")
    relay = "".join(random.Random(number).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=15))
    return Person(
        name=names[number % len(names)],
        order=f"111-{number:07d}-{number * 7 % 10**7:07d}",
        language=language,
        relay=relay,
    )


def message(
    *,
    sender: str,
    subject: str,
    text: str,
    at: datetime,
    to: str = OURS,
    message_id: str = "",
    headers: dict[str, str] | None = None,
    html: str = "",
    auth: str = "dmarc=pass",
) -> EmailMessage:
    """A mail as it lies in the mailbox: with our server's hop and its result on top."""
    mail = EmailMessage(policy=SMTP)
    domain = sender.rpartition("@")[2].rstrip(">")
    mail["Received"] = f"from mail.{domain} by {SERVER} with ESMTPS; {format_datetime(at + timedelta(seconds=3))}"
    if auth:
        mail["Authentication-Results"] = f"{SERVER}; {auth} header.from={domain}"
    mail["From"] = sender
    mail["To"] = to
    mail["Subject"] = subject
    mail["Date"] = format_datetime(at)
    if message_id:
        mail["Message-ID"] = f"<{message_id}>"
    for name, value in (headers or {}).items():
        mail[name] = value
    mail.set_content(text)
    if html:
        mail.add_alternative(html, subtype="html")
    return mail


def relayed(
    who: Person,
    at: datetime,
    *,
    words: str = "",
    number: int = 0,
    layout: str = "new",
    auth: str = "dmarc=pass",
    **headers: str,
) -> bytes:
    """A buyer's message through Amazon's relay, in the new layout (2026) or the old one (2016)."""
    tld, subject, begin, end = AMAZON[who.language]
    said = words or WORDS[who.language][number % len(WORDS[who.language])]
    if layout == "new":
        text = (
            f"You have received a message.\n\n# {who.order}:\n1 / Travel kettle 0.8 l [ASIN: B0EXAMPLE1]\n\n"
            f"------------- {begin} -------------\n\n{said}\n\n------------- {end} -------------\n\n"
            f"Was this email helpful? https://sellercentral.amazon.{tld}/gp/satisfaction/survey-form.html?x=1\n"
            f"Resolve case https://sellercentral.amazon.{tld}/messaging/no-response-needed?t=A1&m=A2&h={'0' * 40}&s=1\n"
            f"--------------------------\nCopyright 2026 Amazon, Inc.\nSPC-USAmazon-0000000000000000\n"
        )
    else:
        text = (
            f"Order ID {who.order}:\n1 of Travel kettle 0.8 l [ASIN: B0EXAMPLE1]\n\n"
            f"------------- Begin message -------------\n\n{said}\n\n------------- End message -------------\n\n"
            f"[commMgrTok:AYEXAMPLE{number:04d}]\n"
        )
    more = {"X-Space-Notification-Type": "BBC_MESSAGE_SENT_TO_MERCHANT"} if layout == "new" else {}
    return bytes(
        message(
            sender=f'"{who.name} - Amazon Marketplace" <{who.alias}>',
            subject=subject.format(name=who.name, order=who.order),
            text=text,
            at=at,
            message_id=f"{who.relay}.{number}@eu-west-1.amazonses.com",
            headers={**more, **{k.replace("_", "-"): v for k, v in headers.items()}},
            auth=auth,
        )
    )


def direct(number: int, at: datetime, *, language: str = "en", words: str = "", **headers: str) -> bytes:
    """A buyer's mail to the shop's own address."""
    who = person(number, language)
    local = who.name.lower().replace(" ", ".")
    return bytes(
        message(
            sender=f"{who.name} <{local}.{number}@freemail.test>",
            subject="Question about my order",
            text=f"{words or WORDS[language][number % len(WORDS[language])]}\n\n{who.name}\n\nSent from my iPhone\n",
            at=at,
            message_id=f"{local}.{number}@freemail.test",
            headers={k.replace("_", "-"): v for k, v in headers.items()},
        )
    )


def newsletter(number: int, at: datetime) -> bytes:
    """Bulk mail with an unsubscribe link."""
    return bytes(
        message(
            sender=f"Garden News <news{number}@garden-news.test>",
            subject=f"This week's garden tips, no. {number}",
            text="Ten tips for your garden this week. Read more at https://garden-news.test/tips and enjoy the sale!\n",
            at=at,
            message_id=f"news.{number}@garden-news.test",
            headers={"List-Unsubscribe": "<https://garden-news.test/u>", "Precedence": "bulk", "List-Id": "garden"},
        )
    )


def out_of_office(number: int, at: datetime) -> bytes:
    """A machine's answer."""
    return bytes(
        message(
            sender=f"Jo Field <jo{number}@office.test>",
            subject="Automatic reply: Question about my order",
            text="I am out of the office until Monday and will answer then.\n",
            at=at,
            message_id=f"ooo.{number}@office.test",
            headers={"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"},
        )
    )


def bounce(number: int, at: datetime, returned: str = "nothing@shop.example") -> bytes:
    """A delivery status notification (RFC 3464) for a mail of ours."""
    boundary = f"b{number}"
    return (
        f"Return-Path: <>\r\nReceived: from mx.far.test by {SERVER}; {format_datetime(at)}\r\n"
        f"From: Mail Delivery System <MAILER-DAEMON@far.test>\r\nTo: {OURS}\r\n"
        f"Subject: Undelivered Mail Returned to Sender\r\nDate: {format_datetime(at)}\r\n"
        f"Message-ID: <dsn.{number}@far.test>\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        f'Content-Type: multipart/report; report-type=delivery-status; boundary="{boundary}"\r\n\r\n'
        f"--{boundary}\r\nContent-Type: text/plain\r\n\r\nYour message could not be delivered.\r\n"
        f"--{boundary}\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; far.test\r\n\r\n"
        f"Final-Recipient: rfc822; gone@far.test\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        f"Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n"
        f"--{boundary}\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{returned}>\r\nSubject: Re: x\r\n\r\n"
        f"--{boundary}--\r\n"
    ).encode()


def spoof(number: int, at: datetime) -> bytes:
    """An imitation of Amazon's relay whose authentication failed, with a trap in it."""
    return bytes(
        message(
            sender=f'"Amazon Marketplace" <qk{number:013d}@marketplace.amazon.com>',
            subject="Your seller account will be suspended: verify now",
            text="Dear seller, verify your account at https://amazon-seller-verify.test/login within 24 hours.\n",
            at=at,
            message_id=f"spoof.{number}@bulk.test",
            auth="dmarc=fail",
        )
    )


def attached(who: Person, at: datetime, size: int, number: int = 0) -> bytes:
    """A relay mail with a large picture."""
    mail = message(
        sender=f'"{who.name}" <{who.alias}>',
        subject=f"Product details inquiry from Amazon customer {who.name} (Order: {who.order})",
        text=f"------------- Message: -------------\n\n{WORDS['en'][1]}\n\n------------- End message -------------\n",
        at=at,
        message_id=f"{who.relay}.big.{number}@eu-west-1.amazonses.com",
        headers={"X-Space-Notification-Type": "BBC_MESSAGE_SENT_TO_MERCHANT"},
    )
    mail.add_attachment(random.Random(number).randbytes(size), maintype="image", subtype="png", filename="lid.png")
    return bytes(mail)


def shop(count: int, *, seed: int = 1, until: datetime | None = None) -> list[bytes]:
    """A shop's inbox: new conversations and follow-ups in six languages, machines, newsletters, duplicates."""
    rng = random.Random(seed)
    end = until or datetime.now(UTC)
    mails: list[bytes] = []
    buyers: list[Person] = []
    for number in range(count):
        at = end - timedelta(seconds=20 * (count - number))
        kind = rng.random()
        if kind < 0.5 or not buyers:
            buyers.append(person(number + 1000 * seed, rng.choice(list(AMAZON))))
            mails.append(relayed(buyers[-1], at, number=number, layout=rng.choice(["new", "new", "old"])))
        elif kind < 0.8:
            mails.append(relayed(rng.choice(buyers), at, number=number, words="Any news about my order, please?"))
        elif kind < 0.9:
            mails.append(direct(number + 1000 * seed, at, language=rng.choice(["en", "de", "fr"])))
        elif kind < 0.94:
            mails.append(newsletter(number, at))
        elif kind < 0.97:
            mails.append(out_of_office(number, at))
        else:
            mails.append(rng.choice(mails))
    return mails
