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
from typing import Literal

from lxml import etree

from helpdesk.intake.lines import Lines

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


#: What an element does to the lines: it begins and ends one of its own, with a blank one round it or without (None: it
#: does not), adds levels of quotation and of kept blanks until it ends, and is of a kind that begins otherwise.
_Layout = tuple[bool | None, int, int, Literal["", "cell", "item", "unseen"]]
_INLINE: _Layout = (None, 0, 0, "")
_UNSEEN: _Layout = (None, 0, 0, "unseen")
#: Elements as they are without attributes; all others are _INLINE.
_LAYOUTS: dict[str, _Layout] = {
    **{tag: (blank, 0, 0, "") for tag, blank in _SPACED.items()},
    **dict.fromkeys(_SKIPPED, _UNSEEN),
    **dict.fromkeys(("td", "th"), (None, 0, 0, "cell")),
    "li": (False, 0, 0, "item"),
    "blockquote": (True, 1, 0, ""),
    "pre": (True, 0, 1, ""),
}
#: The attributes that are looked at: the elements of most pages have none of them, or a style that says nothing here.
_TELLING = frozenset(("style", "class", "id", "hidden"))


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
    lines = Lines()
    _render(root, lines)
    lines.block(blank=False)
    return "\n".join(lines.lines)


def _render(root: etree._Element, lines: Lines) -> None:
    """Walk the tree; `undo` holds for each open element what its end has to take back."""
    keep = 0
    undo: list[_Layout] = []
    walker = etree.iterwalk(root, events=("start", "end"))
    for event, element in walker:
        if event == "end":
            layout = undo.pop()
            if layout is not _INLINE:
                blank, quoted, kept, _ = layout
                if blank is not None:
                    lines.block(blank)
                lines.quote -= quoted
                keep -= kept
            text = element.tail
        elif (tag := element.tag) == "br":
            lines.newline()
            undo.append(_INLINE)
            continue
        else:
            layout, signature = _LAYOUTS.get(tag, _INLINE), False
            if (names := element.keys()) and not _TELLING.isdisjoint(names):
                layout, signature = _told(layout, dict(element.items()))
            if layout is _UNSEEN:
                undo.append(_INLINE)
                walker.skip_subtree()
                continue
            undo.append(layout)
            if layout is not _INLINE:
                _begin(layout, signature, lines)
                keep += layout[2]
            text = element.text
        if text:
            if not keep and text.isspace():
                lines.space = True
            else:
                lines.add(text, keep > 0)


def _told(layout: _Layout, attributes: dict[str, str]) -> tuple[_Layout, bool]:
    """(an element's layout as its attributes have it, whether it holds a signature)."""
    hidden, pre = _looks(attributes["style"]) if "style" in attributes else (False, False)
    if hidden or "hidden" in attributes or layout is _UNSEEN:
        return _UNSEEN, False
    classes = attributes["class"].split() if "class" in attributes else ()
    blank, quoted, kept, kind = layout
    quoting = (classes and not _QUOTE_CLASSES.isdisjoint(classes)) or (
        "id" in attributes and _QUOTE_ID.search(attributes["id"]) is not None
    )
    if quoting or pre:
        quoted = int(quoted or quoting)
        layout = (bool(blank) if quoted else blank, quoted, int(kept or pre), kind)
    return layout, bool(classes) and not _SIGNATURE_CLASSES.isdisjoint(classes)


def _begin(layout: _Layout, signature: bool, lines: Lines) -> None:
    """Begin an element's line."""
    blank, quoted, _, kind = layout
    if blank is not None:
        lines.block(blank or quoted > 0)
        if signature:
            lines.parts.append("-- ")
            lines.newline(keep=True)
        if kind == "item":
            lines.parts.append("* ")
        lines.quote += quoted
    elif kind == "cell" and lines.parts:
        lines.parts.append("\t")  # a form's label and its value, a table's columns
        lines.space = False


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
