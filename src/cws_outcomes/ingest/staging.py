"""Every delivered file, read once into a typed Parquet part beside the spilled rows.

One pass over the text does all: it renames, trims, types, and marks in each row the columns whose
text is not of their type. What is asked of a table later (types, codes, counts) is asked of the
parts, which are columnar and small; no table is ever held in memory.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
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
from cws_outcomes.ingest.manifest import Manifest, files_of, shapes_of
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
    """Write a file's rows; how many there were."""
    try:
        copied = connection.execute(
            f"copy ({_query(contract, opened)}) to {sql_text(str(path))} "
            "(format parquet, compression lz4_raw)"
        )
    except duckdb.Error:
        raise opened.unreadable() from None  # the engine's message quotes the line
    rows = int(copied.fetchall()[0][0])
    if not rows:
        raise no_rows(opened.file)
    if opened.file.layout.slots > 1:
        counted = f"select count(*) from {sql_text(str(path))} where slot_number = 1"
        rows = int(connection.sql(counted).fetchall()[0][0])
    return rows


def _query(contract: Table, opened: OpenedFile) -> str:
    """SQL of a file's rows, typed, with their misfits."""
    settled = SHAPES[contract.name.removeprefix("delivered_")][opened.file.table]
    slots = _slots(opened)
    repeated = [name for name in contract.columns if slots and "{slot}" in _named(opened, name)]
    once = ", ".join(
        f"{_text(opened, settled, name)} as {name}"
        for name in contract.columns
        if name not in repeated
    )
    rows = f"select {once} from {opened.relation}"
    number = "1"
    if slots:
        listed = ", ".join(
            "{"
            + ", ".join(f"{name}: {_text(opened, settled, name, slot)}" for name in repeated)
            + "}"
            for slot in slots
        )
        # Empty slots go; of a row without any in use one stays: every row is accounted for.
        used = f"list_filter(slots, lambda slot: slot.{_SLOT_IN_USE} is not null)"
        rows = (
            f"select * exclude (slots, used), unnest(used, recursive := true), "
            f"generate_subscripts(used, 1) as slot_number from (select *, "
            f"if(len({used}) = 0, slots[1:1], {used}) as used from "
            f"(select {once}, [{listed}] as slots from {opened.relation}))"
        )
        number = "slot_number"
    date_format = opened.file.layout.date_format
    types = ", ".join(
        f"{typed(contract, name, date_format)} as {name}" for name in contract.columns
    )
    return (
        f"select {types}, {misfits(contract, date_format)}, {number} as slot_number from ({rows})"
    )


def _slots(opened: OpenedFile) -> list[int]:
    """Slots of a wide table that this file's header holds: early years have fewer."""
    layout = opened.file.layout
    every = range(1, layout.slots + 1) if layout.slots > 1 else ()
    return [slot for slot in every if opened.positions(_SLOT_IN_USE, slot)]


def _named(opened: OpenedFile, column: str) -> str:
    return str(opened.file.layout.columns.get(column))


def _text(
    opened: OpenedFile, settled: Mapping[str, str], name: str, slot: int | None = None
) -> str:
    """SQL of a column's text. Old systems pad with NUL as others do with spaces."""
    if name == "file_year":
        year = opened.file.year
        return "null::integer" if year is None else f"{year}::integer"
    if name in settled:
        return sql_text(settled[name])
    trimmed = [
        f"nullif(trim({column_name(place)}, ' ' || chr(0)), '')"
        for place in opened.positions(name, slot)
    ]
    return f"coalesce({', '.join(trimmed)})" if trimmed else "null::varchar"


def _require_receipt(part: Part, expected_rows: Mapping[str, int]) -> None:
    file = part.opened.file
    expected = expected_rows.get(file.name, part.rows)
    if part.rows != expected:
        raise TruncatedFileError(
            f"Table {file.table}: file {file.name} holds "
            f"{'fewer' if part.rows < expected else 'more'} rows than its receipt says. Expected "
            f"{expected:,}. Copy or request it again; if the receipt is wrong, correct it."
        )


def _view(connection: DuckDBPyConnection, contract: Table, parts: list[Part]) -> None:
    files = ", ".join(sql_text(str(part.path)) for part in parts)
    empty = ", ".join(f"null::{column.type} as {name}" for name, column in contract.columns.items())
    rows = f"from read_parquet([{files}])" if parts else f"select {empty}, 0 as misfits limit 0"
    connection.execute(f"create or replace temp view staged as {rows}")
