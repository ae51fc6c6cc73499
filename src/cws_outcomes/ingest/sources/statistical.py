"""Stata and SPSS files, in chunks: the file's codes, not its labels."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
from duckdb import DuckDBPyConnection

from cws_outcomes.errors import ValueFormatError
from cws_outcomes.ingest.sources.as_text import as_text
from cws_outcomes.ingest.sources.location import Source
from cws_outcomes.ingest.sources.views import make_view, new_name

# Every chunk skips the rows before it, which costs a tenth of reading them at most: chunks as
# large as a few hundred megabytes of Python values allow.
_VALUES_IN_CHUNK = 4_000_000

# Dates are numbers with a format: days or thousandths of a second since 1960 in Stata, seconds
# since the first day of the Gregorian calendar in SPSS.
_STATA_DAY = re.compile(r"%-?t?d")
_STATA_MOMENT = re.compile(r"%-?tc", re.IGNORECASE)
_SPSS_MOMENT = re.compile(r"(A|E|J|S)?DATE(TIME)?\d|YMDHMS\d")


def open_statistical(
    connection: DuckDBPyConnection, path: Path, kind: Literal["stata", "spss"]
) -> Source:
    """
    Open a Stata or SPSS file.

    Parameters
    ----------
    connection : DuckDBPyConnection
    path : Path
    kind : {"stata", "spss"}

    Raises
    ------
    ValueFormatError
        It is not such a file.
    """
    described = _read(path, kind, metadataonly=True)[1]
    header = tuple(described.column_names)
    is_text = [described.readstat_variable_types[name] == "string" for name in header]
    schema = pa.schema(
        [(f"c{place}", pa.string() if text else pa.float64()) for place, text in enumerate(is_text)]
    )
    name = new_name()
    batches = _batches(path, kind, schema, header)
    connection.register(name, pa.RecordBatchReader.from_batches(schema, batches))
    fields = [
        f"nullif(c{place}, '')" if text else _number(f"c{place}", formatted, kind)
        for place, (text, formatted) in enumerate(
            zip(is_text, described.original_variable_types.values(), strict=True)
        )
    ]
    rows = described.number_rows
    return Source(header, make_view(connection, fields, name), None if rows is None else rows > 0)


def _number(column: str, formatted: str, kind: str) -> str:
    days = ""
    if kind == "stata" and _STATA_DAY.match(formatted):
        days = f"date '1960-01-01' + floor({column})::integer"
    elif kind == "stata" and _STATA_MOMENT.match(formatted):
        days = f"date '1960-01-01' + floor({column} / 86400000)::integer"
    elif kind == "spss" and _SPSS_MOMENT.match(formatted):
        days = f"date '1582-10-14' + floor({column} / 86400)::integer"
    return f"({days})::varchar" if days else as_text(column, "DOUBLE")


def _batches(
    path: Path, kind: str, schema: pa.Schema, header: tuple[str, ...]
) -> Iterator[pa.RecordBatch]:
    rows_in_chunk = max(1_000, _VALUES_IN_CHUNK // max(1, len(header)))
    start = 0
    while True:
        values, _ = _read(path, kind, row_offset=start, row_limit=rows_in_chunk)
        read = len(values[header[0]]) if header else 0
        if read:
            arrays = [
                pa.array(values[name], type=field.type, from_pandas=True)
                for name, field in zip(header, schema, strict=True)
            ]
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)
        if read < rows_in_chunk:
            return
        start += read


def _read(path: Path, kind: str, **options: Any) -> tuple[dict[str, list[Any]], Any]:
    import pyreadstat

    reader = pyreadstat.read_dta if kind == "stata" else pyreadstat.read_sav
    try:
        values, described = reader(
            path, output_format="dict", disable_datetime_conversion=True, **options
        )
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, UnicodeDecodeError, OSError):
        raise ValueFormatError(
            f"File {path.name} is not a whole {'Stata' if kind == 'stata' else 'SPSS'} file. "
            "Expected one, with text in the encoding it declares. Copy it again, have it saved "
            "anew by the program that wrote it, or set `format` in the manifest."
        ) from None
    return values, described
