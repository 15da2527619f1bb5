"""Lists of phrases asked of a text: the same answer as asking for each of them."""

from __future__ import annotations

import pytest

from helpdesk.marketplaces.pieces import Phrases

LISTED = ("contact form", "kontaktformular", "formulário", "お問い合わせ")


@pytest.mark.parametrize(
    "text",
    [
        "sent by the contact form of a shop",
        "aus dem webkontaktformulars",
        "mensagem do formulário",
        "mensagem do formulario",
        "新しいお問い合わせ, contact form",
        "a contact, a form",
        "",
    ],
)
def test_phrases_stand_in_a_text_that_holds_one_of_them_in_ascii_or_not(text: str) -> None:
    """A text in ASCII is asked for fewer phrases, and never loses one that it holds."""
    assert Phrases(LISTED).stand_in(text) is any(phrase in text for phrase in LISTED)
