"""The judge that intake is handed: rules and classifier, loaded at the first mail, not at the first import."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from helpdesk.errors import ModelFileError
from helpdesk.intake.judged import Judge, Judged
from helpdesk.resources import models_folder
from helpdesk.settings.advice import matches

if TYPE_CHECKING:
    from helpdesk.feedback.about import About
    from helpdesk.feedback.second import SecondOpinion
    from helpdesk.intake.reading import Reading
    from helpdesk.triage.classifier import Model
    from helpdesk.triage.judging import Triage


class LazyJudge:
    """Loads scikit-learn and the model when it is first needed: 0.8 s that no idle command should pay."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = models_folder(folder)
        self._lock = threading.Lock()
        self._triage: Triage | None = None
        self.taken = ""  #: version of the learnt model that was asked for; "" for the shipped one
        self.trouble = ""  #: why it is not used, though asked for

    def load(self) -> Triage:
        """The rules with the model; raises ModelFileError when it is missing, foreign or tampered with."""
        with self._lock:
            if self._triage is None:
                from helpdesk.triage.classifier import load_model
                from helpdesk.triage.judging import Triage

                self._triage = Triage(load_model(self.folder))
            return self._triage

    def take(self, version: str, model: Model | None, trouble: str = "") -> None:
        """Judge with a learnt model from the next batch on; None: with the shipped one."""
        from helpdesk.triage.judging import Triage

        with self._lock:
            self.taken, self.trouble = version, trouble
            self._triage = Triage(model) if model is not None else None

    def warm(self) -> None:
        """Load everything that the first mail would wait for: the model, the language profiles, compiled patterns."""
        from helpdesk.intake import language
        from helpdesk.intake.read import read
        from helpdesk.triage import hints

        language.warm()
        hints.warm()
        mail = (
            b"From: Anna <anna@buyers.invalid>\r\nSubject: Order\r\nMessage-ID: <1@buyers.invalid>\r\n"
            b"Content-Type: text/html; charset=utf-8\r\n\r\n<p>Guten Tag, wo ist meine Bestellung?</p>"
        )
        self([read(mail, arrived=datetime.now(UTC))], "inbox")

    def version(self) -> str:
        """The model's version."""
        return str(self.load().model.version)

    def __call__(self, readings: Sequence[Reading], role: str) -> list[Judged]:
        """One judgement for each reading; `role` is "inbox" or "junk"."""
        return self.load()(readings, role)


class LazySecond:
    """The topic classifier's opinion of feedback comments, from the same model, loaded when there is one to judge.

    Without a model feedback is judged by its words alone; the doctor tells what is wrong with the model.
    """

    def __init__(self, judge: LazyJudge) -> None:
        self._judge = judge
        self._second: SecondOpinion | None = None

    def __call__(
        self, comments: Sequence[str], languages: Sequence[str], *, quick: bool = False
    ) -> Sequence[About | None]:
        """One opinion for each comment; None where no model can be loaded."""
        second = self.load()
        return second(comments, languages, quick=quick) if second is not None else [None] * len(comments)

    def load(self) -> SecondOpinion | None:
        """The classifier, loaded now if it was not before; None where it cannot be."""
        if self._second is None:
            from helpdesk.feedback.second import SecondOpinion

            with suppress(ModelFileError):
                self._second = SecondOpinion(self._judge.load().model.topics)
        return self._second


@dataclass(frozen=True, slots=True)
class IgnoringJudge:
    """A judge that leaves out whom `ignore_senders` of a mailbox names: addresses, domains or shell patterns."""

    judge: Judge
    patterns: tuple[str, ...]

    def __call__(self, readings: Sequence[Reading], role: str) -> list[Judged]:
        """The judge's verdicts; an ignored sender's mail is bulk, whatever it says."""
        from helpdesk.triage.verdict import IGNORED

        return [
            replace(one, verdict="bulk", score=0.01, reasons=(IGNORED,), topic=None, cause=None, urgent=())
            if any(matches(pattern, reading.parsed.from_addr) for pattern in self.patterns)
            else one
            for reading, one in zip(readings, self.judge(readings, role), strict=True)
        ]
