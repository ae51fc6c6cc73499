"""Delivered files before they are read: there, whole, not empty, with the promised columns."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cws_outcomes.errors import (
    EmptyTableError,
    MissingColumnError,
    MissingTableError,
    MixedSourcesError,
    TruncatedFileError,
)  # fmt: skip
from cws_outcomes.ingest.manifest import DeliveredFile, Manifest

SYNTHETIC_MARK = "SYNTHETIC"
_TAIL_BYTES = 1 << 20


@dataclass(frozen=True)
class OpenedFile:
    """A file that is there and whole, with the physical names of its columns."""

    file: DeliveredFile
    header: tuple[str, ...]

    def physical(self, column: str, slot: int | None = None) -> str | None:
        """The header's own spelling of a column, or None where no candidate is there."""
        spelling = {name.lower(): name for name in self.header}
        for candidate in self.file.candidates(column, slot):
            if candidate.lower() in spelling:
                return spelling[candidate.lower()]
        return None


def open_file(manifest: Manifest, file: DeliveredFile) -> OpenedFile:
    """
    Check a file's outside and read its header.

    Parameters
    ----------
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
        A promised column is not in its header.
    """
    if not file.path.is_file():
        raise MissingTableError(
            f"Table {file.table}: file {file.path.name} is not in {manifest.folder}. "
            "Expected every file that the manifest names. Deliver it, or correct `file` or "
            "`years` in the manifest."
        )
    header, has_rows = _header(file)
    if not has_rows:
        raise EmptyTableError(
            f"Table {file.table}: file {file.path.name} holds no rows. Expected a header and at "
            "least one row. Ask for it again, or take its year out of the manifest."
        )
    opened = OpenedFile(file, header)
    _require_mark(manifest, opened)
    _require_columns(opened)
    _require_whole_end(manifest, opened)
    return opened


def _header(file: DeliveredFile) -> tuple[tuple[str, ...], bool]:
    with file.path.open(encoding=file.layout.encoding, newline="", errors="replace") as lines:
        reader = csv.reader(lines, delimiter=file.layout.delimiter)
        header = tuple(name.strip().lstrip("\ufeff") for name in next(reader, ()))
        return header, next(reader, None) is not None


def _require_mark(manifest: Manifest, opened: OpenedFile) -> None:
    is_marked = any(name.upper() == SYNTHETIC_MARK for name in opened.header)
    if is_marked != manifest.synthetic:
        raise MixedSourcesError(
            f"Table {opened.file.table}: file {opened.file.path.name} is "
            f"{'marked synthetic' if is_marked else 'not marked synthetic'}, but the manifest "
            f"says synthetic: {str(manifest.synthetic).lower()}. Synthetic and real tables must "
            "not be mixed: keep each delivery in a folder and a manifest of its own."
        )


def _require_columns(opened: OpenedFile) -> None:
    file = opened.file
    missing = []
    for column in file.layout.columns:
        slot = 1 if any("{slot}" in name for name in _names(file, column)) else None
        if opened.physical(column, slot) is None:
            missing.append(f"{column} (looked for {' or '.join(file.candidates(column, slot))})")
    if missing:
        raise MissingColumnError(
            f"Table {file.table}: file {file.path.name} lacks {'; '.join(missing)}. "
            f"Found {len(opened.header)} other columns. Correct `columns` in the manifest (case "
            "does not matter), or ask for the column."
        )


def _names(file: DeliveredFile, column: str) -> Sequence[str]:
    names = file.layout.columns[column]
    return (names,) if isinstance(names, str) else names


def _require_whole_end(manifest: Manifest, opened: OpenedFile) -> None:
    """A cut file ends in the middle of a line, or with a line of too few fields."""
    tail = _tail(opened.file.path)
    ends_whole = tail.endswith(b"\n") or not manifest.ends_with_line_break
    text = tail.decode(opened.file.layout.encoding, errors="replace").replace("\0", "")
    last = text.rstrip("\r\n").rpartition("\n")[2]
    fields = next(csv.reader([last], delimiter=opened.file.layout.delimiter), [])
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
    """
    if manifest.receipt is None:
        return {}
    if not manifest.receipt.is_file():
        raise MissingTableError(
            f"The delivery's receipt {manifest.receipt.name} is not beside its manifest. Expected "
            "a CSV with the columns file and rows. Restore it, or take `receipt` out of the "
            "manifest: cut files are then harder to notice."
        )
    with manifest.receipt.open(encoding="utf-8", newline="") as lines:
        return {row["file"]: int(row["rows"]) for row in csv.DictReader(lines)}
