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

from cws_outcomes.estimators.codes import Begins, Codes
from cws_outcomes.estimators.column_loops import Layout, expand, spread
from cws_outcomes.estimators.compiled import compiled, inlined
from cws_outcomes.estimators.covariates import Levels
from cws_outcomes.estimators.inputs import Flags, Floats, Integers
from cws_outcomes.estimators.parts import fetched
from cws_outcomes.estimators.products import ONE_THREAD

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
            at=fetched(self.at, some), before=fetched(self.before, some),
            tied=fetched(self.tied, some), weight=fetched(self.weight, some),
            offset=fetched(self.offset, some), tail_at=fetched(self.tail_at, some),
            tail=fetched(self.tail, some),
        )  # fmt: skip

    @property
    def event(self) -> Flags:
        """Whether each row ends with the event."""
        return np.asarray(self.tied >= 0)


# Arrays are taken out of `Rows` before a loop: reaching into it at every row costs more than the
# row's own sums.


def gather(
    rows: Rows, by_place: Floats, crowded: bool, own: Floats, low: int, origin: int,
    joined: Floats, tied: Floats, tails: Floats,
) -> None:  # fmt: skip
    """
    Add rows from low on to where they join and leave risk sets.

    Parameters
    ----------
    by_place : (numbers and places, columns) floats
        What each adds to each column.
    crowded : bool
        Whether many rows meet at a grid time, so that it is less to add them by place first.
    own : (rows,) floats
        exp(eta) of each; their risk afterwards.
    joined, tied, tails : (times, columns) floats
        Sums of rows, of events and of tails, from the grid time ``origin`` on. Not yet cumulated.
    """
    own *= rows.weight[low : low + len(own)]
    if not crowded:
        gather_columns(rows, own, low, origin, joined, tied, tails)
        return
    tables = joined, tied, tails
    by_code = [np.zeros((len(table), len(by_place))) for table in tables]
    gather_places(rows, own, low, origin, *by_code)
    for table, codes in zip(tables, by_code, strict=True):
        spread(codes, by_place, table)


@compiled
def gather_places(
    rows: Rows, own: Floats, low: int, origin: int, joined: Floats, tied: Floats, tails: Floats
) -> None:
    """Add rows, each with its own risk, in tables (times, numbers and places)."""
    codes, offset, numbers = rows.x.codes, rows.x.offset, rows.x.numbers
    at, before, ends, tail_at, tail = rows.at, rows.before, rows.tied, rows.tail_at, rows.tail
    for row in range(low, low + len(own)):
        risk = own[row - low]
        if at[row] >= 0:
            _add(joined, at[row] - origin, codes, offset, numbers, row, risk)
        if before[row] >= 0:
            _add(joined, before[row] - origin, codes, offset, numbers, row, -risk)
        if ends[row] >= 0:
            _add(tied, ends[row] - origin, codes, offset, numbers, row, risk)
        if len(tail) and tail_at[row] >= 0:
            _add(tails, tail_at[row] - origin, codes, offset, numbers, row, risk * tail[row])


@inlined
def _add(
    sums: Floats, at: int, codes: Levels, offset: Integers, numbers: Floats, row: int, risk: float
) -> None:
    dense = numbers.shape[1]
    for number in range(dense):
        sums[np.uint64(at), number] += risk * numbers[row, number]
    for code in range(len(offset)):
        place = np.uint64(dense + offset[code]) + np.uint64(codes[row, code])
        sums[np.uint64(at), place] += risk


@compiled
def gather_columns(
    rows: Rows, own: Floats, low: int, origin: int, joined: Floats, tied: Floats, tails: Floats
) -> None:
    """Do the same in tables (times, columns)."""
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


@inlined
def add_line(sums: Floats, into: int, values: Floats, line: int | np.int64, factor: float) -> None:
    """Add a line of one table, each value times the same, to a line of another."""
    # By index: a view of a line would be counted in and out at every row.
    for column in range(values.shape[1]):
        sums[into, column] += factor * values[line, column]


@compiled
def cumulate(values: Floats, grid_begins: Begins, backwards: bool) -> None:
    """Turn what joins at each grid time into running sums within strata, in place."""
    for stratum in range(len(grid_begins) - 1):
        first, last = grid_begins[stratum], grid_begins[stratum + 1] - 1
        for step in range(last - first):
            time, before = first + step + 1, first + step
            if backwards:
                time, before = last - step - 1, last - step
            for place in range(values.shape[1]):
                values[time, place] += values[before, place]


class Steps(NamedTuple):
    """
    Events one after another, grid time by grid time: one step of the likelihood each.

    Attributes
    ----------
    time : (events,) integers
        Grid time.
    gone : (events,) floats
        Fraction f of the tied events that count as gone: in Efron's rule the l-th of d sees
        :math:`f = l/d`, in Breslow's 0.
    mean : (events,) floats
        Mean weight m of the tied events, which all share.
    """

    time: Integers
    gone: Floats
    mean: Floats


def steps_of(events: Integers, weight: Floats, efron: bool) -> Steps:
    """Return the steps of the events of each grid time, from their number and total weight."""
    time = np.repeat(np.arange(len(events)), events)
    begins = np.cumsum(events) - events
    place, tied = np.arange(len(time)) - begins[time], events[time]
    gone = place / tied if efron else np.zeros(len(time))
    return Steps(time, gone, weight[time] / tied)


def hazards(total: Floats, tied: Floats, steps: Steps) -> tuple[float, Floats]:
    r"""
    Go through the steps; they enter all that follows only through five sums of each grid time.

    Returns
    -------
    value : float
        :math:`-\sum m \log(S_0 - f D_0)`.
    sums : (5, times) floats
        With :math:`\rho = 1/(S_0 - f D_0)`:
        :math:`\sum m\rho, \sum m f\rho, \sum m\rho^2, \sum m f\rho^2, \sum m f^2\rho^2`.
    """
    sums = np.zeros((5, len(total)))
    return _go_through(total, tied, steps.time, steps.gone, steps.mean, sums), sums


@compiled
def _go_through(
    total: Floats, tied: Floats, time: Integers, gone: Floats, mean: Floats, sums: Floats
) -> float:
    value = 0.0
    for step in range(len(time)):
        at, part = time[step], gone[step]
        left = total[at, 0] - part * tied[at, 0]
        if not left > 0.0:  # a step too far
            return np.nan
        once = mean[step] / left
        twice = once / left
        value -= mean[step] * np.log(left)
        sums[0, at] += once
        sums[1, at] += part * once
        sums[2, at] += twice
        sums[3, at] += part * twice
        sums[4, at] += part * part * twice
    return value


class Passed(NamedTuple):
    """
    Hazard by grid time; the last of each is 0, for rows that have no such time (-1).

    Attributes
    ----------
    running, ahead : (times + 1,) floats
        Up to each time of its stratum; from each on, as tails see it.
    spared : (times + 1,) floats
        What Efron's rule spares those who have an event there.
    """

    running: Floats
    ahead: Floats
    spared: Floats


def passed(sums: Floats, keep: Floats, grid_begins: Begins) -> Passed:
    """Add up the hazards of each grid time: the first two of the sums of `hazards`."""
    running, spared = np.append(sums[:2], np.zeros((2, 1)), axis=1)
    ahead = running * np.append(keep, 0.0)
    cumulate(running[:-1, None], grid_begins, False)
    cumulate(ahead[:-1, None], grid_begins, True)
    return Passed(running, ahead, spared)


def own_hazards(rows: Rows, passed: Passed, low: int, high: int) -> Floats:
    """Hazard that passes while each row is at risk, its tail and Efron's rule considered."""
    some, own = slice(low, high), np.empty(high - low)
    _look_up(
        rows.at[some], rows.before[some], rows.tied[some], rows.tail_at[some], rows.tail[some],
        passed.running, passed.spared, passed.ahead, own,
    )  # fmt: skip
    return own


@compiled
def _look_up(
    at: Codes, before: Codes, tied: Codes, tail_at: Codes, tail: Floats, running: Floats,
    spared: Floats, ahead: Floats, own: Floats,
) -> None:  # fmt: skip
    for row in range(len(own)):
        own[row] = running[at[row]] - running[before[row]] - spared[tied[row]]
    for row in range(len(tail)):
        own[row] += tail[row] * ahead[tail_at[row]]


def squares_of_means(total: Floats, tied: Floats, sums: Floats) -> Floats:
    """Sum the squared means of all grid times."""
    width = total.shape[1]
    squares = np.zeros((width, width))
    block = max(16, ONE_THREAD // (width * width + 1))
    for begin in range(0, len(total), block):
        one, other = total[begin : begin + block], tied[begin : begin + block]
        twice, both, last = sums[2:, begin : begin + block, None]
        squares += one.T @ (twice * one - both * other) + other.T @ (last * other - both * one)
    return squares
