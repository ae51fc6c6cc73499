"""Cleared rows as a frame of their contract."""

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from cws_outcomes.contracts import Table

_TYPES: Mapping[str, type[pl.DataType]] = {
    "VARCHAR": pl.String,
    "BIGINT": pl.Int64,
    "INTEGER": pl.Int32,
    "DOUBLE": pl.Float64,
    "BOOLEAN": pl.Boolean,
}


def cleared(table: Table, rows: Iterable[Mapping[str, Any]]) -> dict[str, pl.DataFrame]:
    """
    Rows as the frame that a contract promises, in the order of its key.

    Parameters
    ----------
    table : Table
        Contract of a cleared table.
    rows : iterable of mapping
        A column that a row lacks is empty; anything a contract does not name is left behind.

    Returns
    -------
    dict of str to DataFrame
        The one frame, by contract name: what a step returns.
    """
    schema = {name: _TYPES[column.type] for name, column in table.columns.items()}
    held = [{name: row.get(name) for name in schema} for row in rows]
    return {table.name: pl.DataFrame(held, schema=schema).sort(table.key)}


def significant(value: float | None, figures: int = 3) -> float | None:
    """A number to so many significant figures; empty stays empty."""
    return None if value is None else float(f"{value:.{figures}g}")


def decimals(value: float | None, places: int) -> float | None:
    """A number to so many decimals, without a negative zero; empty and NaN become empty."""
    if value is None or value != value:
        return None
    return round(float(value), places) + 0.0
