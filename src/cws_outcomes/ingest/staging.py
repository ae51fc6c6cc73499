"""Every delivered file, read once into a Parquet part beside the spilled rows.

The part holds the text of the columns that are used, as it came. Renaming, trimming and typing are
a view over the parts: in them a text that recurs is stored once and is trimmed and typed once, not
in every row, which costs a quarter of doing it while the text is read. No table is ever held in
memory.
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
        part = Part(opened, path, _read(connection, opened, path))
        _require_receipt(part, expected_rows)
        parts.append(part)
    _view(connection, contract, parts)
    return tuple(parts)


def _read(connection: DuckDBPyConnection, opened: OpenedFile, path: Path) -> int:
    """Write the used columns of a file as they are; how many rows there were."""
    used = sorted({place for name in opened.file.layout.columns for place in _places(opened, name)})
    fields = ", ".join(column_name(place) for place in used)
    try:
        copied = connection.execute(
            f"copy (select {fields} from {opened.relation}) to {sql_text(str(path))} "
            "(format parquet, compression lz4_raw)"
        )
    except duckdb.Error:
        raise opened.unreadable() from None  # the engine's message quotes the line
    rows = int(copied.fetchall()[0][0])
    if not rows:
        raise no_rows(opened.file)
    return rows


def _places(opened: OpenedFile, column: str) -> set[int]:
    slots = _slots(opened) if _is_repeated(opened, column) else [None]
    return {place for slot in slots for place in opened.positions(column, slot)}


def _query(contract: Table, part: Part) -> str:
    """SQL of a part's rows, typed, with their misfits."""
    opened, source = part.opened, f"read_parquet({sql_text(str(part.path))})"
    settled = SHAPES[contract.name.removeprefix("delivered_")][opened.file.table]
    repeated = [name for name in contract.columns if _is_repeated(opened, name)]
    fields = [
        f"{_text(opened, settled, name)} as {name}"
        for name in contract.columns
        if name not in repeated
    ]
    rows = f"select {', '.join(fields)} from {source}"
    if repeated:
        listed = ", ".join(
            "{"
            + ", ".join(f"{name}: {_text(opened, settled, name, slot)}" for name in repeated)
            + "}"
            for slot in _slots(opened)
        )
        # Empty slots go; of a row without any in use one stays: every row is accounted for.
        used = f"list_filter(slots, lambda slot: slot.{_SLOT_IN_USE} is not null)"
        rows = (
            f"select * exclude (slots), unnest(if(len({used}) = 0, slots[1:1], {used}), "
            f"recursive := true) from (select {', '.join(fields)}, [{listed}] as slots "
            f"from {source})"
        )
    date_format = opened.file.layout.date_format
    types = ", ".join(
        f"{typed(contract, name, date_format)} as {name}" for name in contract.columns
    )
    return f"select {types}, {misfits(contract, date_format)} from ({rows})"


def _is_repeated(opened: OpenedFile, column: str) -> bool:
    """Whether a column recurs, once a slot, in a wide table."""
    layout = opened.file.layout
    return layout.slots > 1 and "{slot}" in str(layout.columns.get(column))


def _slots(opened: OpenedFile) -> list[int]:
    """Slots of a wide table that this file's header holds: early years have fewer."""
    layout = opened.file.layout
    return [slot for slot in range(1, layout.slots + 1) if opened.positions(_SLOT_IN_USE, slot)]


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
    empty = ", ".join(f"null::{column.type} as {name}" for name, column in contract.columns.items())
    rows = [_query(contract, part) for part in parts] or [f"select {empty}, 0 as misfits limit 0"]
    connection.execute(f"create or replace temp view staged as {' union all '.join(rows)}")
