"""May a feedback be removed or struck through? Amazon's criteria (DOMAIN 4.2), judged conservatively.

The word "entire" is the hard part: one sentence about the seller's service makes a product review ineligible. Wrong
and speculative requests cost the account, so `likely` is said only where the clauses are understood; price and
unfairness are not among the criteria.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from helpdesk.feedback.about import SELLERS_TOPICS, UNTAUGHT, About, topic_of
from helpdesk.feedback.clauses import Clause, Read, read
from helpdesk.feedback.facts import NOTHING_TOLD, Facts
from helpdesk.feedback.language import language_of
from helpdesk.feedback.personal import Personal, personal_data
from helpdesk.feedback.verdict import NOT_READ, Criterion, Eligible, Judgement
from helpdesk.feedback.words import LANGUAGES, SPACELESS
from helpdesk.marketplaces.countries import country

#: (verdict, criterion, evidence, missing facts, why)
_Decision = tuple[Eligible, Criterion | None, Iterable[str], Iterable[str], str]

#: What a clause may also say without being about anything else.
_COLOURLESS = frozenset({"neutral", "mild", "value", "good_delivery"})
#: One clause about any of these makes product reviews and delivery complaints ineligible.
_SELLERS_PART = ("service", "listing", "price")
#: Where a clause speaks of these, "they" are shoes or drivers.
_TOLD = frozenset({"product", "delay", "delivery"})
_DELIVERY = frozenset({"delay", "delivery", "good_delivery"})


def judge(
    comment: str,
    facts: Facts = NOTHING_TOLD,
    *,
    marketplace: str = "US",
    language: str | None = None,
    about: About | None = None,
) -> Judgement:
    """Judge one comment; `marketplace` (a country code) tells its likely language and how phone numbers look.

    `about` is the classifier's second opinion: it can doubt what the words say, and tell what they leave open.
    """

    return conclude(weigh(comment, facts, marketplace=marketplace, language=language), about)


class Weighed(NamedTuple):
    """What the words of a comment say, before a second opinion."""

    found: Read
    decision: _Decision
    facts: Facts


def weigh(
    comment: str, facts: Facts = NOTHING_TOLD, *, marketplace: str = "US", language: str | None = None
) -> Weighed:
    """The first half of `judge`: the comment is read."""
    home = country(marketplace)
    found = read(comment, language or language_of(comment, home.languages))
    return Weighed(found, _decide(found, personal_data(comment, home.code), facts), facts)


def conclude(weighed: Weighed, about: About | None = None) -> Judgement:
    """The second half of `judge`: the second opinion is heard."""
    found = weighed.found
    if found.language not in LANGUAGES or found.language in UNTAUGHT:
        about = None
    verdict, criterion, evidence, missing, why = _second(weighed, about)
    told = _TOPIC_OF.get(criterion) if criterion and verdict is Eligible.LIKELY else None
    topic, cause = topic_of(found, told, about)
    return Judgement(
        verdict=verdict,
        criterion=criterion,
        evidence=tuple(dict.fromkeys(evidence)),
        missing=tuple(missing),
        why=why,
        language=found.language,
        topic=topic,
        cause=cause,
    )


def _no(why: str, evidence: Iterable[str] = ()) -> _Decision:
    return Eligible.NO, None, evidence, (), why


def _unclear(
    criterion: Criterion | None, why: str, evidence: Iterable[str] = (), missing: Iterable[str] = ()
) -> _Decision:
    return Eligible.UNCLEAR, criterion, evidence, missing, why


def _decide(found: Read, personal: Personal, facts: Facts) -> _Decision:
    if found.profanity:
        return Eligible.LIKELY, Criterion.PROFANITY, found.profanity, (), "obscene words"
    if personal.sure:
        return Eligible.LIKELY, Criterion.PERSONAL_DATA, personal.sure, (), "the seller's personal data"
    if personal.maybe:
        return _unclear(Criterion.PERSONAL_DATA, "personal data, perhaps not the seller's", personal.maybe)
    if not found.clauses:
        return _no("no text")
    if found.language not in LANGUAGES:
        return _unclear(None, NOT_READ, (), ("translation",))
    names = frozenset().union(*(c.names for c in found.clauses))
    for part in _SELLERS_PART:
        if part in names:
            return _no(f"speaks of {_SAID[part]}", _pieces(found, {part}))
    manner = [c.text for c in found.clauses if "manner" in c.names and not c.names & {"delivery", "product"}]
    if manner:
        return _no(f"speaks of {_SAID['service']}", manner)
    if found.cut:
        return _unclear(None, "too long to be read to its end")
    delivery = names & _DELIVERY or "package" in names
    if names == {"either"} or ("either" in names and not delivery and not names & {"product", "noun"}):
        return _unclear(None, "the product or its delivery", _pieces(found, {"either"}))
    if "product" in names or ("noun" in names and not delivery):
        return _product(found, names)
    if delivery:
        return _delivery(found, names, facts)
    return _rest(found, names)


#: Criteria that the whole comment has to meet.
_WHOLE = frozenset({Criterion.PRODUCT_REVIEW, Criterion.FBA_DELIVERY, Criterion.BUY_SHIPPING_DELIVERY})
#: How sure the classifier must be to doubt our reading, or to fill its gaps; on our
#: labelled sets few right ones are doubted so surely.
_DOUBT, _SURE = 0.42, 0.6
#: Where every clause is plainly of the product or the delivery, it takes more to doubt.
_PLAIN_DOUBT, _PLAIN = 0.7, frozenset({"product", "delay", "delivery"})
_CARRIED, _WRONG_PLACE = frozenset({Criterion.FBA_DELIVERY, Criterion.BUY_SHIPPING_DELIVERY}), 0.9
#: What a criterion that the whole comment meets says about its topic.
_TOPIC_OF = dict.fromkeys(_WHOLE, "late_shipment") | {Criterion.PRODUCT_REVIEW: "quality_defect"}
_BLANK, _ACTS = "parts of it are not understood", "somebody acts in it"
#: What the classifier may settle, and how sure it must be.
_SETTLED = {_BLANK: _SURE, _ACTS: 0.85}
_ENTIRELY = "the entire comment is a product review"

_SAID = {"service": "the seller's service", "listing": "the item as listed or what was sent", "price": "the price"}


def _second(weighed: Weighed, about: About | None) -> _Decision:
    """The decision after the second opinion: a `likely` that it takes for the seller's part is one no more."""
    found, decision = weighed.found, weighed.decision
    verdict, criterion, evidence, _, why = decision
    if about is None:
        return decision
    if why in _SETTLED and criterion is None and about.topic == "late_shipment" and about.score >= _SETTLED[why]:
        return _delivered(found, frozenset().union(*(c.names for c in found.clauses)), weighed.facts)
    if criterion is None:
        return decision
    sure = _PLAIN_DOUBT if all(c.names & _PLAIN for c in found.clauses) else _DOUBT
    if criterion in _CARRIED and about.topic == "wrong_item":
        sure = _WRONG_PLACE  # "at the wrong house" is no wrong item: that our words would know
    if verdict is Eligible.LIKELY and criterion in _WHOLE and about.topic in SELLERS_TOPICS and about.score >= sure:
        return _unclear(criterion, f"it may be about something else too ({about.topic})", evidence)
    if why in _SETTLED and about.topic == "quality_defect" and about.score >= _SETTLED[why]:
        return Eligible.LIKELY, criterion, evidence, (), _ENTIRELY
    return decision


def may_change(weighed: Weighed) -> bool:
    """Can a second opinion change this verdict?"""
    verdict, criterion, _, _, why = weighed.decision
    return (verdict is Eligible.LIKELY and criterion in _WHOLE) or why in _SETTLED


def _pieces(found: Read, wanted: Iterable[str]) -> list[str]:
    wanted = set(wanted)
    return [c.text for c in found.clauses if c.names & wanted]


def _product(found: Read, names: frozenset[str]) -> _Decision:
    evidence = _pieces(found, {"product", "noun", "either"})
    other = names & {"delay", "delivery", "good_delivery", "package"}
    delivery_only = [c for c in found.clauses if c.names & other]
    if delivery_only and not (other == {"delivery"} and all(_is_about_product(c) for c in delivery_only)):
        return _no("product and delivery together", _pieces(found, other))
    if "damage" in names:
        return _unclear(Criterion.PRODUCT_REVIEW, "damage on arrival may be packing, carriage or the product", evidence)
    if "refund" in names:
        return _unclear(Criterion.PRODUCT_REVIEW, "asks for money back", evidence)
    if "seller" in names:
        return _unclear(Criterion.PRODUCT_REVIEW, "names the seller", evidence)
    if _acted(found):
        return _unclear(Criterion.PRODUCT_REVIEW, _ACTS, evidence)
    if _blank(found, 2, 3) or any("either" in c.names and not c.names & {"product", "noun"} for c in found.clauses):
        return _unclear(Criterion.PRODUCT_REVIEW, _BLANK, evidence)
    return Eligible.LIKELY, Criterion.PRODUCT_REVIEW, evidence, (), _ENTIRELY


def _is_about_product(clause: Clause) -> bool:
    """ "Arrived and broke the same day": the arrival is told in passing."""
    return "product" in clause.names


def _blank(found: Read, part: int, whole: int) -> bool:
    """Do we know nothing of more than part/whole of the comment?"""
    blank = sum(c.words for c in found.clauses if not c.names and c.words > 2)
    return blank * whole > sum(c.words for c in found.clauses) * part


def _acted(found: Read) -> bool:
    """Does somebody act in a clause that may be about the seller?"""
    return any("agent" in c.names and not c.names & _TOLD for c in found.clauses)


def _delivery(found: Read, names: frozenset[str], facts: Facts) -> _Decision:
    evidence = _pieces(found, {"delay", "delivery", "package", "either"})
    if "damage" in names:
        return _unclear(None, "damage on arrival may be packing, carriage or the product", _pieces(found, {"damage"}))
    if "refund" in names:
        return _no("asks for money back", _pieces(found, {"refund"}))
    if not names & {"delay", "delivery", "package"}:
        return _no("praises the delivery", _pieces(found, {"good_delivery"}))
    if "good_delivery" in names and "delay" not in names:
        return _no("praises the delivery", _pieces(found, {"good_delivery"}))
    if not names & {"delay", "either"} and sum(c.words for c in found.clauses) <= (
        6 if found.language in SPACELESS else 3
    ):
        return _no("meets no criterion")  # "Arrived, thanks"
    if any("seller" in c.names and not c.names & {"delay", "delivery", "package"} for c in found.clauses):
        return _unclear(None, "names the seller", evidence)
    if _acted(found):
        return _unclear(None, _ACTS, evidence)
    if _blank(found, 1, 2) or any(_of_a_thing(c) for c in found.clauses):
        return _unclear(None, _BLANK, evidence)
    return _delivered(found, names, facts)


def _delivered(found: Read, names: frozenset[str], facts: Facts) -> _Decision:
    """All of it is about the delivery: who carried it?"""
    evidence = _pieces(found, {"delay", "delivery", "package", "either"})
    if facts.channel == "Amazon":
        if "package" in names and not names & {"delay", "delivery"}:
            return _unclear(Criterion.FBA_DELIVERY, "packing is not plainly delivery", evidence)
        return Eligible.LIKELY, Criterion.FBA_DELIVERY, evidence, (), "delivery only, and Amazon delivered it"
    return _merchant_delivery(names, facts, evidence)


def _of_a_thing(clause: Clause) -> bool:
    """ "Nice mug": an opinion of the thing, where "I ordered a mug" is none."""
    return "noun" in clause.names and not clause.names & {"delay", "delivery", "either", "package", "bought"}


def _merchant_delivery(names: frozenset[str], facts: Facts, evidence: list[str]) -> _Decision:
    own = Criterion.BUY_SHIPPING_DELIVERY
    late = names & {"delay", "either"}
    if facts.channel is None and facts.buy_shipping is not True:
        if facts.buy_shipping is False or not late or facts.on_time() is False:
            return _unclear(
                Criterion.FBA_DELIVERY, "who fulfilled the order is not known", evidence, ["fulfilment_channel"]
            )
        missing = ["fulfilment_channel", "buy_shipping", *(["ship_date"] if facts.on_time() is None else [])]
        return _unclear(Criterion.FBA_DELIVERY, "who fulfilled the order is not known", evidence, missing)
    if facts.buy_shipping is False:
        return _no("delivered by the seller without Buy Shipping", evidence)
    if facts.on_time() is False:
        return _no("shipped late by the seller", evidence)
    if not late:
        return _no("not about a late or missing delivery", evidence)
    missing = []
    if facts.buy_shipping is None:
        missing.append("buy_shipping")
    if facts.on_time() is None:
        missing.append("ship_date")
    if missing:
        return _unclear(own, "late or missing, but shipping facts are not known", evidence, missing)
    if "package" in names:
        return _unclear(own, "speaks of the packing too", evidence)
    return Eligible.LIKELY, own, evidence, (), "late or missing only, and shipped on time with Buy Shipping"


def _rest(found: Read, names: frozenset[str]) -> _Decision:
    if "damage" in names:
        return _unclear(None, "damage on arrival may be packing, carriage or the product", _pieces(found, {"damage"}))
    if "refund" in names:
        return _no("asks for money back", _pieces(found, {"refund"}))
    if "seller" in names:
        return _no("speaks of the seller", _pieces(found, {"seller"}))
    if names & _COLOURLESS or all(c.words <= 2 for c in found.clauses):
        return _no("meets no criterion")
    return _unclear(None, "not understood")
