# ruff: noqa: E501 -- tables of words
"""Addresses that imitate a marketplace, told by their shape alone: no list of bad domains, no word of the text.

A domain imitates a brand when its skeleton (confusable letters folded, punycode read) holds the brand's name, or comes
within one edit of it, and the domain does not belong to the brand. What a name claims is judged in marketplaces/claims.py.
"""

from __future__ import annotations

import contextlib
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from helpdesk.marketplaces.amazon_template import TLDS

#: Brands a seller's mail may come from, each with the labels that its own domains carry in front of the public suffix.
BRANDS = ("amazon", "walmart", "ebay", "paypal", "etsy", "shopify", "aliexpress", "alibaba", "tiktok", "shopee", "lazada", "rakuten", "cdiscount", "zalando", "kaufland", "allegro", "mercadolibre", "mercadolivre", "bol", "otto", "amzn")  # fmt: skip
#: Brands whose names are ordinary words: only together with one of the brand's offices do they imitate anybody.
_ORDINARY = frozenset({"otto", "bol", "allegro", "alibaba"})
_BRAND_NAMES = frozenset(BRANDS)
#: Names long enough to be recognised within a word, and with a letter changed.
_LONG = tuple(brand for brand in BRANDS if len(brand) >= 6)
#: The long ones by their first and by their last two letters.
_BEGINNING = {brand[:2]: [one for one in _LONG if one[:2] == brand[:2]] for brand in _LONG}
_ENDING = {brand[-2:]: [one for one in _LONG if one[-2:] == brand[-2:]] for brand in _LONG}

#: Public suffixes under which a brand's bare name is its own registered domain.
_SUFFIX = re.compile(
    r"(?:com|net|org|co|in|jp|de|fr|it|es|nl|pl|se|ie|at|ch|be|ca|us|uk|eu|ae|sa|eg|sg|cn|tr|au|mx|br|cl|jobs|dev|work|science|ph|vn|th|my|tw|hk|id|"
    r"co\.uk|co\.jp|com\.au|com\.br|com\.mx|com\.tr|com\.be|co\.za|com\.hk|com\.sg|com\.my|com\.tw|co\.th|co\.id|com\.cn|com\.ph|com\.vn|co\.in|com\.eg|com\.sa)"
)
#: The houses whose mail becomes tickets: only where they really trade. A suffix that merely exists (amazon.co) is a trick.
_HOUSES = {
    "amazon": re.compile("(?:" + TLDS + "|at|jobs|dev|work|science)"),
    "ebay": re.compile(
        r"(?:com|de|fr|it|es|nl|pl|ie|at|ch|be|ca|in|ph|us|co\.uk|co\.jp|com\.(?:au|hk|sg|my|mx|tw|cn))"
    ),
    "walmart": re.compile(r"(?:com|ca|cl|org|com\.mx|com\.br)"),
    "amzn": re.compile("(?:com|eu)"),
}
#: The first label of their relays: whoever puts it before a name that is nearly theirs means the relay.
_RELAY_LABELS = {"marketplace": "amazon", "members": "ebay", "relay": "walmart"}
#: Further domains of the brands themselves.
_OWN = frozenset(
    [
        "amazonses.com",
        "amazonaws.com",
        "amazon-adsystem.com",
        "a2z.com",
        "amzn.to",
        "amzn.asia",
        "amazonpay.com",
        "amazonbusiness.com",
        "amazonlogistics.com",
        "amazontrust.com",
        "amazonwebservices.com",
        "amazoncognito.com",
        "amazonlex.com",
        "amazonaws.cn",
        "amazonmusic.com",
        "primevideo.com",
        "sellercentral.com",
        "images-amazon.com",
        "media-amazon.com",
        "ssl-images-amazon.com",
        "amazonstudios.com",
        "amazonrobotics.com",
        "amazonfresh.com",
        "amazongames.com",
        "ebaystatic.com",
        "ebayimg.com",
        "ebayinc.com",
        "ebay-kleinanzeigen.de",
        "ebaydesc.com",
        "ebaymainstreet.com",
        "ebaycommercenetwork.com",
        "paypal-communication.com",
        "paypal.me",
        "paypalobjects.com",
        "paypalcorp.com",
        "paypal-notify.com",
        "paypal-community.com",
        "paypal-brasil.com.br",
        "walmartlabs.com",
        "wal-mart.com",
        "walmartimages.com",
        "walmartmexico.com.mx",
        "walmartmx.com",
        "walmart-content.com",
        "etsystatic.com",
        "etsystudio.com",
        "shopifyemail.com",
        "shopifycs.com",
        "shopifyinc.com",
        "shopifycdn.com",
        "myshopify.com",
        "shopifypreview.com",
        "tiktokcdn.com",
        "tiktokv.com",
        "tiktokshop.com",
        "tiktokglobalshop.com",
        "aliexpress.ru",
        "alibaba-inc.com",
        "alibabacloud.com",
        "alibabagroup.com",
        "aliyun.com",
        "rakuten.co.jp",
        "rakuten.ne.jp",
        "rakutenmarketing.com",
        "rakutenadvertising.com",
        "rakuten-card.co.jp",
        "rakuten-bank.co.jp",
    ]
)

#: Letters that are drawn alike, folded to one of them; digits and pairs of letters that pass for a letter.
_CONFUSABLE = str.maketrans(
    "аеорсухіјѕԁһкмтвнӏԛԝɡɑαοερτυνικηωχζгьлѵƅɩıłøđħŧßʏᴀᴇᴏᴢⅿⅼ0135",
    "aeopcyxijsdhkmtbhlqwgaaoeptuvikhwxzrblvbiilodhtbyaeozmloles",
)
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("nn", "m"))
_DIGITS = str.maketrans("0134578", "oleastb")
_HYPHENS = re.compile(r"[-_]+")
_DOUBLED = re.compile(r"(.)\1+")

OFFICE = re.compile(
    r"(?:seller|buyer|vendor|customer|account|technical)?\s*(?:support|central|performance|security|protection|guarantee|verification|compliance|billing|payments?|helpdesk|help desk|notifications?|alerts?|marketplace|customer (?:service|care)|seller (?:service|help|care)s?|account (?:services?|review|health|team|specialist)|trust (?:and|&) safety|fraud|risk|a-to-z|team|services?|resolution cent(?:er|re)|case management|no-?reply)"
    r"|verk[äa]ufer(?:service|support|betreuung|hilfe)|kunden(?:dienst|service)|sicherheit|kontosicherheit|konto(?:pr[üu]fung)?|service (?:client|vendeurs?)|s[ée]curit[ée]|assistance|support vendeurs?|soporte|servicio al cliente|atenci[óo]n al (?:cliente|vendedor)|seguridad"
    r"|assistenza|servizio (?:clienti|venditori)|sicurezza|suporte|atendimento|seguran[çc]a|klantenservice|verkopers?|beveiliging|obs[łl]uga|bezpiecze[ńn]stwo|kundtj[äa]nst|g[üu]venlik|destek"
    r"|セラー|サポート|カスタマー|セキュリティ|マーケットプレイス|出品|アカウント|卖家|客服|支持|安全|賣家|客戶|账户|帳戶|中心",
    re.IGNORECASE,
)


def belongs(domain: str, brand: str) -> bool:
    """Does this domain belong to the brand: its bare name under a public suffix, or a known further one?"""
    labels = domain.split(".")
    for i, label in enumerate(labels):
        rest = ".".join(labels[i + 1 :])
        if label == brand and rest and _HOUSES.get(brand, _SUFFIX).fullmatch(rest):
            return True
        if f"{label}.{rest}" in _OWN:
            return True
    return False


@lru_cache(maxsize=4096)
def imitated(domain: str) -> str:
    """Why a domain imitates a brand's; "" when it does not."""
    domain = domain[:253]
    if _is_a_brands_own(domain):
        return ""
    plain = domain if domain.isascii() else _as_resolved(domain)
    if plain != domain and _is_a_brands_own(plain):
        return f"{domain} is written with other signs to be taken for {plain}"
    shown = _readable(plain)
    labels = [_Label.of(label) for label in shown.split(".")[:-1] or shown.split(".")]
    relay = _RELAY_LABELS.get(labels[0].text) if len(labels) > 1 else None
    if relay is not None and _near(labels[1].joined, relay, first=True):
        return f"{domain} differs by one letter from {relay}"
    for brand in _resembled(labels):
        found = _imitates(labels, brand)
        if found:
            return f"{domain} {found} {brand}"
    return ""


def _is_a_brands_own(domain: str) -> bool:
    """Does it belong to any of the brands?"""
    labels = domain.split(".")
    for i, label in enumerate(labels):
        rest = ".".join(labels[i + 1 :])
        if (
            label in _BRAND_NAMES and rest and _HOUSES.get(label, _SUFFIX).fullmatch(rest)
        ) or f"{label}.{rest}" in _OWN:
            return True
    return False


def _as_resolved(domain: str) -> str:
    """What a resolver makes of it: wide letters narrow, every kind of full stop a dot, invisible signs gone."""
    narrow = unicodedata.normalize("NFKC", domain).replace("\u3002", ".")
    return "".join(c for c in narrow if unicodedata.category(c) != "Cf")


def _readable(domain: str) -> str:
    """Punycode labels decoded; those that do not decode stay as they are."""
    if "xn--" not in domain:
        return domain
    labels = []
    for label in domain.split("."):
        if label.startswith("xn--"):
            with contextlib.suppress(UnicodeError):
                label = label[4:63].encode("ascii").decode("punycode")
        labels.append(label)
    return ".".join(labels)


def skeleton(text: str) -> str:
    """Letters drawn alike folded to one: "аmаzоn" (Cyrillic), "ámazon", "arnaz0n" all become "amazon"."""
    if text.isascii() and text.isalpha():
        return text.lower()  # no ASCII letter passes for another
    folded = unicodedata.normalize("NFKD", text.casefold()).translate(_CONFUSABLE)
    return "".join(c for c in folded if not unicodedata.combining(c)).translate(_DIGITS)


def _skeletons(text: str) -> set[str]:
    plain = skeleton(text)
    found = {plain}
    for pair, letter in _PAIRS:
        if pair in plain:
            found.add(plain.replace(pair, letter))
    both = plain
    for pair, letter in _PAIRS:
        both = both.replace(pair, letter)
    found.add(both)
    return found


@dataclass(frozen=True, slots=True)
class _Label:
    """A label of a domain, its words between hyphens, and what they may be taken for."""

    text: str
    words: tuple[tuple[str, set[str]], ...]
    joined: str
    skeletons: set[str]

    @classmethod
    def of(cls, label: str) -> _Label:
        words = tuple((word, _skeletons(word)) for word in _HYPHENS.split(label) if word)
        joined = "".join(word for word, _ in words)
        return cls(label, words, joined, words[0][1] if len(words) == 1 else _skeletons(joined))


def _resembled(labels: list[_Label]) -> list[str]:
    """The brands that the labels may imitate, in the order of BRANDS; for all others `_imitates` says no."""
    found: set[str] = set()
    for label in labels:
        for word, skeletons in label.words:
            found |= _BRAND_NAMES & skeletons
            found |= _BRAND_NAMES & {word}
            # one edit leaves the first two letters alone or the last two
            head, tail = word[:2], word[-2:]
            found.update(_BEGINNING.get(head, ()), _ENDING.get(tail, ()))
        shown = "\n".join(label.skeletons)
        found.update([brand for brand in _LONG if brand in shown])
        found |= _BRAND_NAMES & {label.joined, _DOUBLED.sub(r"\1", label.joined)}
    return [brand for brand in BRANDS if brand in found] if found else []


def _imitates(labels: list[_Label], brand: str) -> str:
    """Every label but the suffix, and every word of it between hyphens."""
    for label in labels:
        for word, skeletons in label.words:
            if word == brand:
                if brand not in _ORDINARY or OFFICE.search(label.text.replace(brand, " ")):
                    return "carries the name of"
                continue
            if len(brand) >= 4 and brand in skeletons and len(word) <= len(brand) + 3:
                return "is spelt to be taken for"
        if brand in _ORDINARY and brand in label.joined:
            continue
        if label.joined == brand or _DOUBLED.sub(r"\1", label.joined) == brand:
            return "is spelt to be taken for"
        if len(brand) >= 6 and any(brand in s for s in label.skeletons):
            return "carries the name of" if brand in label.joined else "is spelt to be taken for"
        if len(brand) >= 6 and any(_near(w, brand) for w, _ in label.words):
            return "differs by one letter from"
    return ""


def _near(word: str, brand: str, *, first: bool = False) -> bool:
    """One letter put in, left out, changed, or two swapped; another first letter makes another word, but with `first`."""
    if word == brand or abs(len(word) - len(brand)) > 1:
        return False
    if len(word) == len(brand):
        different = [i for i in range(len(brand)) if word[i] != brand[i]]
        if len(different) == 1:
            return first or different[0] > 0
        return (
            len(different) == 2
            and different[1] == different[0] + 1
            and word[different[0]] == brand[different[1]]
            and word[different[1]] == brand[different[0]]
        )
    longer, shorter = (word, brand) if len(word) > len(brand) else (brand, word)
    i = 0
    while i < len(shorter) and longer[i] == shorter[i]:
        i += 1
    return longer[i + 1 :] == shorter[i:]
