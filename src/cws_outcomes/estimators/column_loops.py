"""Compiled loops over rows whose covariates are codes and numbers."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cws_outcomes.estimators.compiled import compiled
from cws_outcomes.estimators.covariates import Levels
from cws_outcomes.estimators.inputs import Floats, Integers
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
        Covariates of few values, as places in their part of ``table``.
    offset : (coded,) integers
        Where the part of each coded covariate begins.
    span : (coded, 2) integers
        First column of each coded covariate, and the first that is no longer its own.
    table : (places, columns) floats
        What each place adds to each column.
    numbers : (dense, rows) floats
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
    rows: Layout, values: Array, slopes: Array, intercept: float, eta: Array, first: int, last: int
) -> None:
    """Linear predictor of some rows."""
    for i in range(first, last):
        total = intercept
        for c in range(rows.codes.shape[1]):
            total += values[rows.offset[c] + rows.codes[i, c]]
        for j in range(len(slopes)):
            total += slopes[j] * rows.numbers[j, i]
        eta[i] = total


@compiled
def project(
    rows: Layout, by_row: Array, places: Array, total: Array, first: int, last: int
) -> None:
    """X'v of some rows, those of coded covariates by place in their table."""
    for i in range(first, last):
        total[0] += by_row[i]
        for c in range(rows.codes.shape[1]):
            places[rows.offset[c] + rows.codes[i, c]] += by_row[i]
    for j in range(len(rows.dense)):
        for i in range(first, last):
            total[rows.dense[j]] += rows.numbers[j, i] * by_row[i]


@compiled
def expand(rows: Layout, first: int, last: int, block: Array) -> None:
    """Write the columns of some rows into the first rows of ``block``."""
    for i in range(first, last):
        row = block[i - first]
        row[0] = 1.0
        for c in range(rows.codes.shape[1]):
            values = rows.table[rows.offset[c] + rows.codes[i, c]]
            for t in range(rows.span[c, 0], rows.span[c, 1]):
                row[t] = values[t]
        for j in range(len(rows.dense)):
            row[rows.dense[j]] = rows.numbers[j, i]


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
def gram(rows: Layout, weights: Array, first: int, last: int) -> Array:
    """X' diag(weights) X of some rows."""
    terms = rows.table.shape[1]
    size = _rows_at_once(terms)
    total = np.zeros((terms, terms))
    block, weighted = np.zeros((size, terms)), np.zeros((size, terms))
    for begin in range(first, last, size):
        end = min(begin + size, last)
        expand(rows, begin, end, block)
        for i in range(begin, end):
            for t in range(terms):
                weighted[i - begin, t] = weights[i] * block[i - begin, t]
        _add_cross(block, weighted, end - begin, total)
    return total


@compiled
def by_group(rows: Layout, by_row: Array, group: Array, total: Array) -> None:
    """X'v of the rows of each group."""
    block = np.zeros((BLOCK, rows.table.shape[1]))
    for begin in range(0, len(rows.codes), BLOCK):
        end = min(begin + BLOCK, len(rows.codes))
        expand(rows, begin, end, block)
        for i in range(begin, end):
            for t in range(rows.table.shape[1]):
                total[group[i], t] += by_row[i] * block[i - begin, t]


@compiled
def _add_row(row: Array, weight: float, slopes: Array, i: int, z: Array, weighted: Array,
             here: Array, by_run: Array) -> None:  # fmt: skip
    for t in range(len(row)):
        weighted[t] = weight * row[t]
    for d in range(len(z)):
        if d > 0:
            z[d] = slopes[d - 1, i]
        for t in range(len(row)):
            here[d, t] += z[d] * weighted[t]
        for e in range(d + 1):
            by_run[d, e] += weight * z[d] * z[e]
            by_run[e, d] = by_run[d, e]


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
    rows: Layout, slopes: Array, y: Array, weights: Array, starts: Array, column: Array,
    widths: Array, places: Array, edge: int, run: int, first: int, last: int, fixed: Array,
    random: Array, others: Array, by_run: Array,
) -> None:  # fmt: skip
    """Cross-products of rows ``first`` to ``last``, which begin with ``run``, in one pass."""
    terms = rows.table.shape[1] + 1
    size = _rows_at_once(terms)
    block, weighted = np.zeros((size, terms)), np.zeros((size, terms))
    here, z = np.zeros((by_run.shape[1], terms)), np.ones(by_run.shape[1])
    for begin in range(first, last, size):
        end = min(begin + size, last)
        expand(rows, begin, end, block)
        for i in range(begin, end):
            row = block[i - begin]
            row[terms - 1] = y[i]
            _add_row(row, weights[i], slopes, i, z, weighted[i - begin], here, by_run[run])
            if i + 1 == starts[run + 1]:
                _add_run(here, column[run], widths, places, edge, random, others)
                run += 1
        _add_cross(block, weighted, end - begin, fixed)
