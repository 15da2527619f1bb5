"""Message rule on cancelling: the seller cancels what cannot be delivered, the buyer is not asked to (DOMAIN 3)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from helpdesk.replies.lint_marks import Mark
from helpdesk.replies.lint_speech import Sentence, Speech
from helpdesk.replies.lint_words import M

#: "Die Stornierung übernehmen wir", "la cancelación la hacemos nosotros".
_WE_CANCEL = re.compile(
    r"\w*,?\s(?:(?:it |for you |la |lo |le |ci |ne )*(?:ubernehmen wir|machen wir|erledigen wir|hacemos|haremos"
    r"|pensiamo"
    r"|facciamo|provvediamo|ourselves|nous nous en|nous la)|wir\b|nous\b|we\b|nosotros\b)"
)
_NOTHING = re.compile(
    r"\b(?:nothing (?:else |more |further )?(?:to do|for you to do|you need)|nichts (?:weiter )?(?:zu )?tun"
    r"|rien a faire"
    r"|no tiene que hacer nada|nada que hacer|non deve fare (?:nulla|niente)|nulla da fare)\b"
    r"|无需您|您不用|您无需|お手続きは不要"
)
#: "If you wish to cancel, tell us": then it is we who do it.
_TELL_US = re.compile(
    r"\b(?:let us know|tell us|let me know|sagen sie (?:uns|es)|geben sie uns bescheid"
    r"|lassen sie (?:es )?uns wissen|dites-le"
    r"|dites nous|faites-le|digan?os\w*|aviseno\w*|ce lo dica|ci dica|ci faccia sapere)\b"
    r"|告诉我们|告知我们|お知らせ|お申し付け"
)
#: We have cancelled already.
_DONE = re.compile(
    r"\b(?:have|has) (?:already |just )?(?:done|cancel\w*)|\berledigt|\bstorniert\b|\bannulee?\b|\bc'est fait"
    r"|\b(?:hecho|fatto"
    r"|anulado|cancelado|annullato)\b|已经?(?:帮|为|替)您|承りました|いたしました"
)
#: What else may be cancelled.
_OTHER_THINGS = re.compile(
    r"\b(?:subscri\w*|membership|claim|return|appointment|pick-?up|collection|delivery|auto-?renew\w*|payment|abo|abos"
    r"|abonnement\w*|termin\w*|abhol\w*|ruckgabe|retoure\w*|antrag|fall|rendez-vous|retour|reclamation|enlevement"
    r"|suscripcion|cita|recogida|devolucion|reclamacion|abbonamento|appuntamento|ritiro|reso|reclamo|prime|alarm|noise"
    r"|newsletter|timer|mode|modus)\b|订阅|退货|预约|会员|返品|定期|解約|予約|退会|设置|闹钟"
)


def cancel_request(speech: Speech) -> Iterator[Mark]:
    """Asking the buyer to cancel what we cannot deliver."""
    empty = bool(speech.has & M["oos"])
    for sentence in speech.sentences:
        if not sentence.has & M["cancel"]:
            continue
        for i, (_, _, meaning) in enumerate(sentence.hits):
            if meaning & M["cancel"] and _cancel_asked(speech, sentence, i, empty):
                yield "cancel_request", *sentence.span(i)
                break


def _cancel_asked(speech: Speech, sentence: Sentence, i: int, empty: bool) -> bool:
    low = speech.low
    start, end, meaning = sentence.hits[i]
    if (
        not meaning & M["order"]
        and not any(True for _ in sentence.around(i, M["order"], 40, 45))
        and _OTHER_THINGS.search(low, max(sentence.start, start - 40), min(sentence.end, end + 40))
    ):
        return False
    before, after = low[max(0, start - 16) : start], low[end : end + 30]
    if sentence.denied(low, i, 20 if empty else 40) or _NOT_TO.search(before) or re.match(r"\s(?:nicht)", after):
        return False
    if sentence.scale < 1.0 and _JA_DONE.match(after):
        return False
    if _wished(low, sentence, empty):
        return False
    subject = sentence.last_before(i, M["we"] | M["you"] | M["ask"])
    if subject & M["we"] and not subject & (M["ask"] | M["you"]):
        return False
    if _WE_DO.search(before) or _PAPER.match(after) or _WE_CANCEL.match(after):
        return False
    return _NOTHING.search(low, sentence.start, sentence.end) is None and _addressed(speech, sentence, i)


def _wished(low: str, sentence: Sentence, empty: bool) -> bool:
    """Is it the buyer's wish that is spoken of, or a choice that is left open?"""
    wish = sentence.has & M["wish"]
    if wish and (_DONE.search(low, sentence.start, sentence.end) or _TELL_US.search(low, sentence.start, sentence.end)):
        return True
    if (wish or sentence.has & M["if"]) and (wish or sentence.has & M["you"]) and not empty:
        return True
    return bool(wish and not sentence.has & M["oos"] and _OPEN.search(low, sentence.start, sentence.end))


_NOT_TO = re.compile(
    r"(?:do not|don't|not|never|nicht|ne pas|no|non|不要|请勿|别)\s?(?:to\s|need to\s|die |ihre |la |el |su |le )?$"
)
_JA_DONE = re.compile(r".{0,5}(?:ません|しないで|なさらない|いたしました|しました|されました|済み|了)")
_OPEN = re.compile(r"whether|ob sie|si vous souhaitez|是否|let us know|lassen sie uns")
_WE_DO = re.compile(
    r"\b(?:wir|we|nous|hemos|abbiamo|i)\s(?:have\s|already\s|will\s|would\s|haben\s|werden\s|avons\s|allons\s)?$"
)
_PAPER = re.compile(r"\w*\s?(?:confirmation|request (?:has|was|could)|policy|fee|reason)")


def _addressed(speech: Speech, sentence: Sentence, i: int) -> bool:
    """Is it the buyer who shall do it?"""
    low = speech.low
    start, end, _ = sentence.hits[i]
    around = low[max(sentence.start, start - 90) : min(sentence.end, end + 90)]
    if re.search(
        r"\b(?:confirm|bestatig\w+|confirmer|confirmar|confermar\w*|know|mitteilen|faire savoir|informar\w*)\b",
        low[max(sentence.start, start - 50) : start],
    ):
        return False
    if sentence.scale < 1.0:
        polite = re.search(
            r"请|麻烦|烦请|劳烦|能否|可否|希望您|恳请|ください|下さい|お願い|いただけ|頂け|いただきたく"
            r"|您.{0,8}(?:取消|申请)|帮忙",
            around,
        )
        return polite is not None and not re.search(
            r"我们(?:已|会|将|可以)(?:为您|帮您|替您)?取消|取消(?:され|し)(?:たい|る)場合", around
        )
    if sentence.has & M["ask"]:
        return not re.search(r"\b(?:we|wir|nous|i)\s\w{0,12}\s?(?:cancel|stornier|annul)", around)
    before = low[max(sentence.start, start - 12) : start]
    if re.search(r"[:;!]\s$", before):
        return True
    started = re.search(r"(?:^|[.,!:]\s|\b(?:to|then|just|simply|einfach|simplement|simplemente)\s)$", before)
    return started is not None and start - sentence.start < 30
