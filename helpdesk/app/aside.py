"""A second process that judges part of a large feedback report, while this one judges the rest.

It is started afresh (spawn), at the first part it is given or as soon as a large report is in sight, and knows nothing
but its end of a pipe: when this process ends, however it does, the pipe closes and the other ends too. On a machine of
one core there is none. Through the pipe go plain tuples: values of our own classes take three times as long.
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
from helpdesk.feedback.facts import NOTHING_TOLD, Facts
from helpdesk.feedback.judging import Asked, Assessed, Judge, Judged, Known
from helpdesk.feedback.verdict import Criterion, Eligible, Judgement

#: What is asked, and what is answered: all of Assessed, then where each piece of evidence begins.
_Question = tuple[str, int, bool, str, Facts | None]
_Answer = tuple[tuple[object, ...], tuple[int, ...]]


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

    def start(self) -> None:
        """Begin now what the first part would wait for: the process loads while this one does other things."""
        if self._allowed and self._pipe is None:
            try:
                self._start()
            except OSError:
                self.close()
                self._allowed = False

    @property
    def number(self) -> int | None:
        """The process's number while there is one."""
        return self._process.pid if self._process is not None else None

    def give(self, asked: Sequence[Asked]) -> bool:
        """Hand over a part to judge; False: there is nobody to do it."""
        self.start()
        if self._pipe is None:
            return False
        try:
            self._pipe.send([*map(_question, asked)])
            self._given = asked
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
            answers, words = self._pipe.recv()
        except (EOFError, OSError):
            self.close()
            self._allowed = False
            return None
        return Judged([*map(_known, self._given, answers)], words)

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


def _question(asked: Asked) -> _Question:
    """A question for the other process."""
    comment, rating, answered, marketplace, facts = asked
    return comment, rating, answered, marketplace, None if facts is NOTHING_TOLD else facts


def _answer(known: Known) -> _Answer:
    assert known.made is not None
    return tuple(known.made), known.starts


def _known(asked: Asked, answer: _Answer) -> Known:
    """An answer of the other process."""
    fields, starts = answer
    made = Assessed._make(fields)
    judgement = Judgement(
        _VERDICTS[made.verdict],
        _CRITERIA.get(made.criterion),
        tuple(made.evidence),
        tuple(made.missing),
        made.why,
        made.language,
        made.topic,
        made.cause,
    )
    return Known(judgement, starts, asked, made)


_VERDICTS = {one.value: one for one in Eligible}
_CRITERIA: dict[str | None, Criterion] = {one.value: one for one in Criterion}


def _serve(pipe: Connection, folder: Path | None) -> None:
    """The other process: judges what comes, until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl-C is the first process's to deal with
    gc.disable()  # as in the first: it ends with the command
    second = LazySecond(LazyJudge(folder))
    second.load()
    judge = Judge(second)
    with suppress(EOFError, OSError):
        while True:
            asked = [
                Asked(comment, rating, answered, marketplace, facts or NOTHING_TOLD)
                for comment, rating, answered, marketplace, facts in pipe.recv()
            ]
            found = judge.judged(asked, many=True)
            pipe.send(([*map(_answer, found.made)], found.words))
