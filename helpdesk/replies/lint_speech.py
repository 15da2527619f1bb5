"""Sentences for the message rules: where they end, which meanings stand in them, and how near to one another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from helpdesk.replies.lint_language import Words
from helpdesk.replies.lint_words import NEUTRAL, Hit, M, hits_of

NOUN = M["review"] | M["feedback"] | M["rating"]
STARS = M["stars5"] | M["stars1"]
REACH = 40  # hits looked at on either side: bounds the work in a text of nothing but hits
_MAX_SENTENCE = 700
_WIDE = re.compile(r"[\u3041-\u9fff]+")

#: It begins with a set of characters: so it is searched far faster than by its alternatives.
_END = re.compile(
    r"[.!?…。；;\n](?:(?<=[.!?…])[.!?…]*[\"')\]]*(?=\s|$)|(?<=[。！？!?；])[。！？!?；]*"
    r"|(?<=\n)(?:[ \t]*(?:\n[ \t]*)*(?=\n)|(?=[ \t]*(?:[-*•]|\d{1,2}[.)])\s))|(?<=;)\s)"
)
_BEFORE_NOUN = re.compile(
    r"(?:\b(?:a|an|your|this|that|my|honest|product|positive|negative|good|bad|great|star|stars|customer"
    r"|amazon|short|quick|leave"
    r"|write|post|edit|change|remove|update|delete|revise|no|any|another|new|original|first|one|favorable|favourable"
    r"|glowing|nice|excellent|low|5|for|critical|unfair|updated|revised|verified|little|brief)[ -]|\breview/)$"
)
_GOVERNED = re.compile(
    r"\b(?:edit|chang|remov|delet|updat|revis|amend|modify|withdraw|reconsider|leav|writ|post|submit"
    r"|publish|shar|rewrit)\w{0,3} (?:the|this|that|your|a|our|an) $"
)
_SPOKEN_OF = re.compile(
    r"\s(?:(?:could|can|might|would|should|to|is|was|were|has)\s(?:be|been)\s(?:taken|removed|deleted"
    r"|changed|updated|edited|revised)"
    r"|you (?:left|wrote|posted|gave|submitted|published)|on (?:the product|amazon|our listing)"
    r"|page\b|section\b|rating\b)"
)
_AFTER_NOUN_NOT = re.compile(
    r"(?:\s(?:of (?:your|the|this|our) (?:case|order|request|claim|account|return|message|file|situation"
    r"|matter|details)"
    r"|process|team|period|your|the|our|this|it|them|these|all|board"
    r"|by our|carefully|attached|meeting|date)\b)"
)
#: Where a new clause takes another course than the one before it.
_BREATH = re.compile(
    r"[,:;(-]\s?(?:(?:and|so|but) )?(?:please|but|instead|rather|just|simply|why not|kindly|contact|write|message"
    r"|add|call"
    r"|so (?:please|just|we|you|why)|you can|feel free|we'd|we would|better|bitte|sondern|aber|doch|daher|deshalb"
    r"|also|darum"
    r"|schreib|kontaktier|melde|besser|am besten|lieber|mais|veuillez|merci|alors|donc|plutot|ecrivez|contactez"
    r"|nous vous"
    r"|pero|sino|por favor|asi que|mejor|escrib|contact|por eso|por lo que|ma |bensi|percio|quindi|piuttosto"
    r"|la preghiamo"
    r"|ci scriva|ci contatti|meglio|scriv|per favore|per cui)"
    r"|[,:]\s?(?:je|nous|wir|ich|we|i|io|le|la|vi|lei|usted|if|when|once|anyone|whoever|everyone|all who|wenn"
    r"|sobald|wer|alle|si|des que|a chi|chi|se|quando"
    r"|a quien|quien"
    r"|cuando|celui qui|ceux qui) "
    r"|\b(?:because|but|weil|sondern|porque|sino|perche|parce que|car) "
    r"|[,、;:，]\s?(?:请|麻烦|但|而|可以|您可以|直接|欢迎|烦请|所以|因此|不如|还是|您|我们|如果|劳烦)|ので|ため、|から、|が、|けど|けれど"
)


def same_breath(low: str, a: int, b: int) -> bool:
    """Does no new clause begin between two places?"""
    return _BREATH.search(low, a, b) is None


@dataclass(slots=True)
class Sentence:
    """One sentence: its place, its hits in order, and the union of their meanings."""

    start: int
    end: int
    hits: list[Hit]
    has: int
    scale: float  #: how far words may stand apart: Chinese and Japanese say more in fewer characters

    def around(self, i: int, meaning: int, before: float, after: float) -> Iterator[int]:
        """Indices of hits with a meaning, within so many characters before or after hit `i`, the nearest first."""
        if not self.has & meaning:
            return
        hits = self.hits
        start, end, _ = hits[i]
        first, last = start - before * self.scale, end + after * self.scale
        for j in range(i - 1, max(-1, i - REACH), -1):
            _, b, found = hits[j]
            if b < first:
                break
            if found & meaning:
                yield j
        for j in range(i + 1, min(len(hits), i + REACH)):
            a, _, found = hits[j]
            if a > last:
                break
            if found & meaning:
                yield j

    def between(self, i: int, j: int, meaning: int) -> bool:
        """Does a meaning stand between two hits?"""
        if not self.has & meaning:
            return False
        first, last = (i, j) if i < j else (j, i)
        for hit in self.hits[first + 1 : min(last, first + REACH)]:  # noqa: SIM110 -- any() costs twice as much
            if hit[2] & meaning:
                return True
        return False

    def last_before(self, i: int, meaning: int, reach: float = 1000) -> int:
        """The nearest hit before `i` with any of these meanings: its meanings, or 0."""
        for j in range(i - 1, max(-1, i - REACH), -1):
            if self.hits[i][0] - self.hits[j][1] > reach * self.scale:
                return 0
            if self.hits[j][2] & meaning:
                return self.hits[j][2] & meaning
        return 0

    def denied(self, low: str, i: int, before: float, after: float = 0) -> bool:
        """Is hit `i` denied: by a word at most so far before or behind it, in the same breath?

        "We don't take returns here, please write to us on WhatsApp" denies the returns alone.
        """
        if not self.has & M["neg"]:
            return False
        for k in self.around(i, M["neg"], before, after):
            a, b = (self.hits[k][1], self.hits[i][0]) if k < i else (self.hits[i][1], self.hits[k][0])
            if a >= b or same_breath(low, a, b):
                return True
        return False

    def thanked(self, low: str, i: int, reach: float) -> bool:
        """Does thanks for what was done stand before hit `i`, in the same breath?"""
        for k in self.around(i, M["thank"], reach, 0):
            if self.hits[k][1] >= self.hits[i][0] or same_breath(low, self.hits[k][1], self.hits[i][0]):
                return True
        return False

    def span(self, *indices: int) -> tuple[int, int]:
        """From the first to the last of some hits."""
        chosen = [self.hits[i] for i in indices]
        return min(h[0] for h in chosen), max(h[1] for h in chosen)


@dataclass(slots=True)
class Speech:
    """A whole text: `low` and its sentences."""

    low: str
    text: Words
    sentences: list[Sentence]
    has: int


def understand(text: Words) -> Speech:
    """Find sentences and meanings of a text."""
    low = text.low
    hits = [hit for hit in hits_of(text) if hit[2] != NEUTRAL]
    if "review" in text.has:
        hits = [hit for hit in (_noun(low, hit) for hit in hits) if hit[2] != NEUTRAL]
    if '"' in low:
        hits = _not_quoted(low, hits)
    wide = not low.isascii() and _WIDE.search(low) is not None
    sentences: list[Sentence] = []
    every = 0
    at = 0
    count = len(hits)
    for start, end in _bounds(low) if hits else ():
        first, has = at, 0
        while at < count and hits[at][0] < end:
            has |= hits[at][2]
            at += 1
        if at == first:
            continue
        if has & (M["opinion"] | M["write"]) and has & M["public"] and not has & NOUN:
            meant = M["opinion"] if has & M["opinion"] else M["write"] if _PAGE.search(low, start, end) else 0
            if meant:
                hits[first:at] = [(a, b, m | M["rating"] if m & meant else m) for a, b, m in hits[first:at]]
                has |= M["rating"]
        scale = 0.45 if wide and 3 * sum(map(len, _WIDE.findall(low, start, end))) > end - start else 1.0
        sentences.append(Sentence(start, end, hits[first:at], has, scale))
        every |= has
    return Speech(low, text, sentences, every)


#: "Write something on the product page": it is a review that is meant.
_PAGE = re.compile(r"\b(?:page|listing|\w*seite|fiche|ficha|pagina|scheda)\b|页|ページ")
_QUOTED = re.compile(
    r"(?:\b(?:wr[io]te|sa(?:id|y)|schr(?:ei|ie)b\w*|sag\w*|ecri\w*|dites|escrib\w*|dice|scriv\w*)\b|写|说|書|おっしゃ)"
    r'[^"\n]{0,20}"[^"\n]{1,200}"'
)


def _not_quoted(low: str, hits: list[Hit]) -> list[Hit]:
    """Without the buyer's own words: 'You wrote "I will remove my review if you refund me"' asks for nothing."""
    quoted = [hit.span() for hit in _QUOTED.finditer(low)]
    if not quoted:
        return hits
    kept = M["profanity"] | M["spelling"]
    return [
        hit
        for hit in hits
        if hit[2] & kept or not any(a <= hit[0] < b and '"' in low[a : hit[0]] for a, b in quoted[:50])
    ]


def _bounds(low: str) -> Iterator[tuple[int, int]]:
    """Where sentences begin and end; one without end is cut at a fixed length."""
    start = 0
    for hit in _END.finditer(low):
        at, end = hit.span()
        if low[at] == "." and (
            (end - start < 4 and _GOES_ON.match(low, end)) or (_FOLLOWED.match(low, at) and _abbreviation(low, at))
        ):
            continue
        if end - start > _MAX_SENTENCE:
            yield from _cut(start, end)
        else:
            yield start, end
        start = end
    yield from _cut(start, len(low))


def _cut(start: int, end: int) -> Iterator[tuple[int, int]]:
    while end - start > _MAX_SENTENCE:
        yield start, start + _MAX_SENTENCE
        start += _MAX_SENTENCE
    if end > start:
        yield start, end


def _abbreviation(low: str, dot: int) -> bool:
    """ "z. B.", "e.g.", "Nr. 5", "p. ej.", "Sig.ra", "1. August" end no sentence."""
    return _SHORT.search(low[max(0, dot - 8) : dot]) is not None


_GOES_ON = re.compile(r"\s[a-z0-9(]")
_FOLLOWED = re.compile(r"\.\s?[a-z0-9]")
_SHORT = re.compile(
    r"(?:^|[\s(.])(?:(?<!\d )[a-z]|nr|no|ca|bzw|usw|sr|sra|mr|mrs|ms|dr|st|art|tel|ej|vs|inkl|evtl|ggf|etc|approx"
    r"|\d{1,2})$"
)


def _noun(low: str, hit: Hit) -> Hit:
    """English "review" is a noun or a verb: what stands beside it tells."""
    start, end, meaning = hit
    if not meaning & M["review_verb"]:
        return hit
    meaning &= ~M["review_verb"]
    before, after = low[max(0, start - 24) : start], low[end : end + 40]
    if _GOVERNED.search(before) or _SPOKEN_OF.match(after):
        return start, end, meaning | M["review"]
    if _BEFORE_NOUN.search(low[max(0, start - 14) : start]) and not _AFTER_NOUN_NOT.match(low[end : end + 40]):
        return start, end, meaning | M["review"]
    return start, end, meaning or M["neutral"]
