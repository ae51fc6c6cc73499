r"""
Solve :math:`M = \Lambda' Z' W Z \Lambda + I`, the equations of the random effects, by blocks.

The levels of the largest factor never meet in a row, so they are eliminated one small block at a
time; what they leave behind for the other factors (their Schur complement) is dense. This serves
nested and crossed factors alike. Bates, Maechler, Bolker and Walker (2015), J. Stat. Softw. 67(1),
use the same matrix with a sparse Cholesky factor of all of it.
"""

from dataclasses import dataclass

import numpy as np
from scipy import linalg

from cws_outcomes.estimators import block_loops, run_loops
from cws_outcomes.estimators.errors import EstimationError
from cws_outcomes.estimators.grouping import Grouping
from cws_outcomes.estimators.inputs import Floats


@dataclass(frozen=True, eq=False)
class Blocks:
    """Z'WZ: blocks of the first factor, of its pairs with the others, and of the others."""

    own: Floats
    pairs: Floats
    others: Floats


def blocks(groups: Grouping, by_run: Floats) -> Blocks:
    """Add up the sums of w z z' of all runs, (runs, columns of z, columns of z)."""
    width = int(groups.widths[0])
    widest = int(groups.widths[1:].max(initial=1))
    beside = groups.effects - groups.first
    own = np.zeros((int(groups.sizes[0]), width, width))
    pairs = np.zeros((len(groups.pair_column), width, widest))
    others = np.zeros((beside, beside))
    run_loops.assemble(
        by_run, groups.column, groups.pair, groups.widths, groups.places, own, pairs, others
    )
    return Blocks(own, pairs, others)


@dataclass(frozen=True, eq=False)
class Factor:
    """The Cholesky factor of M at one set of scales."""

    groups: Grouping
    scales: Floats
    own: Floats
    pairs: Floats
    others: Floats
    log_determinant: float

    def solve(self, right: Floats) -> Floats:
        """Return M^-1 times the columns of ``right``, (effects, columns)."""
        solved = right.copy()
        first, groups = self.groups.first, self.groups
        block_loops.forward(self.own, self.pairs, groups.pair_start, groups.pair_column,
                 groups.widths[groups.pair_factor], first, solved)  # fmt: skip
        if first < groups.effects:
            solved[first:] = linalg.cho_solve((self.others, True), solved[first:])
        return self._back_substituted(solved)

    def solve_half(self, right: Floats) -> Floats:
        """Return R^-1 times ``right``, where M = R'R: noise with the covariance M^-1."""
        solved = right.copy()
        first = self.groups.first
        if first < self.groups.effects:
            solved[first:] = linalg.solve_triangular(
                self.others, solved[first:], lower=True, trans=1
            )
        return self._back_substituted(solved)

    def _back_substituted(self, solved: Floats) -> Floats:
        groups = self.groups
        block_loops.backward(self.own, self.pairs, groups.pair_start, groups.pair_column,
                  groups.widths[groups.pair_factor], groups.first, solved)  # fmt: skip
        return solved

    def inverse(self) -> "Inverse":
        """Return those parts of M^-1 that meet in some row."""
        groups = self.groups
        others = np.zeros_like(self.others)
        if len(others):
            others, _ = linalg.lapack.dpotri(self.others, lower=1)
            others = np.tril(others) + np.tril(others, -1).T
        own, pairs = np.zeros_like(self.own), np.zeros_like(self.pairs)
        block_loops.invert(self.own, self.pairs, groups.pair_start, groups.pair_column,
                groups.widths[groups.pair_factor], others, own, pairs)  # fmt: skip
        return Inverse(groups, self.scales, own, pairs, others)


@dataclass(frozen=True, eq=False)
class Inverse:
    """Blocks of M^-1, in the form of ``Blocks``."""

    groups: Grouping
    scales: Floats
    own: Floats
    pairs: Floats
    others: Floats

    def by_run(self, weights: Floats) -> tuple[Floats, Floats]:
        r"""
        Return the covariance of each run's effects, and the slopes of log|M| in the scales.

        Parameters
        ----------
        weights : (runs, columns of z, columns of z) floats
            Sums of w z z'.

        Returns
        -------
        spread : (runs, columns of z, columns of z) floats
            Blocks of :math:`\Lambda M^{-1} \Lambda'`, added up over factors.
        slopes : (factors, widest, widest) floats
            Half the derivative of log|M|.
        """
        groups = self.groups
        spread = np.zeros((len(groups.column), groups.dimension, groups.dimension))
        slopes = np.zeros_like(self.scales)
        run_loops.by_run(
            weights, groups.column, groups.pair, groups.widths, groups.places, self.scales,
            groups.first, self.own, self.pairs, self.others, spread, slopes,
        )  # fmt: skip
        return spread, slopes

    def of_level(self, factor: int) -> Floats:
        """Covariance of the effects of each level of a factor, (levels, width, width)."""
        width = int(self.groups.widths[factor])
        scale = self.scales[factor, :width, :width]
        inner = self.diagonal(factor)
        return np.asarray(np.einsum("ab,lbc,dc->lad", scale, inner, scale), dtype=np.float64)

    def diagonal(self, factor: int) -> Floats:
        """Blocks of M^-1 of each level of a factor."""
        width, size = int(self.groups.widths[factor]), int(self.groups.sizes[factor])
        if factor == 0:
            return self.own
        begin = self.groups.begin(factor) - self.groups.first
        at = begin + np.arange(size * width).reshape(size, width)
        return np.asarray(self.others[at[:, :, None], at[:, None, :]])


def factorise(groups: Grouping, given: Blocks, scales: Floats) -> Factor:
    """
    Factorise M.

    Raises
    ------
    EstimationError
        M is not positive definite, as when weights are not finite.
    """
    own, pairs, others = given.own.copy(), given.pairs.copy(), given.others.copy()
    log_determinant = block_loops.eliminate(
        own, pairs, others, groups.widths, scales, groups.pair_start, groups.pair_column,
        groups.pair_factor, groups.sizes,
    )  # fmt: skip
    if len(others) and np.isfinite(log_determinant):
        try:
            others = linalg.cholesky(others, lower=True)
        except (linalg.LinAlgError, ValueError):
            log_determinant = np.nan
        else:
            log_determinant += 2 * float(np.sum(np.log(np.diag(others))))
    if not np.isfinite(log_determinant):
        raise EstimationError("the equations of the random effects cannot be solved")
    return Factor(groups, scales, own, pairs, others, log_determinant)


def to_runs(groups: Grouping, scales: Floats, effects: Floats) -> Floats:
    """Effects of each run on the columns of z: (runs, columns of z, columns of ``effects``)."""
    total = np.zeros((len(groups.column), groups.dimension, effects.shape[1]))
    run_loops.to_runs(effects, groups.column, groups.widths, groups.places, scales, total)
    return total


def to_levels(groups: Grouping, by_run: Floats) -> Floats:
    """Sums of runs (runs, columns of z, columns) as sums of levels: (effects, columns)."""
    total = np.zeros((groups.effects, by_run.shape[2]))
    run_loops.to_levels(by_run, groups.column, groups.widths, groups.places, total)
    return total


def scaled(groups: Grouping, scales: Floats, effects: Floats, *, transposed: bool) -> Floats:
    """Multiply by Lambda, or by its transpose."""
    result = np.empty_like(effects)
    for factor, width in enumerate(groups.widths):
        scale = scales[factor, :width, :width]
        part = groups.of(effects, factor)
        rule = "ba,lbk->lak" if transposed else "ab,lbk->lak"
        groups.of(result, factor)[:] = np.einsum(rule, scale, part)
    return result
