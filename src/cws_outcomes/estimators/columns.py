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

from cws_outcomes.estimators.codes import Codes, coded
from cws_outcomes.estimators.compiled import compiled
from cws_outcomes.estimators.errors import EstimationError
from cws_outcomes.estimators.inputs import MOST_LEVELS, Floats, Integers, listed, numbers

Places = NDArray[np.uint16]
Levels = NDArray[np.uint8] | NDArray[np.uint16]


@dataclass(frozen=True)
class Covariate:
    """
    What a covariate is made of.

    Attributes
    ----------
    name : str
        Column.
    terms : list of str
        ``column`` for a number or flag, ``column[level]`` for a level of a text column.
    levels : list of str or None
        Of a text column, the reference first; None for numbers and flags.
    is_dense : bool
        Whether it is kept as numbers, not as places of ones.
    """

    name: str
    terms: list[str]
    levels: list[str] | None
    is_dense: bool


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
    Read covariates from complete rows.

    Parameters
    ----------
    frame : polars.DataFrame
        Complete rows.
    names : sequence of str
        Numeric, boolean or text columns. A text column gives one term for each level but the
        first: in the order of its Enum, else sorted, among the levels that occur.
    order : (kept,) integers
        Which rows, in which order.

    Raises
    ------
    EstimationError
        A column named twice, constant, of another type, or with too many levels.
    """
    codes: Levels = np.empty((len(names), frame.height), dtype=np.uint8)
    covariates: list[Covariate] = []
    for name in names:
        covariate, own = _read(frame, name)
        if own is not None:
            if covariate.levels is not None and len(covariate.levels) > 2**8:
                codes = codes.astype(np.uint16)
            codes[sum(not known.is_dense for known in covariates)] = own
        covariates.append(covariate)
    terms = [term for covariate in covariates for term in covariate.terms]
    repeated = sorted({term for term in terms if terms.count(term) > 1})
    if repeated:
        raise EstimationError(f"covariates named twice: {listed(repeated)}")
    is_dense = np.repeat([c.is_dense for c in covariates], [len(c.terms) for c in covariates])
    place = np.empty(len(terms), dtype=np.intp)
    place[is_dense] = 1 + np.arange(np.sum(is_dense))
    place[~is_dense] = 1 + np.sum(is_dense) + np.arange(np.sum(~is_dense))
    first = [place[terms.index(c.terms[0])] - 1 for c in covariates if not c.is_dense]
    begins, ones = _pack(codes[: len(first)], np.array(first, np.int64), order)
    del codes  # before as much again is needed for the numbers
    dense, centres, ranges = _dense(frame, [c.name for c in covariates if c.is_dense], order)
    columns = Columns(
        covariates, place, dense, begins, ones, np.zeros(len(terms)), np.ones(len(terms))
    )
    columns.centres[is_dense], columns.ranges[is_dense] = centres, ranges
    return columns


def rows_like(frame: pl.DataFrame, covariates: Sequence[Covariate]) -> Floats:
    """
    Spread new rows over the terms of a fit, as given: not standardised.

    Raises
    ------
    EstimationError
        A text column holds a level that the fit has not seen.
    """
    parts = []
    for covariate in covariates:
        if covariate.levels is None:
            parts.append(numbers(frame, covariate.name)[:, None])
            continue
        values = frame[covariate.name].cast(pl.String)
        unseen = values.len() - int(values.is_in(covariate.levels).sum())
        if unseen:
            raise EstimationError(
                f"`{covariate.name}`: {unseen} rows have a level that the fit has not seen"
            )
        parts.append(np.stack([(values == level).to_numpy() for level in covariate.levels[1:]], 1))
    return np.concatenate(parts, axis=1).astype(np.float64)


def _read(frame: pl.DataFrame, name: str) -> tuple[Covariate, Codes | None]:
    values = frame[name]
    is_number = values.dtype.is_numeric()
    if is_number or values.dtype == pl.Boolean:
        low, high = values.min(), values.max()
        if low == high:
            raise EstimationError(f"the same value in every row: `{name}`; leave it out")
        if (low, high) == (0, 1) and (values.dtype == pl.Boolean or _only_zero_and_one(values)):
            return Covariate(name, [name], None, False), values.cast(pl.UInt8).to_numpy()
        return Covariate(name, [name], None, True), None
    if not isinstance(values.dtype, pl.String | pl.Enum | pl.Categorical):
        raise EstimationError(f"`{name}`: expected numbers, flags or text, found {values.dtype}")
    codes, levels = coded(values)
    if levels.len() > MOST_LEVELS:
        raise EstimationError(
            f"`{name}` has {levels.len()} levels, at most {MOST_LEVELS} are fitted as terms"
        )
    if levels.len() == 1:
        raise EstimationError(f"the same value in every row: `{name}`; leave it out")
    named = levels.cast(pl.String).to_list()
    return Covariate(name, [f"{name}[{level}]" for level in named[1:]], named, False), codes


def _only_zero_and_one(values: pl.Series) -> bool:
    return values.dtype.is_integer() or bool(((values == 0) | (values == 1)).all())


def _dense(
    frame: pl.DataFrame, names: Sequence[str], order: Codes
) -> tuple[Floats, Floats, Floats]:
    """One column at a time, so that a copy of all of them is never held beside the result."""
    dense = np.empty((len(order), len(names)))
    centres, ranges = np.zeros(len(names)), np.ones(len(names))
    for place, name in enumerate(names):
        values = numbers(frame, name)[order]
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
