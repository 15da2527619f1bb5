"""An answer of the past made fit for another buyer: whatever was the other one's alone is taken out. Pure.

Order, item and name become this buyer's where they are known. All else that names a case (numbers, dates, amounts)
becomes a gap in brackets, which the message rules block until a person has filled it: nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from helpdesk.replies.when import MONTHS

MAX_CHARS = 6000

_MONTH = "|".join(sorted({m for names in MONTHS.values() for m in names.split()}, key=len, reverse=True))
_DATE = re.compile(
    r"(?<!\d)\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?!\d)"
    r"|(?<!\d)\d{1,2}[./]\d{1,2}[./]\d{2,4}(?!\d)"
    r"|(?<!\d)\d{1,2}\.\d{1,2}\.(?!\d)"
    r"|(?:(?<!\d)\d{4}年)?\d{1,2}月\d{1,2}日(?:（.）)?"
    rf"|(?<!\d)\d{{1,2}}(?:\.|st|nd|rd|th|er|º)?(?: de| of)? (?:{_MONTH})(?:,? (?:de )?\d{{4}})?(?!\w)"
    rf"|(?<!\w)(?:{_MONTH}) \d{{1,2}}(?:st|nd|rd|th)?(?:,? \d{{4}})?(?!\w)",
    re.IGNORECASE,
)
_MONEY = re.compile(
    r"(?:[$€£¥￥]|(?:US|CA|AU)\$|EUR|USD|GBP|JPY|CNY|RMB) ?\d{1,7}(?:[.,]\d{1,3}){0,3}"
    r"|(?<![A-Za-z0-9.,])\d{1,7}(?:[.,]\d{1,3}){0,3}"
    r" ?(?:[$€£¥￥]|(?:EUR|USD|GBP|JPY|CNY|RMB|Euro|euros?|dollars?)\b|元|円)",
)
_NUMBER = re.compile(
    r"(?<![A-Za-z0-9\[-])(?=(?:[A-Za-z-]*\d){6})[A-Za-z0-9](?:[A-Za-z0-9-]{5,38})[A-Za-z0-9](?![A-Za-z0-9-])"
)
_HONOUR = r"(?: ?(?:様|さま|さん|先生|女士|小姐))?"
_KEPT = "\x00"


def adapted(
    text: str, variables: Mapping[str, str], *, orders: Sequence[str] = (), titles: Sequence[str] = (), name: str = ""
) -> str:
    """The old answer for the buyer of `variables` (as in templates.VARIABLES); `orders`, `titles`, `name` were the
    other one's."""
    text = text[:MAX_CHARS].replace(_KEPT, "")
    kept = [value for value in (variables.get("order", ""), variables.get("item", "")) if value]
    for order in orders:
        text = text.replace(order, variables.get("order") or "[order number]")
    for title in titles:
        if len(title) > 3:
            text = text.replace(title, variables.get("item") or "[item]")
    text = _named(text, name, variables.get("name", ""))
    for place, value in enumerate(kept):
        text = text.replace(value, f"{_KEPT}{place}{_KEPT}")
    text = _DATE.sub("[date]", text)
    text = _MONEY.sub("[amount]", text)
    text = _NUMBER.sub("[number]", text)
    for place, value in enumerate(kept):
        text = text.replace(f"{_KEPT}{place}{_KEPT}", value)
    return text.strip()


def _named(text: str, old: str, new: str) -> str:
    """The other buyer's name, whole or in part, becomes this one's, or goes with the blank before it."""
    parts = [part for part in old.split() if len(part) > 2 or not part.isascii()]
    for word in sorted({old.strip(), *parts} - {""}, key=len, reverse=True):
        before = r"(?<!\w)" if word[0] < "\u0250" else ""
        whole = before + re.escape(word) + r"(?![a-zA-ZÀ-ÿ])"
        text = re.sub(whole, lambda _: new, text) if new else re.sub(r"[ \u3000]?" + whole + _HONOUR, "", text)
    return text


def opening(text: str, most: int = 60) -> str:
    """What an answer says first, after its greeting: how it is told apart in a menu."""
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    rest = lines[1:] if len(lines) > 1 and len(lines[0]) < 40 and lines[0][-1:] in ",，、：:!！" else lines
    first = rest[0] if rest else ""
    return first if len(first) <= most else first[: most - 1].rstrip() + "…"
