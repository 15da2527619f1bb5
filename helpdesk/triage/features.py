"""What the classifier looks at beside the words: facts that hold for mail of any year, shop and language.

No sender names, no header order, no id styles, no host of a corpus: personal or mass mail, question or offer, where links lead,
what the authentication says, whose thread it is. Each feature is a number from 0 to about 1.

How long a letter is, how often it asks, whether it is signed or in the first person is no feature: invented letters have their own
habits there, and what was learnt of them was held against real buyers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from helpdesk.intake.reading import Attachment, Reading
from helpdesk.marketplaces.labels import from_a_machine
from helpdesk.marketplaces.pieces import Phrases
from helpdesk.triage.links import Links, links_of, of_the_visitor
from helpdesk.triage.machine import list_reason, machine_made
from helpdesk.triage.quick import Quick, lowered
from helpdesk.triage.senders import a_colleague, from_ourselves, host_of, organisation
from helpdesk.triage.threads import answered, thread_of
from helpdesk.triage.tokens import hashed, plain, tokens, words_of
from helpdesk.triage.words import freemail, lexicon

_ROLE = re.compile(
    r"^(?:no-?reply|do-?not-?reply|ne-?pas-?repondre|nao-?responda|noresponder|info|news|newsletter|sales|marketing|promo|offers?|deals|mail|mailer|admin|office|contact|hello|team|support|service|"
    r"help|notifications?|notify|alerts?|billing|invoices?|accounts?|updates?|bounces?|www-data|root|daemon|webmaster|postmaster|jobs|hr|press|pr|media|store|shop|members?|orders?|kundenservice|"
    r"wordpress|system|automated|robot|bot|list|owner|subscribe|events?|survey|feedback|verify|security|customers?|desk|care|reply|[-_.]){1,5}(?![a-z])",
    re.IGNORECASE,
)
_NOREPLY = re.compile(
    r"no[-_.]?reply|do[-_.]?not[-_.]?reply|noresponder|nao[-_.]?responda|ne[-_.]?pas[-_.]?repondre", re.IGNORECASE
)
_REPLY = re.compile(r"^\s*(?:re|aw|sv|tr|rif|odp|res|antw|r|回复|答复|回覆|返信)\s*(?:\[\d+\])?\s*[:：]", re.IGNORECASE)
_FORWARD = re.compile(r"^\s*(?:fwd?|wg|i|doorst|pd|rv|enc|转发|轉寄|転送)\s*[:：]", re.IGNORECASE)
#: An amount; asked of lower case. The look back finds where one may begin at once, which the plain alternatives would not.
_MONEY = re.compile(r"[$€£¥\d](?:(?<=[$€£¥])\s?\d|(?<=\d)\s?(?:[$€£¥]|eur|usd|gbp|zł|pln|rmb|元|円))")
_PERCENT = re.compile(r"\d\s?%")
_PHONE = re.compile(r"\+\d[\d ().-]{7,17}\d|\(\d{3}\) ?\d{3}[ .-]?\d{4}")
_UNSUBSCRIBE = Phrases((
    "unsubscribe", "opt out", "opt-out", "view online", "in browser", "in your browser", "view this email", "abmelden", "abbestellen", "désabonn", "désinscri", "darse de baja", "cancelar suscripción",
    "cancelar la suscripción", "disiscri", "cancelar inscrição", "cancelar a inscrição", "cancelar assinatura", "descadastr", "afmelden", "uitschrijven", "wypisz", "zrezygnuj", "配信停止", "配信解除", "購読解除", "退订", "取消订阅", "退訂",
))  # fmt: skip
_TEAM = re.compile(
    r"\b(?:team|support|service|shop|store|weekly|news|marketing|sales|seo|ltd|llc|inc|gmbh|co\.|corp|company|agency|group|department|office|bank|security|alert|notification|no.?reply)\b|公司|株式会社|有限",
    re.IGNORECASE,
)
_STYLE = re.compile(r"<(?:table|style|img|center|font)\b", re.IGNORECASE)
_REMOTE_IMAGE = re.compile(r"<img[^>]{1,300}src\s*=\s*[\"']?https?:", re.IGNORECASE)
#: Latin-1 as bytes: the capitals A to Z, À to Ö, Ø to Þ, and the digits.
_CAPITALS = bytes([*range(0x41, 0x5B), *range(0xC0, 0xD7), *range(0xD8, 0xDF)])
_NUMERALS = b"0123456789"
_DIGITS = re.compile(r"\d+")
_LETTERS = re.compile(r"[^\W\d_]")
_YOUR_SHOP = Quick(
    r"\byour (?:amazon |online |web ?)?(?:store|shop|brand|website|site|business|company|listings?|products?)\b|\b(?:ihre?[nmrs]?|ihren) (?:shop|laden|marke|webseite|website|unternehmen|produkte|firma)\b|"
    r"\bvotre (?:boutique|magasin|marque|site|entreprise|société)\b|\b(?:su|vuestra|tu) (?:tienda|marca|empresa|negocio|web)\b|\b(?:vostro|tuo|suo|vostra|tua|sua) (?:negozio|marchio|sito|azienda|attività)\b|"
    r"\b(?:sua|seu|vossa) (?:loja|marca|empresa|site|negócio)\b|\buw (?:winkel|webshop|merk|website|bedrijf)\b|\b(?:państwa|twój|twoją|twojego|waszego) (?:sklep\w*|mark\w*|firm\w*|stron\w*)\b|"
    r"御社|貴社|貴店|贵司|贵公司|贵店|您的店铺|你们公司",
)
#: Without one of these a text says nothing of “your shop”: a set is asked faster than the pattern.
_YOUR = frozenset({
    "your", "ihr", "ihre", "ihren", "ihrem", "ihrer", "ihres", "votre", "su", "tu", "vuestra", "vostro", "vostra", "tuo", "tua", "suo", "sua", "seu", "vossa", "uw", "państwa", "twój", "twoją", "twojego", "waszego",
    "御社", "貴社", "貴店", "贵司", "贵公", "贵店", "您的", "你们",
})  # fmt: skip
_HEAD = 1600

NAMES: tuple[str, ...] = (
    "free_mail", "role_local", "no_reply", "team_name", "digits_in_local", "our_domain", "reply_elsewhere", "reply_free", "to_named", "many_to",
    "auth_pass", "auth_fail", "auth_none", "list", "machine_made", "feedback_id", "has_reply_header", "subject_reply", "subject_forward", "quotes_us", "quoted",
    "subject_order", "text_order", "template_item", "subject_empty", "subject_length", "subject_shout", "subject_money",
    "shout", "money", "percent", "phone", "address_in_text", "unsubscribe", "digits",
    "html", "html_only", "html_styled", "remote_images", "html_weight",
    "links", "link_hosts", "link_numeric", "link_short", "link_own", "link_ours", "link_ordinary", "link_foreign", "link_tracking", "no_links",
    "image_files", "document_files", "danger_files", "your_shop", "contact_form", "language_known",
    "thread_ours", "thread_foreign", "quotes_others", "subject_tag", "passed_on", "lure_around", "machine_links",
    *(f"talk_{kind}" for kind in ("order", "trouble", "ask", "offer", "lure", "bulk", "work", "greet", "goods", "remedy", "paid", "sale", "house", "thou", "kin")),
    *(f"subject_{kind}" for kind in ("offer", "lure", "bulk", "work", "greet")),
    "order_and_trouble", "order_and_ask", "offer_and_shop", "goods_and_trouble", "goods_and_remedy", "order_and_paid", "paid_and_ask", "goods_and_sale", "sale_and_ask",
)  # fmt: skip

_DANGER = (
    ".htm",
    ".html",
    ".exe",
    ".zip",
    ".rar",
    ".7z",
    ".js",
    ".iso",
    ".img",
    ".scr",
    ".docm",
    ".xlsm",
    ".svg",
    ".gz",
    ".lnk",
    ".eml",
)
#: What a link may not lead to: all of these but pages, drawings and forwarded mails, which lie everywhere.
_RUNS = (
    *(end for end in _DANGER if end not in {".htm", ".html", ".svg", ".gz", ".eml", ".img"}),
    ".msi",
    ".apk",
    ".bat",
    ".cmd",
    ".vbs",
)
_LOOKED_AT = 60
_LANGUAGES = frozenset({"en", "de", "fr", "es", "it", "ja", "zh", "pt", "nl", "pl"})


#: The kinds of talk by their places in lexicon.toml. What buyers speak of is looked for in subject and text together.
_ORDER, _WRONG, _ASK, _OFFER, _LURE, _GOODS, _REMEDY, _PAID, _SALE, _HOUSE, _THOU, _KIN = 0, 1, 2, 3, 4, *range(8, 15)
_OF_BUYERS = frozenset({_ORDER, _WRONG, _ASK, _GOODS, _REMEDY, _PAID, _SALE, _HOUSE, _THOU, _KIN})
_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_MUCH = 3  #: so many words of a kind say all that it can say

_BUYING = tuple(
    NAMES.index(name)
    for name in ("text_order", "template_item", "quotes_us", "thread_ours", "talk_order", "talk_remedy", "talk_paid")
)
#: Two words of trouble: a mere “not” or “money” occurs in any letter; beside a thing that is sold one is enough.
_ONE, _ENOUGH = 1 / _MUCH, 2 / _MUCH
_TROUBLE, _THINGS, _ASKED = map(NAMES.index, ("talk_trouble", "talk_goods", "talk_sale"))
_BUSINESS = tuple(map(NAMES.index, ("talk_offer", "talk_work", "subject_offer", "subject_work")))


@dataclass(frozen=True, slots=True)
class Features:
    """What one mail gives the classifier: facts in the order of NAMES, and words for hashing."""

    facts: tuple[float, ...]
    words: list[str]
    forward: bool = False  #: passed on without a word
    elsewhere: bool = False  #: part of a conversation among others, and no order is named
    typed: bool = False  #: a visitor's words in a form without a trap round them
    colleague: bool = False  #: from our own house, and answered there
    diverts: bool = False  #: a letter that names another private address than its sender's, and no order
    silent: bool = False  #: hardly a word in text and subject: nothing in it tells what it is
    trap: bool = False  #: a file that runs or hides what it holds, attached or linked; a stranger's form that urges to act, with a link

    @property
    def barred(self) -> bool:
        """Never rescued by its words alone, however sure these are."""
        return self.forward or self.elsewhere or self.colleague or self.diverts or self.silent or self.trap

    @property
    def of_business(self) -> bool:
        """Does a word of it offer something to a seller, or speak of office matters?"""
        return any(self.facts[index] for index in _BUSINESS)

    @property
    def about_buying(self) -> bool:
        """Does anything in it speak of a purchase: an order, a parcel, a product, a trouble, our own mail quoted, a form?"""
        if self.barred:
            return False
        trouble, things = self.facts[_TROUBLE], self.facts[_THINGS]
        return (
            self.typed
            or any(self.facts[index] for index in _BUYING)
            or trouble >= (_ONE if things else _ENOUGH)
            or max(things, self.facts[_ASKED]) >= _ENOUGH
        )


def _share(count: float, of: float) -> float:
    return min(1.0, count / of) if of else 0.0


def _talk(words: Iterable[str]) -> list[float]:
    """How much of each kind of talk: each kind's distinct words, saturating at three."""
    return [min(1.0, hits / _MUCH) for hits in _spoken(frozenset(words))]


def _spoken(words: frozenset[str]) -> list[int]:
    """How many of the words belong to each kind of talk."""
    known = lexicon()
    memory = known.memory
    seen = [0] * len(known.kinds)
    for word in words:
        kinds = memory.get(word)
        for kind in known.look_up(word) if kinds is None else kinds:
            seen[kind] += 1
    return seen


def _talks(words: Sequence[str], subject: Sequence[str]) -> tuple[list[float], list[float]]:
    """Of every kind of talk: in the text, of what buyers speak in subject and text together; in the subject, of the other kinds."""
    own, title = frozenset(words), frozenset(subject)
    told, further, above = _spoken(own), _spoken(title - own), _spoken(title)
    kinds = range(len(told))
    both = [told[kind] + further[kind] if kind in _OF_BUYERS else told[kind] for kind in kinds]
    rest = [above[kind] for kind in kinds if kind not in _OF_BUYERS]
    return [min(1.0, hits / _MUCH) for hits in both], [min(1.0, hits / _MUCH) for hits in rest]


def _capitals(latin: bytes) -> int:
    """How many capitals stand in a text encoded as Latin-1."""
    return len(latin) - len(latin.translate(None, _CAPITALS))


def _sender(reading: Reading) -> list[float]:
    parsed = reading.parsed
    ours = {organisation(host_of(address)) for address in parsed.to}
    own = organisation(host_of(parsed.from_addr)) in ours
    reply = host_of(parsed.reply_to[0]) if parsed.reply_to else host_of(parsed.from_addr)
    # What a form sends or a colleague forwards stands under an address of ours: who wrote is whom the answer goes to.
    form = (own or reading.kind == "contact_form") and reading.reply_to.lower() not in {"", parsed.from_addr}
    local, _, host = (reading.reply_to.lower() if form else parsed.from_addr).partition("@")
    name = (reading.buyer_name if form else parsed.from_name).strip()
    return [
        host in freemail(),
        bool(_ROLE.match(local)),
        bool(_NOREPLY.search(local)),
        bool(_TEAM.search(name)),
        _share(sum(c.isdigit() for c in local), max(1, len(local))),
        own,
        not form and reply != host,
        not form and reply != host and reply in freemail(),
        bool(parsed.to),
        len(parsed.to) > 4,
        reading.authentic == "pass",
        reading.authentic == "fail",
        reading.authentic == "none",
    ]


def _thread(reading: Reading) -> list[float]:
    parsed = reading.parsed
    subject = parsed.subject
    quoted = reading.quoted[:4000].lower()
    return [
        reading.kind != "contact_form" and bool(list_reason(reading)),
        machine_made(parsed),
        bool(parsed.header("feedback-id") or parsed.header("x-campaign") or parsed.header("x-csa-complaints")),
        bool(answered(parsed)),
        bool(_REPLY.match(subject)),
        bool(_FORWARD.match(subject)),
        bool(quoted)
        and not _FORWARD.match(subject)
        and any(address and address in quoted for address in parsed.to[:4]),
        bool(quoted),
        bool(reading.order_ids) and any(order in subject for order in reading.order_ids),
        bool(reading.order_ids),
        bool(reading.items),
        not subject.strip(),
        _share(len(subject), 120),
        _share(_capitals(subject.encode("latin-1", "replace")), max(1, len(_LETTERS.findall(subject))))
        if len(subject) > 8
        else 0.0,
        bool(_MONEY.search(subject.lower()) or _PERCENT.search(subject)),
    ]


def _shape(text: str) -> list[float]:
    size = len(text)
    lower = text.lower()
    letters = size - text.count(" ") - text.count("\n")
    latin = text.encode("latin-1", "replace")
    plain_digits = text.isascii()
    digits = size - len(latin.translate(None, _NUMERALS)) if plain_digits else sum(map(len, _DIGITS.findall(text)))
    return [
        _share(_capitals(latin), letters) if letters > 20 else 0.0,
        _share(len(_MONEY.findall(lower)), 4) if digits else 0.0,
        _share(len(_PERCENT.findall(text)), 3) if "%" in text else 0.0,
        ("+" in text or "(" in text) and bool(_PHONE.search(text)),
        "@" in text,
        _UNSUBSCRIBE.stand_in(lower),
        _share(digits, max(1, size)) * 4,
    ]


def _body(reading: Reading, links: Links) -> list[float]:
    parsed = reading.parsed
    html = parsed.html[:20000]
    files = parsed.attachments
    return [
        bool(html),
        parsed.content_type == "text/html",
        _share(len(_STYLE.findall(html)), 10),
        _share(len(_REMOTE_IMAGE.findall(html)), 4),
        min(1.0, len(parsed.html) / (1 + len(parsed.text)) / 30),
        _share(links.total, 15),
        _share(links.hosts, 6),
        links.numeric > 0,
        links.shorteners > 0,
        links.own > 0,
        links.ours > 0,
        links.ordinary > 0,
        bool(links.foreign),
        _share(links.tracking, 5),
        links.total == 0,
        any(file.content_type.startswith(("image/", "video/")) for file in files),
        any(file.content_type.endswith(("pdf", "msword")) or "officedocument" in file.content_type for file in files),
        _trap(files),
    ]


def _trap(files: Sequence[Attachment]) -> bool:
    """Is a page, a program or an archive attached? A forwarded mail (message/rfc822) is none of these."""
    return any(file.name.lower().endswith(_DANGER) and file.content_type != "message/rfc822" for file in files)


def _linked_trap(urls: Sequence[str]) -> bool:
    """Does a link lead to a program or an archive?"""
    return any(url.lower().partition("?")[0].endswith(_RUNS) for url in urls[:_LOOKED_AT])


def _of_a_buyer(talk: Sequence[float]) -> bool:
    """Does a word speak of what buyers speak of?"""
    return any(talk[kind] for kind in _OF_BUYERS)


def _silent(words: Sequence[str], subject: Sequence[str], form: bool) -> bool:
    """Fewer than three different words in a letter; through a form, whose visitors are terse, none of three letters."""
    if form:
        return not (_says(words) or _says(subject))
    return len({word for word in (*words[:60], *subject) if len(word) > 1 and word.isalpha()}) < 3


def replied(subject: str) -> bool:
    """Is a subject that of a reply or a forward: somebody else's words?"""
    return bool(_REPLY.match(subject) or _FORWARD.match(subject))


def bare_forward(reading: Reading) -> bool:
    """Passed on without a word of the sender's own."""
    return bool(_FORWARD.match(reading.parsed.subject)) and len(reading.text.strip()) <= 12


def words_judged(reading: Reading, elsewhere: bool = False) -> str:
    """The writer's own words; of a bare forward, or of a stranger's form whose links lead elsewhere, all that stands there."""
    own = reading.text[:_HEAD]
    if reading.kind == "contact_form":
        return reading.parsed.text[:_HEAD] if elsewhere and not from_ourselves(reading) else own
    if len(own.strip()) > 12 or len(reading.quoted) < len(own):
        return own
    return f"{own}\n{reading.parsed.text[:_HEAD]}"[:_HEAD]


def _lure_around(reading: Reading) -> float:
    """How much a form's mail urges to sign in or act outside the message: a trap dressed as a form does it there."""
    around = reading.parsed.text[:4000].replace(reading.text[:4000], " ")
    return _talk(tokens(around))[_LURE]


def _urges(reading: Reading, links: Links, around: float, talk: list[float]) -> bool:
    """Does a stranger's form lead elsewhere, and urge to sign in or act: round the message, or twice in it?"""
    urged = around > 0 or talk[_LURE] >= _ENOUGH
    return urged and links.total > links.ours and not from_ourselves(reading)


def _together(talk: Sequence[float], shop: bool) -> tuple[float, ...]:
    """Kinds of talk that mean more beside one another."""
    order, wrong, ask, goods = talk[_ORDER], talk[_WRONG], talk[_ASK], talk[_GOODS]
    paid, sale = talk[_PAID], talk[_SALE]
    return (
        order * wrong,
        order * ask,
        talk[_OFFER] * shop,
        goods * wrong,
        goods * talk[_REMEDY],
        order * paid,
        paid * ask,
        goods * sale,
        sale * ask,
    )


def _says(words: Sequence[str]) -> bool:
    """Is there a word of three letters, or one of a script that needs fewer?"""
    return any(len(word) > 2 or word >= "\u3040" for word in words)


def _diverts(reading: Reading, text: str) -> bool:
    """Does the text name an address at a provider of private mail that is neither the sender's nor one of the envelope's?

    Fraud asks to be answered there, because the address that it is sent from will soon be closed or was never its own.
    """
    parsed = reading.parsed
    if from_a_machine(parsed.from_addr):
        return False  # it tells of somebody, as forms in words that nobody knows do
    known = {parsed.from_addr, reading.reply_to.lower(), *parsed.reply_to, *parsed.to}
    named = {found.lower() for found in _ADDRESS.findall(text)} - known
    return any(host_of(address) in freemail() for address in named)


def features_of(reading: Reading) -> Features:
    """The facts and the words of one mail."""
    links = links_of(reading)
    form = reading.kind == "contact_form"
    lured = _lure_around(reading) if form else 0.0
    theirs = of_the_visitor(links) if form else links
    text = words_judged(reading, bool(links.foreign))
    words = tokens(text)
    title = (reading.facts.get("subject") if form else "") or reading.parsed.subject
    subject = words_of(plain(_FORWARD.sub("", _REPLY.sub("", title[:200]))))
    talk, titles = _talks(words, subject)
    shop = not _YOUR.isdisjoint(words) and _YOUR_SHOP.hits(lowered(text))
    thread = thread_of(reading, forwarded=bool(_FORWARD.match(reading.parsed.subject)))
    facts = [
        *_sender(reading),
        *_thread(reading),
        *_shape(text),
        *_body(reading, theirs),
        shop,
        form,
        reading.language in _LANGUAGES,
        thread.ours,
        thread.foreign,
        thread.others,
        thread.tagged,
        "forwarded_by" in reading.facts,
        lured,
        form and links.own > 0,
        *talk,
        *titles,
        *_together(talk, shop),
    ]
    return Features(
        tuple(map(float, facts)),
        hashed(words) + hashed(subject, "s:"),
        bare_forward(reading),
        thread.elsewhere and not reading.order_ids and not form,
        typed=form and not links.foreign and not lured,
        colleague=not form and a_colleague(reading),
        diverts=not form and "@" in text and not reading.order_ids and _diverts(reading, text),
        silent=not (thread.ours or reading.order_ids or _of_a_buyer(talk)) and _silent(words, subject, form),
        trap=_trap(reading.parsed.attachments)
        or _linked_trap(reading.parsed.links)
        or (form and _urges(reading, links, lured, talk)),
    )
