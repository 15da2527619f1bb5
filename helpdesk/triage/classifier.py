"""Is it a buyer's? A linear model over hashed words and facts, calibrated, whose reasons can be told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from helpdesk.errors import ModelFileError
from helpdesk.intake.reading import Reading
from helpdesk.triage import modelfile
from helpdesk.triage.features import NAMES, Features, features_of
from helpdesk.triage.topics import TopicModel
from helpdesk.triage.vectors import WIDTH, sums
from helpdesk.triage.verdict import Scores, Thresholds

#: The classes, in the order of the rows of `coef`.
CLASSES = ("buyer", "other", "spam")

#: What a fact that weighed says to a person; facts without a line here are not told.
_TOLD = {
    "free_mail": "a private mail provider", "quotes_us": "it quotes a mail of ours", "text_order": "it names an order", "subject_order": "an order in its subject",
    "talk_trouble": "it speaks of a problem with a purchase", "talk_order": "it speaks of an order or parcel", "talk_ask": "one person asks another",
    "no_links": "no links", "image_files": "a photo attached", "contact_form": "sent by a contact form", "talk_offer": "it offers something to a seller", "talk_lure": "it urges to act or sign in",
    "talk_bulk": "it speaks like a newsletter", "talk_work": "it speaks of office matters", "talk_goods": "it speaks of a thing that shops sell", "talk_remedy": "it asks for a remedy", "link_foreign": "links lead elsewhere", "unsubscribe": "it can be unsubscribed from", "html_styled": "laid out like advertising",
    "remote_images": "it loads pictures from outside", "your_shop": "it speaks of “your shop”", "role_local": "sent by a department, not a person", "no_reply": "it wants no answer", "danger_files": "a dangerous attachment",
    "link_numeric": "a link to a bare address", "link_short": "a shortened link", "reply_elsewhere": "answers go to another host",
}  # fmt: skip


def calibrated(shares: Any, calibration: tuple[float, float]) -> Any:
    """Scores made probabilities: the buyer's log odds times the slope plus the offset; what is left is shared as before."""
    import numpy as np

    slope, offset = calibration
    if (slope, offset) == (1.0, 0.0):
        return shares
    rest = np.maximum(1 - shares[:, :1], 1e-9)
    buyer = 1 / (1 + np.exp(-(slope * (np.log(np.maximum(shares[:, :1], 1e-9)) - np.log(rest)) + offset)))
    return np.hstack([buyer, shares[:, 1:] * ((1 - buyer) / rest)])


@dataclass(frozen=True)
class Model:
    """A loaded model: both classifiers, thresholds by folder, version."""

    coef: Any  #: float32, classes x (WIDTH + facts)
    intercept: Any
    calibration: tuple[float, float]  #: slope and offset of the buyer's log odds, fitted on sources not seen
    thresholds: dict[str, Thresholds]
    topics: TopicModel
    version: str

    @cached_property
    def _by_column(self) -> Any:
        """The coefficients with one row a column: what a mail's words touch lies side by side."""
        import numpy as np

        return np.ascontiguousarray(self.coef.T)

    @cached_property
    def _weights(self) -> list[tuple[int, str, float]]:
        """(place, name, weight towards a buyer) of each fact that is told."""
        return [(i, name, float(self.coef[0][WIDTH + i])) for i, name in enumerate(NAMES) if name in _TOLD]

    def scores(self, readings: Sequence[Reading], features: Sequence[Features] | None = None) -> list[Scores]:
        """One score for each reading, predicted together."""
        if not readings:
            return []
        kept: list[Features] = []
        shares = self.probabilities(_passing(map(features_of, readings) if features is None else features, kept))
        return [
            Scores(
                buyer=float(row[0]),
                spam=float(row[2]),
                about_buying=one.about_buying,
                barred=one.barred,
                of_business=one.of_business,
                version=self.version,
                why=self._why(one, float(row[0])),
            )
            for row, one in zip(shares, kept, strict=True)
        ]

    def probabilities(self, features: Iterable[Features]) -> Any:
        """Array of mails x classes, each row summing to 1: what LogisticRegression.predict_proba gives, calibrated."""
        return self._shares(sums(features, self._by_column))

    def shares(self, rows: Any) -> Any:
        """The same from rows of `vectors.matrix`: for those who judge the same mails by many models."""
        return self._shares(rows @ self.coef.T)

    def _shares(self, summed: Any) -> Any:
        import numpy as np

        raw = summed + self.intercept
        raw -= raw.max(axis=1, keepdims=True)
        shares = np.exp(raw)
        shares /= shares.sum(axis=1, keepdims=True)
        return calibrated(shares, self.calibration)

    def _why(self, one: Features, buyer: float) -> tuple[str, ...]:
        """The three facts that weighed most towards what was found."""
        sign = 1.0 if buyer >= 0.5 else -1.0
        told = [(sign * value * weight, name) for i, name, weight in self._weights if (value := one.facts[i])]
        return tuple(_TOLD[name] for weight, name in sorted(told, reverse=True)[:3] if weight > 0.3)

    def content(self) -> dict[str, Any]:
        """What is written to the model file."""
        return {
            "coef": self.coef.astype("float16"), "intercept": self.intercept.astype("float16"), "calibration": list(self.calibration), "facts": list(NAMES), "width": WIDTH,
            "thresholds": {name: [t.rescue, t.review, t.sure, t.spam] for name, t in self.thresholds.items()}, "topics": self.topics.content(),
        }  # fmt: skip


def _passing(features: Iterable[Features], kept: list[Features]) -> Iterator[Features]:
    """The features as they come; what is kept of them has lost its words, hundreds a mail."""
    for one in features:
        kept.append(replace(one, words=[]))
        yield one


def load_model(folder: Path) -> Model:
    """The model of a folder; ModelFileError when it is missing, foreign, tampered with or of another version."""
    content, version = modelfile.load(folder)
    return model_of(content, version, str(folder / modelfile.FILE), ": reinstall helpdesk, or train anew")


def model_of(content: dict[str, Any], version: str, where: str, remedy: str = "") -> Model:
    """The model of a file's content; ModelFileError, naming `where` it stood, when it is of another version."""
    try:
        if (
            content["facts"] != list(NAMES)
            or content["width"] != WIDTH
            or content["coef"].shape != (len(CLASSES), WIDTH + len(NAMES))
        ):
            raise ModelFileError(f"{where} was trained by another version of helpdesk{remedy}")
        return Model(
            coef=content["coef"].astype("float32"),
            intercept=content["intercept"].astype("float32"),
            calibration=(float(content["calibration"][0]), float(content["calibration"][1])),
            thresholds={
                name: Thresholds(rescue=four[0], review=four[1], sure=four[2], spam=four[3])
                for name, four in content["thresholds"].items()
            },
            topics=TopicModel.of(content["topics"]),
            version=version,
        )
    except (KeyError, TypeError, AttributeError, ValueError, IndexError):
        raise ModelFileError(f"{where} is no model of helpdesk{remedy}") from None
