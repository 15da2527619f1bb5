"""Moving one mail between folders so that none is lost, doubled or deleted, however often it is tried.

With MOVE (RFC 6851) the server does it in one step. Without it: COPY, then \\Deleted on the original, then UID EXPUNGE
of that one UID (RFC 4315). A server without UIDPLUS knows only the bare EXPUNGE, which would also destroy what others
have marked: there the original stays, marked \\Deleted; mail programs hide it, and intake knows it by its Message-ID.
The folder is never CLOSEd, since CLOSE expunges too. A COPY that was interrupted is recognised by the same mail, byte
for byte, in the target, and is not made twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from helpdesk.intake import imap_fetch
from helpdesk.intake.imap_connection import Connection
from helpdesk.intake.imap_protocol import Answer
from helpdesk.intake.imap_wire import code, copied_to, quote, search_numbers
from helpdesk.intake.mailbox import MoveResult

#: A mail of this size or less is compared byte for byte before a COPY is skipped; above, by Message-ID and size.
COMPARED: Final = 4 * 2**20
#: At most so many candidates are looked at for one Message-ID.
CANDIDATES: Final = 200


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


async def mark(connection: Connection, uid: int, *, junk: bool) -> None:
    """$NotJunk on, $Junk and Junk off (or the reverse). Keywords are a favour: a refusal is no failure."""
    on, off = ("$Junk", "$NotJunk NonJunk") if junk else ("$NotJunk", "$Junk Junk")
    await connection.ask("STORE", str(uid), "+FLAGS.SILENT", f"({on})", prefix="UID")
    await connection.ask("STORE", str(uid), "-FLAGS.SILENT", f"({off})", prefix="UID")


async def carry(connection: Connection, uid: int, target: str, twins: Sequence[int], *, checked: bool) -> MoveResult:
    """Moves a mail of the folder open read-write. `target`: its wire name.

    `twins`: mails in the target that are this very one, left by a COPY whose end was not seen; `checked`: looked for.
    """
    if connection.has("MOVE"):
        answer = await connection.ask("MOVE", str(uid), quote(target), prefix="UID")
        _taken(connection, answer, "MOVE")
        return await _moved(connection, uid, answer)
    new: tuple[int | None, int] | None = (None, twins[0]) if twins else None
    if not (checked and twins):
        answer = await connection.ask("COPY", str(uid), quote(target), prefix="UID")
        _taken(connection, answer, "COPY")
        new = copied_to(_texts(answer))
    await connection.demand("STORE", str(uid), "+FLAGS.SILENT", "(\\Deleted)", prefix="UID")
    if connection.has("UIDPLUS"):
        await connection.demand("EXPUNGE", str(uid), prefix="UID")
    return MoveResult(done=True, new_uid=new[1] if new else None, new_uidvalidity=new[0] if new else None)


async def _moved(connection: Connection, uid: int, answer: Answer) -> MoveResult:
    """MOVE says OK for a mail that had just vanished, too: COPYUID proves it, else its being gone does not."""
    if new := copied_to(_texts(answer)):
        return MoveResult(done=True, new_uid=new[1], new_uidvalidity=new[0])
    if uid in await imap_fetch.message_ids(connection, [uid]):
        raise connection.error(f"MOVE of mail {uid} was accepted and did not happen")
    return MoveResult(done=True)


def _texts(answer: Answer) -> list[bytes]:
    return [answer.text, *(pieces[0] for pieces in answer.untagged)]


def _taken(connection: Connection, answer: Answer, what: str) -> None:
    if answer.result == "OK":
        return
    if code(answer.text)[0] == "TRYCREATE":
        raise connection.error(f"{what}: the target folder does not exist; create it", permanent=True)
    raise connection.refusal(f"UID {what}", answer)


async def twins(connection: Connection, message_id: str, size: int, raw: bytes | None) -> list[int]:
    """Mails of the open folder that equal this one: same Message-ID, same size, and same bytes where `raw` is given."""
    hits = await find(connection, message_id, "UNDELETED")
    same = [uid for uid, its in (await imap_fetch.sizes(connection, hits)).items() if its == size] if hits else []
    if raw is None:
        return same
    equal: list[int] = []
    for uid in same:
        found = await imap_fetch.mails(connection, [uid], first_part=None)
        equal += [uid for mail in found if mail.raw == raw]
    return equal
