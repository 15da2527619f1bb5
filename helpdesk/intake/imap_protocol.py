"""aioimaplib's protocol, mended: responses read in a loop, every loss told to whoever waits, nothing logged.

Kept of aioimaplib: the command (tag, line, refusal of NUL, CR and LF), the table of states, the state machine.
Replaced: reading (its parser recurses, is O(n²) and eats `* ` inside lines), waiting (a lost connection failed no
command), continuations (an XOAUTH2 challenge was never answered), capabilities (stale after XOAUTH2), its debug log
(it formats every mail). One command at a time; the lock and the time limits are imap_connection's.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final, NamedTuple

from aioimaplib.aioimaplib import AUTH, CONNECTED, NONAUTH, Command, Commands, IMAP4ClientProtocol

from helpdesk.intake.imap_wire import Pieces, Splitter, WireError

#: Most bytes one answer may have: a whole batch of mail (32 MB) and one oversized stray beside it. Bounds memory.
MAX_ANSWER: Final = 160 * 2**20

#: Untagged responses that mean "the folder is not what it was".
_STIRRING: Final = frozenset({b"EXISTS", b"EXPUNGE", b"RECENT"})


class ConnectionGoneError(Exception):
    """The connection ended, or was ended because the server broke the rules; the message says how."""


class Answer(NamedTuple):
    """What a command brought: OK, NO or BAD, its text, and the untagged responses before it, without their `* `."""

    result: str
    text: bytes
    untagged: list[Pieces]


class Exchange(Command):  # type: ignore[misc]  # aioimaplib ships no types
    """A command under way. `untagged` fills up; `wait` returns at the tagged answer or raises what ended it."""

    def __init__(self, name: str, tag: str, *args: str, prefix: str = "") -> None:
        super().__init__(name, tag, *args, prefix=prefix)
        self.wire_tag = tag.encode()
        self.untagged: list[Pieces] = []
        self.replies: deque[bytes] = deque()  # what to send at each continuation request, in order
        self.challenges: list[bytes] = []
        self.ending = False  # DONE was sent
        self.accepted = asyncio.Event()  # a continuation request came (IDLE has begun)

    def finish(self, result: str, text: bytes) -> None:
        """The tagged answer came."""
        self.close(text, result)
        self.accepted.set()

    def fail(self, exc: Exception) -> None:
        """No answer will come."""
        self._exception = exc
        self.finish("KO", b"")

    @property
    def answer(self) -> Answer:
        """The outcome, complete once `wait` has returned."""
        result, lines = self.response
        return Answer(result, lines[-1] if lines else b"", self.untagged)


class MendedProtocol(IMAP4ClientProtocol):  # type: ignore[misc]  # aioimaplib ships no types
    """One connection's conversation. `stirred` is set when the folder changed or the connection ended."""

    transport: asyncio.Transport | None
    pending_sync_command: Exchange | None
    capabilities: set[str]
    state: str

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self.greeting: asyncio.Future[bytes] = loop.create_future()
        self.gone = asyncio.Event()
        self.reason: ConnectionGoneError | None = None  # why nothing more can be asked
        self.stirred = asyncio.Event()
        self.heard = loop.time()  # when the server last sent anything
        self._splitter = Splitter()
        self._taken = 0  # bytes of the present answer
        self._deaf = False  # between STARTTLS and the encryption all is dropped

    # ------------------------------------------------------------------ asyncio's side

    def data_received(self, data: bytes) -> None:
        """Reads in a loop (trap 1, 2), keeps every byte of a line (8), logs nothing (16)."""
        self.heard = self.loop.time()
        if self._deaf or self.reason is not None:
            return
        self._taken += len(data)
        try:
            if self._taken > MAX_ANSWER:
                raise WireError(f"an answer of more than {MAX_ANSWER} bytes")
            for pieces in self._splitter.feed(data):
                self._response(pieces)
                if self._deaf or self.reason is not None:
                    return
        except WireError as exc:
            self.break_off(f"the server sent what is no IMAP: {exc}")

    def eof_received(self) -> bool:
        """The server closed its side: so do we."""
        self._lose("the server closed the connection")
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Fails whatever waits (trap 3)."""
        self._lose(f"the connection was lost: {exc}" if exc else "the connection was closed")
        self.gone.set()

    def break_off(self, why: str) -> None:
        """Ends the connection at once; every command from now on fails with `why`."""
        self._lose(why)
        if self.transport is not None:
            self.transport.abort()
        else:
            self.gone.set()

    def _lose(self, why: str) -> None:
        if self.reason is None:
            self.reason = ConnectionGoneError(why)
        if not self.greeting.done():
            self.greeting.set_exception(self.reason)
            self.greeting.exception()  # seen: nobody may be waiting
        if self.pending_sync_command is not None:
            self.pending_sync_command.fail(self.reason)
            self.pending_sync_command = None
        self.stirred.set()

    # ------------------------------------------------------------------ speaking

    def start(self, command: Exchange) -> None:
        """Sends a command; await its `wait`. Raises ConnectionGoneError, and ValueError for a wrong state."""
        if self.reason is not None:
            raise self.reason
        if self.pending_sync_command is not None:
            raise ValueError(f"{command.name} while {self.pending_sync_command.name} is under way")
        if self.state not in Commands[command.name].valid_states:
            raise ValueError(f"{command.name} is illegal in state {self.state}")
        self._taken = 0
        self.pending_sync_command = command
        self.send(str(command))

    async def execute(self, command: Exchange, scrub: str | None = None) -> Answer:  # noqa: ARG002 -- aioimaplib's
        """Sends a command and waits for its answer."""
        self.start(command)
        await command.wait()
        return command.answer

    def send(self, line: str, scrub: str | None = None) -> None:  # noqa: ARG002 -- nothing is logged, nothing to scrub
        """One line to the server. Wire names that are no UTF-8 go back as they came."""
        self._write(line.encode("utf-8", "surrogateescape"))

    def exchange(self, name: str, *args: str, prefix: str = "") -> Exchange:
        """A new command under the next tag. Raises ValueError for NUL, CR or LF in an argument."""
        return Exchange(name, self.new_tag(), *args, prefix=prefix)

    def encrypted(self, transport: asyncio.Transport) -> None:
        """STARTTLS is done: only what comes through `transport` counts (trap 11)."""
        self.transport = transport
        self._splitter.drop()
        self._deaf = False

    # ------------------------------------------------------------------ listening

    def _response(self, pieces: Pieces) -> None:
        first = pieces[0]
        if first.startswith(b"* "):
            pieces[0] = first[2:]
            self._untagged(pieces)
        elif first.startswith(b"+"):
            self._continuation(first)
        elif first:
            self._tagged(first)

    def _untagged(self, pieces: Pieces) -> None:
        words = pieces[0].split(b" ", 2)
        kind = words[0].upper()
        if not self.greeting.done():
            self._greet(kind, pieces[0])
            return
        if kind.isdigit() and len(words) > 1:
            kind = words[1].upper()
            if kind in _STIRRING:
                self.stirred.set()
        elif kind == b"VANISHED":  # only after ENABLE QRESYNC, which we do not ask for; kept all the same (trap 12)
            self.stirred.set()
        elif kind == b"BYE" and not self._leaving:
            self.break_off("the server said goodbye: " + pieces[0][4:].decode("utf-8", "replace"))
            return
        if self.pending_sync_command is not None and not self._idling:
            self.pending_sync_command.untagged.append(pieces)

    def _greet(self, kind: bytes, line: bytes) -> None:
        if kind not in {b"OK", b"PREAUTH"}:
            self.break_off("the server refused the connection: " + line.decode("utf-8", "replace"))
            return
        self.state = AUTH if kind == b"PREAUTH" else NONAUTH
        self.greeting.set_result(line)

    def _tagged(self, line: bytes) -> None:
        tag, _, rest = line.partition(b" ")
        result, _, text = rest.partition(b" ")
        command = self.pending_sync_command
        verdict = result.upper().decode("ascii", "replace")
        if command is None or self.state == CONNECTED or tag != command.wire_tag or verdict not in {"OK", "NO", "BAD"}:
            self.break_off("the server answered what nobody asked")
            return
        self.pending_sync_command = None
        if command.name == "STARTTLS" and verdict == "OK":
            self._deaf = True
            if self.transport is not None:
                self.transport.pause_reading()
        elif command.name == "IDLE" and not command.ending:
            self.stirred.set()  # it ended by itself, or was refused
        command.finish(verdict, text)

    def _continuation(self, line: bytes) -> None:
        command = self.pending_sync_command
        if command is None:
            self.break_off("the server asked to go on with nothing")
            return
        command.accepted.set()
        if command.name == "IDLE":
            return
        command.challenges.append(line[2:])
        # An XOAUTH2 refusal comes as a challenge; an empty line fetches the NO (trap 9).
        self._write(command.replies.popleft() if command.replies else b"")

    def _write(self, line: bytes) -> None:
        if self.transport is None:
            return
        if len(line) < 2**16:
            self.transport.write(line + b"\r\n")
        else:  # an APPEND: no copy of the mail for two bytes
            self.transport.write(line)
            self.transport.write(b"\r\n")

    @property
    def _idling(self) -> bool:
        return self.pending_sync_command is not None and self.pending_sync_command.name == "IDLE"

    @property
    def _leaving(self) -> bool:
        return self.pending_sync_command is not None and self.pending_sync_command.name == "LOGOUT"

    def learn(self, answer: Answer) -> None:
        """Takes the capabilities from a CAPABILITY answer, and only from it (trap 10)."""
        words: list[bytes] = []
        for pieces in answer.untagged:
            if pieces[0][:11].upper() == b"CAPABILITY ":
                words = pieces[0][11:].split()
        self.capabilities = {word.decode("ascii", "replace").upper() for word in words}
