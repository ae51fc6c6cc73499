"""Who is at risk at which event time: the idea that Cox models are made of."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from cws_outcomes.estimators.inputs import Flags, Floats, Integers


@dataclass(frozen=True, eq=False)
class RiskSets:
    """
    Times on a grid, sorted by group and time, and the stretch of it that each row spans.

    Attributes
    ----------
    group, time : (times,) arrays
        The distinct (group, time) pairs.
    first, last : (rows,) integers
        The row is at risk at the grid times ``first`` to ``last - 1``, that is at those of its
        group in (start, stop]. A row whose stop is on the grid ends at ``last - 1``.
    """

    group: Integers
    time: Floats
    first: Integers
    last: Integers

    @property
    def size(self) -> int:
        """Number of grid times."""
        return len(self.time)

    def flow(self) -> sparse.csr_array:
        """
        Matrix (times, rows) that turns row values into what joins the risk set, seen backwards.

        Entering is the negative of leaving, so the running sum never holds more than one risk
        set: rounding stays at the size of a risk set, not of all rows before it.
        """
        # Half the memory of the default, and enough for 1,000 million rows.
        rows = np.arange(len(self.first), dtype=np.int32)
        late = rows[self.first > 0]
        places = np.concatenate([self.last - 1, self.first[late] - 1]).astype(np.int32)
        signs = np.concatenate([np.ones(len(rows)), -np.ones(len(late))])
        shape = (self.size, len(rows))
        return sparse.csr_array((signs, (places, np.concatenate([rows, late]))), shape=shape)


def risk_sets(group: Integers, start: Floats, stop: Floats, marks: Flags) -> RiskSets:
    """
    Build the grid from the stop times of the marked rows, and place every row on it.

    Parameters
    ----------
    group : (rows,) integers
        Stratum, or group of a curve: risk sets never cross it.
    start, stop : (rows,) floats
        At risk in (start, stop]. Times are compared exactly.
    marks : (rows,) booleans
        Rows whose stop time goes on the grid: those with the event.
    """
    times = np.unique(stop[marks])
    # A (group, time) pair as one whole number, so that one sorted search places every row.
    begun = group * len(times) + np.searchsorted(times, start, side="right")
    ended = group * len(times) + np.searchsorted(times, stop, side="right")
    grid = np.unique(ended[marks] - 1)
    return RiskSets(
        group=grid // len(times),
        time=times[grid % len(times)],
        first=np.searchsorted(grid, begun),
        last=np.searchsorted(grid, ended),
    )
