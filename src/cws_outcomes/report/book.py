"""Printed tables as the report reads them: rows of text, looked up by key."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cws_outcomes.errors import MissingTableError

Row = Mapping[str, str]


@dataclass(frozen=True)
class Printed:
    """
    One printed table.

    Attributes
    ----------
    name : str
        Name of its definition.
    rows : sequence of mapping
        Column to text; empty text for what is missing.
    """

    name: str
    rows: Sequence[Row]

    @classmethod
    def read(cls, name: str, path: Path) -> "Printed":
        """Read a printed CSV."""
        if not path.is_file():
            raise MissingTableError(
                f"Table {name}: {path.name} is not there. Expected it before the report. "
                "Run the study from the start: cws run."
            )
        with path.open(encoding="utf-8", newline="") as file:
            return cls(name, tuple(csv.DictReader(file)))

    def where(self, **values: str) -> list[Row]:
        """Rows that hold these values, in order."""
        return [row for row in self.rows if all(row[k] == value for k, value in values.items())]

    def values(self, column: str, **where: str) -> list[str]:
        """Different values of a column, in order of appearance."""
        return list(dict.fromkeys(row[column] for row in self.where(**where)))


class Book(Mapping[str, Printed]):
    """Every printed table of a study by name, and by layout."""

    def __init__(self, tables: Mapping[str, Printed], layouts: Mapping[str, str]) -> None:
        self._tables, self._layouts = tables, layouts

    def __getitem__(self, name: str) -> Printed:
        return self._tables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)

    def of_layout(self, layout: str, *columns: str) -> Printed:
        """The fullest table of a layout that has the columns; empty when the study prints none."""
        fitting = [
            table
            for name, table in self._tables.items()
            if self._layouts.get(name) == layout
            and table.rows
            and set(columns) <= set(table.rows[0])
        ]
        return max(fitting, key=lambda table: len(table.rows), default=Printed("", ()))
