"""Commands without the seconds that importing takes: one process per test session has imported all, and forks for each.

What runs is `python -m helpdesk …` in a process of its own, with its own arguments, environment, folder and signals, as
one started afresh would; nothing but the imports is shared. `python -m tests.support.forks SOCKET` is the process that
forks; it ends with whoever holds its standard input. `Forks` is the tests' end.
"""

from __future__ import annotations

import asyncio
import atexit
import ctypes
import gc
import importlib
import json
import os
import pkgutil
import runpy
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from tests.support.paths import ROOT

#: Not imported beforehand: what no command of a test's needs, and migrations, which Alembic runs as scripts.
LEFT_OUT = ("helpdesk.__main__", "helpdesk.sandbox", "helpdesk.store.migrations")
#: What commands import while they work.
THIRD_PARTY = ("aiosqlite", "asyncpg", "sklearn.linear_model", "skops.io", "uvicorn", "uvicorn.protocols.http.h11_impl")


@dataclass(slots=True)
class Started:
    """A running command; the part of asyncio's Process that tests use."""

    pid: int
    line: socket.socket
    returncode: int | None = None
    ended: asyncio.Task[int] | None = None

    async def wait(self) -> int:
        """Its exit code, or the negative number of the signal that ended it."""
        assert self.ended is not None
        return await asyncio.shield(self.ended)

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it still runs."""
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """kill -9."""
        self.send_signal(signal.SIGKILL)

    async def _end(self) -> int:
        told = await asyncio.get_running_loop().sock_recv(self.line, 100)
        self.line.close()
        self.returncode = _code(told)
        return self.returncode


@dataclass(slots=True)
class Forks:
    """The process that forks, started at the first command."""

    path: Path | None = None
    process: subprocess.Popen[bytes] | None = None

    def _connected(self) -> socket.socket:
        if self.path is None:
            self.path = Path(tempfile.mkdtemp(prefix="helpdesk-forks-")) / "socket"  # it takes that away at its end
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.forks", str(self.path)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "OPENBLAS_NUM_THREADS": "1"},
            )  # fmt: skip
            assert self.process.stdout is not None
            assert self.process.stdout.readline() == b"ready\n"
        line = socket.socket(socket.AF_UNIX)
        line.connect(str(self.path))
        return line

    def _ask(
        self, arguments: Sequence[str], env: Mapping[str, str], cwd: Path, out: IO[Any], err: IO[Any]
    ) -> tuple[int, socket.socket]:
        line = self._connected()
        asked = json.dumps([list(arguments), dict(env), str(cwd)]).encode()
        socket.send_fds(line, [len(asked).to_bytes(8, "big")], [out.fileno(), err.fileno()])
        line.sendall(asked)
        return int.from_bytes(_exactly(line, 8), "big"), line

    async def start(
        self, arguments: Sequence[str], *, env: Mapping[str, str], cwd: Path, out: IO[Any], err: IO[Any]
    ) -> Started:
        """Start `helpdesk ARGUMENTS`."""
        pid, line = self._ask(arguments, env, cwd, out, err)
        line.setblocking(False)
        started = Started(pid, line)
        started.ended = asyncio.create_task(started._end())
        return started

    def run(self, arguments: Sequence[str], *, env: Mapping[str, str], cwd: Path) -> tuple[int, str, str]:
        """(exit code, stdout, stderr) of `helpdesk ARGUMENTS`."""
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            _, line = self._ask(arguments, env, cwd, out, err)
            with line:
                code = _code(line.recv(100))
            return code, _text(out), _text(err)

    async def call(self, arguments: Sequence[str], *, env: Mapping[str, str], cwd: Path) -> tuple[int, str, str]:
        """The same while the test's own servers go on."""
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            started = await self.start(arguments, env=env, cwd=cwd, out=out, err=err)
            code = await started.wait()
            return code, _text(out), _text(err)


#: Of this session (one for each of xdist's workers).
FORKS = Forks()


def _exactly(line: socket.socket, number: int) -> bytes:
    found = b""
    while len(found) < number:
        some = line.recv(number - len(found))
        if not some:
            raise RuntimeError("the process that forks has ended")
        found += some
    return found


def _code(told: bytes) -> int:
    if not told:
        raise RuntimeError("the process that forks has ended")
    return os.waitstatus_to_exitcode(int(told))


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


def _warm() -> None:
    """Import everything, and compile what `run` compiles before the first mail: shipped patterns, tables, texts."""
    _import_all()
    from helpdesk.intake import language
    from helpdesk.replies.templates import Library
    from helpdesk.resources import resource
    from helpdesk.triage import hints

    language.warm()
    hints.warm()
    Library.load(resource("templates/replies"))


def _import_all() -> None:
    import helpdesk

    for found in pkgutil.walk_packages(helpdesk.__path__, "helpdesk.", onerror=lambda _: None):
        if not found.name.startswith(LEFT_OUT):
            importlib.import_module(found.name)
    for name in THIRD_PARTY:
        importlib.import_module(name)


def _serve(path: str) -> None:
    """Fork for whoever connects, until standard input closes; returns in each child, as the command it shall be."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(100)
    os.write(1, b"ready\n")
    chosen = selectors.DefaultSelector()
    chosen.register(listener, selectors.EVENT_READ)
    chosen.register(0, selectors.EVENT_READ)
    running: dict[int, tuple[int, socket.socket]] = {}  # the file that tells of an end → process, who asked
    while True:
        for key, _ in chosen.select():
            if key.fd == 0:
                shutil.rmtree(Path(path).parent, ignore_errors=True)
                os._exit(0)
            if key.fd in running:
                chosen.unregister(key.fd)
                os.close(key.fd)
                pid, line = running.pop(key.fd)
                _, status = os.waitpid(pid, 0)
                with line, suppress(OSError):
                    line.sendall(str(status).encode())
                continue
            line, _ = listener.accept()
            head, files, _, _ = socket.recv_fds(line, 8, 2)
            asked = json.loads(_exactly(line, int.from_bytes(head, "big")))
            pid = os.fork()
            if pid == 0:
                chosen.close()
                listener.close()
                line.close()
                for number, (_, other) in running.items():
                    os.close(number)
                    other.close()
                _become(asked, files)
                return
            for number in files:
                os.close(number)
            line.sendall(pid.to_bytes(8, "big"))
            end = os.pidfd_open(pid)
            running[end] = pid, line
            chosen.register(end, selectors.EVENT_READ)


def _become(asked: list[Any], files: list[int]) -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # Linux: PR_SET_PDEATHSIG: a test run that ends leaves none behind
    arguments, env, cwd = asked
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, mine in zip((0, 1, 2), (nothing, *files), strict=True):
        os.dup2(mine, number)
    for number in (nothing, *files):
        os.close(number)
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    sys.argv = ["helpdesk", *arguments]


def _end(code: object) -> None:
    """What an interpreter does at its end, without taking apart all that the child shares."""
    threading._shutdown()  # type: ignore[attr-defined]  # waits for threads that are no daemons
    atexit._run_exitfuncs()
    with suppress(ValueError, OSError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


if __name__ == "__main__":
    _warm()
    gc.collect()
    gc.freeze()  # what the children share is left where it is
    _serve(sys.argv[1])
    try:
        runpy.run_module("helpdesk", run_name="__main__", alter_sys=True)
    except SystemExit as done:
        _end(done.code)
    except BaseException:  # noqa: BLE001 -- shown as the interpreter shows it
        sys.excepthook(*sys.exc_info())
        _end(1)
    _end(0)
