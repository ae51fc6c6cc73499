"""The middle of the robust variance of Lin and Wei: squares of the scores of clusters."""

import numpy as np

from cws_outcomes.estimators import score_sums
from cws_outcomes.estimators.codes import Codes, in_order
from cws_outcomes.estimators.compiled import in_parts
from cws_outcomes.estimators.inputs import Floats
from cws_outcomes.estimators.partial_likelihood import PartialLikelihood, State, of_terms
from cws_outcomes.estimators.parts import FEWEST_ROWS, even_parts
from cws_outcomes.estimators.products import ONE_THREAD, cross_product

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
    width, rows = state.total.shape[1], len(cluster)
    own = likelihood.rows, likelihood.passing(state), state.risk, likelihood.drifts(state)
    every = np.arange(rows, dtype=np.int32)

    def of_rows(part: tuple[int, int]) -> Floats:
        scores = np.zeros((clusters, width))
        score_sums.add_scores(*own, every, *part, cluster, 0, scores)
        return scores

    # Few clusters have a table of their own, to which rows add as they come; of many, some at a
    # time are summed, which takes their rows from here and there.
    if clusters * ROWS_A_CLUSTER <= rows:
        tables = in_parts(of_rows, even_parts(rows, FEWEST_ROWS), likelihood.threads)
        return of_terms(cross_product(np.sum(tables, axis=0), np.ones(clusters)))
    order, begins = in_order(cluster, clusters)
    block = max(1, ONE_THREAD // (width * width + 1))

    def of_clusters(part: tuple[int, int]) -> Floats:
        squares = np.zeros((width, width))
        for low in range(*part, block):
            high = min(low + block, part[1])
            scores = np.zeros((high - low, width))
            score_sums.add_scores(*own, order, begins[low], begins[high], cluster, low, scores)
            squares += scores.T @ scores
        return squares

    squares = in_parts(of_clusters, even_parts(clusters, 2**5), likelihood.threads)
    return of_terms(np.sum(squares, axis=0))
