"""Reads a page's numbers: which lead to a list, which are of something else, which do neither."""

from __future__ import annotations

import re
from html.parser import HTMLParser

#: What is shown in these is a name, a moment, somebody's words or the page's own title, not a figure.
NAMES = {"bdi", "blockquote", "q", "time", "h1", "th", "caption", "code", "button"}
VOID = {"meta", "link", "input", "br", "img", "source"}


class Numbers(HTMLParser):
    """A page's numbers and where they lead."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.leading: list[tuple[str, int, str]] = []  #: address, rows promised, number shown
        self.shares: list[str] = []  #: addresses behind shares and times
        self.bare: list[str] = []  #: numbers that lead nowhere
        self.rows = 0  #: rows of this page's own list
        self.further = ""  #: the next page of that list
        self._open: list[tuple[str, dict[str, str | None]]] = []
        self._in_row = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """One more element is open."""
        given = dict(attrs)
        self.rows += "data-row" in given
        if given.get("rel") == "next":
            self.further = given.get("href") or ""
        if "data-share" in given and tag == "a":
            self.shares.append(given.get("href") or "")
        if "data-rows" in given and tag == "a":
            self.leading.append((given.get("href") or "", int(given["data-rows"] or 0), ""))
        if tag not in VOID:
            self._open.append((tag, given))

    def handle_endtag(self, tag: str) -> None:
        """It is closed."""
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        """A text: is there a number in it, and whose?"""
        if not re.search(r"\d", data) or not any(tag == "main" for tag, _ in self._open):
            return
        for tag, given in reversed(self._open):
            if "data-rows" in given:
                if tag == "a" and not self.leading[-1][2]:
                    shown = re.sub(r"\D.*", "", data.replace("\u2009", "").strip())
                    self.leading[-1] = (*self.leading[-1][:2], shown)
                return
            if tag == "a" or tag in NAMES or {"data-plain", "data-row"} & set(given):
                return
        self.bare.append(data.strip())
