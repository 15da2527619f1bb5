"""Every template filled with an invented order, for people who write templates."""

from __future__ import annotations

from datetime import UTC, datetime

from helpdesk.replies.templates import Library, ReplyTemplate
from helpdesk.replies.when import day_words, moment_words

_NAMES = {"zh": "王芳", "ja": "佐藤", "de": "Erika Muster", "fr": "Claire Dubois", "es": "Lucía", "it": "Giulia Rossi"}
_ITEMS = {
    "en": "Travel kettle 0.8 l",
    "de": "Reise-Wasserkocher 0,8 l",
    "fr": "Bouilloire de voyage 0,8 l",
    "es": "Hervidor de viaje 0,8 l",
    "it": "Bollitore da viaggio 0,8 l",
    "zh": "旅行电热水壶 0.8 升",
    "ja": "トラベルケトル 0.8L",
}
_DAY = datetime(2026, 11, 27, 17, 0, tzinfo=UTC)


def example_values(template: ReplyTemplate) -> dict[str, str]:
    """Something for every variable, in the template's language."""
    language = template.language
    return {
        "name": _NAMES.get(language, "Anna Sample"),
        "order": "111-0000001-0000001",
        "item": _ITEMS.get(language, _ITEMS["en"]),
        "tracking": "00340434161094000000",
        "carrier": "DHL",
        "due": moment_words(_DAY, language, UTC),
        "promised": day_words(_DAY, language, UTC),
        "return_days": "30",
        "topic": template.topic or "late_shipment",
        "late": "",
    }


def example(library: Library, template: ReplyTemplate) -> str:
    """The template as a buyer might get it."""
    return library.render(template, example_values(template))
