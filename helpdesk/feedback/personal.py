"""Personal data of the seller in a comment: e-mail address, phone number, full name (DOMAIN 4.2, criterion 2).

Precision before recall: a name needs a given name or a family name we know, and words around it that make it a person
of the seller's; products are called Calvin Klein too.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache

from helpdesk.feedback.words import WORDS, fold, split

EMAIL = re.compile(r"[\w.+-]{1,64}\s?(?:@|\(at\)|\[at\]|＠)\s?[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}", re.IGNORECASE)
#: Without one of these there is no address.
_AT = re.compile(r"[@(\[＠]")
_ORDER = re.compile(r"\b[A-Z0-9]{3}-\d{7}-\d{7}\b", re.IGNORECASE)
_DIGITS = re.compile(r"\d(?:[\s().\-/–+]{0,3}\d){6,}")
#: Numbers that are none to call: orders, parcels, articles, dates.
_OTHER_NUMBER = re.compile(
    r"(?:track\w*|order|invoice|sku|asin|isbn|ean|upc|article|item|ref\w*|bestell\w*|sendung\w*|rechnung\w*|artikel\w*|commande|suivi|facture|"
    r"pedido|seguimiento|factura|ordine|tracciamento|fattura|nr|no|注文|追跡|伝票|订单|运单|单号|快递|orders?)\W{0,3}(?:number|nummer|numéro|n[°ºo]|番号|号)?\W{0,4}$",
    re.IGNORECASE,
)
#: The buyer's own address or number is not the seller's.
_MINE = re.compile(
    r"(?:\bmy\b|\bmeine?[rn]?\b|\bmon\b|\bma\b|\bmi\b|\bmia\b|\bmio\b|\bmeu\b|\bmijn\b|私の|我的|"
    r"reach me|call me|contact me|e-?mail me|"
    r"mejla mig|ring mig|mitt nummer|min e-?post|benim|beni ara\w*|bana yaz\w*|mail mij|bel mij|do mnie|"
    r"écrivez-moi|schreibt mir|scrivetemi|escríbanme)[^.!?。]{0,25}$",
    re.IGNORECASE,
)
#: Two capitalised words; they may overlap ("Inhaber Thomas Brandner").
_CAPITALS = re.compile(
    r"\b(?=([A-ZÀ-ÖØ-Þ][\w'’-]{1,40})\s(?:(?:[A-ZÀ-ÖØ-Þ]\.|van|von|de|del|della|di|da)\s){0,2}([A-ZÀ-ÖØ-Þ][\w'’-]{1,40}))"
)
_HAN = re.compile("[一-龥]")
#: Are there two capitalised words at all?
_TWO_CAPITALS = re.compile(r"[A-ZÀ-ÖØ-Þ][\w'’.-]{1,40}\s[A-ZÀ-ÖØ-Þvd]")
_JA_NAME = re.compile(
    r"(?:担当(?:者)?|店長|社長|代表|店主|責任者|スタッフ|オーナー|出品者)?の?[「『]?([一-龥々]{3,6})[」』]?(?:さん|様|氏|という|と名乗|って(?:人|いう))"
)
_JA_CUE = re.compile(r"担当|店長|社長|代表|店主|責任者|スタッフ|オーナー|出品者|名前|対応")
_ZH_NAME = re.compile(
    r"(?:老板|店主|客服|经理|卖家|商家|负责人|老闆)(?:名字|姓名)?(?:叫做|名叫|叫|是|：|:)?([一-龥]{3})(?![一-龥]?店)"
)

#: A day written with spaces or dots is no number to call.
_DAY = re.compile(r"(?<!\d)[0-3]?\d([\s./-])[01]?\d\1(?:\d{2}|\d{4})(?!\d)")
#: A Japanese name under a role and with 様 or さん is one, whatever its signs.
_JA_ROLE = re.compile(r"(?:担当(?:者)?|店長|社長|代表|店主|責任者)の?([一-龥々]{4,6})(?:さん|様|氏|という|と名乗)")

#: A number as it is dialled at home, in groups behind a leading 0: buyers write from other countries too.
_TRUNK = re.compile(r"(?<![\w.,/-])\(?0\d{1,4}\)?(?:[\s/-]{1,3}\d{2,8}){1,4}(?![\w-]|[.,]\d)")

#: A number to call has at least so many digits.
_FEWEST = 7
#: How far from the name its cue may stand, in characters.
_NEAR = 60
#: How far back a title, a role or a closing is looked for.
_CLOSE = 28


@dataclass(frozen=True, slots=True)
class Personal:
    """What was found: `sure` pieces are the seller's beyond doubt, `maybe` pieces need a person's eye."""

    sure: tuple[str, ...] = ()
    maybe: tuple[str, ...] = ()


_NOBODY = Personal()
#: What may stand between a title and a name: blanks of any kind, and a few marks.
_BETWEEN = "".join(filter(str.isspace, map(chr, range(0x3001)))) + ".,:;!(–-"


@lru_cache(maxsize=1)
def _names() -> dict[str, frozenset[str]]:
    tables = tomllib.loads((WORDS / "names.toml").read_text(encoding="utf-8"))
    return {name: frozenset(fold(w) for w in split(text)) for name, text in tables.items()}


@lru_cache(maxsize=1)
def _before() -> tuple[re.Pattern[str], ...]:
    """What may end right before a name: a title, a role, a closing that makes it the buyer's own, or "spoke to"."""

    def ending(name: str) -> re.Pattern[str]:
        words = "|".join(sorted(map(re.escape, _names()[name]), key=len, reverse=True))
        return re.compile(rf"(?:^|[^\w])(?:{words})[\s.,:;!(–-]{{1,4}}$")

    return ending("titles"), ending("roles"), ending("closings"), ending("met")


@lru_cache(maxsize=1)
def _before_names() -> tuple[str, ...]:
    """How a text ends where one of `_before` may: a look at this is cheaper than at four patterns."""
    words = (word for name in ("titles", "roles", "closings", "met") for word in _names()[name])
    return tuple({word.rstrip(_BETWEEN) for word in words})


@lru_cache(maxsize=1)
def _cues() -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(sorted(map(re.escape, _names()["cues"]), key=len, reverse=True)) + r")\b")


def personal_data(comment: str, region: str) -> Personal:
    """The seller's personal data in a comment; `region`: ISO country whose phone numbers need no +."""
    sure: list[str] = []
    maybe: list[str] = []
    for match in EMAIL.finditer(comment) if _AT.search(comment) else ():
        (maybe if _MINE.search(comment[: match.start()]) else sure).append(match[0])
    for piece, own in _phones(comment, region) if _DIGITS.search(comment) else ():
        (maybe if own else sure).append(piece)
    certain = _full_names(comment) if _TWO_CAPITALS.search(comment) else []
    doubtful = _han_names(comment, certain) if _HAN.search(comment) else []
    if not (sure or maybe or certain or doubtful):
        return _NOBODY
    return Personal(tuple(sure + certain), tuple(maybe + doubtful))


def _phones(comment: str, region: str) -> list[tuple[str, bool]]:
    """(piece, is it the buyer's own) for each phone number."""
    cleaned = _ORDER.sub(lambda m: " " * len(m[0]), comment)
    cleaned = _DAY.sub(lambda m: " " * len(m[0]), cleaned)
    if sum(map(str.isdigit, cleaned)) < _FEWEST:
        return []
    from phonenumbers import Leniency, PhoneNumberMatcher  # 60 ms to import, and few comments hold digits

    found = []
    for match in PhoneNumberMatcher(cleaned, region, leniency=Leniency.POSSIBLE, max_tries=50):
        before = cleaned[: match.start]
        digits = sum(c.isdigit() for c in match.raw_string)
        if digits < _FEWEST or digits > 15 or _OTHER_NUMBER.search(before):
            continue
        piece = comment[match.start : match.end].strip()
        found.append((piece, bool(_MINE.search(before)) or not _looks_dialled(piece, digits, region)))
    for trunk in _TRUNK.finditer(cleaned):
        before, digits = cleaned[: trunk.start()], sum(c.isdigit() for c in trunk[0])
        if 9 <= digits <= 12 and not _OTHER_NUMBER.search(before) and not any(trunk[0] in piece for piece, _ in found):
            found.append((comment[trunk.start() : trunk.end()], bool(_MINE.search(before))))
    return found


def _looks_dialled(piece: str, digits: int, region: str) -> bool:
    """A bare row of digits may be any number: it counts when it is as long as the country's numbers are."""
    if re.search(r"[\s()+./-]", piece):
        return True
    return digits in {"CN": (11,), "US": (10, 11), "CA": (10, 11), "JP": (10, 11)}.get(region, (10, 11, 12))


def _full_names(comment: str) -> list[str]:
    """Two capitalised words that a title, a role or a cue makes a person of the seller's."""
    found: list[str] = []
    names = _names()
    for match in _CAPITALS.finditer(comment):
        given, family = fold(match[1]), fold(match[2])
        if family in names["not_family"] or given in names["not_family"]:
            continue
        both = f"{given} {family}"
        if both in names["brands"] or both in names["firms"]:
            continue
        start, end = match.start(1), match.end(2)
        told = fold(comment[max(0, start - _CLOSE) : start])
        if told.rstrip(_BETWEEN).endswith(_before_names()):
            titled, role, closing, met = _before()
            if closing.search(told):
                continue  # "Thanks, Anna Smith": the buyer's own
            if (titled.search(told) or role.search(told) or met.search(told)) and given not in names["titles"]:
                found.append(comment[start:end])
                continue
        if given not in names["given"]:
            continue
        around = fold(comment[max(0, start - _NEAR) : start] + " | " + comment[end : end + _NEAR])
        if _cues().search(around):
            found.append(comment[start:end])
    return found


def _han_names(comment: str, certain: list[str]) -> list[str]:
    """Japanese and Chinese names: those beyond doubt are added to `certain`, the others given back."""
    doubtful: list[str] = []
    names = _names()
    certain += [m[1] for m in _JA_ROLE.finditer(comment)]
    for match in _JA_NAME.finditer(comment):
        whole = match[1]
        if any(whole.startswith(s) for s in names["ja"]) and _JA_CUE.search(comment):
            if whole in certain:
                continue
            (certain if len(whole) >= 4 else doubtful).append(whole)
    certain += [m[1] for m in _ZH_NAME.finditer(comment) if m[1][0] in names["zh"]]
    return doubtful
