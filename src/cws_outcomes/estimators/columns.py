"""
Covariates as a kernel wants them: levels and flags as places of ones, numbers as dense columns.

A row of a dozen text covariates is mostly zeros once it is spread over the terms. Kept as the
places of its ones, it costs a byte or two for each covariate that is not at its reference, and
sums over rows touch nothing else. Numbers stay dense, centred, and divided by their range, so that
a coefficient is the most that a column can move a linear predictor.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cws_outcomes.estimators import inputs
from cws_outcomes.estimators.codes import Codes
from cws_outcomes.estimators.compiled import compiled
from cws_outcomes.estimators.covariates import Covariate, Levels, covariates
from cws_outcomes.estimators.inputs import Floats, Integers

Places = NDArray[np.uint16]


@dataclass(frozen=True, eq=False)
class Columns:
    """
    Rows of a regression, a constant first, then the numbers, then places of ones.

    Attributes
    ----------
    covariates : list of Covariate
        As asked for.
    place : (terms,) integers
        Where each term stands; 0 is the constant.
    dense : (rows, numbers) floats
        Standardised: centre taken off, divided by the range.
    begins, ones : (rows + 1,) and (places,) integers
        The places of the ones of row i are ``ones[begins[i]:begins[i + 1]]``, ascending.
    centres, ranges : (terms,) floats
        0 and 1 for what is not a dense number.
    """

    covariates: list[Covariate]
    place: Integers
    dense: Floats
    begins: NDArray[np.int64]
    ones: Places
    centres: Floats
    ranges: Floats

    @property
    def terms(self) -> list[str]:
        """Names of the terms, in the order of the covariates."""
        return [term for covariate in self.covariates for term in covariate.terms]

    @property
    def width(self) -> int:
        """Number of places, the constant's included."""
        return len(self.place) + 1

    def matrix(self, rows: Integers) -> Floats:
        """Spread some rows over the terms: standardised, in the order of the covariates."""
        spread = np.zeros((len(rows), self.width))
        spread[:, 1 : 1 + self.dense.shape[1]] = self.dense[rows]
        _spread_ones(self.begins, self.ones, rows, spread)
        return np.asarray(spread[:, self.place])


def columns(frame: pl.DataFrame, names: Sequence[str], order: Codes) -> Columns:
    """
    Read covariates, and lay them out.

    Parameters
    ----------
    frame : polars.DataFrame
        Complete rows.
    names : sequence of str
        As in `covariates`.
    order : (kept,) integers
        Which rows, in which order.

    Raises
    ------
    EstimationError
        As `covariates`.
    """
    read = covariates(frame, names)
    terms = [term for covariate, _ in read for term in covariate.terms]
    is_dense = np.array([own is None for covariate, own in read for _ in covariate.terms])
    place = np.empty(len(terms), dtype=np.intp)
    place[is_dense] = 1 + np.arange(np.sum(is_dense))
    place[~is_dense] = 1 + np.sum(is_dense) + np.arange(np.sum(~is_dense))
    first = [place[terms.index(known.terms[0])] - 1 for known, own in read if own is not None]
    given = [known for known, _ in read]
    numbers = [known.name for known, own in read if own is None]
    none = np.empty((0, frame.height), dtype=np.uint8)
    codes = np.concatenate([none, *(own[None] for _, own in read if own is not None)])
    del read  # before as much again is needed for the ones, and for the numbers
    begins, ones = _pack(codes, np.array(first, np.int64), order)
    del codes
    dense, centres, ranges = _dense(frame, numbers, order)
    columns = Columns(given, place, dense, begins, ones, np.zeros(len(terms)), np.ones(len(terms)))
    columns.centres[is_dense], columns.ranges[is_dense] = centres, ranges
    return columns


def _dense(
    frame: pl.DataFrame, names: Sequence[str], order: Codes
) -> tuple[Floats, Floats, Floats]:
    """One column at a time, so that a copy of all of them is never held beside the result."""
    dense = np.empty((len(order), len(names)))
    centres, ranges = np.zeros(len(names)), np.ones(len(names))
    for place, name in enumerate(names):
        values = inputs.numbers(frame, name)[order]
        centres[place], ranges[place] = values.mean(), np.ptp(values) or 1.0
        # A column without range among these rows becomes zero, for climb() to name.
        dense[:, place] = (values - centres[place]) / ranges[place]
    return dense, centres, ranges


@compiled
def _pack(
    codes: Levels, first: NDArray[np.int64], order: Codes
) -> tuple[NDArray[np.int64], Places]:
    """Turn a code for each covariate into the places of the codes that are not the reference."""
    columns, rows = codes.shape
    # Side by side, so that a row in another order is one look into memory and not one a column.
    by_row = np.empty((rows, columns), dtype=codes.dtype)
    for row in range(rows):
        for column in range(columns):
            by_row[row, column] = codes[column, row]
    begins = np.empty(len(order) + 1, dtype=np.int64)
    # One more than can be needed: a reference is written too, and written over.
    ones, at = np.empty(len(order) * columns + 1, dtype=np.uint16), 0
    for row in range(len(order)):
        begins[row] = at
        for column in range(columns):
            code = by_row[order[row], column]
            ones[at] = first[column] + code
            at += code > 0
    begins[len(order)] = at
    return begins, ones[:at]


@compiled
def rearranged(
    begins: NDArray[np.int64], ones: Places, order: Codes
) -> tuple[NDArray[np.int64], Places]:
    """Places of the ones of some rows, in another order."""
    moved = np.zeros(len(order) + 1, dtype=np.int64)
    for row in range(len(order)):
        moved[row + 1] = moved[row] + begins[order[row] + 1] - begins[order[row]]
    target = np.empty(moved[len(order)], dtype=np.uint16)
    for row in range(len(order)):
        at = moved[row]
        for place in range(begins[order[row]], begins[order[row] + 1]):
            target[at] = ones[place]
            at += 1
    return moved, target


@compiled
def _spread_ones(begins: NDArray[np.int64], ones: Places, rows: Integers, spread: Floats) -> None:
    for row in range(len(rows)):
        for place in range(begins[rows[row]], begins[rows[row] + 1]):
            spread[row, ones[place]] = 1.0
