"""Message rules on reviews and feedback: no change, no reward, no wish for a good one (DOMAIN 3)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from helpdesk.replies.lint_marks import Mark
from helpdesk.replies.lint_speech import NOUN, STARS, Sentence, Speech
from helpdesk.replies.lint_words import M

_MONEY = re.compile(
    r"(?:[$€£¥]\s?\d[\d.,]*|\d[\d.,]*\s?(?:[$€£¥]|usd\b|eur\b|euros?\b|dollars?\b|gbp\b|元|块|円|美元|欧元|%|percent\b"
    r"|prozent\b))"
)
_GIFT = re.compile(
    r"gift ?cards?|vouchers?|coupons?|gutschein|geschenk|bons? d.achat|cheques? cadeau|cartes? cadeau|vales?\b"
    r"|tarjetas? (?:de )?regalo|buon[oi]\b|carte? regalo|红包|礼品卡|ギフト券|クーポン"
)
#: Verbs in two parts, the review between them.
_TAKE_DOWN = re.compile(
    r"\b(?:take|taking|pull|pulling|bring|bump|move|push) (?:[\w'-]+ ){1,5}?(?:review|rating|feedback|comment|stars)s?"
    r" (?:down|back|off|offline|up)\b"
    r"|\b(?:nehm|nimm|zieh|setz|stuf|heb|pass|schraub|stell)\w* (?:[\w'-]+ ){0,5}?\w*(?:bewertung|rezension|feedback"
    r"|kommentar|sterne)\w* (?:[\w'-]+ ){0,4}?(?:zuruck|raus|heraus|runter|herunter|weg|hoch|herauf|rauf|an|um|offline)\b"
)
_JA_NOT = re.compile(r".{0,6}?(?:ません|ない|ず|禁止|いたしかね)(?!で?しょうか|か|で)")
_JA_NEVER = re.compile(
    r"ことは[^。]{0,12}(?:ません|ない)|(?:お願い|依頼)[^。]{0,6}(?:しておりません|いたしません|しません)"
)
REACH_NOUNS = 12
#: A sentence that names reviews more often is looked at so far: it bounds the work in a text of nothing else.
MOST_NOUNS = 16
MOST_VERBS = 5
#: Verbs of Italian, Spanish and French that say "we" by their ending.
_WE_DO = re.compile(r"\b\w{2,12}(?:iamo|eremo|iremo|amos|emos|imos|ons)\b")
_KANA = re.compile(r"[\u3041-\u3096]")
_STATED = M["we"] | M["you"] | M["ask"] | M["if"] | M["thank"] | M["leave"]


def change(speech: Speech) -> Iterator[Mark]:
    """Requests to change or remove a review or feedback. A word that may mean either breaks both rules."""
    for sentence in speech.sentences:
        hit = _TAKE_DOWN.search(speech.low, sentence.start, sentence.end) if sentence.has & NOUN else None
        if hit and sentence.has & (M["ask"] | M["if"]) and not sentence.has & (M["neg"] | M["thank"]):
            yield "review_change", *hit.span()
            yield "feedback_change", *hit.span()
            continue
        if not sentence.has & (M["change"] | M["changed"]) or not sentence.has & (NOUN | STARS):
            continue
        wanted = NOUN if sentence.has & NOUN else STARS
        for i in [i for i, hit in enumerate(sentence.hits) if hit[2] & wanted][:MOST_NOUNS]:
            meaning = sentence.hits[i][2]
            j = _change_of(speech, sentence, i)
            if j is None:
                continue
            span = sentence.span(i, j)
            if meaning & M["review"] or not meaning & M["feedback"]:
                yield "review_change", *span
            if meaning & M["feedback"] or not meaning & M["review"]:
                yield "feedback_change", *span


def _change_of(speech: Speech, sentence: Sentence, i: int) -> int | None:
    """The verb of change that governs noun `i` as a request; None when there is none."""
    for j in islice(sentence.around(i, M["change"] | M["changed"], 45, 60), MOST_VERBS):
        verb_first = j < i
        if sentence.hits[j][2] & M["change"] and sentence.hits[j] == sentence.hits[i]:
            return j
        if sentence.between(i, j, M["gapstop"] | (M["leave"] if verb_first and sentence.scale == 1.0 else 0)):
            continue
        gap = speech.low[min(sentence.hits[i][1], sentence.hits[j][1]) : max(sentence.hits[i][0], sentence.hits[j][0])]
        if (
            len(gap) > 12
            and re.search(r"[,:]\s|、|，", gap)
            and not re.search(r"(?:,|，|、)[^,，、]{0,30}(?:,|，|、)", gap)
        ) and (verb_first or (sentence.scale == 1.0 and not sentence.has & (M["ask"] | M["if"]))):
            continue
        wish = bool(sentence.has & (M["ask"] | M["if"] | M["incentive"]))
        if sentence.hits[j][2] & M["changed"] and not sentence.hits[j][2] & M["change"] and not wish:
            continue
        if _denied(speech, sentence, i, j) or not _asked(sentence, i, j, wish):
            continue
        return j
    return None


def _denied(speech: Speech, sentence: Sentence, i: int, j: int) -> bool:
    """ "We would never ask you to change it", "ändern Sie nichts", "削除できません"."""
    first = min(i, j)
    if sentence.between(i, j, M["neg"]):
        return True
    if not sentence.has & M["unhappy"] and sentence.denied(speech.low, first, 60):
        return True
    after = speech.low[sentence.hits[max(i, j)][1] : sentence.hits[max(i, j)][1] + 12]
    if sentence.scale < 1.0:
        rest = speech.low[sentence.hits[max(i, j)][1] : min(sentence.end, sentence.hits[max(i, j)][1] + 60)]
        return _JA_NOT.match(after) is not None or _JA_NEVER.search(rest) is not None
    return bool(re.match(r"\s(?:nicht|is not|are not|cannot|no )", after))


def _asked(sentence: Sentence, i: int, j: int, wish: bool) -> bool:
    """Is the buyer asked, or is it told what we or the marketplace do, or thanked for what was done?"""
    subject = sentence.last_before(min(i, j), _STATED)
    if subject & M["thank"]:
        return False
    if subject & M["we"] and not subject & (M["ask"] | M["if"] | M["you"]):
        later = any(sentence.hits[k][2] & M["ask"] for k in range(min(i, j), len(sentence.hits[: max(i, j) + 8])))
        return later and sentence.scale < 1.0
    if j > i and sentence.scale == 1.0 and not wish:
        return False
    return not (subject & M["you"] and not subject & M["ask"] and not wish and sentence.hits[j][2] & M["changed"])


def incentive(speech: Speech) -> Iterator[Mark]:
    """A reward, a refund, any advantage for a review, feedback, or its change."""
    for n, sentence in enumerate(speech.sentences):
        nouns = [i for i, h in enumerate(sentence.hits) if h[2] & (NOUN | STARS)]
        if not nouns:
            continue
        if sentence.has & M["neg"] and _refused(sentence):
            continue
        mark = _rewarded(speech, sentence, nouns)
        if mark is None:
            mark = _rewarded_next(speech, n, nouns) or _gift(speech, sentence, nouns)
        if mark is not None:
            yield "review_incentive", *mark


def _rewarded(speech: Speech, sentence: Sentence, nouns: list[int]) -> tuple[int, int] | None:
    for i in nouns[:REACH_NOUNS]:
        start, end, meaning = sentence.hits[i]
        rewards = list(sentence.around(i, M["incentive"], 120, 120))
        if meaning & M["incentive"]:
            rewards.insert(0, i)
        places = [sentence.hits[j][:2] for j in rewards]
        window = max(sentence.start, start - 110), min(sentence.end, end + 110)
        places += [
            (window[0] + m.start(), window[0] + m.end()) for m in _MONEY.finditer(speech.low[window[0] : window[1]])
        ]
        if not places:
            continue
        exchanged = [k for k in sentence.around(i, M["exchange"], 100, 100) if _exchange_fits(sentence, k, i, places)]
        acted = any(True for _ in sentence.around(i, M["leave"] | M["change"] | M["changed"], 40, 40))
        offered = sentence.has & (M["if"] | M["will"] | M["we"] | M["ask"] | M["grab"] | M["next"] | M["me"]) or (
            _WE_DO.search(speech.low, *window) is not None
        )
        thanked = bool(sentence.last_before(i, M["thank"], 40))
        if (thanked and not exchanged) or (not exchanged and _settled(speech, sentence, i, rewards)):
            continue
        given = acted and any(_GIFT.match(speech.low, a) for a, _ in places) and not sentence.has & M["used"]
        if exchanged or (acted and offered) or given or meaning & M["incentive"]:
            a, b = min([*places, (start, end)], key=lambda p: p[0])[0], max(end, *(p[1] for p in places[:1]))
            return a, max(a + 1, b)
    return None


_SETTLED = re.compile(
    r"\b(?:already|have (?:now )?refunded|has been refunded|bereits|schon erstattet|erstattet haben|deja|avons rembourse"
    r"|ya (?:te |le )?(?:hemos|he)|hemos (?:devuelto|reembolsado)|gia|abbiamo (?:gia )?rimborsato)\b|已|済|いたしました"
)


def _settled(speech: Speech, sentence: Sentence, i: int, rewards: list[int]) -> bool:
    """ "As we have refunded you already, …": a refund that was made is no reward to come."""
    if not rewards or any(not sentence.hits[j][2] & M["refund"] for j in rewards):
        return False
    return _settled_at(speech, sentence)


_NOT_A_REVIEW = re.compile(
    r"\b(?:form|label|return|ticket|question|photo|drawing|sketch|formular\w*|rucksend\w*|etikett\w*|formulaire|retour"
    r"|formulario|devolucion|etiqueta|modulo|reso|etichetta)\b|退货|标签|返品|用紙"
)


def _gift(speech: Speech, sentence: Sentence, nouns: list[int]) -> tuple[int, int] | None:
    """ "Once your review is up we'll double the warranty", "a short comment and a surprise is yours"."""
    low, wide = speech.low, sentence.scale < 1.0
    gifts = [h[:2] for h in sentence.hits if h[2] & (M["give"] | M["incentive"] | M["refund"])]
    gifts += [m.span() for m in _MONEY.finditer(low, sentence.start, sentence.end)]
    if not gifts or sentence.has & M["used"] or _NOT_A_REVIEW.search(low, sentence.start, sentence.end):
        return None
    for i in nouns[:REACH_NOUNS]:
        start, end, meaning = sentence.hits[i]
        told = sentence.last_before(i, M["thank"], 60) or _AFTER_YOURS.search(low[max(0, start - 30) : start])
        if told or sentence.denied(low, i, 60, 40) or _settled_at(speech, sentence):
            continue
        acted = meaning & M["leave"] or any(True for _ in sentence.around(i, M["leave"], 40, 30 if wide else 12))
        ahead = start - sentence.start < 30 and _ONE.match(low, sentence.start) is not None
        bound = bool(sentence.last_before(i, M["if"], 60)) or (wide and sentence.has & M["if"])
        for a, b in gifts:
            if abs(a - start) > 130 * max(sentence.scale, 0.6) or (a, b) == (start, end):
                continue
            if bound or (a > start and (acted or ahead)):
                return min(start, a), max(end, b)
    return None


_ONE = re.compile(r"\W*(?:(?:just|only|nur) )?(?:an?|one|eine?|une?|una|un|uno|两|一|ein)\b")
_AFTER_YOURS = re.compile(
    r"\b(?:after|since|nach|seit|tras|dopo|apres|suite a|depuis) (?:your|ihre\w*|su|la sua|votre) $"
)


def _settled_at(speech: Speech, sentence: Sentence) -> bool:
    return bool(sentence.has & M["refund"]) and _SETTLED.search(speech.low, sentence.start, sentence.end) is not None


def _exchange_fits(sentence: Sentence, k: int, i: int, places: list[tuple[int, int]]) -> bool:
    """ "for your" joins reward and review only between the two, or right before the review."""
    start, end, meaning = sentence.hits[k]
    noun_start = sentence.hits[i][0]
    if meaning & M["incentive"] or end - start > 9 or sentence.scale < 1.0:
        return True
    if k == 0 and end <= noun_start <= end + 25:
        return True
    return end <= noun_start <= end + 40 and any(b <= start + 1 and start - b < 60 for _, b in places)


def _rewarded_next(speech: Speech, n: int, nouns: list[int]) -> tuple[int, int] | None:
    """ "Please leave a review. As a thank-you you get …": the reward stands in the next sentence."""
    sentence = speech.sentences[n]
    if not sentence.has & (M["leave"] | M["change"]) or n + 1 >= len(speech.sentences):
        return None
    following = next((s for s in speech.sentences[n + 1 : n + 3] if s.hits), None)
    if following is None or following.has & M["neg"] or sentence.last_before(nouns[0], M["thank"], 40):
        return None
    money = _MONEY.search(speech.low, following.start, following.end)
    if not following.has & M["incentive"] and not money:
        return None
    joined = re.search(
        r"in return|in exchange|as a (?:small )?(?:thank|token|reward)|to (?:thank you|say thank)|(?:once|after"
        r"|when|then)\b.{0,40}(?:done|posted|online|live|it|that)"
        r"|dafur|im gegenzug|als (?:kleines )?dank|zum dank|danach|en echange|en retour|pour vous remercier"
        r"|en remerciement|a cambio|como agradecimiento|en agradecimiento"
        r"|in cambio|come ringraziamento|per ringrazi|作为|答谢|截图|凭|即可|就送|返|お礼に|お礼として"
        r"|もれなく|引き換え|スクリーンショット|screenshot"
        r"|capture|bildschirmfoto|captura",
        speech.low[following.start : following.end],
    )
    if joined is None:
        return None
    return sentence.hits[nouns[0]][0], following.end


def _refused(sentence: Sentence) -> bool:
    """ "We do not offer gifts for reviews": the refusal itself."""
    for i, (_, _, meaning) in enumerate(sentence.hits[:200]):
        if meaning & M["neg"]:
            near = [sentence.hits[j][2] for j in sentence.around(i, M["incentive"] | NOUN | M["exchange"], 0, 90)]
            if near and not any(
                sentence.hits[j][2] & M["unhappy"] for j in range(max(0, i - 1), min(len(sentence.hits), i + 2))
            ):
                return True
            back = list(sentence.around(i, M["incentive"] | NOUN, 60 if sentence.scale < 1.0 else 45, 0))
            if back and sentence.hits[-1][0] - sentence.hits[i][1] < 40:
                return True
    return False


def positive_only(speech: Speech) -> Iterator[Mark]:
    """Asking for a good one: "5 stars", "positive", "if you are happy", "before you leave a bad one"."""
    for sentence in speech.sentences:
        has = sentence.has
        if not has & (NOUN | STARS | M["leave"]):
            continue
        mark = (
            _stars_asked(speech.low, sentence)
            or _good_asked(speech.low, sentence)
            or _if_happy(sentence)
            or _tell_us_first(sentence)
        )
        if mark is not None:
            yield "review_positive_only", *mark


def _request(low: str, sentence: Sentence, i: int) -> bool:
    """Is something wished for around hit `i`, rather than thanked for or reported?"""
    if sentence.last_before(i, M["thank"], 40 if sentence.scale == 1.0 else 60):
        return False
    if (
        sentence.scale < 1.0
        and any(True for _ in sentence.around(i, M["thank"], 0, 40))
        and (
            _KANA.search(low, sentence.start, sentence.end)  # Chinese thanks behind a wish ask for it
        )
    ):
        return False
    if not sentence.has & M["unhappy"] and sentence.denied(low, i, 45):
        return False
    if low[sentence.end - 1] == "?" and sentence.has & M["me"]:
        return True
    return any(True for _ in sentence.around(i, M["leave"] | M["ask"], 90, 90))


def _stars_asked(low: str, sentence: Sentence) -> tuple[int, int] | None:
    if not sentence.has & M["stars5"]:
        return None
    for i, (start, end, meaning) in enumerate(sentence.hits):
        if meaning & M["stars5"] and _request(low, sentence, i):
            return start, end
    return None


def _good_asked(low: str, sentence: Sentence) -> tuple[int, int] | None:
    if not sentence.has & M["positive"]:
        return None
    nouns = [i for i, hit in enumerate(sentence.hits) if hit[2] & NOUN]
    for i in nouns[:MOST_NOUNS]:
        start, end, meaning = sentence.hits[i]
        if meaning & M["positive"] and _request(low, sentence, i):
            return start, end
        reach = 22 if sentence.scale == 1.0 else 14
        for j in sentence.around(i, M["positive"], reach, 14):
            if not sentence.between(i, j, M["gapstop"] | M["leave"] | M["neg"]) and _request(low, sentence, min(i, j)):
                return sentence.span(i, j)
    return None


def _if_happy(sentence: Sentence) -> tuple[int, int] | None:
    """ "If you are happy …, leave a review": the unhappy are not asked."""
    if not sentence.has & M["happy"] or not sentence.has & M["if"]:
        return None
    for i, (_, _, meaning) in enumerate(sentence.hits):
        if meaning & M["happy"] and sentence.around(i, M["if"], 70, 12):
            if not any(True for _ in sentence.around(i, M["if"], 70, 12 if sentence.scale == 1.0 else 40)):
                continue
            for j in sentence.around(i, NOUN | STARS, 120, 140):
                told = sentence.hits[j][2] & M["leave"] or any(
                    True for _ in sentence.around(j, M["leave"] | M["ask"], 70, 60)
                )
                if told and not (sentence.last_before(j, M["thank"], 30)):
                    return sentence.span(i, j)
    return None


def _tell_us_first(sentence: Sentence) -> tuple[int, int] | None:
    """ "Contact us before you leave negative feedback": the unhappy are led away from it."""
    if not sentence.has & M["before"] or not sentence.has & (M["contact_us"] | M["contact_verb"]):
        return None
    for i, (_, _, meaning) in enumerate(sentence.hits):
        if meaning & M["before"]:
            for j in sentence.around(i, NOUN | STARS, 30 if sentence.scale < 1 else 0, 70):
                own = sentence.hits[j][2] & M["negative"]
                if own or any(True for _ in sentence.around(j, M["leave"] | M["negative"], 50, 30)):
                    return sentence.span(i, j)
    return None


def asks_for_one(speech: Speech) -> tuple[int, int] | None:
    """Where the text asks for a review or feedback at all (for the rule "once an order")."""
    for sentence in speech.sentences:
        for i, (start, end, meaning) in enumerate(sentence.hits):
            told = sentence.last_before(i, M["thank"] | M["neg"], 45)
            if meaning & NOUN and not told and any(True for _ in sentence.around(i, M["leave"], 40, 40)):
                return start, end
    return None
