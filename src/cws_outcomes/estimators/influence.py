r"""
Infinitesimal jackknife variance of a cumulative incidence, in time linear in the rows.

One row more or less moves :math:`F_k(t)` by :math:`Z_i(t) - F_k(t) Q_i(t)`, where

.. math::
    dQ_i = \frac{dN_i - Y_i dN/Y}{Y - dN}, \quad
    dZ_i = F_k dQ_i + S(t-) \frac{dN_{ik} - Y_i dN_k/Y}{Y}

(integration by parts of the derivative of the Aalen-Johansen product; the variance is the sum of
squares). While a row is at risk, Q and Z are differences of two running sums that are the same for
all; once it has left they are constants. So the sums of Q^2, QZ and Z^2 over rows need only totals
of what joins and leaves at each time, never a matrix of rows by times. Equal to R's survfit, which
builds that matrix (survival, Therneau; tests/golden/curves.R).
"""

import numpy as np

from cws_outcomes.estimators.inputs import Floats, Integers
from cws_outcomes.estimators.risk_sets import EventCounts


def incidence_variance(
    counts: EventCounts, cause: int, before: Floats, incidence: Floats
) -> Floats:
    """
    Variance of one cause's cumulative incidence at each grid time.

    Parameters
    ----------
    counts : EventCounts
        Risk sets and events.
    cause : int
        Column of ``counts.events``.
    before, incidence : (times,) floats
        S(t-) and F(t) of that cause.
    """
    sets, at_risk, leaving = counts.sets, counts.at_risk, counts.any_events
    left = at_risk - leaving
    # Where all at risk leave at once S is zero for good, and any increment of Q cancels out.
    inverse = np.where(left > 0, 1 / np.maximum(left, 1), 0.0)
    q_step = leaving / at_risk * inverse
    z_step = incidence * q_step + before * counts.events[:, cause] / at_risk**2
    q_sum, z_sum = _running(q_step, counts), _running(z_step, counts)

    spans = sets.first < sets.last
    first, end, ended = sets.first[spans], sets.last[spans] - 1, counts.cause[spans]
    q_first, z_first = (q_sum - q_step)[first], (z_sum - z_step)[first]
    q_final = q_first - q_sum[end] + (ended > 0) * inverse[end]
    z_final = z_first - z_sum[end] + (ended > 0) * (incidence * inverse)[end]
    z_final += (ended == cause + 1) * (before / at_risk)[end]

    def present(values: Floats) -> Floats:
        """Total over the rows that are at risk and stay beyond each time."""
        joined = np.bincount(first, values, sets.size) - np.bincount(end, values, sets.size)
        return _running(joined, counts)

    def departed(values: Floats) -> Floats:
        return _running(np.bincount(end, values, sets.size), counts)

    rows, q_rows, z_rows = present(np.ones(len(first))), present(q_first), present(z_first)
    qq = rows * q_sum**2 - 2 * q_sum * q_rows + present(q_first**2) + departed(q_final**2)
    zz = rows * z_sum**2 - 2 * z_sum * z_rows + present(z_first**2) + departed(z_final**2)
    qz = rows * q_sum * z_sum - q_sum * z_rows - z_sum * q_rows
    qz += present(q_first * z_first) + departed(q_final * z_final)
    return zz - 2 * incidence * qz + incidence**2 * qq


def _running(values: Floats | Integers, counts: EventCounts) -> Floats:
    """Cumulative sum within each group."""
    total = np.empty(len(values))
    for part in counts.stretches:
        np.cumsum(values[part], out=total[part])
    return total
