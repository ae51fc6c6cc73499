"""Cells of published tables: numbers, and symbols that are never zero."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cws_outcomes.errors import CountsError

SHOWN, SUPPRESSED, NOT_APPLICABLE = "shown", "suppressed", "not_applicable"

# A number exists but is withheld or not reliable: confidential, low, rounds to nothing.
_HIDDEN = ("c", "u", "k", "low", "*", "-")
# No number exists or was given: not available, not applicable, blank.
_ABSENT = ("", "x", "z", "..", ":", "n/a", "na")
_NUMBER = re.compile(r"-?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?([eE][+-]?\d+)?%?")
_LISTED = 5


@dataclass(frozen=True)
class Cells:
    """
    One column read as numbers.

    Attributes
    ----------
    values : list of float or None
        None where there is no number.
    status : list of str
        ``shown``, ``suppressed`` or ``not_applicable``, one a cell.
    symbols : Counter
        How many cells held which symbol.
    """

    values: list[float | None]
    status: list[str]
    symbols: Counter[str]


def read_cells(
    column: str, texts: Sequence[str | None], lines: Sequence[int], hidden: Iterable[str] = ()
) -> Cells:
    """
    Read one column as numbers and symbols.

    Parameters
    ----------
    column : str
        Its name, for messages.
    texts : sequence of str or None
        The cells.
    lines : sequence of int
        Line of the file each cell is from, for messages.
    hidden : iterable of str
        Further symbols for a suppressed number.

    Returns
    -------
    Cells

    Raises
    ------
    CountsError
        When cells are neither numbers nor known symbols, or numbers are negative.
    """
    status_of = dict.fromkeys(_ABSENT, NOT_APPLICABLE)
    status_of |= dict.fromkeys([*_HIDDEN, *(one.casefold() for one in hidden)], SUPPRESSED)
    values: list[float | None] = []
    status, strange, symbols = [], [], Counter[str]()
    for text, line in zip(texts, lines, strict=True):
        cell = (text or "").strip()
        symbol = cell.strip("[]").casefold()
        if symbol in status_of:
            values.append(None)
            status.append(status_of[symbol])
            symbols[symbol or "blank"] += 1
        elif _NUMBER.fullmatch(cell):
            values.append(float(cell.rstrip("%").replace(",", "")))
            status.append(SHOWN)
        else:
            strange.append(line)
    known = ", ".join(one for one in status_of if one)
    _refuse(column, strange, f"are neither numbers nor known symbols ({known})", _CURE_SYMBOL)
    negative = [n for n, value in zip(lines, values, strict=True) if value and value < 0]
    _refuse(column, negative, "are negative", "Counts, rates and deprivation are 0 or more.")
    return Cells(values, status, symbols)


def lines_of(lines: Sequence[int]) -> str:
    """
    The first few line numbers, as text for a message.

    Parameters
    ----------
    lines : sequence of int
        Line numbers of the file; the header is line 1.

    Returns
    -------
    str
        The first five, with dots when there are more.
    """
    more = ", ..." if len(lines) > _LISTED else ""
    return f"line {', '.join(map(str, lines[:_LISTED]))}{more}"


_CURE_SYMBOL = "Correct them, or list a further symbol under `suppressed:` in the --columns file."


def _refuse(column: str, lines: Sequence[int], what: str, cure: str) -> None:
    if lines:
        raise CountsError(
            f"Column {column!r}: {len(lines)} cells {what} ({lines_of(lines)}). {cure}"
        )
