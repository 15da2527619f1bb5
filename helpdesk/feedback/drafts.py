"""What to do about a feedback, and the text for it: removal request, public reply, or a first message to the buyer.

Every text is a draft: a person reads, edits and submits it. It names nobody, carries no order number, link, phone or
incentive, stays within MAX_DRAFT characters, and is held against the message rules of public replies (lint, scope
feedback); what a removal request would quote is left out where those rules forbid it in a text.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

from helpdesk.feedback.verdict import NOT_READ, Criterion, Eligible, Judgement
from helpdesk.replies.lint import blocking, lint
from helpdesk.replies.lint_language import cjk_of, tells_language
from helpdesk.replies.lint_permitted import sentences
from helpdesk.replies.lint_text import fold

TEXTS = Path(__file__).with_name("texts")
LANGUAGES = ("en", "de", "fr", "es", "it", "ja", "zh", "pt", "nl", "pl", "sv", "tr")

#: Our own limit: Amazon names none (DOMAIN 4.1), and a reply has to be brief.
MAX_DRAFT = 500
#: A quote shorter than this says nothing.
_MIN_QUOTE = 8


class Recommended(StrEnum):
    """What a person should do first."""

    REMOVAL = "removal"
    PUBLIC_REPLY = "public_reply"
    CONTACT = "contact"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """A recommendation and its reason."""

    recommended: Recommended
    reason: str


#: Matters that can still be put right with the buyer; the others only need an answer that readers see.
_OPEN_MATTERS = frozenset({"late_shipment", "returns_refunds", "wrong_item", "customer_service", "stock_out"})


def advise(rating: int, judgement: Judgement, *, answered: bool = False) -> Advice:
    """What to do; `answered`: a public reply stands already, and there is no second one (DOMAIN 4.1)."""
    return _advise(rating, judgement.verdict, judgement.criterion, judgement.topic, judgement.why, answered)


@lru_cache(maxsize=1024)
def _advise(
    rating: int, verdict: Eligible, criterion: Criterion | None, topic: str, why: str, answered: bool
) -> Advice:
    if rating >= 4:
        return Advice(recommended=Recommended.NONE, reason="4 and 5 stars help the rating")
    if verdict is Eligible.LIKELY and criterion is not None:
        return Advice(recommended=Recommended.REMOVAL, reason=f"{criterion.value}: {why}")
    if why == NOT_READ:
        reason = f"{NOT_READ}: have it translated before anything is sent"
        return Advice(recommended=Recommended.CONTACT if answered else Recommended.PUBLIC_REPLY, reason=reason)
    if answered:
        return Advice(recommended=Recommended.CONTACT, reason="a public reply stands; there is only one")
    if topic in _OPEN_MATTERS:
        return Advice(
            recommended=Recommended.CONTACT,
            reason="it can still be put right; after that the buyer may be told once that feedback can be changed",
        )
    return Advice(recommended=Recommended.PUBLIC_REPLY, reason=f"no removal ({why}); readers should see an answer")


@lru_cache(maxsize=1)
def general() -> dict[str, dict[str, str]]:
    """What can be said in languages that are not read: language → thanks, regret, passed_on, invite, invite_again."""
    return tomllib.loads((TEXTS / "general.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=16)
def _texts(language: str) -> dict[str, Any]:
    """A language's texts; a removal request, which Amazon reads, is in English where we have none."""
    name = language if language in LANGUAGES else "en"
    return tomllib.loads((TEXTS / f"{name}.toml").read_text(encoding="utf-8"))


def _joined(parts: list[str], language: str) -> str:
    return ("" if language in {"ja", "zh"} else " ").join(part for part in parts if part)


@lru_cache(maxsize=1024)
def public_reply(topic: str, language: str, rating: int) -> str:
    """Thanks (and regret below 4 stars), what was done, and the way to us: through the order's messages.

    Of a comment that is not read nothing is repeated; "" where its language has no text: never one in another.
    """
    if language not in LANGUAGES:
        return _unread_reply(language, rating)
    texts = _texts(language)["reply"]
    if rating >= 4:
        return _joined([texts["thanks"], texts["invite_again"]], language)
    done = texts["topic"].get(topic, texts["topic"]["other"])
    opening = texts["regret"] if rating <= 2 else texts["thanks"]
    return _joined([opening, done, texts["invite"] if rating <= 2 else texts["invite_again"]], language)


def _unread_reply(language: str, rating: int) -> str:
    texts = general().get(language)
    if texts is None:
        return ""
    names = ("thanks", "invite_again") if rating >= 4 else ("thanks", "passed_on", "invite_again")
    return " ".join(texts[name] for name in (("regret", "passed_on", "invite") if rating <= 2 else names))


@lru_cache(maxsize=1024)
def contact(topic: str, language: str) -> str:
    """A first message to the buyer: what is open, and one question. It says nothing of changing feedback.

    "" in a language that is not read: the question would be a guess.
    """
    if language not in LANGUAGES:
        return ""
    texts = _texts(language)["contact"]
    return _joined([texts["opening"], texts["topic"].get(topic, texts["topic"]["other"]), texts["closing"]], language)


def mention(language: str) -> str:
    """What a buyer may be told once, and only after the matter is solved (DOMAIN 4.1): that feedback can be changed.

    Without pressure or reward; "" in a language that is not read. The reply form lets it pass on a resolved ticket.
    """
    return sentences().get(language, "")


def removal_request(
    comment: str, criterion: Criterion, evidence: tuple[str, ...], language: str, *, thorough: bool = True
) -> str:
    """Criterion, quote and request, in two sentences beside the quote.

    Where the whole comment counts it is quoted as far as it fits; an obscene or personal piece is named, not repeated.
    `thorough`: hold the quote as a whole against the message rules, which takes 1 ms; else its words one by one, which
    are remembered (a large report; `approve` looks at the whole again).
    """
    texts = _texts(language)
    frame: str = texts["removal"][criterion.value]
    unquoted: str = frame.replace("{quote}", texts["removal"]["unquoted"][criterion.value])
    if criterion in {Criterion.PROFANITY, Criterion.PERSONAL_DATA}:
        return unquoted  # the piece itself is what must not be repeated in a text
    quote = " ".join(comment.split())
    room = MAX_DRAFT - len(frame) + len("{quote}") - len(texts["quote"]) + 2
    if len(quote) > room:
        quote = quote[: room - 1].rstrip() + "…"
    quoted = frame.replace("{quote}", texts["quote"].replace("{}", quote))
    if len(quote) < _MIN_QUOTE and not evidence:
        return unquoted
    if thorough:
        return unquoted if _forbidden(quoted) else quoted
    words = _WORDS.findall(quote)
    known = _known_words
    if not known.keys() >= {*words}:
        learn(words)
    return unquoted if _MARKS.search(quote) or any(known.get(word, True) for word in words) else quoted


#: Addresses, links, gaps and numbers long enough to be called.
_MARKS = re.compile(r"[@＠{}\[\]<>|]|://|www\.|\w\.\w|\d(?:\W?\d){5}")
_WORDS = re.compile(r"[^\W\d_]{3,}")


#: Word → is it forbidden in a text, whatever its language? Emptied when it has grown too large.
_known_words: dict[str, bool] = {}
_MOST_WORDS = 400_000


def learn(words: Iterable[str]) -> dict[str, bool]:
    """Find out which words the message rules forbid by themselves, many at a time: most are harmless, and a check
    costs nearly as much for one word as for fifty. Returns those that were not known."""
    if len(_known_words) > _MOST_WORDS:
        _known_words.clear()
    found: dict[str, bool] = {}
    waiting = _batches([word for word in dict.fromkeys(words) if word not in _known_words])
    while waiting:
        some = waiting.pop()
        if not _forbidden(f"{_APART.join(some)}."):
            found |= dict.fromkeys(some, False)
        elif len(some) == 1:
            found[some[0]] = True
        else:
            middle = len(some) // 2
            waiting += [some[:middle], some[middle:]]
    _known_words.update(found)
    return found


#: So many words are checked together, and this stands between them: no phrase goes beyond it. The last one is followed
#: by something too: "todo" at the very end is a note to oneself.
_TOGETHER, _APART = 64, ".\n\n"


def _batches(words: list[str]) -> list[list[str]]:
    """Words that are checked together without one changing what another means: none of them tells a Latin language,
    and Chinese stands beside Chinese alone."""
    batches: list[list[str]] = []
    by_script: dict[str, list[str]] = {}
    folded = fold("\n".join(words)).low.split("\n") if words else []
    for word, plain in zip(words, folded, strict=True):
        if tells_language(plain):
            batches.append([word])
        else:
            by_script.setdefault(cjk_of(plain), []).append(word)
    for alike in by_script.values():
        batches += [alike[start : start + _TOGETHER] for start in range(0, len(alike), _TOGETHER)]
    return batches


def learn_from(comments: Iterable[str]) -> dict[str, bool]:
    """`learn` the words of comments that will be quoted."""
    words: dict[str, None] = {}
    for comment in comments:
        words |= dict.fromkeys(_WORDS.findall(comment))
    return learn(words)


def remember(words: dict[str, bool]) -> None:
    """Take over what another process has learnt."""
    _known_words.update(words)


def _forbidden(text: str) -> bool:
    return bool(blocking(lint(text, scope="feedback")))


def draft_for(comment: str, rating: int, judgement: Judgement, advice: Advice, *, thorough: bool = True) -> str:
    """The text that fits the recommendation."""
    about = judgement.topic
    if advice.recommended is Recommended.REMOVAL and judgement.criterion is not None:
        return removal_request(comment, judgement.criterion, judgement.evidence, judgement.language, thorough=thorough)
    if advice.recommended is Recommended.CONTACT:
        return contact(about, judgement.language)
    return public_reply(about, judgement.language, rating)
