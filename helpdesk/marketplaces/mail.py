"""What a marketplace's reader is given and what it gives back: plain values, no mail library."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A product named by the marketplace's template."""

    title: str = ""
    asin: str = ""
    sku: str = ""
    quantity: int = 1


class MailView(Protocol):
    """The side of a parsed mail that a reader looks at; helpdesk.intake.reading.Parsed is one."""

    @property
    def subject(self) -> str:
        """Decoded."""

    @property
    def from_name(self) -> str:
        """Decoded display name of the first From address."""

    @property
    def from_addr(self) -> str:
        """Lower-case; "" when missing."""

    @property
    def from_raw(self) -> str:
        """The same address with its letters as received."""

    @property
    def from_addrs(self) -> tuple[str, ...]:
        """Every From address, lower-case."""

    @property
    def reply_to(self) -> tuple[str, ...]:
        """Lower-case."""

    @property
    def reply_to_raw(self) -> tuple[str, ...]:
        """As received."""

    @property
    def reply_to_name(self) -> str:
        """Display name of the first Reply-To address."""

    @property
    def to(self) -> tuple[str, ...]:
        """To, Cc and the addresses it was delivered to, lower-case."""

    @property
    def text(self) -> str:
        """The readable text."""

    @property
    def html(self) -> str:
        """The HTML part, "" when there is none."""

    def header(self, name: str) -> str:
        """Topmost decoded value, "" when there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a reader made of a mail."""

    channel: str
    kind: str | None = None  #: one of DESIGN's kinds
    own: str | None = None  #: the buyer's part of the template, quotes and signature still in it; None: the whole text
    template_orders: tuple[str, ...] = ()  #: order numbers of the subject and the item block
    items: tuple[Item, ...] = ()
    customer: str = ""
    case: str = ""
    reply_to: str = ""
    buyer_name: str = ""
    language: str = ""  #: of the template or the market, for texts too short to tell
    no_response_link: str = ""
    facts: dict[str, str] = field(default_factory=dict)


#: Amazon's order numbers: 3-7-7, also S01-… (fulfilled by Amazon) and D01-… (digital).
ORDER = re.compile(r"-(\d{7})-(\d{7})(?![\d-])")
_PREFIX = re.compile(r"(?<![\d-])(?:\d{3}|[DSds]\d{2})$")
#: Whatever a phone or a keyboard makes of a dash.
_DASHES = re.compile("[\u2010-\u2015\u2212\uff0d\ufe63]")
_MAX_ORDERS = 20


def orders_in(text: str) -> tuple[str, ...]:
    """Amazon order numbers in a text, in order, each once, at most 20; full-width digits are read as digits."""
    if not text.isascii():
        text = _DASHES.sub("-", text)
    if "-" not in text:
        return ()
    found: dict[str, None] = {}
    for match in ORDER.finditer(text):
        at = match.start()
        if _PREFIX.search(text[max(0, at - 4) : at]) is None:
            continue
        number = text[at - 3 : match.end()].upper()
        if not number.isascii():
            number = "".join(str(int(c)) if c.isdecimal() else c for c in number)
        found[number] = None
        if len(found) >= _MAX_ORDERS:
            break
    return tuple(found)
