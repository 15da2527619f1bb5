"""The thank-you detector: it proposes "no response needed" for thanks alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.sla.thanks import MOST, says_thanks

THANKS = [
    "Thank you!",
    "Thanks a lot for the quick reply.",
    "Perfect, thank you so much!",
    "Thank you for your help, it works now.",
    "Hi, thanks for letting me know. Best regards, Anna",
    "Great service, thanks!",
    "thx",
    "Thanks, Anna Muster",
    "The parcel arrived today, many thanks!",
    "Thank you. Order 111-0000001-0000001 is here.",
    "Much appreciated.",
    "Vielen Dank für die schnelle Antwort!",
    "Danke schön, alles gut.",
    "Super, danke! Schönen Tag noch.\nLG Petra",
    "Herzlichen Dank. Mit freundlichen Grüßen\nPetra Beispiel",
    "Merci beaucoup pour votre réponse rapide.",
    "Bonjour, merci. Bonne journée. Cordialement",
    "Muchas gracias por su ayuda. Saludos",
    "Perfecto, gracias.",
    "Grazie mille per la risposta, buona giornata",
    "Ok grazie",
    "Bedankt voor de snelle reactie!",
    "Muito obrigado, tudo certo.",
    "Dziękuję bardzo za szybką odpowiedź",
    "Tack så mycket för hjälpen!",
    "Çok teşekkür ederim, iyi günler",
    "ありがとうございました。",
    "迅速なご対応ありがとうございます。商品届きました。",
    "了解しました。ありがとうございます。",
    "谢谢！",
    "非常感谢您的帮助，已经收到了",
    "好的，谢谢你们的快速回复。",
    "👍 Thanks!! 😀",
]
MORE = [
    "Thanks for nothing",
    "Thank you, but it is still broken.",
    "Thanks. Where is my order?",
    "Thank you in advance for a refund",
    "It is broken.",
    "Thanks, the lid is cracked",
    "Thank you for the reply. Please send a new one.",
    "Thanks. Kaputt",
    "Danke, aber es ist noch nichts angekommen.",
    "Danke für die Antwort. Wann kommt das Paket?",
    "Danke. Bitte stornieren.",
    "Merci mais je n'ai rien reçu",
    "Gracias pero no funciona",
    "Grazie, ma è rotto",
    "Perfect",
    "Hello",
    "",
    "   ",
    "ありがとうございます。いつ届きますか",
    "商品が壊れていました。ありがとうございました。",
    "谢谢，什么时候发货",
    "谢谢，但是东西坏了",
    "Thanks; I will return it",
    "Thank you. My phone is 030 1234567",
    "Thanks! I need an invoice",
    "Danke, ich brauche eine Rechnung",
    "Thanks, please call me",
    "no thanks, cancel the order",
    "Thank you. Refund",
    "Bedankt, maar het werkt niet",
    "Thank you " * 60,
]


@pytest.mark.parametrize("text", THANKS)
def test_thanks_alone_need_no_response(text: str) -> None:
    """A mail that only says thanks is found, in eleven languages, with greeting, praise and name."""
    assert says_thanks(text) is not None


@pytest.mark.parametrize("text", MORE)
def test_whoever_says_more_gets_an_answer(text: str) -> None:
    """A question, a trouble, a wish or no thanks at all is never proposed."""
    assert says_thanks(text) is None


@given(st.text(max_size=2000))
def test_any_text_is_read(text: str) -> None:
    """No text breaks it."""
    assert says_thanks(text) is None or len(text) <= MOST
