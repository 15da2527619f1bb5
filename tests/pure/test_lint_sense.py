"""The message rules' second opinion: what it says of sentences whose words no rule knows, and that it stays one."""

from __future__ import annotations

import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.errors import ModelFileError
from helpdesk.replies import lint_sense
from helpdesk.replies.lint import MAY_READ_LIKE, READS_LIKE, lint
from helpdesk.replies.lint_sense import CHANGE, LABELS, WIDTH, Sense, judge, sentences_of, shipped
from tests.support.paths import ROOT
from tools import make_sense
from tools.make_sense import Text


def sense(word: str, label: str, weight: float = 60.0) -> Sense:
    """A model that knows one word."""
    weights = np.zeros((WIDTH, len(LABELS)), dtype=np.float32)
    (_, _, columns), *_ = sentences_of(word)
    weights[columns, LABELS.index(label)] = weight
    return Sense(
        weights, np.full(len(LABELS), -6.0, np.float32), dict.fromkeys(LABELS, 0.9), dict.fromkeys(LABELS, 0.5)
    )


def test_the_sentence_is_pointed_at() -> None:
    """The finding spans the sentence, or the two neighbours, that read most like it."""
    low = "the parcel left today. ribbit. the rest is fine."

    (found,) = judge(low, (), sense("ribbit", "marketing"))

    assert found == ("marketing", 22, 30, True)
    assert low[22:30].strip() == "ribbit."


def test_what_the_rules_found_is_not_said_twice() -> None:
    """A rule with a finding of its own needs no opinion; of the two rules on changing a review one is enough."""
    model = sense("ribbit", "review_change")

    assert list(judge("ribbit.", {"review_change"}, model)) == []
    assert list(judge("ribbit.", {"feedback_change"}, model)) == []
    assert [rule for rule, *_ in judge("ribbit.", {"marketing"}, model)] == ["review_change"]


def test_doubt_warns_and_only_likeness_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the two thresholds a person is told; from the upper one on nothing leaves."""
    strong, weak = sense("ribbit", "cancel_request"), sense("ribbit", "cancel_request", 0.2)
    weak = Sense(weak.weights, np.zeros(len(LABELS), np.float32), weak.block, weak.warn)
    for model, severity, detail in ((strong, "block", READS_LIKE), (weak, "warn", MAY_READ_LIKE)):
        monkeypatch.setattr(lint_sense, "shipped", lambda model=model: model)
        found = [f for f in lint("ribbit.") if f.rule == "cancel_request"]
        assert [(f.severity, f.text, detail in f.why) for f in found] == [(severity, "ribbit.", True)]
        assert [f for f in lint("ribbit.", opinion=False) if f.rule == "cancel_request"] == []


@given(st.text(max_size=400), st.booleans())
def test_any_text_is_judged_and_pointed_into(text: str, html: bool) -> None:
    """Whatever is written: no error, the same each time, and every place lies within the text."""
    found = lint(text, html=html)

    assert all(0 <= f.start <= f.end <= len(text) and f.text == text[f.start : f.end] for f in found)
    assert found == lint(text, html=html)


@given(st.text(max_size=300))
def test_sentences_cover_a_text_in_order(text: str) -> None:
    """No sentence overlaps another; columns are within the model's width, each once."""
    low = text.lower()
    places = sentences_of(low)

    assert all(a < b for a, b, _ in places)
    assert all(before[1] <= after[0] for before, after in pairwise(places))
    assert all(len(set(columns.tolist())) == len(columns) and (columns < WIDTH).all() for _, _, columns in places)


def test_the_model_that_ships_is_whole_and_small() -> None:
    """Seven meanings, a megabyte at most, warnings never above blocks."""
    model = shipped()

    assert (ROOT / "models/lint/lint.skops").stat().st_size <= 1_000_000
    assert model.weights.shape == (WIDTH, len(LABELS))
    assert all(0.1 < model.warn[label] <= model.block[label] < 1 for label in LABELS)
    assert set(LABELS) <= set(lint_rules())


def lint_rules() -> dict[str, object]:
    """The rules by name."""
    from helpdesk.replies.lint import rules

    return dict(rules())


def test_a_changed_model_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Promise 10: not the file that the manifest names, and nothing is judged with it."""
    shutil.copytree(ROOT / "models", tmp_path / "models")
    path = tmp_path / "models/lint/lint.skops"
    path.write_bytes(path.read_bytes()[:-10] + b"0123456789")
    monkeypatch.setattr(lint_sense, "resource", lambda name: tmp_path / name)

    with pytest.raises(ModelFileError, match=r"lint\.skops"):
        shipped.__wrapped__()


def test_training_gives_the_same_bytes() -> None:
    """The same texts, the same weights; a violation in a long text is learnt from its sentence, not from the rest."""
    known = []
    for day in range(12):
        plain = f"The parcel left on day {day}. We wish you a nice week."
        known.append(Text(plain, "en", "a", "reply", frozenset(), True))
        known.append(
            Text(plain.replace("We", "Ribbit ribbit. We"), "en", "a", "reply", frozenset({"marketing"}), False)
        )
    first, second = make_sense.fit(known, []), make_sense.fit(known, [])

    assert all((a == b).all() for a, b in zip(first, second, strict=True))
    held = [Text(t, "en", "b", "reply", frozenset(), True) for t in ("Ribbit ribbit.", "The parcel left on day 3.")]
    loud, quiet = make_sense.strongest(*first, held)[:, LABELS.index("marketing")]
    assert loud > 0.5 > quiet


def test_texts_it_learns_from_name_known_rules() -> None:
    """Every row of tests/data/lint and tools/outgoing can be read; wishes for a change count as both rules."""
    known = make_sense.texts()

    assert len(known) > 1_500
    assert all(one.breaks <= set(LABELS) for one in known)
    assert all(not one.breaks & CHANGE or one.breaks >= CHANGE for one in known)
