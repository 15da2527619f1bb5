"""Envelopes of mails: addresses that may stand in an SMTP command, and bodies fitted to an old server. Pure."""

from __future__ import annotations

import email
import re
from email.generator import BytesGenerator
from email.policy import compat32
from io import BytesIO

_ADDRESS = re.compile(
    r'(?:"(?:[^"\\\x00-\x1f\x7f]|\\[\x20-\x7e])*"|[^\s<>"(),:;\\\[\]@\x00-\x1f\x7f]+)'  # quoted, or plain
    r'@[^\s<>"@\x00-\x1f\x7f]+'
)
MAX_ADDRESS = 320


def is_address(text: str) -> bool:
    """Whether a text can stand between the brackets of MAIL FROM and RCPT TO: no control, bracket or blank in it."""
    return len(text) <= MAX_ADDRESS and bool(_ADDRESS.fullmatch(text))


def seven_bit(raw: bytes) -> bytes:
    """The same mail with every 8-bit body re-encoded, for a server without 8BITMIME."""
    out = BytesIO()
    BytesGenerator(out, policy=compat32.clone(cte_type="7bit")).flatten(email.message_from_bytes(raw))
    return out.getvalue()


def ascii_domain(address: str) -> str:
    """An address with its domain in the DNS's own spelling where it has one."""
    local, _, domain = address.rpartition("@")
    if domain.isascii():
        return address
    try:
        return f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError:
        return address
