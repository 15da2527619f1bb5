# ruff: noqa: E501 -- samples of mail
"""Languages of long and short texts."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from helpdesk.intake.language import COMMON, RARE, _identifier, detect

SENTENCES = {
    "Where is my package? I ordered it three weeks ago and it has still not arrived.": "en",
    "Wo bleibt mein Paket? Ich habe vor drei Wochen bestellt und noch nichts erhalten.": "de",
    "Où est mon colis ? Je l'ai commandé il y a trois semaines et je n'ai rien reçu.": "fr",
    "¿Dónde está mi paquete? Lo pedí hace tres semanas y todavía no ha llegado.": "es",
    "Dov'è il mio pacco? L'ho ordinato tre settimane fa e non è ancora arrivato.": "it",
    "Onde está a minha encomenda? Pedi há três semanas e ainda não chegou.": "pt",
    "Waar is mijn pakket? Ik heb het drie weken geleden besteld en nog niets ontvangen.": "nl",
    "Gdzie jest moja paczka? Zamówiłem ją trzy tygodnie temu i nadal nie dotarła.": "pl",
    "Var är mitt paket? Jag beställde det för tre veckor sedan och har inte fått det.": "sv",
    "Paketim nerede? Üç hafta önce sipariş verdim ve hala gelmedi.": "tr",
    "荷物はどこですか。三週間前に注文しましたが、まだ届いていません。": "ja",
    "我的包裹在哪里？三周前下的订单，到现在还没有收到。": "zh",
    "我的包裹在哪裡？三週前下的訂單，到現在還沒有收到。": "zh",
    "Где моя посылка? Я заказал её три недели назад и до сих пор не получил.": "ru",
    "제 소포는 어디에 있나요? 3주 전에 주문했는데 아직 도착하지 않았습니다.": "ko",
    "WHERE IS MY ORDER??? I WANT MY MONEY BACK NOW": "en",
    "KAPUTT! ICH WILL MEIN GELD ZURÜCK": "de",
}
SHORT = {
    "Refund please": "en", "Wo ist es?": "de", "Merci": "fr", "¿Dónde está?": "es", "Buongiorno, ancora niente": "it", "Obrigado, chegou": "pt",
    "Waar blijft het?": "nl", "Gdzie jest?": "pl", "Tack, det är bra": "sv", "Kargom nerede?": "tr", "返金希望": "ja", "退款": "zh", "返品したい": "ja",
    "Order number: 111-0000001-0000001": "en", "Thanks\nHugo": "en", "Merci\nHugo Bernard": "fr", "Att,\nPedro": "pt",
}  # fmt: skip


@pytest.mark.parametrize("text", SENTENCES)
def test_sentences(text: str) -> None:
    """A sentence or two is told, in capitals too."""
    assert detect(text) == SENTENCES[text]


@pytest.mark.parametrize("text", SHORT)
def test_a_few_words(text: str) -> None:
    """A few words are told by those that one language alone has."""
    assert detect(text) == SHORT[text]


@pytest.mark.parametrize(
    "text", ["", "!!!", "111-0000001-0000001", "https://x.example/abc", "a@b.example", "B0EXAMPLE1"]
)
def test_nothing_to_tell_by_is_the_fallback(text: str) -> None:
    """Numbers, links and addresses name no language: the market's stays."""
    assert detect(text, "it") == "it"


def test_signs_without_kana_follow_the_market() -> None:
    """A line of Chinese characters alone may be either; on Japan's market it is Japanese unless its signs are Chinese."""
    assert detect("配送状況", "ja") == "ja"
    assert detect("什么时候发货", "ja") == "zh"


@given(st.text(max_size=200))
def test_any_text_at_all(text: str) -> None:
    """Always one of the known codes."""
    assert detect(text) in (*COMMON, *RARE)


@given(st.text(max_size=200))
def test_the_table_on_disk_says_what_the_librarys_own_says(text: str) -> None:
    """Its steps are read from a mapped file to save memory; the ranking is that of py3langid as it comes."""
    theirs = _theirs()

    assert _identifier().rank(text) == theirs.rank(text)


@cache
def _theirs() -> LanguageIdentifier:
    found = LanguageIdentifier.from_model_file(MODEL_FILE)
    found.set_languages([*COMMON, *RARE])
    return found
