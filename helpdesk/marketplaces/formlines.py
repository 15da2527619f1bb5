"""Single lines of what machines write round a visitor's words: a label and its value, the lines below the message."""

from __future__ import annotations

import re

from helpdesk.marketplaces.labels import exactly, field_of, labels

_MARKS = " \t*>#•■◆●・▼★※◇▪-"
_LINE = re.compile(r"^([^:：=\t|\n]{1,60}?)[ *.…_]{0,12}(?:[:：]\*{0,2}|\t|[ ]?\|)[ \t]*(.*)$")
#: What parts a label from its value, and how far from the line's begin it may stand.
_PARTING, _REACH = (":", "\t", "|", "："), 75
_EQUALS = re.compile(r"^([\w .-]{2,30}?) ?=>? ?(.*)$")
_BRACKET = re.compile(r"^[\[【〔「]([^\]】〕」\n]{1,30})[\]】〕」][ \t]*[:：]?[ \t]*(.*)$")
ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@(?:[\w-]{1,63}\.){1,8}[\w-]{2,24}")
#: How mail programs mark a forward before the subject.
FORWARD = re.compile(
    r"^\s*(?:\[[^\]]{1,30}\]\s*)?(?:fwd?|wg|wtr|i|inoltro|tr|doorst|pd|rv|enc|vb|vl|vs|vidares|továbbítás|továbbítva|prz|ilt|i̇lt|yml|пересл|转发|轉寄|転送)\s*(?:\[\d+\])?\s*[:：]",
    re.IGNORECASE,
)
#: "Order #2931123": a label and its number with no colon between.
_NUMBERED = re.compile(r"^[^\W\d_][\w.-]{2,20}(?: [^\W\d_]{1,12}\.?){0,2} ?[#:№°.]{0,2} ?[A-Za-z]{0,4}[\d-]{3,24}$")
#: “Recebida 14:02”: one word and a time.
_RECEIVED = re.compile(r"^[^\W\d_]{4,14} \d{1,2}[:.]\d{2}$")
_LINK = re.compile(r"^[(<\[]?(?:https?://|www\.)\S+$")
#: A label and its value beside one another in a table, as its text has them: two blanks or more between.
_TABLE = re.compile(r"^([^\s.!,;:](?:[^\n.!,;:]{0,38}[^\s.!,;:])?) {2,}(\S.*)$")
_RULE = "-_=*—─–~#"
#: Lines above the end within which a form's own words begin.
_TAIL = 12


def is_address(line: str) -> bool:
    """Does the line hold an address and nothing else?"""
    match = ADDRESS.match(line.strip("<>[]() "))
    return match is not None and match.end() >= len(line.strip("<>[]() ")) - 1


def without_tail(lines: list[str], below: bool = False) -> tuple[list[str], dict[str, str]]:
    """(the lines without those at the end that only a form or gateway writes, the order and phone named in these).

    An order number apart from the machine's lines is the visitor's own. `below`: labels stand above their values.
    """
    end = len(lines)
    found: dict[str, str] = {}
    close = False  # is the line just below one of the machine's?
    while end > 0:
        line = lines[end - 1].strip()
        taken = _tail(line, lines[end - 2].strip() if end > 1 else "", close, below)
        if not taken:
            break
        key, value = labelled(line)
        if taken == 1 and key in {"order", "phone"} and value:
            found[key] = value
        elif taken == 1 and line and not key and _NUMBERED.match(line):
            found["order"] = line
        close = bool(line)
        end -= taken
    return lines[:end], found


def _tail(line: str, above: str, close: bool, below: bool) -> int:
    """How many of the last lines are a machine's: one, or a short value and the label above it; 0 when none."""
    if is_tail(line):
        return 1
    if len(line) < 200:
        key = labelled(line)[0] or exactly(line)
        if key == "rest" or (close and (key in {"order", "phone"} or _is_numbered(line))):
            return 1
    return 2 if below and len(line) <= 20 and above[-1:].isalpha() and field_of(above) == "rest" else 0


def _is_numbered(line: str) -> bool:
    return _NUMBERED.match(line) is not None and field_of(line.split()[0]) == "order"


def is_tail(line: str) -> bool:
    """Is this a line that only a form or gateway writes below a message: a call to answer, a link, a rule, a field?"""
    if not line.strip(_RULE):
        return True
    if len(line) > 200:
        return False
    if _LINK.match(line) or _RECEIVED.match(line):
        return True
    lowered = line.lower().lstrip("[(<*-_ ")
    return lowered.startswith((*labels().trailers, *labels().calls))


def until_trailer(lines: list[str]) -> str:
    """The lines up to the sentence in which a form tells where it came from, if that is one of the last."""
    filled = 0
    cut = len(lines)
    for i in range(len(lines) - 1, -1, -1):
        line = lines[i].strip()
        if not line:
            continue
        if (bare := line.lower().lstrip("([<*-_> ")) == "" or bare.startswith(labels().trailers):
            cut = i
        filled += 1
        if filled > _TAIL:
            break
    return "\n".join(lines[:cut]).strip()


def tells_of_a_form(label: str) -> bool:
    """Is it part of what a form says of itself, rather than a label?"""
    return labels().forms.stand_in(label.lower())


def is_letterhead(line: str) -> bool:
    """A line “To: …”, “Sent: …” or “Date: …” of a mail's own head."""
    match = _LINE.match(line.strip(" \t*>_"))
    return match is not None and match.group(1).strip(" *").lower() in labels().heads


def labelled(line: str) -> tuple[str, str | None]:
    """(field or "", value) of a line with a label beside its value; ("", None) for any other line."""
    bare = line.lstrip(_MARKS)
    match = _LINE.match(bare) if any(map(bare[:_REACH].__contains__, _PARTING)) else None
    if match is not None:
        label = match.group(1)
        if label[:1] in "[【〔「":
            inner = _BRACKET.match(bare)
            return (field_of(inner.group(1)), inner.group(2).strip()) if inner is not None else ("", None)
        if label.endswith(("http", "https", "mailto")) or "," in label or len(label.split()) > 6:
            return "", None
        key = field_of(label)
        if key == "message" and not match.group(2) and not exactly(label) and tells_of_a_form(label):
            return "", ""  # “You have a new message:” opens the form, not the message
        return key, match.group(2).strip()
    if bare[:1] in "[【〔「" and bare:
        inner = _BRACKET.match(bare)
        if inner is not None and (key := field_of(inner.group(1))):
            return key, inner.group(2).strip()
    if "  " in bare[:43]:
        inner = _TABLE.match(bare)
        if inner is not None and len(inner.group(1).split()) <= 5 and (key := field_of(inner.group(1))):
            return key, inner.group(2).strip()
    if "=" in bare[:34]:
        inner = _EQUALS.match(bare)
        if inner is not None and (key := field_of(inner.group(1))):
            return key, inner.group(2).strip()
    return "", None
