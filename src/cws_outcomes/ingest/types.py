"""Text to dates and numbers: refused as a whole when a column holds anything else."""

from duckdb import DuckDBPyConnection

from cws_outcomes.contracts import Column, Table
from cws_outcomes.errors import ValueFormatError
from cws_outcomes.ingest.manifest import DeliveredTable, Manifest, shapes_of

_YEAR_LABELS = ("academic_year", "return_year")
_YEAR_PATTERN = "^[0-9]{4}/[0-9]{4}$"


def typed_columns(contract: Table, manifest: Manifest) -> str:
    """
    SQL that types the staged text of every column.

    Parameters
    ----------
    contract : Table
    manifest : Manifest
    """
    date_format = _layout(contract, manifest).date_format
    return ", ".join(
        f"{_typed(name, column, date_format)} as {name}"
        for name, column in contract.columns.items()
    )


def require_types(connection: DuckDBPyConnection, contract: Table, manifest: Manifest) -> None:
    """
    Refuse a staged table with values that are not of their column's type.

    Raises
    ------
    ValueFormatError
        Names each column, what was expected and about how many rows differ.
    """
    layout = _layout(contract, manifest)
    checks = {
        name: f"count(*) filter (where {_is_wrong(name, column, layout.date_format)}) as {name}"
        for name, column in contract.columns.items()
        if name != "file_year"
    }
    row = connection.sql(f"select {', '.join(checks.values())} from staged").fetchall()[0]
    wrong = {name: rows for name, rows in zip(checks, row, strict=True) if rows}
    if not wrong:
        return
    lines = [
        f"column {name} ({layout.columns.get(name, name)}): expected "
        f"{_expected(name, contract.columns[name], layout.date_format)}, found something else in "
        f"{_about(rows)} rows"
        for name, rows in wrong.items()
    ]
    raise ValueFormatError(
        f"Table {contract.name.removeprefix('delivered_')}: {'; '.join(lines)}. "
        "Correct `date_format` or `columns` in the manifest, or request the file again."
    )


def _layout(contract: Table, manifest: Manifest) -> DeliveredTable:
    """One date format a table: that of its first shape."""
    return manifest.tables[shapes_of(manifest, contract)[0]]


def _typed(name: str, column: Column, date_format: str) -> str:
    if name == "file_year" or column.type == "VARCHAR":
        return name
    if column.type == "DATE":
        return f"try_strptime({name}, '{_quoted(date_format)}')::date"
    return f"try_cast({name} as {column.type})"


def _is_wrong(name: str, column: Column, date_format: str) -> str:
    if name in _YEAR_LABELS:
        return f"{name} is not null and not regexp_matches({name}, '{_YEAR_PATTERN}')"
    return f"{name} is not null and ({_typed(name, column, date_format)}) is null"


def _expected(name: str, column: Column, date_format: str) -> str:
    if name in _YEAR_LABELS:
        return "years written 2011/2012"
    if column.type == "DATE":
        return f"dates written as {date_format}"
    return "whole numbers" if column.type == "INTEGER" else "numbers"


def _about(rows: int) -> str:
    return "fewer than 10" if rows < 10 else f"about {round(rows, 1 - len(str(rows))):,}"


def _quoted(value: str) -> str:
    return value.replace("'", "''")
