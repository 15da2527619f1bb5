"""HTML as the message rules read it: what it shows, where it links, and the styles a marketplace forbids (DOMAIN 3)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from helpdesk.replies.lint_marks import RELAYS, Mark, host_allowed
from helpdesk.replies.lint_text import entity

_NAME = re.compile(r"</?([a-zA-Z][a-zA-Z0-9-]{0,30})")
_REST = re.compile(r"(?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*+>?")
_ATTRIBUTE = re.compile(r"([a-zA-Z-]{2,30})\s{0,5}=\s{0,5}(\"[^\"]*\"|'[^']*'|[^\s\"'>]{1,500})")
_PROPERTY = re.compile(r"([a-z-]{2,40})\s{0,5}:\s{0,5}([^;{}]{1,200})")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,12});?")
_BREAKS = re.compile(r"(?:<br\s{0,9}/?>\s{0,40}){3,}", re.IGNORECASE)
_HOST = re.compile(r"(?:[a-z][a-z0-9+.-]{0,15}:)?//(?:[^/?#@\s]{0,200}@)?([^/?#:\s]{1,250})", re.IGNORECASE)
_BLOCKS = {"p", "div", "tr", "li", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "hr",
           "center", "body", "html", "head", "section", "header", "footer"}  # fmt: skip
_HIDDEN = {"style", "script", "title", "head"}
WIDTH = 600  #: pixels of a marketplace's message column
_HEADING_SIZES = {"h1": "2em", "h2": "1.5em", "h3": "1.17em"}


@dataclass(slots=True)
class Tag:
    """One tag: its name in lower case, its attributes (value, start, end) and its place."""

    name: str
    closing: bool
    attributes: dict[str, tuple[str, int, int]]
    start: int
    end: int

    def value(self, name: str) -> str:
        """An attribute's decoded value, "" when it is missing."""
        return self.attributes.get(name, ("", 0, 0))[0]


@dataclass(slots=True)
class Page:
    """An HTML text taken apart: `pieces` are what a reader sees, as lint_text.fold_html wants them."""

    pieces: list[tuple[int, int, str]]
    tags: list[Tag]
    styles: list[tuple[int, int]]  #: insides of <style> elements


def read_html(raw: str) -> Page:
    """Take HTML apart in one pass; broken markup is text."""
    page = Page([], [], [])
    at = 0
    while at < len(raw):
        start = raw.find("<", at)
        if start < 0:
            break
        _text(page, raw, at, start)
        if raw.startswith("<!--", start):
            end = raw.find("-->", start + 4)
            at = len(raw) if end < 0 else end + 3
            continue
        named = _NAME.match(raw, start)
        if named is None:
            end = start + 1
            if raw[start + 1 : start + 2] in {"!", "?"}:
                end = raw.find(">", start) + 1 or len(raw)
            else:
                page.pieces.append((start, end, "<"))
            at = end
            continue
        rest = _REST.match(raw, named.end())
        at = rest.end() if rest else named.end()
        tag = Tag(named[1].lower(), raw[start + 1] == "/", _attributes(raw, named.end(), at), start, at)
        page.tags.append(tag)
        if tag.name in _HIDDEN - {"head"} and not tag.closing:
            end = raw.lower().find(f"</{tag.name}", at) if len(page.styles) < 20 else len(raw)
            end = len(raw) if end < 0 else end
            if tag.name == "style":
                page.styles.append((at, end))
            at = end
        elif tag.name == "br" or tag.name in _BLOCKS:
            page.pieces.append((start, at, "\n"))
        elif tag.name in {"td", "th"}:
            page.pieces.append((start, at, " "))
    _text(page, raw, at, len(raw))
    return page


def _attributes(raw: str, start: int, end: int) -> dict[str, tuple[str, int, int]]:
    found: dict[str, tuple[str, int, int]] = {}
    for hit in _ATTRIBUTE.finditer(raw, start, end):
        value = hit[2].strip("\"'")
        found.setdefault(hit[1].lower(), (entity(value).strip(), hit.start(2), hit.end(2)))
    return found


def _text(page: Page, raw: str, start: int, end: int) -> None:
    """Visible text; entities decoded, line ends of the source are blanks."""
    at = start
    for hit in _ENTITY.finditer(raw, start, end):
        if hit.start() > at:
            page.pieces.append((at, hit.start(), raw[at : hit.start()].replace("\n", " ").replace("\r", " ")))
        page.pieces.append((hit.start(), hit.end(), entity(hit.group())))
        at = hit.end()
    if end > at:
        page.pieces.append((at, end, raw[at:end].replace("\n", " ").replace("\r", " ")))


def link_rules(page: Page, marketplace: str) -> Iterator[Mark]:
    """Where a page leads, and what it loads."""
    anchor: Tag | None = None
    for tag in page.tags:
        if tag.name == "a":
            anchor = None if tag.closing else tag
        for name in ("href", "src", "action", "background", "srcset", "data", "formaction"):
            if name in tag.attributes and not tag.closing:
                yield from _target(tag, name, marketplace)
        if tag.name == "img":
            yield from _image(tag, anchor, marketplace)


def _target(tag: Tag, name: str, marketplace: str) -> Iterator[Mark]:
    value, start, end = tag.attributes[name]
    lower = re.sub(r"[\s\x00-\x1f]", "", value.lower())
    if lower.startswith("mailto:"):
        address = lower.removeprefix("mailto:").partition("?")[0]
        if not RELAYS.fullmatch(address.rpartition("@")[2]):
            yield "email_address", start, end
    elif lower.startswith(("tel:", "sms:", "callto:")):
        yield "phone_number", start, end
    elif lower.startswith(("whatsapp:", "tg:", "skype:", "weixin:", "line:", "viber:")):
        yield "off_platform", start, end
    elif hit := _HOST.match(lower):
        if lower.startswith("http:"):
            yield "insecure_url", start, end
        if not host_allowed(hit[1].rstrip("."), marketplace) and tag.name != "img":
            yield "external_link", start, end
    elif lower.startswith(("javascript:", "data:text")):
        yield "external_link", start, end


def _pixels(value: str) -> float | None:
    """A length in pixels; a percentage of the column; None for anything else."""
    hit = re.match(r"\s*(-?\d{1,5}(?:\.\d{1,3})?)\s*(px|%|em|rem|pt|vw)?", value)
    if hit is None:
        return None
    factor = {"%": WIDTH / 100, "vw": WIDTH / 100, "em": 16, "rem": 16, "pt": 4 / 3}.get(hit[2] or "px", 1)
    return float(hit[1]) * factor


def _image(tag: Tag, anchor: Tag | None, marketplace: str) -> Iterator[Mark]:
    style = dict(_PROPERTY.findall(tag.value("style").lower()))
    width, height = (_pixels(style.get(n) or tag.value(n)) for n in ("width", "height"))
    source = tag.value("src").lower()
    host = _HOST.match(source)
    foreign = host is not None and not host_allowed(host[1], marketplace)
    tiny = any(size is not None and size <= 1 for size in (width, height))
    unseen = (
        "none" in style.get("display", "") or "hidden" in style.get("visibility", "") or style.get("opacity") == "0"
    )
    if tiny or unseen or foreign:
        yield "tracking_pixel", tag.start, tag.end
    if source.partition("?")[0].endswith(".gif") or source.startswith("data:image/gif"):
        yield "gif", tag.start, tag.end
    if width is not None and width > 0.8 * WIDTH:
        yield "image_width", tag.start, tag.end
    if "alt" not in tag.attributes:
        yield "accessibility", tag.start, tag.end
    if anchor is not None:
        target = _HOST.match(anchor.value("href").lower())
        if target is not None and not host_allowed(target[1], marketplace):
            yield "logo_with_url", tag.start, tag.end


def style_rules(page: Page, raw: str) -> Iterator[Mark]:
    """Margins, fonts, colours, alignment, sizes."""
    sizes: dict[str, tuple[int, int]] = {}
    depth = 0
    for tag in page.tags:
        if tag.closing:
            depth -= tag.name == "blockquote"
            continue
        if tag.name == "blockquote":
            depth += 1
            if depth == 4:
                yield "margins", tag.start, tag.end
        if tag.name == "center" or "align" in tag.attributes:
            yield "alignment", tag.start, tag.end
        if tag.name == "font" and {"color", "face"} & tag.attributes.keys():
            yield "css_override", tag.start, tag.end
        if tag.name == "font" and tag.value("size"):
            sizes.setdefault(tag.value("size"), (tag.start, tag.end))
        if tag.name in _HEADING_SIZES:
            sizes.setdefault(_HEADING_SIZES[tag.name], (tag.start, tag.end))
        if "style" in tag.attributes:
            style, start, end = tag.attributes["style"]
            yield from _css(style, start, end, sizes, image=tag.name == "img")
    for start, end in page.styles:
        yield from _css(raw[start:end], start, end, sizes)
    if len(sizes) > 3:
        yield "font_sizes", *list(sizes.values())[3]
    for hit in _BREAKS.finditer(raw):
        yield "line_breaks", *hit.span()


def _css(style: str, start: int, end: int, sizes: dict[str, tuple[int, int]], *, image: bool = False) -> Iterator[Mark]:
    for name, value in _PROPERTY.findall(style.lower()[:20_000]):
        if name.startswith(("margin", "padding")) and _wide(name, value):
            yield "margins", start, end
        elif name in {"line-height", "font-family", "color", "font"}:
            yield "css_override", start, end
        elif name in {"text-align", "justify-content"} or (name == "float" and not image):
            yield "alignment", start, end
        elif name == "font-size":
            sizes.setdefault(value.strip(), (start, end))
        if name == "font":
            for size in re.findall(r"\d{1,3}(?:px|pt|em|%)", value):
                sizes.setdefault(size, (start, end))


def _wide(name: str, value: str) -> bool:
    """More than a fifth of the column, at the left or right."""
    if name.endswith(("-top", "-bottom")):
        return False
    parts = value.split()
    if name in {"margin", "padding"}:
        parts = {1: parts, 2: parts[1:], 3: parts[1:2], 4: parts[1::2]}.get(len(parts), parts)
    return any((_pixels(part) or 0) > 0.2 * WIDTH for part in parts)
