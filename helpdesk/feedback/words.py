"""Finds a language's words and phrases in a comment, in time linear to its length.

A word file (words/LANG.toml) holds one string of comma-separated patterns per class. In languages that write spaces a
pattern is a row of words: `never arriv*` (a stem), `*kabel` (a tail), `late|slow` (either), `..` (up to four words
between), `@not` (a list named in [lists]). Accents and case are folded away on both sides, ä is also read as ae. In
Japanese and Chinese a pattern is a row of characters: `届~ない` (up to six characters between), `(遅|おそ)い` (either).
Of overlapping finds the longest wins.
"""

from __future__ import annotations

import itertools
import re
import tomllib
import unicodedata
from functools import lru_cache
from pathlib import Path

from helpdesk.feedback.tree import Lexicon, Pattern, Slot

WORDS = Path(__file__).with_name("words")

#: Languages with a word file.
LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl", "pl", "sv", "tr", "ja", "zh")
#: Languages whose patterns are rows of characters.
SPACELESS = frozenset({"ja", "zh"})
#: Languages whose apostrophe belongs to the word (don't); in the others it parts two words (l'article).
APOSTROPHE_JOINS = frozenset({"en", "de", "nl"})

_GAP_WORDS = 4
_GAP_CHARACTERS = 6

_APOSTROPHES = {0x2018: "'", 0x2019: "'", 0x02BC: "'", 0x00B4: "'", 0x0060: "'", 0xFF07: "'"}
#: Traditional characters (and Japanese-style ones) that our Chinese patterns write in their simple form.
_SIMPLE = dict(
    zip(
        "貨質東這個來壞還沒實發買賣錯顏幾產與圖聲電機開關裝殼廠價錢貴聯繫態務應復樣後為說問題時間過遲運員門單訂號碼爛總動紅綠線"
        "帶鐵銹鏽裡對無確認騙熱壓帳條種體驗極話寫給聽點處盡憂覺準備從頭經難讓現換錄寬鬆緊臉軟屬長輕斷標細膠鈕螢盤紙書頁滿蓋"
        "郵遞達費",
        "货质东这个来坏还没实发买卖错颜几产与图声电机开关装壳厂价钱贵联系态务应复样后为说问题时间过迟运员门单订号码烂总动红绿线"
        "带铁锈锈里对无确认骗热压账条种体验极话写给听点处尽忧觉准备从头经难让现换录宽松紧脸软属长轻断标细胶钮萤盘纸书页满盖"
        "邮递达费",
        strict=True,
    )
)


def _fold_table() -> dict[int, str]:
    """One character for one character: lower case, no accents, full-width forms made narrow."""
    table: dict[int, str] = dict(_APOSTROPHES)
    for code in itertools.chain(range(0x41, 0x5B), range(0xC0, 0x250), range(0xFF01, 0xFF5F)):
        if code not in table:
            plain = unicodedata.normalize("NFKD", chr(code))[0].lower()
            table[code] = plain[0]
    table |= {ord("ø"): "o", ord("Ø"): "o", ord("ł"): "l", ord("Ł"): "l", ord("ẞ"): "ß", ord("ı"): "i"}
    return table


_FOLD = _fold_table()
_FOLD_ZH = _FOLD | {ord(old): new for old, new in _SIMPLE.items()}

_TOKENS = {True: re.compile(r"[^\W_]+(?:'[^\W_]+)*"), False: re.compile(r"[^\W_]+")}
_ASCII_TOKENS = re.compile("[a-z0-9]+")  #: the same of a folded text in ASCII


def fold(text: str, language: str = "en") -> str:
    """The text as patterns see it; as long as before, so that positions stay true."""
    if text.isascii():
        return text.lower()
    return text.translate(_FOLD_ZH if language == "zh" else _FOLD)


def words_in(folded: str, language: str) -> list[str]:
    """The words of a folded text (in Japanese and Chinese its characters), apostrophes taken out."""
    if language in SPACELESS:
        return [character for character in folded if not character.isspace()]
    if "'" in folded and language in APOSTROPHE_JOINS:
        return [word.replace("'", "") for word in _TOKENS[True].findall(folded)]
    tokens = _ASCII_TOKENS if folded.isascii() else _TOKENS[False]
    return tokens.findall(folded)


def spans_in(folded: str, language: str) -> list[tuple[int, int]]:
    """Where the words of `words_in` stand."""
    if language in SPACELESS:
        return [(at, at + 1) for at, character in enumerate(folded) if not character.isspace()]
    return [match.span() for match in _TOKENS[language in APOSTROPHE_JOINS].finditer(folded)]


def _alternatives(pattern: str) -> list[str]:
    """`(遅|おそ)い` → 遅い, おそい.

    >>> _alternatives("(a|b)c(d|)")
    ['acd', 'ac', 'bcd', 'bc']
    """
    parts = re.split(r"\(([^()]*)\)", pattern)
    choices = [part.split("|") if odd % 2 else [part] for odd, part in enumerate(parts)]
    return ["".join(choice) for choice in itertools.product(*choices)]


def _spaceless(name: str, pattern: str) -> list[Pattern]:
    gap = Slot(gap=_GAP_CHARACTERS)
    return [
        (name, tuple(gap if c == "~" else Slot(words=frozenset(c)) for c in choice))
        for choice in _alternatives(pattern)
        if choice
    ]


def _slot(text: str, lists: dict[str, list[str]]) -> Slot:
    if text == "..":
        return Slot(gap=_GAP_WORDS)
    names = list(itertools.chain.from_iterable(lists[t[1:]] if t[0] == "@" else [t] for t in text.split("|")))
    stems = tuple(n[:-1] for n in names if n.endswith("*"))
    tails = tuple(n[1:] for n in names if n.startswith("*"))
    return Slot(words=frozenset(n for n in names if "*" not in n), stems=stems, tails=tails)


def _spaced(name: str, pattern: str, lists: dict[str, list[str]]) -> Pattern:
    return name, tuple(_slot(text, lists) for text in pattern.replace("'", "").split())


def _readings(pattern: str, language: str) -> set[str]:
    """A pattern folded; in German also with ae, oe, ue and ss for the letters that keyboards lack."""
    plain = {fold(pattern, language)}
    if language == "de":
        spelt = pattern.lower()
        for letter, pair in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
            spelt = spelt.replace(letter, pair)
        plain |= {fold(spelt, language), fold(pattern.lower().replace("ß", "ss"), language)}
    return plain


def split(text: str) -> list[str]:
    """The patterns of one class: separated by commas; a line may end inside a pattern."""
    return [part for part in (" ".join(p.split()) for p in text.split(",")) if part]


def compile_lexicon(tables: dict[str, str], lists: dict[str, str], language: str) -> Lexicon:
    """A lexicon from class → patterns. Raises KeyError where a pattern names a list that is not there."""
    named = {
        name: list(itertools.chain.from_iterable(sorted(_readings(p, language)) for p in split(text)))
        for name, text in lists.items()
    }
    patterns: list[Pattern] = []
    for name, text in tables.items():
        for pattern in split(text):
            for reading in sorted(_readings(pattern, language)):
                if language in SPACELESS:
                    patterns += _spaceless(name, reading)
                else:
                    patterns.append(_spaced(name, reading, named))
    return Lexicon(patterns)


@lru_cache(maxsize=32)
def word_file(language: str) -> dict[str, dict[str, str]]:
    """A language's word file: [classes], [lists], and further tables."""
    return tomllib.loads((WORDS / f"{language}.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=32)
def lexicon(language: str) -> Lexicon:
    """The lexicon of a language with a word file."""
    tables = word_file(language)
    return compile_lexicon(tables["classes"], tables.get("lists", {}), language)
