"""Reads one delivered table: renames, types, checks codes. It judges nothing and drops nothing."""

from collections.abc import Mapping
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from cws_outcomes.contracts import CONTRACTS, Table
from cws_outcomes.errors import TruncatedFileError
from cws_outcomes.ingest.codes import require_known_codes
from cws_outcomes.ingest.files import OpenedFile, open_file, receipt_rows
from cws_outcomes.ingest.manifest import Manifest, files_of, load_manifest, shapes_of
from cws_outcomes.ingest.types import require_types, typed_columns
from cws_outcomes.step import Inputs, Settings


def ingest(inputs: Inputs, settings: Settings) -> dict[str, str]:
    """
    Read one table of the delivery.

    Parameters
    ----------
    inputs : Inputs
        None but the codelists, as ``codelist_<name>``.
    settings : Settings
        ``delivery``, the manifest's path, and ``writes``, the contract.

    Returns
    -------
    dict
        The contract's name to the name of the table made.

    Raises
    ------
    MissingTableError, MissingColumnError, EmptyTableError, TruncatedFileError, \
    ValueFormatError, UnknownCodeError, UnknownAuthorityError, MixedSourcesError
        By cause; no message holds a value of a row.
    """
    contract = CONTRACTS[settings["writes"]]
    manifest = load_manifest(Path(settings["delivery"]))
    connection = inputs.connection
    stage_table(connection, manifest, contract)
    require_types(connection, contract, manifest)
    require_known_codes(connection, contract.name)
    connection.execute(
        f"create temp table typed as select {typed_columns(contract, manifest)} from staged"
    )
    return {contract.name: "typed"}


def stage_table(connection: DuckDBPyConnection, manifest: Manifest, contract: Table) -> None:
    """
    Copy every file of a table into the temporary table ``staged``, as text, blanks as missing.

    Parameters
    ----------
    connection : DuckDBPyConnection
    manifest : Manifest
    contract : Table
        Contract of the delivered table.
    """
    # Every file's outside first: nobody waits an hour to hear that the last one is missing.
    opened = [
        open_file(manifest, file)
        for shape in shapes_of(manifest, contract)
        for file in files_of(manifest, shape)
    ]
    columns = [name for name in contract.columns if name != "file_year"]
    listed = ", ".join(f"{name} varchar" for name in columns)
    connection.execute(f"create or replace temp table staged (file_year integer, {listed})")
    expected_rows = receipt_rows(manifest)
    for file in opened:
        _stage(connection, file, columns, expected_rows)


def _stage(
    connection: DuckDBPyConnection,
    opened: OpenedFile,
    columns: list[str],
    expected_rows: Mapping[str, int],
) -> None:
    """Copy one file into ``staged`` as text, blanks as missing."""
    is_wide = opened.file.layout.slots > 1
    source = "file" if is_wide else _reader(opened)
    try:
        if is_wide:
            read = connection.execute(f"create temp table file as from {_reader(opened)}")
            rows = read.fetchall()[0][0]
            for slot in _slots(opened):
                _insert(connection, opened, columns, source, slot)
            connection.execute("drop table file")
        else:
            rows = _insert(connection, opened, columns, source, None)
    except duckdb.Error:
        raise opened.unreadable() from None  # the engine's message quotes the line
    _require_receipt(opened, rows, expected_rows)


def _insert(
    connection: DuckDBPyConnection,
    opened: OpenedFile,
    columns: list[str],
    source: str,
    slot: int | None,
) -> int:
    year = "null" if opened.file.year is None else str(opened.file.year)
    used = "" if slot is None else f"where {_value(opened, 'category', slot)} is not null"
    query = f"select {year}, {_fields(opened, columns, slot)} from {source} {used}"
    return int(connection.execute(f"insert into staged {query}").fetchall()[0][0])


def _slots(opened: OpenedFile) -> list[int]:
    """Slots of a wide table that this file's header holds: early years have fewer."""
    every = range(1, opened.file.layout.slots + 1)
    return [slot for slot in every if opened.position("category", slot) is not None]


def _require_receipt(opened: OpenedFile, rows: int, expected_rows: Mapping[str, int]) -> None:
    expected = expected_rows.get(opened.file.path.name, rows)
    if rows != expected:
        raise TruncatedFileError(
            f"Table {opened.file.table}: file {opened.file.path.name} holds "
            f"{'fewer' if rows < expected else 'more'} rows than its receipt says. Expected "
            f"{expected:,}. Copy or request it again; if the receipt is wrong, correct it."
        )


def _reader(opened: OpenedFile) -> str:
    # Columns go by their place: a header may repeat a name, or have none.
    columns = ", ".join(f"{_column(i)}: 'VARCHAR'" for i in range(len(opened.header)))
    layout = opened.file.layout
    return (
        f"read_csv({_text(str(opened.file.path))}, columns = {{{columns}}}, header = true, "
        f"auto_detect = false, delim = {_text(layout.delimiter)}, quote = {_text(layout.quote)}, "
        f"escape = {_text(layout.quote)}, nullstr = '', encoding = {_text(layout.encoding)}, "
        "max_line_size = 16000000)"
    )


def _fields(opened: OpenedFile, columns: list[str], slot: int | None) -> str:
    return ", ".join(_value(opened, column, slot) for column in columns)


def _value(opened: OpenedFile, column: str, slot: int | None) -> str:
    """SQL of a column's text. Old systems pad with NUL as others do with spaces."""
    place = opened.position(column, slot)
    return "null" if place is None else f"nullif(trim({_column(place)}, ' ' || chr(0)), '')"


def _column(place: int) -> str:
    return f"column_{place}"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
