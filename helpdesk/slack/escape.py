"""What a buyer wrote is data: made harmless for Slack, whole within Slack's limits. Pure.

Slack reads `<…>` and `&…;` as orders (mentions, links with another label) and backticks as code; control, bidi and
invisible characters can turn a line's reading order round or hide words. Lengths are UTF-16 units, the strict way.
"""

from __future__ import annotations

import re
import unicodedata

#: Bidi controls (U+061C, U+200E/F, U+202A–E, U+2066–F), invisible marks, tag characters, lone surrogates.
_HIDDEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff"
    "\uffa0\ufff0-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_BREAK = re.compile("\r\n?|[\u0085\u2028\u2029]")
_FENCE = re.compile("`{3,}")
_BLANKS = re.compile(r"\n{3,}")
_PERSON = re.compile(r"&lt;(@[UW][A-Z0-9]{2,20})&gt;")
_SPACES = re.compile(r"\s+")
_FLIPPED = str.maketrans("<>`", "‹›ˋ")
#: More than four marks on one letter are stacked for show, and drawn over the lines above.
_MARK = (
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f"
    "\u0e34-\u0e3a\u0e47-\u0e4e\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
)
_STACK = re.compile(f"({_MARK}{{4}}){_MARK}+")
ELLIPSIS = "…"
_REACH = 8


def clean(text: str) -> str:
    """Without control, bidi and invisible characters; line breaks as \\n; at most four marks on a letter.

    >>> clean("a\\u202eb\\r\\nc\\x07")
    'ab\\nc'
    """
    text = _HIDDEN.sub("", _CONTROL.sub("", _BREAK.sub("\n", text)))
    return text if text.isascii() else _STACK.sub(r"\1", text)


def one_line(text: str) -> str:
    """Clean, and all white space one blank."""
    return _SPACES.sub(" ", clean(text)).strip()


def escape(text: str) -> str:
    """Clean and safe as mrkdwn: `&`, `<`, `>` escaped, code fences turned into look-alike marks.

    >>> escape("<!channel> & ```x```")
    '&lt;!channel&gt; &amp; ˋˋˋxˋˋˋ'
    """
    text = clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _FENCE.sub(lambda found: "ˋ" * len(found[0]), text)


def escape_line(text: str, limit: int) -> str:
    """One escaped line of at most `limit` units; of a text many times longer only the beginning is looked at."""
    return clip(escape(one_line(text[: _REACH * limit])), limit)


def with_people(text: str) -> str:
    """Escape our own sentence, but let `<@U0123>` stand: a person's name in Slack. Never for buyers' text."""
    return _PERSON.sub(r"<\1>", escape(text))


def plain(text: str, limit: int) -> str:
    """For plain_text objects, where Slack reads nothing: one clean line with ‹ › for < >."""
    return clip(one_line(text[: _REACH * limit]).translate(_FLIPPED), limit)


def size(text: str) -> int:
    """Length in UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def _fits(text: str, limit: int) -> int:
    """How many characters of text fit into `limit` units."""
    if text.isascii() or size(text) <= limit:
        return min(len(text), limit)
    used = 0
    for number, sign in enumerate(text):
        used += 2 if sign > "\uffff" else 1
        if used > limit:
            return number
    return len(text)


def _whole_end(text: str, end: int) -> int:
    """The last place at or before `end` that cuts neither an entity nor a letter from its marks."""
    start = text.rfind("&", max(0, end - 5), end)
    if start >= 0 and ";" not in text[start:end]:
        end = start
    while 0 < end < len(text) and (
        unicodedata.combining(text[end]) or text[end] == "\u200d" or text[end - 1] == "\u200d"
    ):
        end -= 1
    return end


def clip(text: str, limit: int) -> str:
    """Escaped text cut to `limit` units with an ellipsis, no entity cut in two.

    >>> clip("a &amp; b", 6)
    'a …'
    """
    if size(text) <= limit:
        return text
    return text[: _whole_end(text, _fits(text, limit - 1))].rstrip() + ELLIPSIS


def pages(text: str, limit: int) -> list[str]:
    """Escaped text in pieces of at most `limit` units, whole: cut after a line, else a blank, else where it must be."""
    found: list[str] = []
    start = 0
    while start < len(text):
        window = text[start : start + limit + 1]
        end = _fits(window, limit)
        if end < len(window):
            at = window.rfind("\n", limit // 2, end)
            at = at if at >= 0 else window.rfind(" ", limit // 2, end)
            end = at + 1 if at >= 0 else (_whole_end(window, end) or end)
        piece = window[:end].strip("\n")
        if piece.strip():
            found.append(piece)
        start += end
    return found


def quote(text: str, limit: int) -> str:
    """A buyer's words as an escaped quotation (`> ` before every line), cut to `limit` units.

    >>> quote("Hi\\n\\nwhere is it?", 100)
    '> Hi\\n> \\n> where is it?'
    """
    return clip(quoted(escape(text)), limit)


def quoted(escaped: str) -> str:
    """`> ` before every line of an escaped text; three empty lines are two."""
    return "\n".join(f"> {line}" for line in _BLANKS.sub("\n\n", escaped.strip("\n")).split("\n"))
