r"""
Infinitesimal jackknife variance of a cumulative incidence, in time linear in the rows.

One row more or less moves :math:`F_k(t)` by :math:`Z_i(t) - F_k(t) Q_i(t)`, where

.. math::
    dQ_i = \frac{dN_i - Y_i dN/Y}{Y - dN}, \quad
    dZ_i = F_k dQ_i + S(t-) \frac{dN_{ik} - Y_i dN_k/Y}{Y}

(integration by parts of the derivative of the Aalen-Johansen product). The variance is the sum of
squares over rows, or over clusters of the weighted sum of their rows. While a row is at risk, Q
and Z are differences of two running sums q and z that are the same for all; once it has left they
are constants. So those of a cluster are :math:`\alpha + \beta q(t)` and :math:`\gamma + \beta z(t)`
with coefficients that change only when one of its rows enters or leaves, and the sum of squares
over clusters needs only the six sums of their products, never a matrix of clusters by times. Equal
to R's survfit, which builds that matrix (survival, Therneau; tests/golden/curves.R).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from cws_outcomes.estimators.codes import Codes
from cws_outcomes.estimators.compiled import compiled
from cws_outcomes.estimators.counted import Counted, by_group, stretches
from cws_outcomes.estimators.inputs import Floats, Integers

BLOCK = 2**18  # cells whose entries and exits are sorted at once


@dataclass(frozen=True, eq=False)
class Influence:
    """
    What one row does to one cause's incidence: steps of Q and Z for all, jumps for who leaves.

    Attributes
    ----------
    q_step, z_step : (times,) floats
        What every row at risk loses at each grid time.
    q_jump, z_jump : (times, 1 + causes) floats
        What a row gains that ends there censored (nothing), or with each cause.
    """

    counted: Counted
    incidence: Floats
    q_step: Floats
    z_step: Floats
    q_jump: Floats
    z_jump: Floats


def influence(counted: Counted, cause: int, before: Floats, incidence: Floats) -> Influence:
    """
    Set up the influence of rows on one cause.

    Parameters
    ----------
    counted : Counted
    cause : int
        Column of ``counted.events``; -1 for all causes together.
    before, incidence : (times,) floats
        S(t-) and F(t) of that cause.
    """
    at_risk, leaving = counted.at_risk, counted.any_events
    events = leaving if cause < 0 else counted.events[:, cause]
    left = np.where(counted.emptied, 0.0, at_risk - leaving)
    # Where all at risk leave at once S is zero for good, and any increment of Q cancels out.
    inverse = np.where(left > 0, 1 / np.where(left > 0, left, 1.0), 0.0)
    q_step = leaving / at_risk * inverse
    z_step = incidence * q_step + before * events / at_risk**2
    q_jump, z_jump = np.zeros((2, counted.size, 1 + len(counted.causes)))
    q_jump[:, 1:] = inverse[:, None]
    z_jump[:, 1:] = (incidence * inverse)[:, None]
    z_jump[:, slice(1, None) if cause < 0 else [cause + 1]] += (before / at_risk)[:, None]
    return Influence(counted, incidence, q_step, z_step, q_jump, z_jump)


def variance(row: Influence) -> Floats:
    """Variance of the incidence at each grid time."""
    counted, group = row.counted, row.counted.group
    q, z = by_group(row.q_step, group), by_group(row.z_step, group)
    products = np.zeros((counted.size, 6))
    sums = np.stack([q - row.q_step, q, z - row.z_step, z])
    for part in _blocks(counted.unit, len(counted.first)):
        spans = np.flatnonzero(counted.first[part] < counted.last[part]) + part.start
        first, end, cause = counted.first[spans], counted.last[spans] - 1, counted.cause[spans]
        many = len(spans)
        if counted.unit is None:  # each row a unit: a cell stands for rows that do the same
            unit = np.arange(many, dtype=np.int32)
            weight, rows = np.ones(many), counted.squares[spans]
            order = np.arange(2 * many).reshape(2, many).T.ravel()
        else:
            unit, weight, rows = counted.unit[spans], counted.weight[spans], np.ones(many)
            moments = unit.astype(np.int64) * counted.size
            order = np.argsort(np.concatenate([moments + first, moments + end]), kind="stable")
        _add_products(order, unit, first, end, cause, weight, rows, sums, row.q_jump, row.z_jump,
                      products)  # fmt: skip
    for part in stretches(group):
        _accumulate(products[part])
    aa, ab, bb, ag, bg, gg = products.T
    qq = aa + 2 * q * ab + q * q * bb
    qz = ag + q * bg + z * ab + q * z * bb
    zz = gg + 2 * z * bg + z * z * bb
    f = row.incidence
    return np.maximum(zz - 2 * f * qz + f * f * qq, 0.0)


def _blocks(unit: Codes | None, cells: int) -> Iterator[slice]:
    """Stretches of cells that end where a unit does, so that sorting them takes little memory."""
    edges = np.arange(0, cells, BLOCK)
    if unit is not None:
        edges = np.unique(np.searchsorted(unit, unit[edges]))
    for begin, after in pairwise([*edges.tolist(), cells]):
        yield slice(begin, after)


@compiled
def _add_products(
    order: Integers, unit: Codes, first: Codes, end: Codes, cause: Codes, weight: Floats,
    rows: Floats, sums: Floats, q_jump: Floats, z_jump: Floats, products: Floats,
) -> None:  # fmt: skip
    """
    Add to each grid time by how much the products of a unit's coefficients change there.

    ``order`` numbers the entries of all cells, then their exits, unit by unit in order of time.
    """
    many, last = len(first), -1
    alpha, beta, gamma = 0.0, 0.0, 0.0
    for change in order:
        cell = change % many
        if unit[cell] != last:
            alpha, beta, gamma = 0.0, 0.0, 0.0
            last = unit[cell]
        if change < many:
            at, joins = first[cell], -1.0
            q_move, z_move = sums[0, at], sums[2, at]
        else:
            at, joins = end[cell], 1.0
            q_move = q_jump[at, cause[cell]] - sums[1, at]
            z_move = z_jump[at, cause[cell]] - sums[3, at]
        for sign in (-1.0, 1.0):
            times = sign * rows[cell]
            products[at, 0] += times * alpha * alpha
            products[at, 1] += times * alpha * beta
            products[at, 2] += times * beta * beta
            products[at, 3] += times * alpha * gamma
            products[at, 4] += times * beta * gamma
            products[at, 5] += times * gamma * gamma
            if sign < 0:
                alpha += weight[cell] * q_move
                beta += weight[cell] * joins
                gamma += weight[cell] * z_move


@compiled
def _accumulate(values: Floats) -> None:
    """Cumulative sums of columns in place, with what rounding lost carried along (Neumaier)."""
    for column in range(values.shape[1]):
        total, lost = 0.0, 0.0
        for row in range(values.shape[0]):
            value = values[row, column]
            after = total + value
            if abs(total) >= abs(value):
                lost += (total - after) + value
            else:
                lost += (value - after) + total
            total = after
            values[row, column] = total + lost


def lost_time(row: Influence, until: float, factor: Floats) -> Floats:
    r"""
    Influence of each cell on the restricted mean time lost, :math:`\int_0^\tau F_k(u) du`.

    Parameters
    ----------
    row : Influence
    until : float
        The end of the integral.
    factor : (times,) floats
        :math:`\int_t^\tau F_k(u) du` at each grid time, zero beyond tau.

    Returns
    -------
    (cells,) floats
        Of one row of each cell, on its own group's curve.
    """
    counted = row.counted
    ahead = np.maximum(until - counted.time, 0.0)
    step = ahead * row.z_step - factor * row.q_step
    lost = by_group(step, counted.group)
    first, end = np.minimum(counted.first, counted.size - 1), np.maximum(counted.end, 0)
    jump = ahead[:, None] * row.z_jump - factor[:, None] * row.q_jump
    total = (lost - step)[first] - lost[end] + jump[end, counted.cause]
    return np.where(counted.first < counted.last, total, 0.0)
