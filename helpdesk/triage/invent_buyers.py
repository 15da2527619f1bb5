"""Invented buyers: a letter or one line, polite or shouting, own mail, reply or form, with or without an order number."""

from __future__ import annotations

import random
import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from helpdesk.triage.envelope import Letter, raw_mail
from helpdesk.triage.grammar import Writer, invented_host, invented_word, tongue
from helpdesk.triage.invent_passed import Wrapper
from helpdesk.triage.letters import Written
from helpdesk.triage.words import data_text

BUYER, OTHER, SPAM = "buyer", "other", "spam"


@cache
def wrapping(language: str) -> dict[str, Any]:
    """What stands round a buyer's words in a language (data/wrappers.toml)."""
    found: dict[str, Any] = tomllib.loads(data_text("wrappers.toml"))[language]
    return found


@dataclass(frozen=True, slots=True)
class Made:
    """An invented mail and what it is."""

    raw: bytes
    label: str  #: buyer | other | spam
    language: str
    kind: str  #: direct, reply, or how it was passed on (form, chat, …) for buyers; the grammar's kind for others
    topic: str = ""
    cause: str = ""


def local_part(dice: random.Random, writer: Writer) -> str:
    """What stands before the @ of a person\'s address."""
    plain = (
        unicodedata.normalize("NFKD", f"{writer.person.first} {writer.person.last}")
        .encode("ascii", "ignore")
        .decode()
        .lower()
    )
    parts = [p for p in plain.replace("'", "").split() if p] or [invented_word(dice)]
    if len(parts) == 1:
        parts.append(invented_word(dice))
    first, last = parts[0], parts[-1]
    shape = dice.choice(
        (
            f"{first}.{last}",
            f"{first}{last}",
            f"{first[0]}.{last}",
            f"{first}_{last}",
            f"{last}{first[0]}",
            first,
            invented_word(dice) + last,
        )
    )
    return shape + dice.choice(("", "", "", str(dice.randint(1, 99)), str(dice.randint(1950, 2006))))


def _styled(dice: random.Random, text: str) -> str:
    chance = dice.random()
    if chance < 0.04:
        return text.upper() + dice.choice(("", "!!!", "!!"))
    if chance < 0.16:
        return text.lower().rstrip(".!")
    if chance < 0.2:
        return text.replace(". ", " ").replace(",", "").rstrip(".")
    if chance < 0.24:
        return f"{text} {dice.choice(('!!!', '???', '...', '?!', ':(', ':)'))}"
    if chance < 0.3 and len(text) > 30:  # a letter lost or twice, as thumbs type
        at = dice.randrange(5, len(text) - 5)
        return text[:at] + dice.choice(("", text[at] * 2)) + text[at + 1 :]
    return text


def buyer_words(
    writer: Writer, cause: str, dice: random.Random, among: Sequence[str] = (), *, more: bool = False
) -> str:
    """One to three sentences about one matter (of `among`, if given), in one of the moods in which people write.

    `more`: those of the sections `more TOPIC/CAUSE` too, which tell a buyer but would blur what a topic is.
    """
    sentences = among or writer.grammar.lists[f"buyer {cause}"]
    if more:
        sentences = (*sentences, *writer.grammar.lists.get(f"more {cause}", ()))
    count = dice.choices((1, 2, 3), (66, 28, 6))[0]
    chosen = dice.sample(sentences, min(count, len(sentences)))
    joint = "" if writer.language in {"ja", "zh"} else " "
    return _styled(dice, joint.join(writer.fill(s) for s in chosen))


def buyer_text(writer: Writer, cause: str, dice: random.Random, words: str = "") -> str:
    """A message without an envelope, greeting and signature included as often as people write them."""
    return _dress(writer, words or buyer_words(writer, cause, dice), dice, post_sale="presale" not in cause)


def _dress(writer: Writer, words: str, dice: random.Random, *, post_sale: bool) -> str:
    parts = [words]
    if dice.random() < 0.62:
        parts.insert(0, writer.fill(writer.pick("greet")))
    if post_sale and dice.random() < 0.4:
        parts.insert(dice.choice((len(parts), 1 if len(parts) > 1 else 0)), writer.fill(writer.pick("orderline")))
    if dice.random() < 0.14:  # feasts, kin and days off occur in buyers' letters too
        parts.append(writer.fill(writer.pick("context")))
    if dice.random() < 0.68:
        parts.append(writer.fill(writer.pick("close")))
    return dice.choice(("\n\n", "\n\n", "\n")).join(parts)


def _subject(writer: Writer, cause: str, words: str, dice: random.Random) -> str:
    chance = dice.random()
    if chance < 0.04:
        return ""
    if chance < 0.14:
        return words[: dice.randint(12, 50)].strip()
    pre = cause.startswith("other/") and cause.endswith("presale")
    return writer.fill(writer.pick("subject_pre" if pre else "subject"))


def make_buyer(
    dice: random.Random, language: str, *, words: str = "", cause: str = "", whole: Written | None = None
) -> Made:
    """A buyer's mail that comes from no marketplace: written straight, as a reply, or through a shop's form.

    `whole`: these words and this subject as they stand, in any language; what is invented is what stands round them.
    """
    spoken, language = language, tongue(language)
    us = f"{dice.choice(('support', 'service', 'help', 'info', 'hello', 'kontakt', 'contact', 'shop'))}@{invented_host(dice, language)}"
    shop = us.rpartition("@")[2].split(".")[0]
    writer = Writer(language, dice, shop)
    if whole is None:
        cause = cause or dice.choice(writer.grammar.causes())
        own = words or buyer_words(writer, cause, dice, more=True)
        text = _dress(writer, own, dice, post_sale="presale" not in cause)
        subject = _subject(writer, cause, own, dice)
    else:
        cause, text, subject = whole.what, whole.body, whole.subject
    return _sent(
        dice, writer, Made(b"", BUYER, spoken, "", cause.partition("/")[0], cause.partition("/")[2]), us, subject, text
    )


def _sent(dice: random.Random, writer: Writer, made: Made, us: str, subject: str, text: str) -> Made:
    """The mail round a buyer's words."""
    language = writer.language
    host = dice.choice(wrapping(language)["free"].split()) if dice.random() < 0.78 else invented_host(dice, language)
    sender = f"{local_part(dice, writer)}@{host}"
    kind = dice.choices(("direct", "reply", "form", "passed"), (56, 20, 8, 16))[0]
    letter = Letter(
        sender=sender,
        name=dice.choices((writer.person.name, "", writer.person.first, sender.partition("@")[0]), (70, 18, 8, 4))[0],
        to=us,
        subject=subject,
        body=text,
    )
    letter.look = dice.choices(("plain", "simple", "both"), (55, 25, 20))[0]
    letter.authentic = dice.choices(("pass", "none", "missing", "fail"), (52, 8, 36, 4))[0]
    if dice.random() < 0.2:
        letter.reply_to = sender
    if dice.random() < 0.08:
        letter.files = (
            [(f"IMG_{dice.randint(1000, 9999)}.jpg", "image/jpeg")]
            if dice.random() < 0.85
            else [("invoice.pdf", "application/pdf")]
        )
    if kind == "reply":
        _as_reply(letter, writer, dice)
    elif kind == "form":
        as_form(letter, writer, dice)
    elif kind == "passed":
        kind = Wrapper(letter, writer, dice).any()
    return replace(made, raw=raw_mail(letter, dice), kind=kind)


def _as_reply(letter: Letter, writer: Writer, dice: random.Random) -> None:
    ours = writer.fill(
        dice.choice((writer.pick("subject"), wrapping(writer.language)["ours"].replace("{o}", writer.order)))
    )[:60]
    letter.subject = dice.choice(("Re: ", "RE: ", "AW: ", "Re:", "SV: ", "R: ")) + ours
    # Most shops' mail carries their own domain in its id, some that of the service which sends it.
    sent_by = letter.to.rpartition("@")[2] if dice.random() < 0.7 else invented_host(dice, "en")
    letter.headers.append(("In-Reply-To", f"<{dice.randrange(10**12)}@{sent_by}>"))
    head = dice.choice(wrapping(writer.language)["quote"]).format(
        d=writer.fill("{date}"), us=letter.to, me=letter.sender, s=ours
    )
    quoted = wrapping(writer.language)["ours"].replace("{o}", writer.order)
    if dice.random() < 0.85:
        letter.body += f"\n\n{head}\n" + "\n".join(f"> {line}" for line in (quoted, "", writer.shop))


def as_form(letter: Letter, writer: Writer, dice: random.Random) -> None:
    """Turn a letter into what a shop\'s contact form sends of it."""
    letter.body = dice.choice(wrapping(writer.language)["forms"]).format(
        name=writer.person.name, mail=letter.sender, text=letter.body
    )
    letter.reply_to = letter.sender
    shop = letter.to.rpartition("@")[2]
    letter.sender = dice.choice(
        (f"no-reply@{shop}", f"wordpress@{shop}", f"shop@{shop}", letter.to, f"mailer@{invented_host(dice, 'en')}")
    )
    letter.subject = dice.choice(
        (wrapping(writer.language)["form_subject"], letter.subject, f"[{writer.shop}] {letter.subject}")
    )
    if dice.random() < 0.5:
        letter.name = writer.shop
