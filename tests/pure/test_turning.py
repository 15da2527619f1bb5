"""The jobs of `run` are turned: at once when rung, by the clock otherwise."""

from __future__ import annotations

import asyncio

from helpdesk.app.run import Turning


class Step:
    """A job that finds no work; counts how often it looked."""

    def __init__(self) -> None:
        self.looks = 0

    async def __call__(self) -> int:
        """Nothing moved."""
        self.looks += 1
        return 0


async def looks(*, rung: bool, every: float, rings: int, seconds: float) -> int:
    """How often a job looks within `seconds` while it is rung so often."""
    stop, step = asyncio.Event(), Step()
    one = Turning("one", step, every=every, rung=rung)
    turning = asyncio.create_task(one.run(stop, lambda: None))
    for _ in range(rings):
        one.ring()
        await asyncio.sleep(seconds / rings)
    stop.set()
    await asyncio.wait_for(turning, 5)
    return step.looks


async def test_a_bell_wakes_a_job_that_works_on_what_others_leave() -> None:
    """It need not wait for its time."""
    assert await looks(rung=True, every=60, rings=5, seconds=0.2) >= 5


async def test_no_bell_wakes_a_job_that_goes_by_the_clock() -> None:
    """However busy the others are."""
    assert await looks(rung=False, every=60, rings=20, seconds=0.2) == 1
