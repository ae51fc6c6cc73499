r"""
Adaptive Gauss-Hermite quadrature for one grouping factor with an intercept.

Each group's integral is a weighted sum of its integrand at points centred on the mode and spread
by the curvature there: Pinheiro and Bates (1995), J. Comput. Graph. Stat. 4, 12-35; one point is
the Laplace approximation. The gradient is that of the integrals, by the same points: it differs
from that of their approximation as little as the approximation from the integral.
"""

import numpy as np

from cws_outcomes.estimators import row_loops
from cws_outcomes.estimators.compiled import in_parts
from cws_outcomes.estimators.inputs import Floats
from cws_outcomes.estimators.laplace import Laplace, Mode, Rows


class Quadrature(Laplace):
    """
    As ``Laplace``, with a number of points.

    Parameters
    ----------
    rows : Rows
        Of one factor, without slopes.
    points : int
        Two or more.
    """

    def __init__(self, rows: Rows, points: int) -> None:
        super().__init__(rows)
        self.points, weights = np.polynomial.hermite.hermgauss(points)
        self.log_weights = np.log(weights) + self.points**2 - np.log(np.pi) / 2

    def evaluate(self, parameters: Floats) -> tuple[float, Floats]:
        """Return the log-likelihood and its gradient."""
        mode = self.mode(parameters)
        sigma, dispersion = parameters[self.terms], self.split(parameters)[2]
        places, logs = self._places(mode)
        heights, scores, directs = self._at_points(mode, places * sigma, dispersion)
        logs = logs + heights - places**2 / 2
        top = logs.max(axis=1, keepdims=True)
        shares = np.exp(logs - top)
        total = shares.sum(axis=1, keepdims=True)
        shares /= total
        value = float(np.sum(top + np.log(total)))
        rows = self.rows
        slope = np.empty(len(rows.y))

        def part(runs: tuple[int, int]) -> None:
            row_loops.mean_slope(
                rows.kind, rows.y, rows.size, mode.fixed, self.groups.starts, dispersion,
                *runs, places * sigma, shares, slope,
            )  # fmt: skip

        in_parts(part, self.parts, rows.columns.threads)
        gradient = np.append(rows.columns.project(slope), np.sum(shares * scores * places))
        if self.gammas is not None:
            added, last = self.gammas.at(dispersion)
            value, gradient = value + added, np.append(gradient, last + np.sum(shares * directs))
        return value, gradient

    def _places(self, mode: Mode) -> tuple[Floats, Floats]:
        """Points of each group in units of the standard deviation, and their log weights."""
        root = mode.factor.own[:, 0, :]  # square root of the curvature at the mode
        places = mode.effects[:, None] + np.sqrt(2) * self.points / root
        return places, self.log_weights - np.log(root)

    def _at_points(self, mode: Mode, effects: Floats, dispersion: float) -> tuple[Floats, ...]:
        """Height and slopes of each group's rows at each of its points."""
        rows = self.rows
        heights, scores, directs = np.zeros((3, *effects.shape))

        def part(runs: tuple[int, int]) -> None:
            row_loops.at_points(
                rows.kind, rows.y, rows.size, mode.fixed, self.groups.starts, dispersion,
                *runs, effects, heights, scores, directs,
            )  # fmt: skip

        in_parts(part, self.parts, rows.columns.threads)
        return heights, scores, directs
