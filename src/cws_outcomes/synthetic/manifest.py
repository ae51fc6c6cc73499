"""The delivery manifest: where each table is, and what its columns are called there."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from cws_outcomes.contracts.delivered import REQUIRED, SHAPES, TABLES

NAMES = Path(__file__).with_name("delivered_names.yaml")

Headers = Mapping[str, tuple[str, ...]]
"""Columns of each delivered file."""


@dataclass(frozen=True)
class _File:
    name: str
    year: int | None
    columns: frozenset[str]


@dataclass
class _Entry:
    """One entry of the manifest: its names, and the delivered files that bear them."""

    key: str
    names: dict[str, Any]
    files: list[_File] = field(default_factory=list)

    def matched(self, name: str) -> re.Match[str] | None:
        """Match a file's name, its ending apart."""
        pattern = str(self.names["file"]).replace("{year}", r"(?P<year>\d{4})")
        return re.fullmatch(pattern, Path(name).stem)

    def candidates(self, column: str) -> list[str]:
        """Names that a column may have, with their affixes."""
        tried = self.names["columns"][column]
        prefix, suffix = self.names.get("prefix", ""), self.names.get("suffix", "")
        return [
            f"{prefix}{name}{suffix}" for name in ([tried] if isinstance(tried, str) else tried)
        ]

    def number_known(self, file: _File) -> int:
        """How many of the entry's columns a file has."""
        return sum(
            any(_is_in(name, file) for name in self.candidates(column))
            for column in self.names["columns"]
        )


def _is_in(name: str, file: _File) -> bool:
    # The case of column names is not stable in real deliveries.
    year = "" if file.year is None else f"{file.year % 100:02d}"
    return name.format(yy=year, slot=1).lower() in file.columns


def _entries(headers: Headers) -> list[_Entry]:
    """Entries with at least one file; a file belongs where most of its columns are known."""
    named = yaml.safe_load(NAMES.read_text(encoding="utf-8"))
    entries = [_Entry(key, names) for key, names in named.items() if not key.startswith("_")]
    for name in sorted(headers):
        columns = frozenset(column.lower() for column in headers[name])
        matches = [(entry, entry.matched(name)) for entry in entries]
        fits = [
            (
                entry,
                _File(name, int(match["year"]) if "year" in match.groupdict() else None, columns),
            )
            for entry, match in matches
            if match
        ]
        if not fits:
            raise AssertionError(f"delivered_names.yaml has no entry for {name}")
        entry, file = max(fits, key=lambda fit: fit[0].number_known(fit[1]))
        entry.files.append(file)
    return [entry for entry in entries if entry.files]


def _column(entry: _Entry, column: str) -> str | list[str | None] | None:
    """Names of a column that some file has; with null where a file has none of them."""
    used: list[str | None] = [
        name for name in entry.candidates(column) if any(_is_in(name, file) for file in entry.files)
    ]
    everywhere = all(any(_is_in(name, file) for name in used if name) for file in entry.files)
    if not used:
        return None
    found = used if everywhere else [*used, None]
    return found[0] if len(found) == 1 else found


def _table(entry: _Entry) -> dict[str, Any]:
    first = entry.files[0]
    ending = Path(first.name).suffix
    by_year = first.year is not None
    files = [file.name for file in entry.files]
    one_or_all = files[0] if len(files) == 1 else files
    table: dict[str, Any] = {"file": f"{entry.names['file']}{ending}" if by_year else one_or_all}
    if by_year:
        table["years"] = [file.year for file in entry.files]
    if ending != ".parquet":
        table["delimiter"] = entry.names.get("delimiter", "\t")
    if "slots" in entry.names:
        table["slots"] = entry.names["slots"]
    table["columns"] = {name: _column(entry, name) for name in entry.names["columns"]}
    return table


def manifest(headers: Headers) -> dict[str, object]:
    """
    Describe the synthetic delivery as a fellow would describe a real one.

    Parameters
    ----------
    headers : mapping
        Names of the files delivered, each with its columns: years and tables without a file are
        left out.
    """
    tables = {entry.key: _table(entry) for entry in _entries(headers)}
    for contract in TABLES:
        for key, settled in SHAPES[contract.name.removeprefix("delivered_")].items():
            if key in tables:
                columns = tables[key]["columns"]
                unnamed = [n for n in contract.columns if n not in {*columns, *settled}]
                columns |= dict.fromkeys((n for n in unnamed if n != "file_year"), None)
    return {
        "name": "Synthetic delivery",
        "synthetic": True,
        "folder": "delivery",
        "receipt": "receipt.csv",
        "tables": tables,
    }


def missing_tables(headers: Headers) -> list[str]:
    """Tables that no study can do without and of which no file has a row."""
    there = {entry.key for entry in _entries(headers)}
    wanted = [required.split(" or ") for required in REQUIRED]
    shapes = {table: set(SHAPES.get(table, {table: {}})) for one in wanted for table in one}
    return [one[0] for one in wanted if not any(shapes[table] & there for table in one)]


def write_manifest(path: Path, headers: Headers) -> None:
    """Write the manifest as YAML."""
    text = yaml.safe_dump(manifest(headers), sort_keys=False, width=100)
    path.write_text(text, encoding="utf-8")
