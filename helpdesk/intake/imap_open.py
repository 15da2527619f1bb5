"""The folders of one connection: their list, and which of them is open."""

from __future__ import annotations

from contextlib import suppress

from aioimaplib.aioimaplib import AUTH, SELECTED

from helpdesk.intake.folders import Listed, NoSuchFolderError, choose
from helpdesk.intake.imap_connection import Connection
from helpdesk.intake.imap_protocol import Answer
from helpdesk.intake.imap_wire import code, decode_name, encode_name, list_item, quote
from helpdesk.intake.mailbox import Folders, FolderState


class FolderOpener:
    """Opens folders by the names people see; asks the server only when another one is open."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.opened: FolderState | None = None
        self._readonly = True
        self._wire: dict[str, str] = {}
        self._listed: list[Listed] = []

    def wire(self, folder: str) -> str:
        """A folder's name on the wire: as the server listed it, else in modified UTF-7.

        Control characters are refused: Dovecot repeats a name it does not know, line breaks decoded.
        """
        if any(char < " " or char == "\x7f" for char in folder):
            raise self.connection.error(f"no folder name: {folder!r}", permanent=True)
        return self._wire.get(folder) or encode_name(folder)

    async def __call__(self, folder: str, *, readonly: bool) -> FolderState:
        """EXAMINE or SELECT, unless it is open that way already."""
        if self.opened is None or self.opened.folder != folder or self._readonly != readonly:
            return await self.open(folder, readonly=readonly)
        return self.opened

    async def open(self, folder: str, *, readonly: bool) -> FolderState:
        """EXAMINE or SELECT in any case: the state is the server's present one."""
        self.opened = None
        name = "EXAMINE" if readonly else "SELECT"
        answer = await self.connection.ask(name, quote(self.wire(folder)))
        if answer.result != "OK":
            self.connection.protocol.state = AUTH
            raise self.connection.refusal(f"opening folder {folder!r}", answer)
        self.connection.protocol.state = SELECTED
        self.opened, self._readonly = _state(folder, answer), readonly
        return self.opened

    async def listed(self) -> list[Listed]:
        """All folders, with their special-use flags where the server has them (RFC 6154)."""
        every = (quote(""), quote("*"))
        special = self.connection.has("SPECIAL-USE") and self.connection.has("LIST-EXTENDED")
        answer = await self.connection.ask("LIST", *every, *(("RETURN", "(SPECIAL-USE)") if special else ()))
        if answer.result != "OK":
            answer = await self.connection.demand("LIST", *every)
        found: dict[str, Listed] = {}
        for pieces in answer.untagged:
            if item := list_item(pieces):
                flags, delimiter, wire = item
                name = "INBOX" if wire.upper() == "INBOX" else decode_name(wire)
                found[name] = Listed(name=name, wire=wire, flags=flags, delimiter=delimiter)
        found.setdefault("INBOX", Listed(name="INBOX", wire="INBOX", flags=frozenset(), delimiter=""))
        self._wire = {name: folder.wire for name, folder in found.items()}
        self._listed = list(found.values())
        return self._listed

    async def folders(self, *, inbox: str, junk: str, sent: str) -> Folders:
        """The folder of each role. A configured name that is not there is a permanent MailboxError.

        The list is asked once a connection, and again whenever it does not answer the question.
        """
        wanted = {"inbox": inbox or "INBOX", "junk": junk, "sent": sent}
        with suppress(NoSuchFolderError):
            found = {role: choose(self._listed, role, name) for role, name in wanted.items()}
            if all(found[role] or not name for role, name in wanted.items()):
                return _named(found)
        listed = await self.listed()
        return _named({role: self._choose(listed, role, name) for role, name in wanted.items()})

    def _choose(self, listed: list[Listed], role: str, wanted: str) -> Listed | None:
        try:
            return choose(listed, role, wanted)
        except NoSuchFolderError as exc:
            near = f": did you mean {exc.nearest!r}?" if exc.nearest else ""
            raise self.connection.error(f"there is no folder {exc.wanted!r} for {role}{near}", permanent=True) from exc


def _named(found: dict[str, Listed | None]) -> Folders:
    inbox, junk, sent = (found[role] for role in ("inbox", "junk", "sent"))
    return Folders(
        inbox=inbox.name if inbox else "INBOX", junk=junk.name if junk else None, sent=sent.name if sent else None
    )


def _state(folder: str, answer: Answer) -> FolderState:
    exists = 0
    codes: dict[str, str] = {}
    for pieces in answer.untagged:
        words = pieces[0].split(b" ", 2)
        if len(words) > 1 and words[1].upper() == b"EXISTS" and words[0].isdigit():
            exists = int(words[0])
        elif words[0].upper() == b"OK":
            codes.update([code(pieces[0])])
    codes.update([code(answer.text)])

    def number(name: str) -> int | None:
        return int(codes[name]) if codes.get(name, "").isdigit() else None

    return FolderState(
        folder=folder,
        uidvalidity=number("UIDVALIDITY") or 0,
        uidnext=number("UIDNEXT") or 0,
        exists=exists,
        highestmodseq=number("HIGHESTMODSEQ"),
    )
