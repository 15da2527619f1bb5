"""Promises: the date that an answer names, and when the team is reminded of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.sla.promises import fields, promised

ZONE = "Europe/Berlin"
#: A Tuesday, ten o'clock in Berlin.
AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

#: Language, answer, last promised day (or hours from now).
FOUND: list[tuple[str, str, str]] = [
    ("en", "We will send a new lid by Friday.", "2026-11-27"),
    ("en", "You will have an answer by 5 December.", "2026-12-05"),
    ("en", "We will refund you no later than December 3rd, 2026.", "2026-12-03"),
    ("en", "It will be with you before the 2nd of January.", "2027-01-02"),
    ("en", "We are looking into it and will get back to you within 48 hours.", "48h"),
    ("en", "Please allow us; it ships within 2 business days.", "2026-11-26"),
    ("en", "We answer within three days.", "2026-11-27"),
    ("en", "I will write to you tomorrow.", "2026-11-25"),
    ("en", "You will hear from us by 2026-12-01.", "2026-12-01"),
    ("en", "We will reply by 12/24.", "2026-12-24"),
    ("en", "by the end of the week it is solved", "2026-11-27"),
    ("en", "It goes out by Tuesday, or by Thursday at the latest.", "2026-11-26"),
    ("de", "Wir melden uns bis Freitag bei Ihnen.", "2026-11-27"),
    ("de", "Sie bekommen den Ersatz spätestens am 3. Dezember.", "2026-12-03"),
    ("de", "Wir antworten bis zum 12.12.", "2026-12-12"),
    ("de", "Wir prüfen das innerhalb von 3 Werktagen.", "2026-11-27"),
    ("de", "Der Versand erfolgt morgen.", "2026-11-25"),
    ("de", "Übermorgen wissen wir mehr.", "2026-11-26"),
    ("fr", "Nous vous répondrons d'ici vendredi.", "2026-11-27"),
    ("fr", "Vous serez remboursé avant le 12 décembre.", "2026-12-12"),
    ("fr", "Réponse sous 48 heures.", "48h"),
    ("fr", "Le colis part demain.", "2026-11-25"),
    ("fr", "sous 2 jours ouvrés", "2026-11-26"),
    ("es", "Le responderemos antes del viernes.", "2026-11-27"),
    ("es", "Recibirá el reembolso antes del 5 de diciembre.", "2026-12-05"),
    ("es", "Le contestamos en un plazo de 24 horas.", "24h"),
    ("es", "Se envía mañana.", "2026-11-25"),
    ("it", "Le risponderemo entro venerdì.", "2026-11-27"),
    ("it", "Il rimborso arriva entro il 5 dicembre 2026.", "2026-12-05"),
    ("it", "Risposta entro 3 giorni lavorativi.", "2026-11-27"),
    ("it", "Spediamo domani.", "2026-11-25"),
    ("ja", "12月5日までにご連絡いたします。", "2026-12-05"),
    ("ja", "24時間以内にお返事します。", "24h"),
    ("ja", "3営業日以内に発送します。", "2026-11-27"),
    ("ja", "金曜日までに発送いたします。", "2026-11-27"),
    ("ja", "明日発送します。", "2026-11-25"),
    ("zh", "我们会在12月5日前回复您。", "2026-12-05"),
    ("zh", "48小时内给您答复。", "48h"),
    ("zh", "三个工作日内发货。", "2026-11-27"),
    ("zh", "周五之前给您回复。", "2026-11-27"),
    ("zh", "明天发货。", "2026-11-25"),
    ("pl", "Odpowiemy do 2026-12-01.", "2026-12-01"),
]
NOT_FOUND = [
    ("en", "Your parcel was sent on 3 November 2026."),
    ("en", "We are sorry for the trouble."),
    ("en", "Your order 111-0000001-0000001 is on its way."),
    ("en", "We shall answer by 05/06."),
    ("en", "It has a warranty of 24 months, until 1 December 2027."),
    ("en", "by the 31st of February"),
    ("de", "Vielen Dank für Ihre Nachricht vom 3.11.2026."),
    ("de", "Guten Morgen"),
    ("fr", "Merci pour votre message."),
    ("ja", "ありがとうございます。"),
    ("zh", "谢谢您的来信。"),
    ("xx", "by Friday"),
    ("en", ""),
]


@pytest.mark.parametrize(("language", "text", "until"), FOUND)
def test_finds_what_is_promised(language: str, text: str, until: str) -> None:
    """A promised day ends with that day on the team's wall clock; hours count from the answer."""
    found = promised(text, language, AT, ZONE)

    assert found is not None
    if until.endswith("h"):
        assert found.until == AT + timedelta(hours=int(until[:-1]))
    else:
        assert (found.until - timedelta(seconds=1)).astimezone(ZoneInfo(ZONE)).date().isoformat() == until
    assert AT < found.remind_at < found.until


@pytest.mark.parametrize(("language", "text"), NOT_FOUND)
def test_what_is_no_promise(language: str, text: str) -> None:
    """Dates behind us, far ahead, ambiguous or impossible are no promise."""
    assert promised(text, language, AT, ZONE) is None


@pytest.mark.parametrize(
    ("text", "remind"),
    [
        ("by Friday", "2026-11-26T09:00"),
        ("tomorrow", "2026-11-25T09:00"),
        ("within 48 hours", "2026-11-25T09:00"),
        ("within 2 hours", "2026-11-24T11:00"),
        ("today", "2026-11-24T20:00"),
    ],
)
def test_reminds_before_it(text: str, remind: str) -> None:
    """The morning before, else that morning, else four hours before, else half-way."""
    found = promised(text, "en", AT, ZONE)

    assert found is not None
    assert found.remind_at.astimezone(ZoneInfo(ZONE)).strftime("%Y-%m-%dT%H:%M") == remind


def test_an_answer_without_a_promise_ends_the_older_one() -> None:
    """The fields of a ticket are those of its latest answer."""
    assert fields("It is on its way.", "en", AT, ZONE) == {"promised_at": None, "remind_at": None}
    assert fields("by Friday", "en", AT, ZONE)["promised_at"] is not None


@given(st.text(max_size=500), st.sampled_from(["en", "de", "fr", "es", "it", "ja", "zh", "xx", ""]))
def test_any_text_is_read(text: str, language: str) -> None:
    """No text breaks it, and what it finds lies ahead."""
    found = promised(text, language, AT, ZONE)
    assert found is None or AT < found.remind_at < found.until
