"""Reads one delivered table: renames, types, checks codes. It judges nothing and drops nothing."""

from collections.abc import Mapping
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from cws_outcomes.contracts import CONTRACTS, Table
from cws_outcomes.errors import TruncatedFileError, ValueFormatError
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
    shapes = shapes_of(manifest, contract)
    columns = [name for name in contract.columns if name != "file_year"]
    listed = ", ".join(f"{name} varchar" for name in columns)
    connection.execute(f"create or replace temp table staged (file_year integer, {listed})")
    expected_rows = receipt_rows(manifest)
    for shape in shapes:
        for file in files_of(manifest, shape):
            _stage(connection, open_file(manifest, file), columns, expected_rows)


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
        # The message of the engine quotes the line it could not read.
        raise ValueFormatError(
            f"Table {opened.file.table}: file {opened.file.path.name} has lines that cannot be "
            f"split into its {len(opened.header)} columns. Expected text in "
            f"{opened.file.layout.encoding}, one row a line, fields apart by "
            f"{opened.file.layout.delimiter!r}. Correct `delimiter` or `encoding` in the "
            "manifest, or request the file again."
        ) from None
    _require_receipt(opened, rows, expected_rows)


def _insert(
    connection: DuckDBPyConnection,
    opened: OpenedFile,
    columns: list[str],
    source: str,
    slot: int | None,
) -> int:
    year = "null" if opened.file.year is None else str(opened.file.year)
    used = "" if slot is None else f"where {_name(opened.physical('category', slot) or '')} <> ''"
    query = f"select {year}, {_fields(opened, columns, slot)} from {source} {used}"
    return int(connection.execute(f"insert into staged {query}").fetchall()[0][0])


def _slots(opened: OpenedFile) -> list[int]:
    """Slots of a wide table that this file's header holds: early years have fewer."""
    every = range(1, opened.file.layout.slots + 1)
    return [slot for slot in every if opened.physical("category", slot) is not None]


def _require_receipt(opened: OpenedFile, rows: int, expected_rows: Mapping[str, int]) -> None:
    expected = expected_rows.get(opened.file.path.name, rows)
    if rows != expected:
        raise TruncatedFileError(
            f"Table {opened.file.table}: file {opened.file.path.name} holds "
            f"{'fewer' if rows < expected else 'more'} rows than its receipt says. Expected "
            f"{expected:,}. Copy or request it again; if the receipt is wrong, correct it."
        )


def _reader(opened: OpenedFile) -> str:
    wanted = ", ".join(f"{_text(name)}: 'VARCHAR'" for name in opened.header)
    layout = opened.file.layout
    return (
        f"read_csv({_text(str(opened.file.path))}, columns = {{{wanted}}}, header = true, "
        f"auto_detect = false, delim = {_text(layout.delimiter)}, quote = '\"', escape = '\"', "
        f"nullstr = '', encoding = {_text(layout.encoding)}, max_line_size = 16000000)"
    )


def _fields(opened: OpenedFile, columns: list[str], slot: int | None) -> str:
    fields = []
    for column in columns:
        physical = opened.physical(column, slot) if column in opened.file.layout.columns else None
        fields.append("null" if physical is None else f"nullif(trim({_name(physical)}), '')")
    return ", ".join(fields)


def _name(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
