"""From raw bytes to a Reading: the parts, the marketplace, the buyer's own words, the sender, the clock."""

from __future__ import annotations

import html as entities
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from helpdesk.intake import language, quoting
from helpdesk.intake.authenticity import authentic, checked_instead
from helpdesk.intake.forwards import unwrap
from helpdesk.intake.parse import ENCODED, parse
from helpdesk.intake.reading import Parsed, Reading
from helpdesk.marketplaces import amazon, claims, direct, ebay, lookalike, walmart
from helpdesk.marketplaces.amazon_template import own_part
from helpdesk.marketplaces.mail import Found, orders_in

#: A Date this much before the first hop is a sender's broken clock (no server keeps mail so long): the hop counts.
MAX_TRANSIT = timedelta(days=30)
_READERS = (amazon.read, walmart.read, ebay.read)
_ORDERS = {"ebay": ebay.orders_in, "walmart": walmart.orders_in}
_MAX_OWN = 100_000


def read(
    raw: bytes,
    *,
    own_addresses: tuple[str, ...] = (),
    authserv_id: str | Sequence[str] | None = None,
    arrived: datetime | None = None,
) -> Reading:
    """Read one mail. `arrived`: INTERNALDATE, aware UTC, None without a mailbox. UnreadableMailError for no mail."""
    return judge(parse(raw), own_addresses=own_addresses, authserv_id=authserv_id, arrived=arrived)


def judge(
    parsed: Parsed,
    *,
    own_addresses: tuple[str, ...] = (),
    authserv_id: str | Sequence[str] | None = None,
    arrived: datetime | None = None,
) -> Reading:
    """The same from a mail that is already taken apart."""
    own_domains = frozenset(a.rpartition("@")[2].lower() for a in own_addresses)
    view, found, facts = parsed, _of_marketplace(parsed), {}
    imitation = _lookalike(parsed, own_domains)
    domain = parsed.from_addr.rpartition("@")[2]
    if found is None or found.kind is None:
        if (inner := unwrap(parsed, own_domains)) is not None:
            view, found, facts = inner.view, None, {"forwarded_by": parsed.from_addr}
            imitation = imitation or claims.why(inner.sender, inner.name)
        found = found or recognise(view, own_domains)
    doubt = suspicion(parsed)
    home = "" if doubt else _home(parsed.from_addr)
    other = checked_instead(parsed.results, domain, authserv_id) if home else ""
    if other and not _belongs(f"@{other}", home):
        doubt = f"the mail server checked {other}, the mail shows {domain}"
    own = found.own
    if own is None and (imitation or doubt):
        own = own_part(view)[0]  # an imitation of the template, too, holds somebody's words
    if own is not None and "&" in own:
        own = entities.unescape(own)  # the plain parts of templates hold HTML's entities
    text, quoted = quoting.own_words((view.text if own is None else own)[:_MAX_OWN])
    theirs = _ORDERS[found.channel](text) if found.channel in _ORDERS else ()
    orders = dict.fromkeys((*found.template_orders, *theirs, *orders_in(text)))
    return Reading(
        parsed=parsed,
        channel=found.channel,
        kind=found.kind,
        order_ids=tuple(orders)[:20],
        items=found.items,
        customer=found.customer,
        case=found.case,
        reply_to=found.reply_to,
        buyer_name=found.buyer_name,
        authentic=authentic(parsed.results, domain, authserv_id),
        lookalike=imitation,
        suspicion=doubt,
        text=text,
        quoted=quoted,
        language=language.detect(text or parsed.subject, found.language or "en"),
        clock_start=clock_start(parsed, arrived),
        no_response_link=found.no_response_link,
        facts={**found.facts, **facts},
    )


def recognise(parsed: Parsed, own_domains: frozenset[str] = frozenset()) -> Found:
    """Which marketplace's mail it is; direct where it is none's."""
    return _of_marketplace(parsed) or direct.read(parsed, own_domains)


def _of_marketplace(parsed: Parsed) -> Found | None:
    return next((found for reader in _READERS if (found := reader(parsed)) is not None), None)


def _lookalike(parsed: Parsed, own_domains: frozenset[str]) -> str:
    """The sender's addresses and name, then the address an answer would go to."""
    domain = parsed.from_addr.rpartition("@")[2]
    if domain in own_domains:
        return ""
    found = claims.why(parsed.from_addr, parsed.from_name, " ".join(parsed.headers.get("from", ())[:5]))
    for address in () if found else parsed.from_addrs[1:]:
        found = lookalike.imitated(address.rpartition("@")[2]) or found
    for address in () if found else parsed.reply_to:
        if address.rpartition("@")[2] not in own_domains:
            found = claims.why(address, parsed.reply_to_name) or found
    return found


def suspicion(parsed: Parsed) -> str:
    """A reason of promise 6 beside authentication and look-alikes, in words; "" when there is none."""
    domain = parsed.from_addr.rpartition("@")[2]
    home = _home(parsed.from_addr)
    if home:
        if "@" in parsed.from_addr.rpartition("@")[0]:
            return f"two addresses in one: {parsed.from_addr}"
        if ENCODED in parsed.defects:
            return f"{ENCODED}: {parsed.from_addr}"
        foreign = next((a for a in parsed.reply_to if not _belongs(a, home)), "")
        if foreign:
            return f"a marketplace's address asks for answers elsewhere: {foreign}"
        second = next((a for a in parsed.from_addrs if not _belongs(a, home)), "")
        if second:
            return f"a second From beside the marketplace's: {second}"
    elif any(_home(a) for a in parsed.from_addrs):
        return f"a second From beside the marketplace's: {parsed.from_addr}"
    notification = parsed.header("x-space-notification-type") or parsed.header("x-marketplace-id")
    if notification and home != "amazon":
        return f"Amazon's own headers on a mail from {domain or 'nobody'}"
    return ""


def _home(address: str) -> str:
    """The marketplace that an address belongs to, "" for any other."""
    return _home_of(address.rpartition("@")[2])


@lru_cache(maxsize=4096)
def _home_of(host: str) -> str:
    for name, pattern in (("amazon", amazon.HOST), ("walmart", walmart.HOST), ("ebay", ebay.HOST)):
        if pattern.fullmatch(host):
            return name
    return ""


def _belongs(address: str, home: str) -> bool:
    return _home(address) == home or lookalike.belongs(address.rpartition("@")[2], home)


def clock_start(parsed: Parsed, arrived: datetime | None) -> datetime:
    """When the buyer's clock started, aware UTC.

    Date, unless missing, later than our own Received, or a month before the first hop; then the earliest Received; then
    the arrival. The epoch where a mail says nothing at all of time.
    """
    hops = parsed.received
    ours = hops[0] if hops else arrived
    date = parsed.date
    if date is not None and (ours is None or date <= ours) and not (hops and min(hops) - date > MAX_TRANSIT):
        return date
    if hops:
        return min(hops)
    return arrived or date or datetime(1970, 1, 1, tzinfo=UTC)
