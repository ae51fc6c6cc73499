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

from cws_outcomes.estimators.compiled import compiled
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
    _assemble(
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
        _forward(self.own, self.pairs, groups.pair_start, groups.pair_column,
                 groups.widths[groups.pair_factor], first, solved)  # fmt: skip
        if first < groups.effects:
            solved[first:] = linalg.cho_solve((self.others, True), solved[first:])
        return self._backward(solved)

    def solve_half(self, right: Floats) -> Floats:
        """Return R^-1 times ``right``, where M = R'R: noise with the covariance M^-1."""
        solved = right.copy()
        first = self.groups.first
        if first < self.groups.effects:
            solved[first:] = linalg.solve_triangular(
                self.others, solved[first:], lower=True, trans=1
            )
        return self._backward(solved)

    def _backward(self, solved: Floats) -> Floats:
        groups = self.groups
        _backward(self.own, self.pairs, groups.pair_start, groups.pair_column,
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
        _invert(self.own, self.pairs, groups.pair_start, groups.pair_column,
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
        _by_run(weights, groups.column, groups.pair, groups.widths, groups.places, self.scales,
                groups.first, self.own, self.pairs, self.others, spread, slopes)  # fmt: skip
        return spread, slopes

    def of_level(self, factor: int) -> Floats:
        """Covariance of the effects of each level of a factor, (levels, width, width)."""
        width, size = int(self.groups.widths[factor]), int(self.groups.sizes[factor])
        if factor == 0:
            inner = self.own
        else:
            begin = self.groups.begin(factor) - self.groups.first
            at = begin + np.arange(size * width).reshape(size, width)
            inner = self.others[at[:, :, None], at[:, None, :]]
        scale = self.scales[factor, :width, :width]
        return np.asarray(np.einsum("ab,lbc,dc->lad", scale, inner, scale), dtype=np.float64)


def factorise(groups: Grouping, given: Blocks, scales: Floats) -> Factor:
    """
    Factorise M.

    Raises
    ------
    EstimationError
        M is not positive definite, as when weights are not finite.
    """
    own, pairs, others = given.own.copy(), given.pairs.copy(), given.others.copy()
    log_determinant = _eliminate(
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
    _to_runs(effects, groups.column, groups.widths, groups.places, scales, total)
    return total


def to_levels(groups: Grouping, by_run: Floats) -> Floats:
    """Sums of runs (runs, columns of z, columns) as sums of levels: (effects, columns)."""
    total = np.zeros((groups.effects, by_run.shape[2]))
    _to_levels(by_run, groups.column, groups.widths, groups.places, total)
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


@compiled
def _assemble(by_run, column, pair, widths, places, own, pairs, others):  # type: ignore[no-untyped-def]
    width = widths[0]
    first = len(own) * width
    for r in range(len(column)):
        level = column[r, 0] // width
        for a in range(width):
            row = by_run[r, places[0, a]]
            for b in range(width):
                own[level, a, b] += row[places[0, b]]
            for k in range(1, len(widths)):
                for b in range(widths[k]):
                    pairs[pair[r, k - 1], a, b] += row[places[k, b]]
        for k in range(1, len(widths)):
            for a in range(widths[k]):
                row = by_run[r, places[k, a]]
                target = others[column[r, k] - first + a]
                for j in range(1, k + 1):
                    for b in range(widths[j]):
                        target[column[r, j] - first + b] += row[places[j, b]]


@compiled
def _scale(left, block, right, wide, other):  # type: ignore[no-untyped-def]
    """Put left' block right in the place of ``block``; both scales are lower triangles."""
    for a in range(wide):  # a row or column is only needed by those before it
        for b in range(other):
            value = 0.0
            for c in range(a, wide):
                for d in range(b, other):
                    value += left[c, a] * block[c, d] * right[d, b]
            block[a, b] = value


@compiled
def _cholesky(block):  # type: ignore[no-untyped-def]
    """Factorise a small block in place; returns log|block|."""
    total = 0.0
    for a in range(len(block)):
        for b in range(a + 1):
            value = block[a, b]
            for c in range(b):
                value -= block[a, c] * block[b, c]
            if a > b:
                block[a, b] = value / block[b, b]
            elif value > 0.0:
                block[a, a] = np.sqrt(value)
                total += np.log(value)
            else:
                return np.nan
    return total


@compiled
def _eliminate(own, pairs, others, widths, scales, starts, columns, factors, sizes):  # type: ignore[no-untyped-def]
    """Turn Z'WZ into the factor of M in place (the dense part stays to be factorised)."""
    _scale_others(others, widths, scales, sizes)
    width = widths[0]
    total = 0.0
    for level in range(len(own)):
        block = own[level]
        _scale(scales[0], block, scales[0], width, width)
        for a in range(width):
            block[a, a] += 1.0
        total += _cholesky(block)
        for p in range(starts[level], starts[level + 1]):
            other = widths[factors[p]]
            part = pairs[p]
            _scale(scales[0], part, scales[factors[p]], width, other)
            for b in range(other):
                for a in range(width):
                    for c in range(a):
                        part[a, b] -= block[a, c] * part[c, b]
                    part[a, b] /= block[a, a]
            for q in range(starts[level], p + 1):
                for b in range(other):
                    for d in range(widths[factors[q]]):
                        value = 0.0
                        for a in range(width):
                            value += part[a, b] * pairs[q, a, d]
                        others[columns[p] + b, columns[q] + d] -= value
    return total


@compiled
def _scale_others(others, widths, scales, sizes):  # type: ignore[no-untyped-def]
    begin = 0
    for k in range(1, len(widths)):
        for row in range(begin, begin + sizes[k] * widths[k], widths[k]):
            left = 0
            for j in range(1, k + 1):
                first = row if j == k else left  # levels of one factor never meet
                last = row + widths[k] if j == k else left + sizes[j] * widths[j]
                for col in range(first, last, widths[j]):
                    block = others[row : row + widths[k], col : col + widths[j]]
                    _scale(scales[k], block, scales[j], widths[k], widths[j])
                left += sizes[j] * widths[j]
            for a in range(widths[k]):
                others[row + a, row + a] += 1.0
        begin += sizes[k] * widths[k]


@compiled
def _forward(own, pairs, starts, columns, others, first, solved):  # type: ignore[no-untyped-def]
    width = own.shape[1]
    for level in range(len(own)):
        for k in range(solved.shape[1]):
            for a in range(width):
                value = solved[level * width + a, k]
                for c in range(a):
                    value -= own[level, a, c] * solved[level * width + c, k]
                solved[level * width + a, k] = value / own[level, a, a]
        for p in range(starts[level], starts[level + 1]):
            for b in range(others[p]):
                for a in range(width):
                    for k in range(solved.shape[1]):
                        solved[first + columns[p] + b, k] -= (
                            pairs[p, a, b] * solved[level * width + a, k]
                        )


@compiled
def _backward(own, pairs, starts, columns, others, first, solved):  # type: ignore[no-untyped-def]
    width = own.shape[1]
    for level in range(len(own)):
        for p in range(starts[level], starts[level + 1]):
            for b in range(others[p]):
                for a in range(width):
                    for k in range(solved.shape[1]):
                        solved[level * width + a, k] -= (
                            pairs[p, a, b] * solved[first + columns[p] + b, k]
                        )
        for k in range(solved.shape[1]):
            for a in range(width - 1, -1, -1):
                value = solved[level * width + a, k]
                for c in range(a + 1, width):
                    value -= own[level, c, a] * solved[level * width + c, k]
                solved[level * width + a, k] = value / own[level, a, a]


@compiled
def _invert(factor, half, starts, columns, others, dense, own, pairs):  # type: ignore[no-untyped-def]
    width = factor.shape[1]
    for level in range(len(factor)):
        begin, end = starts[level], starts[level + 1]
        inverse = np.eye(width)  # of the triangular factor
        for a in range(width):
            for b in range(a + 1):
                value = inverse[a, b]
                for c in range(b, a):
                    value -= factor[level, a, c] * inverse[c, b]
                inverse[a, b] = value / factor[level, a, a]
        own[level] = np.dot(inverse.T.copy(), inverse)
        pull = np.zeros((end - begin, width, half.shape[2]))
        for p in range(begin, end):
            for a in range(width):
                for b in range(others[p]):
                    for c in range(a, width):
                        pull[p - begin, a, b] += inverse[c, a] * half[p, c, b]
        for p in range(begin, end):
            for q in range(begin, end):
                for a in range(width):
                    for b in range(others[p]):
                        value = 0.0
                        for d in range(others[q]):
                            value += pull[q - begin, a, d] * dense[columns[q] + d, columns[p] + b]
                        pairs[p, a, b] -= value
            for a in range(width):
                for c in range(width):
                    for b in range(others[p]):
                        own[level, a, c] -= pairs[p, a, b] * pull[p - begin, c, b]


@compiled
def _by_run(weights, column, pair, widths, places, scales, first, own, pairs, dense, spread, slopes):  # type: ignore[no-untyped-def]
    factors, dimension = len(widths), spread.shape[1]
    for r in range(len(column)):
        level = column[r, 0] // widths[0]
        for k in range(factors):
            reach = np.zeros((dimension, widths[k]))
            for j in range(factors):
                for a in range(widths[j]):
                    for c in range(widths[k]):
                        if j == 0 and k == 0:
                            value = own[level, a, c]
                        elif j == 0:
                            value = pairs[pair[r, k - 1], a, c]
                        elif k == 0:
                            value = pairs[pair[r, j - 1], c, a]
                        else:
                            value = dense[column[r, j] - first + a, column[r, k] - first + c]
                        for i in range(a, widths[j]):
                            reach[places[j, i], c] += scales[j, i, a] * value
            for i in range(widths[k]):
                for c in range(widths[k]):
                    for x in range(dimension):
                        slopes[k, i, c] += weights[r, places[k, i], x] * reach[x, c]
                        spread[r, x, places[k, i]] += reach[x, c] * scales[k, i, c]


@compiled
def _to_runs(effects, column, widths, places, scales, total):  # type: ignore[no-untyped-def]
    for r in range(len(column)):
        for k in range(len(widths)):
            for a in range(widths[k]):
                for c in range(a + 1):
                    scale = scales[k, a, c]
                    for x in range(effects.shape[1]):
                        total[r, places[k, a], x] += scale * effects[column[r, k] + c, x]


@compiled
def _to_levels(by_run, column, widths, places, total):  # type: ignore[no-untyped-def]
    for r in range(len(column)):
        for k in range(len(widths)):
            for a in range(widths[k]):
                for x in range(by_run.shape[2]):
                    total[column[r, k] + a, x] += by_run[r, places[k, a], x]
