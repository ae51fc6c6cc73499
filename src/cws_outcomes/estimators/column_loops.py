"""Compiled loops over rows whose covariates are codes and numbers."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cws_outcomes.estimators.codes import Codes
from cws_outcomes.estimators.compiled import compiled
from cws_outcomes.estimators.covariates import Levels
from cws_outcomes.estimators.inputs import Floats, Integers
from cws_outcomes.estimators.parts import fetched
from cws_outcomes.estimators.products import ONE_THREAD

Array = NDArray[Any]
# Most rows that are expanded at once; with many terms fewer, so that OpenBLAS does not share their
# cross-product among threads.
BLOCK = 512


class Layout(NamedTuple):
    """
    Rows of a design: column 0 is that of the intercept, even where there is none.

    Attributes
    ----------
    codes : (rows, coded) small integers
        Covariates of few values, as places in their part of ``table``; neighbours whose values have
        few combinations share a code. There is always one, whose places carry the intercept.
    offset : (coded,) integers
        Where the part of each code begins.
    span : (coded, 2) integers
        First column of each code, and the first that is no longer its own.
    table : (places, columns) floats
        What each place adds to each column.
    numbers : (rows, dense) floats
        The other covariates.
    dense : (dense,) integers
        Their columns.
    """

    codes: Levels
    offset: Integers
    span: Integers
    table: Floats
    numbers: Floats
    dense: Integers

    def taken(self, rows: Integers | Codes, threads: int = 1) -> "Layout":
        """Return some rows in an order of their own."""
        return self._replace(
            codes=fetched(self.codes, rows, threads), numbers=fetched(self.numbers, rows, threads)
        )

    def of_intercept(self) -> "Layout":
        """Return the same rows without covariates."""
        rows, kind = len(self.codes), self.codes.dtype
        return Layout(
            np.zeros((rows, 1), dtype=kind), self.offset[:1], self.span[:1], np.ones((1, 1)),
            np.empty((rows, 0)), self.dense[:0],
        )  # fmt: skip

    def by_place(self) -> Floats:
        """What each number, then each place, adds to each column."""
        return np.concatenate([np.eye(self.table.shape[1])[self.dense], self.table])


@compiled
def few_values(values: Array, most: int) -> tuple[Array, Array]:
    """Code of each value in order of appearance, and the values; gives up past ``most``."""
    codes = np.empty(len(values), np.uint8)
    found = np.empty(most + 1)
    size = 0
    for i in range(len(values)):
        code = 0
        while code < size and found[code] != values[i]:
            code += 1
        if code == size:
            found[size] = values[i]
            size += 1
            if size > most:
                break
        codes[i] = code
    return codes, found[:size]


@compiled
def predict(
    x: Layout, values: Array, slopes: Array, added: Array, eta: Array, first: int, last: int
) -> float:
    """
    Linear predictor of some rows, from what each place adds and the slopes of the numbers.

    ``added`` is added to each, if it is not empty. Returns the largest, whatever its sign.
    """
    codes, offset, numbers, farthest = x.codes, x.offset, x.numbers, 0.0
    for i in range(first, last):
        total = added[i] if len(added) else 0.0
        for c in range(codes.shape[1]):
            total += values[offset[c] + codes[i, c]]
        for j in range(len(slopes)):
            total += slopes[j] * numbers[i, j]
        eta[i] = total
        if not abs(total) <= farthest:  # nor is what is no number
            farthest = abs(total) if total == total else np.inf
    return farthest


@compiled
def place_sums(x: Layout, by_row: Array, first: int, last: int) -> Array:
    """Sum over some rows times each number, then by place of the table."""
    codes, offset, numbers = x.codes, x.offset, x.numbers
    dense = numbers.shape[1]
    total = np.zeros(dense + len(x.table))
    for i in range(first, last):
        for j in range(dense):
            total[j] += numbers[i, j] * by_row[i]
        for c in range(codes.shape[1]):
            total[dense + offset[c] + codes[i, c]] += by_row[i]
    return total


def pair_sums(x: Layout, weights: Array, first: int, last: int) -> Array:
    """Sum the weights of rows from ``first`` on by pairs of numbers and places: lower triangle."""
    size = len(x.dense) + len(x.table)
    pairs, place = np.zeros(size * size), np.empty(len(x.offset), np.uint64)
    _add_pairs(x.codes, x.offset, x.numbers, weights, first, last, size, pairs,
               np.empty(len(x.dense)), place)  # fmt: skip
    return pairs.reshape(size, size)


@compiled
def _add_pairs(
    codes: Array, offset: Array, numbers: Array, weights: Array, first: int, last: int, size: int,
    pairs: Array, weighted: Array, place: Array,
) -> None:  # fmt: skip
    dense = numbers.shape[1]
    for i in range(first, last):
        weight = weights[i - first]
        for j in range(dense):
            weighted[j] = weight * numbers[i, j]
            for k in range(j + 1):
                pairs[j * size + k] += weighted[j] * numbers[i, k]
        for c in range(len(offset)):
            place[c] = np.uint64(dense + offset[c]) + np.uint64(codes[i, c])
            line = place[c] * np.uint64(size)
            for j in range(dense):
                pairs[line + np.uint64(j)] += weighted[j]
            for d in range(c + 1):
                pairs[line + place[d]] += weight


@compiled
def spread(by_code: Array, by_place: Array, total: Array) -> None:
    """Add sums by number and place (lines, places) to sums by column (lines, columns)."""
    for line in range(len(by_code)):
        for place in range(len(by_place)):
            value = by_code[line, place]
            if value != 0.0:
                for column in range(total.shape[1]):
                    total[line, column] += value * by_place[place, column]


@compiled
def expand(x: Layout, first: int, last: int, block: Array) -> None:
    """Write the columns of some rows into the first rows of ``block``."""
    codes, offset, span, table = x.codes, x.offset, x.span, x.table
    for i in range(first, last):
        # By index: a view of a row would be counted in and out each time.
        row = i - first
        block[row, 0] = 1.0
        for c in range(codes.shape[1]):
            line = offset[c] + codes[i, c]
            for t in range(span[c, 0], span[c, 1]):
                block[row, t] = table[line, t]
        for j in range(len(x.dense)):
            block[row, x.dense[j]] = x.numbers[i, j]


def column_sums(x: Layout, by_row: Floats) -> Floats:
    """X'v of a few rows, for which no loop of their own is worth being compiled."""
    ends = [*x.offset[1:], len(x.table)]
    sizes = np.subtract(ends, x.offset).tolist()
    places = [np.bincount(x.codes[:, c], by_row, size) for c, size in enumerate(sizes)]
    numbers = np.sum(by_row[:, None] * x.numbers, axis=0)
    return np.asarray(np.concatenate([numbers, *places]) @ x.by_place())


@compiled
def _add_cross(block: Array, weighted: Array, size: int, total: Array) -> None:
    """Add block' weighted, of the first rows of both."""
    product = np.dot(block[:size].T, weighted[:size])
    for a in range(len(total)):
        for b in range(len(total)):
            total[a, b] += product[a, b]


@compiled
def _rows_at_once(terms: int) -> int:
    return max(16, min(BLOCK, ONE_THREAD // (terms * terms + 1)))


@compiled
def by_group(x: Layout, by_row: Array, group: Array, total: Array) -> None:
    """X'v of the rows of each group."""
    block = np.zeros((BLOCK, total.shape[1]))
    for begin in range(0, len(by_row), BLOCK):
        end = min(begin + BLOCK, len(by_row))
        expand(x, begin, end, block)
        for i in range(begin, end):
            for t in range(total.shape[1]):
                total[group[i], t] += by_row[i] * block[i - begin, t]


@compiled
def _add_row(block: Array, row: int, weight: float, slopes: Array, i: int, z: Array,
             weighted: Array, here: Array, by_run: Array, run: int) -> None:  # fmt: skip
    for t in range(block.shape[1]):
        weighted[row, t] = weight * block[row, t]
    for d in range(len(z)):
        if d > 0:
            z[d] = slopes[d - 1, i]
        for t in range(block.shape[1]):
            here[d, t] += z[d] * weighted[row, t]
        for e in range(d + 1):
            by_run[run, d, e] += weight * z[d] * z[e]
            by_run[run, e, d] = by_run[run, d, e]


@compiled
def _add_run(here: Array, column: Array, widths: Array, places: Array, edge: int, random: Array,
             others: Array) -> None:  # fmt: skip
    """Hand the sums of a run to its levels."""
    for k in range(len(widths)):
        for a in range(widths[k]):
            at = column[k] + a
            target = random[at] if k == 0 else others[at - edge]
            for t in range(here.shape[1]):
                target[t] += here[places[k, a], t]
    for d in range(here.shape[0]):
        for t in range(here.shape[1]):
            here[d, t] = 0.0


@compiled
def cross_sums(
    x: Layout, slopes: Array, y: Array, weights: Array, starts: Array, column: Array, widths: Array,
    places: Array, edge: int, run: int, first: int, last: int, fixed: Array, random: Array,
    others: Array, by_run: Array,
) -> None:  # fmt: skip
    """Cross-products of rows ``first`` to ``last``, which begin with ``run``, in one pass."""
    terms = x.table.shape[1] + 1
    size = _rows_at_once(terms)
    block, weighted = np.zeros((size, terms)), np.zeros((size, terms))
    here, z = np.zeros((by_run.shape[1], terms)), np.ones(by_run.shape[1])
    for begin in range(first, last, size):
        end = min(begin + size, last)
        expand(x, begin, end, block)
        for i in range(begin, end):
            block[i - begin, terms - 1] = y[i]
            _add_row(block, i - begin, weights[i], slopes, i, z, weighted, here, by_run, run)
            if i + 1 == starts[run + 1]:
                _add_run(here, column[run], widths, places, edge, random, others)
                run += 1
        _add_cross(block, weighted, end - begin, fixed)
