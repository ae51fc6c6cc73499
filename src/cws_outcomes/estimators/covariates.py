"""Covariates as every regression reads them: terms, levels in their order, and what is refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cws_outcomes.estimators.codes import small_codes
from cws_outcomes.estimators.compiled import in_parts
from cws_outcomes.estimators.errors import EstimationError
from cws_outcomes.estimators.inputs import MOST_LEVELS, Floats, as_held, listed, numbers

Levels = NDArray[np.unsignedinteger[Any]]


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
    """

    name: str
    terms: list[str]
    levels: list[str] | None = None


def covariates(
    frame: pl.DataFrame, names: Sequence[str], threads: int = 1
) -> list[tuple[Covariate, Levels | None]]:
    """
    Read covariates from complete rows.

    Parameters
    ----------
    frame : polars.DataFrame
        Complete rows.
    names : sequence of str
        Numeric, boolean or text columns. A text column gives one term for each level but the
        first: in the order of its Enum, else sorted, among the levels that occur.
    threads : int
        Most columns at work at once.

    Returns
    -------
    list of (Covariate, codes)
        Levels and flags are codes, 0 for the reference; numbers have none.

    Raises
    ------
    EstimationError
        A column named twice, constant, of another type, or with too many levels.
    """
    read = in_parts(_read, [frame[name] for name in names], threads)
    constant = [covariate.name for covariate, _ in read if not covariate.terms]
    if constant:
        raise EstimationError(f"the same value in every row: {listed(constant)}; leave out")
    terms = [term for covariate, _ in read for term in covariate.terms]
    repeated = sorted({term for term in terms if terms.count(term) > 1})
    if repeated:
        raise EstimationError(f"covariates named twice: {listed(repeated)}")
    return read


def _read(values: pl.Series) -> tuple[Covariate, Levels | None]:
    """Of a column with one value only there are no terms."""
    name, kind = values.name, values.dtype
    if kind.is_numeric() or kind == pl.Boolean:
        low, high = values.min(), values.max()
        terms = [name] if low != high else []
        is_flag = (low, high) == (0, 1) and _only_zero_and_one(values)
        codes = as_held(values.to_frame(), name).astype(np.uint8) if is_flag else None
        return Covariate(name, terms), codes
    if not isinstance(kind, pl.String | pl.Enum | pl.Categorical):
        raise EstimationError(f"`{name}`: expected numbers, flags or text, found {kind}")
    places, found = small_codes(values)
    if found.len() > MOST_LEVELS:
        raise EstimationError(
            f"`{name}` has {found.len()} levels, at most {MOST_LEVELS} are fitted as terms"
        )
    levels = found.cast(pl.String).to_list()
    return Covariate(name, [f"{name}[{level}]" for level in levels[1:]], levels), places


def _only_zero_and_one(values: pl.Series) -> bool:
    if values.dtype == pl.Boolean or values.dtype.is_integer():
        return True
    return bool(((values == 0) | (values == 1)).all())


def spread(frame: pl.DataFrame, known: Sequence[Covariate]) -> Floats:
    """Spread new rows over the terms of a fit, as given; raises as `predictors`."""
    parts = [_added(frame[own.name], own, np.eye(len(own.terms))) for own in known]
    return np.concatenate(parts, axis=1)


def predictors(frame: pl.DataFrame, known: Sequence[Covariate], beta: Floats) -> Floats:
    """
    Linear predictors (rows, columns of ``beta``) of new rows.

    Parameters
    ----------
    beta : (terms, columns) floats
        Of the terms as given; first the intercept, if there is one.

    Raises
    ------
    EstimationError
        A text column holds a level that the fit has not seen.
    """
    end = len(beta) - sum(len(own.terms) for own in known)
    total = np.tile(np.sum(beta[:end], axis=0), (frame.height, 1))
    for own in known:
        begin, end = end, end + len(own.terms)
        total += _added(frame[own.name], own, beta[begin:end])
    return total


def _added(values: pl.Series, known: Covariate, slopes: Floats) -> Floats:
    """What a covariate adds to linear predictors."""
    if known.levels is None:
        return numbers(values.to_frame(), known.name)[:, None] * slopes
    codes = values.cast(pl.String).cast(pl.Enum(known.levels), strict=False).to_physical()
    unseen = codes.null_count()
    if unseen:
        raise EstimationError(
            f"`{known.name}`: {unseen} rows have a level that the fit has not seen"
        )
    added: Floats = np.concatenate([np.zeros((1, slopes.shape[1])), slopes])[codes.to_numpy()]
    return added
