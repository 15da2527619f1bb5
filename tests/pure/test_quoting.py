# ruff: noqa: E501 -- samples of mail
"""Own words against quoted history, by language and mail program; nothing lost, time linear."""

from __future__ import annotations

import time

import pytest
import quotequail
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk.intake.phrases import REPLY_ABOVE
from helpdesk.intake.quoting import is_attribution, is_device_line, own_words, split

#: language or program → how it introduces the quoted mail; "> " lines follow.
MARKED = {
    "en gmail": "On Mon, Mar 2, 2026 at 9:00 AM Kettle Shop <support@shop.example> wrote:",
    "en gmail folded": "On Mon, Mar 2, 2026 at 9:00 AM Kettle Shop and Friends of the Kettle\n<support@shop.example> wrote:",
    "en three lines": "On Mon, Mar 2, 2026 at 9:00 AM,\nKettle Shop and Friends <\nsupport@shop.example> wrote:",
    "en thunderbird": "On 02/03/2026 09:00, Kettle Shop wrote:",
    "en bare": "support@shop.example wrote:",
    "en iphone": "On Mar 2, 2026, at 09:00, Kettle Shop <support@shop.example> wrote:",
    "de": "Am 02.03.2026 um 09:00 schrieb Kettle Shop:",
    "de gmail": "Am Mo., 2. März 2026 um 09:00 Uhr schrieb Kettle Shop <support@shop.example>:",
    "de gmx": "Gesendet: Montag\n\nKettle Shop <support@shop.example> schrieb am Mo., 2. März 2026, 09:00:",
    "fr": "Le lun. 2 mars 2026 à 09:00, Kettle Shop <support@shop.example> a écrit :",
    "fr folded": "Le lun. 2 mars 2026 à 09:00, Kettle Shop <support@shop.example> a\nécrit :",
    "es": "El lun, 2 mar 2026 a las 9:00, Kettle Shop (<support@shop.example>) escribió:",
    "it": "Il giorno lun 2 mar 2026 alle ore 09:00 Kettle Shop <support@shop.example> ha scritto:",
    "pt": "Em seg., 2 de mar. de 2026 às 09:00, Kettle Shop <support@shop.example> escreveu:",
    "nl": "Op ma 2 mrt 2026 om 09:00 schreef Kettle Shop <support@shop.example>:",
    "pl": "pon., 2 mar 2026 o 09:00 Kettle Shop <support@shop.example> napisał(a):",
    "sv": "Den mån 2 mars 2026 kl 09:00 skrev Kettle Shop <support@shop.example>:",
    "da": "Den man. 2. mar. 2026 kl. 09.00 skrev Kettle Shop <support@shop.example>:",
    "tr": "Kettle Shop <support@shop.example>, 2 Mar 2026 Pzt, 09:00 tarihinde şunu yazdı:",
    "ru": "пн, 2 мар. 2026 г. в 09:00, Kettle Shop <support@shop.example> написал(а):",
    "ja": "2026年3月2日(月) 9:00 Kettle Shop <support@shop.example>:",
    "ja written": "2026年3月2日(月) 9:00 Kettle Shop <support@shop.example> のメッセージ:",
    "zh gmail": "Kettle Shop <support@shop.example> 于2026年3月2日周一 09:00写道：",
    "zh 163": '在 2026-03-02 09:00:00，"Kettle Shop" <support@shop.example> 写道：',
    "ko": "2026년 3월 2일 (월) 오전 9:00, Kettle Shop <support@shop.example>님이 작성:",
    "marks alone": "",
}

#: what opens an unmarked original that runs to the end
OPENERS = {
    "outlook en": "From: Kettle Shop <support@shop.example>\nSent: Monday, March 2, 2026 9:00 AM\nTo: Kim\nSubject: Your order\n",
    "outlook de": "Von: Kettle Shop <support@shop.example>\nGesendet: Montag, 2. März 2026 09:00\nAn: Kim\nBetreff: Bestellung\n",
    "outlook fr": "De : Kettle Shop <support@shop.example>\nEnvoyé : lundi 2 mars 2026 09:00\nÀ : Kim\nObjet : Commande\n",
    "outlook es": "De: Kettle Shop\nEnviado el: lunes, 2 de marzo de 2026 9:00\nPara: Kim\nAsunto: Pedido\n",
    "outlook it": "Da: Kettle Shop\nInviato: lunedì 2 marzo 2026 09:00\nA: Kim\nOggetto: Ordine\n",
    "outlook pt": "De: Kettle Shop\nEnviada em: segunda-feira, 2 de março de 2026 09:00\nPara: Kim\nAssunto: Pedido\n",
    "outlook nl": "Van: Kettle Shop\nVerzonden: maandag 2 maart 2026 09:00\nAan: Kim\nOnderwerp: Bestelling\n",
    "outlook pl": "Od: Kettle Shop\nWysłano: poniedziałek, 2 marca 2026 09:00\nDo: Kim\nTemat: Zamówienie\n",
    "outlook sv": "Från: Kettle Shop\nSkickat: den 2 mars 2026 09:00\nTill: Kim\nÄmne: Beställning\n",
    "outlook ja": "差出人: Kettle Shop\n送信日時: 2026年3月2日 9:00\n宛先: Kim\n件名: ご注文\n",
    "outlook zh": "发件人: Kettle Shop\n发送时间: 2026年3月2日 9:00\n收件人: Kim\n主题: 订单\n",
    "outlook bold": "*From:* Kettle Shop <support@shop.example>\n*Sent:* Monday\n*To:* Kim\n",
    "outlook rule": "________________________________\nFrom: Kettle Shop <support@shop.example>\nSent: Monday\nTo: Kim\n",
    "original message": "-----Original Message-----\nFrom: Kettle Shop\n",
    "original dashes": "--- Original message ---\nFrom: support@shop.example\nTo: me\n",
    "ursprüngliche": "-----Ursprüngliche Nachricht-----\nVon: Kettle Shop\n",
    "message d'origine": "-------- Message d'origine --------\n",
    "mensaje original": "----- Mensaje original -----\n",
    "qq": '------------------ 原始邮件 ------------------\n发件人: "Kettle Shop" <support@shop.example>;\n',
    "元のメッセージ": "----- 元のメッセージ -----\n",
    "forwarded": "---------- Forwarded message ---------\nFrom: Kettle Shop <support@shop.example>\n",
    "apple forward": "Begin forwarded message:\n\nFrom: Kettle Shop <support@shop.example>\n",
    "unmarked gmail": "On Mon, Mar 2, 2026 at 9:00 AM Kettle Shop <support@shop.example> wrote:\n\n",
    "reply above": "##- Please type your reply above this line -##\n",
    "yahoo": "On Monday, March 2, 2026, 09:00:00 AM GMT, Kettle Shop <support@shop.example> wrote:  \n\n",
}


@pytest.mark.parametrize("name", MARKED)
def test_attributions_by_language(name: str) -> None:
    """The words before and after a marked quotation are the writer's, the quotation and its attribution are not."""
    if name == "de gmx":
        text = MARKED[name].split("\n\n")[1] + "\n> old words 111-0000001-0000001\n"
        assert own_words("Before.\n\n" + text)[0] == "Before."
        return
    text = f"Before.\n\n{MARKED[name]}\n> old words 111-0000001-0000001\n>\n> more\n\nAfter.\n"
    own, quoted = own_words(text)
    assert own.split() == ["Before.", "After."]
    assert "old words" in quoted


@pytest.mark.parametrize("name", OPENERS)
def test_unmarked_originals_run_to_the_end(name: str) -> None:
    """From the opening line on, all is history."""
    own, quoted = own_words(f"Before: still broken.\n\n{OPENERS[name]}\nold words\nand more\n")
    assert own == "Before: still broken."
    assert quoted.endswith("and more")


NOT_QUOTED = [
    "On 12.3. my order arrived and it was broken. I wrote:\nhello, where is it?",
    "I said: the lid is broken at 10:30 and he wrote nothing.\nWhat now?",
    "From my point of view:\nTo be honest, it is bad.",
    "My address:\nKim Doe\nFrom: Street 1\nThanks",
    "Problems:\n1) lid\n2) handle\n\nDate of order: 2 March\nThanks",
    "I wrote on Monday that it is late.",
    "From: the first day\nit leaks",
    "--- it is broken ---\nplease help",
    "Bestellung vom 1.3.2026:\n- Kessel\n- Deckel",
    "5 > 3 is true",
]


@pytest.mark.parametrize("text", NOT_QUOTED)
def test_a_buyers_own_lines_are_not_mistaken(text: str) -> None:
    """Labels, dashes, colons and verbs of writing in a buyer's own words cut nothing off."""
    assert own_words(text) == (text, "")


DEVICES = [
    "Sent from my iPhone", "Sent from my Samsung Galaxy smartphone.", "Get Outlook for Android", "Sent from Yahoo Mail on Android",
    "Von meinem iPhone gesendet", "Gesendet von Outlook für Android", "Gesendet mit der GMX Mail App", "Envoyé de mon iPhone",
    "Envoyé depuis l'application Mail Orange", "Enviado desde mi iPhone", "Inviato da iPhone", "Enviado do meu iPhone",
    "Verzonden vanaf mijn iPhone", "Wysłane z iPhone'a", "Skickat från min iPhone", "iPhone'umdan gönderildi", "iPhoneから送信",
    "发自我的iPhone", "从我的 iPhone 发送", "Sent via the Samsung Galaxy S22, an AT&T 5G smartphone", "Отправлено с iPhone", "나의 iPhone에서 보냄",
]  # fmt: skip


@pytest.mark.parametrize("line", DEVICES)
def test_device_signatures(line: str) -> None:
    """What a phone writes below is nobody's words."""
    assert is_device_line(line)
    assert own_words(f"Where is it?\n\n{line}\n")[0] == "Where is it?"


@pytest.mark.parametrize(
    "line",
    ["Sent from my warehouse yesterday", "Sent with a lot of hope", "Envoyé par erreur", "Enviado por mi hermana"],
)
def test_words_that_only_begin_like_one(line: str) -> None:
    """A sentence about sending is the buyer's."""
    assert not is_device_line(line)


def test_signatures_end_at_the_next_quote() -> None:
    """A signature below "-- " is cut, the quotation after it is history."""
    pieces = split("Words\n-- \nKim\n\n> old\n")
    assert [piece.kind for piece in pieces] == ["own", "signature", "quoted"]


def test_answers_between_quotes_are_kept_in_order() -> None:
    """Interleaved answers are the writer's words, one below the other."""
    text = "> Is it broken?\nYes.\n\n> A new one?\n> Or money?\nMoney please.\n"
    assert own_words(text)[0] == "Yes.\n\nMoney please."


@given(st.text(max_size=2000))
@settings(max_examples=200, deadline=None)
def test_nothing_is_lost(text: str) -> None:
    """The pieces joined are the text, whatever it is."""
    assert "".join(piece.text for piece in split(text)) == text


LINES = st.sampled_from(
    [
        *(m for m in MARKED.values()),
        *OPENERS.values(),
        "> quoted",
        "words",
        "",
        "-- ",
        "Sent from my iPhone",
        "a:",
        "_____",
        "On",
        "wrote:",
    ]
)


@given(st.lists(LINES, max_size=30).map("\n".join))
@settings(max_examples=200, deadline=None)
def test_nothing_is_lost_among_markers(text: str) -> None:
    """The same where every line is a marker."""
    assert "".join(piece.text for piece in split(text)) == text
    own, _ = own_words(text)
    assert all(line.strip() in text for line in own.splitlines())


@pytest.mark.parametrize(
    "piece",
    [
        "On a@b.c ",
        "> ",
        "On 10:00 wrote:\n",
        "From: x\n",
        "-" * 50 + "\n",
        "Le 2 mars 2026\n",
        "_",
        "wrote: ",
        "  \n",
        "a@b.c:\n",
    ],
)
def test_time_is_linear_on_hostile_text(piece: str) -> None:
    """100 kB of one trick takes a fraction of a second."""
    begun = time.process_time()
    split(piece * (100_000 // len(piece)))
    assert time.process_time() - begun < 1.5


def test_attributions_need_more_than_a_colon() -> None:
    """A verb of writing, or a date with an address."""
    assert is_attribution("Kim Doe <kim@x.example> wrote:")
    assert not is_attribution("Kim Doe <kim@x.example>:")
    assert not is_attribution("hello:")


def test_never_worse_than_quotequail() -> None:
    """Where quotequail finds the quotation's beginning, so do we; it misses what we find in other languages."""
    missed = found = 0
    for introduction in MARKED.values():
        text = f"Before.\n\n{introduction}\n> old words\n"
        theirs = quotequail.unwrap(text)
        if theirs is not None and (theirs.get("text_top") or "").strip() == "Before.":
            found += 1
            assert own_words(text)[0] in ("Before.", "Before.\n\nGesendet: Montag")
        else:
            missed += 1
    assert found >= 5
    assert missed >= 3


@pytest.mark.parametrize("words", REPLY_ABOVE)
def test_what_stands_below_a_shops_line_is_history(words: str) -> None:
    """Every language's line is seen, in whatever case."""
    assert own_words(f"It is broken.\n{words.title()}\nWe are glad to help")[0] == "It is broken."
