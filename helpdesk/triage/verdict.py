"""What a mail is: an ordered tuple of rules, each a name, a description and a bool; what hit is kept in words (promise 9).

Evidence comes before words: who really sent it, then what machine wrote it, then whose conversation it is; only what is left
is weighed by the classifier. A lost buyer costs far more than a spam seen, a released phish more than both: hence two
thresholds a folder, `rescue` and `review`, with a person in between.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from helpdesk.domain import Verdict
from helpdesk.intake.reading import Reading
from helpdesk.marketplaces.registry import label
from helpdesk.triage import impersonation, machine
from helpdesk.triage.links import Links, links_of, lure
from helpdesk.triage.scores import NO_EVIDENCE as NO_EVIDENCE
from helpdesk.triage.scores import Evidence as Evidence
from helpdesk.triage.scores import Scores as Scores
from helpdesk.triage.scores import Thresholds as Thresholds
from helpdesk.triage.senders import claimed_house, envelope_contradicts, from_ourselves

BUYER_KINDS = frozenset({"buyer_message", "service_inquiry", "contact_form"})
_NOTICES = "reply_copy opt_out return_request refund_issued cancel_request claim_opened claim_closed notice"
NOTICE_KINDS = frozenset(_NOTICES.split())
MARKETPLACES = frozenset({"amazon", "walmart", "ebay"})


#: The reason of a mail whose sender the configuration ignores; filing keeps to it, whatever conversation it belongs to.
IGNORED = "its sender is ignored by configuration"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The verdict, how sure (0 to 1: the probability that a buyer wrote), why, and by which rule."""

    verdict: Verdict
    score: float
    reasons: tuple[str, ...]
    rule: str


@dataclass(frozen=True)
class Case:
    """All that a rule may look at."""

    reading: Reading
    evidence: Evidence
    scores: Scores
    thresholds: Thresholds
    folder: str

    @cached_property
    def links(self) -> Links:
        """The links sorted by whose they are."""
        return links_of(self.reading)

    @cached_property
    def house(self) -> str:
        """The marketplace whose host stands in From."""
        return claimed_house(self.reading)

    @cached_property
    def ours(self) -> bool:
        """From stands at the organisation that the mail went to: the shop's own web server."""
        return from_ourselves(self.reading)

    @cached_property
    def from_marketplace(self) -> bool:
        """From or the channel's relay claims to be a marketplace."""
        return bool(self.house) or (self.reading.channel in MARKETPLACES and self.reading.kind is not None)

    @cached_property
    def contradiction(self) -> str:
        """What in the envelope speaks against a marketplace's From without any authentication result."""
        if self.reading.authentic != "none" or not self.house:
            return ""
        return envelope_contradicts(self.reading, self.house)

    @property
    def risky(self) -> bool:
        """May it be advertising or fraud, so that no score rescues it?"""
        return self.scores.spam > self.thresholds.spam

    @cached_property
    def lure(self) -> str:
        """Why the links look like a trap."""
        return lure(self.reading, self.links)


Check = Callable[[Case], str]


@dataclass(frozen=True, slots=True)
class Rule:
    """`check` gives the reason in words if the rule hits, else ""."""

    name: str
    description: str
    verdict: Verdict
    check: Check


def _failed_marketplace(case: Case) -> str:
    failed = case.reading.authentic == "fail" and case.from_marketplace
    return "it claims to come from a marketplace, but authentication failed" if failed else ""


def _forged(case: Case) -> str:
    return f"{case.contradiction}, and {case.lure}" if case.contradiction and case.lure else ""


def _unproven(case: Case) -> str:
    if case.contradiction:
        return f"nothing proves that the marketplace sent it: {case.contradiction}"
    if case.house and case.reading.authentic == "none" and case.lure:
        return f"nothing proves that the marketplace sent it, and {case.lure}"
    return ""


def _relay_machine(case: Case) -> str:
    return machine.auto_reply_reason(case.reading) if case.reading.kind in BUYER_KINDS else ""


def _relay_buyer(case: Case) -> str:
    reading = case.reading
    if reading.channel in MARKETPLACES and reading.kind in BUYER_KINDS:
        sure = "its authentication passed" if reading.authentic == "pass" else "nothing speaks against it"
        return f"a buyer's message through {label(str(reading.channel))}, and {sure}"
    return ""


def _notice(case: Case) -> str:
    if case.reading.kind in NOTICE_KINDS:
        return f"a notice of the marketplace: {str(case.reading.kind).replace('_', ' ')}"
    return ""


def _system_mail(case: Case) -> str:
    return "the marketplace's own mail, no buyer's message" if case.house and case.reading.kind is None else ""


def _own_thread(case: Case) -> str:
    if case.evidence.reply_to_ours:
        return "it answers a mail of ours"
    known = case.evidence.open_conversation and case.reading.authentic != "fail"
    return "its sender has a conversation with us" if known else ""


def _list_mail(case: Case) -> str:
    # form services add list headers; without a visitor to answer such a mail is the service's own
    passed = case.reading.kind in BUYER_KINDS and not case.reading.customer.endswith(case.reading.parsed.from_addr)
    return "" if passed else machine.list_reason(case.reading)


#: Through the shop's own form, with no link elsewhere nor word of offers or office matters, nearly all are buyers: a prior (Bayes).
OWN_FORM_ODDS = 10.0


def _through_form(case: Case) -> tuple[float, float]:
    """The shares of buyers and of advertising or fraud among what comes through the shop's own form like this."""
    odds = 1.0 if case.scores.of_business or case.scores.spam > 0.5 else OWN_FORM_ODDS
    whole = odds * case.scores.buyer + 1.0 - case.scores.buyer
    return odds * case.scores.buyer / whole, case.scores.spam / whole


def _form(case: Case) -> str:
    if case.reading.kind != "contact_form" or case.scores.barred:
        return ""
    limits = case.thresholds
    if case.ours and case.reading.authentic != "fail" and not case.links.foreign:
        buyer, spam = _through_form(case)
        return "it came through the shop's own contact form" if buyer >= limits.rescue and spam <= limits.spam else ""
    bar = limits.rescue if case.scores.about_buying else limits.sure
    return "a form or gateway passed on what a buyer wrote" if case.scores.buyer >= bar and not case.risky else ""


def _form_unsure(case: Case) -> str:
    if case.reading.kind == "contact_form" and case.ours and _through_form(case)[0] >= case.thresholds.review:
        return "it came through the shop's contact form, but its words are not a buyer's"
    return ""


def _rescue(case: Case) -> str:
    if not case.reading.reply_to:
        return ""  # it names nobody to answer
    bar = case.thresholds.rescue
    if not case.scores.about_buying:
        bar = max(bar, 1.01 if case.scores.barred else case.thresholds.sure)
    if case.evidence.known_order:
        bar = min(case.thresholds.rescue, case.thresholds.review)
    elif case.risky:
        return ""
    if case.scores.buyer >= bar:
        known = "it names an order of ours, and " if case.evidence.known_order else ""
        return f"{known}words and shape are a buyer's ({case.scores.buyer:.2f})"
    return ""


def _review(case: Case) -> str:
    if case.scores.buyer >= case.thresholds.review or case.evidence.known_order:
        lacking = "" if case.reading.reply_to else ", but it names nobody to answer"
        return f"it may be a buyer's ({case.scores.buyer:.2f}){lacking}: a person decides"
    # The server took it for the Inbox, no list sent it, and it names an order: never left without a person's look.
    if case.folder == "inbox" and case.reading.order_ids and case.reading.authentic != "fail":
        return "it names an order, though its words are not a buyer's: a person decides"
    return ""


def _advertising(case: Case) -> str:
    if case.scores.spam >= 0.5:
        return f"its words and shape are those of advertising or fraud (buyer {case.scores.buyer:.2f})"
    return ""


def _rest(case: Case) -> str:
    return f"nothing in it is a buyer's ({case.scores.buyer:.2f})"


#: The way of a mail, first hit wins.
RULES: tuple[Rule, ...] = (
    # 1. What the seller has decided.
    Rule("ignored_sender", "the configuration ignores this sender", Verdict.BULK, lambda c: IGNORED if c.evidence.ignored_sender else ""),
    # 2. Forgeries, whatever their words say (promise 6).
    Rule("lookalike", "an address imitates a marketplace", Verdict.SUSPECT, lambda c: c.reading.lookalike),
    Rule("suspicion", "the addresses contradict one another", Verdict.SUSPECT, lambda c: c.reading.suspicion),
    Rule("failed_marketplace", "a marketplace's address with failed authentication", Verdict.SUSPECT, _failed_marketplace),
    Rule("forged", "a marketplace's address, a foreign envelope and a trap", Verdict.SUSPECT, _forged),
    Rule("unproven", "a marketplace's address that nothing proves", Verdict.REVIEW, _unproven),
    # 3. What the marketplaces really send.
    Rule("relay_machine", "an automatic answer through a relay or form", Verdict.AUTO_REPLY, _relay_machine),
    Rule("relay_buyer", "a buyer through a marketplace's relay", Verdict.BUYER, _relay_buyer),
    Rule("notice", "a marketplace's notice", Verdict.NOTICE, _notice),
    # 4. Machines.
    Rule("bounce", "a report about an undelivered mail", Verdict.BOUNCE, lambda c: machine.bounce_reason(c.reading)),
    Rule("auto_reply", "an answer that nobody typed", Verdict.AUTO_REPLY, lambda c: machine.auto_reply_reason(c.reading)),
    # 5. Our own conversations.
    Rule("own_thread", "part of a conversation with us", Verdict.BUYER, _own_thread),
    # 6. Poses, and mail for many.
    Rule("impersonation", "it poses as a marketplace", Verdict.REVIEW, lambda c: impersonation.why(c.reading)),
    Rule("system_mail", "other mail of a marketplace", Verdict.NOTICE, _system_mail),
    Rule("list", "mail to a list", Verdict.BULK, _list_mail),
    # 7. Words and shape.
    Rule("form", "the shop's own contact form", Verdict.BUYER, _form),
    Rule("form_unsure", "the shop's contact form, with odd words", Verdict.REVIEW, _form_unsure),
    Rule("rescue", "the classifier is sure that a buyer wrote", Verdict.BUYER, _rescue),
    Rule("review", "the classifier is not sure", Verdict.REVIEW, _review),
    Rule("advertising", "the classifier sees advertising or fraud", Verdict.SPAM, _advertising),
    Rule("rest", "anything else", Verdict.BULK, _rest),
)  # fmt: skip

#: What a verdict by rule says of the buyer's probability.
_CERTAIN = {Verdict.BUYER: 0.99, Verdict.REVIEW: 0.5}
#: The rules that need the classifier; all before them speak without it.
WEIGHED = frozenset({"form", "form_unsure", "rescue", "review", "advertising", "rest"})


def conclude(case: Case, rule: Rule) -> Judgement:
    """The judgement of a rule that hit."""
    weighed = rule.name in WEIGHED
    score = case.scores.buyer if weighed else _CERTAIN.get(rule.verdict, 0.01)
    why = case.scores.why if weighed else ()
    return Judgement(verdict=rule.verdict, score=round(score, 4), reasons=(rule.check(case), *why), rule=rule.name)


def judge(
    reading: Reading,
    evidence: Evidence = NO_EVIDENCE,
    scores: Scores | None = None,
    *,
    folder: str = "junk",
    thresholds: Thresholds | None = None,
) -> Judgement:
    """The first rule that hits decides. `folder` is "inbox" or "junk"; without `scores` only the rules speak."""
    case = Case(reading, evidence, scores or Scores(buyer=0.0), thresholds or Thresholds(), folder)
    return conclude(case, next(rule for rule in RULES if rule.check(case)))
