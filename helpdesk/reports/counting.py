"""Counts, sums and exact percentiles of a million numbered messages, without sorting them. Pure.

A number is (group × 4 + state) × 2³² + seconds (store/figures.py). Sorting a million takes a tenth of a second; here
each group's answered ones are counted into slots by their seconds, and only those in the slots that hold a rank that is
asked for are sorted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]

_SHIFT = 32
#: Above this bit stands a number's group.
GROUP_SHIFT = _SHIFT + 2
#: A slot is 256 s wide, and the last one of 1,024 open to above: three days, in which nearly every answer falls. Of
#: many groups each has fewer and wider ones, for _SLOTS at most altogether.
_WIDTH_BITS, _EACH_BITS, _SLOTS_BITS = 8, 10, 20
_SHARES = (0.5, 0.9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """One group's messages."""

    states: tuple[int, int, int, int]  #: how many were answered in time, late, are open, unanswered
    seconds: int  #: until the answer, of all answered ones together
    percentiles: tuple[float, float] | None  #: 50 and 90, linear between the two nearest; None without an answer


def counted(numbers: Whole, groups: int) -> list[Counted]:
    """Each group's counts, for groups 0 … groups - 1; an empty group counts nothing."""
    import numpy as np

    keys = numbers >> _SHIFT
    states = np.bincount(keys, minlength=4 * groups).reshape(groups, 4).tolist()
    answered = numbers[(keys & 3) < 2]
    owner, seconds = answered >> GROUP_SHIFT, answered & (2**_SHIFT - 1)
    # sums of whole numbers below 2⁵³ are exact in a float
    sums = np.bincount(owner, weights=seconds, minlength=groups).tolist()
    many = np.array([one[0] + one[1] for one in states], dtype=np.int64)
    percentiles = _percentiles(owner, seconds, many)
    return [
        Counted(states=(on, late, waits, missed), seconds=int(total), percentiles=found)
        for (on, late, waits, missed), total, found in zip(states, sums, percentiles, strict=True)
    ]


def _percentiles(owner: Whole, seconds: Whole, many: Whole) -> list[tuple[float, float] | None]:
    """Each group's percentiles of `seconds`; `many`: how many each group has."""
    import numpy as np

    groups = len(many)
    each = max(0, min(_EACH_BITS, _SLOTS_BITS - groups.bit_length()))
    slots = np.minimum(seconds >> (_WIDTH_BITS + _EACH_BITS - each), 2**each - 1) + (owner << each)
    filled = np.bincount(slots, minlength=groups << each)
    ends = np.cumsum(filled)
    starts = np.cumsum(many) - many
    exact = np.outer(_SHARES, np.maximum(many - 1, 0))  # a row for each share
    low = np.floor(exact).astype(np.int64)
    ranks = np.stack([low, np.minimum(low + 1, np.maximum(many - 1, 0))]) + starts
    has = many > 0
    wanted = np.zeros(len(filled) + 1, dtype=bool)
    places = np.searchsorted(ends, ranks, side="right")
    wanted[places[:, :, has]] = True
    kept = wanted[:-1]
    inside = kept[slots]
    sorted_ones = np.sort((owner[inside] << _SHIFT) + seconds[inside]) & (2**_SHIFT - 1)
    # a rank among all, less those in slots that were left out before it
    skipped = np.concatenate(([0], np.cumsum(np.where(kept, 0, filled))))
    found = np.zeros(ranks.shape, dtype=np.float64)
    found[:, :, has] = sorted_ones[(ranks - skipped[np.minimum(places, len(filled))])[:, :, has]]
    value = found[0] + (found[1] - found[0]) * (exact - low)
    return [(float(value[0, n]), float(value[1, n])) if has[n] else None for n in range(groups)]
