"""A second process that judges part of a large feedback report, while this one judges the rest.

It is started afresh (spawn), at the first part it is given, and knows nothing but its end of a pipe: when this process
ends, however it does, the pipe closes and the other ends too. On a machine of one core there is none.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from helpdesk.app.judging import LazyJudge, LazySecond
from helpdesk.feedback.judging import Asked, Judge, Judged


def cores() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Aside:
    """Judges comments in a process of its own, one part at a time: see Judge."""

    def __init__(self, folder: Path | None = None, *, allowed: bool | None = None) -> None:
        self._folder = folder
        self._allowed = cores() > 1 if allowed is None else allowed
        self._pipe: Connection | None = None
        self._process: BaseProcess | None = None

    @property
    def number(self) -> int | None:
        """The process's number while there is one."""
        return self._process.pid if self._process is not None else None

    def give(self, asked: Sequence[Asked]) -> bool:
        """Hand over a part to judge; False: there is nobody to do it."""
        if not self._allowed:
            return False
        try:
            if self._pipe is None:
                self._start()
            assert self._pipe is not None
            self._pipe.send(list(asked))
        except OSError:
            self.close()
            self._allowed = False
            return False
        return True

    def _start(self) -> None:
        around = multiprocessing.get_context("spawn")
        self._pipe, theirs = around.Pipe()
        self._process = around.Process(target=_serve, args=(theirs, self._folder), daemon=True)
        self._process.start()
        theirs.close()

    def ready(self) -> bool:
        """Is the part that was given judged?"""
        return self._pipe is None or self._pipe.poll()

    def take(self) -> Judged | None:
        """What was made of the part that was given, waited for; None: the process is gone."""
        try:
            assert self._pipe is not None
            found: Judged = self._pipe.recv()
        except (EOFError, OSError):
            self.close()
            self._allowed = False
            return None
        return found

    def close(self) -> None:
        """End the process."""
        if self._pipe is not None:
            self._pipe.close()
            self._pipe = None
        if self._process is not None:
            self._process.join(timeout=5)
            if self._process.is_alive():
                self._process.kill()
                self._process.join()
            self._process = None


def _serve(pipe: Connection, folder: Path | None) -> None:
    """The other process: judges what comes, until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl-C is the first process's to deal with
    gc.disable()  # as in the first: it ends with the command
    judge = Judge(LazySecond(LazyJudge(folder)))
    with suppress(EOFError, OSError):
        while True:
            pipe.send(judge.judged(pipe.recv(), many=True))
