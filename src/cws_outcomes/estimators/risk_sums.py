r"""
Compiled loops of Cox's partial likelihood: rows to risk sets, and back to rows.

With risk :math:`r_i = w_i \exp(x_i\beta)`, a row at risk at the grid times ``before < t <= at``
joins the running sum of its stratum, seen backwards in time, at ``at`` and leaves it at ``before``
(-1: never). So a row costs two additions, however many risk sets it is part of, and no sum holds
more than one risk set: rounding stays at the size of a risk set.

A tail keeps a row at risk after its end, from the grid time ``tail_at`` on, with :math:`r_i`
times ``tail`` times a factor of time ``keep``: Fine and Gray's weights, without a single row more.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cws_outcomes.estimators.codes import Codes
from cws_outcomes.estimators.columns import Places
from cws_outcomes.estimators.compiled import compiled
from cws_outcomes.estimators.event_grid import Begins
from cws_outcomes.estimators.inputs import Flags, Floats


class Rows(NamedTuple):
    """
    Rows in the order in which they leave, stratum after stratum.

    Attributes
    ----------
    dense, begins, ones
        Covariates, as in `Columns`.
    at, before : (rows,) integers
        Last grid time at risk, and the one before the first; -1 if there is none in the stratum.
    tied : (rows,) integers
        Grid time of the event with which the row ends; -1 for none.
    weight, offset : (rows,) floats
        Case weights; what is added to the linear predictor, empty for nothing.
    tail_at : (rows,) integers
        First grid time of the tail; -1 for none. Empty when no row has one.
    tail : (rows,) floats
        Its weight.
    """

    dense: Floats
    begins: NDArray[np.int64]
    ones: Places
    at: Codes
    before: Codes
    tied: Codes
    weight: Floats
    offset: Floats
    tail_at: Codes
    tail: Floats

    @property
    def event(self) -> Flags:
        """Whether each row ends with the event."""
        return np.asarray(self.tied >= 0)


# Arrays are taken out of `Rows` before a loop: reaching into it at every row costs more than the
# row's own sums.


@compiled
def predictors(rows: Rows, beta: Floats, low: int, high: int) -> Floats:
    """Linear predictors of some rows; ``beta[0]`` is added to all."""
    eta = np.empty(high - low)
    dense, begins, ones, offset = rows.dense, rows.begins, rows.ones, rows.offset
    for row in range(low, high):
        value = beta[0] + (offset[row] if len(offset) else 0.0)
        for place in range(dense.shape[1]):
            value += beta[1 + place] * dense[row, place]
        for place in range(begins[row], begins[row + 1]):
            value += beta[ones[place]]
        eta[row - low] = value
    return eta


@compiled
def gather(
    rows: Rows, own: Floats, low: int, origin: int, joined: Floats, tied: Floats, tails: Floats
) -> None:
    """
    Add rows from low on, each with its own risk, to where they join and leave risk sets.

    ``joined``, ``tied`` and ``tails`` are tables (times, places) of rows, of events, and of tails,
    from the grid time ``origin`` on; column 0 is the risk itself, the others its products with
    the covariates. Not yet cumulated.
    """
    _add(rows, own, rows.at, low, origin, joined)
    _add(rows, -own, rows.before, low, origin, joined)
    _add(rows, own, rows.tied, low, origin, tied)
    if len(rows.tail):
        _add(rows, own * rows.tail[low : low + len(own)], rows.tail_at, low, origin, tails)


@compiled
def _add(rows: Rows, own: Floats, times: Codes, low: int, origin: int, sums: Floats) -> None:
    """Add rows from low on, each times its own value, at their grid times."""
    dense, begins, ones = rows.dense, rows.begins, rows.ones
    for row in range(low, low + len(own)):
        if times[row] < 0:
            continue
        at, value = times[row] - origin, own[row - low]
        sums[at, 0] += value
        for place in range(dense.shape[1]):
            sums[at, 1 + place] += value * dense[row, place]
        for place in range(begins[row], begins[row + 1]):
            sums[at, ones[place]] += value


@compiled
def event_sums(
    rows: Rows, times: int, width: int
) -> tuple[NDArray[np.int64], Floats, Floats, Floats]:
    """
    Count what does not change with the coefficients.

    Returns
    -------
    events, weight : (times,) arrays
        Number and total weight of the events of each grid time.
    of_events : (places,) floats
        Weighted covariates of the events.
    means : (places,) floats
        Mean covariates of the rows; in place 0 the mean offset.
    """
    events, weight = np.zeros(times, dtype=np.int64), np.zeros(times)
    of_events, means = np.zeros(width), np.zeros(width)
    dense, begins, ones = rows.dense, rows.begins, rows.ones
    tied, case, offset = rows.tied, rows.weight, rows.offset
    for row in range(len(tied)):
        own = case[row] if tied[row] >= 0 else 0.0
        if tied[row] >= 0:
            events[tied[row]] += 1
            weight[tied[row]] += own
        if len(offset):
            means[0] += offset[row]
        for place in range(dense.shape[1]):
            of_events[1 + place] += own * dense[row, place]
        for place in range(begins[row], begins[row + 1]):
            of_events[ones[place]] += own
            means[ones[place]] += 1.0
    return events, weight, of_events, means / len(tied)


@compiled
def cumulate(joined: Floats, tails: Floats, keep: Floats, grid_begins: Begins) -> None:
    """Turn what joins and leaves into risk sets, in place: rows backwards, tails forwards."""
    width = joined.shape[1]
    for stratum in range(len(grid_begins) - 1):
        first, after = grid_begins[stratum], grid_begins[stratum + 1]
        for time in range(after - 2, first - 1, -1):
            for place in range(width):
                joined[time, place] += joined[time + 1, place]
        if len(tails):
            for time in range(first + 1, after):
                for place in range(width):
                    tails[time, place] += tails[time - 1, place]
            for time in range(first, after):
                for place in range(width):
                    joined[time, place] += keep[time] * tails[time, place]


@compiled
def hazards(
    total: Floats, tied: Floats, events: NDArray[np.int64], weight: Floats, efron: bool
) -> tuple[float, Floats]:
    r"""
    Go through the events of each grid time, one step of the likelihood each.

    In Efron's rule the l-th of d tied events sees a fraction :math:`f = l/d` of them as gone, and
    all share their mean weight m; in Breslow's f = 0. With :math:`\rho = 1/(S_0 - f D_0)` the steps
    of one time enter all that follows only through five sums.

    Returns
    -------
    value : float
        :math:`-\sum m \log(S_0 - f D_0)`.
    sums : (5, times) floats
        :math:`\sum m\rho, \sum m f\rho, \sum m\rho^2, \sum m f\rho^2, \sum m f^2\rho^2`.
    """
    value, sums = 0.0, np.zeros((5, len(events)))
    for time in range(len(events)):
        if events[time] == 0:
            continue
        mean = weight[time] / events[time]
        for step in range(events[time]):
            gone = step / events[time] if efron else 0.0
            left = total[time, 0] - gone * tied[time, 0]
            value -= mean * np.log(left)
            sums[0, time] += mean / left
            sums[1, time] += mean * gone / left
            sums[2, time] += mean / left / left
            sums[3, time] += mean * gone / left / left
            sums[4, time] += mean * gone * gone / left / left
    return value, sums


@compiled
def passed(steps: Floats, keep: Floats, grid_begins: Begins) -> tuple[Floats, Floats]:
    """Hazard up to each grid time of its stratum, and the tails' hazard from each on."""
    running, ahead = steps.copy(), steps * keep
    for stratum in range(len(grid_begins) - 1):
        for time in range(grid_begins[stratum] + 1, grid_begins[stratum + 1]):
            running[time] += running[time - 1]
        for time in range(grid_begins[stratum + 1] - 2, grid_begins[stratum] - 1, -1):
            ahead[time] += ahead[time + 1]
    return running, ahead


@compiled
def own_hazards(
    rows: Rows, running: Floats, ahead: Floats, gone: Floats, low: int, high: int
) -> Floats:
    """Hazard that passes while each row is at risk, its tail and Efron's rule considered."""
    passing = np.zeros(high - low)
    at, before, tied, tail_at, tail = rows.at, rows.before, rows.tied, rows.tail_at, rows.tail
    for row in range(low, high):
        if at[row] >= 0:
            passing[row - low] += running[at[row]]
        if before[row] >= 0:
            passing[row - low] -= running[before[row]]
        if tied[row] >= 0:
            passing[row - low] -= gone[tied[row]]
        if len(tail) and tail_at[row] >= 0:
            passing[row - low] += tail[row] * ahead[tail_at[row]]
    return passing


@compiled
def squares_of_rows(rows: Rows, risk: Floats, passing: Floats, low: int, width: int) -> Floats:
    """Lower triangle of X' diag(risk times hazard passed) X over the rows from low on."""
    squares, dense = np.zeros((width, width)), rows.dense
    begins, ones, numbers = rows.begins, rows.ones, rows.dense.shape[1]
    for row in range(low, low + len(passing)):
        own = risk[row] * passing[row - low]
        if own == 0.0:
            continue
        first, after = begins[row], begins[row + 1]
        for place in range(numbers):
            scaled = own * dense[row, place]
            for other in range(place + 1):
                squares[1 + place, 1 + other] += scaled * dense[row, other]
        for place in range(first, after):
            line = ones[place]
            for other in range(numbers):
                squares[line, 1 + other] += own * dense[row, other]
            for other in range(first, place + 1):
                squares[line, ones[other]] += own
    return squares


@compiled
def squares_of_means(
    total: Floats, tied: Floats, sums: Floats, scale: Floats, low: int, high: int
) -> Floats:
    """Lower triangle of the squared means of some grid times, each times its ``scale``."""
    width = total.shape[1]
    squares, one, two = np.zeros((width, width)), np.empty(width), np.empty(width)
    for time in range(low, high):
        for place in range(width):
            one[place] = sums[2, time] * total[time, place] - sums[3, time] * tied[time, place]
            two[place] = sums[4, time] * tied[time, place] - sums[3, time] * total[time, place]
        for place in range(width):
            by_one, by_two = scale[time] * total[time, place], scale[time] * tied[time, place]
            into = squares[place]
            for other in range(place + 1):
                into[other] += by_one * one[other] + by_two * two[other]
    return squares
