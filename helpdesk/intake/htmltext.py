"""HTML to readable text: what a person sees, line by line; hidden preheaders, styles and scripts left out.

Quoted history (blockquotes, and what mail programs wrap it in) comes out with "> " in front, as in plain text.
inscriptis does the same more beautifully at seven times the cost; tests/pure/test_htmltext.py holds the words of both
against each other. Time is linear: the HTML is capped, cleared of data: URIs, and never walked by recursion.
"""

from __future__ import annotations

import html as entities
import re
from collections.abc import Callable
from functools import lru_cache

from lxml import etree

MAX_HTML = 150_000
MAX_NESTING = 200

_DROP_BLOCKS = re.compile(r"<(style|script|head|title|noscript|template|svg|object)\b[^>]*>", re.IGNORECASE)
_COMMENT = re.compile(r"<!--")
_DATA_URI = re.compile(r"data:[a-z]{2,20}/[^\"'\s>)]{200,}", re.IGNORECASE)
_TAG = re.compile(r"<[/!?a-zA-Z][^<>]*>")
_BREAKS = re.compile(r"<(?:br|/p|/div|/tr|/li|/h[1-6]|/pre|/table|/blockquote)\b[^<>]*>", re.IGNORECASE)
_SPACES = re.compile(r"[ \t\r\n\f]+")
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|font-size\s*:\s*0(?:px|pt|em|%)?\s*(?:;|!|$)"
    r"|(?:max-height|max-width)\s*:\s*0(?:px|pt)?\s*(?:;|!|$)|opacity\s*:\s*0(?:\.0+)?\s*(?:;|!|$)",
    re.IGNORECASE,
)
#: Without one of these, in lower case, a style hides nothing: asked at a fifth of the pattern's time.
_MAY_HIDE = ("display", "visib", "mso-hide", "max-", "opacity")
_NO_SIZE = re.compile(r"font-size\s*:\s*0")
_QUOTE_CLASSES = frozenset(
    {
        "gmail_quote",
        "gmail_quote_container",
        "yahoo_quoted",
        "protonmail_quote",
        "moz-cite-prefix",
        "tutanota_quote",
        "zmail_extra",
    }
)
_SIGNATURE_CLASSES = frozenset({"gmail_signature", "protonmail_signature_block"})
_QUOTE_ID = re.compile(
    r"yahoo_quoted|mail-editor-reference-message|isReplyContent|ms-outlook-mobile-reference|replySplit",
    re.IGNORECASE,
)

_PARSER = etree.HTMLParser(
    encoding="utf-8",
    recover=True,
    no_network=True,
    remove_comments=True,
    remove_pis=True,
    huge_tree=False,
    collect_ids=False,
)
_SKIPPED = {"style", "script", "head", "title", "noscript", "template", "svg", "object", "select", "button", "map"}
#: Elements that stand on lines of their own → whether a blank line parts them from what is round them.
_SPACED = dict.fromkeys(
    ("div", "tr", "tbody", "thead", "dl", "dt", "dd", "li", "section", "article", "header", "footer", "center",
     "address", "form", "fieldset", "hr", "body"), False,
) | dict.fromkeys(
    ("p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "ul", "ol", "table"), True,
)  # fmt: skip
_PRE = re.compile(r"white-space\s*:\s*(?:pre|-o-pre|-moz-pre)", re.IGNORECASE)


_MAX_STYLE = 500  # a longer one is nobody's second
_AFTER_NAME = frozenset("> \t\r\n")
_NONE: dict[str, str] = {}


#: What the end of an element does: it ends a line, with a blank one behind it or without (None: it does not), and takes
#: back levels of quotation and of kept blanks.
_End = tuple[bool | None, int, int]
_NO_END: _End = (None, 0, 0)


class _Lines:
    """Collects words into lines, collapsing blanks as a browser does."""

    __slots__ = ("last", "lines", "parts", "quote", "space", "wanted")

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.parts: list[str] = []
        self.space = False
        self.quote = 0
        self.last = 0  # the quotation's depth in the line before
        self.wanted = 0  # blank lines wanted before the next text

    def add(self, text: str, keep: bool) -> None:
        """Text of an element or after one."""
        if keep:
            first, *rest = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
            self._put(first)
            for line in rest:
                self.newline()
                self._put(line)
            return
        words = text.split()
        if not words:
            self.space = self.space or bool(text)
            return
        if (self.space or text[0].isspace()) and self.parts and self.parts[-1][-1:] not in " \t":
            self.parts.append(" ")
        self.parts.append(" ".join(words))
        self.space = text[-1].isspace()

    def _put(self, text: str) -> None:
        if text:
            self.parts.append(text)

    def newline(self, keep: bool = False) -> None:
        """End the line, be it empty or not; `keep` leaves the blanks at its end."""
        line = "".join(self.parts)
        self.parts.clear()
        self.space = False
        self._emit(line if keep else line.rstrip().replace("\xa0", " "))

    def block(self, blank: bool) -> None:
        """Begin a new line unless we stand at one; `blank` asks for an empty line between."""
        if self.parts:
            self.newline()
        if blank and self.lines:
            self.wanted = 1

    def _emit(self, line: str) -> None:
        if not line:
            self.wanted = min(self.wanted + 1, 2) if self.lines else 0
            return
        if self.wanted:
            self.lines.extend([("> " * min(self.quote, self.last, 9)).rstrip()] * self.wanted)
            self.wanted = 0
        self.last = self.quote
        self.lines.append("> " * min(self.quote, 9) + line if self.quote else line)


def to_text(html: str) -> str:
    """The text of an HTML document or fragment."""
    source = prepare(html)
    if not source.strip():
        return ""
    try:
        root = etree.fromstring(source.encode("utf-8", "replace"), _PARSER)
    except (etree.LxmlError, ValueError, AssertionError):
        return strip_tags(source)
    if root is None or (source.count("<") > MAX_NESTING and _was_too_deep()):
        return strip_tags(source)
    lines = _Lines()
    _render(root, lines)
    lines.block(blank=False)
    return "\n".join(lines.lines)


def _render(root: etree._Element, lines: _Lines) -> None:
    """Walk the tree; `undo` holds for each open element what its end has to take back."""
    keep = 0
    add = lines.add
    undo: list[_End] = []
    walker = etree.iterwalk(root, events=("start", "end"))
    for event, element in walker:
        if event == "end":
            blank, quoted, kept = undo.pop()
            if blank is not None:
                lines.block(blank)
            lines.quote -= quoted
            keep -= kept
            if tail := element.tail:
                add(tail, keep > 0 and element is not root)
            continue
        tag = element.tag
        attributes = dict(pairs) if (pairs := element.items()) else _NONE
        hidden, pre = _looks(attributes["style"]) if "style" in attributes else (False, False)
        if hidden or tag in _SKIPPED or "hidden" in attributes or tag == "br":
            if tag == "br":
                lines.newline()
            undo.append(_NO_END)
            walker.skip_subtree()
            continue
        spaced = _SPACED.get(tag)
        quoted, kept = _open(attributes, tag, spaced, lines), int(pre or tag == "pre")
        keep += kept
        undo.append((bool(spaced) if quoted else spaced, quoted, kept))
        if text := element.text:
            add(text, keep > 0)


def _open(attributes: dict[str, str], tag: str, spaced: bool | None, lines: _Lines) -> int:
    """Begin an element's line; how many levels of quotation it adds."""
    classes = attributes["class"].split() if "class" in attributes else ()
    quoted = int(
        tag == "blockquote"
        or not _QUOTE_CLASSES.isdisjoint(classes)
        or ("id" in attributes and _QUOTE_ID.search(attributes["id"]) is not None)
    )
    if spaced is not None or quoted:
        lines.block(spaced or quoted > 0)
        if not _SIGNATURE_CLASSES.isdisjoint(classes):
            lines.parts.append("-- ")
            lines.newline(keep=True)
        if tag == "li":
            lines.parts.append("* ")
    elif tag in ("td", "th") and lines.parts:
        lines.parts.append("\t")  # a form's label and its value, a table's columns
        lines.space = False
    lines.quote += quoted
    return quoted


def _looks(style: str) -> tuple[bool, bool]:
    """(hidden, blanks kept) by a style."""
    return _style(style) if len(style) <= _MAX_STYLE else _style.__wrapped__(style)


@lru_cache(maxsize=2048)
def _style(style: str) -> tuple[bool, bool]:
    """The same, remembered: the elements of a page share few."""
    lower = style.lower()
    doubtful = not style.isascii() or any(map(lower.__contains__, _MAY_HIDE)) or _NO_SIZE.search(lower) is not None
    hidden = doubtful and _HIDDEN.search(style) is not None
    return hidden, ("white" in lower or not style.isascii()) and _PRE.search(style) is not None


def _was_too_deep() -> bool:
    """libxml2 gives up at 256 levels of nesting, and what follows is lost."""
    return any("depth" in entry.message for entry in _PARSER.error_log)


def prepare(html: str) -> str:
    """HTML without what nobody sees and what makes it large, at most MAX_HTML characters of it."""
    if len(html) < 80_000:
        return _without_styles(html)
    source = _DATA_URI.sub("data:", html) if "data:" in html else html
    if "<!--" in source:
        source = _cut(source, _COMMENT, lambda _: "-->")
    source = _cut(source, _DROP_BLOCKS, lambda match: f"</{match.group(1)}")
    return source[:MAX_HTML]


def _without_styles(html: str) -> str:
    """Without style sheets as they are mostly written: the parser takes three times as long over them as this."""
    begin = html.find("<style")
    if begin < 0:
        return html
    kept: list[str] = []
    position = 0
    while begin >= 0 and (end := html.find("</style>", begin)) >= 0:
        if html[begin + 6 : begin + 7] in _AFTER_NAME:
            kept.append(html[position:begin])
            position = end + 8
        begin = html.find("<style", end)
    kept.append(html[position:])
    return "".join(kept)


def _cut(source: str, opener: re.Pattern[str], closer: Callable[[re.Match[str]], str]) -> str:
    """Take out everything from an opener to its closer; an opener that never closes stays."""
    out: list[str] = []
    position = 0
    lowered = source.lower()
    missing: set[str] = set()
    while (match := opener.search(source, position)) is not None:
        end_mark = closer(match).lower()
        end = lowered.find(end_mark, match.end()) if end_mark not in missing else -1
        if end < 0:
            missing.add(end_mark)
            out.append(source[position : match.end()])
            position = match.end()
            continue
        out.append(source[position : match.start()])
        end += len(end_mark)
        close = source.find(">", end) if not end_mark.endswith(">") else end - 1
        position = len(source) if close < 0 else close + 1
    out.append(source[position:])
    return "".join(out)


def strip_tags(source: str) -> str:
    """The plain way: line breaks for block ends, no tags, entities resolved."""
    text = _TAG.sub("", _BREAKS.sub("\n", source))
    lines = (_SPACES.sub(" ", line).strip() for line in entities.unescape(text).splitlines())
    return "\n".join(line for line in lines if line)
