r"""
Compiled loops of score residuals, row by row or summed in clusters.

The residual of row i is its weight times the derivative of the log partial likelihood by that
weight (Lin and Wei 1989; with Efron's ties as in R's survival):

.. math:: w_i\delta_i (x_i - \bar x) - r_i \sum_t (x_i - v_t)\, d\Lambda_t

so it needs only sums that run over the grid: no row looks at another.
"""

from typing import NamedTuple

import numpy as np

from cws_outcomes.estimators.codes import Begins, Codes
from cws_outcomes.estimators.compiled import compiled
from cws_outcomes.estimators.inputs import Floats
from cws_outcomes.estimators.risk_sums import Rows, add_line, cumulate


class Drifts(NamedTuple):
    """
    What passes while a row is at risk, and what an event is compared with, by grid time.

    Attributes
    ----------
    drift, drift_ahead : (times, places) floats
        Mean covariates times hazard, up to a time, and of tails from it on; ``drift_ahead`` is
        empty without tails.
    total, tied : (times, places) floats
        Sums over the risk set and over the events, as in `State`.
    sums : (5, times) floats
        As in `State`.
    weight : (times,) floats
        Of the events.
    """

    drift: Floats
    drift_ahead: Floats
    total: Floats
    tied: Floats
    sums: Floats
    weight: Floats

    def centre(self) -> Floats:
        """Mean covariates that an event is compared with."""
        one, two = (self.sums[:2] / self.weight)[:, :, None]
        return np.asarray(one * self.total - two * self.tied)


def mean_drifts(
    total: Floats, tied: Floats, sums: Floats, keep: Floats, grid_begins: Begins, tails: bool
) -> tuple[Floats, Floats]:
    """Return ``drift`` and ``drift_ahead`` of `Drifts`."""
    drift = sums[2][:, None] * total
    drift -= sums[3][:, None] * tied
    ahead = keep[:, None] * drift if tails else np.zeros((0, drift.shape[1]))
    cumulate(drift, grid_begins, False)
    if tails:
        cumulate(ahead, grid_begins, True)
    return drift, ahead


@compiled
def add_scores(
    rows: Rows, passing: Floats, risk: Floats, drifts: Drifts, order: Codes, low: int, high: int,
    cluster: Codes, origin: int, scores: Floats, places: Floats,
) -> None:  # fmt: skip
    """
    Add the weighted residuals of the rows ``order[low:high]`` to their clusters.

    ``scores[0]`` belongs to the cluster ``origin``. What is due to the covariates of the rows goes
    to ``places`` (clusters, numbers and places), which are the same for all columns.
    """
    codes, offset, numbers, weight = rows.x.codes, rows.x.offset, rows.x.numbers, rows.weight
    at, before, tied, tail_at, tail = rows.at, rows.before, rows.tied, rows.tail_at, rows.tail
    drift, ahead, total, gone = drifts.drift, drifts.drift_ahead, drifts.total, drifts.tied
    sums, events, dense = drifts.sums, drifts.weight, numbers.shape[1]
    for spot in range(low, high):
        row = order[spot]
        own, into = risk[row], cluster[row] - origin
        factor = -own * passing[row]
        if at[row] >= 0:
            add_line(scores, into, drift, np.int64(at[row]), own)
        if before[row] >= 0:
            add_line(scores, into, drift, np.int64(before[row]), -own)
        if tied[row] >= 0:
            time, share = np.int64(tied[row]), weight[row] / events[tied[row]]
            factor += weight[row]
            # Less the mean that it is compared with, and less what Efron's rule spares it.
            of_all = -share * sums[0, time] - own * sums[3, time]
            add_line(scores, into, total, time, of_all)
            add_line(scores, into, gone, time, share * sums[1, time] + own * sums[4, time])
        if len(tail) and tail_at[row] >= 0:
            add_line(scores, into, ahead, np.int64(tail_at[row]), own * tail[row])
        for number in range(dense):
            places[into, number] += factor * numbers[row, number]
        for code in range(len(offset)):
            place = np.uint64(dense + offset[code]) + np.uint64(codes[row, code])
            places[into, place] += factor
