r"""
Fine and Gray's weights: who would still be at risk had the competing event not come first.

After a competing event at :math:`T` a row stays at risk with the weight

.. math:: \frac{G(t-) H(t-)}{G(T-) H(T-)}

where G is the Kaplan-Meier curve of being uncensored and H, with delayed entry, that of having
entered by t, estimated backwards in time (Fine and Gray 1999; Geskus 2011). Numerator and
denominator are functions of time alone, so no row has to be split: a factor of time times a factor
of the row. Tie rule: a censoring at the time of an event comes after it, an entry at t is at
risk after t. Equal to ``finegray`` of R's survival.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from cws_outcomes.estimators.codes import Codes
from cws_outcomes.estimators.compiled import compiled
from cws_outcomes.estimators.errors import EstimationError
from cws_outcomes.estimators.event_grid import Grid
from cws_outcomes.estimators.inputs import Flags, Floats, Integers
from cws_outcomes.estimators.ordering import in_order


class Tails(NamedTuple):
    """
    What keeps rows at risk after a competing event.

    Attributes
    ----------
    keep : (times,) floats
        G(t-) H(t-) at each grid time.
    tail : (rows,) floats
        1 / (G(T-) H(T-)) of rows that end with a competing event before their stratum's last
        event, else 0.
    """

    keep: Floats
    tail: Floats


def tails(
    grid: Grid, stratum: Codes, start: Floats | None, stop: Floats, event: Flags,
    competing: Flags, last: Codes,
) -> Tails:  # fmt: skip
    """
    Weigh the time after competing events, with an own censoring curve in each stratum.

    Without ``start`` nobody enters late.

    Raises
    ------
    EstimationError
        The weight of a row would divide by zero: nobody in its stratum could be seen at its time.
    """
    keep, tail, lost = np.empty(len(grid.time)), np.zeros(len(stop)), 0
    strata, ended = len(grid.begins) - 1, event | competing
    stays = np.flatnonzero(competing)
    stays = stays[last[stays] < grid.begins[stratum[stays] + 1]]
    stays = stays[np.argsort(stratum[stays], kind="stable")]
    cuts = np.searchsorted(stratum[stays], np.arange(strata + 1))
    for group, rows in enumerate(_by_stratum(stratum, strata)):
        low, high = grid.begins[group], grid.begins[group + 1]
        if low == high:
            continue
        seen = _Seen(None if start is None else start[rows], stop[rows], ended[rows])
        keep[low:high] = seen.just_before(grid.time[low:high])
        own = stays[cuts[group] : cuts[group + 1]]
        tail[own] = seen.just_before(stop[own])
        lost += int(np.count_nonzero(tail[own] == 0))
    if lost:
        raise EstimationError(
            f"{lost} competing events at times at which nobody could have been seen by the "
            "censoring or entry curve; start the clock later, or merge strata"
        )
    tail[stays] = 1 / tail[stays]
    return Tails(keep, tail)


def _by_stratum(stratum: Codes, strata: int) -> Iterator[slice | Codes]:
    """Rows of each stratum; of a single one all, so that nothing has to be copied."""
    if strata == 1:
        yield slice(None)
        return
    order, edges = in_order(stratum, strata)
    for low, high in pairwise(edges):
        yield order[low:high]


class _Seen:
    """Probability of being uncensored, and of having entered, by time."""

    def __init__(self, start: Floats | None, stop: Floats, ended: Flags) -> None:
        with_events = _Tally.of(stop[ended])
        censored = _Tally.of(stop).without(with_events)
        self._censored, at = censored.values, censored.values
        # At risk of censoring at t: entered before t, not gone before t, no event at t.
        gone = with_events.through(at) + censored.before(at)
        entries = None if start is None else _Tally.of(start)
        at_risk = (len(stop) if entries is None else entries.before(at)) - gone
        self._uncensored = np.append(1.0, np.cumprod(1 - censored.numbers / at_risk))
        self._entries, self._entered = np.zeros(0), np.ones(1)
        if entries is not None:
            self._entries = at = entries.values
            # Backwards: of those inside just after t, who came in at t.
            inside = entries.through(at) - with_events.through(at) - censored.through(at)
            late = 1 - entries.numbers / inside
            self._entered = np.append(np.cumprod(late[::-1])[::-1], 1.0)

    def just_before(self, times: Floats) -> Floats:
        """G(t-) H(t-)."""
        uncensored = self._uncensored[np.searchsorted(self._censored, times, side="left")]
        entered = self._entered[np.searchsorted(self._entries, times, side="left")]
        return np.asarray(uncensored * entered)


class _Tally:
    """Distinct values and how often each occurs."""

    def __init__(self, values: Floats, numbers: Integers) -> None:
        self.values, self.numbers = values, numbers
        self._through = np.append(0, np.cumsum(numbers))

    @classmethod
    def of(cls, values: Floats) -> "_Tally":
        """Count values: whole numbers, the common case, without sorting them."""
        if (
            len(values)
            and np.isfinite(low := values.min())
            and values.max() - low < 2 * len(values)
        ):
            numbers = _count_whole(values, low, int(values.max() - low) + 1)
            if len(numbers):
                found = np.flatnonzero(numbers)
                return cls(low + found, numbers[found])
        return cls(*np.unique(values, return_counts=True))

    def without(self, some: "_Tally") -> "_Tally":
        """Leave some of the values out."""
        numbers = self.numbers.copy()
        numbers[np.searchsorted(self.values, some.values)] -= some.numbers
        return _Tally(self.values[numbers > 0], numbers[numbers > 0])

    def before(self, at: Floats) -> Integers:
        """Count values below."""
        return np.asarray(self._through[np.searchsorted(self.values, at, side="left")])

    def through(self, at: Floats) -> Integers:
        """Count values that are not above."""
        return np.asarray(self._through[np.searchsorted(self.values, at, side="right")])


@compiled
def _count_whole(values: Floats, low: float, size: int) -> Integers:
    """Count values by their distance from the lowest; nothing if one is not a whole number."""
    numbers = np.zeros(size, dtype=np.intp)
    for value in values:
        step = int(value - low)
        if step != value - low:
            return numbers[:0]
        numbers[step] += 1
    return numbers
