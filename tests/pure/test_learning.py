"""Learning from a few own examples: what counts as worse, and that neither luck nor order decides."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from helpdesk.errors import ModelFileError
from helpdesk.resources import resource
from helpdesk.triage import modelfile
from helpdesk.triage.classifier import Model, load_model, model_of
from helpdesk.triage.learning import Trial, costs, folds, learn, learn_topics, tolerance, topic_costs
from helpdesk.triage.training import Example, TopicExample, invented


@pytest.fixture(scope="module")
def model() -> Model:
    """The shipped model."""
    return load_model(resource("models"))


def own(seed: int, each: int = 20) -> list[Example]:
    """A seller's labelled mail, invented."""
    return [example for _, example in invented(seed, each, each)]


@pytest.mark.parametrize("seed", [101, 112, 114])  # of twenty tried these have mails that are judged wrong
def test_right_labels_are_learnt_whatever_the_sample(model: Model, seed: int) -> None:
    """A single mail that happens to be judged worse does not decide."""
    new, trial = learn(model, own(seed))

    assert trial.better, str(trial)
    assert new.version == f"{model.version}+"


def test_labels_turned_round_are_refused(model: Model) -> None:
    """What fits the own examples but forgets the kept benchmark is worse."""
    turned = [replace(one, label="spam" if one.label == "buyer" else "buyer") for one in own(200, 60)]
    _, trial = learn(model, turned)

    assert not trial.better
    assert trial.new_own <= trial.old_own  # on the own examples alone it would pass
    assert trial.new_kept > trial.old_kept


def test_the_order_of_examples_does_not_decide(model: Model) -> None:
    """Turned the other way round, the same mails give nearly the same trial."""
    there, back = learn(model, own(106))[1], learn(model, own(106)[::-1])[1]

    assert there.old_own == pytest.approx(back.old_own)
    assert there.better == back.better
    assert abs(there.new_own - back.new_own) <= there.own_tolerance + back.own_tolerance


def test_folds_spread_every_kind() -> None:
    """Nobody is left out, nobody twice, and each fold has its share of the rare kind."""
    kinds = ["a"] * 20 + ["b"] * 5
    found = folds(kinds)

    assert sorted(place for fold in found for place in fold) == list(range(25))
    assert [sum(kinds[place] == "b" for place in fold) for fold in found] == [1] * 5


def test_tolerance_is_what_chance_allows() -> None:
    """One lost buyer of forty may be luck, three may not; no difference at all needs none."""
    one, three = [10.0] + [0.0] * 39, [10.0] * 3 + [0.0] * 37

    assert tolerance([0.0] * 40) == pytest.approx(0.01)
    assert sum(one) / 40 <= tolerance(one)
    assert sum(three) / 40 > tolerance(three)
    assert not Trial(0, 0, 0, sum(three) / 40, tolerance(three)).better


def test_the_folder_of_an_example_decides_what_is_a_mistake(model: Model) -> None:
    """The Inbox asks for less before it counts a mail as a buyer's."""
    shares = model.probabilities([one.features for one in own(7, 40)])[:, 0]
    between = [
        one
        for one, share in zip(own(7, 40), shares, strict=True)
        if model.thresholds["inbox"].rescue <= share < model.thresholds["junk"].rescue
    ]
    rest = next(one for one in own(7) if one.label == "buyer")
    loose = replace(
        model, thresholds={**model.thresholds, "inbox": model.thresholds["junk"].__class__(rescue=0, review=0)}
    )

    assert costs(loose, [replace(rest, label="spam", folder="inbox")]) == [20.0]
    assert costs(model, [replace(one, folder="inbox") for one in between]) == [
        0.0 if one.label == "buyer" else 20.0 for one in between
    ]


def test_corrected_topics_are_learnt(model: Model) -> None:
    """What people call late stays late, by cause too, or without a cause; the kept texts stay right."""
    texts = [f"The courier says our glimmerbox {word} sits in the depot" for word in ("red", "blue", "green", "grey")]
    said = [TopicExample(text, "late_shipment/missing_tracking") for text in texts]
    said += [TopicExample(f"My {word} widget hums like a bee", "other/") for word in ("old", "new", "large", "tiny")]
    before = topic_costs(model.topics, said)
    topics, trial = learn_topics(model.topics, said)
    judged = topics.judge([one.text for one in said])

    assert sum(before) > 0
    assert trial.better, str(trial)
    assert [one.topic for one in judged] == ["late_shipment"] * 4 + ["other"] * 4
    assert {one.cause for one in judged[:4]} == {"missing_tracking"}


def test_a_model_travels_as_bytes(model: Model, tmp_path: Path) -> None:
    """The same bytes as the file's; any other sha256, foreign bytes or another version are one line each."""
    data = modelfile.dumps(model.content())
    modelfile.save(tmp_path, model.content(), {})
    digest = modelfile.read_manifest(tmp_path)["sha256"]
    same = model_of(modelfile.loads(data, digest, "the model"), digest[:12], "the model")

    assert data == (tmp_path / modelfile.FILE).read_bytes()
    assert (same.coef == model.coef).all()
    with pytest.raises(ModelFileError, match="the model was changed"):
        modelfile.loads(data + b"x", digest, "the model")
    with pytest.raises(ModelFileError, match="the model was trained by another version"):
        model_of({**modelfile.loads(data, digest, "the model"), "facts": []}, "v", "the model")
