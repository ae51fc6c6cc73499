"""Groups and levels as small whole numbers, through the codes that the table already has."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cws_outcomes.estimators.compiled import compiled

Codes = NDArray[np.int32]
Begins = NDArray[np.int64]


def coded(values: pl.Series) -> tuple[Codes, pl.Series]:
    """
    Number the levels of a column that occur: an Enum in its order, all else sorted.

    Parameters
    ----------
    values : polars.Series
        Without gaps.

    Returns
    -------
    codes : (rows,) integers
        0 for the first level.
    levels : polars.Series
        In the order of the codes; text where ``values`` are categorical.
    """
    found = _found(values)
    if found is None:
        return _ranked(values)
    numbers, lowest, place, levels = found
    if place is None:
        return (numbers - lowest).astype(np.int32), levels
    return look_up(numbers, lowest, place), levels


def small_codes(values: pl.Series) -> tuple[NDArray[np.unsignedinteger[Any]], pl.Series]:
    """As `coded`, in a byte for each row, or two; those of the column itself if they are codes."""
    found = _found(values)
    if found is not None and found.place is None and found.numbers.dtype == np.uint8:
        return found.numbers, found.levels
    codes, levels = coded(values)
    return codes.astype(np.uint8 if len(levels) <= 2**8 else np.uint16), levels


class _Found(NamedTuple):
    """Whole numbers of a column, the lowest, their places among the levels unless in order."""

    numbers: NDArray[Any]
    lowest: int
    place: Codes | None
    levels: pl.Series


def _found(values: pl.Series) -> _Found | None:
    """What occurs in a column, read from a table; None where values are not whole or far apart."""
    kind = values.dtype
    if kind == pl.String:
        kind = pl.Categorical()
        values = values.cast(kind)
    whole = physical(values)
    if not whole.dtype.is_integer():
        return None
    lowest, highest = _range(kind, whole)
    if highest - lowest > max(4 * whole.len(), 2**16):
        return None
    numbers = whole.to_numpy()
    seen = np.zeros(highest - lowest + 1, dtype=np.bool_)
    mark(numbers, lowest, seen)
    found = np.flatnonzero(seen)
    levels = as_levels(pl.Series(values.name, found + lowest), kind)
    if kind == pl.Categorical:
        order = levels.arg_sort().to_numpy()
        found, levels = found[order], levels[order]
    if len(found) == len(seen) and bool(np.all(np.diff(found) > 0)):  # numbers are codes already
        return _Found(numbers, lowest, None, levels)
    place = np.zeros(len(seen), dtype=np.int32)
    place[found] = np.arange(len(found), dtype=np.int32)
    return _Found(numbers, lowest, place, levels)


def physical(values: pl.Series) -> pl.Series:
    """Numbers by which a column is held: days of dates, places of categories, 0 and 1 of flags."""
    if values.dtype.is_numeric():
        return values  # polars would ask a query for it
    return values.cast(pl.UInt8) if values.dtype == pl.Boolean else values.to_physical()


def _range(kind: pl.DataType, whole: pl.Series) -> tuple[int, int]:
    """Lowest and highest number that may occur."""
    if isinstance(kind, pl.Enum):
        return 0, len(kind.categories) - 1
    return int(whole.min()), int(whole.max())  # type: ignore[arg-type]


def combined(columns: Sequence[pl.Series]) -> tuple[Codes, pl.DataFrame]:
    """
    Number the combinations of several columns that occur, sorted by the first, then the second.

    Returns
    -------
    codes : (rows,) integers
        0 for the first combination.
    levels : polars.DataFrame
        One row for each combination, in the order of the codes.
    """
    codes, levels = coded(columns[0])
    table = pl.DataFrame([levels])
    for column in columns[1:]:
        more, others = coded(column)
        pairs = codes.astype(np.int64) * len(others) + more
        codes, found = coded(pl.Series(pairs))
        first, second = np.divmod(found.to_numpy(), len(others))
        table = table[first].with_columns(others[second].alias(column.name))
    return codes, table


def as_levels(codes: pl.Series, dtype: pl.DataType) -> pl.Series:
    """Levels of a type from their physical codes; those of categories as text."""
    if isinstance(dtype, pl.Enum):
        return dtype.categories[codes.to_numpy()].alias(codes.name).cast(dtype)
    if isinstance(dtype, pl.Categorical):
        held = pl.Series([], dtype=dtype).to_physical().dtype
        return codes.cast(held).cat.to(dtype).cast(pl.String)
    return codes.cast(dtype)


def _ranked(values: pl.Series) -> tuple[Codes, pl.Series]:
    if values.dtype == pl.Categorical:
        values = values.cast(pl.String)
    ranks = values.rank("dense").to_numpy().astype(np.int32) - 1
    return ranks, values.unique().sort()


@compiled
def mark(numbers: NDArray[np.int32], lowest: int, seen: NDArray[np.bool_]) -> None:
    """Tick every number that occurs, until there is none left to tick."""
    left = len(seen)
    for row in range(len(numbers)):
        place = np.int64(numbers[row]) - lowest
        if not seen[place]:
            seen[place] = True
            left -= 1
            if left == 0:
                break


@compiled
def look_up(numbers: NDArray[np.int32], lowest: int, place: Codes) -> Codes:
    """Read the place of every number."""
    codes = np.empty(len(numbers), dtype=np.int32)
    for row in range(len(numbers)):
        codes[row] = place[np.int64(numbers[row]) - lowest]
    return codes
