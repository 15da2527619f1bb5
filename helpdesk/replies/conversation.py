"""What a conversation says: the buyer's last word, and what our own answers told of the parcel. Pure.

Only what a person of ours wrote counts, and only where it is beyond doubt: one number, one carrier. What a buyer wrote
about a parcel is a claim, not a fact.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from helpdesk.domain import Mail

MAX_CHARS = 8000

#: Numbers whose form alone says what they are: UPS, DHL, USPS, Amazon Logistics, the postal union's.
_CERTAIN = re.compile(
    r"(?<![A-Z0-9])(?:1Z[0-9A-Z]{16}|00340\d{15}|9[2-5]\d{20}|TB[AC]\d{12}|[A-Z]{2}\d{9}[A-Z]{2}|JJD\d{10,18})(?![A-Z0-9])"
)
#: A number with the word for it before it.
_NAMED = re.compile(
    r"(?:tracking|sendungs|paket|colis|suivi|seguimiento|env[ií]o|tracciamento|spedizione|追跡|伝票|問い?合わせ|运单|快递单|物流)"
    r"[^\n\d]{0,30}?(?<![A-Za-z0-9])([A-Z]{0,4}\d(?:[A-Z0-9]|[ -](?=\d)){7,28})(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_CARRIERS = (
    "DHL", "UPS", "FedEx", "USPS", "DPD", "GLS", "Hermes", "Evri", "Royal Mail", "Deutsche Post", "Colissimo",
    "Chronopost", "La Poste", "Correos", "SEUR", "MRW", "BRT", "Poste Italiane", "SDA", "TNT", "Yamato", "Sagawa",
    "ヤマト運輸", "佐川急便", "日本郵便", "顺丰", "中通", "圆通", "申通", "韵达", "EMS", "Amazon Logistics",
    "Canada Post",
)  # fmt: skip
_CARRIER = re.compile(r"(?<![A-Za-z])(?:" + "|".join(re.escape(name) for name in _CARRIERS) + r")(?![A-Za-z])")


def last_of_buyer(conversation: Sequence[Mail]) -> Mail | None:
    """The buyer's newest mail: what an answer refers to."""
    own = [mail for mail in conversation if mail.role != "sent" and mail.verdict == "buyer"]
    return max(own, key=lambda mail: mail.clock_start, default=None)


def parcel(answers: Iterable[str], orders: Iterable[str] = ()) -> dict[str, str]:
    """{"tracking", "carrier"} as far as our own answers name exactly one; no key for what they do not."""
    texts = [text[:MAX_CHARS] for text in answers]
    known = set(orders)
    numbers: set[str] = set()
    for text in texts:
        for order in known:
            text = text.replace(order, " ")
        found = set(_CERTAIN.findall(text))
        found |= {"".join(hit.split()).replace("-", "") for hit in _NAMED.findall(text)}
        numbers |= {number for number in found if sum(c.isdigit() for c in number) >= 8}
    carriers = {hit for text in texts for hit in _CARRIER.findall(text)}
    made = {}
    if len(numbers) == 1:
        made["tracking"] = numbers.pop()
        if len(carriers) == 1:
            made["carrier"] = carriers.pop()
    return made
