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
_ROWS_IN_HEAD = 1_000  # the first chunk: whoever looks at the head only, waits for no more

# Other types are whole or real numbers that 64 bits hold exactly. Single precision stays what it
# is: 0.1 would become 0.10000000149.
_ARROW_TYPES = {"string": pa.string(), "float": pa.float32()}

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
    schema = pa.schema(
        [
            (f"c{place}", _ARROW_TYPES.get(described.readstat_variable_types[name], pa.float64()))
            for place, name in enumerate(header)
        ]
    )
    name = new_name()
    batches = _batches(path, kind, schema, header)
    connection.register(name, pa.RecordBatchReader.from_batches(schema, batches))
    fields = [
        _field(column, described.original_variable_types[name], kind)
        for column, name in zip(schema, header, strict=True)
    ]
    rows = described.number_rows
    has_rows = None if rows is None or rows < 0 else rows > 0
    return Source(header, make_view(connection, fields, name), has_rows)


def _field(field: pa.Field, formatted: str, kind: str) -> str:
    column = field.name
    if field.type == pa.string():
        return f"nullif({column}, '')"
    days = ""
    if kind == "stata" and _STATA_DAY.match(formatted):
        days = f"date '1960-01-01' + floor({column})::integer"
    elif kind == "stata" and _STATA_MOMENT.match(formatted):
        days = f"date '1960-01-01' + floor({column} / 86400000)::integer"
    elif kind == "spss" and _SPSS_MOMENT.match(formatted):
        days = f"date '1582-10-14' + floor({column} / 86400)::integer"
    if days:
        return f"({days})::varchar"
    return as_text(column, "FLOAT" if field.type == pa.float32() else "DOUBLE")


def _batches(
    path: Path, kind: str, schema: pa.Schema, header: tuple[str, ...]
) -> Iterator[pa.RecordBatch]:
    largest = max(_ROWS_IN_HEAD, _VALUES_IN_CHUNK // max(1, len(header)))
    start, wanted = 0, _ROWS_IN_HEAD
    while True:
        values, _ = _read(path, kind, row_offset=start, row_limit=wanted)
        read = len(values[header[0]]) if header else 0
        if read:
            arrays = [
                pa.array(values[name], type=field.type, from_pandas=True)
                for name, field in zip(header, schema, strict=True)
            ]
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)
        if read < wanted:
            return
        start, wanted = start + read, largest


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
