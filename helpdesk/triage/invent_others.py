"""Invented mail of everybody else: offers, fraud, newsletters, receipts, applications, business and private letters."""

from __future__ import annotations

import random

from helpdesk.triage.envelope import Letter, raw_mail
from helpdesk.triage.grammar import Writer, invented_host, invented_word, tongue
from helpdesk.triage.invent_buyers import OTHER, SPAM, Made, as_form, local_part, wrapping
from helpdesk.triage.invent_passed import Wrapper
from helpdesk.triage.letters import Written

#: What each kind of other mail counts as.
KIND_LABEL = {
    "offer": SPAM, "phish": SPAM, "scam": SPAM, "newsletter": OTHER, "receipt": OTHER, "survey": OTHER, "job": OTHER, "business": OTHER, "private": OTHER,
    "chat": OTHER, "misaddressed": OTHER, "story": SPAM, "ad": SPAM, "probe": SPAM, "asked": OTHER, "pitch": SPAM,
    "supplier": OTHER, "freight": OTHER, "own_purchase": OTHER, "peer": OTHER, "platform": OTHER, "influencer": SPAM, "auto": OTHER,
}  # fmt: skip
_KIND_SHARE = {
    "offer": 24,
    "phish": 22,
    "scam": 8,
    "newsletter": 8,
    "receipt": 8,
    "survey": 8,
    "job": 8,
    "business": 12,
    "private": 14,
    "chat": 16,
    "misaddressed": 6,
    "story": 8,
    "ad": 8,
    "probe": 4,
    "asked": 9,
    "pitch": 10,
}
#: Kinds whose letters are put together from single sentences: the sections of titles and sentences, and how many.
_TOLD = {"chat": ("chat", 1, 8), "story": ("scam", 3, 10), "ad": ("ad", 2, 10)}


#: Kinds that only letters have (letters.py), and the kind in whose envelopes they come.
_SENT_LIKE = {"supplier": "business", "freight": "business", "own_purchase": "business", "peer": "chat", "platform": "business",
              "influencer": "pitch", "auto": "business"}  # fmt: skip
_GREETED = frozenset({"offer", "job", "business", "private", "story", "probe", "asked", "pitch"})

#: How often others use the shop's form or chat, or are forwarded by a colleague.
_TYPED = {"offer": 0.3, "scam": 0.15, "phish": 0.06, "job": 0.3, "business": 0.2, "private": 0.2, "misaddressed": 0.3, "story": 0.1, "ad": 0.15, "probe": 0.2, "asked": 0.5, "pitch": 0.55, "supplier": 0.05, "own_purchase": 0.05, "influencer": 0.3}  # fmt: skip

_FROM_PEOPLE = frozenset({"offer", "job", "private", "chat", "misaddressed", "story", "probe", "ad", "asked", "pitch", "peer", "influencer"})  # fmt: skip


def weighted(dice: random.Random, shares: dict[str, int]) -> str:
    """A key, as often as its share says."""
    return dice.choices(tuple(shares), tuple(shares.values()))[0]


def make_other(dice: random.Random, language: str, kind: str = "", *, whole: Written | None = None) -> Made:
    """A mail of anybody who is no buyer. `whole`: its words and subject as they stand, in any language."""
    spoken, language = language, tongue(language)
    us = f"{dice.choice(('support', 'service', 'help', 'info', 'hello', 'kontakt', 'contact'))}@{invented_host(dice, language)}"
    writer = Writer(language, dice, us.rpartition("@")[2].split(".")[0])
    kind = kind or weighted(dice, _KIND_SHARE)
    company = invented_host(dice, language)
    if whole is not None:
        subject = whole.subject if dice.random() < 0.93 else ""  # as often without as buyers' letters are
        letter = Letter(sender="", name="", to=us, subject=subject, body=whole.body)
    else:
        subject, body = _told(kind, writer, dice) if kind in _TOLD else _letter(kind, writer)
        letter = Letter(sender="", name="", to=us, subject=writer.fill(subject), body=writer.fill(body))
    personal = kind in _FROM_PEOPLE and dice.random() < 0.6
    letter.name = writer.person.name if dice.random() < 0.78 else ""
    letter.sender = (
        f"{local_part(dice, writer)}@{dice.choice(wrapping(language)['free'].split()) if personal else company}"
    )
    letter.authentic = dice.choices(("pass", "none", "missing", "fail"), (45, 14, 36, 5))[0]
    letter.look = dice.choices(("plain", "simple", "both", "styled"), (50, 22, 18, 10))[0]
    if whole is None and kind in _GREETED and dice.random() < 0.5:
        greeted = writer.fill(writer.pick("greet"))
        if "\n\n" not in letter.body:
            letter.body = f"{greeted}\n\n{letter.body}\n\n{writer.fill(writer.pick('close'))}"
    if kind in _TYPED and dice.random() < _TYPED[kind]:
        if whole is None and "\n\n" in letter.body and dice.random() < 0.5:
            letter.body = letter.body.partition("\n\n")[2]  # into a form few write a letter's first line
        Wrapper(letter, writer, dice).any()
    else:
        _envelope_of(_SENT_LIKE.get(kind, kind), letter, writer, company, dice)
    if whole is not None and kind == "phish" and "http" not in letter.body and not letter.files:
        _bait(letter, writer, dice)
    return Made(raw_mail(letter, dice), KIND_LABEL[kind], spoken, kind)


def _letter(kind: str, writer: Writer) -> tuple[str, str]:
    subject, _, body = writer.pick(f"other {kind}").partition(" || ")
    return subject, body


def _told(kind: str, writer: Writer, dice: random.Random) -> tuple[str, str]:
    """A title and a handful of sentences, in paragraphs or in one piece; what others said stands between, quoted, in a chat."""
    name, least, most = _TOLD[kind]
    sentences = writer.grammar.lists[f"say {name}"]
    chosen = dice.sample(sentences, min(dice.randint(least, most), len(sentences)))
    joint = dice.choice((_joint(writer), _joint(writer), "\n", "\n\n"))
    if kind == "chat" and dice.random() < 0.6:
        mark = dice.choice(("> ", ">> ", "> > ", "| ", f"{writer.somebody().first}> ", f"[{writer.somebody().name}]\n"))
        chosen = [f"{mark}{dice.choice(sentences)}\n\n{one}" if dice.random() < 0.4 else one for one in chosen]
        joint = "\n\n"
    return writer.pick(f"title {name}"), joint.join(chosen)


def _joint(writer: Writer) -> str:
    return "" if writer.language in {"ja", "zh"} else " "


def _envelope_of(kind: str, letter: Letter, writer: Writer, company: str, dice: random.Random) -> None:
    if kind in {"newsletter", "receipt", "survey"}:
        _as_mass_mail(kind, letter, writer, company, dice)
    elif kind in {"phish", "scam"}:
        _as_fraud(letter, writer, company, dice)
    elif kind in {"story", "probe", "ad", "pitch"}:
        _as_stranger(letter, writer, dice)
    elif kind == "chat":
        _as_chat(letter, writer, dice)
    elif kind == "offer":
        if dice.random() < 0.15:
            letter.headers.append(("List-Unsubscribe", f"<mailto:u@{company}>"))
        if dice.random() < 0.12:
            as_form(letter, writer, dice)
        if dice.random() < 0.12:
            letter.subject = f"Re: {letter.subject}"
    elif kind in {"job", "business"} and dice.random() < 0.35:
        letter.files = [(dice.choice(("CV.pdf", "invoice.pdf", "document.pdf", "report.pdf")), "application/pdf")]
    if kind in {"private", "business", "misaddressed"} and dice.random() < 0.35:
        letter.headers.append(("In-Reply-To", f"<{dice.randrange(10**12)}@{invented_host(dice, 'en')}>"))
        letter.subject = letter.subject if letter.subject.startswith("Re") else f"Re: {letter.subject}"
        quote = dice.choice(wrapping(writer.language)["quote"])
        when, whom = writer.fill("{date}"), writer.somebody().name
        head = quote.format(d=when, us=whom, me=letter.sender, s=letter.subject)
        letter.body += f"\n\n{head}\n> ok, {writer.fill('{n} {date}')}"


def _as_mass_mail(kind: str, letter: Letter, writer: Writer, company: str, dice: random.Random) -> None:
    roles = ("news", "no-reply", "info", "hello", "noreply", "shop", "service", "feedback", "mail")
    letter.sender = f"{dice.choice(roles)}@{company}"
    name = company.split(".")[0].title()
    letter.name = dice.choice((name, f"{writer.person.first} from {name}", f"{name} Team", ""))
    shares = (20, 20, 40, 20) if kind == "survey" else (45, 25, 18, 12)
    letter.look = dice.choices(("banner", "styled", "plain", "simple"), shares)[0]
    if dice.random() < (0.55 if kind == "newsletter" else 0.1):
        letter.headers.append(("List-Unsubscribe", f"<https://{company}/u/{dice.randrange(10**9)}>"))


def _as_stranger(letter: Letter, writer: Writer, dice: random.Random) -> None:
    """A letter to anybody: often answered elsewhere, to nobody by name, now and then typed into the shop's own form."""
    letter.hidden_to = dice.random() < 0.2
    if dice.random() < 0.3:
        host = dice.choice((*wrapping(writer.language)["free"].split(), invented_host(dice, "en")))
        letter.reply_to = f"{local_part(dice, writer)}@{host}"
    chance = dice.random()
    if chance < 0.15:
        as_form(letter, writer, dice)
    elif chance < 0.25:
        letter.subject = letter.subject.upper()
        letter.body = letter.body.upper()
    elif chance < 0.32:
        letter.subject = f"Re: {letter.subject}"


def _as_chat(letter: Letter, writer: Writer, dice: random.Random) -> None:
    """A talk among people who are not us: to all of them, in a thread of theirs, their words above or below."""
    if not letter.subject.startswith(("Re", "RE", "AW")) and dice.random() < 0.5:
        letter.subject = f"Re: {letter.subject}"
    if dice.random() < 0.3:
        letter.subject = f"[{invented_word(dice)}] {letter.subject.removeprefix('Re: ')}"
    if dice.random() < 0.65:
        hosts = (invented_host(dice, "en"), *wrapping(writer.language)["free"].split())
        ids = [
            f"<{dice.randrange(10**14)}.{dice.randrange(10**4)}@{dice.choice(hosts)}>"
            for _ in range(dice.randint(1, 4))
        ]
        letter.headers.append(("In-Reply-To", ids[-1]))
        letter.headers.append(("References", " ".join(ids)))
    if dice.random() < 0.5:
        letter.headers.append(("Cc", f"{invented_word(dice)}@{invented_host(dice, 'en')}"))
    if dice.random() < 0.6:
        somebody = writer.somebody()
        who = dice.choice((somebody.name, f"{local_part(dice, writer)}@{invented_host(dice, 'en')}"))
        head = dice.choice(wrapping(writer.language)["quote"]).format(
            d=writer.fill("{date}"), us=who, me=letter.sender, s=letter.subject
        )
        said = "\n".join(
            f"> {writer.fill(one)}" for one in dice.sample(writer.grammar.lists["say chat"], dice.randint(1, 4))
        )
        letter.body = f"{letter.body}\n\n{head}\n{said}" if dice.random() < 0.5 else f"{head}\n{said}\n\n{letter.body}"


_BRANDS = ("Account Service", "Support", "Security Team", "Customer Service", "PayPal", "DHL Express", "Mail Admin")
_FRAUD_ROLES = ("support", "security", "service", "info", "billing", "admin", "noreply")


def _bait(letter: Letter, writer: Writer, dice: random.Random) -> None:
    """What a fraud leads to: without a link or a file it is but a complaint."""
    if dice.random() < 0.6:
        letter.body = f"{letter.body}\n\n{writer.url()}"
    else:
        name = dice.choice(("photos.zip", "invoice.html", "complaint.htm", "order.iso", "document.pdf", "evidence.rar"))
        letter.files = [(name, "application/pdf" if name.endswith("pdf") else "application/octet-stream")]


def _as_fraud(letter: Letter, writer: Writer, company: str, dice: random.Random) -> None:
    letter.look = dice.choices(("styled", "banner", "simple", "plain"), (32, 20, 24, 24))[0]
    letter.sender = f"{dice.choice((*_FRAUD_ROLES, invented_word(dice)))}@{company}"
    letter.name = dice.choice((*_BRANDS, "Amazon", "Microsoft", writer.person.name, company))
    letter.authentic = dice.choices(("pass", "none", "missing", "fail"), (30, 25, 36, 9))[0]
    letter.hidden_to = dice.random() < 0.15
    if dice.random() < 0.25:
        host = dice.choice(("gmail.com", "outlook.com", company))
        letter.reply_to = f"{invented_word(dice)}{dice.randint(1, 99)}@{host}"
    if dice.random() < 0.15:
        file = dice.choice(("invoice.html", "document.zip", "scan.htm", "statement.pdf"))
        letter.files = [(file, "application/octet-stream")]
    chance = dice.random()
    if chance < 0.06:  # passed on
        letter.subject = dice.choice(("Fw: ", "FW: ", "Fwd: ", "ENC: ")) + letter.subject
        head = f"From: {letter.name} <{letter.sender}>\nSent: {writer.fill('{date}')}\nTo: {letter.to}"
        letter.body = f"\n\n{'_' * 32}\n{head}\nSubject: {letter.subject}\n\n{letter.body}"
    elif chance < 0.1:  # nothing but a file
        letter.body = ""
        file = dice.choice(("document.pdf", "photo.jpg", "invoice.pdf", "scan.htm"))
        letter.files = [(file, dice.choice(("application/pdf", "image/jpeg", "text/html")))]
