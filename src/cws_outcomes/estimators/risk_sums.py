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
from cws_outcomes.estimators.column_loops import Layout, expand
from cws_outcomes.estimators.compiled import compiled
from cws_outcomes.estimators.event_grid import Begins
from cws_outcomes.estimators.inputs import Flags, Floats

SPREAD = 2**7  # rows that are spread over the columns at once


class Rows(NamedTuple):
    """
    Rows in the order in which they leave, stratum after stratum.

    Attributes
    ----------
    x : Layout
        Covariates, as in `Design`.
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

    x: Layout
    at: Codes
    before: Codes
    tied: Codes
    weight: Floats
    offset: Floats
    tail_at: Codes
    tail: Floats

    def taken(self, some: Codes) -> "Rows":
        """Return some rows; their covariates are yet to be put in."""
        return self._replace(
            at=self.at[some], before=self.before[some], tied=self.tied[some],
            weight=self.weight[some],
            offset=self.offset[some] if len(self.offset) else self.offset,
            tail_at=self.tail_at[some] if len(self.tail) else self.tail_at,
            tail=self.tail[some] if len(self.tail) else self.tail,
        )  # fmt: skip

    @property
    def event(self) -> Flags:
        """Whether each row ends with the event."""
        return np.asarray(self.tied >= 0)


# Arrays are taken out of `Rows` before a loop: reaching into it at every row costs more than the
# row's own sums.


@compiled
def gather_places(
    rows: Rows, own: Floats, low: int, origin: int, joined: Floats, tied: Floats, tails: Floats
) -> None:
    """
    Add rows from low on, each with its own risk, to where they join and leave risk sets.

    ``joined``, ``tied`` and ``tails`` are tables (times, numbers and places) of rows, of events,
    and of tails, from the grid time ``origin`` on. Not yet cumulated.
    """
    codes, offset, numbers = rows.x.codes, rows.x.offset, rows.x.numbers
    at, before, ends, tail_at, tail = rows.at, rows.before, rows.tied, rows.tail_at, rows.tail
    line, dense = np.empty(len(offset), np.uint64), numbers.shape[1]
    for row in range(low, low + len(own)):
        risk = own[row - low]
        for code in range(len(offset)):
            line[code] = np.uint64(dense + offset[code]) + np.uint64(codes[row, code])
        if at[row] >= 0:
            _add(joined, at[row] - origin, line, numbers, row, risk)
        if before[row] >= 0:
            _add(joined, before[row] - origin, line, numbers, row, -risk)
        if ends[row] >= 0:
            _add(tied, ends[row] - origin, line, numbers, row, risk)
        if len(tail) and tail_at[row] >= 0:
            _add(tails, tail_at[row] - origin, line, numbers, row, risk * tail[row])


@compiled
def _add(
    sums: Floats, at: int, line: NDArray[np.uint64], numbers: Floats, row: int, risk: float
) -> None:
    time, given = np.uint64(at), np.uint64(row)
    for number in range(numbers.shape[1]):
        sums[time, number] += risk * numbers[given, number]
    for code in range(len(line)):
        sums[time, line[code]] += risk


@compiled
def gather_columns(
    rows: Rows, own: Floats, low: int, origin: int, joined: Floats, tied: Floats, tails: Floats
) -> None:
    """Do the work of `gather_places` where a grid time has few rows: in tables (times, columns)."""
    at, before, ends, tail_at, tail = rows.at, rows.before, rows.tied, rows.tail_at, rows.tail
    block = np.empty((SPREAD, joined.shape[1]))
    for begin in range(low, low + len(own), SPREAD):
        end = min(begin + SPREAD, low + len(own))
        expand(rows.x, begin, end, block)
        for row in range(begin, end):
            risk, here = own[row - low], row - begin
            if at[row] >= 0:
                add_line(joined, at[row] - origin, block, here, risk)
            if before[row] >= 0:
                add_line(joined, before[row] - origin, block, here, -risk)
            if ends[row] >= 0:
                add_line(tied, ends[row] - origin, block, here, risk)
            if len(tail) and tail_at[row] >= 0:
                add_line(tails, tail_at[row] - origin, block, here, risk * tail[row])


@compiled
def add_line(sums: Floats, into: int, values: Floats, line: int, factor: float) -> None:
    """Add a line of one table, each value times the same, to a line of another."""
    # By index: a view of a line would be counted in and out at every row.
    for column in range(values.shape[1]):
        sums[into, column] += factor * values[line, column]


@compiled
def count_events(tied: Codes, weight: Floats, times: int) -> tuple[NDArray[np.int64], Floats]:
    """Return number and total weight of the events of each grid time."""
    events, total = np.zeros(times, dtype=np.int64), np.zeros(times)
    for row in range(len(tied)):
        if tied[row] >= 0:
            events[tied[row]] += 1
            total[tied[row]] += weight[row]
    return events, total


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
