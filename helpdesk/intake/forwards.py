"""A mail that a mailbox rule, a colleague or the seller's other address handed on: the mail inside, whose words count.

It stands in the text under a header block, or is attached whole (message/rfc822).
"""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass

from helpdesk.intake import quoting
from helpdesk.intake.addresses import addresses
from helpdesk.intake.authenticity import organisation
from helpdesk.intake.phrases import FROM_WORDS, SUBJECT_WORDS
from helpdesk.intake.reading import Parsed
from helpdesk.marketplaces.formlines import FORWARD, is_letterhead
from helpdesk.marketplaces.labels import from_a_machine

_LINE = re.compile(r"^[\s*_>|]{0,6}([^:：*\n]{1,24}?)\s*\**\s*[:：]\**\s*(.*)$")
_MAX_HEAD = 14  # lines in which the block has to begin and end
_MAX_NOTE = 400  # characters of a colleague's note above it
_MAILTO = re.compile(r"[\[<(]mailto:([^\]>)\s]+)[\]>)]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Forward:
    """The mail inside. `view`: the outer mail with the inner text; with its sender too where our own side forwarded."""

    view: Parsed
    sender: str  #: the inner From, lower-case
    name: str


@dataclass(frozen=True, slots=True)
class _Block:
    """A header block in a text: where it begins, where the words below it begin, what it says."""

    start: int
    end: int
    sender: str
    subject: str
    whole: str  #: its lines, lower-case


def unwrap(parsed: Parsed, own_domains: frozenset[str]) -> Forward | None:
    """The mail inside one that was handed on; None where it is none.

    What our own domains or a recipient's organisation forwarded becomes the inner sender's. Anyone can write a header
    block: a stranger's forward stays his own; only its words are the inner ones, if what he forwards came to him or us.
    """
    domain = parsed.from_addr.rpartition("@")[2]
    if not domain:
        return None
    ours = domain in own_domains or organisation(domain) in {organisation(a.rpartition("@")[2]) for a in parsed.to}
    marked = FORWARD.match(parsed.subject) is not None
    if not (ours or marked):
        return None
    if parsed.enclosed is not None:
        return _enclosed(parsed, ours, marked)
    lines = parsed.text[:20_000].split("\n")
    block = _block(lines)
    if block is None or (not marked and any(_says_something(line) for line in lines[: block.start])):
        return None
    if sum(len(line) for line in lines[: block.start] if _says_something(line)) > _MAX_NOTE:
        return None
    found = addresses(block.sender)
    if not found:
        return None
    name, address = found[0]
    text = "\n".join(lines[block.end :]) + parsed.text[20_000:]
    if not ours:
        return _of_a_stranger(parsed, name, address, block.whole, text)
    if any(_says_something(line) for line in lines[: block.start]) and address.lower() in parsed.to:
        return None  # a colleague's own words above a mail of ours
    return _as_the_senders(parsed, name, address, block.subject, text)


def _says_something(line: str) -> bool:
    return bool(line.strip(" _-\r")) and not quoting.opens_original(line)


def _block(lines: list[str]) -> _Block | None:
    heads = (i for i, line in enumerate(lines[:_MAX_HEAD]) if line.strip() and quoting.opens_header_block(lines, i))
    start = next(heads, -1)
    if start < 0:
        return None
    sender, subject, end = "", "", start
    dated = False
    for end in range(start, min(len(lines), start + _MAX_HEAD)):
        match = _LINE.match(lines[end])
        if match is None:
            break
        dated = dated or is_letterhead(lines[end])
        word = match.group(1).strip().lower()
        if word in FROM_WORDS and not sender:
            sender = _MAILTO.sub(r"<\1>", match.group(2))
        elif word in SUBJECT_WORDS:
            subject = match.group(2).strip()
    if not dated:
        return None  # sender and subject alone are a form's
    return _Block(start, end, sender, subject, "\n".join(lines[start:end]).lower())


def _enclosed(parsed: Parsed, ours: bool, marked: bool) -> Forward | None:
    inner = parsed.enclosed
    if inner is None or not inner.sender or not (marked or len(parsed.text.strip()) <= _MAX_NOTE):
        return None
    if not ours:
        return _of_a_stranger(parsed, inner.name, inner.sender, inner.to, inner.text)
    return _as_the_senders(parsed, inner.name, inner.sender, inner.subject, inner.text)


def _of_a_stranger(parsed: Parsed, name: str, address: str, to: str, text: str) -> Forward | None:
    """A forward from elsewhere: of a person's mail that had come to the forwarder or to us, not of a shop's own."""
    sender = address.lower()
    if sender in parsed.to or sender == parsed.from_addr or from_a_machine(sender):
        return None
    if not any(one in to for one in (parsed.from_addr, *parsed.to)):
        return None
    return Forward(dataclasses.replace(parsed, text=text, html=""), sender, name)


def _as_the_senders(parsed: Parsed, name: str, address: str, subject: str, text: str) -> Forward:
    inner = dataclasses.replace(
        parsed,
        from_name=name,
        from_raw=address,
        from_addr=address.lower(),
        from_addrs=(address.lower(),),
        reply_to=(),
        reply_to_raw=(),
        reply_to_name="",
        subject=subject or parsed.subject,
        text=text,
        html="",
    )
    return Forward(inner, address.lower(), name)
