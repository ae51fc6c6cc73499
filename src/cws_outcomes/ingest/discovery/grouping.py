"""Puts the tables of one entry into groups that are named and written in one way each."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from cws_outcomes.ingest.discovery.found import FoundTable, Unplaced
from cws_outcomes.ingest.discovery.recognise import ends_in_year, years_of

# Large tables come in numbered parts: flatfile_01 to flatfile_30.
_PART = re.compile(r"[_-](?:part_?)?\d{1,3}$", re.IGNORECASE)


@dataclass(frozen=True)
class Group:
    """
    Tables of one entry that a manifest names together.

    Attributes
    ----------
    tables : tuple of FoundTable
        By year.
    years : tuple of int
        Years to fill in for ``{year}``; none where every table is named.
    """

    tables: tuple[FoundTable, ...]
    years: tuple[int, ...]
    encoding: str
    date_format: str

    def place(self, part: str) -> tuple[str, ...]:
        """Names of the files (``file``) or tables inside (``relation``), with {year}."""
        names = [getattr(table, part) for table in self.tables]
        if self.years:
            names = [n.replace(str(y), "{year}") for n, y in zip(names, self.years, strict=True)]
        return tuple(dict.fromkeys(name for name in names if name))


def is_yearly(tables: Iterable[FoundTable]) -> bool:
    """Whether each table is one year of a series, rather than a span or a whole."""
    years = [(table, years_of(table.name)) for table in tables]
    if any(len(covered) != 1 for _, covered in years):
        return False
    ending = (ends_in_year(name, year) for table, (year,) in years for name in table.header)
    return len(years) > 1 or any(ending)


def whole_of_part(table: FoundTable) -> str:
    """Name of the table that a numbered part belongs to; empty for a whole table."""
    return _PART.sub("", table.name).lower() if _PART.search(table.name) else ""


def grouped(
    tables: list[FoundTable], date_formats: Mapping[str, str]
) -> tuple[list[Group], list[Unplaced]]:
    """
    Groups of tables, the largest first, and the tables whose rows would count twice.

    Parameters
    ----------
    tables : list of FoundTable
        Of one entry.
    date_formats : mapping of str to str
        How dates are written, by the table's label.
    """
    yearly = is_yearly(tables)
    encodings = {table.encoding for table in tables} - {"ascii"}
    only = encodings.pop() if len(encodings) == 1 else "utf-8"
    keys = {
        table.label: (
            *_pattern(table, yearly),
            only if table.encoding == "ascii" else table.encoding,
            date_formats[table.label],
        )
        for table in tables
    }
    sizes = Counter(keys.values())
    kept, doubles = _without_overlaps(tables, lambda table: sizes[keys[table.label]])
    groups: dict[tuple[str, ...], list[FoundTable]] = {}
    for table in sorted(kept, key=lambda table: (years_of(table.name), table.label)):
        groups.setdefault(keys[table.label], []).append(table)
    ordered = sorted(groups.items(), key=lambda item: -len(item[1]))
    return [
        Group(
            tables=tuple(members),
            years=tuple(years_of(table.name)[0] for table in members) if yearly else (),
            encoding=key[-2],
            date_format=key[-1],
        )
        for key, members in ordered
    ], doubles


def _pattern(table: FoundTable, yearly: bool) -> tuple[str, ...]:
    """What tables have in common that one part of a manifest can name."""
    # A list names files, or the tables of one file, not some of each.
    file, relation = table.file if table.relation else "", ""
    if yearly:
        year = str(years_of(table.name)[0])
        file = table.file.replace(year, "{year}")
        relation = table.relation.replace(year, "{year}")
    return table.format, table.delimiter, table.quote, file, relation


def _without_overlaps(
    tables: list[FoundTable], size: Callable[[FoundTable], int]
) -> tuple[list[FoundTable], list[Unplaced]]:
    """The widest spans first: a later delivery of one table holds the earlier one's years."""
    kept: list[FoundTable] = []
    left_out = []
    for table in sorted(tables, key=lambda t: (-len(years_of(t.name)), -size(t), t.label)):
        same = next((other for other in kept if _overlap(table, other)), None)
        if same is None:
            kept.append(table)
        else:
            reason = f"its years, as named, are those of {same.label}: rows would count twice"
            left_out.append(Unplaced(table.label, reason, table.header))
    return kept, left_out


def _overlap(table: FoundTable, other: FoundTable) -> bool:
    if (whole := whole_of_part(table)) and whole == whole_of_part(other):
        return table.name == other.name
    years = set(years_of(table.name))
    return not years or bool(years & set(years_of(other.name)))
