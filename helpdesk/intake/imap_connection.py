"""One IMAP connection: opened, encrypted, logged in; every command under a time limit, ended after any that failed.

Raises MailboxError for all that the server or the network does; `permanent` where only a person can help.
"""

from __future__ import annotations

import asyncio
import base64
import functools
import os
import socket
import ssl
from asyncio import sslproto
from contextlib import suppress
from typing import Final

from aioimaplib.aioimaplib import AUTH, NONAUTH

from helpdesk import __version__
from helpdesk.errors import MailboxError
from helpdesk.intake.imap_protocol import Answer, ConnectionGoneError, Exchange, MendedProtocol
from helpdesk.intake.imap_wire import code, is_passing, quote
from helpdesk.intake.mailbox import ImapAccess, is_loopback

#: A command may take this many times the silence limit in all, as long as the server keeps sending.
LONGEST: Final = 20
#: Seconds for a polite LOGOUT; the connection goes in any case.
FAREWELL: Final = 0.5
#: Bytes a second that an upload may be slow: an APPEND gets its size's worth of time beside the limit.
SLOW_UPLOAD: Final = 32 * 1024
#: A dead peer shows after about two minutes even where nobody speaks (trap 17): seconds idle, between probes; probes.
KEEPALIVE: Final = (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 20), ("TCP_KEEPCNT", 3))

# asyncio gives each TLS connection a read buffer of 256 kB for life: 290 kB an idle mailbox, 97 kB with this. There is
# no setting for it; the class attribute holds for the whole process, where it only means more, smaller reads.
sslproto.SSLProtocol.max_size = 64 * 1024


@functools.lru_cache(maxsize=4)
def _shared_context(_file: str, _folder: str) -> ssl.SSLContext:
    return ssl.create_default_context(ssl.Purpose.SERVER_AUTH)


def tls_context() -> ssl.SSLContext:
    """The one verifying context of all mailboxes (a context holds a megabyte of roots); follows SSL_CERT_FILE."""
    return _shared_context(os.environ.get("SSL_CERT_FILE", ""), os.environ.get("SSL_CERT_DIR", ""))


class Connection:
    """A logged-in connection after `open`. Not safe for two tasks at once: ImapMailbox holds the lock."""

    def __init__(self, access: ImapAccess) -> None:
        self.access = access
        self.where = f"IMAP {access.host}:{access.port} ({access.username})"
        self.loop = asyncio.get_running_loop()
        self.protocol = MendedProtocol(self.loop)

    @property
    def alive(self) -> bool:
        """False once the connection ended for whatever reason."""
        return self.protocol.reason is None and self.protocol.transport is not None

    def has(self, capability: str) -> bool:
        """True if the server named this capability after the login."""
        return capability in self.protocol.capabilities

    def error(self, what: str, *, permanent: bool = False) -> MailboxError:
        """A MailboxError that begins with where."""
        return MailboxError(f"{self.where}: {what}", permanent=permanent)

    # ------------------------------------------------------------------ opening

    async def open(self) -> None:
        """Connects, encrypts, logs in, asks what the server can do."""
        if self.access.security == "none" and not is_loopback(self.access.host):
            raise self.error('security = "none" is for this machine only; use "tls" or "starttls"', permanent=True)
        try:
            async with asyncio.timeout(self.access.timeout):
                await self._reach()
                await self.protocol.greeting
            if self.access.security == "starttls":
                await self._encrypt()
            await self._log_in()
            self.protocol.learn(await self.demand("CAPABILITY"))
            if self.has("ID"):  # some providers (NetEase) open no folder for a client that has not said who it is
                await self.ask("ID", f'("name" "helpdesk" "version" "{__version__}")')
        except TimeoutError as exc:
            self.protocol.break_off("no greeting in time")
            raise self.error(f"no answer within {self.access.timeout:g} s; check host, port and firewall") from exc
        except ConnectionGoneError as exc:
            raise self.error(str(exc)) from exc
        except BaseException:
            self.protocol.break_off("could not log in")
            raise

    async def _reach(self) -> None:
        secure = tls_context() if self.access.security == "tls" else None
        try:
            await self.loop.create_connection(
                lambda: self.protocol, self.access.host, self.access.port, ssl=secure, happy_eyeballs_delay=0.25
            )
        except ssl.SSLError as exc:
            raise self._no_tls(exc) from exc
        except OSError as exc:
            raise self.error(f"cannot connect: {exc.strerror or exc}; check host and port") from exc
        self._keep_alive()

    def _no_tls(self, exc: ssl.SSLError) -> MailboxError:
        if isinstance(exc, ssl.SSLCertVerificationError):
            return self.error(f"certificate refused: {exc.verify_message}; check host", permanent=True)
        plain = exc.reason in {"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST"}
        return self.error(f'no TLS: {exc.reason or exc}; check port, or use security = "starttls"', permanent=plain)

    def _keep_alive(self) -> None:
        transport = self.protocol.transport
        sock = transport.get_extra_info("socket") if transport is not None else None
        if sock is None:
            return
        with suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            for name, value in KEEPALIVE:
                if hasattr(socket, name):
                    sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)

    async def _encrypt(self) -> None:
        self.protocol.learn(await self.demand("CAPABILITY"))
        if self.protocol.state != NONAUTH or not self.has("STARTTLS"):
            raise self.error('the server offers no STARTTLS; use security = "tls" and its port', permanent=True)
        await self.demand("STARTTLS")
        transport = self.protocol.transport
        if transport is None:
            raise self.error("the connection was lost")
        try:
            async with asyncio.timeout(self.access.timeout):
                secured = await self.loop.start_tls(
                    transport, self.protocol, tls_context(), server_hostname=self.access.host
                )
        except ssl.SSLError as exc:
            raise self._no_tls(exc) from exc
        except OSError as exc:
            if isinstance(exc, TimeoutError):
                raise
            raise self.error(f"the connection was lost while encrypting: {exc}") from exc
        if secured is None:
            raise self.error("the connection was lost while encrypting")
        self.protocol.encrypted(secured)
        self.protocol.capabilities = set()

    async def _log_in(self) -> None:
        if self.protocol.state == AUTH:  # PREAUTH: the server knows us already
            return
        self.protocol.learn(await self.demand("CAPABILITY"))
        if self.access.token is not None:
            await self._log_in_with_token(await self.access.token())
        else:
            await self._log_in_with_password(self.access.password or "")
        self.protocol.state = AUTH

    async def _log_in_with_token(self, token: str) -> None:
        if not self.has("AUTH=XOAUTH2"):
            raise self.error("the server takes no OAuth2 (XOAUTH2); use a password", permanent=True)
        proof = base64.b64encode(f"user={self.access.username}\1auth=Bearer {token}\1\1".encode())
        if self.has("SASL-IR"):
            answer = await self.ask("AUTHENTICATE", "XOAUTH2", proof.decode())
        else:
            answer = await self.ask("AUTHENTICATE", "XOAUTH2", replies=(proof,))
        self._admitted(answer, "the OAuth2 token was refused; sign in again")

    async def _log_in_with_password(self, password: str) -> None:
        name = self.access.username
        plain = self.has("AUTH=PLAIN")
        if self.has("LOGINDISABLED") and not plain:
            raise self.error("the server takes no password here; use TLS or oauth2", permanent=True)
        if plain and (self.has("LOGINDISABLED") or not (name + password).isascii()):
            proof = base64.b64encode(f"\0{name}\0{password}".encode())
            answer = await self.ask("AUTHENTICATE", "PLAIN", replies=(proof,))
        else:
            answer = await self.ask("LOGIN", quote(name), quote(password))
        self._admitted(answer, "login refused; check username and password")

    def _admitted(self, answer: Answer, remedy: str) -> None:
        if answer.result != "OK":
            words = answer.text.decode("utf-8", "replace")[:200]
            raise self.error(f"{remedy} (server: {words})", permanent=not is_passing(answer.text))

    # ------------------------------------------------------------------ asking

    async def ask(self, name: str, *args: str, prefix: str = "", replies: tuple[bytes, ...] = ()) -> Answer:
        """One command and its answer, whatever it is: OK, NO or BAD."""
        command = self.start(name, *args, prefix=prefix, replies=replies)
        await self.settle(command, sum(map(len, replies)) / SLOW_UPLOAD)
        return command.answer

    async def demand(self, name: str, *args: str, prefix: str = "", replies: tuple[bytes, ...] = ()) -> Answer:
        """As `ask`, but anything except OK is a MailboxError."""
        answer = await self.ask(name, *args, prefix=prefix, replies=replies)
        if answer.result != "OK":
            raise self.refusal(f"{prefix} {name}".strip(), answer)
        return answer

    def refusal(self, what: str, answer: Answer) -> MailboxError:
        """The error for a NO or BAD. What does not exist needs a person; all else is tried again."""
        words = answer.text.decode("utf-8", "replace")[:200]
        gone = code(answer.text)[0] in {"NONEXISTENT", "TRYCREATE"}
        return self.error(f"{what} refused: {words}", permanent=gone)

    def start(self, name: str, *args: str, prefix: str = "", replies: tuple[bytes, ...] = ()) -> Exchange:
        """Sends a command without waiting (IDLE); `settle` it."""
        try:
            command = self.protocol.exchange(name, *args, prefix=prefix)
            command.replies.extend(replies)
            self.protocol.start(command)
        except ConnectionGoneError as exc:
            raise self.error(str(exc)) from exc
        except ValueError as exc:  # NUL, CR or LF in a name; never what a server does
            raise self.error(str(exc), permanent=True) from exc
        return command

    async def settle(self, command: Exchange, extra: float = 0.0, limit: float | None = None) -> None:
        """Waits for a command's end (traps 4, 5): silence past the limit, or being cancelled, ends the connection.

        `extra`: seconds added to the limit; `limit`: seconds in place of the configured ones.
        """
        patience = (self.access.timeout if limit is None else limit) + extra
        began = self.loop.time()
        last = began + patience * LONGEST
        try:
            while True:
                due = min(max(began, self.protocol.heard) + patience, last)
                try:
                    async with asyncio.timeout_at(due):
                        await command.wait()
                        return
                except TimeoutError:
                    if due >= min(max(began, self.protocol.heard) + patience, last):
                        self.protocol.break_off(f"no answer to {command.name} within {patience:g} s")
        except ConnectionGoneError as exc:
            raise self.error(str(exc)) from exc
        except BaseException:
            self.protocol.break_off(f"{command.name} was cancelled")
            raise

    async def end_idle(self, command: Exchange | None, limit: float) -> None:
        """DONE, and the server's word for it (trap 17). None: there was no IDLE; only a lost connection is told."""
        if self.protocol.reason is not None:
            raise self.error(str(self.protocol.reason))
        if command is None:
            return
        try:
            async with asyncio.timeout(limit):
                await command.accepted.wait()  # before it, DONE would be taken for a command
        except BaseException as exc:
            self.protocol.break_off(f"no answer to IDLE within {limit:g} s")
            if isinstance(exc, TimeoutError):
                raise self.error(f"no answer to IDLE within {limit:g} s") from exc
            raise
        if self.protocol.pending_sync_command is command:
            command.ending = True
            self.protocol.send("DONE")
        await self.settle(command, limit=limit)
        if command.answer.result != "OK":
            raise self.refusal("IDLE", command.answer)

    async def close(self) -> None:
        """LOGOUT if the server is quick about it, then the end. Raises nothing but being cancelled."""
        try:
            if self.alive and self.protocol.pending_sync_command is None:
                with suppress(MailboxError):
                    await self.settle(self.start("LOGOUT"), limit=min(FAREWELL, self.access.timeout))
        finally:
            self.protocol.break_off("closed")
        with suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL):
                await self.protocol.gone.wait()
