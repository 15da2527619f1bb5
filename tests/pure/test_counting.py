"""Counting a window's messages without sorting them: the same as a plain count, whatever the seconds look like."""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable

import numpy as np
import pytest

from helpdesk.reports.counting import GROUP_SHIFT, counted

DICE = random.Random(5)
SECONDS: dict[str, Callable[[], int]] = {
    "hours": lambda: int(DICE.expovariate(1 / 30_000)),
    "all alike": lambda: 77,
    "at the slots' edges": lambda: 256 * DICE.randrange(5) - DICE.randrange(2) * 256 + 256,
    "months, above the last slot": lambda: DICE.randrange(10**6, 10**8),
    "the longest there is": lambda: 2**31 - 1 - DICE.randrange(2),
    "at once": lambda: 0,
}


@pytest.mark.parametrize("seconds", SECONDS)
@pytest.mark.parametrize(
    ("messages", "groups"), [(1, 1), (2, 1), (7, 3), (400, 1), (2000, 5), (70_000, 2), (900, 300), (60, 70_000)]
)
def test_the_same_as_a_plain_count(seconds: str, messages: int, groups: int) -> None:
    """Each group's states, sum and percentiles, with groups that are empty or that nobody answered."""
    rows = [(DICE.randrange(groups), DICE.randrange(4), SECONDS[seconds]()) for _ in range(messages)]
    numbers = [((group * 4 + state) << 32) + (after if state < 2 else 0) for group, state, after in rows]
    found, whole = counted(np.array(numbers, dtype=np.int64), groups)
    assert len(found) == groups
    assert sum(sum(one.states) for one in found) == messages
    for group in {None, *(group for group, _, _ in rows)}:
        told = whole if group is None else found[group]
        own = [row for row in rows if group in {None, row[0]}]
        assert told.states == tuple(sum(row[1] == state for row in own) for state in range(4))
        answered = sorted(after for _, state, after in own if state < 2)
        assert told.seconds == sum(answered)
        if not answered:
            assert told.percentiles is None
            continue
        tenths = statistics.quantiles(answered, n=10, method="inclusive") if len(answered) > 1 else answered * 9
        assert told.percentiles == pytest.approx((statistics.median(answered), tenths[8]))


def test_no_message() -> None:
    """Nothing counts nothing."""
    [one], whole = counted(np.empty(0, dtype=np.int64), 1)
    assert (one.states, one.seconds, one.percentiles) == ((0, 0, 0, 0), 0, None)
    assert whole == one


def test_the_group_stands_above_the_state() -> None:
    """GROUP_SHIFT is where a group's number begins."""
    assert counted(np.array([(3 << GROUP_SHIFT) + 9], dtype=np.int64), 4)[0][3].percentiles == (9, 9)
