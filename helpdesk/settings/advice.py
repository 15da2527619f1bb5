"""The seed's advice that a configuration can follow or break, as checks: pure, one finding each."""

from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass

from helpdesk.settings.mailbox import MailboxSettings
from helpdesk.settings.schema import Settings

#: What buyers' relays write from; a filter that catches one of these loses buyers (DOMAIN 2.1).
RELAY_SAMPLES = (
    "abcdefghijklmno@marketplace.amazon.com",
    "abcdefghijklmno+0a1b2c3d@marketplace.amazon.com",
    "abcdefghijklmno@marketplace.amazon.co.uk",
    "abcdefghijklmno@marketplace.amazon.de",
    "abcdefghijklmno@marketplace.amazon.fr",
    "abcdefghijklmno@marketplace.amazon.it",
    "abcdefghijklmno@marketplace.amazon.es",
    "abcdefghijklmno@marketplace.amazon.co.jp",
    "0123456789abcdef0123456789abcdef@relay.walmart.com",
    "0123456789abcdef0123@members.ebay.com",
)

#: Longer addresses are mistyped, counted over local part and domain (DOMAIN 6).
SHORT = 24

ROLE_WORDS = {
    "support",
    "help",
    "service",
    "hello",
    "info",
    "care",
    "contact",
    "shop",
    "team",
    "hilfe",
    "kontakt",
    "sav",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the doctor: ok, warn or fail; what was found; what to do about it."""

    name: str
    status: str
    what: str
    remedy: str = ""


def advice(settings: Settings) -> list[Line]:
    """The checks that need no connection."""
    lines: list[Line] = []
    for box in settings.mailbox:
        lines += [short_address(box), junk_watched(box), relay_domains_allowed(box)]
    return [*lines, phone_valid(settings.seller.phone), return_policy(settings.seller.return_days), told(settings)]


def short_address(box: MailboxSettings) -> Line:
    """Seed: use short, easy-to-type e-mail addresses for customer service."""
    local = box.address.partition("@")[0]
    flaws = []
    if len(box.address) > SHORT:
        flaws.append(f"{len(box.address)} characters long")
    if re.search(r"\d", local):
        flaws.append("has digits")
    if re.search(r"[_+.]|--", local):
        flaws.append("has signs that are easy to miss")
    if re.search(r"([a-z])\1\1|[l1I][l1I]|[0oO][0oO]", local):
        flaws.append("has letters that are easy to confuse")
    if flaws:
        return Line(
            name="short_address", status="warn", what=f"{box.address} {', '.join(flaws)}",
            remedy="use a short address that is easy to type, such as help@yourshop.example",
        )  # fmt: skip
    said = "" if local.lower() in ROLE_WORDS else " (a word such as support or help is easier to remember)"
    return Line(name="short_address", status="ok", what=f"{box.address} is short and easy to type{said}")


def junk_watched(box: MailboxSettings) -> Line:
    """Seed: make sure that buyers' messages are not categorised as junk."""
    if not box.imap.junk:
        return Line(
            name="junk_watched", status="warn", what=f"the junk folder of {box.name} is not watched",
            remedy='set mailbox.imap.junk = "auto": buyers whose mail lands there wait unseen',
        )  # fmt: skip
    return Line(name="junk_watched", status="ok", what=f"the junk folder of {box.name} is watched")


def relay_domains_allowed(box: MailboxSettings) -> Line:
    """No pattern of ignore_senders may catch a marketplace's relay."""
    for pattern in box.ignore_senders:
        caught = [a for a in RELAY_SAMPLES if matches(pattern, a)]
        if caught:
            return Line(
                name="relay_domains_allowed", status="warn",
                what=f"ignore_senders of {box.name} has {pattern!r}, which catches buyers such as {caught[0]}",
                remedy=f"take {pattern!r} out of ignore_senders",
            )  # fmt: skip
    return Line(name="relay_domains_allowed", status="ok", what=f"{box.name} ignores no marketplace relay")


def matches(pattern: str, address: str) -> bool:
    """Does a pattern of ignore_senders (an address, a shell pattern, or a bare domain) cover an address?"""
    pattern, address = pattern.strip().lower(), address.lower()
    if "@" not in pattern and not any(c in pattern for c in "*?["):
        domain = address.rpartition("@")[2]
        return domain == pattern or domain.endswith("." + pattern)
    return fnmatch.fnmatchcase(address, pattern)


def phone_valid(phone: str) -> Line:
    """Seed: make sure that your customer service phone number is correct on the help pages."""
    import phonenumbers

    if not phone:
        return Line(
            name="phone_valid", status="warn", what="no phone number is configured",
            remedy="set seller.phone to the number on your help pages, as +49 30 1234567",
        )  # fmt: skip
    try:
        valid = phonenumbers.is_valid_number(phonenumbers.parse(phone, None))
    except phonenumbers.NumberParseException:
        valid = False
    if not valid:
        return Line(
            name="phone_valid", status="warn", what=f"{phone!r} is no valid phone number",
            remedy="write it with its country code, as +49 30 1234567, and compare it with your help pages",
        )  # fmt: skip
    return Line(name="phone_valid", status="ok", what=f"{phone} is a valid number")


def return_policy(days: int) -> Line:
    """Seed: provide full product refunds for a standard 30-day period."""
    if days < 30:
        return Line(
            name="return_policy_30_days", status="warn", what=f"returns are taken for {days} days only",
            remedy="give full refunds for at least 30 days, and set seller.return_days",
        )  # fmt: skip
    return Line(name="return_policy_30_days", status="ok", what=f"returns are taken for {days} days")


def told(settings: Settings) -> Line:
    """Somebody must hear of an escalation."""
    if settings.slack is None and not settings.reports.email:
        return Line(
            name="escalations_reach_someone", status="warn", what="there is neither Slack nor reports.email",
            remedy="fill in [slack], or reports.email: an escalation nobody reads saves no buyer",
        )  # fmt: skip
    return Line(name="escalations_reach_someone", status="ok", what="escalations have somewhere to go")
