"""The door to an SMTP server: mails leave over connections that are kept open.

At most four connections a mailbox; one that the server closed while it lay idle is replaced without a word. Every
failure is a SendError that says whether a retry can help (`permanent`) and whether the server may have taken the mail
all the same (`unknown`). TLS is never left to chance: the access says tls, starttls or none, and none is for loopback.
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cache

import aiosmtplib
from aiosmtplib.protocol import normalize_message_line_endings

from helpdesk.errors import DoorError, SendError
from helpdesk.intake.mailbox import is_loopback
from helpdesk.replies.envelope import ascii_domain, is_address, seven_bit

CONNECTIONS = 4
IDLE = 45.0  # seconds; many servers hang up after 60 to 300
#: RFC 5321 4.5.3.2.6 asks for ten minutes here: giving up early leaves a mail of unknown fate.
PATIENCE = 4.0  # times the access's timeout, for the reply to a whole mail

#: Replies that are about our login or the connection's security, not about the mail: a person mends the settings, and
#: the mail is tried again (RFC 4954 6, RFC 3207 4).
_NOT_THE_MAIL = {530, 534, 535, 538}

_DOT = re.compile(rb"(?m)^\.")


@dataclass(frozen=True)
class SmtpAccess:
    """How to reach one SMTP server. `security`: tls, starttls, or none (loopback only). Without username, no login."""

    host: str
    port: int
    security: str = "tls"
    username: str = ""
    password: str = field(default="", repr=False)
    token: Callable[[], Awaitable[str]] | None = field(default=None, repr=False)  # OAuth2; instead of the password
    timeout: float = 30.0  # seconds, for each step

    def __str__(self) -> str:
        return f"SMTP server {self.host}:{self.port}"


@dataclass(frozen=True)
class SendResult:
    """The server took the mail; its words often hold its queue number."""

    server_reply: str


class _GoneError(Exception):
    """The connection ended before the mail left: nothing has happened, another connection may do."""


class SmtpDoor:
    """Sends mails through one SMTP server; safe for many tasks of one loop at once."""

    def __init__(self, access: SmtpAccess, connections: int = CONNECTIONS) -> None:
        if access.security not in {"tls", "starttls", "none"}:
            raise SendError(f"{access}: security must be tls, starttls or none", permanent=True)
        if access.security == "none" and not is_loopback(access.host):
            raise SendError(f"{access}: security = none is for loopback only; use tls or starttls", permanent=True)
        self.access = access
        self._slots = asyncio.Semaphore(connections)
        self._idle: list[tuple[float, aiosmtplib.SMTP]] = []
        self._sweep: asyncio.TimerHandle | None = None

    async def send(self, sender: str, recipient: str, raw: bytes) -> SendResult:
        """Hand one mail over. Returns when the server has taken it; raises SendError otherwise.

        `raw` leaves as it is, but for line ends (CRLF) and, where the server has no 8BITMIME, the transfer encoding.
        """
        for address in (sender, recipient):
            if not is_address(address):
                raise SendError(f"not an address that can stand in an envelope: {address[:80]!r}", permanent=True)
        async with self._slots:
            while True:
                kept = self._take()
                client = kept or await self._connect()
                whole = False
                try:
                    reply = await self._transact(client, sender, recipient, raw)
                    whole = True
                    return SendResult(reply)
                except _GoneError as error:
                    if kept is None:
                        raise SendError(f"{self.access} ended the connection: {error}", server=True) from error
                except SendError as error:
                    whole = not error.unknown and await self._reset(client)
                    raise
                finally:
                    self._give_back(client) if whole else client.close()

    async def check(self) -> str:
        """Connect, secure, log in and say goodbye, for the doctor; returns what the server offers. SendError if not."""
        client = await self._connect()
        offers = " ".join(sorted(client.esmtp_extensions))
        await _goodbye(client)
        return offers

    async def close(self) -> None:
        """Say goodbye on every idle connection."""
        if self._sweep is not None:
            self._sweep.cancel()
            self._sweep = None
        idle, self._idle = self._idle, []
        await asyncio.gather(*(_goodbye(client) for _, client in idle))

    # -- connections

    async def _connect(self) -> aiosmtplib.SMTP:
        """A fresh connection, secured and logged in. A refusal here is never the mail's fault, so never permanent."""
        access = self.access
        client = aiosmtplib.SMTP(
            hostname=access.host,
            port=access.port,
            local_hostname=_own_name(access.username),
            timeout=access.timeout,
            use_tls=access.security == "tls",
            start_tls=access.security == "starttls",  # never None: that sent in the clear when STARTTLS was missing
            tls_context=tls_context() if access.security != "none" else None,
            username=access.username or None,
            password=access.password if access.username and access.token is None else None,
            oauth_token_generator=access.token if access.username else None,
        )
        try:
            await client.connect()
            if not client.supports_esmtp:
                await client.ehlo()
        except DoorError as error:  # the token could not be had
            raise SendError(f"{access}: {error}", server=True) from error
        except aiosmtplib.SMTPAuthenticationError as error:
            words = f"{access} refused the login of {access.username}: {_words(error)}"
            raise SendError(words, server=True) from error
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise SendError(f"{access} cannot be used: {_words(error)}", server=True) from error
        return client

    def _take(self) -> aiosmtplib.SMTP | None:
        """The idle connection used last that is still open, or None."""
        while self._idle:
            _, client = self._idle.pop()
            if client.is_connected:
                return client
        return None

    def _give_back(self, client: aiosmtplib.SMTP) -> None:
        """Keep a connection for the next mail, and see to it that it does not lie idle for long."""
        loop = asyncio.get_running_loop()
        self._idle.append((loop.time(), client))
        if self._sweep is None:
            self._sweep = loop.call_later(IDLE, self._close_idle)

    def _close_idle(self) -> None:
        """Close what has lain idle; the oldest are in front."""
        loop = asyncio.get_running_loop()
        self._sweep = None
        while self._idle and self._idle[0][0] <= loop.time() - IDLE + 0.1:
            self._idle.pop(0)[1].close()
        if self._idle:
            self._sweep = loop.call_at(self._idle[0][0] + IDLE, self._close_idle)

    async def _reset(self, client: aiosmtplib.SMTP) -> bool:
        """Forget a refused envelope; False when the connection is of no more use."""
        try:
            await client.rset()
        except (aiosmtplib.SMTPException, OSError):
            return False
        return client.is_connected

    # -- one mail

    async def _transact(self, client: aiosmtplib.SMTP, sender: str, recipient: str, raw: bytes) -> str:
        """MAIL, RCPT, DATA on an open connection; the server's last words. Tells "not taken" from "perhaps taken"."""
        opening, wire = self._prepare(client, sender, recipient, raw)
        left = False
        try:
            for command in opening:
                self._judge(await client.execute_command(*command), 200, left=False)
            self._judge(await client.execute_command(b"DATA"), 300, left=False)
            protocol = client.protocol
            if protocol is None:
                raise aiosmtplib.SMTPServerDisconnected("connection lost before the mail")
            left = True
            protocol.write(wire)
            last = await protocol.read_response(timeout=self.access.timeout * PATIENCE)
            self._judge(last, 200, left=True)
        except aiosmtplib.SMTPResponseException as error:  # not an SMTP reply at all
            raise SendError(f"{self.access} answered nonsense: {_words(error)}", unknown=left) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            if left:
                raise SendError(f"{self.access} fell silent after the mail: {_words(error)}", unknown=True) from error
            raise _GoneError(_words(error)) from error
        return f"{last.code} {_clip(last.message)}"

    def _judge(self, reply: aiosmtplib.SMTPResponse, wanted: int, *, left: bool) -> None:
        """Raise what a reply outside of `wanted` to `wanted`+99 means for the mail."""
        code, words = reply.code, f"{reply.code} {_clip(reply.message)}"
        if wanted <= code < wanted + 100:
            return
        if code == aiosmtplib.SMTPStatus.domain_unavailable and not left:
            raise _GoneError(words)
        if not 400 <= code < 600:
            raise SendError(f"{self.access} answered out of turn: {words}", unknown=left)
        server = code in _NOT_THE_MAIL
        raise SendError(f"{self.access} refused the mail: {words}", permanent=code >= 500 and not server, server=server)

    def _prepare(
        self, client: aiosmtplib.SMTP, sender: str, recipient: str, raw: bytes
    ) -> tuple[tuple[tuple[bytes, ...], ...], bytes]:
        """The MAIL and RCPT commands and the mail's bytes, fitted to what the server offers."""
        head = raw[: raw.find(b"\n\r\n") + 1] or raw[: raw.find(b"\n\n") + 1] or raw
        addresses = [ascii_domain(sender), ascii_domain(recipient)]
        utf8 = not (head.isascii() and all(address.isascii() for address in addresses))
        if utf8 and not client.supports_extension("smtputf8"):
            raise SendError(f"{self.access} takes no addresses or headers beyond ASCII (SMTPUTF8)", permanent=True)
        options = [b"SMTPUTF8"] if utf8 else []
        if not raw.isascii():
            if client.supports_extension("8bitmime"):
                options.append(b"BODY=8BITMIME")
            else:
                raw = seven_bit(raw)
        wire = normalize_message_line_endings(raw)
        if client.supports_extension("size"):
            options.append(b"SIZE=%d" % len(wire))
        start, goal = (b"<%s>" % address.encode() for address in addresses)
        return ((b"MAIL", b"FROM:" + start, *options), (b"RCPT", b"TO:" + goal)), _DOT.sub(b"..", wire) + b".\r\n"


async def _goodbye(client: aiosmtplib.SMTP) -> None:
    """QUIT, but nobody waits long for the answer."""
    try:
        await client.quit(timeout=1)
    except (aiosmtplib.SMTPException, OSError):
        client.close()


def tls_context() -> ssl.SSLContext:
    """The one context of this process: it checks certificates and names, and reading the authorities takes a while."""
    return _shared_context(os.environ.get("SSL_CERT_FILE", ""), os.environ.get("SSL_CERT_DIR", ""))


@cache
def _shared_context(_file: str, _folder: str) -> ssl.SSLContext:
    return ssl.create_default_context(ssl.Purpose.SERVER_AUTH)


def _own_name(username: str) -> str:
    """What we call ourselves in EHLO: this machine's full name, else the login's domain. Never asks the DNS."""
    name = socket.gethostname()
    domain = username.rpartition("@")[2]
    for candidate in (name if "." in name else "", domain if "." in domain else "", name):
        if re.fullmatch(r"[A-Za-z0-9.-]{1,253}", candidate):
            return candidate
    return "localhost"


def _words(error: BaseException) -> str:
    """An error in one short line."""
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return f"{error.code} {_clip(error.message)}"
    return _clip(str(error)) or type(error).__name__


def _clip(text: str) -> str:
    """A server's words in one line of at most 300 characters, without control characters."""
    words = text[:1000]
    if not words.isprintable():
        words = "".join(c if c.isprintable() else " " for c in words)
    return " ".join(words.split())[:300]
