"""Delivered files before they are read: there, whole, not empty, with the promised columns."""

import csv
from dataclasses import dataclass
from pathlib import Path

from duckdb import DuckDBPyConnection

from cws_outcomes.errors import (
    ConfigError,
    EmptyTableError,
    MissingColumnError,
    MissingTableError,
    MixedSourcesError,
    TruncatedFileError,
    ValueFormatError,
)  # fmt: skip
from cws_outcomes.ingest.manifest import DeliveredFile, Manifest

SYNTHETIC_MARK = "SYNTHETIC"
_TAIL_BYTES = 1 << 20
_BLANK = " \t\0"


@dataclass(frozen=True)
class OpenedFile:
    """
    A file that is there and whole, with the physical names of its columns.

    ``relation`` is what DuckDB reads it from, every column as text under its place in the header
    (`column_name`): a header may repeat a name, or have none.
    """

    file: DeliveredFile
    header: tuple[str, ...]
    relation: str

    def positions(self, column: str, slot: int | None = None) -> tuple[int, ...]:
        """Places of a column's candidates in the header, from 0, in the order to try them."""
        found = (self._places(name) for name in self.file.candidates(column, slot))
        return tuple(dict.fromkeys(places[0] for places in found if places))

    def is_ambiguous(self, column: str, slot: int | None = None) -> bool:
        """Whether the header has a column's name more than once, whatever the case."""
        return any(len(self._places(name)) > 1 for name in self.file.candidates(column, slot))

    def _places(self, name: str) -> list[int]:
        return [i for i, found in enumerate(self.header) if found.lower() == name.lower()]

    def unreadable(self) -> ValueFormatError:
        """The error for lines that do not fit the header. What was read is not told."""
        layout = self.file.layout
        if self.file.format != "text":
            return ValueFormatError(
                f"Table {self.file.table}: {self.file.name} cannot be read to its end. Expected a "
                f"whole table of format {self.file.format}. Copy or request it again."
            )
        return ValueFormatError(
            f"Table {self.file.table}: file {self.file.path.name} has lines that cannot be split "
            f"into its {len(self.header)} columns. Expected text in {layout.encoding}, one row a "
            f"line, fields apart by {layout.delimiter!r}, enclosed by {layout.quote or 'nothing'}. "
            "Correct `delimiter`, `quote` or `encoding` in the manifest, or request the file again."
        )


def column_name(place: int) -> str:
    """Name under which DuckDB reads the column at a place of the header, from 0."""
    return f"column_{place}"


def open_file(
    connection: DuckDBPyConnection, manifest: Manifest, file: DeliveredFile
) -> OpenedFile:
    """
    Check a file's outside and read its header.

    Parameters
    ----------
    connection : DuckDBPyConnection
        Will read it.
    manifest : Manifest
    file : DeliveredFile

    Returns
    -------
    OpenedFile

    Raises
    ------
    MissingTableError
        It is not in the delivery's folder.
    EmptyTableError
        It holds no row.
    TruncatedFileError
        Its last line is cut.
    MixedSourcesError
        Its synthetic mark contradicts the manifest.
    MissingColumnError
        A promised column is not in its header, or twice; or the delimiter does not split it.
    """
    if file.format != "odbc" and not file.path.is_file():
        raise MissingTableError(
            f"Table {file.table}: file {file.path.name} is not in {manifest.folder}. "
            "Expected every file that the manifest names. Deliver it, or correct `file` or "
            "`years` in the manifest."
        )
    if file.format == "text":
        opened = _open_text(file)
        _require_fields(opened)
    else:
        opened = _open_other(connection, manifest, file)
    _require_mark(manifest, opened)
    _require_columns(opened)
    if file.format == "text":
        _require_whole_end(manifest, opened)
    return opened


def no_rows(file: DeliveredFile) -> EmptyTableError:
    """The error for a file without rows."""
    return EmptyTableError(
        f"Table {file.table}: file {file.name} holds no rows. Expected a header and at "
        "least one row. Ask for it again, or take its year out of the manifest."
    )


def _open_text(file: DeliveredFile) -> OpenedFile:
    header, has_rows = _header(file)
    if not has_rows:
        raise no_rows(file)
    columns = ", ".join(f"{column_name(place)}: 'VARCHAR'" for place in range(len(header)))
    layout = file.layout
    reader = (
        f"read_csv({sql_text(str(file.path))}, columns = {{{columns}}}, header = true, "
        f"auto_detect = false, delim = {sql_text(layout.delimiter)}, "
        f"quote = {sql_text(layout.quote)}, escape = {sql_text(layout.quote)}, nullstr = '', "
        f"encoding = {sql_text(layout.encoding)}, max_line_size = 16000000)"
    )
    return OpenedFile(file, header, reader)


def _open_other(
    connection: DuckDBPyConnection, manifest: Manifest, file: DeliveredFile
) -> OpenedFile:
    from cws_outcomes.ingest.sources import Location, open_source

    assert file.format != "text"
    location = Location(
        kind=file.format,
        path=None if file.format == "odbc" else file.path,
        relation=file.relation,
        connection_string=manifest.connection_string() if file.format == "odbc" else "",
    )
    source = open_source(connection, location)
    return OpenedFile(file, source.header, source.relation)


def sql_text(value: str) -> str:
    """A value as a literal of SQL."""
    return "'" + value.replace("'", "''") + "'"


def _header(file: DeliveredFile) -> tuple[tuple[str, ...], bool]:
    encoding = file.layout.encoding.replace("utf-8", "utf-8-sig")  # a byte order mark is no name
    with file.path.open(encoding=encoding, newline="", errors="replace") as lines:
        fields = _split(lines.readline(), file)
        return tuple(name.strip(_BLANK) for name in fields), any(line.strip() for line in lines)


def _split(line: str, file: DeliveredFile) -> list[str]:
    """Fields of one line."""
    layout, text = file.layout, line.rstrip("\r\n")
    if not layout.quote:
        return text.split(layout.delimiter)
    return next(csv.reader([text], delimiter=layout.delimiter, quotechar=layout.quote), [])


def _require_fields(opened: OpenedFile) -> None:
    """One field where more columns are promised: told as what it is, not by what is missing."""
    file = opened.file
    promised = sum(names is not None for names in file.layout.columns.values())
    if len(opened.header) == 1 and promised > 1:
        raise MissingColumnError(
            f"Table {file.table}: file {file.path.name} has a single column when split at "
            f"{file.layout.delimiter!r}. Expected {promised} or more. Correct `delimiter` in the "
            "manifest."
        )


def _require_mark(manifest: Manifest, opened: OpenedFile) -> None:
    is_marked = any(name.upper() == SYNTHETIC_MARK for name in opened.header)
    if is_marked != manifest.synthetic:
        raise MixedSourcesError(
            f"Table {opened.file.table}: file {opened.file.name} is "
            f"{'marked synthetic' if is_marked else 'not marked synthetic'}. Expected the mark of "
            f"its manifest, which says synthetic: {str(manifest.synthetic).lower()}. Synthetic "
            "and real tables must not be mixed: keep each delivery in a folder and a manifest of "
            "its own."
        )


def _require_columns(opened: OpenedFile) -> None:
    file = opened.file
    wrong = []
    for column, names in file.layout.columns.items():
        if names is None:
            continue
        may_be_absent = isinstance(names, tuple) and None in names
        slot = 1 if "{slot}" in str(names) else None
        looked_for = f"{column} (looked for {' or '.join(file.candidates(column, slot))})"
        if opened.is_ambiguous(column, slot):
            wrong.append(f"has more than one {looked_for}")
        elif not may_be_absent and not opened.positions(column, slot):
            wrong.append(f"lacks {looked_for}")
    if wrong:
        raise MissingColumnError(
            f"Table {file.table}: file {file.name} {'; '.join(wrong)}. Expected each once "
            f"among its {len(opened.header)} columns. Correct `columns` in the manifest (case "
            "does not matter), or ask for the column."
        )


def _require_whole_end(manifest: Manifest, opened: OpenedFile) -> None:
    """A cut file ends in the middle of a line, or with a line of too few fields."""
    tail = _tail(opened.file.path)
    ends_whole = tail.endswith(b"\n") or not manifest.ends_with_line_break
    text = tail.decode(opened.file.layout.encoding, errors="replace").replace("\0", "")
    fields = _split(text.rstrip("\r\n").rpartition("\n")[2], opened.file)
    if not ends_whole or len(fields) < len(opened.header):
        raise TruncatedFileError(
            f"Table {opened.file.table}: file {opened.file.path.name} is cut: its last line is "
            f"not whole. Expected {len(opened.header)} fields and a line break at the end. Copy "
            "or request it again; if it is whole, set ends_with_line_break: false in the manifest."
        )


def _tail(path: Path) -> bytes:
    with path.open("rb") as content:
        content.seek(max(0, path.stat().st_size - _TAIL_BYTES))
        return content.read()


def receipt_rows(manifest: Manifest) -> dict[str, int]:
    """
    Rows that each file should hold, by the receipt that came with the delivery.

    Returns
    -------
    dict of str to int
        File name to rows; empty where the delivery came without a receipt.

    Raises
    ------
    MissingTableError
        The manifest names a receipt that is not there.
    ConfigError
        It is not a receipt.
    """
    if manifest.receipt is None:
        return {}
    if not manifest.receipt.is_file():
        raise MissingTableError(
            f"The delivery's receipt {manifest.receipt.name} is not beside its manifest. Expected "
            "a CSV with the columns file and rows. Restore it, or take `receipt` out of the "
            "manifest: cut files are then harder to notice."
        )
    with manifest.receipt.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    try:
        return {row["file"].strip(): int(row["rows"]) for row in rows}
    except (KeyError, TypeError, ValueError, AttributeError):
        raise ConfigError(
            f"The delivery's receipt {manifest.receipt.name} cannot be read. Expected a CSV with "
            "the columns file and rows, and a whole number of rows for each file. Correct it, or "
            "take `receipt` out of the manifest."
        ) from None
