"""Text to dates and numbers: refused as a whole when a column holds anything else."""

from duckdb import DuckDBPyConnection

from cws_outcomes.contracts import Table
from cws_outcomes.errors import ValueFormatError
from cws_outcomes.ingest.manifest import Manifest, shapes_of

_YEAR_LABELS = ("academic_year", "return_year")
_YEAR_PATTERN = "[0-9]{4}/[0-9]{4}"
# The yearly table of care names the year by its end, in some extracts.
_YEAR_PATTERNS = {"delivered_care_years": "[0-9]{4}(/[0-9]{4})?"}


def typed(contract: Table, name: str, date_format: str) -> str:
    """
    SQL that types the text of one column; missing where the text is not of its type.

    Parameters
    ----------
    contract : Table
    name : str
        Column of the contract.
    date_format : str
        As the manifest says.
    """
    kind = contract.columns[name].type
    if name == "file_year" or kind == "VARCHAR":
        return name
    if kind == "DATE":
        return f"try_strptime({name}, '{_quoted(date_format)}')::date"
    return f"try_cast({name} as {kind})"


def misfits(contract: Table, date_format: str) -> str:
    """
    SQL of the column ``misfits``: 2 to the power of the place of each column that is not typed.

    Parameters
    ----------
    contract : Table
    date_format : str
    """
    terms = [
        f"if({wrong}, {1 << place}::bigint, 0)"
        for place, name in enumerate(contract.columns)
        if (wrong := _is_wrong(contract, name, date_format))
    ]
    return f"({' + '.join(terms) or '0::bigint'}) as misfits"


def wrong_rows(connection: DuckDBPyConnection, contract: Table) -> dict[str, int]:
    """Column to rows of ``staged`` whose text was not of its type; only those that have any."""
    found = connection.sql(
        "select misfits, count(*) from staged where misfits > 0 group by misfits"
    ).fetchall()
    return {
        name: rows
        for place, name in enumerate(contract.columns)
        if (rows := sum(count for bits, count in found if bits >> place & 1))
    }


def require_types(connection: DuckDBPyConnection, contract: Table, manifest: Manifest) -> None:
    """
    Refuse a staged table with values that are not of their column's type.

    Raises
    ------
    ValueFormatError
        Names each column, what was expected and about how many rows differ.
    """
    wrong = wrong_rows(connection, contract)
    if not wrong:
        return
    layouts = [manifest.tables[shape] for shape in shapes_of(manifest, contract)]
    formats = " or ".join(dict.fromkeys(layout.date_format for layout in layouts))
    lines = [
        f"column {name} ({layouts[0].columns.get(name, name)}): expected "
        f"{_expected(contract, name, formats)}, found something else in {_about(rows)} rows"
        for name, rows in wrong.items()
    ]
    raise ValueFormatError(
        f"Table {contract.name.removeprefix('delivered_')}: {'; '.join(lines)}. "
        "Correct `date_format` or `columns` in the manifest, or request the file again."
    )


def _is_wrong(contract: Table, name: str, date_format: str) -> str:
    """SQL that is true where a column's text is not of its type; empty where any text is."""
    if name in _YEAR_LABELS:
        pattern = _YEAR_PATTERNS.get(contract.name, _YEAR_PATTERN)
        return f"not regexp_full_match({name}, '{pattern}')"
    if name == "file_year" or contract.columns[name].type == "VARCHAR":
        return ""
    value = typed(contract, name, date_format)
    if contract.columns[name].type == "DOUBLE":  # "nan" and "inf" can be cast, and are no number
        return f"{name} is not null and not coalesce(isfinite({value}), false)"
    if contract.columns[name].type == "INTEGER":  # "3.5" can be cast too, to another number
        exact = f"try_cast({name} as double) = {value}"
        return f"{name} is not null and not coalesce({exact}, false)"
    return f"{name} is not null and ({value}) is null"


def _expected(contract: Table, name: str, date_format: str) -> str:
    if name in _YEAR_LABELS:
        return "years written 2011/2012"
    kind = contract.columns[name].type
    if kind == "DATE":
        return f"dates written as {date_format}"
    return "whole numbers" if kind == "INTEGER" else "numbers"


def _about(rows: int) -> str:
    return "fewer than 10" if rows < 10 else f"about {round(rows, 1 - len(str(rows))):,}"


def _quoted(value: str) -> str:
    return value.replace("'", "''")
