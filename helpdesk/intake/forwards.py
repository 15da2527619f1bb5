"""A mail that a mailbox rule or the seller himself handed on: the mail inside, by the header block in its text."""

from __future__ import annotations

import dataclasses
import re

from helpdesk.intake import quoting
from helpdesk.intake.addresses import addresses
from helpdesk.intake.authenticity import organisation
from helpdesk.intake.phrases import FROM_WORDS, SUBJECT_WORDS
from helpdesk.intake.reading import Parsed

_LINE = re.compile(r"^[\s*_>|]{0,6}([^:：*\n]{1,24}?)\s*\**\s*[:：]\**\s*(.*)$")
_MAX_HEAD = 14  # lines in which the block has to begin and end
_MAILTO = re.compile(r"[\[<(]mailto:([^\]>)\s]+)[\]>)]", re.IGNORECASE)


def unwrap(parsed: Parsed, own_domains: frozenset[str]) -> Parsed | None:
    """The mail inside one that our own side forwarded without a word; None where it is none.

    Only what comes from our own domains, or a recipient's organisation, is opened: anyone can write a header block.
    """
    domain = parsed.from_addr.rpartition("@")[2]
    if not domain or not parsed.text:
        return None
    ours = domain in own_domains or organisation(domain) in {organisation(a.rpartition("@")[2]) for a in parsed.to}
    if not ours:
        return None
    lines = parsed.text[:20_000].split("\n")
    start = next((i for i, line in enumerate(lines[:_MAX_HEAD]) if quoting.opens_header_block(lines, i)), -1)
    if start < 0 or any(line.strip(" _-\r") and not quoting.opens_original(line) for line in lines[:start]):
        return None
    sender, subject, end = "", "", start
    for end in range(start, min(len(lines), start + _MAX_HEAD)):
        match = _LINE.match(lines[end])
        if match is None:
            break
        word = match.group(1).strip().lower()
        if word in FROM_WORDS and not sender:
            sender = _MAILTO.sub(r"<\1>", match.group(2))
        elif word in SUBJECT_WORDS:
            subject = match.group(2).strip()
    found = addresses(sender)
    if not found:
        return None
    name, address = found[0]
    return dataclasses.replace(
        parsed,
        from_name=name,
        from_raw=address,
        from_addr=address.lower(),
        from_addrs=(address.lower(),),
        reply_to=(),
        reply_to_raw=(),
        reply_to_name="",
        subject=subject or parsed.subject,
        text="\n".join(lines[end:]) + parsed.text[20_000:],
        html="",
    )
