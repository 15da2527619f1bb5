"""Message rules on reviews and feedback: no change, no reward, no wish for a good one (DOMAIN 3)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from helpdesk.replies.lint_marks import Mark
from helpdesk.replies.lint_speech import NOUN, STARS, Sentence, Speech
from helpdesk.replies.lint_words import M

#: Verbs in two parts, the review between them.
_TAKE_DOWN = re.compile(
    r"\b(?:take|taking|pull|pulling|bring|bump|move|push) (?:[\w'-]+ ){1,5}?(?:review|rating|feedback|comment|stars)s?"
    r" (?:down|back|off|offline|up)\b"
    r"|\b(?:nehm|nimm|zieh|setz|stuf|heb|pass|schraub|stell)\w* (?:[\w'-]+ ){0,5}?\w*(?:bewertung|rezension|feedback"
    r"|kommentar|sterne)\w* (?:[\w'-]+ ){0,4}?(?:zuruck|raus|heraus|runter|herunter|weg|hoch|herauf|rauf|an|um"
    r"|offline)\b"
)
_JA_NOT = re.compile(r".{0,6}?(?:ません|ない|ず|禁止|いたしかね)(?!で?しょうか|か|で)")
_JA_NEVER = re.compile(
    r"ことは[^。]{0,12}(?:ません|ない)|(?:お願い|依頼)[^。]{0,6}(?:しておりません|いたしません|しません)"
)
#: A sentence that names reviews more often is looked at so far: it bounds the work in a text of nothing else.
MOST_NOUNS = 12
MOST_VERBS = 4
_KANA = re.compile(r"[\u3041-\u3096]")
_STATED = M["we"] | M["you"] | M["ask"] | M["if"] | M["thank"] | M["leave"]


def change(speech: Speech) -> Iterator[Mark]:
    """Requests to change or remove a review or feedback. A word that may mean either breaks both rules."""
    before: Sentence | None = None
    for sentence in speech.sentences:
        last, before = before, sentence
        if last is not None and _buyers_own(speech.low, last) and _meant_it(speech, sentence):
            yield from ((rule, *sentence.span(0, len(sentence.hits) - 1)) for rule in _named(last.has))
            continue
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


#: Right before, or right behind a verb of change: the thing that the sentence before named.
_IT_BEFORE = re.compile(
    r"(?:\b(?:it|them|es|ihn|(?:diesen|den) (?:text|satz|kommentar|beitrag)|die (?:zeilen|worte)|le|la|les|lo|li"
    r"|los|las"
    r"|ce (?:texte|commentaire)|ces (?:lignes|mots)|(?:este|ese) texto|quel testo|questo testo)\s(?:zu )?|\bl'|它|那条"
    r"|这条|那几句)$"
)
_IT_BEHIND = re.compile(
    r"(?:ing|s|ed)? (?:it|them|that (?:text|comment|line)|those (?:lines|words)|ihn|es)\b|-l[ea]s?\b"
    r"|它|那条|这条|那几句"
)
_IT_ENDS = re.compile(r"(?:rl|l|r)(?:o|a|e|i|os|as)$")


def _named(meanings: int) -> list[str]:
    """The rules that a change of what was named breaks."""
    both = not meanings & M["review"] and not meanings & M["feedback"]
    found = ["review_change"] if both or meanings & M["review"] else []
    return [*found, *(["feedback_change"] if both or meanings & M["feedback"] else [])]


_YOURS = re.compile(
    r"\b(?:your?|ihr\w*|sie|dein\w*|votre|vos|avez (?:laisse|ecrit|mis|poste|publie)|ton|su|sus|usted|tu|tus|lei"
    r"|suo|sua|suoi|ha|hai|escribio|escribiste"
    r"|dejo|dejaste)\b|您|你|お客様|ご|お"
)


def _buyers_own(low: str, sentence: Sentence) -> bool:
    """Does a sentence name a review of the buyer's, without thanks for it and without a denial?"""
    if not sentence.has & NOUN or sentence.has & (M["thank"] | M["neg"]):
        return False
    return _YOURS.search(low, sentence.start, sentence.end) is not None


def _meant_it(speech: Speech, sentence: Sentence) -> bool:
    """ "Please take it down", "it would be nice if they disappeared": a wish about what the sentence before named."""
    low = speech.low
    if not sentence.has & M["ask"] or sentence.has & (NOUN | M["thank"]):
        return False
    for i, (start, end, meaning) in enumerate(sentence.hits):
        if meaning & (M["vanish"] | M["change"]) and not sentence.denied(low, i, 60):
            if meaning & M["vanish"] and not meaning & M["changed"]:
                return True
            told = _IT_BEFORE.search(low, max(sentence.start, start - 20), start) or _IT_BEHIND.match(low, end)
            if told or (len(low[start:end]) > 5 and _IT_ENDS.search(low[start:end]) and " " not in low[start:end]):
                return True
    return False


_VERBS, _WISH, _ASK_OR_IF = M["change"] | M["changed"], M["ask"] | M["if"] | M["incentive"], M["ask"] | M["if"]
_COMMA = re.compile(r"[,:]\s|、|，")
_TWO_COMMAS = re.compile(r"(?:,|，|、)[^,，、]{0,30}(?:,|，|、)")


def _change_of(speech: Speech, sentence: Sentence, i: int) -> int | None:
    """The verb of change that governs noun `i` as a request; None when there is none."""
    latin = sentence.scale == 1.0
    noun = sentence.hits[i]
    wish = bool(sentence.has & _WISH)
    for j in islice(sentence.around(i, _VERBS, 45, 60 if latin else 110), MOST_VERBS):
        verb = sentence.hits[j]
        verb_first, meaning = j < i, verb[2]
        if meaning & M["change"] and verb == noun:
            return j
        gone = not verb_first and meaning & M["vanish"]
        if not gone and sentence.between(i, j, M["gapstop"] | (M["leave"] if verb_first and latin else 0)):
            continue
        gap = speech.low[min(noun[1], verb[1]) : max(noun[0], verb[0])]
        if (len(gap) > 12 and _COMMA.search(gap) and not _TWO_COMMAS.search(gap)) and (
            verb_first or (latin and not sentence.has & _ASK_OR_IF)
        ):
            continue
        if meaning & M["changed"] and not meaning & M["change"] and not wish:
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
    if sentence.scale < 1.0 and j > i and any(True for _ in sentence.around(j, M["ask"], 0, 14)):
        return True
    subject = sentence.last_before(min(i, j), _STATED)
    if subject & M["thank"]:
        return False
    if subject & M["we"] and not subject & (M["ask"] | M["if"] | M["you"]):
        later = any(sentence.hits[k][2] & M["ask"] for k in range(min(i, j), len(sentence.hits[: max(i, j) + 8])))
        return later and sentence.scale < 1.0
    if j > i and sentence.scale == 1.0 and not wish:
        return False
    return not (subject & M["you"] and not subject & M["ask"] and not wish and sentence.hits[j][2] & M["changed"])


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
