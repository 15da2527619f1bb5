"""A mail world on this machine for the demo and for tests: an IMAP server (pymap) and an SMTP server (aiosmtpd).

Both run in the caller's loop on loopback ports. `deliver` puts a buyer's mail into a folder as a delivery does; what
the bot sends is kept in `sent` and handed to the listeners. Nothing ever leaves this machine.
"""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

HOST = "127.0.0.1"
FOLDERS = ("INBOX", "Junk", "Sent")


@dataclass(frozen=True)
class Taken:
    """A mail the SMTP server took. `at` is aware UTC."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    at: datetime


@dataclass
class MailWorld:
    """The running servers: one user with Inbox, Junk and Sent, and one way out."""

    user: str
    password: str = field(repr=False)
    imap_port: int = 0
    smtp_port: int = 0
    sent: list[Taken] = field(default_factory=list)
    listeners: list[Callable[[Taken], None]] = field(default_factory=list)
    _folders: Any = field(default=None, repr=False)  # pymap's MailboxSet

    async def deliver(
        self, raw: bytes, folder: str = "INBOX", *, at: datetime | None = None, flags: Sequence[str] = ()
    ) -> None:
        """Put a mail into a folder; who idles there hears of it. `at`: its INTERNALDATE, aware. KeyError: no folder."""
        from pymap.parsing.message import AppendMessage
        from pymap.parsing.specials.flag import Flag

        mail = AppendMessage(raw, at or datetime.now(UTC), frozenset(Flag(f.encode()) for f in flags))
        await (await self._folders.get_mailbox(folder)).append(mail, recent=True)

    async def folder(self, name: str = "INBOX") -> list[bytes]:
        """The mails lying in a folder, in the order of arrival. KeyError: no such folder."""
        mailbox = await self._folders.get_mailbox(name)
        return [bytes(message._content) async for message in mailbox.messages()]


@asynccontextmanager
async def mail_world(
    *, user: str = "support@shop.example", password: str = "demo", imap_port: int = 0, smtp_port: int = 0
) -> AsyncIterator[MailWorld]:
    """Run both servers until the block ends. Port 0: a free one."""
    world = MailWorld(user, password)
    async with _imap(world, imap_port), _smtp(world, smtp_port):
        yield world


async def _pymap(world: MailWorld, port: int) -> Any:
    """A pymap server over its in-memory backend with the one user, ready to be called with a connection."""
    from pymap.backend.dict import Config, Login
    from pymap.backend.dict.filter import FilterSet
    from pymap.backend.dict.mailbox import MailboxSet
    from pymap.concurrent import Subsystem
    from pymap.imap import IMAPServer
    from pymap.user import UserMetadata
    from pysasl.hashing import Cleartext

    class LocalConfig(Config):
        greeting = b"demo mail server"  # its own asks the DNS for this machine's name

    config = LocalConfig(
        Namespace(passlib_cfg=None, proxy_protocol=None),
        host=HOST,
        port=port,
        tls_enabled=False,
        hash_context=Cleartext(),
        cpu_subsystem=Subsystem.for_asyncio(),
        demo_data=False,
        demo_user=world.user,
        demo_password=world.password,
    )
    config.apply_context()
    login = Login(config)
    await login.demo_user_identity.set(UserMetadata(config, world.user, password=world.password))
    world._folders = MailboxSet()
    for name in FOLDERS[1:]:
        await world._folders.add_mailbox(name)
    config.set_cache[world.user] = (world._folders, FilterSet())
    return IMAPServer(login, config)


@asynccontextmanager
async def _imap(world: MailWorld, port: int) -> AsyncIterator[None]:
    """The IMAP server; its clients are hung up on at the end."""
    from proxyprotocol.result import ProxyResultLocal
    from proxyprotocol.sock import SocketInfo

    imap = await _pymap(world, port)
    clients: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        clients.add(task)
        try:
            await imap(reader, writer, SocketInfo.get(writer, ProxyResultLocal(), unique_id=uuid4().bytes))
        except (OSError, EOFError):
            pass  # the client hung up
        finally:
            clients.discard(task)
            writer.close()

    server = await asyncio.start_server(serve, HOST, port)
    world.imap_port = server.sockets[0].getsockname()[1]
    try:
        yield
    finally:
        server.close()
        for task in tuple(clients):
            task.cancel()
        await asyncio.gather(*clients, return_exceptions=True)


class _SmtpServer(SMTP):
    """One SMTP connection, closed with the world."""

    def __init__(self, world: MailWorld, open_ones: set[_SmtpServer]) -> None:
        self.open_ones = open_ones

        def check(_server: SMTP, _session: Session, _envelope: Envelope, _how: str, login: object) -> AuthResult:
            good = isinstance(login, LoginPassword) and (login.login, login.password) == (
                world.user.encode(),
                world.password.encode(),
            )
            return AuthResult(success=good, handled=False)

        super().__init__(
            _Keeper(world),
            hostname="localhost",
            ident="demo mail server",
            enable_SMTPUTF8=True,
            auth_require_tls=False,
            authenticator=check,
            loop=asyncio.get_running_loop(),
        )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.open_ones.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.open_ones.discard(self)
        super().connection_lost(error)


class _Keeper:
    """Keeps what the SMTP server takes."""

    def __init__(self, world: MailWorld) -> None:
        self.world = world

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 -- aiosmtpd
        """Take the mail and tell the listeners."""
        raw = envelope.original_content or b""
        taken = Taken(envelope.mail_from or "", tuple(envelope.rcpt_tos), raw, datetime.now(UTC))
        self.world.sent.append(taken)
        for listener in self.world.listeners:
            listener(taken)
        return f"250 2.0.0 Ok: queued as {len(self.world.sent):06d}"


@asynccontextmanager
async def _smtp(world: MailWorld, port: int) -> AsyncIterator[None]:
    """The SMTP server: takes every mail; a login must be the one user's."""
    open_ones: set[_SmtpServer] = set()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _SmtpServer(world, open_ones), HOST, port)
    world.smtp_port = server.sockets[0].getsockname()[1]
    try:
        yield
    finally:
        server.close()
        for one in tuple(open_ones):
            if one.transport is not None:
                one.transport.close()
        await asyncio.sleep(0)
