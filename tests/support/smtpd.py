"""An SMTP server for tests: it records what it takes, and misbehaves on request."""

from __future__ import annotations

import asyncio
import email
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import Message
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

#: Points at which a fault can strike. "message" is the reply after the whole mail has come in.
STAGES = ("connect", "helo", "mail", "rcpt", "data", "message")


@dataclass(frozen=True)
class Received:
    """One mail as the server took it."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    options: tuple[str, ...] = ()

    @property
    def parsed(self) -> Message:
        """The mail as the standard library reads it."""
        return email.message_from_bytes(self.raw)

    @property
    def message_id(self) -> str:
        """Its Message-ID with angle brackets, or an empty string."""
        return str(self.parsed.get("Message-ID", "")).strip()


@dataclass
class Fault:
    """What goes wrong at one stage, for the next `times` visits to it.

    `reply`: the refusal to send ("" for none); `close`: end the connection, after the reply if there is one;
    `keep`: at stage "message", take the mail all the same before closing; `recipient`: only for this address.
    """

    stage: str
    reply: str = ""
    close: bool = False
    keep: bool = False
    recipient: str = ""
    times: int = 1


@dataclass
class Smtpd:
    """The running server: what it took, who came, and what shall go wrong next."""

    port: int = 0
    host: str = "127.0.0.1"
    mails: list[Received] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    users: dict[str, str] = field(default_factory=dict)  # name → password or token; empty: no login is offered
    connections: int = 0
    delay: float = 0.0  # seconds to think before taking a mail
    most_at_once: int = 0
    hide: set[str] = field(default_factory=set)  # extensions not to offer, by their first word
    empty: asyncio.Event = field(default_factory=asyncio.Event)  # set while no connection is open
    _open: set[_Server] = field(default_factory=set)

    def fail(self, stage: str, reply: str, *, times: int = 1, recipient: str = "", close: bool = False) -> None:
        """Answer the next visits to a stage with this reply ("451 4.7.1 later"); 421 also closes."""
        assert stage in STAGES, stage
        closing = close or reply.startswith("421")
        self.faults.append(Fault(stage, reply=reply, times=times, recipient=recipient, close=closing))

    def drop(self, stage: str = "message", *, keep: bool = False, times: int = 1) -> None:
        """End the connection at a stage without a word; `keep`: the mail has been taken nevertheless."""
        assert stage in STAGES, stage
        self.faults.append(Fault(stage, close=True, keep=keep, times=times))

    def hang_up(self) -> None:
        """Close every open connection, as a server does with idle ones."""
        for server in tuple(self._open):
            if server.transport is not None:
                server.transport.close()

    def due(self, stage: str, recipient: str = "") -> Fault | None:
        """Take the next fault for this stage from the list."""
        for fault in self.faults:
            if fault.stage == stage and fault.recipient in {"", recipient} and fault.times > 0:
                fault.times -= 1
                return fault
        return None


def _abort(server: SMTP) -> None:
    """End a connection at once, throwing away what has not been sent."""
    if isinstance(server.transport, asyncio.WriteTransport):
        server.transport.abort()


class _Server(SMTP):
    """One connection; faults at the greeting are its own, the rest are the handler's."""

    def __init__(self, world: Smtpd, tls: ssl.SSLContext | None) -> None:
        self.world = world
        super().__init__(
            _Handler(world),
            hostname="smtp.test",
            ident="test",
            enable_SMTPUTF8=True,
            data_size_limit=40_000_000,
            tls_context=tls,
            require_starttls=tls is not None,
            auth_require_tls=False,
            authenticator=self.check if world.users else None,
            auth_exclude_mechanism=() if world.users else ("PLAIN", "LOGIN", "XOAUTH2"),
            loop=asyncio.get_running_loop(),
        )

    def check(self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
        """Judge a PLAIN or LOGIN login."""
        name, word = data.login.decode(), data.password.decode()
        self.world.logins.append((name, word))
        return AuthResult(success=self.world.users.get(name) == word, handled=False)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self._original_transport is None:  # not the second call, after STARTTLS
            self.world.connections += 1
        self.world._open.add(self)
        self.world.empty.clear()
        self.world.most_at_once = max(self.world.most_at_once, len(self.world._open))
        fault = self.world.due("connect")
        if fault is not None and isinstance(transport, asyncio.WriteTransport):
            if fault.reply:
                transport.write(fault.reply.encode() + b"\r\n")
            asyncio.get_running_loop().call_soon(transport.close)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.world._open.discard(self)
        if not self.world._open:
            self.world.empty.set()
        super().connection_lost(error)


class _Handler:
    """Answers the commands, after asking whether something shall go wrong."""

    def __init__(self, world: Smtpd) -> None:
        self.world = world

    def struck(self, server: SMTP, stage: str, recipient: str = "") -> str | None:
        """The reply of a due fault, having arranged for the connection's end; None when all is well."""
        fault = self.world.due(stage, recipient)
        if fault is None:
            return None
        if fault.close and server.transport is not None:
            if not fault.reply:
                _abort(server)
            else:
                asyncio.get_running_loop().call_later(0.01, server.transport.close)
        return fault.reply or "421 gone"

    async def auth_XOAUTH2(self, _server: SMTP, args: list[str]) -> AuthResult:  # noqa: N802 -- aiosmtpd names it so
        """Judge an OAuth2 login by its bearer token."""
        import base64

        user, auth, *_ = base64.b64decode(args[1]).decode().split("\x01")
        name, token = user.removeprefix("user="), auth.removeprefix("auth=Bearer ")
        self.world.logins.append((name, token))
        return AuthResult(success=self.world.users.get(name) == token, handled=False)

    async def handle_EHLO(  # noqa: N802 -- aiosmtpd names it so
        self, server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Greet, or refuse."""
        session.host_name = hostname
        struck = self.struck(server, "helo")
        if struck:
            return [struck]
        return [line for line in responses if line[4:].split(" ")[0] not in self.world.hide]

    async def handle_MAIL(  # noqa: N802 -- aiosmtpd names it so
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Begin a mail."""
        struck = self.struck(server, "mail")
        if struck:
            return struck
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 -- aiosmtpd names it so
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take a recipient."""
        struck = self.struck(server, "rcpt", address)
        if struck:
            return struck
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 -- as above
        """Take the mail, refuse it, or vanish with it."""
        if self.world.delay:
            await asyncio.sleep(self.world.delay)
        keep = next((f.keep for f in self.world.faults if f.stage == "message" and f.times > 0), True)
        struck = self.struck(server, "message")
        if keep:
            raw = envelope.original_content or b""
            recipients, options = tuple(envelope.rcpt_tos), tuple(envelope.mail_options)
            self.world.mails.append(Received(envelope.mail_from or "", recipients, raw, options))
        return struck or f"250 2.0.0 Ok: queued as {len(self.world.mails):06d}"


class _DataFault(_Server):
    """Adds the fault between RCPT and the mail itself: aiosmtpd has no hook before its 354."""

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 -- aiosmtpd names it so
        handler: _Handler = self.event_handler
        struck = handler.struck(self, "data")
        if struck:
            await self.push(struck)
        else:
            await super().smtp_DATA(arg)


@asynccontextmanager
async def smtpd(
    *, tls: ssl.SSLContext | None = None, starttls: ssl.SSLContext | None = None, users: dict[str, str] | None = None
) -> AsyncIterator[Smtpd]:
    """Run the server on a free loopback port within the running loop.

    `tls`: TLS from the first byte; `starttls`: plaintext until STARTTLS, which it insists on; `users`: login required
    names with passwords (or bearer tokens for XOAUTH2).
    """
    world = Smtpd(users=dict(users or {}))
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _DataFault(world, starttls), world.host, 0, ssl=tls)
    world.port = server.sockets[0].getsockname()[1]
    try:
        yield world
    finally:
        server.close()
        for one in tuple(world._open):
            _abort(one)
        await asyncio.sleep(0)
        await server.wait_closed()
