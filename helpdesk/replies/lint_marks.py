"""Message rules that see marks, not words: links, addresses, emoji, gaps left in a template, empty lines.

Each function takes the folded text and yields (rule, start, end) in folded positions. Every pattern is bounded: linear.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from helpdesk.replies.lint_text import Folded

Mark = tuple[str, int, int]

_AMAZON_TLDS = (
    r"(?:com\.au|com\.be|com\.br|com\.mx|com\.tr|co\.jp|co\.uk|com|ae|ca|de|eg|es|fr|ie|in|it|nl|pl|sa|se|sg)"
)
MARKETPLACE_HOSTS = {
    "amazon": re.compile(rf"(?:[a-z0-9-]+\.)*amazon\.{_AMAZON_TLDS}"),
    "walmart": re.compile(r"(?:[a-z0-9-]+\.)*walmart\.(?:com|ca|com\.mx)"),
    "ebay": re.compile(r"(?:[a-z0-9-]+\.)*ebay\.(?:com|ca|co\.uk|de|fr|it|es|com\.au|at|ch|nl|be|ie|pl)"),
}
RELAYS = re.compile(
    rf"(?:(?:m\.)?marketplace\.amazon\.{_AMAZON_TLDS}|relay\.walmart\.com|members\.ebay\.[a-z.]{{2,6}})"
)
#: Carriers whose tracking pages may be named (DOMAIN 3, external_link).
_CARRIERS = re.compile(
    r"(?:[a-z0-9-]+\.)*(?:dhl\.(?:com|de|fr|it|es|co\.uk)|ups\.com|fedex\.com|usps\.com|royalmail\.com|parcelforce\.com"
    r"|dpd\.(?:com|de|fr|co\.uk|it|es)|dpdgroup\.com|gls-group\.(?:com|eu)|gls-pakete\.de|gls-italy\.com|myhermes\.de"
    r"|hermesworld\.com|myhermes\.co\.uk|evri\.com|laposte\.fr|colissimo\.fr|chronopost\.fr|colisprive\.(?:com|fr)"
    r"|mondialrelay\.(?:fr|com)|correos\.es|correosexpress\.com|seur\.com|mrw\.es|nacex\.es|poste\.it|brt\.it|sda\.it"
    r"|tnt\.(?:com|it|fr)|kuronekoyamato\.co\.jp|sagawa-exp\.co\.jp|(?:post\.)?japanpost\.jp|sf-express\.com"
    r"|yunexpress\.(?:com|cn)|yto\.net\.cn|zto\.com|ems\.com\.cn|canadapost(?:-postescanada)?\.ca|purolator\.com"
    r"|auspost\.com\.au|postnl\.(?:nl|com)|bpost\.be|post\.at|post\.ch|swisspost\.ch|ontrac\.com|lasership\.com)"
)

#: Endings that are no words, so a name in front of them is an address.
_TLD_CLEAR = (
    r"com(?:\.(?:au|br|mx|tr|cn|hk|tw|sg|ar|co))?|net(?:\.cn)?|org(?:\.uk)?|co\.(?:uk|jp|kr|nz|za|in|il)"
    r"|ne\.jp|or\.jp|info|biz"
    r"|eu|fr|jp|cn|co|io|tv|cc|xyz|vip|dev|ai|ly|gl|gg|gle|ch|ru|kr|tw|hk|sg|ie|dk|fi|pt|gr|cz|hu|ro|nl|pl|uk|us|ca"
    r"|mx|au|br|tr|store|shop|online|site|website|tech|club|link|app|page|live|top|pro|mobi|asia|eshop|deals|blog|email"
)
#: Endings that are also words ("arrived.in"): only with something beside them that makes an address of it.
_TLD_WORD = r"de|es|it|in|me|be|at|se|no|so|to|my|is|am|us"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_BARE = re.compile(
    rf"(?<![a-z0-9@.&-])(?P<host>(?:{_LABEL}\.){{1,5}}(?:(?P<clear>{_TLD_CLEAR})|(?P<word>{_TLD_WORD})))"
    r"(?![a-z0-9@-])(?P<rest>(?::\d{2,5})?/[^\s<>\"')\]]{0,500})?"
)
_CJK_HOST = re.compile(r"[\u3041-\u9fff]{1,20}\.(?:com|cn|net|jp|shop|网址|公司|中国|网络)(?![a-z0-9-])")
_URL = re.compile(
    r"(?P<scheme>(?:https?|hxxps?|ftp))\s?[:;]\s?/\s?/\s?(?P<host>[^\s<>\"')\]/\\?#\u3000-\u303f]{1,300})"
    r"(?P<rest>[^\s<>\"')\]\u3000-\u303f]{0,1500})"
    r"|(?<![a-z0-9@.-])(?P<www>www\d?\s?\.\s?(?P<host2>[a-z0-9][a-z0-9.-]{1,200}[a-z0-9]))(?P<rest2>/[^\s<>\"')\]]{0,"
    r"500})?"
)
_DOT = (
    r"(?:\s?[(\[{<]\s?(?:dot|\.|punkt|point|punto|点|。|d0t)\s?[)\]}>]\s?|\s(?:dot|d0t)\s|\s?点\s?"
    r"|\s?ドット\s?|\s?。\s?"
    r"|\s\.\s?|\.\s)"
)
_SPOKEN_HOST = re.compile(
    rf"(?<![a-z0-9@.-])(?:www{_DOT})?[a-z0-9][a-z0-9-]{{1,40}}"
    rf"(?:{_DOT}[a-z0-9-]{{2,30}}){{0,2}}"
    rf"(?:{_DOT}|\spunkt\s|\spoint\s|\spunto\s)"
    r"(?P<tld>com|net|org|shop|store|info|de|fr|it|es|jp|cn|eu|io|uk|co)(?![a-z0-9-])"
)
_SAFE_SPOKEN = {"com", "net", "org"}

#: What a host and a spoken host cannot do without: the slow patterns look only around these.
_DOT_ANCHOR = re.compile(r"\.[a-z]")
_SPOKEN_ANCHOR = re.compile(
    r"(?:dot|d0t|punkt|point|punto|点|ドット|。|\.)[\s)\]}>]{0,3}(?:com|net|org|shop|store|info"
    r"|de|fr|it|es|jp|cn|eu|io|uk|co)(?![a-z0-9-])"
)
_TYPED = re.compile(
    r"\b(?:browser|tapez|tippen|type|google\w*|geben sie|digiti|teclee|teclea|escriba|inserisca|navigateur)\b"
)
_CUE_BEFORE = re.compile(
    r"(?:visit|go to|see|check|at|on|www|https?|auf|unter|sur|en|su|besuchen sie|visite[zr]?|visita|via|:)\s*$"
)

EMOJI = re.compile(
    "[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\u203c\u2049\u231a\u231b\u23e9-\u23fa]\ufe0f?|\ufe0f|\u20e3"
)
_BREAKS = re.compile(r"\n(?:[ \t\u3000\xa0]{0,400}\n){2,}")
#: Atomic: the two signs of a Windows line end are one, never two.
_END = r"(?>\r\n|[\n\r\x0b\x0c\x85\u2028\u2029])"
_ODD_BREAKS = re.compile(rf"{_END}(?:[ \t\u3000\xa0]{{0,400}}{_END}){{2,}}")
IMPORTANT = re.compile(
    r"[\[【［]\s?(?:important|wichtig|importante?|urgent|dringend|urgente|重要|重要なお知らせ|紧急"
    r"|緊急|至急)\s?!?\s?[\]】］]"
)


def urls(low: str) -> list[tuple[int, int]]:
    """Places of all links, allowed or not."""
    return [hit.span() for hit in _URL.finditer(low)] if "/" in low or "www" in low else []


def links(text: Folded, marketplace: str, mails: list[tuple[int, int]]) -> Iterator[Mark]:
    """Links and bare hosts that lead away from the marketplace, and unsafe ones."""
    low = blanked(text.low, mails)
    whole: list[tuple[int, int]] = []
    if "/" in low or "www" in low:
        for hit in _URL.finditer(low):
            whole.append(hit.span())
            host = _host(hit["host"] or hit["host2"])
            start, end = hit.start(), _trim(low, hit.start(), hit.end())
            if not host_allowed(host, marketplace):
                yield "external_link", start, end
            if hit["scheme"] in {"http", "hxxp"}:
                yield "insecure_url", start, end
    low = blanked(low, whole)
    bare = [m for a, b in regions(low, _DOT_ANCHOR, 80, 80) for m in _BARE.finditer(low, a, b)]
    for hit in bare:
        if host_allowed(hit["host"], marketplace) or hit["host"].replace(".", "").isdigit():
            continue
        if _is_sentence_end(text.cased, low, hit):
            continue
        yield "external_link", hit.start(), _trim(low, hit.start(), hit.end())
    if not low.isascii() and "." in low:
        for hit in _CJK_HOST.finditer(low):
            yield "external_link", *hit.span()
    low = blanked(low, [hit.span() for hit in bare])
    for hit in (m for a, b in regions(low, _SPOKEN_ANCHOR, 120, 4) for m in _SPOKEN_HOST.finditer(low, a, b)):
        tld = hit["tld"]
        plain = re.search(r"\.\s|\s\.", hit.group()) is not None and "dot" not in hit.group()
        if plain and tld not in _SAFE_SPOKEN:
            continue
        if re.search(r"\s(?:punkt|point|punto)\s(?:es|de|it|fr|info|co|uk)$", hit.group()) and not (
            _CUE_BEFORE.search(low[max(0, hit.start() - 25) : hit.start()])
            or _TYPED.search(low, max(0, hit.start() - 60), min(len(low), hit.end() + 30))
        ):
            continue
        if plain and text.cased[hit.start("tld")].isupper() and not text.cased[hit.start("tld") + 1].isupper():
            continue
        yield "external_link", *hit.span()


def host_allowed(host: str, marketplace: str) -> bool:
    """A marketplace's own host, or a carrier's."""
    own = MARKETPLACE_HOSTS.get(marketplace, MARKETPLACE_HOSTS["amazon"])
    return bool(own.fullmatch(host) or _CARRIERS.fullmatch(host))


def _host(authority: str) -> str:
    """The host of "user:pw@host:port", without blanks and a closing dot."""
    host = authority.rpartition("@")[2].partition(":")[0]
    return re.sub(r"\s", "", host).rstrip(".,;!。、，")


def _trim(low: str, start: int, end: int) -> int:
    while end > start + 1 and low[end - 1] in ".,;:!?…":
        end -= 1
    return end


def _is_sentence_end(cased: str, low: str, hit: re.Match[str]) -> bool:
    """ "…arrived.In case" and "e.g.it" are no hosts: a missing blank after a full stop."""
    if hit["rest"]:
        return False
    labels = hit["host"].split(".")
    last = hit.end("host") - len(labels[-1])
    after = low[hit.end("host") : hit.end("host") + 2]
    before = low[max(0, hit.start() - 25) : hit.start()]
    ending = cased[last : hit.end("host")]
    fresh = ending[:1].isupper() and not ending.isupper()
    if fresh and (hit["word"] is not None or not cased[hit.start()].isupper()):
        return True
    if all(len(label) == 1 for label in labels[:-1]):
        return True
    if hit["word"] is None:
        return labels[-1] in {
            "co",
            "no",
            "pro",
            "top",
            "link",
            "app",
            "page",
            "live",
            "email",
            "info",
            "ca",
            "us",
        } and bool(
            re.match(r" [a-z]", low[hit.end("host") : hit.end("host") + 2])
            and not _CUE_BEFORE.search(before)
            and ending[:1].isupper()
        )
    if _CUE_BEFORE.search(before) or "-" in labels[0] or len(labels) > 2:
        return False
    return bool(re.match(r"[ ,'][a-z0-9]?", after)) or ending[:1].isupper()


def emoji(visible: str) -> Iterator[Mark]:
    """Pictures among the letters; positions are those of `visible`."""
    for hit in EMOJI.finditer(visible):
        yield "emoji", *hit.span()


def breaks(raw: str) -> Iterator[Mark]:
    """Three line ends in a row, or more; positions are those of the raw text."""
    odd = any(c in raw for c in "\r\x0b\x0c\x85\u2028\u2029")
    pattern = _ODD_BREAKS if odd else _BREAKS
    for hit in pattern.finditer(raw):
        yield "line_breaks", *hit.span()


def important(text: Folded) -> Iterator[Mark]:
    """The marker that once passed a buyer's opt-out."""
    if not any(sign in text.low for sign in "[【"):
        return
    for hit in IMPORTANT.finditer(text.low):
        yield "important_marker", *hit.span()


def regions(text: str, anchor: re.Pattern[str], before: int, after: int) -> list[tuple[int, int]]:
    """Stretches around what a slow pattern cannot do without, joined where they meet."""
    found: list[tuple[int, int]] = []
    first, last = -1, -1
    for hit in anchor.finditer(text):
        a, b = hit.span()
        if a - before <= last:
            last = b + after
            continue
        if last >= 0:
            found.append((first, min(last, len(text))))
        first, last = max(0, a - before), b + after
    if last >= 0:
        found.append((first, min(last, len(text))))
    return found


def blanked(text: str, spans: list[tuple[int, int]]) -> str:
    """The text with some stretches made unreadable, equally long."""
    if not spans:
        return text
    pieces: list[str] = []
    at = 0
    for a, b in sorted(spans):
        if b <= at:
            continue
        a = max(a, at)
        pieces += [text[at:a], "\x00" * (b - a)]
        at = b
    pieces.append(text[at:])
    return "".join(pieces)
