"""The head of a delimited text file: its encoding, delimiter, quotation mark, header and rows."""

import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

_HEAD_BYTES = 256 * 1024
_ROWS = 200
_DELIMITERS = "\t,;|"
_UTF_8_MARK = b"\xef\xbb\xbf"
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class TextHead:
    """
    How a text file is written, and its first rows.

    ``encoding`` is ``ascii`` where the head has nothing but that: any encoding would do.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    delimiter: str
    quote: str
    encoding: str


def read_head(path: Path) -> TextHead:
    """
    Read no more than the first lines of a text file.

    Parameters
    ----------
    path : Path

    Raises
    ------
    ValueError
        It is no delimited text; the message says why.
    """
    with path.open("rb") as content:
        head = content.read(_HEAD_BYTES)
    if not head.strip():
        raise ValueError("the file is empty")
    if head.startswith(_UTF_16_MARKS):
        raise ValueError("text in UTF-16: have it saved as UTF-8")
    encoding = _encoding(head)
    text = head.removeprefix(_UTF_8_MARK).decode(encoding, errors="ignore")
    lines = text.splitlines()
    whole = lines if len(head) < _HEAD_BYTES or len(lines) == 1 else lines[:-1]
    first, *others = whole[: _ROWS + 1]
    delimiter = max(_DELIMITERS, key=first.count)
    if delimiter not in first:
        raise ValueError("no delimiter in its first line")
    quote = _quote(first, others, delimiter)
    header = tuple(name.strip(" \t\0") for name in _split(first, delimiter, quote))
    rows = tuple(tuple(_split(line, delimiter, quote)) for line in others)
    return TextHead(header, rows, delimiter, quote, encoding)


def _encoding(head: bytes) -> str:
    if head.isascii():
        return "ascii"
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        # A letter cut at the end of the head is no sign of another encoding.
        return "utf-8" if error.start > len(head) - 4 and len(head) == _HEAD_BYTES else "latin-1"
    return "utf-8"


def _quote(first: str, others: list[str], delimiter: str) -> str:
    """No quotation mark where reading with one splits more lines otherwise than the header."""
    if not any('"' in line for line in others):
        return '"'
    misfits: Counter[str] = Counter()
    for quote in ('"', ""):
        fields = len(_split(first, delimiter, quote))
        misfits[quote] = sum(len(_split(line, delimiter, quote)) != fields for line in others)
    return "" if misfits[""] < misfits['"'] else '"'


def _split(line: str, delimiter: str, quote: str) -> list[str]:
    if not quote:
        return line.split(delimiter)
    return next(csv.reader([line.replace("\0", "")], delimiter=delimiter, quotechar=quote), [])
