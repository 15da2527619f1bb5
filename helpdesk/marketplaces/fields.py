"""A contact form's mail by its shape: a list of labels and values, whichever service sent it, in any language."""

from __future__ import annotations

import re
from functools import cached_property

from helpdesk.marketplaces.formlines import (
    ADDRESS,
    is_address,
    is_letterhead,
    labelled,
    tells_of_a_form,
    until_trailer,
    without_tail,
)
from helpdesk.marketplaces.labels import exactly, field_of

_SENDER = re.compile(
    r"^(?:from|von|de|da|van|od|från|fra|kimden|gönderen|差出人|发件人|от|від)\s*[:：]\s*(?P<name>[^<\n]{0,120}?)\s*[<\[(](?P<email>[^>\n\s]{3,254})[>\])]\s*$",
    re.IGNORECASE,
)
_MAX_LINES = 400
_SHORT = 60  #: characters of a value that is chosen or named, not written
#: A form's fields stand at its top: above the first of them at most so many filled lines, and so many characters.
_ABOVE, _ABOVE_CHARS = 8, 700


def names_an_address(text: str) -> bool:
    """A cheap look: is one of the first addresses labelled as one, or does it fill the line below a label?"""
    at = text.find("@")
    for _ in range(6):
        if at < 0:
            return False
        start = text.rfind("\n", 0, at) + 1
        line = text[start : at + 80].split("\n", 1)[0].strip()
        if len(line) < 200:
            key, value = labelled(line)
            if key == "email" or (value and is_address(value)) or _SENDER.match(line) is not None:
                return True
        above = text[max(0, start - 200) : start].rstrip()
        label = above[above.rfind("\n") + 1 :].strip()
        if len(label) <= _SHORT and (exactly(label) == "email" or (label and is_address(line))):
            return True
        at = text.find("@", text.find("\n", at) + 1 or len(text))
    return False


def fields_of(text: str) -> tuple[dict[str, str], str]:
    """(fields by fixed names: name, email, order, phone, subject; the message). No message: ""."""
    return _Reader(text.splitlines()[:_MAX_LINES]).read()


class _Reader:
    """Walks down the lines of one form."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.fields: dict[str, str] = {}
        self.inline = False  # do values stand beside their labels?
        #: An address alone on its line: labels stand above their values, and need not be known word by word.
        self.below = any("@" in line and is_address(line.strip()) for line in lines[:80])
        self.longest = ("", -1)  # the longest value of a label without meaning here, and its line

    def read(self) -> tuple[dict[str, str], str]:
        """The fields, then the message: its label's, else what stands below the last field, else the longest value."""
        message, first, last = self._walk()
        if message >= 0:
            return self.fields, self._until_trailer([first, *self.lines[message:]])
        if not last or "email" not in self.fields:
            return self.fields, ""
        rest = self._until_trailer(self.lines[last:])
        if not rest and self.longest[1] >= 0:
            rest = self._until_trailer([self.longest[0], *self.lines[self.longest[1] + 1 : last]])
        return self.fields, rest

    def _walk(self) -> tuple[int, str, int]:
        """(line below the message's label or -1, what stands beside it, line below the last field)."""
        lines, fields = self.lines, self.fields
        i = last = 0
        while i < len(lines):
            line = lines[i].strip()
            sender = _SENDER.match(line) if "@" in line and "email" not in fields else None
            if sender is not None and self._is_letterhead(i + 1):
                break  # a mail quoted or forwarded, whatever its labels
            if sender is not None and "@" in sender.group("email"):
                fields["name"], fields["email"] = sender.group("name").strip("\" '*"), sender.group("email")
                i = last = i + 1
                continue
            key, value = self._key(line)
            if key and not last and self._is_deep(i):
                break  # labels far down are a letter's, not a form's
            if not key:
                if self._is_field(i, line, value, last):
                    i = last = i + 1
                    continue
                if last and line and fields.get("email") and not self._spoken:
                    break  # words after the fields: the message has no label
                i += 1
                continue
            if key == "message" and not value and self._opens_fields(i):
                i += 1
                continue  # “The following inquiry came in:” above the fields
            if key == "message":
                if not self._is_choice(i, value or ""):
                    return i + 1, value or "", last
                key = "subject"
            self.inline = self.inline or bool(value)
            if not value:
                i, value = self._value_below(i, 1 if self.inline else 2)
            self._store(key, value)
            i = last = i + 1
        return -1, "", last

    @cached_property
    def _spoken(self) -> bool:
        """Does any line label the message?"""
        return any(self._key(line.strip())[0] == "message" for line in self.lines)

    def _is_field(self, i: int, line: str, value: str | None, last: int) -> bool:
        """Is it a field whose label nobody taught us: by an address as its value, or among others by its shortness?"""
        shown = line if self.below and value is None else value or ""
        if "@" in shown and "email" not in self.fields and is_address(shown) and (last or not self._is_deep(i)):
            self._store("email", shown)
            return True
        if value is None or not last:
            return False
        if len(value) > len(self.longest[0]):
            self.longest = (value, i)
        return len(value) <= _SHORT

    def _is_deep(self, i: int) -> bool:
        above = [line for line in self.lines[:i] if line.strip()]
        return len(above) > _ABOVE or sum(map(len, above)) > _ABOVE_CHARS

    def _is_letterhead(self, i: int) -> bool:
        """Do “To: …” or “Sent: …” follow a sender's line? Then a mail is quoted or forwarded here."""
        return any(is_letterhead(line) for line in self.lines[i : i + 4])

    def _opens_fields(self, i: int) -> bool:
        """Is the next filled line another label, so that this one has no message of its own?"""
        line = next((line.strip() for line in self.lines[i + 1 :] if line.strip()), "")
        key = labelled(line)[0] or exactly(line)
        return key in {"name", "email", "phone", "subject"} and not exactly(self.lines[i].strip())

    def _is_choice(self, i: int, value: str) -> bool:
        """A question with a list to choose from, not the message: a short value, and a message's label further down."""
        if not value:
            _, value = self._value_below(i, 2)
        if len(value) > _SHORT or value[-1:] in ".!?。":
            return False
        return any(self._key(line.strip())[0] == "message" for line in self.lines[i + 1 :])

    def _key(self, line: str) -> tuple[str, str | None]:
        """(field, value) of a line: "" and None where it is no label; None as value of a label alone on its line."""
        if not line or len(line) > 2000:
            return "", None
        key, value = labelled(line)
        if key or value is not None:
            return key, value
        if line[-1] in ".,;!。、":
            return "", None
        if len(line) > 2 or not line.isascii():
            known = exactly(line)
            if known:
                return known, None
        if self.below and len(line) <= _SHORT and len(line.split()) <= 6 and "@" not in line:
            key = field_of(line)
            return ("" if key == "message" and tells_of_a_form(line) else key), None
        return "", None

    def _value_below(self, i: int, reach: int) -> tuple[int, str]:
        """The value of a label that stands alone: within `reach` lines below, unless that is another label."""
        for j in range(i + 1, min(len(self.lines), i + 1 + reach)):
            line = self.lines[j].strip()
            if line:
                key, value = labelled(line)
                if (key and value is not None) or exactly(line):
                    return i, ""
                return j, line
        return i, ""

    def _store(self, key: str, value: str) -> None:
        fields = self.fields
        match = ADDRESS.search(value) if "@" in value else None
        if match is not None and (key == "email" or (key in {"name", "rest", "phone"} and "email" not in fields)):
            fields.setdefault("email", match.group())
        elif key == "name" and "name" in fields and value:
            if value not in fields["name"]:
                fields["name"] = f"{fields['name']} {value}".strip()[:200]
        elif value and key not in {"rest", "email"}:
            fields.setdefault(key, value[:500])

    def _until_trailer(self, lines: list[str]) -> str:
        """Up to what the form adds below. An order number there is kept."""
        kept, found = without_tail(lines, self.below)
        for key, value in found.items():
            self._store(key, value)
        return until_trailer(kept or lines)
