r"""
Compiled loops of score residuals, row by row or summed in clusters.

The residual of row i is its weight times the derivative of the log partial likelihood by that
weight (Lin and Wei 1989; with Efron's ties as in R's survival):

.. math:: w_i\delta_i (x_i - \bar x) - r_i \sum_t (x_i - v_t)\, d\Lambda_t

so it needs only sums that run over the grid: no row looks at another.
"""

from typing import NamedTuple

import numpy as np

from cws_outcomes.estimators.codes import Codes
from cws_outcomes.estimators.compiled import compiled
from cws_outcomes.estimators.event_grid import Begins
from cws_outcomes.estimators.inputs import Floats
from cws_outcomes.estimators.risk_sums import Rows


class Drifts(NamedTuple):
    """
    What passes while a row is at risk, by grid time.

    Attributes
    ----------
    drift, drift_ahead : (times, places) floats
        Mean covariates times hazard, up to a time, and of tails from it on; ``drift_ahead`` is
        empty without tails.
    centre, spared : (times, places) floats
        Mean covariates that an event is compared with, and what Efron's rule spares the events.
    """

    drift: Floats
    drift_ahead: Floats
    centre: Floats
    spared: Floats


@compiled
def mean_drifts(
    total: Floats, tied: Floats, sums: Floats, weight: Floats, keep: Floats,
    grid_begins: Begins, tails: bool,
) -> Drifts:  # fmt: skip
    """Sum over time what every score residual is made of."""
    times, width = total.shape
    drift, ahead = np.empty((times, width)), np.zeros((times if tails else 0, width))
    centre, spared = np.empty((times, width)), np.empty((times, width))
    for time in range(times):
        for place in range(width):
            one, two = total[time, place], tied[time, place]
            centre[time, place] = (sums[0, time] * one - sums[1, time] * two) / weight[time]
            drift[time, place] = sums[2, time] * one - sums[3, time] * two
            spared[time, place] = sums[3, time] * one - sums[4, time] * two
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
    return Drifts(drift, ahead, centre, spared)


@compiled
def add_scores(
    rows: Rows, passing: Floats, risk: Floats, drifts: Drifts, order: Codes, low: int, high: int,
    cluster: Codes, origin: int, scores: Floats,
) -> None:  # fmt: skip
    """
    Add the weighted residuals of the rows ``order[low:high]`` to their clusters.

    ``scores[0]`` belongs to the cluster ``origin``.
    """
    dense, begins, ones, weight = rows.dense, rows.begins, rows.ones, rows.weight
    at, before, tied, tail_at, tail = rows.at, rows.before, rows.tied, rows.tail_at, rows.tail
    drift, ahead, centre, spared = drifts.drift, drifts.drift_ahead, drifts.centre, drifts.spared
    for spot in range(low, high):
        row = order[spot]
        into, own = cluster[row] - origin, risk[row]
        factor = -own * passing[row]
        _add_line(drift, at[row], own, scores, into)
        _add_line(drift, before[row], -own, scores, into)
        if tied[row] >= 0:
            factor += weight[row]
            _add_line(centre, tied[row], -weight[row], scores, into)
            _add_line(spared, tied[row], -own, scores, into)
        if len(tail):
            _add_line(ahead, tail_at[row], own * tail[row], scores, into)
        for place in range(dense.shape[1]):
            scores[into, 1 + place] += factor * dense[row, place]
        for place in range(begins[row], begins[row + 1]):
            scores[into, ones[place]] += factor


@compiled
def _add_line(table: Floats, time: int, factor: float, scores: Floats, into: int) -> None:
    if time >= 0:
        for place in range(scores.shape[1]):
            scores[into, place] += factor * table[time, place]
