"""Data shown to a person on a terminal: nothing in it may steer the terminal or turn the line round."""

from __future__ import annotations

import re
import unicodedata

#: Control, format (bidi marks among them), surrogate, private use, unassigned, line and paragraph separators.
_UNSAFE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}

#: A person as Slack writes it.
_MENTION = re.compile(r"<@(\w+)>")


def plain(text: str, *, lines: bool = False) -> str:
    """The text without control, escape and bidi characters; with `lines` its line ends stay, else it is one line."""
    kept = "".join(
        c if unicodedata.category(c) not in _UNSAFE else ("\n" if c == "\n" and lines else " " if c in "\t\r\n" else "")
        for c in text
    )
    return kept if lines else " ".join(kept.split())


def unmentioned(text: str) -> str:
    """What was written for Slack, with bare user ids in the place of its mentions."""
    return _MENTION.sub(r"\1", text)


def csv_cell(text: str) -> str:
    """A text cell of a CSV that no spreadsheet takes for a formula (OWASP, CSV injection)."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text
