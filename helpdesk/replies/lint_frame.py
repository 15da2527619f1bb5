"""Message rules on a message's frame: gaps left open, empty courtesy, names, subject, files, its order (DOMAIN 3)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from helpdesk.replies.lint_language import guess_language
from helpdesk.replies.lint_marks import Mark
from helpdesk.replies.lint_phone import ORDER
from helpdesk.replies.lint_text import Folded
from helpdesk.replies.lint_values import LintContext

#: Sentences of courtesy that say nothing, by what they pretend to be.
_COURTESY: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("shipping_confirmation", re.compile(
        r"(?:has|have|was|were|is|been|just|now)\b.{0,25}\b(?:shipped|dispatched|sent out|on (?:its|the) way"
r"|out for delivery|posted)|(?:wurde|ist|haben)\b.{0,50}(?:versandt|versendet|verschickt|unterwegs)"
        r"|(?:expedi|envoye|en route)|(?:ha sido|hemos|esta|fue)\b.{0,40}(?:enviado|en camino|despachado)|"
r"(?:e stato|abbiamo|stato)\b.{0,40}(?:spedito|in viaggio)|(?:已|已经)(?:发货|寄出|发出|出库)"
r"|発送(?:いた|し|完了|済|され)"
r"|出荷(?:いた|し|完了|され)")),
    ("order_confirmation", re.compile(
        r"accus\w+ (?:bonne )?reception|acus\w+ (?:el )?recibo|(?:received|got|confirm\w*|processing|processed"
        r"|placed)\b.{0,40}\b(?:order|purchase)|order.{0,40}\b"
r"(?:received|confirmed|being (?:processed|prepared)|has been placed)|bestellung.{0,60}(?:erhalten"
r"|eingegangen|bestatig|bearbeit)|bestatigen.{0,30}bestellung"
        r"|(?:recu|confirm|trait|enregistr)\w*.{0,40}commande|commande.{0,50}(?:recue|confirmee|enregistree"
r"|en cours|prise en compte)|(?:recibido|confirma\w*|procesando).{0,40}pedido|pedido.{0,50}(?:recibido"
r"|confirmado|proces)|(?:ricevuto|conferm\w*).{0,40}ordine|ordine.{0,50}(?:ricevuto|confermato|elabora)"
        r"|(?:收到|确认).{0,12}(?:订单|下单)|订单.{0,12}(?:已确认|已收到|处理中)|ご?注文.{0,12}(?:承り"
r"|受け付け|受付|確認|頂戴)")),
    ("thanks_only", re.compile(
        r"\b(?:thanks?|thank you|grateful|appreciate)\b|\bdank\w*\b|\bbedanken\b|\bmerci\b|\bremerci\w*|\bgracias\b"
r"|\bagrade\w+|\bgrazie\b|\bringrazi\w+|感谢|谢谢|多谢|ありがとう|有難う|感謝|お礼申し")),
    ("here_to_help", re.compile(
        r"here (?:to help|for you|if you)|happy to help|(?:any|further|other) (?:questions?|concerns?|problems?"
r"|issues?)|do not hesitate|don't hesitate|feel free to (?:contact|reach|ask|write)|at your (?:service"
r"|disposal)|let us know if|hope (?:you|that you) (?:enjoy|like|love)"
        r"|(?:bei|haben sie) (?:weitere\w* |noch )?fragen|zur verfugung|gerne? fur sie da|helfen ihnen gern"
r"|freude (?:mit|an)|n'hesitez pas|a votre (?:disposition|service|ecoute)|(?:des|toute|si vous avez)"
r" questions?|besoin d'aide"
        r"|no dude en|a su disposicion|cualquier (?:duda|pregunta|consulta)|estamos aqui|encantados de ayudar"
r"|non esiti|a (?:sua|vostra) disposizione|(?:qualsiasi|altre|ulteriori) (?:domand|dubbi|necessit)"
r"|siamo qui"
        r"|如有.{0,8}(?:问题|疑问|需要)|随时(?:联系|为您|与我们)|竭诚为您|很高兴为您|为您服务|ご不明な点"
r"|ご質問|お気軽に|何か(?:ございましたら|ありましたら|お困り)|ご遠慮なく")),
)  # fmt: skip
_FRAME = re.compile(
    r"^\W*(?:(?:hi|hello|dear|hey|good (?:morning|day|afternoon|evening)|hallo|guten (?:tag|morgen|abend)"
    r"|liebe[rs]?|sehr geehrte\w*|bonjour|bonsoir|cher|chere|madame|hola|buen[oa]s (?:dias|tardes|noches)"
    r"|estimad[oa]s?|buongiorno|buonasera|salve|gentile|caro|cara"
    r"|您好|你好|尊敬的|亲爱的|亲|お客様|.{0,12}様|いつも).{0,40}|(?:(?:kind|best|warm|many)?\s?"
    r"(?:regards|wishes)|sincerely"
    r"|yours|cheers|mit freundlichen grussen|freundliche grusse|viele grusse|beste grusse|cordialement"
    r"|bien a vous|(?:un )?(?:cordial )?saludos?|un cordial saludo|atentamente"
    r"|cordiali saluti|distinti saluti|此致|敬礼|祝.{0,10}|敬上|何卒.{0,20}|よろしくお願い.{0,12}"
    r"|どうぞよろしく.{0,14}).{0,20}"
    r"|.{0,40}(?:team|customer service|customer support|support|kundenservice|kundendienst|service client"
    r"|atencion al cliente|servizio clienti|客服|客服团队|カスタマーサービス|サポート|.{0,10}店)"
    r"|(?:have a (?:nice|great|good|lovely|wonderful)|enjoy|schonen|bonne|que tenga|buona|buon)\b.{0,40}"
    r"|(?:the|your|ihr|ihre|das|votre|le|su|el|il|la)?\s?[\w .&-]{0,24})\W*$"
)


def courtesy(text: Folded) -> set[str]:
    """Which empty messages this is: all its sentences are greetings and courtesy. Empty set: it has content."""
    if len(text.low) > 700:
        return set()
    found: set[str] = set()
    for piece in re.split(r"[.!?。！？\n]+", ORDER.sub(" ", text.low)):
        sentence = piece.strip()
        if len(sentence) < 2:
            continue
        known = {code for code, pattern in _COURTESY if pattern.search(sentence)}
        if re.search(
            r"\b(?:but|however|aber|jedoch|mais|pero|ma|because|weil|unfortunately|leider)\b|但|ただし|しかし", sentence
        ):
            return set()
        if not known and not _FRAME.match(sentence):
            return set()
        if len(sentence) > (60 if re.search(r"[\u3041-\u9fff]", sentence) else 170):
            return set()
        found |= known
    return found


def known_order(text: Folded, context: LintContext, scope: str) -> Iterator[Mark]:
    """A proactive message names its order; a reply that names another order deserves a look."""
    looked = scope == "proactive" or context.order_ids
    named = {hit.group(): hit.span() for hit in ORDER.finditer(text.low)} if looked else {}
    wanted = {order.lower() for order in context.order_ids}
    if scope == "proactive":
        if not named or (wanted and not wanted & named.keys()):
            yield "order_id", 0, 0
    elif wanted and named and not wanted & named.keys():
        yield "order_id", *next(iter(named.values()))
    if context.asins:
        own = {asin.upper() for asin in context.asins}
        for hit in re.finditer(r"(?<![A-Z0-9])B0[A-Z0-9]{8}(?![A-Z0-9])", text.cased):
            if hit.group() not in own:
                yield "other_asin", *hit.span()


def ticket_rules(text: Folded, context: LintContext, scope: str) -> Iterator[tuple[str, str]]:
    """(rule, what in particular) of rules that see the ticket, not the text."""
    if context.subject is not None and _core(context.subject) != _core(context.original_subject):
        yield "subject_rewritten", ""
    spoken = guess_language(text.low) if context.language in {"en", "de", "fr", "es", "it", "zh", "ja"} else ""
    if spoken and context.language != spoken:
        yield "language", f"it reads as {spoken}, the buyer writes {context.language}"
    total = 0
    for file in context.attachments:
        total += file.size
        ending = file.name.rpartition(".")[2].lower()
        if ending == "gif":
            yield "gif", file.name
        elif ending not in context.attachment_types:
            yield "attachment_type", file.name
        if not file.purpose:
            yield "attachment_purpose", file.name
    if total > 10_000_000:
        yield "attachment_size", f"{total // 1_000_000} MB"
    if len(context.attachments) > 5:
        yield "attachment_count", f"{len(context.attachments)} files"
    if scope == "proactive":
        if context.days_since_completion is not None and context.days_since_completion > 30:
            yield "window_30d", f"{context.days_since_completion} days"
        if context.opted_out:
            yield "opted_out", ""


def _core(subject: str) -> str:
    return re.sub(
        r"^(?:\s*(?:re|aw|fwd?|tr|rv|r|antw)\s*[:：]\s*)+", "", " ".join(subject.split()), flags=re.IGNORECASE
    )
