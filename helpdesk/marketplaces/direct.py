# ruff: noqa: E501 -- tables of words
"""Mail to the seller's own address: people writing themselves, and the contact forms of web shops."""

from __future__ import annotations

import re

from helpdesk.marketplaces.mail import Found, MailView, orders_in

_LABELS = {
    "name": "name|full name|your name|customer name|first name|firstname|vorname|nachname|last name|ihr name|dein name|nom|votre nom|nom complet|prénom|nombre|nombre y apellidos|su nombre|nome|nome e cognome|il tuo nome|seu nome|nome completo|naam|uw naam|imię|imię i nazwisko|namn|ditt namn|navn|ad|adınız|ad soyad|お名前|氏名|名前|姓名|名字|您的姓名|customer|kunde|client|cliente|contact name|from name|sender",
    "email": "email|e-mail|mail|email address|e-mail address|your email|your e-mail|customer email|e-mail-adresse|email-adresse|emailadresse|ihre e-mail|ihre e-mail-adresse|adresse e-mail|adresse email|votre e-mail|votre email|courriel|adresse mail|correo|correo electrónico|su correo|email del cliente|indirizzo email|indirizzo e-mail|la tua email|la tua e-mail|endereço de e-mail|seu e-mail|seu email|e-mailadres|uw e-mail|adres e-mail|adres email|e-postadress|e-post|epost|e-posta|e-posta adresi|メールアドレス|メール|eメール|邮箱|电子邮件|电子邮箱|邮件地址|邮箱地址|電子郵件|電郵|reply-to|reply to",
    "order": "order|order no|order no.|order number|order id|order #|your order number|bestellung|bestellnummer|bestell-nr|bestell-nr.|auftragsnummer|commande|numéro de commande|n° de commande|no de commande|pedido|número de pedido|nº de pedido|ordine|numero ordine|numero d'ordine|número do pedido|bestelnummer|bestelling|numer zamówienia|zamówienie|ordernummer|beställningsnummer|sipariş numarası|sipariş no|注文番号|ご注文番号|订单号|订单编号|訂單編號|訂單號碼",
    "phone": "phone|phone number|telephone|tel|telefon|telefonnummer|téléphone|teléfono|telefono|telefone|telefoon|電話番号|電話|电话|手机|mobile|handy|company|firma|société|empresa|azienda|country code|country|land|pays|city|stadt|address|adresse|ip|ip address|date|datum|time|store|website|url|page",
    "subject": "subject|your subject|betreff|sujet|objet|asunto|oggetto|assunto|onderwerp|temat|ämne|konu|件名|タイトル|主题|主旨|topic|thema|reason|grund|department|abteilung|kategorie|category|題名|標題|标题",
    "message": "message|your message|message body|body|comment|comments|comment or message|enquiry|inquiry|question|nachricht|ihre nachricht|nachrichtentext|mitteilung|anfrage|frage|ihre anfrage|kommentar|votre message|commentaire|commentaires|question|mensaje|su mensaje|tu mensaje|comentario|comentarios|consulta|messaggio|il tuo messaggio|commento|mensagem|sua mensagem|comentário|bericht|uw bericht|opmerking|vraag|wiadomość|treść wiadomości|treść|meddelande|ditt meddelande|mesaj|mesajınız|メッセージ|メッセージ本文|お問い合わせ内容|お問合せ内容|内容|本文|ご質問|留言|留言内容|消息|您的留言|信息|訊息|內容|what's on your mind|how can we help|how can we help you|description|beschreibung|details",
}  # fmt: skip
_FIELD = {word: name for name, words in _LABELS.items() for word in words.split("|")}
_LINE = re.compile(r"^[ \t*>#\-•]{0,6}([^:：\n*\t|]{1,40}?)[ *]{0,4}(?:[:：]\*{0,2}|\t|[ ]?\|)[ \t]*(.*)$")
_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@(?:[\w-]{1,63}\.){1,8}[\w-]{2,24}")
_SENDER = re.compile(
    r"^(?:from|von|de|da|van|od|från|kimden|差出人|发件人)\s*[:：]\s*(?P<name>[^<\n]{0,120}?)\s*[<\[(](?P<email>[^>\n\s]{3,254})[>\])]\s*$",
    re.IGNORECASE,
)
#: What a form says of itself, before or after the message.
_PHRASE = re.compile(
    r"contact form|kontaktformular|formulaire de contact|formulario de contacto|modulo (?:di )?contatt[io]|formulário de contato|contactformulier|formularz\w* kontaktow"
    r"|kontaktformulär|iletişim formu|お問い合わせフォーム|联系表单|聯絡表單|new (?:customer )?(?:message|enquiry|inquiry)|neue (?:kunden)?(?:anfrage|nachricht)|nouveau message|nuevo mensaje"
    r"|nuovo messaggio|nova mensagem|nieuw bericht|message from (?:your|the) (?:website|store|shop|online)|online store|via (?:the |your |our )?(?:website|web ?shop|shop|store)|from the shop page"
    r"|gesendet von:|sent from:|a message (?:from|via) |you(?:'ve| have) (?:a|received a) new|customer enquiry|website enquiry|submission|webformular|anfrage über",
    re.IGNORECASE,
)  # fmt: skip
_TRAILER = re.compile(
    r"^[ \t>*_-]*(?:--[ \t]*$|sent from (?:the |your |our )?(?:shop|store|web|contact|page|https?:|:)|sent from:|sent via|(?:this|the) (?:e-?mail|message) was sent (?:from|via|through|by)|this is (?:a notification|an automat)"
    r"|gesendet (?:von|über|via)\s*[:：]|diese (?:e-?mail|nachricht) wurde (?:von|über)|(?:cet|ce) (?:e-?mail|message|courriel) a été envoyé|envoyé (?:depuis|via|par)\s+(?:le |la |votre )?(?:site|formulaire|boutique|http)"
    r"|este (?:correo|mensaje|e-?mail) (?:electrónico )?(?:se ha enviado|fue enviado|foi enviado)|enviado desde (?:el |la )?(?:formulario|tienda|sitio|web|http)|questa? (?:e-?mail|messaggio) è stat[ao] inviat[ao]|inviato (?:dal|tramite) "
    r"|deze e-?mail is verzonden|ta wiadomość została wysłana|wysłano z formularza|detta (?:meddelande|mejl) skickades|bu (?:e-?posta|mesaj) .{0,40}gönderil"
    r"|このメールは|送信元|此(?:邮件|消息|信息)(?:由|来自|通过)|(?:page|source|referr?er|user agent|remote ip|ip(?: address)?|sent (?:on|at)|submitted (?:on|at|from)|form (?:name|id)|date|time|url)\s*[:：]|\(sent via )",
    re.IGNORECASE | re.MULTILINE,
)  # fmt: skip
_MAX_LINES = 400


def read(mail: MailView, own_domains: frozenset[str] = frozenset()) -> Found:
    """What a mail that no marketplace sent is: a contact form's (kind contact_form), else somebody's own mail (kind None)."""
    answer = mail.reply_to_raw[0] if mail.reply_to_raw else mail.from_raw
    form = _form(mail, own_domains)
    if form is not None:
        return form
    return Found(
        channel="direct",
        template_orders=orders_in(mail.subject),
        customer=answer.lower(),
        reply_to=answer,
        buyer_name=mail.from_name or mail.reply_to_name,
    )


def _form(mail: MailView, own_domains: frozenset[str]) -> Found | None:
    text = mail.text
    if len(text) > 60_000 or not _names_an_address(text):
        return None
    fields, message = fields_of(text)
    email = fields.get("email", "").lower()
    if not email or not message.strip():
        return None
    if not _sent_by_a_shop(mail, email, own_domains):
        return None
    answer = next((raw for raw in mail.reply_to_raw if raw.lower() == email), fields["email"])
    orders = dict.fromkeys(
        (*orders_in(mail.subject), *orders_in(fields.get("order", "")), *orders_in(fields.get("subject", "")))
    )
    facts = {key: fields[key] for key in ("order", "phone", "subject") if fields.get(key)}
    return Found(
        channel="direct",
        kind="contact_form",
        own=message,
        template_orders=tuple(orders),
        customer=email,
        reply_to=answer,
        buyer_name=fields.get("name", "") or mail.reply_to_name,
        facts=facts,
    )


def _names_an_address(text: str) -> bool:
    """A cheap look: is one of the first addresses in the text labelled as one?"""
    at = text.find("@")
    for _ in range(6):
        if at < 0:
            return False
        start = text.rfind("\n", 0, at) + 1
        line = text[start : at + 80].split("\n", 1)[0].strip()
        if _key(line) == "email" or _SENDER.match(line) is not None:
            return True
        above = text[max(0, start - 200) : start].rstrip()
        if _key(above[above.rfind("\n") + 1 :].strip()) == "email":
            return True
        at = text.find("@", text.find("\n", at) + 1 or len(text))
    return False


def _sent_by_a_shop(mail: MailView, email: str, own_domains: frozenset[str]) -> bool:
    """A form's mail comes from the shop's own machine, and its answers go to the address in its text."""
    if mail.reply_to and email not in mail.reply_to:
        return False
    if email != mail.from_addr and (mail.reply_to or mail.from_addr.rpartition("@")[2] in own_domains):
        return True
    ends = f"{mail.subject}\n{mail.text[:600]}\n{mail.text[-600:]}"
    return _PHRASE.search(ends) is not None


def fields_of(text: str) -> tuple[dict[str, str], str]:
    """(fields by fixed names: name, email, order, phone, subject; the message). No message: ""."""
    lines = text.splitlines()[:_MAX_LINES]
    fields: dict[str, str] = {}
    message_at, first_text = -1, ""
    labelled = any(_key(line) == "message" for line in lines)
    inline = False
    i = last = 0
    while i < len(lines):
        line = lines[i].strip()
        sender = _SENDER.match(line)
        if sender is not None and "email" not in fields and "@" in sender.group("email"):
            fields["name"], fields["email"] = sender.group("name").strip("\" '*"), sender.group("email")
            i = last = i + 1
            continue
        match = _LINE.match(line)
        key = _key(line)
        if key is None:
            if last and line and fields.get("email") and not labelled:
                break  # words after the fields: the message has no label
            i += 1
            continue
        value = match.group(2).strip() if match is not None else ""
        if key == "message":
            message_at, first_text = i + 1, value
            break
        inline = inline or bool(value)
        if not value:
            i, value = _value_below(lines, i, 1 if inline else 2)
        _store(fields, key, value)
        i = last = i + 1
    if message_at < 0:
        if not last or "email" not in fields:
            return fields, ""
        message_at = last
    return fields, _until_trailer("\n".join([first_text, *lines[message_at:]]))


def _key(line: str) -> str | None:
    """The fixed name of a line's label, with its colon or alone on the line."""
    if len(line) > 2000:
        return None
    match = _LINE.match(line)
    return _FIELD.get((match.group(1) if match is not None else line).strip("*: \t").lower())


def _value_below(lines: list[str], i: int, reach: int) -> tuple[int, str]:
    """The value of a label that stands alone: within `reach` lines below, unless that is another label."""
    for j in range(i + 1, i + 1 + reach):
        if j < len(lines) and lines[j].strip():
            line = lines[j].strip()
            match = _LINE.match(line)
            if match is not None and match.group(1).strip().lower() in _FIELD:
                return i, ""
            return j, line
    return i, ""


def _store(fields: dict[str, str], key: str, value: str) -> None:
    if key == "email":
        match = _ADDRESS.search(value)
        if match is not None:
            fields.setdefault("email", match.group())
    elif key == "name" and "name" in fields and value:
        if value not in fields["name"]:
            fields["name"] = f"{fields['name']} {value}".strip()
    elif value:
        fields.setdefault(key, value[:500])


def _until_trailer(text: str) -> str:
    """Up to what the form adds below; only the last lines can be that."""
    cut = len(text)
    for match in _TRAILER.finditer(text):
        if text.count("\n", match.start()) <= 12:
            cut = match.start()
            break
    return text[:cut].strip()
