r"""
Cox's partial likelihood on (start, stop] rows, from running sums over event times.

With risk :math:`r_i = w_i \exp(x_i\beta)`, tied events share one mean weight :math:`m` and Efron
(1977) lets the l-th of d tied events see a fraction :math:`f = l/d` of them as gone:

.. math:: \ell = \sum_{events} w_i x_i\beta - \sum_{steps} m \log(S_0 - f D_0)

where :math:`S` sums over the risk set and :math:`D` over the tied events. The squares of the
Hessian need no sum over risk sets: a row enters it with :math:`r_i` times the hazard that passes
while it is at risk, so the whole is one weighted cross-product of the rows. Score residuals,
and with them the robust variance of Lin and Wei (1989), come from the same running sums.
Checked in ``tests/golden`` against coxph of R's survival.
"""

from typing import NamedTuple

import numpy as np
from scipy import sparse

from cws_outcomes.estimators.inputs import Flags, Floats, Integers
from cws_outcomes.estimators.newton import Evaluation
from cws_outcomes.estimators.products import cross_product, predictor
from cws_outcomes.estimators.risk_sets import RiskSets


class _State(NamedTuple):
    """What every quantity below is made of, at one vector of coefficients."""

    eta: Floats  # (rows,) linear predictor
    risk: Floats  # (rows,) weight times exp(eta)
    left: Floats  # (steps,) risk still there: S0 - f D0
    means: Floats  # (steps, terms) mean covariates of those still there
    hazard: Floats  # (steps,) m / left


class PartialLikelihood:
    """
    The log partial likelihood of rows that are at risk at one event time or more.

    Parameters
    ----------
    sets : RiskSets
        Grid of (stratum, event time) and the stretch of each row; no row may be empty.
    matrix : (rows, terms) floats
        Covariates, centred: exp() is taken of their combinations.
    event : (rows,) booleans
        Whether the row ends with the event.
    weights : (rows,) floats
        Case weights.
    efron : bool
        Efron's treatment of ties, else Breslow's.
    """

    def __init__(
        self, sets: RiskSets, matrix: Floats, event: Flags, weights: Floats, *, efron: bool
    ) -> None:
        self._sets, self._matrix, self._weights = sets, matrix, weights
        self._flow = sets.flow()
        self._signs = self._flow.data.copy()
        places = np.flatnonzero(event)
        # Events in the order of the grid: one step of the likelihood each.
        self._events = places[np.argsort(sets.last[places], kind="stable")]
        self._at = sets.last[self._events] - 1
        tied = np.bincount(self._at, minlength=sets.size)
        begins = np.cumsum(tied) - tied
        order = np.arange(len(self._at)) - begins[self._at]
        self._gone = order / tied[self._at] if efron else np.zeros(len(self._at))
        shared = np.bincount(self._at, weights[self._events], sets.size)
        self._mean_weight = shared[self._at] / tied[self._at]
        self._share = 1 / tied[self._at]
        self._event_matrix = matrix[self._events]

    def evaluate(self, beta: Floats) -> Evaluation:
        """Return log-likelihood, score and information; a value of -inf if exp() overflows."""
        state = self._state(beta)
        if state is None:
            return Evaluation(-np.inf, np.zeros(len(beta)), np.eye(len(beta)))
        weights = self._weights[self._events]
        mean_weight = self._mean_weight
        value = np.sum(weights * state.eta[self._events])
        value -= np.sum(mean_weight * np.log(state.left))
        score = np.sum(weights[:, None] * self._event_matrix, axis=0)
        score -= np.sum(mean_weight[:, None] * state.means, axis=0)
        passed = state.risk * self._passed(state.hazard)
        passed[self._events] -= state.risk[self._events] * self._over_ties(
            self._gone * state.hazard
        )
        information = cross_product(self._matrix, passed)
        information -= cross_product(state.means, mean_weight)
        return Evaluation(float(value), score, information)

    def scores(self, beta: Floats, cluster: Integers, clusters: int) -> Floats:
        """
        Sum the weighted score residuals of the rows of each cluster.

        Parameters
        ----------
        beta : (terms,) floats
            Coefficients.
        cluster : (rows,) integers
            0 to ``clusters - 1``.
        clusters : int
            Number of clusters.

        Returns
        -------
        (clusters, terms) floats
            Columns sum to the score, which is zero at the maximum.
        """
        state = self._state(beta)
        if state is None:
            raise FloatingPointError("exp() overflows at these coefficients")
        events, gone = self._events, self._gone * state.hazard
        weights, risk = self._weights[events], state.risk[events]
        own = -state.risk * self._passed(state.hazard)
        own[events] += weights + risk * self._over_ties(gone)
        rows = np.arange(len(own))
        by_row = sparse.csr_array((own, (cluster, rows)), shape=(clusters, len(rows)))
        total = np.asarray(by_row @ self._matrix, dtype=np.float64)
        # Means that passed while at risk: cumulated over the grid, entered by stretch of row.
        means = np.zeros((self._sets.size + 1, len(beta)))
        means[1:] = self._by_time(state.hazard) @ state.means
        np.cumsum(means, axis=0, out=means)
        edges = np.concatenate([self._sets.last, self._sets.first])
        signed = np.concatenate([state.risk, -state.risk])
        shape = (clusters, self._sets.size + 1)
        total += sparse.csr_array((signed, (np.tile(cluster, 2), edges)), shape=shape) @ means
        shape = (clusters, self._sets.size)
        for value, step in ((weights, self._share), (risk, gone)):
            at_events = sparse.csr_array((value, (cluster[events], self._at)), shape=shape)
            total -= at_events @ (self._by_time(step) @ state.means)
        return total

    def _state(self, beta: Floats) -> _State | None:
        eta = predictor(self._matrix, beta)
        if not np.max(np.abs(eta)) < 500:
            return None
        risk = self._weights * np.exp(eta)
        self._flow.data = self._signs * risk[self._flow.indices]
        total = np.cumsum((self._flow @ np.ones(len(risk)))[::-1])[::-1]
        sums = np.cumsum((self._flow @ self._matrix)[::-1], axis=0)[::-1]
        tied = self._by_time(risk[self._events])
        left = total[self._at] - self._gone * (tied @ np.ones(len(self._at)))[self._at]
        leaving = (tied @ self._event_matrix)[self._at]
        means = (sums[self._at] - self._gone[:, None] * leaving) / left[:, None]
        return _State(eta, risk, left, means, self._mean_weight / left)

    def _by_time(self, values: Floats) -> sparse.csr_array:
        """Matrix that sums steps, each times its value, into the grid time they belong to."""
        steps = np.arange(len(self._at))
        shape = (self._sets.size, len(steps))
        return sparse.csr_array((values, (self._at, steps)), shape=shape)

    def _over_ties(self, values: Floats) -> Floats:
        """Sum of a step value over the ties of each event."""
        return np.asarray(
            np.bincount(self._at, values, self._sets.size)[self._at], dtype=np.float64
        )

    def _passed(self, hazard: Floats) -> Floats:
        """Hazard that passes while each row is at risk."""
        running = np.zeros(self._sets.size + 1)
        np.cumsum(np.bincount(self._at, hazard, self._sets.size), out=running[1:])
        return running[self._sets.last] - running[self._sets.first]
