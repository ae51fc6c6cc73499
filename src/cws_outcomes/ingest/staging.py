"""Every delivered file, read once into a Parquet part beside the spilled rows.

The part holds the text of the contract's columns, as it came. Renaming, trimming and typing are
a view over the parts: in them a text that recurs is stored once and is trimmed and typed once, not
in every row, which costs a quarter of doing it while the text is read. No table is ever held in
memory.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from cws_outcomes.contracts import Table
from cws_outcomes.contracts.delivered import SHAPES
from cws_outcomes.errors import TruncatedFileError
from cws_outcomes.ingest.files import (
    OpenedFile,
    column_name,
    no_rows,
    open_file,
    receipt_rows,
    sql_text,
)
from cws_outcomes.ingest.manifest import DeliveredFiles, Manifest, files_of, shapes_of
from cws_outcomes.ingest.types import misfits, typed

_SLOT_IN_USE = "category"  # a slot of a wide table without it is empty


@dataclass(frozen=True)
class Part:
    """One delivered file as read: where its rows are, and how many the file held."""

    opened: OpenedFile
    path: Path
    rows: int


def stage_table(
    connection: DuckDBPyConnection,
    manifest: Manifest,
    contract: Table,
    scratch: Path,
    progress: Callable[[str], object] = lambda _: None,
) -> tuple[Part, ...]:
    """
    Read every file of a table and make the view ``staged`` over all of them.

    Parameters
    ----------
    connection : DuckDBPyConnection
    manifest : Manifest
    contract : Table
        Contract of the delivered table.
    scratch : Path
        Folder inside the secure area for the parts; the caller removes it.
    progress : callable
        Told the name of each file before it is read.

    Returns
    -------
    tuple of Part
        By shape and year. ``staged`` holds the contract's columns and ``misfits``, the sum of
        2 to the power of the place of each column whose text is not of its type; without files it
        is empty.

    Raises
    ------
    MissingTableError, MissingColumnError, EmptyTableError, TruncatedFileError, \
    ValueFormatError, MixedSourcesError
        By cause; no message holds a value of a row.
    """
    # Every file's outside first: nobody waits an hour to hear that the last one is missing.
    files = [f for shape in shapes_of(manifest, contract) for f in files_of(manifest, shape)]
    for file in files:
        open_file(connection, manifest, file)
    expected_rows = receipt_rows(manifest)
    parts = []
    for number, file in enumerate(files):
        progress(file.name)
        opened = open_file(connection, manifest, file)
        path = scratch / f"{contract.name}.{number}.parquet"
        part = Part(opened, path, _read(connection, contract, opened, path))
        _require_receipt(part, expected_rows)
        parts.append(part)
    _view(connection, contract, parts)
    return tuple(parts)


def _read(connection: DuckDBPyConnection, contract: Table, opened: OpenedFile, path: Path) -> int:
    """Write the contract's columns of a file, as they are; how many rows there were."""
    repeated = _repeated(opened.file.layout)
    settled = SHAPES[contract.name.removeprefix("delivered_")][opened.file.table]
    fields = [
        f"{_text(opened, settled, name, slot)} as {_in_part(name, slot)}"
        for name in contract.columns
        for slot in (range(1, opened.file.layout.slots + 1) if name in repeated else (None,))
    ]
    try:
        copied = connection.execute(
            f"copy (select {', '.join(fields)} from {opened.relation}) to {sql_text(str(path))} "
            "(format parquet, compression lz4_raw)"
        )
    except duckdb.Error:
        raise opened.unreadable() from None  # the engine's message quotes the line
    rows = int(copied.fetchall()[0][0])
    if not rows:
        raise no_rows(opened.file)
    return rows


def _require_receipt(part: Part, expected_rows: Mapping[str, int]) -> None:
    file = part.opened.file
    expected = expected_rows.get(file.name, part.rows)
    if part.rows != expected:
        raise TruncatedFileError(
            f"Table {file.table}: file {file.name} holds "
            f"{'fewer' if part.rows < expected else 'more'} rows than its receipt says. Expected "
            f"{expected:,}. Copy or request it again; if the receipt is wrong, correct it."
        )


def _repeated(layout: DeliveredFiles) -> tuple[str, ...]:
    """Columns that recur, once a slot, in a wide table."""
    wide = layout.slots > 1
    return tuple(name for name, names in layout.columns.items() if wide and "{slot}" in str(names))


def _in_part(name: str, slot: int | None) -> str:
    return name if slot is None else f"{name}__{slot}"


def _text(opened: OpenedFile, settled: Mapping[str, str], name: str, slot: int | None) -> str:
    """SQL of a column's text as it came; of several columns, the first that holds a value."""
    if name == "file_year":
        year = opened.file.year
        return "null::integer" if year is None else f"{year}::integer"
    if name in settled:
        return sql_text(settled[name])
    columns = [column_name(place) for place in opened.positions(name, slot)]
    if len(columns) < 2:
        return columns[0] if columns else "null::varchar"
    return f"coalesce({', '.join(_trimmed(column) for column in columns)})"


def _trimmed(column: str) -> str:
    """Old systems pad with NUL as others do with spaces; what is left empty is missing."""
    return f"nullif(trim({column}, ' ' || chr(0)), '')"


def _view(connection: DuckDBPyConnection, contract: Table, parts: Iterable[Part]) -> None:
    """Parts of one layout are read as one list: branches of a union are held until their turn."""
    empty = ", ".join(f"null::{column.type} as {name}" for name, column in contract.columns.items())
    rows = [
        _query(contract, next(iter(alike)).opened.file.layout, files)
        for _, group in groupby(parts, key=lambda part: _layout(part.opened.file.layout))
        for alike in [list(group)]
        for files in [", ".join(sql_text(str(part.path)) for part in alike)]
    ] or [f"select {empty}, 0 as misfits limit 0"]
    connection.execute(f"create or replace temp view staged as {' union all '.join(rows)}")


def _layout(layout: DeliveredFiles) -> tuple[str, tuple[str, ...], int]:
    return layout.date_format, _repeated(layout), layout.slots


def _query(contract: Table, layout: DeliveredFiles, files: str) -> str:
    """SQL of the rows of parts, trimmed and typed, with their misfits."""
    repeated = _repeated(layout)
    fields = ", ".join(
        name if name == "file_year" else f"{_trimmed(name)} as {name}"
        for name in contract.columns
        if name not in repeated
    )
    rows = f"select {fields} from read_parquet([{files}])"
    if repeated:
        listed = ", ".join(
            "{" + ", ".join(f"{n}: {_trimmed(_in_part(n, slot))}" for n in repeated) + "}"
            for slot in range(1, layout.slots + 1)
        )
        # Empty slots go; of a row without any in use one stays: every row is accounted for.
        used = f"list_filter(slots, lambda slot: slot.{_SLOT_IN_USE} is not null)"
        rows = (
            f"select * exclude (slots), unnest(if(len({used}) = 0, slots[1:1], {used}), "
            f"recursive := true) from (select {fields}, [{listed}] as slots "
            f"from read_parquet([{files}]))"
        )
    types = ", ".join(
        f"{typed(contract, name, layout.date_format)} as {name}" for name in contract.columns
    )
    return f"select {types}, {misfits(contract, layout.date_format)} from ({rows})"
