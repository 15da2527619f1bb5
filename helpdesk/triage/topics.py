"""What a buyer's message is about: topic and cause of the seed's table (DESIGN 4), what makes it urgent, and whether it is praise.

Feedback comments go through the same. `customer_service` and the like are DESIGN's words; a cause belongs to exactly one topic.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from helpdesk.intake.language import detect
from helpdesk.triage.hints import heard, only_praise, signals, signs
from helpdesk.triage.quick import Quick, lowered
from helpdesk.triage.tokens import hashed, tokens

#: Topic → its causes, DESIGN 4.
TAXONOMY: dict[str, tuple[str, ...]] = {
    "stock_out": ("inventory_unavailable", "inventory_inaccurate", "dropship_stale"),
    "late_shipment": ("slow_fulfilment", "missing_tracking"),
    "returns_refunds": ("refund_window", "return_policy_unclear"),
    "not_as_described": ("misleading_images", "size_or_material"),
    "wrong_item": ("incorrect_item_shipped",),
    "quality_defect": ("unsatisfactory_quality",),
    "customer_service": ("unreachable", "slow_response"),
    "feedback_removal": ("incorrect_feedback",),
    "other": (),
}
POSITIVE = "positive"
TOPIC_WIDTH = 1 << 15
#: From this share of `other` on a text that only praises is praise.
_PRAISED = 0.15
#: Languages whose patterns alone are asked, where the language is known.
_SURE = frozenset({"en", "de", "fr", "es", "it", "pt", "nl", "pl", "ja", "zh"})

#: What a person must see at once (DOMAIN 6): never left to an automatic answer alone.
_URGENT: tuple[tuple[str, Quick], ...] = (
    ("legal", Quick(
        r"\b(?:lawyer|attorney|solicitor|legal action|sue you|suing|small claims|lawsuit|court|trading standards|consumer protection|better business bureau|police|fraud report)\b|"
        r"\b(?:anwalt|rechtsanwalt|anwältin|klage|gericht|verbraucherzentrale|verbraucherschutz|anzeige erstatten|rechtliche schritte|polizei)\b|\b(?:avocat|tribunal|justice|porter plainte|dgccrf|mise en demeure|huissier|police)\b|"
        r"\b(?:abogad[oa]|demanda(?:r|rles)?|denuncia(?:r|ré)?|juzgado|acciones legales|profeco|consumo|policía)\b|\b(?:avvocato|denuncia|tribunale|vie legali|querela|codacons|polizia)\b|"
        r"\b(?:advogad[oa]|processar|processo judicial|procon|justiça|denunciar|polícia)\b|\b(?:advocaat|rechtbank|juridische stappen|aangifte|politie)\b|\b(?:prawnik\w*|adwokat\w*|sąd\w*|pozew|policj\w+|uokik)\b|"
        r"弁護士|訴訟|法的|消費者センター|消費生活センター|警察|律师|起诉|法院|报警|消协|12315|工商局|律師|報警")),
    ("safety", Quick(
        r"\b(?:injur(?:y|ed|ies)|hurt (?:my|her|his)|burn(?:ed|t) (?:my|her|his|me)|caught fire|on fire|exploded|electric shock|electrocuted|choking|allergic reaction|hospital|bleeding|smoke came|sparks|dangerous|poison\w*)\b|"
        r"\b(?:verletzt|verletzung|verbrannt|brand|explodiert|stromschlag|krankenhaus|allergische reaktion|lebensgefährlich|gefährlich|funken)\b|\b(?:bless[ée]e?s?|brûl[ée]e?s?|explos[ée]e?|pris feu|électrocut\w+|hôpital|allergi\w+|dangereu\w+|étincelles)\b|"
        r"\b(?:herid[oa]|quemad[oa]|quemadura|explot[óo]|incendi\w+|descarga eléctrica|hospital|alergi\w+|peligros\w+)\b|\b(?:ferit[oa]|ustion\w+|esplos[oa]|preso fuoco|incendi\w+|scossa|ospedale|allergi\w+|pericolos\w+)\b|"
        r"\b(?:ferid[oa]|machuc\w+|queimad\w+|explodiu|pegou fogo|choque elétrico|hospital|alergi\w+|perigos\w+)\b|\b(?:gewond|verbrand|ontploft|vlam gevat|elektrische schok|ziekenhuis|allergisch\w*|gevaarlijk)\b|\b(?:rann[ya]|poparz\w+|wybuch\w+|zapali\w+|porazi\w+|szpital\w*|alergi\w+|niebezpieczn\w+)\b|"
        r"怪我|けが|やけど|火傷|発火|爆発|感電|病院|アレルギー|危険|火花|受伤|烫伤|着火|起火|爆炸|触电|医院|过敏|危险|冒烟")),
    ("claim", Quick(
        r"\ba[- ]?(?:to|bis|à)?[- ]?z\b.{0,20}(?:claim|guarantee|garant|antrag)|\bchargeback\b|\bcharge back\b|\bdispute (?:the|this) (?:charge|payment)|\b(?:open|file|filing|filed|opened) (?:a |an )?(?:claim|case|dispute)\b|paypal (?:dispute|case|fall)|"
        r"\b(?:rückbuchung|zurückbuchen|käuferschutz|garantieantrag)\b|\b(?:opposition bancaire|litige|réclamation a à z|garantie a à z)\b|\b(?:contracargo|disputa|reclamación a-z|garantía de la a a la z)\b|\b(?:contestazione|chargeback|garanzia dalla a alla z)\b|"
        r"\b(?:estorno|chargeback|contestar a compra|garantia de a a z)\b|\b(?:terugboeking|geschil)\b|\b(?:spór|obciążenie zwrotne)\b|マーケットプレイス保証|チャージバック|拒付|索赔|A-to-z")),
    ("abuse", Quick(
        r"\b(?:fuck\w*|shit\w*|asshole|bastards?|scumbags?|i(?:'ll| will) (?:kill|find) you|go to hell)\b|\b(?:arschl\w+|scheiß\w*|wichser|hurensohn|drecks\w+)\b|\b(?:connards?|salauds?|enculé\w*|merde)\b|\b(?:hij[oa]s? de puta|cabr[oó]n\w*|mierda|pendej\w+)\b|"
        r"\b(?:stronz\w+|vaffanculo|merda|bastard[oi])\b|\b(?:filh[oa]s? da puta|caralho|merda|porra)\b|\b(?:klootzak\w*|kut\w*|godverdomme)\b|\b(?:kurw\w+|chuj\w*|skurwysyn\w*)\b|死ね|殺す|くそ|ぶっ殺|他妈|傻逼|去死|混蛋|杀了你")),
)  # fmt: skip


def language_of(text: str, language: str = "") -> str:
    """The language whose patterns are asked of a text, "" for all of them; `language` where it is known (ISO 639-1)."""
    return asked_language(language or detect(text))


def asked_language(language: str) -> str:
    """The language itself where there are patterns of it, else "" for all of them."""
    return language if language in _SURE else ""


@dataclass(frozen=True, slots=True)
class TopicJudgement:
    """`topic` and `cause` of DESIGN 4 (cause None for other), `urgent` flags, `positive` for praise, `score` 0 to 1."""

    topic: str
    cause: str | None
    urgent: tuple[str, ...] = ()
    positive: bool = False
    score: float = 0.0


def urgent_flags(text: str) -> tuple[str, ...]:
    """Which of legal, safety, claim, abuse a text calls for."""
    head = lowered(text[:4000])
    return tuple(name for name, words in _URGENT if words.hits(head))


def topic_words(text: str, subject: str = "") -> list[str]:
    """The hashed features of a message for its topic."""
    return hashed(tokens(text)) + (hashed(tokens(subject), "s:") if subject else [])


@dataclass(frozen=True)
class TopicModel:
    """A linear model over "topic/cause" labels, summed up to topics: words first, then what is said outright."""

    labels: tuple[str, ...]
    coef: Any  #: float32, labels x TOPIC_WIDTH
    intercept: Any
    worth: Any = None  #: float32, labels x len(signals()): what each hit is worth, in log-odds; None: nothing
    trust: float = 1.0  #: of the words' log-odds beside that

    @classmethod
    def of(cls, content: dict[str, Any]) -> TopicModel:
        """From what `content` wrote."""
        worth = content.get("worth")
        return cls(
            tuple(content["labels"]),
            content["coef"].astype("float32"),
            content["intercept"].astype("float32"),
            None if worth is None or worth.shape[1] != len(signals()) else worth.astype("float32"),
            float(content.get("trust", 1.0)),
        )

    def content(self) -> dict[str, Any]:
        """What is written to the model file."""
        found = {
            "labels": list(self.labels),
            "coef": self.coef.astype("float16"),
            "intercept": self.intercept.astype("float16"),
            "trust": self.trust,
        }
        return found if self.worth is None else found | {"worth": self.worth.astype("float16")}

    @cached_property
    def _by_column(self) -> Any:
        """The coefficients with one row a column."""
        import numpy as np

        return np.ascontiguousarray(self.coef.T)

    @cached_property
    def _parted(self) -> list[tuple[str, str]]:
        """(topic, cause) of each label."""
        return [(topic, cause) for topic, _, cause in (label.partition("/") for label in self.labels)]

    def shares(self, words: Iterable[list[str]]) -> Any:
        """Array of texts x labels by their words alone, each row summing to 1."""
        from helpdesk.triage.vectors import word_sums

        return _shares(word_sums(words, self._by_column) + self.intercept)

    def weighed(self, shares: Any, said: Any) -> Any:
        """`shares` with the `signs` of each text (array of texts x signals, zeros where they were not asked) counted in."""
        import numpy as np

        if self.worth is None:
            return shares
        return _shares(np.log(shares + 1e-9) * self.trust + said @ self.worth.T)

    def judge(self, texts: Sequence[str], languages: Sequence[str] = ()) -> list[TopicJudgement]:
        """Topic and cause of each text; `languages` (ISO 639-1) where they are known, one for each."""
        import numpy as np

        if not texts:
            return []
        known = [language_of(t, lang) for t, lang in zip(texts, languages or [""] * len(texts), strict=True)]
        told = [heard(text, language) for text, language in zip(texts, known, strict=True)]
        said = np.array([signs(text, language) for text, language in zip(told, known, strict=True)], dtype="float32")
        rows = self.weighed(self.shares(topic_words(text) for text in told), said)
        return [self._one(text, language, row) for text, language, row in zip(texts, known, rows.tolist(), strict=True)]

    def _one(self, text: str, language: str, row: Sequence[float]) -> TopicJudgement:
        by_topic: dict[str, float] = dict.fromkeys(TAXONOMY, 0.0)
        best: dict[str, tuple[float, str]] = {}
        for (topic, cause), share in zip(self._parted, row, strict=True):
            by_topic[topic] += share
            best[topic] = max(best.get(topic, (0.0, "")), (share, cause))
        praise = by_topic["other"] >= _PRAISED and only_praise(text, language)
        topic = "other" if praise or not text.strip() else max(by_topic, key=lambda name: by_topic[name])
        why = best[topic][1] if topic in best and topic != "other" else None
        positive = topic == "other" and (praise or best.get("other", (0.0, ""))[1] == POSITIVE)
        return TopicJudgement(topic, why, urgent_flags(text), positive, round(by_topic[topic], 4))


def _shares(raw: Any) -> Any:
    """Log-odds, texts x labels, as shares."""
    import numpy as np

    found = np.exp(raw - raw.max(axis=1, keepdims=True))
    return found / found.sum(axis=1, keepdims=True)
