"""A PostgreSQL of our own for the tests: Debian's binaries on a throw-away folder, up in about a second."""

from __future__ import annotations

import ctypes
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
from pathlib import Path

import pytest

ROLE = "helpdesk"

#: A test's database need not survive a power cut; everything that waits for the disk is off.
FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "60",
    "autovacuum": "off",
    "timezone": "Asia/Tokyo",  # not UTC on purpose: a time that leans on the server's zone comes out wrong
}


def binaries() -> Path | None:
    """The folder of the newest PostgreSQL on this machine, or None."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3].partition(".")[0] or 0)
    )
    if found:
        return found[-1].parent
    which = shutil.which("initdb")
    return Path(which).resolve().parent if which else None


def free_port() -> int:
    """A loopback port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def unprivileged() -> dict[str, object]:
    """The Popen options that drop root, which PostgreSQL refuses to run as."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise RuntimeError("neither the user postgres nor nobody exists to run PostgreSQL as")


def _die_with_the_parent() -> None:
    """A test run that is killed leaves no server behind (Linux: PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGQUIT)


@dataclass
class Postgres:
    """A running cluster; `fresh_database()` hands out empty databases."""

    bin: Path
    folder: Path
    port: int
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def url(self, name: str) -> str:
        """The URL of a database as helpdesk.toml writes it."""
        return f"postgresql://{ROLE}@127.0.0.1:{self.port}/{name}"

    def psql(self, sql: str, name: str = "postgres") -> str:
        """Run SQL from outside of the product; returns the bare rows."""
        command: list[str | Path] = [
            self.bin / "psql",
            "-XAtq",
            "-v",
            "ON_ERROR_STOP=1",
            "-h",
            self.folder,
            "-p",
            str(self.port),
        ]
        done: subprocess.CompletedProcess[str] = subprocess.run(
            [*command, "-U", ROLE, "-d", name, "-c", sql], check=True, capture_output=True, text=True
        )
        return done.stdout

    def fresh_database(self, model: str = "template1") -> str:
        """Create a database as a copy of `model`, an empty one by default, and return its URL."""
        name = f"test_{next(self.numbers)}"
        self.psql(f'create database "{name}" template "{model}"')
        return self.url(name)


@contextmanager
def running() -> Iterator[Postgres]:
    """Initialise and start a cluster, and throw it away afterwards."""
    where = binaries()
    if where is None:
        pytest.skip("no PostgreSQL on this machine (Debian: apt-get install postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="helpdesk-pg-"))
    drop = unprivileged()
    if drop:
        os.chown(folder, drop["user"], drop["group"])  # type: ignore[arg-type]  # ints, by unprivileged()
    data = folder / "data"
    subprocess.run(
        [where / "initdb", "-D", data, "-U", ROLE, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"],
        check=True,
        capture_output=True,
        cwd=folder,
        **drop,  # type: ignore[call-overload]  # user, group, extra_groups
    )
    port = free_port()
    settings = {**FAST, "port": str(port), "listen_addresses": "127.0.0.1", "unix_socket_directories": str(folder)}
    options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [where / "postgres", "-D", data, *options],
            stdout=log,
            stderr=log,
            cwd=folder,
            preexec_fn=_die_with_the_parent,  # noqa: PLW1509 -- tests start it before any thread of theirs
            **drop,  # type: ignore[call-overload]  # user, group, extra_groups
        )
    try:
        _wait(where, folder, port, server)
        yield Postgres(where, folder, port)
    finally:
        server.send_signal(signal.SIGQUIT)
        server.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(where: Path, folder: Path, port: int, server: subprocess.Popen[bytes]) -> None:
    """Return as soon as the server answers; raise with its log when it ended or takes 20 s."""
    give_up = time.monotonic() + 20
    while time.monotonic() < give_up and server.poll() is None:
        ready: list[str | Path] = [where / "pg_isready", "-q", "-h", folder, "-p", str(port)]
        if subprocess.run(ready, check=False).returncode == 0:
            return
        time.sleep(0.02)
    raise RuntimeError(f"PostgreSQL did not start:\n{(folder / 'log').read_text(errors='replace')}")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The session's PostgreSQL."""
    with running() as cluster:
        yield cluster
