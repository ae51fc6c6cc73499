"""What was read, as text, in one table of the database for each table of a return."""

from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
from duckdb import DuckDBPyConnection

from cws_outcomes.errors import ValueFormatError
from cws_outcomes.returns import messages
from cws_outcomes.returns.delimited import Delimited
from cws_outcomes.returns.delimited import rows_of as text_rows
from cws_outcomes.returns.found import ReturnFile
from cws_outcomes.returns.layout import (
    LA_COLUMNS,
    LAYOUTS,
    YEAR_COLUMNS,
    Layout,
    places,
)

_BATCH = 50_000
_MOST_LINES = 50  # of progress, however many files there are

# Day first, or ISO; with or without a time. A year of two digits comes out as one before 100.
_DATE_FORMATS = [
    *("%d/%m/%Y", "%d-%m-%Y", "%Y-%m-%d", "%d.%m.%Y", "%d-%b-%Y", "%d/%b/%Y", "%d %b %Y"),
    *("%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"),
    *("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S.%g"),
]
_MACROS = f"""
create temp macro tidy(value) as nullif(nullif(trim(value), ''), 'NULL');
create temp macro code(value) as upper(tidy(value));
create temp macro differs(one, other) as one is distinct from other;
create temp macro child_key(value) as
    if(tidy(value) like '%.0', regexp_replace(tidy(value), '^(\\d+)\\.0$', '\\1'), tidy(value));
create temp macro written_date(value) as try_strptime(trim(value), {_DATE_FORMATS});
create temp macro is_two_digit_year(value) as coalesce(year(written_date(value)) < 100, false);
create temp macro return_date(value) as cast(case
    when year(written_date(value)) >= 1000 then written_date(value)
    when year(written_date(value)) < 70 then written_date(value) + interval 2000 year
    when year(written_date(value)) < 100 then written_date(value) + interval 1900 year
end as date);
"""


def read_files(
    connection: DuckDBPyConnection,
    files: tuple[ReturnFile, ...],
    *,
    progress: Callable[[str], None],
) -> dict[int, int]:
    """
    Read every file into ``raw_<table>``: all text, nothing judged.

    Parameters
    ----------
    connection : DuckDBPyConnection
        Gains the tables, empty where no file holds any, and the macros of the rules.
    files : tuple of ReturnFile
    progress : callable
        Told each file as it is opened; of many, some.

    Returns
    -------
    dict of int to int
        File number to lines that could not be split into columns; of files that have some.

    Raises
    ------
    TruncatedFileError, ValueFormatError
        A file cannot be read to its end, or most of its lines cannot be split.
    """
    connection.execute(_MACROS)
    for layout in LAYOUTS.values():
        columns = ", ".join(f"{name} varchar" for name in ("la_text", "year_text", *layout.columns))
        connection.execute(
            f"create temp table raw_{layout.name} (file_no int, row_no int, {columns})"
        )
    unsplit: dict[int, int] = {}
    step = 1 + len(files) // _MOST_LINES
    for place, file in enumerate(files):
        if place % step == 0:
            progress(f"Reading {place + 1}/{len(files)}: {file.shown}")
        intake = _Intake(connection, file.number)
        if file.text is not None and file.layout is not None:
            if lines := _read_text(intake, file.text, file.layout):
                unsplit[file.number] = lines
        else:
            _read_message(intake, file.path)
        intake.flush()
    return unsplit


class _Intake:
    """Rows of one file on their way into the database, a batch at a time."""

    def __init__(self, connection: DuckDBPyConnection, file_no: int) -> None:
        self._connection = connection
        self._file_no = file_no
        self._rows: dict[str, list[list[str | None]]] = {}
        self._numbers: dict[str, int] = {}

    def add(self, table: str, row: list[str | None]) -> None:
        """Take a row: authority and year, then the columns of the layout."""
        rows = self._rows.setdefault(table, [])
        rows.append(row)
        if len(rows) >= _BATCH:
            self._write(table)

    def flush(self) -> None:
        """Write what is left."""
        for table in self._rows:
            self._write(table)

    def _write(self, table: str) -> None:
        rows, first = self._rows[table], self._numbers.get(table, 0) + 1
        names = ("la_text", "year_text", *LAYOUTS[table].columns)
        schema = dict.fromkeys(names, pl.String)
        batch = pl.DataFrame(rows, schema=schema, orient="row").with_columns(
            pl.lit(self._file_no).alias("file_no"),
            pl.int_range(first, first + len(rows)).alias("row_no"),
        )
        self._connection.register("batch", batch.to_arrow())
        self._connection.execute(f"insert into raw_{table} by name select * from batch")
        self._connection.unregister("batch")
        self._numbers[table] = first + len(rows) - 1
        rows.clear()


def _read_text(intake: _Intake, text: Delimited, layout: Layout) -> int:
    """Returns the lines that could not be split."""
    found = [places(text.header, names) for names in _names(layout).values()]
    where = [place[0] if place else None for place in found]
    whole = unsplit = 0
    for row in text_rows(text):
        if row is None:
            unsplit += 1
            continue
        whole += 1
        intake.add(layout.name, [None if p is None else row[p] or None for p in where])
    if unsplit > whole:
        raise ValueFormatError(
            f"File {text.path.name}: most lines do not have the {len(text.header)} fields of its "
            "header. Expected as many fields on every line. Export it again, without cutting "
            "empty fields at the end of a line."
        )
    return unsplit


def _read_message(intake: _Intake, path: Path) -> None:
    for table, row in messages.rows_of(path):
        names = {"la_text": (), "year_text": (), **LAYOUTS[table].columns}
        values: Iterator[str | None] = (
            next((row[name] for name in aliases if row.get(name)), None)
            for aliases in names.values()
        )
        intake.add(table, list(values))


def _names(layout: Layout) -> dict[str, tuple[str, ...]]:
    return {"la_text": LA_COLUMNS, "year_text": YEAR_COLUMNS, **layout.columns}
