"""Words made into lines as a browser would, with the marks of quotation in front of them."""

from __future__ import annotations


class Lines:
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
            self.space = True
            return
        parts = self.parts
        if parts and (self.space or text[0].isspace()) and parts[-1][-1:] not in " \t":
            parts.append(" ")
        parts.append(" ".join(words))
        self.space = text[-1].isspace()

    def _put(self, text: str) -> None:
        if text:
            self.parts.append(text)

    def newline(self, keep: bool = False) -> None:
        """End the line, be it empty or not; `keep` leaves the blanks at its end."""
        line = "".join(self.parts)
        self.parts.clear()
        self.space = False
        if not keep:
            line = line.rstrip().replace("\xa0", " ")
        if not line:
            self.wanted = min(self.wanted + 1, 2) if self.lines else 0
            return
        if self.wanted:
            self.lines += [("> " * min(self.quote, self.last, 9)).rstrip()] * self.wanted
            self.wanted = 0
        self.last = self.quote
        self.lines.append("> " * min(self.quote, 9) + line if self.quote else line)

    def block(self, blank: bool) -> None:
        """Begin a new line unless we stand at one; `blank` asks for an empty line between."""
        if self.parts:
            self.newline()
        if blank and self.lines:
            self.wanted = 1
