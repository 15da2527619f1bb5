"""E-mail addresses in a text, written plainly or in words (DOMAIN 3). Every pattern is bounded: linear."""

from __future__ import annotations

import re
from collections.abc import Iterator

from helpdesk.replies.lint_marks import RELAYS, Mark, regions
from helpdesk.replies.lint_text import Folded

_AT = (
    r"(?:\s?@\s?|\s?[(\[{<]\s?(?:at|@|a|aet|chez|arroba|arobase|chiocciola)\s?[)\]}>]\s?|\s?(?:arobase"
    r"|arroba|chiocciola|klammeraffe|艾特"
    r"|アットマーク|あっと(?:まーく)?|アット|小老鼠)\s?)"
)
_PROVIDERS = frozenset(
    ("gmail", "googlemail", "yahoo", "hotmail", "outlook", "icloud", "gmx", "web", "proton", "protonmail", "qq", "163",
     "126", "aol", "live", "orange", "libero", "docomo")
)  # fmt: skip
_PROVIDER = f"(?:{'|'.join(sorted(_PROVIDERS, reverse=True))})"
_ANY_DOT = (
    r"(?:\s?[(\[{<]\s?(?:dot|\.|punkt|point|punto|点|d0t)\s?[)\]}>]\s?|\s(?:dot|d0t|punkt|point|punto)\s|\s?点\s?"
    r"|\s?(?:ドット|どっと)\s?|\s?。\s?|\s?\.\s?)"
)
_MAIL = re.compile(
    r"(?<![a-z0-9._%+-])(?P<local>[a-z0-9._%+-]{1,64})@(?P<host>[a-z0-9\u3041-\u9fff](?:[a-z0-9.-]{0,200}[a-z0-9])?\."
    r"[a-z]{2,20})(?![a-z0-9-])"
)
_MAIL_DISGUISED = re.compile(
    rf"(?<![a-z0-9._%+-])[a-z0-9._%+-]{{1,64}}(?:{_AT}[a-z0-9-]{{1,40}}(?:{_ANY_DOT}[a-z0-9-]{{2,20}}){{1,3}}"
    rf"|{_AT}{_PROVIDER}"
    rf"|\s(?:at|arrobase|bei)\s[a-z0-9-]{{1,40}}(?:\s(?:dot|punkt|point|punto)\s[a-z]{{2,20}}){{1,3}}"
    rf"|\s(?:at)\s{_PROVIDER}(?:{_ANY_DOT}(?:com|net|org|de|fr|it|es|jp|cn))?)(?![a-z0-9-])"
)
_AT_ANCHOR = re.compile(
    r"@|\sat\s|\sbei\s|[(\[{<]\s?(?:at|a|aet|chez|arroba|arobase|chiocciola)\s?[)\]}>]|arobase"
    r"|arrobase|arroba|chiocciola"
    r"|klammeraffe|艾特|アット|あっと|小老鼠"
)
_BRACKETED_AT = re.compile(r"[(\[{<]\s?(?:at|a|aet|chez)\s?[)\]}>]")
_DOT_WORDS = frozenset({"dot", "d0t", "punkt", "point", "punto"})

#: A marketplace's own alias: neither an address nor a link of ours.
RELAY_ADDRESS = re.compile(rf"(?<![a-z0-9._%+-])[a-z0-9._%+-]{{1,64}}@{RELAYS.pattern}(?![a-z0-9-])")


def relays(low: str) -> list[tuple[int, int]]:
    """Places of marketplaces' own aliases."""
    return [hit.span() for hit in RELAY_ADDRESS.finditer(low)] if "@" in low else []


def addresses(text: Folded, words: frozenset[str], allowed: frozenset[str]) -> Iterator[Mark]:
    """E-mail addresses, written plainly or in words; a marketplace's alias is none. `words` are the text's."""
    low = text.low
    taken: list[tuple[int, int]] = []
    if "@" in low:
        for hit in _MAIL.finditer(low):
            taken.append(hit.span())
            if not RELAYS.fullmatch(hit["host"]) and hit.group() not in allowed:
                yield "email_address", *hit.span()
    if not _may_be_disguised(low, words):
        return
    places = regions(low, _AT_ANCHOR, 70, 120)
    for hit in (m for a, b in places for m in _MAIL_DISGUISED.finditer(low, a, b)):
        if not any(a < hit.end() and hit.start() < b for a, b in taken[-400:]):
            yield "email_address", *hit.span()


def _may_be_disguised(low: str, words: frozenset[str]) -> bool:
    """Does a text hold what no address written in words can do without?"""
    if "@" in low or any(sign in low for sign in ("arobase", "arrob", "chiocciola", "klammeraffe")):
        return True
    if not words.isdisjoint({"at", "bei"}) and not words.isdisjoint(_DOT_WORDS | _PROVIDERS):
        return True
    if any(sign in low for sign in "([{<") and _BRACKETED_AT.search(low):
        return True
    return not low.isascii() and any(sign in low for sign in ("艾特", "アット", "あっと", "小老鼠"))
