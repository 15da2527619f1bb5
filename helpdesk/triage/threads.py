"""Whose conversation a mail belongs to, as far as the mail alone tells: ours, or one among strangers.

The database knows our own Message-IDs (rule `own_thread`); here only hosts and quoted words are seen, so these are facts for the
classifier, and one of them is a bar: a talk among others that names no order is nobody's purchase with us.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from helpdesk.intake.reading import Parsed, Reading
from helpdesk.triage.senders import host_of, organisation
from helpdesk.triage.words import freemail, lexicon

_TAG = re.compile(r"^(?:\s*(?:re|aw|sv|tr|rif|odp|res|antw|r|fwd?|wg)\s*:)*\s*\[([^\]\d#]{2,40})\]", re.IGNORECASE)
#: A line quoted under its writer's name or initials, as Supercite and its kin do: “Ann> no”.
_CITED = re.compile(r"^[ \t]{0,12}[A-Za-z]{1,15}> ?\S", re.MULTILINE)
_WORD = re.compile(r"[^\W\d_]+|[\u3040-\u30ff\u3400-\u9fff]{2}")
_PLAIN = re.compile(r"[\W_]+")
_HEAD = 4000
#: Yahoo's and AOL's web mail give every new letter a reference of this end, which names no mail at all.
_NO_MAIL = ".ref@mail.yahoo.com"


@dataclass(frozen=True, slots=True)
class Thread:
    """What is seen of the conversation."""

    ours: bool = False  #: it answers a Message-ID of our own organisation
    foreign: bool = False  #: it answers one from elsewhere, and quotes nothing of ours nor of a purchase
    others: bool = False  #: it quotes people who are not us, not about a purchase
    tagged: bool = False  #: “[name]” before the subject, as lists and clubs write it, and the name is not ours

    @property
    def elsewhere(self) -> bool:
        """A conversation among others."""
        return self.others or (self.foreign and self.tagged)


_NOTHING = Thread()


def answered(parsed: Parsed) -> tuple[str, ...]:
    """The Message-IDs that a mail says it answers, the nearest ones; () for a letter of its own."""
    ids = (*parsed.in_reply_to, *parsed.references[-3:])
    return tuple(one for one in ids if not one.endswith(_NO_MAIL)) if ids else ()


def thread_of(reading: Reading, *, forwarded: bool = False) -> Thread:
    """The conversation of one mail; a forward quotes strangers by nature, which proves nothing."""
    parsed = reading.parsed
    ids = answered(parsed)
    quoted = reading.quoted[:_HEAD]
    cited = "> " in reading.text and len(_CITED.findall(reading.text[:_HEAD])) > 1
    tag = _TAG.match(parsed.subject) if "[" in parsed.subject else None
    if not (ids or quoted or cited or tag):
        return _NOTHING
    hosts = {organisation(host_of(address)) for address in parsed.to} - {""}
    own = hosts - freemail()
    labels = {_squashed(host.partition(".")[0]) for host in own}
    ours = any(organisation(one.rpartition("@")[2].lower()) in own for one in ids)
    shop = bool(quoted) and (_names_us(reading, quoted, labels) or _of_purchase(quoted))
    return Thread(
        ours=ours,
        foreign=bool(ids) and not ours and not shop,
        others=(bool(quoted) and not shop and not ours and not forwarded) or (cited and not ours),
        tagged=tag is not None and not any(label in _squashed(tag.group(1)) for label in labels if len(label) > 2),
    )


def _squashed(text: str) -> str:
    return _PLAIN.sub("", text.lower())


def _names_us(reading: Reading, quoted: str, labels: set[str]) -> bool:
    lower = quoted.lower()
    if any(address and address in lower for address in reading.parsed.to[:4]):
        return True
    squashed = _squashed(lower)
    return any(len(label) > 3 and label in squashed for label in labels)


def _of_purchase(quoted: str) -> bool:
    """At least three different words of orders and parcels, or two and a number as long as an order's."""
    known = lexicon()
    order = known.kinds.index("order")
    lower = quoted[:1200].lower()
    found = {word for word in _WORD.findall(lower) if order in known.look_up(word)}
    return len(found) > 2 or (len(found) > 1 and any(len(run) > 4 for run in re.findall(r"\d+", lower)))
