"""A visitor's words that a machine passes on: a chat's transcript, a voicemail, a messenger, an unknown marketplace.

Known by shape and by what such machines say of themselves, in any language of labels.toml; by no sender's name.
"""

from __future__ import annotations

import re

from helpdesk.marketplaces.formlines import ADDRESS, is_letterhead, is_tail, labelled, until_trailer, without_tail
from helpdesk.marketplaces.labels import exactly, from_a_machine, labels
from helpdesk.marketplaces.mail import Found, MailView, orders_in

_MAX_TEXT = 60_000
_MAX_LINES = 400
_HEAD = 400  #: characters in which a machine says what it passes on
_SHORT = 90
_OPENING = 3  #: lines in which a machine says what it passes on
_CLOCK = r"\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?: ?[ap]\.?m\.?)?"
#: "[12:03] Visitor: hello", "12:03 - Visitor: hello", "Visitor (12:03): hello", "Visitor 12:03:" with the words below.
_DAY = r"(?:\d[\d./-]{3,9},? )?"
_SPOKEN = re.compile(
    rf"^[\[(]?{_DAY}(?P<before>{_CLOCK})?[\])]?[ \-–|]*(?P<who>[^:：\n\[(\d][^:：\n\[(]{{0,38}}?)"
    rf"[ ,\-–|]*[\[(]?(?P<after>{_DAY}{_CLOCK})?[\])]?[ ]*[:：][ ]*(?P<words>.*)$",
    re.IGNORECASE,
)
_TIME = re.compile(_CLOCK, re.IGNORECASE)
_DEAF = re.compile(
    r"no-?reply|do-?not-?reply|(?:no|non|ne)-?(?:responda|rispondere|repondre)|naoresponda|(?:nicht|keine)-?antwort",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]{2,}|[\u3040-\u9fff\uac00-\ud7af]")
_NUMBER = re.compile(r"\+?\d[\d ()/.-]{6,20}\d")


def from_us(mail: MailView, own_domains: frozenset[str]) -> bool:
    """Does From stand at one of our own domains, or at a recipient's?"""
    host = mail.from_addr.rpartition("@")[2]
    if not host:
        return False
    if host in own_domains:
        return True
    return any(
        host == to or host.endswith("." + to) or to.endswith("." + host)
        for to in {address.rpartition("@")[2] for address in mail.to}
        if to
    )


def speaks_for_another(mail: MailView, own_domains: frozenset[str] = frozenset()) -> bool:
    """A machine's address, and subject or first lines that tell of somebody's message."""
    if not mail.text or len(mail.text) > _MAX_TEXT:
        return False
    known = labels()
    if from_a_machine(mail.from_addr):
        head = f"{mail.subject}\n{mail.text[:_HEAD]}".lower()
        return known.gateways.stand_in(head) or known.forms.stand_in(head)
    if _answered_elsewhere(mail) or from_us(mail, own_domains):
        return known.gateways.stand_in(mail.subject.lower())
    return False


def transcript(mail: MailView) -> Found | None:
    """What visitors said in a chat; None for any mail but its transcript."""
    fields: dict[str, str] = {}
    introduced = f"{mail.subject} {mail.from_name}".lower()
    return _found(mail, fields, _chat(mail.text.splitlines()[:_MAX_LINES], fields, introduced))


def message(mail: MailView) -> Found | None:
    """The words of somebody's message without the machine's own; None where nothing shows which are whose."""
    fields: dict[str, str] = {}
    lines = _out_of_quotes(mail.text.splitlines()[:_MAX_LINES])
    if any(is_letterhead(line) for line in lines[:14]) and any("@" in line and ":" in line[:24] for line in lines[:14]):
        return None  # a forward
    return _found(mail, fields, _message(lines, fields, mail.from_name, mail.subject))


def _found(mail: MailView, fields: dict[str, str], own: str) -> Found | None:
    if len(_WORD.findall(own[:400])) < 2:
        return None
    answer, customer = _who(mail, fields, own)
    return Found(
        channel="direct",
        kind="contact_form",
        own=own,
        template_orders=orders_in(f"{mail.subject} {fields.get('order', '')}"),
        customer=customer,
        reply_to=answer,
        buyer_name=fields.get("name", "") or mail.reply_to_name,
        facts={key: fields[key] for key in ("order", "phone", "subject") if fields.get(key)},
    )


def _out_of_quotes(lines: list[str]) -> list[str]:
    """The lines without quotation marks where a machine sets the visitor's fields and words as a quotation."""
    if any(line.startswith(">") and labelled(line)[0] in {"name", "email"} for line in lines[:12]):
        return [line[1:].strip() if line.startswith(">") else line for line in lines]
    return lines


def _answered_elsewhere(mail: MailView) -> bool:
    return bool(mail.reply_to) and mail.reply_to[0] != mail.from_addr


def _chat(lines: list[str], fields: dict[str, str], introduced: str) -> str:
    """What a transcript's visitors said; "" where it is none. `introduced`: subject and sender's name, lower-case."""
    said: list[tuple[str, list[str]]] = []
    timed = 0
    for raw in lines:
        line = raw.strip()
        match = _SPOKEN.match(line) if len(line) < 2000 else None
        who = match.group("who").strip(" *_-") if match is not None else ""
        times = match is not None and bool(match.group("before") or match.group("after"))
        if match is not None and who and (times or _speaker(who) or (len(who) > 3 and who.lower() in introduced)):
            timed += times
            said.append((who, [match.group("words")]))
        elif said and line and not is_tail(line):
            said[-1][1].append(line)
    if len(said) < 2 or (timed < 2 and (len(said) < 3 or len({who for who, _ in said}) < 2)):
        return ""
    visitors = [(who, words) for who, words in said if not _is_ours(who)]
    named = [(who, words) for who, words in visitors if who.lower() in introduced]
    if named and not any(_is_visitor(who) for who, _ in visitors):
        visitors = named  # two people by name: the one of whom subject or sender tells is the visitor
    if not visitors:
        return ""
    if not _is_visitor(visitors[0][0]):
        fields.setdefault("name", visitors[0][0])
    return "\n".join(line for _, words in visitors for line in words if line and not _TIME.fullmatch(line)).strip()


def _speaker(who: str) -> bool:
    """A word for one of the two sides: visitor, agent."""
    return len(who.split()) <= 3 and (_is_visitor(who) or _is_ours(who))


def _is_visitor(who: str) -> bool:
    return who.lower().startswith(labels().visitors)


def _is_ours(who: str) -> bool:
    return not _is_visitor(who) and any(word.startswith(labels().ours) for word in who.lower().split())


def _message(lines: list[str], fields: dict[str, str], shop: str, subject: str) -> str:
    """What is left without the machine's own lines: its opening, its fields, its calls to answer."""
    body, found = without_tail(lines)
    fields.update(found)
    end = len(body)
    kept: list[str] = []
    opened, seen = labels().gateways.stand_in(subject.lower()), 0
    for i, raw in enumerate(lines[:end]):
        line = raw.strip()
        if not line:
            if kept:
                kept.append("")
            continue
        if len(line) < 500 and not kept:
            key, value = labelled(line)
            if key == "message" or (not key and exactly(line) == "message"):
                return _unquoted(until_trailer([value or "", *lines[i + 1 : end]]))
            if key or (value is not None and len(value) < _SHORT):
                _store(fields, key, value or "")
                continue
            if seen < _OPENING and (_opening(line, shop) or (opened and _dated(line))):
                opened = True
                seen += 1
                continue
            if 2 < len(line) <= 40 and line in subject and line[-1] not in ".!?":
                fields.setdefault("name", line)  # whose message it is, as the subject has it
                continue
        elif kept and len(line) < 500 and labelled(line)[0] == "message":
            # what stood above was the machine's, in words that nobody taught us
            return _unquoted(until_trailer([labelled(line)[1] or "", *lines[i + 1 : end]]))
        kept.append(raw)
    return _unquoted(until_trailer(kept)) if fields or opened else ""


def _dated(line: str) -> bool:
    """A line like "Kim (+44 7700 900000) wrote at 08:02:" above the words."""
    return line[-1] in ":：" and len(line) <= 110 and _TIME.search(line) is not None


def _opening(line: str, shop: str) -> bool:
    """A line like "You have a new message from Kim", or a name alone above the words."""
    lowered = line.lower()
    if len(line) > 110:
        return False
    if labels().gateways.stand_in(lowered) or labels().forms.stand_in(lowered):
        return True
    return bool(shop) and lowered == shop.lower()


def _store(fields: dict[str, str], key: str, value: str) -> None:
    number = _NUMBER.search(value)
    address = ADDRESS.search(value) if "@" in value else None
    if key in {"name", "email", "phone", "rest"}:
        if address is not None:
            fields.setdefault("email", address.group())
        elif number is not None and key != "rest":
            fields.setdefault("phone", number.group())
            value = value.replace(number.group(), "").strip(" ()-,")
    if key in {"name", "order", "subject"} and value and "@" not in value:
        fields.setdefault(key, value[:200])


def _unquoted(text: str) -> str:
    """Without the quotation marks round the whole."""
    bare = text.strip()
    return bare[1:-1].strip() if len(bare) > 2 and bare[0] in '"“„«「' and bare[-1] in '"”“»」' else bare


def _who(mail: MailView, fields: dict[str, str], own: str) -> tuple[str, str]:
    """(where to answer, what groups this visitor's mails): never one address for all for whom a machine writes."""
    if mail.reply_to_raw and not _DEAF.search(mail.reply_to[0].partition("@")[0]):
        return mail.reply_to_raw[0], mail.reply_to[0]
    named = fields.get("email", "")
    left = ADDRESS.search(own) if not named and "@" in own else None
    answer = named or (left.group() if left is not None else "")
    if answer and answer.lower() not in mail.to:
        return answer, answer.lower()
    own_name = (fields.get("phone") or fields.get("name") or "").strip().lower()
    return mail.from_raw, f"{own_name} via {mail.from_addr}" if own_name else mail.from_addr
