"""Message rule on rewards: nothing is given for a review, feedback, or its change (DOMAIN 3)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from helpdesk.replies.lint_marks import Mark
from helpdesk.replies.lint_speech import NOUN, STARS, Sentence, Speech, same_breath
from helpdesk.replies.lint_words import M

_MONEY = re.compile(
    r"\b(?:two|three|five|ten|fifteen|twenty|zwei|drei|funf|zehn|zwanzig|deux|trois|cinq|dix|vingt|dos|tres|cinco|diez"
    r"|veinte|due|tre|cinque|dieci|venti) (?:euros?|dollars?|pounds?|percent|bucks|quid|dolares|dollari|libras?"
    r"|sterline)\b"
    r"|(?:[$€£¥]\s?\d[\d.,]*|\d[\d.,]*\s?(?:[$€£¥]|usd\b|eur\b|euros?\b|dollars?\b|gbp\b|元|块|円|美元|欧元|%|percent\b"
    r"|prozent\b))"
)
_GIFT = re.compile(
    r"gift ?cards?|vouchers?|coupons?|gutschein|geschenk|bons? d.achat|cheques? cadeau|cartes? cadeau|vales?\b"
    r"|tarjetas? (?:de )?regalo|buon[oi]\b|carte? regalo|红包|礼品卡|ギフト券|クーポン"
)
#: Verbs of Italian, Spanish and French that say "we" by their ending.
_WE_DO = re.compile(r"\b\w{2,12}(?:iamo|eremo|iremo|amos|emos|imos|ons)\b")
REACH_NOUNS = 12  #: reviews named in one sentence that are looked at: it bounds the work


def incentive(speech: Speech) -> Iterator[Mark]:
    """A reward, a refund, any advantage for a review, feedback, or its change."""
    for n, sentence in enumerate(speech.sentences):
        nouns = [i for i, h in enumerate(sentence.hits) if h[2] & (NOUN | STARS)]
        if not nouns:
            continue
        if not sentence.has & (M["review"] | M["feedback"]) and _NOT_A_REVIEW.search(
            speech.low, sentence.start, sentence.end
        ):
            continue
        if sentence.has & M["neg"] and _refused(speech.low, sentence):
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
        thanked = sentence.thanked(speech.low, i, 40)
        if (thanked and not exchanged) or (not exchanged and _settled(speech, sentence, rewards)):
            continue
        given = acted and any(_GIFT.match(speech.low, a) for a, _ in places) and not sentence.has & M["used"]
        if exchanged or (acted and offered) or given or meaning & M["incentive"]:
            a, b = min([*places, (start, end)], key=lambda p: p[0])[0], max(end, *(p[1] for p in places[:1]))
            return a, max(a + 1, b)
    return None


_SETTLED = re.compile(
    r"\b(?:already|have (?:now )?refunded|has been refunded|bereits|schon erstattet|erstattet haben|deja"
    r"|avons rembourse"
    r"|ya (?:te |le )?(?:hemos|he)|hemos (?:devuelto|reembolsado)|gia|abbiamo (?:gia )?rimborsato)\b|已|済|いたしました"
)


def _settled(speech: Speech, sentence: Sentence, rewards: list[int]) -> bool:
    """ "As we have refunded you already, …": a refund that was made is no reward to come."""
    if not rewards or any(not sentence.hits[j][2] & M["refund"] for j in rewards):
        return False
    return _settled_at(speech, sentence)


_NOT_A_REVIEW = re.compile(
    r"\b(?:technicians?|engineers?|workshop|techniker\w*|werkstatt|technicien\w*|atelier|tecnic[oi]s?|taller"
    r"|laboratorio"
    r"|form|label|return|ticket|question|photo|drawing|sketch|formular\w*|rucksend\w*|etikett\w*|formulaire|retour"
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
        told = sentence.thanked(low, i, 60) or _AFTER_YOURS.search(low[max(0, start - 30) : start])
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
        r"|in cambio|come ringraziamento|per ringrazi|作为|答谢|截图|凭|即可|就送|返(?![金品信送却])|お礼に|お礼として"
        r"|もれなく|引き換え|スクリーンショット|screenshot"
        r"|capture|bildschirmfoto|captura",
        speech.low[following.start : following.end],
    )
    if joined is None:
        return None
    return sentence.hits[nouns[0]][0], following.end


def _refused(low: str, sentence: Sentence) -> bool:
    """ "We do not offer gifts for reviews": the refusal itself."""
    for i, (_, _, meaning) in enumerate(sentence.hits[:200]):
        if meaning & M["neg"]:
            near = [
                j
                for j in sentence.around(i, M["incentive"] | NOUN | M["exchange"], 0, 90)
                if same_breath(low, sentence.hits[i][1], max(sentence.hits[j][0], sentence.hits[i][1]))
            ]
            if near and not any(
                sentence.hits[j][2] & M["unhappy"] for j in range(max(0, i - 1), min(len(sentence.hits), i + 2))
            ):
                return True
            back = list(sentence.around(i, M["incentive"] | NOUN, 60 if sentence.scale < 1.0 else 45, 0))
            if back and sentence.hits[-1][0] - sentence.hits[i][1] < 40:
                return True
    return False
