"""SSDA903 files of delimited text, row by row: any delimiter, byte order marks, Latin-1, NULs."""

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from cws_outcomes.errors import EmptyTableError, ValueFormatError

_CHUNK = 1 << 20
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


@dataclass(frozen=True)
class Delimited:
    """
    A text file with its header read.

    Attributes
    ----------
    path : Path
    encoding, delimiter : str
    header : tuple of str
        Names as written; empty where the file holds nothing.
    """

    path: Path
    encoding: str
    delimiter: str
    header: tuple[str, ...]

    @property
    def is_latin_1(self) -> bool:
        """Whether the bytes are no UTF-8, so that they were read as Windows does."""
        return self.encoding == "cp1252"


def open_delimited(path: Path) -> Delimited:
    """
    Find encoding, delimiter and header of a text file.

    Raises
    ------
    EmptyTableError
        It holds no line.
    """
    encoding = _encoding(path)
    with _text(path, encoding) as lines:
        first = _first_line(lines)
    if not first:
        raise EmptyTableError(
            f"File {path.name} is empty. Expected a header line at least. Copy or export it again."
        )
    delimiter = max(",;\t|", key=first.count)
    header = next(csv.reader([first], delimiter=delimiter))
    return Delimited(path, encoding, delimiter, tuple(name.strip() for name in header))


def rows_of(file: Delimited) -> Iterator[list[str] | None]:
    """
    Rows after the header; None for a line that cannot be split into the header's columns.

    Raises
    ------
    ValueFormatError
        A quotation mark is opened and not closed: what follows cannot be told apart.
    """
    width = len(file.header)
    with _text(file.path, file.encoding) as lines:
        _first_line(lines)
        reader = csv.reader((line.replace("\0", "") for line in lines), delimiter=file.delimiter)
        try:
            for row in reader:
                if any("\n" in field for field in row):
                    raise _unclosed(file)
                if not any(field.strip() for field in row):
                    continue
                is_whole = len(row) >= width and not any(field.strip() for field in row[width:])
                yield row[:width] if is_whole else None
        except csv.Error:
            raise _unclosed(file) from None


def _unclosed(file: Delimited) -> ValueFormatError:
    return ValueFormatError(
        f"File {file.path.name} has a value that goes over several lines. Expected one row a line: "
        "a quotation mark is probably opened and not closed. Correct it, or export the file again."
    )


def _text(path: Path, encoding: str) -> TextIO:
    # Windows leaves five bytes without a meaning: a sign in their place spoils no code or date.
    return path.open(encoding=encoding, errors="replace", newline=None)


def _first_line(lines: TextIO) -> str:
    """The header line; Excel may write the delimiter on a line before it."""
    for line in lines:
        text = line.replace("\0", "").strip("\r\n")
        if text.strip() and not text.lower().startswith("sep="):
            return text
    return ""


def _encoding(path: Path) -> str:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as content:
        start = content.read(4)
        for mark, encoding in _MARKS.items():
            if start.startswith(mark):
                return encoding
        content.seek(0)
        try:
            while chunk := content.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8"
