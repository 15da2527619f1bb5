"""Where a mail's links lead, as far as the words of the mail alone tell."""

from __future__ import annotations

import re
from dataclasses import dataclass

from helpdesk.intake.reading import Reading
from helpdesk.triage.senders import host_of, house_of, organisation

_HOST = re.compile(r"^(?:https?:)?//(?:[^/@\s]*@)?(\[[0-9a-f:.]+\]|[^/:?#\s]+)|^www\.[^/:?#\s]+", re.IGNORECASE)
_NUMERIC = re.compile(r"^\d{1,3}(?:\.\d{1,3}){3}$")

#: Where buyers put photos, films and tracking pages: links there are ordinary.
_ORDINARY = {
    "imgur.com", "youtube.com", "youtu.be", "google.com", "goo.gl", "icloud.com", "dropbox.com", "1drv.ms", "onedrive.com", "live.com", "wetransfer.com",
    "dhl.de", "dhl.com", "ups.com", "fedex.com", "usps.com", "dpd.com", "dpd.de", "gls-group.eu", "gls-pakete.de", "hermesworld.com", "myhermes.de", "royalmail.com",
    "laposte.fr", "colissimo.fr", "chronopost.fr", "correos.es", "seur.com", "poste.it", "brt.it", "postnl.nl", "inpost.pl", "poczta-polska.pl", "correios.com.br",
    "ctt.pt", "kuronekoyamato.co.jp", "japanpost.jp", "sagawa-exp.co.jp", "sf-express.com", "17track.net", "instagram.com", "facebook.com", "whatsapp.com",
    "wikipedia.org", "postimg.cc", "ibb.co", "photobucket.com", "flickr.com", "w3.org", "schema.org", "aka.ms", "yahoo.com", "outlook.com", "avast.com", "mail.ru", "qq.com",
}  # fmt: skip
_SHORTENERS = {
    "bit.ly",
    "tinyurl.com",
    "t.co",
    "is.gd",
    "cutt.ly",
    "rb.gy",
    "ow.ly",
    "shorturl.at",
    "t.ly",
    "rebrand.ly",
    "tiny.cc",
    "s.id",
    "urlz.fr",
}
#: What a link asks for when it leads astray: sign in, open, verify, claim.
_ASKS = re.compile(
    r"sign[ -]?in|log[ -]?in|log on|verify|verif|confirm|account|claim|suspend|password|unlock|credential|anmeld|einlogg|verkäuferkonto|konto|bestätig|connecte|identifi|compte|"
    r"vérifi|iniciar sesión|inicie sesión|cuenta|verifi|accedi|account|conta |acesse|entrar|inloggen|aanmelden|zaloguj|konta|ログイン|アカウント|サインイン|確認|登录|登錄|账户|帐户|卖家账|验证",
    re.IGNORECASE,
)
_MAX = 60


@dataclass(frozen=True, slots=True)
class Links:
    """Counts over the links of a mail, and the hosts that are nobody's in particular."""

    total: int = 0
    hosts: int = 0
    numeric: int = 0  #: a bare IP address instead of a name
    shorteners: int = 0
    own: int = 0  #: at the sender's own organisation
    ours: int = 0  #: at the organisation the mail was sent to
    ordinary: int = 0  #: photos, films, tracking, marketplaces
    foreign: tuple[str, ...] = ()
    tracking: int = 0  #: long opaque queries or paths, as senders of mass mail write them


def link_host(url: str) -> str:
    """Host of a URL in lower case, "" for mailto, tel and the like."""
    match = _HOST.match(url.strip())
    if not match:
        return ""
    return (match.group(1) or match.group(0)).lower().strip(".[]")


def links_of(reading: Reading) -> Links:
    """Sorts the links of a mail by whose they are; looks at the first 60 only."""
    parsed = reading.parsed
    if not parsed.links:
        return Links()
    sender = organisation(host_of(parsed.from_addr))
    us = {organisation(host_of(address)) for address in parsed.to}
    hosts: set[str] = set()
    foreign: list[str] = []
    numeric = shorteners = own = ours = ordinary = tracking = total = 0
    for url in parsed.links[:_MAX]:
        host = link_host(url)
        if not host:
            continue
        total += 1
        organ = organisation(host)
        tracking += len(url) > 110
        if _NUMERIC.match(host) or ":" in host:
            numeric += 1
            foreign.append(host)
        elif organ in us:
            ours += 1
        elif house_of(host) or organ in _ORDINARY:
            ordinary += 1
        elif organ == sender:
            own += 1
        else:
            shorteners += organ in _SHORTENERS
            foreign.append(host)
        hosts.add(organ)
    return Links(total, len(hosts), numeric, shorteners, own, ours, ordinary, tuple(foreign[:5]), tracking)


def of_the_visitor(links: Links) -> Links:
    """The same of a form's or gateway's mail without what the machine itself links to: its own pages and ours."""
    if not links.own and not links.ours:
        return links
    return Links(
        total=links.total - links.own - links.ours,
        hosts=max(0, links.hosts - bool(links.own) - bool(links.ours)),
        numeric=links.numeric,
        shorteners=links.shorteners,
        ordinary=links.ordinary,
        foreign=links.foreign,
    )


def lure(reading: Reading, links: Links) -> str:
    """Why the links of a marketplace's mail look like a trap, in words; "" when they do not."""
    if links.numeric:
        return f"a link leads to the bare address {links.foreign[0]}"
    if links.foreign and (
        links.shorteners or _ASKS.search(reading.text[:4000]) or any(_ASKS.search(h) for h in links.foreign)
    ):
        return f"a link leads to {links.foreign[0]} and asks to sign in or confirm"
    return ""
