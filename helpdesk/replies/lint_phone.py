"""Telephone numbers in a text that is full of other numbers: orders, parcels, prices, dates, models."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice, pairwise

from helpdesk.replies.lint_language import Words
from helpdesk.replies.lint_marks import Mark, blanked, regions

#: The lookbehind stands behind the first character: a pattern that begins with a set is searched far faster.
ORDER = re.compile(r"[\dds](?<![\d-].)\d{2}-\d{7}-\d{7}(?![\d-])")
TRACKING = re.compile(
    r"(?<![a-z0-9])(?:1z[a-z0-9]{16}|[a-z]{2}\s?\d{3}\s?\d{3}\s?\d{3}\s?[a-z]{2}|(?:sf|yt|jd|tba|zto|jdv?"
    r"|lp|ye|uj)[a-z]{0,3}\d{8,18}|9\d{3}(?: ?\d{4}){4}(?: ?\d{2})?"
    r"|\d{4}[ -]\d{4}[ -]\d{4}(?![ -]?\d)|6[a-z]\d{11}|[a-z]{1,4}\d{9,30}[a-z]{0,3})(?![a-z0-9])"
)
_DIGITS = re.compile(r"\d+")
_DATE = re.compile(
    r"(?<!\d)(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}"
    r"|(?<!\d[.])\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}(?![-/.]\d))(?:[ t,]{1,3}\d{1,2}:\d{2}"
    r"(?::\d{2})?)?(?!\d)|\d{1,2}:\d{2}(?::\d{2})?"
)
_PRICE = re.compile(
    r"[$€£¥]\s?\d[\d.,]{0,15}|(?<![\d.,])\d[\d.,]{0,15}\s?(?:[$€£¥%]|eur|usd|euros?|元|円|mm|cm"
    r"|kg|mah|hz|gb|ml|日元|美元)(?![a-z])"
)
_RUN = re.compile(r"(?<![a-z0-9.,])(?:\+|00)?[(（]?\+?\d(?:[ .\-()（）/~]{0,3}\d){5,17}(?![a-z0-9])")
_CUE = re.compile(
    r"\b(?:call|phone|telephone|tel|mobile|cell|cellphone|dial|ring|hotline|helpline|text|whatsapp|fax"
    r"|reach|number is|anruf\w*|ruf\w*|telefon\w*|handy\w*|mobil\w*|nummer|durchwahl|rufnummer|erreich\w*"
    r"|appel\w*|telephon\w*|portable|joign\w*|joindre|fixe|numero|ligne|llam\w*|telefon\w*|movil|celular"
    r"|marque|marc\w*|chiam\w*|cellulare|telefoni\w*|contact|contacto)\b|☎|电话|手机|拨打|致电"
    r"|来电|热线|联系|号码|座机|電話"
    r"|携帯|お電話|tel|フリーダイヤル|ダイヤル|℡|v信|微信|vx"
)
_NOT_CUE = re.compile(
    r"(?:typ\w*|type|bulb|code|part|codice|codigo|pezzo|pieza|piece|teil\w*|dichtung\w*|joint|junta|guarnizione"
    r"|ricambio"
    r"|repuesto"
    r"|order|track\w*|shipment|parcel|package|invoice|sku|model|serial|item|ref(?:erence)?|case|ticket"
    r"|(?<![a-z])asin|ean|isbn|upc|gtin|rma|claim|transaction|customer|account|part|article|batch|lot|zip|postal"
    r"|po|vat|id"
    r"|confirmation|authori[sz]ation|return|label|barcode|firmware|version|bestell\w*|sendung\w*|paket\w*"
    r"|rechnung\w*|artikel\w*|serien\w*|modell\w*|kunden\w*|vorgang\w*|auftrag\w*|fall\w*|plz|charge\w*"
    r"|retoure\w*"
    r"|commande|suivi|colis|facture|article|serie|modele|dossier|reclamation|client|reference|retour|pedido"
    r"|seguimiento|envio|factura|articulo|modelo|caso|cliente|referencia|guia|devolucion|ordine|tracciamento"
    r"|spedizione|tracking"
    r"|fattura|articolo|modello|seriale|pratica|riferimento|cliente|reso|collo|lettera di vettura|bar\s?code)\b[^.!?\n"
    r"]{0,34}$"
    r"|(?:订单|单号|运单|快递|物流|发票|型号|序列|编号|条码|商品|追踪|批号|工单|退货|注文|追跡"
    r"|伝票|お問い合わせ番号|問い合わせ番号|請求書|型番|製造番号|シリアル|商品|受付"
    r"|品番|管理番号|返品|郵便番号|荷物)[^。！？\n]{0,10}$"
)
_EXEMPT = re.compile(
    r"\b(?:(?<!wegen der )spedition\w*|logisti\w*|disposition|warrant\w*|guarantee\w*|manufacturer\w*|carrier\w*"
    r"|courier\w*|maker|dhl|ups|fedex|usps|royal"
    r" mail|dpd|gls|hermes|evri|la poste|colissimo|chronopost|correos|seur|mrw|poste italiane|bartolini"
    r"|brt|tnt|garanti\w*"
    r"|hersteller\w*|paketdienst\w*|versanddienst\w*|zusteller\w*|spediteur\w*|fabricant\w*|constructeur\w*"
    r"|transporteur\w*|livreur\w*|fabricante\w*|transportista\w*|mensajeri\w*|garant\w*|empresa de transporte"
    r"|agencia de transporte|produttore|costruttore|corriere|spedizioniere"
    r"|canada post|post office|auspost|postnl)\b|保修|质保|厂家|厂商|制造商|生产商|快递公司|物流公司"
    r"|快递|顺丰|圆通|中通|承运|邮政|メーカー|保証"
    r"|配送業者|運送会社|配送会社|宅配業者|宅急便|ヤマト|佐川|日本郵便|製造元|郵便局"
)
_SMALL = {
    "en": "zero oh nought one two three four five six seven eight nine double triple",
    "de": "null eins zwei zwo drei vier funf fuenf sechs sieben acht neun",
    "fr": "zero un deux trois quatre cinq six sept huit neuf",
    "es": "cero uno dos tres cuatro cinco seis siete ocho nueve",
    "it": "zero uno due tre quattro cinque sei sette otto nove",
}
#: Words for ten and more: each tells two digits.
_LARGE = (
    r"(?:(?:twenty|thirty|fou?rty|fifty|sixty|seventy|eighty|ninety)(?:[ -](?:one|two|three|four|five|six|seven|eight"
    r"|nine))?|(?:ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen)"
    r"|(?:(?:ein|zwei|drei|vier|funf|sechs|sieben|acht|neun)und)?(?:zwanzig|dreissig|vierzig|funfzig|sechzig|siebzig"
    r"|achtzig|neunzig)|zehn|elf|zwolf|(?:drei|vier|funf|sech|sieb|acht|neun)zehn"
    r"|quatre[ -]vingts?(?:[ -](?:dix(?:[ -](?:sept|huit|neuf))?|onze|douze|treize|quatorze|quinze|seize|une?|deux"
    r"|trois"
    r"|quatre|cinq|six|sept|huit|neuf))?|(?:vingt|trente|quarante|cinquante"
    r"|soixante)(?:[ -](?:et[ -])?(?:dix(?:[ -](?:sept"
    r"|huit|neuf))?|onze|douze|treize|quatorze|quinze|seize|une?|deux|trois|quatre|cinq|six|sept|huit|neuf))?"
    r"|dix(?:[ -](?:sept|huit|neuf))?|onze|douze|treize|quatorze|quinze|seize"
    r"|(?:veinti\w{3,6}|veinte|(?:treinta|cuarenta|cincuenta|sesenta|setenta|ochenta|noventa)(?: y (?:uno|dos|tres"
    r"|cuatro"
    r"|cinco|seis|siete|ocho|nueve))?|diez|once|doce|trece|catorce|quince|dieci\w{3,5})"
    r"|(?:vent|trent|quarant|cinquant|sessant|settant|ottant|novant)(?:i|a|uno|due|tre|quattro|cinque|sei|sette"
    r"|otto|nove"
    r"|(?:a|i)?(?:uno|due|tre|quattro|cinque|sei|sette|otto|nove))|undici|dodici|tredici|quattordici|quindici|sedici)"
)
_LARGE_BEGIN = (
    "twent", "thirt", "fort", "fourt", "fift", "sixt", "sevent", "eight", "ninet", "ten", "eleven", "twelve",
    "zwanzig", "dreissig", "vierzig", "funfzig", "sechzig", "siebzig", "achtzig", "neunzig", "einund", "zweiund",
    "dreiund", "vierund", "funfund", "sechsund", "siebenund", "achtund", "neunund", "zehn", "elf", "zwolf",
    "vingt", "trente", "quarant", "cinquant", "soixante", "dix", "onze", "douze", "treize", "quatorze", "quinze",
    "seize", "veint", "treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa", "diez",
    "once", "doce", "trece", "catorce", "dieci", "vent", "trent", "sessant", "settant", "ottant", "novant",
    "undici", "dodici", "tredici", "quattordici", "quindici", "sedici",
)  # fmt: skip
_DIGITS_SPOKEN = frozenset(w for words in _SMALL.values() for w in words.split())
_WORD = "|".join(sorted(_DIGITS_SPOKEN, key=len, reverse=True))
_NUMBER = rf"(?:{_LARGE}|{_WORD}|\d{{1,2}})"
_NEXT = r"(?:,? (?:then|dann|puis|luego|poi|and|und|et|y|e) |[ ,.;/-]{1,3})"
_SPOKEN = re.compile(rf"\b(?:{_NUMBER}{_NEXT}){{3,20}}{_NUMBER}\b")
_SPOKEN_PIECE = re.compile(rf"\b(?:(?P<large>{_LARGE})|(?P<small>{_WORD})|(?P<figure>\d{{1,2}}))\b")
#: "3 0 3 then 5 5 5 then 0 1 7 1", "0 1 7 6 - 5 5 5 - 0 1 4 4": digits one by one.
_SINGLY = re.compile(
    r"(?<![\d.,])\d(?:(?:[ .-]{1,3}| (?:then|dann|puis|luego|poi|und"
    r"|and) )\d(?!\d)){6,14}(?![\d.,]\d)"
)
_CJK_DIGITS = re.compile(r"[零〇一二三四五六七八九幺壹贰叁肆伍陆柒捌玖]{7,15}")
_CJK_MIXED = re.compile(r"(?:(?:[零〇一二三四五六七八九幺壹贰叁肆伍陆柒捌玖\d]|ゼロ)[ 、,の-]?){9,15}")
_CJK_GAPS = " -、,"
_VANITY = re.compile(r"(?<![\w-])(?:1[ -])?8(?:00|88|77|66|55)-(?:[a-z]{6,9}|[a-z]{2,4}-[a-z]{3,5})(?![\w-])")
_STRUCTURED = re.compile(
    r"(?:\(\d{2,5}\)[ -]?\d{3,4}[ .-]?\d{3,4}"  # (415) 555-0100, (030) 1234567
    r"|(?:1[ .-])?\d{3}[ .-]\d{3}[ .-]\d{4}"  # 415-555-0100, 1-800-555-0100
    r"|0\d(?:[ .-]\d\d){4}"  # 06 12 34 56 78
    r"|0\d{1,4}-\d{1,4}-\d{3,4}"  # 03-1234-5678
    r"|0\d{2,4}[ /-]{1,3}\d{3,4}[ -]?\d{2,5}(?:[ -]\d{1,4})?"  # 030/1234567, 0171 1234 567
    r"|[679]\d{2} \d{3} \d{3}|[679]\d{2}(?: \d{2}){3}"  # Spain
    r"|3\d{2}[ .-]\d{6,7}|3\d{2} \d{3} \d{3,4}"  # Italy
    r"|1[3-9]\d[ -]?\d{4}[ -]?\d{4}"  # China, mobile
    r"|0\d{2,3}-\d{7,8}|400[ -]?\d{3,4}[ -]?\d{3,4}"  # China, fixed
    r"|0\d{9,10}|0[1-9]\d{8}"  # one block with a leading zero
    r"|01\d{3} \d{5,6}|07\d{3} \d{5,6}|0\d{2} \d{4} \d{4})"  # Great Britain
)
_LATER = re.compile(r"[^.!?。\n]{0,12}(?:anrufen|an\b|致电|へお電話|に電話|までお電話|までご連絡|联系)")
#: Right before the number: it is ours, whoever else is named around it.
_OURS = re.compile(
    r"\b(?:our|my|unser\w*|mein\w*|notre|mon|ma|nuestr[oa]|mi|nostr[oa]|mio)\b[^.!?\n]{0,20}$|(?:我们|我的|本店|当店|弊社|弊店)"
    r"[^。！？\n]{0,12}$"
)
#: Runs of digits looked at in one text: it bounds the work in a text of nothing else.
MOST_RUNS = 1000


def phones(words: Words, hidden: list[tuple[int, int]]) -> Iterator[Mark]:
    """Telephone numbers that are neither the carrier's nor the maker's; `hidden` are links and addresses."""
    low = words.low
    text = blanked(low, hidden)
    spoken = _many_numbers(words)
    if not _DIGITS.search(text):
        yield from _spoken(text, spoken)
        return
    places = regions(text, _DIGITS, 24, 24)
    for pattern in (ORDER, _DATE, _PRICE, TRACKING):
        seen = (m for a, b in places for m in pattern.finditer(text, a, b))
        text = blanked(text, [m.span() for m in seen if not _phone_like(pattern, m.group())])
    others: set[str] = set()  # how numbers begin that are none: "450-210-0087 fits, 450-210-0078 does not"
    for hit in islice((m for a, b in places for m in _RUN.finditer(text, a, b)), MOST_RUNS):
        digits = sum(1 for c in hit.group() if c.isdigit())
        begin = hit.group()[: 2 * len(hit.group()) // 3]
        if not 7 <= digits <= 16 or begin in others or not _is_phone(text, low, hit, digits):
            others.add(begin)
            continue
        end = hit.end()
        yield "phone_number", hit.start(), end
    for hit in _VANITY.finditer(text):
        yield "phone_number", *hit.span()
    yield from _spoken(text, spoken)


def _phone_like(pattern: re.Pattern[str], found: str) -> bool:
    """ "138 1234 5678"-like groups that TRACKING would take for a parcel."""
    return pattern is TRACKING and found.startswith("0") and "-" in found[:6]


def _is_phone(text: str, low: str, hit: re.Match[str], digits: int) -> bool:
    raw = hit.group()
    before = text[max(0, hit.start() - 40) : hit.start()]
    line = before.rpartition("\n")[2] if "\n\n" in before else before.rpartition("。")[2]
    international = raw.lstrip("(（").startswith("+") or (raw.startswith("00") and digits >= 10)
    shaped = (re.fullmatch(r"\d(?:[ .-]\d){6,15}", raw.strip()) is not None and digits <= 13) or (
        digits <= 12 and _STRUCTURED.fullmatch(raw.strip()) is not None
    )
    cued = _CUE.search(line[-32:]) is not None
    if not (international or shaped or cued) and not _LATER.match(text[hit.end() : hit.end() + 30]):
        return False
    if _EXEMPT.search(low[max(0, hit.start() - 80) : hit.end() + 60]) and not _OURS.search(before[-30:]):
        return False
    if _NOT_CUE.search(line) and not (cued and _CUE.search(line[-14:])):
        return False
    if re.match(r"\s?(?:x\s?\d|[a-z]?\d)", text[hit.end() : hit.end() + 3]) and not cued:
        return False
    if international:
        return digits >= 8
    if re.match(r"-[a-z](?![a-z])", low[hit.end() : hit.end() + 3]):  # "800-555-0199-B" is a model
        return False
    if _sequence(raw):
        return False
    return shaped or (7 <= digits <= 13 and not re.fullmatch(r"\d{4}\s?-\s?\d{4}", raw.strip()))


def _sequence(raw: str) -> bool:
    """ "1 2 3 4 5 6 7" counts, it does not call."""
    digits = [int(c) for c in raw if c.isdigit()]
    return (
        all(b - a in (0, 1) for a, b in pairwise(digits))
        and re.fullmatch(r"\d(?:[ ,]{1,2}\d)+", raw.strip()) is not None
    )


def _many_numbers(words: Words) -> bool:
    """Do four words for numbers stand close together?"""
    if words.has.isdisjoint(_DIGITS_SPOKEN):
        return False
    numbers = {w for w in words.has if w in _DIGITS_SPOKEN or w.isdigit() or w.startswith(_LARGE_BEGIN)}
    places = [i for i, w in enumerate(words.words) if w in numbers]
    return any(b - a <= 7 for a, b in zip(places, places[3:], strict=False))


def _spoken(text: str, latin: bool) -> Iterator[Mark]:
    """Digits written as words; `latin`: there are some in Latin letters."""
    for hit in _SPOKEN.finditer(text) if latin else ():
        pieces = list(_SPOKEN_PIECE.finditer(hit.group()))
        words = [p.group() for p in pieces if not p["figure"]]
        digits = sum(2 if p["large"] else len(p.group()) if p["figure"] else 1 for p in pieces)
        exempt = _EXEMPT.search(text[max(0, hit.start() - 80) : hit.end() + 60])
        if len(words) >= 4 and 7 <= digits <= 16 and not exempt and not _counting(words):
            yield "phone_number", *hit.span()
    for hit in _SINGLY.finditer(text):
        if not _sequence(hit.group()) and not _EXEMPT.search(text[max(0, hit.start() - 80) : hit.end() + 60]):
            yield "phone_number", *hit.span()
    if not text.isascii():
        for pattern in (_CJK_DIGITS, _CJK_MIXED):
            for hit in pattern.finditer(text):
                written = sum(1 for c in hit.group() if not c.isdigit() and c not in _CJK_GAPS)
                digits = sum(1 for c in hit.group() if c not in _CJK_GAPS and c not in "のゼロ") + hit.group().count(
                    "ゼロ"
                )
                if written < 2 or digits < 7 or _EXEMPT.search(text[max(0, hit.start() - 40) : hit.end() + 30]):
                    continue
                if not _NOT_CUE.search(text[max(0, hit.start() - 20) : hit.start()]):
                    yield "phone_number", *hit.span()


def _counting(words: list[str]) -> bool:
    return words[:4] in (
        ["one", "two", "three", "four"],
        ["eins", "zwei", "drei", "vier"],
        ["uno", "dos", "tres", "cuatro"],
        ["un", "deux", "trois", "quatre"],
        ["uno", "due", "tre", "quattro"],
    )
