"""Counts, sums and exact percentiles of a million numbered messages, without sorting them. Pure.

A number is (group × 4 + state) × 2³² + seconds (store/figures.py). Sorting a million takes a tenth of a second; here
each group's answered ones are counted into slots by their seconds, and only those in the slots that hold a rank that is
asked for are sorted. All goes slice by slice, so that what is computed on the way stays in the processor's cache.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]
    Real = NDArray[np.float64]

_SHIFT = 32
#: Above this bit stands a number's group.
GROUP_SHIFT = _SHIFT + 2
_SECONDS = 2**_SHIFT - 1
#: A slot is 256 s wide, and the last one of 1,024 open to above: three days, in which nearly every answer falls. Of
#: many groups each has fewer and wider ones, for 2²⁰ at most altogether.
_WIDTH_BITS, _EACH_BITS, _ALL_BITS = 8, 10, 20
_SLICE = 2**15
_SHARES = (0.5, 0.9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """One group's messages."""

    states: tuple[int, int, int, int]  #: how many were answered in time, late, are open, unanswered
    seconds: int  #: until the answer, of all answered ones together
    percentiles: tuple[float, float] | None  #: 50 and 90, linear between the two nearest; None without an answer


def counted(numbers: Whole, groups: int) -> tuple[list[Counted], Counted]:
    """The counts of groups 0 … groups - 1, and of all messages together; an empty group counts nothing."""
    import numpy as np

    bits = max(0, min(_EACH_BITS, _ALL_BITS - groups.bit_length()))
    states = np.zeros((groups, 4), dtype=np.int64)
    sums = np.zeros(groups)  # of whole numbers, exact below 2⁵³
    filled = np.zeros(groups << bits, dtype=np.int64)
    slices: list[tuple[Whole, Whole, Whole]] = []
    for begin in range(0, len(numbers), _SLICE):
        part = numbers[begin : begin + _SLICE]
        keys = part >> _SHIFT
        states += np.bincount(keys, minlength=4 * groups).reshape(groups, 4)
        part = part[(keys & 3) < 2]
        owner, seconds = part >> GROUP_SHIFT, part & _SECONDS
        sums += np.bincount(owner, weights=seconds, minlength=groups)
        slots = np.minimum(seconds >> (_WIDTH_BITS + _EACH_BITS - bits), 2**bits - 1) + (owner << bits)
        filled += np.bincount(slots, minlength=groups << bits)
        slices.append((owner, seconds, slots))
    each, whole = _Ranks(filled.reshape(groups, -1)), _Ranks(filled.reshape(groups, -1).sum(axis=0, keepdims=True))
    for owner, seconds, slots in slices:
        each.take(slots, (owner << _SHIFT) + seconds)
        whole.take(slots & (2**bits - 1), seconds)
    found = [_of(states[n], sums[n], percentiles) for n, percentiles in enumerate(each.percentiles())]
    return found, _of(states.sum(axis=0), sums.sum(), whole.percentiles()[0])


def _of(states: Whole, seconds: float, percentiles: tuple[float, float] | None) -> Counted:
    on_time, late, waiting, unanswered = states.tolist()
    return Counted(states=(on_time, late, waiting, unanswered), seconds=int(seconds), percentiles=percentiles)


class _Ranks:
    """Finds the ranks of each group's percentiles among values that are handed in with their slots."""

    def __init__(self, filled: Whole) -> None:
        """`filled`: a row of slots for each group, how many values each slot holds."""
        import numpy as np

        self.many = filled.sum(axis=1)
        top = np.maximum(self.many - 1, 0)
        self.exact: Real = np.outer(_SHARES, top)  # a row for each share
        self.low = np.floor(self.exact).astype(np.int64)
        flat = filled.ravel()
        ranks = np.stack([self.low, np.minimum(self.low + 1, top)]) + np.cumsum(self.many) - self.many
        places = np.minimum(np.searchsorted(np.cumsum(flat), ranks, side="right"), max(len(flat) - 1, 0))
        self.wanted = np.zeros(len(flat), dtype=bool)
        self.wanted[places[:, :, self.many > 0]] = True
        left_out = np.cumsum(np.where(self.wanted, 0, flat))
        #: Each rank among the values kept: less those before it in slots that are left out.
        self.ranks = ranks - left_out[places] if len(flat) else ranks
        self.kept: list[Whole] = []

    def take(self, slots: Whole, values: Whole) -> None:
        """Keep the values that may stand at a rank; by value they are ordered as by group and seconds."""
        self.kept.append(values[self.wanted[slots]])

    def percentiles(self) -> Sequence[tuple[float, float] | None]:
        """Each group's; None for one without values."""
        import numpy as np

        has = self.many > 0
        found = np.zeros(self.ranks.shape)
        if self.kept:
            found[:, :, has] = (np.sort(np.concatenate(self.kept)) & _SECONDS)[self.ranks[:, :, has]]
        value = found[0] + (found[1] - found[0]) * (self.exact - self.low)
        pairs = zip(value[0].tolist(), value[1].tolist(), has.tolist(), strict=True)
        return [(half, most) if some else None for half, most, some in pairs]
