"""The likelihood of a generalised linear model and its derivatives."""

from collections.abc import Callable

import numpy as np

from cws_outcomes.estimators.design import Design
from cws_outcomes.estimators.inputs import Floats, Integers
from cws_outcomes.estimators.newton import Evaluation
from cws_outcomes.estimators.products import product_of
from cws_outcomes.estimators.responses import heights

# exp() of more is not a mean that anybody has observed.
TOO_FAR = 500.0


class Regression:
    """
    A log-likelihood of coefficients of standardised terms.

    Parameters
    ----------
    design : Design
    kind : int
        Of the response.
    y, size : (rows,) floats
        Outcome, and trials or exposure; both times the weight.
    shift : (rows,) floats, optional
        Added to the linear predictor.
    """

    def __init__(
        self, design: Design, kind: int, y: Floats, size: Floats, shift: Floats | None = None
    ) -> None:
        self.design, self.kind, self.y, self.size, self.shift = design, kind, y, size, shift

    def evaluate(self, beta: Floats) -> Evaluation:
        """Value, score and information; a value of -inf where a mean would overflow."""
        eta = self.predictor(beta)
        if not np.max(np.abs(eta)) < TOO_FAR:
            return Evaluation(-np.inf, np.zeros(len(beta)), np.zeros((len(beta), len(beta))))
        value, slope, curvature = self.heights(eta, self.y, self.size)
        score = self.design.project(slope)
        return Evaluation(float(np.sum(value)), score, self.design.gram(curvature))

    def predictor(self, beta: Floats) -> Floats:
        """Linear predictor of each row."""
        eta = self.design.predictor(beta)
        return eta if self.shift is None else eta + self.shift

    def heights(self, eta: Floats, y: Floats, size: Floats) -> tuple[Floats, Floats, Floats]:
        """Value, slope and curvature of each row, with these outcomes."""
        design = self.design
        return heights(self.kind, y, size, eta, parts=design.parts, threads=design.threads)

    def expected(self, beta: Floats, mean: Callable[[Floats], Floats]) -> Floats:
        """Expected information, which R's ``glm`` inverts: curvatures are linear in outcomes."""
        eta = self.predictor(beta)
        return self.design.gram(self.heights(eta, self.size * mean(eta), self.size)[2])

    def by_row(self, beta: Floats, seconds: Floats) -> Floats:
        """
        Sum of outer products of the scores of rows.

        ``seconds`` are sums of their outcomes squared, outcomes times trials, and trials squared:
        a score is linear in the outcome and the trials of its row.
        """
        eta = self.predictor(beta)
        one, none = np.ones(len(eta)), np.zeros(len(eta))
        up, down = self.heights(eta, one, none)[1], self.heights(eta, none, one)[1]
        yy, y, n = seconds
        return self.design.gram(up**2 * yy + 2 * up * down * y + down**2 * n)

    def by_cluster(self, beta: Floats, cluster: Integers, clusters: int) -> Floats:
        """Sum of outer products of the scores of clusters."""
        slope = self.heights(self.predictor(beta), self.y, self.size)[1]
        scores = self.design.by_group(slope, cluster, clusters)
        return product_of(scores, scores)
