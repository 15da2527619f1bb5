"""Message rules on what should not be read: gaps of a template, and who a buyer is (DOMAIN 3)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from helpdesk.replies.lint_marks import Mark
from helpdesk.replies.lint_phone import ORDER
from helpdesk.replies.lint_text import Folded, fold
from helpdesk.replies.lint_values import LintContext

_FIELD = (
    r"(?:(?:buyer|customer|client|recipient|first|last|full|your|my|agent|seller|shop|store|company|product"
    r"|item|order|tracking|carrier|refund|delivery"
    r"|promised|ship(?:ping)?|invoice|return|insert|enter|add|fill|replace|kunden?|vor|nach|bestell|produkt"
    r"|artikel|sendungs?|lieferdatum|firmen?|shop|händler|ihr|mein"
    r"|nom|prenom|numero|num|date|produit|article|commande|client|votre|transporteur|nombre|apellido|fecha"
    r"|producto|pedido|cliente|su|nome|cognome|data|prodotto|ordine|suo)[ _.-]?)*"
    r"(?:name|number|no|nr|id|date|time|day|here|code|title|link|url|address|amount|price|item|product"
    r"|order|tracking|carrier|text|reason|customer|buyer|seller|agent|signature"
    r"|kundenname|bestellnummer|sendungsnummer|nummer|datum|betrag|kunde|unterschrift|artikel|produkt|hier"
    r"|einfügen|einfugen"
    r"|nom|prenom|client|commande|suivi|produit|article|montant|ici|transporteur|nombre|pedido|seguimiento"
    r"|producto|articulo|fecha|importe|cliente|aqui|transportista"
    r"|nome|cognome|ordine|prodotto|articolo|importo|data|qui|corriere|company|shop|store|first|last|xxx+"
    r"|tbd|todo)(?:[ _.-](?:here|hier|ici|aqui|qui|name|number|id|del? cliente|du client|del? pedido|de"
    r" commande|de suivi|dell?'?ordine))?"
)
_PLACEHOLDER = re.compile(
    r"\{\{[^{}\n]{0,80}\}\}?|\{%[^\n%]{0,80}%\}|\$\{[^{}\n]{0,60}\}|\{(?:id|no|nr|[a-z_][\w .|-]{2,40})\}|\{\d\}|\{\}"
    r"|\[\[[^\[\]\n]{0,60}\]\]"
    rf"|\[\s?{_FIELD}\s?\]|<\s?{_FIELD}\s?>|\(\s?(?:insert|enter) [^()\n]{{1,40}}\)|\[(?:insert|enter|add"
    rf"|your|bitte|hier|inserer|insérer|insertar|inserire|indiquer|indicar)\b[^\[\]\n]{{0,60}}\]"
    r"|%%?[a-z]{2,}(?:_[a-z]+)*%%?(?![a-z0-9])|%[a-z]{3,}_[a-z_]+\b|__[a-z]{3,20}(?:_[a-z]+)*__|#[a-z]{3,}_[a-z]+#"
    r"|(?<![a-z0-9])x{4,}(?![a-z0-9])|<%[^\n%]{0,60}%>"
    r"|\blorem ipsum\b|(?<![a-z])(?:todo|tbd|fixme)\b(?=\s?[:!\]]|$)|@@[a-z_]{2,30}@@|_{5,}"
)
_CJK_PLACEHOLDER = re.compile(
    r"[\[【［｛{(（<＜〈《「『](?=[^\n]{0,30}[\]】］｝})）>＞〉》」』])[^\[\]【】［］{}()（）<>《》\n]{0,10}(?:姓名|名字|买家名|客户名"
    r"|订单号|单号|日期|商品名|产品名|金额|填写|此处|待填|客户姓名"
    r"|店名|お名前|氏名|お客様名|注文番号|追跡番号|商品名|日付|担当者名|店舗名|金額|記入|入力|○○"
    r"|〇〇|××|xx)[^\[\]【】［］{}()（）<>《》\n]{0,6}[\]】］｝})）>＞〉》」』]"
    r"|[○〇●×]{2,4}(?=様|さん|番|円|日|号|元)|某某"
)
_CJK_OPENING = re.compile(r"[\[【{(<〈《「『○〇●]|某某|x{2,4}(?:様|さん|番|円|日|号|元)")

_SALUTATION = re.compile(
    r"(?:\b(?:Dear|Hi|Hello|Hey|Hallo|Lieber?|Guten Tag|Guten Morgen|Sehr geehrter?|Bonjour|Cher|Chère"
    r"|Chere|Hola|Estimad[oa]|Buenos días|Buenos dias|Buongiorno|Gentile|Caro|Cara|Salve|Thank you|Thanks"
    r"|Danke|Merci|Gracias|Grazie|Sorry)[, ]{1,2}"
    r"(?:(?:Mr|Mrs|Ms|Miss|Herr|Herrn|Frau|Monsieur|Madame|Señora?|Senora?|Sra?|Signora?|Sig|Sig\.ra|M"
    r"|Mme)\.? )?|\b(?:Mr|Mrs|Ms|Herr|Herrn|Frau|Monsieur|Mme|Señora?|Senora?|Signora?|Sig\.ra)\.? )"
    r"(?P<name>[A-Z][a-zA-Z'-]{1,20}(?: [A-Z][a-zA-Z'.-]{0,20}){0,2})"
)
_NO_NAMES = {
    "a",
    "acheteur",
    "acquirente",
    "again",
    "all",
    "amazon",
    "besteller",
    "buyer",
    "buyers",
    "client",
    "cliente",
    "clientes",
    "clienti",
    "community",
    "comprador",
    "compradora",
    "customer",
    "customer's",
    "customers",
    "damen",
    "dear",
    "estimado",
    "everybody",
    "everyone",
    "feedback",
    "for",
    "frau",
    "friend",
    "fur",
    "gentile",
    "guest",
    "hello",
    "herr",
    "hi",
    "i",
    "il",
    "interessent",
    "it",
    "kaufer",
    "kauferin",
    "kunde",
    "kunden",
    "kundin",
    "la",
    "le",
    "lei",
    "madam",
    "madame",
    "mesdames",
    "monsieur",
    "mr",
    "mrs",
    "ms",
    "nous",
    "our",
    "per",
    "por",
    "pour",
    "reader",
    "senor",
    "senora",
    "shopper",
    "si",
    "sie",
    "signora",
    "signore",
    "sir",
    "so",
    "su",
    "team",
    "that",
    "the",
    "there",
    "this",
    "to",
    "un",
    "und",
    "usted",
    "valued",
    "very",
    "vielen",
    "vous",
    "we",
    "wir",
    "you",
    "your",
}
_CJK_NAME = re.compile(
    r"(?<![\u3400-\u9fff])(?P<name>[\u3400-\u9fff\u30a1-\u30fa]{2,5})(?:様|さま|先生|女士|小姐)"
    r"(?=[、，,\s：:。！!]|の|は|$)"
)
_CJK_NOT = {
    "お客",
    "皆",
    "お客様",
    "購入者",
    "ご購入者",
    "お取引先",
    "顾客",
    "客户",
    "尊敬的",
    "各位",
    "买家",
    "神",
    "奥",
    "王",
}
_STREET = re.compile(
    r"\b\d{1,5}[a-z]? (?:[A-Z][a-z]+ ){1,3}(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Boulevard|Blvd"
    r"|Court|Ct|Way|Place|Close|Terrace)\b|\b[A-Z][a-z]+(?:strasse|straße|str\.|weg|platz|allee|gasse)"
    r" \d{1,4}\b"
    r"|\b\d{1,4},? (?:bis |ter )?(?:rue|avenue|boulevard|place|chemin|impasse|allée|allee|route) (?:de"
    r" |du |des |la |le |l')*[A-Z][a-z]+|\b(?:Calle|Avenida|Avda\.?|Plaza|Paseo|Via|Viale|Piazza|Corso)"
    r" (?:de |del |della |di |la )*[A-Z][a-z]+(?: [A-Z][a-z]+)?,? (?:n[.º°]? ?)?\d{1,4}\b"
)
_CJK_STREET = re.compile(r"[\u3400-\u9fff]{2,10}(?:市|区|県|都)[\u3400-\u9fff0-9]{1,16}(?:路|街|号|丁目|番地|室|栋)")


def gaps(text: Folded) -> Iterator[Mark]:
    """Places of a template that nobody filled in."""
    low = text.low
    if (
        any(c in low for c in "{[<%_#$@(")
        or "xxxx" in low
        or "lorem" in low
        or "todo" in low
        or "tbd" in low
        or "fixme" in low
    ):
        for hit in _PLACEHOLDER.finditer(low):
            if not re.fullmatch(r"\(.*", hit.group()) or "insert" in hit.group() or "enter" in hit.group():
                yield "placeholder", *hit.span()
    if not low.isascii() and _CJK_OPENING.search(low):
        for hit in _CJK_PLACEHOLDER.finditer(low):
            yield "placeholder", *hit.span()


def personal(text: Folded, context: LintContext) -> Iterator[Mark]:
    """In public: order numbers, names and addresses of buyers."""
    for hit in ORDER.finditer(text.low):
        yield "pii", *hit.span()
    for name in context.buyer_names:
        plain = fold(name.strip()).low
        if len(plain) > 2:
            for hit in re.finditer(rf"(?<![a-z]){re.escape(plain)}(?![a-z])", text.low):
                yield "pii", *hit.span()
    for hit in _SALUTATION.finditer(text.cased):
        words = hit["name"].lower().split()
        if words[0] not in _NO_NAMES and not (
            hit.group().startswith(("Thank", "Danke", "Merci", "Gra", "Sorry")) and len(words[0]) < 3
        ):
            yield "pii", hit.start("name"), hit.end("name")
    for pattern in (_STREET, _CJK_STREET):
        for hit in pattern.finditer(text.cased):
            yield "pii", *hit.span()
    if not text.low.isascii():
        for hit in _CJK_NAME.finditer(text.cased):
            if hit["name"] not in _CJK_NOT and not hit["name"].endswith(("客", "者", "家", "的")):
                yield "pii", hit.start("name"), hit.end("name")
