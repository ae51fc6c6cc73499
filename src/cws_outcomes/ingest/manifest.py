"""The delivery manifest: the one place that knows the physical names of an extract."""

import difflib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from cws_outcomes.contracts import Table
from cws_outcomes.contracts.delivered import REQUIRED, SHAPES
from cws_outcomes.documents import read_yaml
from cws_outcomes.errors import ConfigError, MissingTableError
from cws_outcomes.ingest.promises import broken_promises

# What both readers, this package's and DuckDB's, understand; other directives are refused here.
_DATE_FORMAT = r"^(%[YymbBdHIMSpf]|[^%\\w]|T)+$"


Format = Literal["text", "parquet", "duckdb", "stata", "spss", "odbc"]
ENDINGS: dict[str, Format] = {
    ".parquet": "parquet", ".duckdb": "duckdb", ".db": "duckdb", ".dta": "stata", ".sav": "spss",
    ".zsav": "spss",
}  # fmt: skip
_WITH_RELATION = ("duckdb", "odbc")


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DeliveredFiles(_Section):
    """
    Where files of a table are, how they are written and what their columns are called.

    ``{year}``, ``{yy}`` and ``{slot}`` in names stand for the year in the file's name, its last
    two digits, and the number of a repeated column.
    """

    file: str | tuple[str, ...] | None = Field(
        None, description="name of the file, or of several; none for a table of a server"
    )
    format: Format | None = Field(None, description="told by the file's ending unless named")
    relation: str | tuple[str, ...] | None = Field(
        None,
        description="name of the table or view inside a DuckDB file or a server, or of several",
    )
    years: tuple[int, ...] = ()
    delimiter: str = Field("\t", min_length=1, max_length=1)
    quote: Literal['"', ""] = Field(
        '"',
        description="what may enclose a value; empty where a quotation mark is a character like "
        "any other",
    )
    encoding: Literal["utf-8", "latin-1"] = Field(
        "utf-8", description="latin-1 also reads codes of Windows-1252 files"
    )
    date_format: str = Field(
        "%Y-%m-%d", pattern=_DATE_FORMAT, description="as in Python's strptime"
    )
    slots: int = Field(1, ge=1, description="repeats of the slot columns in a wide table")
    columns: dict[str, str | tuple[str | None, ...] | None] = Field(
        default_factory=dict,
        description="our name to the physical name, to names of which the first that holds a "
        "value counts, or to null where the extract has no such column; null among several names "
        "where some of the files have none",
    )

    def format_of(self, file: str) -> Format:
        """Kind of a file: as named, else by its ending; text where the ending says nothing."""
        return self.format or ENDINGS.get(Path(file).suffix.lower(), "text")


class DeliveredTable(DeliveredFiles):
    """A table of a delivery: its files, and perhaps others that are written otherwise."""

    also: tuple[DeliveredFiles, ...] = Field(
        (), description="further files of the table: only what differs from the above is said"
    )

    def layouts(self) -> Iterator[DeliveredFiles]:
        """The table's files in groups, each with all there is to say of it."""
        yield self
        for part in self.also:
            said = {key: getattr(part, key) for key in part.model_fields_set}
            said["columns"] = {**self.columns, **part.columns}
            yield DeliveredFiles.model_validate(
                {key: getattr(self, key) for key in DeliveredFiles.model_fields} | said
            )


class Manifest(_Section):
    """One delivery: its folder, its mark and its tables."""

    name: str
    synthetic: bool = False
    folder: Path = Path(".")
    receipt: Path | None = Field(
        None, description="CSV with the columns file and rows, as sent with the delivery"
    )
    odbc: str | None = Field(
        None,
        pattern="^[^=;]+$",
        description="name of the environment variable that holds the connection string, or of a "
        "data source: never the string itself",
    )
    ends_with_line_break: bool = Field(
        True,
        description="whether a whole file ends with a line break; if not, a cut last line "
        "cannot be told from a whole one",
    )
    tables: dict[str, DeliveredTable]

    def connection_string(self) -> str:
        """
        What opens the server: told by the environment, or the name of a data source.

        It may hold a password: neither a message nor a file of ours may show it.
        """
        assert self.odbc is not None
        return os.environ.get(self.odbc) or f"DSN={self.odbc}"


@dataclass(frozen=True)
class DeliveredFile:
    """One physical file of a table."""

    table: str
    path: Path
    year: int | None
    layout: DeliveredFiles
    relation: str = ""

    @property
    def format(self) -> Format:
        """Kind of the file."""
        return self.layout.format_of(self.path.name)

    @property
    def name(self) -> str:
        """What messages and receipts call it: the table of a database, else the file."""
        return self.relation or self.path.name

    def candidates(self, column: str, slot: int | None = None) -> tuple[str, ...]:
        """Physical names a column may have in this file, in the order to try them."""
        names = self.layout.columns.get(column)
        names = (names,) if isinstance(names, str) else names or ()
        year = "" if self.year is None else f"{self.year}"
        return tuple(
            name.replace("{year}", year).replace("{yy}", year[-2:]).replace("{slot}", f"{slot}")
            for name in names
            if name is not None
        )


def load_manifest(path: Path) -> Manifest:
    """
    Read a delivery manifest.

    Parameters
    ----------
    path : Path
        YAML file; its relative paths start at its own folder.

    Returns
    -------
    Manifest
        With ``folder`` and ``receipt`` resolved.

    Raises
    ------
    ConfigError
        With every slip found.
    """
    if not path.is_file():
        raise ConfigError(
            f"Delivery manifest {path} is not there. Expected a YAML file that names the delivered "
            "files and columns; docs/delivery.md shows one. Set `delivery:` in the study."
        )
    try:
        raw = read_yaml(path)
    except ValueError as error:
        raise ConfigError(f"Delivery manifest {error}.") from None
    try:
        manifest = Manifest.model_validate(raw)
    except ValidationError as error:
        raise _slipped(path, [_explained(slip) for slip in error.errors()]) from None
    slips = broken_promises({name: table.columns for name, table in manifest.tables.items()})
    slips += _inconsistent(manifest)
    if slips:
        raise _slipped(path, slips)
    here = path.resolve().parent
    receipt = None if manifest.receipt is None else here / manifest.receipt
    return manifest.model_copy(update={"folder": here / manifest.folder, "receipt": receipt})


def _slipped(path: Path, slips: list[str]) -> ConfigError:
    lines = "\n".join(f"  {slip}" for slip in slips)
    return ConfigError(f"Delivery manifest {path} has slips (docs/delivery.md):\n{lines}")


def _explained(slip: ErrorDetails) -> str:
    where = ".".join(map(str, slip["loc"]))
    if slip["type"] != "extra_forbidden":
        return f"{where}: {slip['msg']}"
    known = {*DeliveredTable.model_fields, *Manifest.model_fields}
    close = difflib.get_close_matches(str(slip["loc"][-1]), sorted(known), n=1)
    return f"{where}: unknown key" + (f"; did you mean {close[0]}?" if close else "")


def _inconsistent(manifest: Manifest) -> Iterator[str]:
    for name, table in manifest.tables.items():
        for files in table.layouts():
            yield from (f"tables.{name}: {slip}" for slip in _slips(manifest, files))
        named = [(file.path, file.relation) for file in files_of(manifest, name)]
        if len(set(named)) < len(named):
            yield f"tables.{name}: a file is named twice. Its rows would count twice"


def _slips(manifest: Manifest, files: DeliveredFiles) -> Iterator[str]:
    names = _named_files(files)
    if ("{year}" in "".join((*names, *_several(files.relation)))) != bool(files.years):
        yield "`years` goes with {year} in `file` or `relation`, and only with it"
    formats = {files.format_of(name) for name in names}
    if formats == {"odbc"} and manifest.odbc is None:
        yield "format odbc needs `odbc` in the manifest"
    if not files.file and formats != {"odbc"}:
        yield "`file` is missing. Name the file"
    if (files.relation is None) != formats.isdisjoint(_WITH_RELATION):
        yield f"`relation` goes with the formats {' and '.join(_WITH_RELATION)}, and only with them"


def _named_files(files: DeliveredFiles) -> tuple[str, ...]:
    return _several(files.file) or ("",)


def _several(names: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else names or ()


def files_of(manifest: Manifest, table: str) -> Iterator[DeliveredFile]:
    """
    The physical files of one table, group by group and by year.

    Parameters
    ----------
    manifest : Manifest
    table : str
        Name in the manifest.
    """
    for layout in manifest.tables[table].layouts():
        for year in layout.years or (None,):
            for file in _named_files(layout):
                path = manifest.folder / file.replace("{year}", f"{year}")
                for relation in _several(layout.relation) or ("",):
                    named = relation.replace("{year}", f"{year}")
                    yield DeliveredFile(table, path, year, layout, named)


def shapes_of(manifest: Manifest, contract: Table) -> list[str]:
    """
    Entries of the manifest that deliver a table; none where the delivery may do without it.

    Raises
    ------
    MissingTableError
        The manifest has none and a study cannot do without.
    """
    table = contract.name.removeprefix("delivered_")
    there = [shape for shape in SHAPES[table] if shape in manifest.tables]
    required = next((names for names in REQUIRED if table in names.split(" or ")), "")
    others = [shape for name in required.split(" or ") if name for shape in SHAPES[name]]
    if required and not any(shape in manifest.tables for shape in others):
        raise MissingTableError(
            f"Table {table} is not in the manifest. Expected an entry {' or '.join(others)} "
            "under `tables`. Add it; docs/delivery.md lists the columns."
        )
    return there


def delivered_paths(manifest: Manifest, table: str) -> tuple[Path, ...]:
    """
    Files that deliver a table, in any shape, whether or not they are there.

    Parameters
    ----------
    manifest : Manifest
    table : str
        Name of the table, without the shape.
    """
    shapes = [shape for shape in SHAPES[table] if shape in manifest.tables]
    files = (file for shape in shapes for file in files_of(manifest, shape))
    return tuple(file.path for file in files if file.format != "odbc")
