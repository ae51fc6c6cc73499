"""Frames in delivered form: text, dates, blanks and the mark that tells synthetic rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from cws_outcomes.synthetic.days import NEVER, Days

MARK = "SYNTHETIC"
"""Name of the last column of every file and the value of all its rows."""

Column = NDArray[Any] | pl.Series
Columns = Mapping[str, Column]


@dataclass(frozen=True)
class File:
    """One file to be delivered: its name, separator and rows."""

    name: str
    rows: pl.DataFrame
    separator: str = "\t"


def text(values: NDArray[np.str_]) -> pl.Series:
    """Text of ASCII letters only; several times faster than one Python string at a time."""
    if not values.dtype.itemsize or not len(values):
        return pl.Series(values.tolist(), dtype=pl.String)
    width = values.dtype.itemsize // 4
    codes = np.ascontiguousarray(values).view(np.uint32).reshape(len(values), width)
    used = codes != 0
    ends = np.concatenate([[0], np.cumsum(used.sum(axis=1))]).astype(np.int32)
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(codes[used].astype(np.uint8))]
    return pl.Series(pl.from_arrow(pa.Array.from_buffers(pa.string(), len(values), buffers)))


def column(values: Column) -> pl.Series:
    """A column of whatever holds its values."""
    is_text = isinstance(values, np.ndarray) and values.dtype.kind == "U"
    return text(values) if is_text else pl.Series(values)  # type: ignore[arg-type]


def dates(days: Days) -> pl.Series:
    """ISO dates; ``NEVER`` is blank."""
    known = pl.Series(days.astype(np.int32)).cast(pl.Date)
    return known.set(pl.Series(days >= NEVER), None)


def whole(values: NDArray[Any], missing: int = -1) -> pl.Series:
    """Whole numbers; ``missing`` is blank."""
    numbers = pl.Series(np.asarray(values).astype(np.int64))
    return numbers.set(pl.Series(np.asarray(values) == missing), None)


def number(values: NDArray[np.float64]) -> pl.Series:
    """Numbers to one decimal; not-a-number is blank."""
    return pl.Series(np.round(values, 1)).fill_nan(None)


def frame(columns: Columns, prefix: str = "", suffix: str = "") -> pl.DataFrame:
    """A frame with affixed column names, the mark last."""
    named = {f"{prefix}{name}{suffix}": column(values) for name, values in columns.items()}
    table = pl.DataFrame(named)
    return table.with_columns(pl.lit(MARK).alias(MARK))
