"""What can be said of a feedback: how sure we are, and of which of Amazon's criteria. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

#: Why nothing is said of a comment in a language without a word file.
NOT_READ = "its language is not read"


class Eligible(StrEnum):
    """How sure we are that a criterion is met."""

    LIKELY = "likely"
    UNCLEAR = "unclear"
    NO = "no"


class Criterion(StrEnum):
    """Amazon's criteria: the first three remove a feedback, the last two strike it through."""

    PROFANITY = "profanity"
    PERSONAL_DATA = "personal_data"
    PRODUCT_REVIEW = "product_review"
    FBA_DELIVERY = "fba_delivery"
    BUY_SHIPPING_DELIVERY = "buy_shipping_delivery"


class Judgement(NamedTuple):
    """The verdict, what it rests on, and what would settle it."""

    verdict: Eligible
    criterion: Criterion | None = None
    evidence: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    why: str = ""
    language: str = "en"
    topic: str = "other"
    cause: str | None = None
