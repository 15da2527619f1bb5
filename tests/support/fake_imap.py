"""A small IMAP server that misbehaves on request, for what Dovecot cannot be made to do.

By itself it serves LOGIN, LIST, EXAMINE, UID SEARCH/FETCH/STORE/COPY/MOVE/EXPUNGE, APPEND, IDLE and NOOP over
folders in memory. A test narrows `capabilities`, and replaces the answer to a command with a function of its own:

    async with FakeImap() as server:
        server.on["UID FETCH"] = lambda session, tag, rest: session.send("* BYE gone")
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

Handler = Callable[["Session", str, str], Awaitable[None]]

EVERYTHING = "IMAP4rev1 IDLE MOVE UIDPLUS SPECIAL-USE LIST-EXTENDED"


@dataclass(slots=True)
class Letter:
    """A mail of a folder."""

    uid: int
    raw: bytes
    flags: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Box:
    """A folder. `attributes` as LIST shows them."""

    letters: list[Letter] = field(default_factory=list)
    attributes: str = ""
    uidvalidity: int = 7
    next_uid: int = 1

    def add(self, raw: bytes, flags: set[str] | None = None) -> int:
        """Takes a mail in; returns its UID."""
        uid, self.next_uid = self.next_uid, self.next_uid + 1
        self.letters.append(Letter(uid, raw, flags or set()))
        return uid

    def chosen(self, numbers: str) -> list[tuple[int, Letter]]:
        """(position, mail) of a UID set. As the standard wants, `n:*` always names the last one."""
        last = self.letters[-1].uid if self.letters else 0
        wanted: set[int] = set()
        for piece in numbers.split(","):
            low, _, high = piece.partition(":")
            ends = sorted(last if end == "*" else int(end) for end in (low, high or low))
            wanted |= set(range(ends[0], min(ends[1], last) + 1)) if ends[0] != ends[1] else {ends[0]}
        return [(n, letter) for n, letter in enumerate(self.letters, 1) if letter.uid in wanted]


class Session:
    """One client's connection."""

    def __init__(self, server: FakeImap, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.server = server
        self.reader = reader
        self.writer = writer
        self.box = Box()

    async def send(self, *lines: str | bytes) -> None:
        """Lines to the client, each with its CRLF."""
        for line in lines:
            self.writer.write((line.encode() if isinstance(line, str) else line) + b"\r\n")
        await self.writer.drain()

    async def line(self) -> str:
        """The client's next line, without CRLF. EOFError at its end."""
        data = await self.reader.readline()
        if not data:
            raise EOFError
        return data.decode("utf-8", "replace").rstrip("\r\n")

    async def run(self) -> None:
        """Greets and answers until the client goes."""
        await self.send(self.server.greeting)
        while True:
            line = await self.line()
            self.server.heard.append(line)
            tag, _, rest = line.partition(" ")
            name, _, rest = rest.partition(" ")
            if name == "UID":
                second, _, rest = rest.partition(" ")
                name = f"UID {second}"
            await self.server.reply(name, self, tag, rest)
            if name == "LOGOUT":
                return


class FakeImap:
    """The server; `async with` runs it on a port of 127.0.0.1."""

    def __init__(self, *, tls: ssl.SSLContext | None = None) -> None:
        self.greeting = "* OK fake ready"
        self.capabilities = EVERYTHING
        self.boxes = {"INBOX": Box(), "Junk": Box(attributes="\\Junk"), "Sent": Box(attributes="\\Sent")}
        self.on: dict[str, Handler] = {}
        self.heard: list[str] = []
        self.port = 0
        self.tls = tls
        self.sessions: list[Session] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=2**26)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        session = Session(self, reader, writer)
        self.sessions.append(session)
        try:
            with suppress(EOFError, ConnectionError):
                await session.run()
        except asyncio.CancelledError:
            pass  # the test is over
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def reply(self, name: str, session: Session, tag: str, rest: str) -> None:
        """Answers a command: as the test wants, else as a server should."""
        handler = self.on.get(name) or DEFAULTS.get(name)
        if handler is None:
            await session.send(f"{tag} BAD unknown command")
        else:
            await handler(session, tag, rest)

    def drop(self) -> None:
        """Every connection ends without a word."""
        for session in self.sessions:
            session.writer.transport.abort()

    def commands(self, name: str) -> list[str]:
        """The lines heard that hold this command."""
        return [line for line in self.heard if f" {name} " in f" {line.partition(' ')[2]} "]


def unquoted(word: str) -> str:
    """A quoted argument's text."""
    return word.strip().strip('"').replace('\\"', '"').replace("\\\\", "\\")


async def silence(session: Session, tag: str, rest: str) -> None:  # noqa: ARG001 -- a handler's shape
    """Never answers: a half-open connection."""
    await asyncio.Event().wait()


async def _ok(session: Session, tag: str, rest: str) -> None:  # noqa: ARG001 -- a handler's shape
    await session.send(f"{tag} OK done")


async def _capability(session: Session, tag: str, rest: str) -> None:  # noqa: ARG001 -- a handler's shape
    await session.send(f"* CAPABILITY {session.server.capabilities}", f"{tag} OK done")


async def _list(session: Session, tag: str, rest: str) -> None:  # noqa: ARG001 -- a handler's shape
    for name, box in session.server.boxes.items():
        await session.send(f'* LIST ({box.attributes}) "/" "{name}"')
    await session.send(f"{tag} OK done")


async def _open(session: Session, tag: str, rest: str) -> None:
    box = session.server.boxes.get(unquoted(rest))
    if box is None:
        await session.send(f"{tag} NO [NONEXISTENT] no such folder")
        return
    session.box = box
    await session.send(
        f"* {len(box.letters)} EXISTS", f"* OK [UIDVALIDITY {box.uidvalidity}] ok", f"* OK [UIDNEXT {box.next_uid}] ok",
        f"{tag} OK opened",
    )  # fmt: skip


async def _search(session: Session, tag: str, rest: str) -> None:
    found = session.box.letters
    if rest.startswith("UID "):
        found = [letter for _, letter in session.box.chosen(rest[4:])]
    if header := re.search(r'HEADER Message-ID "(.*)"$', rest):
        found = [letter for letter in found if header[1].encode() in letter.raw]
    if "UNDELETED" in rest:
        found = [letter for letter in found if "\\Deleted" not in letter.flags]
    await session.send("* SEARCH " + " ".join(str(letter.uid) for letter in found), f"{tag} OK done")


async def _fetch(session: Session, tag: str, rest: str) -> None:
    numbers, _, what = rest.partition(" ")
    for position, letter in session.box.chosen(numbers):
        parts = [
            f"UID {letter.uid}".encode(), f"RFC822.SIZE {len(letter.raw)}".encode(),
            f"FLAGS ({' '.join(sorted(letter.flags))})".encode(),
            b'INTERNALDATE " 7-Mar-2026 09:30:00 +0100"',
        ]  # fmt: skip
        if "MESSAGE-ID" in what:
            head = re.search(rb"(?im)^message-id:.*\r\n", letter.raw)
            text = (head[0] if head else b"") + b"\r\n"
            parts.append(b"BODY[HEADER.FIELDS (MESSAGE-ID)] {%d}\r\n%b" % (len(text), text))
        elif part := re.search(r"BODY\.PEEK\[\](?:<0\.(\d+)>)?", what):
            raw = letter.raw[: int(part[1])] if part[1] else letter.raw
            origin = b"<0>" if part[1] else b""
            parts.append(b"BODY[]%b {%d}\r\n%b" % (origin, len(raw), raw))
        await session.send(b"* %d FETCH (%b)" % (position, b" ".join(parts)))
    await session.send(f"{tag} OK done")


async def _store(session: Session, tag: str, rest: str) -> None:
    numbers, sign, flags = rest.split(" ", 2)
    for _, letter in session.box.chosen(numbers):
        named = set(flags.strip("()").split())
        letter.flags = letter.flags | named if sign.startswith("+") else letter.flags - named
    await session.send(f"{tag} OK done")


async def _copy(session: Session, tag: str, rest: str) -> None:
    numbers, _, target = rest.partition(" ")
    box = session.server.boxes.get(unquoted(target))
    if box is None:
        await session.send(f"{tag} NO [TRYCREATE] no such folder")
        return
    done = [(letter.uid, box.add(letter.raw, set(letter.flags))) for _, letter in session.box.chosen(numbers)]
    told = (
        f"[COPYUID {box.uidvalidity} {done[0][0]} {done[0][1]}] "
        if done and "UIDPLUS" in session.server.capabilities
        else ""
    )
    await session.send(f"{tag} OK {told}done")


async def _move(session: Session, tag: str, rest: str) -> None:
    numbers, _, target = rest.partition(" ")
    gone = [letter for _, letter in session.box.chosen(numbers)] if unquoted(target) in session.server.boxes else []
    await _copy(session, tag, rest)
    session.box.letters = [letter for letter in session.box.letters if letter not in gone]


async def _expunge(session: Session, tag: str, rest: str) -> None:
    gone = [letter for _, letter in session.box.chosen(rest or "1:*") if "\\Deleted" in letter.flags]
    session.box.letters = [letter for letter in session.box.letters if letter not in gone]
    await session.send(f"{tag} OK done")


async def _append(session: Session, tag: str, rest: str) -> None:
    size = re.search(r"\{(\d+)\}$", rest)
    assert size is not None
    await session.send("+ go on")
    raw = await session.reader.readexactly(int(size[1]))
    await session.line()
    session.server.boxes[unquoted(rest.split(" (")[0])].add(raw, {"\\Seen"})
    await session.send(f"{tag} OK done")


async def _idle(session: Session, tag: str, rest: str) -> None:  # noqa: ARG001 -- a handler's shape
    await session.send("+ idling")
    while await session.line() != "DONE":
        pass
    await session.send(f"{tag} OK done")


async def _logout(session: Session, tag: str, rest: str) -> None:  # noqa: ARG001 -- a handler's shape
    await session.send("* BYE bye", f"{tag} OK done")


DEFAULTS: dict[str, Handler] = {
    "CAPABILITY": _capability, "LOGIN": _ok, "ID": _ok, "NOOP": _ok, "LIST": _list, "EXAMINE": _open, "SELECT": _open,
    "UID SEARCH": _search, "UID FETCH": _fetch, "UID STORE": _store, "UID COPY": _copy, "UID MOVE": _move,
    "UID EXPUNGE": _expunge, "EXPUNGE": _expunge, "APPEND": _append, "IDLE": _idle, "LOGOUT": _logout,
}  # fmt: skip
