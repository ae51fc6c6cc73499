"""Compiled loops over the small blocks of the equations of the random effects."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cws_outcomes.estimators.compiled import compiled

Array = NDArray[Any]  # floats, or the integers that say where they belong


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
def _gather(
    half: Array, begin: int, end: int, columns: Array, others: Array, flat: Array, at: Array
) -> int:
    """Lay the blocks of a level side by side; returns how many columns they have."""
    size = 0
    for p in range(begin, end):
        for b in range(others[p]):
            at[size] = columns[p] + b
            for a in range(half.shape[1]):
                flat[a, size] = half[p, a, b]
            size += 1
    return size


@compiled
def _take_off(flat: Array, at: Array, size: int, others: Array) -> None:
    """Subtract what a level leaves to the others, in the lower triangle."""
    for i in range(size):
        target = others[at[i]]
        for a in range(len(flat)):
            value = flat[a, i]
            for j in range(i + 1):
                target[at[j]] -= value * flat[a, j]


@compiled
def eliminate(
    own: Array, pairs: Array, others: Array, widths: Array, scales: Array, starts: Array,
    columns: Array, factors: Array, sizes: Array,
) -> float:  # fmt: skip
    """Turn Z'WZ into the factor of M in place (the dense part stays to be factorised)."""
    _scale_others(others, widths, scales, sizes)
    width = widths[0]
    wide = widths[factors]
    flat, at = np.empty((width, len(others))), np.empty(len(others), np.intp)
    total = 0.0
    for level in range(len(own)):
        block, begin, end = own[level], starts[level], starts[level + 1]
        _scale(scales[0], block, scales[0], width, width)
        for a in range(width):
            block[a, a] += 1.0
        total += _cholesky(block)
        for p in range(begin, end):
            _scale(scales[0], pairs[p], scales[factors[p]], width, wide[p])
            _half_solve(block, pairs[p], wide[p])
        size = _gather(pairs, begin, end, columns, wide, flat, at)
        _take_off(flat, at, size, others)
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
        _half_solve(own[level], mine, solved.shape[1])
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
def _pull(inverse: Array, flat: Array, size: int) -> None:
    """Multiply by the transposed inverse of the triangle, in place."""
    for a in range(len(inverse)):
        for i in range(size):
            value = 0.0
            for c in range(a, len(inverse)):
                value += inverse[c, a] * flat[c, i]
            flat[a, i] = value


@compiled
def _invert_level(flat: Array, at: Array, size: int, dense: Array, own: Array, row: Array) -> None:
    """Put the blocks of the inverse that a level shares with others in ``row``; mend its own."""
    for i in range(size):
        known = dense[at[i]]
        for a in range(len(own)):
            value = 0.0
            for j in range(size):
                value -= flat[a, j] * known[at[j]]
            row[a, i] = value
    for a in range(len(own)):
        for c in range(len(own)):
            for i in range(size):
                own[a, c] -= row[a, i] * flat[c, i]


@compiled
def invert(
    factor: Array, half: Array, starts: Array, columns: Array, others: Array, dense: Array,
    own: Array, pairs: Array,
) -> None:  # fmt: skip
    """Blocks of the inverse of M from those of its factor and the inverse of its dense part."""
    width = factor.shape[1]
    flat, row = np.empty((width, len(dense))), np.empty((width, len(dense)))
    at = np.empty(len(dense), np.intp)
    for level in range(len(factor)):
        begin, end = starts[level], starts[level + 1]
        inverse = _invert_triangle(factor[level])
        for a in range(width):
            for c in range(width):
                for b in range(max(a, c), width):
                    own[level, a, c] += inverse[b, a] * inverse[b, c]
        size = _gather(half, begin, end, columns, others, flat, at)
        _pull(inverse, flat, size)
        _invert_level(flat, at, size, dense, own[level], row)
        place = 0
        for p in range(begin, end):
            for b in range(others[p]):
                for a in range(width):
                    pairs[p, a, b] = row[a, place]
                place += 1
