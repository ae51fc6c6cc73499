r"""
Laplace likelihood of a generalised linear mixed model with any number of grouping factors.

For :math:`\eta = X\beta + Z \Lambda u` with :math:`u \sim N(0, I)` the integral over u is replaced
by the height and curvature of its integrand at the mode (Breslow and Clayton 1993; Bates et al.,
``glmer`` with nAGQ = 1; Kristensen et al. 2016, TMB):

.. math:: \ell = \log p(y \mid \hat u) - \hat u'\hat u / 2 - \log|\Lambda'Z'WZ\Lambda + I| / 2

with W the curvature of each row. The mode is found anew at every set of parameters: fixing the
fixed effects at the mode as well, as nAGQ = 0 does, biases the estimates. The gradient is exact:
it follows the mode.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from cws_outcomes.estimators import row_loops
from cws_outcomes.estimators.compiled import in_parts
from cws_outcomes.estimators.design import Design
from cws_outcomes.estimators.elimination import (
    Factor,
    blocks,
    factorise,
    scaled,
    to_levels,
    to_runs,
)
from cws_outcomes.estimators.errors import EstimationError
from cws_outcomes.estimators.grouping import Grouping
from cws_outcomes.estimators.inputs import Floats
from cws_outcomes.estimators.responses import Gammas, heights

MOST_STEPS = 100
# Twice the gain that the last Newton step towards the mode may still promise.
ARRIVED = 1e-18
ROUNDING = 1e-9
LEAST_SHARE = 1e-9  # of a Newton step


@dataclass(frozen=True, eq=False)
class Rows:
    """
    Rows, or cells of equal rows, sorted by run.

    Attributes
    ----------
    kind : int
        Of the response.
    y, size : (rows,) floats
        Outcome, and trials, exposure or copies.
    shift : (rows,) floats, optional
        Added to the linear predictor.
    columns : Design
        Fixed effects.
    groups : Grouping
        Random effects.
    slopes : (columns of z - 1, rows) floats
        Covariates whose slope varies.
    """

    kind: int
    y: Floats
    size: Floats
    shift: Floats | None
    columns: Design
    groups: Grouping
    slopes: Floats

    def predictor(self, beta: Floats) -> Floats:
        """Linear predictor of the fixed effects and the offset."""
        eta = self.columns.predictor(beta)
        return eta if self.shift is None else eta + self.shift


@dataclass(frozen=True, eq=False)
class Mode:
    """The most likely effects at some parameters, and what the rows say there."""

    effects: Floats
    height: float
    score: Floats
    weights: Floats
    factor: Factor
    fixed: Floats
    by_run: Floats


class Laplace:
    """
    Log-likelihood at (beta, theta), and log of the dispersion for the negative binomial.

    Parameters
    ----------
    rows : Rows
        Sorted by run.
    """

    def __init__(self, rows: Rows) -> None:
        self.rows, self.groups = rows, rows.groups
        self.terms = len(rows.columns.terms)
        self.parts = _by_run(rows)
        self._effects = np.zeros(self.groups.effects)  # of the last search: a good beginning
        self.dispersed = rows.kind == row_loops.NEGATIVE_BINOMIAL
        self.gammas = Gammas(rows.y, rows.size) if self.dispersed else None

    def split(self, parameters: Floats) -> tuple[Floats, Floats, float]:
        """Return beta, the scales of the factors and the dispersion."""
        thetas = slice(self.terms, self.terms + self.groups.thetas)
        dispersion = float(np.exp(min(parameters[-1], 500.0))) if self.dispersed else 1.0
        return parameters[: self.terms], self.groups.scales(parameters[thetas]), dispersion

    def working(self, parameters: Floats) -> tuple[Floats, Floats]:
        """Return the working response and weights at the mode, without the offset."""
        mode, dispersion = self.mode(parameters), self.split(parameters)[2]
        rows = self.rows
        eta = mode.fixed + _along(rows, mode.by_run)
        _, slope, curvature = heights(
            rows.kind, rows.y, rows.size, eta, dispersion, rows.columns.parts, rows.columns.threads
        )
        curvature = np.maximum(curvature, 1e-12)
        response = eta + slope / curvature
        return (response if rows.shift is None else response - rows.shift), curvature

    def evaluate(self, parameters: Floats) -> tuple[float, Floats]:
        """Return the Laplace log-likelihood and its gradient."""
        mode = self.mode(parameters)
        _, scales, dispersion = self.split(parameters)
        rows, groups = self.rows, self.groups
        value = mode.height - mode.factor.log_determinant / 2
        spread, slopes = mode.factor.inverse().by_run(mode.weights)
        both, curvature = np.empty((2, len(rows.y)))
        # Sums by run: what moves log|M|, what moves the slopes with log theta, and the direct part.
        pulls, turns = np.zeros((2, *mode.score.shape))
        direct = np.zeros(len(mode.score))

        def lean(runs: tuple[int, int]) -> None:
            row_loops.lean(
                rows.kind, rows.y, rows.size, mode.fixed, rows.slopes, mode.by_run,
                groups.starts, dispersion, *runs, spread, both, curvature, pulls, turns, direct,
            )  # fmt: skip

        in_parts(lean, self.parts, rows.columns.threads)
        right = scaled(groups, scales, to_levels(groups, pulls[:, :, None]), transposed=True)
        answer = mode.factor.solve(right)
        along = to_runs(groups, scales, answer)[:, :, 0]
        left = np.zeros_like(mode.score)

        def finish(runs: tuple[int, int]) -> None:
            row_loops.finish(both, curvature, rows.slopes, along, groups.starts, *runs, left)

        in_parts(finish, self.parts, rows.columns.threads)
        beta = rows.columns.project(both)
        theta = self._scale_slopes(left, mode.effects[:, None]) - slopes
        theta += self._scale_slopes(mode.score, answer)
        gradient = np.concatenate([beta, groups.thetas_of(theta)])
        if self.gammas is not None:
            added, slope = self.gammas.at(dispersion)
            last = np.sum(direct) + np.sum(along * turns) + slope
            value, gradient = value + added, np.append(gradient, last)
        return float(value), gradient

    def _scale_slopes(self, by_run: Floats, effects: Floats) -> Floats:
        groups = self.groups
        outer = to_levels(groups, by_run[:, :, None])
        total = np.zeros((len(groups.names), *([groups.places.shape[1]] * 2)))
        for factor, width in enumerate(groups.widths):
            left, right = groups.of(outer, factor), groups.of(effects, factor)
            total[factor, :width, :width] = left[:, :, 0].T @ right[:, :, 0]
        return total

    def mode(self, parameters: Floats) -> Mode:
        """
        Find the most likely effects, from those of the last parameters or, if need be, from zero.

        Raises
        ------
        EstimationError
            Not found: the parameters are out of all reason.
        """
        beta, scales, dispersion = self.split(parameters)
        fixed = self.rows.predictor(beta)
        for effects in (self._effects, np.zeros_like(self._effects)):
            found = self._search(fixed, scales, dispersion, effects)
            if found is not None:
                self._effects = found.effects
                return found
        raise EstimationError("the effects of the groups could not be located")

    def _search(
        self, fixed: Floats, scales: Floats, dispersion: float, effects: Floats
    ) -> Mode | None:
        """Newton's method; the integrand is log-concave, so a step that gains too little is cut."""
        groups, last = self.groups, np.inf
        height, score, weights, by_run = self._integrand(fixed, scales, dispersion, effects)
        for _ in range(MOST_STEPS):
            if not (np.isfinite(height) and np.all(np.isfinite(weights))):
                return None
            factor = factorise(groups, blocks(groups, weights), scales)
            slope = to_levels(groups, score[:, :, None])
            right = scaled(groups, scales, slope, transposed=True)[:, 0] - effects
            step = factor.solve(right[:, None])[:, 0]
            left = float(np.sum(step * right))
            # Newton's steps square what is left, until they meet the rounding of the sums.
            if left < ARRIVED * (1 + abs(height) * 1e-6) or (left < ROUNDING and left > last / 4):
                return Mode(effects, height, score, weights, factor, fixed, by_run)
            last, share = left, 1.0
            while share > LEAST_SHARE:
                found = self._integrand(fixed, scales, dispersion, effects + share * step)
                if found[0] >= height + 1e-4 * share * left - 1e-12 * (1 + abs(height)):
                    break
                share /= 2
            effects = effects + share * step
            height, score, weights, by_run = found
        return None

    def _integrand(
        self, fixed: Floats, scales: Floats, dispersion: float, effects: Floats
    ) -> tuple[float, Floats, Floats, Floats]:
        """Log integrand, and by run the slopes, curvatures and effects on the columns of z."""
        groups, rows = self.groups, self.rows
        by_run = to_runs(groups, scales, effects[:, None])[:, :, 0]
        runs, dimension = by_run.shape
        value, score = np.empty(runs), np.zeros((runs, dimension))
        weights = np.zeros((runs, dimension, dimension))

        def part(those: tuple[int, int]) -> None:
            row_loops.integrand(
                rows.kind, rows.y, rows.size, fixed, rows.slopes, by_run, groups.starts,
                dispersion, *those, value, score, weights,
            )  # fmt: skip

        in_parts(part, self.parts, rows.columns.threads)
        return float(np.sum(value) - np.sum(effects**2) / 2), score, weights, by_run


def _by_run(rows: Rows) -> list[tuple[int, int]]:
    """The parts of the rows, as parts of the runs."""
    edges = [first for first, _ in rows.columns.parts] + [rows.columns.parts[-1][1]]
    runs: list[int] = np.searchsorted(rows.groups.starts, edges).tolist()
    return list(pairwise(runs))


def _along(rows: Rows, by_run: Floats) -> Floats:
    """What the random effects add to the linear predictor of each row."""
    effects = np.repeat(by_run, np.diff(rows.groups.starts), axis=0)
    return np.asarray(effects[:, 0] + np.sum(effects[:, 1:] * rows.slopes.T, axis=1))
