"""
Event times of each stratum on one grid, and the stretch of it during which each row is at risk.

Everything that a Cox model asks of time is here: afterwards a row is two places on the grid. On
whole months a place is found by one look into a table, on any other clock by a search that begins
in the right bucket: the same code, the same places.
"""

from typing import NamedTuple

import numpy as np

from cws_outcomes.estimators.codes import Begins, Codes
from cws_outcomes.estimators.compiled import compiled, in_parts
from cws_outcomes.estimators.inputs import Flags, Floats, Numbers
from cws_outcomes.estimators.parts import FEWEST_ROWS, even_parts

BUCKETS = 2  # for each event time


class Grid(NamedTuple):
    """
    Distinct event times, stratum after stratum.

    Attributes
    ----------
    time : (times,) floats
        Ascending within a stratum.
    begins : (strata + 1,) integers
        Where each stratum's times begin.
    """

    time: Floats
    begins: Begins

    def stratum(self) -> Codes:
        """Stratum of each grid time."""
        sizes = np.diff(self.begins)
        return np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)


def event_grid(stratum: Codes, stop: Numbers, event: Flags, strata: int) -> Grid:
    """Build the grid from the stop times of the rows that end with the event."""
    rows = np.flatnonzero(event)
    times, groups = stop[rows].astype(np.float64), stratum[rows]
    order = np.argsort(times)
    if strata > 1:
        order = order[np.argsort(groups[order], kind="stable")]
    times, groups = times[order], groups[order]
    new = np.ones(len(rows), dtype=np.bool_)
    new[1:] = (np.diff(times) != 0) | (np.diff(groups) != 0)
    sizes = np.bincount(groups[new], minlength=strata)
    return Grid(times[new], np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64))


def places(grid: Grid, stratum: Codes, times: Numbers, threads: int = 1) -> Codes:
    """
    Count for each row the grid times that are not after its time.

    Returns
    -------
    (rows,) integers
        From the beginning of the grid, so between ``begins[stratum]`` and ``begins[stratum + 1]``.
    """
    buckets, found = _buckets(grid), np.empty(len(times), dtype=np.int32)

    def part(span: tuple[int, int]) -> None:
        some = slice(*span)
        wanted = times[some].astype(np.float64, copy=False)
        _search(grid.time, grid.begins, *buckets, stratum[some], wanted, found[some])

    in_parts(part, even_parts(len(times), FEWEST_ROWS), threads)
    return found


def _buckets(grid: Grid) -> tuple[Floats, Begins]:
    """Scale of each stratum's buckets, and the first grid time in each of them."""
    time, stratum, sizes = grid.time, grid.stratum(), np.diff(grid.begins)
    first, last = grid.begins[:-1][sizes > 0], grid.begins[1:][sizes > 0] - 1
    scale, several = np.zeros(len(sizes)), sizes > 1
    spans = (time[last] - time[first])[several[sizes > 0]]
    scale[several] = (BUCKETS * sizes[several] - 1) / spans
    begin = grid.begins[stratum]
    bucket = BUCKETS * begin + ((time - time[begin]) * scale[stratum]).astype(np.int64)
    before = np.cumsum(np.bincount(bucket, minlength=BUCKETS * len(time) + 1))
    return scale, np.append(0, before)


@compiled
def _search(
    time: Floats, begins: Begins, scale: Floats, table: Begins, stratum: Codes, times: Floats,
    found: Codes,
) -> None:  # fmt: skip
    for row in range(len(times)):
        low, high, at = begins[stratum[row]], begins[stratum[row] + 1], times[row]
        if low == high or at < time[low]:
            found[row] = low
        elif at >= time[high - 1]:
            found[row] = high
        else:
            bucket = np.int64((at - time[low]) * scale[stratum[row]])
            low, after = table[BUCKETS * low + bucket], BUCKETS * low + bucket + 1
            # The times of one bucket: usually one, so a step; many where the clock is uneven.
            high = min(high, table[after])
            while high - low > 8:
                middle = (low + high) // 2
                if time[middle] <= at:
                    low = middle + 1
                else:
                    high = middle
            while low < high and time[low] <= at:
                low += 1
            found[row] = low
