"""The door of the room: what a caller passes becomes checked numpy arrays here, and only here."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cws_outcomes.estimators.codes import combined
from cws_outcomes.estimators.errors import EstimationError

Floats = NDArray[np.float64]
Numbers = NDArray[Any]  # as a column holds them
Integers = NDArray[np.intp]
Flags = NDArray[np.bool_]
Names = str | Sequence[str]

# A text column with more levels than this is an identifier passed by mistake.
MOST_LEVELS = 1_000
MOST_NAMES = 8


def as_frame(data: object) -> pl.DataFrame:
    """Return ``data`` as a polars table; pandas tables are converted."""
    if isinstance(data, pl.DataFrame):
        return data
    if isinstance(data, pl.LazyFrame):
        return data.collect()
    if type(data).__module__.split(".")[0] == "pandas" and hasattr(data, "columns"):
        return pl.from_pandas(cast(Any, data))
    raise EstimationError(f"expected a polars or pandas table, found {type(data).__name__}")


def source(data: object) -> pl.DataFrame | str | Path:
    """Return ``data`` as a polars table, or as the path of a Parquet file that it is."""
    return data if isinstance(data, str | Path) else as_frame(data)


def as_names(names: Names | None) -> list[str]:
    """Return one or several column names as a list."""
    if names is None:
        return []
    return [names] if isinstance(names, str) else list(names)


def check_choice(name: str, given: str, choices: Iterable[str]) -> None:
    """Refuse a word that is none of the choices."""
    choices = list(choices)
    if given not in choices:
        raise EstimationError(f"{name}: expected one of {', '.join(choices)}")


def listed(names: Sequence[str]) -> str:
    """Names for a message, cut where a message would become a table."""
    shown = ", ".join(f"`{name}`" for name in names[:MOST_NAMES])
    rest = len(names) - MOST_NAMES
    return f"{shown} and {rest} more" if rest > 0 else shown


def complete(data: object, *columns: Names | None) -> pl.DataFrame:
    """
    Keep the columns that a model uses, once it is sure that they are there and full.

    Raises
    ------
    EstimationError
        A column is absent, the table is empty, or values are missing or not finite. Rows are
        never dropped here: who is left out of an analysis is the caller's decision.
    """
    given = source(data)
    known = given.columns if isinstance(given, pl.DataFrame) else pl.read_parquet_schema(given)
    wanted = list(dict.fromkeys(name for names in columns for name in as_names(names)))
    absent = [name for name in wanted if name not in known]
    if absent:
        raise EstimationError(f"the data have no column {listed(absent)}; check the names")
    if isinstance(given, pl.DataFrame):
        frame = given.select(wanted) if wanted else given  # no columns would be no rows
    else:
        frame = pl.read_parquet(given, columns=wanted)
    if frame.height == 0:
        raise EstimationError("expected rows, found an empty table")
    gaps = {name: _gaps(frame[name]) for name in wanted}
    gaps = {name: count for name, count in gaps.items() if count}
    if gaps:
        counts = ", ".join(f"`{name}` {count}" for name, count in gaps.items())
        raise EstimationError(
            f"missing or infinite values: {counts} (of {frame.height} rows); "
            "leave these rows out or give the gap a level of its own"
        )
    return frame


def _gaps(values: pl.Series) -> int:
    if values.null_count() == 0 and not (
        values.dtype.is_float() and not np.isfinite(cast(float, values.sum()))
    ):
        return 0
    finite = values.is_finite() if values.dtype.is_float() else values.is_not_null()
    return values.len() - int(finite.fill_null(False).sum())


def numbers(frame: pl.DataFrame, column: str) -> Floats:
    """Return a numeric or boolean column as floats."""
    return np.asarray(as_held(frame, column), dtype=np.float64)


def as_held(frame: pl.DataFrame, column: str) -> Numbers:
    """Return a numeric or boolean column without gaps as it is held."""
    values = frame[column]
    if not (values.dtype.is_numeric() or values.dtype == pl.Boolean):
        raise EstimationError(
            f"`{column}`: expected numbers, found {values.dtype}; turn dates into days"
        )
    wide = values.dtype.is_decimal() or values.dtype in (pl.Int128, pl.UInt128)
    return (values.cast(pl.Float64) if wide else values).to_numpy()


def flags(frame: pl.DataFrame, column: str) -> Flags:
    """Return a boolean or 0/1 column as booleans."""
    if frame[column].dtype == pl.Boolean:
        return frame[column].to_numpy()
    values = numbers(frame, column)
    strange = int(np.sum((values != 0) & (values != 1)))
    if strange:
        raise EstimationError(f"`{column}`: expected 0 and 1 only, found {strange} other values")
    return np.asarray(values == 1, dtype=np.bool_)


def counts(frame: pl.DataFrame, column: str) -> Integers:
    """Return a column of whole numbers that are not negative."""
    if frame[column].dtype.is_integer() and cast(int, frame[column].min()) >= 0:
        return frame[column].to_numpy()
    values = numbers(frame, column)
    strange = int(np.sum((values < 0) | (values != np.floor(values))))
    if strange:
        raise EstimationError(
            f"`{column}`: expected whole numbers of 0 or more, found {strange} other values"
        )
    return values.astype(np.intp)


def positive(frame: pl.DataFrame, column: str | None) -> Floats:
    """Return weights, which are ones when no column is named."""
    if column is None:
        return np.ones(frame.height)
    values = numbers(frame, column)
    strange = int(np.sum(values <= 0))
    if strange:
        raise EstimationError(
            f"`{column}`: weights must be above zero, {strange} are not; leave these rows out"
        )
    return values


def intervals(frame: pl.DataFrame, start: str | None, stop: str) -> tuple[Numbers, Numbers]:
    """Return entry and exit times of the (start, stop] rows; without ``start``, always entered."""
    stops = as_held(frame, stop)
    if start is None:
        return np.broadcast_to(-np.inf, frame.height), stops
    starts = as_held(frame, start)
    wrong = int(np.sum(starts >= stops))
    if wrong:
        raise EstimationError(
            f"expected `{start}` before `{stop}` in every row, found {wrong} rows where it is not"
        )
    return starts, stops


def groups(frame: pl.DataFrame, columns: Names | None) -> tuple[Integers, pl.DataFrame]:
    """
    Number the distinct combinations of some columns, in their sorted order.

    Returns
    -------
    codes : (rows,) integers
        0 for the first combination; all 0 when no column is named.
    levels : polars.DataFrame
        One row for each combination, in the order of the codes.
    """
    names = as_names(columns)
    if not names:
        return np.zeros(frame.height, dtype=np.intp), pl.DataFrame()
    codes, levels = combined(frame.select(names).get_columns())
    return codes.astype(np.intp), levels
