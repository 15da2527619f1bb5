"""Message rules on tone: promises, insults, ways to unsubscribe, slips of the pen (DOMAIN 3)."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from operator import itemgetter

from helpdesk.replies.lint_marks import Mark
from helpdesk.replies.lint_pledges import pledge_cjk, pledges
from helpdesk.replies.lint_speech import Sentence, Speech
from helpdesk.replies.lint_words import M

_PROFANE = re.compile(
    r"f(?<![a-z]f)[\W_]?[*u@#v][\W_]?[*c#][\W_]?k|f(?<![a-z]f)\*{3,}(?:ing|er|ed)?|s(?<![a-z']s)[\W_]?h["
    r"\W_]?[1!*i][\W_]?t\b|b(?<![a-z]b)[1!*]tch"
    r"|f(?<![a-z]f)\su\sc\sk\b|a(?<![a-z]a)\$\$hole|\$hit\b|s(?<![a-z]s)ch[*e3]i[*s]{1,3}e?\b|m(?<![a-z]m)ierd@"
    r"|c(?<![a-z]c)[*@]zzo\b|p(?<![a-z]p)ut[*@]in\b|p(?<![a-z]p)ut@"
)


def promise(speech: Speech) -> Iterator[Mark]:
    """Money, goods or liability promised: needs someone's approval."""
    begun = list(pledges(speech.text))
    at = 0
    for sentence in speech.sentences:
        first = at = bisect_left(begun, sentence.start, at, key=itemgetter(0))
        at = bisect_left(begun, sentence.end, at, key=itemgetter(0))
        if sentence.has & M["guarantee"] and not sentence.has & M["neg"]:
            i = next(k for k, h in enumerate(sentence.hits) if h[2] & M["guarantee"])
            yield "promise", *sentence.span(i)
            continue
        told = _by_verb(speech, sentence, begun[first:at])
        if told is not None:
            yield "promise", *told
            continue
        if not sentence.has & (M["refund"] | M["replace"]) or not sentence.has & M["will"]:
            continue
        if sentence.has & (M["wish"] | M["review"]) or (sentence.has & M["if"] and not sentence.has & M["we"]):
            continue
        for i, (start, end, meaning) in enumerate(sentence.hits):
            denied = sentence.last_before(i, M["neg"], 28) or any(True for _ in sentence.around(i, M["neg"], 0, 18))
            if meaning & (M["refund"] | M["replace"]) and not denied and _pledged(speech, sentence, i):
                yield "promise", start, end
                break


def _by_verb(speech: Speech, sentence: Sentence, begun: list[tuple[int, re.Pattern[str]]]) -> tuple[int, int] | None:
    """A promise told by its verb; not where it is denied, asked for, or bound to what a buyer may choose."""
    if sentence.has & (M["wish"] | M["review"]):
        return None
    if sentence.scale < 1.0:
        hit = pledge_cjk().search(speech.low, sentence.start, sentence.end)
    else:
        tried = (pattern.match(speech.low, start, sentence.end) for start, pattern in begun)
        hit = next((found for found in tried if found), None)
    if hit is None:
        return None
    start, end = hit.span()
    for a, b, meaning in sentence.hits:
        free = start < a and _FREE_OF.match(speech.low, a)
        if meaning & M["neg"] and start - 28 < b and a < end + 14 and not free:
            return None
    before = speech.low[max(sentence.start, start - 30) : start]
    return None if _OPEN.search(before) else (start, end)


#: "Without cost" denies no pledge.
_FREE_OF = re.compile(
    r"(?:without|no|ohne|sans|sin|senza) (?:\w{2,10} )?(?:cost|charge|kosten|frais|coste|cargo|gasto|spes|costi)"
)

#: Before a pledge: it is not yet one.
_OPEN = re.compile(
    r"\b(?:whether|before|how|ob|bevor|wie|si|avant|comment|antes|como|se|prima|come)"
    r"(?: \w{1,12}){0,2} ?$|(?:是否|能否)$"
)

_ASIDE = re.compile(
    r"(?:your|the|a|ihre\w*|die|der|votre|la|le|su|sua)\s(?:full\s)?(?:refund|return|replacement|erstattungs?"
    r"|reembolso|rimborso)\s(?:request|policy|option|process|form|status)"
    r"|(?:already|have been|has been|was|were|wurde|bereits|deja|ya|gia|ete|sido|stato|已经|已"
    r"|しました|いたしました|いたしておりま)"
    r"|(?:check|whether|可否|判断|審査|prufen|verifi|comprob|ob |si le|se il|是否|確認|核实)"
)


def _pledged(speech: Speech, sentence: Sentence, i: int) -> bool:
    start, end, _ = sentence.hits[i]
    if _ASIDE.search(speech.low, max(sentence.start, start - 40), min(sentence.end, end + 30)):
        return False
    return bool(sentence.hits[i][2] & M["will"]) or any(True for _ in sentence.around(i, M["will"], 60, 40))


def opt_out(speech: Speech) -> Iterator[Mark]:
    """A way to unsubscribe has no place in a marketplace's message."""
    for sentence in speech.sentences:
        if sentence.has & M["unsubscribe"] and not sentence.has & M["unsub_other"]:
            i = next(k for k, h in enumerate(sentence.hits) if h[2] & M["unsubscribe"])
            if not sentence.last_before(i, M["neg"], 30):
                yield "opt_out_link", *sentence.span(i)


def insults(speech: Speech) -> Iterator[Mark]:
    """Words that offend, in any dress."""
    if speech.has & M["profanity"]:
        for sentence in speech.sentences:
            for start, end, meaning in sentence.hits:
                if meaning & M["profanity"]:
                    yield "sensitive", start, end
    for hit in _PROFANE.finditer(speech.low):
        yield "sensitive", *hit.span()


def misspelt(speech: Speech) -> Iterator[Mark]:
    """Frequent slips of the pen."""
    if speech.has & M["spelling"]:
        for sentence in speech.sentences:
            for start, end, meaning in sentence.hits:
                if meaning & M["spelling"]:
                    yield "spelling", start, end
