# ruff: noqa: E501 -- tables of words
"""Words that mail programs write round a reply, by language: data for helpdesk.intake.quoting.

Everything is compared in lower case on single lines, or on up to three lines joined by blanks for an attribution.
"""

from __future__ import annotations

#: Attribution lines: (a word that must stand near the beginning, a word near the end). "" means anything.
#: The line must hold a date, a clock time or an address besides; see quoting.is_attribution.
ATTRIBUTIONS: tuple[tuple[str, str], ...] = (
    ("on", "wrote"),  # en
    ("at", "wrote"),
    ("", "wrote"),
    ("on", "said"),
    ("am", "schrieb"),  # de
    ("", "schrieb"),
    ("le", "a écrit"),  # fr
    ("", "a écrit"),
    ("el", "escribió"),  # es
    ("", "escribió"),
    ("", "escribio"),
    ("il", "ha scritto"),  # it
    ("", "ha scritto"),
    ("in data", "scrive"),
    ("em", "escreveu"),  # pt
    ("", "escreveu"),
    ("op", "schreef"),  # nl
    ("", "schreef"),
    ("op", "heeft geschreven"),
    ("", "het volgende geschreven"),
    ("w dniu", "napisał"),  # pl
    ("", "napisał"),
    ("", "napisał(a)"),
    ("", "napisała"),
    ("", "pisze"),
    ("den", "skrev"),  # sv, no, da
    ("", "skrev"),
    ("", "följande"),
    ("", "tarihinde şunu yazdı"),  # tr
    ("", "şunu yazdı"),
    ("", "yazdı"),
    ("dne", "napsal"),  # cs
    ("", "napsal(a)"),
    ("", "написал"),  # ru
    ("", "написал(а)"),
    ("", "пишет"),
    ("", "пише"),  # uk
    ("", "kirjoitti"),  # fi
    ("", "írta"),  # hu
    ("", "a scris"),  # ro
    ("", "έγραψε"),  # el
    ("", "كتب"),  # ar
    ("", "のメッセージ"),  # ja
    ("", "wrote"),
    ("", "書きました"),
    ("", "は書きました"),
    ("", "からのメール"),
    ("", "写道"),  # zh
    ("", "寫道"),
    ("", "님이 작성"),  # ko
    ("", "작성"),
    ("", "đã viết"),  # vi
    ("", "menulis"),  # id
    ("", "เขียนว่า"),  # th
)

#: Header words of a quoted block ("From: … Sent: … To: … Subject: …").
FROM_WORDS = frozenset(
    [
        "from",
        "von",
        "de",
        "da",
        "van",
        "od",
        "från",
        "fra",
        "kimden",
        "gönderen",
        "发件人",
        "寄件者",
        "寄件人",
        "差出人",
        "送信者",
        "보낸 사람",
        "от",
        "от кого",
        "lähettäjä",
        "feladó",
        "expéditeur",
        "remitente",
        "mittente",
        "remetente",
        "afzender",
        "nadawca",
        "avsändare",
        "afsender",
        "odesílatel",
        "από",
        "من",
        "expeditor",
        "pengirim",
        "từ",
    ]
)
OTHER_WORDS = frozenset(
    [
        "sent",
        "date",
        "to",
        "cc",
        "subject",
        "reply-to",
        "importance",
        "attachments",
        "gesendet",
        "datum",
        "an",
        "betreff",
        "antwort an",
        "kopie",
        "envoyé",
        "envoyé le",
        "date",
        "à",
        "objet",
        "pour",
        "répondre à",
        "enviado",
        "enviado el",
        "fecha",
        "para",
        "asunto",
        "cco",
        "inviato",
        "data",
        "a",
        "oggetto",
        "enviada",
        "enviada em",
        "enviado em",
        "assunto",
        "verzonden",
        "aan",
        "onderwerp",
        "wysłano",
        "data",
        "do",
        "temat",
        "dw",
        "skickat",
        "skickades",
        "till",
        "ämne",
        "kopia",
        "sendt",
        "til",
        "emne",
        "dato",
        "gönderilme",
        "gönderme tarihi",
        "tarih",
        "kime",
        "konu",
        "gönderildi",
        "发送时间",
        "发送日期",
        "日期",
        "收件人",
        "主题",
        "抄送",
        "寄件日期",
        "收件者",
        "主旨",
        "傳送時間",
        "副本",
        "送信日時",
        "日時",
        "日付",
        "宛先",
        "件名",
        "受信者",
        "보낸 날짜",
        "받는 사람",
        "제목",
        "날짜",
        "참조",
        "отправлено",
        "дата",
        "кому",
        "тема",
        "lähetetty",
        "vastaanottaja",
        "aihe",
        "elküldve",
        "címzett",
        "tárgy",
        "odesláno",
        "komu",
        "předmět",
        "trimis",
        "către",
        "subiect",
    ]
)

#: A line that starts the quoted original by itself, between dashes or underscores or alone: "-----Original Message-----".
ORIGINAL_WORDS = (
    "original message", "original email", "forwarded message", "begin forwarded message", "original-message", "reply message",
    "ursprüngliche nachricht", "originalnachricht", "original-nachricht", "weitergeleitete nachricht", "anfang der weitergeleiteten",
    "message d'origine", "message d’origine", "message original", "message transféré", "message initial", "courriel original",
    "début du message transféré", "mensaje original", "mensaje reenviado", "inicio del mensaje reenviado",
    "messaggio originale", "messaggio inoltrato", "inizio messaggio inoltrato", "messaggio orig.",
    "mensagem original", "mensagem encaminhada", "oorspronkelijk bericht", "origineel bericht", "doorgestuurd bericht",
    "oryginalna wiadomość", "wiadomość oryginalna", "wiadomość oryginalna", "przekazana wiadomość", "treść oryginalnej wiadomości",
    "ursprungligt meddelande", "originalmeddelande", "vidarebefordrat meddelande", "oprindelig meddelelse", "opprinnelig melding",
    "orijinal mesaj", "özgün ileti", "yönlendirilen ileti", "iletilen mesaj",
    "原始邮件", "原邮件", "转发的邮件", "转发邮件", "原始郵件", "轉寄郵件", "轉寄的郵件", "回复的原邮件", "回复的邮件",
    "元のメッセージ", "元のメール", "オリジナルメッセージ", "転送メッセージ", "転送されたメッセージ", "original mail", "원본 메시지", "원본 메일", "전달된 메시지",
    "исходное сообщение", "пересылаемое сообщение", "пересланное сообщение", "alkuperäinen viesti", "eredeti üzenet", "původní zpráva",
    "mesaj original", "αρχικό μήνυμα",
)  # fmt: skip

#: A device's own signature: the line begins with one of these. Compared in lower case.
DEVICE_LINES = (
    "sent from my", "sent from mail for", "sent from outlook", "sent from yahoo", "sent from samsung", "sent from proton",
    "sent from android", "sent via", "sent with", "sent from the", "sent from gmail", "sent from iphone", "get outlook for",
    "von meinem", "von meiner", "gesendet von meinem", "gesendet mit", "gesendet von mail", "gesendet von outlook", "gesendet von iphone",
    "gesendet von yahoo", "gesendet von meiner", "diese nachricht wurde von meinem",
    "envoyé de mon", "envoyé depuis", "envoyé à partir", "télécharger outlook", "obtenir outlook", "envoyé par",
    "enviado desde", "enviado de mi", "enviado con", "obtener outlook", "descargar outlook",
    "inviato da", "inviato dal", "ottieni outlook", "scarica outlook", "inviata da",
    "enviado do meu", "enviado do", "enviado a partir", "enviado pelo", "enviado via", "obter o outlook", "enviado de",
    "verzonden vanaf", "verzonden met", "verstuurd vanaf", "outlook voor", "download outlook voor", "verstuurd met",
    "wysłane z", "wysłano z", "pobierz outlook", "pobierz aplikację outlook",
    "skickat från", "skickades från", "hämta outlook", "sendt fra", "skaff outlook", "lähetetty",
    "iphone'umdan gönderildi", "iphone’umdan gönderildi", "ipad'imden gönderildi", "outlook'u edinin", "android için outlook",
    "iphoneから送信", "ipadから送信", "androidから送信", "outlook for", "ios版outlook", "スマートフォンから送信", "yahoo!メール",
    "从我的", "发自我的", "發自我的", "发自", "傳送自", "从 windows", "從我的", "来自我的", "从我的iphone发送", "来自 outlook", "获取适用于", "获取 outlook",
    "나의 iphone에서 보냄", "내 iphone에서 보냄", "отправлено с", "отправлено из", "odesláno z", "trimis de pe",
    "diese nachricht wurde mit", "written on my", "typed on my", "poslano z", "elküldve", "στάλθηκε από",
)  # fmt: skip

#: The same where the device stands first: the line ends so.
DEVICE_ENDINGS = ("から送信", "より送信", "gönderildi", "에서 보냄", "发送", "發送", "傳送", "edinin")

#: Lines that a shop asks buyers to write above; all below is history.
REPLY_ABOVE = (
    "please type your reply above this line", "reply above this line", "## - please type your reply above", "write your reply above",
    "bitte antworten sie oberhalb", "antworten sie oberhalb dieser linie", "veuillez répondre au-dessus", "répondre au-dessus de cette ligne",
    "escriba su respuesta por encima", "scrivi la risposta sopra", "responda acima desta linha", "この行より上に返信", "请在此行上方回复",
)  # fmt: skip

#: The subject's word among the header words.
SUBJECT_WORDS = frozenset(
    [
        "subject",
        "betreff",
        "objet",
        "asunto",
        "oggetto",
        "assunto",
        "onderwerp",
        "temat",
        "ämne",
        "emne",
        "konu",
        "主题",
        "主旨",
        "件名",
        "제목",
        "тема",
        "aihe",
        "tárgy",
        "předmět",
        "subiect",
    ]
)

#: One of these stands in a device's signature.
DEVICE_NAMES = (
    "iphone", "ipad", "android", "outlook", "samsung", "galaxy", "huawei", "xiaomi", "mobil", "handy", "smartphone", "windows",
    "yahoo", "gmail", "手机", "手機", "スマート", "携帯", "mail", "メール", "ios", "blackberry", "pixel", "tablet", "téléphone",
    "telefon", "teléfono", "celular", "cellulare", "邮箱", "郵箱", "phone", "proton", "aol", "gmx", "web.de", "t-online", " app",
)  # fmt: skip
