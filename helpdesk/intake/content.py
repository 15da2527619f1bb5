"""The leaves of a mail sorted: what a person reads, the HTML behind it, a machine's report, and the files."""

from __future__ import annotations

import html as entities
import re
from collections.abc import Iterator

from helpdesk.intake import htmltext
from helpdesk.intake.addresses import addresses
from helpdesk.intake.charsets import decode
from helpdesk.intake.headers import decode_words, message_ids, split_block
from helpdesk.intake.mime import Leaf, Tree, leaves, uudecode
from helpdesk.intake.reading import Attachment, Enclosed

MAX_TEXT = 200_000  # characters of text kept
MAX_TEXT_BYTES = 800_000
MAX_HTML_BYTES = 2_000_000
MAX_LINKS = 200

_URL = r"(?:https?://|www\.)[^\s<>\"'\u3000\uff09\u3011\u300d]{3,2000}"
_LINK = re.compile(_URL)
_SHOUTED = re.compile(_URL, re.IGNORECASE)
_LOUD = ("HTTP", "Http", "WWW.", "Www.")
_TARGET = r"href\s{0,9}=\s{0,9}(?:\"([^\"]{4,2000})\"|'([^']{4,2000})'|([^\s\"'>]{4,2000}))"
_HREF = re.compile(_TARGET)
_HREF_ANY = re.compile(_TARGET, re.IGNORECASE)
_TRAILING = ".,;:!?)]}"
_UU = re.compile(r"^begin [0-7]{3,4} ([^\n]{1,200})\n", re.MULTILINE)
_WORD_CHAR = re.compile(r"\w")
_SEE_HTML = re.compile(r"html|browser|your (?:e-?mail )?(?:client|program)|view this", re.IGNORECASE)


class Content:
    """Sorts the leaves into text, HTML, report and attachments."""

    def __init__(self, mail: bytes, tree: Tree) -> None:
        self.mail = mail
        self.tree = tree
        self.text = ""
        self.html = ""
        self.report = ""
        self.returned_id = ""
        self.attachments: list[Attachment] = []
        self.enclosed: Enclosed | None = None

    def read(self) -> None:
        """Fill the fields."""
        plain: list[str] = []
        pages: list[str] = []
        spare: list[Leaf] = []  # texts sent as files, and mails within: read only where nothing else is
        for leaf in self.tree.leaves:
            kind = leaf.content_type
            if kind in ("text/plain", "text/html") and leaf.disposition != "attachment" and not leaf.filename:
                (pages if kind == "text/html" else plain).append(self._decode(leaf, html=kind == "text/html"))
            elif kind in ("message/delivery-status", "message/disposition-notification", "message/feedback-report"):
                self.report += self._decode(leaf)
            elif kind in ("text/enriched", "text/richtext") and not plain:
                plain.append(htmltext.strip_tags(self._decode(leaf)))
            elif kind == "text/rfc822-headers" or (kind.startswith("message/") and self._is_report(leaf)):
                self._returned(leaf)
            else:
                self.attachments.append(self._file(leaf))
                if kind.startswith("text/") or kind == "message/rfc822":
                    spare.append(leaf)
                    if kind == "message/rfc822" and self.enclosed is None and "multipart/digest" not in leaf.parents:
                        self.enclosed = self._enclosed(leaf)
        self.html = "\n".join(p for p in pages if p)[: 4 * htmltext.MAX_HTML]
        self.text = self._readable("\n".join(p for p in plain if p and not p.isspace()))
        if spare and not self.text.strip():
            self.text = self._inner(spare[0])
        self._uuencoded()
        self.text = self.text[:MAX_TEXT]

    def _readable(self, plain: str) -> str:
        """The plain text, unless it only says that the mail is HTML."""
        if not self.html:
            return plain
        empty = _WORD_CHAR.search(plain) is None
        if not empty and not (len(plain) < 300 and _SEE_HTML.search(plain)):
            return plain
        rendered = htmltext.to_text(self.html)
        return rendered if empty or len(rendered) > len(plain) else plain

    def _decode(self, leaf: Leaf, *, html: bool = False) -> str:
        data = leaf.decoded(self.mail, MAX_HTML_BYTES if html else MAX_TEXT_BYTES)
        if leaf.encoding == "base64" and _not_base64(leaf.raw(self.mail, 4096)):
            data = leaf.raw(self.mail, MAX_TEXT_BYTES)
        text = decode(data, leaf.params.get("charset", ""), html=html)
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        if leaf.params.get("format", "").lower() == "flowed" and not html:
            text = _unflow(text, leaf.params.get("delsp", "").lower() == "yes")
        return text

    def _is_report(self, leaf: Leaf) -> bool:
        return "multipart/report" in leaf.parents

    def _returned(self, leaf: Leaf) -> None:
        fields, _, _ = split_block(leaf.decoded(self.mail, 64_000))
        for name, value in fields:
            if name == "message-id" and not self.returned_id:
                ids = message_ids(value)
                self.returned_id = ids[0] if ids else ""

    def _file(self, leaf: Leaf) -> Attachment:
        name = leaf.filename
        if not name and leaf.content_type == "message/rfc822":
            fields, _, _ = split_block(leaf.raw(self.mail, 64_000))
            name = next((decode_words(v) for n, v in fields if n == "subject"), "") + ".eml"
        name = name.replace("\\", "/").rpartition("/")[2].strip()
        return Attachment(
            name=name[:255] or f"part-{leaf.section}",
            content_type=leaf.content_type[:100],
            size=leaf.size(self.mail),
            part=leaf.section,
        )

    def _inner(self, leaf: Leaf) -> str:
        """Text of a mail that consists of another mail, or of a text file."""
        if leaf.content_type != "message/rfc822":
            html = leaf.content_type == "text/html"
            text = self._decode(leaf, html=html)
            return htmltext.to_text(text) if html else text
        if leaf.encoding in ("base64", "quoted-printable"):
            return ""
        fields, body, _ = split_block(leaf.raw(self.mail))
        inner = Content(self.mail, leaves(self.mail, fields, leaf.start + body, leaf.end))
        for part in inner.tree.leaves:
            if part.content_type in ("text/plain", "text/html") and not part.filename:
                html = part.content_type == "text/html"
                text = inner._decode(part, html=html)
                return htmltext.to_text(text) if html else text
        return ""

    def _enclosed(self, leaf: Leaf) -> Enclosed | None:
        """Who wrote an attached mail, to whom, and what."""
        if leaf.encoding in ("base64", "quoted-printable"):
            return None
        named: dict[str, str] = {}
        for name, value in split_block(leaf.raw(self.mail, 64_000))[0]:
            if name in ("from", "to", "cc", "subject"):
                named.setdefault(name, value)
        senders = addresses(named.get("from", ""))
        return Enclosed(
            name=senders[0][0] if senders else "",
            sender=senders[0][1] if senders else "",
            to=f"{named.get('to', '')} {named.get('cc', '')}".lower(),
            subject=decode_words(named.get("subject", "")),
            text=self._inner(leaf)[:MAX_TEXT],
        )

    def _uuencoded(self) -> None:
        """Files written into the text the old way become attachments."""
        if "\nbegin" not in self.text and not self.text.startswith("begin"):
            return
        position = 0
        while (match := _UU.search(self.text, position)) is not None:
            end = self.text.find("\nend", match.end() - 1)
            if end < 0 or len(self.attachments) > 100:
                return
            data = uudecode(self.text[match.end() : end].encode("ascii", "replace"))
            if data:
                self.attachments.append(
                    Attachment(name=match.group(1).strip(), content_type="application/octet-stream", size=len(data))
                )
                self.text = self.text[: match.start()] + self.text[end + 4 :]
                position = match.start()
            else:
                position = match.end()

    def links(self) -> tuple[str, ...]:
        """Every URL of text and HTML, each once, at most 200."""
        found: dict[str, None] = {}
        text = self.text
        if "://" in text or "www." in text or "WWW." in text:
            for match in (_SHOUTED if any(mark in text for mark in _LOUD) else _LINK).finditer(text):
                found[match.group().rstrip(_TRAILING)] = None
                if len(found) >= MAX_LINKS:
                    return tuple(found)
        if self.html:
            for match in _targets(self.html[: htmltext.MAX_HTML]):
                url = match.group(1) or match.group(2) or match.group(3)
                if "&" in url:
                    url = entities.unescape(url)
                if url[:1] != "#":
                    found[url.strip()] = None
                if len(found) >= MAX_LINKS:
                    break
        return tuple(found)


def _targets(page: str) -> Iterator[re.Match[str]]:
    """What the links of a page lead to; the word is looked for apart, at a fifth of the pattern's time."""
    if "HREF" in page or "Href" in page:
        yield from _HREF_ANY.finditer(page)
        return
    at = page.find("href")
    while at >= 0:
        match = _HREF.match(page, at)
        if match is not None:
            yield match
        at = page.find("href", at + 4 if match is None else match.end())


def _not_base64(sample: bytes) -> bool:
    """Was plain text only declared as base64?"""
    head = sample.strip()
    return b" " in head.split(b"\n", 1)[0].strip() or (b"<" in head and b">" in head)


def _unflow(text: str, delsp: bool) -> str:
    """RFC 3676: a line that ends in a blank goes on in the next one of the same quote depth."""
    out: list[str] = []
    joining: list[str] = []
    depth = 0

    def close() -> None:
        if joining:
            line = "".join(joining)
            out.append(">" * depth + " " + line if depth else line)
            joining.clear()

    for line in text.split("\n"):
        bare = line.lstrip(">")
        level = len(line) - len(bare)
        if bare[:1] == " ":
            bare = bare[1:]
        if level != depth or bare == "-- ":
            close()
        depth = level
        soft = bare.endswith(" ") and bare != "-- "
        joining.append(bare[:-1] if soft and delsp else bare)
        if not soft:
            close()
    close()
    return "\n".join(out)
