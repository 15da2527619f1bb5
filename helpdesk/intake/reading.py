"""What is known of one mail after it was read: plain values that intake makes and triage judges.

Nothing here touches a socket, a clock or a database. All datetimes are aware UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from helpdesk.marketplaces.mail import Item as Item

Authentic = str  # "pass" | "fail" | "none", as DESIGN defines them for `classify`


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A part that is a file: its decoded name, its lower-case type ("application/pdf"), its decoded size in bytes."""

    name: str
    content_type: str
    size: int
    part: str = ""  #: its IMAP section number ("2", "1.2"), to fetch it alone later


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosed:
    """A mail that is attached to another (message/rfc822)."""

    name: str  #: decoded display name of its From
    sender: str  #: its From, letters as written; "" when missing
    to: str  #: its To and Cc as they stand, lower-case
    subject: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A mail taken apart, nothing judged yet."""

    message_id: str  #: without angle brackets and blanks; "" when there is none
    body_hash: str  #: sha256 hex of the raw body (all after the header block)
    size: int  #: bytes of the raw mail
    headers: dict[str, tuple[str, ...]]  #: lower-case name → decoded values, topmost first
    subject: str
    from_name: str
    from_addr: str  #: lower-case; "" when missing
    from_raw: str  #: the same address, its letters as received
    from_addrs: tuple[str, ...]  #: every address found in every From header, lower-case
    reply_to: tuple[str, ...]  #: lower-case addresses
    reply_to_raw: tuple[str, ...]  #: the same, letters as received
    reply_to_name: str  #: decoded display name of the first of them
    to: tuple[str, ...]  #: To, Cc, Delivered-To, X-Original-To, lower-case, with +tags as received
    date: datetime | None
    received: tuple[datetime, ...]  #: dates of the Received headers, topmost (newest) first; unreadable ones left out
    in_reply_to: tuple[str, ...]  #: ids without brackets
    references: tuple[str, ...]  #: ids without brackets, oldest first
    content_type: str  #: of the whole mail, lower-case, without parameters
    text: str  #: the whole readable text: text/plain, else text made from the HTML
    html: str  #: the HTML part, "" when there is none
    links: tuple[str, ...]  #: every URL in text or href, as written, capped
    attachments: tuple[Attachment, ...]
    report: str  #: text of a message/delivery-status or disposition part, "" when there is none
    returned_id: str  #: Message-ID of the mail that a bounce gives back, without brackets, "" when there is none
    results: tuple[str, ...] = ()  #: the Authentication-Results, topmost first; "" where other headers part them
    enclosed: Enclosed | None = None  #: the first mail attached; not the one that a report gives back
    defects: tuple[str, ...] = ()  #: what was mended while reading, in words

    def header(self, name: str) -> str:
        """The topmost value of a header, "" when there is none. `name` in lower case."""
        values = self.headers.get(name)
        return values[0] if values else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One mail, read: who wrote it through which channel, about which order, and the buyer's own words."""

    parsed: Parsed
    channel: str | None  #: "amazon" | "walmart" | "ebay" | "direct" | None
    kind: str | None  #: DESIGN's kinds ("buyer_message", "reply_copy", …), None for the rest
    order_ids: tuple[str, ...]
    items: tuple[Item, ...]
    customer: str  #: the buyer's address without +case, lower-case: groups a buyer's mails
    case: str  #: the +case suffix of a relay address, ""
    reply_to: str  #: the address to answer, exactly as received, with +case
    buyer_name: str  #: display name without the marketplace's ornament
    authentic: Authentic
    lookalike: str  #: why an address imitates a marketplace, in words; "" when none does
    suspicion: str  #: any other reason of promise 6 (foreign Reply-To on a relay From, second From, …); "" when none
    text: str  #: the buyer's own words: no template, footer, quoted history, device signature
    quoted: str  #: what was cut away as quoted history
    language: str  #: ISO 639-1 of `text`
    clock_start: datetime
    no_response_link: str = ""  #: the signed "no response needed" link; shown to a person, never fetched
    facts: dict[str, str] = field(default_factory=dict)  #: what a notice says: reason, amount, tracking, buyer, …
