"""The likelihood of a generalised linear model and its derivatives, a block of rows at a time."""

from collections.abc import Callable
from typing import TypeVar

import numpy as np

from cws_outcomes.estimators.blocks import Columns
from cws_outcomes.estimators.compiled import compiled, in_parts
from cws_outcomes.estimators.families import Family, Slopes
from cws_outcomes.estimators.inputs import Floats, Integers
from cws_outcomes.estimators.newton import Evaluation
from cws_outcomes.estimators.outcomes import Outcomes

# exp() of more is not a mean that anybody has observed.
TOO_FAR = 500.0
Found = TypeVar("Found")


class Regression:
    """
    A log-likelihood of coefficients of standardised terms.

    Parameters
    ----------
    design : Columns
    found : Outcomes
    family : Family
    shift : (rows,) floats
        Added to the linear predictor.
    threads : int
        Most blocks at work at once.
    """

    def __init__(
        self, design: Columns, found: Outcomes, family: Family, shift: Floats, threads: int
    ) -> None:
        self.design, self.found, self.family = design, found, family
        self._shift, self._threads = shift, threads

    def evaluate(self, beta: Floats) -> Evaluation:
        """Value, score and information; a value of -inf where a mean would overflow."""

        def part(rows: slice, block: Floats, eta: Floats) -> Evaluation:
            by_row = self._slopes(eta, rows)
            score = np.einsum("tr,r->t", block, by_row.slope)
            information = (block * by_row.curvature) @ block.T
            return Evaluation(float(np.sum(by_row.value)), score, information)

        parts = self._each(beta, part)
        value = float(sum(found.value for found in parts))
        score = np.sum([found.score for found in parts], axis=0)
        return Evaluation(value, score, np.sum([found.information for found in parts], axis=0))

    def expected(self, beta: Floats) -> Floats:
        """Expected information, which R's ``glm`` inverts for its errors."""

        def part(rows: slice, block: Floats, eta: Floats) -> Floats:
            return np.asarray((block * self._slopes(eta, rows).expected) @ block.T)

        return np.asarray(np.sum(self._each(beta, part), axis=0), dtype=np.float64)

    def residual(self, beta: Floats) -> float:
        """Weighted sum of squared residuals of a Gaussian model."""
        found = self.found

        def part(rows: slice, block: Floats, eta: Floats) -> float:
            cross = found.squares[rows] - 2 * eta * found.total[rows]
            return float(np.sum(cross + eta**2 * found.weight[rows]))

        return float(sum(self._each(beta, part)))

    def by_row(self, beta: Floats) -> Floats:
        """Sum of outer products of the scores of rows."""
        seconds = self.found.seconds
        if seconds is None:
            raise ValueError("the outcomes were added up without their squares")

        def part(rows: slice, block: Floats, eta: Floats) -> Floats:
            # A score is linear in the outcome and the trials of its row.
            one, none = np.ones(len(eta)), np.zeros(len(eta))
            up, down = (self.family.slopes(eta, *ends).slope for ends in ((one, none), (none, one)))
            yy, y, n = seconds[:, rows]
            return np.asarray((block * (up**2 * yy + 2 * up * down * y + down**2 * n)) @ block.T)

        return np.asarray(np.sum(self._each(beta, part), axis=0), dtype=np.float64)

    def by_cluster(self, beta: Floats, cluster: Integers, clusters: int) -> Floats:
        """Sum of outer products of the scores of clusters."""
        scores = np.zeros((clusters, len(beta)))
        for rows in self.design.blocks():
            block = self.design.block(rows)
            by_row = self._slopes(self._predictor(beta, rows, block), rows)
            _add_scores(cluster[rows], by_row.slope, block, scores)
        step = self.design.block_rows
        parts = [scores[begin : begin + step] for begin in range(0, clusters, step)]
        return np.asarray(np.sum([own.T @ own for own in parts], axis=0), dtype=np.float64)

    def _each(self, beta: Floats, part: Callable[[slice, Floats, Floats], Found]) -> list[Found]:
        def work(rows: slice) -> Found:
            block = self.design.block(rows)
            return part(rows, block, self._predictor(beta, rows, block))

        return in_parts(work, self.design.blocks(), self._threads)

    def _predictor(self, beta: Floats, rows: slice, block: Floats) -> Floats:
        return np.asarray(np.einsum("tr,t->r", block, beta) + self._shift[rows])

    def _slopes(self, eta: Floats, rows: slice) -> Slopes:
        if not np.max(np.abs(eta)) < TOO_FAR:
            flat = np.zeros(len(eta))
            return Slopes(np.full(len(eta), -np.inf), flat, flat, flat)
        return self.family.slopes(eta, self.found.total[rows], self.found.weight[rows])


@compiled
def _add_scores(cluster: Integers, slope: Floats, block: Floats, scores: Floats) -> None:
    for row in range(len(cluster)):
        for term in range(block.shape[0]):
            scores[cluster[row], term] += slope[row] * block[term, row]
