"""Whole letters, written out one by one: what buyers and all others write to a shop, in their own words and any mood.

The grammar beside puts sentences together and covers much; these show how people really come to the point: late, in passing, or
not at all. One file a language under grammar/letters/, a letter a line: `Subject || body`, `\\n` is a line break; sections
`buyer TOPIC/CAUSE` and `other KIND` as in the grammar. Languages may have letters without having a grammar.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from helpdesk.triage.grammar import sentences

_FOLDER = Path(__file__).resolve().parent / "grammar" / "letters"


@dataclass(frozen=True, slots=True)
class Written:
    """One letter. `what`: topic/cause of a buyer's, the kind of any other."""

    language: str  #: ISO 639-1
    what: str
    subject: str
    body: str


@cache
def buyers() -> tuple[Written, ...]:
    """Every buyer's letter, in a fixed order."""
    return _of("buyer")


@cache
def others() -> tuple[Written, ...]:
    """Every letter of anybody else."""
    return _of("other")


def _of(side: str) -> tuple[Written, ...]:
    found = []
    for path in sorted(_FOLDER.glob(f"{side}s-*.txt")):
        for section, lines in sentences(f"letters/{path.stem}").items():
            for line in lines:
                subject, _, body = line.partition("||")
                found.append(
                    Written(
                        path.stem.partition("-")[2], section.removeprefix(f"{side} "), subject.strip(), body.strip()
                    )
                )
    return tuple(found)
