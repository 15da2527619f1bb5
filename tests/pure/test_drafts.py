"""Drafts: the fitting template, what was answered before, and what an optional model may add."""

from __future__ import annotations

from helpdesk.replies.drafts import DraftFacts, draft
from helpdesk.replies.lint import blocking
from helpdesk.replies.retrieval import Nearest, Past
from helpdesk.replies.templates import Library
from helpdesk.replies.writer import Mask
from helpdesk.resources import resource

LIBRARY = Library.load(resource("templates/replies"))
ORDER = "111-0000001-0000001"
FACTS = DraftFacts(
    language="en",
    topic="late_shipment",
    cause="slow_fulfilment",
    words=f"Hi, Anna Sample here, anna@mail.test, order {ORDER}: where is my kettle? Ring 415-555-0100",
    variables={"order": ORDER, "name": "Anna Sample", "tracking": "1Z999AA10123456784", "carrier": "UPS"},
)


def test_a_draft_holds_what_is_known() -> None:
    """Order, carrier and tracking number, in the buyer's language, lawful."""
    made = draft(FACTS, LIBRARY)
    assert made.template == "answer/late_shipment.slow_fulfilment"
    assert ORDER in made.text and "UPS" in made.text and "1Z999AA10123456784" in made.text
    assert not blocking(made.findings)


def test_a_value_that_breaks_the_rules_is_left_out() -> None:
    """A title that advertises, a name that is a link."""
    facts = DraftFacts(
        language="de", topic="wrong_item", variables={"item": "Kettle www.deal.test", "name": "www.x.test"}
    )
    assert "www" not in draft(facts, LIBRARY).text


#: Problems in seven languages, each asked in several ways; the first of each is the past, all in one history.
HISTORY = {
    "lid": ["The lid of the kettle is cracked", "My kettle came with a broken lid", "the lid has a crack"],
    "where": ["Where is my parcel, it should be here by now", "My parcel has not arrived by now", "still no parcel"],
    "invoice": ["Please send me an invoice with VAT", "I need the invoice for my company", "can I get a VAT invoice"],
    "size": ["The shirt is too small, which size fits", "shirt size runs small", "size M shirt is too tight for me"],
    "return": ["How can I send the item back", "I want to return this, how does it work", "how do I send it back"],
    "plug": ["Does it come with a UK plug", "Is there a UK plug adapter included", "which plug does it have, UK or EU"],
    "kabel": ["Das Ladekabel fehlt im Karton", "In der Packung war kein Ladekabel", "Ladekabel nicht dabei"],
    "couvercle": ["Le couvercle de la bouilloire est fissuré", "Ma bouilloire est arrivée avec le couvercle fendu",
                  "il y a une fissure sur le couvercle"],
    "retour": ["Comment puis-je retourner l'article", "Je voudrais renvoyer l'article, comment faire",
               "quelle est la marche à suivre pour un retour"],
    "factura": ["Necesito una factura con IVA", "Por favor, envíenme la factura del pedido",
                "¿me pueden mandar la factura para mi empresa?"],
    "paquete": ["¿Dónde está mi paquete? Debía llegar ayer", "Mi paquete todavía no ha llegado",
                "no me ha llegado el paquete"],
    "taglia": ["La taglia della camicia è troppo piccola", "La camicia mi va stretta, che taglia devo prendere",
               "ho preso la M ma la camicia è piccola"],
    "cavo": ["Nella scatola manca il cavo di ricarica", "Il cavo di ricarica non c'era nella confezione",
             "manca il cavo nella confezione"],
    "盖子": ["水壶的盖子裂了", "收到的水壶盖子是坏的", "盖子上有裂缝"],
    "快递": ["我的快递怎么还没到", "快递到哪里了，一直没收到", "还没收到快递"],
    "返品": ["返品したいのですが、方法を教えてください", "商品を返品するにはどうすればよいですか",
            "返品の手続きを知りたい"],
    "遅い": ["荷物がまだ届きません", "まだ届かないのですが、荷物はどこですか", "荷物の到着が遅れています"],
}  # fmt: skip


def test_past_answers_to_the_same_problem_are_found() -> None:
    """The same-problem answer is among the nearest three for at least 80 % of the questions."""
    past = [Past(question=asked[0], answer=f"answer {key}") for key, asked in HISTORY.items()]
    nearest = Nearest(past)
    trials = [(key, question) for key, asked in HISTORY.items() for question in asked[1:]]
    hits = sum(f"answer {key}" in [p.answer for p in nearest.top(question)] for key, question in trials)
    assert hits >= 0.8 * len(trials)


def test_what_is_far_is_not_offered() -> None:
    """No past, no question, nothing alike: nothing."""
    assert Nearest([]).top("x") == []
    assert Nearest([Past(question="lid", answer="a")]).top("") == []
    assert Nearest([Past(question="xyzzy", answer="a")]).top("荷物がまだ届きません") == []


def test_an_unlawful_past_answer_is_not_offered() -> None:
    """What was sent before the rules is not sent again."""
    past = Nearest(
        [Past(question=FACTS.words, answer="Call 415-555-0100"), Past(question=FACTS.words, answer="On its way.")]
    )
    assert [p.answer for p in draft(FACTS, LIBRARY, past).alternatives] == ["On its way."]


def test_a_mask_hides_people_and_gives_back_orders_alone() -> None:
    """Name, address, number and order leave as tokens."""
    mask = Mask(("Anna Sample",))
    hidden = mask.hide(FACTS.words)
    for secret in ("Anna", "anna@mail.test", ORDER, "555"):
        assert secret not in hidden
    assert mask.show(hidden).count(ORDER) == 1
    assert "anna@" not in mask.show(hidden)
