"""An answer of the past made fit for another buyer: whatever was the other one's alone is taken out. Pure.

Order, item and name become this buyer's where they are known. All else that names a case (addresses,
numbers, dates, amounts) becomes a gap in brackets, which the message rules
block until a person has filled it: nothing is guessed.
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
_CAP = r"[A-ZÀ-ÖØ-Ý][\w'’.-]{1,30}"
_OF = r"(?:(?:de|du|des|del|della|dei|degli|di|la|le|les|las|los|el|d['’]|l['’]|dell['’]|de l['’]) ?){0,3}"
#: Where somebody lives: street and house number, and what stands beside them; town with postcode.
_ADDRESS = re.compile(
    # English
    rf"(?<![\w.,])\d{{1,5}}[A-Za-z]? (?:{_CAP} ){{1,4}}?(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Boulevard|Blvd"
    r"|Court|Ct|Way|Place|Pl|Close|Terrace|Crescent|Square|Gardens|Grove|Row|Walk|Mews|Parkway|Pkwy|Highway|Hwy|Circle|Trail)\b\.?"
    r"(?:,? (?:Apt|Apartment|Unit|Suite|Flat)\.? ?#?\w{1,6})?"
    # German
    r"|(?<!\w)(?:[A-ZÄÖÜ][\wäöüß-]{1,30}(?:straße|strasse|str\.|weg|platz|allee|gasse|ring|damm|ufer|chaussee|steig)"
    rf"|(?:{_CAP} ){{1,3}}(?:Straße|Strasse|Str\.|Weg|Platz|Allee|Gasse|Ring|Damm|Ufer)) ?\d{{1,4}} ?[a-h]?\b"
    # French
    r"|(?<!\w)\d{1,4}(?: ?(?:bis|ter|quater))?,? (?:rue|avenue|av\.|boulevard|bd|place|chemin|impasse|allée|route|quai"
    rf"|cours|square|passage) {_OF}{_CAP}(?: (?:de |du |des |la |le )?{_CAP}){{0,3}}"
    # Spanish, Italian
    r"|(?<!\w)(?:[Cc]alle|C/|[Aa]venida|Avda\.?|[Pp]laza|Pza\.?|[Pp]aseo|[Cc]amino|[Rr]onda|[Vv]ia|[Vv]iale|[Pp]iazza"
    rf"|[Cc]orso|[Ll]argo|[Vv]icolo) ?{_OF}{_CAP}(?: (?:de |del |di )?{_CAP}){{0,3}}"
    r",? (?:n\.? ?[º°]? ?|núm\.? )?\d{1,4}(?:/?[A-Za-z]\b)?"
    r"(?:,? \d{1,2}[ºª°] ?[A-Za-z]?\b)?"
    # postcode and town
    r"|(?<![\w-])(?:[A-Z]{1,2}-)?(?!\d\d000)\d{5} (?!Stück|Euro|Lux|Lumen|Watt|Volt|Umdreh)"
    r"[A-ZÀ-ÖØ-Ý][\wÀ-ÿ'’-]{2,30}(?:[ -][A-ZÀ-ÖØ-Ý][\wÀ-ÿ'’-]{1,30}){0,3}"
    r"|(?<!\w)[A-Z]{2} \d{5}(?:-\d{4})?(?!\w)|(?<!\w)[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}(?!\w)"
    # Chinese, Japanese
    r"|(?:[\u4e00-\u9fff]{2,8}?(?:省|市|区|县|镇|乡)){0,4}[\u4e00-\u9fff]{1,10}(?:路|街|道|巷|弄|胡同)\d{1,5}(?:弄\d{1,5})?号"
    r"(?:[\u4e00-\u9fff\d-]{0,16}(?:室|楼|单元|栋))?"
    r"|〒 ?\d{3}-\d{4}"
    r"|(?:[\u4e00-\u9fff]{2,3}[都道府県])?[\u3041-\u30ff\u4e00-\u9fff]{1,12}[市区町村郡][\u3041-\u30ff\u4e00-\u9fff]{0,15}"
    r"\d{1,4}(?:(?:丁目|番地?|号|[-‐−ー])\d{0,4}){1,4}"
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
    text = _ADDRESS.sub("[address]", text)
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
