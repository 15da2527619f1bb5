"""Moving mails between folders so that none is lost, doubled or deleted, however often it is tried.

With MOVE (RFC 6851) the server does it in one step. Without it: COPY, then \\Deleted on the original, then UID EXPUNGE
of that one UID (RFC 4315). A server without UIDPLUS knows only the bare EXPUNGE, which would also destroy what others
have marked: there the original stays, marked \\Deleted; mail programs hide it, and intake knows it by its Message-ID.
The folder is never CLOSEd, since CLOSE expunges too. A COPY that was interrupted is recognised by the same mail, byte
for byte, in the target, and is not made twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Protocol

from helpdesk.intake import imap_fetch
from helpdesk.intake.imap_connection import Connection
from helpdesk.intake.imap_protocol import Answer
from helpdesk.intake.imap_wire import code, copied_to, quote, search_numbers, uid_set
from helpdesk.intake.mailbox import FolderState, MoveResult

#: A mail of this size or less is compared byte for byte before a COPY is skipped; above, by Message-ID and size.
COMPARED: Final = 4 * 2**20
#: At most so many candidates are looked at for one Message-ID.
CANDIDATES: Final = 200
#: Mails moved by one command at most.
MOST_AT_ONCE: Final = 1000


class Opener(Protocol):
    """Opens folders by the names people see, and knows their wire names."""

    async def __call__(self, folder: str, *, readonly: bool) -> FolderState:
        """EXAMINE or SELECT, unless it is open that way already."""

    def wire(self, folder: str) -> str:
        """The name on the wire."""


async def find(connection: Connection, message_id: str, *extra: str) -> list[int]:
    """UIDs in the open folder whose Message-ID is exactly this one. SEARCH finds substrings, so each hit is read."""
    bare = imap_fetch.bare_id(message_id)
    wanted = max("".join(c if " " < c < "\x7f" else " " for c in bare).split() or [""], key=len)
    if not wanted:
        return []
    for needle in (f"<{wanted}>", wanted) if wanted == bare else (wanted,):  # some servers know only whole ids
        answer = await connection.demand("SEARCH", *extra, "HEADER", "Message-ID", quote(needle), prefix="UID")
        hits = sorted(search_numbers(answer.untagged))[-CANDIDATES:]
        if hits:
            ids = await imap_fetch.message_ids(connection, hits)
            if found := [uid for uid in hits if ids.get(uid) == bare]:
                return found
    return []


async def mark(connection: Connection, uids: Sequence[int], *, junk: bool) -> None:
    """$NotJunk on, $Junk and Junk off (or the reverse). Keywords are a favour: a refusal is no failure."""
    on, off = ("$Junk", "$NotJunk NonJunk") if junk else ("$NotJunk", "$Junk Junk")
    await connection.ask("STORE", uid_set(uids), "+FLAGS.SILENT", f"({on})", prefix="UID")
    await connection.ask("STORE", uid_set(uids), "-FLAGS.SILENT", f"({off})", prefix="UID")


async def move(
    connection: Connection, opener: Opener, uid: int, source: str, target: str, *, expected: str,
    uidvalidity: int | None, junk: bool,
) -> MoveResult:  # fmt: skip
    """As ImapMailbox.move. `expected`: the Message-ID, "" if unknown; `junk`: the target is the junk folder."""
    state = await opener(source, readonly=False)
    bare = imap_fetch.bare_id(expected)
    here = await imap_fetch.message_ids(connection, [uid]) if uid > 0 else {}
    renumbered = uidvalidity is not None and state.uidvalidity not in {0, uidvalidity}
    if uid in here and not renumbered and here[uid] == (bare or here[uid]):
        return await _carry(connection, opener, uid, source, target, message_id=here[uid], junk=junk)
    if not bare:
        return MoveResult(done=False)
    there = await opener(target, readonly=True)
    if hits := await find(connection, bare, "UNDELETED"):  # moved before, by us or by a person
        return MoveResult(done=True, new_uid=hits[-1], new_uidvalidity=there.uidvalidity)
    await opener(source, readonly=False)
    again = await find(connection, bare, "UNDELETED")
    if len(again) != 1:  # two of one Message-ID may be two mails: which was meant cannot be told
        return MoveResult(done=False)
    return await _carry(connection, opener, again[0], source, target, message_id=bare, junk=junk)


async def move_many(
    connection: Connection, opener: Opener, wanted: Mapping[int, str], source: str, target: str, *,
    uidvalidity: int, junk: bool,
) -> dict[int, MoveResult]:  # fmt: skip
    """Moves the mails that lie where they are expected, all in one MOVE; uid → result.

    `wanted`: uid → Message-ID ("" if it has none). Whatever is left out of the answer is to be moved one by one: it is
    another mail by now, or gone, or the server cannot move many at once.
    """
    state = await opener(source, readonly=False)
    if not connection.has("MOVE") or state.uidvalidity != uidvalidity:
        return {}
    here = await imap_fetch.message_ids(connection, list(wanted))
    right = sorted(uid for uid, expected in wanted.items() if here.get(uid) == imap_fetch.bare_id(expected))
    if not right:
        return {}
    await mark(connection, right, junk=junk)
    answer = await connection.ask("MOVE", uid_set(right), quote(opener.wire(target)), prefix="UID")
    new = _copied(_texts(answer))
    if answer.result != "OK" or not set(right) <= set(new):
        still = await imap_fetch.message_ids(connection, right)
        right = [uid for uid in right if uid not in still]
    places = {uid: new.get(uid, (None, None)) for uid in right}
    return {uid: MoveResult(done=True, new_uidvalidity=a, new_uid=b) for uid, (a, b) in places.items()}


def _copied(texts: Iterable[bytes]) -> dict[int, tuple[int, int]]:
    """uid → (UIDVALIDITY, new UID) of COPYUID, in whichever status texts it stands; {} where it makes no sense."""
    found: dict[int, tuple[int, int]] = {}
    for text in texts:
        name, arguments = code(text)
        words = arguments.split()
        if name == "COPYUID" and len(words) == 3 and words[0].isdigit():
            old, new = _numbers(words[1]), _numbers(words[2])
            if len(old) == len(new):
                found |= {a: (int(words[0]), b) for a, b in zip(old, new, strict=True)}
    return found


def _numbers(text: str) -> list[int]:
    """The UIDs of a set such as 4,7:9, in its order; [] for more than were asked for, or for anything else."""
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition(":")
        if not first.isdigit() or not (last or first).isdigit():
            return []
        a, b = int(first), int(last or first)
        if len(found) + abs(b - a) >= MOST_AT_ONCE:
            return []
        found += range(min(a, b), max(a, b) + 1)  # RFC 3501: 4:2 means 2:4
    return found


async def _carry(
    connection: Connection, opener: Opener, uid: int, source: str, target: str, *, message_id: str, junk: bool
) -> MoveResult:
    """Moves a mail that certainly is the right one; `source` is open read-write."""
    wire = quote(opener.wire(target))
    await mark(connection, [uid], junk=junk)
    if connection.has("MOVE"):
        answer = await connection.ask("MOVE", str(uid), wire, prefix="UID")
        _taken(connection, answer, "MOVE", target)
        return await _moved(connection, uid, answer)
    new = await _earlier_copy(connection, opener, uid, source, target, message_id)
    if new is None:
        answer = await connection.ask("COPY", str(uid), wire, prefix="UID")
        _taken(connection, answer, "COPY", target)
        new = copied_to(_texts(answer))
    await connection.demand("STORE", str(uid), "+FLAGS.SILENT", "(\\Deleted)", prefix="UID")
    if connection.has("UIDPLUS"):
        await connection.demand("EXPUNGE", str(uid), prefix="UID")
    return MoveResult(done=True, new_uid=new[1] if new else None, new_uidvalidity=new[0] if new else None)


async def _moved(connection: Connection, uid: int, answer: Answer) -> MoveResult:
    """COPYUID proves the move; without it, the mail's absence from the source does."""
    if new := copied_to(_texts(answer)):
        return MoveResult(done=True, new_uid=new[1], new_uidvalidity=new[0])
    if uid in await imap_fetch.message_ids(connection, [uid]):
        raise connection.error(f"MOVE of mail {uid} was accepted and did not happen")
    return MoveResult(done=True)


async def _earlier_copy(
    connection: Connection, opener: Opener, uid: int, source: str, target: str, message_id: str
) -> tuple[int, int] | None:
    """(UIDVALIDITY, UID) of this very mail in the target, left by a COPY whose end was not seen. Leaves source open."""
    there = await opener(target, readonly=True)
    hits = await find(connection, message_id, "UNDELETED")
    measured = await imap_fetch.sizes(connection, hits) if hits else {}
    await opener(source, readonly=False)
    own = (await imap_fetch.sizes(connection, [uid])).get(uid)
    twins = [hit for hit, size in measured.items() if size == own]
    if not twins or own is None:
        return None
    if own <= COMPARED:
        original = await imap_fetch.mails(connection, [uid], first_part=None)
        await opener(target, readonly=True)
        copies = await imap_fetch.mails(connection, twins, first_part=None)
        await opener(source, readonly=False)
        twins = [copy.uid for copy in copies if original and copy.raw == original[0].raw]
    return (there.uidvalidity, twins[-1]) if twins else None


def _texts(answer: Answer) -> list[bytes]:
    return [answer.text, *(pieces[0] for pieces in answer.untagged)]


def _taken(connection: Connection, answer: Answer, what: str, target: str) -> None:
    if answer.result == "OK":
        return
    if code(answer.text)[0] == "TRYCREATE":
        raise connection.error(f"{what}: there is no folder {target!r}; create it", permanent=True)
    raise connection.refusal(f"UID {what}", answer)
