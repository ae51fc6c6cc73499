"""Rows of a multilevel model in an order of their own, equal ones added up to cells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cws_outcomes.estimators import inputs
from cws_outcomes.estimators.column_loops import Layout
from cws_outcomes.estimators.compiled import compiled
from cws_outcomes.estimators.design import Design, design, in_order
from cws_outcomes.estimators.errors import EstimationError
from cws_outcomes.estimators.grouping import Grouping, grouped, grouping, run_of
from cws_outcomes.estimators.inputs import Floats, Integers

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Sorted:
    """
    Rows by run, within it by their content: so their order in the data changes no bit.

    Attributes
    ----------
    groups, columns : Grouping, Design
        Of the rows, or cells, in this order.
    slopes : (columns of z - 1, rows) floats
        Covariates whose slope varies, centred and divided by their range.
    centres, ranges : (columns of z,) floats
        What was taken off and divided by; 0 and 1 for the constant.
    order : (rows given,) integers
        Where each row came from.
    cells : (rows,) integers
        Where each cell begins in ``order``.
    """

    groups: Grouping
    columns: Design
    slopes: Floats
    centres: Floats
    ranges: Floats
    order: Integers
    cells: Integers

    def taken(self, values: Floats) -> Floats:
        """Return the value of each cell's first row."""
        return values[self.order[self.cells]]

    def added(self, values: Floats) -> Floats:
        """Return the sum of each cell's rows."""
        total = np.add.reduceat(values[self.order], self.cells)
        if not np.isclose(total.sum(), values.sum(), rtol=1e-12, atol=0):
            raise EstimationError("the totals of the cells are not those of the rows")
        return total


def sort_rows(
    frame: pl.DataFrame,
    covariates: Sequence[str],
    random: Mapping[str, Sequence[str]],
    *,
    content: Sequence[Floats],
    ties: Sequence[Floats] = (),
    merged: bool,
    threads: int,
) -> Sorted:
    """
    Sort rows by their levels of all factors, and add up those that are equal.

    Parameters
    ----------
    frame : polars.DataFrame
        Complete rows.
    covariates, random
        As in ``multilevel``.
    content : sequence of (rows,) floats
        What else distinguishes rows: all of it, unless they are ``merged``.
    ties : sequence of (rows,) floats
        Order of rows that are to be merged, where it could change the rounding of a sum.
    merged : bool
        Whether equal rows become one cell.
    threads : int
        As in ``multilevel``.
    """
    names, own, codes, levels = grouped(frame, random)
    columns = design(frame, covariates, threads=threads)
    variables = list(dict.fromkeys(name for each in own for name in each))
    slopes = [_slope(frame, name) for name in variables]
    kept = [each + 0.0 for each in (*slopes, *content)]  # no zero with a sign
    run = run_of(codes, levels)
    order = _order(run, columns, kept, ties)
    cells = np.arange(len(order))
    if merged:
        new = np.diff(run[order], prepend=np.int64(-1)) != 0
        _mark_new(columns.layout, _matrix(kept, len(order)), order, new)
        cells = np.flatnonzero(new)
    rows = order[cells]
    groups = grouping(names, own, codes, levels, run[rows], rows)
    first = np.flatnonzero(np.diff(groups.column[:, 0], prepend=-1))
    breaks = np.append(groups.starts[:-1][first], len(rows))
    centres = np.array([0.0] + [float(each.mean()) for each in slopes])
    ranges = np.array([1.0] + [float(np.ptp(each)) for each in slopes])
    matrix = np.empty((len(slopes), len(rows)))
    for place, each in enumerate(slopes, start=1):
        matrix[place - 1] = (each[rows] - centres[place]) / ranges[place]
    fixed = in_order(columns, rows, breaks)
    return Sorted(groups, fixed, matrix, centres, ranges, order, cells)


def _slope(frame: pl.DataFrame, name: str) -> Floats:
    values = inputs.numbers(frame, name)
    if np.ptp(values) == 0:
        raise EstimationError(f"the same value in every row: `{name}`; its slope cannot vary")
    return values


def _matrix(values: Sequence[Floats], rows: int) -> Floats:
    return np.array(values).reshape(len(values), rows)


def _order(
    run: Integers, columns: Design, kept: Sequence[Floats], ties: Sequence[Floats]
) -> Integers:
    """
    Sort by run and by a hash of the content.

    Rows of one hash are equal but for one chance in about 10^7 with a million rows; were they not,
    no estimate would change but in its last digits.
    """
    runs = int(run.max()).bit_length()
    mixed = _hash(columns.layout, _matrix(kept, len(run)))
    key = (run.astype(np.uint64) << np.uint64(64 - runs)) | (mixed >> np.uint64(runs))
    return np.lexsort((*ties, key)) if ties else np.argsort(key)


@compiled
def _hash(rows: Layout, others: Array) -> Array:
    """Mix the content of each row to 64 bits (the finaliser of Steele et al. 2014, SplitMix)."""
    codes, numbers = rows.codes, rows.numbers
    bits, more = numbers.view(np.uint64), others.view(np.uint64)
    result = np.empty(len(codes), np.uint64)
    for i in range(len(codes)):
        mixed = np.uint64(0x9E3779B97F4A7C15)
        for c in range(codes.shape[1]):
            mixed = (mixed ^ np.uint64(codes[i, c])) * np.uint64(0xBF58476D1CE4E5B9)
            mixed ^= mixed >> np.uint64(29)
        for j in range(numbers.shape[1]):
            mixed = (mixed ^ bits[i, j]) * np.uint64(0xBF58476D1CE4E5B9)
            mixed ^= mixed >> np.uint64(29)
        for j in range(len(others)):
            mixed = (mixed ^ more[j, i]) * np.uint64(0x94D049BB133111EB)
            mixed ^= mixed >> np.uint64(31)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        result[i] = mixed ^ (mixed >> np.uint64(31))
    return result


@compiled
def _mark_new(rows: Layout, others: Array, order: Array, new: Array) -> None:
    """Mark rows whose content differs from that of the row before."""
    codes, numbers = rows.codes, rows.numbers
    for i in range(1, len(order)):
        if new[i]:
            continue
        here, before = order[i], order[i - 1]
        for c in range(codes.shape[1]):
            if codes[here, c] != codes[before, c]:
                new[i] = True
        for j in range(numbers.shape[1]):
            if numbers[here, j] != numbers[before, j]:
                new[i] = True
        for j in range(len(others)):
            if others[j, here] != others[j, before]:
                new[i] = True
