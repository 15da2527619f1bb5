"""The grammar of invented mail: one file a language under grammar/, in plain text that a person can extend.

`== section` opens a list, one entry a line. `[a|b|]` is a choice, `{slot}` is filled, `||` parts a subject from its letter and
`\\n` is a line break. Sections `buyer TOPIC/CAUSE` (and `more TOPIC/CAUSE`) are what buyers write, sections `other KIND` are mails of anybody
else, `say NAME` are sentences of which such mails are put together under a `title NAME`.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).resolve().parent / "grammar"
LANGUAGES: tuple[str, ...] = ("en", "de", "fr", "es", "it", "ja", "zh", "pt", "nl", "pl")

_CHOICE = re.compile(r"\[([^\[\]{}]*(?:\{\w+\}[^\[\]{}]*)*)\]")
_SLOT = re.compile(r"\{(\w+)\}")
_SYLLABLES = [
    "ba",
    "be",
    "bo",
    "ca",
    "co",
    "da",
    "de",
    "do",
    "fa",
    "fi",
    "ga",
    "go",
    "ha",
    "jo",
    "ka",
    "ki",
    "ko",
    "la",
    "le",
    "li",
    "lo",
    "lu",
    "ma",
    "me",
    "mi",
    "mo",
    "na",
    "ne",
    "ni",
    "no",
    "pa",
    "pi",
    "po",
    "ra",
    "re",
    "ri",
    "ro",
    "sa",
    "se",
    "so",
    "ta",
    "te",
    "ti",
    "to",
    "va",
    "ve",
    "vi",
    "vo",
    "za",
    "zo",
]
_ENDS = {"de": ("de", "com", "net"), "fr": ("fr", "com", "eu"), "es": ("es", "com", "mx"), "it": ("it", "com"), "ja": ("jp", "co.jp", "com"), "zh": ("cn", "com.cn", "com"),
         "pt": ("com.br", "pt", "com"), "nl": ("nl", "be", "com"), "pl": ("pl", "com.pl", "com"), "en": ("com", "co.uk", "net", "us", "org", "io")}  # fmt: skip
_LEGAL = {
    "de": "GmbH",
    "fr": "SARL",
    "es": "S.L.",
    "it": "S.r.l.",
    "ja": "株式会社",
    "zh": "有限公司",
    "pt": "Lda",
    "nl": "B.V.",
    "pl": "sp. z o.o.",
    "en": "Ltd",
}


@dataclass(frozen=True, slots=True)
class Grammar:
    """One language: its lists by section name."""

    language: str
    lists: dict[str, tuple[str, ...]]

    def causes(self) -> tuple[str, ...]:
        """The buyer sections, "topic/cause"."""
        return tuple(name[6:] for name in self.lists if name.startswith("buyer "))

    def kinds(self) -> tuple[str, ...]:
        """The kinds of other mail."""
        return tuple(name[6:] for name in self.lists if name.startswith("other "))


@cache
def sentences(name: str) -> dict[str, tuple[str, ...]]:
    """The lists of a file under grammar/ by the names of their sections; none where the file is missing."""
    lists: dict[str, list[str]] = {}
    current: list[str] = []
    path = _FOLDER / f"{name}.txt"
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        if line.startswith("== "):
            current = lists.setdefault(line[3:].strip(), [])
        elif line and not line.startswith("#"):
            current.append(line.replace("\\n", "\n"))
    return {name: tuple(entries) for name, entries in lists.items()}


@cache
def grammar(language: str) -> Grammar:
    """The grammar of one language (ISO 639-1)."""
    return Grammar(language, sentences(language))


def tongue(language: str) -> str:
    """The language itself, or English where it has no grammar: whose envelopes a letter in it goes in."""
    return language if language in LANGUAGES else "en"


def invented_word(dice: random.Random) -> str:
    """A word that means nothing: lumako."""
    return "".join(dice.choice(_SYLLABLES) for _ in range(dice.choice((2, 3, 3, 4))))


def invented_host(dice: random.Random, language: str) -> str:
    """A host that nobody is meant by."""
    joint = dice.choice(("", "", "-", ""))
    tail = dice.choice(("", "", "", "shop", "mail", "group", "online", "trade"))
    return f"{invented_word(dice)}{joint if tail else ''}{tail}.{dice.choice(_ENDS[language])}"


@dataclass(frozen=True, slots=True)
class Person:
    """Who writes."""

    first: str
    last: str
    name: str


class Writer:
    """Fills the grammar of one language with invented people and things; the same dice give the same words."""

    def __init__(self, language: str, dice: random.Random, shop: str) -> None:
        self.language = language
        self.dice = dice
        self.grammar = grammar(language)
        self.person = self.somebody()
        self.shop = shop
        self.order = f"{dice.choice((dice.randint(100, 119), dice.randint(200, 408), dice.randint(701, 705)))}-{dice.randint(0, 9999999):07d}-{dice.randint(0, 9999999):07d}"
        index = dice.randrange(len(self.grammar.lists["items"]))
        self.item = self.grammar.lists["items"][index]
        self.itema = self.grammar.lists.get("itema", self.grammar.lists["items"])[index]

    def somebody(self) -> Person:
        """A first and a last name, in the order of the language."""
        first, last = self.pick("first"), self.pick("last")
        if self.language in {"ja", "zh"}:
            space = " " if self.language == "ja" and self.dice.random() < 0.7 else ""
            return Person(first, last, f"{last}{space}{first}")
        return Person(first, last, f"{first} {last}")

    def pick(self, section: str) -> str:
        """One entry of a list."""
        return self.dice.choice(self.grammar.lists[section])

    def fill(self, template: str) -> str:
        """Choices made and slots filled."""
        while True:
            chosen = _CHOICE.sub(lambda m: self.dice.choice(m.group(1).split("|")), template)
            if chosen == template:
                break
            template = chosen
        filled = _SLOT.sub(lambda m: self._slot(m.group(1)), template)
        return filled[:1].upper() + filled[1:] if template[:1] == "{" else filled

    def url(self) -> str:
        """A link to nowhere in particular."""
        dice = self.dice
        host = dice.choice(
            (invented_host(dice, self.language), f"{invented_word(dice)}.{invented_host(dice, self.language)}")
        )
        if dice.random() < 0.08:
            host = ".".join(str(dice.randint(11, 250)) for _ in range(4))
        path = "".join(dice.choice("abcdefghkmnpqrstuvwxyz0123456789") for _ in range(dice.randint(3, 24)))
        return f"{dice.choice(('http', 'https', 'https'))}://{host}/{dice.choice(('', 'c/', 'login/', 'r?u='))}{path}"

    def _slot(self, name: str) -> str:
        if name in {"item", "itema"}:
            return self.item if name == "item" else self.itema
        if name in {"name", "first", "last"}:
            return str(getattr(self.person, name))
        if name in {"order", "shop"}:
            return str(getattr(self, name))
        made = self._number(name)
        return made or self.pick(name)

    def _number(self, name: str) -> str:
        """The slots that are made up of dice; "" for any other."""
        dice = self.dice
        match name:
            case "n":
                return str(dice.randint(2, 30))
            case "pct":
                return str(dice.randint(5, 95))
            case "price":
                return f"{dice.randint(2, 990)}{dice.choice(('', '', '.50', ',90', '.99'))}"
            case "date":
                day, month = dice.randint(1, 28), dice.randint(1, 12)
                return dice.choice((f"{day}.{month}.", f"{month}/{day}", self._day()))
            case "code":
                return "".join(dice.choice("ABCDEFGHJKLMNPQRSTUVWXYZ23456789") for _ in range(dice.randint(5, 9)))
            case "phone":
                return f"+{dice.randint(1, 86)} {dice.randint(100, 999)} {dice.randint(100, 999)} {dice.randint(1000, 9999)}"
            case "company":
                return f"{invented_word(dice).capitalize()} {_LEGAL[self.language]}"
            case "url":
                return self.url()
            case "photo":
                return f"https://imgur.com/{invented_word(dice)}"
        return ""

    def _day(self) -> str:
        day, month = self.dice.randint(1, 28), self.dice.randint(1, 12)
        if self.language in {"ja", "zh"}:
            return f"{month}月{day}日"
        months = [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ]
        return (
            f"{months[month - 1]} {day}" if self.language == "en" else f"{day}.{month}.{self.dice.randint(2019, 2027)}"
        )
