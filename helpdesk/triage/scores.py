"""What a verdict rests on beside the mail: facts from our own books, the classifier's probabilities, and the bars of a folder."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Facts from our own books about a mail."""

    reply_to_ours: bool = False  #: In-Reply-To or References name a Message-ID of ours
    open_conversation: bool = False  #: the sender's address has a conversation with us
    known_order: bool = False  #: an order number in it is one of ours
    ignored_sender: bool = False  #: the configuration says that this sender is never a ticket


NO_EVIDENCE = Evidence()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """What the classifier thinks of the words and the shape: calibrated probabilities."""

    buyer: float
    spam: float = 0.0  #: advertising or fraud, rather than ordinary mail that is no buyer's
    about_buying: bool = True  #: something in it speaks of a purchase; without, only a sure score rescues it
    barred: bool = False  #: passed on without a word, a talk among others, a dangerous file: no score alone rescues it
    of_business: bool = False  #: it offers something, or speaks of office matters
    version: str = ""
    why: tuple[str, ...] = ()  #: what weighed most, in words


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """From `rescue` on a mail is a buyer's (from `sure` on, above 1 never, where no word speaks of a purchase), from `review` on
    a person looks; below it is left. Above `spam`, the probability of advertising or fraud, no score rescues."""

    rescue: float = 0.9
    review: float = 0.5
    sure: float = 1.01
    spam: float = 1.0
