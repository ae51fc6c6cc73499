"""Covariates kept as they were given, and expanded to a design a block of rows at a time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cws_outcomes.estimators.errors import EstimationError
from cws_outcomes.estimators.inputs import MOST_LEVELS, Floats, listed
from cws_outcomes.estimators.products import ONE_THREAD

INTERCEPT = "(Intercept)"


@dataclass(frozen=True, eq=False)
class Columns:
    """
    The columns of a regression, never whole in memory.

    Attributes
    ----------
    terms : list of str
        ``column`` for a number, ``column[level]`` for a level of a text column but the first.
    levels : mapping of str to list of str
        Levels of each text column, in order.
    centres, ranges : (terms,) floats
        Least value and range, taken off and divided by in `block`: a coefficient is then the most
        that a term can move, and a level on its way to infinity does not move the intercept.
    """

    terms: list[str]
    levels: Mapping[str, list[str]]
    centres: Floats
    ranges: Floats
    height: int
    _parts: list[tuple[NDArray[Any], int | None]]

    @property
    def block_rows(self) -> int:
        """Rows whose cross-product is taken on one thread whatever the number of cores."""
        return max(64, min(8192, ONE_THREAD // (len(self.terms) ** 2 + 1)))

    def blocks(self) -> Iterator[slice]:
        """Stretches of rows that do not depend on the number of threads."""
        for begin in range(0, self.height, self.block_rows):
            yield slice(begin, min(begin + self.block_rows, self.height))

    def block(self, rows: slice) -> Floats:
        """Standardised terms (terms, rows) of a stretch."""
        values = np.empty((len(self.terms), rows.stop - rows.start))
        values[: len(self.terms) - len(self._parts)] = 1.0
        for place, (given, level) in enumerate(
            self._parts, start=len(self.terms) - len(self._parts)
        ):
            own = given[rows] if level is None else given[rows] == level
            values[place] = own
            if self.centres[place] != 0:
                values[place] -= self.centres[place]
            if self.ranges[place] != 1:
                values[place] *= 1 / self.ranges[place]
        return values

    def unscaled(self) -> Floats:
        """Matrix from coefficients of the standardised terms to those of the terms as given."""
        back = np.diag(1 / self.ranges)
        if self.terms[0] == INTERCEPT:
            back[0, 1:] = -self.centres[1:] / self.ranges[1:]
        return back


def columns(
    frame: pl.DataFrame, covariates: Sequence[str], *, intercept: bool = True,
    levels: Mapping[str, list[str]] | None = None,
) -> Columns:  # fmt: skip
    """
    Prepare covariates.

    Parameters
    ----------
    frame : polars.DataFrame
        Complete rows.
    covariates : sequence of str
        Numeric, boolean or text columns.
    intercept : bool
        Whether to begin with ``(Intercept)``; without one, nothing is centred.
    levels : mapping, optional
        Levels of text columns that a model has been fitted with: new ones are refused, and
        nothing is standardised.

    Raises
    ------
    EstimationError
        A column is constant, named twice, of a type that is not fitted, or has too many levels.
    """
    terms, found = [INTERCEPT] * intercept, dict[str, list[str]]()
    parts: list[tuple[NDArray[Any], int | None]] = []
    for name in covariates:
        values = frame[name]
        if values.dtype.is_numeric() or values.dtype == pl.Boolean:
            terms.append(name)
            parts.append((values.to_numpy(), None))
            continue
        found[name] = _levels(values) if levels is None else levels[name]
        codes = _codes(values, found[name])
        for place, text in enumerate(found[name][1:], start=1):
            terms.append(f"{name}[{text}]")
            parts.append((codes, place))
    repeated = sorted({term for term in terms if terms.count(term) > 1})
    if repeated:
        raise EstimationError(f"covariates named twice: {listed(repeated)}")
    centres, ranges = np.zeros(len(terms)), np.ones(len(terms))
    for place, (given, level) in enumerate(parts if levels is None else [], start=int(intercept)):
        own = given if level is None else given == level
        ranges[place] = float(np.max(own)) - float(np.min(own))
        centres[place] = float(np.min(own)) if intercept else 0.0
    constant = [term for term, size in zip(terms, ranges, strict=True) if size == 0]
    if constant:
        raise EstimationError(f"the same value in every row: {listed(constant)}; leave these out")
    return Columns(terms, found, centres, ranges, frame.height, parts)


def _levels(values: pl.Series) -> list[str]:
    if not isinstance(values.dtype, pl.String | pl.Enum):
        raise EstimationError(
            f"`{values.name}`: expected numbers, flags or text, found {values.dtype}"
        )
    levels = values.unique().sort()
    if levels.len() > MOST_LEVELS:
        raise EstimationError(
            f"`{values.name}` has {levels.len()} levels, at most {MOST_LEVELS} are fitted as terms"
        )
    if levels.len() == 1:
        raise EstimationError(f"the same value in every row: `{values.name}`; leave it out")
    return levels.cast(pl.String).to_list()


def _codes(values: pl.Series, levels: list[str]) -> NDArray[Any]:
    places = {level: place for place, level in enumerate(levels)}
    codes = values.cast(pl.String).replace_strict(places, default=None, return_dtype=pl.Int16)
    unknown = codes.null_count()
    if unknown:
        raise EstimationError(
            f"`{values.name}`: {unknown} rows have a level that the model was not fitted with"
        )
    return codes.to_numpy()
