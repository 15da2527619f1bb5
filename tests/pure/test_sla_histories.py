"""The clock over the histories of tests/data/sla/histories.txt: due times, steps and figures."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.histories import Desk, History, count, play, read

HISTORIES = read()
ALL_TIME = timedelta(days=36500)


def found(here: Desk, what: str) -> str:
    """What the desk says to one expectation, in the file's words."""
    ticket = here.ticket
    assert ticket is not None
    figures = count(list(here.clock.messages), here.now, ALL_TIME)
    if what == "figs":
        numbers = (figures.eligible, figures.on_time, figures.late, figures.unanswered, figures.open)
        return "/".join(str(number) for number in numbers)
    if what == "posts":
        posts = [
            f"{step}@{here.show(at)}" + (f"({','.join(passed)})" if passed else "") for at, step, passed in here.posts
        ]
        return " ".join(posts) or "-"
    if what == "avg":
        return f"{figures.average:g}"
    return here.show({"anchor": ticket.anchor_at, "due": ticket.due_at, "next": ticket.next_step_at}[what])


@pytest.mark.parametrize("history", HISTORIES, ids=lambda history: history.name)
def test_history(history: History) -> None:
    """What happened to a conversation gives the due times, steps and figures that the file says."""
    here = play(history)

    expected = dict(part.strip().split(" ", 1) for part in history.expected.split(";"))
    assert expected == {what: found(here, what) for what in expected}


def test_there_are_enough_of_them() -> None:
    """At least 150 histories, each with a name of its own."""
    assert len(HISTORIES) >= 150
    assert len({history.name for history in HISTORIES}) == len(HISTORIES)
