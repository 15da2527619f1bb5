"""Readings in, judgements out: rules, classifier and topics together, a batch at a time.

`Triage(load_model(resource("models")))` is the Judge that intake asks (helpdesk.intake.judged.Judge).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from helpdesk.domain import Verdict
from helpdesk.intake.judged import Judged
from helpdesk.intake.reading import Reading
from helpdesk.triage.classifier import Model
from helpdesk.triage.features import replied
from helpdesk.triage.topics import TopicJudgement
from helpdesk.triage.verdict import NO_EVIDENCE, RULES, WEIGHED, Case, Evidence, Judgement, Scores, conclude

#: Verdicts whose mails get a topic.
_WITH_TOPIC = frozenset({Verdict.BUYER, Verdict.REVIEW})
#: The rules from the first on that weighs; `judge_all` asks those before once.
_FIRST = next(index for index, rule in enumerate(RULES) if rule.name in WEIGHED)
_WEIGHING = RULES[_FIRST:]


@dataclass(frozen=True, slots=True)
class Triage:
    """Judges mails with one model."""

    model: Model

    def __call__(self, readings: Sequence[Reading], role: str) -> list[Judged]:
        """One judgement for each reading, in order; `role` is "inbox" or "junk"."""
        judged = self.judge_all(readings, folder=role)
        return [
            Judged(
                verdict=str(judgement.verdict),
                score=judgement.score,
                reasons=judgement.reasons,
                model=self.model.version,
                topic=topic.topic if topic else None,
                cause=topic.cause if topic else None,
                urgent=topic.urgent if topic else (),
            )
            for judgement, topic in judged
        ]

    def judge_all(
        self, readings: Sequence[Reading], evidence: Sequence[Evidence] = (), *, folder: str = "junk"
    ) -> list[tuple[Judgement, TopicJudgement | None]]:
        """Judgement and topic (buyers' and doubtful mails only) for each reading. `evidence` is empty or one for each."""
        found: list[Judgement | None] = []
        doubtful: list[int] = []
        thresholds = self.model.thresholds.get(folder, self.model.thresholds["junk"])
        cases = []
        for index, reading in enumerate(readings):
            case = Case(reading, evidence[index] if evidence else NO_EVIDENCE, Scores(buyer=0.0), thresholds, folder)
            cases.append(case)
            rule = next((rule for rule in RULES[:_FIRST] if rule.check(case)), None)
            if rule is None:
                doubtful.append(index)
                found.append(None)
            else:
                found.append(conclude(case, rule))
        scores = self.model.scores([readings[index] for index in doubtful])
        for index, score in zip(doubtful, scores, strict=True):
            case = Case(readings[index], cases[index].evidence, score, thresholds, folder)
            # all the rules before those have been asked, and none hit: they do not look at scores
            rule = next(rule for rule in _WEIGHING if rule.check(case))
            found[index] = conclude(case, rule)
        judgements = [one for one in found if one is not None]
        about = [index for index, one in enumerate(judgements) if one.verdict in _WITH_TOPIC]
        topics = dict(
            zip(
                about,
                self.model.topics.judge([matter(readings[i]) for i in about], [readings[i].language for i in about]),
                strict=True,
            )
        )
        return [(one, topics.get(index)) for index, one in enumerate(judgements)]


def matter(reading: Reading) -> str:
    """What a topic is judged by: the buyer's own words, below the subject where he chose one (not a template's, nor a reply's)."""
    subject = str(reading.facts.get("subject", "")) if reading.kind == "contact_form" else ""
    if reading.kind is None and reading.channel == "direct" and not replied(reading.parsed.subject):
        subject = reading.parsed.subject
    return f"{subject.strip()}\n{reading.text}".strip()
