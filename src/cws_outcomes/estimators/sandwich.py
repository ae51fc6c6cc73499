"""Scores of rows and of clusters; the middle of the robust variance of Lin and Wei."""

import numpy as np

from cws_outcomes.estimators import score_sums
from cws_outcomes.estimators.codes import Codes
from cws_outcomes.estimators.column_loops import spread
from cws_outcomes.estimators.compiled import in_parts
from cws_outcomes.estimators.inputs import Floats
from cws_outcomes.estimators.ordering import in_order
from cws_outcomes.estimators.partial_likelihood import PartialLikelihood, State, of_terms
from cws_outcomes.estimators.parts import FEWEST_ROWS, even_parts
from cws_outcomes.estimators.products import ONE_THREAD, product_of
from cws_outcomes.estimators.risk_sums import Rows
from cws_outcomes.estimators.score_sums import Drifts

ROWS_A_CLUSTER = 64  # from which on clusters count as few


def squares_of_clusters(
    likelihood: PartialLikelihood, state: State, cluster: Codes, clusters: int
) -> Floats:
    """
    Sum the score residuals in each cluster, and the squares of these sums over clusters.

    Parameters
    ----------
    likelihood, state : PartialLikelihood, State
        At the estimates.
    cluster : (rows,) integers
        0 to ``clusters - 1``.
    clusters : int
        Number of clusters.
    """
    rows, width = len(cluster), state.total.shape[1]
    own = likelihood.rows, likelihood.passing(state), state.risk, likelihood.drifts(state)
    every = np.arange(rows, dtype=np.int32)

    def of_rows(part: tuple[int, int]) -> tuple[Floats, Floats]:
        return added(likelihood, own, every, *part, cluster, 0, clusters)

    # Few clusters have a table of their own, to which rows add as they come; of many, some at a
    # time are summed, which takes their rows from here and there.
    fewest = max(FEWEST_ROWS, ROWS_A_CLUSTER * clusters)
    if fewest <= rows:
        tables = in_parts(of_rows, even_parts(rows, fewest), likelihood.threads)
        scores, by_code = tables[0]
        for more, codes in tables[1:]:
            scores += more
            by_code += codes
        spread(by_code, likelihood.by_place, scores)
        return of_terms(product_of(scores, scores))
    order, begins = in_order(cluster, clusters, likelihood.threads)
    block = max(1, ONE_THREAD // (width * width + 1))

    def of_clusters(part: tuple[int, int]) -> Floats:
        squares = np.zeros((width, width))
        for low in range(*part, block):
            high = min(low + block, part[1])
            stretch = int(begins[low]), int(begins[high])
            scores = summed(likelihood, own, order, *stretch, cluster, low, high - low)
            squares += product_of(scores, scores)
        return squares

    squares = in_parts(of_clusters, even_parts(clusters, 2**5), likelihood.threads)
    return of_terms(np.sum(squares, axis=0))


def scores_of_rows(likelihood: PartialLikelihood, state: State) -> Floats:
    """Score residual of each row, times its weight."""
    own = likelihood.rows, likelihood.passing(state), state.risk, likelihood.drifts(state)
    every = np.arange(len(state.risk), dtype=np.int32)
    scores = np.empty((len(every), state.total.shape[1]))
    for low in range(0, len(every), FEWEST_ROWS):
        high = min(low + FEWEST_ROWS, len(every))
        scores[low:high] = summed(likelihood, own, every, low, high, every, low, high - low)
    return np.asarray(scores[:, 1:])


def summed(
    likelihood: PartialLikelihood, own: tuple[Rows, Floats, Floats, Drifts], order: Codes,
    low: int, high: int, cluster: Codes, first: int, clusters: int,
) -> Floats:  # fmt: skip
    """Scores of some clusters, from ``first`` on, by the rows ``order[low:high]``."""
    scores, by_code = added(likelihood, own, order, low, high, cluster, first, clusters)
    spread(by_code, likelihood.by_place, scores)
    return scores


def added(
    likelihood: PartialLikelihood, own: tuple[Rows, Floats, Floats, Drifts], order: Codes,
    low: int, high: int, cluster: Codes, first: int, clusters: int,
) -> tuple[Floats, Floats]:  # fmt: skip
    """Return the same by column, but for what is due to the rows' own covariates: that by place."""
    places, width = likelihood.by_place.shape
    scores, by_code = np.zeros((clusters, width)), np.zeros((clusters, places))
    score_sums.add_scores(*own, order, low, high, cluster, first, scores, by_code)
    return scores, by_code
