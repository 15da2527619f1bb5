"""An answer of the past for another buyer: what was the other one's alone is gone, and nothing is guessed."""

from __future__ import annotations

import pytest

from helpdesk.replies.conversation import parcel
from helpdesk.replies.lint import lint
from helpdesk.replies.reuse import MAX_CHARS, adapted, opening

OLD, NEW = "111-0000001-0000001", "111-0000002-0000002"


def test_order_item_and_name_become_this_buyers() -> None:
    """What is known of the new conversation takes the place of the old."""
    text = f'Hello Anna Sample,\n\nthe lid of "Travel kettle" from order {OLD} is on its way, Anna.'
    made = adapted(text, {"order": NEW, "item": "Teapot", "name": "Ben"}, orders=[OLD], titles=["Travel kettle"],
                   name="Anna Sample")  # fmt: skip
    assert made == f'Hello Ben,\n\nthe lid of "Teapot" from order {NEW} is on its way, Ben.'


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("Hello Anna,\n\nyes.", "Anna Sample", "Hello,\n\nyes."),
        ("佐藤様\n\nはい。", "佐藤", "はい。"),
        ("王芳女士，您好：", "王芳", "，您好："),
        ("Bonjour Chloé,\n\noui.", "Chloé Dubois", "Bonjour,\n\noui."),
        ("Hello Al,\n\nalso Alabama.", "Al", "Hello,\n\nalso Alabama."),
    ],
)
def test_a_name_goes_where_none_is_known(text: str, name: str, expected: str) -> None:
    """With the blank before it and the title behind it; never out of the middle of a word."""
    assert adapted(text, {}, name=name) == expected


@pytest.mark.parametrize(
    "text",
    [
        f"Order {OLD} left today.",
        "The tracking number is 1Z999AA10123456784.",
        "Sendungsnummer 00340434161094000000.",
        "It arrives by Friday, 27 November 2026.",
        "Er kommt bis zum 27. November.",
        "Elle arrive avant le 1er décembre 2026.",
        "Llega antes del 27 de noviembre de 2026.",
        "Arriva entro il 27/11/2026.",
        "11月27日までにお届けします。",
        "我们将在2026年11月27日前答复您。",
        "We refunded $12.99 today.",
        "Wir haben 12,99 € erstattet.",
        "已退款128元。",
        "Return number RMA-2026-00451 is on the label.",
    ],
)
def test_what_named_the_other_case_is_a_gap_that_blocks(text: str) -> None:
    """Orders, numbers, dates and amounts: a person fills them in, or nothing leaves."""
    made = adapted(text, {}, orders=[OLD])
    assert "[" in made, made
    assert {f.rule for f in lint(made) if f.severity == "block"} == {"placeholder"}


@pytest.mark.parametrize(
    "text",
    [
        "You may return it within 30 days of delivery, in 3 steps.",
        "The 0.8 l kettle needs 2200 W and 230 V.",
        f"About order {NEW}: it is on its way.",
        "May 2 people sit on it? Yes, up to 160 kg.",
    ],
)
def test_what_holds_for_everybody_stays(text: str) -> None:
    """Periods, measures, and this buyer's own order."""
    assert adapted(text, {"order": NEW}).replace("[date]", "May 2") == text


@pytest.mark.parametrize(
    "text",
    [
        "We sent it to 12 Maple Street, Springfield, IL 62701.",
        "It went to 4B Oak Tree Lane, Apt 12, Leeds LS1 4AB.",
        "Das Paket ging an die Lindenstraße 14 a, 10115 Berlin.",
        "Geliefert wurde an Am Alten Markt, Rote Gasse 3 in 04109 Leipzig.",
        "Le colis est parti au 12 bis, rue de la République, 69002 Lyon.",
        "Lo enviamos a la calle de Alcalá, 45, 3º B, 28014 Madrid.",
        "Il pacco è andato in via Garibaldi 12/A, 40121 Bologna.",
        "包裹寄到上海市浦东新区世纪大道88号1203室。",
        "お届け先は〒150-0002 東京都渋谷区渋谷2丁目21-1です。",
    ],
)
def test_where_somebody_lives_is_a_gap(text: str) -> None:
    """Streets with their house numbers, postcodes with their towns, in seven languages."""
    made = adapted(text, {})

    assert "[address]" in made
    assert not any(c.isdigit() for c in made.replace("[address]", "")), made
    assert "placeholder" in {finding.rule for finding in lint(made)}


@pytest.mark.parametrize(
    "text",
    [
        "Turn the 3 screws on the way in, then press for 10 seconds.",
        "Drehen Sie den Ring 2 Mal und stellen Sie ihn auf Platz.",
        "Tournez 2 fois la route de la vis.",
        "Pulse el botón 3 segundos por la vía rápida.",
        "请按住按钮3秒，道具在盒子里。",
        "市区のお客様には2日でお届けします。",
    ],
)
def test_what_only_sounds_like_a_street_stays(text: str) -> None:
    """Numbers beside words that streets are made of are no address."""
    assert adapted(text, {}) == text


def test_an_answer_is_told_apart_by_its_first_sentence() -> None:
    """The greeting is left out; a long line is cut."""
    assert opening("Hello Ben,\n\nthe lid is on its way.\n\nRegards") == "the lid is on its way."
    assert len(opening("x " * 100)) <= 60
    assert opening("") == ""


def test_hostile_length_is_capped() -> None:
    """A megabyte of digits and letters ends soon."""
    assert len(adapted("1a-" * 400_000, {})) <= MAX_CHARS


@pytest.mark.parametrize(
    ("ours", "expected"),
    [
        (["It went with UPS, 1Z999AA10123456784."], {"tracking": "1Z999AA10123456784", "carrier": "UPS"}),
        (["Die Sendungsnummer lautet 12345678901234 (DPD)."], {"tracking": "12345678901234", "carrier": "DPD"}),
        (["追跡番号は 1234-5678-9012（ヤマト運輸）です。"], {"tracking": "123456789012", "carrier": "ヤマト運輸"}),
        (["运单号：SF1234567890123，顺丰。"], {"tracking": "SF1234567890123", "carrier": "顺丰"}),
        (["UPS 1Z999AA10123456784", "now 1Z999AA10123456785"], {}),
        (["DHL or UPS: tracking number 00340434161094000000"], {"tracking": "00340434161094000000"}),
        ([f"Your order {OLD} is on its way with DHL."], {}),
        ([], {}),
    ],
)
def test_our_own_answers_tell_of_the_parcel(ours: list[str], expected: dict[str, str]) -> None:
    """One number beyond doubt, one carrier; two of them, or none: nothing."""
    assert parcel(ours, [OLD]) == expected
