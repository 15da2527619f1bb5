"""What the judge says of a mail that was read: plain values. The judge itself is triage's, handed in by app.py."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from helpdesk.intake.reading import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Verdict (DESIGN 4, classify), how sure, why in words, by which model; topic, cause and urgent flags."""

    verdict: str
    score: float | None = None
    reasons: tuple[str, ...] = ()
    model: str = ""
    topic: str | None = None
    cause: str | None = None
    urgent: tuple[str, ...] = ()


class Judge(Protocol):
    """Judges mails of one folder together: predicting in batches costs a tenth."""

    def __call__(self, readings: Sequence[Reading], role: str) -> Sequence[Judged]:
        """One judgement for each reading, in order; `role` is "inbox" or "junk"."""
