"""What a server says of its folders: the list, and a folder that was opened."""

from __future__ import annotations

from helpdesk.intake.folders import Listed
from helpdesk.intake.imap_connection import Connection
from helpdesk.intake.imap_protocol import Answer
from helpdesk.intake.imap_wire import code, decode_name, list_item
from helpdesk.intake.mailbox import FolderState


async def listed(connection: Connection) -> list[Listed]:
    """All folders, with their special use where the server knows it (RFC 6154)."""
    extended = connection.has("SPECIAL-USE") and connection.has("LIST-EXTENDED")
    answer = await connection.demand("LIST", '""', '"*"', *(("RETURN", "(SPECIAL-USE)") if extended else ()))
    items = [item for pieces in answer.untagged if (item := list_item(pieces)) is not None]
    return [
        Listed(name=decode_name(wire), wire=wire, flags=flags, delimiter=delimiter) for flags, delimiter, wire in items
    ]


def state_of(folder: str, answer: Answer) -> FolderState:
    """What the server said on opening a folder."""
    numbers = {"UIDVALIDITY": 0, "UIDNEXT": 0, "HIGHESTMODSEQ": 0}
    exists = 0
    for pieces in answer.untagged:
        name, arguments = code(pieces[0])
        if name in numbers and arguments.split()[:1] and arguments.split()[0].isdigit():
            numbers[name] = int(arguments.split()[0])
        words = pieces[0].split()
        if len(words) > 1 and words[1].upper() == b"EXISTS" and words[0].isdigit():
            exists = int(words[0])
    return FolderState(
        folder=folder,
        uidvalidity=numbers["UIDVALIDITY"],
        uidnext=numbers["UIDNEXT"],
        exists=exists,
        highestmodseq=numbers["HIGHESTMODSEQ"] or None,
    )
