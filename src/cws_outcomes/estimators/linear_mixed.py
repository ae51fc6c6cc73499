r"""
Linear mixed models from sums over rows, read once.

With :math:`V = I + Z \Lambda \Lambda' Z'`, every likelihood that the search asks for follows from
X'X, X'Z, Z'Z, X'y, Z'y and y'y: it costs the same for a thousand rows as for a million.
Bates, Maechler, Bolker and Walker (2015), J. Stat. Softw. 67(1), sections 3.4 (profiled ML and
REML); derivatives as in their section 2 of the same criterion, written out by factor.
"""

from dataclasses import dataclass

import numpy as np
from scipy import linalg

from cws_outcomes.estimators import column_loops
from cws_outcomes.estimators.compiled import in_parts
from cws_outcomes.estimators.design import Design
from cws_outcomes.estimators.elimination import (
    Blocks,
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
from cws_outcomes.estimators.newton import Evaluation

NEAR_SINGULAR = 1e-3


@dataclass(frozen=True, eq=False)
class Sums:
    """
    What a linear mixed model needs of its rows.

    Attributes
    ----------
    fixed : (terms + 1, terms + 1) floats
        Weighted cross-products of the covariates and, last, the outcome.
    random : (effects, terms + 1) floats
        Of the columns of Z with these.
    by_run : (runs, columns of z, columns of z) floats
        Of the columns of Z with themselves, within a run.
    """

    fixed: Floats
    random: Floats
    by_run: Floats


def sums(groups: Grouping, columns: Design, slopes: Floats, y: Floats, weights: Floats) -> Sums:
    """Add up rows, sorted by run, in one pass."""
    terms = len(columns.terms) + 1
    by_run = np.zeros((len(groups.column), groups.dimension, groups.dimension))
    random = np.zeros((groups.effects, terms))
    first_run = np.searchsorted(groups.starts, [first for first, _ in columns.parts])

    def part(place: int) -> tuple[Floats, Floats]:
        fixed, others = np.zeros((terms, terms)), np.zeros((groups.effects - groups.first, terms))
        column_loops.cross_sums(
            columns.layout, slopes, y, weights, groups.starts, groups.column, groups.widths,
            groups.places, groups.first, int(first_run[place]), *columns.parts[place],
            fixed, random, others, by_run,
        )  # fmt: skip
        return fixed, others

    added = in_parts(part, range(len(columns.parts)), columns.threads)
    random[groups.first :] = np.sum([others for _, others in added], axis=0)
    return Sums(np.sum([fixed for fixed, _ in added], axis=0), random, by_run)


@dataclass(frozen=True, eq=False)
class Solution:
    """Estimates at one theta; ``bread`` is X'V^-1X, ``rest`` what is left of y'V^-1y."""

    theta: Floats
    beta: Floats
    effects: Floats
    bread: Floats
    rest: float
    factor: Factor
    pull: Floats  # M^-1 Lambda'Z'X


class LinearMixed:
    """
    Log-likelihood of a linear mixed model, profiled over all but theta.

    Parameters
    ----------
    groups : Grouping
        Factors.
    added : Sums
        Of the rows.
    rows : float
        Number of rows.
    restricted : bool
        REML rather than ML.
    variance : float, optional
        Residual variance, when it is known; else profiled out.
    constant : float
        Added to the log-likelihood: of weights, and of the units of the covariates.
    """

    def __init__(
        self,
        groups: Grouping,
        added: Sums,
        rows: float,
        *,
        restricted: bool,
        variance: float | None = None,
        constant: float = 0.0,
    ) -> None:
        self.groups, self.added = groups, added
        self.restricted, self.variance, self.constant = restricted, variance, constant
        self.blocks: Blocks = blocks(groups, added.by_run)
        self.terms = len(added.fixed) - 1
        self.freedom = rows - self.terms if restricted else rows
        self.rows = rows

    def fixed(self, beta: Floats) -> Evaluation:
        """Log-likelihood without random effects, at the variance of the outcome, for ``climb``."""
        gram, right = self.added.fixed[:-1, :-1], self.added.fixed[:-1, -1]
        variance = self.added.fixed[-1, -1] / self.rows
        value = np.sum(beta * right) - np.sum(beta * (gram @ beta)) / 2
        return Evaluation(
            float(value) / variance, (right - gram @ beta) / variance, gram / variance
        )

    def solve(self, theta: Floats) -> Solution:
        """Return the best fixed and random effects at ``theta``."""
        scales = self.groups.scales(theta)
        factor = factorise(self.groups, self.blocks, scales)
        right = scaled(self.groups, scales, self.added.random, transposed=True)
        pulled = factor.solve(right)
        reduced = self.added.fixed - right.T @ pulled
        bread = (reduced[:-1, :-1] + reduced[:-1, :-1].T) / 2
        try:
            beta = linalg.solve(bread, reduced[:-1, -1], assume_a="pos")
        except linalg.LinAlgError:
            raise EstimationError(
                "the fixed effects cannot be told from the random effects; leave a term out"
            ) from None
        rest = float(reduced[-1, -1] - np.sum(beta * reduced[:-1, -1]))
        effects = pulled[:, -1] - pulled[:, :-1] @ beta
        return Solution(theta, beta, effects, bread, rest, factor, pulled[:, :-1])

    def scale(self, found: Solution) -> float:
        """Return the residual variance."""
        return found.rest / self.freedom if self.variance is None else self.variance

    def evaluate(self, theta: Floats) -> tuple[float, Floats]:
        """Return the log-likelihood and its gradient in theta."""
        found = self.solve(theta)
        if not found.rest > 0:
            raise EstimationError("nothing is left for the residuals: the model fits every row")
        scale = self.scale(found)
        value = -(found.factor.log_determinant + self.freedom * np.log(2 * np.pi * scale)) / 2
        value -= found.rest / scale / 2
        if self.restricted:
            value -= np.linalg.slogdet(found.bread)[1] / 2
        return value + self.constant, self._gradient(found, scale)

    def _gradient(self, found: Solution, scale: float) -> Floats:
        """
        Return the slopes in theta.

        With U = M^-1 Lambda'Z'[X, y], what the columns of Z still have in common with X and y,
        given V, is the solution F of Lambda'F = U; and Lambda'Z'Z Lambda M^-1 = I - M^-1. So all
        follows from U and the blocks of M^-1, unless a scale is so near singular that F has to
        be added up from runs.
        """
        groups, scales = self.groups, found.factor.scales
        inverse = found.factor.inverse()
        inner = np.column_stack([found.pull, found.effects])
        spread = linalg.inv(found.bread) if self.restricted else None
        total = np.zeros_like(scales)
        singular = _near_singular(groups, scales)
        if singular:
            total -= inverse.by_run(self.added.by_run)[1]
            outer = self._in_common(found, inner)
        for factor, width in enumerate(groups.widths):
            scale_of = scales[factor, :width, :width]
            right = groups.of(inner, factor)
            if singular:
                left = groups.of(outer, factor)
            else:
                left = np.einsum("ba,lbk->lak", linalg.inv(scale_of), right)
                rest = groups.sizes[factor] * np.eye(width) - inverse.diagonal(factor).sum(axis=0)
                total[factor, :width, :width] -= linalg.solve(scale_of.T, rest)
            product = left[:, :, -1].T @ right[:, :, -1] / scale
            if spread is not None:
                product += np.einsum("lat,ts,lbs->ab", left[:, :, :-1], spread, right[:, :, :-1],
                                     optimize=True)  # fmt: skip
            total[factor, :width, :width] += product
        return groups.thetas_of(total)

    def _in_common(self, found: Solution, inner: Floats) -> Floats:
        """Cross-products of Z with X and the residuals, given V."""
        random = self.added.random
        outer = np.column_stack([random[:, :-1], random[:, -1] - random[:, :-1] @ found.beta])
        runs = to_runs(self.groups, found.factor.scales, inner)
        return np.asarray(outer - to_levels(self.groups, self.added.by_run @ runs))


def _near_singular(groups: Grouping, scales: Floats) -> bool:
    for factor, width in enumerate(groups.widths):
        diagonal = np.abs(np.diag(scales[factor, :width, :width]))
        if np.min(diagonal) < NEAR_SINGULAR * max(1.0, float(np.max(np.abs(scales[factor])))):
            return True
    return False
