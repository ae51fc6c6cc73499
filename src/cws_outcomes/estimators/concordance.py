r"""
Harrell's C: of two rows compared at an event, has the one with the event the higher predictor?

Pairs are an event and a row of its stratum at risk at its time without an event then; a pair counts
the product of its case weights, and half where the predictors tie. Counted in O(n log n) with a
binary indexed tree over ranks of the predictor. The error is the infinitesimal jackknife, summed in
clusters if the model has them (as ``concordance`` of R's survival).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cws_outcomes.estimators import inputs
from cws_outcomes.estimators.codes import Begins, Codes, combined
from cws_outcomes.estimators.compiled import compiled
from cws_outcomes.estimators.cox_question import Question, prepare
from cws_outcomes.estimators.errors import EstimationError
from cws_outcomes.estimators.inputs import Floats
from cws_outcomes.estimators.ordering import in_order
from cws_outcomes.estimators.risk_sums import Rows


@dataclass(frozen=True)
class Concordance:
    """
    Share of comparable pairs that the linear predictor orders rightly.

    Attributes
    ----------
    estimate, std_error : float
        0.5 for a predictor that knows nothing, 1 for one that knows all.
    concordant, discordant, tied : float
        Weighted pairs; ``tied`` in the predictor.
    """

    estimate: float
    std_error: float
    concordant: float
    discordant: float
    tied: float


def concordance(question: Question, estimate: Floats) -> Concordance:
    """
    Count pairs at the estimates; see `CoxFit.concordance`.

    Raises
    ------
    EstimationError
        A Fine-Gray model, whose rows are at risk by halves; or no comparable pair.
    """
    if question.cause is not None:
        raise EstimationError("concordance is defined for Cox models only")
    prepared = prepare(question)
    likelihood = prepared.likelihood
    rows, grid = likelihood.rows, likelihood.grid
    eta = likelihood.predictor(estimate)
    stratum = grid.stratum()[rows.at]
    rank = _ranks(eta, stratum)
    leaving = in_order(rows.at, len(grid.time))
    entering = in_order(rows.before, len(grid.time))
    pairs, met = np.zeros((2, len(rows.at), 3))
    _against_rows(rows, rank, grid.begins, *leaving, *entering, pairs)
    total = np.sum(rows.weight[:, None] * pairs, axis=0)
    _against_events(rows, rank, grid.begins, *leaving, *entering, met)
    pairs += met[:, [1, 0, 2]]  # the lower predictor is right where the other had the event
    count = float(np.sum(total))
    if count == 0:
        raise EstimationError("concordance: no pair of rows can be compared")
    somers = float(total[0] - total[1]) / count
    moved = rows.weight * (pairs[:, 0] - pairs[:, 1] - somers * pairs.sum(axis=1)) / count
    names = inputs.as_names(question.cluster)
    if names:
        codes, _ = combined(question.frame.select(names).get_columns())
        moved = np.bincount(codes[prepared.kept], moved)
    error = float(np.sqrt(np.sum(moved**2))) / 2
    return Concordance((somers + 1) / 2, error, *(float(pair) for pair in total))


def _ranks(eta: Floats, stratum: Codes) -> Codes:
    """Dense ranks of the predictor within each stratum, from 1."""
    order = np.lexsort((eta, stratum))
    new = np.ones(len(order), dtype=np.intp)
    new[1:] = (np.diff(eta[order]) != 0) | (np.diff(stratum[order]) != 0)
    rank = np.cumsum(new)
    first = np.flatnonzero(np.append(True, np.diff(stratum[order]) != 0))
    sizes = np.diff(np.append(first, len(order)))
    ranks = np.empty(len(order), dtype=np.int32)
    ranks[order] = rank - np.repeat(rank[first] - 1, sizes)
    return ranks


@compiled
def _plant(tree: Floats, rank: int, weight: float) -> None:
    while rank < len(tree):
        tree[rank] += weight
        rank += rank & -rank


@compiled
def _up_to(tree: Floats, rank: int) -> float:
    total = 0.0
    while rank > 0:
        total += tree[rank]
        rank -= rank & -rank
    return total


@compiled
def _largest(rank: Codes, order: Codes, low: int, high: int) -> int:
    most = 0
    for place in range(low, high):
        most = max(most, rank[order[place]])
    return most


@compiled
def _plant_those(
    tree: Floats, rows: Rows, rank: Codes, leaving: Codes, low: int, high: int, with_event: bool
) -> float:
    """Plant the rows with an event, or those without; returns their weight."""
    total = 0.0
    for place in range(low, high):
        row = leaving[place]
        if (rows.tied[row] >= 0) == with_event:
            _plant(tree, rank[row], rows.weight[row])
            total += rows.weight[row]
    return total


@compiled
def _meet_those(
    tree: Floats, total: float, rows: Rows, rank: Codes, leaving: Codes, low: int, high: int,
    with_event: bool, pairs: Floats,
) -> None:  # fmt: skip
    """Count what was planted against the rows with an event, or those without."""
    for place in range(low, high):
        row = leaving[place]
        if (rows.tied[row] >= 0) == with_event:
            _meet(tree, total, rank[row], 1.0, pairs[row])


@compiled
def _meet(tree: Floats, total: float, rank: int, sign: float, pairs: Floats) -> None:
    """Add the weight of what has a lower, a higher and an equal rank."""
    below = _up_to(tree, rank - 1)
    equal = _up_to(tree, rank) - below
    pairs[0] += sign * below
    pairs[1] += sign * (total - below - equal)
    pairs[2] += sign * equal


@compiled
def _against_rows(
    rows: Rows, rank: Codes, grid_begins: Begins, leaving: Codes, left: NDArray[np.int64],
    entering: Codes, entered: NDArray[np.int64], pairs: Floats,
) -> None:  # fmt: skip
    """Backwards in time: for each event, the rows at risk with a lower, higher, equal predictor."""
    for stratum in range(len(grid_begins) - 1):
        first, after = grid_begins[stratum], grid_begins[stratum + 1]
        tree = np.zeros(1 + _largest(rank, leaving, left[first], left[after]))
        total = 0.0
        for time in range(after - 1, first - 1, -1):
            low, high = left[time], left[time + 1]
            for place in range(entered[time], entered[time + 1]):
                row = entering[place]
                _plant(tree, rank[row], -rows.weight[row])
                total -= rows.weight[row]
            total += _plant_those(tree, rows, rank, leaving, low, high, False)
            _meet_those(tree, total, rows, rank, leaving, low, high, True, pairs)
            total += _plant_those(tree, rows, rank, leaving, low, high, True)


@compiled
def _against_events(
    rows: Rows, rank: Codes, grid_begins: Begins, leaving: Codes, left: NDArray[np.int64],
    entering: Codes, entered: NDArray[np.int64], pairs: Floats,
) -> None:  # fmt: skip
    """Forwards in time: for each row, the events that it met at risk without its own."""
    for stratum in range(len(grid_begins) - 1):
        first, after = grid_begins[stratum], grid_begins[stratum + 1]
        tree = np.zeros(1 + _largest(rank, leaving, left[first], left[after]))
        total = 0.0
        for time in range(first, after):
            low, high = left[time], left[time + 1]
            _meet_those(tree, total, rows, rank, leaving, low, high, True, pairs)
            total += _plant_those(tree, rows, rank, leaving, low, high, True)
            _meet_those(tree, total, rows, rank, leaving, low, high, False, pairs)
            # Rows that enter after this time have not met the events up to it.
            for place in range(entered[time], entered[time + 1]):
                row = entering[place]
                _meet(tree, total, rank[row], -1.0, pairs[row])
