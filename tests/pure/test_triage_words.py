"""What single words speak of: whole words, stems, and the ends of compounds."""

from __future__ import annotations

import pytest

from helpdesk.intake.read import read
from helpdesk.triage.features import NAMES, features_of
from helpdesk.triage.threads import answered, thread_of
from helpdesk.triage.words import lexicon


def kinds(word: str) -> set[str]:
    """The kinds of talk a word belongs to."""
    known = lexicon()
    return {known.kinds[place] for place in known.look_up(word)}


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("lamps", "goods"),
        ("stehleuchte", "goods"),  # the end of a compound that stands in no list
        ("gartenschlauch", "goods"),
        ("gordijnrail", "goods"),
        ("refunded", "remedy"),
        ("rückerstattung", "remedy"),
        ("buzzing", "trouble"),
        ("rayures", "trouble"),
    ],
)
def test_a_word_tells_what_it_speaks_of(word: str, kind: str) -> None:
    """Exact words, stems, ends; a word may be of several kinds."""
    assert kind in kinds(word)


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("kuitin", "paid"), ("számlát", "paid"), ("τιμολόγιο", "paid"), ("영수", "paid"), ("receipt", "paid"),
        ("käyttöohje", "sale"), ("pótalkatrész", "sale"), ("návod", "sale"), ("yedek", "sale"), ("ersatzteile", "sale"),
        ("teiltä", "house"), ("önöktől", "house"), ("sizden", "house"), ("客服", "house"),
        ("küsschen", "kin"),
        ("przyjedziesz", "thou"), ("приедешь", "thou"), ("kannst", "thou"), ("бабушка", "kin"),
        ("puszi", "kin"), ("dir", "thou"), ("тебе", "thou"),
    ],
)  # fmt: skip
def test_words_of_payment_of_things_of_houses_and_of_friends(word: str, kind: str) -> None:
    """What buyers pay and ask for, how they speak to a house, and how friends speak to one another."""
    assert kind in kinds(word)


def test_no_word_of_friends_or_offices_is_another_languages_word_of_a_purchase() -> None:
    """The lists are asked in all languages at once: “Tasse” is a cup, “du” is French too and no sign of a friend."""
    known = lexicon()
    ours = {known.kinds.index(kind) for kind in ("order", "trouble", "goods", "remedy", "paid", "sale")}
    theirs = {known.kinds.index(kind) for kind in ("work", "thou", "kin")}
    both = {word for word, found in known.words.items() if ours & {*found} and theirs & {*known.look_up(word)}}
    assert both == set()
    assert not {"du", "mam", "tasse"} & {word for word in known.words if theirs & {*known.words[word]}}


def test_an_end_is_no_word_of_its_own() -> None:
    """“rail” alone is no compound; “gesprochen” speaks of nothing."""
    assert "goods" not in kinds("rail")
    assert not kinds("gesprochen")


def mail(subject: str, text: str) -> bytes:
    """A private person's mail."""
    head = f"From: Ada Moor <ada.moor@gmail.com>\r\nTo: help@shop.example\r\nSubject: {subject}\r\n"
    return f"{head}Date: Tue, 24 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@gmail.com>\r\n\r\n{text}\r\n".encode()


def facts(subject: str, text: str) -> dict[str, float]:
    """Facts by name."""
    return dict(zip(NAMES, features_of(read(mail(subject, text))).facts, strict=True))


def test_what_a_buyer_speaks_of_counts_in_the_subject_as_in_the_text() -> None:
    """Who writes “broken lamp” above the letter has said it."""
    above, below = facts("broken lamp", "see photo"), facts("hello", "broken lamp, see photo")
    assert above["talk_trouble"] == below["talk_trouble"] > 0
    assert above["talk_goods"] == below["talk_goods"] > 0


@pytest.mark.parametrize(
    ("sender", "more", "barred"),
    [
        ("Jo <jo@shop.example>", "", True),
        ("Jo <jo@shop.example>", "Reply-To: ann@gmail.com\r\n", False),  # somebody else's, whom the answer reaches
        ("wordpress@shop.example", "", False),
        ("Ann <ann@gmail.com>", "", False),
    ],
)
def test_a_colleagues_note_is_never_a_buyers_by_its_words(sender: str, more: str, barred: bool) -> None:
    """From our own house, and answered there."""
    head = f"From: {sender}\r\nTo: help@shop.example\r\nSubject: the lamp\r\n{more}"
    found = features_of(read(f"{head}\r\nThe lamp of that lady is broken, I would send her a new one.\r\n".encode()))

    assert (found.colleague, found.barred) == (barred, barred)


@pytest.mark.parametrize(
    ("sender", "text", "barred"),
    [
        ("ada@gmail.com", "I am lonely, write to me at ada.moor77@outlook.com and I send my picture.", True),
        ("ada@gmail.com", "My lamp is broken. You reach me at ada@gmail.com.", False),
        ("ada@gmail.com", "My lamp is broken, I bought it from sales@maker.example.", False),
        ("ada@gmail.com", "My lamp of order 111-0000008-0000008 is broken, answer to ada.moor77@outlook.com.", False),
        ("no-reply@forms.example", "Kto: ada.moor77@outlook.com, co: My lamp is broken.", False),
    ],
)
def test_who_asks_to_be_answered_at_another_private_address_waits_for_a_person(
    sender: str, text: str, barred: bool
) -> None:
    """Fraud names the address that it wants the answer at; who names an order may, and machines tell of somebody."""
    found = features_of(read(f"From: {sender}\r\nTo: help@shop.example\r\nSubject: hello\r\n\r\n{text}\r\n".encode()))

    assert (found.diverts, found.barred) == (barred, barred)


def test_a_mail_without_words_is_no_buyers_by_its_shape() -> None:
    """A code and nothing else says nothing; a photo under a word of a subject does."""
    assert features_of(read(mail("", "#A0SC480A4S__"))).barred
    assert not features_of(read(mail("broken lamp", ""))).barred


def test_two_people_of_one_mail_provider_are_no_colleagues() -> None:
    """A seller at a provider of private mail gets buyers' mail from there."""
    raw = b"From: ann@gmail.com\r\nTo: shop@gmail.com\r\nSubject: lamp\r\n\r\nMy lamp is broken.\r\n"
    assert not features_of(read(raw)).colleague


def test_the_reference_of_a_web_mail_to_nothing_is_no_thread() -> None:
    """Yahoo's web mail gives each new letter a reference of its own; a real answer keeps the id that it answers."""
    head = "From: a@yahoo.com\r\nTo: help@shop.example\r\nSubject: lamp\r\nReferences: <1.2.3.ref@mail.yahoo.com>{}\r\n"
    new, answer = (
        read(f"{head.format(more)}\r\nMy lamp is broken.\r\n".encode()) for more in ("", " <x@host.example>")
    )

    assert answered(new.parsed) == ()
    assert answered(answer.parsed) == ("x@host.example",)
    assert not thread_of(new).foreign
    assert thread_of(answer).foreign


def test_a_word_said_twice_counts_once() -> None:
    """Distinct words are counted."""
    assert facts("lamp", "lamp lamp lamp")["talk_goods"] == facts("lamp", "x")["talk_goods"]


@pytest.mark.parametrize(
    ("text", "speaks"),
    [
        ("the lamp is loose", True),  # a thing that is sold, and one word of trouble
        ("we have a problem, call me", False),  # one word of trouble alone occurs in any letter
        ("see you on sunday", False),
    ],
)
def test_does_it_speak_of_a_purchase(text: str, speaks: bool) -> None:
    """What a rescue by score alone asks for."""
    assert features_of(read(mail("hi", text))).about_buying is speaks
