"""Message rules on trade: other channels, advertising (DOMAIN 3)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from helpdesk.replies.lint_marks import Mark, blanked
from helpdesk.replies.lint_speech import Sentence, Speech
from helpdesk.replies.lint_words import M

_CODE = re.compile(
    r"\b(?:code|code:|codice|código|gutschein|优惠码|クーポン)\s?[:：]?\s?[\"'“]?(?=[a-z0-9]*\d)[a-z]{3,12}\d{1,4}\b"
)
_CHEAPER = re.compile(
    r"\b(?:cheaper|for less|lower price|gunstiger|billiger|weniger|moins cher|meilleur prix|mas barat[oa]"
    r"|mejor precio|precio de amig[oa]|nicer price|kinder price|better price|(?:zehner|euro|€) weniger|moins cher"
    r"|le levo"
    r"|meno|prezzo migliore)\b|更便宜|更划算|便宜|お安く|安く"
)
_EVERYTHING = re.compile(
    r"\b(?:todas?|todos|tutt[ei]|alle|tous|toutes|all|everything)\b[^.!?\n]{0,40}?\b(?:rebajad\w+|scontat\w+"
    r"|reduziert\w*"
    r"|ermassigt\w*|en promo\w*|en solde|on sale|discounted|half price)"
)
_BULK = re.compile(
    r"(?:\bpour l.achat de|\bbuy (?:one|two|three|\d)\b|\bbeim kauf von|\bab (?:zwei|drei|vier|\d) (?:stuck|artikel)"
    r"|\bcomprando |\bal comprar |\bacquistando |\bpor la compra de|购买|买)[^.!?。\n]{0,50}?"
    r"(?:\boffert|\bgratuit|\bfree\b|\bgratis|\bregal|\bomaggio|\d ?%"
    r"|\bnachlass|\brabatt|\bdescuento|\bsconto|送|减|折)"
)
_CODE_WORD = re.compile(r"\b(?:code|codice|codigo|gutschein|coupon|voucher|cupon)\b|优惠|クーポン|割引")
_PERCENT = re.compile(
    r"\b(?:scontat\w+|rebajad\w+|reduziert|ermassigt|reduced) (?:del|de|un|um|von|by)? ?\d{1,2} ?%"
    r"|(?<![\d\w])-\s?\d{1,2}\s?%(?! (?:humid|der|de la|del|of))|\d{1,2}\s?(?:%|percent|prozent|per cent)\s?(?:off"
    r"|nachlass|rabatt|discount|de reduction|de remise|de descuento"
    r"|di sconto|オフ|off|引き|割引)"
    r"|\b(?:five|ten|fifteen|twenty|thirty|funf|zehn|zwanzig|dix|vingt|diez|veinte|dieci|venti) (?:percent|per cent"
    r"|prozent"
    r"|pour cent|por ciento|per cento) (?:off|discount|rabatt|nachlass|weniger|gunstiger|de (?:remise|reduction"
    r"|descuento)"
    r"|di sconto|menos|de moins)"
    r"|[\d一二三四五六七八九](?:\.\d)?折|半价|满减"
)
#: Each pattern, and what a text cannot fit it without.
_TEMPTERS = (
    (_EVERYTHING, ("rebajad", "scontat", "reduziert", "ermassigt", "en promo", "en solde", "on sale", "discounted",
                   "half price")),
    (_BULK, ("l'achat de", "buy ", "beim kauf", "ab ", "comprando", "al comprar", "acquistando", "compra de", "买")),
    (_CODE, ("code", "codice", "codigo", "gutschein", "优惠码", "クーポン")),
    (_PERCENT, ("%", "percent", "prozent", "per cent", "pour cent", "por ciento", "折", "半价", "满减")),
    (_CODE_WORD, ("code", "codice", "codigo", "gutschein", "coupon", "voucher", "cupon", "优惠", "クーポン", "割引")),
)  # fmt: skip
_SPACED = re.compile(r"[a-z](?<![a-z][a-z])(?:[ ._*|/-]{1,2}[a-z](?![a-z])){4,11}")
_ID_CUE = re.compile(
    r"\s?(?:id|号|number|nummer|numero|account|アカウント|公式|group|gruppe|channel|[:：@]|\+\d|で(?:ご)?(?:連絡|登録"
    r"|追加)|の?友だち|の友達|を?追加)"
)
_PHONE_VERB = re.compile(r"(?:^|\W)(?:add|加|添加|扫)")
_PLATFORMS = (
    "whatsapp",
    "telegram",
    "wechat",
    "weixin",
    "viber",
    "skype",
    "discord",
    "instagram",
    "facebook",
    "messenger",
    "tiktok",
)
_LINE_EN = re.compile(
    r"\b(?:on|via|per|through|by|our|my|add|sur|su|über|uber|par|por|using|use|our official|official)\s"
    r"(?:our\s|my\s)?(?:line|signal|vx|wx|qq|wa|ig|tg|fb)\b(?!\s(?:of|item|number|with|up|art|is|are|was"
    r"|strength|drawing|to|for|cord|filter|level|in|maintenance))"
    r"|\b(?:line|vx|wx|qq|wa|tg)\s?(?:id|account|official|group)?\s?[:：]\s?@?[a-z0-9_.-]{3,}"
    r"|\bline\s?(?:id|アカウント|公式|追加|で|から|の友|にて|登録|@)|(?:公式|お)line|(?:加|我的"
    r"|联系|添加|的)\s?(?:vx|wx|qq|v信|tg)|"
    r"(?:vx|wx|qq)\s?(?:号|群|联系|:|：)|加\s?(?:v|薇|微)(?![a-z])"
)


_NAMES = ("line", "signal", "vx", "wx", "qq", "wa", "ig", "tg", "fb")
_SHORT_NAMES = frozenset(name + what for name in _NAMES for what in ("", "id", "account", "official", "group"))
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")
_ELSEWHERE = M["platform"] | M["own_site"] | M["outside"] | M["payment_off"] | M["sms"] | M["bypass"]
_OFFERS = M["market_strong"] | M["market_weak"] | M["own_site"] | M["outside"]


def off_platform(speech: Speech) -> Iterator[Mark]:
    """Invitations to messengers, networks, private mail, our own site, payment past the marketplace."""
    short = not _SHORT_NAMES.isdisjoint(speech.text.has) or "加" in speech.low or "v信" in speech.low
    for sentence in speech.sentences:
        denied = bool(sentence.has & M["neg"])
        for i, (start, end, meaning) in enumerate(sentence.hits if sentence.has & _ELSEWHERE else ()):
            if meaning & _ELSEWHERE:
                if not meaning & M["bypass"] and denied and sentence.denied(speech.low, i, 90, 45):
                    continue
                if _invites(speech, sentence, i, meaning):
                    yield "off_platform", start, end
        for hit in _LINE_EN.finditer(speech.low, sentence.start, sentence.end) if short else ():
            if (
                hit.group().strip() in {"on line", "by line", "per line", "use line"}
                and not sentence.has & M["contact_verb"]
            ):
                continue
            if not denied and ("line" not in hit.group() or sentence.has & (M["contact_verb"] | M["me"])):
                yield "off_platform", *hit.span()
    if len(_LETTERS & speech.text.has) >= 4:  # every name in _PLATFORMS has so many
        for hit in _SPACED.finditer(speech.low):
            word = re.sub(r"[^a-z]", "", hit.group())
            if any(name in word for name in _PLATFORMS):
                yield "off_platform", *hit.span()


def _invites(speech: Speech, sentence: Sentence, i: int, meaning: int) -> bool:
    start, end, _ = sentence.hits[i]
    low = speech.low
    if meaning & M["bypass"]:
        return True
    if meaning & M["outside"]:
        return _BOUGHT.search(low, max(sentence.start, start - 40), min(sentence.end, end + 30)) is None
    if meaning & M["payment_off"]:
        if _PROOF_OF.search(low[max(0, start - 28) : start]):
            return False
        acted = [j for j in sentence.around(i, M["contact_verb"] | M["refund"] | M["incentive"], 70, 50) if j != i]
        return any(sentence.hits[j][:2] != (start, end) for j in acted) and bool(
            sentence.has & (M["we"] | M["me"] | M["ask"] | M["you"])
        )
    verbs = [j for j in sentence.around(i, M["contact_verb"] | M["contact_us"] | M["ask"], 70, 50) if j != i]
    if meaning & M["own_site"]:
        told = re.search(r"(?:log in to|broken|error on)\s?$", low[max(0, start - 20) : start])
        return told is None and (
            bool(verbs)
            or _CHEAPER.search(low, sentence.start, sentence.end) is not None
            or bool(
                sentence.has
                & (M["order"] | M["grab"] | M["market_weak"] | M["leave"] | M["you"] | M["next"] | M["visit"])
            )
        )
    if meaning & M["sms"]:
        return (any(sentence.hits[j][2] & M["contact_verb"] for j in verbs) and bool(sentence.has & M["me"])) or low[
            start:end
        ].startswith("text ")
    return _to_messenger(low, sentence, i, verbs)


_PROOF_OF = re.compile(r"\b(?:reference|numero|nummer|beleg|status|date|datum|proof|copy) (?:\w+ ){0,2}$")
_OUR_OWN = re.compile(r"\b(?:our|my|unser\w*|mein\w*|notre|nos|nuestro|nuestra|il nostro|nostro|nostra)\s(?:\w+\s)?$")
_JOINED = re.compile(
    r"\b(?:on|via|by|through|per|uber|ueber|auf|sur|par|por|en|su|tramite|over|using|in|mit|con|avec|to|zu|at)\s"
    r"(?:our\s|my\s)?$"
)


def _to_messenger(low: str, sentence: Sentence, i: int, verbs: list[int]) -> bool:
    """Is the name of a messenger or a network at hit `i` where the buyer shall go?"""
    start, end, _ = sentence.hits[i]
    if _ID_CUE.match(low[end : end + 12]):
        return True
    if re.search(r"(?:加|添加|扫|扫描|搜|我的|联系)[^。]{0,6}$", low[max(0, start - 8) : start]):
        return True
    if _OUR_OWN.search(low[max(0, start - 24) : start]):
        return True
    verb = any(sentence.hits[j][2] & (M["contact_verb"] | M["contact_us"]) for j in verbs)
    if sentence.scale < 1.0:
        return verb
    mine = [j for j in sentence.around(i, M["me"] | M["contact_us"], 60, 40) if sentence.hits[j][:2] != (start, end)]
    bidden = any(sentence.hits[j][0] - sentence.start < 4 and sentence.hits[j][2] & M["contact_verb"] for j in verbs)
    joined = _JOINED.search(low[max(0, start - 12) : start])
    return verb and (bool(mine) or bidden) and (joined is not None or end - start < 14)


#: What a buyer did elsewhere is no invitation.
_BOUGHT = re.compile(
    r"\b(?:bought|purchased|ordered|sold|paid|gekauft|bestellt|erworben|verkauft|achete\w*|commande|vendu\w*|comprad\w*"
    r"|compro|pedid\w*|vendid\w*|acquistat\w*|comprat\w*|ordinat\w*|vendut\w*)\b|购买的|买的|購入された|購入した"
)
_FORM = re.compile(
    r"\b(?:form|ticket|register|sign up|sign in|log in|order|buy|chat|submit|formular\w*|registrier\w*|anmelden"
    r"|bestell\w*"
    r"|formulaire|inscri\w*|command\w*|formulario|registr\w*|rellen\w*|pedid\w*|modulo|iscri\w*|ordin\w*"
    r"|claims?|complaints?|questions?|reklamation\w*|fragen|anfragen|reclamation\w*|reclamaci\w*|preguntas?|consultas?"
    r"|reclam[oi]|domande)\b"
    r"|表单|表格|注册|登记|下单|购买|フォーム|登録|申し込|ご注文|購入"
)


def through_link(speech: Speech, links: list[tuple[int, int]]) -> Iterator[Mark]:
    """Links away from the marketplace under which something shall be filled in, ordered, talked about."""
    for sentence in speech.sentences if links else ():
        for start, end in links:
            if sentence.start <= start < sentence.end:
                if _FORM.search(blanked(speech.low, [(start, end)]), sentence.start, sentence.end):
                    yield "off_platform", start, end
                break


def marketing(speech: Speech) -> Iterator[Mark]:
    """Advertising: codes, offers, other products, the shop, a newsletter, a reward for the next order."""
    patterns = [pattern for pattern, signs in _TEMPTERS if any(sign in speech.low for sign in signs)]
    for sentence in speech.sentences:
        if not patterns and not sentence.has & _OFFERS:
            continue
        used = bool(sentence.has & M["used"])
        denied = bool(sentence.has & M["neg"])
        for i, (start, end, meaning) in enumerate(sentence.hits if sentence.has & _OFFERS else ()):
            if not meaning & _OFFERS:
                continue
            if meaning & M["market_strong"] and not used and not (denied and sentence.denied(speech.low, i, 60)):
                if sentence.last_before(i, M["you"] | M["thank"], 25) & M["thank"] and not sentence.has & M["ask"]:
                    continue
                yield "marketing", start, end
                break
            if (
                meaning & (M["own_site"] | M["outside"])
                and not (denied and sentence.denied(speech.low, i, 60))
                and _CHEAPER.search(speech.low, sentence.start, sentence.end)
            ):
                yield "marketing", start, end
                break
            if meaning & M["market_weak"] and not used and not denied and _tempting(speech, sentence, i):
                yield "marketing", start, end
                break
        else:
            if used or (denied and not sentence.has & M["own_site"]):
                continue
            for pattern in patterns:
                if pattern is _CODE_WORD and not sentence.has & M["next"]:
                    continue
                hit = pattern.search(speech.low, sentence.start, sentence.end)
                if hit:
                    yield "marketing", *hit.span()
                    break


def _tempting(speech: Speech, sentence: Sentence, i: int) -> bool:
    start, end, _ = sentence.hits[i]
    if any(True for _ in sentence.around(i, M["next"], 90, 90)):
        return True
    near = speech.low[max(sentence.start, start - 25) : min(sentence.end, end + 25)]
    if re.search(r"\d{1,2}\s?(?:%|prozent|percent)|\d折", near) and sentence.has & (M["grab"] | M["next"]):
        return not sentence.has & M["refund"]
    return (
        bool(sentence.has & M["grab"])
        and bool(re.search(r"coupon|voucher|gutschein|cupon|优惠券|クーポン|buono sconto|bon d'achat", near))
        and not (sentence.has & M["refund"])
    )
