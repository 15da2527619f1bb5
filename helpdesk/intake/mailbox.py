"""What the IMAP door and those behind it say to each other: plain values, no socket.

All datetimes are aware UTC. UIDs and UIDVALIDITY are unsigned 32-bit numbers (RFC 3501 2.3.1.1).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

#: Back-off of reconnecting, seconds: doubles from the first to the last; a server that comes back is seen within it.
FIRST_WAIT = 1.0
LONGEST_WAIT = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapAccess:
    """How to reach one mailbox. Exactly one of `password` and `token` is set."""

    host: str
    port: int
    security: str  #: "tls" | "starttls" | "none" (loopback only)
    username: str
    password: str | None = None
    token: Callable[[], Awaitable[str]] | None = None  #: gives an OAuth2 access token for XOAUTH2; may raise TokenError
    timeout: float = 30.0  #: seconds of silence after which a command counts as lost
    idle_refresh: float = 300.0  #: seconds after which an IDLE is ended and the server asked for a sign of life


@dataclass(frozen=True, slots=True, kw_only=True)
class Folders:
    """The folders found, by the names people see ("Entwürfe", not "Entw&APw-rfe"); None: none, or not watched."""

    inbox: str
    junk: str | None
    sent: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderState:
    """What the server says on opening a folder. `uidnext` is 0 where the server does not say."""

    folder: str
    uidvalidity: int
    uidnext: int
    exists: int
    highestmodseq: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedMail:
    """A mail as it lies on the server.

    `truncated`: `raw` is not the whole of it: larger than the cap (then its first part, header included), or the
    server cannot hand it out (then its header, or nothing). `size` is always the server's RFC822.SIZE.
    """

    uid: int
    arrived: datetime  #: INTERNALDATE; the present where the server gives none that can be read
    flags: frozenset[str]
    size: int
    raw: bytes
    truncated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveResult:
    """`done`: the mail lies in the target. Not done: it is in neither folder. The new place if the server told."""

    done: bool
    new_uid: int | None = None
    new_uidvalidity: int | None = None


def is_loopback(host: str) -> bool:
    """True if the host is this machine: "localhost", 127.0.0.0/8, ::1. Names are not looked up."""
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def backoff(tries: int, jitter: float) -> float:
    """Seconds to wait before the next connection after `tries` failed ones (0 → the first retry).

    `jitter` in [0, 1) spreads the mailboxes of one server: the wait lies between half and the whole of the step.
    """
    step = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(max(tries, 0), 32))
    return step * (0.5 + jitter / 2)
