"""Certificates for tests, made by openssl in a moment: our own authority and a server certificate for loopback."""

from __future__ import annotations

import ssl
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

NAMES = "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1"


@dataclass(frozen=True)
class Certificates:
    """Paths of PEM files. `ca` is what a client must trust: set SSL_CERT_FILE to it."""

    ca: Path
    cert: Path
    key: Path

    def server_context(self) -> ssl.SSLContext:
        """What a TLS server on loopback uses."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.cert, self.key)
        return context


@cache
def certificates() -> Certificates:
    """The session's certificates; made at the first call."""
    folder = Path(tempfile.mkdtemp(prefix="helpdesk-tls-"))
    ca, ca_key, cert, key, request, extra = (
        folder / name for name in ("ca.pem", "ca.key", "server.pem", "server.key", "server.csr", "extra.cnf")
    )
    extra.write_text(NAMES + "\n", encoding="utf-8")
    new: list[str | Path] = ["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    sign: list[str | Path] = [
        "openssl",
        "x509",
        "-req",
        "-in",
        request,
        "-CA",
        ca,
        "-CAkey",
        ca_key,
        "-CAcreateserial",
        "-days",
        "2",
    ]
    commands: list[list[str | Path]] = [
        [*new, "-x509", "-days", "2", "-subj", "/CN=helpdesk tests", "-keyout", ca_key, "-out", ca],
        [*new, "-subj", "/CN=localhost", "-keyout", key, "-out", request],
        [*sign, "-extfile", extra, "-out", cert],
    ]
    for command in commands:
        subprocess.run(command, check=True, capture_output=True)
    return Certificates(ca, cert, key)
