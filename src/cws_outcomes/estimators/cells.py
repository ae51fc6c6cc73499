"""
Rows that agree in everything a model looks at, collapsed to one cell with a count and sums.

Exact: whole numbers are added as whole numbers, and other numbers as fixed-point ones of 128 bits
(multiples of 2**-90 of the largest), so that a cell has the same bits whatever the order of the
rows and the number of threads; and what went in is what comes out, which is asserted.
"""

import math
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple, cast

import duckdb
import numpy as np
import polars as pl

from cws_outcomes.estimators.errors import EstimationError
from cws_outcomes.estimators.inputs import as_frame, listed
from cws_outcomes.estimators.packed import fields, pack, packable, tally, unpack

ROWS = "_rows"
# Collapsing costs about as much as one pass of a fit over the rows; a fit makes half a dozen.
PAYS = 0.25
# Rows that show whether many share their keys.
FEW_ROWS = 50_000
# Rows whose cells a query makes at once, where most rows are cells of their own.
MOST_ROWS = 2**21
# Bits of the largest number in a fixed-point sum: 2**37 of them fit in the 128 that hold it.
BITS = 90


def cells(
    data: object, keys: Sequence[str], sums: Sequence[str] | Mapping[str, str] = (), *,
    threads: int = 1,
) -> pl.DataFrame:  # fmt: skip
    """
    Collapse rows that agree in all keys.

    Parameters
    ----------
    data : polars.DataFrame, pandas.DataFrame or path
        A path is that of a Parquet file. Without sums, its keys are read if they are whole numbers
        or if persons are among them; else it is scanned, and never held.
    keys : sequence of str
        Columns that make a cell.
    sums : sequence of str, or mapping of str to str
        Columns to add up; or names of sums and the SQL expression of each, such as
        ``{"events": "event", "weighted_events": "weight * event"}``.
    threads : int
        Most threads of a scan in DuckDB; the result does not depend on it.

    Returns
    -------
    polars.DataFrame
        One row for each combination that occurs, sorted by the keys: the keys in their types,
        ``_rows`` (how many), and the sums (Int64 for whole numbers and flags, else Float64).

    Raises
    ------
    EstimationError
        A column is absent, there are no rows, or a key or a number to add is missing or not
        finite: which, and in how many rows.
    """
    added = dict(sums) if isinstance(sums, Mapping) else {name: quoted(name) for name in sums}
    given, types = _opened(data, [*keys, *([] if isinstance(sums, Mapping) else sums)])
    whole = all(packable(types[name]) for name in keys)
    many = bool(keys) and (bool(added) or not whole) and _many(given, keys)
    if keys and not added and (whole or many):
        found = _tallied(given, keys)
        if found is not None:
            return found
    with _cursor(threads) as cursor:
        table = _table(cursor, given)
        totals = _totals(cursor, table, added)
        parts = [f"count(*) as {ROWS}", *(_sum(name, *totals[name][:2]) for name in added)]
        names = ", ".join(map(quoted, keys))
        columns = ", ".join([names] * bool(keys) + parts)
        grouped = f" group by {names}" if keys else ""
        # Cells of some rows at a time where they are many: a query holds several times its answer.
        times = -(-int(totals[ROWS][2]) // MOST_ROWS) if many else 1
        some = [f" where hash({names}) % {times} = {place}" for place in range(times)]
        found = pl.concat(
            cursor.sql(f"select {columns} from {table}{where}{grouped}").pl()
            for where in (some if times > 1 else [""])
        )
    other = {name: kind for name in keys if (kind := _sorting(types[name])) != found.schema[name]}
    found = found.cast(other) if other else found
    _refuse_gaps(found, keys)
    _check_totals(found, totals)
    return _sorted(found, keys)


def cells_pay(data: object, keys: Sequence[str], *, threads: int = 1) -> bool:
    """
    Whether there are so few cells that a fit on them is worth collapsing the rows.

    Counts distinct combinations approximately (HyperLogLog, within a few per cent) in one scan:
    first among the first rows, where most data that do not collapse show it.
    """
    with _cursor(threads) as cursor:
        table = _table(cursor, _opened(data, keys)[0])
        key = f"hash({', '.join(map(quoted, keys))})"
        for few in (f"(from {table} limit {FEW_ROWS})", table):
            rows, distinct = _row(
                cursor, f"select count(*), approx_count_distinct({key}) from {few}"
            )
            # A few thousand rows say little about what a million share.
            if distinct > (0.9 if few != table else PAYS) * rows:
                return False
    return True


def quoted(name: str) -> str:
    """Name of a column as SQL text."""
    return '"' + name.replace('"', '""') + '"'


@cache
def _engine(threads: int) -> duckdb.DuckDBPyConnection:
    engine = duckdb.connect(
        ":memory:", config={"threads": threads, "python_enable_replacements": False}
    )
    engine.execute("set enable_progress_bar = false")
    # Keys of few bits (flags, months, groups) index a table instead of being hashed: twice as fast.
    engine.execute("set perfect_ht_threshold = 20")
    # What a large table of cells took is given back at once, not kept for the next one.
    engine.execute("set allocator_flush_threshold = '16MB'")
    return engine


def _cursor(threads: int) -> duckdb.DuckDBPyConnection:
    """Return a session of its own, so that callers on several threads do not meet."""
    return _engine(threads).cursor()


class _File(NamedTuple):
    """A Parquet file, whose footer is read once."""

    path: Path
    scan: pl.LazyFrame


def _opened(
    data: object, columns: Sequence[str]
) -> tuple[pl.DataFrame | _File, Mapping[str, pl.DataType]]:
    """Return a table or a file that has the columns, and the types of all of them."""
    opened: pl.DataFrame | _File
    if isinstance(data, str | Path):
        if not Path(data).is_file():
            raise EstimationError(f"no such Parquet file: {data}")
        opened = _File(Path(data), pl.scan_parquet(data, glob=False))
        types: Mapping[str, pl.DataType] = opened.scan.collect_schema()
    else:
        opened = as_frame(data)
        types = opened.schema
    absent = [name for name in columns if name not in types]
    if absent:
        raise EstimationError(f"the data have no column {listed(absent)}; check the names")
    return opened, types


def _table(cursor: duckdb.DuckDBPyConnection, data: pl.DataFrame | _File) -> str:
    """What to select from."""
    if isinstance(data, _File):
        return f"read_parquet('{str(data.path).replace(chr(39), chr(39) * 2)}')"
    cursor.register("given", data.to_arrow())
    return "given"


def _many(data: pl.DataFrame | _File, keys: Sequence[str]) -> bool:
    """Whether most of the first rows are cells of their own, as where persons are a key."""
    first = _read(data, keys, FEW_ROWS)
    return first.select(keys).n_unique() > first.height / 2


def _tallied(data: pl.DataFrame | _File, keys: Sequence[str]) -> pl.DataFrame | None:
    """Cells of keys that one number can hold side by side: no hashing, no query."""
    packed = fields(_read(data, keys), keys)
    if packed is None:
        return None
    rows = len(packed[0].numbers)
    found, counts = tally(packed)
    if counts.sum() != rows:
        raise EstimationError(f"cells do not add up to the rows they were made of: {rows} rows")
    return unpack(found, packed).hstack([pl.Series(ROWS, counts)])


def _read(data: pl.DataFrame | _File, keys: Sequence[str], rows: int | None = None) -> pl.DataFrame:
    if isinstance(data, _File):
        chosen = data.scan.select(keys)
        return (chosen if rows is None else chosen.head(rows)).collect()
    return data if rows is None else data.head(rows)


def _sorted(found: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Sort cells by their keys, one column at a time: cells of persons are many."""
    packed = fields(found, keys)
    if not packed:
        return found.sort(keys) if keys else found
    order = np.argsort(pack(packed))
    return pl.DataFrame([found.drop_in_place(name).gather(order) for name in found.columns])


def _sorting(kind: pl.DataType) -> pl.DataType:
    """Type of a key, in which text without an order of its own is sorted as text."""
    return pl.String() if isinstance(kind, pl.Categorical) else kind


def _row(cursor: duckdb.DuckDBPyConnection, query: str) -> tuple[float, ...]:
    return cast(tuple[float, ...], cursor.execute(query).fetchall()[0])


def _totals(
    cursor: duckdb.DuckDBPyConnection, table: str, added: Mapping[str, str]
) -> dict[str, tuple[str, int | None, float, float]]:
    """Of each sum, and of the rows: its expression, scale (None: whole numbers), total, size."""
    totals: dict[str, tuple[str, int | None, float, float]] = {}
    rows = int(_row(cursor, f"select count(*) from {table}")[0])
    if rows == 0:
        raise EstimationError("expected rows, found an empty table")
    totals[ROWS] = ("1", None, rows, rows)
    for name, value in added.items():
        whole = cursor.sql(f"select {value} from {table} limit 0").types[0]
        number = f"cast({value} as {'double' if whole in ('FLOAT', 'DOUBLE') else 'hugeint'})"
        gaps, largest, total, size = _row(
            cursor,
            f"select count(*) - count_if(isfinite(cast(v as double))), max(abs(v)), sum(v), "
            f"sum(abs(v)) from (select {number} as v from {table})",
        )
        if gaps:
            raise EstimationError(
                f"missing or infinite values: `{name}` {gaps} (of {rows} rows); leave these out"
            )
        scale = None if number.endswith("hugeint)") else BITS - math.frexp(largest)[1]
        totals[name] = (number, scale, total, size)
    return totals


def _sum(name: str, number: str, scale: int | None) -> str:
    if scale is None:
        return f"cast(sum({number}) as bigint) as {quoted(name)}"
    unit = f"cast({math.ldexp(1.0, scale)!r} as double)"
    return f"cast(sum(cast({number} * {unit} as hugeint)) as double) / {unit} as {quoted(name)}"


def _refuse_gaps(found: pl.DataFrame, keys: Sequence[str]) -> None:
    gaps = {name: _gaps(found, name) for name in keys}
    if any(gaps.values()):
        counts = ", ".join(f"`{name}` {count}" for name, count in gaps.items() if count)
        raise EstimationError(
            f"missing or infinite values: {counts} (of {int(found[ROWS].sum())} rows); "
            "leave these rows out or give the gap a level of its own"
        )


def _gaps(found: pl.DataFrame, name: str) -> int:
    """Rows of the cells whose key is missing or not finite."""
    values = found[name]
    if not values.null_count() and (
        not values.dtype.is_float() or np.all(np.isfinite(values.to_numpy()))
    ):
        return 0
    full = values.is_finite() if values.dtype.is_float() else values.is_not_null()
    return int(found[ROWS].filter(~full.fill_null(False)).sum())


def _check_totals(
    found: pl.DataFrame, totals: Mapping[str, tuple[str, int | None, float, float]]
) -> None:
    wrong = [
        name
        for name, (_, scale, total, size) in totals.items()
        if abs(float(found[name].sum()) - float(total)) > (0.0 if scale is None else 1e-9 * size)
    ]
    if wrong:
        raise EstimationError(f"cells do not add up to the rows they were made of: {listed(wrong)}")
