"""What discovery looks at: the head of each physical table, and what cannot be one."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cws_outcomes.ingest.manifest import Format

# In the order in which they are proposed where a head fits several.
DATE_FORMATS = (
    "%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S.%f", "%d/%m/%Y",
    "%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y", "%d%b%Y", "%d-%b-%Y", "%d-%m-%Y",
    "%d.%m.%Y", "%Y%m%d", "%d%b%Y %H:%M:%S", "%d/%m/%y",
)  # fmt: skip
_VALUE = re.compile(r"[-+.]?\d")


@dataclass(frozen=True)
class FoundTable:
    """
    One physical table, by its head.

    Attributes
    ----------
    file : str
        Path below the delivery's folder; empty over ODBC.
    relation : str
        Table inside a DuckDB file or a database; else empty.
    name : str
        What the table is recognised by: the file's name without its ending, or the relation's
        without its schema.
    header : tuple of str
    date_formats : mapping of str to set of str
        Column to the formats that all values of the head fit; columns without a value are left
        out. Formats only: no value is kept.
    has_names : bool
        Whether the header holds names: the first line of a text file may be a row.
    """

    file: str
    relation: str
    name: str
    format: Format
    header: tuple[str, ...]
    delimiter: str = "\t"
    quote: str = '"'
    encoding: str = "ascii"
    date_formats: Mapping[str, frozenset[str]] = field(default_factory=dict)
    has_names: bool = True

    @property
    def label(self) -> str:
        """What listings call it."""
        return " ".join(part for part in (self.file, self.relation) if part)


@dataclass(frozen=True)
class Unplaced:
    """A file or a table that the proposed manifest leaves out, and why."""

    name: str
    reason: str
    columns: tuple[str, ...] = ()


def looks_like_names(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> bool:
    """
    Whether a first line holds names, and not a row of values that nobody may be shown.

    Parameters
    ----------
    header : tuple of str
    rows : iterable of tuple
        What follows. A name begins with no digit and does not recur below itself.
    """
    values = {(place, value.strip(" \t\0")) for row in rows for place, value in enumerate(row)}
    return not any(
        name and (_VALUE.match(name) or (place, name) in values)
        for place, name in enumerate(header)
    )


def fitting_formats(
    header: tuple[str, ...], rows: Iterable[tuple[str | None, ...]]
) -> dict[str, frozenset[str]]:
    """
    Date formats that each column of a head fits.

    Parameters
    ----------
    header : tuple of str
    rows : iterable of tuple
        Text, blanks and None for missing.
    """
    fitting: dict[str, frozenset[str]] = {}
    for row in rows:
        for name, value in zip(header, row, strict=False):
            text = (value or "").strip(" \0")
            tried = fitting.get(name, frozenset(DATE_FORMATS))
            if text and tried:
                fitting[name] = frozenset(form for form in tried if _fits(text, form))
    return fitting


def _fits(text: str, form: str) -> bool:
    # Shorter texts are numbers and codes: `%d%m` formats would take some of them for days.
    if not 8 <= len(text) <= 26:
        return False
    try:
        datetime.strptime(text, form)
    except ValueError:
        return False
    return True
