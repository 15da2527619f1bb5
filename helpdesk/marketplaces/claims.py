"""What a sender claims beside his address: a display name, a comment, a group, a local part that show a marketplace.

A display name imitates a brand when it claims one of its offices ("Amazon Seller Support") or shows one of its
addresses; a buyer called Amazon does not.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from helpdesk.marketplaces.lookalike import BRANDS, OFFICE, belongs, imitated, skeleton

_DOMAIN = re.compile(r"[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,6}")
_NAME_BRANDS = re.compile(r"\b(?:" + "|".join(b for b in BRANDS if b not in ("bol", "otto", "allegro")) + r")\b")
#: The relays' hosts: in a local part they are there to be taken for the address. ("kim+ebay.com@…" is a tidy buyer.)
_RELAY_HOST = re.compile(r"(?:marketplace\.amazon|members\.ebay|relay\.walmart)\.[a-z]{2,3}")
#: Signs that turn the direction of what follows.
_TURNING = re.compile("[\u202d\u202e\u2066\u2067]")


def why(address: str, name: str = "", written: str = "") -> str:
    """Why this sender imitates a marketplace, in words; "" when it does not.

    `name` is the display name, `written` the whole decoded From, with comments and groups.
    """
    local, _, host = address.rpartition("@")
    domain = host.strip(". ").lower()
    if not domain:
        return ""
    found = imitated(domain)
    if found:
        return found
    relay = _RELAY_HOST.search(local.casefold())
    if relay is not None:
        return f"{relay.group()} stands before the @, the address is at {domain}"
    return (_claimed(domain, name) if name else "") or (_shown(domain, written, address) if written else "")


def _shown(domain: str, written: str, address: str) -> str:
    """A brand's domain anywhere in the sender but in his own address."""
    text = written[:2000].casefold()
    if "." not in text.replace(address.casefold(), " "):
        return ""
    for match in _DOMAIN.finditer(text.replace(address.casefold(), " ")):
        brand = _brand_of(match.group())
        if brand and not belongs(domain, brand):
            return f"the name shows {match.group()}, the address is at {domain}"
    return ""


@lru_cache(maxsize=4096)
def _brand_of(domain: str) -> str:
    """The first brand that a domain belongs to, "" where it is none's."""
    return next((brand for brand in BRANDS if belongs(domain, brand)), "")


def _claimed(domain: str, name: str) -> str:
    """A display name that claims a brand's office or address from a foreign address."""
    shown = "".join(c for c in name[:200] if unicodedata.category(c) != "Cf") if not name.isascii() else name[:200]
    found = _shown(domain, shown, "") or _office(domain, shown)
    if not found and _TURNING.search(name) is not None:
        found = _shown(domain, shown[::-1], "") or _office(domain, shown[::-1])
    return found


def _office(domain: str, shown: str) -> str:
    shape = " ".join(
        skeleton(w) if not w.isascii() or any(c.isdigit() for c in w) else w.casefold() for w in shown.split()
    )
    found = _NAME_BRANDS.search(shape)
    if found is None:
        return ""
    brand = found.group()
    if belongs(domain, brand):
        return ""
    rest = shape[: found.start()] + " " + shape[found.end() :]
    if OFFICE.search(rest) is None and OFFICE.search(shown.casefold().replace(brand, " ")) is None:
        return ""
    return f'the name "{" ".join(shown.split())[:60]}" claims to be {brand}, the address is at {domain}'
