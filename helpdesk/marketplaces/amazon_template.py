# ruff: noqa: E501 -- tables of words
"""Amazon's message templates, old, new and bilingual: the buyer's part, the item block, the signed link (DOMAIN 2.5)."""

from __future__ import annotations

import html as entities
import re

from helpdesk.marketplaces.mail import Item, MailView

#: Top-level domain of each Amazon → the language its buyers mostly write.
TLD_LANGUAGE = {
    "com": "en", "ca": "en", "com.mx": "es", "com.br": "pt", "co.uk": "en", "de": "de", "fr": "fr", "it": "it", "es": "es",
    "nl": "nl", "se": "sv", "pl": "pl", "ie": "en", "com.be": "fr", "com.tr": "tr", "ae": "en", "sa": "ar", "eg": "ar",
    "in": "en", "sg": "en", "com.au": "en", "co.jp": "ja", "co.za": "en", "cn": "zh",
}  # fmt: skip
TLDS = "|".join(re.escape(t) for t in sorted(TLD_LANGUAGE, key=len, reverse=True))

#: A run of dashes from its first on; the look back stands behind that one, so that the engine need not try every letter.
_D = r"[-–—_=─](?<![-–—_=─]{2})[-–—_=─]{2,119}+"
BEGIN = re.compile(
    _D
    + r"\s{0,4}(?:(?:begin|start)\s+(?:of\s+)?(?:the\s+)?message(?:\s*/\s*d[ée]but\s+du\s+message)?|message|messaggio|inizio\s+(?:del\s+)?messaggio"
    r"|mensaje|inicio\s+del?\s+mensaje|iniciar\s+mensaje|mensagem|nachricht|beginn\s+der\s+nachricht|anfang\s+der\s+nachricht|nachrichtenbeginn"
    r"|in[ií]cio\s+da\s+mensagem|iniciar\s+(?:a\s+)?mensagem|d[ée]but\s+du\s+message|bericht|begin(?:\s+van\s+het)?\s+bericht|begin\s+bericht"
    r"|wiadomość|początek\s+wiadomości|meddelande|början\s+(?:av|på)\s+meddelande[t]?|mesaj|mesajın?\s+başlangıcı|メッセージ(?:の?開始|はここから)?"
    r"|消息|留言|消息开始|訊息|الرسالة)\s{0,4}[:：]?\s{0,4}" + _D,
    re.IGNORECASE,
)
END = re.compile(
    _D
    + r"\s{0,4}(?:end\s+(?:of\s+)?(?:the\s+)?message(?:\s*/\s*fin\s+du\s+message)?|fine\s+(?:del\s+)?messaggio|finalizar\s+mensaje|fin\s+del?\s+mensaje"
    r"|fin\s+du\s+message|fim\s+da\s+mensagem|encerrar\s+(?:a\s+)?mensagem|mensagem\s+final|ende\s+der\s+nachricht|nachricht\s+ende|nachrichtenende"
    r"|einde?\s+(?:van\s+(?:het\s+)?)?bericht|koniec\s+wiadomości|slut\s+(?:på\s+)?meddelande[t]?|mesaj\s*ın?\s+sonu|mesaj\s+sonu"
    r"|メッセージ(?:の?終了|終わり|はここまで)|消息结束|訊息結束|نهاية\s+الرسالة)\s{0,4}" + _D,
    re.IGNORECASE,
)
_ANY_MARKER = re.compile(_D + r"[ \t]{0,4}[^\W\d_][^\n\-–—_=─]{0,60}?" + _D)
ITEM = re.compile(
    r"^[ \t>]*(?P<qty>\d{1,5})[ \t]*(?:/|of(?:/sur)?|x|de|von|sur|di|van|z|av|×)[ \t]*(?P<title>[^\n]{1,500}?)[ \t]*\[ASIN[:：][ \t]*(?P<asin>[A-Z0-9]{10})\]",
    re.MULTILINE | re.IGNORECASE,
)
_PRE = re.compile(r"<pre[^>]{0,500}white-space:\s*-o-pre-wrap[^>]{0,500}>", re.IGNORECASE)
_FOOTER = re.compile(
    r"^[^\n]{0,200}?(?:\[?commMgrTok|Was this e-?mail helpful|Resolve case\b|Copyright (?:©\s*)?\d{4}(?:-\d{4})? Amazon|SPC-[A-Z]{2}Amazon-\d"
    r"|For Your Information: To help|/messaging/no-response-needed|/gp/satisfaction/survey-form|War diese E-Mail hilfreich|Cet e-mail vous a-t-il"
    r"|Questa e-mail ti è stata|¿Te ha resultado útil este|Este e-mail foi útil|このEメールは役に立ちました)",
    re.MULTILINE | re.IGNORECASE,
)
_REPLY_HEAD = re.compile(
    r"^[ \t]*(?:from|von|de|da|od|van|差出人|发件人)\s?[:：][^\n]{0,200}@|[:：][ \t]*\n[ \t]*>",
    re.MULTILINE | re.IGNORECASE,
)
_NO_RESPONSE = re.compile(
    r"https://sellercentral(?:-[a-z]{2,12})?\.amazon\.(?:"
    + TLDS
    + r")/messaging/no-response-needed\?[^\s<>\"'\\^`{|}]{1,1500}"
)


def own_part(mail: MailView) -> tuple[str | None, str]:
    """(the buyer's part, the template before it); the part is None where no template was found.

    Known markers first, then the element Amazon puts the words in, then any two markers between dashes, then the footer.
    """
    text = mail.text
    begin = next((m for m in BEGIN.finditer(text) if _unquoted(text, m)), None)
    if begin is not None and _REPLY_HEAD.search(text, 0, begin.start()) is not None:
        return None, ""  # an answer below which the template is quoted
    last = None
    for match in END.finditer(text, begin.end() if begin else 0):
        if _unquoted(text, match):
            last = match
    if begin is not None and last is not None:
        return text[begin.end() : last.start()], text[: begin.start()]
    pre = _pre(mail.html) if mail.html else None
    if pre is not None and pre.strip():
        item = ITEM.search(text)
        return pre, text[: max(item.end() if item else 0, 400)] if begin is None else text[: begin.start()]
    if begin is not None:
        return text[begin.end() : _stop(text, begin.end())], text[: begin.start()]
    first = next((m for m in _ANY_MARKER.finditer(text, 0, 4000) if _unquoted(text, m)), None)
    if first is not None:
        stop = _stop(text, first.end())
        if stop < len(text):
            return text[first.end() : stop], text[: first.start()]
    end = last.start() if last is not None else _foot(text)
    if end:
        item = last_match(ITEM, text, 0, end)
        return text[item.end() if item else 0 : end], text[: item.end() if item else 0]
    return None, ""


def is_template(text: str) -> bool:
    """Do Amazon's two markers stand in the mail itself, one after the other, in no quoted line?"""
    if not any(sign * 3 in text for sign in "-–—_=─"):
        return False
    begin = next((m for m in BEGIN.finditer(text, 0, 20_000) if _unquoted(text, m)), None)
    return begin is not None and any(_unquoted(text, m) for m in END.finditer(text, begin.end(), 100_000))


def _unquoted(text: str, match: re.Match[str]) -> bool:
    """Does the marker stand in the mail itself, not in a quoted line?"""
    return ">" not in text[text.rfind("\n", 0, match.start()) + 1 : match.start()]


def _foot(text: str) -> int:
    footer = _FOOTER.search(text)
    return footer.start() if footer is not None else 0


def _stop(text: str, start: int) -> int:
    """Where the words end whose end marker is in no known language: the last marker before the footer, else the footer."""
    footer = _FOOTER.search(text, start)
    foot = footer.start() if footer is not None else len(text)
    marker = last_match(_ANY_MARKER, text, start, foot)
    return marker.start() if marker is not None else foot


def last_match(pattern: re.Pattern[str], text: str, start: int, end: int | None = None) -> re.Match[str] | None:
    """The last match between `start` and `end`."""
    found = None
    for found in pattern.finditer(text, start, len(text) if end is None else end):  # noqa: B007 -- the last one is wanted
        pass
    return found


def _pre(html: str) -> str | None:
    """Text of the one element in which Amazon puts the buyer's words, in every language."""
    first = _PRE.search(html)
    if first is None or _PRE.search(html, first.end()) is not None:
        return None
    end = html.find("</pre", first.end())
    inner = html[first.end() : end if end >= 0 else len(html)]
    return entities.unescape(re.sub(r"<[^<>]*>", "", re.sub(r"<br\s*/?>", "\n", inner, flags=re.IGNORECASE)))


def items_in(template: str) -> tuple[Item, ...]:
    """The products of the item block, at most 20."""
    found: list[Item] = []
    for match in ITEM.finditer(template):
        found.append(
            Item(title=match.group("title").strip(), asin=match.group("asin").upper(), quantity=int(match.group("qty")))
        )
        if len(found) == 20:
            break
    return tuple(found)


def no_response_link(mail: MailView) -> str:
    """The signed link, taken only from behind the last end marker: what stands before it a buyer may have written."""
    for source in (mail.text, mail.html):
        if "no-response-needed" not in source:
            continue
        last = last_match(END, source, 0)
        if last is None:
            position = source.rfind("</pre")
            if position < 0:
                continue
        else:
            position = last.end()
        match = _NO_RESPONSE.search(
            entities.unescape(source[position:]) if source is mail.html else source,
            0 if source is mail.html else position,
        )
        if match is not None:
            return match.group()
    return ""
