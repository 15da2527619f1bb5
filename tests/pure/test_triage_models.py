"""The shipped model, its file, what is learnt on top, and the grammar it comes from."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.app.judging import LazyJudge
from helpdesk.errors import ModelFileError
from helpdesk.intake.read import read
from helpdesk.resources import resource
from helpdesk.triage import modelfile
from helpdesk.triage.calibrating import Costs, cheapest, cost_of, parts_of
from helpdesk.triage.classifier import Model, calibrated, load_model
from helpdesk.triage.features import NAMES, features_of
from helpdesk.triage.generator import generate
from helpdesk.triage.grammar import LANGUAGES, grammar, sentences
from helpdesk.triage.hints import heard, signals, signs
from helpdesk.triage.invent_topics import FOLDS, of_fold, said
from helpdesk.triage.judging import Triage
from helpdesk.triage.learning import adapt, cost
from helpdesk.triage.topics import TAXONOMY, urgent_flags
from helpdesk.triage.training import Example
from helpdesk.triage.vectors import WIDTH, word_matrix, word_sums
from tests.support.paths import ROOT


@pytest.fixture(scope="module")
def model() -> Model:
    """The model that ships."""
    return load_model(resource("models"))


def copy(target: Path) -> Path:
    """The shipped model's folder, copied."""
    target.mkdir()
    for name in (modelfile.FILE, modelfile.MANIFEST):
        shutil.copy(resource("models") / name, target / name)
    return target


def test_shipped_file_is_small_and_named_by_its_manifest() -> None:
    """At most 5 MB, and its sha256 is the manifest's."""
    data = (resource("models") / modelfile.FILE).read_bytes()

    assert len(data) <= 5_000_000
    assert hashlib.sha256(data).hexdigest() == modelfile.read_manifest(resource("models"))["sha256"]


def test_promise_10_tampered_model_is_refused(tmp_path: Path) -> None:
    """One changed byte is refused with a line that names file and remedy."""
    folder = copy(tmp_path / "m")
    data = bytearray((folder / modelfile.FILE).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / modelfile.FILE).write_bytes(data)

    with pytest.raises(ModelFileError, match=r"triage\.skops.*sha256 differs.*reinstall"):
        load_model(folder)


@pytest.mark.parametrize("content", [b"", b"no zip", b"\x80\x04\x95pickle", b"PK\x05\x06" + b"\0" * 18])
def test_foreign_model_is_refused(tmp_path: Path, content: bytes) -> None:
    """A foreign file is refused even where its manifest was made to fit."""
    folder = copy(tmp_path / "m")
    (folder / modelfile.FILE).write_bytes(content)
    manifest = json.loads((folder / modelfile.MANIFEST).read_text())
    manifest["sha256"] = hashlib.sha256(content).hexdigest()
    (folder / modelfile.MANIFEST).write_text(json.dumps(manifest))

    with pytest.raises(ModelFileError, match="no model of helpdesk"):
        load_model(folder)


def test_missing_and_broken_manifest(tmp_path: Path) -> None:
    """Neither a missing nor a broken manifest ends in a traceback."""
    with pytest.raises(ModelFileError, match="no trained model"):
        load_model(tmp_path)
    (tmp_path / modelfile.MANIFEST).write_text("{")
    with pytest.raises(ModelFileError, match="cannot be read"):
        load_model(tmp_path)


def test_saved_twice_gives_the_same_bytes_and_can_be_rolled_back(tmp_path: Path, model: Model) -> None:
    """The file depends on the model alone; the one before stays for `roll_back`."""
    first = modelfile.save(tmp_path / "a", model.content(), {})
    again = modelfile.save(tmp_path / "b", model.content(), {})
    assert first == again

    changed = modelfile.save(tmp_path / "a", model.content() | {"calibration": [2.0, 0.5]}, {})
    assert changed != first
    assert modelfile.roll_back(tmp_path / "a") == first
    assert load_model(tmp_path / "a").version == first


def test_prediction_equals_scikit_learn(model: Model) -> None:
    """Our product with the loaded weights is what LogisticRegression.predict_proba gives."""
    from sklearn.linear_model import LogisticRegression

    from helpdesk.triage.vectors import matrix

    features = [features_of(read(made.raw)) for made in generate(3, 15, 15)]
    twin = LogisticRegression()
    twin.classes_, twin.coef_, twin.intercept_ = np.arange(3), model.coef, model.intercept

    plain = replace(model, calibration=(1.0, 0.0))
    assert np.allclose(plain.probabilities(features), twin.predict_proba(matrix(features)), atol=1e-5)


def test_calibration_moves_the_buyers_odds_and_nothing_else() -> None:
    """Slope and offset act on the buyer's log odds; what is left is shared by the others as before."""
    shares = np.array([[0.5, 0.3, 0.2], [1.0, 0.0, 0.0], [0.0, 0.5, 0.5]])

    found = calibrated(shares, (2.0, -np.log(3)))

    assert np.allclose(found.sum(axis=1), 1)
    assert np.allclose(found[0], [0.25, 0.45, 0.3])
    assert found[1][0] > 0.999
    assert found[2][0] < 0.001


def test_thresholds_are_the_cheapest_by_the_table() -> None:
    """A dearer mistake moves its threshold away from it; what does not speak of a purchase is never rescued."""
    dice = np.random.default_rng(5)
    chances = dice.random(4000)
    labels = np.where(dice.random(4000) < chances, 0, 2)
    about = np.ones(4000, dtype=bool)
    price = Costs(look=1, waits=0, lost=10, seen=3, released=10)

    fair, cost_ = cheapest(chances, labels, about, price)
    wary, _ = cheapest(chances, labels, about, replace(price, released=40))
    keen, _ = cheapest(chances, labels, about, replace(price, lost=40))

    assert abs(fair.rescue - 0.9) < 0.05
    assert abs(fair.review - 0.1) < 0.05
    assert wary.rescue > fair.rescue
    assert keen.review < fair.review
    assert cost_of(chances, labels, ~about, replace(fair, sure=1.01), price) > cost_
    assert cheapest(chances, labels, labels == 0, price)[0].sure > 0.85


def test_the_bar_for_advertising_follows_what_its_release_costs() -> None:
    """Of mails with one score those that may be advertising wait, and more of them the dearer its release."""
    dice = np.random.default_rng(7)
    chances, spam = np.full(6000, 0.7), dice.random(6000) * 0.3
    draw = dice.random(6000)
    labels = np.where(draw < 0.7, 0, np.where(draw > 1 - spam, 2, 1))
    about = np.ones(6000, dtype=bool)
    price = Costs(look=1, waits=4, lost=20, seen=3, released=20)

    fair, cost_ = cheapest(chances, labels, about, price, spam)
    wary, _ = cheapest(chances, labels, about, replace(price, released=60), spam)

    assert 0 < wary.spam < fair.spam < 1
    assert cost_ < cost_of(chances, labels, about, replace(fair, spam=1.0), price, spam)
    assert cheapest(chances, labels, about, price)[0].spam == 1.0


def test_mails_of_one_source_are_held_out_together() -> None:
    """Parts are about equally large, a group lies in one of them, and the order of the mails changes nothing."""
    groups = [f"g{n % 7}" for n in range(700)]

    parts = parts_of(groups, 3)

    assert all(len(set(parts[np.array(groups) == name])) == 1 for name in set(groups))
    assert sorted(np.bincount(parts)) == [200, 200, 300]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), max_size=30))
def test_words_fall_into_the_columns_of_scikit_learns_hasher(words: list[str]) -> None:
    """The same columns, and rows of length 1, as FeatureHasher and normalize give."""
    from sklearn.feature_extraction import FeatureHasher
    from sklearn.preprocessing import normalize

    hasher = FeatureHasher(n_features=WIDTH, input_type="string", alternate_sign=False, dtype="float32")
    theirs = hasher.transform([words])
    theirs.data[:] = 1.0
    weights = np.linspace(-1, 1, WIDTH * 2, dtype="float32").reshape(WIDTH, 2)

    ours = word_matrix([words])

    assert (abs(ours - normalize(theirs)) > 1e-6).nnz == 0
    assert np.allclose(word_sums([words], weights), ours @ weights, atol=1e-5)


def test_judging_needs_neither_scikit_learn_nor_scipy() -> None:
    """90 MB of `run` that only training and retrieval use."""
    code = (
        "import sys\n"
        "from helpdesk.app.judging import LazyJudge\n"
        "LazyJudge().warm()\n"
        "print(sorted({'sklearn', 'scipy', 'skops'} & set(sys.modules)))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)

    assert done.stdout.strip() == "[]"


def test_each_judge_takes_the_models_folder_that_the_environment_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It holds for `run`, `sync` and `check` as it does for `classify`; without a model there, one line says where."""
    monkeypatch.setenv("HELPDESK_MODELS", str(tmp_path))

    with pytest.raises(ModelFileError, match=re.escape(str(tmp_path))):
        LazyJudge().load()
    shutil.copytree(ROOT / "models", tmp_path, dirs_exist_ok=True)

    assert LazyJudge().version() == load_model(ROOT / "models").version


def test_equal_content_gives_equal_bytes() -> None:
    """Whether two equal numbers are one object or two, a model trained at once or by halves: the file is the same."""
    one = 0.7
    shared = {"thresholds": {"junk": [one, one], "inbox": [one, 0.5]}, "labels": ["a", "a"]}
    apart = {
        "thresholds": {"junk": [float("0.7"), float("0.70")], "inbox": [float("0.7"), 0.5]},
        "labels": ["a", "".join("a")],
    }

    assert modelfile.dumps(shared) == modelfile.dumps(apart)


def test_generator_is_the_same_for_a_seed() -> None:
    """The same seed gives the same bytes, another one others."""
    first = [made.raw for made in generate(5, 20, 20)]

    assert first == [made.raw for made in generate(5, 20, 20)]
    assert first != [made.raw for made in generate(6, 20, 20)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_grammar_has_every_cause_and_fills_every_slot(language: str) -> None:
    """Each language speaks of each cause, and no slot or choice is left in a mail."""
    causes = {cause for cause in grammar(language).causes() if not cause.startswith("other/")}
    assert causes == {f"{topic}/{cause}" for topic, names in TAXONOMY.items() for cause in names}

    for made in generate(7, 60, 60):
        text = read(made.raw).parsed.text
        assert "{" not in text
        assert "|]" not in text


def test_features_are_named_and_bounded() -> None:
    """One number for each name, none of them wild."""
    for made in generate(8, 30, 30):
        facts = features_of(read(made.raw)).facts
        assert len(facts) == len(NAMES)
        assert all(-0.001 <= value <= 4.0 for value in facts)


def test_unseen_invented_mail_is_told_apart(model: Model) -> None:
    """On mails of a new seed nearly every buyer is found and next to no other is let out."""
    made = list(generate(99, 150, 150))
    judged = Triage(model)([read(one.raw) for one in made], "junk")
    buyers = [j.verdict for one, j in zip(made, judged, strict=True) if one.label == "buyer"]
    others = [j.verdict for one, j in zip(made, judged, strict=True) if one.label != "buyer"]

    assert buyers.count("buyer") >= 140
    assert others.count("buyer") <= 2
    assert all(j.reasons and j.model == model.version for j in judged)


def test_learning_moves_the_model_and_costs_tell(model: Model) -> None:
    """After learning that a kind of mail is spam it is no buyer's; the costs say so."""
    raws = [made.raw for made in generate(21, 12, 0)]
    examples = [Example(features_of(read(raw)), "spam", 3.0) for raw in raws]
    learnt = adapt(model, examples)

    assert cost(learnt, examples) < cost(model, examples)
    assert learnt.version != model.version


@pytest.mark.parametrize(
    ("text", "language", "topic", "cause"),
    [
        ("Where is my parcel? It should have been here a week ago.", "en", "late_shipment", "slow_fulfilment"),
        ("Ich habe keine Sendungsnummer bekommen.", "de", "late_shipment", "missing_tracking"),
        ("Vous m'avez envoyé le mauvais article.", "fr", "wrong_item", "incorrect_item_shipped"),
        ("La lámpara llegó rota y no funciona.", "es", "quality_defect", "unsatisfactory_quality"),
        ("Ho scritto tre volte e nessuno risponde.", "it", "customer_service", "slow_response"),
        ("届いた商品の色が写真と違います。", "ja", "not_as_described", "misleading_images"),
        ("我不小心给了差评，怎么删除？", "zh", "feedback_removal", "incorrect_feedback"),
        ("Meu pedido foi cancelado por falta de estoque.", "pt", "stock_out", None),
        ("Hoe kan ik dit terugsturen? Ik vind geen label.", "nl", "returns_refunds", "return_policy_unclear"),
        ("Dziękuję, wszystko idealne, polecam!", "pl", "other", None),
    ],
)
def test_topics_in_ten_languages(model: Model, text: str, language: str, topic: str, cause: str | None) -> None:
    """Topic and cause of plain sentences."""
    found = model.topics.judge([text], [language])[0]

    assert found.topic == topic
    assert cause is None or found.cause == cause
    assert found.cause is None or found.cause in TAXONOMY[topic]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The lid is broken, can you help me please?", "en"),
        ("Der Deckel ist kaputt, können Sie mir bitte helfen?", "de"),
        ("Der Deckel ist gebrochen, können Sie mir bitte helfen?", "de"),
        ("Der Schalter klemmt, können Sie mir bitte helfen?", "de"),
        ("Het deksel is gebroken, kunt u mij helpen?", "nl"),
        ("Pokrywka jest pęknięta, czy mogą Państwo pomóc?", "pl"),
        ("Le couvercle est cassé, pouvez-vous m'aider s'il vous plaît ?", "fr"),
        ("La tapa está rota, ¿me pueden ayudar?", "es"),
        ("Il coperchio è rotto, potete aiutarmi?", "it"),
        ("盖子坏了，能帮我吗？", "zh"),
        ("ふたが壊れています。助けてもらえますか。", "ja"),
    ],
)
def test_courtesies_do_not_outweigh_a_named_problem(model: Model, text: str, language: str) -> None:
    """Who asks politely for help with a defect has a defect."""
    [found] = model.topics.judge([text], [language])

    assert (found.topic, found.cause) == ("quality_defect", "unsatisfactory_quality")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Could you tell me when it will be delivered?", "en"),
        ("I need help to know the delivery period", "en"),
        ("check the ETA of my order", "en"),
        ("whre is my pakage", "en"),
        ("no updates for days, is the courier coming at all?", "en"),
        ("Können Sie mir helfen, den Lieferstatus einzusehen?", "de"),
        ("Wann darf ich mit der Zustellung rechnen?", "de"),
        ("Je me permets de vous demander quand je serai livrée.", "fr"),
        ("colis toujours pas là", "fr"),
        ("Necesito ayuda para saber cómo va mi envío", "es"),
        ("sin noticias del repartidor", "es"),
        ("Potete aiutarmi a sapere a che punto è la spedizione?", "it"),
        ("pacco mai visto", "it"),
        ("Gostaria de saber quando vou receber a compra", "pt"),
        ("sem notícias da entrega", "pt"),
        ("Mag ik weten wanneer ik mijn spullen krijg?", "nl"),
        ("nog steeds geen pakje", "nl"),
        ("Kiedy mogę się spodziewać dostawy?", "pl"),
        ("kurier się nie zjawił", "pl"),
        ("いつ頃届くか教えていただけますでしょうか", "ja"),
        ("荷物まだ来ない", "ja"),
        ("麻烦问下大概几号能送到", "zh"),
        ("快递一直没动静", "zh"),
    ],
)
def test_who_asks_for_his_parcel_in_any_register_waits_for_it(model: Model, text: str, language: str) -> None:
    """Terse, courteous or misspelt: where it is and when it comes is about a late shipment."""
    [found] = model.topics.judge([text], [language])

    assert found.topic == "late_shipment"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("How long does delivery take if I order to Norway?", "en"),
        ("Before I buy: how quickly do you post to Ireland?", "en"),
        ("Wie lange dauert die Lieferung, wenn ich nach Norwegen bestelle?", "de"),
        ("¿Cuánto tardaría si compro desde Noruega?", "es"),
        ("Quanto ci vuole se ordino dalla Norvegia?", "it"),
        ("Quanto tempo leva se eu comprar para a Noruega?", "pt"),
        ("Hoe lang duurt het als ik naar Noorwegen bestel?", "nl"),
        ("Ile potrwa dostawa, jeśli zamówię do Norwegii?", "pl"),
        ("ノルウェーへ注文した場合、何日かかりますか。", "ja"),
        ("如果现在下单，寄到挪威要几天？", "zh"),
    ],
)
def test_who_has_not_bought_waits_for_nothing(model: Model, text: str, language: str) -> None:
    """What delivery would take if one ordered is asked before buying."""
    [found] = model.topics.judge([text], [language])

    assert found.topic == "other"


def test_only_what_happened_is_counted() -> None:
    """A fault or a delay that is only supposed gives no sign, one that is told beside it does."""

    def said(text: str) -> set[str]:
        return {name.partition("/")[0] for name, hits in zip(signals(), signs(text, "en"), strict=True) if hits}

    assert said("Does the handle break easily?") == {"presale"}
    assert "quality_defect" in said("The handle is broken. Does it break easily?")
    assert said("When will it arrive if I order today?") == {"presale"}
    assert "late_shipment" in said("My parcel never arrived. When will it arrive if I order another?")


def test_how_one_asks_goes_with_every_matter() -> None:
    """“I need help to …” is learnt with each cause, so that it tells of none; wishes of two folds share none."""
    for language in LANGUAGES:
        asked_for = sentences(f"said/{language}")
        assert all("{do}" in frame for frame in asked_for["asking"])
        for cause in said(language):
            wishes = asked_for.get(f"to {cause}", ())
            assert len(wishes) >= FOLDS or cause == "other/positive", (language, cause)


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        ("I will contact my lawyer.", ("legal",)),
        ("The battery caught fire and burned my hand.", ("safety",)),
        ("Ich stelle einen A-bis-Z-Garantieantrag.", ("claim",)),
        ("充电时起火，我要起诉你们", ("legal", "safety")),
        ("The branding on the cup is faint.", ()),
    ],
)
def test_urgent_flags(text: str, flags: tuple[str, ...]) -> None:
    """Legal, safety and claim words raise their flags, ordinary words none."""
    assert urgent_flags(text) == flags


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Does it come with a warranty, and for how long?", "en"),
        ("Is the glass the kind that breaks easily?", "en"),
        ("Geht der Griff leicht kaputt?", "de"),
        ("Est-ce que la couleur passe au soleil ?", "fr"),
        ("¿Se rompe fácilmente el cristal?", "es"),
        ("Si graffia facilmente lo schermo?", "it"),
        ("保修多久？", "zh"),
        ("ガラスは割れやすいですか。", "ja"),
    ],
)
def test_who_asks_before_buying_has_no_defect(model: Model, text: str, language: str) -> None:
    """A fault that is only asked about has not happened."""
    [found] = model.topics.judge([text], [language])

    assert found.topic == "other"


def test_a_hit_never_speaks_for_another_topic(model: Model) -> None:
    """What the patterns of one topic are worth is never positive for the labels of another."""
    topics = model.topics
    for place, name in enumerate(signals()):
        topic = name.partition("/")[0]
        others = [row for row, label in enumerate(topics.labels) if label.partition("/")[0] != topic]
        assert topic not in TAXONOMY or topics.worth[others, place].max() <= 0


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Great colour. It arrived broken.", "It arrived broken."),
        ("It arrived broken.", "It arrived broken."),
        ("Great colour. Great seller.", "Great colour. Great seller."),
    ],
)
def test_clauses_that_only_praise_are_not_heard_beside_a_complaint(text: str, kept: str) -> None:
    """Praise beside a complaint says nothing of the matter; praise alone stays."""
    assert heard(text, "en") == kept


def test_invented_texts_of_different_folds_share_no_sentence() -> None:
    """Otherwise a pattern's worth would be learnt on sentences that the words already know."""
    for language in LANGUAGES:
        for cause, lines in said(language).items():
            folds = [set(of_fold(language, cause, fold)) for fold in range(min(FOLDS, len(lines)))]
            assert sum(map(len, folds)) == len(set().union(*folds))
