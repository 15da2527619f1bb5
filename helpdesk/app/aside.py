"""A second process that judges part of a large feedback report, while this one judges the rest.

It is started afresh (spawn), at the first part it is given or as soon as a large report is in sight, and knows nothing
but its end of a pipe: when this process ends, however it does, the pipe closes and the other ends too. On a machine of
one core there is none.

What judges is imported where it is needed, not here: both processes then load it at the same time.
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
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from helpdesk.feedback.judging import Asked, Judged


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
        self._given: Sequence[Asked] = ()
        self._begun = False

    def start(self) -> None:
        """Begin now what the first part would wait for: the process loads while this one does other things."""
        if self._allowed and self._pipe is None:
            try:
                self._start()
            except OSError:
                self._gone()

    @property
    def number(self) -> int | None:
        """The process's number while there is one."""
        return self._process.pid if self._process is not None else None

    def begun(self) -> bool:
        """Would `give` return at once? The process takes a second to load, which others can use."""
        self.start()
        return self._pipe is None or self._begun or (self._pipe.poll() and self._greeted())

    def _greeted(self) -> bool:
        """Wait until the process has loaded; its greeting says so. True, whatever has become of it."""
        if self._pipe is not None and not self._begun:
            try:
                self._begun = bool(self._pipe.recv())
            except (EOFError, OSError):
                self._gone()
        return True

    def _gone(self) -> None:
        self.close()
        self._allowed = False

    def give(self, asked: Sequence[Asked]) -> bool:
        """Hand over a part to judge; False: there is nobody to do it."""
        self.start()
        self._greeted()
        if self._pipe is None:
            return False
        from helpdesk.feedback.passing import question

        try:
            self._pipe.send([*map(question, asked)])
            self._given = asked
        except OSError:
            self._gone()
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
        from helpdesk.feedback.judging import Judged
        from helpdesk.feedback.passing import known

        try:
            assert self._pipe is not None
            answers, words = self._pipe.recv()
        except (EOFError, OSError):
            self._gone()
            return None
        return Judged([*map(known, self._given, answers)], words)

    def close(self) -> None:
        """End the process."""
        self._begun = False
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
    from helpdesk.app.judging import LazyJudge, LazySecond
    from helpdesk.feedback.judging import Judge
    from helpdesk.feedback.passing import answer, asked

    second = LazySecond(LazyJudge(folder))
    second.load()
    judge = Judge(second)
    with suppress(EOFError, OSError):
        pipe.send("begun")
        while True:
            found = judge.judged([*map(asked, pipe.recv())], many=True)
            pipe.send(([*map(answer, found.made)], found.words))
