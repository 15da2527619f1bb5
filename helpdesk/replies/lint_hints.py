"""Roundabout ways of asking for what must not be asked: several small signs that stand close together (DOMAIN 3).

"Just tell Amazon you changed your mind", "you have sixty days to reconsider", "anything below five counts as a fail".
The signs stand in lint_hints.toml. A text is looked at only where the rarest of them is found: linear.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path

from helpdesk.replies.lint_language import Words
from helpdesk.replies.lint_marks import Mark

REACH, REACH_WIDE = 130, 50  #: characters on either side of the rarest sign in which the others must stand
MOST = 60  #: places looked at in one text: it bounds the work
#: The rarest sign of each rule.
_RARE = {"cancel_request": "unwanted", "feedback_change": "window", "review_positive_only": "pain"}
#: Nothing is asked: it is denied, or what the buyer said or chose.
_DENIAL = re.compile(
    r"\byou (?:said|told|wrote|asked)|\b(?:sagten|schrieben) sie\b|\bhaben sie (?:uns )?(?:gesagt|geschrieben)"
    r"|\bvous (?:nous )?"
    r"(?:avez|aviez) (?:dit|ecrit)|\bnos (?:dijo|ha dicho)|\bci ha (?:detto|scritto)"
    r"|已经?(?:帮|为|替)您取消|您.{0,4}说不"
    r"|也没关系|とのこと|伺いました|only if|nur,? wenn|seulement si|solo si|solo se|"
    r"\b(?:not need to|needn't|no need to|please (?:do not|don't)|never ask|would never|nie(?:mals)? bitten|bitte nicht"
    r"|n'avez pas besoin|nunca|no hace falta|non serve|non occorre|mai chieder)"
    r"|不需要您|请不要|不用您|必要はございません"
)


@cache
def _rules() -> list[tuple[str, frozenset[str], list[str], re.Pattern[str], list[re.Pattern[str]]]]:
    """Each rule: its name, the words and signs without which it cannot be broken, its rarest sign, the others."""
    found = []
    for rule, entry in tomllib.loads(Path(__file__).with_name("lint_hints.toml").read_text(encoding="utf-8")).items():
        words, wide = frozenset(entry.pop("words").split(", ")), entry.pop("wide").split(", ")
        rare = re.compile(entry.pop(_RARE[rule]))
        found.append((rule, words, wide, rare, [re.compile(text) for text in entry.values()]))
    return found


def hints(text: Words) -> Iterator[Mark]:
    """Every place where all signs of a rule come together, once a rule."""
    low = text.low
    ascii_only = low.isascii()
    for rule, words, wide, rare, others in _rules():
        if words.isdisjoint(text.has) and (ascii_only or not any(sign in low for sign in wide)):
            continue
        for hit in islice(rare.finditer(low), MOST):
            reach = REACH if hit.group().isascii() else REACH_WIDE
            a, b = max(0, hit.start() - reach), min(len(low), hit.end() + reach)
            a = max(a, low.rfind("\n\n", a, hit.start()) + 1)
            found = [sign.search(low, a, b) for sign in others]
            if all(found) and not _DENIAL.search(low, a, b):
                yield rule, min(hit.start(), *(other.start() for other in found if other)), hit.end()
                break
