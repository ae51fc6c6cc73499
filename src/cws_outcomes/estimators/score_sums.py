r"""
Compiled loops of score residuals, row by row or summed in clusters.

The residual of row i is its weight times the derivative of the log partial likelihood by that
weight (Lin and Wei 1989; with Efron's ties as in R's survival):

.. math:: w_i\delta_i (x_i - \bar x) - r_i \sum_t (x_i - v_t)\, d\Lambda_t

so it needs only sums that run over the grid: no row looks at another.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cws_outcomes.estimators.codes import Codes
from cws_outcomes.estimators.compiled import compiled
from cws_outcomes.estimators.event_grid import Begins
from cws_outcomes.estimators.inputs import Floats
from cws_outcomes.estimators.risk_sums import Rows, own_hazard


class Drifts(NamedTuple):
    """
    What passes while a row is at risk, by grid time.

    Attributes
    ----------
    running, ahead, gone : (times,) floats
        Hazard up to a time, of tails from it on, and what Efron's rule spares the events.
    drift, drift_ahead : (times, places) floats
        The same with the mean covariates; ``drift_ahead`` is empty without tails.
    centre, spared : (times, places) floats
        Mean covariates that an event is compared with, and those of ``gone``.
    """

    running: Floats
    ahead: Floats
    gone: Floats
    drift: Floats
    drift_ahead: Floats
    centre: Floats
    spared: Floats


@compiled
def mean_drifts(
    total: Floats, tied: Floats, sums: Floats, weight: Floats, keep: Floats,
    grid_begins: Begins, tails: bool,
) -> tuple[Floats, Floats, Floats, Floats]:  # fmt: skip
    """Return ``drift``, ``drift_ahead``, ``centre`` and ``spared`` of `Drifts`."""
    times, width = total.shape
    drift, ahead = np.empty((times, width)), np.zeros((times if tails else 0, width))
    centre, spared = np.empty((times, width)), np.empty((times, width))
    for time in range(times):
        for place in range(width):
            one, two = total[time, place], tied[time, place]
            centre[time, place] = (sums[time, 0] * one - sums[time, 1] * two) / weight[time]
            drift[time, place] = sums[time, 2] * one - sums[time, 3] * two
            spared[time, place] = sums[time, 3] * one - sums[time, 4] * two
    for stratum in range(len(grid_begins) - 1):
        first, after = grid_begins[stratum], grid_begins[stratum + 1]
        if tails:
            for time in range(after - 1, first - 1, -1):
                for place in range(width):
                    ahead[time, place] = keep[time] * drift[time, place]
                    if time < after - 1:
                        ahead[time, place] += ahead[time + 1, place]
        for time in range(first + 1, after):
            for place in range(width):
                drift[time, place] += drift[time - 1, place]
    return drift, ahead, centre, spared


@compiled
def _add_score(rows: Rows, row: int, own: float, drifts: Drifts, score: Floats) -> None:
    width, numbers = len(score), rows.dense.shape[1]
    at, before = rows.at[row], rows.before[row]
    factor = -own * own_hazard(rows, row, drifts.running, drifts.ahead, drifts.gone)
    if at != before:
        for place in range(width):
            score[place] += own * drifts.drift[at, place]
        if before >= 0:
            for place in range(width):
                score[place] -= own * drifts.drift[before, place]
    if rows.event[row]:
        factor += rows.weight[row]
        for place in range(width):
            score[place] -= rows.weight[row] * drifts.centre[at, place]
            score[place] -= own * drifts.spared[at, place]
    if len(rows.tail) and rows.tail[row] > 0:
        for place in range(width):
            score[place] += own * rows.tail[row] * drifts.drift_ahead[rows.tail_at[row], place]
    score[0] += factor
    for place in range(numbers):
        score[1 + place] += factor * rows.dense[row, place]
    for place in range(rows.begins[row], rows.begins[row + 1]):
        score[rows.ones[place]] += factor


@compiled
def scores_of_rows(rows: Rows, risk: Floats, drifts: Drifts) -> Floats:
    """Score residual of each row, times its weight."""
    scores = np.zeros((len(risk), drifts.centre.shape[1]))
    for row in range(len(risk)):
        _add_score(rows, row, risk[row], drifts, scores[row])
    return scores


@compiled
def squares_of_clusters(
    rows: Rows, risk: Floats, drifts: Drifts, order: Codes, begins: NDArray[np.int64],
    low: int, high: int,
) -> Floats:  # fmt: skip
    """Lower triangle of the summed squares of the clusters low to high - 1, one after the other."""
    width = drifts.centre.shape[1]
    squares, score = np.zeros((width, width)), np.empty(width)
    for cluster in range(low, high):
        score[:] = 0.0
        for place in range(begins[cluster], begins[cluster + 1]):
            _add_score(rows, order[place], risk[order[place]], drifts, score)
        for place in range(width):
            if score[place] != 0.0:
                for other in range(place + 1):
                    squares[place, other] += score[place] * score[other]
    return squares
