"""Compiled loops over the small blocks of the equations of the random effects."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cws_outcomes.estimators.compiled import compiled

Array = NDArray[Any]  # floats, or the integers that say where they belong


@compiled
def assemble(
    by_run: Array, column: Array, pair: Array, widths: Array, places: Array, own: Array,
    pairs: Array, others: Array,
) -> None:  # fmt: skip
    """Add up Z'WZ from sums by run; of the dense part, the lower triangle."""
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
def _scale(left: Array, block: Array, right: Array, wide: int, other: int) -> None:
    """Put left' block right in the place of ``block``; both scales are lower triangles."""
    for a in range(wide):  # a row or column is only needed by those before it
        for b in range(other):
            value = 0.0
            for c in range(a, wide):
                for d in range(b, other):
                    value += left[c, a] * block[c, d] * right[d, b]
            block[a, b] = value


@compiled
def _cholesky(block: Array) -> float:
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
def _half_solve(block: Array, part: Array, other: int) -> None:
    """Put the triangle's inverse times ``part`` in its place."""
    for b in range(other):
        for a in range(len(block)):
            for c in range(a):
                part[a, b] -= block[a, c] * part[c, b]
            part[a, b] /= block[a, a]


@compiled
def _take_off(left: Array, right: Array, wide: int, other: int, target: Array) -> None:
    """Subtract left' right."""
    for b in range(wide):
        for d in range(other):
            value = 0.0
            for a in range(len(left)):
                value += left[a, b] * right[a, d]
            target[b, d] -= value


@compiled
def eliminate(
    own: Array, pairs: Array, others: Array, widths: Array, scales: Array, starts: Array,
    columns: Array, factors: Array, sizes: Array,
) -> float:  # fmt: skip
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
            _scale(scales[0], pairs[p], scales[factors[p]], width, other)
            _half_solve(block, pairs[p], other)
            for q in range(starts[level], p + 1):
                target = others[columns[p] :, columns[q] :]
                _take_off(pairs[p], pairs[q], other, widths[factors[q]], target)
    return total


@compiled
def _scale_others(others: Array, widths: Array, scales: Array, sizes: Array) -> None:
    """Scale the dense part from both sides, and add 1 to its diagonal."""
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
def forward(
    own: Array, pairs: Array, starts: Array, columns: Array, others: Array, first: int,
    solved: Array,
) -> None:  # fmt: skip
    """Solve with the blocks of the first factor, and carry the answer to the others."""
    width = own.shape[1]
    for level in range(len(own)):
        mine = solved[level * width : (level + 1) * width]
        for k in range(solved.shape[1]):
            for a in range(width):
                for c in range(a):
                    mine[a, k] -= own[level, a, c] * mine[c, k]
                mine[a, k] /= own[level, a, a]
        for p in range(starts[level], starts[level + 1]):
            for b in range(others[p]):
                target = solved[first + columns[p] + b]
                for a in range(width):
                    for k in range(solved.shape[1]):
                        target[k] -= pairs[p, a, b] * mine[a, k]


@compiled
def backward(
    own: Array, pairs: Array, starts: Array, columns: Array, others: Array, first: int,
    solved: Array,
) -> None:  # fmt: skip
    """Solve for the first factor, once the others are known."""
    width = own.shape[1]
    for level in range(len(own)):
        mine = solved[level * width : (level + 1) * width]
        for p in range(starts[level], starts[level + 1]):
            for b in range(others[p]):
                known = solved[first + columns[p] + b]
                for a in range(width):
                    for k in range(solved.shape[1]):
                        mine[a, k] -= pairs[p, a, b] * known[k]
        for k in range(solved.shape[1]):
            for a in range(width - 1, -1, -1):
                for c in range(a + 1, width):
                    mine[a, k] -= own[level, c, a] * mine[c, k]
                mine[a, k] /= own[level, a, a]


@compiled
def _invert_triangle(factor: Array) -> Array:
    width = len(factor)
    inverse = np.zeros((width, width))
    for a in range(width):
        inverse[a, a] = 1.0
        for b in range(a + 1):
            for c in range(b, a):
                inverse[a, b] -= factor[a, c] * inverse[c, b]
            inverse[a, b] /= factor[a, a]
    return inverse


@compiled
def _pull(inverse: Array, half: Array, pull: Array) -> None:
    """Multiply by the transposed inverse of the triangle."""
    for a in range(len(inverse)):
        for c in range(a, len(inverse)):
            for b in range(half.shape[1]):
                pull[a, b] += inverse[c, a] * half[c, b]


@compiled
def _add_product(left: Array, right: Array, sign: float, target: Array) -> None:
    for a in range(left.shape[0]):
        for b in range(right.shape[1]):
            for d in range(right.shape[0]):
                target[a, b] += sign * left[a, d] * right[d, b]


@compiled
def invert(
    factor: Array, half: Array, starts: Array, columns: Array, others: Array, dense: Array,
    own: Array, pairs: Array,
) -> None:  # fmt: skip
    """Blocks of the inverse of M from those of its factor and the inverse of its dense part."""
    for level in range(len(factor)):
        begin, end = starts[level], starts[level + 1]
        inverse = _invert_triangle(factor[level])
        _add_product(inverse.T, inverse, 1.0, own[level])
        pull = np.zeros((end - begin, *half.shape[1:]))
        for p in range(begin, end):
            _pull(inverse, half[p], pull[p - begin])
        for p in range(begin, end):
            at = columns[p]
            for q in range(begin, end):
                block = dense[columns[q] : columns[q] + others[q], at : at + others[p]]
                _add_product(pull[q - begin, :, : others[q]], block, -1.0, pairs[p])
            _add_product(
                pairs[p, :, : others[p]], pull[p - begin, :, : others[p]].T, -1.0, own[level]
            )


@compiled
def _reach(
    j: int, k: int, column: Array, pair: Array, widths: Array, places: Array, scales: Array,
    first: int, own: Array, pairs: Array, dense: Array, reach: Array,
) -> None:  # fmt: skip
    """Add one block of the inverse, scaled from the left, for a run's levels of two factors."""
    for a in range(widths[j]):
        for c in range(widths[k]):
            if j == 0 and k == 0:
                value = own[column[0] // widths[0], a, c]
            elif j == 0:
                value = pairs[pair[k - 1], a, c]
            elif k == 0:
                value = pairs[pair[j - 1], c, a]
            else:
                value = dense[column[j] - first + a, column[k] - first + c]
            for i in range(a, widths[j]):
                reach[places[j, i], c] += scales[j, i, a] * value


@compiled
def by_run(
    weights: Array, column: Array, pair: Array, widths: Array, places: Array, scales: Array,
    first: int, own: Array, pairs: Array, dense: Array, spread: Array, slopes: Array,
) -> None:  # fmt: skip
    """Covariance of each run's effects, and half the slopes of log|M| in the scales."""
    reach = np.zeros((spread.shape[1], places.shape[1]))
    for r in range(len(column)):
        for k in range(len(widths)):
            reach[:] = 0.0
            for j in range(len(widths)):
                _reach(j, k, column[r], pair[r], widths, places, scales, first, own, pairs,
                       dense, reach)  # fmt: skip
            for i in range(widths[k]):
                for c in range(widths[k]):
                    for x in range(len(reach)):
                        slopes[k, i, c] += weights[r, places[k, i], x] * reach[x, c]
                        spread[r, x, places[k, i]] += reach[x, c] * scales[k, i, c]


@compiled
def to_runs(
    effects: Array, column: Array, widths: Array, places: Array, scales: Array, total: Array
) -> None:
    """Effects of each run on the columns of z."""
    for r in range(len(column)):
        for k in range(len(widths)):
            for a in range(widths[k]):
                for c in range(a + 1):
                    scale = scales[k, a, c]
                    for x in range(effects.shape[1]):
                        total[r, places[k, a], x] += scale * effects[column[r, k] + c, x]


@compiled
def to_levels(by_run: Array, column: Array, widths: Array, places: Array, total: Array) -> None:
    """Sums of levels from sums of runs."""
    for r in range(len(column)):
        for k in range(len(widths)):
            for a in range(widths[k]):
                for x in range(by_run.shape[2]):
                    total[column[r, k] + a, x] += by_run[r, places[k, a], x]
