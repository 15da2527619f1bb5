"""Facts about addresses and hosts: whose they are, and whether a mail's envelope speaks for its From."""

from __future__ import annotations

import re
from functools import lru_cache

from helpdesk.intake.reading import Reading
from helpdesk.marketplaces.labels import from_a_machine
from helpdesk.marketplaces.registry import label
from helpdesk.triage.words import freemail

_TLDS = r"(?:com\.au|com\.be|com\.br|com\.mx|com\.tr|com\.sg|com\.hk|com\.my|co\.jp|co\.uk|com|ae|at|be|ca|ch|cn|de|eg|es|fr|ie|in|it|nl|ph|pl|sa|se|sg|us)"
#: A marketplace's own hosts (DOMAIN 2.1), and the mail services that carry its mail.
_HOUSES = (
    ("amazon", re.compile(rf"(?:^|\.)amazon\.{_TLDS}$")),
    ("ebay", re.compile(rf"(?:^|\.)ebay\.{_TLDS}$")),
    ("walmart", re.compile(r"(?:^|\.)walmart\.(?:com|ca|com\.mx)$")),
)
_CARRIERS = {
    "amazon": re.compile(r"(?:^|\.)amazonses\.com$|(?:^|\.)amazon\.com$"),
    "walmart": re.compile(r"(?:^|\.)amazonses\.com$"),
}

_ADDRESS = re.compile(r"@([\w.-]+)")
_RECEIVED_FROM = re.compile(r"\bfrom\s+\[?([\w.-]+)", re.IGNORECASE)
_SECOND_LEVEL = {"co", "com", "org", "net", "ac", "gov", "ne", "or", "edu", "go"}


@lru_cache(maxsize=4096)
def host_of(address: str) -> str:
    """The host of an address or of a header holding one, lower-case, without a final dot; "" when there is none."""
    found = _ADDRESS.findall(address)
    return found[-1].lower().strip(".") if found else ""


@lru_cache(maxsize=4096)
def organisation(host: str) -> str:
    """The registered domain, by rule of thumb: mail.shop.co.uk → shop.co.uk."""
    parts = host.split(".")
    keep = 3 if len(parts) > 2 and len(parts[-1]) == 2 and parts[-2] in _SECOND_LEVEL else 2
    return ".".join(parts[-keep:])


@lru_cache(maxsize=4096)
def house_of(host: str) -> str:
    """ "amazon", "ebay" or "walmart" if the host is the marketplace's own, else ""."""
    for name, pattern in _HOUSES:
        if pattern.search(host):
            return name
    return ""


def claimed_house(reading: Reading) -> str:
    """The marketplace whose own host stands in From, "" when none does."""
    return house_of(host_of(reading.parsed.from_addr))


def _speaks_for(house: str, host: str) -> bool:
    if house_of(host) == house:
        return True
    carrier = _CARRIERS.get(house)
    return carrier is not None and carrier.search(host) is not None


def envelope_contradicts(reading: Reading, house: str) -> str:
    """What in the envelope speaks against a marketplace's From, in words; "" when nothing does, or nothing is known.

    A forwarder rewrites the return path (SRS: `SRS0=…=amazon.com=local@forwarder`); that one does not contradict.
    """
    path = reading.parsed.header("return-path").strip().strip("<>").lower()
    host = host_of(path)
    if host and not _speaks_for(house, host):
        if path.startswith(("srs0", "srs1", "prvs=", "btv1==")) and house in path:
            return ""
        return f"the return path is at {host}, not at {label(house)}"
    if not host:
        received = _RECEIVED_FROM.search(reading.parsed.header("received"))
        hop = received.group(1).lower().strip(".") if received else ""
        if "." in hop and not hop.replace(".", "").isdigit() and not _speaks_for(house, hop):
            return f"it was handed over by {hop}, not by {label(house)}"
    return ""


def from_ourselves(reading: Reading) -> bool:
    """From stands at the organisation that the mail went to: the shop's own web server."""
    host = organisation(host_of(reading.parsed.from_addr))
    return bool(host) and any(organisation(host_of(address)) == host for address in reading.parsed.to)


def a_colleague(reading: Reading) -> bool:
    """A person of the organisation that the mail went to wrote it, and the answer goes back there: nobody passed on by a form or
    a forward. At a provider of private mail writer and reader share no house."""
    parsed = reading.parsed
    return (
        host_of(parsed.from_addr) not in freemail()
        and from_ourselves(reading)
        and "forwarded_by" not in reading.facts
        and not from_a_machine(parsed.from_addr)
        and organisation(host_of(reading.reply_to or parsed.from_addr)) == organisation(host_of(parsed.from_addr))
    )
