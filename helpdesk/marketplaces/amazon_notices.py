# ruff: noqa: E501 -- tables of words
"""Amazon's notices: their kinds by header, sender and subject, and the facts they state, in the languages seen (DOMAIN 2.4)."""

from __future__ import annotations

import itertools
import re

#: X-Space-Notification-Type → kind.
KINDS = {
    "BBC_MESSAGE_SENT_TO_MERCHANT": "buyer_message",
    "BBC_MESSAGE_CONFIRMATION_TO_MERCHANT": "reply_copy",
    "BUYER_OPTED_OUT_BSM_MESSAGES": "opt_out",
    "RETURN_REQUEST": "return_request",
    "REFUND_ISSUED": "refund_issued",
    "BRC_SELLER_NOTIFICATION": "cancel_request",
    "A_Z_CLAIM_RESPONDENT_NOTIFY": "claim_opened",
    "A_Z_CLAIM_RESPONDENT_NOTIFY_CLOSE": "claim_closed",
    "A_Z_CLAIM_RESPONDENT_CLOSE": "claim_closed",
}

_CLAIM = r"claim|a-to-z|a-z|réclamation|garantie a à z|reklamation|antrag|reclamaci[oó]n|reclamo|reclama[çc][ãa]o|rimborso|マーケットプレイス保証|保証申請|索赔|roszczeni|anspråk|talep|claimverzoek"


def _p(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


#: (a piece of the sender's local part, subject, kind), first match wins.
SUBJECT_KINDS: tuple[tuple[str, re.Pattern[str], str], ...] = (
    ("atoz", _p(r"decision|d[ée]cision|entscheidung|decisi[oó]n|decisione|decis[ãa]o|beslissing|decyzj|beslut|karar|closed|geschlossen|clôtur|cerrad|chius|encerrad|結果|決定|决定|已关闭|withdrawn|zurückgezogen|granted|denied"), "claim_closed"),
    ("atoz", _p(r""), "claim_opened"),
    ("guarantee", _p(r"decision|closed|granted|denied"), "claim_closed"),
    ("guarantee", _p(r""), "claim_opened"),
    ("", _p(r"(?:decision|d[ée]cision|entscheidung|decisi[oó]n|decisione|decis[ãa]o).{0,60}(?:claim|a-to-z|réclamation|reclam|rimborso|antrag)|claim decision"), "claim_closed"),
    ("", _p(r"claim (?:received|filed|opened)|a-to-z (?:guarantee )?claim|réclamation (?:reçue|déposée)|garantie a à z"), "claim_opened"),
    ("", _p(r"not (?:been )?delivered|could not be delivered|unable to deliver|nicht zugestellt|n['’]a pas (?:été|pu être) (?:livré|remis|envoyé|distribué)|non è stato (?:consegnato|recapitato)|no se (?:ha )?(?:entregado|entregó|podido entregar)|no ha sido entregado|não foi entregue|niet (?:bezorgd|afgeleverd)|nie został[ao]? dostarczon|levererades inte|teslim edilemedi|配信(?:され|でき)ませんでした|送信(?:され|でき)ませんでした|未(?:能)?送达"), "opt_out"),
    ("", _p(r"^(?:re: ?)?(?:your (?:e-?mail|message) to|ihre (?:e-?mail|nachricht) an|votre (?:e-?mail|message|courriel) (?:à|pour|destiné)|la tua e-?mail (?:a|per)|il tuo messaggio (?:a|per)|(?:tu|su) (?:correo(?: electrónico)?|mensaje|e-?mail) (?:a|para)|o? ?seu (?:e-?mail|mensagem) (?:para|a)|sua mensagem (?:para|a)|(?:uw|je) (?:e-?mail|bericht) aan|twoja wiadomość|ditt (?:e-?post|meddelande|mejl) till|.{0,40}(?:様|さん)?(?:への|宛ての?)(?:e ?メール|メッセージ|メール)|您(?:发送)?给.{0,40}的(?:电子)?(?:邮件|消息)|.{0,60}(?:adlı|alıcı).{0,40}e-?postanız)"), "reply_copy"),
    ("", _p(r"refund (?:initiated|issued|processed)|remboursement (?:initié|effectué|émis)|(?:rück)?erstattung (?:veranlasst|eingeleitet|initiiert)|erstattung|reembolso (?:iniciado|emitido|efetuado)|rimborso (?:avviato|emesso|effettuato|iniziato|disposto)|terugbetaling|zwrot (?:środków|pieniędzy)|återbetalning|para iadesi|返金|退款"), "refund_issued"),
    ("", _p(r"cancel+ation|cancel request|wants to cancel|annulation|annuler|stornier|cancelaci[oó]n|cancelar|annullament|cancelamento|annulering|anulowani|avbok|avbeställ|iptal|キャンセル|取消"), "cancel_request"),
    ("", _p(r"return (?:authori[sz]ation|request|requested)|authori[sz]ation request|retour|rücksend|rückgabe|devoluci[oó]n|\breso\b|restituzione|devolução|retourzend|zwrot|retur|iade|返品|退货|退貨"), "return_request"),
)  # fmt: skip

_LABELS = {
    "item": ("item", "product", "artikel", "article", "artículo", "producto", "articolo", "prodotto", "item do pedido", "produto", "商品", "商品名", "product name", "item name", "title", "produkt", "ürün"),
    "asin": ("asin",),
    "sku": ("sku", "merchant sku", "seller sku", "sku venditore", "sku del vendedor", "出品者sku", "msku", "sku du vendeur", "händler-sku"),
    "quantity": ("qty", "quantity", "return quantity", "menge", "anzahl", "quantité", "cantidad", "quantità", "qtà", "quantidade", "数量", "aantal", "ilość", "antal", "adet"),
    "reason": ("reason", "return reason", "reason for return", "grund", "rücksendegrund", "grund der rücksendung", "motif", "motif du retour", "raison", "motivo", "motivo de la devolución", "motivo del reso", "motivo da devolução", "理由", "返品理由", "返品の理由", "退货原因", "原因", "reden", "retourreden", "powód", "powód zwrotu", "anledning", "orsak", "iade nedeni", "neden", "cancellation reason", "cancel reason", "refund reason"),
    "comment": ("customer comments", "customer comment", "buyer comment", "buyer comments", "comments", "comment", "kommentar", "kundenkommentar", "kommentar des kunden", "kommentare des kunden", "kommentare", "commentaires du client", "commentaire du client", "commentaires", "commentaire de l'acheteur", "comentarios del cliente", "comentario del cliente", "comentarios", "commenti del cliente", "commento del cliente", "commenti", "comentários do cliente", "comentário do cliente", "コメント", "購入者のコメント", "お客様のコメント", "购买者コメント", "買家评论", "买家备注", "opmerkingen van de klant", "opmerkingen", "komentarz klienta", "kundens kommentar", "müşteri yorumu"),
    "tracking": ("tracking", "tracking id", "tracking number", "trackingnummer", "sendungsnummer", "numéro de suivi", "número de seguimiento", "numero di tracking", "código de rastreamento", "追跡番号", "お問い合わせ番号", "运单号"),
    "carrier": ("carrier", "versanddienstleister", "transporteur", "transportista", "corriere", "transportadora", "配送業者", "承运人", "shipping carrier"),
    "buyer": ("buyer", "buyer name", "customer name", "customer", "kunde", "käufer", "client", "acheteur", "cliente", "comprador", "acquirente", "購入者", "購入者名", "お客様名", "买家"),
}  # fmt: skip
_FIELD = {word: name for name, words in _LABELS.items() for word in words}
_LINE = re.compile(r"^[ \t*>#-]{0,6}([^:：\n\t]{1,40}?)[ *]{0,4}(?:[:：]|\t)[ \t]*([^\n]{0,1000})", re.MULTILINE)
_AMOUNT = re.compile(
    r"(?:(?:US|CA|AU|CDN|MX|R)?\$|€|£|¥|￥|zł|kr|TL|EUR|USD|GBP|JPY|CAD|AUD|PLN|SEK|BRL|INR|₹)\s?\d[\d.,]*\d|\b\d[\d.,]*\d\s?(?:€|£|円|zł|kr\b|TL\b|EUR\b|USD\b|GBP\b|JPY\b|PLN\b|SEK\b|元)"
)
_DAYS = re.compile(
    r"\b(\d{1,2})\s+(?:calendar |business |kalender)?(?:days?|tage[n]?|jours?|días|giorni|dias|dagen|dni|dagar|gün)\b|(\d{1,2})\s?日以内|(\d{1,2})\s?(?:个)?(?:自然|工作)?(?:天|日)内",
    re.IGNORECASE,
)
_FOR_US = re.compile(
    r"covered the cost|not be held responsible|in your favou?r|zu ihren gunsten|en votre faveur|a su favor|a tu favor|a tuo favore|a seu favor",
    re.IGNORECASE,
)
_COPY_NAME = re.compile(
    r"(?:e-?mail|message|nachricht|courriel|messaggio|correo(?: electrónico)?|mensaje|mensagem|bericht|mejl|meddelande)\s+(?:to|an|à|a|per|para|aan|till|pour)\s+(?P<name>[^(:]{1,80}?)\s*(?:\(|:|$)"
    r"|^(?P<ja>.{1,40}?)(?:様|さん)?(?:への|宛ての?)(?:Eメール|メール|メッセージ)|给(?P<zh>.{1,40}?)的",
    re.IGNORECASE,
)  # fmt: skip


def facts_of(kind: str, subject: str, text: str) -> dict[str, str]:
    """What a notice says, by fixed names: item, asin, sku, quantity, reason, comment, tracking, carrier, buyer, amount, days, outcome."""
    facts: dict[str, str] = {}
    lines = text[:20_000]
    _columns(lines, facts)
    for match in _LINE.finditer(lines):
        name = _FIELD.get(match.group(1).strip().lower())
        if name is None or name in facts:
            continue
        value = match.group(2).strip() or _next_line(lines, match.end())
        if value:
            facts[name] = value.strip("*").strip()[:1000]
    if kind in ("refund_issued", "claim_opened", "claim_closed") and (amount := _AMOUNT.search(text)) is not None:
        facts["amount"] = amount.group()
    if kind == "claim_opened" and (days := _DAYS.search(text)) is not None:
        facts["days"] = next(g for g in days.groups() if g)
    if kind == "claim_closed":
        facts["outcome"] = "seller" if _FOR_US.search(text) else "unknown"
    if kind == "reply_copy" and (name_match := _COPY_NAME.search(subject)) is not None:
        facts["buyer"] = next(g for g in name_match.groups() if g).strip()
    return facts


def _columns(text: str, facts: dict[str, str]) -> None:
    """A table whose first row names the columns: the second row's cells are the values."""
    rows = text.split("\n")
    for row, below in itertools.pairwise(rows):
        if "\t" not in row or "\t" not in below:
            continue
        names = [_FIELD.get(cell.strip(" *:").lower()) for cell in row.split("\t")]
        if sum(name is not None for name in names) >= 2:
            for name, cell in zip(names, below.split("\t"), strict=False):
                if name is not None and cell.strip():
                    facts.setdefault(name, cell.strip()[:1000])


def _next_line(text: str, position: int) -> str:
    """The first line with words after a label that stands alone, unless it is a label itself."""
    for line in text[position : position + 400].split("\n")[1:3]:
        if line.strip():
            return "" if _LINE.match(line) else line.strip()
    return ""
