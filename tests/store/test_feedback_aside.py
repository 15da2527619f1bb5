"""A large report is judged by two processes: the same verdicts, whatever becomes of the second one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from benchmarks.bench_feedback import comments
from helpdesk.app.aside import Aside
from helpdesk.app.judging import LazyJudge, LazySecond
from helpdesk.feedback import drafts, judging
from helpdesk.feedback.facts import NOTHING_TOLD, Facts
from helpdesk.feedback.judging import MANY, STEP, Asked, Assessed, Judge

ROWS = MANY + 3 * STEP
SECOND = LazySecond(LazyJudge())


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A report of this size is shared already."""
    monkeypatch.setattr(judging, "SHARED", ROWS)


@pytest.fixture(scope="module")
def asked() -> list[Asked]:
    """Different comments, some of them of one shape."""
    said = comments(ROWS - 2, seed=3)
    said += ["Broke after 3 days, the handle came off", "Broke after 9 days, the handle came off"]
    return [Asked(text, 1 + at % 3, False, "US", NOTHING_TOLD) for at, text in enumerate(said)]


@pytest.fixture(scope="module")
def alone(asked: list[Asked]) -> list[Assessed]:
    """What one process makes of them."""
    drafts._known_words.clear()
    judge = Judge(SECOND)
    assert list(judge.learn(asked))[-1] == ROWS
    return [judge.assessed(one, thorough=False) for one in asked]


def _assessed(judge: Judge, asked: Sequence[Asked]) -> list[Assessed]:
    return [judge.assessed(one, thorough=False) for one in asked]


def _wait_for(aside: Aside) -> None:
    until = time.monotonic() + 60
    while not aside.begun() and time.monotonic() < until:
        time.sleep(0.01)


def test_one_that_dies_before_it_has_begun_is_not_waited_for(asked: list[Asked], alone: list[Assessed]) -> None:
    """Nobody is there for its part; the first does all."""
    with closing(Aside(allowed=True)) as aside:
        assert not aside.begun()
        assert aside.number is not None
        os.kill(aside.number, signal.SIGKILL)
        judge = Judge(SECOND, aside)
        assert list(judge.learn(asked))[-1] == ROWS
        assert aside.begun()
        assert not aside.give(asked[:1])
    assert _assessed(judge, asked) == alone


def test_two_processes_come_to_the_same(asked: list[Asked], alone: list[Assessed]) -> None:
    """Verdicts, evidence and drafts; what the second has learnt of words is known to the first."""
    drafts._known_words.clear()
    with closing(Aside(allowed=True)) as aside:
        _wait_for(aside)
        judge = Judge(SECOND, aside)
        steps = list(judge.learn(asked))
        assert aside.number is not None

    assert steps[-1] == ROWS
    assert steps == sorted(steps)
    assert _assessed(judge, asked) == alone
    assert drafts._known_words
    assert aside.number is None


def test_it_may_begin_before_there_is_a_part(asked: list[Asked]) -> None:
    """Begun early it is there at the first part, and the same one serves; where none is allowed none begins."""
    with closing(Aside(allowed=True)) as aside:
        aside.start()
        begun = aside.number
        assert begun is not None
        told = Facts(channel="Amazon", ship_by=date(2026, 3, 1), shipped_at=date(2026, 3, 2))
        given = [asked[0], asked[1]._replace(facts=told)]
        assert aside.give(given)
        found = aside.take()
        assert aside.number == begun
    assert found is not None
    assert [one.asked for one in found.made] == given
    assert found.made == Judge(SECOND).judged(given, many=True).made
    with closing(Aside(allowed=False)) as nobody:
        nobody.start()
        assert nobody.number is None


def test_one_core_judges_alone(asked: list[Asked], alone: list[Assessed]) -> None:
    """Nobody is started who would only wait for the same processor."""
    with closing(Aside(allowed=False)) as aside:
        drafts._known_words.clear()
        judge = Judge(SECOND, aside)
        assert list(judge.learn(asked))[-1] == ROWS
        assert aside.number is None
    assert _assessed(judge, asked) == alone


def test_a_second_process_that_dies_leaves_its_part_to_the_first(asked: list[Asked], alone: list[Assessed]) -> None:
    """Killed at its first part: every comment is judged nevertheless."""
    with closing(Aside(allowed=True)) as aside:
        _wait_for(aside)
        judge = Judge(SECOND, aside)
        steps: Iterator[int] = judge.learn(asked)
        next(steps)
        assert aside.number is not None
        os.kill(aside.number, signal.SIGKILL)
        assert list(steps)[-1] == ROWS
        assert not aside.give(asked[:1])
    assert _assessed(judge, asked) == alone


def test_the_second_process_ends_with_the_first() -> None:
    """Even where that is killed without a word."""
    script = """
        import time
        from helpdesk.app.aside import Aside
        from helpdesk.feedback.facts import NOTHING_TOLD
        from helpdesk.feedback.judging import Asked

        if __name__ == "__main__":
            aside = Aside(allowed=True)
            assert aside.give([Asked("Broke after a day", 1, False, "US", NOTHING_TOLD)])
            assert len(aside.take().made) == 1
            print(aside.number, flush=True)
            time.sleep(60)
    """
    line = [sys.executable, "-c", textwrap.dedent(script)]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        second = int(first.stdout.readline())
        assert _lives(second)
        first.kill()
    until = time.monotonic() + 20
    while _lives(second) and time.monotonic() < until:
        time.sleep(0.05)
    assert not _lives(second)


def _lives(number: int) -> bool:
    """Is it there, and no mere entry that nobody has collected yet?"""
    try:
        return Path(f"/proc/{number}/stat").read_text("utf-8").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
