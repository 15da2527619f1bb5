"""A private Dovecot for the tests: own configuration, own ports on 127.0.0.1, Maildirs in a temporary folder.

Any user name logs in with PASSWORD and gets an empty mailbox with INBOX, Junk and Sent (special-use flagged) at the
first login. Runs as root and as an ordinary person. `Dovecot.start()` … `Dovecot.remove()`; up in about 0.2 s.
"""

from __future__ import annotations

import getpass
import grp
import imaplib
import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest

PASSWORD = "correct-horse"
BINARY = shutil.which("dovecot") or "/usr/sbin/dovecot"
_NUMBERS = itertools.count(1)

CONFIG = """
protocols = imap
listen = 127.0.0.1
base_dir = {base}/run
state_dir = {base}/state
log_path = {base}/dovecot.log
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
first_valid_uid = 0
first_valid_gid = 0
auth_mechanisms = plain login
auth_failure_delay = 0
disable_plaintext_auth = no
ssl = yes
ssl_cert = <{base}/cert.pem
ssl_key = <{base}/key.pem
mail_location = maildir:~/Maildir{layout}
mail_max_userip_connections = 2000
mailbox_idle_check_interval = 1 secs
imap_idle_notify_interval = 2 mins
{extra}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={base}/home/%u
}}
namespace inbox {{
  inbox = yes
  separator = {separator}
  mailbox Junk {{
    auto = subscribe
    special_use = \\Junk
  }}
  mailbox Sent {{
    auto = subscribe
    special_use = \\Sent
  }}
}}
service auth {{
  client_limit = 6000
}}
service anvil {{
  client_limit = 6000
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
  chroot =
}}
service imap-login {{
  chroot =
  service_count = 0
  process_min_avail = 1
  client_limit = 2500
  inet_listener imap {{
    address = 127.0.0.1
    port = {port}
  }}
  inet_listener imaps {{
    address = 127.0.0.1
    port = {tls_port}
    ssl = yes
  }}
}}
service imap {{
  process_limit = 2500
  service_count = 100
}}
"""


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(slots=True, kw_only=True)
class Dovecot:
    """A running server. `port` takes plaintext and STARTTLS, `tls_port` TLS at once; `ca` is its certificate."""

    base: Path
    port: int
    tls_port: int
    layout: str = ""
    separator: str = "/"
    extra: str = ""
    process: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)

    @property
    def ca(self) -> Path:
        """The self-signed certificate, for SSL_CERT_FILE; its name is localhost and 127.0.0.1."""
        return self.base / "cert.pem"

    @classmethod
    def start(cls, **options: str) -> Dovecot:
        """Writes the configuration, starts the server and waits until it greets.

        options: layout (":LAYOUT=fs"), separator ("."), extra (lines of configuration).
        The folder is its own, not pytest's: an unprivileged process must reach it, and socket paths are short.
        """
        base = Path(tempfile.mkdtemp(prefix="helpdesk-dovecot-"))
        server = cls(base=base, port=free_port(), tls_port=free_port(), **options)
        (base / "home").mkdir(parents=True, exist_ok=True)
        base.chmod(0o755)
        _certificate(base)
        (base / "dovecot.conf").write_text(server.config(), encoding="utf-8")
        server.up()
        return server

    def config(self) -> str:
        """The whole dovecot.conf."""
        root = os.geteuid() == 0
        me = getpass.getuser()
        internal = "dovecot" if root else me
        owner = pwd.getpwnam("nobody" if root else me)
        if root:
            os.chown(self.base / "home", owner.pw_uid, owner.pw_gid)
        group = _group_of(internal)
        return CONFIG.format(
            base=self.base, internal=internal, internal_group=group, login="dovenull" if root else me,
            uid=owner.pw_uid, gid=owner.pw_gid, password=PASSWORD, port=self.port, tls_port=self.tls_port,
            layout=self.layout, separator=self.separator, extra=self.extra,
        )  # fmt: skip

    def up(self) -> None:
        """Starts the server (again, on the same ports) and waits for its greeting."""
        log = (self.base / "start.log").open("ab")
        with log:
            self.process = subprocess.Popen(
                [BINARY, "-F", "-c", str(self.base / "dovecot.conf")], stdout=log, stderr=log, start_new_session=True
            )
        until = time.monotonic() + 20
        while time.monotonic() < until:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1) as probe:
                    if probe.recv(100).startswith(b"* OK"):
                        return
            except OSError:
                pass
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        logs = "".join(p.read_text(errors="replace") for p in self.base.glob("*.log"))
        raise RuntimeError(f"dovecot did not start: {logs[-2000:]}")

    def stop(self) -> None:
        """Ends the server and every session; `up` brings it back with the mail it had."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def remove(self) -> None:
        """Stops the server and takes its folder away."""
        self.stop()
        shutil.rmtree(self.base, ignore_errors=True)

    def new_user(self) -> str:
        """The name of a person nobody used before, with INBOX, Junk and Sent made."""
        user = f"user{os.getpid()}x{next(_NUMBERS)}"
        with self.client(user) as client:
            for folder in ("Junk", "Sent", "INBOX"):
                client.select(folder, readonly=True)
        return user

    @contextmanager
    def client(self, user: str) -> Iterator[imaplib.IMAP4]:
        """A logged-in imaplib client: a second pair of eyes, independent of our door."""
        client = imaplib.IMAP4("127.0.0.1", self.port, timeout=20)
        try:
            client.login(user, PASSWORD)
            yield client
        finally:
            client.logout()

    def deliver(self, user: str, raw: bytes, folder: str = "INBOX", *, when: datetime | None = None) -> None:
        """A mail arrives, as from the MTA: straight into the Maildir. `when` (aware) becomes its INTERNALDATE.

        `folder`: INBOX, or the wire name of another one ("Junk", "Entw&APw-rfe"), which must exist.
        """
        maildir = self.base / "home" / user / "Maildir"
        place = maildir if folder == "INBOX" else self._folder(maildir, folder)
        owner = maildir.stat()
        name = f"{time.time_ns()}.{os.getpid()}_{next(_NUMBERS)}.test"
        fresh = place / "tmp" / name
        fresh.write_bytes(raw)
        if os.geteuid() == 0:
            os.chown(fresh, owner.st_uid, owner.st_gid)
        if when is not None:
            os.utime(fresh, (when.timestamp(), when.timestamp()))
        fresh.rename(place / "new" / name)

    def _folder(self, maildir: Path, folder: str) -> Path:
        if "fs" in self.layout:
            return maildir / folder
        return maildir / ("." + folder.replace(self.separator, "."))

    def mails(self, user: str, folder: str = "INBOX") -> list[tuple[int, set[str], bytes]]:
        """(uid, flags, raw) of every mail of a folder (wire name), in order; \\Recent left out."""
        found = []
        with self.client(user) as client:
            answer, _ = client.select(f'"{folder}"', readonly=True)
            if answer != "OK":
                raise RuntimeError(f"no folder {folder}")
            _, data = client.uid("fetch", "1:*", "(UID FLAGS BODY.PEEK[])")
            for row in data:
                if isinstance(row, tuple):
                    head = row[0].decode()
                    uid = int(head.split("UID ")[1].split()[0].rstrip(")"))
                    flags = set(head.split("FLAGS (")[1].split(")")[0].split())
                    found.append((uid, flags - {"\\Recent"}, bytes(row[1])))
        return found


def _group_of(user: str) -> str:
    return grp.getgrgid(pwd.getpwnam(user).pw_gid).gr_name


def _certificate(base: Path) -> None:
    """A self-signed certificate for localhost and 127.0.0.1, valid for ten years."""
    if (base / "cert.pem").exists():
        return
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-keyout", str(base / "key.pem"), "-out", str(base / "cert.pem"), "-days", "3650", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    """One Dovecot for the whole session; each test takes a `new_user` of its own."""
    server = Dovecot.start()
    yield server
    server.remove()
